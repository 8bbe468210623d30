/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers as the VMM reads and writes them.
 */
#ifndef TABULA_X86_REGS_H
#define TABULA_X86_REGS_H

struct x86_vcpu;

/**
 * regs_ioctl() - KVM_GET and KVM_SET of REGS, SREGS, FPU, XSAVE, XCRS, DEBUGREGS, VCPU_EVENTS
 * @vcpu: its mutex is held
 * @cmd: which
 * @arg: the structure in the VMM
 *
 * Return: 0; -EFAULT; -EINVAL: a state that cannot be, or another ioctl, as x86 has it.
 */
long regs_ioctl(struct x86_vcpu *vcpu, unsigned int cmd, void __user *arg);

#endif
