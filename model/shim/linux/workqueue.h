/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Work for later: it waits for the queue to be flushed.
 */
#ifndef SHIM_LINUX_WORKQUEUE_H
#define SHIM_LINUX_WORKQUEUE_H

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/types.h>

#define WQ_UNBOUND	2U
#define WQ_HIGHPRI	16U
#define WQ_MAX_ACTIVE	512

struct workqueue_struct;

struct work_struct {
	void (*func)(struct work_struct *work);
	struct work_struct *next;
};

#define INIT_WORK(w, f)	(*(w) = (struct work_struct) { .func = (f) })

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max);
void destroy_workqueue(struct workqueue_struct *wq);
bool queue_work(struct workqueue_struct *wq, struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
void flush_workqueue(struct workqueue_struct *wq);

#endif
