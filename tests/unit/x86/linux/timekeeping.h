/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The time of day.
 */
#ifndef FAKE_LINUX_TIMEKEEPING_H
#define FAKE_LINUX_TIMEKEEPING_H

#include <linux/ktime.h>

struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

s64 ktime_get_real_seconds(void);
void ktime_get_real_ts64(struct timespec64 *ts);

#endif
