/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who holds what.
 */
#ifndef SHIM_LINUX_LOCKDEP_H
#define SHIM_LINUX_LOCKDEP_H

#include <linux/compiler.h>

#define lockdep_is_held(l)		shim_lock_held(&(l)->shim)
#define lockdep_assert_held(l)						\
	shim_rcu_check(shim_lock_held(&(l)->shim), #l)
#define lockdep_assert_held_write(l)					\
	shim_rcu_check(shim_lock_held_for_write(&(l)->shim), #l)
#define lockdep_assert_held_read(l)	lockdep_assert_held(l)

#endif
