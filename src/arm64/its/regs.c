// SPDX-License-Identifier: GPL-2.0
/*
 * A service's registers, as the guest and as the VMM have them. IHI 0069, 12.12;
 * arm-vgic-its.rst.
 */
#include <linux/bitfield.h>

#include "../gic/regs.h"
#include "../vm.h"
#include "cmd.h"
#include "regs.h"
#include "table.h"

#define GITS_CTLR		0x0000
#define GITS_IIDR		0x0004
#define GITS_TYPER		0x0008
#define GITS_CBASER		0x0080
#define GITS_CWRITER		0x0088
#define GITS_CREADR		0x0090
#define GITS_BASER		0x0100
#define GITS_BASER_END		0x0140
#define GITS_PIDR4		0xffd0
#define GITS_ID_END		0x10000

#define GITS_CTLR_ENABLED	BIT(0)
#define GITS_CTLR_QUIESCENT	BIT(31)

/* Revision 0 of what it saves. */
#define GITS_IIDR_VALUE		(GIC_IIDR & ~GITS_IIDR_REVISION)
#define GITS_IIDR_REVISION	0xf000U

/* Physical LPIs; sizes less one; vCPUs by number. */
#define GITS_TYPER_VALUE	(BIT_ULL(0) | (ITS_ENTRY_SIZE - 1) << 4 | \
				 (ITS_ID_BITS - 1) << 8 | (ITS_ID_BITS - 1) << 13)

#define GITS_CBASER_KEPT	(ITS_CBASER_VALID | GENMASK_ULL(61, 59) | ITS_CBASER_ADDRESS | \
				 GENMASK_ULL(11, 10) | ITS_CBASER_PAGES)
#define GITS_OFFSET		GENMASK_ULL(19, 5)	/* of CREADR and CWRITER */

#define GITS_BASER_FIXED	(GENMASK_ULL(58, 56) | GENMASK_ULL(52, 48) | GENMASK_ULL(9, 8))
#define GITS_BASER_64K		(2ULL << 8)
#define GITS_BASER_TYPE		GENMASK_ULL(58, 56)
#define GITS_BASER_ENTRY	GENMASK_ULL(52, 48)
#define GITS_BASER_INNER	GENMASK_ULL(61, 59)
#define GITS_BASER_OUTER	GENMASK_ULL(55, 53)
#define GITS_BASER_SHARE	GENMASK_ULL(11, 10)

static const u8 regs_types[ITS_TABLES] = { [ITS_DEVICES] = 1, [ITS_COLLECTIONS] = 4 };

/* Used through the caches, as we do, and so said to the guest. */
static u64 regs_cached(u64 val)
{
	if (FIELD_GET(GITS_BASER_SHARE, val) > 1)
		val = (val & ~GITS_BASER_SHARE) | FIELD_PREP(GITS_BASER_SHARE, 1);
	if (FIELD_GET(GITS_BASER_INNER, val) < 2)
		val = (val & ~GITS_BASER_INNER) | FIELD_PREP(GITS_BASER_INNER, 5);
	return val & ~GITS_BASER_OUTER;
}

static u64 regs_baser(enum its_table table, u64 val)
{
	if (table == ITS_COLLECTIONS)
		val &= ~ITS_BASER_INDIRECT;
	val &= ~(GITS_BASER_FIXED | GITS_BASER_OUTER);
	val |= GITS_BASER_64K | FIELD_PREP(GITS_BASER_TYPE, regs_types[table]) |
	       FIELD_PREP(GITS_BASER_ENTRY, ITS_ENTRY_SIZE - 1);
	return regs_cached(val);
}

void its_regs_reset(struct its *its)
{
	unsigned int i;

	lockdep_assert_held(&its->lock);
	its->enabled = false;
	its->cbaser = 0;
	its->creadr = 0;
	its->cwriter = 0;
	for (i = 0; i < ITS_TABLES; i++)
		its->baser[i] = regs_baser(i, FIELD_PREP(GITS_BASER_SHARE, 1));
}

static void regs_read(struct its_access *a, u64 reg, unsigned int width)
{
	if (a->is_write || !a->len || (a->len != 4 && a->len != width))
		return;
	reg >>= (a->offset & (width - 1)) * 8;
	a->data = a->len == 8 ? reg : (u32)reg;
}

static bool regs_is_written(const struct its_access *a, unsigned int width)
{
	return a->is_write && (a->len == 4 || a->len == width);
}

static u64 regs_merged(const struct its_access *a, u64 reg)
{
	return gic_reg_merge(reg, a->offset, a->len, a->data);
}

/* Where tables are, and the queue, holds while it is enabled or at work. */
static bool regs_are_fixed(const struct its *its)
{
	lockdep_assert_held(&its->lock);
	return its->enabled || its->busy;
}

static bool regs_may_enable(const struct its *its)
{
	return its->cbaser & its->baser[ITS_DEVICES] & its->baser[ITS_COLLECTIONS] & BIT_ULL(63);
}

static void regs_ctlr(struct its_access *a)
{
	struct its *its = a->its;
	u32 val = 0;

	mutex_lock(&its->lock);
	if (regs_is_written(a, 4))
		WRITE_ONCE(its->enabled, (a->data & GITS_CTLR_ENABLED) &&
			   (its->enabled || regs_may_enable(its)));
	if (its->enabled)
		val |= GITS_CTLR_ENABLED;
	if (!its->busy && (!its->enabled || its->creadr == its->cwriter))
		val |= GITS_CTLR_QUIESCENT;
	mutex_unlock(&its->lock);
	if (a->is_write)
		its_queue_run(its, a->self);
	regs_read(a, val, 4);
}

/* The VMM writes back what it read, maybe of one with another name and the same tables. */
static int regs_iidr(struct its_access *a)
{
	if (a->is_write && !a->self && a->data & GITS_IIDR_REVISION)
		return -EINVAL;
	regs_read(a, GITS_IIDR_VALUE, 4);
	return 0;
}

static void regs_cbaser(struct its_access *a)
{
	struct its *its = a->its;

	mutex_lock(&its->lock);
	if (regs_is_written(a, 8) && !regs_are_fixed(its)) {
		WRITE_ONCE(its->cbaser,
			   regs_cached(regs_merged(a, its->cbaser) & GITS_CBASER_KEPT));
		WRITE_ONCE(its->creadr, 0);
		its->cwriter = 0;
	}
	regs_read(a, its->cbaser, 8);
	mutex_unlock(&its->lock);
}

static void regs_cwriter(struct its_access *a)
{
	struct its *its = a->its;
	u32 offset;

	mutex_lock(&its->lock);
	offset = regs_merged(a, its->cwriter) & GITS_OFFSET;
	if (regs_is_written(a, 8) && offset < its_queue_size(its))
		its->cwriter = offset;
	regs_read(a, its->cwriter, 8);
	mutex_unlock(&its->lock);
	if (a->is_write)
		its_queue_run(its, a->self);
}

/* Whoever waits for commands reads it, so it is here that what a signal broke off goes on. */
static int regs_creadr(struct its_access *a)
{
	struct its *its = a->its;
	u32 offset = a->data & GITS_OFFSET;
	int ret = 0;

	if (a->self && !a->is_write)
		its_queue_run(its, a->self);
	mutex_lock(&its->lock);
	if (!a->self && regs_is_written(a, 8)) {
		if (offset < its_queue_size(its))
			WRITE_ONCE(its->creadr, offset);
		else
			ret = -EINVAL;
	}
	regs_read(a, its->creadr, 8);
	mutex_unlock(&its->lock);
	return ret;
}

static void regs_table(struct its_access *a)
{
	unsigned int table = (a->offset - GITS_BASER) / 8;
	struct its *its = a->its;

	if (table >= ITS_TABLES)	/* reserved: zero */
		return;
	mutex_lock(&its->lock);
	if (regs_is_written(a, 8) && !regs_are_fixed(its)) {
		WRITE_ONCE(its->baser[table], regs_baser(table, regs_merged(a, its->baser[table])));
		if (!(its->baser[table] & ITS_BASER_VALID))
			its_forget(its, table, a->self);
	}
	regs_read(a, its->baser[table], 8);
	mutex_unlock(&its->lock);
}

/* PIDR4..7, PIDR0..3, CIDR0..3: a GICv3 of Arm's. */
static void regs_id(struct its_access *a)
{
	static const u8 ids[] = { 0x44, 0, 0, 0, 0x92, 0xb4, GIC_PIDR2, 0, 0x0d, 0xf0, 0x05, 0xb1 };

	regs_read(a, ids[(a->offset - GITS_PIDR4) / 4], 4);
}

int its_regs_access(struct its_access *a)
{
	switch (a->offset) {
	case GITS_CTLR:
		regs_ctlr(a);
		return 0;
	case GITS_IIDR:
		return regs_iidr(a);
	case GITS_TYPER:
	case GITS_TYPER + 4:
		regs_read(a, GITS_TYPER_VALUE, 8);
		return 0;
	case GITS_CBASER:
	case GITS_CBASER + 4:
		regs_cbaser(a);
		return 0;
	case GITS_CWRITER:
	case GITS_CWRITER + 4:
		regs_cwriter(a);
		return 0;
	case GITS_CREADR:
	case GITS_CREADR + 4:
		return regs_creadr(a);
	case GITS_BASER ... GITS_BASER_END - 1:
		regs_table(a);
		return 0;
	case GITS_PIDR4 ... GITS_ID_END - 1:
		regs_id(a);
		return 0;
	}
	return -ENXIO;
}

int its_regs_len(u32 offset)
{
	int len = offset < GITS_TYPER || offset >= GITS_PIDR4 ? 4 : 8;

	return offset % len ? -EINVAL : len;
}
