// SPDX-License-Identifier: GPL-2.0
/*
 * The host takes memory away: remembers which ranges, unmaps their guest frames,
 * and lets those wait, or start again, who were translating just them.
 */
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>

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

void gmem_inval_init(struct gmem_inval *inval)
{
	spin_lock_init(&inval->lock);
	init_waitqueue_head(&inval->wait);
	inval->seq = 0;
	inval->nr_running = 0;
	inval->nr_overflow = 0;
}

/* inval->lock held. */
static void gmem_inval_record(struct gmem_inval *inval, unsigned long start,
			      unsigned long end)
{
	u64 seq = inval->seq + 1;

	lockdep_assert_held(&inval->lock);
	inval->ring[seq % GMEM_INVAL_RING] = (struct gmem_range) { start, end };
	WRITE_ONCE(inval->seq, seq);
}

static void gmem_inval_begin(struct gmem_inval *inval, unsigned long start,
			     unsigned long end)
{
	struct gmem_range *over = &inval->overflow;

	spin_lock(&inval->lock);
	gmem_inval_record(inval, start, end);
	if (inval->nr_running < GMEM_INVAL_RUNNING) {
		inval->running[inval->nr_running++] = (struct gmem_range) { start, end };
	} else if (!inval->nr_overflow++) {
		*over = (struct gmem_range) { start, end };
	} else {
		over->start = min(over->start, start);
		over->end = max(over->end, end);
	}
	spin_unlock(&inval->lock);
}

/*
 * Equal ranges may run twice, one known exactly and one in the union. It does
 * not matter whose end comes first: the union covers the other until its own.
 * inval->lock held.
 */
static void gmem_inval_forget(struct gmem_inval *inval, unsigned long start,
			      unsigned long end)
{
	unsigned int i;

	lockdep_assert_held(&inval->lock);
	for (i = 0; i < inval->nr_running; i++) {
		struct gmem_range *r = &inval->running[i];

		if (r->start == start && r->end == end) {
			*r = inval->running[--inval->nr_running];
			return;
		}
	}
	if (inval->nr_overflow)
		inval->nr_overflow--;
}

static void gmem_inval_finish(struct gmem_inval *inval, unsigned long start,
			      unsigned long end)
{
	spin_lock(&inval->lock);
	gmem_inval_forget(inval, start, end);
	spin_unlock(&inval->lock);
	/* Has a barrier: a waiter that is not seen here sees the range gone. */
	if (wq_has_sleeper(&inval->wait) && !MUTANT(no_wake))
		wake_up_all(&inval->wait);
}

/* Is nothing that overlaps running? Then says where in the order that was so. */
static bool gmem_inval_quiet(struct gmem_inval *inval, unsigned long start,
			     unsigned long end, u64 *seq)
{
	bool quiet = true;
	unsigned int i;

	spin_lock(&inval->lock);
	for (i = 0; i < inval->nr_running && quiet; i++)
		quiet = !gmem_range_overlaps(&inval->running[i], start, end);
	if (inval->nr_overflow &&
	    gmem_range_overlaps(&inval->overflow, start, end))
		quiet = false;
	*seq = inval->seq;
	spin_unlock(&inval->lock);
	return quiet;
}

int gmem_inval_snapshot(struct gmem *gm, unsigned long hva, unsigned long len,
			bool may_sleep, u64 *seq)
{
	struct gmem_inval *inval = &gm->inval;
	unsigned long end = gmem_range_end(hva, len);

	if (gmem_inval_quiet(inval, hva, end, seq))
		return 0;
	if (!may_sleep)
		return -EAGAIN;
	if (wait_event_interruptible(inval->wait,
				     gmem_inval_quiet(inval, hva, end, seq)))
		return -EINTR;
	return 0;
}

bool gmem_inval_changed(struct gmem *gm, u64 seq, unsigned long hva,
			unsigned long len)
{
	struct gmem_inval *inval = &gm->inval;
	unsigned long end = gmem_range_end(hva, len);
	bool changed;
	u64 s;

	/*
	 * Without the lock: an invalidation whose number is not seen here has not
	 * had the lock the caller holds, so it will unmap what the caller installs.
	 */
	if (READ_ONCE(inval->seq) == seq)
		return false;

	spin_lock(&inval->lock);
	changed = inval->seq - seq > GMEM_INVAL_RING;
	for (s = inval->seq; s != seq && !changed; s--)
		changed = gmem_range_overlaps(&inval->ring[s % GMEM_INVAL_RING],
					      hva, end);
	spin_unlock(&inval->lock);
	return changed;
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
	*n = ((e - 1 - slot->hva) >> GMEM_PAGE_SHIFT) - first + 1;
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
		if (gmem_slot_clip(&set->slot[i], start, end, &gfn, &n))
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
		if (gmem_slot_clip(&set->slot[i], start, end, &gfn, &n))
			young |= gm->client->age(gm, gfn, n, how);
	gmem_read_unlock(gm, idx);
	return gmem_watch_age(gm, start, end, how) || young;
}

/* All of memory goes at once, and nothing comes back. */
static void gmem_all_goes(struct host_notifier *hn)
{
	struct gmem *gm = gmem_of(hn);

	spin_lock(&gm->inval.lock);
	gmem_inval_record(&gm->inval, 0, ULONG_MAX);
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
