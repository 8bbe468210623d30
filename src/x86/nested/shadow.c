// SPDX-License-Identifier: GPL-2.0
/*
 * Shadow nested page tables as data.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "../npt/table.h"
#include "shadow.h"

int shadow_init(struct shadow *s, unsigned int levels)
{
	s->levels = levels;
	s->root = npt_table_new();
	return s->root ? 0 : -ENOMEM;
}

static void shadow_free_below(u64 *table, unsigned int level)
{
	unsigned int i;

	for (i = 0; level > 1 && i < NPT_ENTRIES; i++)
		if ((table[i] & NPT_PRESENT) && !npt_is_leaf(table[i], level)) {
			u64 *below = __va(table[i] & NPT_ADDR);

			shadow_free_below(below, level - 1);
			free_page((unsigned long)below);
		}
	cond_resched();
}

bool shadow_empty(struct shadow *s)
{
	/* the root has no leaves: blocks are of level 3 at most */
	if (!s->root || !s->tables)
		return false;
	shadow_free_below(s->root, s->levels);
	memset(s->root, 0, PAGE_SIZE);
	s->tables = 0;
	return true;
}

void shadow_free(struct shadow *s)
{
	shadow_empty(s);
	free_page((unsigned long)s->root);
	s->root = NULL;
}

static u64 *shadow_entry(u64 *table, u64 addr, unsigned int level)
{
	return &table[addr >> npt_shift(level) & (NPT_ENTRIES - 1)];
}

/* The table below an entry, made where there is none. */
static u64 *shadow_below(struct shadow *s, u64 *entry, unsigned int level, int *err)
{
	void *page;

	if (*entry & NPT_PRESENT) {
		*err = npt_is_leaf(*entry, level) ? -ENOSPC : 0;
		return __va(*entry & NPT_ADDR);
	}
	page = s->tables < SHADOW_MAX_TABLES ? npt_table_new() : NULL;
	if (!page) {
		*err = s->tables < SHADOW_MAX_TABLES ? -ENOMEM : -ENOSPC;
		return NULL;
	}
	s->tables++;
	*entry = __pa(page) | NPT_TABLE;
	*err = 0;
	return page;
}

static u64 shadow_pte(const struct shadow_page *p, unsigned int level)
{
	u64 frames = BIT_ULL(npt_shift(level) - 12);
	u64 pte = (p->pfn & ~(frames - 1)) << 12 | NPT_PRESENT | NPT_USER | NPT_ACCESSED | p->memory;

	if (p->write)
		pte |= NPT_WRITE | NPT_DIRTY;
	if (!p->exec)
		pte |= NPT_NX;
	return level > 1 ? pte | NPT_LARGE : pte;
}

int shadow_map(struct shadow *s, u64 addr, const struct shadow_page *p)
{
	unsigned int level = p->shift >= 30 ? 3 : p->shift >= 21 ? 2 : 1, l;
	u64 *table = s->root, *entry, old, pte = shadow_pte(p, level);
	int err;

	for (l = s->levels; l > level; l--) {
		table = shadow_below(s, shadow_entry(table, addr, l), l, &err);
		if (err)
			return err;
	}
	entry = shadow_entry(table, addr, level);
	old = *entry;
	/* a table whose pages would have to go */
	if ((old & NPT_PRESENT) && !npt_is_leaf(old, level))
		return -ENOSPC;
	WRITE_ONCE(*entry, pte);
	return (old & NPT_PRESENT) && ((old ^ pte) & ~(NPT_ACCESSED | NPT_DIRTY));
}

u64 shadow_root(const struct shadow *s)
{
	return __pa(s->root);
}
