// SPDX-License-Identifier: GPL-2.0
/*
 * Stage-2 aborts on guest memory: from the faulting address over slot, user
 * address and host page to a descriptor.
 *
 * Order: begin a look-up, get the page, claim what is to be mapped, pay what it owes to
 * the caches, take the lock, see that no invalidation has touched it since, install.
 * Of several faults on one block one has the claim, and the others sleep until it is done.
 * What the host's table alone can answer is near.c's, which needs no page for it.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/spinlock.h>

#include "../../mutant.h"
#include "../../host/page.h"
#include "coherency.h"
#include "fault.h"
#include "walk.h"

/* Neither part ever falls, so the sum changes when one does. */
static u64 fault_epoch(const struct mmu_fault_state *f)
{
	const struct mmu *mmu = f->mmu;

	return READ_ONCE(mmu->epoch) +
	       (f->tree == &mmu->cold_tree ? READ_ONCE(mmu->cold_epoch) : 0);
}

/* What stage 2 takes the page for. */
static enum s2_memory fault_memory(const struct host_page *hp)
{
	if (hp->flags & HOST_PAGE_DEVICE)
		return S2_DEVICE;
	if (hp->flags & HOST_PAGE_NC)
		return S2_NORMAL_NC;
	/* Without a kernel address it cannot be maintained: the guest gets it uncached. */
	if (!hw_kva(hp->pfn << S2_PAGE_SHIFT))
		return S2_DEVICE;
	return S2_NORMAL;
}

/* May one leaf of this level map the page and all around it, which stays where it is? */
static bool fault_block_fits(const struct mmu_fault_state *f, const struct host_page *hp, int level)
{
	u64 n = s2_size(level) >> S2_PAGE_SHIFT;
	u64 first = f->gfn & ~(n - 1);
	const struct gmem_slot *slot = f->slot;

	if (level < f->tree->start_level || hp->map_shift < s2_shift(level) ||
	    gmem_look_lost(&f->look, s2_shift(level)))
		return false;
	/* Frame, user address and physical page must sit alike within the block. */
	if (((f->hva >> S2_PAGE_SHIFT) ^ f->gfn) & (n - 1) || (hp->pfn ^ f->gfn) & (n - 1))
		return false;
	return first >= slot->base_gfn && first + n <= slot->base_gfn + slot->npages;
}

static int fault_level(const struct mmu_fault_state *f, const struct host_page *hp,
		       enum s2_memory kind)
{
	int level;

	/* A logged page is reported by itself, and a cold one is paid by itself. */
	if (fault_is_logged(f) || f->tree == &f->mmu->cold_tree)
		return S2_LEAF_LEVEL;
	/* Nothing is known of its neighbours but that the host maps them alike. */
	if ((hp->flags & HOST_PAGE_NOSTRUCT) && kind == S2_NORMAL)
		return S2_LEAF_LEVEL;
	for (level = S2_BLOCK_LEVEL; level < S2_LEAF_LEVEL; level++) {
		if (!fault_block_fits(f, hp, level))
			continue;
		if (level > S2_BLOCK_LEVEL || kind != S2_NORMAL || f->tree->fwb ||
		    s2_spare_ready(f->tree))
			break;
	}
	return level;
}

/* Tell the dirty log, in the section that made the page writable. */
static void fault_report(struct mmu_fault_state *f, enum s2_result result)
{
	if (f->write && (result == S2_MAPPED || result == S2_RELAXED || result == S2_UNCHANGED))
		gmem_mark_dirty(f->slot, f->gfn);
}

/* Install under the lock, with as many table pages as it turns out to take. */
static int fault_install(struct mmu_fault_state *f, struct s2_mapping *m)
{
	struct mmu *mmu = f->mmu;
	struct s2_pages pages = { .tree = f->tree };
	u64 size = s2_size(m->level);
	enum s2_result result;
	int ret = 0;

	do {
		bool stale;

		read_lock(&mmu->lock);
		stale = (fault_epoch(f) != f->epoch && !MUTANT(ignore_epoch)) ||
			(gmem_look_lost(&f->look, f->shift) && !MUTANT(ignore_seq));
		if (!stale) {
			result = s2_map(f->tree, m, &pages);
			fault_report(f, result);
		}
		read_unlock(&mmu->lock);
		if (stale) {
			ret = FAULT_AGAIN;
			break;
		}
		if (result == S2_NEED_PAGES)
			ret = s2_pages_fill(&pages, m->need);
	} while (!ret && result == S2_NEED_PAGES);
	s2_pages_empty(&pages);

	/* Smaller leaves where a block may stand now, or an older one: out of the way. */
	if (!ret && result == S2_BLOCKED)
		s2_unmap(f->tree, m->ipa, size, S2_RANGE_SLEEP, &mmu->stats.lines_unmap);
	return ret;
}

/*
 * What is owed now that nobody else pays for any of it: who did has installed it. Smaller
 * leaves where a block is to stand go first: what they owe is another debt.
 */
static u32 fault_still_owes(struct mmu_fault_state *f, struct s2_mapping *m, u32 owed)
{
	u64 ipa = f->gfn << S2_PAGE_SHIFT, pte;
	int level;

	read_lock(&f->mmu->lock);
	pte = s2_leaf_at(f->tree, ipa, &level);
	read_unlock(&f->mmu->lock);
	if (level > m->level) {
		s2_unmap(f->tree, m->ipa, s2_size(m->level), S2_RANGE_SLEEP,
			 &f->mmu->stats.lines_unmap);
		return f->relax ? 0 : owed;
	}
	/* There is a leaf, or there was: if it goes meanwhile nothing may come in its place. */
	if (pte || f->relax) {
		m->flags |= S2_MAP_RELAX;
		owed &= ~COHERENCY_FRESH;
	}
	/* It is executable: if that is taken from it meanwhile it stays so. */
	if ((owed & COHERENCY_EXEC) && (pte ? !(pte & S2_PTE_XN) : f->relax)) {
		owed &= ~COHERENCY_EXEC;
		m->attr |= MUTANT(exec_unpaid) ? 0 : S2_PTE_XN;
	}
	return owed;
}

/* Pay for Normal memory before it is mapped, once, whoever else faults on it. */
static int fault_pay(struct mmu_fault_state *f, struct s2_mapping *m)
{
	u32 owed = (f->relax ? 0 : COHERENCY_FRESH) | (f->exec ? COHERENCY_EXEC : 0);

	owed = coherency_owed(f->mmu, owed);
	if (!owed)
		return 0;
	if (!gmem_look_claim(&f->mmu->gmem, &f->look, f->shift))
		return FAULT_TAKEN;
	owed = fault_still_owes(f, m, owed);
	if (owed)
		coherency_before_map(f->mmu, m->phys, s2_size(m->level), owed);
	return 0;
}

/* Map the page that was found, or say that it takes another look. */
static int fault_map_page(struct mmu_fault_state *f, const struct host_page *hp)
{
	enum s2_memory kind = fault_memory(hp);
	struct s2_mapping m = { .level = fault_level(f, hp, kind) };
	u64 mask = s2_size(m.level) - 1;
	u64 perm = fault_permissions(f, hp->flags & HOST_PAGE_WRITABLE);
	bool exec = f->exec || (hw_features.idc && hw_features.dic);
	int ret;

	/* Without FEAT_LPA2, or on a CPU with fewer, a descriptor has no room for more bits. */
	if (hp->pfn >> (hw_features.pa_bits - S2_PAGE_SHIFT))
		return -EFAULT;
	/* No fetch is served from Device memory. */
	if (kind != S2_NORMAL && f->exec)
		return MMU_FAULT_MMIO;

	m.ipa = (f->gfn << S2_PAGE_SHIFT) & ~mask;
	m.phys = (hp->pfn << S2_PAGE_SHIFT) & ~mask;
	m.attr = s2_leaf_attr(f->tree, kind, perm, exec);
	m.flags = f->relax ? S2_MAP_RELAX : 0;
	f->shift = s2_shift(m.level);
	if (kind == S2_NORMAL) {
		ret = fault_pay(f, &m);
		if (ret)
			return ret;
	}
	return fault_install(f, &m);
}

/* Resolve the address and map what is there. */
static int fault_resolve(struct mmu_fault_state *f, u64 *bad_hva)
{
	unsigned int get = HOST_GET_INTERRUPTIBLE | (f->write ? HOST_GET_WRITE : 0);
	struct host_page hp;
	unsigned int put = 0;
	int ret;

	f->epoch = fault_epoch(f);
	/* The maintenance below must not be done before the epoch was read. */
	smp_mb();

	ret = host_page_get(f->hva, get, &hp);
	if (ret == -EAGAIN)
		return FAULT_AGAIN;
	if (ret) {
		*bad_hva = f->hva;
		return ret;
	}
	ret = fault_map_page(f, &hp);
	if (ret == -EFAULT)
		*bad_hva = f->hva;
	if (!ret) {
		f->mv->near = f->gfn == f->mv->next_gfn ? f->mv->near : 1;
		f->mv->next_gfn = f->gfn + 1;
		put = HOST_PUT_ACCESSED;
		if (fault_permissions(f, hp.flags & HOST_PAGE_WRITABLE) & S2_PTE_MAY_WRITE)
			put |= HOST_PUT_DIRTY;
	}
	host_page_put(&hp, put);
	return ret;
}

static int fault_on_slot(struct mmu_fault_state *f, u64 *bad_hva)
{
	struct mmu *mmu = f->mmu;
	int ret;

	ret = gmem_look_begin(&mmu->gmem, &f->look, f->hva);
	if (ret)
		return ret;
	ret = f->relax ? FAULT_SLOW : near_fault(f);
	if (ret == FAULT_SLOW)
		ret = fault_resolve(f, bad_hva);
	/* What is lost, or another's, the guest asks for again. */
	if (ret == FAULT_TAKEN) {
		atomic64_inc(&mmu->stats.faults_waited);
		ret = gmem_look_wait(&mmu->gmem, &f->look, f->shift);
	} else if (ret == FAULT_AGAIN) {
		atomic64_inc(&mmu->stats.retries);
		ret = 0;
	}
	gmem_look_end(&mmu->gmem, &f->look);
	return ret;
}

/*
 * A lone cache maintenance operation only needs the page there. One that is not allowed on
 * what is there needs it writable, whatever the syndrome says of writes: reading is
 * allowed wherever there is a leaf, so to map the page as it was would be for ever.
 */
static bool fault_needs_write(const struct mmu_abort *abort)
{
	if (abort->flags & MMU_ABORT_CMO)
		return abort->flags & MMU_ABORT_PERM;
	return abort->flags & MMU_ABORT_WRITE;
}

/*
 * A write to a page that only the dirty log keeps from being written: the leaf is there, so no invalidation has come,
 * and what the host said when it was mapped still holds.
 */
static bool fault_allow_write(const struct mmu_fault_state *f)
{
	bool done;

	/* without a log it may be a block that is wanted */
	if (!f->write || f->exec || !fault_is_logged(f))
		return false;
	read_lock(&f->mmu->lock);
	done = s2_allow_write(f->tree, f->gfn << S2_PAGE_SHIFT);
	if (done && !MUTANT(allow_unlogged))
		gmem_mark_dirty(f->slot, f->gfn);
	read_unlock(&f->mmu->lock);
	return done;
}

/* There is memory that the access can use. */
static int fault_on_memory(struct mmu *mmu, struct mmu_vcpu *mv, const struct mmu_abort *abort,
			   struct gmem_slot *slot, u64 *bad_hva)
{
	u64 gfn = abort->ipa >> S2_PAGE_SHIFT;
	struct mmu_fault_state f = {
		.mmu = mmu,
		.mv = mv,
		.tree = mmu_tree_of(mmu, mv),
		.slot = slot,
		.gfn = gfn,
		.hva = gmem_slot_hva(slot, gfn),
		.write = fault_needs_write(abort),
		.exec = (abort->flags & MMU_ABORT_EXEC) && !(abort->flags & MMU_ABORT_S1PTW),
		.relax = abort->flags & MMU_ABORT_PERM,
	};

	if (abort->may_sleep)
		abort->may_sleep(abort->whose);

	atomic64_inc(&mmu->stats.faults);
	if (f.tree == &mmu->cold_tree)
		atomic64_inc(&mmu->stats.faults_cold);
	if (abort->flags & MMU_ABORT_ACCESS) {
		atomic64_inc(&mmu->stats.faults_access);
		read_lock(&mmu->lock);
		s2_set_access(f.tree, abort->ipa);
		read_unlock(&mmu->lock);
		return 0;
	}
	if (s2_unfence(f.tree, abort->ipa))
		return 0;
	if (f.relax) {
		atomic64_inc(&mmu->stats.faults_perm);
		if (fault_allow_write(&f))
			return 0;
	}
	return fault_on_slot(&f, bad_hva);
}

bool mmu_is_memory(struct mmu *mmu, u64 ipa)
{
	int idx = gmem_read_lock(&mmu->gmem);
	bool is = gmem_find_slot(&mmu->gmem, ipa >> S2_PAGE_SHIFT);

	gmem_read_unlock(&mmu->gmem, idx);
	return is;
}

int mmu_fault(struct mmu *mmu, struct mmu_vcpu *mv, const struct mmu_abort *abort,
	      u64 *bad_hva)
{
	int idx = gmem_read_lock(&mmu->gmem);
	struct gmem_slot *slot = NULL;
	int ret = MMU_FAULT_MMIO;

	if (abort->ipa < s2_limit(&mmu->tree))
		slot = gmem_find_slot(&mmu->gmem, abort->ipa >> S2_PAGE_SHIFT);
	if (slot && !(fault_needs_write(abort) && (slot->flags & KVM_MEM_READONLY)))
		ret = fault_on_memory(mmu, mv, abort, slot, bad_hva);
	gmem_read_unlock(&mmu->gmem, idx);
	return ret;
}
