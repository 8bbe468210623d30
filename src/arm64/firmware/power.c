// SPDX-License-Identifier: GPL-2.0
/*
 * Power states of a VM's vCPUs; see power.h.
 */
#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "power.h"

void power_init(struct power *p, spinlock_t *lock)
{
	*p = (struct power) { .lock = lock };
}

void power_reset(struct power *p, bool off)
{
	spin_lock(p->lock);
	p->start_pending = false;
	p->suspended = false;
	WRITE_ONCE(p->off, off);
	spin_unlock(p->lock);
}

/*
 * From DEN0022's point of view a vCPU is on as soon as CPU_ON has succeeded: what is
 * pending is not its being on, but that somebody looks. So ON_PENDING is never seen.
 */
enum power_result power_cpu_on(const struct power *caller, struct power *target,
			       const struct power_start *start)
{
	enum power_result ret = POWER_STARTED;

	spin_lock(target->lock);
	if (caller->off) {
		ret = POWER_CALLER_OFF;
	} else if (!target->off) {
		ret = POWER_ALREADY_ON;
	} else {
		target->start = *start;
		WRITE_ONCE(target->start_pending, true);
		/* pairs with power_is_off(): who sees it on sees the start state */
		smp_store_release(&target->off, false);
	}
	spin_unlock(target->lock);
	return ret;
}

void power_off_held(struct power *p)
{
	lockdep_assert_held(p->lock);
	WRITE_ONCE(p->suspended, false);
	WRITE_ONCE(p->off, true);
}

void power_off(struct power *p)
{
	spin_lock(p->lock);
	power_off_held(p);
	spin_unlock(p->lock);
}

void power_set_on(struct power *p)
{
	spin_lock(p->lock);
	WRITE_ONCE(p->suspended, false);
	WRITE_ONCE(p->off, false);
	spin_unlock(p->lock);
}

void power_suspend(struct power *p)
{
	spin_lock(p->lock);
	WRITE_ONCE(p->suspended, true);
	WRITE_ONCE(p->off, false);
	spin_unlock(p->lock);
}

bool power_take_start(struct power *p, struct power_start *start)
{
	bool pending;

	if (!READ_ONCE(p->start_pending))
		return false;
	spin_lock(p->lock);
	pending = p->start_pending;
	if (pending)
		*start = p->start;
	WRITE_ONCE(p->start_pending, false);
	spin_unlock(p->lock);
	return pending;
}
