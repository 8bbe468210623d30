/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A timer and its function in one call: since 6.13, where hrtimer_init() went away later.
 * Neither is a macro, nor is there another thing to ask.
 */
#ifndef TABULA_COMPAT_HRTIMER_H
#define TABULA_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define compat_hrtimer_setup	hrtimer_setup
#else
/**
 * compat_hrtimer_setup() - make a timer
 * @timer: not armed
 * @function: called when it fires, in its context
 * @clock: CLOCK_*
 * @mode: HRTIMER_MODE_*
 *
 * As hrtimer_setup() of newer kernels.
 */
static inline void compat_hrtimer_setup(struct hrtimer *timer,
					enum hrtimer_restart (*function)(struct hrtimer *),
					clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif
