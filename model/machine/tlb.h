/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PE's stage-2 TLB as the set of all it may hold, and the walker that may put
 * into it anything the tables allow, at any time.
 */
#ifndef MODEL_TLB_H
#define MODEL_TLB_H

#include <stdbool.h>
#include <stdint.h>

#define TLB_ENTRIES	128

/* Of each table's pages the first ones may be cached; of the rest, those with a watched line. */
#define TLB_PAGES	36

/* Permissions. */
#define TLB_R	(1U << 0)
#define TLB_W	(1U << 1)
#define TLB_X	(1U << 2)

/**
 * struct tlb_entry - one translation, or one table a walk went through
 * @vmid: whose
 * @shift: log2 of the bytes it stands for
 * @table: it is a table descriptor; @pa is the table
 * @perms: TLB_*
 * @memattr: MemAttr[3:0]
 * @sh: SH[1:0]
 * @dc: HCR_EL2.DC was set when it was cached (D24.2.48: it may be cached)
 * @ipa: first input address
 * @pa: output address of @ipa, or of the table
 */
struct tlb_entry {
	uint16_t vmid;
	uint8_t shift;
	bool table;
	uint8_t perms;
	uint8_t memattr;
	uint8_t sh;
	bool dc;
	uint64_t ipa;
	uint64_t pa;
};

/**
 * struct tlb - what may be cached
 * @count: how many entries
 * @entry: them, sorted
 */
struct tlb {
	unsigned int count;
	struct tlb_entry entry[TLB_ENTRIES];
};

/**
 * struct tlb_root - where a walk starts
 * @vttbr: VTTBR_EL2
 * @vtcr: VTCR_EL2
 * @dc: HCR_EL2.DC
 */
struct tlb_root {
	uint64_t vttbr;
	uint64_t vtcr;
	bool dc;
};

static inline uint16_t tlb_vmid(uint64_t vttbr)
{
	return vttbr >> 48;
}

/**
 * tlb_root_entries() - size of the root
 * @root: it
 *
 * Return: number of descriptors, concatenated tables counted.
 */
unsigned int tlb_root_entries(struct tlb_root root);

/**
 * tlb_walk() - translate by the tables as they are now
 * @root: where from
 * @ipa: input address
 * @out: the leaf found
 *
 * Decodes VTCR_EL2 and descriptors on its own, from the Arm ARM (D8.2, D8.3).
 *
 * Return: true where there is a valid leaf with its access flag set.
 */
bool tlb_walk(struct tlb_root root, uint64_t ipa, struct tlb_entry *out);

/**
 * tlb_walk_is_old() - does the walk end in a leaf without its access flag?
 * @root: where from
 * @ipa: input address
 *
 * Return: true where it gives an access flag fault.
 */
bool tlb_walk_is_old(struct tlb_root root, uint64_t ipa);

/**
 * tlb_fill() - cache everything a walk could find now
 * @tlb: the TLB
 * @root: where from
 *
 * Walks start at the root and at every table that may be cached. Reports a
 * violation where two translations for one address would differ in more than
 * permissions: somebody has not broken before making.
 */
void tlb_fill(struct tlb *tlb, struct tlb_root root);

/* For tlb_forget(): entries of every level. */
#define TLB_ANY_LEVEL	(-1)

/**
 * tlb_forget() - invalidate by address
 * @tlb: the TLB
 * @vmid: whose
 * @ipa: first address
 * @len: bytes
 * @level: 1..3: leaves of that level only, a hint that must be right; or
 *	%TLB_ANY_LEVEL. Tables passed on the way go in any case.
 */
void tlb_forget(struct tlb *tlb, uint16_t vmid, uint64_t ipa, uint64_t len, int level);

/**
 * tlb_forget_vmid() - invalidate all of a VMID
 * @tlb: the TLB
 * @vmid: whose
 */
void tlb_forget_vmid(struct tlb *tlb, uint16_t vmid);

/**
 * tlb_forget_all() - invalidate everything
 * @tlb: the TLB
 */
void tlb_forget_all(struct tlb *tlb);

/**
 * tlb_find() - leaves that may translate an address
 * @tlb: the TLB
 * @vmid: whose
 * @ipa: input address
 * @out: array of @max
 * @max: its size
 *
 * Return: how many there are, at most @max.
 */
unsigned int tlb_find(const struct tlb *tlb, uint16_t vmid, uint64_t ipa,
		      const struct tlb_entry **out, unsigned int max);

/**
 * tlb_reaches() - may any leaf lead to this memory?
 * @tlb: the TLB
 * @pa: first byte
 * @len: bytes
 * @perms: with any of these
 *
 * Return: such an entry or NULL.
 */
const struct tlb_entry *tlb_reaches(const struct tlb *tlb, uint64_t pa, uint64_t len,
				    uint8_t perms);

/**
 * tlb_holds_table() - may a walk continue from a cached descriptor of this table?
 * @tlb: the TLB
 * @pa: the table
 *
 * Return: such an entry or NULL.
 */
const struct tlb_entry *tlb_holds_table(const struct tlb *tlb, uint64_t pa);

#endif
