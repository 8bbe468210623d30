/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM_REGISTER_COALESCED_MMIO: writes that can wait until the VMM comes by (KVM API 4.116).
 */
#ifndef TABULA_COALESCED_H
#define TABULA_COALESCED_H

#include <linux/types.h>

struct kvm_coalesced_mmio_zone;
struct page;
struct vm;

#define COALESCED_MAX	256	/* zones of a VM */

/**
 * coalesced_vm_init() - a new VM's ring, without zones
 * @vm: its architecture says whether it has one
 *
 * Return: 0 or -ENOMEM.
 */
int coalesced_vm_init(struct vm *vm);

/**
 * coalesced_vm_destroy() - free it
 * @vm: no vCPU runs any more; the VMM's mappings hold the ring's page by themselves
 */
void coalesced_vm_destroy(struct vm *vm);

/**
 * coalesced_page() - the ring, which each vCPU's descriptor maps
 * @vm: a VM with a ring
 *
 * Return: its page.
 */
struct page *coalesced_page(struct vm *vm);

/**
 * coalesced_ioctl() - KVM_REGISTER and KVM_UNREGISTER_COALESCED_MMIO
 * @vm: the VM
 * @zone: copied from the VMM
 * @add: the former
 *
 * The latter forgets every zone that all of @zone lies in.
 * Return: 0; -ENOTTY: the architecture has none; -EINVAL: neither memory nor ports, or a
 * range that wraps; -ENOSPC beyond COALESCED_MAX; -ENOMEM.
 */
int coalesced_ioctl(struct vm *vm, const struct kvm_coalesced_mmio_zone *zone, bool add);

/**
 * coalesced_write() - a guest wrote to an address without memory, or a port
 * @vm: its VM; process context
 * @port: to a port
 * @addr: where
 * @len: bytes: 1 to 8
 * @data: what it wrote
 *
 * Return: true: it is in the ring; false: it is in no zone, or the ring is full.
 */
bool coalesced_write(struct vm *vm, bool port, u64 addr, unsigned int len, const void *data);

#endif
