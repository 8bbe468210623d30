/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What KVM_RUN asks of the performance monitors. Nothing of it costs anything while no vCPU
 * has any, and a vCPU that counts nothing looks at one word at each entry and exit.
 */
#ifndef TABULA_PMU_LIVE_H
#define TABULA_PMU_LIVE_H

#include <linux/jump_label.h>

#include "../vm.h"

/* Some vCPU has performance monitors. */
DECLARE_STATIC_KEY_FALSE(pmu_used);

/**
 * pmu_open() - pmu_enter(), where something counts
 * @vcpu: as there
 */
void pmu_open(struct arm_vcpu *vcpu);

/**
 * pmu_close() - pmu_leave(), where something counts
 * @vcpu: as there
 */
void pmu_close(struct arm_vcpu *vcpu);

/**
 * pmu_resume() - pmu_begin(), where there are performance monitors
 * @vcpu: as there
 */
void pmu_resume(struct arm_vcpu *vcpu);

/**
 * pmu_is_here() - has this CPU the PMU of a VM?
 * @vm: a VM whose vCPUs have performance monitors
 *
 * Return: it has.
 */
bool pmu_is_here(const struct arm_vm *vm);

/**
 * pmu_report() - pmu_tell(), where there are performance monitors
 * @vcpu: as there
 */
void pmu_report(struct arm_vcpu *vcpu);

/**
 * pmu_enter() - counters count for the guest
 * @vcpu: loaded on this CPU, about to enter the guest; interrupts off
 */
static inline void pmu_enter(struct arm_vcpu *vcpu)
{
	if (static_branch_unlikely(&pmu_used) && vcpu->pmu.live)
		pmu_open(vcpu);
}

/**
 * pmu_leave() - and no longer
 * @vcpu: as for pmu_enter(); interrupts have been off since
 */
static inline void pmu_leave(struct arm_vcpu *vcpu)
{
	if (static_branch_unlikely(&pmu_used) && vcpu->pmu.nr_open)
		pmu_close(vcpu);
}

/**
 * pmu_begin() - KVM_RUN begins
 * @vcpu: the current thread's, not loaded yet; may sleep
 *
 * Events follow a thread: they are made anew where it is another one, or the VMM has set
 * registers.
 */
static inline void pmu_begin(struct arm_vcpu *vcpu)
{
	if (static_branch_unlikely(&pmu_used) && pmu_exists(vcpu))
		pmu_resume(vcpu);
}

/**
 * pmu_may_run() - is this CPU one of those that the VMM has chosen by its PMU?
 * @vcpu: the current thread's
 *
 * Return: it is, or none were chosen. It may be another CPU by then: asked before each entry.
 */
static inline bool pmu_may_run(const struct arm_vcpu *vcpu)
{
	return !static_branch_unlikely(&pmu_used) || !vcpu->vm->pmu.bound || pmu_is_here(vcpu->vm);
}

/**
 * pmu_must_tell() - has the interrupt of a VM without a GIC in the kernel changed?
 * @vcpu: the current thread's
 *
 * Return: the VMM does not know its level yet.
 */
static inline bool pmu_must_tell(const struct arm_vcpu *vcpu)
{
	return static_branch_unlikely(&pmu_used) && READ_ONCE(vcpu->pmu.level) != vcpu->pmu.told &&
	       !gic_exists(vcpu->vm);
}

/**
 * pmu_tell() - kvm_run.s.regs.device_irq_level, as KVM_RUN ends
 * @vcpu: the current thread's
 */
static inline void pmu_tell(struct arm_vcpu *vcpu)
{
	if (static_branch_unlikely(&pmu_used) && pmu_exists(vcpu) && !gic_exists(vcpu->vm))
		pmu_report(vcpu);
}

#endif
