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

/* What is put right for guests that expect it, and what need not exit. PAUSE never does. */
#define CAPS_QUIRKS	KVM_X86_QUIRK_FIX_HYPERCALL_INSN
#define CAPS_EXITS	(KVM_X86_DISABLE_EXITS_HLT | KVM_X86_DISABLE_EXITS_PAUSE)
#define CAPS_MSR_EXITS	(KVM_MSR_EXIT_REASON_INVAL | KVM_MSR_EXIT_REASON_UNKNOWN | KVM_MSR_EXIT_REASON_FILTER)

static long caps_check_extension(struct vm *base, long cap)
{
	switch (cap) {
	case KVM_CAP_EXT_CPUID:
	case KVM_CAP_EXT_EMUL_CPUID:
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
	case KVM_CAP_X86_ROBUST_SINGLESTEP:
	case KVM_CAP_X86_GUEST_MODE:
	case KVM_CAP_EXIT_ON_EMULATION_FAILURE:
	case KVM_CAP_KVMCLOCK_CTRL:
	case KVM_CAP_ENFORCE_PV_FEATURE_CPUID:
	case KVM_CAP_VCPU_ATTRIBUTES:
	case KVM_CAP_DISABLE_QUIRKS:
	case KVM_CAP_MSR_PLATFORM_INFO:
	case KVM_CAP_GET_MSR_FEATURES:
	case KVM_CAP_X86_MSR_FILTER:
	case KVM_CAP_MMU_SHADOW_CACHE_CONTROL:
	case KVM_CAP_SYS_HYPERV_CPUID:
	case KVM_CAP_MEMORY_FAULT_INFO:
	case KVM_CAP_PRE_FAULT_MEMORY:
	case KVM_CAP_HLT:
	case KVM_CAP_CLOCKSOURCE:
	case KVM_CAP_NOP_IO_DELAY:
	case KVM_CAP_ASYNC_PF:
	case KVM_CAP_ASYNC_PF_INT:
	case KVM_CAP_PCI_SEGMENT:
		return 1;
	case KVM_CAP_MCE:
		return BANK_MAX;
	case KVM_CAP_NESTED_STATE:
		return nested_state_size();
	case KVM_CAP_XEN_HVM:
		return xen_capability();
	case KVM_CAP_ADJUST_CLOCK:
		return KVM_CLOCK_TSC_STABLE | KVM_CLOCK_REALTIME | KVM_CLOCK_HOST_TSC;
	case KVM_CAP_XSAVE2:
		return SVM_XSAVE_SIZE;
	case KVM_CAP_SYNC_REGS:
		return KVM_SYNC_X86_VALID_FIELDS;
	case KVM_CAP_SET_GUEST_DEBUG2:
		return SVM_DEBUG_FLAGS;
	case KVM_CAP_DISABLE_QUIRKS2:
		return CAPS_QUIRKS;
	case KVM_CAP_X86_DISABLE_EXITS:
		return CAPS_EXITS;
	case KVM_CAP_X86_USER_SPACE_MSR:
		return CAPS_MSR_EXITS;
	default:
		return irq_capability(cap);
	}
}

/* Once, and not below the number of the vCPU that starts. */
static int caps_set_max_vcpu_id(struct x86_vm *vm, u64 max)
{
	int ret = -EINVAL;

	if (max > VM_MAX_VCPUS)
		return -EINVAL;
	mutex_lock(&vm->base.lock);
	if (vm->irq.boot_id <= max && (!vm->max_vcpu_id || vm->max_vcpu_id == max)) {
		vm->max_vcpu_id = max;
		ret = 0;
	}
	mutex_unlock(&vm->base.lock);
	return ret;
}

static int caps_disable_exits(struct x86_vm *vm, u64 exits)
{
	if (exits & ~(u64)CAPS_EXITS)
		return -EINVAL;
	/* of vCPUs that are made, or reset, from now on */
	if (exits & KVM_X86_DISABLE_EXITS_HLT)
		WRITE_ONCE(vm->hlt_runs, true);
	return 0;
}

static int caps_set_flag(bool *flag, u64 arg)
{
	if (arg & ~1ULL)
		return -EINVAL;
	WRITE_ONCE(*flag, arg);
	return 0;
}

static int caps_enable(struct vm *base, const struct kvm_enable_cap *cap)
{
	struct x86_vm *vm = to_x86_vm(base);
	u64 arg = cap->args[0];

	switch (cap->cap) {
	case KVM_CAP_EXCEPTION_PAYLOAD:
		WRITE_ONCE(vm->payload, arg);
		return 0;
	case KVM_CAP_X86_TRIPLE_FAULT_EVENT:
		WRITE_ONCE(vm->triple_fault, arg);
		return 0;
	case KVM_CAP_EXIT_ON_EMULATION_FAILURE:
		return caps_set_flag(&vm->exit_on_failure, arg);
	case KVM_CAP_MSR_PLATFORM_INFO:
		WRITE_ONCE(vm->no_platform_info, !arg);
		return 0;
	case KVM_CAP_DISABLE_QUIRKS2:
		if (arg & ~(u64)CAPS_QUIRKS)
			return -EINVAL;
		fallthrough;
	case KVM_CAP_DISABLE_QUIRKS:
		WRITE_ONCE(vm->quirks_off, arg);
		return 0;
	case KVM_CAP_X86_USER_SPACE_MSR:
		if (arg & ~(u64)CAPS_MSR_EXITS)
			return -EINVAL;
		WRITE_ONCE(vm->msr_exits, arg);
		return 0;
	case KVM_CAP_X86_DISABLE_EXITS:
		return caps_disable_exits(vm, arg);
	case KVM_CAP_MAX_VCPU_ID:
		return caps_set_max_vcpu_id(vm, arg);
	default:
		return irq_enable(vm, cap);
	}
}

void caps_fill(struct vm_arch *arch)
{
	arch->check_extension = caps_check_extension;
	arch->enable_cap = caps_enable;
}
