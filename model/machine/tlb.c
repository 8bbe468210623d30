// SPDX-License-Identifier: GPL-2.0
/*
 * Stage-2 TLBs and the table walker. The walker shares no line with the
 * hypervisor's: it reads registers and descriptors as the Arm ARM defines them.
 */
#include "tlb.h"

#include <string.h>

#include "machine.h"
#include "memory.h"

#define ENTRIES		512U
#define LEVEL_LEAF	3

#define DESC_VALID	(1ULL << 0)
#define DESC_TABLE	(1ULL << 1)
#define DESC_AF		(1ULL << 10)
#define DESC_OA		0x0000fffffffff000ULL

static unsigned int level_shift(int level)
{
	return 12 + 9 * (LEVEL_LEAF - level);
}

/* VTCR_EL2: T0SZ in 5:0, SL0 in 7:6; 4 KiB granule (D24.2.201). */
static unsigned int vtcr_bits(uint64_t vtcr)
{
	return 64 - (vtcr & 0x3f);
}

static int vtcr_level(uint64_t vtcr)
{
	static const int level[] = { 2, 1, 0, 3 };

	return level[vtcr >> 6 & 3];
}

unsigned int tlb_root_entries(struct tlb_root root)
{
	return 1U << (vtcr_bits(root.vtcr) - level_shift(vtcr_level(root.vtcr)));
}

static uint64_t desc_read(uint64_t table, unsigned int index)
{
	uint64_t pa = table + 8ULL * index;

	if (!memory_is_kernel(pa)) {
		machine_report("walk", "a walker reads a table at %#llx, where there is none",
			       (unsigned long long)pa);
		return 0;
	}
	return __atomic_load_n((uint64_t *)memory_kva(pa), __ATOMIC_RELAXED);
}

static bool desc_is_table(uint64_t d, int level)
{
	return level < LEVEL_LEAF && (d & 3) == (DESC_VALID | DESC_TABLE);
}

/* A leaf that a TLB may hold: valid, of a level that has leaves, access flag set. */
static bool desc_is_leaf(uint64_t d, int level)
{
	if (!(d & DESC_VALID) || !(d & DESC_AF) || level == 0)
		return false;
	return level == LEVEL_LEAF ? !!(d & DESC_TABLE) : !(d & DESC_TABLE);
}

static struct tlb_entry desc_leaf(uint64_t d, int level, uint64_t ipa, struct tlb_root root)
{
	uint64_t mask = (1ULL << level_shift(level)) - 1;

	return (struct tlb_entry){
		.vmid = tlb_vmid(root.vttbr),
		.dc = root.dc,
		.shift = level_shift(level),
		.perms = (d >> 6 & 1 ? TLB_R : 0) | (d >> 7 & 1 ? TLB_W : 0) |
			 (d >> 54 & 1 ? 0 : TLB_X),
		.memattr = d >> 2 & 0xf,
		.sh = d >> 8 & 3,
		.ipa = ipa & ~mask,
		.pa = d & DESC_OA & ~mask,
	};
}

/* The descriptor that ends the walk, and where. */
static uint64_t walk_end(struct tlb_root root, uint64_t ipa, int *level)
{
	uint64_t table = root.vttbr & DESC_OA, d;
	unsigned int index;

	*level = vtcr_level(root.vtcr);
	if (ipa >> vtcr_bits(root.vtcr))
		return 0;
	index = ipa >> level_shift(*level);
	for (;; (*level)++) {
		d = desc_read(table, index);
		if (!desc_is_table(d, *level))
			return d;
		table = d & DESC_OA;
		index = ipa >> level_shift(*level + 1) & (ENTRIES - 1);
	}
}

bool tlb_walk(struct tlb_root root, uint64_t ipa, struct tlb_entry *out)
{
	int level;
	uint64_t d = walk_end(root, ipa, &level);

	if (!desc_is_leaf(d, level))
		return false;
	*out = desc_leaf(d, level, ipa, root);
	return true;
}

bool tlb_walk_is_old(struct tlb_root root, uint64_t ipa)
{
	int level;
	uint64_t d = walk_end(root, ipa, &level);

	return !(d & DESC_AF) && desc_is_leaf(d | DESC_AF, level);
}

static int entry_order(const struct tlb_entry *a, const struct tlb_entry *b)
{
	return memcmp(a, b, sizeof(*a));
}

static bool entry_overlaps(const struct tlb_entry *e, uint64_t ipa, uint64_t len)
{
	return e->ipa < ipa + len && ipa < e->ipa + (1ULL << e->shift);
}

/* May both be cached at once? Only where they differ in permissions alone. */
static bool entries_agree(const struct tlb_entry *a, const struct tlb_entry *b)
{
	return a->shift == b->shift && a->pa == b->pa && a->memattr == b->memattr &&
	       a->sh == b->sh;
}

static void check_break_before_make(const struct tlb *tlb, const struct tlb_entry *new)
{
	unsigned int i;

	for (i = 0; i < tlb->count; i++) {
		const struct tlb_entry *e = &tlb->entry[i];

		if (e->table || e->vmid != new->vmid ||
		    !entry_overlaps(e, new->ipa, 1ULL << new->shift) ||
		    entries_agree(e, new))
			continue;
		machine_report("break-before-make",
			       "a TLB may hold two translations of IPA %#llx: to %#llx (2^%u) and to %#llx (2^%u)",
			       (unsigned long long)new->ipa, (unsigned long long)e->pa,
			       e->shift, (unsigned long long)new->pa, new->shift);
	}
}

/* Return: true where it is new. */
static bool tlb_insert(struct tlb *tlb, const struct tlb_entry *new)
{
	unsigned int i;
	int order = 1;

	for (i = 0; i < tlb->count; i++) {
		order = entry_order(&tlb->entry[i], new);
		if (order >= 0)
			break;
	}
	if (!order && i < tlb->count)
		return false;
	if (!new->table)
		check_break_before_make(tlb, new);
	if (tlb->count == TLB_ENTRIES) {
		machine_report("bounds", "more than %u entries may be in a TLB", TLB_ENTRIES);
		return false;
	}
	memmove(&tlb->entry[i + 1], &tlb->entry[i],
		(tlb->count - i) * sizeof(tlb->entry[0]));
	tlb->entry[i] = *new;
	tlb->count++;
	return true;
}

static void fill_table(struct tlb *tlb, struct tlb_root root, uint64_t table, int level,
		       uint64_t ipa, unsigned int entries)
{
	const uint64_t *words = memory_kva(table);
	struct tlb_entry e;
	unsigned int i;

	if (!memory_is_kernel(table)) {
		desc_read(table, 0);
		return;
	}
	for (i = 0; i < entries; i++) {
		uint64_t d = __atomic_load_n(&words[i], __ATOMIC_RELAXED);
		uint64_t at = ipa + ((uint64_t)i << level_shift(level));

		if (!(d & DESC_VALID))
			continue;
		if (desc_is_leaf(d, level)) {
			e = desc_leaf(d, level, at, root);
			if (level < LEVEL_LEAF || i < TLB_PAGES || machine_watches_page(e.pa))
				tlb_insert(tlb, &e);
		} else if (desc_is_table(d, level)) {
			e = (struct tlb_entry){
				.vmid = tlb_vmid(root.vttbr), .shift = level_shift(level), .table = true,
				.ipa = at, .pa = d & DESC_OA,
			};
			tlb_insert(tlb, &e);
			fill_table(tlb, root, e.pa, level + 1, at, ENTRIES);
		}
	}
}

void tlb_fill(struct tlb *tlb, struct tlb_root root)
{
	uint16_t vmid = tlb_vmid(root.vttbr);
	struct tlb_entry tables[TLB_ENTRIES];
	unsigned int i, nr = 0;

	fill_table(tlb, root, root.vttbr & DESC_OA, vtcr_level(root.vtcr), 0,
		   tlb_root_entries(root));
	/* walks may also go on from tables that the root does not lead to any more */
	for (i = 0; i < tlb->count; i++)
		if (tlb->entry[i].table && tlb->entry[i].vmid == vmid)
			tables[nr++] = tlb->entry[i];
	for (i = 0; i < nr; i++)
		fill_table(tlb, root, tables[i].pa, LEVEL_LEAF + 1 - (tables[i].shift - 12) / 9,
			   tables[i].ipa, ENTRIES);
}

static void tlb_remove(struct tlb *tlb, unsigned int i)
{
	tlb->count--;
	memmove(&tlb->entry[i], &tlb->entry[i + 1],
		(tlb->count - i) * sizeof(tlb->entry[0]));
	memset(&tlb->entry[tlb->count], 0, sizeof(tlb->entry[0]));
}

void tlb_forget(struct tlb *tlb, uint16_t vmid, uint64_t ipa, uint64_t len, int level)
{
	unsigned int i = 0;

	while (i < tlb->count) {
		const struct tlb_entry *e = &tlb->entry[i];
		bool hinted = e->table || level == TLB_ANY_LEVEL ||
			      e->shift == level_shift(level);

		if (e->vmid == vmid && hinted && entry_overlaps(e, ipa, len))
			tlb_remove(tlb, i);
		else
			i++;
	}
}

void tlb_forget_vmid(struct tlb *tlb, uint16_t vmid)
{
	unsigned int i = 0;

	while (i < tlb->count) {
		if (tlb->entry[i].vmid == vmid)
			tlb_remove(tlb, i);
		else
			i++;
	}
}

void tlb_forget_all(struct tlb *tlb)
{
	memset(tlb, 0, sizeof(*tlb));
}

unsigned int tlb_find(const struct tlb *tlb, uint16_t vmid, uint64_t ipa,
		      const struct tlb_entry **out, unsigned int max)
{
	unsigned int i, nr = 0;

	for (i = 0; i < tlb->count && nr < max; i++) {
		const struct tlb_entry *e = &tlb->entry[i];

		if (!e->table && e->vmid == vmid && entry_overlaps(e, ipa, 1))
			out[nr++] = e;
	}
	return nr;
}

const struct tlb_entry *tlb_reaches(const struct tlb *tlb, uint64_t pa, uint64_t len,
				    uint8_t perms)
{
	unsigned int i;

	for (i = 0; i < tlb->count; i++) {
		const struct tlb_entry *e = &tlb->entry[i];

		if (!e->table && e->perms & perms && e->pa < pa + len &&
		    pa < e->pa + (1ULL << e->shift))
			return e;
	}
	return NULL;
}

const struct tlb_entry *tlb_holds_table(const struct tlb *tlb, uint64_t pa)
{
	unsigned int i;

	for (i = 0; i < tlb->count; i++)
		if (tlb->entry[i].table && tlb->entry[i].pa == pa)
			return &tlb->entry[i];
	return NULL;
}
