// SPDX-License-Identifier: GPL-2.0
/*
 * Writes that can wait until the VMM comes by. The ring is the VMM's, too: what it says is
 * read once, and checked.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "arch.h"
#include "coalesced.h"
#include "vm.h"

/**
 * struct coalesced - of a VM
 * @ring: shared with the VMM
 * @lock: zones, and who writes to the ring
 * @zones: struct coalesced_zone
 * @count: how many; read without the lock where it only saves taking it
 */
struct coalesced {
	struct kvm_coalesced_mmio_ring *ring;
	spinlock_t lock;
	struct list_head zones;
	unsigned int count;
};

/**
 * struct coalesced_zone - addresses or ports
 * @list: struct coalesced.zones
 * @port: ports
 * @addr: the first
 * @size: how many
 */
struct coalesced_zone {
	struct list_head list;
	bool port;
	u64 addr;
	u64 size;
};

int coalesced_vm_init(struct vm *vm)
{
	struct coalesced *c;

	if (!vm->arch->coalesced)
		return 0;
	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return -ENOMEM;
	c->ring = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!c->ring) {
		kfree(c);
		return -ENOMEM;
	}
	spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->zones);
	vm->coalesced = c;
	return 0;
}

void coalesced_vm_destroy(struct vm *vm)
{
	struct coalesced *c = vm->coalesced;
	struct coalesced_zone *z, *next;

	if (!c)
		return;
	list_for_each_entry_safe(z, next, &c->zones, list)
		kfree(z);
	free_page((unsigned long)c->ring);
	kfree(c);
}

struct page *coalesced_page(struct vm *vm)
{
	return virt_to_page(vm->coalesced->ring);
}

static bool zone_holds(const struct coalesced_zone *z, bool port, u64 addr, u64 len)
{
	return z->port == port && addr >= z->addr && len <= z->size && addr - z->addr <= z->size - len;
}

static int coalesced_add(struct coalesced *c, const struct kvm_coalesced_mmio_zone *zone)
{
	struct coalesced_zone *z = kzalloc(sizeof(*z), GFP_KERNEL_ACCOUNT);

	if (!z)
		return -ENOMEM;
	z->port = zone->pio;
	z->addr = zone->addr;
	z->size = zone->size;
	spin_lock(&c->lock);
	if (c->count < COALESCED_MAX) {
		list_add_tail(&z->list, &c->zones);
		WRITE_ONCE(c->count, c->count + 1);
		z = NULL;
	}
	spin_unlock(&c->lock);
	kfree(z);
	return z ? -ENOSPC : 0;
}

static void coalesced_remove(struct coalesced *c, const struct kvm_coalesced_mmio_zone *zone)
{
	struct coalesced_zone *z, *next;
	LIST_HEAD(gone);

	spin_lock(&c->lock);
	list_for_each_entry_safe(z, next, &c->zones, list) {
		if (!zone_holds(z, zone->pio, zone->addr, zone->size))
			continue;
		list_move(&z->list, &gone);
		WRITE_ONCE(c->count, c->count - 1);
	}
	spin_unlock(&c->lock);
	list_for_each_entry_safe(z, next, &gone, list)
		kfree(z);
}

int coalesced_ioctl(struct vm *vm, const struct kvm_coalesced_mmio_zone *zone, bool add)
{
	if (!vm->coalesced)
		return -ENOTTY;
	if (zone->pio > 1 || zone->addr + zone->size < zone->addr)
		return -EINVAL;
	if (add)
		return coalesced_add(vm->coalesced, zone);
	coalesced_remove(vm->coalesced, zone);
	return 0;
}

static bool coalesced_is_in_zone(const struct coalesced *c, bool port, u64 addr, unsigned int len)
{
	const struct coalesced_zone *z;

	list_for_each_entry(z, &c->zones, list)
		if (zone_holds(z, port, addr, len))
			return true;
	return false;
}

/* One place stays free, so that full and empty look different. */
static bool coalesced_put(struct kvm_coalesced_mmio_ring *ring, bool port, u64 addr,
			  unsigned int len, const void *data)
{
	u32 last = READ_ONCE(ring->last), next;
	struct kvm_coalesced_mmio *e;

	if (last >= KVM_COALESCED_MMIO_MAX)
		return false;
	next = (last + 1) % KVM_COALESCED_MMIO_MAX;
	if (next == READ_ONCE(ring->first))
		return false;
	e = &ring->coalesced_mmio[array_index_nospec(last, KVM_COALESCED_MMIO_MAX)];
	e->phys_addr = addr;
	e->len = len;
	memcpy(e->data, data, len);
	e->pio = port;
	/* the VMM finds the entry filled in where it finds it at all */
	smp_store_release(&ring->last, next);
	return true;
}

bool coalesced_write(struct vm *vm, bool port, u64 addr, unsigned int len, const void *data)
{
	struct coalesced *c = vm->coalesced;
	bool done;

	if (!c || !READ_ONCE(c->count))
		return false;
	spin_lock(&c->lock);
	done = coalesced_is_in_zone(c, port, addr, len) && coalesced_put(c->ring, port, addr, len, data);
	spin_unlock(&c->lock);
	return done;
}
