// SPDX-License-Identifier: GPL-2.0
/*
 * State of one interrupt: lines, latches, enables, active state, and the vCPU
 * it goes to. IHI 0069, chapter 4.
 */
#include <linux/nospec.h>
#include <linux/sched.h>

#include "../vm.h"
#include "hw.h"
#include "irq.h"

void gic_pool_init(struct gic_pool *pool, struct vcpu *vcpu)
{
	raw_spin_lock_init(&pool->lock);
	INIT_LIST_HEAD(&pool->live);
	pool->vcpu = vcpu;
}

void gic_irq_init(struct gic_irq *irq, u32 intid, struct gic_pool *pool)
{
	memset(irq, 0, sizeof(*irq));
	INIT_LIST_HEAD(&irq->link);
	irq->intid = intid;
	irq->pool = pool;
	irq->want = pool;
	irq->group1 = true;
	irq->edge = intid < GIC_NR_SGIS;
	irq->enabled = intid < GIC_NR_SGIS;
}

struct gic_irq *gic_irq_find(struct vm *vm, struct vcpu *vcpu, u32 intid)
{
	struct gic *gic = &vm->gic;

	if (intid < GIC_NR_PRIVATE) {
		if (!vcpu)
			return NULL;
		return &vcpu->gic.private[array_index_nospec(intid, GIC_NR_PRIVATE)];
	}
	if (!gic_is_initialised(vm))
		return NULL;
	intid -= GIC_NR_PRIVATE;
	if (intid >= gic->nr_spis)
		return NULL;
	return &gic->spis[array_index_nospec(intid, gic->nr_spis)];
}

static void gic_pool_kick(struct gic_pool *pool)
{
	if (pool->vcpu)
		vcpu_request(pool->vcpu, VCPU_REQ_IRQ);
}

void gic_kick_all(struct vm *vm)
{
	struct vcpu *vcpu;
	unsigned int i;

	vm_for_each_vcpu(vm, i, vcpu)
		vcpu_request(vcpu, VCPU_REQ_IRQ);
}

void gic_irq_hold(struct gic_irq *irq, struct gic_hold *hold) __acquires(irq)
{
	struct gic_pool *pool;

	for (;;) {
		pool = READ_ONCE(irq->pool);
		raw_spin_lock_irqsave(&pool->lock, hold->flags);
		if (likely(irq->pool == pool))
			break;
		raw_spin_unlock_irqrestore(&pool->lock, hold->flags);
	}
	hold->pool = pool;
	hold->was = gic_irq_deliverable(irq);
	hold->kick = false;
}

void gic_irq_relist(struct gic_irq *irq)
{
	bool live = irq->active || irq->in_lr || gic_irq_deliverable(irq);

	if (live && list_empty(&irq->link))
		list_add_tail(&irq->link, &irq->pool->live);
	else if (!live && !list_empty(&irq->link))
		list_del_init(&irq->link);
}

/* May it follow ->want now? */
static bool gic_irq_may_move(const struct gic_irq *irq)
{
	return irq->want != irq->pool && !irq->active && !irq->in_lr;
}

void gic_irq_release(struct gic_irq *irq, struct gic_hold *hold) __releases(irq)
{
	struct gic_pool *pool = hold->pool;
	bool kick, move;

	gic_irq_relist(irq);
	kick = hold->kick || (!hold->was && gic_irq_deliverable(irq));
	move = gic_irq_may_move(irq);
	raw_spin_unlock_irqrestore(&pool->lock, hold->flags);

	if (move)
		gic_irq_move(irq);
	else if (kick)
		gic_pool_kick(pool);
}

/* Both pools' locks, in the order of their addresses; interrupts are off. */
static void gic_pool_lock_two(struct gic_pool *a, struct gic_pool *b)
	__acquires(&a->lock) __acquires(&b->lock)
{
	if (a > b)
		swap(a, b);
	raw_spin_lock(&a->lock);
	raw_spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

void gic_irq_move(struct gic_irq *irq)
{
	struct gic_pool *from, *to;
	unsigned long flags;
	bool kick = false;

	local_irq_save(flags);
	for (;;) {
		from = READ_ONCE(irq->pool);
		to = READ_ONCE(irq->want);
		if (from == to)
			goto out;
		gic_pool_lock_two(from, to);
		if (likely(irq->pool == from && irq->want == to))
			break;
		raw_spin_unlock(&from->lock);
		raw_spin_unlock(&to->lock);
	}
	if (gic_irq_may_move(irq)) {
		list_del_init(&irq->link);
		WRITE_ONCE(irq->pool, to);
		gic_irq_relist(irq);
		kick = gic_irq_deliverable(irq);
	}
	raw_spin_unlock(&from->lock);
	raw_spin_unlock(&to->lock);
out:
	local_irq_restore(flags);
	if (kick)
		gic_pool_kick(to);
}

/* Where an SPI for "any vCPU" goes: the first that is on. */
static struct gic_pool *gic_route_any(struct vm *vm)
{
	struct vcpu *vcpu, *first = vm_vcpu(vm, 0);
	unsigned int i;

	vm_for_each_vcpu(vm, i, vcpu) {
		if (!READ_ONCE(vcpu->power.off))
			return &vcpu->gic.pool;
	}
	return first ? &first->gic.pool : &vm->gic.unrouted;
}

static struct gic_pool *gic_route(struct vm *vm, u64 router)
{
	struct vcpu *vcpu;

	if (router & GIC_ROUTER_ANY)
		return gic_route_any(vm);
	vcpu = vm_vcpu_by_mpidr(vm, router);
	return vcpu ? &vcpu->gic.pool : &vm->gic.unrouted;
}

void gic_irq_set_router(struct vm *vm, struct gic_irq *irq, u64 router)
{
	struct gic_pool *want;
	struct gic_hold hold;
	int any;

	router &= GIC_ROUTER_MASK;
	want = gic_route(vm, router);

	gic_irq_hold(irq, &hold);
	any = !!(router & GIC_ROUTER_ANY) - !!(irq->router & GIC_ROUTER_ANY);
	WRITE_ONCE(irq->router, router);
	WRITE_ONCE(irq->want, want);
	atomic_add(any, &vm->gic.nr_any);
	hold.kick = irq->in_lr && want != irq->pool;	/* to have it move soon */
	gic_irq_release(irq, &hold);
}

void gic_power_changed(struct vm *vm)
{
	struct gic *gic = &vm->gic;
	struct gic_pool *any;
	struct gic_hold hold;
	struct gic_irq *irq;
	u32 i;

	if (!gic_is_initialised(vm) || !atomic_read(&gic->nr_any))
		return;
	any = gic_route_any(vm);
	for (i = 0; i < gic->nr_spis; i++) {
		irq = &gic->spis[i];
		if (!(READ_ONCE(irq->router) & GIC_ROUTER_ANY))
			continue;
		gic_irq_hold(irq, &hold);
		if (irq->router & GIC_ROUTER_ANY)
			WRITE_ONCE(irq->want, any);
		gic_irq_release(irq, &hold);
	}
}

/* An interrupt for "any vCPU" becomes pending: choose anew. @any was looked up without lock. */
static void gic_irq_redirect(struct gic_irq *irq, struct gic_pool *any)
{
	if (any && (irq->router & GIC_ROUTER_ANY))
		WRITE_ONCE(irq->want, any);
}

static struct gic_pool *gic_irq_any(struct vm *vm, const struct gic_irq *irq)
{
	return READ_ONCE(irq->router) & GIC_ROUTER_ANY ? gic_route_any(vm) : NULL;
}

void gic_irq_set_line(struct vm *vm, struct gic_irq *irq, bool level)
{
	struct gic_pool *any = level ? gic_irq_any(vm, irq) : NULL;
	struct gic_hold hold;
	bool fell;

	gic_irq_hold(irq, &hold);
	/* gic_sync() sees to those that are in a list register. */
	fell = irq->mapped && irq->line && !level && !irq->in_lr;
	irq->line = level;
	if (irq->edge && level) {
		irq->latch = true;
		irq->edit &= ~GIC_EDIT_CLEAR_LATCH;
	}
	gic_irq_redirect(irq, any);
	gic_irq_release(irq, &hold);
	if (fell)
		gic_phys_follow(irq);
}

int gic_inject(struct vm *vm, struct vcpu *vcpu, u32 intid, bool level)
{
	struct gic_irq *irq = gic_irq_find(vm, vcpu, intid);

	if (!irq)
		return -EINVAL;
	gic_irq_set_line(vm, irq, level);
	return 0;
}

int gic_pulse(struct vm *vm, u32 intid)
{
	struct gic_irq *irq = gic_irq_find(vm, NULL, intid);

	if (!irq)
		return -EINVAL;
	gic_irq_set_latch(vm, irq, true);
	return 0;
}

void gic_irq_set_enabled(struct vm *vm, struct gic_irq *irq, bool on)
{
	struct gic_hold hold;
	bool fell = false;

	gic_irq_hold(irq, &hold);
	irq->enabled = on;
	/* Nobody told us of a timer's line falling while it was disabled. */
	if (on && irq->mapped && irq->line && irq->get_level && !irq->in_lr &&
	    vcpu_running_here() == hold.pool->vcpu) {
		irq->line = irq->get_level(hold.pool->vcpu, irq->intid);
		fell = !irq->line;
	}
	if (!on && irq->in_lr && !(irq->edit & GIC_EDIT_RWP)) {
		irq->edit |= GIC_EDIT_RWP;
		atomic_inc(&vm->gic.rwp);
		hold.kick = true;
	}
	gic_irq_release(irq, &hold);
	if (fell)
		gic_phys_follow(irq);
}

void gic_irq_set_latch(struct vm *vm, struct gic_irq *irq, bool on)
{
	struct gic_pool *any = on ? gic_irq_any(vm, irq) : NULL;
	struct gic_hold hold;

	gic_irq_hold(irq, &hold);
	irq->latch = on;
	if (on) {
		gic_irq_redirect(irq, any);
		irq->edit &= ~GIC_EDIT_CLEAR_LATCH;
	} else if (irq->in_lr && irq->lr_latch) {
		irq->edit |= GIC_EDIT_CLEAR_LATCH;
		hold.kick = true;
	}
	gic_irq_release(irq, &hold);
}

void gic_irq_set_active(struct gic_irq *irq, bool on)
{
	struct gic_hold hold;
	bool mapped;

	gic_irq_hold(irq, &hold);
	if (irq->in_lr) {
		irq->edit &= ~(GIC_EDIT_SET_ACTIVE | GIC_EDIT_CLEAR_ACTIVE);
		irq->edit |= on ? GIC_EDIT_SET_ACTIVE : GIC_EDIT_CLEAR_ACTIVE;
		hold.kick = true;
	} else {
		hold.kick = irq->active && !on && gic_irq_deliverable(irq);
		irq->active = on;
	}
	mapped = irq->mapped && !irq->in_lr;
	gic_irq_release(irq, &hold);
	if (mapped)
		gic_phys_follow(irq);
}

void gic_irq_settle_wait(struct gic_irq *irq, struct vcpu *self)
{
	struct vcpu *holder = NULL;
	struct gic_hold hold;
	unsigned long seen = 0;

	gic_irq_hold(irq, &hold);
	if (irq->in_lr && hold.pool->vcpu != self) {
		holder = hold.pool->vcpu;
		seen = holder->gic.syncs;
	}
	gic_irq_release(irq, &hold);
	if (!holder)
		return;

	/* It runs with IRQs off on another CPU until our kick arrives: microseconds. */
	vcpu_request(holder, VCPU_REQ_IRQ);
	while (READ_ONCE(holder->gic.syncs) == seen) {
		cond_resched();
		cpu_relax();
	}
}

static void gic_sgi_raise(struct vcpu *target, u32 intid, bool group1)
{
	struct gic_irq *irq = gic_irq_find(target->vm, target, intid);
	struct gic_hold hold;

	gic_irq_hold(irq, &hold);
	if (group1 || !irq->group1) {
		irq->latch = true;
		irq->edit &= ~GIC_EDIT_CLEAR_LATCH;
	}
	gic_irq_release(irq, &hold);
}

void gic_send_sgi(struct vcpu *vcpu, u64 val, bool group1)
{
	u32 intid = (val >> 24) & 0xf;
	unsigned long targets = val & 0xffff;
	struct vcpu *target;
	unsigned int i;
	u64 aff;

	if (!gic_exists(vcpu->vm))
		return;
	if (val & BIT_ULL(40)) {		/* IRM: all but the sender */
		vm_for_each_vcpu(vcpu->vm, i, target) {
			if (target != vcpu)
				gic_sgi_raise(target, intid, group1);
		}
		return;
	}
	/* Aff3, Aff2 and Aff1 of the register to MPIDR's places; RS counts sixteens of Aff0. */
	aff = (((val >> 48) & 0xff) << 32) | (((val >> 32) & 0xff) << 16) |
	      (((val >> 16) & 0xff) << 8) | (((val >> 44) & 0xf) << 4);
	for_each_set_bit(i, &targets, 16) {
		target = vm_vcpu_by_mpidr(vcpu->vm, aff | i);
		if (target)
			gic_sgi_raise(target, intid, group1);
	}
}
