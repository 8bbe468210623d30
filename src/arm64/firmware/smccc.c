// SPDX-License-Identifier: GPL-2.0
/*
 * SMCCC 1.1 (DEN0028): calls by HVC and SMC, and the firmware registers of the ABI.
 */
#include <linux/arm-smccc.h>
#include <linux/kvm.h>
#include <linux/psci.h>
#include <linux/timekeeping.h>
#include <uapi/linux/psci.h>
#include <asm/arch_timer.h>
#include <asm/sysreg.h>

#include "../cpu/cpu.h"
#include "../cpu/predictor.h"
#include "../vm.h"
#include "firmware.h"
#include "psci.h"
#include "trng.h"

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
		if (!(vcpu->ctx.features & BIT(KVM_ARM_VCPU_PSCI_0_2)) ||
		    vcpu->vm->firmware.filter.used)
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
		if (!service_allows(&vcpu->vm->firmware.services, function))
			return SMCCC_RET_NOT_SUPPORTED;
		return pvtime_features(&vcpu->pvtime, function);
	default:
		return SMCCC_RET_NOT_SUPPORTED;
	}
}

/*
 * KVM's PTP call: the host's time of day, in ns, and the guest's count at that time: X0 and X1,
 * X2 and X3, each high half first (Documentation/virt/kvm/arm/ptp_kvm.rst).
 */
static void smccc_ptp(struct arm_vcpu *vcpu, u64 counter, u64 x[4])
{
	const struct timer_vm *timer = &vcpu->vm->timer;
	u64 before, after, real;
	enum timer_kind kind;

	if ((u32)counter > KVM_PTP_PHYS_COUNTER)
		return;
	kind = (u32)counter == KVM_PTP_VIRT_COUNTER ? TIMER_VIRT : TIMER_PHYS;
	local_irq_disable();
	before = arch_timer_read_counter();
	real = ktime_get_real_ns();
	after = arch_timer_read_counter();
	local_irq_enable();
	before += (after - before) / 2;
	before -= READ_ONCE(timer->offset[kind]);
	x[0] = upper_32_bits(real);
	x[1] = lower_32_bits(real);
	x[2] = upper_32_bits(before);
	x[3] = lower_32_bits(before);
}

/* Calls with results in X0 to X3. False: another call. */
static bool smccc_call_x4(struct arm_vcpu *vcpu, u32 function)
{
	u64 x[4] = { (u64)SMCCC_RET_NOT_SUPPORTED };
	unsigned int i;

	switch (function) {
	case ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID:
		/* 28b46fb6-2ec5-11e9-a9ca-4b564d003a74 (KVM API, arm/hypercalls) */
		x[0] = 0xb66fb428;
		x[1] = 0xe911c52e;
		x[2] = 0x564bcaa9;
		x[3] = 0x743a004d;
		break;
	case ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_FUNC_ID:
		x[0] = *service_reg(&vcpu->vm->firmware.services, KVM_REG_ARM_VENDOR_HYP_BMAP);
		break;
	case ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID:
		smccc_ptp(vcpu, cpu_get_x(vcpu, 1), x);
		break;
	default:
		if (!trng_is_call(function))
			return false;
		cpu_fp_save(vcpu);	/* who makes random numbers may use the host's */
		trng_call(function, cpu_get_x(vcpu, 1), x);
		break;
	}
	for (i = 0; i < ARRAY_SIZE(x); i++)
		cpu_set_x(vcpu, i, x[i]);
	return true;
}

static int smccc_return(struct arm_vcpu *vcpu, s64 val)
{
	cpu_set_x(vcpu, 0, val);
	return VCPU_RESUME;
}

/* The VMM reads the arguments in the registers, and leaves there what it answers. */
static int smccc_to_user(struct arm_vcpu *vcpu, u32 function, bool is_smc)
{
	struct kvm_run *run = vcpu->base.run;

	memset(&run->hypercall, 0, sizeof(run->hypercall));
	run->exit_reason = KVM_EXIT_HYPERCALL;
	run->hypercall.nr = function;
	run->hypercall.flags = is_smc ? KVM_HYPERCALL_EXIT_SMC : 0;
	return VCPU_TO_USER;
}

int firmware_call(struct arm_vcpu *vcpu, bool is_smc)
{
	struct firmware_vm *firmware = &vcpu->vm->firmware;
	u32 function = cpu_get_x(vcpu, 0);

	switch (filter_action(&firmware->filter, function)) {
	case KVM_SMCCC_FILTER_DENY:
		return smccc_return(vcpu, SMCCC_RET_NOT_SUPPORTED);
	case KVM_SMCCC_FILTER_FWD_TO_USER:
		return smccc_to_user(vcpu, function, is_smc);
	}
	if (!service_allows(&firmware->services, function))
		return smccc_return(vcpu, SMCCC_RET_NOT_SUPPORTED);
	/* an SMC, or PSCI_VERSION with a filter, is not served early */
	if (firmware_call_fast(vcpu) || smccc_call_x4(vcpu, function))
		return VCPU_RESUME;
	switch (function) {
	case ARM_SMCCC_ARCH_FEATURES_FUNC_ID:
		return smccc_return(vcpu, smccc_arch_features(vcpu));
	case ARM_SMCCC_HV_PV_TIME_FEATURES:
		return smccc_return(vcpu, pvtime_features(&vcpu->pvtime, cpu_get_x(vcpu, 1)));
	case ARM_SMCCC_HV_PV_TIME_ST:
		cpu_fp_save(vcpu);	/* its page is looked for */
		return smccc_return(vcpu, pvtime_start(&vcpu->pvtime));
	default:
		return psci_call(vcpu, function);
	}
}

bool firmware_call_brief(struct arm_vcpu *vcpu)
{
	if (vcpu->vm->firmware.filter.used)
		return false;
	switch ((u32)cpu_get_x(vcpu, 0)) {
	case PSCI_1_0_FN_PSCI_FEATURES:
	case PSCI_0_2_FN_MIGRATE_INFO_TYPE:
	case ARM_SMCCC_ARCH_FEATURES_FUNC_ID:
		return firmware_call(vcpu, false) == VCPU_RESUME;
	default:
		return false;
	}
}

void firmware_vm_init(struct arm_vm *vm)
{
	struct firmware_vm *firmware = &vm->firmware;

	spin_lock_init(&firmware->lock);
	firmware->psci_version = FIRMWARE_PSCI_1_1;
	service_init(&firmware->services);
	filter_init(&firmware->filter);
}

void firmware_vm_destroy(struct arm_vm *vm)
{
	filter_destroy(&vm->firmware.filter);
}

int firmware_set_filter(struct arm_vm *vm, const struct kvm_smccc_filter *args)
{
	int ret = -EBUSY;

	mutex_lock(&vm->base.lock);
	if (!vm->base.ran_once)
		ret = filter_add(&vm->firmware.filter, args);
	mutex_unlock(&vm->base.lock);
	return ret;
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
	/* of those above 1.1 all that is new may be absent: guests of newer kernels' KVM were told of them */
	if (val != FIRMWARE_PSCI_0_2 && (val < FIRMWARE_PSCI_1_0 || val > FIRMWARE_PSCI_1_3))
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

/* Guests see it from their first call on: not to be changed then. */
static int firmware_set_service(struct arm_vm *vm, u64 id, u64 val)
{
	u64 *map = service_reg(&vm->firmware.services, id);
	int ret = service_check(id, val);

	if (ret)
		return ret;
	mutex_lock(&vm->base.lock);
	if (!vm->base.ran_once)
		WRITE_ONCE(*map, val);
	else if (val != *map)
		ret = -EBUSY;
	mutex_unlock(&vm->base.lock);
	return ret;
}

int firmware_get_reg(struct arm_vcpu *vcpu, u64 id, u64 *val)
{
	u64 *map = service_reg(&vcpu->vm->firmware.services, id);

	if (map) {
		*val = READ_ONCE(*map);
		return 0;
	}
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
	if (service_reg(&vcpu->vm->firmware.services, id))
		return firmware_set_service(vcpu->vm, id, val);
	if (!firmware_workaround(id))
		return -ENOENT;
	return predictor_set_level(cpu_spectre_machine(), firmware_workaround(id),
				   smccc_guest_has_ssbs(vcpu), val);
}

unsigned long firmware_list_regs(u64 *out)
{
	unsigned long n = ARRAY_SIZE(firmware_regs), i;

	for (i = 0; out && i < n; i++)
		out[i] = firmware_regs[i];
	for (i = 0; out && i < SERVICE_MAPS; i++)
		out[n + i] = service_id(i);
	return n + SERVICE_MAPS;
}
