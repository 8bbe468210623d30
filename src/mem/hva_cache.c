// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges of guest memory by user address: one look at the generation, then plain
 * user accesses, segment by segment.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../host/user.h"
#include "../mutant.h"
#include "hva_cache.h"
#include "trace.h"

/* How often an exchange may lose against others that write. */
#define HVA_XCHG_TRIES	64

/* Room for one segment more; what there is stays. */
static int hva_cache_grow(struct hva_cache *hc)
{
	unsigned int room = 2 * hc->room;
	struct hva_segment *seg;
	unsigned int i;

	seg = kvmalloc_array(room, sizeof(*seg), GFP_KERNEL_ACCOUNT);
	if (!seg)
		return -ENOMEM;
	for (i = 0; i < hc->n; i++)
		seg[i] = hc->seg[i];
	if (hc->seg != hc->few)
		kvfree(hc->seg);
	hc->seg = seg;
	hc->room = room;
	return 0;
}

/* The next segment, from @start on. Its length, 0 where there is no slot, or an errno. */
static s64 hva_cache_add(struct hva_cache *hc, u64 start)
{
	u64 gpa = hc->gpa + start;
	u64 gfn = gpa >> GMEM_PAGE_SHIFT;
	struct gmem_slot *slot = gmem_find_slot(hc->gm, gfn);
	u64 len;

	if (!slot)
		return 0;
	if (hc->n == hc->room && hva_cache_grow(hc))
		return -ENOMEM;
	/* No slot reaches the last byte there is: its end does not wrap. */
	len = ((slot->base_gfn + slot->npages) << GMEM_PAGE_SHIFT) - gpa;
	len = min(len, hc->len - start);
	hc->seg[hc->n++] = (struct hva_segment) {
		.hva = gmem_slot_hva(slot, gfn) + (gpa & (GMEM_PAGE_SIZE - 1)),
		.start = start,
		.len = len,
		.slot = slot,
	};
	return len;
}

/* Context: gmem_read_lock(); the segments are good up to its end. */
static int hva_cache_look(struct hva_cache *hc)
{
	u64 generation = gmem_generation(hc->gm);
	bool hit = hc->generation == generation ||
		   (hc->generation && (MUTANT(hva_use_first) || MUTANT(hva_generation)));
	u64 start;
	s64 n;

	atomic64_inc(hit ? &hc->gm->stats.hva_hit : &hc->gm->stats.hva_miss);
	trace_hva_cache_look(hc->gpa, hc->len, hit);
	if (hit)
		return 0;
	hc->generation = 0;
	hc->n = 0;
	for (start = 0; start < hc->len; start += n) {
		n = hva_cache_add(hc, start);
		if (n <= 0)
			return n ? n : -EFAULT;
	}
	hc->generation = generation;
	return 0;
}

/* The end of a use. */
static void hva_cache_unlock(struct hva_cache *hc, int idx)
	__releases(&hc->gm->srcu)
{
	if (MUTANT(hva_use_first) && hc->generation != gmem_generation(hc->gm))
		hc->generation = 0;
	gmem_read_unlock(hc->gm, idx);
}

int hva_cache_init(struct hva_cache *hc, struct gmem *gm, u64 gpa, u64 len)
{
	int idx, ret;

	*hc = (struct hva_cache) {
		.gm = gm,
		.gpa = gpa,
		.len = len,
		.room = HVA_CACHE_INLINE,
	};
	hc->seg = hc->few;
	if (!len || len > LLONG_MAX || gpa + len < gpa) {
		hc->len = 0;
		return -EINVAL;
	}
	idx = gmem_read_lock(gm);
	ret = hva_cache_look(hc);
	gmem_read_unlock(gm, idx);
	return ret;
}

void hva_cache_exit(struct hva_cache *hc)
{
	if (hc->seg != hc->few)
		kvfree(hc->seg);
	*hc = (struct hva_cache) { 0 };
}

/* Context: hva_cache_look(); @off is inside. */
static struct hva_segment *hva_cache_find(struct hva_cache *hc, u64 off)
{
	unsigned int lo = 0, hi = hc->n - 1;

	while (lo < hi) {
		unsigned int mid = hi - (hi - lo) / 2;

		if (hc->seg[mid].start <= off)
			lo = mid;
		else
			hi = mid - 1;
	}
	return &hc->seg[lo];
}

static void hva_cache_dirty(struct hva_cache *hc, struct hva_segment *seg, u64 off,
			    u64 len)
{
	u64 gfn = (hc->gpa + off) >> GMEM_PAGE_SHIFT;
	u64 last = (hc->gpa + off + len - 1) >> GMEM_PAGE_SHIFT;

	if (!seg->slot->dirty)
		return;
	for (; gfn <= last; gfn++)
		gmem_mark_dirty(seg->slot, gfn);
}

/* What a caller wants of the range; @in or @out. */
struct hva_copy {
	const char *in;
	char *out;
};

static int hva_cache_copy_segment(struct hva_cache *hc, struct hva_segment *seg,
				  const struct hva_copy *c, u64 done, u64 off, u64 len)
{
	unsigned long left;
	void __user *user;

	user = (void __user *)(seg->hva + (unsigned long)(off - seg->start));
	if (c->out)
		return copy_from_user(c->out + done, user, len) ? -EFAULT : 0;
	if (seg->slot->flags & KVM_MEM_READONLY)
		return -EFAULT;
	if (MUTANT(hva_dirty_early))
		hva_cache_dirty(hc, seg, off, len);
	left = copy_to_user(user, c->in + done, len);
	/* The frame where it broke off may hold more than was counted. */
	if (!MUTANT(hva_unlogged) && !MUTANT(hva_dirty_early))
		hva_cache_dirty(hc, seg, off, min(len, len - left + 1));
	return left ? -EFAULT : 0;
}

static int hva_cache_copy_locked(struct hva_cache *hc, const struct hva_copy *c,
				 u64 off, u64 len)
{
	u64 done, n;
	int ret;

	ret = hva_cache_look(hc);
	for (done = 0; !ret && done < len; done += n) {
		struct hva_segment *seg = hva_cache_find(hc, off + done);

		n = min(len - done, seg->start + seg->len - off - done);
		ret = hva_cache_copy_segment(hc, seg, c, done, off + done, n);
	}
	return ret;
}

static int hva_cache_check(const struct hva_cache *hc, u64 off, u64 len)
{
	if (off > hc->len || len > hc->len - off)
		return -EINVAL;
	return current->mm == hc->gm->mm ? 0 : -EFAULT;
}

static int hva_cache_copy(struct hva_cache *hc, const struct hva_copy *c, u64 off,
			  u64 len)
{
	int ret = hva_cache_check(hc, off, len);
	int idx;

	if (ret || !len)
		return ret;
	idx = gmem_read_lock(hc->gm);
	ret = hva_cache_copy_locked(hc, c, off, len);
	hva_cache_unlock(hc, idx);
	trace_hva_cache_access(hc->gpa + off, len, c->out ? HVA_TRACE_GET : HVA_TRACE_PUT, ret);
	return ret;
}

int hva_cache_get(struct hva_cache *hc, u64 off, void *buf, size_t len)
{
	struct hva_copy c = { .out = buf };

	return hva_cache_copy(hc, &c, off, len);
}

int hva_cache_put(struct hva_cache *hc, u64 off, const void *buf, size_t len)
{
	struct hva_copy c = { .in = buf };

	return hva_cache_copy(hc, &c, off, len);
}

static unsigned long hva_cache_plain_locked(struct hva_cache *hc, u64 off, u64 len)
{
	const struct hva_segment *seg;

	if (hva_cache_look(hc))
		return 0;
	seg = hva_cache_find(hc, off);
	if (len > seg->start + seg->len - off || seg->slot->flags & KVM_MEM_READONLY ||
	    (seg->slot->dirty && !MUTANT(plain_logged)))
		return 0;
	return seg->hva + (unsigned long)(off - seg->start);
}

unsigned long hva_cache_plain(struct hva_cache *hc, u64 off, u64 len)
{
	unsigned long hva;
	int idx;

	if (!len || hva_cache_check(hc, off, len))
		return 0;
	idx = gmem_read_lock(hc->gm);
	hva = hva_cache_plain_locked(hc, off, len);
	hva_cache_unlock(hc, idx);
	return hva;
}

/* What is done to one aligned value. */
enum hva_op {
	HVA_LOAD,
	HVA_STORE,
	HVA_CMPXCHG,
};

static int hva_cache_value_locked(struct hva_cache *hc, enum hva_op op, u64 off,
				  unsigned int width, u64 *val, u64 new)
{
	struct hva_segment *seg;
	unsigned long hva;
	int ret;

	ret = hva_cache_look(hc);
	if (ret)
		return ret;
	/* Aligned, so it lies in one page, thus in one segment. */
	seg = hva_cache_find(hc, off);
	hva = seg->hva + (unsigned long)(off - seg->start);
	if (op != HVA_LOAD && (seg->slot->flags & KVM_MEM_READONLY))
		return -EFAULT;
	switch (op) {
	case HVA_LOAD:
		return host_user_load(hva, width, val);
	case HVA_STORE:
		ret = host_user_store(hva, width, new);
		break;
	case HVA_CMPXCHG:
		ret = host_user_cmpxchg(hva, width, val, new);
		break;
	}
	if (!ret && !MUTANT(hva_value_unlogged))
		hva_cache_dirty(hc, seg, off, width);
	return ret;
}

static int hva_cache_value(struct hva_cache *hc, enum hva_op op, u64 off,
			   unsigned int width, u64 *val, u64 new)
{
	int ret, idx;

	if (width != 1 && width != 2 && width != 4 && width != 8)
		return -EINVAL;
	ret = hva_cache_check(hc, off, width);
	if (ret)
		return ret;
	if ((hc->gpa + off) & (width - 1))
		return -EINVAL;
	idx = gmem_read_lock(hc->gm);
	ret = hva_cache_value_locked(hc, op, off, width, val, new);
	hva_cache_unlock(hc, idx);
	trace_hva_cache_access(hc->gpa + off, width, HVA_TRACE_LOAD + op, ret);
	return ret;
}

int hva_cache_load(struct hva_cache *hc, u64 off, unsigned int width, u64 *val)
{
	return hva_cache_value(hc, HVA_LOAD, off, width, val, 0);
}

int hva_cache_store(struct hva_cache *hc, u64 off, unsigned int width, u64 val)
{
	return hva_cache_value(hc, HVA_STORE, off, width, NULL, val);
}

int hva_cache_cmpxchg(struct hva_cache *hc, u64 off, unsigned int width, u64 *old,
		      u64 new)
{
	return hva_cache_value(hc, HVA_CMPXCHG, off, width, old, new);
}

int hva_cache_xchg(struct hva_cache *hc, u64 off, unsigned int width, u64 *val)
{
	unsigned int tries;
	u64 old, was;
	int ret;

	ret = hva_cache_load(hc, off, width, &old);
	for (tries = 0; !ret && tries < HVA_XCHG_TRIES; tries++) {
		was = old;
		ret = MUTANT(hva_two_steps) ? hva_cache_store(hc, off, width, *val) :
			hva_cache_cmpxchg(hc, off, width, &was, *val);
		if (!ret && was == old) {
			*val = was;
			return 0;
		}
		old = was;
	}
	return ret ? ret : -EAGAIN;
}
