// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a VM's stage 2, and what it does for guest memory as its client.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "../../mutant.h"
#include "coherency.h"
#include "walk.h"

int mmu_hw_init(void)
{
	int ret = hw_init();

	return ret ? ret : vmid_init();
}

void mmu_hw_exit(void)
{
	vmid_exit();
}

unsigned int mmu_max_ipa_bits(void)
{
	return min_t(unsigned int, hw_features.pa_bits, S2_OA_BITS);
}

static struct mmu *mmu_of(struct gmem *gm)
{
	return container_of(gm, struct mmu, gmem);
}

/*
 * Nobody is cold with one tree, nor mostly with two. Who was installing a leaf when an unmap began
 * has done so before the warm tree's lock was taken, or finds his look lost under it: so it is asked after that, whether
 * the other tree has any.
 */
static void mmu_unmap_both(struct mmu *mmu, u64 ipa, u64 len, u32 warm, u32 cold)
{
	atomic64_t *lines = &mmu->stats.lines_unmap;
	bool any;

	/* one payment for both, with the leaf that goes last */
	if (MUTANT(cold_first))
		s2_unmap(&mmu->cold_tree, ipa, len, cold | S2_RANGE_UNPAID, lines);
	any = MUTANT(cold_asked_early) && atomic64_read(&mmu->cold_tree.leaves);
	s2_unmap(&mmu->tree, ipa, len, warm, lines);
	if (!MUTANT(cold_asked_early))
		any = atomic64_read(&mmu->cold_tree.leaves);
	if (any && !MUTANT(cold_first) && !MUTANT(cold_kept))
		s2_unmap(&mmu->cold_tree, ipa, len, cold, lines);
}

static void mmu_client_unmap(struct gmem *gm, u64 gfn, u64 n, bool may_sleep)
{
	struct mmu *mmu = mmu_of(gm);
	u32 flags = may_sleep ? S2_RANGE_SLEEP : 0;

	if (mmu->policy == MMU_NONE)
		flags |= S2_RANGE_UNPAID;
	mmu_unmap_both(mmu, gfn << S2_PAGE_SHIFT, n << S2_PAGE_SHIFT, flags, flags);
}

/*
 * The guest is over: what it left in the caches is what everybody reads. Only what
 * it may have written past them owes.
 */
static void mmu_client_release(struct gmem *gm)
{
	struct mmu *mmu = mmu_of(gm);
	u32 warm = S2_RANGE_SLEEP, cold = S2_RANGE_SLEEP;

	if (MUTANT(release_late))
		return;
	if (!READ_ONCE(mmu->owing) || MUTANT(destroy_unpaid))
		warm |= S2_RANGE_UNPAID;
	if (mmu->policy == MMU_NONE)
		cold |= S2_RANGE_UNPAID;
	mmu_unmap_both(mmu, 0, s2_limit(&mmu->tree), warm, cold);
}

/*
 * Does anybody write past the caches, or did, unpaid? Who begins to later, finds
 * pages that were write-protected before the question: he faults.
 */
static bool mmu_is_owed(const struct mmu *mmu)
{
	return READ_ONCE(mmu->owing) || atomic64_read(&mmu->cold_tree.leaves);
}

/* The cold tree has no blocks. */
static void mmu_client_split(struct gmem *gm, u64 gfn, u64 n)
{
	struct mmu *mmu = mmu_of(gm);

	if (READ_ONCE(mmu->split))
		s2_split_range(&mmu->tree, gfn << S2_PAGE_SHIFT, n << S2_PAGE_SHIFT);
}

static void mmu_client_write_protect(struct gmem *gm, u64 gfn, u64 n)
{
	struct mmu *mmu = mmu_of(gm);
	u64 ipa = gfn << S2_PAGE_SHIFT, len = n << S2_PAGE_SHIFT;
	atomic64_t *lines = &mmu->stats.lines_dirty;

	s2_write_protect(&mmu->tree, ipa, len, S2_RANGE_SLEEP);
	s2_write_protect(&mmu->cold_tree, ipa, len, S2_RANGE_SLEEP);
	/* from here on the VMM reads everything once */
	if (!mmu_is_owed(mmu) || MUTANT(log_on_unpaid))
		return;
	if (READ_ONCE(mmu->owing))
		coherency_clean_range(&mmu->tree, ipa, len, S2_RANGE_SLEEP, lines);
	coherency_clean_range(&mmu->cold_tree, ipa, len, S2_RANGE_SLEEP, lines);
}

static void mmu_client_write_protect_masked(struct gmem *gm, u64 gfn, unsigned long mask)
{
	struct mmu *mmu = mmu_of(gm);

	s2_write_protect_mask(&mmu->tree, gfn << S2_PAGE_SHIFT, mask);
	if (atomic64_read(&mmu->cold_tree.leaves))
		s2_write_protect_mask(&mmu->cold_tree, gfn << S2_PAGE_SHIFT, mask);
}

static bool mmu_client_flush(struct gmem *gm)
{
	struct mmu *mmu = mmu_of(gm);
	bool owed_early = mmu_is_owed(mmu);

	hw_tlbi_vmid(&mmu->tree);
	if (atomic64_read(&mmu->cold_tree.leaves))
		hw_tlbi_vmid(&mmu->cold_tree);
	atomic64_inc(&mmu->stats.tlbi_all);
	return MUTANT(owed_early) ? owed_early : mmu_is_owed(mmu);
}

/* The VMM reads through the caches what a page's report makes it read. */
static enum s2_visit mmu_settle_leaf(struct s2_walk *walk, u64 *ptep, u64 pte, int level)
{
	unsigned long bits = s2_leaf_owes(pte) ? s2_walk_masked(walk, level) : 0;

	for (; bits; bits &= bits - 1) {
		u64 ipa = walk->base + ((u64)__ffs(bits) << S2_PAGE_SHIFT);
		u64 phys = s2_output(pte, level) + (ipa & (s2_size(level) - 1));

		walk->lines += hw_clean_inval_poc(hw_kva_normal(phys),
						  S2_PAGE_SIZE / (MUTANT(short_settle) ? 2 : 1));
	}
	return S2_VISIT_NEXT;
}

static void mmu_settle_tree(struct mmu *mmu, struct s2_tree *tree, u64 gfn, unsigned long mask)
{
	struct s2_walk walk = { .tree = tree, .visit = mmu_settle_leaf };

	write_lock(&mmu->lock);
	s2_walk_mask(&walk, gfn << S2_PAGE_SHIFT, mask);
	hw_dsb_ish();
	write_unlock(&mmu->lock);
	atomic64_add(walk.lines, &mmu->stats.lines_dirty);
}

/* Whose debt ended since the flush has paid for all of it. */
static void mmu_client_settle(struct gmem *gm, u64 gfn, unsigned long mask)
{
	struct mmu *mmu = mmu_of(gm);

	if (MUTANT(dirty_unpaid))
		return;
	if (READ_ONCE(mmu->owing))
		mmu_settle_tree(mmu, &mmu->tree, gfn, mask);
	if (atomic64_read(&mmu->cold_tree.leaves))
		mmu_settle_tree(mmu, &mmu->cold_tree, gfn, mask);
}

static bool mmu_client_age(struct gmem *gm, u64 gfn, u64 n, enum host_age how)
{
	struct mmu *mmu = mmu_of(gm);
	u64 ipa = gfn << S2_PAGE_SHIFT, len = n << S2_PAGE_SHIFT;
	bool young = s2_age(&mmu->tree, ipa, len, how);

	return s2_age(&mmu->cold_tree, ipa, len, how) || young;
}

static const struct gmem_client mmu_client = {
	.unmap = mmu_client_unmap,
	.release = mmu_client_release,
	.split = mmu_client_split,
	.write_protect = mmu_client_write_protect,
	.write_protect_masked = mmu_client_write_protect_masked,
	.flush = mmu_client_flush,
	.settle = mmu_client_settle,
	.age = mmu_client_age,
};

static const char * const mmu_policy_names[MMU_POLICIES] = {
	[MMU_NONE] = "none",
	[MMU_UNMAP] = "unmap",
	[MMU_CLEAN] = "clean",
	[MMU_TWO_TREE] = "two-tree",
	[MMU_DC] = "dc",
	[MMU_FWB] = "fwb",
};

const char *mmu_policy_name(enum mmu_policy policy)
{
	return mmu_policy_names[policy];
}

int mmu_policy_by_name(const char *name)
{
	int policy;

	for (policy = 0; policy < MMU_POLICIES; policy++)
		if (!strcmp(name, mmu_policy_names[policy]))
			return policy;
	return -EINVAL;
}

enum mmu_policy mmu_policy_default(void)
{
	return hw_features.fwb ? MMU_FWB : MMU_TWO_TREE;
}

int mmu_set_policy(struct mmu *mmu, enum mmu_policy policy)
{
	int ret = 0;

	if (policy == MMU_FWB && !hw_features.fwb)
		return -ENODEV;
	mutex_lock(&mmu->sides);
	if (mmu->started) {
		ret = -EBUSY;
	} else {
		mmu->policy = policy;
		mmu->tree.fwb = policy == MMU_FWB;
	}
	mutex_unlock(&mmu->sides);
	return ret;
}

int mmu_set_split(struct mmu *mmu, u64 size)
{
	int ret = -EINVAL;

	if (size && (!is_power_of_2(size) || !(size & MMU_BLOCK_SIZES)))
		return -EINVAL;
	mutex_lock(&mmu->gmem.slots_lock);
	if (gmem_is_empty(&mmu->gmem)) {
		WRITE_ONCE(mmu->split, size);
		ret = 0;
	}
	mutex_unlock(&mmu->gmem.slots_lock);
	return ret;
}

void mmu_start(struct mmu *mmu)
{
	mutex_lock(&mmu->sides);
	mmu->started = true;
	mutex_unlock(&mmu->sides);
}

int mmu_init(struct mmu *mmu, unsigned int ipa_bits)
{
	unsigned int cpu;
	int ret;

	if (ipa_bits < MMU_MIN_IPA_BITS || ipa_bits > mmu_max_ipa_bits())
		return -EINVAL;
	rwlock_init(&mmu->lock);
	mmu->last_vcpu = kcalloc(nr_cpu_ids, sizeof(*mmu->last_vcpu), GFP_KERNEL_ACCOUNT);
	if (!mmu->last_vcpu)
		return -ENOMEM;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		mmu->last_vcpu[cpu] = -1;
	ret = s2_tree_init(&mmu->tree, ipa_bits, &mmu->lock, &mmu->stats);
	if (ret)
		goto out_last;
	ret = s2_tree_init(&mmu->cold_tree, ipa_bits, &mmu->lock, &mmu->stats);
	if (ret)
		goto out_tree;
	mmu->vtcr = mmu->tree.vtcr;
	mutex_init(&mmu->sides);
	mutex_init(&mmu->setway_lock);
	mmu->policy = mmu_policy_default();
	mmu->tree.fwb = mmu->policy == MMU_FWB;
	/* From here on the host's notifications arrive. */
	ret = gmem_init(&mmu->gmem, &mmu_client, BIT_ULL(ipa_bits - S2_PAGE_SHIFT));
	if (ret)
		goto out_cold;
	return 0;

out_cold:
	s2_tree_destroy(&mmu->cold_tree);
out_tree:
	s2_tree_destroy(&mmu->tree);
out_last:
	kfree(mmu->last_vcpu);
	mmu->last_vcpu = NULL;
	return ret;
}

void mmu_destroy(struct mmu *mmu)
{
	/*
	 * Unmaps all while the notifier still listens: a page is paid for before
	 * the host can give it to somebody else. What is left for the tree is tables.
	 */
	gmem_destroy(&mmu->gmem);
	s2_tree_destroy(&mmu->cold_tree);
	s2_tree_destroy(&mmu->tree);
	kfree(mmu->last_vcpu);
	mmu->last_vcpu = NULL;
}

u64 mmu_load(struct mmu *mmu, const struct mmu_vcpu *mv)
{
	struct s2_tree *tree = mmu_tree_of(mmu, mv);

	return s2_vttbr(tree, vmid_load(tree));
}

void mmu_vcpu_load(struct mmu *mmu, unsigned int vcpu_idx)
{
	int *last = &mmu->last_vcpu[MUTANT(last_anywhere) ? 0 : smp_processor_id()];

	if (*last == (int)vcpu_idx)
		return;
	/* MMU off, there is nothing in the TLBs that is a vCPU's own: the warm tree's VMID alone */
	if (*last >= 0 && !MUTANT(no_local_flush))
		hw_tlbi_local(&mmu->tree);
	*last = vcpu_idx;
}
