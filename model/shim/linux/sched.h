/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The thread that runs.
 */
#ifndef SHIM_LINUX_SCHED_H
#define SHIM_LINUX_SCHED_H

#include <linux/types.h>

#define current			shim_current()
#define task_pid_nr(t)		((void)(t), 42)
#define cond_resched()		shim_cond_resched()
#define kick_process(t)		shim_kick(t)
#define need_resched()		false
#define signal_pending(t)	((t)->signal)

static inline int cond_resched_rwlock_write(void *lock)
{
	(void)lock;
	return 0;
}

#endif
