// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page tables: life, and what guest memory asks of its client.
 */
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>

#include "../../mutant.h"
#include "table.h"

void npt_flush(struct npt *npt)
{
	u64 taken;

	spin_lock(&npt->lock);
	taken = npt->taken;
	spin_unlock(&npt->lock);
	atomic64_inc(&npt->stats.flushes);
	npt->kick(npt);
	spin_lock(&npt->lock);
	/* who flushes at the same time may have seen more, or less */
	npt->flushed = max(npt->flushed, taken);
	spin_unlock(&npt->lock);
}

/* Has somebody taken a leaf away, and not flushed it yet? */
static bool npt_owes(struct npt *npt)
{
	bool owes;

	spin_lock(&npt->lock);
	owes = npt->taken != npt->flushed && !MUTANT(npt_taken_unseen);
	spin_unlock(&npt->lock);
	return owes;
}

static struct npt *npt_of(struct gmem *gm)
{
	return container_of(gm, struct npt, gmem);
}

static u64 npt_gone(u64 pte, unsigned int level)
{
	return 0;
}

/* A block goes altogether: what faults next is a page of its own. */
static u64 npt_read_only(u64 pte, unsigned int level)
{
	return level > 1 ? 0 : pte & ~(NPT_WRITE | NPT_DIRTY);
}

static u64 npt_old(u64 pte, unsigned int level)
{
	return pte & ~NPT_ACCESSED;
}

/*
 * Where nothing is mapped something may have been a moment ago: whoever took it away, to make
 * way or to have it logged, flushes later, and the page is given back when this returns.
 */
static void npt_unmap(struct gmem *gm, u64 gfn, u64 n, bool may_sleep)
{
	struct npt *npt = npt_of(gm);
	bool changed = npt_walk(npt, gfn << GMEM_PAGE_SHIFT, (gfn + n) << GMEM_PAGE_SHIFT, npt_gone, may_sleep);

	if ((changed || npt_owes(npt)) && !MUTANT(npt_unflushed))
		npt_flush(npt);
}

static void npt_release(struct gmem *gm)
{
	npt_unmap(gm, 0, gm->max_gfn, true);
}

static void npt_write_protect(struct gmem *gm, u64 gfn, u64 n)
{
	struct npt *npt = npt_of(gm);

	if (npt_walk(npt, gfn << GMEM_PAGE_SHIFT, (gfn + n) << GMEM_PAGE_SHIFT, npt_read_only, true))
		npt_flush(npt);
}

static void npt_write_protect_masked(struct gmem *gm, u64 gfn, unsigned long mask)
{
	unsigned int i;

	for_each_set_bit(i, &mask, BITS_PER_LONG)
		npt_walk(npt_of(gm), (gfn + i) << GMEM_PAGE_SHIFT,
			 (gfn + i + 1) << GMEM_PAGE_SHIFT, npt_read_only, true);
}

/* Caches are coherent: nothing is owed. */
static bool npt_client_flush(struct gmem *gm)
{
	if (!MUTANT(npt_log_unflushed))
		npt_flush(npt_of(gm));
	return false;
}

static void npt_settle(struct gmem *gm, u64 gfn, unsigned long mask)
{
}

static bool npt_age(struct gmem *gm, u64 gfn, u64 n, enum host_age how)
{
	struct npt *npt = npt_of(gm);
	u64 gpa = gfn << GMEM_PAGE_SHIFT, end = (gfn + n) << GMEM_PAGE_SHIFT;
	bool young;

	if (how == HOST_AGE_TEST)
		return npt_any(npt, gpa, end, NPT_ACCESSED);
	young = npt_walk(npt, gpa, end, npt_old, false);
	if (young && how == HOST_AGE_CLEAR_FLUSH)
		npt_flush(npt);
	else if (young && npt->old)
		npt->old(npt);
	return young;
}

static void npt_changed(struct gmem *gm)
{
	struct npt *npt = npt_of(gm);

	if (npt->slots && !MUTANT(slots_untold))
		npt->slots(npt);
}

static const struct gmem_client npt_client = {
	.unmap = npt_unmap,
	.release = npt_release,
	.write_protect = npt_write_protect,
	.write_protect_masked = npt_write_protect_masked,
	.flush = npt_client_flush,
	.settle = npt_settle,
	.age = npt_age,
	.changed = npt_changed,
};

int npt_init(struct npt *npt, unsigned int gpa_bits)
{
	int ret;

	spin_lock_init(&npt->lock);
	/* nested paging has as many levels as the host's own (APM vol. 2, 15.25.3) */
	npt->levels = native_read_cr4() & X86_CR4_LA57 ? 5 : 4;
	npt->max_level = boot_cpu_has(X86_FEATURE_GBPAGES) ? 3 : 2;
	npt->root = npt_table_new();
	if (!npt->root)
		return -ENOMEM;
	atomic64_inc(&npt->stats.tables);
	ret = gmem_init(&npt->gmem, &npt_client, BIT_ULL(gpa_bits - GMEM_PAGE_SHIFT));
	if (ret)
		npt_free_tables(npt);
	return ret;
}

void npt_destroy(struct npt *npt)
{
	gmem_destroy(&npt->gmem);
	npt_free_tables(npt);
}

u64 npt_root(const struct npt *npt)
{
	return __pa(npt->root);
}
