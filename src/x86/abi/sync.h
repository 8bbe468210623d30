/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers that KVM_RUN takes and gives by itself (KVM API 6.28, KVM_CAP_SYNC_REGS).
 */
#ifndef TABULA_X86_SYNC_H
#define TABULA_X86_SYNC_H

struct x86_vcpu;

/**
 * sync_is_asked() - has the VMM asked KVM_RUN for registers?
 * @run: its page, which it may write to meanwhile
 *
 * Return: false: neither sync_take() nor sync_give() has anything to do.
 */
static inline bool sync_is_asked(const struct kvm_run *run)
{
	return READ_ONCE(run->kvm_dirty_regs) | READ_ONCE(run->kvm_valid_regs);
}

/**
 * sync_take() - at the beginning of KVM_RUN: take what kvm_dirty_regs names
 * @vcpu: the current thread's, not loaded
 *
 * Each structure is copied once, whatever the VMM's other threads do to it meanwhile; its
 * bit in kvm_dirty_regs is cleared.
 * Return: 0; -EINVAL: bits that name nothing, in kvm_valid_regs too, or a state that cannot be.
 */
int sync_take(struct x86_vcpu *vcpu);

/**
 * sync_give() - at its end: write what kvm_valid_regs names
 * @vcpu: as sync_take()
 */
void sync_give(struct x86_vcpu *vcpu);

#endif
