/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the physical CPUs have that the world switch must know of.
 */
#ifndef TABULA_CPU_HW_H
#define TABULA_CPU_HW_H

#include <linux/types.h>

/**
 * struct cpu_hw - features of the machine, read once at load
 * @has_hcx: FEAT_HCX
 * @has_aarch32: AArch32 at EL0, on every CPU
 * @has_fgt: FEAT_FGT
 * @has_fgt2: FEAT_FGT2
 * @has_pmu: FEAT_PMUv3
 * @has_ras: FEAT_RAS
 * @has_dit: FEAT_DIT
 * @has_mte: FEAT_MTE2
 * @has_pauth: pointer authentication, of addresses and generic, and the host uses it
 * @has_sme: FEAT_SME, used by the host or not
 * @no_hafdbs: no CPU may set access flags and dirty states by itself
 * @hcr_barriers: HCR_EL2 is written between DSB and ISB
 * @brps: breakpoints, 2..16
 * @wrps: watchpoints, 2..16
 * @sve_lengths: of vectors that guests may have, bit n - 1 for n times 128 bits; 0: no SVE
 */
struct cpu_hw {
	bool has_hcx;
	bool has_aarch32;
	bool has_fgt;
	bool has_fgt2;
	bool has_pmu;
	bool has_ras;
	bool has_dit;
	bool has_mte;
	bool has_pauth;
	bool has_sme;
	bool no_hafdbs;
	bool hcr_barriers;
	u8 brps;
	u8 wrps;
	u16 sve_lengths;
};

extern struct cpu_hw cpu_hw;

#endif
