/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One waiter: what others embed; nobody waits here.
 */
#ifndef SHIM_LINUX_RCUWAIT_H
#define SHIM_LINUX_RCUWAIT_H

struct rcuwait {
	void *task;
};

/* Nobody waits so here. */
#define rcuwait_wake_up(w)	((void)(w))

#endif
