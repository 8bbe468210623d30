// SPDX-License-Identifier: GPL-2.0
/*
 * Registers with a field of 1, 2 or 8 bits per interrupt, the same for the
 * distributor (SPIs) and for SGI_base of a redistributor (SGIs, PPIs). IHI
 * 0069, 12.9 and 12.11; as the VMM sees them: arm-vgic-v3.rst.
 */
#include "../vm.h"
#include "irq.h"
#include "regs.h"

/* Of a window. */
#define GIC_W_ONES	(1U << 0)	/* writing zeros to fields does nothing */
#define GIC_W_SETTLE	(1U << 1)	/* a list register may know better: look again when it is read back */

/**
 * struct gic_window - one kind of register
 * @start: offset of the first one
 * @end: offset beyond the last one
 * @bits: per interrupt
 * @sizes: access sizes in bytes that are allowed, as a bit set
 * @flags: GIC_W_*
 * @get: the field's value, the interrupt's pool locked; NULL: reads as zero
 * @set: change it; NULL: ignored
 */
struct gic_window {
	u32 start;
	u32 end;
	u8 bits;
	u8 sizes;
	u8 flags;
	u8 (*get)(const struct gic_access *a, const struct gic_irq *irq);
	void (*set)(struct gic_access *a, struct gic_irq *irq, u8 val);
};

static u8 gic_get_group(const struct gic_access *a, const struct gic_irq *irq)
{
	return irq->group1;
}

static u8 gic_get_enabled(const struct gic_access *a, const struct gic_irq *irq)
{
	return irq->enabled;
}

/* The VMM gets the latch, which with the line is all there is. */
static u8 gic_get_pending(const struct gic_access *a, const struct gic_irq *irq)
{
	if (!a->self)
		return irq->latch;
	return gic_irq_pending(irq) || irq->lr_latch;
}

static u8 gic_get_clear_pending(const struct gic_access *a, const struct gic_irq *irq)
{
	return a->self ? gic_get_pending(a, irq) : 0;
}

static u8 gic_get_active(const struct gic_access *a, const struct gic_irq *irq)
{
	return irq->active;
}

static u8 gic_get_priority(const struct gic_access *a, const struct gic_irq *irq)
{
	return irq->priority;
}

static u8 gic_get_config(const struct gic_access *a, const struct gic_irq *irq)
{
	return irq->edge << 1;
}

static void gic_set_group(struct gic_access *a, struct gic_irq *irq, u8 val)
{
	struct gic_hold hold;

	gic_irq_hold(irq, &hold);
	if (irq->group1 != val) {
		irq->group1 = val;
		hold.kick = gic_irq_deliverable(irq);
	}
	gic_irq_release(irq, &hold);
}

static void gic_set_enable(struct gic_access *a, struct gic_irq *irq, u8 val)
{
	gic_irq_set_enabled(a->vm, irq, true);
}

static void gic_clear_enable(struct gic_access *a, struct gic_irq *irq, u8 val)
{
	gic_irq_set_enabled(a->vm, irq, false);
}

static void gic_set_pending(struct gic_access *a, struct gic_irq *irq, u8 val)
{
	if (val || !a->self)
		gic_irq_set_latch(irq, val);
}

static void gic_clear_pending(struct gic_access *a, struct gic_irq *irq, u8 val)
{
	if (a->self)
		gic_irq_set_latch(irq, false);
}

static void gic_set_active(struct gic_access *a, struct gic_irq *irq, u8 val)
{
	gic_irq_set_active(irq, true);
}

static void gic_clear_active(struct gic_access *a, struct gic_irq *irq, u8 val)
{
	if (a->self)
		gic_irq_end(a->vm, irq, a->self);
	else
		gic_irq_set_active(irq, false);
}

static void gic_set_priority(struct gic_access *a, struct gic_irq *irq, u8 val)
{
	struct gic_hold hold;

	gic_irq_hold(irq, &hold);
	irq->priority = val & GIC_PRIORITY_MASK;
	gic_irq_release(irq, &hold);
}

/* SGIs are edges; that PPIs cannot be changed is our choice (12.11.7). */
static void gic_set_config(struct gic_access *a, struct gic_irq *irq, u8 val)
{
	struct gic_hold hold;

	if (irq->intid < GIC_NR_PRIVATE)
		return;
	gic_irq_hold(irq, &hold);
	irq->edge = val & 2;
	gic_irq_release(irq, &hold);
}

static const struct gic_window gic_windows[] = {
	{ 0x080, 0x100, 1, 4, 0, gic_get_group, gic_set_group },		/* IGROUPR */
	{ 0x100, 0x180, 1, 4, GIC_W_ONES, gic_get_enabled, gic_set_enable },	/* ISENABLER */
	{ 0x180, 0x200, 1, 4, GIC_W_ONES, gic_get_enabled, gic_clear_enable },	/* ICENABLER */
	{ 0x200, 0x280, 1, 4, GIC_W_SETTLE, gic_get_pending, gic_set_pending },	/* ISPENDR */
	{ 0x280, 0x300, 1, 4, GIC_W_ONES | GIC_W_SETTLE,
	  gic_get_clear_pending, gic_clear_pending },				/* ICPENDR */
	{ 0x300, 0x380, 1, 4, GIC_W_ONES | GIC_W_SETTLE,
	  gic_get_active, gic_set_active },					/* ISACTIVER */
	{ 0x380, 0x400, 1, 4, GIC_W_ONES | GIC_W_SETTLE,
	  gic_get_active, gic_clear_active },					/* ICACTIVER */
	{ 0x400, 0x800, 8, 4 | 1, 0, gic_get_priority, gic_set_priority },	/* IPRIORITYR */
	{ 0xc00, 0xd00, 2, 4, 0, gic_get_config, gic_set_config },		/* ICFGR */
	{ 0xd00, 0xd80, 1, 4, 0, NULL, NULL },		/* IGRPMODR: one security state */
	{ 0xe00, 0xf00, 2, 4, 0, NULL, NULL },		/* NSACR: likewise */
};

static const struct gic_window *gic_window_find(u32 offset)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(gic_windows); i++) {
		if (offset >= gic_windows[i].start && offset < gic_windows[i].end)
			return &gic_windows[i];
	}
	return NULL;
}

/* Private ones are the redistributor's only, SPIs the distributor's only. */
static struct gic_irq *gic_regs_irq(struct gic_access *a, u32 intid)
{
	if (!a->owner == (intid < GIC_NR_PRIVATE))
		return NULL;
	return gic_irq_find(a->vm, a->owner, intid);
}

static u8 gic_field_get(struct gic_access *a, const struct gic_window *w, struct gic_irq *irq)
{
	struct gic_hold hold;
	u8 val;

	if (!w->get)
		return 0;
	if (w->flags & GIC_W_SETTLE)
		gic_irq_settle_wait(irq, a->self);
	gic_irq_hold(irq, &hold);
	val = w->get(a, irq);
	gic_irq_release(irq, &hold);
	return val;
}

bool gic_irq_regs_wait(u32 offset)
{
	const struct gic_window *w = gic_window_find(offset);

	return w && (w->flags & GIC_W_SETTLE);
}

bool gic_irq_regs(struct gic_access *a)
{
	const struct gic_window *w = gic_window_find(a->offset);
	u32 intid, n, i, mask, val;
	struct gic_irq *irq;

	if (!w)
		return false;
	if (!(w->sizes & a->len))
		return true;
	mask = (1U << w->bits) - 1;
	intid = (a->offset - w->start) * 8 / w->bits;
	n = a->len * 8 / w->bits;
	for (i = 0; i < n; i++) {
		irq = gic_regs_irq(a, intid + i);
		if (!irq)
			continue;
		if (!a->is_write) {
			a->data |= (u64)gic_field_get(a, w, irq) << (i * w->bits);
			continue;
		}
		val = (a->data >> (i * w->bits)) & mask;
		if (w->set && (val || !(w->flags & GIC_W_ONES)))
			w->set(a, irq, val);
	}
	return true;
}
