// SPDX-License-Identifier: GPL-2.0
/*
 * SMCCC 1.1 (DEN0028): hypercalls, and the firmware registers of the ABI.
 */
#include <linux/arm-smccc.h>
#include <linux/kvm.h>
#include <linux/psci.h>
#include <uapi/linux/psci.h>
#include <asm/sysreg.h>

#include "../cpu/cpu.h"
#include "../cpu/predictor.h"
#include "../vm.h"
#include "firmware.h"
#include "psci.h"

/* The workarounds first: guests call them at each of their own exceptions. */
noinstr bool firmware_call_fast(struct arm_vcpu *vcpu)
{
	u64 *x = vcpu->ctx.regs.regs;

	switch ((u32)x[0]) {
	case ARM_SMCCC_ARCH_WORKAROUND_1:
	case ARM_SMCCC_ARCH_WORKAROUND_2:
	case ARM_SMCCC_ARCH_WORKAROUND_3:
		/* leaving the guest has just done 1 and 3; 2 is the host's, always on */
		x[0] = SMCCC_RET_SUCCESS;
		return true;
	case ARM_SMCCC_VERSION_FUNC_ID:
		x[0] = ARM_SMCCC_VERSION_1_1;
		return true;
	case PSCI_0_2_FN_PSCI_VERSION:
		if (!(vcpu->ctx.features & BIT(KVM_ARM_VCPU_PSCI_0_2)))
			return false;
		x[0] = vcpu->vm->firmware.psci_version;
		return true;
	default:
		return false;
	}
}

/* ARM_SMCCC_ARCH_WORKAROUND_* by number; 0: another. */
static unsigned int smccc_workaround(u32 function)
{
	switch (function) {
	case ARM_SMCCC_ARCH_WORKAROUND_1:
		return 1;
	case ARM_SMCCC_ARCH_WORKAROUND_2:
		return 2;
	case ARM_SMCCC_ARCH_WORKAROUND_3:
		return 3;
	default:
		return 0;
	}
}

static bool smccc_guest_has_ssbs(struct arm_vcpu *vcpu)
{
	return SYS_FIELD_GET(ID_AA64PFR1_EL1, SSBS, cpu_idreg_read(vcpu->vm, SYS_ID_AA64PFR1_EL1));
}

static s64 smccc_arch_features(struct arm_vcpu *vcpu)
{
	u32 function = cpu_get_x(vcpu, 1);

	switch (function) {
	case ARM_SMCCC_VERSION_FUNC_ID:
	case ARM_SMCCC_ARCH_FEATURES_FUNC_ID:
		return SMCCC_RET_SUCCESS;
	case ARM_SMCCC_ARCH_WORKAROUND_1:
	case ARM_SMCCC_ARCH_WORKAROUND_2:
	case ARM_SMCCC_ARCH_WORKAROUND_3:
		return predictor_features(cpu_spectre_machine(), smccc_workaround(function),
					  smccc_guest_has_ssbs(vcpu));
	case ARM_SMCCC_HV_PV_TIME_FEATURES:
		return pvtime_features(&vcpu->pvtime, function);
	default:
		return SMCCC_RET_NOT_SUPPORTED;
	}
}

int firmware_call(struct arm_vcpu *vcpu)
{
	u32 function = cpu_get_x(vcpu, 0);

	cpu_fp_save(vcpu);
	switch (function) {
	case ARM_SMCCC_ARCH_FEATURES_FUNC_ID:
		cpu_set_x(vcpu, 0, smccc_arch_features(vcpu));
		return VCPU_RESUME;
	case ARM_SMCCC_HV_PV_TIME_FEATURES:
		cpu_set_x(vcpu, 0, pvtime_features(&vcpu->pvtime, cpu_get_x(vcpu, 1)));
		return VCPU_RESUME;
	case ARM_SMCCC_HV_PV_TIME_ST:
		cpu_set_x(vcpu, 0, pvtime_start(&vcpu->pvtime));
		return VCPU_RESUME;
	default:
		return psci_call(vcpu, function);
	}
}

void firmware_vm_init(struct arm_vm *vm)
{
	spin_lock_init(&vm->firmware.lock);
	vm->firmware.psci_version = FIRMWARE_PSCI_1_1;
}

u32 firmware_psci_version(const struct arm_vcpu *vcpu)
{
	if (!(vcpu->ctx.features & BIT(KVM_ARM_VCPU_PSCI_0_2)))
		return FIRMWARE_PSCI_0_1;
	return READ_ONCE(vcpu->vm->firmware.psci_version);
}

/* Another version of PSCI, of those that are compatible with what the vCPU was made with. */
static int firmware_set_psci_version(struct arm_vcpu *vcpu, u64 val)
{
	if (firmware_psci_version(vcpu) == FIRMWARE_PSCI_0_1)
		return val == FIRMWARE_PSCI_0_1 ? 0 : -EINVAL;
	if (val != FIRMWARE_PSCI_0_2 && val != FIRMWARE_PSCI_1_0 && val != FIRMWARE_PSCI_1_1)
		return -EINVAL;
	WRITE_ONCE(vcpu->vm->firmware.psci_version, val);
	return 0;
}

static const u64 firmware_regs[] = {
	KVM_REG_ARM_PSCI_VERSION,
	KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1,
	KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2,
	KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3,
};

static unsigned int firmware_workaround(u64 id)
{
	switch (id) {
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1:
		return 1;
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2:
		return 2;
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3:
		return 3;
	default:
		return 0;
	}
}

int firmware_get_reg(struct arm_vcpu *vcpu, u64 id, u64 *val)
{
	switch (id) {
	case KVM_REG_ARM_PSCI_VERSION:
		*val = firmware_psci_version(vcpu);
		return 0;
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1:
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2:
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3:
		*val = predictor_level(cpu_spectre_machine(), firmware_workaround(id),
				       smccc_guest_has_ssbs(vcpu));
		return 0;
	default:
		return -ENOENT;
	}
}

int firmware_set_reg(struct arm_vcpu *vcpu, u64 id, u64 val)
{
	if (id == KVM_REG_ARM_PSCI_VERSION)
		return firmware_set_psci_version(vcpu, val);
	if (!firmware_workaround(id))
		return -ENOENT;
	return predictor_set_level(cpu_spectre_machine(), firmware_workaround(id),
				   smccc_guest_has_ssbs(vcpu), val);
}

unsigned long firmware_list_regs(u64 *out)
{
	unsigned long i;

	for (i = 0; out && i < ARRAY_SIZE(firmware_regs); i++)
		out[i] = firmware_regs[i];
	return ARRAY_SIZE(firmware_regs);
}
