/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The descriptors of /dev/kvm: what its files ask of each other.
 */
#ifndef TABULA_ABI_H
#define TABULA_ABI_H

#include <linux/types.h>

#include "../vm/arch.h"

struct kvm_create_device;
struct vcpu;
struct vm;

/**
 * vm_create() - KVM_CREATE_VM (KVM API 4.2)
 * @arch: the architecture
 * @type: what the architecture makes of it
 *
 * Return: a new VM descriptor, or -EINVAL, -ENOMEM.
 */
int vm_create(const struct vm_arch *arch, unsigned long type);

/**
 * caps_check() - KVM_CHECK_EXTENSION (KVM API 4.4)
 * @arch: the architecture
 * @vm: the VM, or NULL on the system descriptor
 * @cap: KVM_CAP_*
 *
 * Return: 0 for what is not there; else 1 or the capability's number.
 */
long caps_check(const struct vm_arch *arch, struct vm *vm, long cap);

/**
 * vcpu_create() - KVM_CREATE_VCPU (KVM API 4.7)
 * @vm: the VM
 * @id: the VMM's number
 *
 * Return: a new vCPU descriptor, or -EINVAL, -EEXIST, -EBUSY, -ENOMEM.
 */
int vcpu_create(struct vm *vm, unsigned long id);

/**
 * vcpu_pages() - how many pages a vCPU's descriptor shows
 * @arch: the architecture
 *
 * Return: kvm_run's, and the ring of coalesced writes.
 */
static inline unsigned int vcpu_pages(const struct vm_arch *arch)
{
	return arch->run_pages + (arch->coalesced ? 1 : 0);
}

/**
 * vm_device_create() - KVM_CREATE_DEVICE (KVM API 4.79)
 * @vm: the VM
 * @cd: kind and flags; the new descriptor goes into its fd
 *
 * Return: 0, -ENODEV (no such kind), -EINVAL, -EEXIST, or an errno of the kind.
 */
int vm_device_create(struct vm *vm, struct kvm_create_device *cd);

/**
 * stats_vm_fd() - KVM_GET_STATS_FD on a VM descriptor (KVM API 4.133)
 * @vm: the VM, held by the new descriptor
 *
 * Return: a descriptor, or an errno.
 */
int stats_vm_fd(struct vm *vm);

/**
 * stats_vcpu_fd() - KVM_GET_STATS_FD on a vCPU descriptor
 * @vcpu: the vCPU; its VM is held by the new descriptor
 *
 * Return: a descriptor, or an errno.
 */
int stats_vcpu_fd(struct vcpu *vcpu);

#endif
