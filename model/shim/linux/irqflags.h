/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts of the thread that runs.
 */
#ifndef SHIM_LINUX_IRQFLAGS_H
#define SHIM_LINUX_IRQFLAGS_H

#include <linux/types.h>

#define local_irq_disable()		shim_atomic_enter()
#define local_irq_enable()		shim_atomic_leave()
#define local_irq_save(flags)		do { (flags) = 0; shim_atomic_enter(); } while (0)
#define local_irq_restore(flags)	do { (void)(flags); shim_atomic_leave(); } while (0)
#define irqs_disabled()			false

#endif
