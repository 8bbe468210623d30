/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Times of the host, in nanoseconds.
 */
#ifndef FAKE_LINUX_KTIME_H
#define FAKE_LINUX_KTIME_H

#include <linux/hrtimer.h>

#define KTIME_MAX		((s64)~(1ULL << 63))
#define NSEC_PER_SEC		1000000000L
#define ktime_add_ns(t, ns)	((ktime_t)((t) + (ns)))

#define ns_to_ktime(ns)		((ktime_t)(ns))

ktime_t ktime_get(void);
u64 ktime_get_ns(void);

#endif
