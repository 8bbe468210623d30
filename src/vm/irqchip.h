/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An interrupt controller in the kernel, as GSIs see it: pins, from 0, and messages.
 */
#ifndef TABULA_VM_IRQCHIP_H
#define TABULA_VM_IRQCHIP_H

#include <linux/types.h>

struct kvm_irq_routing_entry;
struct vm;

/**
 * struct irqchip_message - a write that is an interrupt
 * @address: where
 * @data: what
 * @device: who writes; with @has_device
 * @has_device: it is known
 */
struct irqchip_message {
	u64 address;
	u32 data;
	u32 device;
	bool has_device;
};

/**
 * struct irqchip_ops - what an interrupt controller does with its pins
 * @pins: how many a GSI can lead to
 * @pin: which of them a pin of one of several chips is, or -EINVAL; NULL: there is one chip, 0
 * @ready: can it take interrupts yet?
 * @set_line: change the level of a pin; any context
 * @pulse: make it pending once; any context
 * @listen: tell irqfd_on_eoi() of the ends of a pin's interrupt, or no longer. While
 *	somebody listens the line falls by itself at the end. Any context. NULL: it cannot tell
 * @message_fits: may a GSI lead to this message? NULL: to none
 * @message: send it; any context
 * @other: of a route of another kind than pins and messages, the message that @message knows it by, or
 *	-EINVAL; NULL: there is no other kind
 */
struct irqchip_ops {
	u32 pins;
	int (*pin)(const struct vm *vm, u32 chip, u32 pin);
	bool (*ready)(const struct vm *vm);
	void (*set_line)(struct vm *vm, u32 pin, bool level);
	void (*pulse)(struct vm *vm, u32 pin);
	void (*listen)(struct vm *vm, u32 pin, bool on);
	bool (*message_fits)(const struct vm *vm, const struct irqchip_message *m);
	void (*message)(struct vm *vm, const struct irqchip_message *m);
	int (*other)(struct vm *vm, const struct kvm_irq_routing_entry *e,
		     struct irqchip_message *m);
};

#endif
