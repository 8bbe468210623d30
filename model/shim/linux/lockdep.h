/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who holds what: what the kernel only checks when it is built to, is checked here always.
 */
#ifndef SHIM_LINUX_LOCKDEP_H
#define SHIM_LINUX_LOCKDEP_H

#include <linux/compiler.h>

#define lockdep_is_held(l)		shim_lock_held(&(l)->shim)
#define lockdep_assert(c)		shim_assert(c, #c)
#define lockdep_assert_held(l)						\
	shim_assert(shim_lock_held(&(l)->shim), #l " is held")
#define lockdep_assert_held_write(l)					\
	shim_assert(shim_lock_held_for_write(&(l)->shim), #l " is held for writing")
#define lockdep_assert_held_read(l)					\
	shim_assert(shim_lock_held_for_read(&(l)->shim), #l " is held for reading")
#define lockdep_assert_preemption_disabled()				\
	shim_assert(shim_is_atomic(), "preemption is off")
#define lockdep_assert_irqs_disabled()					\
	shim_assert(shim_irqs_are_off(), "interrupts are off")

#endif
