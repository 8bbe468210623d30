// SPDX-License-Identifier: GPL-2.0
/*
 * The dirty log: which frames were written since the VMM last asked.
 *
 * No write is lost because of the order: take the bits, write-protect their
 * frames, flush the TLBs, then tell the VMM. A write before the flush is in the
 * memory that the VMM reads afterwards; one after it faults and sets the bit again.
 * Was a write past the caches, then they must be maintained for the VMM to read
 * it: after the flush, for up to then it may come. Whether anybody writes so is asked after
 * the flush, too.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../mutant.h"
#include "slots.h"

/* Words of the bitmap handled at a time, with one flush: 2 GiB of guest memory. */
#define GMEM_DIRTY_CHUNK	8192UL

#define GMEM_DIRTY_MANUAL	(KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE |	\
				 KVM_DIRTY_LOG_INITIALLY_SET)

unsigned long *gmem_dirty_alloc(u64 npages, bool all_set)
{
	unsigned long *map = kvcalloc(BITS_TO_LONGS(npages), sizeof(*map),
				      GFP_KERNEL_ACCOUNT);

	if (map && all_set)
		bitmap_set(map, 0, npages);
	return map;
}

void gmem_mark_dirty(struct gmem_slot *slot, u64 gfn)
{
	if (!slot->dirty)
		return;
	/* and whose they are; pairs with gmem_rings_enable() */
	if (smp_load_acquire(&slot->rings->client)) {
		gmem_rings_mark(slot, gfn - slot->base_gfn);
		return;
	}
	/* Whoever takes the bit must find what was written before it was set. */
	smp_mb__before_atomic();
	set_bit(array_index_nospec(gfn - slot->base_gfn, slot->npages),
		slot->dirty);
}

/* Which bits of a word of a slot's bitmap stand for a frame. */
static unsigned long gmem_dirty_word_mask(const struct gmem_slot *slot, unsigned long i)
{
	u64 left = slot->npages - (u64)i * BITS_PER_LONG;

	return left < BITS_PER_LONG ? BIT(left) - 1 : ~0UL;
}

void gmem_mark_all_dirty(struct gmem *gm)
{
	int idx = gmem_read_lock(gm);
	struct gmem_slots *set = srcu_dereference(gm->slots, &gm->srcu);
	unsigned long w;
	unsigned int i;

	for (i = 0; i < set->n; i++) {
		const struct gmem_slot *slot = set->slot[i];

		for (w = 0; slot->dirty && w < BITS_TO_LONGS(slot->npages); w++) {
			smp_mb__before_atomic();	/* as in gmem_mark_dirty() */
			atomic_long_or(gmem_dirty_word_mask(slot, w),
				       (atomic_long_t *)&slot->dirty[w]);
			if (!(w % GMEM_DIRTY_CHUNK))
				cond_resched();
		}
	}
	if (gm->rings.client) {
		smp_mb();	/* the bits before what makes somebody look for them */
		WRITE_ONCE(gm->rings.late, true);
		gmem_rings_push_late(gm);
	}
	gmem_read_unlock(gm, idx);
}

int gmem_set_dirty_manual(struct gmem *gm, u64 flags)
{
	if (flags & ~(u64)GMEM_DIRTY_MANUAL)
		return -EINVAL;
	if ((flags & KVM_DIRTY_LOG_INITIALLY_SET) &&
	    !(flags & KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE))
		return -EINVAL;
	mutex_lock(&gm->slots_lock);
	gm->dirty_manual = flags;
	mutex_unlock(&gm->slots_lock);
	return 0;
}

/**
 * struct gmem_harvest - a stretch of a slot's bitmap on its way
 * @gm: guest memory
 * @slot: the slot
 * @user: the VMM's bitmap
 * @buf: copy of the stretch, GMEM_DIRTY_CHUNK words at most
 */
struct gmem_harvest {
	struct gmem *gm;
	struct gmem_slot *slot;
	void __user *user;
	unsigned long *buf;
};

/* Something of the stretch of @n words from @first on; 0 or -EFAULT. */
typedef int (*gmem_harvest_fn)(struct gmem_harvest *h, unsigned long first,
			       unsigned long n);

/* Takes the bits of @mask from one word, in which some are set, and write-protects their frames. */
static unsigned long gmem_harvest_word(struct gmem_harvest *h, unsigned long i,
				       unsigned long mask)
{
	atomic_long_t *word = (atomic_long_t *)&h->slot->dirty[i];
	unsigned long bits = atomic_long_fetch_andnot(mask, word) & mask;

	if (bits && !MUTANT(harvest_writable))
		h->gm->client->write_protect_masked(h->gm, h->slot->base_gfn +
						    (u64)i * BITS_PER_LONG, bits);
	cond_resched();
	return bits;
}

/* What was taken, now in @h->buf, is as the guest left it for who reads it. */
static void gmem_harvest_settle(struct gmem_harvest *h, unsigned long first,
				unsigned long n)
{
	unsigned long i;

	if (MUTANT(no_tlbi_at_harvest) || !h->gm->client->flush(h->gm))
		return;
	for (i = 0; i < n; i++) {
		if (!h->buf[i])
			continue;
		h->gm->client->settle(h->gm, h->slot->base_gfn +
				      (u64)(first + i) * BITS_PER_LONG, h->buf[i]);
		cond_resched();
	}
}

/* What cannot be reported stays dirty. */
static void gmem_harvest_undo(struct gmem_harvest *h, unsigned long first,
			      unsigned long n)
{
	unsigned long i;

	for (i = 0; i < n; i++)
		if (h->buf[i])
			atomic_long_or(h->buf[i],
				       (atomic_long_t *)&h->slot->dirty[first + i]);
}

static int gmem_harvest_get(struct gmem_harvest *h, unsigned long first,
			    unsigned long n)
{
	const unsigned long *dirty = h->slot->dirty + first;
	unsigned long bits = n * BITS_PER_LONG, i, any = 0;

	/* most words of most logs are empty: a look at each, and no more */
	memset(h->buf, 0, n * sizeof(long));
	for (i = find_first_bit(dirty, bits); i < bits; i = find_next_bit(dirty, bits, i)) {
		i /= BITS_PER_LONG;
		h->buf[i] = gmem_harvest_word(h, first + i, ~0UL);
		any |= h->buf[i];
		i = (i + 1) * BITS_PER_LONG;
	}
	if (any)
		gmem_harvest_settle(h, first, n);
	if (!copy_to_user(h->user, h->buf, n * sizeof(long)))
		return 0;
	gmem_harvest_undo(h, first, n);
	return -EFAULT;
}

static int gmem_harvest_peek(struct gmem_harvest *h, unsigned long first,
			     unsigned long n)
{
	unsigned long i;

	for (i = 0; i < n; i++)
		h->buf[i] = READ_ONCE(h->slot->dirty[first + i]);
	return copy_to_user(h->user, h->buf, n * sizeof(long)) ? -EFAULT : 0;
}

/* Where a log began with all of it dirty, what is cleared first is what is looked at page by page from now on. */
static void gmem_harvest_split(struct gmem_harvest *h, unsigned long i)
{
	struct gmem *gm = h->gm;
	u64 first = (u64)i * BITS_PER_LONG;

	if (gm->client->split && gm->dirty_manual & KVM_DIRTY_LOG_INITIALLY_SET)
		gm->client->split(gm, h->slot->base_gfn + first, min_t(u64, h->slot->npages - first, BITS_PER_LONG));
}

static int gmem_harvest_clear(struct gmem_harvest *h, unsigned long first,
			      unsigned long n)
{
	unsigned long i, any = 0;

	if (copy_from_user(h->buf, h->user, n * sizeof(long)))
		return -EFAULT;
	for (i = 0; i < n; i++) {
		unsigned long mask = MUTANT(clear_all) ? ~0UL : h->buf[i];

		if (mask)
			gmem_harvest_split(h, first + i);
		h->buf[i] = READ_ONCE(h->slot->dirty[first + i]) & mask ? gmem_harvest_word(h, first + i, mask) : 0;
		any |= h->buf[i];
	}
	if (any)
		gmem_harvest_settle(h, first, n);
	return 0;
}

/* Walks @npages from page @first of the slot on, in stretches. */
static int gmem_harvest(struct gmem_harvest *h, gmem_harvest_fn fn, u64 first,
			u64 npages)
{
	unsigned long at = first / BITS_PER_LONG;
	unsigned long left = BITS_TO_LONGS(npages);
	int ret = 0;

	h->buf = kvmalloc_array(min(left, GMEM_DIRTY_CHUNK), sizeof(*h->buf),
				GFP_KERNEL_ACCOUNT);
	if (!h->buf)
		return -ENOMEM;
	while (left && !ret) {
		unsigned long n = min(left, GMEM_DIRTY_CHUNK);

		ret = fn(h, at, n);
		h->user += n * sizeof(long);
		at += n;
		left -= n;
	}
	kvfree(h->buf);
	return ret;
}

/* Context: slots_lock held. */
static int gmem_logged_slot(struct gmem *gm, u32 id, struct gmem_slot **slot)
{
	lockdep_assert_held(&gm->slots_lock);
	if (gm->rings.client && !gm->rings.with_bitmap)
		return -ENXIO;
	if (id >= GMEM_MAX_SLOTS)
		return -EINVAL;
	*slot = gmem_slot_by_id(gm, id);
	return *slot && (*slot)->dirty ? 0 : -ENOENT;
}

int gmem_get_dirty_log(struct gmem *gm, const struct kvm_dirty_log *log)
{
	struct gmem_harvest h = { .gm = gm, .user = log->dirty_bitmap };
	gmem_harvest_fn fn = gmem_harvest_get;
	int ret;

	mutex_lock(&gm->slots_lock);
	if (gm->dirty_manual & KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE && !MUTANT(peek_takes))
		fn = gmem_harvest_peek;
	ret = gmem_logged_slot(gm, log->slot, &h.slot);
	if (!ret)
		ret = gmem_harvest(&h, fn, 0, h.slot->npages);
	mutex_unlock(&gm->slots_lock);
	return ret;
}

static bool gmem_clear_range_ok(const struct gmem_slot *slot, u64 first, u64 n)
{
	if (first % 64 || first > slot->npages || n > slot->npages - first)
		return false;
	return n % 64 == 0 || first + n == slot->npages;
}

int gmem_clear_dirty_log(struct gmem *gm, const struct kvm_clear_dirty_log *log)
{
	struct gmem_harvest h = { .gm = gm, .user = log->dirty_bitmap };
	int ret;

	mutex_lock(&gm->slots_lock);
	ret = gmem_logged_slot(gm, log->slot, &h.slot);
	if (!ret && !gmem_clear_range_ok(h.slot, log->first_page, log->num_pages))
		ret = -EINVAL;
	if (!ret && log->num_pages)
		ret = gmem_harvest(&h, gmem_harvest_clear, log->first_page,
				   log->num_pages);
	mutex_unlock(&gm->slots_lock);
	return ret;
}
