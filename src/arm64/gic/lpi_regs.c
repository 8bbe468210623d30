// SPDX-License-Identifier: GPL-2.0
/*
 * A redistributor's registers for LPIs: where their tables are, and what makes it read
 * them again. IHI 0069, 12.11.
 */
#include <linux/bitfield.h>

#include "../vm.h"
#include "lpi.h"
#include "regs.h"

#define GICR_PROPBASER		0x0070
#define GICR_PENDBASER		0x0078
#define GICR_INVLPIR		0x00a0
#define GICR_INVALLR		0x00b0
#define GICR_SYNCR		0x00c0

#define GIC_BASER_OUTER		GENMASK_ULL(58, 56)
#define GIC_BASER_SHARE		GENMASK_ULL(11, 10)
#define GIC_BASER_INNER		GENMASK_ULL(9, 7)
#define GIC_BASER_WRITE_BACK	5
#define GIC_PROPBASER_KEPT	(GENMASK_ULL(51, 7) | 0x1f)
#define GIC_PENDBASER_PTZ	BIT_ULL(62)	/* only ever written */
#define GIC_PENDBASER_KEPT	(GIC_PENDBASER_PTZ | GENMASK_ULL(51, 16) | \
				 GIC_BASER_SHARE | GIC_BASER_INNER)

/* We read the tables through caches, so the guest is told to write them that way. */
u64 gic_reg_cached(u64 val)
{
	if (FIELD_GET(GIC_BASER_SHARE, val) > 1)
		val = (val & ~GIC_BASER_SHARE) | FIELD_PREP(GIC_BASER_SHARE, 1);
	if (FIELD_GET(GIC_BASER_INNER, val) < 2)
		val = (val & ~GIC_BASER_INNER) | FIELD_PREP(GIC_BASER_INNER, GIC_BASER_WRITE_BACK);
	return val & ~GIC_BASER_OUTER;
}

u64 gic_reg_merge(u64 reg, u32 offset, unsigned int len, u64 val)
{
	unsigned int shift = (offset & 4) * 8;

	if (len == 8)
		return val;
	return (reg & ~(0xffffffffULL << shift)) | (u64)(u32)val << shift;
}

/* They hold while LPIs are enabled. */
static void gic_lpi_baser(struct gic_access *a, u64 *baser, u64 kept, u64 hidden)
{
	u64 val = READ_ONCE(*baser);

	if (!a->is_write)
		gic_reg_value(a, val & ~hidden, 8);
	else if ((a->len == 4 || a->len == 8) && !READ_ONCE(a->owner->gic.lpis))
		WRITE_ONCE(*baser, gic_reg_cached(gic_reg_merge(val, a->offset, a->len, a->data) &
						  kept));
}

/* The low word says which; what is read again is so when the write is done. */
static void gic_lpi_invalidate(struct gic_access *a)
{
	struct gic_irq *lpi;

	if (!a->is_write || (a->len != 4 && a->len != 8) || !READ_ONCE(a->owner->gic.lpis))
		return;
	if (a->offset == GICR_INVALLR) {
		gic_lpi_load_all(a->owner, false, a->self);
		return;
	}
	lpi = gic_lpi_find(a->vm, (u32)a->data);
	if (lpi)
		gic_lpi_load(a->vm, lpi, a->self);
}

bool gic_lpi_regs(struct gic_access *a)
{
	bool absent = !READ_ONCE(a->vm->gic.has_lpis);

	switch (a->offset) {
	case GICR_PROPBASER:
	case GICR_PROPBASER + 4:
		if (!absent)
			gic_lpi_baser(a, &a->vm->gic.propbaser, GIC_PROPBASER_KEPT, 0);
		return true;
	case GICR_PENDBASER:
	case GICR_PENDBASER + 4:
		if (!absent)
			gic_lpi_baser(a, &a->owner->gic.pendbaser, GIC_PENDBASER_KEPT,
				      GIC_PENDBASER_PTZ);
		return true;
	case GICR_INVLPIR:
	case GICR_INVALLR:
		if (!absent)
			gic_lpi_invalidate(a);
		return true;
	case GICR_INVLPIR + 4:
	case GICR_INVALLR + 4:
	case GICR_SYNCR:		/* reads as zero: nothing is on its way */
		return true;
	}
	return false;
}
