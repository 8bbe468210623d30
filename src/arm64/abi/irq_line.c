// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_IRQ_LINE in the Arm encoding (KVM API 4.25).
 */
#include <linux/kvm.h>

#include "../vm.h"
#include "irq_line.h"

static int irq_line_ppi(struct arm_vm *vm, u32 id, u32 intid, bool level)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(vm_vcpu_by_id(&vm->base, id));

	if (!vcpu || !gic_intid_is_valid_ppi(intid) || gic_is_mapped(vcpu, intid) ||
	    pmu_owns(vm, vcpu, intid))
		return -EINVAL;
	return gic_inject(vm, vcpu, intid, level);
}

int irq_line(struct arm_vm *vm, const struct kvm_irq_level *l)
{
	u32 type = (l->irq >> KVM_ARM_IRQ_TYPE_SHIFT) & KVM_ARM_IRQ_TYPE_MASK;
	u32 intid = (l->irq >> KVM_ARM_IRQ_NUM_SHIFT) & KVM_ARM_IRQ_NUM_MASK;
	u32 id = (l->irq >> KVM_ARM_IRQ_VCPU_SHIFT) & KVM_ARM_IRQ_VCPU_MASK;

	id += ((l->irq >> KVM_ARM_IRQ_VCPU2_SHIFT) & KVM_ARM_IRQ_VCPU2_MASK) *
	      (KVM_ARM_IRQ_VCPU_MASK + 1);
	if (type > KVM_ARM_IRQ_TYPE_PPI)
		return -EINVAL;
	if (type == KVM_ARM_IRQ_TYPE_CPU || !gic_exists(vm))
		return -ENXIO;
	if (!gic_is_initialised(vm))
		return -EBUSY;
	if (type == KVM_ARM_IRQ_TYPE_PPI)
		return irq_line_ppi(vm, id, intid, l->level);
	if (!gic_intid_is_valid_spi(vm, intid) || pmu_owns(vm, NULL, intid))
		return -EINVAL;
	return gic_inject(vm, NULL, intid, l->level);
}
