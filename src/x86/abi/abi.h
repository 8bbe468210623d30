/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86's part of the KVM API: each file fills in its part of struct vm_arch, whose comments
 * say what the functions do.
 */
#ifndef TABULA_X86_ABI_H
#define TABULA_X86_ABI_H

struct kvm_msrs;
struct vm_arch;
struct x86_vcpu;

/**
 * caps_fill() - fill in KVM_CHECK_EXTENSION and KVM_ENABLE_CAP
 * @arch: what vm/ and abi/ will call
 */
void caps_fill(struct vm_arch *arch);

/**
 * vm_fill() - fill in a VM's life, ioctls and counters, and those of /dev/kvm
 * @arch: what vm/ and abi/ will call
 */
void vm_fill(struct vm_arch *arch);

/**
 * vcpu_fill() - fill in a vCPU's life and ioctls
 * @arch: what vm/ and abi/ will call
 */
void vcpu_fill(struct vm_arch *arch);

/**
 * run_fill() - fill in KVM_RUN
 * @arch: what vm/ and abi/ will call
 */
void run_fill(struct vm_arch *arch);

/**
 * vcpu_set_tsc_khz() - KVM_SET_TSC_KHZ (KVM API 4.55)
 * @khz: what is asked for; 0: the machine's
 *
 * TSCs are not scaled. Return: 0; -EINVAL: not the machine's, nor within 250 parts in a
 * million of it.
 */
long vcpu_set_tsc_khz(unsigned long khz);

/**
 * vcpu_msrs() - KVM_GET_MSRS and KVM_SET_MSRS (KVM API 4.18, 4.19)
 * @vcpu: its mutex is held; NULL: of /dev/kvm, reading only
 * @u: the VMM's
 * @set: it is the latter
 *
 * Return: how many went through before one did not; -EFAULT, -E2BIG, -ENOMEM.
 */
long vcpu_msrs(struct x86_vcpu *vcpu, struct kvm_msrs __user *u, bool set);

#endif
