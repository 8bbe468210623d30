/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Readers that may sleep.
 */
#ifndef SHIM_LINUX_SRCU_H
#define SHIM_LINUX_SRCU_H

#include <linux/rcupdate.h>

struct srcu_struct {
	struct shim_srcu shim;
};

#define init_srcu_struct(s)		shim_srcu_init(&(s)->shim)
#define cleanup_srcu_struct(s)		shim_srcu_exit(&(s)->shim)
#define srcu_read_lock(s)		shim_srcu_read_lock(&(s)->shim)
#define srcu_read_unlock(s, idx)	shim_srcu_read_unlock(&(s)->shim, idx)
#define synchronize_srcu(s)		shim_srcu_synchronize(&(s)->shim)
#define synchronize_srcu_expedited(s)	shim_srcu_synchronize(&(s)->shim)
#define srcu_read_lock_held(s)		shim_srcu_read_held(&(s)->shim)
#define srcu_dereference_check(p, s, c)					\
	rcu_dereference_check(p, srcu_read_lock_held(s) || (c))
#define srcu_dereference(p, s)		srcu_dereference_check(p, s, false)

#endif
