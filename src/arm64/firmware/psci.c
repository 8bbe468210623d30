// SPDX-License-Identifier: GPL-2.0
/*
 * PSCI 0.2 to 1.1 (DEN0022): turning vCPUs and the machine on and off.
 */
#include <linux/kvm.h>
#include <linux/nospec.h>
#include <linux/psci.h>
#include <uapi/linux/psci.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>

#include "../affinity.h"
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

static u64 psci_arg(const struct arm_vcpu *vcpu, unsigned int n, bool is_64)
{
	u64 val = cpu_get_x(vcpu, n);

	return is_64 ? val : (u32)val;
}

/* A register that holds an affinity has nothing in its other bits. */
static bool psci_affinity_ok(u64 mpidr)
{
	return !(mpidr & ~MPIDR_HWID_BITMASK);
}

/* What a vCPU of another power state than before has to do, and who waits for it. */
static void psci_changed(struct arm_vcpu *vcpu)
{
	gic_power_changed(vcpu->vm);
	arm_request(vcpu, ARM_REQ_POWER);
}

static s64 psci_cpu_on(struct arm_vcpu *vcpu, bool is_64)
{
	u64 mpidr = psci_arg(vcpu, 1, is_64);
	struct power_start start = {
		.pc = psci_arg(vcpu, 2, is_64),
		.x0 = psci_arg(vcpu, 3, is_64),
		.big_endian = cpu_sys_read(vcpu, CPU_SCTLR_EL1) & SCTLR_ELx_EE,
	};
	struct arm_vcpu *target;

	if (!psci_affinity_ok(mpidr))
		return PSCI_RET_INVALID_PARAMS;
	target = affinity_vcpu(vcpu->vm, mpidr);
	if (!target || !READ_ONCE(target->base.initialised))
		return PSCI_RET_INVALID_PARAMS;

	switch (power_cpu_on(&vcpu->power, &target->power, &start)) {
	case POWER_STARTED:
		psci_changed(target);
		return PSCI_RET_SUCCESS;
	case POWER_ALREADY_ON:
		/* 0.1 has no value for it */
		return firmware_psci_version(vcpu) == FIRMWARE_PSCI_0_1 ?
			PSCI_RET_INVALID_PARAMS : PSCI_RET_ALREADY_ON;
	default:
		return PSCI_RET_INTERNAL_FAILURE;
	}
}

void psci_power_off(struct arm_vcpu *vcpu)
{
	power_off(&vcpu->power);
	psci_changed(vcpu);
}

void psci_start(struct arm_vcpu *vcpu)
{
	struct power_start start;

	if (!power_take_start(&vcpu->power, &start))
		return;
	mmu_vcpu_start(&vcpu->vm->mmu, &vcpu->mmu);
	cpu_reset(vcpu);
	gic_vcpu_reset(vcpu);
	timer_vcpu_reset(vcpu);
	pmu_vcpu_reset(vcpu);
	vcpu->ctx.regs.pc = start.pc;
	vcpu->ctx.regs.regs[0] = start.x0;
	if (start.big_endian)
		vcpu->ctx.sys[CPU_SCTLR_EL1] |= SCTLR_ELx_EE;
}

static s64 psci_affinity_info(struct arm_vcpu *vcpu, bool is_64)
{
	u64 target = psci_arg(vcpu, 1, is_64);
	u64 level = psci_arg(vcpu, 2, is_64);
	bool found = false, on = false;
	struct arm_vcpu *v;
	unsigned int i;
	u64 mask;

	if (!psci_affinity_ok(target) || level >= PSCI_AFFINITY_LEVELS)
		return PSCI_RET_INVALID_PARAMS;
	mask = psci_affinity_masks[array_index_nospec(level, PSCI_AFFINITY_LEVELS)];
	arm_for_each_vcpu(vcpu->vm, i, v) {
		if ((affinity_mpidr(v) & mask) != (target & mask))
			continue;
		found = true;
		on |= !power_is_off(&v->power);
	}
	if (!found)
		return PSCI_RET_INVALID_PARAMS;
	return on ? PSCI_0_2_AFFINITY_LEVEL_ON : PSCI_0_2_AFFINITY_LEVEL_OFF;
}

static void psci_event(struct kvm_run *run, u32 type, u32 ndata, u64 flags)
{
	memset(&run->system_event, 0, sizeof(run->system_event));
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	run->system_event.type = type;
	run->system_event.ndata = ndata;
	run->system_event.data[0] = flags;
}

/*
 * No vCPU of the VM runs on until the VMM initialises or starts it again: they go off
 * all at once, so that none of them can turn another one on between.
 */
static int psci_system_event(struct arm_vcpu *vcpu, u32 type, u64 flags)
{
	struct arm_vm *vm = vcpu->vm;
	struct arm_vcpu *v;
	unsigned int i;

	spin_lock(&vm->firmware.lock);
	arm_for_each_vcpu(vm, i, v)
		power_off_held(&v->power);
	spin_unlock(&vm->firmware.lock);
	gic_power_changed(vm);
	arm_for_each_vcpu(vm, i, v)
		arm_request(v, ARM_REQ_POWER);
	psci_event(vcpu->base.run, type, 1, flags);
	return VCPU_TO_USER;
}

static int psci_reset2(struct arm_vcpu *vcpu)
{
	u32 type = cpu_get_x(vcpu, 1);

	/* architectural warm reset, or a vendor's own */
	if (type > PSCI_1_1_RESET_TYPE_SYSTEM_WARM_RESET &&
	    type < PSCI_1_1_RESET_TYPE_VENDOR_START) {
		cpu_set_x(vcpu, 0, (u64)PSCI_RET_INVALID_PARAMS);
		return VCPU_RESUME;
	}
	/* a guest that comes back from this sees a failure */
	cpu_set_x(vcpu, 0, (u64)PSCI_RET_INTERNAL_FAILURE);
	return psci_system_event(vcpu, KVM_SYSTEM_EVENT_RESET,
				 KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2);
}

static s64 psci_features(struct arm_vcpu *vcpu)
{
	u32 version = firmware_psci_version(vcpu);

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
	case PSCI_1_0_FN_SYSTEM_SUSPEND:
	case PSCI_1_0_FN64_SYSTEM_SUSPEND:
		return vcpu->vm->firmware.system_suspend ? 0 : PSCI_RET_NOT_SUPPORTED;
	case PSCI_1_1_FN_SYSTEM_RESET2:
	case PSCI_1_1_FN64_SYSTEM_RESET2:
		return version >= FIRMWARE_PSCI_1_1 ? 0 : PSCI_RET_NOT_SUPPORTED;
	default:
		return PSCI_RET_NOT_SUPPORTED;
	}
}

static int psci_return(struct arm_vcpu *vcpu, s64 val)
{
	cpu_set_x(vcpu, 0, val);
	return VCPU_RESUME;
}

/* The functions and numbers of KVM's own before PSCI had any (KVM_PSCI_FN_*). */
static int psci_call_0_1(struct arm_vcpu *vcpu, u32 function)
{
	switch (function) {
	case KVM_PSCI_FN_CPU_OFF:
		psci_power_off(vcpu);
		return VCPU_RESUME;
	case KVM_PSCI_FN_CPU_ON:
		return psci_return(vcpu, psci_cpu_on(vcpu, true));
	default:
		return psci_return(vcpu, PSCI_RET_NOT_SUPPORTED);
	}
}

/* The VMM does all of it, with the call's arguments as they are in the registers. */
static int psci_system_suspend(struct arm_vcpu *vcpu)
{
	psci_event(vcpu->base.run, KVM_SYSTEM_EVENT_SUSPEND, 0, 0);
	return VCPU_TO_USER;
}

/* What 1.0 and 1.1 have added. */
static int psci_call_1_x(struct arm_vcpu *vcpu, u32 function)
{
	u32 version = firmware_psci_version(vcpu);

	switch (function) {
	case PSCI_1_0_FN_PSCI_FEATURES:
		if (version >= FIRMWARE_PSCI_1_0)
			return psci_return(vcpu, psci_features(vcpu));
		break;
	case PSCI_1_0_FN_SYSTEM_SUSPEND:
	case PSCI_1_0_FN64_SYSTEM_SUSPEND:
		if (version >= FIRMWARE_PSCI_1_0 && vcpu->vm->firmware.system_suspend)
			return psci_system_suspend(vcpu);
		break;
	case PSCI_1_1_FN_SYSTEM_RESET2:
	case PSCI_1_1_FN64_SYSTEM_RESET2:
		if (version >= FIRMWARE_PSCI_1_1)
			return psci_reset2(vcpu);
		break;
	}
	return psci_return(vcpu, PSCI_RET_NOT_SUPPORTED);
}

int psci_call(struct arm_vcpu *vcpu, u32 function)
{
	bool is_64 = function & PSCI_0_2_64BIT;

	if (firmware_psci_version(vcpu) == FIRMWARE_PSCI_0_1)
		return psci_call_0_1(vcpu, function);
	switch (function) {
	case PSCI_0_2_FN_PSCI_VERSION:
		return psci_return(vcpu, firmware_psci_version(vcpu));
	case PSCI_0_2_FN_CPU_SUSPEND:
	case PSCI_0_2_FN64_CPU_SUSPEND:
		/* a shallow standby state: wakes at any interrupt, keeps everything */
		psci_return(vcpu, PSCI_RET_SUCCESS);
		cpu_fp_save(vcpu);
		vcpu_block(&vcpu->base);
		return VCPU_RESUME;
	case PSCI_0_2_FN_CPU_OFF:
		psci_power_off(vcpu);
		return VCPU_RESUME;
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
	default:
		return psci_call_1_x(vcpu, function);
	}
}
