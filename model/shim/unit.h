/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Knobs of shim.c for unit tests: let an allocation fail, let a piece of the VMM's
 * memory be missing, do something when the code under test sleeps.
 */
#ifndef SHIM_UNIT_H
#define SHIM_UNIT_H

#include "shim.h"

struct mm_struct {
	int count;	/* mm_count beyond the process's own */
};

extern struct mm_struct shim_mm;	/* what current->mm is at the start */

/* The @nth allocation from now on fails, counted from 1; 0: none does. */
void shim_fail_alloc(unsigned int nth);

/* How many allocations are still to come before one fails; 0: it has failed, or none was to. */
unsigned int shim_alloc_left(void);

/* Allocations made and not freed. */
unsigned int shim_allocs(void);

/* User memory [@addr, @addr + @n) is not there; @n 0: all is there again. */
void shim_user_hole(unsigned long addr, size_t n);

/* Called when the code under test goes to sleep on a queue; NULL: a signal ends it. */
extern void (*shim_on_sleep)(struct shim_wait_queue *q);

/* At the @nth look from now on the thread finds itself killed, counted from 1, and so ever after; 0: never. */
void shim_kill(unsigned int nth);

/* Called where the code under test waits for readers, before it is told they left. */
extern void (*shim_on_synchronize)(void);

/* Called when @l has been taken to write: who waited finds what others did until then. */
extern void (*shim_on_lock)(const struct shim_lock *l);

/*
 * [@mem, @mem + @n), as it is now, changes from now on only under @l; shim_check_quiet() looks for the last time, and ends it.
 * Up to eight pieces.
 */
void shim_guard(const struct shim_lock *l, const void *mem, size_t n);

/* Barriers so far, by enum shim_barrier. */
extern unsigned long shim_barriers[SHIM_RELEASE + 1];

/* No lock, read side or interrupt state is left over, and nothing has changed without its lock. */
void shim_check_quiet(void);

#endif
