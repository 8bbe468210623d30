/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nested page tables that L2 runs on: L1's and ours made one. They are a TLB: what is not there
 * is looked up, and all of it may go at any time. Only the vCPU's own thread touches them, and only
 * while it is not in its guest; an invalidation asks it to empty them (X86_REQ_FLUSH) and waits until
 * it is outside.
 */
#ifndef TABULA_NESTED_SHADOW_H
#define TABULA_NESTED_SHADOW_H

#include <linux/types.h>

/* Tables of one shadow at most; a guest that touches more starts with empty ones again. */
#define SHADOW_MAX_TABLES	2048

/**
 * struct shadow - tables for one of L1's address spaces
 * @root: top table, or NULL
 * @levels: the host's own
 * @tables: pages below @root
 * @asid: L1's identifier
 * @ncr3: L1's nested CR3
 * @used: when it was last taken, for the choice of the one that goes
 */
struct shadow {
	u64 *root;
	unsigned int levels;
	unsigned int tables;
	u32 asid;
	u64 ncr3;
	u64 used;
};

/**
 * struct shadow_page - what one entry is to map
 * @pfn: host frame of the page that is asked for
 * @shift: log2 of the bytes around it that are mapped alike by L1 and by us: 12, 21 or 30 counts,
 *	anything between is rounded down
 * @write: it may be written
 * @exec: it may be executed
 * @memory: PWT and PCD
 */
struct shadow_page {
	u64 pfn;
	unsigned int shift;
	bool write;
	bool exec;
	u64 memory;
};

/**
 * shadow_init() - empty tables
 * @s: zeroed
 * @levels: 4 or 5
 *
 * Return: 0 or -ENOMEM. May sleep.
 */
int shadow_init(struct shadow *s, unsigned int levels);

/**
 * shadow_free() - no tables
 * @s: initialised, or zeroed. May sleep.
 */
void shadow_free(struct shadow *s);

/**
 * shadow_empty() - forget all
 * @s: not in use by a vCPU in its guest; whose TLB the caller flushes. May sleep.
 *
 * Return: true if there was anything.
 */
bool shadow_empty(struct shadow *s);

/**
 * shadow_map() - let L2 have a page
 * @s: tables
 * @addr: L2's address, within their reach
 * @p: the page
 *
 * Return: 0; 1: so is it, and something else was there before: the TLB is to be flushed;
 * -ENOMEM; -ENOSPC: empty them first. May sleep.
 */
int shadow_map(struct shadow *s, u64 addr, const struct shadow_page *p);

/**
 * shadow_root() - nested CR3
 * @s: tables
 *
 * Return: physical address.
 */
u64 shadow_root(const struct shadow *s);

#endif
