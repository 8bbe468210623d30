// SPDX-License-Identifier: GPL-2.0
/*
 * A counter that the guest has enabled has a perf event, which follows the vCPU's thread. To
 * the host the event excludes every exception level: what it counts is opened at each entry,
 * by the event type register of the hardware counter that perf has given it, and closed at the
 * exit. So it counts this vCPU's guest and nothing else, whatever the thread does besides, and
 * PMCR_EL0.E costs no call of perf. (exclude_host would be for the kernel's own KVM to see to.)
 *
 * An event that cannot be had, or has no hardware counter for now, does not count.
 */
#include <linux/err.h>
#include <linux/percpu.h>
#include <linux/perf_event.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

#include "../cpu/cpu.h"
#include "../vm.h"
#include "event.h"
#include "host.h"
#include "live.h"
#include "rule.h"

/* perf's arm_pmuv3: config1, a counter of 64 bits */
#define EVENT_LONG	BIT(0)

/* and its numbers of counters: those of the architecture, and the instruction counter after them */
#define EVENT_IDX_INSTRUCTIONS	32
#define EVENT_PMICFILTR		sys_reg(3, 3, 9, 6, 0)

/* No overflow that anybody waits for */
#define EVENT_PERIOD_MAX	GENMASK_ULL(62, 0)

DEFINE_STATIC_KEY_FALSE(pmu_used);

/**
 * struct event_open - a counter of this CPU's that the guest has until it comes out
 * @host: its event type register while the host runs
 * @idx: its number
 */
struct event_open {
	u64 host;
	u8 idx;
};

/**
 * struct event_opened - all of them
 * @open: the first pmu_cpu.nr_open are in use, and not once interrupts are on
 */
struct event_opened {
	struct event_open open[PMU_COUNTERS];
};

static DEFINE_PER_CPU(struct event_opened, event_opened);

unsigned int event_version(const struct arm_vcpu *vcpu)
{
	return SYS_FIELD_GET(ID_AA64DFR0_EL1, PMUVer,
			     cpu_idreg_read(vcpu->vm, SYS_ID_AA64DFR0_EL1));
}

static bool event_is_late(const struct arm_vcpu *vcpu, unsigned int n)
{
	return rule_overflows_late(n, event_version(vcpu), vcpu->pmu.pmcr);
}

static bool event_is_long(const struct arm_vcpu *vcpu, unsigned int n)
{
	return rule_is_long(n, event_version(vcpu));
}

static u64 event_number(const struct arm_vcpu *vcpu, unsigned int n)
{
	if (n == PMU_CYCLES)
		return RULE_CPU_CYCLES;
	return vcpu->pmu.counter[n].type & rule_event_mask(event_version(vcpu));
}

/* Under the lock, which keeps a level that an interrupt finds from being overtaken by an older one. */
static void event_update_level(struct arm_vcpu *vcpu)
{
	struct pmu_cpu *pmu = &vcpu->pmu;
	bool level = (pmu->pmcr & RULE_PMCR_E) && (pmu->overflow & pmu->interrupts);

	lockdep_assert_held(&pmu->lock);
	if (!pmu->ready || level == pmu->level)
		return;
	pmu->level = level;
	if (gic_exists(vcpu->vm))
		gic_inject(vcpu->vm, vcpu, pmu->irq, level);
	else
		arm_request(vcpu, VCPU_REQ_IRQ);
}

/* A counter has overflowed, so many times: each counts for the next one, if that is to count it. */
static void event_overflowed(struct arm_vcpu *vcpu, unsigned int n, u64 times)
{
	struct pmu_cpu *pmu = &vcpu->pmu;

	lockdep_assert_held(&pmu->lock);
	while (times) {
		bool late = event_is_late(vcpu, n);

		pmu->overflow |= BIT(n);
		if (!rule_may_chain(n, late) || !(pmu->enabled & BIT(n + 1)) ||
		    event_number(vcpu, n + 1) != RULE_CHAIN)
			return;
		n++;
		times = rule_add(&pmu->counter[n].value, times, event_is_long(vcpu, n),
				 event_is_late(vcpu, n));
	}
}

/* The event has counted so far. */
static void event_note(struct arm_vcpu *vcpu, unsigned int n, u64 count)
{
	event_overflowed(vcpu, n, rule_passed(count, &vcpu->pmu.counter[n].due,
					      event_is_late(vcpu, n)));
	event_update_level(vcpu);
}

/* The period from here to the next overflow, whatever perf thinks the last one was. */
static void event_set_period(struct perf_event *event, u64 count, u64 due)
{
	event->hw.sample_period = due == RULE_NEVER ? EVENT_PERIOD_MAX : due - count;
	local64_set(&event->hw.period_left, 0);
}

/* Whose event it is; its lock is held. Return: the counter, or PMU_COUNTERS: it was let go. */
static unsigned int event_counter(const struct pmu_cpu *pmu, const struct perf_event *event)
{
	unsigned long events = pmu->events;
	unsigned int n;

	lockdep_assert_held(&pmu->lock);
	for_each_set_bit(n, &events, PMU_COUNTERS)
		if (pmu->counter[n].event == event)
			return n;
	return PMU_COUNTERS;
}

/* In the interrupt of the host's PMU, on the CPU where the event is: that of the vCPU's thread. */
static void event_overflow(struct perf_event *event, struct perf_sample_data *data,
			   struct pt_regs *regs)
{
	struct arm_vcpu *vcpu = event->overflow_handler_context;
	unsigned long flags;
	unsigned int n;
	u64 count;

	event->pmu->stop(event, PERF_EF_UPDATE);
	count = local64_read(&event->count);
	raw_spin_lock_irqsave(&vcpu->pmu.lock, flags);
	n = event_counter(&vcpu->pmu, event);
	if (n < PMU_COUNTERS) {
		event_note(vcpu, n, count);
		event_set_period(event, count, vcpu->pmu.counter[n].due);
	}
	raw_spin_unlock_irqrestore(&vcpu->pmu.lock, flags);
	event->pmu->start(event, PERF_EF_RELOAD);
}

static bool event_is_allowed(const struct arm_vcpu *vcpu, u64 number)
{
	const unsigned long *filter = vcpu->vm->pmu.filter;

	if (number == RULE_SW_INCR || number == RULE_CHAIN)
		return false;
	return !filter || (number < pmu_host_events() && test_bit(number, filter));
}

static void event_start(struct arm_vcpu *vcpu, unsigned int n)
{
	struct pmu_cpu *pmu = &vcpu->pmu;
	struct pmu_counter *c = &pmu->counter[n];
	u64 number = event_number(vcpu, n);
	u64 due = rule_due(c->value, event_is_late(vcpu, n));
	struct perf_event_attr attr = {
		.type = vcpu->vm->pmu.host->type,
		.size = sizeof(attr),
		.config = number,
		.config1 = event_is_long(vcpu, n) ? EVENT_LONG : 0,
		.sample_period = due == RULE_NEVER ? 0 : due,
		.pinned = 1,
		.exclude_user = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	struct perf_event *event;

	if (!event_is_allowed(vcpu, number))
		return;
	event = perf_event_create_kernel_counter(&attr, -1, current, event_overflow, vcpu);
	if (IS_ERR(event)) {
		pmu->failed |= BIT(n);
		return;
	}
	raw_spin_lock_irq(&pmu->lock);
	c->due = due;
	c->event = event;
	pmu->events |= BIT(n);
	raw_spin_unlock_irq(&pmu->lock);
}

static void event_fold(struct arm_vcpu *vcpu, unsigned int n)
{
	struct pmu_cpu *pmu = &vcpu->pmu;
	struct pmu_counter *c = &pmu->counter[n];
	struct perf_event *event = c->event;
	u64 on, ran, count;

	count = perf_event_read_value(event, &on, &ran);
	raw_spin_lock_irq(&pmu->lock);
	event_note(vcpu, n, count);
	rule_add(&c->value, count, event_is_long(vcpu, n), false);
	c->event = NULL;
	pmu->events &= ~BIT(n);
	pmu->live &= ~BIT(n);
	raw_spin_unlock_irq(&pmu->lock);
	perf_event_release_kernel(event);
}

void event_stop(struct arm_vcpu *vcpu, u32 which)
{
	unsigned long mask = which & vcpu->pmu.events;
	unsigned int n;

	vcpu->pmu.failed &= ~which;
	for_each_set_bit(n, &mask, PMU_COUNTERS)
		event_fold(vcpu, n);
}

void event_sync(struct arm_vcpu *vcpu)
{
	struct pmu_cpu *pmu = &vcpu->pmu;
	unsigned long start;
	unsigned int n;

	event_stop(vcpu, ~pmu->enabled);
	start = pmu->enabled & ~(pmu->events | pmu->failed);
	for_each_set_bit(n, &start, PMU_COUNTERS)
		event_start(vcpu, n);
	raw_spin_lock_irq(&pmu->lock);
	pmu->live = pmu->pmcr & RULE_PMCR_E ? pmu->events : 0;
	event_update_level(vcpu);
	raw_spin_unlock_irq(&pmu->lock);
}

u64 event_read(struct arm_vcpu *vcpu, unsigned int n)
{
	struct pmu_counter *c = &vcpu->pmu.counter[n];
	u64 on, ran, val, count = 0;

	if (c->event)
		count = perf_event_read_value(c->event, &on, &ran);
	raw_spin_lock_irq(&vcpu->pmu.lock);
	if (c->event)
		event_note(vcpu, n, count);
	val = c->value;
	raw_spin_unlock_irq(&vcpu->pmu.lock);
	rule_add(&val, count, event_is_long(vcpu, n), false);
	return val;
}

void event_increment(struct arm_vcpu *vcpu, u32 which)
{
	bool is_el0 = (vcpu->ctx.regs.pstate & PSR_MODE_MASK) == PSR_MODE_EL0t;
	struct pmu_cpu *pmu = &vcpu->pmu;
	unsigned long mask = which & pmu->enabled & ~BIT(PMU_CYCLES);
	unsigned int n;

	if (!(pmu->pmcr & RULE_PMCR_E))
		return;
	raw_spin_lock_irq(&pmu->lock);
	for_each_set_bit(n, &mask, PMU_COUNTERS) {
		struct pmu_counter *c = &pmu->counter[n];

		if (event_number(vcpu, n) != RULE_SW_INCR ||
		    rule_filter(c->type) & (is_el0 ? RULE_NOT_EL0 : RULE_NOT_EL1))
			continue;
		event_overflowed(vcpu, n, rule_add(&c->value, 1, event_is_long(vcpu, n),
						   event_is_late(vcpu, n)));
	}
	event_update_level(vcpu);
	raw_spin_unlock_irq(&pmu->lock);
}

#define EVENT_CASES(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) \
	X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30)

static u64 event_type_read(unsigned int idx)
{
	u64 val = 0;

	switch (idx) {
#define EVENT_READ(n) case n: val = read_sysreg_s(SYS_PMEVTYPERn_EL0(n)); break;
	EVENT_CASES(EVENT_READ)
	case PMU_CYCLES:
		val = read_sysreg(pmccfiltr_el0);
		break;
	case EVENT_IDX_INSTRUCTIONS:
		val = read_sysreg_s(EVENT_PMICFILTR);
		break;
	}
	return val;
}

static void event_type_write(unsigned int idx, u64 val)
{
	switch (idx) {
#define EVENT_WRITE(n) case n: write_sysreg_s(val, SYS_PMEVTYPERn_EL0(n)); break;
	EVENT_CASES(EVENT_WRITE)
	case PMU_CYCLES:
		write_sysreg(val, pmccfiltr_el0);
		break;
	case EVENT_IDX_INSTRUCTIONS:
		write_sysreg_s(val, EVENT_PMICFILTR);
		break;
	}
}

/* The hardware's counter, or -1: none for now. A pair that the host chains counts in the lower one. */
static int event_hw_idx(const struct perf_event *event)
{
	int idx = event->hw.idx;

	if (event->state != PERF_EVENT_STATE_ACTIVE || event->oncpu != smp_processor_id())
		return -1;
	if (idx > 0 && idx < PMU_CYCLES && (event_type_read(idx) & GENMASK(15, 0)) == RULE_CHAIN)
		idx--;
	return idx;
}

void pmu_open(struct arm_vcpu *vcpu)
{
	struct pmu_cpu *pmu = &vcpu->pmu;
	unsigned long live = pmu->live;
	unsigned int n;

	pmu->nr_open = 0;
	for_each_set_bit(n, &live, PMU_COUNTERS) {
		const struct pmu_counter *c = &pmu->counter[n];
		struct event_open *open = &this_cpu_ptr(&event_opened)->open[pmu->nr_open];
		int idx = event_hw_idx(c->event);

		if (idx < 0)
			continue;
		open->idx = idx;
		open->host = event_type_read(idx);
		event_type_write(idx, (open->host & ~(RULE_NOT_EL1 | RULE_NOT_EL0)) |
				      rule_filter(c->type));
		pmu->nr_open++;
	}
}

void pmu_close(struct arm_vcpu *vcpu)
{
	const struct event_open *open = this_cpu_ptr(&event_opened)->open;
	struct pmu_cpu *pmu = &vcpu->pmu;
	unsigned int i;

	for (i = 0; i < pmu->nr_open; i++)
		event_type_write(open[i].idx, open[i].host);
	pmu->nr_open = 0;
}
