// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_CHECK_EXTENSION and KVM_ENABLE_CAP of what is x86's own (KVM API 4.4, 4.37, 7, 8).
 */
#include <linux/kvm.h>

#include "../../vm/arch.h"
#include "../nested/nested.h"
#include "../vm.h"
#include "abi.h"
#include "irq.h"

static long caps_check_extension(struct vm *base, long cap)
{
	switch (cap) {
	case KVM_CAP_EXT_CPUID:
	case KVM_CAP_USER_NMI:
	case KVM_CAP_SET_TSS_ADDR:
	case KVM_CAP_SET_IDENTITY_MAP_ADDR:
	case KVM_CAP_DEBUGREGS:
	case KVM_CAP_XCRS:
	case KVM_CAP_XSAVE:
	case KVM_CAP_SREGS2:
	case KVM_CAP_GET_TSC_KHZ:
	case KVM_CAP_EXCEPTION_PAYLOAD:
	case KVM_CAP_X86_TRIPLE_FAULT_EVENT:
	case KVM_CAP_SET_GUEST_DEBUG:
	case KVM_CAP_EXIT_ON_EMULATION_FAILURE:
	case KVM_CAP_KVMCLOCK_CTRL:
	case KVM_CAP_ENFORCE_PV_FEATURE_CPUID:
	case KVM_CAP_VCPU_ATTRIBUTES:
		return 1;
	case KVM_CAP_MCE:
		return BANK_MAX;
	case KVM_CAP_NESTED_STATE:
		return nested_state_size();
	case KVM_CAP_ADJUST_CLOCK:
		return KVM_CLOCK_TSC_STABLE | KVM_CLOCK_REALTIME | KVM_CLOCK_HOST_TSC;
	case KVM_CAP_XSAVE2:
		return SVM_XSAVE_SIZE;
	case KVM_CAP_SYNC_REGS:
		return KVM_SYNC_X86_VALID_FIELDS;
	case KVM_CAP_SET_GUEST_DEBUG2:
		return SVM_DEBUG_FLAGS;
	default:
		return irq_capability(cap);
	}
}

static int caps_enable(struct vm *base, const struct kvm_enable_cap *cap)
{
	struct x86_vm *vm = to_x86_vm(base);

	switch (cap->cap) {
	case KVM_CAP_EXCEPTION_PAYLOAD:
		WRITE_ONCE(vm->payload, cap->args[0]);
		return 0;
	case KVM_CAP_X86_TRIPLE_FAULT_EVENT:
		if (cap->args[0] & ~1ULL)
			return -EINVAL;
		WRITE_ONCE(vm->triple_fault, cap->args[0]);
		return 0;
	case KVM_CAP_EXIT_ON_EMULATION_FAILURE:
		if (cap->args[0] & ~1ULL)
			return -EINVAL;
		WRITE_ONCE(vm->exit_on_failure, cap->args[0]);
		return 0;
	default:
		return irq_enable(vm, cap);
	}
}

void caps_fill(struct vm_arch *arch)
{
	arch->check_extension = caps_check_extension;
	arch->enable_cap = caps_enable;
}
