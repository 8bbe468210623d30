/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks that sleep.
 */
#ifndef SHIM_LINUX_MUTEX_H
#define SHIM_LINUX_MUTEX_H

#include <linux/lockdep.h>
#include <linux/types.h>

struct mutex {
	struct shim_lock shim;
};

#define DEFINE_MUTEX(x)		struct mutex x = { .shim = { .spins = false } }
#define mutex_init(l)		shim_lock_init(&(l)->shim, false)
#define mutex_destroy(l)	((void)(l))
#define mutex_lock(l)		shim_write_lock(&(l)->shim)
#define mutex_lock_killable(l)	(shim_write_lock(&(l)->shim), 0)
#define mutex_trylock(l)	shim_write_trylock(&(l)->shim)
#define mutex_unlock(l)		shim_write_unlock(&(l)->shim)
#define mutex_is_locked(l)	shim_lock_held(&(l)->shim)

#endif
