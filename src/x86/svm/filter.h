/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MSRs that the VMM keeps from its guests, or serves for them (KVM API 4.97, 4.126).
 */
#ifndef TABULA_SVM_FILTER_H
#define TABULA_SVM_FILTER_H

#include <linux/types.h>

struct kvm_msr_filter;
struct msr_filter;
struct x86_vcpu;
struct x86_vm;

/**
 * filter_set() - KVM_X86_SET_MSR_FILTER
 * @vm: the VM; may sleep
 * @f: the VMM's, copied; its bitmaps are still the VMM's
 *
 * Return: 0; -EINVAL: flags that are not there, a range without a direction or too long, or
 * a denial of all; -EFAULT; -ENOMEM. Nothing is changed then.
 */
int filter_set(struct x86_vm *vm, const struct kvm_msr_filter *f);

/**
 * filter_destroy() - free the VM's filter
 * @vm: no vCPU runs any more
 */
void filter_destroy(struct x86_vm *vm);

/**
 * filter_apply() - which MSRs exit has changed
 * @vcpu: the current thread's, about to enter
 */
void filter_apply(struct x86_vcpu *vcpu);

/**
 * filter_exit() - serve RDMSR or WRMSR
 * @vcpu: the current thread's, right after the exit
 * @write: it is WRMSR
 *
 * Return: as svm_handle_exit().
 */
int filter_exit(struct x86_vcpu *vcpu, bool write);

/**
 * filter_finish() - take the VMM's answer to KVM_EXIT_X86_RDMSR or KVM_EXIT_X86_WRMSR
 * @vcpu: the current thread's
 * @write: it was the latter
 *
 * Return: VCPU_RESUME.
 */
int filter_finish(struct x86_vcpu *vcpu, bool write);

#endif
