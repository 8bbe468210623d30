// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page faults on guest memory: from the address over slot, user address and host
 * page to an entry.
 *
 * Order: find the slot, begin a look-up, get the page, take the lock, see that no
 * invalidation has touched it since, install.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kvm.h>

#include "../../host/page.h"
#include "../../mutant.h"
#include "table.h"

/**
 * struct npt_fault_state - one fault on a slot
 * @npt: the VM's
 * @slot: the slot; gmem's read side is held
 * @gfn: faulting frame
 * @hva: its user address
 * @write: the access needs write permission
 * @look: told of invalidations
 */
struct npt_fault_state {
	struct npt *npt;
	struct gmem_slot *slot;
	u64 gfn;
	unsigned long hva;
	bool write;
	struct gmem_look look;
};

static bool fault_is_logged(const struct npt_fault_state *f)
{
	return f->slot->flags & KVM_MEM_LOG_DIRTY_PAGES;
}

/* May one leaf of this level map the page and all around it, which stays where it is? */
static bool fault_fits(const struct npt_fault_state *f, const struct host_page *hp,
		       unsigned int level)
{
	u64 n = BIT_ULL(npt_shift(level) - GMEM_PAGE_SHIFT);
	u64 first = f->gfn & ~(n - 1);
	const struct gmem_slot *slot = f->slot;

	if (hp->map_shift < npt_shift(level) || gmem_look_lost(&f->look, npt_shift(level)))
		return false;
	/* frame, user address and physical page must sit alike within the block */
	if (((f->hva >> GMEM_PAGE_SHIFT) ^ f->gfn) & (n - 1) || (hp->pfn ^ f->gfn) & (n - 1))
		return false;
	return first >= slot->base_gfn && first + n <= slot->base_gfn + slot->npages;
}

static unsigned int fault_level(const struct npt_fault_state *f, const struct host_page *hp)
{
	unsigned int level;

	/* a logged page is reported by itself; of bare frames only each one is known */
	if (fault_is_logged(f) || (hp->flags & HOST_PAGE_NOSTRUCT))
		return 1;
	for (level = f->npt->max_level; level > 1; level--)
		if (fault_fits(f, hp, level))
			break;
	return level;
}

/* Write permission is given where it costs no report: not before a write to a logged slot. */
static bool fault_may_write(const struct npt_fault_state *f, const struct host_page *hp)
{
	if (!(hp->flags & HOST_PAGE_WRITABLE) || (f->slot->flags & KVM_MEM_READONLY))
		return false;
	return f->write || !fault_is_logged(f) || MUTANT(npt_read_writable);
}

/* Guest and VMM must not disagree on device memory; all else is write-back, and the guest's PAT decides. */
static u64 fault_memory(const struct host_page *hp)
{
	return hp->flags & (HOST_PAGE_DEVICE | HOST_PAGE_NC) ? NPT_PCD | NPT_PWT : 0;
}

static void fault_count(struct npt *npt, unsigned int level)
{
	atomic64_inc(level == 1 ? &npt->stats.mapped_4k :
		     level == 2 ? &npt->stats.mapped_2m : &npt->stats.mapped_1g);
}

static int fault_install_with(struct npt_fault_state *f, u64 gpa, u64 pte, unsigned int level,
			      struct npt_spares *spares)
{
	int ret;

	spin_lock(&f->npt->lock);
	if (gmem_look_lost(&f->look, npt_shift(level)) && !MUTANT(npt_look_kept))
		ret = -EAGAIN;
	else
		ret = npt_install(f->npt, gpa, pte, level, spares);
	if (!ret && f->write && !MUTANT(npt_unlogged))
		gmem_mark_dirty(f->slot, f->gfn);
	spin_unlock(&f->npt->lock);
	return ret;
}

/*
 * 0: mapped; -EAGAIN: an invalidation came; -EEXIST: something else stands there. Most faults find their table, so
 * pages for new ones are taken only when they are missed.
 */
static int fault_install(struct npt_fault_state *f, const struct host_page *hp,
			 unsigned int level)
{
	u64 mask = BIT_ULL(npt_shift(level)) - 1;
	u64 pte = ((hp->pfn << GMEM_PAGE_SHIFT) & ~mask) | NPT_PRESENT | NPT_USER |
		  NPT_ACCESSED | fault_memory(hp) | (level > 1 ? NPT_LARGE : 0) |
		  (fault_may_write(f, hp) ? NPT_WRITE : 0) | (f->write ? NPT_DIRTY : 0);
	u64 gpa = (f->gfn << GMEM_PAGE_SHIFT) & ~mask;
	struct npt_spares spares;
	int ret = fault_install_with(f, gpa, pte, level, NULL);

	if (ret != -ENOSPC)
		return ret;
	spares.n = 0;
	ret = npt_spares_fill(f->npt, &spares);
	if (!ret)
		ret = fault_install_with(f, gpa, pte, level, &spares);
	npt_spares_free(&spares);
	return ret;
}

static u64 fault_clear(u64 pte, unsigned int level)
{
	return 0;
}

/* Make way: a table where a block is to stand, a block or another page where a page is. */
static void fault_clear_way(struct npt_fault_state *f, unsigned int level)
{
	u64 gpa = f->gfn << GMEM_PAGE_SHIFT;

	if (npt_walk(f->npt, gpa, gpa + GMEM_PAGE_SIZE, fault_clear, true))
		npt_flush(f->npt);
	if (level > 1)
		npt_prune(f->npt, gpa, level);
}

static int fault_map(struct npt_fault_state *f, unsigned long *bad_hva)
{
	unsigned int get = HOST_GET_INTERRUPTIBLE | HOST_GET_WATCHED | (f->write ? HOST_GET_WRITE : 0);
	unsigned int put = 0, level;
	struct host_page hp;
	int ret;

	ret = host_page_get(f->hva, get, &hp);
	if (ret == -EAGAIN) {
		atomic64_inc(&f->npt->stats.retries);
		return 0;
	}
	if (ret) {
		*bad_hva = f->hva;
		return ret;
	}
	level = fault_level(f, &hp);
	ret = fault_install(f, &hp, level);
	if (ret == -EEXIST) {
		fault_clear_way(f, level);
		ret = fault_install(f, &hp, level);
	}
	if (!ret) {
		fault_count(f->npt, level);
		put = HOST_PUT_ACCESSED | (fault_may_write(f, &hp) ? HOST_PUT_DIRTY : 0);
	}
	host_page_put(&hp, put);
	/* what is lost, or another's, the guest asks for again */
	if (ret == -EAGAIN || ret == -EEXIST) {
		atomic64_inc(&f->npt->stats.retries);
		ret = 0;
	}
	return ret;
}

static int fault_locked(struct npt *npt, u64 gpa, unsigned int access, unsigned long *bad_hva)
{
	struct npt_fault_state f = {
		.npt = npt,
		.gfn = gpa >> GMEM_PAGE_SHIFT,
		.write = access & NPT_ACCESS_WRITE,
	};
	int ret;

	f.slot = gmem_find_slot(&npt->gmem, f.gfn);
	if (!f.slot || (f.write && (f.slot->flags & KVM_MEM_READONLY)))
		return NPT_FAULT_MMIO;
	f.hva = gmem_slot_hva(f.slot, f.gfn);
	atomic64_inc(&npt->stats.faults);
	ret = gmem_look_begin(&npt->gmem, &f.look, f.hva);
	if (ret)
		return ret;
	ret = fault_map(&f, bad_hva);
	gmem_look_end(&npt->gmem, &f.look);
	return ret;
}

int npt_fault(struct npt *npt, u64 gpa, unsigned int access, unsigned long *bad_hva)
{
	int idx = gmem_read_lock(&npt->gmem);
	int ret = fault_locked(npt, gpa, access, bad_hva);

	gmem_read_unlock(&npt->gmem, idx);
	return ret;
}
