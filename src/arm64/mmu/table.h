/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stage-2 descriptors of the VMSAv8-64 4 KiB granule (Arm ARM D8.3), the shape
 * of a tree, its memory.
 */
#ifndef TABULA_MMU_TABLE_H
#define TABULA_MMU_TABLE_H

#include <linux/bits.h>
#include <linux/types.h>

#include "hw.h"
#include "mmu.h"

#define S2_PAGE_SHIFT		12
#define S2_PAGE_SIZE		BIT_ULL(S2_PAGE_SHIFT)
#define S2_ENTRIES		512
#define S2_LEAF_LEVEL		3	/* where pages are */
#define S2_BLOCK_LEVEL		1	/* first level that may hold a block */
#define S2_MAX_ROOT_PAGES	16	/* concatenation, Arm ARM D8.2 */
#define S2_OA_BITS		48	/* output addresses, without FEAT_LPA2 */

#define S2_PTE_VALID		BIT_ULL(0)
#define S2_PTE_TABLE		BIT_ULL(1)	/* a table; at level 3 a page */
#define S2_PTE_MEMATTR		GENMASK_ULL(5, 2)
#define S2_PTE_R		BIT_ULL(6)	/* S2AP */
#define S2_PTE_W		BIT_ULL(7)
#define S2_PTE_SH		GENMASK_ULL(9, 8)
#define S2_PTE_SH_INNER		(3ULL << 8)
#define S2_PTE_AF		BIT_ULL(10)
#define S2_PTE_OA		GENMASK_ULL(S2_OA_BITS - 1, S2_PAGE_SHIFT)
#define S2_PTE_XN		BIT_ULL(54)	/* at EL1 and EL0, with and without FEAT_XNX */

/*
 * Invalid descriptors that mean something to software; the hardware ignores all
 * but bit 0 of them.
 * LOCKED: a faulter replaces the entry, break before make; others come back later.
 * DYING: the rest is the descriptor that was, until it has been paid for.
 * FENCED: a table as ever, but for the hardware: what it maps lost its execute permission.
 */
#define S2_PTE_LOCKED		BIT_ULL(55)
#define S2_PTE_DYING		BIT_ULL(56)
#define S2_PTE_FENCED		BIT_ULL(57)

/*
 * Of a leaf, for software: the host lets it be written, and knows that it is, whatever S2_PTE_W says, which the
 * dirty log takes away. So it is for as long as the leaf is there: the host takes that away first.
 */
#define S2_PTE_MAY_WRITE	BIT_ULL(58)

/* MemAttr[3:0] in place, Arm ARM D8.5.5; FEAT_S2FWB gives other values to Normal memory. */
#define S2_MEMATTR(x)		((u64)(x) << 2)
#define S2_MEMATTR_DEVICE	S2_MEMATTR(0x1)	/* Device-nGnRE */
#define S2_MEMATTR_NC		S2_MEMATTR(0x5)	/* Normal Non-cacheable */
#define S2_MEMATTR_WB		S2_MEMATTR(0xf)	/* Normal Write-Back */
#define S2_MEMATTR_WB_FWB	S2_MEMATTR(0x6)	/* Normal Write-Back whatever stage 1 says */

/* What stage 2 takes the memory for. */
enum s2_memory {
	S2_NORMAL,
	S2_NORMAL_NC,
	S2_DEVICE,
};

/**
 * s2_shift() - how far a level's index is up in an address
 * @level: 0..3
 *
 * Return: bits: 39, 30, 21 or 12.
 */
static inline unsigned int s2_shift(int level)
{
	return S2_PAGE_SHIFT + 9 * (S2_LEAF_LEVEL - level);
}

/**
 * s2_size() - what one entry of a level covers
 * @level: 0..3
 *
 * Return: bytes.
 */
static inline u64 s2_size(int level)
{
	return BIT_ULL(s2_shift(level));
}

/**
 * s2_align_down() - the first byte that shares an entry with an address
 * @addr: an address, bytes
 * @level: the entry's level, 0..3
 *
 * Return: the address, rounded down.
 */
static inline u64 s2_align_down(u64 addr, int level)
{
	return addr & ~(s2_size(level) - 1);
}

/**
 * s2_is_valid() - does the hardware see anything here?
 * @pte: a descriptor
 *
 * Return: true for a leaf or a table that walks use.
 */
static inline bool s2_is_valid(u64 pte)
{
	return pte & S2_PTE_VALID;
}

/**
 * s2_is_fenced() - is this a table that the hardware does not see?
 * @pte: a descriptor
 *
 * Return: true for %S2_PTE_FENCED.
 */
static inline bool s2_is_fenced(u64 pte)
{
	return pte & S2_PTE_FENCED;
}

/**
 * s2_is_table() - does a descriptor lead to a table, seen by the hardware or fenced?
 * @pte: the descriptor
 * @level: where it stands, 0..3
 *
 * Return: true for a table; never at level 3.
 */
static inline bool s2_is_table(u64 pte, int level)
{
	return level < S2_LEAF_LEVEL && (pte & S2_PTE_TABLE) &&
	       (s2_is_valid(pte) || s2_is_fenced(pte));
}

/**
 * s2_is_leaf() - does a descriptor map memory?
 * @pte: the descriptor
 * @level: where it stands, 0..3
 *
 * Return: true for a page, or a block at level 1 or 2.
 */
static inline bool s2_is_leaf(u64 pte, int level)
{
	return s2_is_valid(pte) && !s2_is_table(pte, level);
}

/**
 * s2_output() - where a leaf leads
 * @pte: a leaf, valid or dying
 * @level: its level
 *
 * Return: physical address of its first byte.
 */
static inline u64 s2_output(u64 pte, int level)
{
	return s2_align_down(pte & S2_PTE_OA, level);
}

/**
 * s2_attr_of() - all of a leaf that is neither its address nor its type
 * @pte: the leaf
 *
 * Return: bits for s2_leaf().
 */
static inline u64 s2_attr_of(u64 pte)
{
	return pte & ~(S2_PTE_OA | S2_PTE_VALID | S2_PTE_TABLE);
}

/**
 * s2_leaf() - make a leaf
 * @phys: physical address, aligned to s2_size() of @level
 * @attr: from s2_leaf_attr() or s2_attr_of()
 * @level: 1..3
 *
 * Return: a valid page or block descriptor.
 */
static inline u64 s2_leaf(u64 phys, u64 attr, int level)
{
	return phys | attr | S2_PTE_VALID | (level == S2_LEAF_LEVEL ? S2_PTE_TABLE : 0);
}

/**
 * s2_table_pte() - make a descriptor that leads to a table
 * @table: the table, kernel address
 *
 * Return: a valid table descriptor.
 */
static inline u64 s2_table_pte(const u64 *table)
{
	return hw_table_phys(table) | S2_PTE_VALID | S2_PTE_TABLE;
}

/**
 * s2_table_of() - the table that a descriptor leads to
 * @pte: a table descriptor, valid or fenced
 *
 * Return: its kernel address.
 */
static inline u64 *s2_table_of(u64 pte)
{
	return hw_table_at(pte & S2_PTE_OA);
}

/**
 * s2_limit() - the first address beyond a tree
 * @tree: the tree
 *
 * Return: bytes, a power of two.
 */
static inline u64 s2_limit(const struct s2_tree *tree)
{
	return BIT_ULL(tree->ia_bits);
}

/**
 * s2_memattr() - MemAttr of a kind of memory in a tree
 * @tree: the tree
 * @kind: what it is
 *
 * Return: bits for a leaf descriptor, with and without FEAT_S2FWB.
 */
u64 s2_memattr(const struct s2_tree *tree, enum s2_memory kind);

/**
 * s2_leaf_attr() - attributes of a new leaf
 * @tree: the tree
 * @kind: memory type
 * @perm: any of S2_PTE_R, S2_PTE_W
 * @exec: instructions may be fetched; never from what is not S2_NORMAL
 *
 * Return: MemAttr, SH, S2AP, XN and the access flag.
 */
u64 s2_leaf_attr(const struct s2_tree *tree, enum s2_memory kind, u64 perm, bool exec);

/**
 * s2_leaf_owes() - must caches be maintained when this leaf goes away?
 * @pte: a leaf, valid or dying
 *
 * Return: true for Normal cacheable memory without FEAT_S2FWB: the guest may have
 * mapped it Non-cacheable in stage 1.
 */
bool s2_leaf_owes(u64 pte);

/**
 * s2_tree_init() - make an empty tree
 * @tree: zeroed memory
 * @ipa_bits: input address size, 32..48, at most hw_features.pa_bits
 * @lock: the lock its users agree on
 * @stats: counters
 *
 * The start level is the lowest that needs at most 16 concatenated tables.
 * Source: Arm ARM D8.2, VTCR_EL2.
 *
 * Return: 0 or -ENOMEM.
 */
int s2_tree_init(struct s2_tree *tree, unsigned int ipa_bits, rwlock_t *lock,
		 struct mmu_stats *stats);

/**
 * s2_tree_destroy() - unmap all, pay, free the tables
 * @tree: initialised; nobody else uses it any more
 *
 * May sleep. A second call does nothing.
 */
void s2_tree_destroy(struct s2_tree *tree);

/**
 * s2_vtcr() - VTCR_EL2 for an input address size
 * @ipa_bits: 32..48
 *
 * Return: the register's value.
 */
u64 s2_vtcr(unsigned int ipa_bits);

/**
 * s2_table_new() - memory for one table of a tree
 * @tree: for its counters
 * @gfp: how to allocate
 *
 * Return: a zeroed table or NULL.
 */
u64 *s2_table_new(struct s2_tree *tree, gfp_t gfp);

/**
 * s2_table_drop() - give a table back
 * @tree: where it came from
 * @table: the table; no walker may still reach it
 */
void s2_table_drop(struct s2_tree *tree, u64 *table);

/* A walk from level 0 to 3 lacks at most this many tables. */
#define S2_PAGES_MAX	3

/**
 * struct s2_pages - table pages for one fault, got before the lock is taken
 * @tree: whose tables they become
 * @nr: how many are left
 * @page: the pages, each zeroed
 */
struct s2_pages {
	struct s2_tree *tree;
	unsigned int nr;
	u64 *page[S2_PAGES_MAX];
};

/**
 * s2_pages_fill() - have a number of table pages at hand
 * @pages: where; may already hold some
 * @nr: how many, up to %S2_PAGES_MAX
 *
 * Sleeps.
 *
 * Return: 0 or -ENOMEM; what was got before is kept.
 */
int s2_pages_fill(struct s2_pages *pages, unsigned int nr);

/**
 * s2_pages_empty() - free what was not used
 * @pages: where
 */
void s2_pages_empty(struct s2_pages *pages);

/* vmid.c */

/**
 * vmid_init() - set up the allocator for hw_features.vmid_bits
 *
 * Return: 0, -ENOMEM, or -ENODEV where there are more CPUs than VMIDs.
 */
int vmid_init(void);

/**
 * vmid_exit() - free the allocator
 */
void vmid_exit(void);

/**
 * vmid_load() - give the tree a VMID that is good on this CPU
 * @tree: to be run here
 *
 * Preemption off. No lock while the tree's VMID is current. All stores to
 * the tree that are ordered before a TLBI that still saw the older VMID are visible
 * to walks after this.
 *
 * Return: the VMID.
 */
u16 vmid_load(struct s2_tree *tree);

/**
 * vmid_of() - the VMID a tree was given last
 * @tree: the tree
 *
 * Return: it, or 0 where it never had one.
 */
u16 vmid_of(struct s2_tree *tree);

/**
 * s2_vttbr() - VTTBR_EL2 of a tree and a VMID, CnP clear
 * @tree: the tree
 * @vmid: the VMID
 *
 * Return: the register's value.
 */
static inline u64 s2_vttbr(const struct s2_tree *tree, u16 vmid)
{
	return tree->pgd_phys | (u64)vmid << 48;
}

#endif
