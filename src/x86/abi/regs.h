/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers as the VMM reads and writes them.
 */
#ifndef TABULA_X86_REGS_H
#define TABULA_X86_REGS_H

struct kvm_regs;
struct kvm_sregs;
struct x86_vcpu;

/**
 * regs_get() - KVM_GET_REGS
 * @vcpu: its mutex is held, it does not run
 * @r: all of it is written
 */
void regs_get(struct x86_vcpu *vcpu, struct kvm_regs *r);

/**
 * regs_set() - KVM_SET_REGS; a pending exception is dropped
 * @vcpu: as regs_get()
 * @r: the VMM's, copied
 *
 * Return: 0.
 */
int regs_set(struct x86_vcpu *vcpu, const struct kvm_regs *r);

/**
 * regs_get_sregs() - KVM_GET_SREGS
 * @vcpu: as regs_get()
 * @r: all of it is written
 */
void regs_get_sregs(struct x86_vcpu *vcpu, struct kvm_sregs *r);

/**
 * regs_set_sregs() - KVM_SET_SREGS
 * @vcpu: as regs_get()
 * @r: the VMM's, copied
 *
 * Return: 0, or -EINVAL with nothing changed: a state that VMRUN refuses, or that the
 * guest's CPUID denies.
 */
int regs_set_sregs(struct x86_vcpu *vcpu, const struct kvm_sregs *r);

/**
 * regs_ioctl() - KVM_GET and KVM_SET of REGS, SREGS, SREGS2, FPU, XSAVE, XSAVE2, XCRS, DEBUGREGS, VCPU_EVENTS
 * @vcpu: its mutex is held
 * @cmd: which
 * @arg: the structure in the VMM
 *
 * Return: 0; -EFAULT; -EINVAL: a state that cannot be, or another ioctl, as x86 has it.
 */
long regs_ioctl(struct x86_vcpu *vcpu, unsigned int cmd, void __user *arg);

#endif
