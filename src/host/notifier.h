/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hears from Linux that user memory goes away, and says so to one listener.
 */
#ifndef TABULA_HOST_NOTIFIER_H
#define TABULA_HOST_NOTIFIER_H

#include <linux/bits.h>
#include <linux/mmu_notifier.h>
#include <linux/types.h>

struct host_notifier;

/* Flags for the range_start callback. */
#define HOST_INVAL_MAY_SLEEP	BIT(0)

/* What an age callback is asked. */
enum host_age {
	HOST_AGE_TEST,		/* was it accessed? change nothing */
	HOST_AGE_CLEAR,		/* clear the accessed state; TLBs may lag */
	HOST_AGE_CLEAR_FLUSH,	/* clear and flush the TLBs */
};

/**
 * struct host_notifier_ops - what the listener is told; all addresses are user
 *	virtual, [start, end) in bytes, page aligned
 * @range_start: the range goes away: no translation of it may be in use when
 *	this returns, and none may become valid until the matching @range_end;
 *	must not sleep without HOST_INVAL_MAY_SLEEP
 * @range_end: the range may be translated again; never sleeps
 * @age: tell, and maybe clear, whether the range was accessed; never sleeps
 * @release: the address space is going away; everything must be unmapped; may
 *	sleep
 *
 * Callbacks run on any CPU and at the same time as each other, with locks of
 * Linux's memory manager held: they allocate no memory that would reclaim.
 */
struct host_notifier_ops {
	void (*range_start)(struct host_notifier *hn, unsigned long start,
			    unsigned long end, unsigned int flags);
	void (*range_end)(struct host_notifier *hn, unsigned long start,
			  unsigned long end);
	bool (*age)(struct host_notifier *hn, unsigned long start,
		    unsigned long end, enum host_age how);
	void (*release)(struct host_notifier *hn);
};

/**
 * struct host_notifier - one listener on one address space
 * @mn: Linux's notifier
 * @ops: what to call
 */
struct host_notifier {
	struct mmu_notifier mn;
	const struct host_notifier_ops *ops;
};

/**
 * host_notifier_register() - hear of the current process's memory
 * @hn: the listener; must stay until host_notifier_unregister() returned
 * @ops: what to call, all four of them; may be called before this returns
 *
 * Holds the address space's structure (not its memory) until unregistered.
 *
 * Context: takes mmap_lock for writing; may sleep.
 * Return: 0; -EINVAL: no address space; -ENOMEM; -EINTR: a signal came.
 */
int host_notifier_register(struct host_notifier *hn,
			   const struct host_notifier_ops *ops);

/**
 * host_notifier_unregister() - hear no more
 * @hn: a registered listener
 *
 * Calls the listener's release unless the address space's end already did. No
 * callback runs when this returns. Works from any process, and after the
 * address space has ended. A range_start whose range_end was still to come never
 * gets it.
 *
 * Context: may sleep.
 */
void host_notifier_unregister(struct host_notifier *hn);

#endif
