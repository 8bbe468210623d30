// SPDX-License-Identifier: GPL-2.0
/*
 * The dirty ring: which frames were written, told to the VMM in entries that it shares.
 *
 * A frame is pushed in the section that makes it writable. The VMM marks what it has
 * seen; a reset takes those entries back, write-protects their frames, flushes the TLBs and
 * settles what was written past the caches. Only then may the VMM read them: a write before the
 * flush is in what it reads, and one after it faults and is pushed anew.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/nospec.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../mutant.h"
#include "ring.h"
#include "slots.h"

/* Runs of frames that are protected with one flush. */
#define RING_RUNS	256

/**
 * struct ring_run - frames to be protected, as gmem_client.write_protect_masked has them
 * @gfn: the first
 * @mask: bit i is gfn + i
 */
struct ring_run {
	u64 gfn;
	unsigned long mask;
};

/**
 * struct ring_batch - what a reset has taken and not yet protected
 * @gm: guest memory
 * @run: RING_RUNS of them
 * @n: how many are in use
 */
struct ring_batch {
	struct gmem *gm;
	struct ring_run *run;
	unsigned int n;
};

void gmem_ring_init(struct gmem_ring *ring, struct kvm_dirty_gfn *entry, u32 size)
{
	*ring = (struct gmem_ring) { .entry = entry, .size = size };
	raw_spin_lock_init(&ring->lock);
}

static struct kvm_dirty_gfn *ring_entry(const struct gmem_ring *ring, u32 n)
{
	return &ring->entry[n & (ring->size - 1)];
}

/* False: @room entries are full already. */
static bool ring_push(struct gmem_ring *ring, u32 room, u32 slot, u64 offset)
{
	struct kvm_dirty_gfn *e;
	unsigned long irqs;
	bool done;

	raw_spin_lock_irqsave(&ring->lock, irqs);
	done = ring->pushed - ring->taken < room;
	if (done) {
		e = ring_entry(ring, ring->pushed);
		WRITE_ONCE(e->slot, slot);
		WRITE_ONCE(e->offset, offset);
		/* who finds the entry finds it filled in, and what was written before it was pushed */
		smp_store_release(&e->flags, KVM_DIRTY_GFN_F_DIRTY);
		WRITE_ONCE(ring->pushed, ring->pushed + 1);
	}
	raw_spin_unlock_irqrestore(&ring->lock, irqs);
	return done;
}

/* The next entry that the VMM has seen. False: it has seen no more. */
static bool ring_take(struct gmem_ring *ring, u32 *slot, u64 *offset)
{
	struct kvm_dirty_gfn *e;
	unsigned long irqs;
	bool seen = false;

	raw_spin_lock_irqsave(&ring->lock, irqs);
	e = ring_entry(ring, ring->taken);
	if (ring->taken != ring->pushed)
		/* what the VMM wrote into the entry before its mark is there; pairs with its release */
		seen = smp_load_acquire(&e->flags) & KVM_DIRTY_GFN_F_RESET;
	if (seen) {
		*slot = READ_ONCE(e->slot);
		*offset = READ_ONCE(e->offset);
		WRITE_ONCE(e->flags, 0);
		WRITE_ONCE(ring->taken, ring->taken + 1);
	}
	raw_spin_unlock_irqrestore(&ring->lock, irqs);
	return seen;
}

/* How many there are: under the lock, or one that the VMM has marked already may not be counted. */
static u32 ring_count(struct gmem_ring *ring)
{
	unsigned long irqs;
	u32 n;

	raw_spin_lock_irqsave(&ring->lock, irqs);
	n = ring->pushed - ring->taken;
	raw_spin_unlock_irqrestore(&ring->lock, irqs);
	return n;
}

/* Into any ring, short of what its own vCPU may need. */
static bool rings_push_any(const struct gmem_rings *rings, u32 slot, u64 offset)
{
	struct gmem_ring *ring;
	unsigned int i;

	for (i = 0; (ring = rings->client->nth(rings->owner, i)); i++)
		if (ring_push(ring, ring->size - GMEM_RING_RESERVE, slot, offset))
			return true;
	return false;
}

static bool rings_push_here(const struct gmem_rings *rings, u32 slot, u64 offset)
{
	struct gmem_ring *ring;
	bool done;

	preempt_disable();
	ring = rings->client->here(rings->owner);
	done = ring && ring_push(ring, ring->size, slot, offset);
	preempt_enable();
	return done;
}

void gmem_rings_mark(struct gmem_slot *slot, u64 offset)
{
	struct gmem_rings *rings = slot->rings;

	if (rings_push_here(rings, slot->id, offset))
		return;
	if (!rings->with_bitmap && rings_push_any(rings, slot->id, offset))
		return;
	smp_mb__before_atomic();	/* as in gmem_mark_dirty() */
	set_bit(array_index_nospec(offset, slot->npages), slot->dirty);
	if (!rings->with_bitmap) {
		smp_mb__after_atomic();	/* the bit before what makes somebody look for it */
		WRITE_ONCE(rings->late, true);
	}
}

/* False: no ring has room. */
static bool rings_push_slot(struct gmem_rings *rings, struct gmem_slot *slot)
{
	unsigned long i = 0;

	if (!slot->dirty)
		return true;
	for (;; i++) {
		i = find_next_bit(slot->dirty, slot->npages, i);
		if (i >= slot->npages)
			return true;
		if (!test_and_clear_bit(i, slot->dirty))
			continue;
		if (!rings_push_any(rings, slot->id, i)) {
			set_bit(i, slot->dirty);
			return false;
		}
		cond_resched();
	}
}

void gmem_rings_push_late(struct gmem *gm)
{
	struct gmem_rings *rings = &gm->rings;
	struct gmem_slots *set;
	unsigned int i;

	if (rings->with_bitmap || !READ_ONCE(rings->late) || MUTANT(ring_late_lost))
		return;
	WRITE_ONCE(rings->late, false);
	smp_mb();	/* before the bits: who sets one later says so later */
	set = srcu_dereference_check(gm->slots, &gm->srcu, lockdep_is_held(&gm->slots_lock));
	for (i = 0; i < set->n; i++) {
		if (!rings_push_slot(rings, set->slot[i])) {
			WRITE_ONCE(rings->late, true);
			return;
		}
	}
}

static void ring_batch_protect(struct ring_batch *b)
{
	const struct gmem_client *client = b->gm->client;
	unsigned int i;
	bool owed;

	if (!b->n)
		return;
	for (i = 0; i < b->n && !MUTANT(ring_writable); i++) {
		client->write_protect_masked(b->gm, b->run[i].gfn, b->run[i].mask);
		cond_resched();
	}
	owed = !MUTANT(ring_unflushed) && client->flush(b->gm);
	for (i = 0; i < b->n && owed && !MUTANT(ring_unsettled); i++) {
		client->settle(b->gm, b->run[i].gfn, b->run[i].mask);
		cond_resched();
	}
	b->n = 0;
}

static void ring_batch_add(struct ring_batch *b, u64 gfn)
{
	struct ring_run *last = b->n ? &b->run[b->n - 1] : NULL;

	if (last && gfn >= last->gfn && gfn - last->gfn < BITS_PER_LONG) {
		last->mask |= BIT(gfn - last->gfn);
		return;
	}
	if (b->n == RING_RUNS)
		ring_batch_protect(b);
	b->run[b->n++] = (struct ring_run) { .gfn = gfn, .mask = 1 };
}

/* What the entry says need not be what was pushed, nor need the slot be there still. */
static void ring_batch_entry(struct ring_batch *b, u32 id, u64 offset)
{
	struct gmem_slot *slot = NULL;

	if (id < GMEM_MAX_SLOTS)
		slot = gmem_slot_by_id(b->gm, id);
	if (!slot || !slot->dirty || offset >= slot->npages)
		return;
	ring_batch_add(b, slot->base_gfn + array_index_nospec(offset, slot->npages));
}

/* No more than is there now: a VMM that marks entries as they come does not keep us for ever. */
static unsigned int ring_reset(struct ring_batch *b, struct gmem_ring *ring)
{
	u32 n = MUTANT(ring_uncounted) ? READ_ONCE(ring->pushed) - ring->taken : ring_count(ring), done, id;
	u64 offset;

	for (done = 0; done < n && ring_take(ring, &id, &offset); done++) {
		ring_batch_entry(b, id, offset);
		cond_resched();
	}
	return done;
}

static unsigned int rings_reset_all(struct gmem *gm, struct ring_run *run)
{
	struct ring_batch b = { .gm = gm, .run = run };
	struct gmem_ring *ring;
	unsigned int i, done = 0;

	lockdep_assert_held(&gm->slots_lock);
	for (i = 0; (ring = gm->rings.client->nth(gm->rings.owner, i)); i++)
		done += ring_reset(&b, ring);
	ring_batch_protect(&b);
	gmem_rings_push_late(gm);
	return done;
}

int gmem_rings_reset(struct gmem *gm)
{
	struct ring_run *run;
	int ret = -EINVAL;

	run = kvmalloc_array(RING_RUNS, sizeof(*run), GFP_KERNEL_ACCOUNT);
	if (!run)
		return -ENOMEM;
	mutex_lock(&gm->slots_lock);
	if (gm->rings.client)
		ret = rings_reset_all(gm, run);
	mutex_unlock(&gm->slots_lock);
	kvfree(run);
	return ret;
}

int gmem_rings_enable(struct gmem *gm, const struct gmem_ring_client *client, void *owner)
{
	int ret = -EINVAL;

	mutex_lock(&gm->slots_lock);
	if (!gm->rings.client) {
		gm->rings.owner = owner;
		/* a mark that is made meanwhile finds the owner, too */
		smp_store_release(&gm->rings.client, client);
		ret = 0;
	}
	mutex_unlock(&gm->slots_lock);
	return ret;
}

int gmem_rings_use_bitmap(struct gmem *gm)
{
	int ret = -EINVAL;

	mutex_lock(&gm->slots_lock);
	if (gm->rings.client && gmem_is_empty(gm)) {
		gm->rings.with_bitmap = true;
		ret = 0;
	}
	mutex_unlock(&gm->slots_lock);
	return ret;
}
