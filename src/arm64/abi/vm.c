// SPDX-License-Identifier: GPL-2.0
/*
 * A VM on Arm: its life, and the ioctls of its descriptor that are Arm's.
 */
#include <linux/kvm.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/sysreg.h>

#include "../../vm/arch.h"
#include "../affinity.h"
#include "../cpu/cpu.h"
#include "../vm.h"
#include "abi.h"
#include "irq_line.h"
#include "policy.h"

#define VM_DEFAULT_IPA_BITS	40
#define VM_MIN_IPA_BITS		32

/* Stage 2 changes what traps. */
static void vm_mmu_kick(struct mmu *mmu)
{
	vm_kick_all(&container_of(mmu, struct arm_vm, mmu)->base);
}

/* KVM API 4.2: the IPA size in the type's low 8 bits, 0 for 40 bits. */
static int vm_type_bits(unsigned long type, unsigned int *bits)
{
	*bits = type & KVM_VM_TYPE_ARM_IPA_SIZE_MASK;
	if (type & ~KVM_VM_TYPE_ARM_IPA_SIZE_MASK)
		return -EINVAL;
	if (!*bits)
		*bits = VM_DEFAULT_IPA_BITS;
	return *bits < VM_MIN_IPA_BITS || *bits > mmu_max_ipa_bits() ? -EINVAL : 0;
}

static int vm_setup(struct vm *base, unsigned long type)
{
	struct arm_vm *vm = to_arm_vm(base);
	unsigned int bits;
	int ret;

	ret = vm_type_bits(type, &bits);
	if (ret)
		return ret;
	xa_init_flags(&vm->affinities, XA_FLAGS_ACCOUNT);
	vm->ipa_bits = bits;
	firmware_vm_init(vm);
	cpu_idreg_vm_init(vm);
	timer_vm_init(vm);
	gic_vm_init(vm);
	gic_irqchip_init(vm);
	ret = mmu_init(&vm->mmu, bits);
	if (ret)
		return ret;
	vm->mmu.kick = vm_mmu_kick;
	base->gmem = &vm->mmu.gmem;
	ret = policy_vm_init(vm);
	if (ret)
		mmu_destroy(&vm->mmu);
	return ret;
}

static void vm_release(struct vm *base)
{
	struct arm_vm *vm = to_arm_vm(base);
	struct arm_vcpu *vcpu;
	unsigned int i;

	arm_for_each_vcpu(vm, i, vcpu)
		pvtime_destroy(&vcpu->pvtime);
	mmu_destroy(&vm->mmu);
}

static void vm_teardown(struct vm *base)
{
	struct arm_vm *vm = to_arm_vm(base);

	xa_destroy(&vm->affinities);
	firmware_vm_destroy(vm);
	pmu_vm_destroy(vm);
	its_vm_destroy(vm);
	gic_vm_destroy(vm);
}

static int vm_enable_cap(struct vm *base, const struct kvm_enable_cap *cap)
{
	struct arm_vm *vm = to_arm_vm(base);

	switch (cap->cap) {
	case KVM_CAP_ARM_NISV_TO_USER:
		WRITE_ONCE(vm->nisv_to_user, true);
		return 0;
	case KVM_CAP_ARM_SYSTEM_SUSPEND:
		WRITE_ONCE(vm->firmware.system_suspend, true);
		return 0;
	case KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE:
		return mmu_set_split(&vm->mmu, cap->args[0]);
	default:
		return -EINVAL;
	}
}

static int vm_preferred_target(void __user *arg)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8 };

	return copy_to_user(arg, &init, sizeof(init)) ? -EFAULT : 0;
}

static int vm_irq_line(struct arm_vm *vm, void __user *arg)
{
	struct kvm_irq_level l;

	if (copy_from_user(&l, arg, sizeof(l)))
		return -EFAULT;
	return irq_line(vm, &l);
}

/* KVM API 4.71: 1: delivered, 0: the guest blocks it. */
static long vm_signal_msi(struct arm_vm *vm, void __user *arg)
{
	struct kvm_msi msi;

	if (copy_from_user(&msi, arg, sizeof(msi)))
		return -EFAULT;
	if (!gic_exists(vm) || msi.flags & ~KVM_MSI_VALID_DEVID)
		return -EINVAL;
	if (its_exists(vm) && !msi.flags)
		return -EINVAL;
	return its_message(vm, (u64)msi.address_hi << 32 | msi.address_lo, msi.data, msi.devid);
}

static int vm_counter_offset(struct arm_vm *vm, void __user *arg)
{
	struct kvm_arm_counter_offset off;

	if (copy_from_user(&off, arg, sizeof(off)))
		return -EFAULT;
	return timer_set_counter_offset(vm, &off);
}

/* KVM API 4.139: a word for each register of op0 3, op1 0, 1 and 3, CRn 0, by op1, CRm, op2. */
static int vm_writable_masks(void __user *arg)
{
	static const u8 op1[] = { 0, 1, 3 };
	struct reg_mask_range range;
	u64 __user *masks;
	unsigned int i;

	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	if (range.range != KVM_ARM_FEATURE_ID_RANGE ||
	    memchr_inv(range.reserved, 0, sizeof(range.reserved)))
		return -EINVAL;
	masks = u64_to_user_ptr(range.addr);
	for (i = 0; i < KVM_ARM_FEATURE_ID_RANGE_SIZE; i++)
		if (put_user(cpu_idreg_mask(sys_reg(3, op1[i / 64], 0, i / 8 % 8, i % 8)), &masks[i]))
			return -EFAULT;
	return 0;
}

static int vm_device_attr(struct arm_vm *vm, void __user *arg, bool is_set)
{
	struct kvm_smccc_filter filter;
	struct kvm_device_attr attr;

	if (copy_from_user(&attr, arg, sizeof(attr)))
		return -EFAULT;
	if (attr.group != KVM_ARM_VM_SMCCC_CTRL || attr.attr != KVM_ARM_VM_SMCCC_FILTER)
		return -ENXIO;
	if (!is_set)
		return 0;
	if (copy_from_user(&filter, u64_to_user_ptr(attr.addr), sizeof(filter)))
		return -EFAULT;
	return firmware_set_filter(vm, &filter);
}

static long vm_ioctl(struct vm *base, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case KVM_ARM_PREFERRED_TARGET:
		return vm_preferred_target(uarg);
	case KVM_CREATE_IRQCHIP:
		/* this one is a GICv2; a GICv3 is a device */
		return -ENODEV;
	case KVM_IRQ_LINE:
		return vm_irq_line(to_arm_vm(base), uarg);
	case KVM_SIGNAL_MSI:
		return vm_signal_msi(to_arm_vm(base), uarg);
	case KVM_ARM_SET_COUNTER_OFFSET:
		return vm_counter_offset(to_arm_vm(base), uarg);
	case KVM_ARM_GET_REG_WRITABLE_MASKS:
		return vm_writable_masks(uarg);
	case KVM_SET_DEVICE_ATTR:
	case KVM_HAS_DEVICE_ATTR:
		return vm_device_attr(to_arm_vm(base), uarg, cmd == KVM_SET_DEVICE_ATTR);
	default:
		return -ENOTTY;
	}
}

void vm_fill(struct vm_arch *arch)
{
	arch->vm_init = vm_setup;
	arch->vm_release = vm_release;
	arch->vm_destroy = vm_teardown;
	arch->vm_ioctl = vm_ioctl;
	arch->enable_cap = vm_enable_cap;
}
