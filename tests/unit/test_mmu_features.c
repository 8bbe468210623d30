// SPDX-License-Identifier: GPL-2.0
/*
 * What stage 2 reads of the machine, from ID registers that the test makes up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

#include <linux/bits.h>
#include <linux/types.h>

#include "../../model/shim/unit.h"
#include "../../src/arm64/mmu/features.c"

static u64 id[TEST_ID_REGISTERS];
static bool kernel_repeats;

u64 read_sanitised_ftr_reg(u32 r)
{
	assert_in_range(r, 0, TEST_ID_REGISTERS - 1);
	return id[r];
}

bool cpus_have_final_cap(int cap)
{
	assert_int_equal(cap, ARM64_WORKAROUND_REPEAT_TLBI);
	return kernel_repeats;
}

/* A field of four bits. */
static void set(unsigned int r, unsigned int shift, u64 val)
{
	id[r] = (id[r] & ~(0xfULL << shift)) | val << shift;
}

/* With everything, and lines of 64 bytes. */
static int setup(void **state)
{
	memset(id, 0, sizeof(id));
	set(SYS_CTR_EL0, 16, 4);
	set(SYS_CTR_EL0, 0, 4);
	id[SYS_CTR_EL0] |= 1ULL << 28 | 1ULL << 29;
	set(SYS_ID_AA64ISAR0_EL1, 56, 2);
	set(SYS_ID_AA64MMFR0_EL1, 0, 5);
	set(SYS_ID_AA64MMFR1_EL1, 0, 1);
	set(SYS_ID_AA64MMFR1_EL1, 4, 2);
	set(SYS_ID_AA64MMFR2_EL1, 40, 1);
	machine.errata = 0;
	kernel_repeats = false;
	hide = NULL;
	return 0;
}

/* A machine that has everything is taken to have it; one that has nothing, not. */
static void all_or_nothing(void **state)
{
	assert_int_equal(hw_init(), 0);
	assert_true(hw_features.fwb && hw_features.idc && hw_features.dic &&
		    hw_features.range_tlbi && hw_features.hafdbs);
	assert_false(hw_features.repeat_tlbi || hw_features.hcr_barriers);
	assert_int_equal(hw_features.vmid_bits, 16);
	assert_int_equal(hw_features.pa_bits, 48);
	assert_int_equal(hw_features.dcache_line, 64);
	assert_int_equal(hw_features.icache_line, 64);
	memset(id, 0, sizeof(id));
	assert_int_equal(hw_init(), 0);
	assert_false(hw_features.fwb || hw_features.idc || hw_features.dic ||
		     hw_features.range_tlbi || hw_features.hafdbs);
	assert_int_equal(hw_features.vmid_bits, 8);
	assert_int_equal(hw_features.pa_bits, 32);
	assert_int_equal(hw_features.dcache_line, 4);
	assert_int_equal(hw_features.icache_line, 4);
}

/* Each feature is read from its own field: without one, only that is missing. */
static void each_field(void **state)
{
	id[SYS_CTR_EL0] &= ~(1ULL << 28);
	assert_int_equal(hw_init(), 0);
	assert_true(!hw_features.idc && hw_features.dic);
	setup(NULL);
	id[SYS_CTR_EL0] &= ~(1ULL << 29);
	assert_int_equal(hw_init(), 0);
	assert_true(hw_features.idc && !hw_features.dic);
	set(SYS_CTR_EL0, 16, 5);
	set(SYS_CTR_EL0, 0, 3);
	assert_int_equal(hw_init(), 0);
	assert_int_equal(hw_features.dcache_line, 128);
	assert_int_equal(hw_features.icache_line, 32);
	/* 1 is TLBI by OS instructions without ranges */
	set(SYS_ID_AA64ISAR0_EL1, 56, 1);
	assert_int_equal(hw_init(), 0);
	assert_false(hw_features.range_tlbi);
	set(SYS_ID_AA64ISAR0_EL1, 56, 3);
	assert_int_equal(hw_init(), 0);
	assert_true(hw_features.range_tlbi);
	set(SYS_ID_AA64MMFR1_EL1, 4, 0);
	assert_int_equal(hw_init(), 0);
	assert_int_equal(hw_features.vmid_bits, 8);
}

/* PARange up to 48 bits; more needs what is not used. */
static void address_size(void **state)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48, 48, 48 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		set(SYS_ID_AA64MMFR0_EL1, 0, i);
		assert_int_equal(hw_init(), 0);
		assert_int_equal(hw_features.pa_bits, bits[i]);
	}
}

/* Pages of 4 KiB at stage 2 are there by either field, or the machine is refused. */
static void granule(void **state)
{
	static const struct {
		u64 stage2, stage1;
		int ret;
	} t[] = {
		{ 0, 0, 0 }, { 0, 1, 0 }, { 0, 0xf, -ENODEV }, { 1, 0, -ENODEV },
		{ 2, 0xf, 0 }, { 3, 0xf, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		set(SYS_ID_AA64MMFR0_EL1, 40, t[i].stage2);
		set(SYS_ID_AA64MMFR0_EL1, 28, t[i].stage1);
		assert_int_equal(hw_init(), t[i].ret);
	}
}

/* Errata take what they make useless, and add what they call for, whoever lists them. */
static void errata(void **state)
{
	machine.errata = ERRATA_STALE_FETCH;
	assert_int_equal(hw_init(), 0);
	assert_true(!hw_features.dic && hw_features.idc && hw_features.hafdbs);
	machine.errata = ERRATA_NO_S2_AF;
	assert_int_equal(hw_init(), 0);
	assert_true(hw_features.dic && !hw_features.hafdbs);
	machine.errata = ERRATA_REPEAT_TLBI;
	assert_int_equal(hw_init(), 0);
	assert_true(hw_features.repeat_tlbi && !hw_features.hcr_barriers);
	machine.errata = ERRATA_HCR_BARRIERS;
	assert_int_equal(hw_init(), 0);
	assert_true(!hw_features.repeat_tlbi && hw_features.hcr_barriers);
	kernel_repeats = true;
	assert_int_equal(hw_init(), 0);
	assert_true(hw_features.repeat_tlbi);
}

/* hide= takes just what it names, and refuses what it does not know. */
static void hidden(void **state)
{
	char one[] = "fwb", more[] = "idc,range-tlbi", bad[] = "idc,fw", longer[] = "fwbx";

	hide = one;
	assert_int_equal(hw_init(), 0);
	assert_true(!hw_features.fwb && hw_features.idc && hw_features.dic && hw_features.range_tlbi);
	hide = more;
	assert_int_equal(hw_init(), 0);
	assert_true(hw_features.fwb && !hw_features.idc && hw_features.dic && !hw_features.range_tlbi);
	hide = bad;
	assert_int_equal(hw_init(), -EINVAL);
	hide = longer;
	assert_int_equal(hw_init(), -EINVAL);
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_or_nothing), T(each_field), T(address_size), T(granule), T(errata), T(hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
