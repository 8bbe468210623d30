/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock and the TSC as the VMM sees them.
 */
#ifndef TABULA_X86_CLOCK_H
#define TABULA_X86_CLOCK_H

struct x86_vcpu;
struct x86_vm;

/**
 * clock_vm_ioctl() - KVM_GET_CLOCK, KVM_SET_CLOCK
 * @vm: the VM
 * @cmd: which
 * @arg: struct kvm_clock_data in the VMM
 *
 * Return: 0; -EFAULT; as kvmclock_set(); -ENOTTY: another ioctl.
 */
long clock_vm_ioctl(struct x86_vm *vm, unsigned int cmd, void __user *arg);

/**
 * clock_attr_ioctl() - KVM_HAS, KVM_GET and KVM_SET_DEVICE_ATTR of a vCPU: KVM_VCPU_TSC_CTRL
 * @vcpu: its mutex is held
 * @cmd: which
 * @arg: struct kvm_device_attr in the VMM
 *
 * Source: Documentation/virt/kvm/devices/vcpu.rst, 4.
 * Return: 0; -EFAULT; -ENXIO: no such attribute.
 */
long clock_attr_ioctl(struct x86_vcpu *vcpu, unsigned int cmd, void __user *arg);

#endif
