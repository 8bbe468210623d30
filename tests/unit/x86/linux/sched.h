/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread, and how long it has waited for a CPU.
 */
#ifndef FAKE_LINUX_SCHED_H
#define FAKE_LINUX_SCHED_H

#include <linux/bitops.h>
#include <linux/types.h>

struct fake_task {
	struct {
		u64 run_delay;
	} sched_info;
	bool runs;
};

extern struct fake_task *fake_current;

#define current			fake_current
#define IS_ENABLED(CONFIG_OPTION)	0	/* of the kernel's configuration nothing is */
#define task_is_running(t)	((t)->runs)

#endif
