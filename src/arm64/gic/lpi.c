// SPDX-License-Identifier: GPL-2.0
/*
 * State of LPIs: found, pending, routed, enabled. IHI 0069, chapter 5.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../vm.h"
#include "irq.h"
#include "lpi.h"

#define GIC_LPI_PROPERTY_ENABLE	BIT(0)

void gic_lpi_allow(struct arm_vm *vm)
{
	lockdep_assert_held(&vm->base.lock);
	WRITE_ONCE(vm->gic.has_lpis, true);
}

struct gic_irq *gic_lpi_find(struct arm_vm *vm, u32 intid)
{
	return xa_load(&vm->gic.lpis, intid);
}

static struct gic_irq *gic_lpi_new(struct arm_vm *vm, u32 intid)
{
	struct gic_irq *lpi = kzalloc(sizeof(*lpi), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!lpi)
		return ERR_PTR(-ENOMEM);
	gic_irq_init(lpi, intid, &vm->gic.unrouted);
	lpi->edge = true;
	ret = xa_err(xa_store(&vm->gic.lpis, intid, lpi, GFP_KERNEL_ACCOUNT));
	if (!ret)
		return lpi;
	kfree(lpi);
	return ERR_PTR(ret);
}

struct gic_irq *gic_lpi_make(struct arm_vm *vm, u32 intid)
{
	struct gic_irq *lpi;

	if (intid < GIC_MIN_LPI || intid >= BIT(GIC_LPI_BITS))
		return ERR_PTR(-EINVAL);
	mutex_lock(&vm->gic.lock);
	lpi = gic_lpi_find(vm, intid);
	if (!lpi)
		lpi = gic_lpi_new(vm, intid);
	mutex_unlock(&vm->gic.lock);
	return lpi;
}

void gic_lpi_free_all(struct arm_vm *vm)
{
	struct gic_irq *lpi;
	unsigned long intid;

	xa_for_each(&vm->gic.lpis, intid, lpi) {
		kfree(lpi);
		cond_resched();
	}
	xa_destroy(&vm->gic.lpis);
}

int gic_lpi_raise(struct gic_irq *lpi)
{
	struct arm_vcpu *vcpu;
	struct gic_hold hold;
	bool on;

	gic_irq_hold(lpi, &hold);
	vcpu = lpi->want->vcpu;
	on = vcpu && READ_ONCE(vcpu->gic.lpis);
	if (on) {
		lpi->latch = true;
		lpi->edit &= ~GIC_EDIT_CLEAR_LATCH;
	}
	gic_irq_release(lpi, &hold);
	return on ? 0 : -EBUSY;
}

void gic_lpi_clear(struct gic_irq *lpi, struct arm_vcpu *self)
{
	gic_irq_set_latch(lpi, false);
	gic_irq_settle_wait(lpi, self);
}

void gic_lpi_route(struct arm_vm *vm, struct gic_irq *lpi, struct arm_vcpu *vcpu)
{
	struct gic_pool *want = vcpu ? &vcpu->gic.pool : &vm->gic.unrouted;
	struct gic_hold hold;

	gic_irq_hold(lpi, &hold);
	WRITE_ONCE(lpi->want, want);
	hold.kick = lpi->in_lr && want != lpi->pool;	/* to have it move soon */
	gic_irq_release(lpi, &hold);
}

struct arm_vcpu *gic_lpi_goes_to(const struct gic_irq *lpi)
{
	return READ_ONCE(lpi->want)->vcpu;
}

void gic_lpi_route_all(struct arm_vm *vm, struct arm_vcpu *from, struct arm_vcpu *to)
{
	struct gic_irq *lpi;
	unsigned long intid;

	xa_for_each(&vm->gic.lpis, intid, lpi) {
		if (gic_lpi_goes_to(lpi) == from)
			gic_lpi_route(vm, lpi, to);
		cond_resched();
	}
}

void gic_lpi_configure(struct gic_irq *lpi, u8 property, struct arm_vcpu *self)
{
	bool on = property & GIC_LPI_PROPERTY_ENABLE, off;
	struct gic_hold hold;

	gic_irq_hold(lpi, &hold);
	off = lpi->enabled && !on;
	lpi->enabled = on;
	lpi->priority = property & GIC_PRIORITY_MASK;
	hold.kick = off && lpi->in_lr;
	gic_irq_release(lpi, &hold);
	if (off)
		gic_irq_settle_wait(lpi, self);
}

static void gic_lpi_lose_all(struct arm_vcpu *vcpu, struct arm_vcpu *self)
{
	struct gic_irq *lpi;
	unsigned long intid;

	xa_for_each(&vcpu->vm->gic.lpis, intid, lpi) {
		if (gic_lpi_goes_to(lpi) == vcpu)
			gic_lpi_clear(lpi, self);
		cond_resched();
	}
}

void gic_lpi_set_enabled(struct arm_vcpu *vcpu, bool on, struct arm_vcpu *self)
{
	if (cmpxchg(&vcpu->gic.lpis, !on, on) == on)
		return;
	if (on)
		gic_lpi_load_all(vcpu, true, self);
	else
		gic_lpi_lose_all(vcpu, self);
}
