/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The time of day, which a test defines.
 */
#ifndef TEST_LINUX_TIMEKEEPING_H
#define TEST_LINUX_TIMEKEEPING_H

#include <linux/types.h>

u64 ktime_get_real_ns(void);
u64 ktime_get_mono_fast_ns(void);

#endif
