// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a VM's stage 2, and what it does for guest memory as its client.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/smp.h>

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

static void mmu_client_unmap(struct gmem *gm, u64 gfn, u64 n, bool may_sleep)
{
	struct mmu *mmu = mmu_of(gm);

	s2_unmap(&mmu->tree, gfn << S2_PAGE_SHIFT, n << S2_PAGE_SHIFT,
		 may_sleep ? S2_RANGE_SLEEP : 0, &mmu->stats.lines_unmap);
}

static void mmu_client_write_protect(struct gmem *gm, u64 gfn, u64 n)
{
	s2_write_protect(&mmu_of(gm)->tree, gfn << S2_PAGE_SHIFT, n << S2_PAGE_SHIFT,
			 S2_RANGE_SLEEP);
}

static void mmu_client_write_protect_masked(struct gmem *gm, u64 gfn, unsigned long mask)
{
	s2_write_protect_mask(&mmu_of(gm)->tree, gfn << S2_PAGE_SHIFT, mask);
}

static void mmu_client_flush(struct gmem *gm)
{
	struct mmu *mmu = mmu_of(gm);

	hw_tlbi_vmid(&mmu->tree);
	atomic64_inc(&mmu->stats.tlbi_all);
}

static bool mmu_client_age(struct gmem *gm, u64 gfn, u64 n, enum host_age how)
{
	return s2_age(&mmu_of(gm)->tree, gfn << S2_PAGE_SHIFT, n << S2_PAGE_SHIFT, how);
}

static const struct gmem_client mmu_client = {
	.unmap = mmu_client_unmap,
	.write_protect = mmu_client_write_protect,
	.write_protect_masked = mmu_client_write_protect_masked,
	.flush = mmu_client_flush,
	.age = mmu_client_age,
};

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
	mmu->vtcr = mmu->tree.vtcr;
	/* From here on the host's notifications arrive. */
	ret = gmem_init(&mmu->gmem, &mmu_client, BIT_ULL(ipa_bits - S2_PAGE_SHIFT));
	if (ret)
		goto out_tree;
	return 0;

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
	s2_tree_destroy(&mmu->tree);
	kfree(mmu->last_vcpu);
	mmu->last_vcpu = NULL;
}

u64 mmu_load(struct mmu *mmu)
{
	return s2_vttbr(&mmu->tree, vmid_load(&mmu->tree));
}

void mmu_vcpu_load(struct mmu *mmu, unsigned int vcpu_idx)
{
	int *last = &mmu->last_vcpu[smp_processor_id()];

	if (*last == (int)vcpu_idx)
		return;
	if (*last >= 0)
		hw_tlbi_local(&mmu->tree);
	*last = vcpu_idx;
}
