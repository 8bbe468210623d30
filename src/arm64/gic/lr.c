// SPDX-License-Identifier: GPL-2.0
/*
 * List registers: which interrupts go into them, what is written, what it means
 * when it is read back. IHI 0069, 6.3 and 12.4.6.
 */
#include <linux/bitops.h>
#include <linux/lockdep.h>

#include "lr.h"

#define GIC_PENDING	(BIT(GIC_PENDING_GROUP0) | BIT(GIC_PENDING_GROUP1))

/* Return: false if one did not fit. */
static bool gic_pick_list(const struct list_head *list, unsigned int nr, struct gic_pick *pick)
{
	struct gic_irq *irq;

	list_for_each_entry(irq, list, link) {
		if (pick->n == nr)
			return false;
		pick->irq[pick->n++] = irq;
	}
	return true;
}

/* In the order of priority. Return: false if one did not fit. */
static bool gic_pick_classes(const struct gic_pool *pool, u32 classes, unsigned int nr,
			     struct gic_pick *pick)
{
	u32 used = gic_pool_used(pool, classes);
	unsigned int i, class;

	for (; used; used &= used - 1) {
		i = __ffs(used);
		for (class = 0; class < GIC_CLASSES; class++) {
			if (classes & BIT(class) && pool->used[class] & BIT(i) &&
			    !gic_pick_list(&pool->live[class][i], nr, pick))
				return false;
		}
	}
	return true;
}

void gic_lr_choose(const struct gic_pool *pool, u32 groups, unsigned int nr,
		   struct gic_pick *pick)
{
	u32 pending = groups & GIC_PENDING;

	lockdep_assert_held(&pool->lock);
	pick->n = 0;
	pick->active_left = !gic_pick_classes(pool, BIT(GIC_ACTIVE), nr, pick);
	if (pick->n == nr && gic_pool_used(pool, pending)) {
		pick->n--;
		pick->active_left = true;
	}
	pick->pending_left = !gic_pick_classes(pool, pending, nr, pick);
}

u64 gic_lr_fill(struct gic_irq *irq, u32 groups)
{
	u64 lr = irq->intid | ((u64)irq->priority << GIC_LR_PRIORITY_SHIFT);
	bool pending = gic_irq_deliverable(irq) && (groups & (1U << irq->group1));

	lockdep_assert_held(&irq->pool->lock);
	if (irq->group1)
		lr |= GIC_LR_GROUP1;
	if (irq->mapped)
		lr |= GIC_LR_HW | ((u64)irq->hwintid << GIC_LR_PINTID_SHIFT);
	else if (!irq->edge && (pending || irq->listened))
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
	bool was = irq->active;

	if (irq->edit & GIC_EDIT_CLEAR_LATCH)
		irq->latch = false;
	if (irq->edit & GIC_EDIT_SET_ACTIVE)
		irq->active = true;
	if (irq->edit & GIC_EDIT_CLEAR_ACTIVE && was && gic_irq_ended(irq))
		*found |= GIC_FOLD_ENDED;
	if (irq->active != was && irq->mapped)
		*found |= GIC_FOLD_FOLLOW;
	if (irq->edit & GIC_EDIT_RWP)
		*found |= GIC_FOLD_RWP;
	irq->edit = 0;
}

unsigned int gic_lr_fold(struct gic_irq *irq, u64 was, u64 now)
{
	unsigned int found = 0;

	lockdep_assert_held(&irq->pool->lock);
	irq->in_lr = false;
	irq->active = now & GIC_LR_ACTIVE;
	if ((now & GIC_LR_PENDING) && irq->lr_latch)
		irq->latch = true;
	irq->lr_latch = false;
	if ((was & GIC_LR_STATE) && !(now & GIC_LR_STATE) && gic_irq_ended(irq))
		found |= GIC_FOLD_ENDED;
	if (irq->edit)
		gic_lr_apply_edits(irq, &found);

	if (irq->mapped) {
		irq->line = irq->get_level(irq->pool->vcpu, irq->intid);
		if ((now & GIC_LR_STATE) == GIC_LR_PENDING && !gic_irq_pending(irq))
			found |= GIC_FOLD_FOLLOW;
	}
	return found;
}

struct gic_irq *gic_lr_eoi_uncounted(const struct gic_pool *pool)
{
	u32 used = gic_pool_used(pool, BIT(GIC_ACTIVE));
	struct gic_irq *irq;

	lockdep_assert_held(&pool->lock);
	for (; used; used &= used - 1) {
		list_for_each_entry(irq, &pool->live[GIC_ACTIVE][__ffs(used)], link) {
			if (irq->active && !irq->in_lr)
				return irq;
		}
	}
	return NULL;
}
