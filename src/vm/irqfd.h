/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM_IRQFD: an eventfd that is an interrupt line.
 */
#ifndef TABULA_IRQFD_H
#define TABULA_IRQFD_H

#include <linux/kvm.h>

struct vm;

/**
 * irqfd_module_init - make what irqfds of all VMs share
 *
 * Return: 0 or -ENOMEM.
 */
int irqfd_module_init(void);

/**
 * irqfd_module_exit - undo irqfd_module_init(); all VMs are gone
 */
void irqfd_module_exit(void);

/**
 * irqfd_vm_init - a new VM has no irqfds
 * @vm: @vm->irq_lock and @vm->irq_srcu are initialised
 */
void irqfd_vm_init(struct vm *vm);

/**
 * irqfd_vm_release - take all irqfds away
 * @vm: its descriptor is being closed: no new ones can come
 *
 * On return no eventfd injects into the VM any more. Sleeps.
 */
void irqfd_vm_release(struct vm *vm);

/**
 * irqfd_vm_destroy - the VM goes away
 * @vm: no vCPU runs any more
 *
 * As irqfd_vm_release(), which may have been called before.
 */
void irqfd_vm_destroy(struct vm *vm);

/**
 * irqfd_on_eoi - the guest is done with a level-sensitive interrupt, and its line is low
 * @vm: the VM
 * @pin: of its interrupt controller, which irqchip_ops.listen() was called for
 *
 * Process context; no lock held; may sleep.
 */
void irqfd_on_eoi(struct vm *vm, u32 pin);

/**
 * irqfd_routing_changed - have the ends told of that irqfds wait for
 * @vm: its routing is another; @vm->irq_lock is held
 */
void irqfd_routing_changed(struct vm *vm);

/**
 * irqfd_ioctl - KVM_IRQFD (KVM API 4.75)
 * @vm: the VM
 * @args: copied from the VMM
 *
 * The GSI is looked up at each signal; one that is not routed then does nothing.
 *
 * Return: 0; -EINVAL for unknown flags, not an eventfd, no interrupt controller, or one that
 * cannot tell of ends where that is asked for; -EBADF; -EAGAIN before it is initialised; -EBUSY when the eventfd is an irqfd of the VM already;
 * -ENOMEM.
 */
int irqfd_ioctl(struct vm *vm, const struct kvm_irqfd *args);

#endif
