/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arrays by any number, as <linux/xarray.h> has them: pairs in the order of their index.
 * Stores allocate, so that they fail where the test says so.
 */
#ifndef FAKE_XARRAY_H
#define FAKE_XARRAY_H
#define SHIM_LINUX_XARRAY_H

#include <linux/err.h>
#include <linux/slab.h>
#include <linux/types.h>

struct fake_pair {
	unsigned long index;
	void *entry;
};

struct xarray {
	struct fake_pair *pair;
	size_t n;
	bool accounted;		/* else the kernel's own nodes are charged to nobody, whatever a store says */
};

#define XA_ERROR(errno)		((void *)((((unsigned long)(errno)) << 2) | 2))

static inline void xa_init(struct xarray *xa)
{
	xa->pair = NULL;
	xa->n = 0;
	xa->accounted = false;
}

#define XA_FLAGS_ACCOUNT	1

static inline void xa_init_flags(struct xarray *xa, unsigned int flags)
{
	xa_init(xa);
	xa->accounted = flags & XA_FLAGS_ACCOUNT;
}

static inline void *xa_mk_value(unsigned long v)
{
	return (void *)(v << 1 | 1);
}

static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}

static inline int xa_err(void *entry)
{
	return ((unsigned long)entry & 3) == 2 ? (int)((long)entry >> 2) : 0;
}

static inline bool xa_empty(const struct xarray *xa)
{
	return !xa->n;
}

/* The first pair whose index is not below. */
static inline size_t fake_xa_at(const struct xarray *xa, unsigned long index)
{
	size_t low = 0, high = xa->n, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (xa->pair[mid].index < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static inline void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, unsigned int any)
{
	size_t at = fake_xa_at(xa, *index);

	if (at == xa->n || xa->pair[at].index > max)
		return NULL;
	*index = xa->pair[at].index;
	return xa->pair[at].entry;
}

static inline void *xa_load(struct xarray *xa, unsigned long index)
{
	return xa_find(xa, &index, index, 0);
}

static inline void *xa_erase(struct xarray *xa, unsigned long index)
{
	size_t at = fake_xa_at(xa, index);
	void *was;

	if (at == xa->n || xa->pair[at].index != index)
		return NULL;
	was = xa->pair[at].entry;
	memmove(&xa->pair[at], &xa->pair[at + 1], (--xa->n - at) * sizeof(*xa->pair));
	if (!xa->n) {
		kfree(xa->pair);
		xa->pair = NULL;
	}
	return was;
}

static inline void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	size_t at = fake_xa_at(xa, index);
	struct fake_pair *more;
	void *was;

	if (at < xa->n && xa->pair[at].index == index) {
		was = xa->pair[at].entry;
		xa->pair[at].entry = entry;
		return was;
	}
	assert_true(xa->accounted || !(gfp & __GFP_ACCOUNT));
	more = kmalloc_array(xa->n + 1, sizeof(*more), gfp);
	if (!more)
		return XA_ERROR(-ENOMEM);
	if (xa->n) {
		memcpy(more, xa->pair, at * sizeof(*more));
		memcpy(more + at + 1, xa->pair + at, (xa->n - at) * sizeof(*more));
	}
	more[at] = (struct fake_pair) { index, entry };
	kfree(xa->pair);
	xa->pair = more;
	xa->n++;
	return NULL;
}

static inline void xa_destroy(struct xarray *xa)
{
	kfree(xa->pair);
	xa->pair = NULL;
	xa->n = 0;
}

#define XA_PRESENT	0
#define xa_for_each_range(xa, i, e, start, last)				\
	for ((i) = (start); ((e) = xa_find(xa, &(i), last, XA_PRESENT)); (i)++)
#define xa_for_each(xa, i, e)	xa_for_each_range(xa, i, e, 0, ~0UL)

#endif
