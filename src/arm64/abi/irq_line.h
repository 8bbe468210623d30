/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM_IRQ_LINE in the Arm encoding.
 */
#ifndef TABULA_ARM64_IRQ_LINE_H
#define TABULA_ARM64_IRQ_LINE_H

struct arm_vm;
struct kvm_irq_level;

/**
 * irq_line - KVM_IRQ_LINE (KVM API 4.25), with KVM_CAP_ARM_IRQ_LINE_LAYOUT_2
 * @vm: the VM
 * @l: interrupt in the Arm encoding, and its level
 *
 * PPIs go to the vCPU whose KVM_CREATE_VCPU number the encoding has.
 *
 * Return: 0; -ENXIO without a GIC, and for the CPU type (there are no vCPUs with
 * a GIC in the VMM); -EBUSY before the GIC is initialised; -EINVAL for an
 * interrupt or vCPU that does not exist, and for a PPI that a timer drives.
 */
int irq_line(struct arm_vm *vm, const struct kvm_irq_level *l);

#endif
