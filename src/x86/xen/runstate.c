// SPDX-License-Identifier: GPL-2.0
/*
 * What a vCPU of a Xen guest has done with its time. The record is two kept pages, written without
 * sleep: by the scheduler's hook, too.
 */
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>
#include <linux/string.h>

#include "../vm.h"
#include "runstate.h"

/* struct vcpu_runstate_info: state, when it began, four times; 32-bit guests have no hole behind the state. */
#define RUNSTATE_SIZE_64	48
#define RUNSTATE_SIZE_32	44
#define RUNSTATE_ENTRY_64	8
#define RUNSTATE_ENTRY_32	4
#define RUNSTATE_UPDATE		BIT(7)	/* of the last byte of when it began: it is being written */

bool runstate_there(void)
{
	return sched_info_on();
}

void runstate_init(struct x86_vcpu *vcpu)
{
	struct runstate *r = &vcpu->xen.runstate;

	pfn_cache_init(&r->page[0], &vcpu->vm->npt.gmem, PFN_CACHE_WRITE);
	pfn_cache_init(&r->page[1], &vcpu->vm->npt.gmem, PFN_CACHE_WRITE);
	r->gpa = KVM_XEN_INVALID_GPA;
	r->state = RUNSTATE_OFFLINE;
}

void runstate_destroy(struct x86_vcpu *vcpu)
{
	pfn_cache_deactivate(&vcpu->xen.runstate.page[0]);
	pfn_cache_deactivate(&vcpu->xen.runstate.page[1]);
}

/* How much of the longest record is in its first page. */
static unsigned int runstate_first(const struct runstate *r)
{
	return min_t(unsigned int, RUNSTATE_SIZE_64, PAGE_SIZE - offset_in_page(r->gpa));
}

static int runstate_bring_page(struct pfn_cache *pc, u64 gpa, unsigned int len)
{
	int ret = pfn_cache_refresh(pc);

	return ret == -EINVAL ? pfn_cache_activate(pc, gpa, len) : ret;
}

/* Return: 0, or why the first page cannot be had; the second may be missed by no one. */
static int runstate_bring(struct runstate *r)
{
	unsigned int first = runstate_first(r);

	if (r->gpa == KVM_XEN_INVALID_GPA)
		return 0;
	if (first < RUNSTATE_SIZE_64)
		runstate_bring_page(&r->page[1], r->gpa + first, RUNSTATE_SIZE_64 - first);
	return runstate_bring_page(&r->page[0], r->gpa, first);
}

static bool runstate_copy_page(struct pfn_cache *pc, unsigned int at, const void *from, unsigned int len)
{
	struct pfn_use use;
	void *to;

	if (!len)
		return true;
	to = pfn_cache_begin(pc, &use);
	if (!to)
		return false;
	memcpy(to + at, from, len);
	pfn_cache_end(pc, &use, PFN_CACHE_DIRTY);
	return true;
}

/* Some bytes of the record. Return: false: a page is not at hand. */
static bool runstate_copy(struct runstate *r, unsigned int at, const u8 *record, unsigned int len)
{
	unsigned int first = runstate_first(r), here = at < first ? min(len, first - at) : 0;

	if (!runstate_copy_page(&r->page[0], at, record + at, here))
		return false;
	at += here;
	return runstate_copy_page(&r->page[1], at - first, record + at, len - here);
}

static unsigned int runstate_make(const struct runstate *r, bool wide, u8 *record)
{
	unsigned int entry = wide ? RUNSTATE_ENTRY_64 : RUNSTATE_ENTRY_32;

	memset(record, 0, RUNSTATE_SIZE_64);
	memcpy(record, &r->state, sizeof(r->state));
	memcpy(record + entry, &r->entry, sizeof(r->entry));
	memcpy(record + entry + sizeof(r->entry), r->time, sizeof(r->time));
	return wide ? RUNSTATE_SIZE_64 : RUNSTATE_SIZE_32;
}

/* Preemption is off, or nobody is loaded. Other vCPUs may read it: who asked for it is told when not to. */
static void runstate_write(struct x86_vcpu *vcpu)
{
	bool wide = READ_ONCE(vcpu->vm->xen.long_mode), flag = READ_ONCE(vcpu->vm->xen.update_flag);
	unsigned int last = (wide ? RUNSTATE_ENTRY_64 : RUNSTATE_ENTRY_32) + sizeof(u64) - 1, len;
	struct runstate *r = &vcpu->xen.runstate;
	u8 record[RUNSTATE_SIZE_64];

	if (r->gpa == KVM_XEN_INVALID_GPA)
		return;
	len = runstate_make(r, wide, record);
	if (flag) {
		record[last] |= RUNSTATE_UPDATE;
		if (!runstate_copy(r, last, record, 1))
			return;
		smp_wmb();	/* the flag before what it is about */
	}
	runstate_copy(r, 0, record, len);
	if (!flag)
		return;
	record[last] &= ~RUNSTATE_UPDATE;
	smp_wmb();	/* and it goes behind that */
	runstate_copy(r, last, record, 1);
}

/* What the thread waited for a CPU while the vCPU ran is not its running. */
static u64 runstate_waited(struct runstate *r)
{
	u64 seen = current->sched_info.run_delay, waited = 0;

	if (r->task == current && seen > r->seen)
		waited = seen - r->seen;
	r->task = current;
	r->seen = seen;
	return waited;
}

static void runstate_change(struct x86_vcpu *vcpu, u32 state, u64 now)
{
	struct runstate *r = &vcpu->xen.runstate;
	u64 waited = runstate_waited(r), since = now > r->entry ? now - r->entry : 0;

	if (!r->entry)
		r->state = RUNSTATE_OFFLINE;
	if (r->state == RUNSTATE_RUNNING) {
		waited = min(waited, since);
		r->time[RUNSTATE_RUNNABLE] += waited;
		since -= waited;
	}
	r->time[r->state] += since;
	r->state = state;
	r->entry = max(now, r->entry);
	runstate_write(vcpu);
}

void runstate_run(struct x86_vcpu *vcpu)
{
	struct runstate *r = &vcpu->xen.runstate;

	runstate_bring(r);
	kvmclock_look(vcpu->vm, &r->clock);
	preempt_disable();
	runstate_change(vcpu, RUNSTATE_RUNNING, kvmclock_view_now(&r->clock));
	preempt_enable();
}

void runstate_preempt(struct x86_vcpu *vcpu)
{
	struct runstate *r = &vcpu->xen.runstate;

	/* it has not run since it was last said */
	if (r->state == RUNSTATE_RUNNING && r->entry)
		runstate_change(vcpu, RUNSTATE_RUNNABLE, kvmclock_view_now(&r->clock));
}

static int runstate_set_gpa(struct x86_vcpu *vcpu, u64 gpa)
{
	struct runstate *r = &vcpu->xen.runstate;
	int ret;

	runstate_destroy(vcpu);
	r->gpa = gpa;
	ret = runstate_bring(r);
	if (ret) {
		runstate_destroy(vcpu);
		r->gpa = KVM_XEN_INVALID_GPA;
		return ret;
	}
	runstate_write(vcpu);
	return 0;
}

/* Times that a VMM gives are their sum, as ours are; none is to come. */
static int runstate_set_data(struct x86_vcpu *vcpu, const struct kvm_xen_vcpu_attr *a)
{
	struct runstate *r = &vcpu->xen.runstate;

	if (a->u.runstate.state > RUNSTATE_OFFLINE ||
	    a->u.runstate.state_entry_time != a->u.runstate.time_running + a->u.runstate.time_runnable +
					      a->u.runstate.time_blocked + a->u.runstate.time_offline ||
	    a->u.runstate.state_entry_time > kvmclock_now(vcpu->vm))
		return -EINVAL;
	r->state = a->u.runstate.state;
	r->entry = a->u.runstate.state_entry_time;
	r->time[RUNSTATE_RUNNING] = a->u.runstate.time_running;
	r->time[RUNSTATE_RUNNABLE] = a->u.runstate.time_runnable;
	r->time[RUNSTATE_BLOCKED] = a->u.runstate.time_blocked;
	r->time[RUNSTATE_OFFLINE] = a->u.runstate.time_offline;
	runstate_waited(r);
	return 0;
}

static int runstate_adjust(struct x86_vcpu *vcpu, const struct kvm_xen_vcpu_attr *a)
{
	struct runstate *r = &vcpu->xen.runstate;
	u64 state = a->u.runstate.state, now = kvmclock_now(vcpu->vm);

	if ((state > RUNSTATE_OFFLINE && state != ~0ULL) ||
	    a->u.runstate.state_entry_time != a->u.runstate.time_running + a->u.runstate.time_runnable +
					      a->u.runstate.time_blocked + a->u.runstate.time_offline ||
	    r->entry + a->u.runstate.state_entry_time > now)
		return -EINVAL;
	r->entry += a->u.runstate.state_entry_time;
	r->time[RUNSTATE_RUNNING] += a->u.runstate.time_running;
	r->time[RUNSTATE_RUNNABLE] += a->u.runstate.time_runnable;
	r->time[RUNSTATE_BLOCKED] += a->u.runstate.time_blocked;
	r->time[RUNSTATE_OFFLINE] += a->u.runstate.time_offline;
	runstate_bring(r);
	if (state <= RUNSTATE_OFFLINE) {
		runstate_waited(r);
		runstate_change(vcpu, state, now);
	} else {
		runstate_write(vcpu);
	}
	return 0;
}

int runstate_set(struct x86_vcpu *vcpu, const struct kvm_xen_vcpu_attr *a)
{
	if (a->type < KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADDR || a->type > KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADJUST)
		return -ENOENT;
	if (!runstate_there())
		return -EOPNOTSUPP;
	switch (a->type) {
	case KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADDR:
		return runstate_set_gpa(vcpu, a->u.gpa);
	case KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_CURRENT:
		if (a->u.runstate.state > RUNSTATE_OFFLINE)
			return -EINVAL;
		runstate_bring(&vcpu->xen.runstate);
		runstate_change(vcpu, a->u.runstate.state, kvmclock_now(vcpu->vm));
		return 0;
	case KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_DATA:
		return runstate_set_data(vcpu, a);
	default:
		return runstate_adjust(vcpu, a);
	}
}

int runstate_get(struct x86_vcpu *vcpu, struct kvm_xen_vcpu_attr *a)
{
	const struct runstate *r = &vcpu->xen.runstate;

	if (!runstate_there())
		return -EOPNOTSUPP;
	switch (a->type) {
	case KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADDR:
		a->u.gpa = r->gpa;
		return 0;
	case KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_CURRENT:
		a->u.runstate.state = r->state;
		return 0;
	case KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_DATA:
		a->u.runstate.state = r->state;
		a->u.runstate.state_entry_time = r->entry;
		a->u.runstate.time_running = r->time[RUNSTATE_RUNNING];
		a->u.runstate.time_runnable = r->time[RUNSTATE_RUNNABLE];
		a->u.runstate.time_blocked = r->time[RUNSTATE_BLOCKED];
		a->u.runstate.time_offline = r->time[RUNSTATE_OFFLINE];
		return 0;
	case KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADJUST:
		return -EINVAL;
	default:
		return -ENOENT;
	}
}
