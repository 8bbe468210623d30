// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page tables as data: install, change ranges, prune, free. Tables stay until the VM
 * goes or a block takes their place.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "../../mutant.h"
#include "table.h"

#define TABLE_SLICE	512	/* entries looked at under one hold of the lock */

void *npt_table_new(void)
{
	return (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
}

static u64 *table_at(u64 pte)
{
	return __va(pte & NPT_ADDR);
}

static unsigned int table_index(u64 gpa, unsigned int level)
{
	return (gpa >> npt_shift(level)) & (NPT_ENTRIES - 1);
}

int npt_spares_fill(struct npt *npt, struct npt_spares *s)
{
	while (s->n < npt->levels - 1) {
		void *page = npt_table_new();

		if (!page)
			return -ENOMEM;
		s->page[s->n++] = page;
	}
	return 0;
}

void npt_spares_free(struct npt_spares *s)
{
	while (s->n)
		free_page((unsigned long)s->page[--s->n]);
}

/* The table below an entry, made where there is none: -EEXIST where a block stands, -ENOSPC without a spare. */
static u64 *table_below(struct npt *npt, u64 *entry, unsigned int level, struct npt_spares *s)
{
	u64 pte = READ_ONCE(*entry);

	if (npt_is_leaf(pte, level))
		return ERR_PTR(-EEXIST);
	if (!(pte & NPT_PRESENT)) {
		if (!s || !s->n)
			return ERR_PTR(-ENOSPC);
		pte = __pa(s->page[--s->n]) | NPT_TABLE;
		atomic64_inc(&npt->stats.tables);
		WRITE_ONCE(*entry, pte);
	}
	return table_at(pte);
}

int npt_install(struct npt *npt, u64 gpa, u64 pte, unsigned int level, struct npt_spares *s)
{
	u64 *table = npt->root, *entry, old;
	unsigned int l;

	lockdep_assert_held(&npt->lock);
	for (l = npt->levels; l > level; l--) {
		table = table_below(npt, &table[table_index(gpa, l)], l, s);
		if (IS_ERR(table))
			return PTR_ERR(table);
	}
	entry = &table[table_index(gpa, level)];
	old = READ_ONCE(*entry);
	if ((old & NPT_PRESENT) &&
	    (!npt_is_leaf(old, level) || ((old ^ pte) & NPT_ADDR)))
		return -EEXIST;
	/* hardware may set A and D meanwhile; a permission it has it keeps */
	while (!try_cmpxchg64(entry, &old, pte | (old & (NPT_ACCESSED | NPT_DIRTY | NPT_WRITE))))
		;
	return 0;
}

/* Where the next leaf at or after @gpa may be: its entry, or NULL and the address to go on at. */
static u64 *table_next(struct npt *npt, u64 *gpa, unsigned int *level)
{
	u64 *table = npt->root, *entry;
	unsigned int l;

	for (l = npt->levels; ; l--) {
		u64 pte;

		entry = &table[table_index(*gpa, l)];
		pte = READ_ONCE(*entry);
		if (npt_is_leaf(pte, l)) {
			*level = l;
			return entry;
		}
		if (!(pte & NPT_PRESENT)) {
			*gpa = (*gpa | (BIT_ULL(npt_shift(l)) - 1)) + 1;
			return NULL;
		}
		table = table_at(pte);
	}
}

static bool table_change(struct npt *npt, u64 *entry, unsigned int level, npt_leaf_fn fn)
{
	u64 old = READ_ONCE(*entry), new;

	do {
		new = fn(old, level);
	} while (new != old && !try_cmpxchg64(entry, &old, new));
	if (!(new & NPT_PRESENT))
		npt->taken++;
	return new != old;
}

bool npt_walk(struct npt *npt, u64 gpa, u64 end, npt_leaf_fn fn, bool may_sleep)
{
	bool changed = false;

	while (gpa < end) {
		unsigned int n, level;
		u64 *entry;

		spin_lock(&npt->lock);
		for (n = 0; n < TABLE_SLICE && gpa < end; n++) {
			entry = table_next(npt, &gpa, &level);
			if (!entry)
				continue;
			changed |= table_change(npt, entry, level, fn);
			gpa = (gpa | (BIT_ULL(npt_shift(level)) - 1)) + 1;
		}
		spin_unlock(&npt->lock);
		if (may_sleep)
			cond_resched();
	}
	return changed;
}

bool npt_any(struct npt *npt, u64 gpa, u64 end, u64 bits)
{
	bool found = false;

	while (gpa < end && !found) {
		unsigned int n, level;
		u64 *entry;

		spin_lock(&npt->lock);
		for (n = 0; n < TABLE_SLICE && gpa < end && !found; n++) {
			entry = table_next(npt, &gpa, &level);
			if (!entry)
				continue;
			found = READ_ONCE(*entry) & bits;
			gpa = (gpa | (BIT_ULL(npt_shift(level)) - 1)) + 1;
		}
		spin_unlock(&npt->lock);
	}
	return found;
}

bool npt_copy(struct npt *npt, u64 gpa, bool write, struct npt_copy *copy)
{
	unsigned int level = 0;
	bool found = false;
	u64 at = gpa, *entry, pte;

	if (gpa >> npt_shift(npt->levels + 1))
		return false;
	spin_lock(&npt->lock);
	entry = table_next(npt, &at, &level);
	pte = entry ? READ_ONCE(*entry) : 0;
	/* hardware may set bits meanwhile; whoever takes the entry away has the lock */
	while (entry && (!write || (pte & NPT_WRITE)) && !found)
		found = try_cmpxchg64(entry, &pte, pte | NPT_ACCESSED | (write ? NPT_DIRTY : 0));
	spin_unlock(&npt->lock);
	if (!found)
		return false;
	*copy = (struct npt_copy) {
		.pfn = ((pte & NPT_ADDR & ~(BIT_ULL(npt_shift(level)) - 1)) |
			(gpa & (BIT_ULL(npt_shift(level)) - 1))) >> GMEM_PAGE_SHIFT,
		.shift = npt_shift(level),
		.write = pte & NPT_WRITE,
		.memory = pte & (NPT_PWT | NPT_PCD),
	};
	return true;
}

void npt_prune(struct npt *npt, u64 gpa, unsigned int level)
{
	u64 *table = npt->root, *entry, pte;
	unsigned int l;

	spin_lock(&npt->lock);
	for (l = npt->levels; l > level; l--) {
		pte = READ_ONCE(table[table_index(gpa, l)]);
		if (!(pte & NPT_PRESENT) || npt_is_leaf(pte, l)) {
			spin_unlock(&npt->lock);
			return;
		}
		table = table_at(pte);
	}
	entry = &table[table_index(gpa, level)];
	pte = xchg(entry, 0);
	/* with all that is below */
	if (pte & NPT_PRESENT)
		npt->taken++;
	spin_unlock(&npt->lock);
	if (!(pte & NPT_PRESENT))
		return;
	if (!MUTANT(npt_table_unflushed))
		npt_flush(npt);
	/* nobody walks it any more: a vCPU that did has left its guest since */
	if (level > 1 && !(pte & NPT_LARGE)) {
		u64 *below = table_at(pte);
		unsigned int i;

		for (i = 0; level > 2 && i < NPT_ENTRIES; i++)
			if ((below[i] & NPT_PRESENT) && !npt_is_leaf(below[i], level - 1)) {
				free_page((unsigned long)table_at(below[i]));
				atomic64_dec(&npt->stats.tables);
			}
		free_page((unsigned long)below);
		atomic64_dec(&npt->stats.tables);
	}
}

static void table_free(u64 *table, unsigned int level)
{
	unsigned int i;

	for (i = 0; level > 1 && i < NPT_ENTRIES; i++)
		if ((table[i] & NPT_PRESENT) && !npt_is_leaf(table[i], level))
			table_free(table_at(table[i]), level - 1);
	free_page((unsigned long)table);
	cond_resched();
}

void npt_free_tables(struct npt *npt)
{
	if (npt->root)
		table_free(npt->root, npt->levels);
	npt->root = NULL;
}
