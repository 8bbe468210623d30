/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a vCPU's vectors are: their lengths, where their registers are kept, and what the VMM
 * may do with them and when (KVM API 4.68, "arm64 SVE registers", 4.82, 4.119). What hardware
 * holds of them is fp.c's.
 */
#ifndef TABULA_CPU_SVE_H
#define TABULA_CPU_SVE_H

#include <linux/kvm.h>
#include <linux/types.h>

/* The architecture's longest vector, in units of 128 bits; sets of lengths have bit n - 1 for n. */
#define SVE_MAX_QUADS	16

#define SVE_Z_BYTES(quads)	((quads) * 16U)
#define SVE_P_BYTES(quads)	((quads) * 2U)

/* How the registers are kept: all Z, all P, FFR, each as long as the vCPU's longest vectors. */
#define SVE_P_AT(quads)		(32 * SVE_Z_BYTES(quads))
#define SVE_STATE_BYTES(quads)	(SVE_P_AT(quads) + 17 * SVE_P_BYTES(quads))

struct arm_vcpu;

/**
 * struct cpu_sve - the vectors of one vCPU
 * @quads: length of its longest, in units of 128 bits; 0 without the feature
 * @state: its registers, while they are not in hardware; NULL until it is finalised
 */
struct cpu_sve {
	unsigned int quads;
	void *state;
};

/**
 * sve_reset() - all registers 0; lengths as the machine has them, until they are finalised
 * @vcpu: not loaded
 */
void sve_reset(struct arm_vcpu *vcpu);

/**
 * sve_finalize() - KVM_ARM_VCPU_FINALIZE(KVM_ARM_VCPU_SVE)
 * @vcpu: initialised, its mutex is held
 *
 * Return: 0; -EINVAL: it was not given the feature; -EPERM: it is done; -ENOMEM.
 */
int sve_finalize(struct arm_vcpu *vcpu);

/**
 * sve_is_settled() - may a vCPU run?
 * @vcpu: initialised
 *
 * Return: it has no SVE, or it is finalised.
 */
bool sve_is_settled(const struct arm_vcpu *vcpu);

/**
 * sve_free() - its registers go
 * @vcpu: at its end
 */
void sve_free(struct arm_vcpu *vcpu);

/**
 * sve_get() - KVM_GET_ONE_REG of KVM_REG_ARM64_SVE_*
 * @vcpu: not loaded; its mutex is held
 * @reg: id, and where the value goes
 *
 * Return: 0; -EINVAL: there is no such register; -ENOENT: this vCPU has not got it; -EPERM:
 * not before it is finalised; -EFAULT.
 */
int sve_get(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg);

/**
 * sve_set() - KVM_SET_ONE_REG of KVM_REG_ARM64_SVE_*
 * @vcpu: not loaded; its mutex is held
 * @reg: id, and where the value comes from
 *
 * Return: as sve_get(); of KVM_REG_ARM64_SVE_VLS -EPERM after it is finalised, and -EINVAL for
 * lengths that this machine cannot give.
 */
int sve_set(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg);

/**
 * sve_list() - the ids of a vCPU's vector registers
 * @vcpu: initialised
 * @out: array for them, or NULL to count; KVM_REG_ARM64_SVE_VLS comes first
 *
 * Return: how many; 0 without the feature.
 */
unsigned long sve_list(const struct arm_vcpu *vcpu, u64 *out);

#endif
