// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_DEV_TYPE_ARM_VGIC_ITS: how the VMM makes, places, saves and restores a service.
 * Documentation/virt/kvm/devices/arm-vgic-its.rst.
 */
#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../../vm/device.h"
#include "../gic/hw.h"
#include "../gic/lpi.h"
#include "../vm.h"
#include "frame.h"
#include "map.h"
#include "regs.h"
#include "table.h"

static int its_dev_create(struct vm_device *dev)
{
	struct arm_vm *vm = to_arm_vm(dev->vm);
	struct its_all *all = &vm->its;
	struct its *its;

	lockdep_assert_held(&dev->vm->lock);
	if (!gic_hw.present)
		return -ENODEV;
	if (all->nr == ITS_MAX)
		return -ENOSPC;
	its = kzalloc(sizeof(*its), GFP_KERNEL_ACCOUNT);
	if (!its)
		return -ENOMEM;
	its->vm = vm;
	its->base = ITS_ADDR_UNSET;
	mutex_init(&its->lock);
	its_map_init(its);
	mutex_lock(&its->lock);
	its_regs_reset(its);
	mutex_unlock(&its->lock);
	gic_lpi_allow(vm);
	dev->own = its;
	all->its[all->nr] = its;
	smp_store_release(&all->nr, all->nr + 1);	/* pairs with its_frame_find() */
	return 0;
}

/* It stays, without an address where it has none yet, until its_vm_destroy(). */
static void its_dev_release(struct vm_device *dev)
{
}

static int its_set_addr(struct its *its, u64 base)
{
	int ret;

	mutex_lock(&its->vm->base.lock);
	ret = its->base != ITS_ADDR_UNSET ? -EEXIST : its_frame_check(its->vm, base);
	if (!ret)
		WRITE_ONCE(its->base, base);
	mutex_unlock(&its->vm->base.lock);
	return ret;
}

static void its_reset(struct its *its)
{
	mutex_lock(&its->lock);
	its_regs_reset(its);
	its_forget(its, ITS_DEVICES, NULL);
	its_forget(its, ITS_COLLECTIONS, NULL);
	mutex_unlock(&its->lock);
}

static int its_ctrl_quiet(struct its *its, u64 what)
{
	switch (what) {
	case KVM_DEV_ARM_ITS_CTRL_RESET:
		its_reset(its);
		return 0;
	case KVM_DEV_ARM_ITS_SAVE_TABLES:
		return its_save(its);
	default:
		return its_restore(its);
	}
}

static bool its_ctrl_is_known(u64 what)
{
	return what == KVM_DEV_ARM_VGIC_CTRL_INIT || what == KVM_DEV_ARM_ITS_CTRL_RESET ||
	       what == KVM_DEV_ARM_ITS_SAVE_TABLES || what == KVM_DEV_ARM_ITS_RESTORE_TABLES;
}

/* What stops all vCPUs for its time. */
static int its_ctrl(struct its *its, u64 what)
{
	struct vm *vm = &its->vm->base;
	int ret = -EBUSY;

	if (!its_ctrl_is_known(what))
		return -ENXIO;
	if (what == KVM_DEV_ARM_VGIC_CTRL_INIT)	/* nothing is left to do */
		return 0;
	mutex_lock(&vm->lock);
	if (vm_lock_all_vcpus(vm)) {
		ret = its_ctrl_quiet(its, what);
		vm_unlock_all_vcpus(vm);
	}
	mutex_unlock(&vm->lock);
	return ret;
}

static int its_reg(struct its *its, u64 offset, u64 *val, bool is_write)
{
	struct its_access a = {
		.its = its, .offset = offset, .is_write = is_write, .data = is_write ? *val : 0,
	};
	struct vm *vm = &its->vm->base;
	int ret;

	if (offset >= ITS_SIZE)
		return -ENXIO;
	ret = its_regs_len(offset);
	if (ret < 0)
		return ret;
	a.len = ret;
	mutex_lock(&vm->lock);
	ret = its->base == ITS_ADDR_UNSET ? -ENXIO : -EBUSY;
	if (ret == -EBUSY && vm_lock_all_vcpus(vm)) {
		ret = its_regs_access(&a);
		vm_unlock_all_vcpus(vm);
	}
	mutex_unlock(&vm->lock);
	if (!ret && !is_write)
		*val = a.data;
	return ret;
}

static int its_dev_set_attr(struct vm_device *dev, const struct kvm_device_attr *attr)
{
	void __user *from = u64_to_user_ptr(attr->addr);
	struct its *its = dev->own;
	u64 val;

	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		if (attr->attr != KVM_VGIC_ITS_ADDR_TYPE)
			return -ENODEV;
		return copy_from_user(&val, from, sizeof(val)) ? -EFAULT : its_set_addr(its, val);
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return its_ctrl(its, attr->attr);
	case KVM_DEV_ARM_VGIC_GRP_ITS_REGS:
		return copy_from_user(&val, from, sizeof(val)) ? -EFAULT :
		       its_reg(its, attr->attr, &val, true);
	}
	return -ENXIO;
}

static int its_dev_get_attr(struct vm_device *dev, const struct kvm_device_attr *attr)
{
	void __user *to = u64_to_user_ptr(attr->addr);
	struct its *its = dev->own;
	u64 val;
	int ret;

	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		if (attr->attr != KVM_VGIC_ITS_ADDR_TYPE)
			return -ENODEV;
		val = READ_ONCE(its->base);
		break;
	case KVM_DEV_ARM_VGIC_GRP_ITS_REGS:
		ret = its_reg(its, attr->attr, &val, false);
		if (ret)
			return ret;
		break;
	default:
		return -ENXIO;
	}
	return copy_to_user(to, &val, sizeof(val)) ? -EFAULT : 0;
}

static int its_dev_has_attr(struct vm_device *dev, const struct kvm_device_attr *attr)
{
	struct its_access a = { .its = dev->own, .offset = attr->attr };
	int len;

	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		return attr->attr == KVM_VGIC_ITS_ADDR_TYPE ? 0 : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return its_ctrl_is_known(attr->attr) ? 0 : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_ITS_REGS:
		if (attr->attr >= ITS_SIZE)
			return -ENXIO;
		len = its_regs_len(attr->attr);
		return len < 0 ? len : its_regs_access(&a);
	}
	return -ENXIO;
}

const struct vm_device_ops its_device_ops = {
	.name = "tabula-its",
	.type = KVM_DEV_TYPE_ARM_VGIC_ITS,
	.create = its_dev_create,
	.release = its_dev_release,
	.set_attr = its_dev_set_attr,
	.get_attr = its_dev_get_attr,
	.has_attr = its_dev_has_attr,
};
