/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reference counts.
 */
#ifndef SHIM_LINUX_REFCOUNT_H
#define SHIM_LINUX_REFCOUNT_H

#include <linux/atomic.h>

typedef struct { atomic_t refs; } refcount_t;

#define refcount_set(r, n)		atomic_set(&(r)->refs, n)
#define refcount_read(r)		atomic_read(&(r)->refs)
#define refcount_inc(r)			atomic_inc(&(r)->refs)
#define refcount_inc_not_zero(r)	(refcount_read(r) && (refcount_inc(r), true))
#define refcount_dec_and_test(r)	(!atomic_dec_return(&(r)->refs))

#endif
