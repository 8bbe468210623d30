/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a vCPU of a Xen guest has done with its time: running, runnable, blocked, offline (Xen's
 * public header vcpu.h; KVM API 4.129).
 */
#ifndef TABULA_XEN_RUNSTATE_H
#define TABULA_XEN_RUNSTATE_H

#include <linux/kvm.h>
#include <linux/types.h>

#include "../../mem/pfn_cache.h"
#include "../pv/kvmclock.h"

struct x86_vcpu;

enum { RUNSTATE_RUNNING, RUNSTATE_RUNNABLE, RUNSTATE_BLOCKED, RUNSTATE_OFFLINE, RUNSTATES };

/**
 * struct runstate - of a vCPU
 * @page: of the record: the first, and the second where it crosses a page's end
 * @gpa: guest physical address of the record, or KVM_XEN_INVALID_GPA
 * @state: RUNSTATE_*
 * @entry: since when, ns of the VM's clock; 0: nothing was counted yet
 * @time: ns in each state, up to @entry
 * @task: the thread that @seen is about; only compared
 * @seen: ns that this thread has waited for a CPU, as far as in @time
 * @clock: the VM's, for where it cannot be locked
 *
 * The vCPU's own, of who has its mutex; the scheduler's hook comes in between where preemption is on.
 */
struct runstate {
	struct pfn_cache page[2];
	u64 gpa;
	u32 state;
	u64 entry;
	u64 time[RUNSTATES];
	const void *task;
	u64 seen;
	struct kvmclock_view clock;
};

/**
 * runstate_init() - a vCPU of which nothing was counted
 * @vcpu: zeroed
 */
void runstate_init(struct x86_vcpu *vcpu);

/**
 * runstate_destroy() - let go of guest memory, while that is still there
 * @vcpu: nobody runs it. May sleep.
 */
void runstate_destroy(struct x86_vcpu *vcpu);

/**
 * runstate_set() - KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_*
 * @vcpu: its mutex is held; on the VMM's mm; may sleep
 * @a: the attribute
 *
 * Return: 0; -EINVAL: no state, times that are not their sum, or later than now; -EFAULT: no memory there;
 * -EOPNOTSUPP: this host does not count how long threads wait; -ENOENT: another attribute.
 */
int runstate_set(struct x86_vcpu *vcpu, const struct kvm_xen_vcpu_attr *a);

/**
 * runstate_get() - read them
 * @vcpu: its mutex is held
 * @a: the attribute; its value is filled in
 *
 * Return: 0; -ENOENT: another attribute.
 */
int runstate_get(struct x86_vcpu *vcpu, struct kvm_xen_vcpu_attr *a);

/**
 * runstate_run() - before the guest is entered, after its thread was away
 * @vcpu: the current thread's; may sleep
 */
void runstate_run(struct x86_vcpu *vcpu);

/**
 * runstate_preempt() - the scheduler gives the CPU to another thread, and this one waits for it
 * @vcpu: the current thread's; preemption off, perhaps under a run queue's lock
 *
 * The record says so if its pages are at hand; what is counted does in any case.
 */
void runstate_preempt(struct x86_vcpu *vcpu);

/**
 * runstate_there() - does this host count how long threads wait?
 *
 * Return: true if so.
 */
bool runstate_there(void);

#endif
