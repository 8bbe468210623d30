// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_CHECK_EXTENSION: what is there on Arm beside what is everywhere. Everything else
 * answers 0.
 */
#include <linux/kvm.h>

#include "../../vm/arch.h"
#include "../cpu/cpu.h"
#include "../cpu/hw.h"
#include "../pmu/host.h"
#include "../vm.h"
#include "abi.h"

static long caps_check_extension(struct vm *base, long cap)
{
	switch (cap) {
	case KVM_CAP_ONE_REG:
	case KVM_CAP_IRQCHIP:
	case KVM_CAP_IRQFD:
	case KVM_CAP_IRQFD_RESAMPLE:
	case KVM_CAP_ARM_PSCI:
	case KVM_CAP_ARM_PSCI_0_2:
	case KVM_CAP_ARM_IRQ_LINE_LAYOUT_2:
	case KVM_CAP_ARM_NISV_TO_USER:
	case KVM_CAP_ARM_SYSTEM_SUSPEND:
	case KVM_CAP_ARM_INJECT_EXT_DABT:
	case KVM_CAP_VCPU_ATTRIBUTES:
	case KVM_CAP_STEAL_TIME:
	case KVM_CAP_COUNTER_OFFSET:
	case KVM_CAP_SYSTEM_EVENT_DATA:
	case KVM_CAP_PTP_KVM:
	case KVM_CAP_SIGNAL_MSI:
		return 1;
	case KVM_CAP_SET_GUEST_DEBUG:
		return 1;
	case KVM_CAP_SET_GUEST_DEBUG2:
		return CPU_DEBUG_CONTROL;
	case KVM_CAP_GUEST_DEBUG_HW_BPS:
		return cpu_hw.brps;
	case KVM_CAP_GUEST_DEBUG_HW_WPS:
		return cpu_hw.wrps;
	case KVM_CAP_MSI_DEVID:
		return base && its_exists(to_arm_vm(base));
	case KVM_CAP_ARM_PMU_V3:
		return pmu_host_exists();
	case KVM_CAP_ARM_PTRAUTH_ADDRESS:
	case KVM_CAP_ARM_PTRAUTH_GENERIC:
		return cpu_hw.has_pauth;
	case KVM_CAP_ARM_SVE:
		return !!cpu_hw.sve_lengths;
	case KVM_CAP_ARM_INJECT_SERROR_ESR:
		return cpu_hw.has_ras;
	case KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES:
		return BIT(KVM_ARM_FEATURE_ID_RANGE);
	case KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES:
		return MMU_BLOCK_SIZES;
	case KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE:
		return base ? READ_ONCE(to_arm_vm(base)->mmu.split) : 0;
	case KVM_CAP_ARM_VM_IPA_SIZE:
		return mmu_max_ipa_bits();
	default:
		return 0;
	}
}

void caps_fill(struct vm_arch *arch)
{
	arch->check_extension = caps_check_extension;
}
