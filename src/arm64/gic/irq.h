/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State of one interrupt, and the only ways to change it. Private to gic/.
 */
#ifndef TABULA_GIC_IRQ_H
#define TABULA_GIC_IRQ_H

#include <linux/lockdep.h>

#include "gic.h"

/* GICD_IROUTER<n>, IHI 0069 12.9.22. */
#define GIC_ROUTER_ANY		(1ULL << 31)
#define GIC_ROUTER_MASK		(0xff00000000ULL | GIC_ROUTER_ANY | 0xffffffULL)
#define GIC_PRIORITY_MASK	0xf8	/* of a byte, the bits that GIC_PRIORITIES makes */

/**
 * struct gic_hold - an interrupt whose state is being changed
 * @pool: its pool, locked
 * @flags: saved interrupt flags
 * @was: it was deliverable before the change
 * @busy: it was active or pending before the change
 * @kick: the owner must leave the guest even if nothing new is deliverable
 * @follow: the physical interrupt behind it must follow, even if it still is @busy
 */
struct gic_hold {
	struct gic_pool *pool;
	unsigned long flags;
	bool was;
	bool busy;
	bool kick;
	bool follow;
};

/**
 * gic_irq_pending - pending state as the guest sees it
 * @irq: its pool is locked
 *
 * Return: an edge or ISPENDR is latched, or a level-sensitive line is high.
 */
static inline bool gic_irq_pending(const struct gic_irq *irq)
{
	lockdep_assert_held(&irq->pool->lock);
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
	lockdep_assert_held(&irq->pool->lock);
	return irq->enabled && gic_irq_pending(irq);
}

/**
 * gic_irq_busy - active or pending, enabled or not
 * @irq: its pool is locked
 *
 * Return: true if the physical interrupt behind it has to be active.
 */
static inline bool gic_irq_busy(const struct gic_irq *irq)
{
	lockdep_assert_held(&irq->pool->lock);
	return irq->active || gic_irq_pending(irq);
}

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
struct gic_irq *gic_irq_find(struct arm_vm *vm, struct arm_vcpu *vcpu, u32 intid);

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
 * Puts it on the list of its pool's where it belongs, unlocks, moves it where @want
 * says if it may, has the owner look at it if it became deliverable, and has the
 * physical interrupt behind it follow: here, or at the owner's next entry.
 */
void gic_irq_release(struct gic_irq *irq, struct gic_hold *hold) __releases(irq);

/**
 * gic_irq_release_as_is - gic_irq_release() after a look that has changed nothing
 * @irq: as locked by gic_irq_hold()
 * @hold: filled in by it
 */
static inline void gic_irq_release_as_is(struct gic_irq *irq, struct gic_hold *hold) __releases(irq)
{
	raw_spin_unlock_irqrestore(&hold->pool->lock, hold->flags);
}

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
 * @irq: the interrupt
 * @level: as gic_inject()
 */
void gic_irq_set_line(struct gic_irq *irq, bool level);

/**
 * gic_irq_set_enabled - GICD_ISENABLER, GICD_ICENABLER
 * @vm: the VM
 * @irq: the interrupt
 * @on: the new state
 *
 * A disable that a running vCPU has not seen yet shows in gic.rwp.
 */
void gic_irq_set_enabled(struct arm_vm *vm, struct gic_irq *irq, bool on);

/**
 * gic_irq_set_latch - GICD_ISPENDR, GICD_ICPENDR
 * @irq: the interrupt
 * @on: the new state of the latch; the line is as it is
 */
void gic_irq_set_latch(struct gic_irq *irq, bool on);

/**
 * gic_irq_set_active - GICD_ISACTIVER, and the VMM's GICD_ICACTIVER
 * @irq: the interrupt
 * @on: the new state
 *
 * While it is in a list register the change is left to gic_sync(). Nobody is told
 * of an end: what a VMM restores is none.
 */
void gic_irq_set_active(struct gic_irq *irq, bool on);

/**
 * gic_irq_ended - an active interrupt ends
 * @irq: active, in no list register, its pool locked
 *
 * Return: true if gic.on_eoi wants to hear of it: tell when the lock is released.
 */
bool gic_irq_ended(struct gic_irq *irq);

/**
 * gic_irq_end - a guest ends an interrupt by name: ICC_DIR_EL1, GICD_ICACTIVER
 * @vm: the VM
 * @irq: the interrupt, whichever vCPU has it
 * @self: the vCPU that says so, not in the guest
 *
 * Process context, IRQs on; may wait as gic_irq_settle_wait() does, and tells
 * gic.on_eoi.
 */
void gic_irq_end(struct arm_vm *vm, struct gic_irq *irq, struct arm_vcpu *self);

/**
 * gic_irq_set_router - GICD_IROUTER
 * @vm: the VM
 * @irq: an SPI
 * @router: value written; bits that do not exist are dropped
 */
void gic_irq_set_router(struct arm_vm *vm, struct gic_irq *irq, u64 router);

/**
 * gic_tell_end - tell gic.on_eoi of an end
 * @vm: the VM
 * @intid: what gic_irq_ended() said true for; process context, no lock held
 */
void gic_tell_end(struct arm_vm *vm, u32 intid);

/**
 * gic_irq_settle_wait - wait until an interrupt's state is not in a list register
 * @irq: the interrupt
 * @self: the current vCPU, or NULL when no vCPU runs
 *
 * Process context, IRQs on. Has the vCPU that holds it leave the guest once, or whose
 * high line may have fallen unseen. It may be in a list register again on return, but
 * what is known of it is then as new as that.
 */
void gic_irq_settle_wait(struct gic_irq *irq, struct arm_vcpu *self);

/**
 * gic_phys_watch - keep gic_cpu.lines: which mapped interrupts' lines are high
 * @irq: mapped, its pool is locked
 */
void gic_phys_watch(const struct gic_irq *irq);

/**
 * gic_phys_sample - ask for a mapped interrupt's line anew
 * @irq: any; its pool is locked; its vCPU is loaded here, or not at all
 */
void gic_phys_sample(struct gic_irq *irq);

/**
 * gic_phys_follow_all - gic_phys_follow() for some of a vCPU's
 * @vcpu: loaded on this CPU
 * @which: mapped private interrupts, a bit each
 */
void gic_phys_follow_all(struct arm_vcpu *vcpu, u32 which);

/**
 * gic_route_update - choose anew where interrupts for "any vCPU" go
 * @vm: the VM; gic.lock is held
 *
 * Return: true if it is another pool than before.
 */
bool gic_route_update(struct arm_vm *vm);

/**
 * gic_kick_all - have every vCPU look at its interrupts again
 * @vm: the VM
 */
void gic_kick_all(struct arm_vm *vm);

#endif
