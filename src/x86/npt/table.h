/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entries and tables: long-mode paging structures (AMD APM vol. 2, 5.3 and 15.25.5).
 * Private to npt/, but that nested/ makes entries of this form.
 */
#ifndef TABULA_X86_NPT_TABLE_H
#define TABULA_X86_NPT_TABLE_H

#include <linux/bits.h>
#include <linux/list.h>

#include "npt.h"

#define NPT_PRESENT	BIT_ULL(0)
#define NPT_WRITE	BIT_ULL(1)
#define NPT_USER	BIT_ULL(2)	/* every nested access is a user's */
#define NPT_PWT		BIT_ULL(3)
#define NPT_PCD		BIT_ULL(4)
#define NPT_ACCESSED	BIT_ULL(5)
#define NPT_DIRTY	BIT_ULL(6)
#define NPT_LARGE	BIT_ULL(7)	/* a leaf above level 1 */
#define NPT_NX		BIT_ULL(63)
#define NPT_ADDR	GENMASK_ULL(51, 12)

#define NPT_TABLE	(NPT_PRESENT | NPT_WRITE | NPT_USER | NPT_ACCESSED)
#define NPT_INDEX_BITS	9
#define NPT_ENTRIES	512
#define NPT_MAX_LEVELS	5

/**
 * npt_shift() - how much an entry maps
 * @level: 1 to 5
 *
 * Return: log2 of bytes.
 */
static inline unsigned int npt_shift(unsigned int level)
{
	return 12 + NPT_INDEX_BITS * (level - 1);
}

/**
 * npt_is_leaf() - does this entry map memory?
 * @pte: the entry
 * @level: where it stands
 *
 * Return: true; false for one that is empty or leads to a table.
 */
static inline bool npt_is_leaf(u64 pte, unsigned int level)
{
	return (pte & NPT_PRESENT) && (level == 1 || (pte & NPT_LARGE));
}

/**
 * struct npt_spares - table pages at hand for an install under the lock
 * @page: they, zeroed
 * @n: how many
 */
struct npt_spares {
	void *page[NPT_MAX_LEVELS];
	unsigned int n;
};

/**
 * npt_spares_fill() - have as many as one install can take
 * @npt: whose tables
 * @s: filled in
 *
 * Return: 0 or -ENOMEM. May sleep.
 */
int npt_spares_fill(struct npt *npt, struct npt_spares *s);

/**
 * npt_spares_free() - free what was not used
 * @s: spares
 */
void npt_spares_free(struct npt_spares *s);

/**
 * npt_table_new() - a table page
 *
 * Return: it, zeroed, or NULL. May sleep.
 */
void *npt_table_new(void);

/**
 * npt_install() - put a leaf
 * @npt: its lock is held
 * @gpa: guest physical address that it maps, aligned to its size
 * @pte: the leaf
 * @level: 1 to 3
 * @s: spares, or none
 *
 * A leaf of the same level is replaced; nothing is flushed, so it must map the same
 * page and may only gain permissions. Return: 0; -EEXIST: smaller leaves, a larger one or
 * another page stand there; -ENOSPC: a table is missing, and there are not enough spares.
 */
int npt_install(struct npt *npt, u64 gpa, u64 pte, unsigned int level, struct npt_spares *s);

/* What is done with leaves of a range; npt_walk(). */
typedef u64 (*npt_leaf_fn)(u64 pte, unsigned int level);

/**
 * npt_walk() - change leaves of a range
 * @npt: its lock is not held
 * @gpa: first byte, page aligned
 * @end: the byte after the last
 * @fn: what becomes of a leaf; may be called for one that extends beyond the range
 * @may_sleep: may reschedule between slices
 *
 * Takes @npt->lock, in slices. Flushes nothing. Return: true if a leaf has changed.
 */
bool npt_walk(struct npt *npt, u64 gpa, u64 end, npt_leaf_fn fn, bool may_sleep);

/**
 * npt_any() - has a leaf of a range one of these bits?
 * @npt: its lock is not held
 * @gpa: first byte, page aligned
 * @end: the byte after the last
 * @bits: NPT_ACCESSED and the like
 *
 * Changes nothing. Does not sleep. Return: true if one has.
 */
bool npt_any(struct npt *npt, u64 gpa, u64 end, u64 bits);

/**
 * npt_prune() - take away the table that stands where a block is to stand
 * @npt: its lock is not held
 * @gpa: within the block
 * @level: the block's: 2 or 3
 *
 * The table's leaves are flushed. Does not sleep.
 */
void npt_prune(struct npt *npt, u64 gpa, unsigned int level);

/**
 * npt_free_tables() - free all tables, the top one included
 * @npt: no vCPU uses them any more. May sleep.
 */
void npt_free_tables(struct npt *npt);

#endif
