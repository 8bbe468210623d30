/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Steal time of a vCPU: its record's place, and when it is written.
 */
#ifndef TABULA_PV_STOLEN_H
#define TABULA_PV_STOLEN_H

#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#include "range.h"
#include "steal.h"

struct x86_vcpu;

/**
 * struct stolen - steal time of a vCPU
 * @steal: what the record says
 * @range: where it is; while @steal.mem
 * @msr: MSR_KVM_STEAL_TIME
 * @task: the thread that @seen is about; only compared
 * @seen: ns that this thread has waited for a CPU, as far as in @delay
 * @at_rest: between two instructions: nothing is being done for the guest by what its page tables said before
 * @delay: ns that threads have waited while they ran this vCPU
 */
struct stolen {
	struct pv_steal steal;
	struct pv_range range;
	u64 msr;
	const void *task;
	u64 seen;
	bool at_rest;
	u64 delay;
};

/**
 * stolen_set() - MSR_KVM_STEAL_TIME
 * @vcpu: the current thread's, or its mutex is held; may sleep
 * @val: new value
 *
 * Return: 0; -EINVAL: reserved bits.
 */
int stolen_set(struct x86_vcpu *vcpu, u64 val);

/**
 * stolen_destroy() - forget the record
 * @vcpu: nobody runs it
 */
void stolen_destroy(struct x86_vcpu *vcpu);

/**
 * stolen_load() - the vCPU comes to a CPU
 * @s: of a vCPU whose guest has a record; the current thread's; preemption off
 *
 * Return: true: X86_REQ_STEAL is due; false: what there is to tell stolen_tell() will.
 */
static inline bool stolen_load(const struct stolen *s)
{
	return !s->steal.at || s->task != current;
}

/**
 * stolen_put() - and leaves it
 * @vcpu: the current thread's; preemption off, perhaps under a run queue's lock
 *
 * At rest the record says preempted, if it can be reached without a fault. Amid an instruction it
 * does not: a flush that is put off until the next entry would come too late for that one.
 */
void stolen_put(struct x86_vcpu *vcpu);

/**
 * stolen_is_news() - has time been stolen that is to be told now?
 * @s: the vCPU's; its thread's own
 *
 * Return: false: none, or stolen_prepare() has told it.
 */
static inline bool stolen_is_news(const struct stolen *s)
{
	return s->steal.at && s->seen != current->sched_info.run_delay;
}

/**
 * stolen_tell() - tell it, right before the guest runs
 * @s: the vCPU's; vcpu_say_inside() said true, interrupts are off; stolen_is_news()
 *
 * Return: false: not now: X86_REQ_STEAL is due, and the guest must not be entered.
 */
static inline bool stolen_tell(struct stolen *s)
{
	u64 waited = current->sched_info.run_delay, delta = waited - s->seen;
	bool told;

	s->delay += delta;
	s->seen = waited;
	/* where preemption is counted that it is off says so */
	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT))
		pagefault_disable();
	told = pv_steal_tell(&s->steal, delta);
	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT))
		pagefault_enable();
	return told;
}

/**
 * stolen_prepare() - before the guest is entered: serve X86_REQ_STEAL
 * @vcpu: the current thread's; may sleep
 *
 * Return: VCPU_RESUME; VCPU_AGAIN; -EFAULT: a record that says preempted has gone, and the guest
 * must not run while others believe it.
 */
int stolen_prepare(struct x86_vcpu *vcpu);

#endif
