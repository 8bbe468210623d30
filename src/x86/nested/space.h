/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address spaces of L2s on one vCPU: tables made of L1's and ours, kept by L1's identifier and nested
 * CR3, and what the CPU's TLB owes. They are a TLB to L1: what it changes counts when it asks for a
 * flush, or uses another identifier or another nested CR3. Knows no vCPU: the checker runs it.
 */
#ifndef TABULA_NESTED_SPACE_H
#define TABULA_NESTED_SPACE_H

#include "../npt/npt.h"
#include "shadow.h"
#include "tables.h"

#define SPACE_SHADOWS	4	/* that are kept */
#define SPACE_NO_NCR3	(~0ULL)	/* L1 has no nested paging */

/**
 * struct spaces - address spaces
 * @shadow: tables that L2s run on
 * @now: those of the L2 that runs, or ran last; NULL: ours for L1 itself
 * @clock: counts uses
 * @asid: what L2's identifier in the CPU stands for: L1's identifier
 * @ncr3: and its nested CR3, or SPACE_NO_NCR3
 *
 * The flag that its functions take says that L2's identifier in the CPU is to be flushed before L2 runs.
 */
struct spaces {
	struct shadow shadow[SPACE_SHADOWS];
	struct shadow *now;
	u64 clock;
	u32 asid;
	u64 ncr3;
};

/**
 * spaces_init() - none
 * @s: zeroed
 */
void spaces_init(struct spaces *s);

/**
 * spaces_free() - free all tables
 * @s: initialised; no L2 runs. May sleep.
 */
void spaces_free(struct spaces *s);

/**
 * space_flush() - forget what was made of L1's tables
 * @s: the vCPU's, which is not in its guest
 * @asid: L1's identifier, or 0: of all
 * @flush: set
 *
 * May sleep.
 */
void space_flush(struct spaces *s, u32 asid, bool *flush);

/**
 * space_enter() - the address space of a VMRUN
 * @s: the vCPU's, in L1
 * @asid: L1's identifier for L2
 * @ncr3: L1's nested CR3, or SPACE_NO_NCR3
 * @tlb_ctl: NESTED_FLUSH_*
 * @levels: of the host's nested paging
 * @flush: set where the CPU may hold what is not so any more
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int space_enter(struct spaces *s, u32 asid, u64 ncr3, u8 tlb_ctl, unsigned int levels, bool *flush);

/**
 * space_map() - let L2 have a page: what L1 says and what we say made one
 * @s: the vCPU's; @s->now is not NULL
 * @addr: L2's address
 * @leaf: L1's
 * @ours: our entry for the address that L1's names
 * @flush: set where something else was there before
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int space_map(struct spaces *s, u64 addr, const struct nested_leaf *leaf,
	      const struct npt_copy *ours, bool *flush);

#endif
