/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pools: the interrupts that a vCPU may have to take, by class and priority. Runs in
 * user space, too. Private to gic/.
 */
#ifndef TABULA_GIC_POOL_H
#define TABULA_GIC_POOL_H

#include "irq.h"

#define GIC_NOWHERE		0xff	/* gic_irq.place: on no list */

/**
 * gic_pool_init - an empty pool
 * @pool: the pool
 * @vcpu: whose it is, or NULL
 */
void gic_pool_init(struct gic_pool *pool, struct arm_vcpu *vcpu);

/**
 * gic_pool_is_empty - has it nothing active, and nothing pending and enabled?
 * @pool: the pool; a look without the lock is as new as the look
 *
 * Return: true if all its lists are empty.
 */
static inline bool gic_pool_is_empty(const struct gic_pool *pool)
{
	return !(READ_ONCE(pool->used[GIC_PENDING_GROUP0]) |
		 READ_ONCE(pool->used[GIC_PENDING_GROUP1]) | READ_ONCE(pool->used[GIC_ACTIVE]));
}

/**
 * gic_pool_list - put an interrupt on the list where it belongs
 * @irq: its pool is locked
 *
 * Nothing happens while it is in a list register: gic_sync() calls again.
 */
void gic_pool_list(struct gic_irq *irq);

/**
 * gic_pool_unlist - take an interrupt off its list, if it is on one
 * @irq: its pool is locked
 */
void gic_pool_unlist(struct gic_irq *irq);

/**
 * gic_pool_used - which priorities have something on their lists?
 * @pool: locked
 * @classes: bits of enum gic_class to look at
 *
 * Return: indices of their lists in gic_pool.live, a bit each, the highest priority first.
 */
static inline u32 gic_pool_used(const struct gic_pool *pool, u32 classes)
{
	u32 used = 0;

	lockdep_assert_held(&pool->lock);
	if (classes & BIT(GIC_PENDING_GROUP0))
		used |= pool->used[GIC_PENDING_GROUP0];
	if (classes & BIT(GIC_PENDING_GROUP1))
		used |= pool->used[GIC_PENDING_GROUP1];
	if (classes & BIT(GIC_ACTIVE))
		used |= pool->used[GIC_ACTIVE];
	return used;
}

#endif
