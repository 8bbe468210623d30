/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arrays by number: small, of so many entries. A new entry asks for memory.
 */
#ifndef SHIM_LINUX_XARRAY_H
#define SHIM_LINUX_XARRAY_H

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/err.h>
#include <linux/types.h>

#define SHIM_XARRAY	64

struct xarray {
	void *entry[SHIM_XARRAY];
	bool accounted;		/* else the kernel's own nodes are charged to nobody, whatever a store says */
};

static inline void *xa_load(const struct xarray *xa, unsigned long index)
{
	return index < SHIM_XARRAY ? xa->entry[index] : NULL;
}

static inline void xa_init(struct xarray *xa)
{
	*xa = (struct xarray) { .accounted = false };
}

#define XA_FLAGS_ACCOUNT	1

static inline void xa_init_flags(struct xarray *xa, unsigned int flags)
{
	xa_init(xa);
	xa->accounted = flags & XA_FLAGS_ACCOUNT;
}

/* The entry before, or an errno. */
static inline void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	void *node = shim_gfp_alloc(1, 0, gfp), *old;

	if ((gfp & __GFP_ACCOUNT) && !xa->accounted)
		shim_die("charges an array's nodes to nobody");
	shim_free(node);
	if (!node || index >= SHIM_XARRAY)
		return ERR_PTR(-ENOMEM);
	old = xa->entry[index];
	xa->entry[index] = entry;
	return old;
}

static inline int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	if (xa_load(xa, index))
		return -EBUSY;
	return IS_ERR(xa_store(xa, index, entry, gfp)) ? -ENOMEM : 0;
}

/* Room for an entry, so that its store needs no memory: a store of the shim's always asks. */
static inline int xa_reserve(struct xarray *xa, unsigned long index, gfp_t gfp)
{
	return IS_ERR(xa_store(xa, index, xa_load(xa, index), gfp)) ? -ENOMEM : 0;
}

/* Gives the room back where nothing was stored. */
#define xa_release(xa, index)	((void)(xa), (void)(index))

static inline int xa_err(void *entry)
{
	return IS_ERR(entry) ? (int)PTR_ERR(entry) : 0;
}

static inline void *xa_erase(struct xarray *xa, unsigned long index)
{
	void *old = xa_load(xa, index);

	if (index < SHIM_XARRAY)
		xa->entry[index] = NULL;
	return old;
}

static inline bool xa_empty(const struct xarray *xa)
{
	unsigned int i;

	for (i = 0; i < SHIM_XARRAY; i++)
		if (xa->entry[i])
			return false;
	return true;
}

#define xa_destroy(xa)	xa_init_flags(xa, (xa)->accounted)
#define xa_for_each(xa, i, e)						\
	for ((i) = 0, (e) = xa_load(xa, 0); (i) < SHIM_XARRAY; (i)++, (e) = xa_load(xa, i)) \
		if (e)

#endif
