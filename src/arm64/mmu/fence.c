// SPDX-License-Identifier: GPL-2.0
/*
 * Execute permission taken from all that a tree maps, in a time that does not grow
 * with it: the root's entries become fences, and a fence moves down as it is met.
 *
 * Stage 2 has no table attribute that forbids execution. A fence is a table descriptor
 * made invalid: the first access below it faults, its entries become fences
 * in their turn, or leaves without execute permission, and the table is valid again.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>

#include "../../mutant.h"
#include "walk.h"

/* What an entry becomes; a fence stays one. */
static u64 s2_fence(u64 pte, int level)
{
	if (s2_is_leaf(pte, level) && !MUTANT(fence_passes_exec))
		return pte | S2_PTE_XN;
	if (s2_is_valid(pte) && s2_is_table(pte, level))
		return (pte & ~S2_PTE_VALID) | S2_PTE_FENCED;
	return pte;
}

/* A leaf of the root, between its two lives. */
static bool s2_is_broken(const struct s2_tree *tree, u64 pte)
{
	return pte && !s2_is_valid(pte) && !s2_is_table(pte, tree->start_level);
}

/*
 * Below a fence a leaf loses its permission while nothing reaches it. One in the root is made
 * invalid itself until the TLBs have forgotten it: on Cortex-A715 the next fault of one
 * that changed in place may be reported wrong (erratum 2645198).
 */
void s2_take_exec(struct s2_tree *tree)
{
	u64 i, n = s2_limit(tree) >> s2_shift(tree->start_level);

	if (MUTANT(no_take_exec))
		return;
	write_lock(tree->lock);
	for (i = 0; i < n; i++) {
		u64 pte = hw_pte_read(&tree->pgd[i]);
		u64 fence = s2_fence(pte, tree->start_level);

		if (fence == pte)
			continue;
		hw_pte_write(&tree->pgd[i], fence & ~S2_PTE_VALID);
		if (s2_is_fenced(fence))
			atomic_inc(&tree->fences);
	}
	if (!MUTANT(fence_untold))
		s2_tree_flush(tree);
	for (i = 0; i < n; i++) {
		u64 pte = hw_pte_read(&tree->pgd[i]);

		if (s2_is_broken(tree, pte))
			hw_pte_publish(&tree->pgd[i], pte | S2_PTE_VALID);
	}
	write_unlock(tree->lock);
}

/*
 * Nobody is below a fence that we have locked, but for who sets an access flag that
 * an older fault asked for.
 */
static void s2_fence_moves_down(struct s2_tree *tree, u64 *ptep, u64 fence, int level)
{
	u64 *table = s2_table_of(fence);
	unsigned int i;

	lockdep_assert_held_read(tree->lock);
	for (i = 0; i < S2_ENTRIES; i++) {
		u64 pte = hw_pte_read(&table[i]);

		while (pte && !hw_pte_cmpxchg(&table[i], &pte, s2_fence(pte, level + 1)))
			;
		if (s2_is_valid(pte) && s2_is_table(pte, level + 1))
			atomic_inc(&tree->fences);
	}
	hw_pte_publish(ptep, (fence & ~S2_PTE_FENCED) | S2_PTE_VALID);
	/* last: while one moves, others do not take the tree for free of them */
	atomic_dec(&tree->fences);
	atomic64_inc(&tree->stats->fences);
}

bool s2_unfence(struct s2_tree *tree, u64 ipa)
{
	u64 *table = tree->pgd;
	bool met = false;
	int level;

	if (!atomic_read(&tree->fences))
		return false;
	read_lock(tree->lock);
	for (level = tree->start_level; level < S2_LEAF_LEVEL; level++) {
		u64 *ptep = &table[s2_index(tree, ipa, level)];
		u64 pte = hw_pte_read(ptep);

		if (s2_is_fenced(pte)) {
			met = true;
			if (!hw_pte_cmpxchg(ptep, &pte, S2_PTE_LOCKED))
				break;
			s2_fence_moves_down(tree, ptep, pte, level);
		} else if (!s2_is_table(pte, level)) {
			/* another is at it: that much is known without a look at the page */
			met |= pte == S2_PTE_LOCKED;
			break;
		}
		table = s2_table_of(pte);
	}
	if (met)
		hw_dsb_ishst();
	read_unlock(tree->lock);
	return met;
}
