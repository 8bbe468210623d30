// SPDX-License-Identifier: GPL-2.0
/*
 * Trails: elements and a frame by their user addresses, and what the elements held.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../host/user.h"
#include "../mutant.h"
#include "trail.h"
#include "trace.h"

/* Context: gmem_read_lock(). 0: no slot there. */
static unsigned long trail_hva(struct gmem *gm, u64 gpa)
{
	u64 gfn = gpa >> GMEM_PAGE_SHIFT;
	struct gmem_slot *slot = gmem_find_slot(gm, gfn);

	return slot ? gmem_slot_hva(slot, gfn) + (gpa & (GMEM_PAGE_SIZE - 1)) : 0;
}

void trail_begin(struct trail *t, struct gmem *gm, unsigned int size)
{
	int idx = gmem_read_lock(gm);

	t->generation = gmem_generation(gm);
	gmem_read_unlock(gm, idx);
	t->size = size;
	t->n = 0;
}

static int trail_load_locked(struct trail *t, struct gmem *gm, u64 gpa, u64 *val)
{
	struct trail_step *s = &t->step[t->n];

	s->hva = trail_hva(gm, gpa);
	if (!s->hva || host_user_load(s->hva, t->size, &s->val))
		return -EFAULT;
	*val = s->val;
	t->n++;
	return 0;
}

int trail_load(struct trail *t, struct gmem *gm, u64 gpa, u64 *val)
{
	int idx, ret;

	if (t->n == TRAIL_STEPS || gpa & (t->size - 1))
		return -EINVAL;
	if (current->mm != gm->mm)
		return -EFAULT;
	idx = gmem_read_lock(gm);
	ret = trail_load_locked(t, gm, gpa, val);
	gmem_read_unlock(gm, idx);
	if (ret)
		t->generation = 0;
	atomic64_inc(&gm->stats.reads);
	trace_gmem_access(gpa, 1, t->size, false, ret ? ret : 1);
	return ret;
}

void trail_end(struct trail *t, struct gmem *gm, u64 gpa)
{
	int idx = gmem_read_lock(gm);

	t->gpa = gpa & ~(u64)(GMEM_PAGE_SIZE - 1);
	t->hva = trail_hva(gm, t->gpa);
	if (MUTANT(trail_kept))
		t->generation = gmem_generation(gm);
	if (!t->hva)
		t->generation = 0;
	gmem_read_unlock(gm, idx);
}

/* A few bytes are two words, which overlap. */
static bool trail_copy(unsigned long hva, void *buf, unsigned int len)
{
	u64 first, last;

	if (len < sizeof(first) || len > 2 * sizeof(first))
		return !copy_from_user(buf, (void __user *)hva, len);
	if (get_user(first, (u64 __user *)hva) ||
	    get_user(last, (u64 __user *)(hva + len - sizeof(last))))
		return false;
	memcpy(buf, &first, sizeof(first));
	memcpy(buf + len - sizeof(last), &last, sizeof(last));
	return true;
}

static bool trail_read_locked(struct trail *t, struct gmem *gm, unsigned int off, void *buf,
			      unsigned int len)
{
	unsigned int i;
	u64 val;

	/* of an element's addresses, too: none of them is believed once slots have changed since trail_begin() */
	if (gmem_generation(gm) != t->generation && !MUTANT(trail_generation))
		return false;
	if (MUTANT(trail_bytes_first) && !trail_copy(t->hva + off, buf, len))
		return false;
	for (i = MUTANT(trail_last_alone) ? t->n - 1 : 0; i < t->n && !MUTANT(trail_blind); i++)
		if (host_user_load(t->step[i].hva, t->size, &val) || val != t->step[i].val)
			return false;
	return MUTANT(trail_bytes_first) || trail_copy(t->hva + off, buf, len);
}

bool trail_read(struct trail *t, struct gmem *gm, unsigned int off, void *buf, unsigned int len)
{
	bool same;
	int idx;

	if (!t->generation || current->mm != gm->mm || off > GMEM_PAGE_SIZE ||
	    len > GMEM_PAGE_SIZE - off)
		return false;
	idx = gmem_read_lock(gm);
	same = trail_read_locked(t, gm, off, buf, len);
	gmem_read_unlock(gm, idx);
	atomic64_inc(&gm->stats.reads);
	trace_gmem_access(t->gpa + off, len, 1, false, same ? len : -EAGAIN);
	if (!same)
		t->generation = 0;
	return same;
}
