// SPDX-License-Identifier: GPL-2.0
/*
 * Memory-mapped frames: the distributor's own registers, the redistributors',
 * and the guest's accesses to both. IHI 0069, 12.8 to 12.11.
 */
#include <linux/bitfield.h>
#include <linux/errno.h>

#include "../affinity.h"
#include "../cpu/cpu.h"
#include "../vm.h"
#include "init.h"
#include "irq.h"
#include "lpi.h"
#include "region.h"
#include "regs.h"

/* Distributor, 12.8. */
#define GICD_TYPER		0x0004
#define GICD_TYPER2		0x000c
#define GICD_IROUTER		0x6000
#define GICD_IROUTER_END	0x8000

#define GICD_CTLR_ENABLES	3U
#define GICD_CTLR_ARE		BIT(4)
#define GICD_CTLR_DS		BIT(6)
#define GICD_CTLR_RWP		BIT(31)

#define GICD_TYPER_LPIS		BIT(17)
#define GICD_TYPER_IDBITS(n)	(((n) - 1U) << 19)	/* INTIDs of so many bits */
#define GICD_TYPER_A3V		BIT(24)

/* Redistributor, 12.10; SGI_base is the second frame. */
#define GICR_IIDR		0x0004
#define GICR_TYPER		0x0008
#define GICR_WAKER		0x0014
#define GICR_SGI_BASE		0x10000

#define GICR_CTLR_LPIS		BIT(0)
#define GICR_CTLR_CES		BIT(1)	/* EnableLPIs can be cleared again */
#define GICR_CTLR_IR		BIT(2)	/* there are INVLPIR and INVALLR */
#define GICR_CTLR_RWP		BIT(3)
#define GICR_TYPER_PLPIS	BIT(0)
#define GICR_TYPER_LAST		BIT(4)

#define GIC_STATUSR_MASK	0xfU

void gic_reg_value(struct gic_access *a, u64 reg, unsigned int width)
{
	if (a->is_write || (a->len != 4 && a->len != width))
		return;
	reg >>= (a->offset & (width - 1)) * 8;
	a->data = a->len == 8 ? reg : (u32)reg;
}

/* A 32-bit register that is written as a whole. */
static bool gic_reg_is_written(const struct gic_access *a)
{
	return a->is_write && a->len == 4;
}

/* The guest clears bits by writing ones, the VMM sets the value. */
static void gic_reg_statusr(struct gic_access *a, u32 *statusr)
{
	u32 val = a->data & GIC_STATUSR_MASK;

	if (gic_reg_is_written(a))
		WRITE_ONCE(*statusr, a->self ? READ_ONCE(*statusr) & ~val : val);
	gic_reg_value(a, READ_ONCE(*statusr), 4);
}

static void gic_dist_ctlr(struct gic_access *a)
{
	struct gic *gic = &a->vm->gic;
	u32 val = READ_ONCE(gic->ctlr);

	if (gic_reg_is_written(a)) {
		WRITE_ONCE(gic->ctlr, a->data & GICD_CTLR_ENABLES);
		if ((a->data ^ val) & GICD_CTLR_ENABLES)
			gic_kick_all(a->vm);
	}
	val |= GICD_CTLR_ARE | GICD_CTLR_DS;
	if (a->self && atomic_read(&gic->rwp))
		val |= GICD_CTLR_RWP;
	gic_reg_value(a, val, 4);
}

static u32 gic_dist_typer(struct arm_vm *vm)
{
	u32 val = (vm->gic.nr_irqs / 32 - 1) | GICD_TYPER_A3V;

	if (READ_ONCE(vm->gic.has_lpis))
		return val | GICD_TYPER_LPIS | GICD_TYPER_IDBITS(GIC_LPI_BITS);
	return val | GICD_TYPER_IDBITS(10);
}

static void gic_dist_router(struct gic_access *a)
{
	struct gic_irq *irq = gic_irq_find(a->vm, NULL, (a->offset - GICD_IROUTER) / 8);
	unsigned int shift = (a->offset & 4) * 8;
	u64 router;

	if (!irq || (a->len != 4 && a->len != 8))
		return;
	router = READ_ONCE(irq->router);
	if (!a->is_write) {
		gic_reg_value(a, router, 8);
		return;
	}
	if (a->len == 4)
		router = (router & ~(0xffffffffULL << shift)) | (u64)(u32)a->data << shift;
	else
		router = a->data;
	gic_irq_set_router(a->vm, irq, router);
}

bool gic_dist_access(struct gic_access *a)
{
	switch (a->offset) {
	case GIC_REG_CTLR:
		gic_dist_ctlr(a);
		return true;
	case GICD_TYPER:
		gic_reg_value(a, gic_dist_typer(a->vm), 4);
		return true;
	case GICD_IIDR:
		gic_reg_value(a, GIC_IIDR, 4);
		return true;
	case GICD_TYPER2:
		return true;
	case GIC_REG_STATUSR:
		gic_reg_statusr(a, &a->vm->gic.statusr);
		return true;
	case GIC_REG_PIDR2:
		gic_reg_value(a, GIC_PIDR2, 4);
		return true;
	/* Those of private interrupts are reserved, yet VMMs write them: ignored. */
	case GICD_IROUTER ... GICD_IROUTER_END - 1:
		gic_dist_router(a);
		return true;
	}
	return gic_irq_regs(a);
}

/* MPIDR's affinity fields as GICR_TYPER and the device's attributes have them. */
static u32 gic_affinity(const struct arm_vcpu *vcpu)
{
	u64 mpidr = affinity_mpidr(vcpu);

	return ((mpidr >> 32) & 0xff) << 24 | (mpidr & 0xffffff);
}

static u64 gic_redist_typer(struct arm_vm *vm, const struct arm_vcpu *vcpu)
{
	u64 val = (u64)gic_affinity(vcpu) << 32 | (u64)(vcpu->base.id & 0xffff) << 8;

	/* regions are added under the VM's lock, and only until then */
	lockdep_assert(gic_is_ready(vm) || lockdep_is_held(&vm->base.lock));
	if (gic_region_is_last(&vm->gic, READ_ONCE(vm->base.nr_vcpus), vcpu->base.idx))
		val |= GICR_TYPER_LAST;
	if (READ_ONCE(vm->gic.has_lpis))
		val |= GICR_TYPER_PLPIS;
	return val;
}

static void gic_redist_ctlr(struct gic_access *a)
{
	u32 val = 0;

	if (READ_ONCE(a->vm->gic.has_lpis)) {
		if (gic_reg_is_written(a))
			gic_lpi_set_enabled(a->owner, a->data & GICR_CTLR_LPIS, a->self);
		val = GICR_CTLR_CES | GICR_CTLR_IR;
		if (READ_ONCE(a->owner->gic.lpis))
			val |= GICR_CTLR_LPIS;
	}
	if (a->self && atomic_read(&a->vm->gic.rwp))
		val |= GICR_CTLR_RWP;
	gic_reg_value(a, val, 4);
}

static void gic_redist_waker(struct gic_access *a)
{
	struct gic_cpu *cpu = &a->owner->gic;

	/* Children sleep and wake at once. */
	if (gic_reg_is_written(a))
		WRITE_ONCE(cpu->waker, a->data & GIC_WAKER_SLEEP ? GIC_WAKER_ASLEEP : 0);
	gic_reg_value(a, READ_ONCE(cpu->waker), 4);
}

static bool gic_rd_frame(struct gic_access *a)
{
	switch (a->offset) {
	case GIC_REG_CTLR:
		gic_redist_ctlr(a);
		return true;
	case GICR_IIDR:
		gic_reg_value(a, GIC_IIDR, 4);
		return true;
	case GICR_TYPER:
	case GICR_TYPER + 4:
		gic_reg_value(a, gic_redist_typer(a->vm, a->owner), 8);
		return true;
	case GIC_REG_STATUSR:
		gic_reg_statusr(a, &a->owner->gic.statusr);
		return true;
	case GICR_WAKER:
		gic_redist_waker(a);
		return true;
	case GIC_REG_PIDR2:
		gic_reg_value(a, GIC_PIDR2, 4);
		return true;
	}
	return gic_lpi_regs(a);
}

bool gic_redist_access(struct gic_access *a)
{
	if (a->offset < GICR_SGI_BASE) {
		if (a->self && a->is_write)
			cpu_fp_save(a->self);	/* tables may be read */
		return gic_rd_frame(a);
	}
	a->offset -= GICR_SGI_BASE;
	return gic_irq_regs(a);
}

/* Return: false: it is in none of the frames. */
static bool gic_access_find(struct gic_access *a, u64 ipa)
{
	struct arm_vm *vm = a->vm;
	struct gic *gic = &vm->gic;
	unsigned int idx;

	if (!gic_is_ready(vm))
		return false;
	if (ipa >= gic->dist_base && ipa - gic->dist_base < GIC_DIST_SIZE) {
		a->offset = ipa - gic->dist_base;
		return true;
	}
	if (!gic_region_find(gic, READ_ONCE(vm->base.nr_vcpus), ipa, &idx, &a->offset))
		return false;
	a->owner = arm_vcpu(vm, idx);
	return a->owner;
}

static void gic_access_do(struct gic_access *a, u64 *data)
{
	if (a->is_write)
		a->data = a->len == 8 ? *data : *data & ((1ULL << (a->len * 8)) - 1);
	if (!(a->offset & (a->len - 1))) {
		if (a->owner)
			gic_redist_access(a);
		else
			gic_dist_access(a);
	}
	if (!a->is_write)
		*data = a->data;
}

/* May it wait for another vCPU, look at a guest's tables, or at all vCPUs? */
static bool gic_access_waits(const struct gic_access *a)
{
	if (a->owner)
		return a->offset < GICR_SGI_BASE || gic_irq_regs_wait(a->offset - GICR_SGI_BASE);
	return (a->offset == GIC_REG_CTLR && a->is_write) || gic_irq_regs_wait(a->offset);
}

bool gic_mmio(struct arm_vcpu *vcpu, u64 ipa, unsigned int len, bool is_write, u64 *data)
{
	struct gic_access a = {
		.vm = vcpu->vm, .self = vcpu, .len = len, .is_write = is_write,
	};

	if (!gic_access_find(&a, ipa))
		return false;
	gic_access_do(&a, data);
	return true;
}

int gic_mmio_brief(struct arm_vcpu *vcpu, u64 ipa, unsigned int len, bool is_write, u64 *data)
{
	struct gic_access a = {
		.vm = vcpu->vm, .self = vcpu, .len = len, .is_write = is_write,
	};

	if (!gic_access_find(&a, ipa))
		return 0;
	if (gic_access_waits(&a))
		return -EAGAIN;
	gic_access_do(&a, data);
	return 1;
}
