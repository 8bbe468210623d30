/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the physical CPUs have that the world switch must know of.
 */
#ifndef TABULA_CPU_HW_H
#define TABULA_CPU_HW_H

#include <linux/types.h>

/**
 * struct cpu_hw - features of the machine, read once at load
 */
struct cpu_hw {
	bool has_hcx;		/* FEAT_HCX */
	bool has_fgt;		/* FEAT_FGT */
	bool has_pmu;		/* FEAT_PMUv3 */
	bool has_ras;		/* FEAT_RAS */
	bool has_dit;		/* FEAT_DIT */
	bool has_evt;		/* FEAT_EVT */
	bool has_mte;		/* FEAT_MTE2 */
	u8 brps;		/* breakpoints, 2..16 */
	u8 wrps;		/* watchpoints, 2..16 */
	u8 ctx_cmps;
};

extern struct cpu_hw cpu_hw;

#endif
