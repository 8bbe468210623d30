// SPDX-License-Identifier: GPL-2.0
/*
 * The shape of a stage-2 tree, its root, its table memory and the attributes of
 * its leaves.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>

#include "table.h"
#include "walk.h"

/* VTCR_EL2, Arm ARM D19.2. */
#define VTCR_SL0_SHIFT		6
#define VTCR_IRGN0_WBWA		(1ULL << 8)
#define VTCR_ORGN0_WBWA		(1ULL << 10)
#define VTCR_SH0_INNER		(3ULL << 12)
#define VTCR_PS_SHIFT		16
#define VTCR_VS_16BIT		BIT_ULL(19)
#define VTCR_RES1		BIT_ULL(31)

u64 s2_memattr(const struct s2_tree *tree, enum s2_memory kind)
{
	switch (kind) {
	case S2_NORMAL:
		return tree->fwb ? S2_MEMATTR_WB_FWB : S2_MEMATTR_WB;
	case S2_NORMAL_NC:
		return S2_MEMATTR_NC;
	default:
		return S2_MEMATTR_DEVICE;
	}
}

u64 s2_leaf_attr(const struct s2_tree *tree, enum s2_memory kind, u64 perm, bool exec)
{
	u64 attr = s2_memattr(tree, kind) | S2_PTE_AF;

	attr |= perm & (S2_PTE_R | S2_PTE_W | S2_PTE_MAY_WRITE);
	/* Device memory is Outer Shareable whatever the field says. */
	if (kind != S2_DEVICE)
		attr |= S2_PTE_SH_INNER;
	if (kind != S2_NORMAL || !exec)
		attr |= S2_PTE_XN;
	return attr;
}

bool s2_leaf_owes(u64 pte)
{
	/* with FEAT_S2FWB Write-Back has another value */
	return (pte & S2_PTE_MEMATTR) == S2_MEMATTR_WB;
}

/* The lowest start level: the shortest walk, its root up to 16 tables side by side. */
static int s2_start_level(unsigned int ipa_bits)
{
	int level = 2;

	while (level > 0 && BIT_ULL(ipa_bits) > s2_size(level) * S2_ENTRIES * S2_MAX_ROOT_PAGES)
		level--;
	return level;
}

static unsigned int s2_root_pages(unsigned int ipa_bits, int start_level)
{
	u64 entries = BIT_ULL(ipa_bits) >> s2_shift(start_level);

	return entries > S2_ENTRIES ? entries / S2_ENTRIES : 1;
}

static u64 s2_ps(unsigned int pa_bits)
{
	static const u8 sizes[] = { 32, 36, 40, 42, 44, 48 };
	unsigned int ps = ARRAY_SIZE(sizes) - 1;

	while (ps && sizes[ps] > pa_bits)
		ps--;
	return ps;
}

u64 s2_vtcr(unsigned int ipa_bits)
{
	u64 sl0 = 2 - s2_start_level(ipa_bits);	/* 4 KiB granule: 2 is level 0 */
	u64 vtcr = VTCR_RES1 | VTCR_IRGN0_WBWA | VTCR_ORGN0_WBWA | VTCR_SH0_INNER;

	/*
	 * HA stays 0: a leaf that loses its access flag faults, and the fault
	 * sets it. Nothing but software then changes descriptors.
	 */
	vtcr |= 64 - ipa_bits;			/* T0SZ */
	vtcr |= sl0 << VTCR_SL0_SHIFT;
	vtcr |= s2_ps(hw_features.pa_bits) << VTCR_PS_SHIFT;
	if (hw_features.vmid_bits == 16)
		vtcr |= VTCR_VS_16BIT;
	return vtcr;
}

int s2_tree_init(struct s2_tree *tree, unsigned int ipa_bits, rwlock_t *lock,
		 struct mmu_stats *stats)
{
	int level = s2_start_level(ipa_bits);
	unsigned int pages = s2_root_pages(ipa_bits, level);
	u64 *pgd = hw_table_alloc(pages, GFP_KERNEL_ACCOUNT);

	if (!pgd)
		return -ENOMEM;
	tree->pgd = pgd;
	tree->pgd_phys = hw_table_phys(pgd);
	tree->ia_bits = ipa_bits;
	tree->start_level = level;
	tree->pgd_pages = pages;
	tree->vtcr = s2_vtcr(ipa_bits);
	tree->lock = lock;
	tree->stats = stats;
	tree->spare = NULL;
	tree->want_spare = false;
	tree->fwb = false;
	atomic_set(&tree->fences, 0);
	atomic64_set(&tree->vmid, 0);
	atomic64_set(&tree->leaves, 0);
	atomic64_add(pages, &stats->tables);
	/* The root is zero before any CPU walks it. */
	hw_dsb_ishst();
	return 0;
}

void s2_tree_destroy(struct s2_tree *tree)
{
	if (!tree->pgd)
		return;
	s2_unmap(tree, 0, s2_limit(tree), S2_RANGE_SLEEP, &tree->stats->lines_unmap);
	tree->want_spare = false;
	if (tree->spare)
		s2_table_drop(tree, tree->spare);
	tree->spare = NULL;
	/* Entries that were walked while the last leaves went would name freed memory. */
	hw_tlbi_vmid(tree);
	atomic64_inc(&tree->stats->tlbi_all);
	atomic64_sub(tree->pgd_pages, &tree->stats->tables);
	hw_table_free(tree->pgd, tree->pgd_pages);
	tree->pgd = NULL;
}

u64 *s2_table_new(struct s2_tree *tree, gfp_t gfp)
{
	u64 *table = hw_table_alloc(1, gfp);

	if (table)
		atomic64_inc(&tree->stats->tables);
	return table;
}

void s2_table_drop(struct s2_tree *tree, u64 *table)
{
	atomic64_dec(&tree->stats->tables);
	hw_table_free(table, 1);
}

int s2_pages_fill(struct s2_pages *pages, unsigned int nr)
{
	while (pages->nr < min_t(unsigned int, nr, S2_PAGES_MAX)) {
		u64 *table = s2_table_new(pages->tree, GFP_KERNEL_ACCOUNT);

		if (!table)
			return -ENOMEM;
		pages->page[pages->nr++] = table;
	}
	return 0;
}

void s2_pages_empty(struct s2_pages *pages)
{
	while (pages->nr)
		s2_table_drop(pages->tree, pages->page[--pages->nr]);
}
