/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Machine checks that the VMM has a guest find: banks of error registers (AMD APM vol. 2,
 * chapter 9; KVM API 4.104 to 4.106). None of the machine's own gets there.
 */
#ifndef TABULA_SVM_BANK_H
#define TABULA_SVM_BANK_H

#include <linux/kvm.h>
#include <linux/types.h>

#define BANK_MAX	32	/* what KVM_CAP_MCE says */
#define BANK_REGS	4	/* CTL, STATUS, ADDR, MISC of each */
#define BANK_SUPPORTED	(BIT_ULL(8) | BIT_ULL(24))	/* of MCG_CAP: MCG_CTL, software error recovery */

struct x86_vcpu;

/**
 * struct bank - a vCPU's machine check registers
 * @cap: MCG_CAP: how many banks, and BANK_SUPPORTED
 * @status: MCG_STATUS
 * @ctl: MCG_CTL
 * @reg: of the banks
 */
struct bank {
	u64 cap;
	u64 status;
	u64 ctl;
	u64 reg[BANK_MAX][BANK_REGS];
};

/**
 * bank_reset() - as after power-up; how many there are stays
 * @b: zeroed, or a vCPU's
 */
void bank_reset(struct bank *b);

/**
 * bank_setup() - KVM_X86_SETUP_MCE
 * @vcpu: its mutex is held
 * @cap: MCG_CAP
 *
 * Return: 0; -EINVAL: no bank, too many, or what is not supported.
 */
int bank_setup(struct x86_vcpu *vcpu, u64 cap);

/**
 * bank_raise() - KVM_X86_SET_MCE: the guest finds an error
 * @vcpu: its mutex is held
 * @mce: the error
 *
 * One that is not corrected is #MC, or a shutdown where the guest is in one, or takes none.
 *
 * Return: 0; -EINVAL: no such bank, or no valid error.
 */
int bank_raise(struct x86_vcpu *vcpu, const struct kvm_x86_mce *mce);

/**
 * bank_has_msr() - is this MSR one of these?
 * @index: which
 *
 * Return: true if so.
 */
bool bank_has_msr(u32 index);

/**
 * bank_get_msr() - read one
 * @vcpu: its mutex is held
 * @index: which
 * @val: its value
 * @host: the VMM reads
 *
 * Return: 0; -ENOENT: it is not there.
 */
int bank_get_msr(struct x86_vcpu *vcpu, u32 index, u64 *val, bool host);

/**
 * bank_set_msr() - write one
 * @vcpu: its mutex is held
 * @index: which
 * @val: new value
 * @host: the VMM writes
 *
 * Return: 0; -ENOENT; -EINVAL: a value that it cannot have.
 */
int bank_set_msr(struct x86_vcpu *vcpu, u32 index, u64 val, bool host);

#endif
