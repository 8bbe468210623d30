/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupt controllers as the VMM sees them.
 */
#ifndef TABULA_X86_ABI_IRQ_H
#define TABULA_X86_ABI_IRQ_H

#include <linux/compiler_types.h>

struct kvm_enable_cap;
struct x86_vcpu;
struct x86_vm;

/**
 * irq_capability() - KVM_CHECK_EXTENSION of what is about interrupts
 * @cap: KVM_CAP_*
 *
 * Return: 0 for what is not there.
 */
long irq_capability(long cap);

/**
 * irq_enable() - KVM_ENABLE_CAP on a VM, likewise
 * @vm: the VM
 * @cap: copied from the VMM
 *
 * Return: 0; -EINVAL for what is not there; -EEXIST, -ENXIO as the API has it.
 */
int irq_enable(struct x86_vm *vm, const struct kvm_enable_cap *cap);

/**
 * irq_vm_ioctl() - ioctls of a VM, likewise
 * @vm: the VM
 * @cmd: which
 * @arg: its argument
 *
 * Return: what it answers; -ENOTTY for what is not there.
 */
long irq_vm_ioctl(struct x86_vm *vm, unsigned int cmd, unsigned long arg);

/**
 * irq_vcpu_ioctl() - KVM_GET and KVM_SET of LAPIC and MP_STATE, KVM_SET_VAPIC_ADDR,
 * KVM_TPR_ACCESS_REPORTING
 * @vcpu: its mutex is held
 * @cmd: which
 * @arg: the structure in the VMM
 *
 * Return: 0, -EFAULT, or -EINVAL.
 */
long irq_vcpu_ioctl(struct x86_vcpu *vcpu, unsigned int cmd, void __user *arg);

#endif
