/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests made for Hyper-V: who they are, and a page of hypercalls. Numbers are those of Microsoft's
 * Hypervisor Top Level Functional Specification (TLFS).
 */
#ifndef TABULA_X86_HV_H
#define TABULA_X86_HV_H

#include <linux/types.h>

struct kvm_cpuid_entry2;
struct x86_vcpu;
struct x86_vm;

/* MSRs (TLFS 3.11, 3.13). */
#define HV_MSR_OS_ID		0x40000000
#define HV_MSR_HYPERCALL	0x40000001

#define HV_HYPERCALL_ENABLE	BIT_ULL(0)
#define HV_HYPERCALL_LOCKED	BIT_ULL(1)	/* until the VMM resets it */

/**
 * struct hv_vm - Hyper-V's side of a VM
 * @os_id: what the guest says that it is; 0: nothing yet, and there are no hypercalls
 * @hypercall: HV_HYPERCALL_* and where the page is
 *
 * Read as one each; written under the VM's lock.
 */
struct hv_vm {
	u64 os_id;
	u64 hypercall;
};

/**
 * hv_announce() - the leaves of KVM_GET_SUPPORTED_HV_CPUID
 * @i: which, from 0
 * @e: filled in
 *
 * Return: false: there are no more.
 */
bool hv_announce(unsigned int i, struct kvm_cpuid_entry2 *e);

/**
 * hv_has_msr() - is an MSR one of these?
 * @index: the MSR
 *
 * Return: true if so.
 */
static inline bool hv_has_msr(u32 index)
{
	return index == HV_MSR_OS_ID || index == HV_MSR_HYPERCALL;
}

/**
 * hv_get_msr() - read one
 * @vcpu: any
 * @index: the MSR, one of these
 * @val: its value
 * @host: the VMM reads it, and may always
 *
 * Return: 0; -ENOENT: the guest's CPUID has no Hyper-V.
 */
int hv_get_msr(const struct x86_vcpu *vcpu, u32 index, u64 *val, bool host);

/**
 * hv_set_msr() - write one
 * @vcpu: its mutex is held; may sleep
 * @index: the MSR, one of these
 * @val: its value
 * @host: the VMM writes it, locked or not
 *
 * A hypercall page that is turned on is written. Return: 0; -ENOENT: likewise; -EINVAL: no memory there.
 */
int hv_set_msr(struct x86_vcpu *vcpu, u32 index, u64 val, bool host);

/**
 * hv_calls() - is VMMCALL Hyper-V's now?
 * @vcpu: the current thread's
 *
 * Where a VM has Xen's hypercalls, too, those that come from Hyper-V's page are.
 *
 * Return: true if so.
 */
bool hv_calls(const struct x86_vcpu *vcpu);

/**
 * hv_hypercall() - serve one
 * @vcpu: the current thread's, right after VMMCALL's exit
 *
 * Return: as svm_handle_exit().
 */
int hv_hypercall(struct x86_vcpu *vcpu);

#endif
