// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_IRQ_LINE: which interrupt of which vCPU a number means, and what is no number.
 */
#include <linux/kvm.h>

#include <stdlib.h>

#include "gmem_env.h"
#include "../../src/arm64/vm.h"
#include "../../src/arm64/abi/irq_line.h"

#define VCPUS	300	/* more than the field of eight bits can say */

static struct arm_vm vm;
static struct arm_vcpu *vcpus;
static bool exists, initialised, mapped;
static u32 owned;
static struct { struct arm_vcpu *vcpu; u32 intid; int level; unsigned int times; } injected;

struct vcpu *vm_vcpu_by_id(struct vm *base, unsigned int id)
{
	(void)base;
	return id < VCPUS ? &vcpus[id].base : NULL;
}

bool gic_exists(const struct arm_vm *v)
{
	(void)v;
	return exists;
}

bool gic_is_initialised(const struct arm_vm *v)
{
	(void)v;
	return initialised;
}

bool gic_intid_is_valid_ppi(u32 intid)
{
	return intid >= 16 && intid < 32;
}

bool gic_intid_is_valid_spi(struct arm_vm *v, u32 intid)
{
	(void)v;
	return intid >= 32 && intid < 96;
}

bool gic_is_mapped(struct arm_vcpu *vcpu, u32 intid)
{
	(void)vcpu;
	(void)intid;
	return mapped;
}

bool pmu_owns(struct arm_vm *v, const struct arm_vcpu *vcpu, u32 intid)
{
	return owned && owned == intid;
}

int gic_inject(struct arm_vm *v, struct arm_vcpu *vcpu, u32 intid, bool level)
{
	(void)v;
	injected.vcpu = vcpu;
	injected.intid = intid;
	injected.level = level;
	injected.times++;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	vcpus = calloc(VCPUS, sizeof(*vcpus));
	memset(&injected, 0, sizeof(injected));
	exists = true;
	initialised = true;
	mapped = false;
	owned = 0;
	return !vcpus;
}

static int teardown(void **state)
{
	(void)state;
	free(vcpus);
	return 0;
}

static int line(u32 type, u32 vcpu, u32 intid, u32 level)
{
	struct kvm_irq_level l = {
		.irq = (vcpu >> 8) << KVM_ARM_IRQ_VCPU2_SHIFT | type << KVM_ARM_IRQ_TYPE_SHIFT |
		       (vcpu & 0xff) << KVM_ARM_IRQ_VCPU_SHIFT | intid,
		.level = level,
	};

	return irq_line(&vm, &l);
}

/* A PPI is of the vCPU that both fields together name. */
static void ppi(void **state)
{
	(void)state;
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_PPI, 3, 27, 1), 0);
	assert_ptr_equal(injected.vcpu, &vcpus[3]);
	assert_int_equal(injected.intid, 27);
	assert_int_equal(injected.level, 1);
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_PPI, 256 + 7, 16, 0), 0);
	assert_ptr_equal(injected.vcpu, &vcpus[256 + 7]);
	assert_int_equal(injected.level, 0);
}

/* An SPI is of no vCPU, whatever the number says of one. */
static void spi(void **state)
{
	(void)state;
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_SPI, 5, 95, 1), 0);
	assert_null(injected.vcpu);
	assert_int_equal(injected.intid, 95);
}

/* What is no interrupt is refused, and nothing is injected. */
static void refused(void **state)
{
	(void)state;
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_PPI, VCPUS, 27, 1), -EINVAL);
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_PPI, 0, 32, 1), -EINVAL);
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_PPI, 0, 15, 1), -EINVAL);
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_SPI, 0, 31, 1), -EINVAL);
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_SPI, 0, 96, 1), -EINVAL);
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_PPI + 1, 0, 40, 1), -EINVAL);
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_CPU, 0, 0, 1), -ENXIO);
	owned = 27;
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_PPI, 0, 27, 1), -EINVAL);
	owned = 40;
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_SPI, 0, 40, 1), -EINVAL);
	mapped = true;
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_PPI, 0, 27, 1), -EINVAL);
	assert_int_equal(injected.times, 0);
}

/* Without a GIC, or with one that is not ready, there is nowhere to go. */
static void no_gic(void **state)
{
	(void)state;
	initialised = false;
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_SPI, 0, 40, 1), -EBUSY);
	exists = false;
	assert_int_equal(line(KVM_ARM_IRQ_TYPE_SPI, 0, 40, 1), -ENXIO);
	assert_int_equal(injected.times, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ppi), TEST(spi), TEST(refused), TEST(no_gic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
