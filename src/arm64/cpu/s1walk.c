// SPDX-License-Identifier: GPL-2.0
/*
 * A walk of the guest's stage-1 tables in software: at most four descriptors, each
 * read in one access where it is now.
 */
#include <linux/minmax.h>
#include <linux/types.h>
#include <asm/byteorder.h>

#include "../../mem/gmem.h"
#include "s1walk.h"

#define S1_SCTLR_M		BIT_ULL(0)
#define S1_SCTLR_WXN		BIT_ULL(19)
#define S1_SCTLR_EE		BIT_ULL(25)

#define S1_TCR_IPS(tcr)		((tcr) >> 32 & 7)
#define S1_TCR_HA		BIT_ULL(39)
#define S1_TCR_DS		BIT_ULL(59)

#define S1_DESC_VALID		BIT_ULL(0)
#define S1_DESC_TABLE		BIT_ULL(1)	/* or page, at the last level */
#define S1_DESC_ATTR(d)		((d) >> 2 & 7)
#define S1_DESC_EL0		BIT_ULL(6)
#define S1_DESC_RO		BIT_ULL(7)
#define S1_DESC_AF		BIT_ULL(10)
#define S1_DESC_PXN		BIT_ULL(53)
#define S1_DESC_UXN		BIT_ULL(54)
#define S1_TABLE_PXN		BIT_ULL(59)
#define S1_TABLE_UXN		BIT_ULL(60)
#define S1_TABLE_NO_EL0		BIT_ULL(61)
#define S1_TABLE_RO		BIT_ULL(62)
#define S1_TABLE_LIMITS		(S1_TABLE_PXN | S1_TABLE_UXN | S1_TABLE_NO_EL0 | S1_TABLE_RO)

#define S1_ADDR_BITS		48
#define S1_LAST_LEVEL		3
#define S1_MIN_TSZ		16
#define S1_MAX_TSZ		39

/**
 * struct s1_half - one half of the address space, as TCR_EL1 describes it
 * @ttbr: its root
 * @tsz: 64 less the bits of an address
 * @page_shift: log2 of the granule; 0: reserved
 * @disabled: no walks (EPDn)
 * @tagged: the top byte is ignored (TBIn)
 * @flat: tables do not limit what is below (HPDn)
 */
struct s1_half {
	u64 ttbr;
	u8 tsz;
	u8 page_shift;
	bool disabled;
	bool tagged;
	bool flat;
};

static void s1_half_of(const struct s1_regs *r, bool upper, struct s1_half *h)
{
	static const u8 lower_shift[4] = { 12, 16, 14, 0 };
	static const u8 upper_shift[4] = { 0, 14, 12, 16 };
	u64 tcr = r->tcr;

	if (upper)
		*h = (struct s1_half) {
			.ttbr = r->ttbr1,
			.tsz = tcr >> 16 & 0x3f,
			.page_shift = upper_shift[tcr >> 30 & 3],
			.disabled = tcr & BIT_ULL(23),
			.tagged = tcr & BIT_ULL(38),
			.flat = tcr & BIT_ULL(42),
		};
	else
		*h = (struct s1_half) {
			.ttbr = r->ttbr0,
			.tsz = tcr & 0x3f,
			.page_shift = lower_shift[tcr >> 14 & 3],
			.disabled = tcr & BIT_ULL(7),
			.tagged = tcr & BIT_ULL(37),
			.flat = tcr & BIT_ULL(41),
		};
}

/* Physical address size of the regime, bits. */
static unsigned int s1_out_bits(const struct s1_regs *r)
{
	static const u8 ips[8] = { 32, 36, 40, 42, 44, 48, 48, 48 };

	return min_t(unsigned int, ips[S1_TCR_IPS(r->tcr)], r->pa_bits);
}

/* All bits of the address above those translated are alike. */
static bool s1_is_canonical(const struct s1_half *h, u64 va, bool upper)
{
	unsigned int bits = 64 - h->tsz;
	u64 top;

	if (h->tagged)
		va = (u64)((s64)(va << 8) >> 8);
	top = va >> bits;
	return top == (upper ? ~0ULL >> bits : 0);
}

static bool s1_read_desc(struct gmem *gm, const struct s1_regs *r, u64 ipa, u64 *desc)
{
	u64 raw;

	if (gmem_read_elems(gm, ipa, &raw, sizeof(raw), 1) != 1)
		return false;
	*desc = r->sctlr & S1_SCTLR_EE ? be64_to_cpu((__force __be64)raw) :
					 le64_to_cpu((__force __le64)raw);
	return true;
}

static void s1_fault(struct s1_result *res, enum s1_fault fault, int level)
{
	res->fault = fault;
	res->level = level;
}

/* Which levels may end a walk with a block (Arm ARM D8.3.1). */
static bool s1_may_be_leaf(const struct s1_half *h, int level, u64 desc)
{
	if (level == S1_LAST_LEVEL)
		return desc & S1_DESC_TABLE;
	if (desc & S1_DESC_TABLE)
		return false;
	return level == 2 || (level == 1 && h->page_shift == 12);
}

/* @limits: of the tables above, as bits of a table descriptor */
static u32 s1_perm(const struct s1_regs *r, u64 desc, u64 limits)
{
	bool el0 = (desc & S1_DESC_EL0) && !(limits & S1_TABLE_NO_EL0);
	bool write = !(desc & S1_DESC_RO) && !(limits & S1_TABLE_RO);
	bool pxn = (desc & S1_DESC_PXN) || (limits & S1_TABLE_PXN);
	bool uxn = (desc & S1_DESC_UXN) || (limits & S1_TABLE_UXN);
	bool wxn = r->sctlr & S1_SCTLR_WXN;
	u32 perm = S1_EL1_READ;

	if (write)
		perm |= S1_EL1_WRITE;
	/* what EL0 may write EL1 does not execute */
	if (!pxn && !(write && (el0 || wxn)))
		perm |= S1_EL1_EXEC;
	if (el0)
		perm |= S1_EL0_READ | (write ? S1_EL0_WRITE : 0);
	if (!uxn && !(write && el0 && wxn))
		perm |= S1_EL0_EXEC;
	return perm;
}

static void s1_leaf(const struct s1_regs *r, u64 va, u64 limits, struct s1_result *res)
{
	u64 offset = va & (BIT_ULL(res->shift) - 1);
	u64 out = res->desc & (BIT_ULL(S1_ADDR_BITS) - 1) & ~(BIT_ULL(res->shift) - 1);

	if (out >> s1_out_bits(r)) {
		s1_fault(res, S1_FAULT_ADDRESS_SIZE, res->level);
		return;
	}
	if (!(res->desc & S1_DESC_AF) && !(r->tcr & S1_TCR_HA)) {
		s1_fault(res, S1_FAULT_ACCESS, res->level);
		return;
	}
	res->ipa = out | offset;
	res->attr = S1_DESC_ATTR(res->desc);
	res->perm = s1_perm(r, res->desc, limits);
}

static void s1_note_step(struct s1_result *res, int level)
{
	if (res->steps < S1_STEPS)
		res->step[res->steps++] = (struct s1_step) {
			.level = level, .ipa = res->ipa, .desc = res->desc,
		};
}

static void s1_walk_half(struct gmem *gm, const struct s1_regs *r,
			 const struct s1_half *h, u64 va, struct s1_result *res)
{
	unsigned int stride = h->page_shift - 3;
	unsigned int bits = 64 - h->tsz;	/* still to be looked up, and the offset */
	int level = S1_LAST_LEVEL - (bits - h->page_shift - 1) / stride;
	u64 table = h->ttbr & (BIT_ULL(S1_ADDR_BITS) - 1);
	u64 limits = 0;

	for (;; level++) {
		unsigned int shift = h->page_shift + stride * (S1_LAST_LEVEL - level);
		u64 index = (va & (BIT_ULL(bits) - 1)) >> shift;

		/* a table is aligned to its size; below are other fields, or zero */
		table &= ~(BIT_ULL(bits - shift + 3) - 1);
		if (table >> s1_out_bits(r)) {
			s1_fault(res, S1_FAULT_ADDRESS_SIZE, level);
			return;
		}
		res->ipa = table + 8 * index;
		if (!s1_read_desc(gm, r, res->ipa, &res->desc)) {
			s1_fault(res, S1_FAULT_WALK, level);
			return;
		}
		s1_note_step(res, level);
		res->shift = shift;
		res->level = level;
		if (!(res->desc & S1_DESC_VALID)) {
			s1_fault(res, S1_FAULT_TRANSLATION, level);
			return;
		}
		if (s1_may_be_leaf(h, level, res->desc)) {
			s1_leaf(r, va, limits, res);
			return;
		}
		if (level == S1_LAST_LEVEL || !(res->desc & S1_DESC_TABLE)) {
			s1_fault(res, S1_FAULT_TRANSLATION, level);
			return;
		}
		if (!h->flat)
			limits |= res->desc & S1_TABLE_LIMITS;
		table = res->desc & (BIT_ULL(S1_ADDR_BITS) - 1);
		bits = shift;
	}
}

static void s1_no_mmu(const struct s1_regs *r, u64 va, struct s1_result *res)
{
	res->ipa = va;
	res->perm = S1_EL1_READ | S1_EL1_WRITE | S1_EL1_EXEC |
		    S1_EL0_READ | S1_EL0_WRITE | S1_EL0_EXEC;
	if (va >> r->pa_bits)
		s1_fault(res, S1_FAULT_ADDRESS_SIZE, 0);
}

void s1_walk(struct gmem *gm, const struct s1_regs *regs, u64 va,
	     struct s1_result *res)
{
	bool upper = va & BIT_ULL(55);
	struct s1_half h;

	*res = (struct s1_result) { .fault = S1_FAULT_NONE };
	if (!(regs->sctlr & S1_SCTLR_M)) {
		s1_no_mmu(regs, va, res);
		return;
	}
	s1_half_of(regs, upper, &h);
	if (h.disabled || !h.page_shift || h.tsz < S1_MIN_TSZ || h.tsz > S1_MAX_TSZ ||
	    !s1_is_canonical(&h, va, upper)) {
		s1_fault(res, S1_FAULT_TRANSLATION, 0);
		return;
	}
	if (regs->tcr & S1_TCR_DS) {
		s1_fault(res, S1_FAULT_ADDRESS_SIZE, 0);
		return;
	}
	s1_walk_half(gm, regs, &h, va, res);
}
