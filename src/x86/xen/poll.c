// SPDX-License-Identifier: GPL-2.0
/*
 * Time and waiting of a Xen guest's vCPU.
 */
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/minmax.h>

#include "../../compat/hrtimer.h"
#include "../irq/power.h"
#include "../vm.h"
#include "event.h"
#include "poll.h"

#define POLL_FAR	(KTIME_MAX / 4)		/* ns; added to now it is still a time */

static enum hrtimer_restart poll_timer_fires(struct hrtimer *timer)
{
	struct x86_vcpu *vcpu = container_of(timer, struct x86_vcpu, xen.timers.timer);

	WRITE_ONCE(vcpu->xen.timers.expires, 0);
	event_raise(vcpu, READ_ONCE(vcpu->xen.timers.port));
	return HRTIMER_NORESTART;
}

/* As a vCPU that another one wakes: it does not halt if it was about to. */
static void poll_unhalt(struct x86_vcpu *vcpu)
{
	WRITE_ONCE(vcpu->unhalt, true);
	vcpu_request(&vcpu->base, VCPU_REQ_IRQ);
}

static enum hrtimer_restart poll_times_out(struct hrtimer *timer)
{
	struct x86_vcpu *vcpu = container_of(timer, struct x86_vcpu, xen.timers.poll);

	if (xchg(&vcpu->xen.timers.polled, POLL_NONE) != POLL_NONE)
		poll_unhalt(vcpu);
	return HRTIMER_NORESTART;
}

void poll_init(struct x86_vcpu *vcpu)
{
	struct xen_timers *t = &vcpu->xen.timers;

	t->polled = POLL_NONE;
	compat_hrtimer_setup(&t->timer, poll_timer_fires, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	compat_hrtimer_setup(&t->poll, poll_times_out, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
}

void poll_destroy(struct x86_vcpu *vcpu)
{
	hrtimer_cancel(&vcpu->xen.timers.timer);
	hrtimer_cancel(&vcpu->xen.timers.poll);
}

static void poll_start(struct x86_vcpu *vcpu, struct hrtimer *timer, u64 expires)
{
	u64 now = kvmclock_now(vcpu->vm);
	u64 delta = expires > now ? min_t(u64, expires - now, POLL_FAR) : 0;

	hrtimer_start(timer, ktime_add_ns(ktime_get(), delta), HRTIMER_MODE_ABS_HARD);
}

void poll_set_timer(struct x86_vcpu *vcpu, u64 expires)
{
	struct xen_timers *t = &vcpu->xen.timers;

	hrtimer_cancel(&t->timer);
	WRITE_ONCE(t->expires, t->port ? expires : 0);
	if (t->expires)
		poll_start(vcpu, &t->timer, expires);
}

/* Return: as event_pending(), but a page that was not at hand is fetched. */
static int poll_look(struct x86_vcpu *vcpu, u32 port)
{
	int ret = event_pending(vcpu->vm, port);

	if (ret != -EAGAIN)
		return ret;
	/* without a page nothing is known: the guest looks for itself */
	return pfn_cache_refresh(&vcpu->vm->xen.page) ? 1 : event_pending(vcpu->vm, port);
}

int poll_begin(struct x86_vcpu *vcpu, const u32 *ports, unsigned int n, u64 timeout)
{
	struct xen_timers *t = &vcpu->xen.timers;
	unsigned int i;
	int ret = 0;

	/* said before they are looked at, with a barrier: what comes after the look wakes */
	xchg(&t->polled, n == 1 ? ports[0] : POLL_ANY);
	for (i = 0; i < n && !ret; i++)
		ret = poll_look(vcpu, ports[i]);
	if (ret) {
		WRITE_ONCE(t->polled, POLL_NONE);
		return ret == -EINVAL ? ret : 0;
	}
	if (timeout)
		poll_start(vcpu, &t->poll, timeout);
	power_halt(vcpu);
	return 0;
}

void poll_end(struct x86_vcpu *vcpu)
{
	struct xen_timers *t = &vcpu->xen.timers;

	hrtimer_try_to_cancel(&t->poll);
	WRITE_ONCE(t->polled, POLL_NONE);
}

void poll_wake(struct x86_vcpu *vcpu, u32 port, bool any)
{
	u32 *polled = &vcpu->xen.timers.polled, what;

	smp_mb();	/* the port's bit, before it is asked who polls; pairs with poll_begin() */
	what = READ_ONCE(*polled);
	if (what == POLL_NONE || (!any && what != POLL_ANY && what != port))
		return;
	if (xchg(polled, POLL_NONE) != POLL_NONE)
		poll_unhalt(vcpu);
}
