/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a CPU owes its branch predictor when a guest comes out, and what guests are told
 * of it: decisions made of register values and of firmware's answers, and nothing else.
 */
#ifndef TABULA_CPU_PREDICTOR_H
#define TABULA_CPU_PREDICTOR_H

#include <linux/types.h>

/* Which vectors: what they do before anything of the host's is predicted. */
enum predictor_vectors {
	PREDICTOR_PLAIN,		/* nothing */
	PREDICTOR_LOOP_8,		/* taken branches, that many */
	PREDICTOR_LOOP_11,
	PREDICTOR_LOOP_24,
	PREDICTOR_LOOP_32,
	PREDICTOR_LOOP_38,
	PREDICTOR_LOOP_132,
	PREDICTOR_CLRBHB,		/* the instruction */
	PREDICTOR_FIRMWARE_1,		/* SMCCC_ARCH_WORKAROUND_1 */
	PREDICTOR_FIRMWARE_1_LOOP_132,	/* it, and taken branches */
	PREDICTOR_FIRMWARE_3,		/* SMCCC_ARCH_WORKAROUND_3, which does what 1 does, too */
	PREDICTOR_KINDS,
};

/* How it stands with one attack. The order counts: of a machine the worst is said. */
enum predictor_state {
	PREDICTOR_UNAFFECTED,
	PREDICTOR_MITIGATED,
	PREDICTOR_VULNERABLE,
};

/**
 * struct predictor_cpu - what a CPU and its firmware say
 * @midr: MIDR_EL1
 * @pfr0: ID_AA64PFR0_EL1
 * @pfr1: ID_AA64PFR1_EL1
 * @mmfr1: ID_AA64MMFR1_EL1
 * @isar2: ID_AA64ISAR2_EL1
 * @firmware: what SMCCC_ARCH_FEATURES answers for workarounds 1 to 3 ([0] to [2])
 * @off: mitigations=off
 */
struct predictor_cpu {
	u32 midr;
	u64 pfr0;
	u64 pfr1;
	u64 mmfr1;
	u64 isar2;
	s32 firmware[3];
	bool off;
};

/**
 * struct predictor - what follows from it
 * @vectors: which vectors this CPU takes a guest's exceptions with
 * @targets: branch targets (Spectre v2)
 * @stores: store bypass (Spectre v4)
 * @history: branch history (Spectre-BHB)
 */
struct predictor {
	enum predictor_vectors vectors;
	enum predictor_state targets;
	enum predictor_state stores;
	enum predictor_state history;
};

/**
 * predictor_choose() - decide for one CPU
 * @cpu: what it says
 *
 * A core that nobody has listed counts as affected, and gets all that can be done for it.
 *
 * Source: Arm's Spectre-BHB white paper; SMCCC (DEN0028) 7.4, 7.5, 7.7.
 *
 * Return: the decision.
 */
struct predictor predictor_choose(const struct predictor_cpu *cpu);

/**
 * predictor_worst() - take one more CPU of a machine into account
 * @all: of those before it; its vectors mean nothing
 * @cpu: of one more
 *
 * Return: true if it is worse than @all was.
 */
bool predictor_worst(struct predictor *all, const struct predictor *cpu);

/**
 * predictor_features() - SMCCC_ARCH_FEATURES for a guest
 * @p: of the machine
 * @workaround: 1, 2 or 3: ARM_SMCCC_ARCH_WORKAROUND_*
 * @guest_has_ssbs: it sees FEAT_SSBS
 *
 * Return: 0: calling it helps; 1 (for 2: -2): not required; -1 (NOT_SUPPORTED).
 */
int predictor_features(const struct predictor *p, unsigned int workaround, bool guest_has_ssbs);

/**
 * predictor_level() - KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_*
 * @p: of the machine
 * @workaround: 1, 2 or 3
 * @guest_has_ssbs: it sees FEAT_SSBS
 *
 * Return: the register's value (KVM API, "AArch64 firmware pseudo-registers").
 */
u64 predictor_level(const struct predictor *p, unsigned int workaround, bool guest_has_ssbs);

/**
 * predictor_set_level() - may a VMM set that register so?
 * @p: of the machine
 * @workaround: 1, 2 or 3
 * @guest_has_ssbs: it sees FEAT_SSBS
 * @val: value of the machine that a guest comes from, perhaps
 *
 * A guest may have been told of less protection there, never of more.
 *
 * Return: 0 or -EINVAL.
 */
int predictor_set_level(const struct predictor *p, unsigned int workaround, bool guest_has_ssbs,
			u64 val);

#endif
