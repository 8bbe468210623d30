// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a vCPU's performance monitors: init, reset, runs, end.
 */
#include <linux/cpumask.h>
#include <linux/kvm.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../vm.h"
#include "event.h"
#include "host.h"
#include "live.h"
#include "rule.h"

bool pmu_exists(const struct arm_vcpu *vcpu)
{
	return vcpu->ctx.features & BIT(KVM_ARM_VCPU_PMU_V3);
}

int pmu_vm_choose(struct arm_vm *vm)
{
	lockdep_assert_held(&vm->base.lock);
	if (vm->pmu.host)
		return 0;
	vm->pmu.host = pmu_host_here();
	if (!vm->pmu.host)
		return -ENODEV;
	vm->pmu.counters = vm->pmu.host->counters;
	return 0;
}

void pmu_vm_destroy(struct arm_vm *vm)
{
	bitmap_free(vm->pmu.filter);
}

void pmu_vcpu_init(struct arm_vcpu *vcpu)
{
	raw_spin_lock_init(&vcpu->pmu.lock);
}

/* The registers, and what follows from them. */
static void cpu_clear(struct pmu_cpu *pmu)
{
	unsigned int n;

	pmu->pmcr = pmu->userenr = pmu->selr = 0;
	pmu->enabled = pmu->interrupts = pmu->overflow = 0;
	for (n = 0; n < PMU_COUNTERS; n++)
		pmu->counter[n].value = pmu->counter[n].type = 0;
}

void pmu_vcpu_reset(struct arm_vcpu *vcpu)
{
	struct pmu_cpu *pmu = &vcpu->pmu;

	if (!pmu_exists(vcpu))
		return;
	if (!pmu->counted)
		static_branch_inc(&pmu_used);
	pmu->counted = true;
	event_stop(vcpu, ~0U);
	raw_spin_lock_irq(&pmu->lock);
	cpu_clear(pmu);
	raw_spin_unlock_irq(&pmu->lock);
	/* what is RES1, and the interrupt's level */
	pmu_set_reg(vcpu, PMU_PMCR, (u64)vcpu->vm->pmu.counters << RULE_PMCR_N_SHIFT);
	event_sync(vcpu);
}

void pmu_vcpu_destroy(struct arm_vcpu *vcpu)
{
	struct pmu_cpu *pmu = &vcpu->pmu;

	if (!pmu->counted)
		return;
	event_stop(vcpu, ~0U);
	static_branch_dec(&pmu_used);
}

/* Do all events follow this thread? */
static bool cpu_is_followed(const struct pmu_cpu *pmu)
{
	unsigned long events = pmu->events;
	unsigned int n;

	for_each_set_bit(n, &events, PMU_COUNTERS)
		if (pmu->counter[n].event->hw.target != current)
			return false;
	return true;
}

void pmu_resume(struct arm_vcpu *vcpu)
{
	struct pmu_cpu *pmu = &vcpu->pmu;
	u32 counters = rule_counters(vcpu->vm->pmu.counters);

	lockdep_assert_held(&vcpu->base.mutex);
	if (!pmu->stale && cpu_is_followed(pmu))
		return;
	event_stop(vcpu, ~0U);
	raw_spin_lock_irq(&pmu->lock);
	/* the VMM may have taken counters away since it set them */
	pmu->enabled &= counters;
	pmu->interrupts &= counters;
	pmu->overflow &= counters;
	raw_spin_unlock_irq(&pmu->lock);
	pmu->stale = false;
	event_sync(vcpu);
}

bool pmu_is_here(const struct arm_vm *vm)
{
	return cpumask_test_cpu(raw_smp_processor_id(), vm->pmu.host->cpus);
}

void pmu_report(struct arm_vcpu *vcpu)
{
	struct pmu_cpu *pmu = &vcpu->pmu;
	u64 *levels = &vcpu->base.run->s.regs.device_irq_level;

	pmu->told = READ_ONCE(pmu->level);
	WRITE_ONCE(*levels, pmu->told ? KVM_ARM_DEV_PMU : 0);
}

int pmu_first_run(struct arm_vcpu *vcpu)
{
	const struct pmu_cpu *pmu = &vcpu->pmu;
	struct arm_vm *vm = vcpu->vm;

	lockdep_assert_held(&vm->base.lock);
	if (!pmu_exists(vcpu))
		return 0;
	if (!pmu->ready)
		return -EINVAL;
	if (!gic_exists(vm))
		return pmu->irq ? -EINVAL : 0;
	if (gic_intid_is_valid_spi(vm, pmu->irq))
		return 0;
	return gic_intid_is_valid_ppi(pmu->irq) && !gic_is_mapped(vcpu, pmu->irq) ? 0 : -EINVAL;
}

bool pmu_owns(struct arm_vm *vm, const struct arm_vcpu *vcpu, u32 intid)
{
	struct arm_vcpu *other;
	unsigned int i;

	if (gic_intid_is_valid_ppi(intid))
		return vcpu && READ_ONCE(vcpu->pmu.ready) && vcpu->pmu.irq == intid;
	if (!READ_ONCE(vm->pmu.spis))
		return false;
	arm_for_each_vcpu(vm, i, other)
		if (READ_ONCE(other->pmu.ready) && other->pmu.irq == intid)
			return true;
	return false;
}
