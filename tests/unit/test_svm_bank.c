// SPDX-License-Identifier: GPL-2.0
/*
 * Machine check banks of a vCPU (AMD APM vol. 2, chapter 9; KVM API 4.104 to 4.106).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/kvm.h>
#include <asm/mce.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>

#include "../../src/x86/vm.h"

#define CTL(n)		(0x400 + 4 * (n))
#define STATUS(n)	(CTL(n) + 1)
#define ADDR(n)		(CTL(n) + 2)
#define MISC(n)		(CTL(n) + 3)
#define ALL		(~0ULL)
#define VALID		MCI_STATUS_VAL
#define UC		MCI_STATUS_UC
#define OVER		MCI_STATUS_OVER

static struct x86_vcpu vcpu;
static struct vmcb vmcb;
static unsigned int raised;

void svm_queue_exception(struct x86_vcpu *v, u8 vector, bool has_error, u32 error)
{
	assert_true(vector == 18 && !has_error && !error);
	raised++;
}

static int setup(void **state)
{
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&vmcb, 0, sizeof(vmcb));
	vcpu.svm.vmcb = &vmcb;
	vmcb.save.cr4 = X86_CR4_MCE;
	raised = 0;
	return bank_setup(&vcpu, MCG_CTL_P | 10);
}

static u64 get(u32 msr)
{
	u64 val = 0xbad;

	assert_int_equal(bank_get_msr(&vcpu, msr, &val, false), 0);
	return val;
}

#define set(msr, val)	bank_set_msr(&vcpu, msr, val, false)
#define host_set(msr, val)	bank_set_msr(&vcpu, msr, val, true)

static int raise_one(unsigned int bank, u64 status)
{
	const struct kvm_x86_mce mce = { .bank = bank, .status = status, .addr = 0x1000 + bank, .misc = 0x2000 + bank, .mcg_status = 5 };

	return bank_raise(&vcpu, &mce);
}

/* As many banks as were asked for, all switched on, with nothing in them; a reset makes them so again. */
static void resets(void **state)
{
	unsigned int i;
	u64 val;

	assert_true(get(0x179) == (MCG_CTL_P | 10) && !get(0x17a) && get(0x17b) == ALL);
	for (i = 0; i < 10; i++)
		assert_true(get(CTL(i)) == ALL && !get(STATUS(i)) && !get(ADDR(i)) && !get(MISC(i)));
	assert_true(bank_get_msr(&vcpu, CTL(10), &val, true) == -ENOENT && host_set(CTL(10), 0) == -ENOENT);
	for (i = 0x400; i < CTL(10); i++)
		assert_int_equal(host_set(i, i), 0);
	host_set(0x17a, 4);
	set(0x17b, 0);
	bank_reset(&vcpu.svm.bank);
	assert_true(!get(0x17a) && get(0x17b) == ALL && get(CTL(9)) == ALL && !get(STATUS(9)) && !get(MISC(0)));
	/* none were asked for: there are as many as there can be, and no switch for all */
	memset(&vcpu.svm.bank, 0, sizeof(vcpu.svm.bank));
	bank_reset(&vcpu.svm.bank);
	assert_true(get(0x179) == BANK_MAX && get(CTL(BANK_MAX - 1)) == ALL);
	assert_true(bank_get_msr(&vcpu, 0x17b, &val, false) == -ENOENT && !bank_get_msr(&vcpu, 0x17b, &val, true) && !val);
	assert_true(set(0x17b, 0) == -ENOENT && host_set(0x17b, 1) == -ENOENT && !host_set(0x17b, 0));
	assert_true(bank_has_msr(0x179) && bank_has_msr(0x17b) && !bank_has_msr(0x178) && !bank_has_msr(0x17c));
	assert_true(bank_has_msr(0x400) && !bank_has_msr(0x3ff) && bank_has_msr(MISC(BANK_MAX - 1)) && !bank_has_msr(CTL(BANK_MAX)));
	assert_int_equal(bank_setup(&vcpu, 0), -EINVAL);
	assert_int_equal(bank_setup(&vcpu, BANK_MAX + 1), -EINVAL);
	assert_int_equal(bank_setup(&vcpu, 5 | 1ULL << 40), -EINVAL);
	assert_int_equal(bank_setup(&vcpu, BANK_MAX), 0);
}

/* A guest switches all on or off and clears what it has seen; a VMM sets what was read. */
static void writes(void **state)
{
	assert_true(set(0x179, MCG_CTL_P | 10) == -EINVAL && host_set(0x179, 9) == -EINVAL && !host_set(0x179, MCG_CTL_P | 10));
	assert_true(!set(0x17a, 3) && get(0x17a) == 3);
	assert_true(set(0x17b, 1) == -EINVAL && !set(0x17b, 0) && !get(0x17b) && !set(0x17b, ALL) && get(0x17b) == ALL);
	assert_true(set(CTL(2), 1) == -EINVAL && !set(CTL(2), 0) && !set(CTL(2), ALL & ~1ULL) && !set(CTL(2), ALL & ~(1ULL << 10)));
	assert_int_equal(get(CTL(2)), ALL & ~(1ULL << 10));
	assert_true(set(CTL(2), ALL & ~2ULL) == -EINVAL && !host_set(CTL(2), 5) && get(CTL(2)) == 5);
	assert_true(set(STATUS(2), 1) == -EINVAL && !host_set(STATUS(2), 1) && !set(STATUS(2), 0) && !get(STATUS(2)));
	assert_true(!set(ADDR(2), 7) && !set(MISC(2), 8) && get(ADDR(2)) == 7 && get(MISC(2)) == 8 && !get(ADDR(1)) && !get(ADDR(3)));
}

/* A corrected error fills its bank; a second one says that one was lost, and does not push out an uncorrected one. */
static void corrected(void **state)
{
	assert_true(raise_one(10, VALID) == -EINVAL && raise_one(3, 1) == -EINVAL);
	assert_int_equal(raise_one(3, VALID | 7), 0);
	assert_true(get(STATUS(3)) == (VALID | 7) && get(ADDR(3)) == 0x1003 && get(MISC(3)) == 0x2003 && !raised && !get(0x17a));
	assert_int_equal(raise_one(3, VALID | 8), 0);
	assert_int_equal(get(STATUS(3)), VALID | OVER | 8);
	host_set(STATUS(3), VALID | UC | 9);
	host_set(ADDR(3), 1);
	assert_int_equal(raise_one(3, VALID | 8), 0);
	assert_true(get(STATUS(3)) == (VALID | UC | OVER | 9) && get(ADDR(3)) == 1);
	host_set(STATUS(3), UC);	/* which is no error */
	assert_int_equal(raise_one(3, VALID | 8), 0);
	assert_int_equal(get(STATUS(3)), VALID | 8);
}

/* An uncorrected one is #MC where it is switched on; while one is served, or without CR4.MCE, it is the end. */
static void uncorrected(void **state)
{
	set(0x17b, 0);
	assert_true(!raise_one(3, VALID | UC) && !raised && !get(STATUS(3)));
	set(0x17b, ALL);
	set(CTL(3), 0);
	assert_true(!raise_one(3, VALID | UC) && !raised && !get(STATUS(3)));
	set(CTL(3), ALL);
	assert_true(!raise_one(3, VALID | UC) && raised == 1 && get(STATUS(3)) == (VALID | UC) && get(ADDR(3)) == 0x1003);
	assert_true(get(0x17a) == 5 && get(0x179) == (MCG_CTL_P | 10) && !vcpu.svm.shutdown);
	assert_true(!raise_one(4, VALID | UC) && vcpu.svm.shutdown && raised == 1 && !get(STATUS(4)));
	vcpu.svm.shutdown = false;
	set(0x17a, 0);
	vmcb.save.cr4 = 0;
	assert_true(!raise_one(4, VALID | UC) && vcpu.svm.shutdown && raised == 1);
	/* where there is no switch for all only the bank's own counts */
	vcpu.svm.shutdown = false;
	vmcb.save.cr4 = X86_CR4_MCE;
	assert_int_equal(bank_setup(&vcpu, 10), 0);
	assert_true(!raise_one(4, VALID | UC) && raised == 2 && !vcpu.svm.shutdown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(resets, setup), cmocka_unit_test_setup(writes, setup), cmocka_unit_test_setup(corrected, setup),
		cmocka_unit_test_setup(uncorrected, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
