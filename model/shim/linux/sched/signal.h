/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signals of the thread that runs. Nobody is killed here.
 */
#ifndef SHIM_LINUX_SCHED_SIGNAL_H
#define SHIM_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#define fatal_signal_pending(task)	false

#endif
