// SPDX-License-Identifier: GPL-2.0
/*
 * The host takes memory away: remembers which ranges, unmaps their guest frames,
 * and lets those wait, or start again, who were translating just them.
 */
#include <linux/bitops.h>
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "../mutant.h"
#include "slots.h"
#include "trace.h"

static bool gmem_range_overlaps(const struct gmem_range *r, unsigned long start,
				unsigned long end)
{
	return r->start < end && start < r->end;
}

/* End of [hva, hva + len); an end beyond the last byte becomes the last byte. */
static unsigned long gmem_range_end(unsigned long hva, unsigned long len)
{
	return len > ULONG_MAX - hva ? ULONG_MAX : hva + len;
}

/*
 * log2 of the smallest aligned block around @hva that has a byte of [start, end): up to
 * where addresses differ, seen from the highest bit. That is least for the nearest byte.
 */
static unsigned int gmem_range_order(unsigned long hva, unsigned long start,
				     unsigned long end)
{
	if (hva < start)
		return fls64(hva ^ start);
	return hva < end ? 0 : fls64(hva ^ (end - 1));
}

void gmem_inval_init(struct gmem_inval *inval)
{
	unsigned int i;

	spin_lock_init(&inval->lock);
	init_waitqueue_head(&inval->wait);
	INIT_LIST_HEAD(&inval->running);
	INIT_LIST_HEAD(&inval->spare);
	INIT_LIST_HEAD(&inval->looks);
	inval->overflow.count = 0;
	for (i = 0; i < GMEM_INVAL_FEW; i++)
		list_add(&inval->few[i].link, &inval->spare);
}

static bool gmem_range_is_allocated(const struct gmem_inval *inval,
				    const struct gmem_range *r)
{
	return r < inval->few || r >= inval->few + GMEM_INVAL_FEW;
}

void gmem_inval_exit(struct gmem_inval *inval)
{
	struct gmem_range *r, *next;

	/* Who stopped listening in between never heard of their end. */
	list_for_each_entry_safe(r, next, &inval->running, link)
		if (gmem_range_is_allocated(inval, r))
			kfree(r);
	INIT_LIST_HEAD(&inval->running);
}

/* The running range that is just this one, or NULL. */
static struct gmem_range *gmem_inval_find(struct gmem_inval *inval,
					  unsigned long start, unsigned long end)
{
	struct gmem_range *r;

	lockdep_assert_held(&inval->lock);
	list_for_each_entry(r, &inval->running, link)
		if (r->start == start && r->end == end)
			return r;
	return NULL;
}

/* Without memory: a union, which is never too small. It is forgotten when all its parts have ended. */
static void gmem_inval_widen(struct gmem_range *over, unsigned long start,
			     unsigned long end)
{
	if (MUTANT(overflow_narrow))
		over->count = 0;
	over->start = over->count ? min(over->start, start) : start;
	over->end = over->count ? max(over->end, end) : end;
	over->count++;
}

/* @new: memory for one more, or NULL. Return: what was not needed of it. */
static struct gmem_range *gmem_inval_note(struct gmem_inval *inval, unsigned long start,
					  unsigned long end, struct gmem_range *new)
{
	struct gmem_range *r = gmem_inval_find(inval, start, end);

	if (r) {
		r->count++;
		return new;
	}
	if (MUTANT(inval_union)) {
		gmem_inval_widen(&inval->overflow, start, end);
		return new;
	}
	if (!list_empty(&inval->spare)) {
		r = list_first_entry(&inval->spare, struct gmem_range, link);
		list_del(&r->link);
	} else if (new) {
		r = new;
		new = NULL;
	} else {
		gmem_inval_widen(&inval->overflow, start, end);
		return NULL;
	}
	r->start = start;
	r->end = end;
	r->count = 1;
	list_add(&r->link, &inval->running);
	return new;
}

/* Every look-up in flight is told how near it came. */
static void gmem_inval_tell_looks(struct gmem_inval *inval, unsigned long start,
				  unsigned long end)
{
	struct gmem_look *look;

	lockdep_assert_held(&inval->lock);
	list_for_each_entry(look, &inval->looks, link) {
		unsigned int order = MUTANT(look_any) ? 0 :
				     gmem_range_order(look->hva, start, end);

		if (order < look->lost && !MUTANT(look_untold))
			WRITE_ONCE(look->lost, order);
	}
}

static void gmem_inval_begin(struct gmem_inval *inval, unsigned long start,
			     unsigned long end)
{
	struct gmem_range *new = NULL;

	/* A guess without the lock: at worst there is a union, or memory to give back. */
	if (list_empty(&inval->spare))
		new = kmalloc(sizeof(*new), GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC);
	spin_lock(&inval->lock);
	new = gmem_inval_note(inval, start, end, new);
	gmem_inval_tell_looks(inval, start, end);
	spin_unlock(&inval->lock);
	kfree(new);
}

/*
 * Equal ranges may run twice, one known exactly and one in the union. It does
 * not matter whose end comes first: the union covers the other until its own.
 * Return: what is to be freed.
 */
static struct gmem_range *gmem_inval_forget(struct gmem_inval *inval,
					    unsigned long start, unsigned long end)
{
	struct gmem_range *r = gmem_inval_find(inval, start, end);

	if (!r) {
		if (inval->overflow.count && !MUTANT(overflow_kept))
			inval->overflow.count--;
		return NULL;
	}
	if (--r->count && !MUTANT(equal_once))
		return NULL;
	list_del(&r->link);
	if (gmem_range_is_allocated(inval, r))
		return r;
	list_add(&r->link, &inval->spare);
	return NULL;
}

static void gmem_inval_finish(struct gmem_inval *inval, unsigned long start,
			      unsigned long end)
{
	struct gmem_range *r;

	spin_lock(&inval->lock);
	r = gmem_inval_forget(inval, start, end);
	spin_unlock(&inval->lock);
	kfree(r);
	/* Has a barrier: a waiter that is not seen here sees the range gone. */
	if (wq_has_sleeper(&inval->wait) && !MUTANT(no_wake))
		wake_up_all(&inval->wait);
}

/* Is nothing that overlaps running? */
static bool gmem_inval_quiet(struct gmem_inval *inval, unsigned long start,
			     unsigned long end)
{
	const struct gmem_range *r;
	bool quiet;

	spin_lock(&inval->lock);
	quiet = !inval->overflow.count ||
		!gmem_range_overlaps(&inval->overflow, start, end);
	list_for_each_entry(r, &inval->running, link)
		quiet &= !gmem_range_overlaps(r, start, end);
	spin_unlock(&inval->lock);
	return quiet;
}

int gmem_inval_wait(struct gmem *gm, unsigned long hva, unsigned long len, bool may_sleep)
{
	struct gmem_inval *inval = &gm->inval;
	unsigned long end = gmem_range_end(hva, len);

	if (gmem_inval_quiet(inval, hva, end))
		return 0;
	if (!may_sleep)
		return -EAGAIN;
	if (wait_event_interruptible(inval->wait, gmem_inval_quiet(inval, hva, end)))
		return -EINTR;
	return 0;
}

/* How near to an address the running invalidations come. */
static unsigned int gmem_inval_order(const struct gmem_inval *inval, unsigned long hva)
{
	const struct gmem_range *r = &inval->overflow;
	unsigned int order = GMEM_LOOK_KEPT;

	lockdep_assert_held(&inval->lock);
	if (r->count)
		order = gmem_range_order(hva, r->start, r->end);
	list_for_each_entry(r, &inval->running, link)
		order = min(order, gmem_range_order(hva, r->start, r->end));
	return order;
}

/* Begins unless an invalidation of the page runs. */
static bool gmem_look_add(struct gmem_inval *inval, struct gmem_look *look)
{
	bool quiet;

	spin_lock(&inval->lock);
	look->lost = gmem_inval_order(inval, look->hva);
	quiet = !gmem_look_lost(look, GMEM_PAGE_SHIFT);
	if (quiet)
		list_add(&look->link, &inval->looks);
	spin_unlock(&inval->lock);
	return quiet;
}

int gmem_look_begin(struct gmem *gm, struct gmem_look *look, unsigned long hva)
{
	struct gmem_inval *inval = &gm->inval;

	*look = (struct gmem_look) { .hva = hva };
	if (gmem_look_add(inval, look))
		return 0;
	return wait_event_interruptible(inval->wait, gmem_look_add(inval, look)) ? -EINTR : 0;
}

/* Has another look-up claimed some of the block? Then it is to say when it is done. */
static bool gmem_look_is_taken(struct gmem_inval *inval, const struct gmem_look *look,
			       unsigned int shift)
{
	struct gmem_look *other;
	bool taken = false;

	lockdep_assert_held(&inval->lock);
	list_for_each_entry(other, &inval->looks, link) {
		unsigned int both = max(shift, other->claim);

		if (other == look || !other->claim || (other->hva ^ look->hva) >> both)
			continue;
		other->wanted = true;
		taken = true;
	}
	return taken;
}

bool gmem_look_claim(struct gmem *gm, struct gmem_look *look, unsigned int shift)
{
	struct gmem_inval *inval = &gm->inval;
	bool taken;

	spin_lock(&inval->lock);
	taken = gmem_look_is_taken(inval, look, shift) && !MUTANT(claim_all);
	if (!taken)
		look->claim = shift;
	spin_unlock(&inval->lock);
	return !taken;
}

static bool gmem_look_is_free(struct gmem_inval *inval, const struct gmem_look *look,
			      unsigned int shift)
{
	bool taken;

	spin_lock(&inval->lock);
	taken = gmem_look_is_taken(inval, look, shift);
	spin_unlock(&inval->lock);
	return !taken;
}

int gmem_look_wait(struct gmem *gm, struct gmem_look *look, unsigned int shift)
{
	struct gmem_inval *inval = &gm->inval;

	return wait_event_interruptible(inval->wait, gmem_look_is_free(inval, look, shift)) ?
	       -EINTR : 0;
}

void gmem_look_end(struct gmem *gm, struct gmem_look *look)
{
	struct gmem_inval *inval = &gm->inval;
	bool wanted;

	spin_lock(&inval->lock);
	list_del(&look->link);
	wanted = look->wanted;
	spin_unlock(&inval->lock);
	if (wanted && !MUTANT(claim_no_wake))
		wake_up_all(&inval->wait);
}

/* The guest frames of a slot that stand on [start, end); false if there are none. */
static bool gmem_slot_clip(const struct gmem_slot *slot, unsigned long start,
			   unsigned long end, u64 *gfn, u64 *n)
{
	/* The slot was checked to lie in user space: its end does not wrap. */
	unsigned long s = max(start, slot->hva);
	unsigned long e = min(end, slot->hva + (slot->npages << GMEM_PAGE_SHIFT));
	u64 first;

	if (s >= e)
		return false;
	first = (s - slot->hva) >> GMEM_PAGE_SHIFT;
	*gfn = slot->base_gfn + first;
	*n = ((e - 1 - slot->hva) >> GMEM_PAGE_SHIFT) - first + !(MUTANT(last_page) && e - s > 4096);
	return true;
}

static void gmem_unmap_hva(struct gmem *gm, unsigned long start,
			   unsigned long end, bool may_sleep)
{
	int idx = gmem_read_lock(gm);
	struct gmem_slots *set = srcu_dereference(gm->slots, &gm->srcu);
	unsigned int i;
	u64 gfn, n;

	for (i = 0; i < set->n; i++)
		if (gmem_slot_clip(set->slot[i], start, end, &gfn, &n))
			gm->client->unmap(gm, gfn, n, may_sleep);
	/* Not found by frame any more, but maybe not unmapped yet. */
	if (gmem_slot_clip(&set->gone, start, end, &gfn, &n))
		gm->client->unmap(gm, gfn, n, may_sleep);
	gmem_read_unlock(gm, idx);
}

void gmem_watch_init(struct gmem_watches *watches)
{
	rwlock_init(&watches->lock);
	watches->tree = RB_ROOT_CACHED;
}

void gmem_watch_set(struct gmem *gm, struct gmem_watch *w, unsigned long start,
		    unsigned long last)
{
	struct gmem_watches *ws = &gm->watches;

	if (w->set && w->node.start == start && w->node.last == last)
		return;
	write_lock(&ws->lock);
	if (w->set)
		interval_tree_remove(&w->node, &ws->tree);
	w->node.start = start;
	w->node.last = last;
	interval_tree_insert(&w->node, &ws->tree);
	w->set = true;
	write_unlock(&ws->lock);
}

void gmem_watch_clear(struct gmem *gm, struct gmem_watch *w)
{
	struct gmem_watches *ws = &gm->watches;

	if (!w->set)
		return;
	write_lock(&ws->lock);
	interval_tree_remove(&w->node, &ws->tree);
	w->set = false;
	write_unlock(&ws->lock);
}

#define gmem_for_each_watch(n, ws, start, end)				\
	for (n = interval_tree_iter_first(&(ws)->tree, start, (end) - 1); n;	\
	     n = interval_tree_iter_next(n, start, (end) - 1))

static struct gmem_watch *gmem_watch_of(struct interval_tree_node *node)
{
	return container_of(node, struct gmem_watch, node);
}

void gmem_watch_tell(struct gmem *gm, unsigned long start, unsigned long end,
		     bool may_sleep)
{
	struct gmem_watches *ws = &gm->watches;
	struct interval_tree_node *n;

	if (start >= end)
		return;
	read_lock(&ws->lock);
	gmem_for_each_watch(n, ws, start, end) {
		struct gmem_watch *w = gmem_watch_of(n);

		w->ops->invalidate(w, may_sleep);
	}
	read_unlock(&ws->lock);
}

static bool gmem_watch_age(struct gmem *gm, unsigned long start,
			   unsigned long end, enum host_age how)
{
	struct gmem_watches *ws = &gm->watches;
	struct interval_tree_node *n;
	bool young = false;

	if (start >= end)
		return false;
	read_lock(&ws->lock);
	gmem_for_each_watch(n, ws, start, end) {
		struct gmem_watch *w = gmem_watch_of(n);

		young |= w->ops->age(w, how);
	}
	read_unlock(&ws->lock);
	return young;
}

static struct gmem *gmem_of(struct host_notifier *hn)
{
	return container_of(hn, struct gmem, notifier);
}

/*
 * Recorded before it unmaps: who installs after the unmap has to see the record.
 * The kernel's own users are told before the client: what they still store is then
 * in memory before the client's last maintenance of the page.
 */
static void gmem_range_goes(struct host_notifier *hn, unsigned long start,
			    unsigned long end, unsigned int flags)
{
	struct gmem *gm = gmem_of(hn);
	bool may_sleep = flags & HOST_INVAL_MAY_SLEEP || MUTANT(reap_sleeps);

	trace_gmem_invalidate(start, end, may_sleep);
	gmem_inval_begin(&gm->inval, start, end);
	if (!MUTANT(tell_late))
		gmem_watch_tell(gm, start, end, may_sleep);
	gmem_unmap_hva(gm, start, end, may_sleep);
}

static void gmem_range_gone(struct host_notifier *hn, unsigned long start,
			    unsigned long end)
{
	if (MUTANT(tell_late))
		gmem_watch_tell(gmem_of(hn), start, end, true);
	gmem_inval_finish(&gmem_of(hn)->inval, start, end);
}

static bool gmem_range_age(struct host_notifier *hn, unsigned long start,
			   unsigned long end, enum host_age how)
{
	struct gmem *gm = gmem_of(hn);
	int idx = gmem_read_lock(gm);
	struct gmem_slots *set = srcu_dereference(gm->slots, &gm->srcu);
	bool young = false;
	unsigned int i;
	u64 gfn, n;

	for (i = 0; i < set->n; i++)
		if (gmem_slot_clip(set->slot[i], start, end, &gfn, &n))
			young |= gm->client->age(gm, gfn, n, how);
	gmem_read_unlock(gm, idx);
	return gmem_watch_age(gm, start, end, how) || young;
}

/* All of memory goes at once, and nothing comes back. */
static void gmem_all_goes(struct host_notifier *hn)
{
	struct gmem *gm = gmem_of(hn);

	spin_lock(&gm->inval.lock);
	gmem_inval_tell_looks(&gm->inval, 0, ULONG_MAX);
	spin_unlock(&gm->inval.lock);
	if (!MUTANT(exit_untold))
		gmem_watch_tell(gm, 0, ULONG_MAX, true);
	gm->client->release(gm);
}

const struct host_notifier_ops gmem_notifier_ops = {
	.range_start	= gmem_range_goes,
	.range_end	= gmem_range_gone,
	.age		= gmem_range_age,
	.release	= gmem_all_goes,
};
