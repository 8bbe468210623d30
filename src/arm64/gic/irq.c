// SPDX-License-Identifier: GPL-2.0
/*
 * State of one interrupt: lines, latches, enables, active state, and the vCPU
 * it goes to. IHI 0069, chapter 4.
 */
#include <linux/nospec.h>
#include <linux/sched.h>

#include "../affinity.h"
#include "../vm.h"
#include "hw.h"
#include "irq.h"
#include "pool.h"

void gic_irq_init(struct gic_irq *irq, u32 intid, struct gic_pool *pool)
{
	memset(irq, 0, sizeof(*irq));
	INIT_LIST_HEAD(&irq->link);
	irq->intid = intid;
	irq->pool = pool;
	irq->want = pool;
	irq->place = GIC_NOWHERE;
	irq->group1 = true;
	irq->edge = intid < GIC_NR_SGIS;
	irq->enabled = intid < GIC_NR_SGIS;
}

struct gic_irq *gic_irq_find(struct arm_vm *vm, struct arm_vcpu *vcpu, u32 intid)
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
		arm_request(pool->vcpu, VCPU_REQ_IRQ);
}

/*
 * Is it of the vCPU that is loaded here? Its thread is what runs on this CPU, outside the guest,
 * and looks at the pool before it enters: nobody has to kick it. Interrupts are off.
 */
static bool gic_pool_is_here(const struct gic_pool *pool)
{
	return pool->vcpu && arm_vcpu_here() == pool->vcpu;
}

void gic_kick_all(struct arm_vm *vm)
{
	struct arm_vcpu *vcpu;
	unsigned int i;

	arm_for_each_vcpu(vm, i, vcpu)
		arm_request(vcpu, VCPU_REQ_IRQ);
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
	hold->busy = gic_irq_busy(irq);
	hold->kick = false;
	hold->follow = false;
}

/* May it follow ->want now? */
static bool gic_irq_may_move(const struct gic_irq *irq)
{
	return irq->want != irq->pool && !irq->active && !irq->in_lr;
}

/*
 * Has the physical interrupt behind it the state it should have? Return: true if that
 * is for the caller to mend, on this CPU; else it is left to the owner's next entry.
 */
static bool gic_irq_follows_here(struct gic_irq *irq, struct gic_hold *hold)
{
	struct arm_vcpu *vcpu = hold->pool->vcpu;

	gic_phys_watch(irq);
	if (irq->in_lr || !(hold->follow || (hold->busy && !gic_irq_busy(irq))))
		return false;
	if (arm_vcpu_here() == vcpu)
		return true;
	vcpu->gic.follow |= BIT(irq->intid);
	hold->kick = true;
	return false;
}

void gic_irq_release(struct gic_irq *irq, struct gic_hold *hold) __releases(irq)
{
	struct gic_pool *pool = hold->pool;
	bool kick, move, follow;

	gic_pool_list(irq);
	follow = irq->mapped && gic_irq_follows_here(irq, hold);
	kick = (hold->kick || (!hold->was && gic_irq_deliverable(irq))) && !gic_pool_is_here(pool);
	move = gic_irq_may_move(irq);
	raw_spin_unlock_irqrestore(&pool->lock, hold->flags);

	if (move)
		gic_irq_move(irq);
	else if (kick)
		gic_pool_kick(pool);
	if (follow)
		gic_phys_follow(irq);
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
		gic_pool_unlist(irq);
		WRITE_ONCE(irq->pool, to);
		gic_pool_list(irq);
		kick = gic_irq_deliverable(irq) && !gic_pool_is_here(to);
	}
	raw_spin_unlock(&from->lock);
	raw_spin_unlock(&to->lock);
out:
	local_irq_restore(flags);
	if (kick)
		gic_pool_kick(to);
}

/* Where an SPI for "any vCPU" goes: the first that is on. */
bool gic_route_update(struct arm_vm *vm)
{
	struct arm_vcpu *vcpu, *first = arm_vcpu(vm, 0);
	struct gic_pool *any = first ? &first->gic.pool : &vm->gic.unrouted;
	struct gic *gic = &vm->gic;
	unsigned int i;

	lockdep_assert_held(&gic->lock);
	arm_for_each_vcpu(vm, i, vcpu) {
		if (!READ_ONCE(vcpu->power.off)) {
			any = &vcpu->gic.pool;
			break;
		}
	}
	if (gic->any == any)
		return false;
	WRITE_ONCE(gic->any, any);
	return true;
}

void gic_irq_set_router(struct arm_vm *vm, struct gic_irq *irq, u64 router)
{
	struct arm_vcpu *vcpu = affinity_vcpu(vm, router);
	struct gic_pool *want = vcpu ? &vcpu->gic.pool : &vm->gic.unrouted;
	struct gic_hold hold;
	int any;

	router &= GIC_ROUTER_MASK;
	gic_irq_hold(irq, &hold);
	any = !!(router & GIC_ROUTER_ANY) - !!(irq->router & GIC_ROUTER_ANY);
	WRITE_ONCE(irq->router, router);
	atomic_add(any, &vm->gic.nr_any);
	smp_mb();	/* that it is one before where they go; pairs with gic_power_changed() */
	if (router & GIC_ROUTER_ANY)
		want = READ_ONCE(vm->gic.any);
	WRITE_ONCE(irq->want, want);
	hold.kick = irq->in_lr && want != irq->pool;	/* to have it move soon */
	gic_irq_release(irq, &hold);
}

static void gic_irq_reroute_any(struct arm_vm *vm, struct gic_irq *irq)
{
	struct gic_hold hold;

	if (!(READ_ONCE(irq->router) & GIC_ROUTER_ANY))
		return;
	gic_irq_hold(irq, &hold);
	if (irq->router & GIC_ROUTER_ANY)
		WRITE_ONCE(irq->want, vm->gic.any);
	gic_irq_release(irq, &hold);
	cond_resched();
}

void gic_power_changed(struct arm_vm *vm)
{
	struct gic *gic = &vm->gic;
	u32 i;

	if (!gic_is_initialised(vm))
		return;
	mutex_lock(&gic->lock);
	if (gic_route_update(vm)) {
		smp_mb();	/* where they go before which they are; pairs with gic_irq_set_router() */
		for (i = 0; atomic_read(&gic->nr_any) && i < gic->nr_spis; i++)
			gic_irq_reroute_any(vm, &gic->spis[i]);
	}
	mutex_unlock(&gic->lock);
}

void gic_irq_set_line(struct gic_irq *irq, bool level)
{
	struct gic_hold hold;

	gic_irq_hold(irq, &hold);
	/* The guest may not have taken it yet, and then it shall not. */
	hold.kick = irq->in_lr && irq->line && !level && !irq->edge && !irq->active;
	irq->line = level;
	if (irq->edge && level) {
		irq->latch = true;
		irq->edit &= ~GIC_EDIT_CLEAR_LATCH;
	}
	gic_irq_release(irq, &hold);
}

int gic_inject(struct arm_vm *vm, struct arm_vcpu *vcpu, u32 intid, bool level)
{
	struct gic_irq *irq = gic_irq_find(vm, vcpu, intid);

	if (!irq)
		return -EINVAL;
	/* as it is: who changes it meanwhile may as well have come after us */
	if (data_race(!irq->edge && irq->line == level))
		return 0;
	gic_irq_set_line(irq, level);
	return 0;
}

int gic_pulse(struct arm_vm *vm, u32 intid)
{
	struct gic_irq *irq = gic_irq_find(vm, NULL, intid);

	if (!irq)
		return -EINVAL;
	gic_irq_set_latch(irq, true);
	return 0;
}

void gic_irq_set_enabled(struct arm_vm *vm, struct gic_irq *irq, bool on)
{
	struct gic_hold hold;

	gic_irq_hold(irq, &hold);
	irq->enabled = on;
	if (!on && irq->in_lr && !(irq->edit & GIC_EDIT_RWP)) {
		irq->edit |= GIC_EDIT_RWP;
		atomic_inc(&vm->gic.rwp);
		hold.kick = true;
	}
	gic_irq_release(irq, &hold);
}

/* Pending already, and nowhere else than here: once more changes nothing. */
static bool gic_irq_is_latched(const struct gic_irq *irq)
{
	lockdep_assert_held(&irq->pool->lock);
	return irq->latch && !irq->in_lr;
}

void gic_irq_set_latch(struct gic_irq *irq, bool on)
{
	struct gic_hold hold;

	gic_irq_hold(irq, &hold);
	if (on && gic_irq_is_latched(irq)) {
		gic_irq_release_as_is(irq, &hold);
		return;
	}
	irq->latch = on;
	if (on) {
		irq->edit &= ~GIC_EDIT_CLEAR_LATCH;
	} else if (irq->in_lr && irq->lr_latch) {
		irq->edit |= GIC_EDIT_CLEAR_LATCH;
		hold.kick = true;
	}
	hold.follow = gic_irq_busy(irq) != hold.busy;
	gic_irq_release(irq, &hold);
}

void gic_irq_set_active(struct gic_irq *irq, bool on)
{
	struct gic_hold hold;

	gic_irq_hold(irq, &hold);
	if (irq->in_lr) {
		irq->edit &= ~(GIC_EDIT_SET_ACTIVE | GIC_EDIT_CLEAR_ACTIVE);
		irq->edit |= on ? GIC_EDIT_SET_ACTIVE : GIC_EDIT_CLEAR_ACTIVE;
		hold.kick = true;
	} else {
		hold.kick = irq->active && !on && gic_irq_deliverable(irq);
		irq->active = on;
		hold.follow = gic_irq_busy(irq) != hold.busy;
	}
	gic_irq_release(irq, &hold);
}

bool gic_irq_ended(struct gic_irq *irq)
{
	lockdep_assert_held(&irq->pool->lock);
	irq->active = false;
	if (irq->edge || !irq->listened)
		return false;
	irq->line = false;
	return true;
}

void gic_irq_end(struct arm_vm *vm, struct gic_irq *irq, struct arm_vcpu *self)
{
	struct gic_hold hold;
	bool tell = false;

	/* Active or not: the list register knows, and may not have said so yet. */
	gic_irq_settle_wait(irq, self);
	gic_irq_hold(irq, &hold);
	if (irq->active && irq->in_lr) {
		irq->edit &= ~GIC_EDIT_SET_ACTIVE;
		irq->edit |= GIC_EDIT_CLEAR_ACTIVE;
		hold.kick = true;
	} else if (irq->active) {
		tell = gic_irq_ended(irq);
		hold.kick = gic_irq_deliverable(irq);
	}
	gic_irq_release(irq, &hold);
	if (tell)
		gic_tell_end(vm, irq->intid);
}

/* A vCPU that is in the guest may know better than @irq. Return: who. */
static struct arm_vcpu *gic_irq_holder(const struct gic_irq *irq, const struct gic_pool *pool)
{
	struct arm_vcpu *vcpu = pool->vcpu;

	if (irq->in_lr || (irq->mapped && irq->line && vcpu->gic.inside))
		return vcpu;
	return NULL;
}

void gic_irq_settle_wait(struct gic_irq *irq, struct arm_vcpu *self)
{
	struct gic_hold hold;
	struct arm_vcpu *holder;
	unsigned long seen;

	gic_irq_hold(irq, &hold);
	holder = gic_irq_holder(irq, hold.pool);
	seen = holder ? holder->gic.syncs : 0;
	gic_irq_release(irq, &hold);
	if (!holder || holder == self)
		return;

	/* It runs with IRQs off on another CPU until our kick arrives: microseconds. */
	arm_request(holder, VCPU_REQ_IRQ);
	while (READ_ONCE(holder->gic.syncs) == seen) {
		cond_resched();
		cpu_relax();
	}
}

static void gic_sgi_raise(struct arm_vcpu *target, u32 intid, bool group1)
{
	struct gic_irq *irq = gic_irq_find(target->vm, target, intid);
	struct gic_hold hold;

	gic_irq_hold(irq, &hold);
	if (gic_irq_is_latched(irq)) {
		gic_irq_release_as_is(irq, &hold);
		return;
	}
	if (group1 || !irq->group1) {
		irq->latch = true;
		irq->edit &= ~GIC_EDIT_CLEAR_LATCH;
	}
	gic_irq_release(irq, &hold);
}

void gic_send_sgi(struct arm_vcpu *vcpu, u64 val, bool group1)
{
	u32 intid = (val >> 24) & 0xf;
	unsigned long targets = val & 0xffff;
	struct arm_vcpu *target;
	unsigned int i;
	u64 aff;

	if (!gic_exists(vcpu->vm))
		return;
	if (val & BIT_ULL(40)) {		/* IRM: all but the sender */
		arm_for_each_vcpu(vcpu->vm, i, target) {
			if (target != vcpu)
				gic_sgi_raise(target, intid, group1);
		}
		return;
	}
	/* Aff3, Aff2 and Aff1 of the register to MPIDR's places; RS counts sixteens of Aff0. */
	aff = (((val >> 48) & 0xff) << 32) | (((val >> 32) & 0xff) << 16) |
	      (((val >> 16) & 0xff) << 8) | (((val >> 44) & 0xf) << 4);
	for (; targets; targets &= targets - 1) {
		target = affinity_vcpu(vcpu->vm, aff | __ffs(targets));
		if (target)
			gic_sgi_raise(target, intid, group1);
	}
}
