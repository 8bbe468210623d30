/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's timer interrupts that guests' timers come by; for timer.c.
 */
#ifndef TABULA_TIMER_IRQ_H
#define TABULA_TIMER_IRQ_H

#include <linux/interrupt.h>
#include <linux/types.h>

#include "timer.h"

/**
 * struct timer_irq - a physical timer interrupt
 * @irq: Linux's number
 * @hwintid: the GIC's
 * @trigger: IRQ_TYPE_*
 * @cookie: per CPU, what it was requested with
 * @requested: it is ours
 */
struct timer_irq {
	unsigned int irq;
	u32 hwintid;
	u32 trigger;
	void __percpu *cookie;
	bool requested;
};

extern struct timer_irq timer_irqs[TIMER_KINDS];

/**
 * irq_claim() - have both, forwarded to guests
 * @node: device tree node of the architected timer; NULL: ask ACPI
 * @handler: told of them
 *
 * Return: 0, or an errno with the reason in the log; irq_release() then undoes what there is.
 */
int irq_claim(struct device_node *node, irq_handler_t handler);

/**
 * irq_release() - give back what irq_claim() has got; all CPUs have disabled it
 */
void irq_release(void);

#endif
