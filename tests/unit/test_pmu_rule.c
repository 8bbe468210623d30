// SPDX-License-Identifier: GPL-2.0
/*
 * The numbers of PMUv3: counters, events, overflow, and EL0's rights.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include "../../src/arm64/pmu/pmu.h"
#include "../../src/arm64/pmu/rule.h"

/* PMCR_EL0.N counters and the cycle counter, with none and with all. */
static void counters(void **state)
{
	assert_int_equal(rule_counters(0), 0x80000000);
	assert_int_equal(rule_counters(1), 0x80000001);
	assert_int_equal(rule_counters(6), 0x8000003f);
	assert_int_equal(rule_counters(31), 0xffffffff);
}

/* Events have 10 bits in PMUv3 and 16 after it, and a type register keeps filters beside them. */
static void types(void **state)
{
	assert_int_equal(rule_event_mask(0), 0x3ff);
	assert_int_equal(rule_event_mask(1), 0x3ff);
	assert_int_equal(rule_event_mask(4), 0xffff);
	assert_int_equal(rule_event_mask(6), 0xffff);
	assert_int_equal(rule_type_mask(1, false), 0xc00003ff);
	assert_int_equal(rule_type_mask(6, true), 0xf400ffff);
}

/* A filter for Non-secure state lifts the one for all states, and holds without it. */
static void filters(void **state)
{
	assert_int_equal(rule_filter(0x11), 0);
	assert_int_equal(rule_filter(RULE_NOT_EL1), RULE_NOT_EL1);
	assert_int_equal(rule_filter(RULE_NOT_EL0), RULE_NOT_EL0);
	assert_int_equal(rule_filter(RULE_NOT_NS_EL1), RULE_NOT_EL1);
	assert_int_equal(rule_filter(RULE_NOT_NS_EL0 | RULE_NOT_EL1), RULE_NOT_EL0 | RULE_NOT_EL1);
	assert_int_equal(rule_filter(RULE_NOT_EL0 | RULE_NOT_NS_EL0), 0);
	assert_int_equal(rule_filter(RULE_NOT_EL1 | RULE_NOT_NS_EL1 | RULE_NOT_EL0), RULE_NOT_EL0);
	assert_int_equal(rule_filter(RULE_NOT_EL3), 0);
}

/* 64 bits: the cycle counter's, and all of PMUv3p5; where they overflow is PMCR_EL0's. */
static void widths(void **state)
{
	assert_true(rule_is_long(31, 1));
	assert_false(rule_is_long(0, 5));
	assert_true(rule_is_long(0, 6));
	assert_false(rule_overflows_late(31, 6, RULE_PMCR_LP));
	assert_true(rule_overflows_late(31, 1, RULE_PMCR_LC));
	assert_false(rule_overflows_late(3, 5, RULE_PMCR_LP));
	assert_true(rule_overflows_late(3, 6, RULE_PMCR_LP));
	assert_false(rule_overflows_late(3, 6, RULE_PMCR_LC));
}

/* An even counter's overflow counts for the odd one above it, which has to exist. */
static void chains(void **state)
{
	assert_true(rule_may_chain(0, false));
	assert_false(rule_may_chain(1, false));
	assert_true(rule_may_chain(28, false));
	assert_false(rule_may_chain(30, false));
	assert_false(rule_may_chain(0, true));
}

/* How far it is to the next overflow: never 0, and no more than perf can take. */
static void dues(void **state)
{
	assert_int_equal(rule_due(0, false), 1UL << 32);
	assert_int_equal(rule_due(0xffffffff, false), 1);
	assert_int_equal(rule_due(1UL << 32, false), 1UL << 32);
	assert_int_equal(rule_due(0x5fffffff0, false), 16);
	assert_int_equal(rule_due(~0UL, true), 1);
	assert_int_equal(rule_due(1UL << 63 | 1, true), (1UL << 63) - 1);
	assert_true(rule_due(1UL << 63, true) == RULE_NEVER);
	assert_true(rule_due(0, true) == RULE_NEVER);
}

/* Counting by software wraps where the counter does, and says how often it overflowed. */
static void adds(void **state)
{
	u64 val = 0xffffffff;

	assert_int_equal(rule_add(&val, 1, false, false), 1);
	assert_int_equal(val, 0);
	val = 0xffffffff;
	assert_int_equal(rule_add(&val, 1, true, false), 1);
	assert_int_equal(val, 1UL << 32);
	val = 0xffffffff;
	assert_int_equal(rule_add(&val, 1, true, true), 0);
	val = ~0UL;
	assert_int_equal(rule_add(&val, 2, true, true), 1);
	assert_int_equal(val, 1);
	val = 3;
	assert_int_equal(rule_add(&val, 5UL << 32, false, false), 5);
	assert_int_equal(val, 3);
}

/* An event that has come by several overflows has come by each, once. */
static void passes(void **state)
{
	u64 due = 100;

	assert_int_equal(rule_passed(99, &due, false), 0);
	assert_int_equal(due, 100);
	assert_int_equal(rule_passed(100, &due, false), 1);
	assert_int_equal(due, 100 + (1UL << 32));
	assert_int_equal(rule_passed(100, &due, false), 0);
	assert_int_equal(rule_passed(100 + (3UL << 32), &due, false), 3);
	assert_int_equal(due, 100 + (4UL << 32));
	due = 7;
	assert_int_equal(rule_passed(8, &due, true), 1);
	assert_true(due == RULE_NEVER);
	assert_int_equal(rule_passed(~0UL, &due, true), 0);
}

/* Each register by each bit of PMUSERENR_EL0, read and written. */
static void rights(void **state)
{
	static const struct { unsigned int reg; u8 read, write; } want[] = {
		{ PMU_CNTR, 9, 1 }, { PMU_CNTR + 30, 9, 1 }, { PMU_CNTR + 31, 5, 1 }, { PMU_TYPE, 1, 1 },
		{ PMU_TYPE + 31, 1, 1 }, { PMU_PMCR, 1, 1 }, { PMU_CNTENSET, 1, 1 }, { PMU_CNTENCLR, 1, 1 },
		{ PMU_INTENSET, 0, 0 }, { PMU_INTENCLR, 0, 0 }, { PMU_OVSSET, 1, 1 }, { PMU_OVSCLR, 1, 1 },
		{ PMU_SWINC, 3, 3 }, { PMU_SELR, 9, 9 }, { PMU_CEID0, 1, 1 }, { PMU_CEID1, 1, 1 },
		{ PMU_XEVTYPER, 1, 1 }, { PMU_XEVCNTR, 9, 1 }, { PMU_MMIR, 0, 0 },
	};
	unsigned int i, user;

	for (user = 0; user < 16; user++) {
		for (i = 0; i < ARRAY_SIZE(want); i++) {
			assert_int_equal(rule_may_el0(want[i].reg, false, user), !!(want[i].read & user));
			assert_int_equal(rule_may_el0(want[i].reg, true, user), !!(want[i].write & user));
		}
		assert_true(rule_may_el0(PMU_USERENR, false, user));
		assert_false(rule_may_el0(PMU_USERENR, true, user));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters),
		cmocka_unit_test(types),
		cmocka_unit_test(filters),
		cmocka_unit_test(widths),
		cmocka_unit_test(chains),
		cmocka_unit_test(dues),
		cmocka_unit_test(adds),
		cmocka_unit_test(passes),
		cmocka_unit_test(rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
