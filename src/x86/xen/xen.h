/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests made for Xen (KVM API 4.127 to 4.130, 8.29): their hypercalls go to the VMM, the time and
 * the flag that an event waits are in pages that they share.
 */
#ifndef TABULA_X86_XEN_H
#define TABULA_X86_XEN_H

#include <linux/kvm.h>
#include <linux/types.h>

#include "../../mem/pfn_cache.h"

struct x86_vcpu;
struct x86_vm;

/* What KVM_CAP_XEN_HVM says. */
#define XEN_CAPS	(KVM_XEN_HVM_CONFIG_HYPERCALL_MSR | KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL |	\
			 KVM_XEN_HVM_CONFIG_SHARED_INFO)

/**
 * struct xen_vm - Xen's side of a VM
 * @msr: writing it makes a page of hypercalls; 0: there are no Xen guests here
 * @long_mode: structures have 64-bit words
 * @vector: an event that waits is an interrupt with it; 0: it is none
 * @shared: guest frame of the shared page, or KVM_XEN_INVALID_GFN
 *
 * Each is read and written as one; settings of the VMM, under the VM's lock.
 */
struct xen_vm {
	u32 msr;
	bool long_mode;
	u8 vector;
	u64 shared;
};

/**
 * struct xen_vcpu - Xen's side of a vCPU
 * @info: the page with its vcpu_info
 * @on: there is one, at @gpa
 * @lost: its page could not be had
 * @gpa: guest physical address of vcpu_info, or KVM_XEN_INVALID_GPA
 * @time: of another record of the time, or KVM_XEN_INVALID_GPA
 */
struct xen_vcpu {
	struct pfn_cache info;
	bool on;
	bool lost;
	u64 gpa;
	u64 time;
};

/**
 * xen_vm_init() - a VM without Xen guests
 * @vm: zeroed
 */
void xen_vm_init(struct x86_vm *vm);

/**
 * xen_vcpu_init() - a vCPU without pages of Xen's
 * @vcpu: zeroed
 */
void xen_vcpu_init(struct x86_vcpu *vcpu);

/**
 * xen_vcpu_destroy() - let go of guest memory, while that is still there
 * @vcpu: nobody runs it. May sleep.
 */
void xen_vcpu_destroy(struct x86_vcpu *vcpu);

/**
 * xen_configure() - KVM_XEN_HVM_CONFIG
 * @vm: the VM
 * @c: the structure
 *
 * Return: 0; -EINVAL: what is not there, or an MSR that is none of a hypervisor's.
 */
int xen_configure(struct x86_vm *vm, const struct kvm_xen_hvm_config *c);

/**
 * xen_set_attr() - KVM_XEN_HVM_SET_ATTR
 * @vm: the VM; may sleep
 * @a: the attribute
 *
 * Return: 0; -ENOENT: no such attribute; -EINVAL: a value that it cannot have.
 */
int xen_set_attr(struct x86_vm *vm, const struct kvm_xen_hvm_attr *a);

/**
 * xen_get_attr() - KVM_XEN_HVM_GET_ATTR
 * @vm: the VM
 * @a: the attribute; its value is filled in
 *
 * Return: 0; -ENOENT: no such attribute.
 */
int xen_get_attr(struct x86_vm *vm, struct kvm_xen_hvm_attr *a);

/**
 * xen_vcpu_set_attr() - KVM_XEN_VCPU_SET_ATTR
 * @vcpu: its mutex is held; may sleep
 * @a: the attribute
 *
 * Return: as xen_set_attr().
 */
int xen_vcpu_set_attr(struct x86_vcpu *vcpu, const struct kvm_xen_vcpu_attr *a);

/**
 * xen_vcpu_get_attr() - KVM_XEN_VCPU_GET_ATTR
 * @vcpu: its mutex is held
 * @a: the attribute; its value is filled in
 *
 * Return: as xen_get_attr().
 */
int xen_vcpu_get_attr(struct x86_vcpu *vcpu, struct kvm_xen_vcpu_attr *a);

/**
 * xen_write_msr() - the guest wants a page of hypercalls
 * @vcpu: the current thread's; may sleep
 * @gpa: where
 *
 * Return: 0; -EINVAL: not a page's address, or no memory there.
 */
int xen_write_msr(struct x86_vcpu *vcpu, u64 gpa);

/**
 * xen_hypercall() - VMMCALL of a Xen guest: the VMM's
 * @vcpu: the current thread's; the instruction is skipped
 *
 * Return: VCPU_TO_USER, with kvm_run filled in.
 */
int xen_hypercall(struct x86_vcpu *vcpu);

/**
 * xen_prepare() - before the guest is entered: have vcpu_info's page at hand
 * @vcpu: the current thread's; may sleep
 */
void xen_prepare(struct x86_vcpu *vcpu);

/**
 * xen_asks() - does an event wait that is an interrupt?
 * @vcpu: the current thread's; does not sleep
 *
 * Return: its vector; 0: none does. Where the page has to be looked up first it is as if one did,
 * for who sleeps.
 * @asleep: the vCPU sleeps
 */
u8 xen_asks(struct x86_vcpu *vcpu, bool asleep);

#endif
