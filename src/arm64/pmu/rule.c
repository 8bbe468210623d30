// SPDX-License-Identifier: GPL-2.0
/*
 * The numbers of PMUv3.
 */
#include <linux/kernel.h>

#include "pmu.h"
#include "rule.h"

u32 rule_counters(unsigned int n)
{
	return BIT(PMU_CYCLES) | (n ? GENMASK(min(n, 31U) - 1, 0) : 0);
}

u64 rule_event_mask(unsigned int ver)
{
	return ver < RULE_VER_V3P1 ? GENMASK(9, 0) : GENMASK(15, 0);
}

u64 rule_type_mask(unsigned int ver, bool has_el3)
{
	u64 filters = RULE_NOT_EL1 | RULE_NOT_EL0;

	if (has_el3)
		filters |= RULE_NOT_NS_EL1 | RULE_NOT_NS_EL0 | RULE_NOT_EL3;
	return filters | rule_event_mask(ver);
}

u64 rule_filter(u64 type)
{
	u64 filter = 0;

	if (!(type & RULE_NOT_EL1) != !(type & RULE_NOT_NS_EL1))
		filter |= RULE_NOT_EL1;
	if (!(type & RULE_NOT_EL0) != !(type & RULE_NOT_NS_EL0))
		filter |= RULE_NOT_EL0;
	return filter;
}

bool rule_is_long(unsigned int n, unsigned int ver)
{
	return n == PMU_CYCLES || ver >= RULE_VER_V3P5;
}

bool rule_overflows_late(unsigned int n, unsigned int ver, u64 pmcr)
{
	if (n == PMU_CYCLES)
		return pmcr & RULE_PMCR_LC;
	return ver >= RULE_VER_V3P5 && (pmcr & RULE_PMCR_LP);
}

bool rule_may_chain(unsigned int n, bool late)
{
	return !(n & 1) && n + 1 < PMU_CYCLES && !late;
}

u64 rule_due(u64 value, bool late)
{
	u64 left = -value;

	if (!late)
		return lower_32_bits(left) ?: BIT_ULL(32);
	return (s64)left > 0 ? left : RULE_NEVER;
}

u64 rule_add(u64 *value, u64 by, bool is_long, bool late)
{
	u64 old = *value;
	u64 new = old + by;

	*value = is_long ? new : lower_32_bits(new);
	if (late)
		return new < old;
	return (lower_32_bits(old) + by) >> 32;
}

u64 rule_passed(u64 count, u64 *due, bool late)
{
	u64 n;

	if (*due == RULE_NEVER || count < *due)
		return 0;
	if (late) {
		*due = RULE_NEVER;
		return 1;
	}
	n = ((count - *due) >> 32) + 1;
	*due += n << 32;
	return n;
}

bool rule_may_el0(unsigned int reg, bool is_write, u64 userenr)
{
	u64 by = RULE_USER_EN;

	switch (reg) {
	case PMU_INTENSET:
	case PMU_INTENCLR:
	case PMU_MMIR:
		return false;
	case PMU_USERENR:
		return !is_write;
	case PMU_SWINC:
		by |= RULE_USER_SW;
		break;
	case PMU_SELR:
		by |= RULE_USER_ER;
		break;
	case PMU_CNTR + PMU_CYCLES:
		by |= is_write ? 0 : RULE_USER_CR;
		break;
	case PMU_CNTR ... PMU_CNTR + PMU_CYCLES - 1:
	case PMU_XEVCNTR:
		by |= is_write ? 0 : RULE_USER_ER;
		break;
	}
	return userenr & by;
}
