/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stands behind an interrupt's number.
 */
#ifndef TEST_LINUX_IRQ_H
#define TEST_LINUX_IRQ_H

#include <linux/interrupt.h>

#define IRQ_TYPE_NONE	0

struct irq_data {
	unsigned long hwirq;
	struct irq_data *parent_data;
};

struct irq_data *irq_get_irq_data(unsigned int irq);
u32 irq_get_trigger_type(unsigned int irq);

#endif
