/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the VMM's interrupt numbers to the pins of interrupt controllers, or to messages:
 * KVM_SET_GSI_ROUTING.
 */
#ifndef TABULA_ROUTING_H
#define TABULA_ROUTING_H

#include <linux/kvm.h>
#include <linux/types.h>

#include "irqchip.h"

struct vm;

#define ROUTING_MAX	4096	/* GSIs and entries; what KVM_CAP_IRQ_ROUTING says */
#define ROUTING_PINS	988	/* most that an interrupt controller can have */
#define ROUTING_MESSAGE	0xffff	/* no pin */

/**
 * struct routing_target - where a GSI leads
 * @gsi: the GSI
 * @pin: pin of the interrupt controller, or ROUTING_MESSAGE
 * @next: another target of that pin, plus 1; always an earlier one; 0: none
 * @chip: of the pin, as the VMM has it
 * @message: instead of a pin
 */
struct routing_target {
	u32 gsi;
	u16 pin;
	u16 next;
	u32 chip;
	struct irqchip_message message;
};

/**
 * routing_vm_init - a new VM's routing: GSI n is pin n of the interrupt controller
 * @vm: @vm->irq_lock and @vm->irq_srcu are initialised
 */
void routing_vm_init(struct vm *vm);

/**
 * routing_vm_destroy - free the routing table
 * @vm: nobody looks GSIs up any more; @vm->irq_srcu still exists
 */
void routing_vm_destroy(struct vm *vm);

/**
 * routing_ioctl - KVM_SET_GSI_ROUTING (KVM API 4.52)
 * @vm: the VM
 * @arg: struct kvm_irq_routing in the VMM
 *
 * Replaces the whole table. Takes @vm->irq_lock and waits for readers.
 *
 * Return: 0; -EFAULT; -ENOMEM; -EINVAL for flags, more than ROUTING_MAX entries or a GSI
 * beyond it, a pin that is not there, a GSI twice to one chip or beside a message, or a type
 * that the interrupt controller does not have.
 */
int routing_ioctl(struct vm *vm, void __user *arg);

/**
 * routing_set - the same, with a table of the kernel's
 * @vm: the VM
 * @e: entries
 * @n: how many, at most ROUTING_MAX
 *
 * Return: 0, -ENOMEM, or -EINVAL as routing_ioctl().
 */
int routing_set(struct vm *vm, const struct kvm_irq_routing_entry *e, u32 n);

/**
 * routing_each - look at where a GSI leads
 * @vm: the VM
 * @gsi: any number
 * @fn: called for each target, under @vm->irq_srcu; there are few
 * @data: passed on
 *
 * Any context, if it is one for @fn. Return: true if there was one.
 */
bool routing_each(struct vm *vm, u32 gsi, void (*fn)(struct vm *vm, const struct routing_target *t, void *data),
		  void *data);

/**
 * routing_any_gsi - ask of the GSIs that lead to a pin, until one says yes
 * @vm: the VM
 * @pin: any number
 * @fn: asked under @vm->irq_srcu
 *
 * The caller's context is @fn's. There can be ROUTING_MAX of them.
 *
 * Return: true if @fn did.
 */
bool routing_any_gsi(struct vm *vm, u32 pin, bool (*fn)(struct vm *vm, u32 gsi));

/**
 * routing_any_message - ask of the messages of low GSIs, until one says yes
 * @vm: the VM
 * @below: of GSIs below this
 * @fn: asked under @vm->irq_srcu
 * @data: passed on
 *
 * Return: true if @fn did.
 */
bool routing_any_message(struct vm *vm, u32 below,
			 bool (*fn)(struct vm *vm, const struct routing_target *t, void *data), void *data);

#endif
