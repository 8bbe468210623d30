// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_CHECK_EXTENSION: what is there on every architecture. The rest is the architecture's
 * to say.
 */
#include <linux/cpumask.h>
#include <linux/kvm.h>
#include <linux/minmax.h>

#include "../mem/gmem.h"
#include "../vm/arch.h"
#include "../vm/dirtyring.h"
#include "../vm/routing.h"
#include "../vm/vm.h"
#include "abi.h"

long caps_check(const struct vm_arch *arch, struct vm *vm, long cap)
{
	switch (cap) {
	case KVM_CAP_USER_MEMORY:
	case KVM_CAP_USER_MEMORY2:
	case KVM_CAP_DESTROY_MEMORY_REGION_WORKS:
	case KVM_CAP_JOIN_MEMORY_REGIONS_WORKS:
	case KVM_CAP_SYNC_MMU:
	case KVM_CAP_READONLY_MEM:
	case KVM_CAP_MP_STATE:
	case KVM_CAP_VCPU_EVENTS:
	case KVM_CAP_IMMEDIATE_EXIT:
	case KVM_CAP_IOEVENTFD:
	case KVM_CAP_IOEVENTFD_ANY_LENGTH:
	case KVM_CAP_IOEVENTFD_NO_LENGTH:
	case KVM_CAP_DEVICE_CTRL:
	case KVM_CAP_INTERNAL_ERROR_DATA:
	case KVM_CAP_ENABLE_CAP_VM:
	case KVM_CAP_CHECK_EXTENSION_VM:
	case KVM_CAP_BINARY_STATS_FD:
		return 1;
	case KVM_CAP_COALESCED_MMIO:
		return arch->coalesced ? arch->run_pages : 0;
	case KVM_CAP_COALESCED_PIO:
		return arch->coalesced;
	case KVM_CAP_DIRTY_LOG_RING:
		return arch->ring_plain ? DIRTYRING_MAX_BYTES : 0;
	case KVM_CAP_DIRTY_LOG_RING_ACQ_REL:
		return DIRTYRING_MAX_BYTES;
	case KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP:
		return arch->ring_bitmap;
	case KVM_CAP_NR_MEMSLOTS:
		return GMEM_MAX_SLOTS;
	case KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2:
		return KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE |
		       KVM_DIRTY_LOG_INITIALLY_SET;
	case KVM_CAP_NR_VCPUS:
		return min_t(unsigned int, num_online_cpus(), VM_MAX_VCPUS);
	case KVM_CAP_MAX_VCPUS:
	case KVM_CAP_MAX_VCPU_ID:
		return VM_MAX_VCPUS;
	case KVM_CAP_IRQ_ROUTING:
		return ROUTING_MAX;
	default:
		return arch->check_extension(vm, cap);
	}
}
