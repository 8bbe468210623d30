// SPDX-License-Identifier: GPL-2.0
/*
 * A walk of L1's nested page tables.
 */
#include <linux/bits.h>
#include <linux/errno.h>

#include "bits.h"
#include "tables.h"

#define TABLES_PRESENT	BIT_ULL(0)
#define TABLES_WRITE	BIT_ULL(1)
#define TABLES_USER	BIT_ULL(2)
#define TABLES_MEMORY	(BIT_ULL(3) | BIT_ULL(4))
#define TABLES_A	BIT_ULL(5)
#define TABLES_D	BIT_ULL(6)
#define TABLES_LARGE	BIT_ULL(7)
#define TABLES_NX	BIT_ULL(63)
#define TABLES_ADDR	GENMASK_ULL(51, 12)

/**
 * struct tables_step - an entry on the way
 * @at: where it stands
 * @pte: as read
 */
struct tables_step {
	u64 at;
	u64 pte;
};

/**
 * struct tables_way - the way to a leaf
 * @t: the tables
 * @step: by level, the leaf's lowest
 * @size: bytes of an entry
 * @bits: index bits of a level
 * @leaf: level of the leaf
 */
struct tables_way {
	struct nested_tables *t;
	struct tables_step step[TABLES_MAX_LEVELS + 1];
	unsigned int size;
	unsigned int bits;
	unsigned int leaf;
};

static unsigned int tables_shift(const struct tables_way *w, unsigned int level)
{
	return 12 + w->bits * (level - 1);
}

/* The four entries of PAE's top table have no permissions, and no A. */
static bool tables_is_bare(const struct tables_way *w, unsigned int level)
{
	return w->t->levels == 3 && level == 3;
}

static bool tables_is_leaf(const struct tables_way *w, unsigned int level, u64 pte)
{
	if (level == 1 || !(pte & TABLES_LARGE))
		return level == 1;
	if (w->size == 4)
		return w->t->pse;
	return level == 2 || (level == 3 && w->t->levels > 3);
}

/* Bits that must be 0 (APM, 5.3.3, 5.4.1). */
static u64 tables_reserved(const struct tables_way *w, unsigned int level, u64 pte)
{
	u64 mask = 0;

	if (w->size == 4)
		return 0;
	mask = TABLES_ADDR & ~(BIT_ULL(w->t->phys_bits) - 1);
	if (!w->t->nx)
		mask |= TABLES_NX;
	if (tables_is_bare(w, level))
		mask |= TABLES_NX | TABLES_WRITE | TABLES_USER | GENMASK_ULL(8, 5);
	else if (level > 1 && tables_is_leaf(w, level, pte))
		/* bit 12 is PAT's there */
		mask |= GENMASK_ULL(tables_shift(w, level) - 1, 13);
	else if (level > 3)
		mask |= TABLES_LARGE;
	return pte & mask;
}

static u64 tables_base(const struct tables_way *w)
{
	switch (w->t->levels) {
	case 2:
		return w->t->root & GENMASK_ULL(31, 12);
	case 3:
		return w->t->root & GENMASK_ULL(31, 5);
	default:
		return w->t->root & TABLES_ADDR;
	}
}

/* Down to the leaf. 0, or the error's bits with @fault set. */
static u64 tables_down(struct tables_way *w, u64 addr, bool *fault)
{
	u64 table = tables_base(w), pte;
	unsigned int level;

	*fault = true;
	for (level = w->t->levels; ; level--) {
		u64 index = addr >> tables_shift(w, level) & (BIT_ULL(w->bits) - 1);
		u64 at = table + index * w->size;

		pte = 0;
		if (w->t->load(w->t, at, w->size, &pte) || !(pte & TABLES_PRESENT))
			return 0;
		if (tables_reserved(w, level, pte))
			return NESTED_NPF_PRESENT | NESTED_NPF_RESERVED;
		w->step[level] = (struct tables_step) { at, pte };
		if (tables_is_leaf(w, level, pte))
			break;
		table = pte & TABLES_ADDR;
	}
	w->leaf = level;
	*fault = false;
	return 0;
}

/* What all levels together allow; each nested access is a user's. */
static u64 tables_allow(const struct tables_way *w)
{
	u64 all = TABLES_WRITE | TABLES_USER, any = 0;
	unsigned int level;

	for (level = w->leaf; level <= w->t->levels; level++) {
		if (tables_is_bare(w, level))
			continue;
		all &= w->step[level].pte;
		any |= w->step[level].pte;
	}
	return all | (w->t->nx && w->size == 8 ? any & TABLES_NX : 0);
}

static int tables_mark(struct tables_way *w, bool write)
{
	unsigned int level;
	int ret;

	for (level = w->t->levels; level >= w->leaf; level--) {
		struct tables_step *s = &w->step[level];
		u64 bits = TABLES_A | (write && level == w->leaf ? TABLES_D : 0);

		if (tables_is_bare(w, level) || (s->pte & bits) == bits)
			continue;
		ret = w->t->mark(w->t, s->at, w->size, s->pte, s->pte | bits);
		if (ret)
			return ret;
		s->pte |= bits;
	}
	return 0;
}

static void tables_leaf(const struct tables_way *w, u64 addr, u64 allow, struct nested_leaf *leaf)
{
	u64 pte = w->step[w->leaf].pte;
	u64 mask = BIT_ULL(tables_shift(w, w->leaf)) - 1;
	u64 base = pte & TABLES_ADDR & ~mask;

	/* PSE-36: more of the address in bits that would be its low ones */
	if (w->size == 4 && w->leaf == 2)
		base = (pte & GENMASK_ULL(31, 22)) | (pte >> 13 & 0xff) << 32;
	else if (w->size == 4)
		base = pte & GENMASK_ULL(31, 12);
	*leaf = (struct nested_leaf) {
		.addr = base | (addr & mask),
		.shift = tables_shift(w, w->leaf),
		.write = (allow & TABLES_WRITE) && (pte & TABLES_D),
		.exec = !(allow & TABLES_NX),
		.memory = pte & TABLES_MEMORY,
	};
}

int nested_walk(struct nested_tables *t, u64 addr, bool write, bool exec,
		struct nested_leaf *leaf, u64 *error)
{
	struct tables_way w = { .t = t, .size = t->levels == 2 ? 4 : 8, .bits = t->levels == 2 ? 10 : 9 };
	u64 asked = NESTED_NPF_USER | (write ? NESTED_NPF_WRITE : 0) |
		    (exec && t->nx && w.size == 8 ? NESTED_NPF_FETCH : 0);
	unsigned int reach = t->levels < 4 ? 32 : tables_shift(&w, t->levels + 1);
	bool fault = true;
	u64 allow;
	int ret;

	*error = asked;
	if (addr >> reach)
		return TABLES_FAULT;
	*error |= tables_down(&w, addr, &fault);
	if (fault)
		return TABLES_FAULT;
	allow = tables_allow(&w);
	if (!(allow & TABLES_USER) || (write && !(allow & TABLES_WRITE)) ||
	    (exec && (allow & TABLES_NX))) {
		*error |= NESTED_NPF_PRESENT;
		return TABLES_FAULT;
	}
	ret = tables_mark(&w, write);
	if (ret)
		return ret;
	tables_leaf(&w, addr, allow, leaf);
	return TABLES_MAPPED;
}
