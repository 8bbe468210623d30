/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Xen guests as the VMM sees them.
 */
#ifndef TABULA_X86_ABI_XEN_H
#define TABULA_X86_ABI_XEN_H

struct x86_vcpu;
struct x86_vm;

/**
 * xen_vm_ioctl() - KVM_XEN_HVM_CONFIG, KVM_XEN_HVM_SET_ATTR, KVM_XEN_HVM_GET_ATTR, KVM_XEN_HVM_EVTCHN_SEND
 * @vm: the VM
 * @cmd: which
 * @arg: the structure in the VMM
 *
 * Return: 0; -EFAULT; as xen_configure() and xen_set_attr(); -ENOTTY: another ioctl.
 */
long xen_vm_ioctl(struct x86_vm *vm, unsigned int cmd, void __user *arg);

/**
 * xen_vcpu_ioctl() - KVM_XEN_VCPU_SET_ATTR, KVM_XEN_VCPU_GET_ATTR
 * @vcpu: its mutex is held
 * @cmd: which
 * @arg: the structure in the VMM
 *
 * Return: 0; -EFAULT; as xen_vcpu_set_attr().
 */
long xen_vcpu_ioctl(struct x86_vcpu *vcpu, unsigned int cmd, void __user *arg);

#endif
