/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timers, which a test lets fire.
 */
#ifndef TEST_LINUX_HRTIMER_H
#define TEST_LINUX_HRTIMER_H

#include <linux/types.h>

typedef s64 ktime_t;

enum hrtimer_restart { HRTIMER_NORESTART, HRTIMER_RESTART };
enum hrtimer_mode { HRTIMER_MODE_ABS, HRTIMER_MODE_REL };

struct hrtimer {
	enum hrtimer_restart (*function)(struct hrtimer *timer);
	ktime_t expires;
	bool armed;
};

#define CLOCK_MONOTONIC		1
#define NSEC_PER_SEC		1000000000L
#define ns_to_ktime(ns)		((ktime_t)(ns))

static inline void hrtimer_init(struct hrtimer *timer, int clock, enum hrtimer_mode mode)
{
	*timer = (struct hrtimer) { .expires = clock == CLOCK_MONOTONIC && mode == HRTIMER_MODE_REL ? 0 : -1 };
}

/* The same in one, where the headers are newer. */
static inline void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *timer),
				 int clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}

static inline void hrtimer_start(struct hrtimer *timer, ktime_t expires, enum hrtimer_mode mode)
{
	timer->expires = mode == HRTIMER_MODE_REL ? expires : -1;
	timer->armed = true;
}

static inline void hrtimer_forward_now(struct hrtimer *timer, ktime_t expires)
{
	timer->expires = expires;
}

static inline void hrtimer_cancel(struct hrtimer *timer)
{
	timer->armed = false;
}

#endif
