/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dirty rings of vCPUs (KVM API 8.29): their memory, and whose is whose. What is in them is
 * mem/ring.c's.
 */
#ifndef TABULA_VM_DIRTYRING_H
#define TABULA_VM_DIRTYRING_H

#include <linux/types.h>

#include "../mem/ring.h"
#include "vm.h"

struct page;

/* Bytes of the largest ring: what the capabilities answer. */
#define DIRTYRING_MAX_BYTES	(GMEM_RING_MAX * sizeof(struct kvm_dirty_gfn))

/**
 * dirtyring_enable() - KVM_CAP_DIRTY_LOG_RING, KVM_CAP_DIRTY_LOG_RING_ACQ_REL
 * @vm: the VM
 * @bytes: of each vCPU's ring; any value
 *
 * Context: takes vm->lock.
 * Return: 0; -EINVAL: no power of two, less than a page or than the reserve, a vCPU is there, or
 * rings are; -E2BIG: more than %DIRTYRING_MAX_BYTES.
 */
int dirtyring_enable(struct vm *vm, u64 bytes);

/**
 * dirtyring_vcpu_init() - its ring for a new vCPU, where its VM has rings
 * @vcpu: the vCPU; vm->lock is held
 *
 * Return: 0 or -ENOMEM.
 */
int dirtyring_vcpu_init(struct vcpu *vcpu);

/**
 * dirtyring_vcpu_destroy() - free it
 * @vcpu: nobody writes for it any more
 */
void dirtyring_vcpu_destroy(struct vcpu *vcpu);

/**
 * dirtyring_pages() - how much of a vCPU's descriptor shows its ring
 * @vcpu: the vCPU
 *
 * Return: pages, from %KVM_DIRTY_LOG_PAGE_OFFSET on; 0: it has none.
 */
unsigned long dirtyring_pages(const struct vcpu *vcpu);

/**
 * dirtyring_page() - one of them
 * @vcpu: the vCPU
 * @i: which, less than dirtyring_pages()
 *
 * Return: the page, for the caller to hold.
 */
struct page *dirtyring_page(const struct vcpu *vcpu, unsigned long i);

/**
 * dirtyring_stops() - must the vCPU go back to its VMM before it enters the guest?
 * @vcpu: the vCPU; it has not entered yet
 *
 * Return: true, and kvm_run says KVM_EXIT_DIRTY_RING_FULL.
 */
static inline bool dirtyring_stops(struct vcpu *vcpu)
{
	if (likely(!vcpu->ring) || !gmem_ring_is_full(vcpu->ring))
		return false;
	vcpu->run->exit_reason = KVM_EXIT_DIRTY_RING_FULL;
	return true;
}

#endif
