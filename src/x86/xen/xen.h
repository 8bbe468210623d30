/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests made for Xen (KVM API 4.127 to 4.130, 8.29): their hypercalls go to the VMM, the time and
 * the events that wait are in pages that they share.
 */
#ifndef TABULA_X86_XEN_H
#define TABULA_X86_XEN_H

#include <linux/kvm.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "../../mem/pfn_cache.h"
#include "event.h"
#include "poll.h"
#include "runstate.h"

struct x86_vcpu;
struct x86_vm;

/* What KVM_CAP_XEN_HVM says. */
#define XEN_CAPS	(KVM_XEN_HVM_CONFIG_HYPERCALL_MSR | KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL |	\
			 KVM_XEN_HVM_CONFIG_SHARED_INFO | KVM_XEN_HVM_CONFIG_EVTCHN_2LEVEL |		\
			 KVM_XEN_HVM_CONFIG_EVTCHN_SEND)
/* And where the host counts how long threads wait. */
#define XEN_CAPS_TIME	(KVM_XEN_HVM_CONFIG_RUNSTATE | KVM_XEN_HVM_CONFIG_RUNSTATE_UPDATE_FLAG)

/**
 * struct xen_vm - Xen's side of a VM
 * @msr: writing it makes a page of hypercalls; 0: there are no Xen guests here
 * @long_mode: structures have 64-bit words
 * @vector: an event that waits is an interrupt with it; 0: it is none
 * @shared: guest frame of the shared page, or KVM_XEN_INVALID_GFN
 * @update_flag: a record of a vCPU's time says when it is being written
 * @calls: hypercalls about events and time are ours
 * @version: what guests are told of Xen's version; 0: the VMM tells them
 * @page: that of @shared
 * @ports: by a port that the guest sends on: what it leads to; read under RCU
 *
 * Each is read and written as one; settings of the VMM, under the VM's lock.
 */
struct xen_vm {
	u32 msr;
	bool long_mode;
	u8 vector;
	u64 shared;
	bool update_flag;
	bool calls;
	u32 version;
	struct pfn_cache page;
	struct xarray ports;
};

/**
 * struct xen_vcpu - Xen's side of a vCPU
 * @info: the page with its vcpu_info
 * @on: there is one, at @gpa
 * @lost: its page could not be had
 * @gpa: guest physical address of vcpu_info, or KVM_XEN_INVALID_GPA
 * @time: of another record of the time, or KVM_XEN_INVALID_GPA
 * @id: its number, as the guest knows it
 * @vector: an event is this interrupt of its local APIC; 0: the VM's
 * @late: ports whose event came while shared_info was not at hand
 * @late_words: words of ports that came while vcpu_info was not
 * @timers: its timer, and what it polls
 * @runstate: what it has done with its time
 */
struct xen_vcpu {
	struct pfn_cache info;
	bool on;
	bool lost;
	u64 gpa;
	u64 time;
	u32 id;
	u8 vector;
	DECLARE_BITMAP(late, EVENT_PORTS);
	unsigned long late_words;
	struct xen_timers timers;
	struct runstate runstate;
};

/**
 * xen_is_there() - may a VM have Xen guests?
 * @x: the VM's
 *
 * Return: true if the VMM has said so.
 */
static inline bool xen_is_there(const struct xen_vm *x)
{
	return READ_ONCE(x->msr);
}

/**
 * xen_is_quiet() - has xen_prepare() nothing to do but X86_REQ_XEN?
 * @x: the vCPU's
 *
 * Return: true: no page to have at hand, and nothing is polled.
 */
static inline bool xen_is_quiet(const struct xen_vcpu *x)
{
	return !x->on && x->timers.polled == POLL_NONE;
}

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
 * xen_vm_release() - let go of guest memory, while that is still there
 * @vm: no vCPU runs; its vCPUs' parts went before. May sleep.
 */
void xen_vm_release(struct x86_vm *vm);

/**
 * xen_capability() - KVM_CAP_XEN_HVM
 *
 * Return: KVM_XEN_HVM_CONFIG_*.
 */
u32 xen_capability(void);

/**
 * xen_evtchn_send() - KVM_XEN_HVM_EVTCHN_SEND
 * @vm: the VM
 * @e: the event
 *
 * Return: 0, also where it is masked or was there; -EINVAL: no such event, vCPU or shared_info.
 */
int xen_evtchn_send(struct x86_vm *vm, const struct kvm_irq_routing_xen_evtchn *e);

/**
 * xen_load() - the vCPU comes to a CPU
 * @vcpu: the current thread's; preemption off
 */
void xen_load(struct x86_vcpu *vcpu);

/**
 * xen_put() - and leaves it
 * @vcpu: the current thread's; preemption off, perhaps under a run queue's lock
 */
void xen_put(struct x86_vcpu *vcpu);

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
 * xen_hypercall() - VMMCALL of a Xen guest
 * @vcpu: the current thread's; the instruction is skipped
 *
 * Return: VCPU_RESUME: it is served; VCPU_TO_USER, with kvm_run filled in: it is the VMM's.
 */
int xen_hypercall(struct x86_vcpu *vcpu);

/**
 * xen_prepare() - before the guest is entered: have pages at hand, serve X86_REQ_XEN
 * @vcpu: the current thread's; may sleep
 */
void xen_prepare(struct x86_vcpu *vcpu);

/**
 * xen_settle() - before the VMM looks at a vCPU: what came while a page was not at hand goes there
 * @vcpu: its mutex is held, it does not run; may sleep
 */
void xen_settle(struct x86_vcpu *vcpu);

/**
 * xen_asks() - does an event wait that is an interrupt?
 * @vcpu: the current thread's; does not sleep
 *
 * Return: its vector; 0: none does, or its page is not at hand, which X86_REQ_XEN then asks for: the
 * guest is not entered, and nobody sleeps, before xen_prepare().
 */
u8 xen_asks(struct x86_vcpu *vcpu);

#endif
