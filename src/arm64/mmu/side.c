// SPDX-License-Identifier: GPL-2.0
/*
 * Which side of the caches each vCPU is on, and what it owes when it changes.
 *
 * With the MMU off a vCPU reads and writes memory at the PoC, while everybody else
 * sees it through the caches. With two trees such vCPUs have one of their own, the cold tree: what
 * it maps is small, known, and all there is to pay for. It lives from the
 * first cold vCPU to the last. See docs/coherency.md.
 *
 * mmu->sides is held over each change of sides, so that the tree's harvest (pay, keep),
 * its drop (take away and pay, in one critical section for each batch of leaves), and the
 * count of cold vCPUs belong together. It is never held by who unmaps.
 */
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "../../mutant.h"
#include "coherency.h"
#include "walk.h"

static bool side_is_two_trees(const struct mmu *mmu)
{
	return mmu->policy == MMU_TWO_TREE;
}

/* Is it known, and does it matter, which side a vCPU is on? */
static bool side_is_tracked(const struct mmu *mmu)
{
	return mmu->policy != MMU_NONE && mmu->policy != MMU_FWB;
}

u32 mmu_vcpu_traps(const struct mmu *mmu, const struct mmu_vcpu *mv)
{
	u32 traps = 0;

	if (mmu->policy == MMU_FWB)
		return MMU_MAKE_FWB;
	if (!side_is_tracked(mmu) || MUTANT(no_tvm))
		return 0;
	traps = mv->side == MMU_WARM ? MMU_TRAP_SCTLR : MMU_TRAP_STAGE1;
	if (mmu->policy == MMU_DC && mv->side == MMU_COLD)
		traps |= MMU_MAKE_CACHED;
	return traps;
}

bool mmu_cold_inside(struct mmu *mmu, struct mmu_vcpu *mv)
{
	if (MUTANT(no_ttlb))
		return false;
	if (atomic_read(&mmu->warm))
		return true;
	if (MUTANT(inside_late)) {
		mv->untrapped = true;
		atomic_inc(&mmu->untrapped);
		return false;
	}
	/* pairs with side_arm(): it sees that we are inside, or we see it */
	atomic_inc(&mmu->untrapped);
	smp_mb__after_atomic();	/* as said above */
	mv->untrapped = !atomic_read(&mmu->warm);
	if (!mv->untrapped)
		atomic_dec(&mmu->untrapped);
	return !mv->untrapped;
}

static void side_disarm(struct mmu *mmu)
{
	atomic_dec(&mmu->warm);
}

/*
 * A vCPU is about to be no longer cold. From here on TLBIs of the others trap, and they do
 * so everywhere once all have come out who are inside without. What these did before
 * never reached the VMID of the warm tree: that is flushed before anybody uses it.
 */
static int side_arm(struct mmu *mmu, struct mmu_vcpu *mv, bool may_wait)
{
	lockdep_assert_held(&mmu->sides);
	if (atomic_inc_return(&mmu->warm) > 1)
		return 0;
	if (atomic_read(&mmu->untrapped) && !MUTANT(arm_unwaited)) {
		if (!may_wait) {
			side_disarm(mmu);
			return -EAGAIN;
		}
		mmu->kick(mmu);
		/* as long as an interrupt takes: they go in no more */
		atomic_cond_read_acquire(&mmu->untrapped, !VAL);
	}
	if (!MUTANT(arm_unflushed))
		mv->owes |= MMU_OWES_FLUSH;
	return 0;
}

static void side_flush(struct mmu *mmu, struct s2_tree *tree)
{
	hw_tlbi_vmid(tree);
	atomic64_inc(&mmu->stats.tlbi_all);
}

/*
 * Faults on the cold tree that have cleaned their page already start again. What the warm
 * tree is about to map outlives a drop as what it maps does.
 */
static void side_drop_begins(struct mmu *mmu)
{
	lockdep_assert_held_write(&mmu->lock);
	WRITE_ONCE(mmu->cold_epoch, mmu->cold_epoch + 1);
	if (MUTANT(drop_for_all))
		WRITE_ONCE(mmu->epoch, mmu->epoch + 1);
}

/* Take the cold tree away. Who is cold faults again, and finds each page cleaned. */
static void side_drop(struct mmu *mmu, atomic64_t *lines)
{
	u32 flags = S2_RANGE_SLEEP | (MUTANT(drop_unpaid) ? S2_RANGE_UNPAID : 0);

	write_lock(&mmu->lock);
	if (!MUTANT(drop_no_epoch))
		side_drop_begins(mmu);
	write_unlock(&mmu->lock);
	if (!atomic64_read(&mmu->cold_tree.leaves))
		return;
	s2_unmap(&mmu->cold_tree, 0, s2_limit(&mmu->cold_tree), flags, lines);
	atomic64_inc(&mmu->stats.drops);
}

/* Pay for all that the tree of the warm maps; faults in flight pay again. */
static int side_clean_warm(struct mmu *mmu, atomic64_t *lines)
{
	if (MUTANT(no_clean_at_mmu_on))
		return 0;
	mmu_new_epoch(mmu);
	return coherency_clean_tree(&mmu->tree, S2_RANGE_SLEEP, lines);
}

static void side_count_out(struct mmu *mmu, struct mmu_vcpu *mv)
{
	mmu->cold--;
	mv->counted = false;
}

static void side_join(struct mmu *mmu, struct mmu_vcpu *mv)
{
	lockdep_assert_held(&mmu->sides);
	if (mv->owes & MMU_OWES_JOIN) {
		mmu->cold++;
		mv->counted = true;
	}
	mv->owes &= ~MMU_OWES_JOIN;
}

static void side_set_owing(struct mmu *mmu, struct mmu_vcpu *mv, bool owes)
{
	bool did = mv->owes & MMU_OWES_ALL;

	lockdep_assert(lockdep_is_held(&mmu->sides) || MUTANT(harvest_alone));
	if (owes == did)
		return;
	WRITE_ONCE(mmu->owing, owes ? mmu->owing + 1 : mmu->owing - 1);
	mv->owes ^= MMU_OWES_ALL;
	/* before it writes past the caches: who has taken write permission away looks at it */
	smp_mb();
}

/*
 * mv->side is MMU_COLD and counted: pay for what the cold have written, and count it out.
 * Not paid for entirely, it stays counted: -EINTR.
 */
static int side_leave_cold(struct mmu *mmu, struct mmu_vcpu *mv)
{
	int ret = 0;

	lockdep_assert_held(&mmu->sides);
	if (mv->owes & MMU_OWES_JOIN) {		/* it never ran cold */
		mv->owes &= ~MMU_OWES_JOIN;
		return 0;
	}
	if (mmu->cold == 1)
		side_drop(mmu, &mmu->stats.lines_warm);
	else if (!MUTANT(no_harvest))
		ret = coherency_clean_tree(&mmu->cold_tree, S2_RANGE_SLEEP,
					   &mmu->stats.lines_warm);
	if (!ret)
		side_count_out(mmu, mv);
	return ret;
}

/* A guest may rely on a TLB that is clean after reset; the VMID has seen other lives. */
static void side_flush_owed(struct mmu *mmu, struct mmu_vcpu *mv)
{
	if ((mv->owes & MMU_OWES_FLUSH) && !MUTANT(no_reset_flush))
		side_flush(mmu, &mmu->tree);
	mv->owes &= ~MMU_OWES_FLUSH;
}

/* With two trees: everything that must have happened before @side counts. */
static int side_change_trees(struct mmu *mmu, struct mmu_vcpu *mv, enum mmu_side side, u32 flags)
{
	bool past = side != MMU_WARM;	/* it will write past the caches */
	bool owes = mv->owes & MMU_OWES_ALL;
	bool up = mv->side == MMU_COLD && side != MMU_COLD;
	int ret = 0;

	if (up)
		side_arm(mmu, mv, true);
	/*
	 * All that the warm tree maps is paid where it is written past the caches from
	 * now on, and where nobody knows what was.
	 */
	if ((owes && !past) || (side == MMU_UNCACHED && mv->side != MMU_UNCACHED))
		ret = side_clean_warm(mmu, &mmu->stats.lines_warm);
	if (!ret && mv->side == MMU_COLD)
		ret = side_leave_cold(mmu, mv);
	if (ret) {
		if (up)
			side_disarm(mmu);
		return ret;
	}
	if (side == MMU_COLD) {
		mv->owes |= MMU_OWES_JOIN;
		side_disarm(mmu);
	}
	if (side != MMU_COLD)
		side_flush_owed(mmu, mv);
	/* Seen, or uncached on the warm tree: it may have written anywhere. */
	side_set_owing(mmu, mv, past && (side == MMU_UNCACHED || owes || (flags & MMU_SEEN)));
	side_join(mmu, mv);
	return 0;
}

/* With HCR_EL2.DC only stage-1 attributes, or a change nobody saw, lead past the caches. */
static int side_change_dc(struct mmu *mmu, struct mmu_vcpu *mv, enum mmu_side side, u32 flags)
{
	bool owes = mv->owes & MMU_OWES_ALL;
	int ret = 0;

	if ((owes && side == MMU_WARM) || side == MMU_UNCACHED)
		ret = side_clean_warm(mmu, &mmu->stats.lines_warm);
	if (ret)
		return ret;
	/* DC may be cached with translations */
	if ((side == MMU_COLD) != (mv->side == MMU_COLD) && !MUTANT(no_dc_flush))
		side_flush(mmu, &mmu->tree);
	side_set_owing(mmu, mv, side != MMU_WARM &&
		       (side == MMU_UNCACHED || owes || (flags & MMU_SEEN)));
	return 0;
}

/*
 * With one tree: all that is mapped is paid when caches come on; and when they go off, if that
 * is known in time. Later it would put what the guest has left in the caches over
 * what it has written past them since.
 */
static int side_change_one(struct mmu *mmu, struct mmu_vcpu *mv, enum mmu_side side, u32 flags)
{
	bool off = mv->side == MMU_WARM && !(flags & MMU_SEEN) && !MUTANT(no_clean_at_mmu_off);
	int ret = 0;

	if (mmu->policy == MMU_DC)
		return side_change_dc(mmu, mv, side, flags);
	if (side == MMU_WARM || off)
		ret = side_clean_warm(mmu, &mmu->stats.lines_warm);
	if (!ret)
		side_set_owing(mmu, mv, side != MMU_WARM);
	return ret;
}

static void side_set(struct mmu *mmu, struct mmu_vcpu *mv, enum mmu_side side)
{
	if (side == MMU_WARM)
		atomic64_inc(&mmu->stats.warm_ups);
	else if (mv->side == MMU_WARM)
		atomic64_inc(&mmu->stats.cool_downs);
	mv->side = side;
}

/*
 * A page that a running invalidation has taken out of one tree is in nobody's
 * books until it is out of the other: do not change sides between.
 */
static int side_wait_quiet(struct mmu *mmu, bool may_sleep)
{
	if (MUTANT(no_quiet) || MUTANT(cold_first))
		return 0;
	return gmem_inval_wait(&mmu->gmem, 0, ULONG_MAX, may_sleep);
}

/* A vCPU leaves the cold ones: what they owe, if it is little. */
static bool side_leave_cold_nowait(struct mmu *mmu, struct mmu_vcpu *mv)
{
	atomic64_t *lines = &mmu->stats.lines_warm;
	u64 most = MUTANT(fast_unbounded) ? U64_MAX : MMU_FAST_PAGES;

	lockdep_assert_held(&mmu->sides);
	if (!write_trylock(&mmu->lock))
		return false;
	if ((u64)atomic64_read(&mmu->cold_tree.leaves) > most) {
		write_unlock(&mmu->lock);
		return false;
	}
	if (mmu->cold == 1) {
		side_drop_begins(mmu);
		s2_unmap_held(&mmu->cold_tree, lines);
		atomic64_inc(&mmu->stats.drops);
	} else if (!MUTANT(hurry_no_harvest)) {
		coherency_clean_tree(&mmu->cold_tree, 0, lines);
	}
	side_count_out(mmu, mv);
	write_unlock(&mmu->lock);
	return true;
}

/* The common case, little to pay: at once, or not at all. @mmu->sides is held. */
static int side_change_nowait(struct mmu *mmu, struct mmu_vcpu *mv, enum mmu_side side)
{
	if (!side_is_two_trees(mmu) || side != MMU_WARM || mv->side != MMU_COLD ||
	    mv->owes & (MMU_OWES_ALL | MMU_OWES_JOIN) || side_wait_quiet(mmu, false) ||
	    side_arm(mmu, mv, false))
		return -EAGAIN;
	if (!side_leave_cold_nowait(mmu, mv)) {
		side_disarm(mmu);
		return -EAGAIN;
	}
	side_flush_owed(mmu, mv);
	atomic64_inc(&mmu->stats.warm_ups_fast);
	side_set(mmu, mv, side);
	return 0;
}

static int side_change(struct mmu *mmu, struct mmu_vcpu *mv, enum mmu_side side, u32 flags)
{
	int ret;

	lockdep_assert_held(&mmu->sides);
	if (!side_is_two_trees(mmu)) {
		ret = side_change_one(mmu, mv, side, flags);
	} else {
		if (MUTANT(switch_early))
			mv->side = side;
		ret = side_wait_quiet(mmu, true);
		if (!ret)
			ret = side_change_trees(mmu, mv, side, flags);
	}
	if (!ret)
		side_set(mmu, mv, side);
	return ret;
}

void mmu_vcpu_strayed(struct mmu *mmu, struct mmu_vcpu *mv)
{
	if (!side_is_tracked(mmu) || mv->owes & MMU_OWES_ALL)
		return;
	mutex_lock(&mmu->sides);
	side_set_owing(mmu, mv, true);
	mutex_unlock(&mmu->sides);
	/* what the VMM has copied since it was not to be trusted: once more */
	if (!MUTANT(stray_unlogged))
		gmem_mark_all_dirty(&mmu->gmem);
}

int mmu_vcpu_sctlr(struct mmu *mmu, struct mmu_vcpu *mv, u64 sctlr, u32 flags)
{
	enum mmu_side side = mmu_side_of(sctlr);
	int ret = 0;

	if (side == mv->side)
		return 0;
	if ((flags & MMU_SEEN) && mv->side == MMU_WARM)
		mmu_vcpu_strayed(mmu, mv);
	if (!(flags & MMU_NOWAIT))
		mutex_lock(&mmu->sides);
	else if (!mutex_trylock(&mmu->sides))
		return -EAGAIN;
	/* what is counted by side is counted by policy */
	mmu->started = true;
	if (!side_is_tracked(mmu))
		mv->side = side;
	else if (flags & MMU_NOWAIT)
		ret = side_change_nowait(mmu, mv, side);
	else
		ret = side_change(mmu, mv, side, flags);
	mutex_unlock(&mmu->sides);
	return ret;
}

static void side_out_of_reset(struct mmu *mmu, struct mmu_vcpu *mv)
{
	/* one that is counted stays so: its debts are older than this */
	if (!mv->counted)
		mv->owes |= MMU_OWES_JOIN;
	if (side_is_two_trees(mmu) && mv->side != MMU_COLD)
		side_disarm(mmu);
	mv->side = MMU_COLD;
	/* with one tree the flush is due before it runs, whatever its side was */
	mv->owes |= MMU_OWES_FLUSH | (MUTANT(start_unlooked) ? 0 : MMU_OWES_START);
}

void mmu_vcpu_reset(struct mmu *mmu, struct mmu_vcpu *mv)
{
	side_out_of_reset(mmu, mv);
	mv->owes |= MMU_OWES_RESET;
	if (MUTANT(paid_at_init))
		mmu_vcpu_enter_slow(mmu, mv);
}

void mmu_vcpu_start(struct mmu *mmu, struct mmu_vcpu *mv)
{
	side_out_of_reset(mmu, mv);
}

/* What the next life fetches: the caches of instructions, and what keeps leaves from faulting. */
static void side_reset_exec(struct mmu *mmu)
{
	bool all_clean = mmu->policy == MMU_UNMAP || mmu->policy == MMU_CLEAN;

	if (!all_clean && !hw_features.idc) {
		/* faults that have cleaned their page for fetches already start again */
		mmu_new_epoch(mmu);
		s2_take_exec(&mmu->tree);
	}
	if (!hw_features.dic && !MUTANT(no_icache_at_reset))
		coherency_icache(&mmu->stats);
}

static int side_reset_data(struct mmu *mmu, struct mmu_vcpu *mv)
{
	struct mmu_stats *stats = &mmu->stats;

	switch (mmu->policy) {
	case MMU_UNMAP:
		if (MUTANT(no_unmap_at_reset))
			return 0;
		mmu_new_epoch(mmu);
		s2_unmap(&mmu->tree, 0, s2_limit(&mmu->tree), S2_RANGE_SLEEP, &stats->lines_reset);
		return 0;
	case MMU_CLEAN:
		if (MUTANT(no_clean_at_reset))
			return 0;
		mmu_new_epoch(mmu);
		return coherency_clean_tree(&mmu->tree, S2_RANGE_SLEEP, &stats->lines_reset);
	case MMU_TWO_TREE:
		/* C1 is each vCPU's own: one that comes later drops what another has faulted in */
		if (MUTANT(no_drop_at_reset) || (MUTANT(drop_once) && mmu->cold))
			return 0;
		side_drop(mmu, &stats->lines_reset);
		break;
	case MMU_DC:
		if (!MUTANT(no_dc_flush))
			side_flush(mmu, &mmu->tree);
		break;
	default:
		return 0;
	}
	/* what it wrote past the caches is nobody's once the debt is forgotten */
	if (!(mv->owes & MMU_OWES_ALL) || (mmu->policy == MMU_DC && MUTANT(dc_forgives)))
		return 0;
	return side_clean_warm(mmu, &stats->lines_reset);
}

static int side_pay_reset(struct mmu *mmu, struct mmu_vcpu *mv)
{
	int ret;

	/* with one tree, a first life finds nothing of an earlier one */
	if (mmu->policy == MMU_NONE || (!mv->has_run && !side_is_two_trees(mmu)))
		return 0;
	ret = side_reset_data(mmu, mv);
	if (ret)
		return ret;
	side_reset_exec(mmu);
	side_set_owing(mmu, mv, false);
	if (mv->has_run)
		atomic64_inc(&mmu->stats.resets);
	return 0;
}

/* With one tree a vCPU's first access past the caches may be the next one. */
static void side_enter_one(struct mmu *mmu, struct mmu_vcpu *mv)
{
	if (side_is_two_trees(mmu))
		return;
	side_flush_owed(mmu, mv);
	if (side_is_tracked(mmu) && mmu->policy != MMU_DC)
		side_set_owing(mmu, mv, mv->side != MMU_WARM);
}

int mmu_vcpu_enter_slow(struct mmu *mmu, struct mmu_vcpu *mv)
{
	int ret = 0;

	mutex_lock(&mmu->sides);
	if (MUTANT(harvest_alone))
		mutex_unlock(&mmu->sides);
	if (mv->owes & MMU_OWES_RESET)
		ret = side_pay_reset(mmu, mv);
	if (MUTANT(harvest_alone))
		mutex_lock(&mmu->sides);
	if (!ret) {
		mv->owes &= ~(MMU_OWES_RESET | MMU_OWES_START);
		side_join(mmu, mv);
		mv->has_run = true;
		side_enter_one(mmu, mv);
	}
	mutex_unlock(&mmu->sides);
	return ret;
}

void mmu_guest_tlbi(struct mmu *mmu)
{
	side_flush(mmu, &mmu->tree);
	if (side_is_two_trees(mmu))
		side_flush(mmu, &mmu->cold_tree);
	atomic64_inc(&mmu->stats.tlbi_guest);
}

int mmu_set_way(struct mmu *mmu)
{
	s64 begun = atomic64_read(&mmu->setway_begun);
	int ret = 0;

	/* A walk that began before us may have passed what we ask for. */
	if (mmu->policy == MMU_FWB || mmu->policy == MMU_NONE)
		return 0;
	if (mutex_lock_killable(&mmu->setway_lock))
		return -EINTR;
	if (atomic64_read(&mmu->setway_begun) == begun || mmu->setway_broken) {
		if (!MUTANT(setway_late))
			atomic64_inc(&mmu->setway_begun);
		atomic64_inc(&mmu->stats.set_way_walks);
		mmu_new_epoch(mmu);
		ret = coherency_clean_tree(&mmu->tree, S2_RANGE_SLEEP, &mmu->stats.lines_setway);
		mmu->setway_broken = ret;
		if (MUTANT(setway_late))
			atomic64_inc(&mmu->setway_begun);
	}
	mutex_unlock(&mmu->setway_lock);
	return ret;
}
