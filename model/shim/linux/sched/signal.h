/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signals of the thread that runs.
 */
#ifndef SHIM_LINUX_SCHED_SIGNAL_H
#define SHIM_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#include "../../shim.h"

#define fatal_signal_pending(task)	shim_killed()

#endif
