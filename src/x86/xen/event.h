/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event channels of a Xen guest, in two levels (Xen's public headers event_channel.h, xen.h): a bit of
 * shared_info for each port, a bit of the vCPU's vcpu_info for each word of them.
 */
#ifndef TABULA_XEN_EVENT_H
#define TABULA_XEN_EVENT_H

#include <linux/kvm.h>
#include <linux/types.h>

struct x86_vcpu;
struct x86_vm;

#define EVENT_PORTS	4096	/* of a 64-bit guest, the most there are */

/**
 * event_raise() - an event for a vCPU
 * @vcpu: whose
 * @port: any number
 *
 * Any context. Where a page is not at hand the vCPU sees to it before it enters the guest again.
 * Return: 1: it is sent; 0: it was, or its port is masked; -EINVAL: no such port; -ENXIO: there is no
 * shared_info.
 */
int event_raise(struct x86_vcpu *vcpu, u32 port);

/**
 * event_send() - KVM_XEN_HVM_EVTCHN_SEND, and what an irqfd leads to
 * @vm: the VM; any context
 * @id: the VMM's number of the vCPU; any
 * @port: any number
 *
 * Return: as event_raise(); -ENOENT: no such vCPU.
 */
int event_send(struct x86_vm *vm, u32 id, u32 port);

/**
 * event_late() - serve what came while a page was not at hand
 * @vcpu: the current thread's; may sleep
 */
void event_late(struct x86_vcpu *vcpu);

/**
 * event_route_fits() - may a GSI be this event?
 * @vm: the VM
 * @e: KVM_IRQ_ROUTING_XEN_EVTCHN
 *
 * Return: true if so.
 */
bool event_route_fits(const struct x86_vm *vm, const struct kvm_irq_routing_xen_evtchn *e);

/**
 * event_pending() - is a port's bit set?
 * @vm: the VM; does not sleep
 * @port: any number
 *
 * Return: 1, 0; -EAGAIN: the page is not at hand; -EINVAL: no such port.
 */
int event_pending(struct x86_vm *vm, u32 port);

/**
 * event_set_shared() - where shared_info is
 * @vm: its lock is held; on the VMM's mm; may sleep
 * @gfn: guest frame, or KVM_XEN_INVALID_GFN
 *
 * Return: 0, or as pfn_cache_activate(): there is none then.
 */
int event_set_shared(struct x86_vm *vm, u64 gfn);

#endif
