/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts of the thread that runs.
 */
#ifndef SHIM_LINUX_IRQFLAGS_H
#define SHIM_LINUX_IRQFLAGS_H

#include <linux/types.h>

#define local_irq_disable()		shim_irqs_off()
#define local_irq_enable()		shim_irqs_on()
#define local_irq_save(flags)		do { (flags) = 0; shim_irqs_off(); } while (0)
#define local_irq_restore(flags)	do { (void)(flags); shim_irqs_on(); } while (0)
#define irqs_disabled()			shim_irqs_are_off()

#endif
