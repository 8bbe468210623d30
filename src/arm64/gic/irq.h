/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State of one interrupt, and the only ways to change it. Private to gic/.
 */
#ifndef TABULA_GIC_IRQ_H
#define TABULA_GIC_IRQ_H

#include "gic.h"

/* GICD_IROUTER<n>, IHI 0069 12.9.22. */
#define GIC_ROUTER_ANY		(1ULL << 31)
#define GIC_ROUTER_MASK		(0xff00000000ULL | GIC_ROUTER_ANY | 0xffffffULL)
#define GIC_PRIORITY_MASK	0xf8	/* five bits: what every GICv3 CPU interface has at least */

/**
 * struct gic_hold - an interrupt whose state is being changed
 * @pool: its pool, locked
 * @flags: saved interrupt flags
 * @was: it was deliverable before the change
 * @kick: the owner must leave the guest even if nothing new is deliverable
 */
struct gic_hold {
	struct gic_pool *pool;
	unsigned long flags;
	bool was;
	bool kick;
};

/**
 * gic_irq_pending - pending state as the guest sees it
 * @irq: its pool is locked
 *
 * Return: an edge or ISPENDR is latched, or a level-sensitive line is high.
 */
static inline bool gic_irq_pending(const struct gic_irq *irq)
{
	return irq->latch || (!irq->edge && irq->line);
}

/**
 * gic_irq_deliverable - pending and enabled (groups and priorities aside)
 * @irq: its pool is locked
 *
 * Return: true if it is both.
 */
static inline bool gic_irq_deliverable(const struct gic_irq *irq)
{
	return irq->enabled && gic_irq_pending(irq);
}

/**
 * gic_pool_init - an empty pool
 * @pool: the pool
 * @vcpu: whose it is, or NULL
 */
void gic_pool_init(struct gic_pool *pool, struct vcpu *vcpu);

/**
 * gic_irq_init - reset state
 * @irq: the interrupt
 * @intid: its number
 * @pool: where it belongs from now on
 *
 * Group 1, disabled (SGIs: enabled), priority 0, inactive; SGIs are edge-triggered,
 * all others level-sensitive.
 */
void gic_irq_init(struct gic_irq *irq, u32 intid, struct gic_pool *pool);

/**
 * gic_irq_find - an interrupt by its number
 * @vm: the VM
 * @vcpu: owner for SGIs and PPIs, may be NULL for SPIs
 * @intid: any number; safe against speculation
 *
 * Return: the interrupt or NULL.
 */
struct gic_irq *gic_irq_find(struct vm *vm, struct vcpu *vcpu, u32 intid);

/**
 * gic_irq_hold - lock an interrupt to look at it or to change it
 * @irq: any interrupt
 * @hold: filled in
 *
 * Takes its pool's lock with interrupts off.
 */
void gic_irq_hold(struct gic_irq *irq, struct gic_hold *hold) __acquires(irq);

/**
 * gic_irq_release - end what gic_irq_hold() began
 * @irq: the interrupt
 * @hold: as filled in
 *
 * Puts it on or takes it off its pool's live list, unlocks, moves it where @want
 * says if it may, and has the owner look at it if it became deliverable.
 */
void gic_irq_release(struct gic_irq *irq, struct gic_hold *hold) __releases(irq);

/**
 * gic_irq_relist - make membership of the live list right
 * @irq: its pool is locked
 */
void gic_irq_relist(struct gic_irq *irq);

/**
 * gic_irq_move - follow @want to another pool
 * @irq: no lock held
 *
 * Nothing happens while it is active or in a list register: the CPU that runs
 * it must end it; gic_sync() calls again. IHI 0069, 4.8 (changing affinity).
 */
void gic_irq_move(struct gic_irq *irq);

/**
 * gic_irq_set_line - new level, or an edge
 * @vm: the VM
 * @irq: the interrupt
 * @level: as gic_inject()
 */
void gic_irq_set_line(struct vm *vm, struct gic_irq *irq, bool level);

/**
 * gic_irq_set_enabled - GICD_ISENABLER, GICD_ICENABLER
 * @vm: the VM
 * @irq: the interrupt
 * @on: the new state
 *
 * A disable that a running vCPU has not seen yet shows in gic.rwp.
 */
void gic_irq_set_enabled(struct vm *vm, struct gic_irq *irq, bool on);

/**
 * gic_irq_set_latch - GICD_ISPENDR, GICD_ICPENDR
 * @vm: the VM
 * @irq: the interrupt
 * @on: the new state of the latch; the line is as it is
 */
void gic_irq_set_latch(struct vm *vm, struct gic_irq *irq, bool on);

/**
 * gic_irq_set_active - GICD_ISACTIVER, GICD_ICACTIVER
 * @irq: the interrupt
 * @on: the new state
 *
 * While it is in a list register the change is left to gic_sync().
 */
void gic_irq_set_active(struct gic_irq *irq, bool on);

/**
 * gic_irq_set_router - GICD_IROUTER
 * @vm: the VM
 * @irq: an SPI
 * @router: value written; bits that do not exist are dropped
 */
void gic_irq_set_router(struct vm *vm, struct gic_irq *irq, u64 router);

/**
 * gic_irq_settle_wait - wait until an interrupt's state is not in a list register
 * @irq: the interrupt
 * @self: the current vCPU, or NULL when no vCPU runs
 *
 * Process context, IRQs on. Has the vCPU that holds it leave the guest once. It
 * may be in a list register again on return, but what is known of it is then as
 * new as that.
 */
void gic_irq_settle_wait(struct gic_irq *irq, struct vcpu *self);

/**
 * gic_kick_all - have every vCPU look at its interrupts again
 * @vm: the VM
 */
void gic_kick_all(struct vm *vm);

#endif
