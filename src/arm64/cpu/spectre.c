// SPDX-License-Identifier: GPL-2.0
/*
 * The vectors of each physical CPU while a guest runs there, and how the machine stands
 * with what guests ask about. predictor.c decides; here its questions are asked.
 */
#include <linux/arm-smccc.h>
#include <linux/cpu.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>

#include "cpu.h"
#include "predictor.h"

extern char cpu_vectors[], cpu_vectors_loop8[], cpu_vectors_loop11[],
	cpu_vectors_loop24[], cpu_vectors_loop32[], cpu_vectors_loop38[],
	cpu_vectors_loop132[], cpu_vectors_clrbhb[], cpu_vectors_firmware1[],
	cpu_vectors_firmware1_loop132[], cpu_vectors_firmware3[];

static char *const spectre_kinds[PREDICTOR_KINDS] = {
	[PREDICTOR_PLAIN] = cpu_vectors,
	[PREDICTOR_LOOP_8] = cpu_vectors_loop8,
	[PREDICTOR_LOOP_11] = cpu_vectors_loop11,
	[PREDICTOR_LOOP_24] = cpu_vectors_loop24,
	[PREDICTOR_LOOP_32] = cpu_vectors_loop32,
	[PREDICTOR_LOOP_38] = cpu_vectors_loop38,
	[PREDICTOR_LOOP_132] = cpu_vectors_loop132,
	[PREDICTOR_CLRBHB] = cpu_vectors_clrbhb,
	[PREDICTOR_FIRMWARE_1] = cpu_vectors_firmware1,
	[PREDICTOR_FIRMWARE_1_LOOP_132] = cpu_vectors_firmware1_loop132,
	[PREDICTOR_FIRMWARE_3] = cpu_vectors_firmware3,
};

static DEFINE_PER_CPU(unsigned long, spectre_vbar);

/* The worst of all CPUs. Settled before the first guest. */
static struct predictor spectre_machine;

/* The answer is the CPU's that asks. */
static s32 spectre_ask_firmware(u32 function)
{
	struct arm_smccc_res res;

	/* the vectors call by SMC; another conduit cannot be the firmware's */
	if (arm_smccc_1_1_get_conduit() != SMCCC_CONDUIT_SMC)
		return SMCCC_RET_NOT_SUPPORTED;
	arm_smccc_1_1_smc(ARM_SMCCC_ARCH_FEATURES_FUNC_ID, function, &res);
	return res.a0;
}

static struct predictor spectre_of_this_cpu(void)
{
	const struct predictor_cpu cpu = {
		.midr = read_cpuid_id(),
		.pfr0 = read_sysreg_s(SYS_ID_AA64PFR0_EL1),
		.pfr1 = read_sysreg_s(SYS_ID_AA64PFR1_EL1),
		.mmfr1 = read_sysreg_s(SYS_ID_AA64MMFR1_EL1),
		.isar2 = read_sysreg_s(SYS_ID_AA64ISAR2_EL1),
		.firmware = {
			spectre_ask_firmware(ARM_SMCCC_ARCH_WORKAROUND_1),
			spectre_ask_firmware(ARM_SMCCC_ARCH_WORKAROUND_2),
			spectre_ask_firmware(ARM_SMCCC_ARCH_WORKAROUND_3),
		},
		.off = cpu_mitigations_off(),
	};

	return predictor_choose(&cpu);
}

const char *cpu_spectre_online(bool may_be_worse)
{
	struct predictor mine = spectre_of_this_cpu(), all = spectre_machine;

	this_cpu_write(spectre_vbar, (unsigned long)spectre_kinds[mine.vectors]);
	if (!predictor_worst(&all, &mine))
		return NULL;
	if (!may_be_worse)
		return "guests were told of better protection than it has";
	spectre_machine = all;
	return NULL;
}

noinstr unsigned long cpu_spectre_vectors(void)
{
	return raw_cpu_read(spectre_vbar);
}

const struct predictor *cpu_spectre_machine(void)
{
	return &spectre_machine;
}
