/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trees by range: a list of ranges, each of which asks for memory.
 */
#ifndef SHIM_LINUX_MAPLE_TREE_H
#define SHIM_LINUX_MAPLE_TREE_H

#include <linux/errno.h>
#include <linux/slab.h>

struct shim_range {
	unsigned long first, last;
	void *entry;
	struct shim_range *next;
};

struct maple_tree {
	struct shim_range *root;
};

#define mt_init(t)		((void)((t)->root = NULL))
#define xa_mk_value(v)		((void *)((unsigned long)(v) << 1 | 1))
#define xa_to_value(e)		((unsigned long)(e) >> 1)

static inline void *mtree_load(const struct maple_tree *t, unsigned long index)
{
	const struct shim_range *r;

	for (r = t->root; r; r = r->next)
		if (index >= r->first && index <= r->last)
			return r->entry;
	return NULL;
}

static inline int mtree_insert_range(struct maple_tree *t, unsigned long first, unsigned long last, void *entry, gfp_t gfp)
{
	struct shim_range *r;

	if (first > last)
		return -EINVAL;
	for (r = t->root; r; r = r->next)
		if (first <= r->last && last >= r->first)
			return -EEXIST;
	r = kmalloc(sizeof(*r), gfp);
	if (!r)
		return -ENOMEM;
	*r = (struct shim_range) { first, last, entry, t->root };
	t->root = r;
	return 0;
}

static inline void mtree_destroy(struct maple_tree *t)
{
	struct shim_range *r;

	while ((r = t->root)) {
		t->root = r->next;
		kfree(r);
	}
}

#endif
