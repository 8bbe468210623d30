// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of a vCPU: KVM_ARM_VCPU_PMU_V3_CTRL (Documentation/virt/kvm/devices/vcpu.rst, 1).
 */
#include <linux/bitmap.h>
#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../vm.h"
#include "host.h"

static bool attr_is_spi(u32 irq)
{
	return irq >= GIC_NR_PRIVATE && irq <= GIC_MAX_SPI;
}

/* One PPI for all vCPUs, or an SPI for each. */
static bool attr_irq_fits(struct arm_vm *vm, u32 irq)
{
	bool is_ppi = gic_intid_is_valid_ppi(irq);
	struct arm_vcpu *other;
	unsigned int i;

	arm_for_each_vcpu(vm, i, other)
		if (other->pmu.irq && (other->pmu.irq == irq) != is_ppi)
			return false;
	return true;
}

static int attr_set_irq(struct arm_vcpu *vcpu, void __user *uaddr)
{
	struct arm_vm *vm = vcpu->vm;
	int irq;

	if (!gic_exists(vm))
		return -EINVAL;
	if (copy_from_user(&irq, uaddr, sizeof(irq)))
		return -EFAULT;
	if (!gic_intid_is_valid_ppi(irq) && !attr_is_spi(irq))
		return -EINVAL;
	if (!attr_irq_fits(vm, irq))
		return -EINVAL;
	if (vcpu->pmu.irq)
		return -EBUSY;
	vcpu->pmu.irq = irq;
	if (attr_is_spi(irq))
		WRITE_ONCE(vm->pmu.spis, true);
	return 0;
}

static int attr_init(struct arm_vcpu *vcpu)
{
	struct arm_vm *vm = vcpu->vm;

	if (gic_exists(vm)) {
		if (!gic_is_initialised(vm))
			return -ENODEV;
		if (!vcpu->pmu.irq)
			return -ENXIO;
		if (gic_intid_is_valid_ppi(vcpu->pmu.irq) && gic_is_mapped(vcpu, vcpu->pmu.irq))
			return -EEXIST;
		if (attr_is_spi(vcpu->pmu.irq) && !gic_intid_is_valid_spi(vm, vcpu->pmu.irq))
			return -EINVAL;
	}
	WRITE_ONCE(vcpu->pmu.ready, true);
	return 0;
}

/* The first filter says what becomes of the events that none names. */
static int attr_set_filter(struct arm_vm *vm, void __user *uaddr)
{
	unsigned int events = pmu_host_events();
	struct kvm_pmu_event_filter f;

	if (copy_from_user(&f, uaddr, sizeof(f)))
		return -EFAULT;
	if ((u32)f.base_event + f.nevents > events ||
	    (f.action != KVM_PMU_EVENT_ALLOW && f.action != KVM_PMU_EVENT_DENY))
		return -EINVAL;
	if (vm->base.ran_once)
		return -EBUSY;
	if (!vm->pmu.filter) {
		unsigned long *filter = bitmap_zalloc(events, GFP_KERNEL_ACCOUNT);

		if (!filter)
			return -ENOMEM;
		if (f.action == KVM_PMU_EVENT_DENY)
			bitmap_fill(filter, events);
		vm->pmu.filter = filter;
	}
	if (f.action == KVM_PMU_EVENT_ALLOW)
		bitmap_set(vm->pmu.filter, f.base_event, f.nevents);
	else
		bitmap_clear(vm->pmu.filter, f.base_event, f.nevents);
	return 0;
}

static int attr_set_host(struct arm_vm *vm, void __user *uaddr)
{
	const struct pmu_host *host;
	int type;

	if (copy_from_user(&type, uaddr, sizeof(type)))
		return -EFAULT;
	host = pmu_host_by_type(type);
	if (!host)
		return -ENXIO;
	if (vm->base.ran_once || (vm->pmu.filter && vm->pmu.host != host))
		return -EBUSY;
	vm->pmu.host = host;
	vm->pmu.counters = host->counters;
	vm->pmu.bound = true;
	return 0;
}

static int attr_set(struct arm_vcpu *vcpu, const struct kvm_device_attr *attr)
{
	void __user *uaddr = u64_to_user_ptr(attr->addr);

	lockdep_assert_held(&vcpu->vm->base.lock);
	if (vcpu->pmu.ready)
		return -EBUSY;
	switch (attr->attr) {
	case KVM_ARM_VCPU_PMU_V3_IRQ:
		return attr_set_irq(vcpu, uaddr);
	case KVM_ARM_VCPU_PMU_V3_INIT:
		return attr_init(vcpu);
	case KVM_ARM_VCPU_PMU_V3_FILTER:
		return attr_set_filter(vcpu->vm, uaddr);
	case KVM_ARM_VCPU_PMU_V3_SET_PMU:
		return attr_set_host(vcpu->vm, uaddr);
	default:
		return -ENXIO;
	}
}

int pmu_set_attr(struct arm_vcpu *vcpu, const struct kvm_device_attr *attr)
{
	int ret;

	lockdep_assert_held(&vcpu->base.mutex);
	if (!pmu_exists(vcpu))
		return -ENODEV;
	mutex_lock(&vcpu->vm->base.lock);
	ret = attr_set(vcpu, attr);
	mutex_unlock(&vcpu->vm->base.lock);
	return ret;
}

int pmu_get_attr(struct arm_vcpu *vcpu, const struct kvm_device_attr *attr)
{
	int irq = vcpu->pmu.irq;

	lockdep_assert_held(&vcpu->base.mutex);
	if (attr->attr != KVM_ARM_VCPU_PMU_V3_IRQ)
		return -ENXIO;
	if (!gic_exists(vcpu->vm))
		return -EINVAL;
	if (!pmu_exists(vcpu))
		return -ENODEV;
	if (!irq)
		return -ENXIO;
	return copy_to_user(u64_to_user_ptr(attr->addr), &irq, sizeof(irq)) ? -EFAULT : 0;
}

int pmu_has_attr(const struct arm_vcpu *vcpu, const struct kvm_device_attr *attr)
{
	return pmu_exists(vcpu) && attr->attr <= KVM_ARM_VCPU_PMU_V3_SET_PMU ? 0 : -ENXIO;
}
