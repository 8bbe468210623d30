/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a core's designers and the kernel's lists say of it, by MIDR_EL1. Depends on
 * nothing; all else asks here. docs/errata.md has a line for each erratum.
 */
#ifndef TABULA_ERRATA_H
#define TABULA_ERRATA_H

#include <linux/bits.h>
#include <linux/types.h>

/* What must be done for a core that needs it. A core that is not listed needs all of ERRATA_ALL. */
#define ERRATA_REPEAT_TLBI	(1U << 0)	/* a broadcast TLBI completes with the one after it */
#define ERRATA_STALE_FETCH	(1U << 1)	/* CTR_EL0.DIC promises too much (1542419) */
#define ERRATA_NO_S2_AF		(1U << 2)	/* no hardware access flag (AC03_CPU_38) */
#define ERRATA_HCR_BARRIERS	(1U << 3)	/* DSB before, ISB after each write of HCR_EL2 (AC04_CPU_23) */
#define ERRATA_NO_BF16		(1U << 4)	/* BF16 instructions give wrong results (2658417) */
#define ERRATA_TRAP_STAGE1	(1U << 5)	/* guests' writes of TTBRn_EL1 trap (ThunderX2 219) */
#define ERRATA_WORKAROUNDS	GENMASK(5, 0)
#define ERRATA_ALL		(ERRATA_REPEAT_TLBI | ERRATA_STALE_FETCH | ERRATA_NO_S2_AF | \
				 ERRATA_HCR_BARRIERS | ERRATA_NO_BF16)

/* What it is known to be safe from, or to be a danger of. */
#define ERRATA_SAFE_TARGETS	(1U << 8)	/* Spectre v2, whatever CSV2 says */
#define ERRATA_SAFE_STORES	(1U << 9)	/* Spectre v4 */
#define ERRATA_SAFE_HISTORY	(1U << 10)	/* Spectre-BHB */
#define ERRATA_LOOP		(1U << 11)	/* Spectre-BHB: errata_cpu.loop is known to be enough */
#define ERRATA_GUEST_HANGS	(1U << 12)	/* a guest can stop the machine (1508412) */
#define ERRATA_LISTED		(1U << 13)	/* the table knows it */

/* Branches that overwrite any core's history, as far as is known. */
#define ERRATA_LOOP_MAX		132

/**
 * struct errata_cpu - what is known of one core
 * @flags: ERRATA_*
 * @loop: branches that overwrite its branch history, 0 for a core that is safe
 * @refused: why guests cannot run there, or NULL
 */
struct errata_cpu {
	u32 flags;
	u8 loop;
	const char *refused;
};

/**
 * errata_of() - what is known of a core
 * @midr: MIDR_EL1
 *
 * Source: the vendors' errata notices, as the kernel's arch/arm64/kernel/{cpu_errata,proton-pack}.c
 * lists them.
 *
 * Return: for a core that is not listed, all workarounds and no safety.
 */
struct errata_cpu errata_of(u32 midr);

#endif
