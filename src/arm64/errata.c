// SPDX-License-Identifier: GPL-2.0
/*
 * The table of cores. Models are numbers here, not the kernel's names: each stock
 * kernel knows only those that were there when it was made.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include "errata.h"

#define MIDR_VAR_REV(midr)	(((midr) >> 16 & 0xf0) | ((midr) & 0xf))
#define MIDR_MODEL_MASK		0xff0ffff0U
#define MODEL(impl, part)	((u32)(impl) << 24 | 0xfU << 16 | (part) << 4)

/* Arm */
#define CORTEX_A35		MODEL(0x41, 0xd04)
#define CORTEX_A53		MODEL(0x41, 0xd03)
#define CORTEX_A55		MODEL(0x41, 0xd05)
#define CORTEX_A57		MODEL(0x41, 0xd07)
#define CORTEX_A72		MODEL(0x41, 0xd08)
#define CORTEX_A73		MODEL(0x41, 0xd09)
#define CORTEX_A75		MODEL(0x41, 0xd0a)
#define CORTEX_A76		MODEL(0x41, 0xd0b)
#define NEOVERSE_N1		MODEL(0x41, 0xd0c)
#define CORTEX_A77		MODEL(0x41, 0xd0d)
#define CORTEX_A76AE		MODEL(0x41, 0xd0e)
#define NEOVERSE_V1		MODEL(0x41, 0xd40)
#define CORTEX_A78		MODEL(0x41, 0xd41)
#define CORTEX_A78AE		MODEL(0x41, 0xd42)
#define CORTEX_X1		MODEL(0x41, 0xd44)
#define CORTEX_A510		MODEL(0x41, 0xd46)
#define CORTEX_A710		MODEL(0x41, 0xd47)
#define CORTEX_X2		MODEL(0x41, 0xd48)
#define NEOVERSE_N2		MODEL(0x41, 0xd49)
#define CORTEX_A78C		MODEL(0x41, 0xd4b)
#define CORTEX_X1C		MODEL(0x41, 0xd4c)
#define CORTEX_A715		MODEL(0x41, 0xd4d)
#define CORTEX_X3		MODEL(0x41, 0xd4e)
#define NEOVERSE_V2		MODEL(0x41, 0xd4f)
#define CORTEX_A520		MODEL(0x41, 0xd80)
#define CORTEX_A720		MODEL(0x41, 0xd81)
#define CORTEX_X4		MODEL(0x41, 0xd82)
#define NEOVERSE_V3AE		MODEL(0x41, 0xd83)
#define NEOVERSE_V3		MODEL(0x41, 0xd84)
#define CORTEX_X925		MODEL(0x41, 0xd85)
#define CORTEX_A725		MODEL(0x41, 0xd87)
#define C1_ULTRA		MODEL(0x41, 0xd8c)
#define NEOVERSE_N3		MODEL(0x41, 0xd8e)
#define C1_PREMIUM		MODEL(0x41, 0xd90)
/* others */
#define BRAHMA_B53		MODEL(0x42, 0x100)
#define VULCAN			MODEL(0x42, 0x516)
#define THUNDERX		MODEL(0x43, 0x0a1)
#define THUNDERX_81XX		MODEL(0x43, 0x0a2)
#define THUNDERX_83XX		MODEL(0x43, 0x0a3)
#define THUNDERX2		MODEL(0x43, 0x0af)
#define A64FX			MODEL(0x46, 0x001)
#define TSV110			MODEL(0x48, 0xd01)
#define HIP09			MODEL(0x48, 0xd02)
#define CARMEL			MODEL(0x4e, 0x004)
#define OLYMPUS			MODEL(0x4e, 0x010)
#define ORYON_X1		MODEL(0x51, 0x001)
#define KRYO_2XX_SILVER		MODEL(0x51, 0x801)
#define KRYO_3XX_SILVER		MODEL(0x51, 0x803)
#define KRYO_4XX_GOLD		MODEL(0x51, 0x804)
#define KRYO_4XX_SILVER		MODEL(0x51, 0x805)
#define COBALT_100		MODEL(0x6d, 0xd49)
#define AMPERE1			MODEL(0xc0, 0xac3)
#define AMPERE1A		MODEL(0xc0, 0xac4)

#define APPLE			0x61U	/* implementer */

struct errata_model {
	u32 model;
	u32 flags;
	u8 loop;
};

#define SAFE_ALL (ERRATA_SAFE_TARGETS | ERRATA_SAFE_STORES | ERRATA_SAFE_HISTORY)

/* A model that is here needs what its row says, and no other workaround. */
static const struct errata_model errata_models[] = {
	{ CORTEX_A35, SAFE_ALL, 0 },
	{ CORTEX_A53, SAFE_ALL, 0 },
	{ CORTEX_A55, SAFE_ALL | ERRATA_REPEAT_TLBI, 0 },			/* 2441007 */
	{ CORTEX_A57, ERRATA_LOOP, 8 },
	{ CORTEX_A72, ERRATA_LOOP, 8 },
	{ CORTEX_A73, 0, ERRATA_LOOP_MAX },
	{ CORTEX_A75, 0, ERRATA_LOOP_MAX },
	{ CORTEX_A76, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 24 },		/* 1286807, 4193800 */
	{ CORTEX_A76AE, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 24 },		/* 4193801 */
	{ NEOVERSE_N1, ERRATA_LOOP | ERRATA_REPEAT_TLBI | ERRATA_STALE_FETCH, 24 }, /* 4193800, 1542419 */
	{ CORTEX_A77, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 24 },		/* 4193798 */
	{ CORTEX_A78, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 32 },		/* 4193791 */
	{ CORTEX_A78AE, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 32 },		/* 4193793 */
	{ CORTEX_A78C, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 32 },		/* 4193794 */
	{ CORTEX_X1, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 32 },		/* 4193791 */
	{ CORTEX_X1C, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 32 },		/* 4193792 */
	{ NEOVERSE_V1, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 32 },		/* 4193790 */
	{ CORTEX_A510, ERRATA_SAFE_HISTORY, 0 },
	{ CORTEX_A520, ERRATA_SAFE_HISTORY, 0 },
	{ CORTEX_A710, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 32 },		/* 4193788 */
	{ CORTEX_X2, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 32 },		/* 4193788 */
	{ NEOVERSE_N2, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 32 },		/* 4193789 */
	{ COBALT_100, ERRATA_REPEAT_TLBI, ERRATA_LOOP_MAX },		/* 4193789 */
	{ CORTEX_A715, ERRATA_LOOP, 38 },
	{ CORTEX_A720, ERRATA_LOOP, 38 },
	{ CORTEX_A725, 0, ERRATA_LOOP_MAX },
	{ CORTEX_X3, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 132 },		/* 4193786 */
	{ NEOVERSE_V2, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 132 },		/* 4193787 */
	{ CORTEX_X4, ERRATA_REPEAT_TLBI, ERRATA_LOOP_MAX },		/* 4118414 */
	{ CORTEX_X925, ERRATA_REPEAT_TLBI, ERRATA_LOOP_MAX },		/* 4193781 */
	{ NEOVERSE_V3, ERRATA_REPEAT_TLBI, ERRATA_LOOP_MAX },		/* 4193784 */
	{ NEOVERSE_V3AE, ERRATA_REPEAT_TLBI, ERRATA_LOOP_MAX },		/* 4193784 */
	{ NEOVERSE_N3, 0, ERRATA_LOOP_MAX },
	{ C1_ULTRA, ERRATA_REPEAT_TLBI, ERRATA_LOOP_MAX },		/* 4193780 */
	{ C1_PREMIUM, ERRATA_REPEAT_TLBI, ERRATA_LOOP_MAX },		/* 4193780 */
	{ BRAHMA_B53, SAFE_ALL, 0 },
	{ VULCAN, ERRATA_TRAP_STAGE1, ERRATA_LOOP_MAX },		/* 219 */
	{ THUNDERX2, ERRATA_TRAP_STAGE1, ERRATA_LOOP_MAX },		/* 219 */
	{ A64FX, 0, ERRATA_LOOP_MAX },
	{ TSV110, ERRATA_LOOP | ERRATA_SAFE_TARGETS, 32 },
	{ HIP09, ERRATA_LOOP, 24 },
	{ CARMEL, 0, ERRATA_LOOP_MAX },
	{ OLYMPUS, ERRATA_REPEAT_TLBI, ERRATA_LOOP_MAX },		/* T410-OLY-1029 */
	{ KRYO_2XX_SILVER, ERRATA_SAFE_TARGETS | ERRATA_SAFE_HISTORY, 0 },
	{ KRYO_3XX_SILVER, SAFE_ALL, 0 },
	{ KRYO_4XX_SILVER, SAFE_ALL | ERRATA_REPEAT_TLBI, 0 },		/* a Cortex-A55 */
	{ KRYO_4XX_GOLD, ERRATA_LOOP | ERRATA_REPEAT_TLBI, 24 },	/* a Cortex-A76 */
	{ AMPERE1, ERRATA_LOOP | ERRATA_NO_S2_AF, 11 },			/* AC03_CPU_38 */
	{ AMPERE1A, ERRATA_NO_S2_AF | ERRATA_HCR_BARRIERS, ERRATA_LOOP_MAX }, /* AC04_CPU_10, AC04_CPU_23 */
};

/* Some versions of a model only: variant and revision as 0xVR, both ends included. */
static const struct errata_version {
	u32 model;
	u8 from, to;
	u32 flags;
	const char *refused;
} errata_versions[] = {
	{ CORTEX_A77, 0x00, 0x10, ERRATA_GUEST_HANGS, NULL },
	{ CORTEX_A510, 0x00, 0x11, ERRATA_REPEAT_TLBI | ERRATA_NO_BF16, NULL },	/* 2441009, 2658417 */
	{ CORTEX_A510, 0x00, 0x02, 0,
	  "Cortex-A510 before r0p3 reports a wrong state when a guest is stepped (erratum 2077057)" },
	{ THUNDERX, 0x00, 0xff, 0,
	  "the ThunderX loses interrupts of guests (erratum 30115)" },
	{ THUNDERX_81XX, 0x00, 0xff, 0,
	  "the ThunderX loses interrupts of guests (erratum 30115)" },
	{ THUNDERX_83XX, 0x00, 0xff, 0,
	  "the ThunderX loses interrupts of guests (erratum 30115)" },
	{ ORYON_X1, 0x00, 0xff, 0,
	  "the Oryon's virtual timer does not follow CNTVOFF_EL2" },
};

static bool errata_is_apple(u32 midr)
{
	return midr >> 24 == APPLE;
}

struct errata_cpu errata_of(u32 midr)
{
	struct errata_cpu cpu = { .flags = ERRATA_ALL, .loop = ERRATA_LOOP_MAX };
	u8 version = MIDR_VAR_REV(midr);
	u32 model = midr & MIDR_MODEL_MASK;
	unsigned int i;

	if (errata_is_apple(midr))
		cpu.refused = "Apple's cores raise SErrors for what guests do to their interrupt controller";
	for (i = 0; i < ARRAY_SIZE(errata_models); i++) {
		if (errata_models[i].model != model)
			continue;
		cpu.flags = errata_models[i].flags | ERRATA_LISTED;
		cpu.loop = errata_models[i].loop;
	}
	for (i = 0; i < ARRAY_SIZE(errata_versions); i++) {
		const struct errata_version *v = &errata_versions[i];

		if (v->model != model || version < v->from || version > v->to)
			continue;
		cpu.flags |= v->flags;
		if (v->refused)
			cpu.refused = v->refused;
	}
	return cpu;
}
