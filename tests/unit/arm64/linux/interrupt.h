/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts of each CPU.
 */
#ifndef TEST_LINUX_INTERRUPT_H
#define TEST_LINUX_INTERRUPT_H

#include <linux/types.h>

enum irqreturn { IRQ_NONE, IRQ_HANDLED };

#define irqreturn_t	enum irqreturn

typedef irqreturn_t (*irq_handler_t)(int irq, void *cookie);

enum irqchip_irq_state { IRQCHIP_STATE_PENDING, IRQCHIP_STATE_ACTIVE };

int request_percpu_irq(unsigned int irq, irq_handler_t handler, const char *name, void *cookie);
void free_percpu_irq(unsigned int irq, void *cookie);
void enable_percpu_irq(unsigned int irq, unsigned int type);
void disable_percpu_irq(unsigned int irq);
int irq_set_irqchip_state(unsigned int irq, enum irqchip_irq_state which, bool val);
int irq_set_vcpu_affinity(unsigned int irq, void *info);

#endif
