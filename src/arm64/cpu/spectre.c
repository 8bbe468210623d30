// SPDX-License-Identifier: GPL-2.0
/*
 * What each physical CPU owes its branch predictor when a guest comes out, and
 * what a guest that asks for the SMCCC workarounds is told. The tables follow
 * the vendors' statements per MIDR; the host's own are not exported.
 */
#include <linux/arm-smccc.h>
#include <linux/cpu.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>

#include "cpu.h"

extern char cpu_vectors[], cpu_vectors_loop8[], cpu_vectors_loop11[],
	cpu_vectors_loop24[], cpu_vectors_loop32[], cpu_vectors_loop38[],
	cpu_vectors_loop132[], cpu_vectors_clrbhb[], cpu_vectors_firmware1[],
	cpu_vectors_firmware3[];

struct spectre_cpu {
	u32 model;
	char *vectors;
};

#define SPECTRE_CPU(model, vectors) { MIDR_##model, vectors }

/* Branch history: how many taken branches overwrite it. */
static const struct spectre_cpu spectre_loops[] = {
	SPECTRE_CPU(CORTEX_A57, cpu_vectors_loop8),
	SPECTRE_CPU(CORTEX_A72, cpu_vectors_loop8),
	SPECTRE_CPU(AMPERE1, cpu_vectors_loop11),
	SPECTRE_CPU(CORTEX_A76, cpu_vectors_loop24),
	SPECTRE_CPU(CORTEX_A77, cpu_vectors_loop24),
	SPECTRE_CPU(NEOVERSE_N1, cpu_vectors_loop24),
	SPECTRE_CPU(CORTEX_A78, cpu_vectors_loop32),
	SPECTRE_CPU(CORTEX_A78C, cpu_vectors_loop32),
	SPECTRE_CPU(CORTEX_X1, cpu_vectors_loop32),
	SPECTRE_CPU(CORTEX_A710, cpu_vectors_loop32),
	SPECTRE_CPU(CORTEX_X2, cpu_vectors_loop32),
	SPECTRE_CPU(NEOVERSE_N2, cpu_vectors_loop32),
	SPECTRE_CPU(NEOVERSE_V1, cpu_vectors_loop32),
	SPECTRE_CPU(CORTEX_A720, cpu_vectors_loop38),
	SPECTRE_CPU(CORTEX_X3, cpu_vectors_loop132),
	SPECTRE_CPU(NEOVERSE_V2, cpu_vectors_loop132),
};

/* No sequence of instructions helps: only the firmware can. */
static const u32 spectre_firmware_only[] = {
	MIDR_CORTEX_A73,
	MIDR_CORTEX_A75,
};

static DEFINE_PER_CPU(unsigned long, spectre_vbar);

static bool spectre_firmware_has(u32 function)
{
	struct arm_smccc_res res;

	/* the vectors call by SMC; another conduit cannot be the firmware's */
	if (arm_smccc_1_1_get_conduit() != SMCCC_CONDUIT_SMC)
		return false;
	arm_smccc_1_1_smc(ARM_SMCCC_ARCH_FEATURES_FUNC_ID, function, &res);
	return (s32)res.a0 == 0;
}

static bool spectre_is_model(u32 model)
{
	return (read_cpuid_id() & MIDR_CPU_MODEL_MASK) == model;
}

static char *spectre_history_vectors(void)
{
	u64 isar2 = read_sysreg_s(SYS_ID_AA64ISAR2_EL1);
	u64 mmfr1 = read_sysreg_s(SYS_ID_AA64MMFR1_EL1);
	u64 pfr0 = read_sysreg_s(SYS_ID_AA64PFR0_EL1);
	unsigned int i;

	if (SYS_FIELD_GET(ID_AA64PFR0_EL1, CSV2, pfr0) >= 3 ||
	    SYS_FIELD_GET(ID_AA64MMFR1_EL1, ECBHB, mmfr1))
		return cpu_vectors;
	if (SYS_FIELD_GET(ID_AA64ISAR2_EL1, CLRBHB, isar2))
		return cpu_vectors_clrbhb;
	for (i = 0; i < ARRAY_SIZE(spectre_loops); i++)
		if (spectre_is_model(spectre_loops[i].model))
			return spectre_loops[i].vectors;
	for (i = 0; i < ARRAY_SIZE(spectre_firmware_only); i++)
		if (spectre_is_model(spectre_firmware_only[i]))
			return NULL;
	return cpu_vectors;
}

/* Workaround 3 does what workaround 1 does, and more (SMCCC 7.4). */
static void spectre_choose(void *unused)
{
	u64 pfr0 = read_sysreg_s(SYS_ID_AA64PFR0_EL1);
	bool targets_trained = !SYS_FIELD_GET(ID_AA64PFR0_EL1, CSV2, pfr0);
	char *vectors = spectre_history_vectors();

	if (cpu_mitigations_off())
		vectors = cpu_vectors;
	else if ((!vectors || targets_trained) &&
		 spectre_firmware_has(ARM_SMCCC_ARCH_WORKAROUND_3))
		vectors = cpu_vectors_firmware3;
	else if (targets_trained &&
		 spectre_firmware_has(ARM_SMCCC_ARCH_WORKAROUND_1))
		vectors = cpu_vectors_firmware1;
	else if (!vectors)
		vectors = cpu_vectors;
	this_cpu_write(spectre_vbar, (unsigned long)vectors);
}

int cpu_spectre_online(unsigned int cpu)
{
	spectre_choose(NULL);
	return 0;
}

noinstr unsigned long cpu_spectre_vectors(void)
{
	return raw_cpu_read(spectre_vbar);
}

int cpu_spectre_workaround(u32 function)
{
	if (spectre_firmware_has(function))
		return 0;
	/* the host needs none of it, or cannot have it */
	return SMCCC_RET_NOT_SUPPORTED;
}
