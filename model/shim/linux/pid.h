/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who a thread is: a number is the thread itself.
 */
#ifndef SHIM_LINUX_PID_H
#define SHIM_LINUX_PID_H

struct pid;

#define put_pid(pid)		((void)(pid))
#define pid_task(pid, type)	((struct task_struct *)(pid))

#endif
