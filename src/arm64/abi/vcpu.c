// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU on Arm: its life, KVM_ARM_VCPU_INIT, and the ioctls of its descriptor that are Arm's.
 */
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../../vm/arch.h"
#include "../affinity.h"
#include "../cpu/cpu.h"
#include "../cpu/hw.h"
#include "../cpu/sve.h"
#include "../firmware/psci.h"
#include "../pmu/host.h"
#include "../vm.h"
#include "abi.h"

#define VCPU_FEATURES (BIT(KVM_ARM_VCPU_POWER_OFF) | BIT(KVM_ARM_VCPU_PSCI_0_2))
#define VCPU_FEATURES_KNOWN GENMASK(KVM_ARM_VCPU_HAS_EL2, 0)

/* Affinities from the VMM's number: 16 to a cluster, as a GICv3 SGI can reach. */
static u64 vcpu_id_to_mpidr(unsigned int id)
{
	return BIT(31) | (id & 0xf) | ((u64)((id >> 4) & 0xff) << 8) |
	       ((u64)((id >> 12) & 0xff) << 16);
}

#define VCPU_PTRAUTH (BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) | BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC))

/* What this machine has, too. Pointer authentication comes whole or not at all (KVM API 4.82). */
static bool vcpu_features_may_be(u64 features)
{
	u64 offered = VCPU_FEATURES | (pmu_host_exists() ? BIT(KVM_ARM_VCPU_PMU_V3) : 0) |
		      (cpu_hw.has_pauth ? VCPU_PTRAUTH : 0) |
		      (cpu_hw.sve_lengths ? BIT(KVM_ARM_VCPU_SVE) : 0);
	u64 ptrauth = features & VCPU_PTRAUTH;

	return !(features & ~offered) && (!ptrauth || ptrauth == VCPU_PTRAUTH);
}

/* Features that are a vCPU's own, and those that all vCPUs of a VM have. */
#define VCPU_FEATURES_OWN BIT(KVM_ARM_VCPU_POWER_OFF)

/* The first vCPU of a VM decides for all. */
static int vcpu_choose_features(struct arm_vm *vm, u64 features)
{
	int ret = 0;

	mutex_lock(&vm->base.lock);
	if (!vm->has_features) {
		if (features & BIT(KVM_ARM_VCPU_PMU_V3))
			ret = pmu_vm_choose(vm);
		if (ret)
			goto out;
		vm->features = features & ~VCPU_FEATURES_OWN;
		vm->has_features = true;
		cpu_idreg_choose(vm);
	} else if ((features ^ vm->features) & ~VCPU_FEATURES_OWN) {
		ret = -EINVAL;
	}
out:
	mutex_unlock(&vm->base.lock);
	return ret;
}

static int vcpu_init_target(struct arm_vcpu *vcpu, const struct kvm_vcpu_init *init)
{
	u64 features = init->features[0];
	unsigned int i;
	int ret;

	lockdep_assert_held(&vcpu->base.mutex);
	if (init->target != KVM_ARM_TARGET_GENERIC_V8)
		return -EINVAL;
	for (i = 1; i < ARRAY_SIZE(init->features); i++)
		if (init->features[i])
			return -ENOENT;
	if (features & ~VCPU_FEATURES_KNOWN)
		return -ENOENT;
	if (!vcpu_features_may_be(features))
		return -EINVAL;
	ret = vcpu_choose_features(vcpu->vm, features);
	if (ret)
		return ret;

	vcpu->ctx.features = features;
	mmu_vcpu_reset(&vcpu->vm->mmu, &vcpu->mmu);
	cpu_reset(vcpu);
	gic_vcpu_reset(vcpu);
	timer_vcpu_reset(vcpu);
	pmu_vcpu_reset(vcpu);
	power_reset(&vcpu->power, features & BIT(KVM_ARM_VCPU_POWER_OFF));
	gic_power_changed(vcpu->vm);
	WRITE_ONCE(vcpu->base.initialised, true);
	return 0;
}

static int vcpu_set_mp_state(struct arm_vcpu *vcpu, const struct kvm_mp_state *mp)
{
	switch (mp->mp_state) {
	case KVM_MP_STATE_RUNNABLE:
		power_set_on(&vcpu->power);
		break;
	case KVM_MP_STATE_SUSPENDED:
		power_suspend(&vcpu->power);
		break;
	case KVM_MP_STATE_STOPPED:
		psci_power_off(vcpu);
		return 0;
	default:
		return -EINVAL;
	}
	gic_power_changed(vcpu->vm);
	return 0;
}

static u32 vcpu_get_mp_state(const struct arm_vcpu *vcpu)
{
	if (power_is_off(&vcpu->power))
		return KVM_MP_STATE_STOPPED;
	return power_is_suspended(&vcpu->power) ? KVM_MP_STATE_SUSPENDED :
						  KVM_MP_STATE_RUNNABLE;
}

static void vcpu_get_events(struct arm_vcpu *vcpu, struct kvm_vcpu_events *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->exception.serror_pending = !!(vcpu->ctx.flags & CPU_SERROR_PENDING);
	ev->exception.serror_has_esr = cpu_hw.has_ras;
	if (ev->exception.serror_pending && cpu_hw.has_ras)
		ev->exception.serror_esr = vcpu->ctx.serror_esr;
}

static int vcpu_set_events(struct arm_vcpu *vcpu, const struct kvm_vcpu_events *ev)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ev->reserved); i++)
		if (ev->reserved[i])
			return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(ev->exception.pad); i++)
		if (ev->exception.pad[i])
			return -EINVAL;
	/* an SError that is pending stays so: it is not possible to cancel one */
	if (ev->exception.serror_pending && ev->exception.serror_has_esr) {
		if (!cpu_hw.has_ras || ev->exception.serror_esr & ~(u64)ESR_ELx_ISS_MASK)
			return -EINVAL;
		cpu_inject_serror(vcpu, ev->exception.serror_esr);
	} else if (ev->exception.serror_pending) {
		cpu_inject_serror(vcpu, 0);
	}
	if (ev->exception.ext_dabt_pending) {
		/* in place of the access that the VMM could not serve, and once however often said */
		vcpu->ctx.flags &= ~(u32)CPU_MMIO_PENDING;
		vcpu->ctx.flags |= CPU_ABORT_PENDING;
	}
	return 0;
}

static long vcpu_one_reg(struct arm_vcpu *vcpu, void __user *arg, bool is_set)
{
	struct kvm_one_reg reg;

	if (copy_from_user(&reg, arg, sizeof(reg)))
		return -EFAULT;
	if (!vcpu->base.initialised)
		return -ENOEXEC;
	return is_set ? cpu_onereg_set(vcpu, &reg) : cpu_onereg_get(vcpu, &reg);
}

static long vcpu_reg_list(struct arm_vcpu *vcpu, void __user *arg)
{
	struct kvm_reg_list __user *ulist = arg;
	u64 have, *ids;
	unsigned long n;
	long ret = 0;

	if (!vcpu->base.initialised)
		return -ENOEXEC;
	if (!sve_is_settled(vcpu))
		return -EPERM;
	n = cpu_onereg_list(vcpu, NULL);
	if (get_user(have, &ulist->n) || put_user(n, &ulist->n))
		return -EFAULT;
	if (have < n)
		return -E2BIG;
	ids = kvmalloc_array(n, sizeof(*ids), GFP_KERNEL_ACCOUNT);
	if (!ids)
		return -ENOMEM;
	cpu_onereg_list(vcpu, ids);
	if (copy_to_user(ulist->reg, ids, n * sizeof(*ids)))
		ret = -EFAULT;
	kvfree(ids);
	return ret;
}

static long vcpu_pvtime_attr(struct arm_vcpu *vcpu, unsigned int cmd,
			     const struct kvm_device_attr *attr)
{
	lockdep_assert_held(&vcpu->base.mutex);
	switch (cmd) {
	case KVM_SET_DEVICE_ATTR:
		return pvtime_set_attr(&vcpu->pvtime, attr);
	case KVM_GET_DEVICE_ATTR:
		return pvtime_get_attr(&vcpu->pvtime, attr);
	default:
		return pvtime_has_attr(attr);
	}
}

static long vcpu_pmu_attr(struct arm_vcpu *vcpu, unsigned int cmd,
			  const struct kvm_device_attr *attr)
{
	switch (cmd) {
	case KVM_SET_DEVICE_ATTR:
		return pmu_set_attr(vcpu, attr);
	case KVM_GET_DEVICE_ATTR:
		return pmu_get_attr(vcpu, attr);
	default:
		return pmu_has_attr(vcpu, attr);
	}
}

static long vcpu_device_attr(struct arm_vcpu *vcpu, unsigned int cmd, void __user *arg)
{
	struct kvm_device_attr attr;

	if (copy_from_user(&attr, arg, sizeof(attr)))
		return -EFAULT;
	if (attr.group == KVM_ARM_VCPU_PVTIME_CTRL)
		return vcpu_pvtime_attr(vcpu, cmd, &attr);
	if (attr.group == KVM_ARM_VCPU_PMU_V3_CTRL)
		return vcpu_pmu_attr(vcpu, cmd, &attr);
	if (attr.group != KVM_ARM_VCPU_TIMER_CTRL)
		return -ENXIO;
	switch (cmd) {
	case KVM_SET_DEVICE_ATTR:
		return timer_set_attr(vcpu, &attr);
	case KVM_GET_DEVICE_ATTR:
		return timer_get_attr(vcpu, &attr);
	default:
		return timer_has_attr(&attr);
	}
}

static long vcpu_mp_state(struct arm_vcpu *vcpu, unsigned int cmd, void __user *arg)
{
	struct kvm_mp_state mp;

	if (cmd == KVM_GET_MP_STATE) {
		mp.mp_state = vcpu_get_mp_state(vcpu);
		return copy_to_user(arg, &mp, sizeof(mp)) ? -EFAULT : 0;
	}
	if (copy_from_user(&mp, arg, sizeof(mp)))
		return -EFAULT;
	return vcpu_set_mp_state(vcpu, &mp);
}

static long vcpu_events(struct arm_vcpu *vcpu, unsigned int cmd, void __user *arg)
{
	struct kvm_vcpu_events ev;

	if (!vcpu->base.initialised)
		return -ENOEXEC;
	if (cmd == KVM_GET_VCPU_EVENTS) {
		vcpu_get_events(vcpu, &ev);
		return copy_to_user(arg, &ev, sizeof(ev)) ? -EFAULT : 0;
	}
	if (copy_from_user(&ev, arg, sizeof(ev)))
		return -EFAULT;
	return vcpu_set_events(vcpu, &ev);
}

static long vcpu_guest_debug(struct arm_vcpu *vcpu, void __user *arg)
{
	struct kvm_guest_debug dbg;

	if (copy_from_user(&dbg, arg, sizeof(dbg)))
		return -EFAULT;
	return cpu_debug_set(vcpu, &dbg);
}

/* KVM API 4.119: the only feature that wants it is SVE. */
static long vcpu_finalize(struct arm_vcpu *vcpu, void __user *arg)
{
	int feature;

	if (!vcpu->base.initialised)
		return -ENOEXEC;
	if (copy_from_user(&feature, arg, sizeof(feature)))
		return -EFAULT;
	return feature == KVM_ARM_VCPU_SVE ? sve_finalize(vcpu) : -EINVAL;
}

static void vcpu_settle(struct vcpu *base)
{
	psci_start(to_arm_vcpu(base));
}

static long vcpu_ioctl(struct vcpu *base, unsigned int cmd, unsigned long arg)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);
	void __user *uarg = (void __user *)arg;
	struct kvm_vcpu_init init;

	switch (cmd) {
	case KVM_ARM_VCPU_INIT:
		if (copy_from_user(&init, uarg, sizeof(init)))
			return -EFAULT;
		return vcpu_init_target(vcpu, &init);
	case KVM_ARM_VCPU_FINALIZE:
		return vcpu_finalize(vcpu, uarg);
	case KVM_GET_ONE_REG:
	case KVM_SET_ONE_REG:
		return vcpu_one_reg(vcpu, uarg, cmd == KVM_SET_ONE_REG);
	case KVM_GET_REG_LIST:
		return vcpu_reg_list(vcpu, uarg);
	case KVM_GET_MP_STATE:
	case KVM_SET_MP_STATE:
		return vcpu_mp_state(vcpu, cmd, uarg);
	case KVM_GET_VCPU_EVENTS:
	case KVM_SET_VCPU_EVENTS:
		return vcpu_events(vcpu, cmd, uarg);
	case KVM_SET_GUEST_DEBUG:
		return vcpu_guest_debug(vcpu, uarg);
	case KVM_SET_DEVICE_ATTR:
	case KVM_GET_DEVICE_ATTR:
	case KVM_HAS_DEVICE_ATTR:
		return vcpu_device_attr(vcpu, cmd, uarg);
	default:
		return -ENOTTY;
	}
}

static int vcpu_setup(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);
	struct arm_vm *vm = to_arm_vm(base->vm);
	int ret;

	vcpu->vm = vm;
	vcpu->ctx.mpidr = vcpu_id_to_mpidr(base->id);
	power_init(&vcpu->power, &vm->firmware.lock);
	pvtime_init(&vcpu->pvtime, &vm->mmu.gmem);
	timer_vcpu_init(vcpu);
	pmu_vcpu_init(vcpu);
	ret = gic_vcpu_init(vcpu);
	return ret ? ret : affinity_reserve(vcpu);
}

static void vcpu_show(struct vcpu *base)
{
	affinity_add(to_arm_vcpu(base));
}

static void vcpu_teardown(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);

	affinity_release(vcpu);
	timer_vcpu_destroy(vcpu);
	pmu_vcpu_destroy(vcpu);
	cpu_debug_destroy(vcpu);
	gic_vcpu_destroy(vcpu);
	sve_free(vcpu);
}

void vcpu_fill(struct vm_arch *arch)
{
	arch->vcpu_init = vcpu_setup;
	arch->vcpu_publish = vcpu_show;
	arch->vcpu_destroy = vcpu_teardown;
	arch->vcpu_settle = vcpu_settle;
	arch->vcpu_ioctl = vcpu_ioctl;
}
