// SPDX-License-Identifier: GPL-2.0
/*
 * The list of fields. What is new to it is denied until somebody has found out what it
 * takes: state to switch, a trap, or nothing. Arm ARM D19.2, ID_AA64*.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "../errata.h"
#include "idfield.h"

#define PFR0	IDFIELD_REG(4, 0)
#define PFR1	IDFIELD_REG(4, 1)
#define DFR0	IDFIELD_REG(5, 0)
#define ZFR0	IDFIELD_REG(4, 4)
#define ISAR0	IDFIELD_REG(6, 0)
#define ISAR1	IDFIELD_REG(6, 1)
#define ISAR2	IDFIELD_REG(6, 2)
#define MMFR0	IDFIELD_REG(7, 0)
#define MMFR1	IDFIELD_REG(7, 1)
#define MMFR2	IDFIELD_REG(7, 2)

#define HAFDBS_SHIFT	0	/* of MMFR1 */
#define BF16_SHIFT	44	/* of ISAR1 */

enum idfield_kind {
	FIELD_UP,	/* unsigned: the larger, the more */
	FIELD_SIGNED,	/* two's complement: 0xf is less than 0, and 0 is something already */
	FIELD_FIXED,	/* the same for every guest, whatever the host has */
	FIELD_VERSION,	/* unsigned, but 0xf is something else, of which there is no more than of 0 */
	FIELD_EXACT,	/* says which, not only how much: less would be another thing */
	FIELD_GIVEN,	/* unsigned: follows from a vCPU's features, and no VMM may lower it */
};

struct idfield {
	u8 reg;
	u8 shift;
	u8 kind;
	u8 max;		/* FIELD_FIXED: the value */
	u8 feature;	/* KVM_ARM_VCPU_* of vCPUs that see it; 0: all */
};

#define UP(reg, shift, max)		{ reg, shift, FIELD_UP, max, 0 }
#define SIGNED(reg, shift, max)		{ reg, shift, FIELD_SIGNED, max, 0 }
#define FIXED(reg, shift, value)	{ reg, shift, FIELD_FIXED, value, 0 }
#define PAUTH(reg, shift, max)		\
	{ reg, shift, FIELD_EXACT, max, KVM_ARM_VCPU_PTRAUTH_ADDRESS }

#define SVE(reg, shift, max)		{ reg, shift, FIELD_UP, max, KVM_ARM_VCPU_SVE }

static const struct idfield idfields[] = {
	UP(PFR0, 0, 2),		/* EL0: AArch32, too */
	FIXED(PFR0, 4, 1),	/* EL1: AArch64 only */
	UP(PFR0, 12, 1),	/* EL3: of it a guest sees SMC only */
	SIGNED(PFR0, 16, 1),	/* FP, with half precision */
	SIGNED(PFR0, 20, 1),	/* AdvSIMD, with half precision */
	FIXED(PFR0, 24, 1),	/* GIC: system registers of GICv3 */
	UP(PFR0, 28, 1),	/* RAS, with no error record */
	{ PFR0, 32, FIELD_GIVEN, 1, KVM_ARM_VCPU_SVE },
	UP(PFR0, 48, 1),	/* DIT */
	UP(PFR0, 56, 1),	/* CSV2; from 2 on there is SCXTNUM_EL1, which traps */
	UP(PFR0, 60, 1),	/* CSV3 */

	UP(PFR1, 0, 1),		/* BT */
	UP(PFR1, 4, 2),		/* SSBS */

	SVE(ZFR0, 0, 2),	/* SVEver: SVE2.1 */
	SVE(ZFR0, 4, 2),	/* AES, PMULL */
	SVE(ZFR0, 16, 1),	/* BitPerm */
	SVE(ZFR0, 20, 2),	/* BF16, EBF16 */
	SVE(ZFR0, 24, 1),	/* B16B16 */
	SVE(ZFR0, 32, 1),	/* SHA3 */
	SVE(ZFR0, 40, 1),	/* SM4 */
	SVE(ZFR0, 44, 1),	/* I8MM */
	SVE(ZFR0, 52, 1),	/* F32MM */
	SVE(ZFR0, 56, 1),	/* F64MM */

	UP(DFR0, 0, 8),		/* DebugVer: Armv8.2 */
	{ DFR0, 8, FIELD_VERSION, 6, KVM_ARM_VCPU_PMU_V3 },	/* PMUVer: PMUv3p5 */
	UP(DFR0, 12, 15),	/* BRPs */
	UP(DFR0, 20, 15),	/* WRPs */
	UP(DFR0, 28, 15),	/* CTX_CMPs */
	FIXED(DFR0, 36, 0xf),	/* DoubleLock: not there */

	UP(ISAR0, 4, 2),	/* AES, PMULL */
	UP(ISAR0, 8, 1),	/* SHA1 */
	UP(ISAR0, 12, 2),	/* SHA2 */
	UP(ISAR0, 16, 1),	/* CRC32 */
	UP(ISAR0, 20, 3),	/* Atomic: LSE, LSE128 */
	UP(ISAR0, 28, 1),	/* RDM */
	UP(ISAR0, 32, 1),	/* SHA3 */
	UP(ISAR0, 36, 1),	/* SM3 */
	UP(ISAR0, 40, 1),	/* SM4 */
	UP(ISAR0, 44, 1),	/* DP */
	UP(ISAR0, 48, 1),	/* FHM */
	UP(ISAR0, 52, 2),	/* TS: FlagM2 */
	UP(ISAR0, 56, 2),	/* TLB: outer shareable, ranges */
	UP(ISAR0, 60, 1),	/* RNDR */

	UP(ISAR1, 0, 2),	/* DPB */
	PAUTH(ISAR1, 4, 5),	/* APA: up to FPACCOMBINE */
	PAUTH(ISAR1, 8, 5),	/* API */
	UP(ISAR1, 12, 1),	/* JSCVT */
	UP(ISAR1, 16, 1),	/* FCMA */
	UP(ISAR1, 20, 3),	/* LRCPC */
	PAUTH(ISAR1, 24, 1),	/* GPA */
	PAUTH(ISAR1, 28, 1),	/* GPI */
	UP(ISAR1, 32, 1),	/* FRINTTS */
	UP(ISAR1, 36, 1),	/* SB */
	UP(ISAR1, 40, 2),	/* SPECRES */
	UP(ISAR1, BF16_SHIFT, 2),	/* BF16, EBF16 (FPCR.EBF) */
	UP(ISAR1, 48, 1),	/* DGH */
	UP(ISAR1, 52, 1),	/* I8MM */

	UP(ISAR2, 4, 1),	/* RPRES */
	PAUTH(ISAR2, 8, 1),	/* GPA3 */
	PAUTH(ISAR2, 12, 5),	/* APA3 */
	UP(ISAR2, 20, 1),	/* BC */
	UP(ISAR2, 28, 1),	/* CLRBHB */
	UP(ISAR2, 52, 1),	/* CSSC */

	UP(MMFR0, 0, 5),	/* PARange: 48 bits */
	UP(MMFR0, 4, 2),	/* ASIDBits */
	UP(MMFR0, 8, 1),	/* BigEnd */
	UP(MMFR0, 12, 1),	/* SNSMem: of no meaning without Secure state */
	UP(MMFR0, 16, 1),	/* BigEndEL0 */
	UP(MMFR0, 20, 2),	/* TGran16 */
	SIGNED(MMFR0, 24, 0),	/* TGran64 */
	SIGNED(MMFR0, 28, 1),	/* TGran4 */

	UP(MMFR1, HAFDBS_SHIFT, 2),
	UP(MMFR1, 4, 2),	/* VMIDBits, VH, XNX: of EL2, which guests have not */
	UP(MMFR1, 8, 1),
	UP(MMFR1, 12, 2),	/* HPDS */
	UP(MMFR1, 16, 1),	/* LO: no region */
	UP(MMFR1, 20, 3),	/* PAN */
	UP(MMFR1, 28, 1),	/* XNX */
	UP(MMFR1, 36, 3),	/* ETS */
	UP(MMFR1, 48, 1),	/* nTLBPA */
	UP(MMFR1, 60, 1),	/* ECBHB */

	UP(MMFR2, 0, 1),	/* CnP */
	UP(MMFR2, 4, 1),	/* UAO */
	UP(MMFR2, 8, 1),	/* LSM */
	UP(MMFR2, 12, 1),	/* IESB */
	UP(MMFR2, 16, 1),	/* VARange */
	UP(MMFR2, 28, 1),	/* ST */
	UP(MMFR2, 32, 1),	/* AT */
	UP(MMFR2, 36, 1),	/* IDS */
	UP(MMFR2, 48, 1),	/* TTL */
	UP(MMFR2, 52, 2),	/* BBM */
	UP(MMFR2, 60, 1),	/* E0PD */
};

/* A field's value as a number that grows with what it promises. */
static int idfield_rank(const struct idfield *f, u64 reg)
{
	bool is_signed = f->kind == FIELD_SIGNED || (f->kind == FIELD_FIXED && f->max > 7);
	int val = reg >> f->shift & 0xf;

	if (f->kind == FIELD_VERSION && val == 0xf)
		return 0;
	return is_signed && val > 7 ? val - 16 : val;
}

static bool idfield_is_broken(const struct idfield *f, u32 errata)
{
	if (f->reg == MMFR1 && f->shift == HAFDBS_SHIFT)
		return errata & ERRATA_NO_S2_AF;
	return f->reg == ISAR1 && f->shift == BF16_SHIFT && (errata & ERRATA_NO_BF16);
}

u64 idfield_guest(unsigned int reg, u64 host, u32 errata)
{
	unsigned int i;
	u64 val = 0;

	for (i = 0; i < ARRAY_SIZE(idfields); i++) {
		const struct idfield *f = &idfields[i];
		int max = f->max;

		if (f->reg != reg || idfield_is_broken(f, errata))
			continue;
		if (f->kind != FIELD_FIXED)
			max = min(max, idfield_rank(f, host));
		val |= (u64)(max & 0xf) << f->shift;
	}
	return val;
}

/* A field that is not listed is taken for one of FIELD_UP: nothing is promised of it. */
static struct idfield idfield_find(unsigned int reg, unsigned int shift)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(idfields); i++)
		if (idfields[i].reg == reg && idfields[i].shift == shift)
			return idfields[i];
	return (struct idfield)UP(reg, shift, 0);
}

u64 idfield_hidden(unsigned int reg, u64 features)
{
	unsigned int i;
	u64 hidden = 0;

	for (i = 0; i < ARRAY_SIZE(idfields); i++)
		if (idfields[i].reg == reg && idfields[i].feature &&
		    !(features & BIT_ULL(idfields[i].feature)))
			hidden |= 0xfULL << idfields[i].shift;
	return hidden;
}

u64 idfield_exact(unsigned int reg)
{
	unsigned int i;
	u64 exact = 0;

	for (i = 0; i < ARRAY_SIZE(idfields); i++)
		if (idfields[i].reg == reg &&
		    (idfields[i].kind == FIELD_EXACT || idfields[i].kind == FIELD_GIVEN))
			exact |= 0xfULL << idfields[i].shift;
	return exact;
}

/*
 * What a VMM may show besides, because a guest can make no use of it. The kernel's own KVM
 * shows EL2 to guests that have none, and the OS double lock, whose register is ignored.
 */
static const struct {
	u8 reg;
	u8 shift;
	u8 max;
} idfield_harmless[] = {
	{ PFR0, 8, 1 },		/* EL2 */
	{ DFR0, 36, 0 },	/* DoubleLock */
	{ MMFR1, 24, 0xf },	/* SpecSEI: the more, the worse */
};

static bool idfield_is_harmless(unsigned int reg, unsigned int shift, u64 val)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(idfield_harmless); i++)
		if (idfield_harmless[i].reg == reg && idfield_harmless[i].shift == shift)
			return (val >> shift & 0xf) <= idfield_harmless[i].max;
	return false;
}

bool idfield_may_be(unsigned int reg, u64 promised, u64 val)
{
	unsigned int shift;

	if ((promised ^ val) & idfield_exact(reg))
		return false;

	for (shift = 0; shift < 64; shift += 4) {
		struct idfield f = idfield_find(reg, shift);

		if (idfield_is_harmless(reg, shift, val))
			continue;
		if (idfield_rank(&f, val) > idfield_rank(&f, promised))
			return false;
	}
	return true;
}

bool idfield_serves(unsigned int reg, u64 promised, u64 cpu)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(idfields); i++) {
		const struct idfield *f = &idfields[i];

		if (f->reg != reg || f->kind == FIELD_FIXED)
			continue;
		if (f->kind == FIELD_EXACT ?
		    min(idfield_rank(f, cpu), f->max) != idfield_rank(f, promised) :
		    idfield_rank(f, cpu) < idfield_rank(f, promised))
			return false;
	}
	return true;
}
