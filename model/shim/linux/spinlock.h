/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks that spin.
 */
#ifndef SHIM_LINUX_SPINLOCK_H
#define SHIM_LINUX_SPINLOCK_H

#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/types.h>

typedef struct { struct shim_lock shim; } spinlock_t;
typedef struct { struct shim_lock shim; } raw_spinlock_t;
typedef struct { struct shim_lock shim; } rwlock_t;

#define SHIM_UNLOCKED		{ .shim = { .spins = true } }
#define DEFINE_SPINLOCK(x)	spinlock_t x = SHIM_UNLOCKED
#define DEFINE_RAW_SPINLOCK(x)	raw_spinlock_t x = SHIM_UNLOCKED
#define DEFINE_RWLOCK(x)	rwlock_t x = SHIM_UNLOCKED

#define spin_lock_init(l)	shim_lock_init(&(l)->shim, true)
#define spin_lock(l)		shim_write_lock(&(l)->shim)
#define spin_trylock(l)		shim_write_trylock(&(l)->shim)
#define spin_unlock(l)		shim_write_unlock(&(l)->shim)
#define spin_lock_irqsave(l, flags)	do { local_irq_save(flags); spin_lock(l); } while (0)
#define spin_unlock_irqrestore(l, flags) do { spin_unlock(l); local_irq_restore(flags); } while (0)
#define spin_lock_irq(l)	do { local_irq_disable(); spin_lock(l); } while (0)
#define spin_unlock_irq(l)	do { spin_unlock(l); local_irq_enable(); } while (0)

#define raw_spin_lock_init	spin_lock_init
#define raw_spin_lock		spin_lock
#define raw_spin_trylock	spin_trylock
#define raw_spin_unlock		spin_unlock
#define raw_spin_lock_irqsave	spin_lock_irqsave
#define raw_spin_unlock_irqrestore spin_unlock_irqrestore

#define rwlock_init(l)		shim_lock_init(&(l)->shim, true)
#define read_lock(l)		shim_read_lock(&(l)->shim)
#define read_unlock(l)		shim_read_unlock(&(l)->shim)
#define write_lock(l)		shim_write_lock(&(l)->shim)
#define write_unlock(l)		shim_write_unlock(&(l)->shim)
#define write_trylock(l)	shim_write_trylock(&(l)->shim)
#define read_lock_irqsave(l, flags)	do { local_irq_save(flags); read_lock(l); } while (0)
#define read_unlock_irqrestore(l, flags) do { read_unlock(l); local_irq_restore(flags); } while (0)
#define write_lock_irqsave(l, flags)	do { local_irq_save(flags); write_lock(l); } while (0)
#define write_unlock_irqrestore(l, flags) do { write_unlock(l); local_irq_restore(flags); } while (0)
#define rwlock_needbreak(l)	false
#define spin_needbreak(l)	false

#endif
