/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who a thread is.
 */
#ifndef SHIM_LINUX_PID_H
#define SHIM_LINUX_PID_H

struct pid;

#define put_pid(pid)	((void)(pid))

#endif
