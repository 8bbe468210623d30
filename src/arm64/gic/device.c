// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_DEV_TYPE_ARM_VGIC_V3: how the VMM makes, places, saves and restores the
 * GIC. Documentation/virt/kvm/devices/arm-vgic-v3.rst.
 */
#include <linux/bitfield.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../../vm/device.h"
#include "../affinity.h"
#include "../vm.h"
#include "hw.h"
#include "init.h"
#include "irq.h"
#include "lpi.h"
#include "region.h"
#include "regs.h"
#include "sysreg.h"

#define GIC_MIN_IRQS		64
#define GIC_MAX_IRQS		1024

/* KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION's value */
#define GIC_RR_INDEX		GENMASK_ULL(11, 0)
#define GIC_RR_FLAGS		GENMASK_ULL(15, 12)
#define GIC_RR_BASE		GENMASK_ULL(51, 16)
#define GIC_RR_COUNT		GENMASK_ULL(63, 52)

static struct arm_vm *gic_dev_vm(const struct vm_device *dev)
{
	return to_arm_vm(dev->vm);
}

static int gic_dev_create(struct vm_device *dev)
{
	struct arm_vm *vm = gic_dev_vm(dev);

	lockdep_assert_held(&dev->vm->lock);
	if (!gic_hw.present)
		return -ENODEV;
	if (gic_exists(vm))
		return -EEXIST;
	if (vm->base.ran_once)
		return -EBUSY;
	WRITE_ONCE(vm->gic.exists, true);
	return 0;
}

/* The VM goes, and gic_vm_destroy() frees it, or the new device got no descriptor. */
static void gic_dev_release(struct vm_device *dev)
{
	WRITE_ONCE(gic_dev_vm(dev)->gic.exists, false);
}

/* Addresses */

static int gic_set_dist(struct arm_vm *vm, u64 base)
{
	struct gic *gic = &vm->gic;
	int ret;

	if (gic->dist_base != GIC_ADDR_UNSET)
		return -EEXIST;
	ret = gic_region_check_dist(base, vm->ipa_bits);
	if (!ret)
		gic->dist_base = base;
	return ret;
}

static int gic_add_region(struct arm_vm *vm, u64 base, u32 count)
{
	struct gic *gic = &vm->gic;
	struct gic_region *regions;
	int ret;

	ret = gic_region_check(gic, base, count, READ_ONCE(vm->base.nr_vcpus), vm->ipa_bits);
	if (ret)
		return ret;
	regions = krealloc_array(gic->regions, gic->nr_regions + 1, sizeof(*regions),
				 GFP_KERNEL_ACCOUNT);
	if (!regions)
		return -ENOMEM;
	gic->regions = regions;
	gic_region_append(gic, base, count);
	return 0;
}

/* One region without a count, of the older interface? */
static bool gic_has_single_region(const struct gic *gic)
{
	return gic->nr_regions && !gic->regions[0].count;
}

static int gic_set_redist(struct arm_vm *vm, u64 base)
{
	struct gic *gic = &vm->gic;

	if (gic_has_single_region(gic))
		return -EEXIST;
	if (gic->nr_regions)
		return -EINVAL;
	return gic_add_region(vm, base, 0);
}

static int gic_set_redist_region(struct arm_vm *vm, u64 val)
{
	struct gic *gic = &vm->gic;
	u32 count = FIELD_GET(GIC_RR_COUNT, val);

	if (FIELD_GET(GIC_RR_FLAGS, val) || !count || gic_has_single_region(gic) ||
	    FIELD_GET(GIC_RR_INDEX, val) != gic->nr_regions ||
	    gic->nr_regions >= GIC_MAX_REGIONS)
		return -EINVAL;
	return gic_add_region(vm, val & GIC_RR_BASE, count);
}

static int gic_get_redist_region(const struct gic *gic, u64 *val)
{
	u64 index = FIELD_GET(GIC_RR_INDEX, *val);
	const struct gic_region *r;

	if (gic_has_single_region(gic))
		return -EINVAL;
	if (index >= gic->nr_regions)
		return -ENOENT;
	r = &gic->regions[index];
	*val = r->base | index | FIELD_PREP(GIC_RR_COUNT, r->count);
	return 0;
}

static int gic_set_addr(struct arm_vm *vm, u64 type, u64 val)
{
	struct gic *gic = &vm->gic;
	int ret;

	/* GICR_TYPER asks for regions under it, before they are fixed */
	mutex_lock(&vm->base.lock);
	mutex_lock(&gic->lock);
	if (gic->ready)
		ret = type == KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION ? -EINVAL : -EEXIST;
	else if (type == KVM_VGIC_V3_ADDR_TYPE_DIST)
		ret = gic_set_dist(vm, val);
	else if (type == KVM_VGIC_V3_ADDR_TYPE_REDIST)
		ret = gic_set_redist(vm, val);
	else
		ret = gic_set_redist_region(vm, val);
	mutex_unlock(&gic->lock);
	mutex_unlock(&vm->base.lock);
	return ret;
}

static int gic_get_addr(struct arm_vm *vm, u64 type, u64 *val)
{
	struct gic *gic = &vm->gic;
	int ret = 0;

	mutex_lock(&gic->lock);
	if (type == KVM_VGIC_V3_ADDR_TYPE_DIST)
		*val = gic->dist_base;
	else if (type == KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION)
		ret = gic_get_redist_region(gic, val);
	else if (gic->nr_regions && !gic_has_single_region(gic))
		ret = -EINVAL;
	else
		*val = gic->nr_regions ? gic->regions[0].base : GIC_ADDR_UNSET;
	mutex_unlock(&gic->lock);
	return ret;
}

static bool gic_addr_is_known(u64 type)
{
	return type == KVM_VGIC_V3_ADDR_TYPE_DIST || type == KVM_VGIC_V3_ADDR_TYPE_REDIST ||
	       type == KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION;
}

/* Size, and start */

static int gic_set_nr_irqs(struct arm_vm *vm, u32 nr)
{
	struct gic *gic = &vm->gic;
	int ret = 0;

	if (nr < GIC_MIN_IRQS || nr > GIC_MAX_IRQS || nr % 32)
		return -EINVAL;
	mutex_lock(&gic->lock);
	if (gic->nr_irqs)
		ret = -EBUSY;
	else
		gic->nr_irqs = nr;
	mutex_unlock(&gic->lock);
	return ret;
}

static int gic_ctrl_init(struct arm_vm *vm)
{
	int ret;

	mutex_lock(&vm->base.lock);
	ret = -ENODEV;
	if (!vm->base.nr_vcpus)
		goto out;
	ret = -EBUSY;
	if (!vm_lock_all_vcpus(&vm->base))
		goto out;
	mutex_lock(&vm->gic.lock);
	ret = gic_initialise(vm);
	mutex_unlock(&vm->gic.lock);
	vm_unlock_all_vcpus(&vm->base);
out:
	mutex_unlock(&vm->base.lock);
	return ret;
}

/* Pending bits of LPIs, into the guest's tables; there may be none: VMMs ask for it whatever the GIC has. */
static int gic_ctrl_save_pending(struct arm_vm *vm)
{
	int ret = -EBUSY;

	mutex_lock(&vm->base.lock);
	if (vm_lock_all_vcpus(&vm->base)) {
		ret = gic_lpi_save_pending(vm);
		vm_unlock_all_vcpus(&vm->base);
	}
	mutex_unlock(&vm->base.lock);
	return ret;
}

static int gic_ctrl(struct arm_vm *vm, u64 what)
{
	switch (what) {
	case KVM_DEV_ARM_VGIC_CTRL_INIT:
		return gic_ctrl_init(vm);
	case KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES:
		return gic_ctrl_save_pending(vm);
	default:
		return -ENXIO;
	}
}

/* Registers and lines */

/* The vCPU an attribute names; all of them share Aff3.Aff2.Aff1.Aff0 in bits 63:32. */
static struct arm_vcpu *gic_attr_vcpu(struct arm_vm *vm, u64 attr)
{
	u64 aff = attr >> KVM_DEV_ARM_VGIC_V3_MPIDR_SHIFT;

	return affinity_vcpu(vm, ((aff >> 24) << 32) | (aff & 0xffffff));
}

static int gic_reg_access(struct arm_vm *vm, const struct kvm_device_attr *attr,
			  struct arm_vcpu *owner, u64 *val, bool is_write)
{
	struct gic_access a = {
		.vm = vm, .owner = owner, .offset = (u32)attr->attr, .len = 4,
		.is_write = is_write, .data = is_write ? *val : 0,
	};
	bool known;

	if (a.offset & 3 || a.offset >= (owner ? GIC_REDIST_SIZE : GIC_DIST_SIZE))
		return -ENXIO;
	/* The VMM writes back what it read to learn whether it knows this implementation. */
	if (!owner && a.offset == GICD_IIDR && is_write)
		return *val == GIC_IIDR ? 0 : -EINVAL;
	known = owner ? gic_redist_access(&a) : gic_dist_access(&a);
	if (known && !is_write)
		*val = a.data;
	return known ? 0 : -ENXIO;
}

static int gic_level_info(struct arm_vm *vm, const struct kvm_device_attr *attr,
			  struct arm_vcpu *vcpu, u64 *val, bool is_write)
{
	u32 first = attr->attr & KVM_DEV_ARM_VGIC_LINE_LEVEL_INTID_MASK;
	u32 info = FIELD_GET(KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_MASK, attr->attr);
	struct gic_hold hold;
	struct gic_irq *irq;
	u64 levels = 0;
	u32 i;

	if (first % 32 || info != VGIC_LEVEL_INFO_LINE_LEVEL)
		return -EINVAL;
	for (i = first ? 0 : GIC_NR_SGIS; i < 32; i++) {
		irq = gic_irq_find(vm, vcpu, first + i);
		if (!irq)
			continue;
		gic_irq_hold(irq, &hold);
		/* The line of a mapped one is the timer's to tell. */
		gic_phys_sample(irq);
		if (is_write && !irq->mapped)
			irq->line = *val & BIT_ULL(i);
		levels |= (u64)irq->line << i;
		gic_irq_release(irq, &hold);
	}
	if (!is_write)
		*val = levels;
	return 0;
}

static int gic_group_access(struct arm_vm *vm, const struct kvm_device_attr *attr,
			    struct arm_vcpu *vcpu, u64 *val, bool is_write)
{
	u32 instr = attr->attr & KVM_DEV_ARM_VGIC_SYSREG_INSTR_MASK;

	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
		return gic_reg_access(vm, attr, NULL, val, is_write);
	case KVM_DEV_ARM_VGIC_GRP_REDIST_REGS:
		return gic_reg_access(vm, attr, vcpu, val, is_write);
	case KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS:
		return is_write ? gic_sysreg_set(&vcpu->gic, instr, *val) :
				  gic_sysreg_get(&vcpu->gic, instr, val);
	case KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO:
		return gic_level_info(vm, attr, vcpu, val, is_write);
	}
	return -ENXIO;
}

/* Any register group, with all vCPUs held out of the guest. */
static int gic_state_access(struct arm_vm *vm, const struct kvm_device_attr *attr, u64 *val,
			    bool is_write)
{
	struct arm_vcpu *vcpu = NULL;
	int ret;

	mutex_lock(&vm->base.lock);
	ret = -EINVAL;
	if (attr->group != KVM_DEV_ARM_VGIC_GRP_DIST_REGS) {
		vcpu = gic_attr_vcpu(vm, attr->attr);
		if (!vcpu)
			goto out;
	}
	ret = -EBUSY;
	if (!vm->gic.initialised || !vm_lock_all_vcpus(&vm->base))
		goto out;
	ret = gic_group_access(vm, attr, vcpu, val, is_write);
	vm_unlock_all_vcpus(&vm->base);
out:
	mutex_unlock(&vm->base.lock);
	return ret;
}

/* Attributes */

/* Bytes at attr->addr; 0: the group has no data, or is unknown. */
static unsigned int gic_attr_size(const struct kvm_device_attr *attr)
{
	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
	case KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS:
		return 8;
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
	case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
	case KVM_DEV_ARM_VGIC_GRP_REDIST_REGS:
	case KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO:
		return 4;
	}
	return 0;
}

static int gic_attr_read(const struct kvm_device_attr *attr, u64 *val)
{
	void __user *addr = u64_to_user_ptr(attr->addr);
	u32 half;

	if (gic_attr_size(attr) == 8)
		return copy_from_user(val, addr, 8) ? -EFAULT : 0;
	if (get_user(half, (u32 __user *)addr))
		return -EFAULT;
	*val = half;
	return 0;
}

static int gic_attr_write(const struct kvm_device_attr *attr, u64 val)
{
	void __user *addr = u64_to_user_ptr(attr->addr);

	if (gic_attr_size(attr) == 8)
		return copy_to_user(addr, &val, 8) ? -EFAULT : 0;
	return put_user((u32)val, (u32 __user *)addr);
}

/* Does the register exist? An access of no length only says so. */
static int gic_has_reg(struct arm_vm *vm, const struct kvm_device_attr *attr)
{
	bool redist = attr->group == KVM_DEV_ARM_VGIC_GRP_REDIST_REGS;
	struct gic_access a = { .vm = vm, .offset = (u32)attr->attr };
	bool known;

	if (a.offset & 3 || a.offset >= (redist ? GIC_REDIST_SIZE : GIC_DIST_SIZE))
		return -ENXIO;
	if (redist) {
		a.owner = gic_attr_vcpu(vm, attr->attr);
		if (!a.owner)
			return -EINVAL;
	}
	/* a value is looked up, though nobody wants it */
	mutex_lock(&vm->base.lock);
	known = redist ? gic_redist_access(&a) : gic_dist_access(&a);
	mutex_unlock(&vm->base.lock);
	return known ? 0 : -ENXIO;
}

static int gic_dev_has_attr(struct vm_device *dev, const struct kvm_device_attr *attr)
{
	static const struct gic_cpu nothing;
	u64 val;

	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		return gic_addr_is_known(attr->attr) ? 0 : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		return 0;
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return attr->attr == KVM_DEV_ARM_VGIC_CTRL_INIT ||
		       attr->attr == KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES ? 0 : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
	case KVM_DEV_ARM_VGIC_GRP_REDIST_REGS:
		return gic_has_reg(gic_dev_vm(dev), attr);
	case KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS:
		return gic_sysreg_get(&nothing, attr->attr & KVM_DEV_ARM_VGIC_SYSREG_INSTR_MASK,
				      &val);
	case KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO:
		return FIELD_GET(KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_MASK, attr->attr) ==
		       VGIC_LEVEL_INFO_LINE_LEVEL ? 0 : -ENXIO;
	}
	return -ENXIO;
}

static int gic_dev_set_attr(struct vm_device *dev, const struct kvm_device_attr *attr)
{
	u64 val;
	int ret;

	if (attr->group == KVM_DEV_ARM_VGIC_GRP_CTRL)
		return gic_ctrl(gic_dev_vm(dev), attr->attr);
	if (!gic_attr_size(attr) ||
	    (attr->group == KVM_DEV_ARM_VGIC_GRP_ADDR && !gic_addr_is_known(attr->attr)))
		return -ENXIO;
	ret = gic_attr_read(attr, &val);
	if (ret)
		return ret;

	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		return gic_set_addr(gic_dev_vm(dev), attr->attr, val);
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		return gic_set_nr_irqs(gic_dev_vm(dev), val);
	}
	return gic_state_access(gic_dev_vm(dev), attr, &val, true);
}

static int gic_dev_get_attr(struct vm_device *dev, const struct kvm_device_attr *attr)
{
	u64 val = 0;
	int ret;

	if (!gic_attr_size(attr) ||
	    (attr->group == KVM_DEV_ARM_VGIC_GRP_ADDR && !gic_addr_is_known(attr->attr)))
		return -ENXIO;

	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		ret = gic_attr_read(attr, &val);	/* a region's index stands there */
		if (!ret)
			ret = gic_get_addr(gic_dev_vm(dev), attr->attr, &val);
		break;
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		val = READ_ONCE(gic_dev_vm(dev)->gic.nr_irqs);
		ret = 0;
		break;
	default:
		ret = gic_state_access(gic_dev_vm(dev), attr, &val, false);
	}
	return ret ? ret : gic_attr_write(attr, val);
}

const struct vm_device_ops gic_device_ops = {
	.name = "tabula-vgic",
	.type = KVM_DEV_TYPE_ARM_VGIC_V3,
	.create = gic_dev_create,
	.release = gic_dev_release,
	.set_attr = gic_dev_set_attr,
	.get_attr = gic_dev_get_attr,
	.has_attr = gic_dev_has_attr,
};
