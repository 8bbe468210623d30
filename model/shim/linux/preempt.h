/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Preemption of the thread that runs.
 */
#ifndef SHIM_LINUX_PREEMPT_H
#define SHIM_LINUX_PREEMPT_H

#include <linux/types.h>

struct preempt_ops;

struct preempt_notifier {
	const struct preempt_ops *ops;
};

#define preempt_disable()	shim_atomic_enter()
#define preempt_enable()	shim_atomic_leave()

#endif
