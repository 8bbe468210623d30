/* SPDX-License-Identifier: GPL-2.0 */
/*
 * List registers: which interrupts go into them, what is written, what it means
 * when it is read back. No hardware access: runs in user space, too. Private to gic/.
 */
#ifndef TABULA_GIC_LR_H
#define TABULA_GIC_LR_H

#include "irq.h"
#include "pool.h"

/* ICH_LR<n>_EL2, IHI 0069 12.4.6. */
#define GIC_LR_PENDING		(1ULL << 62)
#define GIC_LR_ACTIVE		(1ULL << 63)
#define GIC_LR_STATE		(3ULL << 62)
#define GIC_LR_HW		(1ULL << 61)
#define GIC_LR_GROUP1		(1ULL << 60)
#define GIC_LR_PRIORITY_SHIFT	48
#define GIC_LR_EOI		(1ULL << 41)	/* with HW = 0: tell of the deactivation */
#define GIC_LR_PINTID_SHIFT	32		/* with HW = 1 */

/**
 * struct gic_pick - what goes into the list registers
 * @irq: interrupts chosen
 * @n: how many
 * @pending_left: a deliverable one did not fit
 * @active_left: an active one did not fit: the guest's end of it is counted by EOIcount
 */
struct gic_pick {
	struct gic_irq *irq[GIC_MAX_LRS];
	unsigned int n;
	bool pending_left;
	bool active_left;
};

/* What gic_lr_fold() found. */
#define GIC_FOLD_ENDED		(1U << 0)	/* gic.on_eoi wants to hear of its end */
#define GIC_FOLD_FOLLOW		(1U << 1)	/* mapped: the hardware has not made the physical state follow */
#define GIC_FOLD_RWP		(1U << 2)	/* a disable became effective */

/**
 * gic_lr_choose - choose interrupts for list registers
 * @pool: locked; none of its interrupts is in a list register
 * @groups: enabled groups: bit 0 and bit 1 as in GICD_CTLR
 * @nr: list registers there are, 1..GIC_MAX_LRS
 * @pick: filled in
 *
 * Active interrupts first, then by priority; but the first pending one always
 * gets a place, or the guest could not be interrupted by it. Its work is bounded by
 * @nr and GIC_PRIORITIES.
 */
void gic_lr_choose(const struct gic_pool *pool, u32 groups, unsigned int nr,
		   struct gic_pick *pick);

/**
 * gic_lr_fill - the list register of an interrupt; its state moves there
 * @irq: chosen, its pool locked
 * @groups: enabled groups, as above
 *
 * Return: value for ICH_LR<n>_EL2.
 */
u64 gic_lr_fill(struct gic_irq *irq, u32 groups);

/**
 * gic_lr_fold - and back
 * @irq: was filled in, its pool locked
 * @was: what was written
 * @now: what the register holds now
 *
 * Also makes the changes that had to wait (@irq->edit), and sets or clears the
 * line of a mapped interrupt from get_level(). The caller relists.
 *
 * Return: GIC_FOLD_*.
 */
unsigned int gic_lr_fold(struct gic_irq *irq, u64 was, u64 now);

/**
 * gic_lr_eoi_uncounted - which interrupt did an end without list register mean?
 * @pool: locked
 *
 * Return: the active interrupt of highest priority that is in no list register, or NULL.
 */
struct gic_irq *gic_lr_eoi_uncounted(const struct gic_pool *pool);

#endif
