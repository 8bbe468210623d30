// SPDX-License-Identifier: GPL-2.0
/*
 * Pools: a list for each class and priority, and a bit for each list that is not
 * empty. So the highest priority is found, and an interrupt put in its place, in a
 * few steps, however many there are.
 */
#include "../vm.h"
#include "pool.h"

#define GIC_PLACE(class, priority)	((class) * GIC_PRIORITIES + (priority) / 8)

void gic_pool_init(struct gic_pool *pool, struct arm_vcpu *vcpu)
{
	unsigned int class, i;

	raw_spin_lock_init(&pool->lock);
	pool->vcpu = vcpu;
	for (class = 0; class < GIC_CLASSES; class++) {
		pool->used[class] = 0;
		for (i = 0; i < GIC_PRIORITIES; i++)
			INIT_LIST_HEAD(&pool->live[class][i]);
	}
}

static u8 gic_pool_place(const struct gic_irq *irq)
{
	if (irq->active)
		return GIC_PLACE(GIC_ACTIVE, irq->priority);
	if (!gic_irq_deliverable(irq))
		return GIC_NOWHERE;
	return GIC_PLACE(irq->group1 ? GIC_PENDING_GROUP1 : GIC_PENDING_GROUP0, irq->priority);
}

void gic_pool_unlist(struct gic_irq *irq)
{
	struct gic_pool *pool = irq->pool;
	unsigned int class = irq->place / GIC_PRIORITIES, i = irq->place % GIC_PRIORITIES;

	lockdep_assert_held(&pool->lock);
	if (irq->place == GIC_NOWHERE)
		return;
	list_del_init(&irq->link);
	if (list_empty(&pool->live[class][i]))
		WRITE_ONCE(pool->used[class], pool->used[class] & ~BIT(i));
	irq->place = GIC_NOWHERE;
}

void gic_pool_list(struct gic_irq *irq)
{
	struct gic_pool *pool = irq->pool;
	unsigned int class, i;
	u8 place;

	lockdep_assert_held(&pool->lock);
	if (irq->in_lr)
		return;
	place = gic_pool_place(irq);
	if (place == irq->place)
		return;
	gic_pool_unlist(irq);
	if (place == GIC_NOWHERE)
		return;
	class = place / GIC_PRIORITIES;
	i = place % GIC_PRIORITIES;
	list_add_tail(&irq->link, &pool->live[class][i]);
	WRITE_ONCE(pool->used[class], pool->used[class] | BIT(i));
	irq->place = place;
}
