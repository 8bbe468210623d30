/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wait queues.
 */
#ifndef SHIM_LINUX_WAIT_H
#define SHIM_LINUX_WAIT_H

#include <linux/errno.h>
#include <linux/types.h>

typedef struct wait_queue_head {
	struct shim_wait_queue shim;
} wait_queue_head_t;

typedef struct wait_queue_entry {
	int (*func)(struct wait_queue_entry *wait, unsigned int mode, int flags, void *key);
} wait_queue_entry_t;

#define init_waitqueue_func_entry(w, f)	((w)->func = (f))

/* For a test that has such queues to define. */
void add_wait_queue_priority(wait_queue_head_t *q, wait_queue_entry_t *wait);

#define init_waitqueue_head(q)	shim_wait_init(&(q)->shim)
#define wake_up_all(q)		shim_wake(&(q)->shim)
#define wake_up(q)		shim_wake(&(q)->shim)
/* Whoever uses it explains its order: there is no barrier in it. */
#define waitqueue_active(q)	shim_wait_active(&(q)->shim)
#define wq_has_sleeper(q)	({ shim_barrier(SHIM_MB); shim_wait_active(&(q)->shim); })

#define shim_wait_event(q, condition, interruptible) ({			\
	int _ret = 0;							\
	for (;;) {							\
		unsigned long _since = shim_wait_begin(&(q).shim);	\
		if (condition) {					\
			shim_wait_end(&(q).shim);			\
			break;						\
		}							\
		if (shim_wait(&(q).shim, _since, interruptible)) {	\
			_ret = -ERESTARTSYS;				\
			break;						\
		}							\
	}								\
	_ret;								\
})
#define wait_event(q, condition)	((void)shim_wait_event(q, condition, false))
#define wait_event_interruptible(q, condition)	shim_wait_event(q, condition, true)
#define wait_event_killable(q, condition)	shim_wait_event(q, condition, true)

#endif
