/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM_IOEVENTFD: a guest's write that is only a signal.
 */
#ifndef TABULA_IOEVENTFD_H
#define TABULA_IOEVENTFD_H

#include <linux/kvm.h>
#include <linux/types.h>

struct vm;

#define IOEVENTFD_MAX	1000	/* of a VM */

/**
 * ioeventfd_vm_init - a new VM has no ioeventfds
 * @vm: @vm->irq_lock and @vm->irq_srcu are initialised
 */
void ioeventfd_vm_init(struct vm *vm);

/**
 * ioeventfd_vm_destroy - take all ioeventfds away
 * @vm: no vCPU runs any more
 */
void ioeventfd_vm_destroy(struct vm *vm);

/**
 * ioeventfd_ioctl - KVM_IOEVENTFD (KVM API 4.59)
 * @vm: the VM
 * @args: copied from the VMM
 *
 * A length of 0 matches writes of any length. Port I/O addresses are accepted on Arm, too,
 * where no guest reaches any.
 *
 * Return: 0; -EINVAL for unknown flags, a bad length, a range that wraps, data
 * to match without a length, or not an eventfd; -EBADF; -EEXIST when a write could
 * match two; -ENOENT when there is none to deassign; -ENOSPC beyond
 * IOEVENTFD_MAX; -ENOMEM. Waits for writes in progress.
 */
int ioeventfd_ioctl(struct vm *vm, const struct kvm_ioeventfd *args);

/**
 * ioeventfd_write - a guest wrote to an address without memory
 * @vm: its VM
 * @port: to one of port I/O
 * @addr: guest physical address, or port
 * @len: bytes: 1, 2, 4 or 8
 * @val: what it wrote; only @len bytes count
 *
 * Process context.
 *
 * Return: true when an ioeventfd took it.
 */
bool ioeventfd_write(struct vm *vm, bool port, u64 addr, unsigned int len, u64 val);

#endif
