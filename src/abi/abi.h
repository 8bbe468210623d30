/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The descriptors of /dev/kvm: what its files ask of each other.
 */
#ifndef TABULA_ABI_H
#define TABULA_ABI_H

#include <linux/types.h>

struct kvm_create_device;
struct kvm_vcpu_init;
struct vcpu;
struct vm;

/**
 * vm_create() - KVM_CREATE_VM (KVM API 4.2)
 * @type: IPA size in its low 8 bits, 0 for 40 bits
 *
 * Return: a new VM descriptor, or -EINVAL, -ENOMEM.
 */
int vm_create(unsigned long type);

/**
 * vm_get() - hold a VM
 * @vm: a VM that the caller knows to be alive
 */
void vm_get(struct vm *vm);

/**
 * vm_put() - let go of a VM; the last one destroys it
 * @vm: the VM; may sleep
 */
void vm_put(struct vm *vm);

/**
 * vm_choose_policy() - set a VM's policy of cache maintenance by its name
 * @vm: the VM
 * @name: mmu_policy_name() of it
 *
 * Return: 0, -EINVAL (no such policy here), -EPERM ("none" without the module's
 * second parameter), -ENODEV ("fwb" without FEAT_S2FWB), -EBUSY (a vCPU has run).
 */
int vm_choose_policy(struct vm *vm, const char *name);

/**
 * vm_policy_allowed() - may this policy be had?
 * @name: its name
 *
 * Return: enum mmu_policy, or an errno as vm_choose_policy().
 */
int vm_policy_allowed(const char *name);

/**
 * vm_check_policy() - does the module's parameter name a policy that can be had?
 *
 * Return: 0, or -EINVAL with the reason in the log.
 */
int vm_check_policy(void);

/**
 * vm_check_extension() - KVM_CHECK_EXTENSION (KVM API 4.4)
 * @vm: the VM, or NULL on the system descriptor
 * @cap: KVM_CAP_*
 *
 * Return: 0 for what is not there; else 1 or the capability's number.
 */
long vm_check_extension(struct vm *vm, long cap);

/**
 * vcpu_create() - KVM_CREATE_VCPU (KVM API 4.7)
 * @vm: the VM
 * @id: the VMM's number
 *
 * Return: a new vCPU descriptor, or -EINVAL, -EEXIST, -EBUSY, -ENOMEM.
 */
int vcpu_create(struct vm *vm, unsigned long id);

/**
 * vcpu_destroy() - free a vCPU; its VM is going away
 * @vcpu: nobody runs it any more
 */
void vcpu_destroy(struct vcpu *vcpu);

/**
 * vcpu_init_target() - KVM_ARM_VCPU_INIT (KVM API 4.82)
 * @vcpu: its mutex is held
 * @init: target and features
 *
 * Return: 0, -EINVAL, -ENOENT.
 */
int vcpu_init_target(struct vcpu *vcpu, const struct kvm_vcpu_init *init);

/**
 * vcpu_run() - KVM_RUN (KVM API 4.10)
 * @vcpu: its mutex is held
 *
 * Return: 0 with kvm_run filled in, -EINTR, -ENOEXEC (not initialised), or what
 * the exit's handler failed with.
 */
int vcpu_run(struct vcpu *vcpu);

/**
 * vm_device_create() - KVM_CREATE_DEVICE (KVM API 4.79)
 * @vm: the VM
 * @cd: kind and flags; the new descriptor goes into its fd
 *
 * Return: 0, -ENODEV (no such kind), -EINVAL, -EEXIST, or an errno of the kind.
 */
int vm_device_create(struct vm *vm, struct kvm_create_device *cd);

/**
 * vm_device_release_all() - release all devices of a VM that is going away
 * @vm: the VM
 */
void vm_device_release_all(struct vm *vm);

#endif
