// SPDX-License-Identifier: GPL-2.0
/*
 * The stage-2 walker, and what changes a tree but for unmap.c and fence.c: map, split,
 * write-protect, age.
 *
 * Locking: faults change entries in parallel under the read side of the tree's lock,
 * by compare and exchange; no table is freed there. Under the write side there is
 * nobody else, so plain stores do, and tables may go once the TLBs have
 * forgotten them. LOCKED descriptors exist only within a read side, DYING
 * ones only within a write side.
 *
 * A TLB may hold whatever a leaf has been since the last TLBI for it. Only what was invalid
 * all that time is in none: not a leaf whose access flag is clear, for it may have been
 * set when the TLB read it, and s2_age() clears it without a TLBI. So every change of a
 * valid leaf is told to the TLBs but one: the flag alone, either way, which no access
 * through an older entry can tell from a newer one.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "../../mutant.h"
#include "coherency.h"
#include "walk.h"

unsigned int s2_index(const struct s2_tree *tree, u64 ipa, int level)
{
	u64 index = ipa >> s2_shift(level);

	/* Concatenated root tables are one array. */
	return level == tree->start_level && !MUTANT(root_wraps) ? index : index % S2_ENTRIES;
}

static bool s2_walk_takes_whole(const struct s2_walk *walk, int level)
{
	return (walk->flags & S2_WALK_TABLES) && level == S2_WHOLE_LEVEL &&
	       !(walk->ipa & (s2_size(level) - 1)) &&
	       walk->end - walk->ipa >= s2_size(level);
}

/* The entry that decides about walk->ipa: not a table, or one that is taken whole. */
static u64 *s2_walk_find(const struct s2_walk *walk, int *level)
{
	const struct s2_tree *tree = walk->tree;
	u64 *table = tree->pgd;
	int l;

	for (l = tree->start_level; ; l++) {
		u64 *ptep = &table[s2_index(tree, walk->ipa, l)];
		u64 pte = hw_pte_read(ptep);

		if (!s2_is_table(pte, l) || s2_walk_takes_whole(walk, l)) {
			*level = l;
			return ptep;
		}
		table = s2_table_of(pte);
	}
}

static bool s2_walk_wants(const struct s2_walk *walk, u64 pte)
{
	if (walk->flags & S2_WALK_DYING)
		return !s2_is_valid(pte) && (pte & S2_PTE_DYING);
	return s2_is_valid(pte) || s2_is_fenced(pte);
}

/* Most entries of most tables are empty: go on to the next that is not. Return: it. */
static u64 *s2_walk_empty(struct s2_walk *walk, u64 *ptep, int level)
{
	u64 size = s2_size(level), span = size * S2_ENTRIES;
	u64 base = s2_align_down(walk->ipa, level);
	u64 end = min(walk->end, (base & ~(span - 1)) + span);
	unsigned int left = walk->left;

	do {
		base += size;
		ptep++;
		left--;
	} while (left && base < end && !hw_pte_read(ptep));
	walk->ipa = base;
	walk->left = left;
	return ptep;
}

/* Visit entries of one table until it ends or one must be entered. */
static void s2_walk_table(struct s2_walk *walk, u64 *ptep, int level)
{
	u64 size = s2_size(level), span = size * S2_ENTRIES;

	do {
		u64 pte = hw_pte_read(ptep);

		if (!pte) {
			ptep = s2_walk_empty(walk, ptep, level);
			continue;
		}
		if (s2_is_table(pte, level) && !s2_walk_takes_whole(walk, level))
			return;
		walk->left--;
		if (s2_walk_wants(walk, pte) &&
		    walk->visit(walk, ptep, pte, level) == S2_VISIT_AGAIN)
			return;
		walk->ipa = (walk->ipa & ~(size - 1)) + size;
		ptep++;
	} while (walk->left && walk->ipa < walk->end && walk->ipa & (span - 1));
}

void s2_walk_slice(struct s2_walk *walk)
{
	lockdep_assert_held(walk->tree->lock);
	while (walk->left && walk->ipa < walk->end) {
		int level;
		u64 *ptep = s2_walk_find(walk, &level);

		s2_walk_table(walk, ptep, level);
	}
}

void s2_walk_spend(struct s2_walk *walk, unsigned int units)
{
	walk->left -= min(walk->left, units);
}

void s2_walk_changed(struct s2_walk *walk, u64 pte, int level)
{
	u64 base = s2_align_down(walk->ipa, level);

	if (!walk->changed++)
		walk->first = base;
	walk->last = base + s2_size(level);
	walk->level = s2_is_leaf(pte, level) ? level : HW_LEVEL_UNKNOWN;
}

void s2_walk_flush(struct s2_walk *walk)
{
	struct s2_tree *tree = walk->tree;

	if (!walk->changed)
		return;
	if (walk->changed == 1 && walk->level != HW_LEVEL_UNKNOWN)
		hw_tlbi_ipa(tree, walk->first, walk->level);
	else
		hw_tlbi_range(tree, walk->first, walk->last - walk->first);
	atomic64_add(walk->changed, &tree->stats->tlbi_pages);
}

void s2_tree_flush(struct s2_tree *tree)
{
	hw_tlbi_vmid(tree);
	atomic64_inc(&tree->stats->tlbi_all);
}

/* Make the way down to m->level lead through @ptep: a table, a new one or a split. */
static enum s2_result s2_map_enter(struct s2_tree *tree, struct s2_mapping *m, u64 *ptep,
				   int level, struct s2_pages *pages)
{
	u64 pte = hw_pte_read(ptep);
	u64 *table;

	if (!s2_is_valid(pte) && pte)
		return S2_LOST;
	if (s2_is_table(pte, level))
		return S2_MAPPED;
	if (!pte && (m->flags & S2_MAP_RELAX))
		return S2_LOST;
	if (!pages->nr) {
		m->need = m->level - level;
		return S2_NEED_PAGES;
	}
	table = pages->page[pages->nr - 1];
	if (!hw_pte_cmpxchg(ptep, &pte, pte ? S2_PTE_LOCKED : s2_table_pte(table)))
		return S2_LOST;
	pages->nr--;
	if (pte)
		s2_split(tree, ptep, pte, level, m->ipa, table);
	return S2_MAPPED;
}

/* Add what is asked for to a leaf that maps the same memory already. */
static enum s2_result s2_map_relax(struct s2_tree *tree, struct s2_mapping *m, u64 *ptep, u64 pte)
{
	u64 fixed = S2_PTE_MEMATTR | S2_PTE_SH;
	u64 add = m->attr & (S2_PTE_R | S2_PTE_W | S2_PTE_AF | S2_PTE_MAY_WRITE);
	u64 new = pte | add;

	if (s2_output(pte, m->level) != m->phys || (pte & fixed) != (m->attr & fixed))
		return S2_BLOCKED;
	if (!(m->attr & S2_PTE_XN))
		new &= ~S2_PTE_XN;
	if (new == pte)
		return S2_UNCHANGED;
	if (!hw_pte_cmpxchg(ptep, &pte, new))
		return S2_LOST;
	/*
	 * More permission needs no break before make, but an entry with less may be
	 * cached and would fault again: also of a leaf that has lost its access flag since.
	 */
	if (!((new ^ pte) & ~(S2_PTE_AF | S2_PTE_MAY_WRITE)) || MUTANT(relax_untold) ||
	    (MUTANT(relax_old) && !(pte & S2_PTE_AF))) {
		hw_dsb_ishst();
		return S2_RELAXED;
	}
	hw_tlbi_ipa(tree, m->ipa, m->level);
	atomic64_inc(&tree->stats->tlbi_pages);
	return S2_RELAXED;
}

static void s2_count_mapped(struct mmu_stats *stats, int level)
{
	atomic64_inc(level == 3 ? &stats->mapped_4k :
		     level == 2 ? &stats->mapped_2m : &stats->mapped_1g);
}

static enum s2_result s2_map_leaf(struct s2_tree *tree, struct s2_mapping *m, u64 *ptep)
{
	u64 pte = hw_pte_read(ptep);

	if (s2_is_table(pte, m->level))
		return S2_BLOCKED;
	if (s2_is_valid(pte))
		return s2_map_relax(tree, m, ptep, pte);
	if (pte || (m->flags & S2_MAP_RELAX))
		return S2_LOST;
	if (!hw_pte_cmpxchg(ptep, &pte, s2_leaf(m->phys, m->attr, m->level)))
		return S2_LOST;
	hw_dsb_ishst();
	atomic64_inc(&tree->leaves);
	s2_count_mapped(tree->stats, m->level);
	return S2_MAPPED;
}

/* The table in which m->level's entry is, unless it is not S2_MAPPED. */
static enum s2_result s2_map_down(struct s2_tree *tree, struct s2_mapping *m, struct s2_pages *pages, u64 **table)
{
	int level;

	lockdep_assert_held_read(tree->lock);
	*table = tree->pgd;
	for (level = tree->start_level; level < m->level; level++) {
		u64 *ptep = &(*table)[s2_index(tree, m->ipa, level)];
		enum s2_result ret = s2_map_enter(tree, m, ptep, level, pages);

		if (ret != S2_MAPPED)
			return ret;
		*table = s2_table_of(hw_pte_read(ptep));
	}
	return S2_MAPPED;
}

enum s2_result s2_map(struct s2_tree *tree, struct s2_mapping *m, struct s2_pages *pages)
{
	u64 *table;
	enum s2_result ret = s2_map_down(tree, m, pages, &table);

	return ret == S2_MAPPED ? s2_map_leaf(tree, m, &table[s2_index(tree, m->ipa, m->level)]) : ret;
}

enum s2_result s2_split_down(struct s2_tree *tree, struct s2_mapping *m, struct s2_pages *pages)
{
	u64 *table;

	return s2_map_down(tree, m, pages, &table);
}

u64 *s2_page_entry(struct s2_tree *tree, u64 ipa)
{
	u64 *table = tree->pgd;
	int level;

	lockdep_assert_held(tree->lock);
	for (level = tree->start_level; level < S2_LEAF_LEVEL; level++) {
		u64 pte = hw_pte_read(&table[s2_index(tree, ipa, level)]);

		if (!s2_is_valid(pte) || !s2_is_table(pte, level))
			return NULL;
		table = s2_table_of(pte);
	}
	return &table[s2_index(tree, ipa, level)];
}

unsigned int s2_map_near(struct s2_tree *tree, u64 *ptep, const u64 *desc, unsigned int n)
{
	unsigned int i;

	lockdep_assert_held_read(tree->lock);
	for (i = 0; i < n; i++) {
		u64 pte = 0;

		if (!hw_pte_cmpxchg(&ptep[i], &pte, desc[i]))
			break;
	}
	hw_dsb_ishst();
	atomic64_add(i, &tree->leaves);
	atomic64_add(i, &tree->stats->mapped_4k);
	return i;
}

bool s2_allow_write(struct s2_tree *tree, u64 ipa)
{
	u64 *ptep = s2_page_entry(tree, ipa);
	u64 pte = ptep ? hw_pte_read(ptep) : 0;

	lockdep_assert_held_read(tree->lock);
	if (!s2_is_valid(pte) || !(pte & S2_PTE_MAY_WRITE || MUTANT(allow_any)))
		return false;
	/* another has done so, and is telling the TLBs */
	if (pte & S2_PTE_W)
		return true;
	if (!hw_pte_cmpxchg(ptep, &pte, pte | S2_PTE_W | S2_PTE_AF))
		return false;
	if (!MUTANT(relax_untold) && !(MUTANT(relax_old) && !(pte & S2_PTE_AF)))
		hw_tlbi_ipa(tree, ipa, S2_LEAF_LEVEL);
	atomic64_inc(&tree->stats->tlbi_pages);
	return true;
}

void s2_set_access(struct s2_tree *tree, u64 ipa)
{
	struct s2_walk walk = { .tree = tree, .ipa = ipa, .end = ipa + 1 };
	int level;
	u64 *ptep = s2_walk_find(&walk, &level);
	u64 pte = hw_pte_read(ptep);

	lockdep_assert_held_read(tree->lock);
	if (!s2_is_leaf(pte, level) || (pte & S2_PTE_AF))
		return;
	/* A lost race is another faulter's change: the guest finds out by itself. */
	if (hw_pte_cmpxchg(ptep, &pte, pte | S2_PTE_AF))
		hw_dsb_ishst();
}

u64 s2_clip(const struct s2_tree *tree, u64 ipa, u64 len)
{
	u64 limit = s2_limit(tree);

	if (MUTANT(end_overflow))
		return (u32)(ipa + len);
	if (ipa >= limit)
		return ipa;
	return ipa + min(len, limit - ipa);
}

/* How many pages' entries may be worked on without a look at the table above: to its end, or the slice's. */
static unsigned int s2_walk_run(const struct s2_walk *walk)
{
	u64 in_table = S2_ENTRIES - (walk->ipa >> S2_PAGE_SHIFT) % S2_ENTRIES;
	u64 in_walk = (walk->end - walk->ipa + S2_PAGE_SIZE - 1) >> S2_PAGE_SHIFT;

	return min(min(in_table, in_walk), (u64)walk->left + 1);
}

/* A visitor has done with @n pages from walk->ipa on. */
static enum s2_visit s2_walk_ran(struct s2_walk *walk, unsigned int n)
{
	walk->ipa = (walk->ipa & ~(S2_PAGE_SIZE - 1)) + n * S2_PAGE_SIZE;
	walk->left -= n - 1;
	return S2_VISIT_AGAIN;
}

/* Clear walk->bits in the pages of one table. */
static enum s2_visit s2_clear_run(struct s2_walk *walk, u64 *ptep)
{
	unsigned int n = s2_walk_run(walk), i, changed = 0, last = 0;
	u64 base = s2_align_down(walk->ipa, S2_LEAF_LEVEL);

	for (i = 0; i < n; i++) {
		u64 pte = hw_pte_read(&ptep[i]);

		if (!(pte & walk->bits) || !s2_is_valid(pte))
			continue;
		hw_pte_write(&ptep[i], pte & ~walk->bits);
		walk->found = true;
		if (MUTANT(protect_old) && !(pte & S2_PTE_AF))
			continue;
		if (!changed++ && !walk->changed)
			walk->first = base + i * S2_PAGE_SIZE;
		last = i + 1;
	}
	if (changed) {
		walk->changed += changed;
		walk->last = base + last * S2_PAGE_SIZE;
		walk->level = S2_LEAF_LEVEL;
	}
	return s2_walk_ran(walk, n);
}

/* Clear walk->bits in leaves, or only look whether they are set. */
static enum s2_visit s2_clear_bits(struct s2_walk *walk, u64 *ptep, u64 pte, int level)
{
	if (level == S2_LEAF_LEVEL && !walk->dry)
		return s2_clear_run(walk, ptep);
	if (!(pte & walk->bits))
		return S2_VISIT_NEXT;
	walk->found = true;
	if (walk->dry) {
		walk->left = 0;
		return S2_VISIT_NEXT;
	}
	hw_pte_write(ptep, pte & ~walk->bits);
	if (!(MUTANT(protect_old) && !(pte & S2_PTE_AF)))
		s2_walk_changed(walk, pte, level);
	return S2_VISIT_NEXT;
}

/*
 * Change leaves in slices, and make the TLBs forget what they were: once, at the end. Until then
 * a guest may use what it had, as it may before such a change.
 */
static void s2_change(struct s2_walk *walk, u32 flags)
{
	while (walk->ipa < walk->end) {
		walk->left = S2_SLICE;
		write_lock(walk->tree->lock);
		s2_walk_slice(walk);
		if (walk->ipa >= walk->end && !MUTANT(no_tlbi_at_protect))
			s2_walk_flush(walk);
		write_unlock(walk->tree->lock);
		if (flags & S2_RANGE_SLEEP)
			cond_resched();
	}
}

u64 s2_leaf_at(struct s2_tree *tree, u64 ipa, int *level)
{
	struct s2_walk walk = { .tree = tree, .ipa = ipa, .end = ipa + 1 };
	u64 pte = hw_pte_read(s2_walk_find(&walk, level));

	lockdep_assert_held(tree->lock);
	return s2_is_leaf(pte, *level) ? pte : 0;
}

/* Only looked at: several may do so at once. */
static enum s2_visit s2_count_leaf(struct s2_walk *walk, u64 *ptep, u64 pte, int level)
{
	walk->count->leaves[level]++;
	walk->count->exec += !(pte & S2_PTE_XN);
	walk->count->writable += !!(pte & S2_PTE_W);
	return S2_VISIT_NEXT;
}

void mmu_count_tree(struct s2_tree *tree, struct mmu_tree_count *count)
{
	struct s2_walk walk = {
		.tree = tree,
		.end = s2_limit(tree),
		.visit = s2_count_leaf,
		.count = count,
	};

	memset(count, 0, sizeof(*count));
	while (walk.ipa < walk.end) {
		walk.left = S2_SLICE;
		read_lock(tree->lock);
		s2_walk_slice(&walk);
		read_unlock(tree->lock);
		cond_resched();
	}
}

void s2_write_protect(struct s2_tree *tree, u64 ipa, u64 len, u32 flags)
{
	struct s2_walk walk = {
		.tree = tree,
		.ipa = ipa,
		.end = s2_clip(tree, ipa, len),
		.visit = s2_clear_bits,
		.bits = S2_PTE_W,
	};

	s2_change(&walk, flags);
}

void s2_walk_mask(struct s2_walk *walk, u64 ipa, unsigned long mask)
{
	struct s2_tree *tree = walk->tree;

	lockdep_assert_held_write(tree->lock);
	if (!mask)
		return;
	walk->base = ipa;
	walk->mask = mask;
	walk->ipa = ipa + __ffs(mask) * S2_PAGE_SIZE;
	walk->end = s2_clip(tree, ipa, (__fls(mask) + 1) * S2_PAGE_SIZE);
	walk->left = BITS_PER_LONG;
	s2_walk_slice(walk);
}

unsigned long s2_walk_masked(const struct s2_walk *walk, int level)
{
	u64 first = (walk->ipa - walk->base) >> S2_PAGE_SHIFT;
	u64 end;

	if (level == S2_LEAF_LEVEL)
		return walk->mask & BIT(first);
	end = (s2_align_down(walk->ipa, level) + s2_size(level) - walk->base) >> S2_PAGE_SHIFT;
	return walk->mask & GENMASK(min_t(u64, end, BITS_PER_LONG) - 1, first);
}

static enum s2_visit s2_protect_masked(struct s2_walk *walk, u64 *ptep, u64 pte, int level)
{
	unsigned long mask = s2_walk_masked(walk, level);
	unsigned int n, i;

	if (level < S2_LEAF_LEVEL) {
		if ((pte & S2_PTE_W) && mask)
			hw_pte_write(ptep, pte & ~S2_PTE_W);
		return S2_VISIT_NEXT;
	}
	mask = walk->mask >> ((walk->ipa - walk->base) >> S2_PAGE_SHIFT);
	n = s2_walk_run(walk);
	for (i = 0; i < n; i++, mask >>= 1) {
		pte = mask & 1 ? hw_pte_read(&ptep[i]) : 0;
		if ((pte & S2_PTE_W) && s2_is_valid(pte))
			hw_pte_write(&ptep[i], pte & ~S2_PTE_W);
	}
	return s2_walk_ran(walk, n);
}

void s2_write_protect_mask(struct s2_tree *tree, u64 ipa, unsigned long mask)
{
	struct s2_walk walk = { .tree = tree, .visit = s2_protect_masked };

	write_lock(tree->lock);
	s2_walk_mask(&walk, ipa, mask);
	write_unlock(tree->lock);
}

bool s2_age(struct s2_tree *tree, u64 ipa, u64 len, enum host_age how)
{
	struct s2_walk walk = {
		.tree = tree,
		.ipa = ipa,
		.end = s2_clip(tree, ipa, len),
		.visit = s2_clear_bits,
		.bits = S2_PTE_AF,
		.dry = how == HOST_AGE_TEST,
	};

	while (walk.ipa < walk.end && !(walk.dry && walk.found)) {
		walk.left = S2_SLICE;
		walk.changed = 0;
		if (walk.dry) {
			read_lock(tree->lock);
			s2_walk_slice(&walk);
			read_unlock(tree->lock);
			continue;
		}
		write_lock(tree->lock);
		s2_walk_slice(&walk);
		if (how == HOST_AGE_CLEAR_FLUSH && !MUTANT(age_untold))
			s2_walk_flush(&walk);
		write_unlock(tree->lock);
	}
	return walk.found;
}
