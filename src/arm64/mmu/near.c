// SPDX-License-Identifier: GPL-2.0
/*
 * Faults on small pages of which the host's table says all, and the pages behind them.
 *
 * No page is held: what is maintained and mapped cannot go, for all of it is done in one read side
 * of the tree's lock, in which no invalidation has touched it; one that begins later waits for
 * the write side.
 *
 * Pages behind the one that faulted come along while a vCPU's faults follow each other: twice as many
 * each time. They are the guest's next ones, mostly; and if they are not, no more was
 * paid for nothing than for what the guest has used. That is how the kernel reads ahead in files. The
 * host knows them as used already, writable ones are dirty, and none are mapped so where a
 * write must be reported, or for a vCPU whose MMU is off: what it maps it pays for again.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "../../host/page.h"
#include "../../mutant.h"
#include "coherency.h"
#include "fault.h"
#include "walk.h"

/* How many pages, the one that faulted among them. */
static unsigned int near_want(const struct mmu_fault_state *f)
{
	u64 in_table = S2_ENTRIES - f->gfn % S2_ENTRIES;
	u64 in_slot = f->slot->base_gfn + f->slot->npages - f->gfn;
	unsigned int n = 2 * f->mv->near;

	if (f->gfn != f->mv->next_gfn || f->tree == &f->mmu->cold_tree)
		return 1;
	if (fault_is_logged(f) && !MUTANT(near_logged))
		return 1;
	return min_t(u64, min(in_table, in_slot), clamp(n, 1U, HOST_NEAR_MAX));
}

/* log2 of the aligned block of user addresses around the first @n pages. */
static unsigned int near_shift(const struct mmu_fault_state *f, unsigned int n)
{
	return fls64(f->hva ^ (f->hva + n * S2_PAGE_SIZE - 1));
}

/* What is Normal memory to stage 2, and has room in a descriptor. */
static unsigned int near_usable(const struct host_near *near)
{
	unsigned int i;

	for (i = 0; i < near->n; i++)
		if (near->pfn[i] >> (hw_features.pa_bits - S2_PAGE_SHIFT) ||
		    !hw_kva(near->pfn[i] << S2_PAGE_SHIFT))
			break;
	return i;
}

/* Is there an empty entry in a table that exists? Else a table is to be made, or more than a page mapped. */
static bool near_fits(struct mmu_fault_state *f)
{
	u64 *ptep;
	bool fits;

	read_lock(&f->mmu->lock);
	ptep = s2_page_entry(f->tree, f->gfn << S2_PAGE_SHIFT);
	fits = ptep && !hw_pte_read(ptep);
	read_unlock(&f->mmu->lock);
	return fits;
}

/* Nobody else pays for the pages. Return: how many of @n; 0: somebody does for the first. */
static unsigned int near_claim(struct mmu_fault_state *f, unsigned int n)
{
	struct gmem *gm = &f->mmu->gmem;

	if (n > 1 && gmem_look_claim(gm, &f->look, near_shift(f, n)))
		return n;
	return gmem_look_claim(gm, &f->look, S2_PAGE_SHIFT);
}

/* Of @n pages those that no invalidation has touched, and that are mapped nowhere yet; from the first on. */
static unsigned int near_left(const struct mmu_fault_state *f, const u64 *ptep, unsigned int n)
{
	unsigned int i;

	if (gmem_look_lost(&f->look, S2_PAGE_SHIFT) && !MUTANT(ignore_seq))
		return 0;
	if (gmem_look_lost(&f->look, near_shift(f, n)) && !MUTANT(near_unlooked))
		n = 1;
	for (i = 0; i < n; i++)
		if (hw_pte_read(&ptep[i]))
			break;
	return i;
}

/* Pay and install. Return: how many. */
static unsigned int near_install(struct mmu_fault_state *f, const struct host_near *near,
				 unsigned int n, u32 owed)
{
	bool exec = f->exec || (hw_features.idc && hw_features.dic);
	u64 desc[HOST_NEAR_MAX];
	unsigned int i;
	u64 *ptep;

	lockdep_assert_held_read(&f->mmu->lock);
	ptep = s2_page_entry(f->tree, f->gfn << S2_PAGE_SHIFT);
	n = ptep ? near_left(f, ptep, n) : 0;
	if (!n)
		return 0;
	if (owed)
		coherency_before_map_held(f->mmu, near->pfn, n, owed);
	for (i = 0; i < n; i++) {
		bool writable = near->writable & BIT(i) || (i && MUTANT(near_writable));
		u64 attr = s2_leaf_attr(f->tree, S2_NORMAL, fault_permissions(f, writable), exec);

		desc[i] = s2_leaf(near->pfn[i] << S2_PAGE_SHIFT, attr, S2_LEAF_LEVEL);
	}
	n = s2_map_near(f->tree, ptep, desc, n);
	if (n && f->write)
		gmem_mark_dirty(f->slot, f->gfn);
	return n;
}

int near_fault(struct mmu_fault_state *f)
{
	u32 owed = coherency_owed(f->mmu, COHERENCY_FRESH | (f->exec ? COHERENCY_EXEC : 0));
	unsigned int want = near_want(f), n;
	struct host_near near;

	if (!near_fits(f))
		return FAULT_SLOW;
	host_page_near(f->hva, want, f->write, &near);
	n = near_usable(&near);
	if (!n)
		return FAULT_SLOW;
	f->shift = S2_PAGE_SHIFT;
	if (owed) {
		n = near_claim(f, n);
		if (!n)
			return FAULT_TAKEN;
	}
	read_lock(&f->mmu->lock);
	n = near_install(f, &near, n, owed);
	read_unlock(&f->mmu->lock);
	if (!n)
		return FAULT_AGAIN;
	f->mv->near = want;
	f->mv->next_gfn = f->gfn + n;
	return 0;
}
