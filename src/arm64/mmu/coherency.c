// SPDX-License-Identifier: GPL-2.0
/*
 * How memory is maintained: before a map, when a leaf goes, over all that a tree
 * maps. When, and for whom, is side.c's.
 *
 * Without FEAT_S2FWB a guest can reach any page past the caches (its MMU off,
 * or Non-cacheable in its stage 1): what the host or another guest
 * left in the caches must be at the PoC before it is mapped, and what the
 * guest left there must be what the host reads after it is unmapped.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "../../mutant.h"
#include "coherency.h"
#include "walk.h"

/* One piece of a large block: a few hundred microseconds of maintenance. */
#define COHERENCY_PIECE		s2_size(2)

void coherency_icache(struct mmu_stats *stats)
{
	hw_icache_inval_all();
	hw_dsb_ish();
	atomic64_inc(&stats->icache_invals);
}

typedef u64 (*coherency_op)(void *kva, size_t len);

static u64 coherency_each_piece(u64 phys, u64 size, coherency_op op)
{
	u64 done, lines = 0;

	for (done = 0; done < size; done += COHERENCY_PIECE) {
		u64 part = min(size - done, COHERENCY_PIECE);
		void *kva = hw_kva(phys + done);

		/* What has no kernel address is mapped as Device: not here. */
		if (!kva)
			break;
		lines += op(kva, part - (MUTANT(short_map) ? S2_PAGE_SIZE / 2 : 0));
		cond_resched();
	}
	if (!MUTANT(no_dsb_at_map))
		hw_dsb_ish();
	return lines;
}

u32 coherency_owed(const struct mmu *mmu, u32 flags)
{
	if (mmu->policy == MMU_NONE)
		return 0;
	if (mmu->policy == MMU_FWB)
		flags &= ~COHERENCY_FRESH;
	if (hw_features.idc && hw_features.dic)
		flags &= ~COHERENCY_EXEC;
	return flags;
}

static u32 coherency_mutated(u32 flags)
{
	if (MUTANT(no_clean_at_map) || MUTANT(clean_by_faulter))
		flags &= ~COHERENCY_FRESH;
	if (MUTANT(no_icache_at_map))
		flags &= ~COHERENCY_EXEC;
	return flags;
}

/* What is done to the lines of new memory, and where they are counted. NULL: nothing. */
static coherency_op coherency_of_map(struct mmu_stats *stats, u32 flags, atomic64_t **lines)
{
	/* The PoC lies behind the PoU: what is clean there is clean for fetches. */
	*lines = flags & COHERENCY_FRESH ? &stats->lines_map : &stats->lines_exec;
	if (flags & COHERENCY_FRESH)
		return hw_clean_inval_poc;
	return flags & COHERENCY_EXEC && !hw_features.idc ? hw_clean_pou : NULL;
}

void coherency_before_map(struct mmu *mmu, u64 phys, u64 size, u32 flags)
{
	atomic64_t *lines;
	coherency_op op;

	flags = coherency_mutated(flags);
	op = coherency_of_map(&mmu->stats, flags, &lines);
	if (op)
		atomic64_add(coherency_each_piece(phys, size, op), lines);
	if ((flags & COHERENCY_EXEC) && !hw_features.dic)
		coherency_icache(&mmu->stats);
}

void coherency_before_map_held(struct mmu *mmu, const u64 *pfn, unsigned int n, u32 flags)
{
	unsigned int i, paid = MUTANT(near_unpaid) ? 1 : n;
	atomic64_t *lines;
	coherency_op op;
	u64 done = 0;

	flags = coherency_mutated(flags);
	op = coherency_of_map(&mmu->stats, flags, &lines);
	if (op) {
		for (i = 0; i < paid; i++)
			done += op(hw_kva_normal(pfn[i] << S2_PAGE_SHIFT),
				   S2_PAGE_SIZE / (MUTANT(short_map) ? 2 : 1));
		if (!MUTANT(no_dsb_at_map))
			hw_dsb_ish();
		atomic64_add(done, lines);
	}
	if ((flags & COHERENCY_EXEC) && !hw_features.dic)
		coherency_icache(&mmu->stats);
}

u64 coherency_leaf_gone(u64 pte, int level)
{
	if (!s2_leaf_owes(pte))
		return 0;
	return hw_clean_inval_poc(hw_kva_normal(s2_output(pte, level)),
				  s2_size(level) - (MUTANT(short_gone) ? S2_PAGE_SIZE / 2 : 0));
}

/* Clean and invalidate what one leaf maps, of a large block only the piece at walk->ipa. */
static enum s2_visit coherency_clean_leaf(struct s2_walk *walk, u64 *ptep, u64 pte, int level)
{
	u64 piece, phys;

	if (!s2_leaf_owes(pte))
		return S2_VISIT_NEXT;
	if (level == S2_LEAF_LEVEL) {
		walk->lines += coherency_leaf_gone(pte, level);
		return S2_VISIT_NEXT;
	}
	if (!MUTANT(no_slices))
		walk->left = 0;
	piece = walk->ipa & ~(COHERENCY_PIECE - 1);
	phys = s2_output(pte, level) + (piece & (s2_size(level) - 1));
	walk->lines += hw_clean_inval_poc(hw_kva_normal(phys), COHERENCY_PIECE -
					  (MUTANT(short_piece) ? S2_PAGE_SIZE : 0));
	walk->ipa = piece + COHERENCY_PIECE;
	return S2_VISIT_AGAIN;
}

/* The write side keeps away who unmaps: a page that has been given back is not ours to touch. */
static void coherency_clean_slice(struct s2_walk *walk, atomic64_t *lines)
{
	lockdep_assert_held_write(walk->tree->lock);
	walk->left = S2_SLICE;
	walk->lines = 0;
	s2_walk_slice(walk);
	if (walk->lines && !MUTANT(no_dsb_at_clean))
		hw_dsb_ish();
	atomic64_add(walk->lines, lines);
}

int coherency_clean_range(struct s2_tree *tree, u64 ipa, u64 len, u32 flags, atomic64_t *lines)
{
	struct s2_walk walk = {
		.tree = tree,
		.ipa = ipa,
		.end = s2_clip(tree, ipa, len),
		.visit = coherency_clean_leaf,
	};

	while (walk.ipa < walk.end) {
		if (!(flags & S2_RANGE_SLEEP)) {
			coherency_clean_slice(&walk, lines);
			continue;
		}
		write_lock(tree->lock);
		coherency_clean_slice(&walk, lines);
		write_unlock(tree->lock);
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

void mmu_new_epoch(struct mmu *mmu)
{
	write_lock(&mmu->lock);
	WRITE_ONCE(mmu->epoch, mmu->epoch + 1);
	write_unlock(&mmu->lock);
}
