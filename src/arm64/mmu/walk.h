/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stage-2 walker and what is done with it: map, unmap, take permissions,
 * age. All addresses are IPAs in bytes, page aligned.
 */
#ifndef TABULA_MMU_WALK_H
#define TABULA_MMU_WALK_H

#include <linux/types.h>

#include "../../host/notifier.h"
#include "table.h"

struct s2_walk;

/* What a visitor says. */
enum s2_visit {
	S2_VISIT_NEXT,		/* go on behind this entry */
	S2_VISIT_AGAIN,		/* the tree, or walk->ipa, has changed: look again */
};

typedef enum s2_visit (*s2_visit_fn)(struct s2_walk *walk, u64 *ptep, u64 pte, int level);

/* Flags of a walk: which entries are visited. Without any: valid leaves. */
#define S2_WALK_TABLES	(1U << 0)	/* also whole level-3 tables inside the range, unentered */
#define S2_WALK_DYING	(1U << 1)	/* dying entries instead of valid ones */

/* How many entries, or pages paid, one critical section may take. */
#define S2_SLICE	512

/* The level whose tables go in one piece: what they map is paid in one critical section. */
#define S2_WHOLE_LEVEL	2

/**
 * struct s2_walk - a walk over [ipa, end) in slices
 * @tree: the tree
 * @ipa: next address
 * @end: first address behind
 * @flags: S2_WALK_*
 * @left: units of work left in this slice; every entry takes one, a visitor may take more
 * @visit: called for each entry
 * @lines: cache lines maintained by visitors
 * @bits: for visitors: descriptor bits to clear
 * @base: for visitors: the address of the page of bit 0 of @mask
 * @mask: for visitors: which pages, see s2_walk_mask()
 * @gone: leaves that were taken away
 * @count: for visitors: where to count
 * @unpaid: what is unmapped owes nothing
 * @dry: for visitors: look, change nothing
 * @found: for visitors: some entry had one of @bits
 * @first: first address of the changed entries
 * @last: first address behind them
 * @changed: how many entries were changed
 * @level: level of the last changed leaf, or %HW_LEVEL_UNKNOWN
 * @dying: for visitors: the last entry that was taken away
 */
struct s2_walk {
	struct s2_tree *tree;
	u64 ipa;
	u64 end;
	u32 flags;
	unsigned int left;
	s2_visit_fn visit;
	u64 lines;
	u64 bits;
	u64 base;
	unsigned long mask;
	u64 gone;
	struct mmu_tree_count *count;
	bool unpaid;
	bool dry;
	bool found;
	u64 first;
	u64 last;
	unsigned int changed;
	int level;
	u64 *dying;
};

/**
 * s2_walk_slice() - visit entries from walk->ipa on
 * @walk: the walk; its @ipa moves on
 *
 * The tree's lock is held, for writing where the visitor writes. Ends at
 * walk->end or when walk->left is used up.
 */
void s2_walk_slice(struct s2_walk *walk);

/**
 * s2_walk_mask() - visit what maps up to 64 pages, along the tables
 * @walk: a fresh walk
 * @ipa: address of the page of bit 0
 * @mask: which pages; a visitor asks s2_walk_masked(), for those between are visited, too
 *
 * The write side of the tree's lock is held.
 */
void s2_walk_mask(struct s2_walk *walk, u64 ipa, unsigned long mask);

/**
 * s2_walk_masked() - which pages of the mask the visited leaf maps, from walk->ipa on
 * @walk: the walk of s2_walk_mask()
 * @level: the leaf's level
 *
 * Return: their bits.
 */
unsigned long s2_walk_masked(const struct s2_walk *walk, int level);

/**
 * s2_index() - which entry of a table translates an address
 * @tree: the tree
 * @ipa: the address, below s2_limit()
 * @level: the table's level
 *
 * Return: the index; at the start level into all of the concatenated root.
 */
unsigned int s2_index(const struct s2_tree *tree, u64 ipa, int level);

/**
 * s2_clip() - where a range ends
 * @tree: the tree
 * @ipa: first address
 * @len: bytes, any number
 *
 * Return: ipa + len, or the end of the tree's input addresses where that is less; @ipa
 * where it lies behind them.
 */
u64 s2_clip(const struct s2_tree *tree, u64 ipa, u64 len);

/**
 * s2_walk_spend() - a visitor has done more work than an entry stands for
 * @walk: the walk
 * @units: how much more
 */
void s2_walk_spend(struct s2_walk *walk, unsigned int units);

/**
 * s2_walk_changed() - remember for the TLBs that the entry at walk->ipa has changed
 * @walk: the walk
 * @pte: what it was
 * @level: its level
 */
void s2_walk_changed(struct s2_walk *walk, u64 pte, int level);

/**
 * s2_walk_flush() - make the TLBs forget what has changed
 * @walk: the walk; its changed entries lie close together
 *
 * Complete on return.
 */
void s2_walk_flush(struct s2_walk *walk);

/**
 * s2_tree_flush() - make the TLBs forget the whole tree
 * @tree: the tree
 *
 * Complete on return; counted.
 */
void s2_tree_flush(struct s2_tree *tree);

/**
 * s2_split() - replace a block by a table of the next smaller leaves
 * @tree: the tree
 * @ptep: the entry: made LOCKED by the caller, or the caller has the tree for itself
 * @block: the block's descriptor
 * @level: its level
 * @ipa: an address in it
 * @table: a table page
 *
 * Break before make.
 */
void s2_split(struct s2_tree *tree, u64 *ptep, u64 block, int level, u64 ipa, u64 *table);

/* What s2_map() says. */
enum s2_result {
	S2_MAPPED,		/* installed */
	S2_RELAXED,		/* permissions were added */
	S2_UNCHANGED,		/* already so */
	S2_LOST,		/* another faulter is at it, or it is not there to relax: fault again */
	S2_NEED_PAGES,		/* mapping->need table pages are missing */
	S2_BLOCKED,		/* a table or another leaf stands there: unmap it first */
};

/* Flags of a mapping. */
#define S2_MAP_RELAX	(1U << 0)	/* only add permissions to what is mapped */

/**
 * struct s2_mapping - a leaf wanted
 * @ipa: input address, aligned to the level's size
 * @phys: output address, aligned likewise
 * @attr: attributes, see s2_leaf_attr()
 * @level: 1..3, not above the tree's start level
 * @flags: S2_MAP_*
 * @need: out: table pages that were missing
 */
struct s2_mapping {
	u64 ipa;
	u64 phys;
	u64 attr;
	int level;
	u32 flags;
	unsigned int need;
};

/**
 * s2_map() - install a leaf, in parallel with others who do
 * @tree: the tree
 * @m: what
 * @pages: table pages to use
 *
 * The tree's lock is held for reading. A block above is split, break before make. What the
 * page owes to the caches has been paid before. On success the entry is
 * visible to walkers.
 *
 * Return: enum s2_result.
 */
enum s2_result s2_map(struct s2_tree *tree, struct s2_mapping *m, struct s2_pages *pages);

/**
 * s2_split_down() - let a table lead to where a leaf of a level would be, if a larger one is there
 * @tree: the tree
 * @m: .ipa, .level, and S2_MAP_RELAX: nothing is made where nothing is
 * @pages: table pages to use
 *
 * The tree's lock is held for reading. Return: S2_MAPPED: no block is above; %S2_NEED_PAGES: @m says how
 * many; else there is nothing, or somebody else is at it.
 */
enum s2_result s2_split_down(struct s2_tree *tree, struct s2_mapping *m, struct s2_pages *pages);

/**
 * s2_split_range() - make pages of all blocks of which some is in [ipa, ipa + len)
 * @tree: the tree
 * @ipa: first byte, of a page
 * @len: bytes
 *
 * Sleeps; takes the tree's lock for reading, a block at a time. Nothing is lost where memory for tables is: what stays a
 * block is split when it is written to.
 */
void s2_split_range(struct s2_tree *tree, u64 ipa, u64 len);

/**
 * s2_page_entry() - where the entry of a small page is
 * @tree: the tree; its lock is held
 * @ipa: the page's address, below s2_limit()
 *
 * Return: the entry, or NULL: the way to it is not all tables, or there is a fence.
 */
u64 *s2_page_entry(struct s2_tree *tree, u64 ipa);

/**
 * s2_map_near() - install pages side by side, in parallel with others who install
 * @tree: the tree
 * @ptep: the first one's entry, of s2_page_entry(); the others stand in the same table
 * @desc: their descriptors
 * @n: how many
 *
 * The tree's lock is held for reading since s2_page_entry(). Stops where an entry is not empty.
 * What the pages owe to the caches has been paid before. They are visible to walkers on return.
 *
 * Return: how many are installed, from the first on.
 */
unsigned int s2_map_near(struct s2_tree *tree, u64 *ptep, const u64 *desc, unsigned int n);

/**
 * s2_allow_write() - give back write permission that was taken from a small page for the dirty log
 * @tree: the tree; its lock is held for reading
 * @ipa: the page's address, below s2_limit()
 *
 * Return: true where the page is writable now, and the TLBs are told, or are being told by who has done it; false: it is not there, not by
 * itself, may not be, or somebody else is at it.
 */
bool s2_allow_write(struct s2_tree *tree, u64 ipa);

/**
 * s2_set_access() - set the access flag of the leaf at an address, if there is one
 * @tree: the tree
 * @ipa: the address
 *
 * The tree's lock is held for reading.
 */
void s2_set_access(struct s2_tree *tree, u64 ipa);

/* How a range is worked on. */
#define S2_RANGE_SLEEP	(1U << 0)	/* may reschedule between slices */
#define S2_RANGE_UNPAID	(1U << 1)	/* nobody will read through the caches what the guest left */

/**
 * s2_unmap() - nothing in [ipa, ipa + len) is mapped or cached on return
 * @tree: the tree
 * @ipa: first address
 * @len: bytes; what lies beyond the tree's input addresses is ignored
 * @flags: S2_RANGE_*
 * @lines: counter for the cache lines maintained
 *
 * Takes the tree's lock, in slices. A block that lies partly in the range goes
 * entirely. In each critical section: descriptors cleared, TLBI, DSB, memory cleaned and
 * invalidated to the PoC (without FEAT_S2FWB), DSB, tables freed.
 */
void s2_unmap(struct s2_tree *tree, u64 ipa, u64 len, u32 flags, atomic64_t *lines);

/**
 * s2_unmap_held() - s2_unmap() of all of a small tree, in one critical section
 * @tree: the tree, of few leaves; the write side of its lock is held
 * @lines: counter for the cache lines maintained
 */
void s2_unmap_held(struct s2_tree *tree, atomic64_t *lines);

/**
 * s2_take_exec() - no leaf may be executed any more without a fault
 * @tree: the tree
 *
 * Takes the tree's lock, once; flushes the tree's VMID. The work is one look at each entry of
 * the root, whatever is mapped; the rest is s2_unfence()'s.
 */
void s2_take_exec(struct s2_tree *tree);

/**
 * s2_unfence() - let the hardware walk to an address again
 * @tree: the tree
 * @ipa: the address that faulted, below s2_limit()
 *
 * Takes the tree's lock for reading. All leaves that become reachable are without
 * execute permission. At most three tables are worked on.
 *
 * Return: true where there was a fence: the fault is done with, though the access may
 * fault again.
 */
bool s2_unfence(struct s2_tree *tree, u64 ipa);

/**
 * s2_leaf_at() - the leaf that maps an address
 * @tree: the tree; its lock is held
 * @ipa: the address
 * @level: out: its level
 *
 * Return: its descriptor, or 0.
 */
u64 s2_leaf_at(struct s2_tree *tree, u64 ipa, int *level);

/**
 * s2_spare_ready() - is there a table to split a 1 GiB block with when it goes away?
 * @tree: the tree
 *
 * Asked before a 1 GiB block that owes maintenance is mapped: without it all of the block would
 * have to be paid in one critical section. Sleeps; tries to get one.
 *
 * Return: true where there is one, though another block may use it first.
 */
bool s2_spare_ready(struct s2_tree *tree);

/**
 * s2_write_protect() - take write permission from [ipa, ipa + len) and flush
 * @tree: the tree
 * @ipa: first address
 * @len: bytes
 * @flags: S2_RANGE_*
 *
 * Takes the tree's lock, in slices. A block partly in the range loses it entirely.
 */
void s2_write_protect(struct s2_tree *tree, u64 ipa, u64 len, u32 flags);

/**
 * s2_write_protect_mask() - take write permission from up to 64 pages
 * @tree: the tree
 * @ipa: address of the page of bit 0
 * @mask: which pages
 *
 * Takes the tree's lock. TLBs are not flushed.
 */
void s2_write_protect_mask(struct s2_tree *tree, u64 ipa, unsigned long mask);

/**
 * s2_age() - tell, and maybe clear, whether [ipa, ipa + len) was accessed
 * @tree: the tree
 * @ipa: first address
 * @len: bytes
 * @how: what to do
 *
 * Takes the tree's lock, in slices; never sleeps.
 *
 * Return: true where an access flag was set.
 */
bool s2_age(struct s2_tree *tree, u64 ipa, u64 len, enum host_age how);

#endif
