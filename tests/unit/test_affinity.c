// SPDX-License-Identifier: GPL-2.0
/*
 * vCPUs by affinity: of several that have the same the first created is found, whatever the VMM sets in which order.
 */
#include <linux/kernel.h>

#include "gmem_env.h"
#include "../../src/arm64/affinity.h"
#include "../../src/arm64/vm.h"

#define VCPUS	3
#define RES1	0x80000000ULL

static struct arm_vm vm;
static struct arm_vcpu vcpus[VCPUS];

struct vcpu *vm_vcpu(struct vm *v, unsigned int idx)
{
	return idx < VCPUS ? &vcpus[idx].base : NULL;
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	mutex_init(&vm.base.lock);
	xa_init_flags(&vm.affinities, XA_FLAGS_ACCOUNT);
	for (i = 0; i < VCPUS; i++) {
		vcpus[i].vm = &vm;
		vcpus[i].base.idx = i;
		vcpus[i].ctx.mpidr = RES1 | i;
		mutex_lock(&vm.base.lock);
		assert_int_equal(affinity_reserve(&vcpus[i]), 0);
		affinity_add(&vcpus[i]);
		vm.base.nr_vcpus++;
		mutex_unlock(&vm.base.lock);
	}
	return 0;
}

static int who(u64 mpidr)
{
	struct arm_vcpu *v = affinity_vcpu(&vm, mpidr);

	return v ? v - vcpus : -1;
}

/* Each is found by its own, whatever bits beside the affinity say. */
static void finds(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < VCPUS; i++) {
		assert_int_equal(who(i), i);
		assert_int_equal(who(RES1 | 1 << 24 | i), i);
		assert_int_equal(affinity_mpidr(&vcpus[i]), RES1 | i);
	}
	assert_int_equal(who(3), -1);
	assert_int_equal(who(0x100), -1);
	assert_int_equal(who(1ULL << 16 | 1), -1);
	assert_int_equal(who(1ULL << 32 | 1), -1);
}

/* Set to another it is found there and no more where it was. */
static void moves(void **state)
{
	(void)state;
	assert_int_equal(affinity_set(&vcpus[1], RES1 | 7), 0);
	assert_int_equal(who(7), 1);
	assert_int_equal(who(1), -1);
	assert_int_equal(vcpus[1].ctx.mpidr, RES1 | 7);
	/* the same once more, and with another bit beside */
	assert_int_equal(affinity_set(&vcpus[1], RES1 | 7), 0);
	assert_int_equal(affinity_set(&vcpus[1], 7), 0);
	assert_int_equal(vcpus[1].ctx.mpidr, 7);
	assert_int_equal(who(7), 1);
}

/* Of several the first created has it; when that leaves, the next inherits it, and nobody else. */
static void shares(void **state)
{
	(void)state;
	assert_int_equal(affinity_set(&vcpus[2], RES1 | 9), 0);
	assert_int_equal(affinity_set(&vcpus[1], RES1 | 9), 0);
	assert_int_equal(who(9), 1);
	assert_int_equal(affinity_set(&vcpus[0], RES1 | 9), 0);
	assert_int_equal(who(9), 0);
	assert_int_equal(who(0), -1);
	/* one of those that were not found leaves */
	assert_int_equal(affinity_set(&vcpus[1], RES1 | 4), 0);
	assert_int_equal(who(9), 0);
	assert_int_equal(who(4), 1);
	assert_int_equal(affinity_set(&vcpus[0], RES1 | 5), 0);
	assert_int_equal(who(9), 2);
	assert_int_equal(who(5), 0);
	assert_int_equal(affinity_set(&vcpus[2], RES1 | 6), 0);
	assert_int_equal(who(9), -1);
	/* a later one comes to where an earlier one is */
	assert_int_equal(affinity_set(&vcpus[2], RES1 | 5), 0);
	assert_int_equal(who(5), 0);
	assert_int_equal(vcpus[2].ctx.mpidr, RES1 | 5);
}

/* Once a vCPU has run none changes, but to what it is; without memory nothing changes. */
static void refuses(void **state)
{
	(void)state;
	shim_fail_alloc(1);
	assert_int_equal(affinity_set(&vcpus[1], RES1 | 7), -ENOMEM);
	assert_int_equal(affinity_reserve(&vcpus[1]), 0);
	shim_fail_alloc(1);
	assert_int_equal(affinity_reserve(&vcpus[1]), -ENOMEM);
	shim_fail_alloc(0);
	assert_int_equal(vcpus[1].ctx.mpidr, RES1 | 1);
	assert_int_equal(who(1), 1);
	assert_int_equal(who(7), -1);
	vm.base.ran_once = true;
	assert_int_equal(affinity_set(&vcpus[1], RES1 | 7), -EBUSY);
	assert_int_equal(affinity_set(&vcpus[1], 1), -EBUSY);
	assert_int_equal(vcpus[1].ctx.mpidr, RES1 | 1);
	assert_int_equal(affinity_set(&vcpus[1], RES1 | 1), 0);
	assert_int_equal(who(1), 1);
	affinity_release(&vcpus[1]);
	shim_check_quiet();
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds), TEST(moves), TEST(shares), TEST(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
