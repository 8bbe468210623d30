// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_CHECK_EXTENSION: what is there. Everything else answers 0.
 */
#include <linux/cpumask.h>
#include <linux/kvm.h>

#include "../arm64/cpu/hw.h"
#include "../arm64/vm.h"
#include "abi.h"
#include "routing.h"

long vm_check_extension(struct vm *vm, long cap)
{
	switch (cap) {
	case KVM_CAP_USER_MEMORY:
	case KVM_CAP_USER_MEMORY2:
	case KVM_CAP_DESTROY_MEMORY_REGION_WORKS:
	case KVM_CAP_JOIN_MEMORY_REGIONS_WORKS:
	case KVM_CAP_ONE_REG:
	case KVM_CAP_MP_STATE:
	case KVM_CAP_VCPU_EVENTS:
	case KVM_CAP_IMMEDIATE_EXIT:
	case KVM_CAP_READONLY_MEM:
	case KVM_CAP_IRQCHIP:
	case KVM_CAP_IRQFD:
	case KVM_CAP_IRQFD_RESAMPLE:
	case KVM_CAP_IOEVENTFD:
	case KVM_CAP_IOEVENTFD_ANY_LENGTH:
	case KVM_CAP_IOEVENTFD_NO_LENGTH:
	case KVM_CAP_DEVICE_CTRL:
	case KVM_CAP_INTERNAL_ERROR_DATA:
	case KVM_CAP_ENABLE_CAP_VM:
	case KVM_CAP_CHECK_EXTENSION_VM:
	case KVM_CAP_ARM_PSCI:
	case KVM_CAP_ARM_PSCI_0_2:
	case KVM_CAP_ARM_IRQ_LINE_LAYOUT_2:
	case KVM_CAP_ARM_NISV_TO_USER:
	case KVM_CAP_ARM_SYSTEM_SUSPEND:
	case KVM_CAP_ARM_INJECT_EXT_DABT:
	case KVM_CAP_VCPU_ATTRIBUTES:
	case KVM_CAP_STEAL_TIME:
	case KVM_CAP_BINARY_STATS_FD:
		return 1;
	case KVM_CAP_ARM_INJECT_SERROR_ESR:
		return cpu_hw.has_ras;
	case KVM_CAP_SYNC_MMU:
		return 1;
	case KVM_CAP_NR_MEMSLOTS:
		return GMEM_MAX_SLOTS;
	case KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2:
		return KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE |
		       KVM_DIRTY_LOG_INITIALLY_SET;
	case KVM_CAP_ARM_VM_IPA_SIZE:
		return mmu_max_ipa_bits();
	case KVM_CAP_NR_VCPUS:
		return min_t(unsigned int, num_online_cpus(), VM_MAX_VCPUS);
	case KVM_CAP_MAX_VCPUS:
	case KVM_CAP_MAX_VCPU_ID:
		return VM_MAX_VCPUS;
	case KVM_CAP_IRQ_ROUTING:
		return ROUTING_MAX;
	default:
		return 0;
	}
}
