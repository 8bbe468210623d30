/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the VMM's interrupt numbers to the pins of the interrupt controller:
 * KVM_SET_GSI_ROUTING.
 */
#ifndef TABULA_ROUTING_H
#define TABULA_ROUTING_H

#include <linux/kvm.h>
#include <linux/types.h>

struct vm;

#define ROUTING_MAX	4096	/* GSIs and entries; what KVM_CAP_IRQ_ROUTING says */
#define ROUTING_PINS	988	/* most that an interrupt controller can have */
#define ROUTING_NONE	(~0U)	/* no pin */

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
 * Return: 0; -EFAULT; -ENOMEM; -EINVAL for flags, more than ROUTING_MAX entries or
 * a GSI beyond it, a pin that is not there, a GSI twice, or a type other than
 * KVM_IRQ_ROUTING_IRQCHIP.
 */
int routing_ioctl(struct vm *vm, void __user *arg);

/**
 * routing_pin - the pin behind a GSI
 * @vm: the VM
 * @gsi: any number
 *
 * Any context.
 *
 * Return: the pin, or ROUTING_NONE when it is not routed.
 */
u32 routing_pin(struct vm *vm, u32 gsi);

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

#endif
