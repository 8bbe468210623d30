/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest memory that is mapped before the guest asks for it.
 */
#ifndef TABULA_X86_PREFAULT_H
#define TABULA_X86_PREFAULT_H

#include <linux/compiler.h>

struct x86_vcpu;

/**
 * prefault_ioctl() - KVM_PRE_FAULT_MEMORY (KVM API 4.143)
 * @vcpu: its mutex is held
 * @arg: struct kvm_pre_fault_memory, whose range is what is left on return
 *
 * As if the vCPU read each page. What is mapped already stays as it is.
 *
 * Context: on the VMM's mm; may sleep.
 * Return: 0: something was mapped, or was already; -EINVAL: flags, not whole pages, or the range is empty
 * or wraps; -EOPNOTSUPP: the vCPU is in a guest of its guest; with nothing mapped: -ENOENT: no slot at
 * the beginning; -EINTR: a signal came; -EFAULT; -EHWPOISON; -ENOMEM.
 */
long prefault_ioctl(struct x86_vcpu *vcpu, void __user *arg);

#endif
