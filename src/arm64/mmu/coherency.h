/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What memory owes to the caches when stage 2 shows it to a guest, or stops to.
 */
#ifndef TABULA_MMU_COHERENCY_H
#define TABULA_MMU_COHERENCY_H

#include <linux/types.h>

#include "table.h"

/* Why memory is maintained before it is installed. */
#define COHERENCY_FRESH	(1U << 0)	/* it was not mapped: all of it to the PoC */
#define COHERENCY_EXEC	(1U << 1)	/* instructions will be fetched from it */

/**
 * mmu_tree_of() - the tree a vCPU runs on
 * @mmu: the VM's
 * @mv: the vCPU
 *
 * Return: the cold tree for who is cold under a policy of two trees, else the one there is.
 */
static inline struct s2_tree *mmu_tree_of(struct mmu *mmu, const struct mmu_vcpu *mv)
{
	return mmu->policy == MMU_TWO_TREE && mv->side == MMU_COLD ?
		&mmu->cold_tree : &mmu->tree;
}

/**
 * coherency_owed() - what of it means work under a policy, on this machine
 * @mmu: the VM's
 * @flags: COHERENCY_*
 *
 * Return: those of @flags that coherency_before_map() does something for.
 */
u32 coherency_owed(const struct mmu *mmu, u32 flags);

/**
 * coherency_before_map() - pay what Normal memory owes before it is installed
 * @mmu: the VM's
 * @phys: physical address
 * @size: bytes
 * @flags: COHERENCY_*, of which coherency_owed() is left
 *
 * Sleeps between pieces of a large block. Complete on return.
 */
void coherency_before_map(struct mmu *mmu, u64 phys, u64 size, u32 flags);

/**
 * coherency_before_map_held() - coherency_before_map() of single pages, without sleep
 * @mmu: the VM's
 * @pfn: their frames, which stay while @mmu->lock is held, for reading at least
 * @n: how many
 * @flags: as there
 *
 * Complete on return.
 */
void coherency_before_map_held(struct mmu *mmu, const u64 *pfn, unsigned int n, u32 flags);

/**
 * coherency_leaf_gone() - pay for memory whose leaf was taken away
 * @pte: the leaf that was
 * @level: its level
 *
 * Its TLB entries are gone. Nothing to pay where s2_leaf_owes() says so.
 * Completed by the caller's hw_dsb_ish(), in the same critical section.
 *
 * Return: lines maintained.
 */
u64 coherency_leaf_gone(u64 pte, int level);

/**
 * coherency_clean_range() - clean and invalidate to the PoC what a tree maps in a range
 * @tree: which
 * @ipa: first address, page aligned
 * @len: bytes; what lies beyond the tree's input addresses is ignored
 * @flags: S2_RANGE_SLEEP: in slices, each under the write side of the tree's lock;
 *	without: the caller holds it, all at once
 * @lines: counter
 *
 * Return: 0, or -EINTR when the thread is being killed (with S2_RANGE_SLEEP).
 */
int coherency_clean_range(struct s2_tree *tree, u64 ipa, u64 len, u32 flags, atomic64_t *lines);

/**
 * coherency_clean_tree() - coherency_clean_range() of all that a tree maps
 * @tree: which
 * @flags: as there
 * @lines: counter
 *
 * Return: as there.
 */
static inline int coherency_clean_tree(struct s2_tree *tree, u32 flags, atomic64_t *lines)
{
	return coherency_clean_range(tree, 0, s2_limit(tree), flags, lines);
}

/**
 * coherency_icache() - invalidate all instruction caches, complete on return
 * @stats: counters
 */
void coherency_icache(struct mmu_stats *stats);

/**
 * mmu_new_epoch() - faults that have cleaned a page already must do so again
 * @mmu: the VM's
 *
 * Takes the write side of @mmu->lock.
 */
void mmu_new_epoch(struct mmu *mmu);

#endif
