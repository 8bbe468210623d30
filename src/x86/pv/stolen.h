/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Steal time of a vCPU: its record's place, and when it is written.
 */
#ifndef TABULA_PV_STOLEN_H
#define TABULA_PV_STOLEN_H

#include <linux/types.h>

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
 * @vcpu: the current thread's; preemption off
 */
void stolen_load(struct x86_vcpu *vcpu);

/**
 * stolen_put() - and leaves it
 * @vcpu: the current thread's; preemption off, perhaps under a run queue's lock
 *
 * At rest the record says preempted, if it can be reached without a fault. Amid an instruction it
 * does not: a flush that is put off until the next entry would come too late for that one.
 */
void stolen_put(struct x86_vcpu *vcpu);

/**
 * stolen_prepare() - before the guest is entered: serve X86_REQ_STEAL
 * @vcpu: the current thread's; may sleep
 *
 * Return: VCPU_RESUME; VCPU_AGAIN; -EFAULT: a record that says preempted has gone, and the guest
 * must not run while others believe it.
 */
int stolen_prepare(struct x86_vcpu *vcpu);

#endif
