/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages of L1's that nested virtualisation looks at again and again: control blocks, permission maps.
 * Each is mapped once and stays so; where the host or a change of slots took it away, and only
 * there, the next look finds it anew.
 */
#ifndef TABULA_NESTED_PAGE_H
#define TABULA_NESTED_PAGE_H

#include "../../mem/guest_map.h"

/**
 * struct nested_page - one that is kept
 * @map: the mapping
 * @gpa: whose
 * @kept: there is one
 * @used: when it was last asked for
 */
struct nested_page {
	struct guest_map map;
	u64 gpa;
	bool kept;
	u64 used;
};

/**
 * nested_page_begin() - look at a page
 * @p: where it is kept; another one that was there goes
 * @gm: guest memory
 * @gpa: L1's address, aligned to a page
 * @write: it may be written
 *
 * Context: the vCPU's thread, on the VMM's mm; may sleep until it returns an address, then interrupts
 * are off up to nested_page_end(). Return: kernel address, or an errno as a pointer as of guest_map() and
 * guest_map_begin(), and then nothing was begun.
 */
void *nested_page_begin(struct nested_page *p, struct gmem *gm, u64 gpa, bool write);

/**
 * nested_page_end() - end the look
 * @p: looked at
 * @dirty: it was written
 */
void nested_page_end(struct nested_page *p, bool dirty);

/**
 * struct nested_span - bytes of a page that are read
 * @at: the first
 * @len: how many; 0 ends a list of them
 */
struct nested_span {
	u16 at;
	u16 len;
};

/**
 * nested_page_copy() - read what is in a page, once
 * @p: as nested_page_begin()
 * @gm: guest memory
 * @gpa: L1's address, aligned to a page
 * @to: where to: as far from it as in the page
 * @s: what: inside a page, and no byte twice
 *
 * Whatever L1 writes there meanwhile or later: what is looked at is the copy. Mapped to be written
 * to. Context: as nested_page_begin(). Return: @to, or an errno as a pointer as nested_page_begin().
 */
const void *nested_page_copy(struct nested_page *p, struct gmem *gm, u64 gpa, void *to,
			     const struct nested_span *s);

/**
 * nested_page_drop() - keep it no more
 * @p: zeroed, or kept; not looked at. May sleep.
 */
void nested_page_drop(struct nested_page *p);

/**
 * nested_page_choose() - where to keep a page, among several
 * @p: they
 * @n: how many
 * @gpa: L1's address
 * @clock: counts calls
 *
 * Return: the one that has it, else one that is free or was not asked for the longest.
 */
struct nested_page *nested_page_choose(struct nested_page *p, unsigned int n, u64 gpa, u64 *clock);

#endif
