/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads by their numbers, and giving the CPU to one.
 */
#ifndef FAKE_LINUX_SCHED_TASK_H
#define FAKE_LINUX_SCHED_TASK_H

#include <linux/pid.h>
#include <linux/types.h>

enum pid_type { PIDTYPE_PID };

struct task_struct *get_pid_task(struct pid *pid, enum pid_type type);
void put_task_struct(struct task_struct *task);
int yield_to(struct task_struct *task, bool preempt);

#endif
