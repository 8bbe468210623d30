// SPDX-License-Identifier: GPL-2.0
/*
 * Event channels of a Xen guest: bits in pages that are kept at hand.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/nospec.h>

#include "../vm.h"
#include "event.h"
#include "poll.h"

/* Where they are in shared_info and vcpu_info. */
#define EVENT_PENDING		0x800
#define EVENT_MASK_64		0xa00
#define EVENT_MASK_32		0x880
#define EVENT_SELECT_64		8
#define EVENT_SELECT_32		4
#define EVENT_PORTS_32		1024

static u32 event_ports(const struct x86_vm *vm)
{
	return READ_ONCE(vm->xen.long_mode) ? EVENT_PORTS : EVENT_PORTS_32;
}

/* Byte by byte: the guest's words may stand where none of ours would. Return: it was set before. */
static bool event_set_bit(void *base, unsigned int nr)
{
	u8 *byte = base + nr / 8, bit = BIT(nr % 8), old = READ_ONCE(*byte);

	do {
		if (old & bit)
			return true;
	} while (!try_cmpxchg(byte, &old, old | bit));
	return false;
}

static bool event_test_bit(const void *base, unsigned int nr)
{
	const u8 *byte = base + nr / 8;

	return READ_ONCE(*byte) & BIT(nr % 8);
}

static void event_upcall(struct x86_vcpu *vcpu)
{
	struct lapic_message m = { .vector = READ_ONCE(vcpu->xen.vector), .mode = LAPIC_FIXED };

	if (m.vector && vcpu->intc.there)
		lapic_deliver(&vcpu->intc.lapic, &m);
	vcpu_request(&vcpu->base, VCPU_REQ_IRQ);
}

/* A word of ports has something for the vCPU. Return: false: its page is not at hand. */
static bool event_select(struct x86_vcpu *vcpu, unsigned int word)
{
	bool wide = READ_ONCE(vcpu->vm->xen.long_mode), asked;
	struct pfn_use use;
	u8 *info = pfn_cache_begin(&vcpu->xen.info, &use);

	if (!info)
		return false;
	event_set_bit(info + (wide ? EVENT_SELECT_64 : EVENT_SELECT_32), word);
	/* with a barrier: the guest looks at the word behind the flag */
	asked = xchg(info, 1);
	pfn_cache_end(&vcpu->xen.info, &use, PFN_CACHE_DIRTY);
	if (!asked)
		event_upcall(vcpu);
	return true;
}

static void event_put_off(struct x86_vcpu *vcpu, unsigned long *bits, unsigned int nr)
{
	set_bit(nr, bits);
	vcpu_request(&vcpu->base, X86_REQ_XEN);
}

int event_raise(struct x86_vcpu *vcpu, u32 port)
{
	bool wide = READ_ONCE(vcpu->vm->xen.long_mode), was, masked;
	u32 ports = wide ? EVENT_PORTS : EVENT_PORTS_32;
	struct pfn_use use;
	void *page;

	if (!port || port >= ports)
		return -EINVAL;
	port = array_index_nospec(port, ports);
	if (READ_ONCE(vcpu->vm->xen.shared) == KVM_XEN_INVALID_GFN)
		return -ENXIO;
	page = pfn_cache_begin(&vcpu->vm->xen.page, &use);
	if (!page) {
		event_put_off(vcpu, vcpu->xen.late, port);
		return 1;
	}
	was = event_set_bit(page + EVENT_PENDING, port);
	masked = event_test_bit(page + (wide ? EVENT_MASK_64 : EVENT_MASK_32), port);
	pfn_cache_end(&vcpu->vm->xen.page, &use, was ? 0 : PFN_CACHE_DIRTY);
	if (was)
		return 0;
	poll_wake(vcpu, port, !masked);
	if (masked)
		return 0;
	if (!event_select(vcpu, port / (wide ? 64 : 32)))
		event_put_off(vcpu, &vcpu->xen.late_words, port / (wide ? 64 : 32));
	return 1;
}

int event_send(struct x86_vm *vm, u32 id, u32 port)
{
	struct vcpu *vcpu = vm_vcpu_by_id(&vm->base, id);

	return vcpu ? event_raise(to_x86_vcpu(vcpu), port) : -ENOENT;
}

/* Each bit is taken before it is served: what cannot be served now is put off again. */
void event_late(struct x86_vcpu *vcpu)
{
	struct xen_vcpu *x = &vcpu->xen;
	unsigned int nr;

	if (bitmap_empty(x->late, EVENT_PORTS) && !READ_ONCE(x->late_words))
		return;
	/* where there is no memory now, what waits for it waits on */
	if (pfn_cache_refresh(&vcpu->vm->xen.page))
		return;
	for_each_set_bit(nr, x->late, EVENT_PORTS)
		if (test_and_clear_bit(nr, x->late))
			event_raise(vcpu, nr);
	if (!x->on || x->lost)
		return;
	for_each_set_bit(nr, &x->late_words, BITS_PER_LONG)
		if (test_and_clear_bit(nr, &x->late_words) && !event_select(vcpu, nr))
			event_put_off(vcpu, &x->late_words, nr);
}

bool event_route_fits(const struct x86_vm *vm, const struct kvm_irq_routing_xen_evtchn *e)
{
	return e->port && e->port < event_ports(vm) && e->priority == KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL;
}

int event_pending(struct x86_vm *vm, u32 port)
{
	struct pfn_use use;
	void *page;
	int ret;

	if (port >= event_ports(vm))
		return -EINVAL;
	page = pfn_cache_begin(&vm->xen.page, &use);
	if (!page)
		return -EAGAIN;
	ret = event_test_bit(page + EVENT_PENDING, array_index_nospec(port, EVENT_PORTS));
	pfn_cache_end(&vm->xen.page, &use, 0);
	return ret;
}

int event_set_shared(struct x86_vm *vm, u64 gfn)
{
	struct vcpu *vcpu;
	unsigned int i;
	int ret;

	lockdep_assert_held(&vm->base.lock);
	WRITE_ONCE(vm->xen.shared, KVM_XEN_INVALID_GFN);
	pfn_cache_deactivate(&vm->xen.page);
	if (gfn == KVM_XEN_INVALID_GFN)
		return 0;
	ret = pfn_cache_activate(&vm->xen.page, gfn << PAGE_SHIFT, PAGE_SIZE);
	if (ret)
		return ret;
	WRITE_ONCE(vm->xen.shared, gfn);
	/* some may have waited for it */
	vm_for_each_vcpu(&vm->base, i, vcpu)
		vcpu_request(vcpu, X86_REQ_XEN);
	return 0;
}
