// SPDX-License-Identifier: GPL-2.0
/*
 * List registers: which interrupts go into them, what is written, what it means
 * when it is read back. IHI 0069, 6.3 and 12.4.6.
 */
#include <linux/string.h>

#include "lr.h"

#define GIC_RANK_PENDING	0x100	/* any active interrupt ranks before any pending one */
#define GIC_RANK_NONE		0x200

static bool gic_lr_wants_pending(const struct gic_irq *irq, u32 groups)
{
	return gic_irq_deliverable(irq) && (groups & (1U << irq->group1));
}

static unsigned int gic_lr_rank(const struct gic_irq *irq, u32 groups)
{
	if (irq->active)
		return irq->priority;
	if (gic_lr_wants_pending(irq, groups))
		return GIC_RANK_PENDING + irq->priority;
	return GIC_RANK_NONE;
}

/* Insert by rank among the first @nr; the last one falls out. */
static void gic_pick_insert(struct gic_pick *pick, unsigned int nr, struct gic_irq *irq,
			    unsigned int rank, u32 groups)
{
	unsigned int i = pick->n;

	if (i == nr) {
		if (gic_lr_rank(pick->irq[nr - 1], groups) <= rank)
			return;
		i = nr - 1;
	} else {
		pick->n++;
	}
	for (; i > 0 && gic_lr_rank(pick->irq[i - 1], groups) > rank; i--)
		pick->irq[i] = pick->irq[i - 1];
	pick->irq[i] = irq;
}

void gic_lr_choose(const struct list_head *live, u32 groups, unsigned int nr,
		   struct gic_pick *pick)
{
	unsigned int nr_active = 0, nr_pending = 0, rank, best = GIC_RANK_NONE, i;
	struct gic_irq *irq, *top = NULL;

	pick->n = 0;
	list_for_each_entry(irq, live, link) {
		rank = gic_lr_rank(irq, groups);
		if (rank == GIC_RANK_NONE)
			continue;
		if (irq->active) {
			nr_active++;
		} else {
			nr_pending++;
			if (rank < best) {
				best = rank;
				top = irq;
			}
		}
		gic_pick_insert(pick, nr, irq, rank, groups);
	}
	if (top && nr_active >= nr)
		pick->irq[nr - 1] = top;

	for (i = 0; i < pick->n; i++) {
		if (pick->irq[i]->active)
			nr_active--;
		else
			nr_pending--;
	}
	pick->active_left = nr_active;
	pick->pending_left = nr_pending;
}

u64 gic_lr_fill(struct gic_irq *irq, u32 groups, bool notify)
{
	u64 lr = irq->intid | ((u64)irq->priority << GIC_LR_PRIORITY_SHIFT);
	bool pending = gic_lr_wants_pending(irq, groups);

	if (irq->group1)
		lr |= GIC_LR_GROUP1;
	if (irq->mapped)
		lr |= GIC_LR_HW | ((u64)irq->hwintid << GIC_LR_PINTID_SHIFT);
	else if (!irq->edge && (pending || notify))
		lr |= GIC_LR_EOI;
	if (irq->active)
		lr |= GIC_LR_ACTIVE;
	/*
	 * Pending on top of active only for edges: a level is looked at again
	 * when the guest ends the interrupt, and with HW = 1 the combination is
	 * not allowed.
	 */
	if (pending && (!irq->active || (irq->edge && !irq->mapped))) {
		lr |= GIC_LR_PENDING;
		irq->lr_latch = irq->latch;
		irq->latch = false;
	}
	irq->in_lr = true;
	return lr;
}

static void gic_lr_apply_edits(struct gic_irq *irq, unsigned int *found)
{
	if (irq->edit & GIC_EDIT_CLEAR_LATCH)
		irq->latch = false;
	if (irq->edit & GIC_EDIT_SET_ACTIVE)
		irq->active = true;
	if (irq->edit & GIC_EDIT_CLEAR_ACTIVE)
		irq->active = false;
	if (irq->edit & GIC_EDIT_RWP)
		*found |= GIC_FOLD_RWP;
	irq->edit = 0;
}

unsigned int gic_lr_fold(struct gic_irq *irq, u64 was, u64 now)
{
	unsigned int found = 0;

	irq->in_lr = false;
	irq->active = now & GIC_LR_ACTIVE;
	if ((now & GIC_LR_PENDING) && irq->lr_latch)
		irq->latch = true;
	irq->lr_latch = false;
	if ((was & GIC_LR_STATE) && !(now & GIC_LR_STATE) && !irq->edge && !irq->mapped)
		found |= GIC_FOLD_EOI;
	if (irq->edit)
		gic_lr_apply_edits(irq, &found);

	if (irq->mapped) {
		if (irq->get_level)
			irq->line = irq->get_level(irq->pool->vcpu, irq->intid);
		if ((now & GIC_LR_STATE) == GIC_LR_PENDING && !gic_irq_pending(irq))
			found |= GIC_FOLD_DEACTIVATE;
	}
	return found;
}

struct gic_irq *gic_lr_eoi_uncounted(const struct list_head *live)
{
	struct gic_irq *irq, *top = NULL;

	list_for_each_entry(irq, live, link) {
		if (irq->active && !irq->in_lr && (!top || irq->priority < top->priority))
			top = irq;
	}
	return top;
}
