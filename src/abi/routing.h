/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the VMM's interrupt numbers to the GIC's: KVM_SET_GSI_ROUTING and
 * KVM_IRQ_LINE.
 */
#ifndef TABULA_ROUTING_H
#define TABULA_ROUTING_H

#include <linux/kvm.h>
#include <linux/types.h>

struct vm;

#define ROUTING_MAX	4096	/* GSIs and entries; what KVM_CAP_IRQ_ROUTING says */
#define ROUTING_PINS	988	/* of irqchip 0: SPI 32 and up */

/**
 * routing_vm_init - a new VM's routing: GSI n is pin n of the GIC
 * @vm: @vm->irq_lock and @vm->irq_srcu are initialised
 *
 * Return: 0.
 */
int routing_vm_init(struct vm *vm);

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
 * a GSI beyond it, a pin beyond ROUTING_PINS, a GSI twice, or a type other than
 * KVM_IRQ_ROUTING_IRQCHIP (there are no MSIs without an ITS).
 */
int routing_ioctl(struct vm *vm, void __user *arg);

/**
 * routing_intid - the SPI behind a GSI
 * @vm: the VM
 * @gsi: any number
 *
 * Any context.
 *
 * Return: 32..1019, or 0 when it is not routed.
 */
u32 routing_intid(struct vm *vm, u32 gsi);

/**
 * routing_any_gsi - ask of the GSIs that lead to an SPI, until one says yes
 * @vm: the VM
 * @intid: any number
 * @fn: asked under @vm->irq_srcu
 *
 * The caller's context is @fn's. There can be ROUTING_MAX of them.
 *
 * Return: true if @fn did.
 */
bool routing_any_gsi(struct vm *vm, u32 intid, bool (*fn)(struct vm *vm, u32 gsi));

/**
 * irq_line - KVM_IRQ_LINE (KVM API 4.25), with KVM_CAP_ARM_IRQ_LINE_LAYOUT_2
 * @vm: the VM
 * @l: interrupt in the Arm encoding, and its level
 *
 * PPIs go to the vCPU whose KVM_CREATE_VCPU number the encoding has.
 *
 * Return: 0; -ENXIO without a GIC, and for the CPU type (there are no vCPUs with
 * a GIC in the VMM); -EBUSY before the GIC is initialised; -EINVAL for an
 * interrupt or vCPU that does not exist, and for a PPI that a timer drives.
 */
int irq_line(struct vm *vm, const struct kvm_irq_level *l);

#endif
