// SPDX-License-Identifier: GPL-2.0
/*
 * A word in guest memory that stands for TPR: where it may be, what it says before an entry, what is taken of it
 * after a stay, and what the VMM hears.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/kvm.h>

#include "../../model/shim/unit.h"
#include "../../src/x86/irq/vapic.c"

static struct x86_vm vm;
static struct x86_vcpu vcpu;
static struct vmcb vmcb;
static struct kvm_run run;
static struct vapic *const v = &vcpu.intc.vapic;
static int service, waiting, init_ret, access_ret;
static u8 tpr;
static u32 word;
static unsigned int inits, exits, stores, sets;

int lapic_in_service(const struct lapic *a)
{
	return service;
}

int lapic_waiting(const struct lapic *a)
{
	return waiting;
}

int hva_cache_init(struct hva_cache *c, struct gmem *g, u64 gpa, u64 len)
{
	assert_ptr_equal(c, &v->word);
	assert_int_equal(gpa, 0x1234);
	assert_int_equal(len, 4);
	inits++;
	return init_ret;
}

void hva_cache_exit(struct hva_cache *c)
{
	exits++;
}

int hva_cache_store(struct hva_cache *c, u64 off, unsigned int width, u64 val)
{
	assert_int_equal(off, 0);
	assert_int_equal(width, 4);
	stores++;
	if (!access_ret)
		word = val;
	return access_ret;
}

int hva_cache_load(struct hva_cache *c, u64 off, unsigned int width, u64 *val)
{
	assert_int_equal(off, 0);
	assert_int_equal(width, 4);
	if (!access_ret)
		*val = word;
	return access_ret;
}

u8 lapic_tpr(const struct lapic *a)
{
	return tpr;
}

void lapic_set_tpr(struct lapic *a, u8 val)
{
	tpr = val;
	sets++;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&run, 0xee, sizeof(run));
	vcpu.vm = &vm;
	vcpu.base.vm = &vm.base;
	vcpu.base.run = &run;
	vcpu.svm.vmcb = &vmcb;
	vm.gpa_bits = 40;
	vcpu.intc.lapic.base = BIT(11);
	service = waiting = -1;
	init_ret = access_ret = 0;
	inits = exits = stores = sets = 0;
	tpr = 0x20;
	return 0;
}

/* Four bytes within the guest's addresses; 0 is none. Memory may come later, that of ours may not. */
static void places(void **state)
{
	(void)state;
	assert_int_equal(vapic_set(&vcpu, 0x1235), -EINVAL);
	assert_int_equal(vapic_set(&vcpu, 0x1236), -EINVAL);
	assert_int_equal(vapic_set(&vcpu, 1ULL << 40), -EINVAL);
	assert_int_equal(inits + exits, 0);
	v->shown = true;
	assert_int_equal(vapic_set(&vcpu, 0x1234), 0);
	assert_true(v->there && !v->shown);
	assert_int_equal(inits, 1);
	init_ret = -EFAULT;
	assert_int_equal(vapic_set(&vcpu, 0x1234), 0);
	assert_true(v->there);
	assert_int_equal(exits, 1);
	init_ret = -ENOMEM;
	assert_int_equal(vapic_set(&vcpu, 0x1234), -ENOMEM);
	assert_false(v->there);
	assert_int_equal(exits, 3);
	assert_int_equal(vapic_set(&vcpu, 0), 0);
	assert_false(v->there);
	assert_int_equal(inits, 3);
	assert_int_equal(exits, 3);
	init_ret = 0;
	vapic_set(&vcpu, 0x1234);
	vapic_destroy(&vcpu);
	assert_false(v->there);
	assert_int_equal(exits, 4);
	vapic_destroy(&vcpu);
	assert_int_equal(exits, 4);
}

/* Before an entry: TPR, the class in service, the vector that waits; written where it says another one. */
static void enters(void **state)
{
	(void)state;
	vapic_enter(&vcpu);
	assert_int_equal(stores, 0);
	v->there = true;
	vapic_enter(&vcpu);
	assert_int_equal(word, 0x20);
	assert_true(v->shown);
	vapic_enter(&vcpu);
	assert_int_equal(stores, 1);
	service = 0x5b;
	waiting = 0xe3;
	vapic_enter(&vcpu);
	assert_int_equal(word, 0xe3005020);
	assert_int_equal(v->last, 0xe3005020);
	assert_int_equal(stores, 2);
	access_ret = -EFAULT;
	tpr = 0x30;
	vapic_enter(&vcpu);
	assert_false(v->shown);
	access_ret = 0;
	vapic_enter(&vcpu);
	assert_true(v->shown);
	assert_int_equal(word, 0xe3005030);
	/* nothing of it where the local APIC is off, or has another way */
	tpr = 0x40;
	vcpu.intc.lapic.base = 0;
	vapic_enter(&vcpu);
	vcpu.intc.lapic.base = BIT(11) | BIT(10);
	vapic_enter(&vcpu);
	assert_int_equal(word, 0xe3005030);
}

/* After a stay: the lowest byte is TPR, if the guest wrote another; the rest is nobody's. */
static void leaves(void **state)
{
	(void)state;
	v->there = true;
	word = 0x77;
	vapic_leave(&vcpu);
	assert_int_equal(sets, 0);
	vapic_enter(&vcpu);
	vapic_leave(&vcpu);
	assert_int_equal(sets, 0);
	word = 0xffffff20;
	vapic_leave(&vcpu);
	assert_int_equal(sets, 0);
	assert_int_equal(v->last, 0xffffff20);
	word = 0xffffff51;
	vapic_leave(&vcpu);
	assert_int_equal(sets, 1);
	assert_int_equal(tpr, 0x51);
	assert_int_equal(v->last, 0xffffff51);
	word = 0x60;
	access_ret = -EFAULT;
	vapic_leave(&vcpu);
	access_ret = 0;
	vcpu.intc.lapic.base = 0;
	vapic_leave(&vcpu);
	assert_int_equal(sets, 1);
}

/* The VMM hears of an access to TPR, once, if it has asked for it, and of no other register. */
static void tells(void **state)
{
	(void)state;
	vmcb.save.rip = 0x1111;
	vapic_touch(&vcpu, 0x80, true);
	assert_false(vapic_tell(&vcpu));
	v->report = true;
	vapic_touch(&vcpu, 0x84, true);
	vapic_touch(&vcpu, 0, true);
	assert_false(vapic_tell(&vcpu));
	assert_int_equal(run.exit_reason, 0xeeeeeeee);
	vapic_touch(&vcpu, 0x80, true);
	vmcb.save.rip = 0x2222;
	assert_true(vapic_tell(&vcpu));
	assert_int_equal(run.exit_reason, KVM_EXIT_TPR_ACCESS);
	assert_int_equal(run.tpr_access.rip, 0x1111);
	assert_int_equal(run.tpr_access.is_write, 1);
	assert_int_equal(run.tpr_access.pad, 0);
	assert_false(vapic_tell(&vcpu));
	vapic_touch(&vcpu, 0x80, false);
	assert_true(vapic_tell(&vcpu));
	assert_int_equal(run.tpr_access.is_write, 0);
	assert_int_equal(run.tpr_access.rip, 0x2222);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(places), TEST(enters), TEST(leaves), TEST(tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
