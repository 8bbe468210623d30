/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timers: what others embed; time stands still here.
 */
#ifndef SHIM_LINUX_HRTIMER_H
#define SHIM_LINUX_HRTIMER_H

#include <linux/types.h>

typedef s64 ktime_t;

struct hrtimer {
	ktime_t expires;
};

#endif
