/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What PMUv3 says of numbers: which counters and events there are, when a counter overflows,
 * and what EL0 may touch. Pure functions of register values. Arm ARM D13, D19.5.
 */
#ifndef TABULA_PMU_RULE_H
#define TABULA_PMU_RULE_H

#include <linux/bits.h>
#include <linux/types.h>

/* PMCR_EL0 */
#define RULE_PMCR_E	BIT(0)
#define RULE_PMCR_P	BIT(1)
#define RULE_PMCR_C	BIT(2)
#define RULE_PMCR_LC	BIT(6)
#define RULE_PMCR_LP	BIT(7)
#define RULE_PMCR_KEPT	(GENMASK(7, 0) & ~(RULE_PMCR_P | RULE_PMCR_C))
#define RULE_PMCR_N	GENMASK(15, 11)
#define RULE_PMCR_N_SHIFT	11

/* PMUSERENR_EL0 */
#define RULE_USER_EN	BIT(0)
#define RULE_USER_SW	BIT(1)
#define RULE_USER_CR	BIT(2)
#define RULE_USER_ER	BIT(3)
#define RULE_USER_ALL	GENMASK(3, 0)

/* PMEVTYPER<n>_EL0 and PMCCFILTR_EL0 */
#define RULE_NOT_EL1	BIT(31)
#define RULE_NOT_EL0	BIT(30)
#define RULE_NOT_NS_EL1	BIT(29)
#define RULE_NOT_NS_EL0	BIT(28)
#define RULE_NOT_EL3	BIT(26)

/* Events that no hardware counts for us */
#define RULE_SW_INCR	0x00
#define RULE_CPU_CYCLES	0x11
#define RULE_CHAIN	0x1e

/* ID_AA64DFR0_EL1.PMUVer: the first with events of 16 bits, and with counters of 64 */
#define RULE_VER_V3P1	4
#define RULE_VER_V3P5	6

#define RULE_NEVER	(~0ULL)

/**
 * rule_counters() - the counters that exist
 * @n: PMCR_EL0.N
 *
 * Return: a bit for each, the cycle counter's included.
 */
u32 rule_counters(unsigned int n);

/**
 * rule_event_mask() - bits of an event's number
 * @ver: ID_AA64DFR0_EL1.PMUVer
 *
 * Return: 10 bits of them, or 16.
 */
u64 rule_event_mask(unsigned int ver);

/**
 * rule_type_mask() - bits that an event type register keeps
 * @ver: ID_AA64DFR0_EL1.PMUVer
 * @has_el3: the guest's ID registers show EL3, and so Secure state
 *
 * Return: them.
 */
u64 rule_type_mask(unsigned int ver, bool has_el3);

/**
 * rule_filter() - where an event is not counted
 * @type: PMEVTYPER<n>_EL0
 *
 * A guest is in Non-secure state, where a bit and its like for that state cancel each other.
 * Return: RULE_NOT_EL1 and RULE_NOT_EL0, each or neither.
 */
u64 rule_filter(u64 type);

/**
 * rule_is_long() - has a counter 64 bits?
 * @n: the counter
 * @ver: ID_AA64DFR0_EL1.PMUVer
 *
 * Return: it has; else 32.
 */
bool rule_is_long(unsigned int n, unsigned int ver);

/**
 * rule_overflows_late() - does a counter overflow out of bit 63?
 * @n: the counter
 * @ver: ID_AA64DFR0_EL1.PMUVer
 * @pmcr: PMCR_EL0
 *
 * Return: it does; else out of bit 31.
 */
bool rule_overflows_late(unsigned int n, unsigned int ver, u64 pmcr);

/**
 * rule_may_chain() - does its overflow count for the next counter, if that counts CHAIN?
 * @n: the counter
 * @late: rule_overflows_late()
 *
 * Return: it does.
 */
bool rule_may_chain(unsigned int n, bool late);

/**
 * rule_due() - how many events until a counter overflows
 * @value: it now
 * @late: rule_overflows_late()
 *
 * Return: 1 to 2^32; or with @late up to 2^63 - 1, and RULE_NEVER for what takes longer: a lifetime.
 */
u64 rule_due(u64 value, bool late);

/**
 * rule_add() - count by software
 * @value: the counter, changed
 * @by: how many
 * @is_long: rule_is_long()
 * @late: rule_overflows_late()
 *
 * Return: how often it overflowed.
 */
u64 rule_add(u64 *value, u64 by, bool is_long, bool late);

/**
 * rule_passed() - how often a counter overflowed while its event counted
 * @count: what the event has counted
 * @due: the count at which it was to overflow; the next one after
 * @late: rule_overflows_late()
 *
 * Return: how often, 0 where it is not due yet.
 */
u64 rule_passed(u64 count, u64 *due, bool late);

/**
 * rule_may_el0() - may EL0 touch a register?
 * @reg: enum pmu_reg
 * @is_write: MSR
 * @userenr: PMUSERENR_EL0
 *
 * Return: it may.
 */
bool rule_may_el0(unsigned int reg, bool is_write, u64 userenr);

#endif
