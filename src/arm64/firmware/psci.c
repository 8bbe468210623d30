// SPDX-License-Identifier: GPL-2.0
/*
 * PSCI 0.2 to 1.1 (DEN0022): turning vCPUs and the machine on and off.
 */
#include <linux/kvm.h>
#include <linux/psci.h>
#include <uapi/linux/psci.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>

#include "../cpu/cpu.h"
#include "../vm.h"
#include "firmware.h"
#include "psci.h"

#define PSCI_AFFINITY_LEVELS	4

/* Which bits of an MPIDR a request at an affinity level compares. */
static const u64 psci_affinity_masks[PSCI_AFFINITY_LEVELS] = {
	MPIDR_HWID_BITMASK,
	MPIDR_HWID_BITMASK & ~0xffULL,
	MPIDR_HWID_BITMASK & ~0xffffULL,
	MPIDR_HWID_BITMASK & ~0xffffffULL,
};

static u64 psci_arg(const struct vcpu *vcpu, unsigned int n, bool is_64)
{
	u64 val = cpu_get_x(vcpu, n);

	return is_64 ? val : (u32)val;
}

static s64 psci_cpu_on(struct vcpu *vcpu, bool is_64)
{
	struct vm *vm = vcpu->vm;
	u64 mpidr = psci_arg(vcpu, 1, is_64);
	struct vcpu *target;
	s64 ret = PSCI_RET_SUCCESS;

	if (mpidr & ~MPIDR_HWID_BITMASK)
		return PSCI_RET_INVALID_PARAMS;
	target = vm_vcpu_by_mpidr(vm, mpidr);
	if (!target || !READ_ONCE(target->initialised))
		return PSCI_RET_INVALID_PARAMS;

	spin_lock(&vm->firmware.lock);
	if (!target->power_off) {
		ret = vm->firmware.psci_version == FIRMWARE_PSCI_0_2 ||
		      !target->firmware.start_pending ?
		      PSCI_RET_ALREADY_ON : PSCI_RET_ON_PENDING;
	} else {
		target->firmware.start_pc = psci_arg(vcpu, 2, is_64);
		target->firmware.start_x0 = psci_arg(vcpu, 3, is_64);
		target->firmware.start_be =
			cpu_sys_read(vcpu, CPU_SCTLR_EL1) & SCTLR_ELx_EE;
		target->firmware.start_pending = true;
		target->power_off = false;
	}
	spin_unlock(&vm->firmware.lock);

	if (ret == PSCI_RET_SUCCESS) {
		gic_power_changed(vm);
		vcpu_request(target, VCPU_REQ_RESET);
		vcpu_wake(target);
	}
	return ret;
}

void psci_power_off(struct vcpu *vcpu)
{
	spin_lock(&vcpu->vm->firmware.lock);
	vcpu->power_off = true;
	vcpu->firmware.start_pending = false;
	spin_unlock(&vcpu->vm->firmware.lock);
	gic_power_changed(vcpu->vm);
	vcpu_request(vcpu, VCPU_REQ_SLEEP);
}

static s64 psci_affinity_info(struct vcpu *vcpu, bool is_64)
{
	u64 target = psci_arg(vcpu, 1, is_64);
	u64 level = psci_arg(vcpu, 2, is_64);
	bool found = false, on = false;
	struct vcpu *v;
	unsigned int i;
	u64 mask;

	if (level >= PSCI_AFFINITY_LEVELS)
		return PSCI_RET_INVALID_PARAMS;
	mask = psci_affinity_masks[array_index_nospec(level, PSCI_AFFINITY_LEVELS)];
	vm_for_each_vcpu(vcpu->vm, i, v) {
		if ((vcpu_mpidr(v) & mask) != (target & mask))
			continue;
		found = true;
		on |= !READ_ONCE(v->power_off);
	}
	if (!found)
		return PSCI_RET_INVALID_PARAMS;
	return on ? PSCI_0_2_AFFINITY_LEVEL_ON : PSCI_0_2_AFFINITY_LEVEL_OFF;
}

/* No vCPU of the VM runs on until the VMM initialises or starts it again. */
static int psci_system_event(struct vcpu *vcpu, u32 type, u64 flags)
{
	struct kvm_run *run = vcpu->run;
	struct vcpu *v;
	unsigned int i;

	vm_for_each_vcpu(vcpu->vm, i, v)
		psci_power_off(v);

	memset(&run->system_event, 0, sizeof(run->system_event));
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	run->system_event.type = type;
	run->system_event.ndata = 1;
	run->system_event.data[0] = flags;
	return CPU_TO_USER;
}

static int psci_reset2(struct vcpu *vcpu, bool is_64)
{
	u32 type = cpu_get_x(vcpu, 1);

	/* architectural warm reset, or a vendor's own */
	if (type > PSCI_1_1_RESET_TYPE_SYSTEM_WARM_RESET &&
	    type < PSCI_1_1_RESET_TYPE_VENDOR_START) {
		cpu_set_x(vcpu, 0, (u64)PSCI_RET_INVALID_PARAMS);
		return CPU_RESUME;
	}
	/* a guest that comes back from this sees a failure */
	cpu_set_x(vcpu, 0, (u64)PSCI_RET_INTERNAL_FAILURE);
	return psci_system_event(vcpu, KVM_SYSTEM_EVENT_RESET,
				 KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2);
}

static s64 psci_features(struct vcpu *vcpu)
{
	u32 version = vcpu->vm->firmware.psci_version;

	switch ((u32)cpu_get_x(vcpu, 1)) {
	case PSCI_0_2_FN_PSCI_VERSION:
	case PSCI_0_2_FN_CPU_SUSPEND:
	case PSCI_0_2_FN64_CPU_SUSPEND:
	case PSCI_0_2_FN_CPU_OFF:
	case PSCI_0_2_FN_CPU_ON:
	case PSCI_0_2_FN64_CPU_ON:
	case PSCI_0_2_FN_AFFINITY_INFO:
	case PSCI_0_2_FN64_AFFINITY_INFO:
	case PSCI_0_2_FN_MIGRATE_INFO_TYPE:
	case PSCI_0_2_FN_SYSTEM_OFF:
	case PSCI_0_2_FN_SYSTEM_RESET:
	case PSCI_1_0_FN_PSCI_FEATURES:
	case ARM_SMCCC_VERSION_FUNC_ID:
		return 0;
	case PSCI_1_1_FN_SYSTEM_RESET2:
	case PSCI_1_1_FN64_SYSTEM_RESET2:
		return version >= FIRMWARE_PSCI_1_1 ? 0 : PSCI_RET_NOT_SUPPORTED;
	default:
		return PSCI_RET_NOT_SUPPORTED;
	}
}

static int psci_return(struct vcpu *vcpu, s64 val)
{
	cpu_set_x(vcpu, 0, val);
	return CPU_RESUME;
}

int psci_call(struct vcpu *vcpu, u32 function)
{
	bool is_64 = function & PSCI_0_2_64BIT;
	u32 version = vcpu->vm->firmware.psci_version;

	switch (function) {
	case PSCI_0_2_FN_CPU_SUSPEND:
	case PSCI_0_2_FN64_CPU_SUSPEND:
		/* a shallow standby state: wakes at any interrupt, keeps everything */
		psci_return(vcpu, PSCI_RET_SUCCESS);
		vcpu_block(vcpu);
		return CPU_RESUME;
	case PSCI_0_2_FN_CPU_OFF:
		psci_power_off(vcpu);
		return CPU_RESUME;
	case PSCI_0_2_FN_CPU_ON:
	case PSCI_0_2_FN64_CPU_ON:
		return psci_return(vcpu, psci_cpu_on(vcpu, is_64));
	case PSCI_0_2_FN_AFFINITY_INFO:
	case PSCI_0_2_FN64_AFFINITY_INFO:
		return psci_return(vcpu, psci_affinity_info(vcpu, is_64));
	case PSCI_0_2_FN_MIGRATE_INFO_TYPE:
		return psci_return(vcpu, PSCI_0_2_TOS_MP);
	case PSCI_0_2_FN_SYSTEM_OFF:
		psci_return(vcpu, PSCI_RET_INTERNAL_FAILURE);
		return psci_system_event(vcpu, KVM_SYSTEM_EVENT_SHUTDOWN, 0);
	case PSCI_0_2_FN_SYSTEM_RESET:
		psci_return(vcpu, PSCI_RET_INTERNAL_FAILURE);
		return psci_system_event(vcpu, KVM_SYSTEM_EVENT_RESET, 0);
	case PSCI_1_0_FN_PSCI_FEATURES:
		if (version >= FIRMWARE_PSCI_1_0)
			return psci_return(vcpu, psci_features(vcpu));
		break;
	case PSCI_1_1_FN_SYSTEM_RESET2:
	case PSCI_1_1_FN64_SYSTEM_RESET2:
		if (version >= FIRMWARE_PSCI_1_1)
			return psci_reset2(vcpu, is_64);
		break;
	}
	return psci_return(vcpu, PSCI_RET_NOT_SUPPORTED);
}
