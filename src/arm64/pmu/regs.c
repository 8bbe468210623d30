// SPDX-License-Identifier: GPL-2.0
/*
 * The registers: what a guest's access does, and what the VMM sees and sets.
 */
#include <linux/kvm.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

#include "../cpu/cpu.h"
#include "../vm.h"
#include "event.h"
#include "host.h"
#include "rule.h"

#define REGS_SELR	GENMASK(4, 0)

static u32 regs_counters(const struct arm_vcpu *vcpu)
{
	return rule_counters(vcpu->vm->pmu.counters);
}

static bool regs_is_el0(const struct arm_vcpu *vcpu)
{
	return (vcpu->ctx.regs.pstate & PSR_MODE_MASK) == PSR_MODE_EL0t;
}

static u64 regs_pfr0(const struct arm_vcpu *vcpu)
{
	return cpu_idreg_read(vcpu->vm, SYS_ID_AA64PFR0_EL1);
}

/* PMCR_EL0.LC is RES1 without AArch32, and LP RES0 with counters of 32 bits. */
static u64 regs_pmcr(const struct arm_vcpu *vcpu, u64 val)
{
	val &= RULE_PMCR_KEPT;
	if (SYS_FIELD_GET(ID_AA64PFR0_EL1, EL0, regs_pfr0(vcpu)) < 2)
		val |= RULE_PMCR_LC;
	if (event_version(vcpu) < RULE_VER_V3P5)
		val &= ~RULE_PMCR_LP;
	return val;
}

static u64 regs_type_mask(const struct arm_vcpu *vcpu, unsigned int n)
{
	u64 mask = rule_type_mask(event_version(vcpu), regs_pfr0(vcpu) & ID_AA64PFR0_EL1_EL3_MASK);

	return n == PMU_CYCLES ? mask & ~rule_event_mask(RULE_VER_V3P5) : mask;
}

static u64 regs_get_ceid(const struct arm_vcpu *vcpu, unsigned int which)
{
	const struct pmu_vm *pmu = &vcpu->vm->pmu;
	bool has_upper = rule_event_mask(event_version(vcpu)) > GENMASK(9, 0);
	u64 ceid = pmu->host->ceid[which];
	unsigned int i;

	if (!has_upper)
		ceid = lower_32_bits(ceid);
	for (i = 0; i < 64 && pmu->filter; i++) {
		unsigned int number = (i < 32 ? i : 0x4000 + i - 32) + 32 * which;

		if (number >= pmu_host_events() || !test_bit(number, pmu->filter))
			ceid &= ~BIT_ULL(i);
	}
	return ceid;
}

static void regs_set_value(struct arm_vcpu *vcpu, unsigned int n, u64 val)
{
	event_stop(vcpu, BIT(n));
	raw_spin_lock_irq(&vcpu->pmu.lock);
	vcpu->pmu.counter[n].value = rule_is_long(n, event_version(vcpu)) ? val : lower_32_bits(val);
	raw_spin_unlock_irq(&vcpu->pmu.lock);
}

/* Where it is not counted is looked at when the guest is entered: that takes no new event. */
static void regs_set_type(struct arm_vcpu *vcpu, unsigned int n, u64 val)
{
	struct pmu_counter *c = &vcpu->pmu.counter[n];

	val &= regs_type_mask(vcpu, n);
	if ((val ^ c->type) & rule_event_mask(RULE_VER_V3P5))
		event_stop(vcpu, BIT(n));
	raw_spin_lock_irq(&vcpu->pmu.lock);
	c->type = val;
	raw_spin_unlock_irq(&vcpu->pmu.lock);
}

static void regs_set_pmcr(struct arm_vcpu *vcpu, u64 val)
{
	struct pmu_cpu *pmu = &vcpu->pmu;
	u64 pmcr = regs_pmcr(vcpu, val);
	unsigned int n;

	/* when counters overflow changes */
	if ((pmcr ^ pmu->pmcr) & (RULE_PMCR_LC | RULE_PMCR_LP))
		event_stop(vcpu, ~0U);
	raw_spin_lock_irq(&pmu->lock);
	pmu->pmcr = pmcr;
	raw_spin_unlock_irq(&pmu->lock);
	if (val & RULE_PMCR_C)
		regs_set_value(vcpu, PMU_CYCLES, 0);
	for (n = 0; n < vcpu->vm->pmu.counters && (val & RULE_PMCR_P); n++)
		regs_set_value(vcpu, n, 0);
}

static u64 regs_get_pmcr(const struct arm_vcpu *vcpu)
{
	return vcpu->pmu.pmcr | (u64)vcpu->vm->pmu.counters << RULE_PMCR_N_SHIFT;
}

/* What an interrupt may change meanwhile, too. */
static void regs_change(struct arm_vcpu *vcpu, u32 *reg, u32 clear, u32 set)
{
	u32 counters = regs_counters(vcpu);

	raw_spin_lock_irq(&vcpu->pmu.lock);
	*reg = (*reg & ~clear) | (set & counters);
	raw_spin_unlock_irq(&vcpu->pmu.lock);
}

static u64 regs_read(struct arm_vcpu *vcpu, unsigned int reg)
{
	struct pmu_cpu *pmu = &vcpu->pmu;

	switch (reg) {
	case PMU_CNTR ... PMU_CNTR + PMU_CYCLES:
		return event_read(vcpu, reg - PMU_CNTR);
	case PMU_TYPE ... PMU_TYPE + PMU_CYCLES:
		return pmu->counter[reg - PMU_TYPE].type;
	case PMU_PMCR:
		return regs_get_pmcr(vcpu);
	case PMU_CNTENSET:
	case PMU_CNTENCLR:
		return pmu->enabled;
	case PMU_INTENSET:
	case PMU_INTENCLR:
		return pmu->interrupts;
	case PMU_OVSSET:
	case PMU_OVSCLR:
		return pmu->overflow;
	case PMU_SELR:
		return pmu->selr;
	case PMU_CEID0:
	case PMU_CEID1:
		return regs_get_ceid(vcpu, reg - PMU_CEID0);
	case PMU_USERENR:
		return pmu->userenr;
	default:
		return 0;
	}
}

static void regs_write(struct arm_vcpu *vcpu, unsigned int reg, u64 val)
{
	struct pmu_cpu *pmu = &vcpu->pmu;

	switch (reg) {
	case PMU_CNTR ... PMU_CNTR + PMU_CYCLES:
		return regs_set_value(vcpu, reg - PMU_CNTR, val);
	case PMU_TYPE ... PMU_TYPE + PMU_CYCLES:
		return regs_set_type(vcpu, reg - PMU_TYPE, val);
	case PMU_PMCR:
		return regs_set_pmcr(vcpu, val);
	case PMU_CNTENSET:
		return regs_change(vcpu, &pmu->enabled, 0, val);
	case PMU_CNTENCLR:
		return regs_change(vcpu, &pmu->enabled, val, 0);
	case PMU_INTENSET:
		return regs_change(vcpu, &pmu->interrupts, 0, val);
	case PMU_INTENCLR:
		return regs_change(vcpu, &pmu->interrupts, val, 0);
	case PMU_OVSSET:
		return regs_change(vcpu, &pmu->overflow, 0, val);
	case PMU_OVSCLR:
		return regs_change(vcpu, &pmu->overflow, val, 0);
	case PMU_SELR:
		pmu->selr = val & REGS_SELR;
		return;
	case PMU_SWINC:
		return event_increment(vcpu, val & regs_counters(vcpu));
	case PMU_USERENR:
		pmu->userenr = val & RULE_USER_ALL;
		return;
	}
}

/* By PMSELR_EL0; and is there such a counter? */
static bool regs_select(const struct arm_vcpu *vcpu, unsigned int *reg)
{
	u32 counters = regs_counters(vcpu);

	if (*reg == PMU_XEVCNTR)
		*reg = PMU_CNTR + vcpu->pmu.selr;
	else if (*reg == PMU_XEVTYPER)
		*reg = PMU_TYPE + vcpu->pmu.selr;
	return *reg >= PMU_PMCR || (counters & BIT(*reg % PMU_COUNTERS));
}

static bool regs_is_writable(unsigned int reg)
{
	return reg != PMU_CEID0 && reg != PMU_CEID1 && reg != PMU_MMIR;
}

bool pmu_trap(struct arm_vcpu *vcpu, unsigned int reg, bool is_write, u64 *val)
{
	if (!pmu_exists(vcpu))
		return false;
	if (regs_is_el0(vcpu) && !rule_may_el0(reg, is_write, vcpu->pmu.userenr))
		return false;
	if (is_write ? !regs_is_writable(reg) : reg == PMU_SWINC)
		return false;
	if (!regs_select(vcpu, &reg))
		return false;
	if (!is_write) {
		*val = regs_read(vcpu, reg);
		return true;
	}
	regs_write(vcpu, reg, *val);
	event_sync(vcpu);
	return true;
}

u64 pmu_get_reg(struct arm_vcpu *vcpu, unsigned int reg)
{
	lockdep_assert_held(&vcpu->base.mutex);
	return regs_read(vcpu, reg);
}

/* Fewer counters than the host has, for all vCPUs, while none has run. */
static void regs_set_counters(struct arm_vm *vm, u64 val)
{
	u64 n = (val & RULE_PMCR_N) >> RULE_PMCR_N_SHIFT;

	mutex_lock(&vm->base.lock);
	if (!vm->base.ran_once && n <= vm->pmu.host->counters)
		WRITE_ONCE(vm->pmu.counters, n);
	mutex_unlock(&vm->base.lock);
}

void pmu_set_reg(struct arm_vcpu *vcpu, unsigned int reg, u64 val)
{
	struct pmu_cpu *pmu = &vcpu->pmu;

	lockdep_assert_held(&vcpu->base.mutex);
	pmu->stale = true;
	switch (reg) {
	case PMU_PMCR:
		regs_set_counters(vcpu->vm, val);
		regs_set_pmcr(vcpu, val & ~(RULE_PMCR_C | RULE_PMCR_P));
		break;
	case PMU_CNTENSET:
	case PMU_CNTENCLR:
		regs_change(vcpu, &pmu->enabled, ~0U, val);
		break;
	case PMU_INTENSET:
	case PMU_INTENCLR:
		regs_change(vcpu, &pmu->interrupts, ~0U, val);
		break;
	case PMU_OVSSET:
	case PMU_OVSCLR:
		regs_change(vcpu, &pmu->overflow, ~0U, val);
		break;
	case PMU_SWINC:
		break;
	default:
		regs_write(vcpu, reg, val);
		break;
	}
}
