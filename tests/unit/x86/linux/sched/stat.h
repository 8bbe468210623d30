/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether the host counts how long threads wait.
 */
#ifndef FAKE_LINUX_SCHED_STAT_H
#define FAKE_LINUX_SCHED_STAT_H

#include <linux/types.h>

bool sched_info_on(void);

#endif
