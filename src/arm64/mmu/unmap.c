// SPDX-License-Identifier: GPL-2.0
/*
 * Leaves and tables that go: cleared, forgotten by the TLBs, paid for and freed, all in one
 * critical section for each slice.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "../../mutant.h"
#include "coherency.h"
#include "walk.h"

static void s2_unmap_bury_leaf(struct s2_walk *walk, u64 pte, int level)
{
	if (!walk->unpaid && !MUTANT(no_clean_at_unmap))
		walk->lines += coherency_leaf_gone(pte, level);
}

/* An entry goes that may have been a fence. */
static void s2_fence_gone(struct s2_tree *tree, u64 pte)
{
	if (s2_is_fenced(pte))
		atomic_dec(&tree->fences);
}

/*
 * Unmap, first pass: take entries away from the walkers. What they were stays in
 * the invalid descriptor until it has been paid for.
 */
static enum s2_visit s2_unmap_kill(struct s2_walk *walk, u64 *ptep, u64 pte, int level)
{
	struct s2_tree *tree = walk->tree;
	bool owes = !walk->unpaid &&
		    (s2_is_table(pte, level) ? !tree->fwb : s2_leaf_owes(pte));

	/* A gigabyte is too much to pay at once: make it 2 MiB blocks, if a table is at hand. */
	if (owes && level == S2_BLOCK_LEVEL && tree->spare) {
		u64 *table = tree->spare;

		tree->spare = NULL;
		hw_pte_write(ptep, 0);
		s2_split(tree, ptep, pte, level, walk->ipa, table);
		return S2_VISIT_AGAIN;
	}
	s2_fence_gone(tree, pte);
	hw_pte_write(ptep, (pte & ~(S2_PTE_VALID | S2_PTE_FENCED)) | S2_PTE_DYING);
	if (!(MUTANT(unmap_old) && s2_is_leaf(pte, level) && !(pte & S2_PTE_AF)))
		s2_walk_changed(walk, pte, level);
	walk->gone += s2_is_leaf(pte, level);
	walk->dying = ptep;
	if (MUTANT(pay_early) && s2_is_leaf(pte, level))
		s2_unmap_bury_leaf(walk, pte, level);
	if (owes && level < S2_LEAF_LEVEL)
		s2_walk_spend(walk, S2_SLICE);
	return S2_VISIT_NEXT;
}

/* Give back a table that no walker reaches any more. */
static void s2_table_retire(struct s2_tree *tree, u64 *table)
{
	if (tree->want_spare && !tree->spare) {
		memset(table, 0, S2_PAGE_SIZE);
		tree->spare = table;
	} else {
		s2_table_drop(tree, table);
	}
}

static void s2_unmap_bury_table(struct s2_walk *walk, u64 *table)
{
	unsigned int i;

	for (i = 0; !walk->tree->fwb && i < S2_ENTRIES; i++) {
		u64 pte = hw_pte_read(&table[i]);

		if (!s2_is_valid(pte))
			continue;
		walk->gone++;
		s2_unmap_bury_leaf(walk, pte, S2_LEAF_LEVEL);
	}
	s2_table_retire(walk->tree, table);
}

/* Unmap, second pass, TLBs know nothing any more: pay, forget, free. */
static enum s2_visit s2_unmap_bury(struct s2_walk *walk, u64 *ptep, u64 pte, int level)
{
	if (level < S2_LEAF_LEVEL && (pte & S2_PTE_TABLE))
		s2_unmap_bury_table(walk, s2_table_of(pte));
	else if (!MUTANT(pay_early))
		s2_unmap_bury_leaf(walk, pte, level);
	hw_pte_write(ptep, 0);
	return S2_VISIT_NEXT;
}

static bool s2_table_is_empty(const u64 *table)
{
	unsigned int i;

	for (i = 0; i < S2_ENTRIES; i++) {
		if (hw_pte_read(&table[i]))
			return false;
	}
	return true;
}

/* The entry of @level for @ipa, or NULL where the way there is shorter. */
static u64 *s2_entry_at(const struct s2_tree *tree, u64 ipa, int level)
{
	u64 *table = tree->pgd;
	int l;

	for (l = tree->start_level; l < level; l++) {
		u64 pte = hw_pte_read(&table[s2_index(tree, ipa, l)]);

		if (!s2_is_table(pte, l))
			return NULL;
		table = s2_table_of(pte);
	}
	return &table[s2_index(tree, ipa, level)];
}

/* Free the tables above level 3 that end at @ipa and are empty. */
static void s2_unmap_reap(struct s2_tree *tree, u64 ipa)
{
	int level;

	for (level = S2_WHOLE_LEVEL - 1; level >= tree->start_level; level--) {
		u64 *ptep, *table, pte;

		if (ipa & (s2_size(level) - 1))
			return;
		ptep = s2_entry_at(tree, ipa - s2_size(level), level);
		pte = ptep ? hw_pte_read(ptep) : 0;
		if (!s2_is_table(pte, level))
			continue;
		table = s2_table_of(pte);
		if (!s2_table_is_empty(table))
			return;
		s2_fence_gone(tree, pte);
		hw_pte_write(ptep, 0);
		/* Walkers may hold the descriptor of the table for any address below it. */
		if (!MUTANT(reap_untold))
			s2_tree_flush(tree);
		s2_table_retire(tree, table);
	}
}

/* Second pass over what the first found between @ipa and @end; one leaf is not looked for again. */
static void s2_unmap_settle(struct s2_walk *walk, u64 ipa, u64 end)
{
	bool apart = MUTANT(unmap_apart) || MUTANT(harvest_alone);

	if (walk->changed == 1 && walk->gone == 1 && !apart) {
		s2_unmap_bury(walk, walk->dying, hw_pte_read(walk->dying), walk->level);
		return;
	}
	walk->ipa = ipa;
	walk->end = end;
	walk->flags = S2_WALK_DYING;
	walk->left = UINT_MAX;
	walk->visit = s2_unmap_bury;
	s2_walk_slice(walk);
}

/* One critical section of s2_unmap(). Return: where it came to. */
static u64 s2_unmap_slice(struct s2_tree *tree, u64 ipa, u64 end, u32 flags, atomic64_t *lines)
{
	struct s2_walk walk = {
		.tree = tree,
		.ipa = ipa,
		.end = end,
		.flags = S2_WALK_TABLES,
		.left = S2_SLICE,
		.visit = s2_unmap_kill,
		.unpaid = flags & S2_RANGE_UNPAID,
	};
	u64 next;

	if (MUTANT(tlbi_early))
		hw_tlbi_vmid(tree);
	s2_walk_slice(&walk);
	next = walk.ipa;
	if (!walk.changed && !(MUTANT(unmap_old) && walk.gone))
		return next;
	if (!MUTANT(tlbi_early))
		s2_walk_flush(&walk);

	if (MUTANT(unmap_apart) || MUTANT(harvest_alone)) {
		write_unlock(tree->lock);
		write_lock(tree->lock);
	}

	s2_unmap_settle(&walk, ipa, next);
	if (walk.lines) {
		hw_dsb_ish();
		atomic64_add(walk.lines, lines);
	}
	atomic64_sub(walk.gone, &tree->leaves);
	return next;
}

/* The first address from @ipa on whose root entry leads anywhere. */
static u64 s2_skip_empty(const struct s2_tree *tree, u64 ipa, u64 end)
{
	int level = tree->start_level;
	u64 size = s2_size(level);
	u64 *ptep = &tree->pgd[s2_index(tree, ipa, level)];

	if (ipa < end && !hw_pte_read(ptep)) {
		ipa = s2_align_down(ipa, level);
		do {
			ipa += size;
			ptep++;
		} while (ipa < end && !hw_pte_read(ptep));
	}
	return min(ipa, end);
}

/* One critical section of an unmap, the write side held. Return: where it came to. */
static u64 s2_unmap_next(struct s2_tree *tree, u64 ipa, u64 end, u32 flags, atomic64_t *lines)
{
	u64 border;

	lockdep_assert_held_write(tree->lock);
	ipa = s2_skip_empty(tree, ipa, end);
	if (ipa == end)
		return end;
	/* A slice ends where a table may have become empty. */
	border = s2_align_down(ipa, S2_BLOCK_LEVEL) + s2_size(S2_BLOCK_LEVEL);
	ipa = s2_unmap_slice(tree, ipa, min(end, border), flags, lines);
	s2_unmap_reap(tree, ipa);
	return ipa;
}

void s2_unmap_held(struct s2_tree *tree, atomic64_t *lines)
{
	u32 flags = MUTANT(drop_unpaid) ? S2_RANGE_UNPAID : 0;
	u64 ipa = 0;

	lockdep_assert_held_write(tree->lock);
	while (ipa < s2_limit(tree))
		ipa = s2_unmap_next(tree, ipa, s2_limit(tree), flags, lines);
}

/* Have a table for the next 1 GiB block that goes away. */
static void s2_spare_refill(struct s2_tree *tree, gfp_t gfp)
{
	u64 *table;

	if (!READ_ONCE(tree->want_spare) || READ_ONCE(tree->spare))
		return;
	table = s2_table_new(tree, gfp);
	if (!table)
		return;
	write_lock(tree->lock);
	swap(tree->spare, table);
	write_unlock(tree->lock);
	if (table)
		s2_table_drop(tree, table);
}

bool s2_spare_ready(struct s2_tree *tree)
{
	WRITE_ONCE(tree->want_spare, true);
	s2_spare_refill(tree, GFP_KERNEL_ACCOUNT);
	return READ_ONCE(tree->spare);
}

void s2_unmap(struct s2_tree *tree, u64 ipa, u64 len, u32 flags, atomic64_t *lines)
{
	u64 end = s2_clip(tree, ipa, len);

	while (ipa < end) {
		/* The caller may stand in memory reclaim. */
		s2_spare_refill(tree, GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT);
		write_lock(tree->lock);
		ipa = s2_unmap_next(tree, ipa, end, flags, lines);
		write_unlock(tree->lock);
		if (ipa < end && (flags & S2_RANGE_SLEEP))
			cond_resched();
	}
}
