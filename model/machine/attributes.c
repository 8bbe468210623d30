// SPDX-License-Identifier: GPL-2.0
/*
 * Memory attributes: stage 1 x stage 2, with either of them off, with
 * FEAT_S2FWB, and with caches disabled. Written from the Arm ARM, section D8.6.
 */
#include "attributes.h"

#include <stddef.h>

/*
 * One nibble of a MAIR byte: 00RW Write-Through transient, 01RW Write-Back
 * transient (both with RW != 00), 0100 Non-cacheable, 10RW Write-Through,
 * 11RW Write-Back. RW are the read and write allocation hints.
 */
#define NIBBLE_NC	0x4U
#define NIBBLE_WB_RWA	0xfU

enum { CLASS_WT_TRANSIENT, CLASS_WB_TRANSIENT, CLASS_WT, CLASS_WB };

static unsigned int nibble_class(unsigned int n)
{
	return n >> 2;
}

static enum attr_cache nibble_cache(unsigned int n)
{
	if (n == NIBBLE_NC)
		return ATTR_CACHE_NC;
	return nibble_class(n) & 1 ? ATTR_CACHE_WB : ATTR_CACHE_WT;
}

/*
 * The combination of cacheability, without FEAT_S2FWB: the weaker wins. Rows
 * are stage 1, columns stage 2 (Arm ARM D8.6.5, "Combining the Cacheability
 * attribute").
 */
static const uint8_t weaker[3][3] = {
	[ATTR_CACHE_NC] = { ATTR_CACHE_NC, ATTR_CACHE_NC, ATTR_CACHE_NC },
	[ATTR_CACHE_WT] = { ATTR_CACHE_NC, ATTR_CACHE_WT, ATTR_CACHE_WT },
	[ATTR_CACHE_WB] = { ATTR_CACHE_NC, ATTR_CACHE_WT, ATTR_CACHE_WB },
};

/* The combination of shareability: Outer over Inner over Non-shareable (D8.6.5). */
static const uint8_t wider[4][4] = {
	[ATTR_NSH] = { ATTR_NSH, ATTR_NSH, ATTR_OSH, ATTR_ISH },
	[1] =	     { ATTR_NSH, ATTR_NSH, ATTR_OSH, ATTR_ISH },
	[ATTR_OSH] = { ATTR_OSH, ATTR_OSH, ATTR_OSH, ATTR_OSH },
	[ATTR_ISH] = { ATTR_ISH, ATTR_ISH, ATTR_OSH, ATTR_ISH },
};

/* Stage 2's two bits of cacheability; 0 is reserved and read as Non-cacheable. */
static const uint8_t s2_cache[4] = {
	ATTR_CACHE_NC, ATTR_CACHE_NC, ATTR_CACHE_WT, ATTR_CACHE_WB,
};

/* Stage 2 gives no hints: those of stage 1, and its transience, stay. */
static unsigned int nibble_weaken(unsigned int s1, enum attr_cache to)
{
	if (to == ATTR_CACHE_NC)
		return NIBBLE_NC;
	if (to == ATTR_CACHE_WT)
		return s1 & ~(1U << 2);
	return s1;
}

static unsigned int nibble_combine(unsigned int s1, unsigned int s2)
{
	return nibble_weaken(s1, weaker[nibble_cache(s1)][s2_cache[s2]]);
}

/* FEAT_S2FWB, "force Write-Back": hints stay where stage 1 was cacheable. */
static unsigned int nibble_force(unsigned int s1)
{
	return s1 == NIBBLE_NC ? NIBBLE_WB_RWA : s1 | (1U << 2);
}

bool attr_is_device(struct attr a)
{
	return !(a.mair & 0xf0);
}

enum attr_cache attr_inner(struct attr a)
{
	return attr_is_device(a) ? ATTR_CACHE_NC : nibble_cache(a.mair & 0xf);
}

enum attr_cache attr_outer(struct attr a)
{
	return attr_is_device(a) ? ATTR_CACHE_NC : nibble_cache(a.mair >> 4);
}

bool attr_mair_valid(uint8_t mair)
{
	if (!(mair & 0xf0))
		return !(mair & 0x3);
	/* 0x40 and 0xa0 are FEAT_XS's, 0xf0 is Tagged; x0 is reserved otherwise */
	return mair & 0xf;
}

bool attr_s2_valid(uint8_t memattr, bool fwb)
{
	if (memattr > 0xf)
		return false;
	if (fwb)
		return !(memattr & 0x8) && memattr != 0x4;
	return !(memattr & 0xc) || (memattr & 0x3);
}

/* Device and Normal Non-cacheable are always treated as Outer Shareable (D8.6.2). */
static struct attr attr_effective(struct attr a)
{
	if (a.sh == 1)
		a.sh = ATTR_NSH;
	if (attr_is_device(a) || a.mair == ATTR_NC)
		a.sh = ATTR_OSH;
	return a;
}

static struct attr attr_stage1_off(const struct attr_regime *r,
				   enum attr_access access)
{
	if (r->dc)
		return (struct attr){ ATTR_WB, ATTR_NSH };
	if (access == ATTR_DATA)
		return (struct attr){ ATTR_DEVICE_NGNRNE, ATTR_OSH };
	/* Write-Through, Read-Allocate, no Write-Allocate */
	return (struct attr){ r->i ? 0xee : ATTR_NC, ATTR_OSH };
}

struct attr attr_stage1(const struct attr_regime *r, enum attr_access access,
			struct attr desc)
{
	if (!r->m || r->dc)
		return attr_stage1_off(r, access);
	if (access == ATTR_FETCH && (attr_is_device(desc) || !r->i))
		return (struct attr){ ATTR_NC, desc.sh };
	if (access == ATTR_DATA && !r->c && !attr_is_device(desc))
		return (struct attr){ ATTR_NC, desc.sh };
	return desc;
}

static uint8_t combine_plain(uint8_t s1, uint8_t memattr)
{
	bool s1_device = !(s1 & 0xf0), s2_device = !(memattr & 0xc);
	uint8_t device = (memattr & 0x3) << 2;

	if (s1_device && s2_device)
		return s1 < device ? s1 : device;
	if (s1_device)
		return s1;
	if (s2_device)
		return device;
	return nibble_combine(s1 >> 4, memattr >> 2) << 4 |
	       nibble_combine(s1 & 0xf, memattr & 0x3);
}

static uint8_t combine_fwb(uint8_t s1, uint8_t memattr)
{
	bool s1_device = !(s1 & 0xf0);
	uint8_t device = (memattr & 0x3) << 2;

	if (!(memattr & 0x4))
		return s1_device && s1 < device ? s1 : device;
	switch (memattr & 0x3) {
	case 0x3:
		return s1;
	case 0x2:
		if (s1_device)
			return ATTR_WB;
		return nibble_force(s1 >> 4) << 4 | nibble_force(s1 & 0xf);
	default:
		return s1_device ? s1 : ATTR_NC;
	}
}

struct attr attr_combine(const struct attr_regime *r, enum attr_access access,
			 struct attr s1, uint8_t memattr, uint8_t sh)
{
	struct attr a = s1;

	if (r->vm || r->dc) {
		a.mair = r->fwb ? combine_fwb(s1.mair, memattr)
				: combine_plain(s1.mair, memattr);
		a.sh = wider[s1.sh & 3][sh & 3];
		if (access == ATTR_DATA && r->cd && !attr_is_device(a))
			a.mair = ATTR_NC;
		if (access == ATTR_FETCH && (r->id || attr_is_device(a)))
			a.mair = ATTR_NC;
	}
	return attr_effective(a);
}

struct attr attr_resolve(const struct attr_regime *r, enum attr_access access,
			 struct attr desc, uint8_t memattr, uint8_t sh)
{
	return attr_combine(r, access, attr_stage1(r, access, desc), memattr, sh);
}

const char *attr_name(struct attr a)
{
	static const char * const device[] = { "nGnRnE", "nGnRE", "nGRE", "GRE" };
	static const char * const normal[3][3][4] = {
#define SH(x) { x " NSH", x " ?", x " OSH", x " ISH" }
		{ { "NC", "NC", "NC", "NC" }, SH("iNC/oWT"), SH("iNC/oWB") },
		{ SH("iWT/oNC"), SH("WT"), SH("iWT/oWB") },
		{ SH("iWB/oNC"), SH("iWB/oWT"), SH("WB") },
#undef SH
	};

	if (attr_is_device(a))
		return device[a.mair >> 2 & 3];
	return normal[attr_inner(a)][attr_outer(a)][a.sh & 3];
}
