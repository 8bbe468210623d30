/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pointers that are published.
 */
#ifndef SHIM_LINUX_RCUPDATE_H
#define SHIM_LINUX_RCUPDATE_H

#include <asm/barrier.h>

#include <linux/lockdep.h>
#include <linux/types.h>

#define RCU_INIT_POINTER(p, v)		((p) = (v))
#define rcu_assign_pointer(p, v)	smp_store_release(&(p), v)
#define rcu_replace_pointer(p, v, c) ({					\
	__typeof__(p) _old = rcu_dereference_protected(p, c);		\
	rcu_assign_pointer(p, v);					\
	_old;								\
})
void synchronize_rcu(void);	/* for a test to define */

#define rcu_access_pointer(p)		READ_ONCE(p)
#define rcu_read_lock()			((void)0)
#define rcu_read_unlock()		((void)0)
#define rcu_dereference(p)		READ_ONCE(p)
#define rcu_dereference_protected(p, c) ({ shim_rcu_check(c, #p); (p); })
#define rcu_dereference_check(p, c)	({ shim_rcu_check(c, #p); READ_ONCE(p); })

#endif
