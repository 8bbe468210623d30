// SPDX-License-Identifier: GPL-2.0
/*
 * kvmclock of a VM and its vCPUs: lines, and who writes which record when.
 */
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <asm/tsc.h>

#include "../../vm/arch.h"
#include "../nested/nested.h"
#include "../vm.h"
#include "kvmclock.h"
#include "range.h"

#define KVMCLOCK_SIZE	sizeof(struct pv_clock_record)
#define KVMCLOCK_FLAGS	(KVM_CLOCK_TSC_STABLE | KVM_CLOCK_REALTIME | KVM_CLOCK_HOST_TSC)

/* How long the host has slept since it was booted. */
static s64 clock_slept(void)
{
	return ktime_to_ns(ktime_mono_to_any(0, TK_OFFS_BOOT));
}

void kvmclock_vm_init(struct x86_vm *vm)
{
	struct kvmclock_vm *c = &vm->clock;

	mutex_init(&c->lock);
	c->number = 1;
	c->stable = !check_tsc_unstable();
	c->slept = clock_slept();
	c->boot_offset = -ktime_get_boottime_ns();
	c->tsc_offset = -rdtsc_ordered();
	c->matched = true;
	pv_clock_set(&c->line, tsc_khz, -c->tsc_offset, 0);
}

void kvmclock_vcpu_init(struct x86_vcpu *vcpu)
{
	struct kvmclock *c = &vcpu->clock;
	unsigned int i;

	for (i = 0; i < KVMCLOCK_RECORDS; i++)
		pfn_cache_init(&c->record[i].pc, &vcpu->vm->npt.gmem, PFN_CACHE_WRITE);
	c->line_cpu = -1;
	mutex_lock(&vcpu->vm->clock.lock);
	c->tsc_offset = vcpu->vm->clock.tsc_offset;
	set_bit(X86_REQ_CLOCK, &vcpu->base.requests);
	mutex_unlock(&vcpu->vm->clock.lock);
}

void kvmclock_vcpu_destroy(struct x86_vcpu *vcpu)
{
	unsigned int i;

	for (i = 0; i < KVMCLOCK_RECORDS; i++)
		pfn_cache_deactivate(&vcpu->clock.record[i].pc);
}

void kvmclock_reset(struct x86_vcpu *vcpu)
{
	vcpu->clock.msr = 0;
	kvmclock_give(vcpu, KVMCLOCK_OWN, false, 0, 0);
}

void kvmclock_load(struct x86_vcpu *vcpu)
{
	/* a line from the TSC of this CPU */
	if (check_tsc_unstable())
		set_bit(X86_REQ_CLOCK, &vcpu->base.requests);
}

void kvmclock_put(struct x86_vcpu *vcpu)
{
	struct kvmclock *c = &vcpu->clock;

	WRITE_ONCE(c->last_tsc, rdtsc());
	if (c->line_cpu < 0)
		return;
	c->told = max(c->told, pv_clock_at(&c->line, c->last_tsc));
	c->line_cpu = -1;
}

/* The host's time where TSCs do not go alike. */
static u64 clock_boot_ns(const struct kvmclock_vm *c)
{
	return ktime_get_boottime_ns() + c->boot_offset;
}

/* The line as this CPU's TSC has it, never back from what the guest may have read. */
static const struct pv_clock *clock_cpu_line(struct x86_vcpu *vcpu)
{
	struct kvmclock *c = &vcpu->clock;
	u64 tsc = rdtsc_ordered(), ns = clock_boot_ns(&vcpu->vm->clock);

	if (c->epoch != vcpu->vm->clock.epoch) {
		/* the VMM has set another time, which may be an earlier one */
		c->epoch = vcpu->vm->clock.epoch;
		c->told = 0;
		c->line_cpu = -1;
	}
	if (c->line_cpu == smp_processor_id())
		pv_clock_go_on(&c->line, tsc_khz, tsc, ns);
	else
		pv_clock_set(&c->line, tsc_khz, tsc, max(ns, c->told));
	c->line_cpu = smp_processor_id();
	return &c->line;
}

/* Context: clock.lock; interrupts off; the vCPU's own thread unless the clock is stable. */
static void clock_end(struct x86_vcpu *vcpu, struct kvmclock_record *r, void *at)
{
	const struct kvmclock_vm *vc = &vcpu->vm->clock;
	struct kvmclock *c = &vcpu->clock;
	struct pv_clock line = vc->stable ? vc->line : *clock_cpu_line(vcpu);
	u8 flags = 0;

	if (vc->stable && vc->matched)
		flags |= PV_CLOCK_STABLE;
	if (c->paused)
		flags |= PV_CLOCK_PAUSED;
	line.tsc += c->tsc_offset;
	pv_clock_end(at, r->version, &line, flags & r->flags);
	if (flags & r->flags & PV_CLOCK_PAUSED)
		c->paused = false;
	r->begun = false;
	r->written = vc->number;
}

/* Return: false: its page is not at hand. */
static bool clock_begin(struct x86_vcpu *vcpu, struct kvmclock_record *r)
{
	struct pfn_use use;
	void *at = pfn_cache_begin(&r->pc, &use);

	if (!at)
		return false;
	r->version = pv_clock_begin(at);
	r->begun = true;
	pfn_cache_end(&r->pc, &use, PFN_CACHE_DIRTY);
	return true;
}

/* Begin, if that is not done, and end. Return: false: its page is not at hand. */
static bool clock_write(struct x86_vcpu *vcpu, struct kvmclock_record *r)
{
	struct pfn_use use;
	void *at;

	lockdep_assert_held(&vcpu->vm->clock.lock);
	at = pfn_cache_begin(&r->pc, &use);
	if (!at)
		return false;
	if (!r->begun)
		r->version = pv_clock_begin(at);
	clock_end(vcpu, r, at);
	pfn_cache_end(&r->pc, &use, PFN_CACHE_DIRTY);
	return true;
}

/* May sleep, and is done without the lock: others read the clock while a page is waited for. */
static int clock_bring(struct kvmclock_record *r)
{
	int ret = pfn_cache_refresh(&r->pc);

	/* not active yet, or it failed to become so */
	if (ret == -EINVAL)
		ret = pfn_cache_activate(&r->pc, r->gpa, KVMCLOCK_SIZE);
	return ret;
}

static int clock_prepare_record(struct x86_vcpu *vcpu, struct kvmclock_record *r)
{
	int ret = clock_bring(r);
	bool done;

	/* where there is no memory nobody reads it */
	if (ret && ret != -EINTR)
		return VCPU_RESUME;
	mutex_lock(&vcpu->vm->clock.lock);
	done = !ret && clock_write(vcpu, r);
	mutex_unlock(&vcpu->vm->clock.lock);
	if (done)
		return VCPU_RESUME;
	set_bit(X86_REQ_CLOCK, &vcpu->base.requests);
	return VCPU_AGAIN;
}

/* Also the TSC, which somebody else may have moved. */
static void clock_take_request(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	u64 by;

	kvmclock_check(vcpu->vm);
	mutex_lock(&vcpu->vm->clock.lock);
	by = vcpu->clock.tsc_offset - vcpu->clock.in_force;
	vcpu->clock.in_force += by;
	mutex_unlock(&vcpu->vm->clock.lock);
	if (!by)
		return;
	svm->vmcb->control.tsc_offset += by;
	if (nested_in_l2(svm))
		svm->nested->l1->control.tsc_offset += by;
	intc_tsc_changed(vcpu);
}

int kvmclock_prepare(struct x86_vcpu *vcpu)
{
	bool asked = test_and_clear_bit(X86_REQ_CLOCK, &vcpu->base.requests);
	int ret = VCPU_RESUME;
	unsigned int i;

	if (asked)
		clock_take_request(vcpu);
	for (i = 0; i < KVMCLOCK_RECORDS && ret == VCPU_RESUME; i++) {
		struct kvmclock_record *r = &vcpu->clock.record[i];

		if (r->on && (asked || !pfn_cache_check(&r->pc)))
			ret = clock_prepare_record(vcpu, r);
	}
	return ret;
}

/* Each vCPU writes its records before it enters the guest again. */
static void clock_request_all(struct x86_vm *vm)
{
	struct vcpu *vcpu;
	unsigned int i;

	vm_for_each_vcpu(&vm->base, i, vcpu)
		vcpu_request(vcpu, X86_REQ_CLOCK);
}

/* None is in the guest now, and whoever wants in needs the lock first. */
static void clock_keep_out(struct x86_vm *vm)
{
	lockdep_assert_held(&vm->clock.lock);
	vm_request_all(&vm->base, X86_REQ_CLOCK);
}

/* @act on each record that says another line than the VM's. Return: it said true of all. */
static bool clock_each_old(struct x86_vm *vm,
			   bool (*act)(struct x86_vcpu *vcpu, struct kvmclock_record *r))
{
	struct vcpu *vcpu;
	unsigned int i, k;
	bool all = true;

	vm_for_each_vcpu(&vm->base, i, vcpu) {
		struct kvmclock_record *r = to_x86_vcpu(vcpu)->clock.record;

		for (k = 0; k < KVMCLOCK_RECORDS; k++)
			if (r[k].on && r[k].written != vm->clock.number)
				all &= act(to_x86_vcpu(vcpu), &r[k]);
	}
	return all;
}

static void clock_begin_all(struct x86_vm *vm)
{
	vm->clock.number++;
	if (!clock_each_old(vm, clock_begin))
		clock_keep_out(vm);
}

static void clock_end_all(struct x86_vm *vm)
{
	/* else only its own thread knows its CPU's TSC */
	if (vm->clock.stable)
		clock_each_old(vm, clock_write);
}

static bool clock_write_late(struct x86_vcpu *vcpu, struct kvmclock_record *r)
{
	struct kvmclock_vm *c = &vcpu->vm->clock;
	bool done = false;

	if (pfn_cache_refresh(&r->pc))
		return false;
	mutex_lock(&c->lock);
	if (r->on && c->stable)
		done = clock_write(vcpu, r);
	mutex_unlock(&c->lock);
	return done;
}

/*
 * A page that was not at hand: others may read the record of a vCPU that does not run. A failure
 * is left to its own thread.
 */
static void clock_follow_up(struct x86_vm *vm)
{
	clock_request_all(vm);
	if (READ_ONCE(vm->clock.stable))
		clock_each_old(vm, clock_write_late);
}

/* A TSC that began anew goes on for guests where it was when they last ran. */
static void clock_tsc_back(struct x86_vm *vm, u64 tsc)
{
	struct vcpu *vcpu;
	unsigned int i;
	u64 last = 0;

	vm_for_each_vcpu(&vm->base, i, vcpu)
		last = max(last, READ_ONCE(to_x86_vcpu(vcpu)->clock.last_tsc));
	if (tsc >= last)
		return;
	vm_for_each_vcpu(&vm->base, i, vcpu) {
		to_x86_vcpu(vcpu)->clock.tsc_offset += last - tsc;
		WRITE_ONCE(to_x86_vcpu(vcpu)->clock.last_tsc, tsc);
	}
	vm->clock.tsc_offset += last - tsc;
	/* what was read of the line was read before that */
	vm->clock.line.ns = pv_clock_at(&vm->clock.line, last);
	vm->clock.line.tsc = tsc;
}

/* The host has slept, or its TSCs do not go alike any more: never back from what was read. */
static void clock_go_on(struct x86_vm *vm)
{
	struct kvmclock_vm *c = &vm->clock;
	s64 slept = clock_slept();
	u64 tsc;

	clock_begin_all(vm);
	tsc = rdtsc_ordered();
	if (slept != c->slept)
		clock_tsc_back(vm, tsc);
	c->slept = slept;
	if (c->stable) {
		pv_clock_go_on(&c->line, tsc_khz, tsc, clock_boot_ns(c));
		/* what the line was ahead of the host's clock, it stays */
		c->boot_offset = c->line.ns - ktime_get_boottime_ns();
	}
	c->stable = !check_tsc_unstable();
	clock_end_all(vm);
}

void kvmclock_check(struct x86_vm *vm)
{
	struct kvmclock_vm *c = &vm->clock;
	bool renew;

	if (READ_ONCE(c->slept) == clock_slept() && READ_ONCE(c->stable) == !check_tsc_unstable())
		return;
	mutex_lock(&c->lock);
	renew = c->slept != clock_slept() || c->stable != !check_tsc_unstable();
	if (renew)
		clock_go_on(vm);
	mutex_unlock(&c->lock);
	if (renew)
		clock_follow_up(vm);
}

/* Context: clock.lock. */
static u64 clock_at(const struct kvmclock_vm *c, u64 tsc)
{
	return c->stable ? pv_clock_at(&c->line, tsc) : clock_boot_ns(c);
}

u64 kvmclock_now(struct x86_vm *vm)
{
	u64 ns;

	kvmclock_check(vm);
	mutex_lock(&vm->clock.lock);
	ns = clock_at(&vm->clock, rdtsc_ordered());
	mutex_unlock(&vm->clock.lock);
	return ns;
}

void kvmclock_look(struct x86_vm *vm, struct kvmclock_view *view)
{
	struct kvmclock_vm *c = &vm->clock;

	kvmclock_check(vm);
	mutex_lock(&c->lock);
	*view = (struct kvmclock_view) {
		.stable = c->stable, .line = c->line, .boot_offset = c->boot_offset,
	};
	mutex_unlock(&c->lock);
}

u64 kvmclock_view_now(const struct kvmclock_view *view)
{
	return view->stable ? pv_clock_at(&view->line, rdtsc_ordered()) :
			      ktime_get_boottime_ns() + view->boot_offset;
}

void kvmclock_get(struct x86_vm *vm, struct kvm_clock_data *d)
{
	struct kvmclock_vm *c = &vm->clock;

	kvmclock_check(vm);
	memset(d, 0, sizeof(*d));
	mutex_lock(&c->lock);
	local_irq_disable();	/* one moment */
	d->realtime = ktime_get_real_ns();
	d->host_tsc = rdtsc_ordered();
	d->clock = clock_at(c, d->host_tsc);
	local_irq_enable();
	d->flags = KVM_CLOCK_REALTIME;
	if (c->stable)
		d->flags |= KVM_CLOCK_TSC_STABLE | KVM_CLOCK_HOST_TSC;
	else
		d->host_tsc = 0;
	mutex_unlock(&c->lock);
}

int kvmclock_set(struct x86_vm *vm, const struct kvm_clock_data *d)
{
	struct kvmclock_vm *c = &vm->clock;
	u64 ns = d->clock, real, tsc;

	if (d->flags & ~(u32)KVMCLOCK_FLAGS)
		return -EINVAL;
	kvmclock_check(vm);
	mutex_lock(&c->lock);
	clock_begin_all(vm);
	local_irq_disable();
	real = ktime_get_real_ns();
	tsc = rdtsc_ordered();
	local_irq_enable();
	/* the time that has gone by since the VMM read it, on another host perhaps */
	if ((d->flags & KVM_CLOCK_REALTIME) && real > d->realtime)
		ns += real - d->realtime;
	pv_clock_set(&c->line, tsc_khz, tsc, ns);
	c->boot_offset = ns - ktime_get_boottime_ns();
	c->epoch++;
	clock_end_all(vm);
	mutex_unlock(&c->lock);
	clock_follow_up(vm);
	return 0;
}

int kvmclock_stood_still(struct x86_vcpu *vcpu)
{
	int ret = -EINVAL;

	mutex_lock(&vcpu->vm->clock.lock);
	if (vcpu->clock.record[KVMCLOCK_OWN].on) {
		vcpu->clock.paused = true;
		set_bit(X86_REQ_CLOCK, &vcpu->base.requests);
		ret = 0;
	}
	mutex_unlock(&vcpu->vm->clock.lock);
	return ret;
}

void kvmclock_give(struct x86_vcpu *vcpu, enum kvmclock_kind kind, bool on, u64 gpa, u8 flags)
{
	struct kvmclock_record *r = &vcpu->clock.record[kind];

	mutex_lock(&vcpu->vm->clock.lock);
	r->on = on && !(gpa & 3) && offset_in_page(gpa) <= PAGE_SIZE - KVMCLOCK_SIZE;
	r->gpa = gpa;
	r->flags = flags;
	r->written = 0;
	r->begun = false;
	mutex_unlock(&vcpu->vm->clock.lock);
	/* what it kept it keeps no more; the entry finds the new one */
	pfn_cache_deactivate(&r->pc);
	set_bit(X86_REQ_CLOCK, &vcpu->base.requests);
}

void kvmclock_write_wall(struct x86_vm *vm, u64 gpa)
{
	struct pv_range range;

	if (gpa & 3)
		return;
	if (!pv_range_init(&range, &vm->npt.gmem, gpa, 12))
		pv_wall_write(&range.mem, ktime_get_real_ns(), kvmclock_now(vm));
	pv_range_exit(&range);
}

u64 kvmclock_tsc(const struct x86_vcpu *vcpu)
{
	return rdtsc_ordered() + READ_ONCE(vcpu->clock.tsc_offset);
}

/* Context: clock.lock. Return: records of all say something else now. */
static bool clock_match(struct x86_vm *vm)
{
	bool was = vm->clock.matched;
	struct vcpu *vcpu, *first = vm_vcpu(&vm->base, 0);
	unsigned int i;

	vm->clock.matched = true;
	vm_for_each_vcpu(&vm->base, i, vcpu)
		if (to_x86_vcpu(vcpu)->clock.tsc_offset != to_x86_vcpu(first)->clock.tsc_offset)
			vm->clock.matched = false;
	if (vm->clock.matched == was)
		return false;
	vm->clock.number++;
	return true;
}

/* Context: clock.lock. Return: as clock_match(). */
static bool clock_set_tsc(struct x86_vcpu *vcpu, u64 offset)
{
	WRITE_ONCE(vcpu->clock.tsc_offset, offset);
	set_bit(X86_REQ_CLOCK, &vcpu->base.requests);
	return clock_match(vcpu->vm);
}

void kvmclock_move_tsc(struct x86_vcpu *vcpu, u64 offset)
{
	bool all;

	mutex_lock(&vcpu->vm->clock.lock);
	all = clock_set_tsc(vcpu, offset);
	mutex_unlock(&vcpu->vm->clock.lock);
	if (all)
		clock_follow_up(vcpu->vm);
}

void kvmclock_set_offset(struct x86_vcpu *vcpu, u64 offset)
{
	struct kvmclock_vm *c = &vcpu->vm->clock;
	bool all;

	mutex_lock(&c->lock);
	c->tsc_offset = offset;
	c->tsc_set = true;
	all = clock_set_tsc(vcpu, offset);
	mutex_unlock(&c->lock);
	if (all)
		clock_follow_up(vcpu->vm);
}

void kvmclock_sync_tsc(struct x86_vcpu *vcpu, u64 tsc)
{
	struct kvmclock_vm *c = &vcpu->vm->clock;
	u64 now = rdtsc_ordered(), off;
	bool all;

	mutex_lock(&c->lock);
	off = tsc - (now + c->tsc_offset);
	if (tsc && (!c->tsc_set || min(off, -off) > 1000ULL * tsc_khz))
		c->tsc_offset = tsc - now;
	c->tsc_set = true;
	all = clock_set_tsc(vcpu, c->tsc_offset);
	mutex_unlock(&c->lock);
	if (all)
		clock_follow_up(vcpu->vm);
}
