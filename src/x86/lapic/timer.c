// SPDX-License-Identifier: GPL-2.0
/*
 * The timer: a count at the bus's pace, once or again and again, or a deadline on the
 * TSC. The count is never stored: it follows from when it will be 0.
 */
#include <linux/math.h>
#include <linux/minmax.h>

#include "regs.h"

/* A guest cannot have the host do nothing but serve its timer. */
#define PERIOD_MIN_NS	200000ULL

/* No host timer is set further ahead: it goes off early, and is set again. */
#define AHEAD_MAX_NS	(1ULL << 52)

static u64 tick_ns(const struct lapic *a)
{
	u32 tdcr = reg(a, REG_TDCR);

	return (u64)a->config.cycle_ns << ((((tdcr >> 1 & 4) | (tdcr & 3)) + 1) & 7);
}

static bool again(const struct lapic *a)
{
	return (reg(a, reg_lvt(LAPIC_TIMER)) & LVT_TIMER) == LVT_TIMER_AGAIN;
}

static u64 period(const struct lapic *a)
{
	return max(reg(a, REG_TMICT) * tick_ns(a), PERIOD_MIN_NS);
}

static u64 ns_until(const struct lapic *a, u64 ticks)
{
	u32 khz = a->config.tsc_khz;

	if (ticks / khz >= AHEAD_MAX_NS / 1000000)
		return AHEAD_MAX_NS;
	/* never early by what is cut off */
	return ticks / khz * 1000000 + DIV_ROUND_UP(ticks % khz * 1000000, khz);
}

static void arm(struct lapic *a, const struct lapic_now *now)
{
	if (!lapic_has_deadline(a))
		a->ops->arm(a, a->timer.deadline);
	else if (!a->timer.tsc)
		a->ops->arm(a, LAPIC_NEVER);
	else
		a->ops->arm(a, now->ns + (a->timer.tsc > now->tsc ? ns_until(a, a->timer.tsc - now->tsc) : 0));
}

/* True: the count was 0 since the last look. */
static bool count_ended(struct lapic *a, u64 now)
{
	struct lapic_timer *t = &a->timer;

	if (t->deadline > now)
		return false;
	if (again(a) && reg(a, REG_TMICT))
		t->deadline += ((now - t->deadline) / period(a) + 1) * period(a);
	else
		t->deadline = LAPIC_NEVER;
	return true;
}

static bool deadline_passed(struct lapic *a, u64 tsc)
{
	if (!a->timer.tsc || a->timer.tsc > tsc)
		return false;
	a->timer.tsc = 0;
	return true;
}

void lapic_timer_run(struct lapic *a)
{
	struct lapic_now now = a->ops->now(a);

	if (lapic_has_deadline(a) ? deadline_passed(a, now.tsc) : count_ended(a, now.ns))
		lapic_local(a, LAPIC_TIMER);
	arm(a, &now);
}

u32 lapic_timer_count(struct lapic *a)
{
	u64 now = a->ops->now(a).ns, left;

	if (a->timer.deadline == LAPIC_NEVER)
		return 0;
	if (a->timer.deadline > now)
		left = a->timer.deadline - now;
	else if (again(a))
		left = period(a) - (now - a->timer.deadline) % period(a);
	else
		left = 0;
	return min_t(u64, DIV_ROUND_UP(left, tick_ns(a)), reg(a, REG_TMICT));
}

void lapic_timer_start(struct lapic *a, u32 count)
{
	struct lapic_now now = a->ops->now(a);

	a->timer.deadline = LAPIC_NEVER;
	if (count && !lapic_has_deadline(a))
		a->timer.deadline = now.ns + count * tick_ns(a);
	arm(a, &now);
}

/* What is left of the count, if it has not ended, is counted at the new pace. */
void lapic_timer_set_divider(struct lapic *a, u32 val)
{
	u32 count;

	lapic_timer_run(a);
	count = lapic_timer_count(a);
	set_reg(a, REG_TDCR, val & TDCR_BITS);
	if (a->timer.deadline != LAPIC_NEVER)
		lapic_timer_start(a, count);
}

void lapic_timer_stop(struct lapic *a)
{
	a->timer.deadline = LAPIC_NEVER;
	a->timer.tsc = 0;
	a->ops->arm(a, LAPIC_NEVER);
}

void lapic_timer_restore(struct lapic *a)
{
	u32 count = min(reg(a, REG_TMCCT), reg(a, REG_TMICT));

	if (!count && again(a))
		count = reg(a, REG_TMICT);
	if (!lapic_has_deadline(a))
		a->timer.tsc = 0;
	lapic_timer_start(a, count);
}

u64 lapic_tsc_deadline(const struct lapic *a)
{
	return a->timer.tsc;
}

void lapic_set_tsc_deadline(struct lapic *a, u64 tsc)
{
	if (!lapic_has_deadline(a))
		return;
	a->timer.tsc = tsc;
	lapic_timer_run(a);
}
