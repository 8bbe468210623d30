// SPDX-License-Identifier: GPL-2.0
/*
 * The decisions of predictor.h.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "../errata.h"
#include "predictor.h"

#define PFR0_CSV2(r)	((r) >> 56 & 0xf)
#define PFR1_SSBS(r)	((r) >> 4 & 0xf)
#define MMFR1_ECBHB(r)	((r) >> 60 & 0xf)
#define ISAR2_CLRBHB(r)	((r) >> 28 & 0xf)

#define CSV2_HISTORY	3	/* CSV2_3: history of another context is not used either */

/* SMCCC_ARCH_FEATURES: calling it helps, or this CPU does not need it; for 2 there are two ways to say so. */
#define FIRMWARE_HELPS		0
#define FIRMWARE_NOT_SUPPORTED	(-1)
#define FIRMWARE_NOT_REQUIRED	(-2)
#define FIRMWARE_UNAFFECTED	1

static s32 firmware_says(const struct predictor_cpu *cpu, unsigned int workaround)
{
	return cpu->firmware[workaround - 1];
}

static enum predictor_state predictor_targets(const struct predictor_cpu *cpu, u32 known)
{
	if (PFR0_CSV2(cpu->pfr0) || (known & ERRATA_SAFE_TARGETS) ||
	    firmware_says(cpu, 1) == FIRMWARE_UNAFFECTED)
		return PREDICTOR_UNAFFECTED;
	if (!cpu->off && (firmware_says(cpu, 1) == FIRMWARE_HELPS ||
			  firmware_says(cpu, 3) == FIRMWARE_HELPS))
		return PREDICTOR_MITIGATED;
	return PREDICTOR_VULNERABLE;
}

static enum predictor_state predictor_stores(const struct predictor_cpu *cpu, u32 known)
{
	s32 says = firmware_says(cpu, 2);

	if (known & ERRATA_SAFE_STORES)
		return PREDICTOR_UNAFFECTED;
	if (PFR1_SSBS(cpu->pfr1) && !cpu->off)
		return PREDICTOR_MITIGATED;
	if (says == FIRMWARE_UNAFFECTED || says == FIRMWARE_NOT_REQUIRED)
		return PREDICTOR_UNAFFECTED;
	if (says == FIRMWARE_HELPS && !cpu->off)
		return PREDICTOR_MITIGATED;
	return PREDICTOR_VULNERABLE;
}

/* The smallest loop that is long enough. */
static enum predictor_vectors predictor_loop(u8 branches)
{
	static const struct {
		u8 branches;
		enum predictor_vectors vectors;
	} loops[] = {
		{ 8, PREDICTOR_LOOP_8 },
		{ 11, PREDICTOR_LOOP_11 },
		{ 24, PREDICTOR_LOOP_24 },
		{ 32, PREDICTOR_LOOP_32 },
		{ 38, PREDICTOR_LOOP_38 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(loops); i++)
		if (branches <= loops[i].branches)
			return loops[i].vectors;
	return PREDICTOR_LOOP_132;
}

static bool predictor_history_safe(const struct predictor_cpu *cpu, u32 known)
{
	if (PFR0_CSV2(cpu->pfr0) >= CSV2_HISTORY || (known & ERRATA_SAFE_HISTORY))
		return true;
	/* a core known to be affected is, whatever its firmware says */
	return !(known & ERRATA_LOOP) && firmware_says(cpu, 3) == FIRMWARE_UNAFFECTED;
}

/* What is done about history, and whether that is known to help. */
static enum predictor_vectors predictor_history(const struct predictor_cpu *cpu,
						const struct errata_cpu *core,
						enum predictor_state *state)
{
	*state = PREDICTOR_UNAFFECTED;
	if (predictor_history_safe(cpu, core->flags))
		return PREDICTOR_PLAIN;
	*state = PREDICTOR_MITIGATED;
	if (MMFR1_ECBHB(cpu->mmfr1))
		return PREDICTOR_PLAIN;
	if (ISAR2_CLRBHB(cpu->isar2))
		return PREDICTOR_CLRBHB;
	if (core->flags & ERRATA_LOOP)
		return predictor_loop(core->loop);
	if (firmware_says(cpu, 3) == FIRMWARE_HELPS)
		return PREDICTOR_FIRMWARE_3;
	*state = PREDICTOR_VULNERABLE;
	return predictor_loop(ERRATA_LOOP_MAX);
}

/* The firmware's call goes with what history takes. */
static enum predictor_vectors predictor_with_call(const struct predictor_cpu *cpu,
						  enum predictor_vectors history)
{
	if (firmware_says(cpu, 3) == FIRMWARE_HELPS)
		return PREDICTOR_FIRMWARE_3;
	return history == PREDICTOR_PLAIN ? PREDICTOR_FIRMWARE_1 : PREDICTOR_FIRMWARE_1_LOOP_132;
}

struct predictor predictor_choose(const struct predictor_cpu *cpu)
{
	struct errata_cpu core = errata_of(cpu->midr);
	struct predictor p = {
		.targets = predictor_targets(cpu, core.flags),
		.stores = predictor_stores(cpu, core.flags),
	};

	p.vectors = predictor_history(cpu, &core, &p.history);
	if (p.targets == PREDICTOR_MITIGATED)
		p.vectors = predictor_with_call(cpu, p.vectors);
	/* without the one the other protects nobody */
	if (p.history != PREDICTOR_UNAFFECTED && p.targets == PREDICTOR_VULNERABLE)
		p.history = PREDICTOR_VULNERABLE;
	if (cpu->off) {
		p.vectors = PREDICTOR_PLAIN;
		if (p.history != PREDICTOR_UNAFFECTED)
			p.history = PREDICTOR_VULNERABLE;
	}
	return p;
}

static bool predictor_raise(enum predictor_state *all, enum predictor_state cpu)
{
	if (cpu <= *all)
		return false;
	*all = cpu;
	return true;
}

bool predictor_worst(struct predictor *all, const struct predictor *cpu)
{
	bool worse = predictor_raise(&all->targets, cpu->targets);

	worse |= predictor_raise(&all->stores, cpu->stores);
	return predictor_raise(&all->history, cpu->history) || worse;
}

/*
 * A guest that has PSTATE.SSBS needs no firmware for its stores, and one that has not cannot turn
 * the host's mitigation off: it is not required either.
 */
static enum predictor_state predictor_of(const struct predictor *p, unsigned int workaround,
					 bool guest_has_ssbs)
{
	switch (workaround) {
	case 1:
		return p->targets;
	case 2:
		if (p->stores != PREDICTOR_MITIGATED)
			return p->stores;
		return guest_has_ssbs ? PREDICTOR_VULNERABLE : PREDICTOR_UNAFFECTED;
	case 3:
		return p->history;
	default:
		return PREDICTOR_VULNERABLE;
	}
}

int predictor_features(const struct predictor *p, unsigned int workaround, bool guest_has_ssbs)
{
	switch (predictor_of(p, workaround, guest_has_ssbs)) {
	case PREDICTOR_UNAFFECTED:
		return workaround == 2 ? FIRMWARE_NOT_REQUIRED : FIRMWARE_UNAFFECTED;
	case PREDICTOR_MITIGATED:
		return FIRMWARE_HELPS;
	default:
		return FIRMWARE_NOT_SUPPORTED;
	}
}

/* Levels of 1 and 3: 0 not available, 1 available, 2 not required; of 2: 0, 1 unknown, 2, 3. */
#define LEVEL_MASK		0xfU
#define LEVEL_2_AVAIL		2U
#define LEVEL_2_NOT_REQUIRED	3U
#define LEVEL_2_ENABLED		(1U << 4)

u64 predictor_level(const struct predictor *p, unsigned int workaround, bool guest_has_ssbs)
{
	switch (predictor_of(p, workaround, guest_has_ssbs)) {
	case PREDICTOR_UNAFFECTED:
		return workaround == 2 ? LEVEL_2_NOT_REQUIRED : 2;
	case PREDICTOR_MITIGATED:
		return 1;
	default:
		return 0;
	}
}

int predictor_set_level(const struct predictor *p, unsigned int workaround, bool guest_has_ssbs,
			u64 val)
{
	u64 level = val & LEVEL_MASK;

	if (workaround != 2)
		return val <= predictor_level(p, workaround, guest_has_ssbs) ? 0 : -EINVAL;
	if (val & ~(u64)(LEVEL_MASK | LEVEL_2_ENABLED) || level > LEVEL_2_NOT_REQUIRED)
		return -EINVAL;
	if (val & LEVEL_2_ENABLED && level != LEVEL_2_AVAIL)
		return -EINVAL;
	/* available and switched on is as good as not required; unknown is as bad as nothing */
	level = level >= LEVEL_2_AVAIL ? LEVEL_2_NOT_REQUIRED : 0;
	return level <= predictor_level(p, workaround, guest_has_ssbs) ? 0 : -EINVAL;
}
