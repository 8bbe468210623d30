// SPDX-License-Identifier: GPL-2.0
/*
 * What stands of LPIs in guest memory: a byte of properties each, in one table for all,
 * and a pending bit each, in a table for each redistributor. IHI 0069, 5.1.1 and 5.1.2.
 *
 * Guest memory may change, or be missing, at any time: a byte is read once and any value
 * of it will do. No lock is held meanwhile.
 */
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "../../mem/gmem.h"
#include "../vm.h"
#include "irq.h"
#include "lpi.h"

/* GICR_PROPBASER and GICR_PENDBASER, IHI 0069 12.11. */
#define GIC_PROPBASER_ADDRESS	GENMASK_ULL(51, 12)
#define GIC_PROPBASER_BITS	0x1f
#define GIC_PENDBASER_ADDRESS	GENMASK_ULL(51, 16)
#define GIC_PENDBASER_PTZ	BIT_ULL(62)

#define GIC_WINDOW		128

/**
 * struct gic_lpi_window - a piece of a table that is read front to back
 * @gm: guest memory
 * @base: where the table is
 * @first: offset of the first byte in @bytes
 * @n: how many of @bytes are the table's
 * @bytes: a copy
 */
struct gic_lpi_window {
	struct gmem *gm;
	u64 base;
	u32 first;
	u32 n;
	u8 bytes[GIC_WINDOW];
};

static void gic_window_init(struct gic_lpi_window *w, struct arm_vm *vm, u64 base)
{
	w->gm = &vm->mmu.gmem;
	w->base = base;
	w->first = 0;
	w->n = 0;
}

/* Return: 0 or -EFAULT. */
static int gic_window_read(struct gic_lpi_window *w, u32 offset, u8 *byte)
{
	ssize_t n;

	if (offset - w->first >= w->n) {
		w->first = round_down(offset, GIC_WINDOW);
		n = gmem_read(w->gm, w->base + w->first, w->bytes, GIC_WINDOW);
		w->n = max_t(ssize_t, n, 0);
	}
	if (offset - w->first >= w->n)
		return -EFAULT;
	*byte = w->bytes[offset - w->first];
	return 0;
}

static void gic_window_properties(struct gic_lpi_window *w, struct arm_vm *vm, u64 propbaser)
{
	gic_window_init(w, vm, propbaser & GIC_PROPBASER_ADDRESS);
}

static void gic_lpi_load_from(struct gic_lpi_window *w, u64 propbaser, struct gic_irq *lpi,
			      struct arm_vcpu *self)
{
	u8 byte = 0;

	if ((u64)lpi->intid >> ((propbaser & GIC_PROPBASER_BITS) + 1) ||
	    !gic_window_read(w, lpi->intid - GIC_MIN_LPI, &byte))
		gic_lpi_configure(lpi, byte, self);
}

void gic_lpi_load(struct arm_vm *vm, struct gic_irq *lpi, struct arm_vcpu *self)
{
	u64 propbaser = READ_ONCE(vm->gic.propbaser);
	struct gic_lpi_window w;

	gic_window_properties(&w, vm, propbaser);
	gic_lpi_load_from(&w, propbaser, lpi, self);
}

/* Where a vCPU's pending table is. Return: false where it has none. */
static bool gic_pending_base(const struct arm_vcpu *vcpu, u64 *base)
{
	if (!vcpu || !READ_ONCE(vcpu->gic.lpis))
		return false;
	*base = READ_ONCE(vcpu->gic.pendbaser) & GIC_PENDBASER_ADDRESS;
	return true;
}

void gic_lpi_load_pending(struct arm_vm *vm, struct gic_irq *lpi)
{
	u32 bit = BIT(lpi->intid % 8);
	struct gmem *gm = &vm->mmu.gmem;
	u64 gpa;
	u8 byte;

	if (!gic_pending_base(gic_lpi_goes_to(lpi), &gpa))
		return;
	gpa += lpi->intid / 8;
	if (gmem_read_all(gm, gpa, &byte, 1) || !(byte & bit))
		return;
	byte &= ~bit;
	gmem_write_all(gm, gpa, &byte, 1);
	gic_lpi_raise(lpi);
}

void gic_lpi_load_all(struct arm_vcpu *vcpu, bool pending, struct arm_vcpu *self)
{
	struct arm_vm *vm = vcpu->vm;
	u64 propbaser = READ_ONCE(vm->gic.propbaser), base = 0;
	struct gic_lpi_window properties, bits;
	struct gic_irq *lpi;
	unsigned long intid;
	u8 byte;

	/* The guest may say that all of its table is zero. */
	pending = pending && !(READ_ONCE(vcpu->gic.pendbaser) & GIC_PENDBASER_PTZ) &&
		  gic_pending_base(vcpu, &base);
	gic_window_properties(&properties, vm, propbaser);
	gic_window_init(&bits, vm, base);
	xa_for_each(&vm->gic.lpis, intid, lpi) {
		cond_resched();
		if (gic_lpi_goes_to(lpi) != vcpu)
			continue;
		gic_lpi_load_from(&properties, propbaser, lpi, self);
		if (pending && !gic_window_read(&bits, intid / 8, &byte) && byte & BIT(intid % 8))
			gic_lpi_raise(lpi);
	}
}

static int gic_lpi_save_one(struct gmem *gm, struct gic_irq *lpi)
{
	u32 bit = BIT(lpi->intid % 8);
	struct gic_hold hold;
	u8 byte, now;
	bool set;
	u64 gpa;
	int ret;

	if (!gic_pending_base(gic_lpi_goes_to(lpi), &gpa))
		return 0;
	gic_irq_hold(lpi, &hold);
	set = lpi->latch;
	gic_irq_release(lpi, &hold);
	gpa += lpi->intid / 8;
	ret = gmem_read_all(gm, gpa, &byte, 1);
	if (ret)
		return ret;
	now = set ? byte | bit : byte & ~bit;
	return now == byte ? 0 : gmem_write_all(gm, gpa, &now, 1);
}

int gic_lpi_save_pending(struct arm_vm *vm)
{
	struct gic_irq *lpi;
	unsigned long intid;
	int ret;

	xa_for_each(&vm->gic.lpis, intid, lpi) {
		if (fatal_signal_pending(current))
			return -EINTR;
		ret = gic_lpi_save_one(&vm->mmu.gmem, lpi);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}
