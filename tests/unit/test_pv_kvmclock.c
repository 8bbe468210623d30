// SPDX-License-Identifier: GPL-2.0
/*
 * kvmclock of a VM and its vCPUs, with a TSC that ticks once a nanosecond: which records are written when and with
 * what, that time never goes back, and whose TSC is set to what.
 */
#include "test_pv_kvmclock_fake.h"

/* A new VM's clock and TSC begin at 0 and go on with the host's. */
static void begins(void **state)
{
	struct kvm_clock_data d;

	(void)state;
	assert_true(vm.clock.stable && vm.clock.matched);
	assert_int_equal(vm.clock.number, 1);
	assert_int_equal(inits, 2 * KVMCLOCK_RECORDS);
	assert_int_equal(kvmclock_now(&vm), 0);
	assert_int_equal(kvmclock_tsc(&vcpus[0]), 0);
	assert_int_equal(vmcbs[0].control.tsc_offset, -50 * S);
	pass(7);
	assert_int_equal(kvmclock_now(&vm), 7);
	assert_int_equal(kvmclock_tsc(&vcpus[1]), 7);
	memset(&d, 0xee, sizeof(d));
	kvmclock_get(&vm, &d);
	assert_int_equal(in_one, 1);
	assert_int_equal(d.pad0 | d.pad[0] | d.pad[3], 0);
	assert_int_equal(d.clock, 7);
	assert_int_equal(d.realtime, day);
	assert_int_equal(d.host_tsc, tsc);
	assert_int_equal(d.flags, KVM_CLOCK_REALTIME | KVM_CLOCK_TSC_STABLE | KVM_CLOCK_HOST_TSC);
	/* not alike on all CPUs: the host's clock */
	unstable = true;
	kvmclock_vm_init(&vm);
	assert_false(vm.clock.stable);
	tsc += 5;
	boot += 9;
	assert_int_equal(kvmclock_now(&vm), 9);
	boot_in_one = 0;
	kvmclock_get(&vm, &d);
	assert_int_equal(boot_in_one, 1);
	assert_int_equal(d.clock, 9);
	assert_int_equal(d.host_tsc, 0);
	assert_int_equal(d.flags, KVM_CLOCK_REALTIME);
}

/* A record is written before the guest runs on, where it was given, with the flags that it may show. */
static void records(void **state)
{
	(void)state;
	pass(S);
	give(0, OWN, PV_CLOCK_STABLE | PV_CLOCK_PAUSED);
	assert_int_equal(activated, 0x1000);
	assert_int_equal(reads(0, OWN), S);
	assert_int_equal(pages[0][OWN].flags, PV_CLOCK_STABLE);
	assert_int_equal(pages[0][OWN].version, 2);
	assert_int_equal(dirtied, 1);
	assert_true(kvmclock_has_record(&vcpus[0].clock));
	assert_false(kvmclock_has_record(&vcpus[1].clock));
	pass(S);
	assert_int_equal(reads(0, OWN), 2 * S);
	give(0, KVMCLOCK_XEN_INFO, 0);
	assert_int_equal(reads(0, KVMCLOCK_XEN_INFO), 2 * S);
	assert_int_equal(pages[0][KVMCLOCK_XEN_INFO].flags, 0);
	/* nothing asked, and its page is there: nothing is written */
	assert_int_equal(vcpus[0].base.requests, 0);
	dirtied = refreshes = 0;
	assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_RESUME);
	assert_int_equal(dirtied + refreshes, 0);
	/* its page went away */
	vcpus[0].clock.record[OWN].pc.valid = false;
	assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_RESUME);
	assert_int_equal(dirtied, 1);
	assert_int_equal(refreshes, 1);
	/* taken away */
	kvmclock_give(&vcpus[0], OWN, false, 0x1000, 0);
	assert_int_equal(deactivated, 3);
	kvmclock_prepare(&vcpus[0]);
	assert_int_equal(vcpus[0].clock.record[OWN].written, 0);
	vcpus[0].clock.msr = 5;
	kvmclock_reset(&vcpus[0]);
	assert_int_equal(vcpus[0].clock.msr, 0);
	assert_false(vcpus[0].clock.record[OWN].on);
	assert_true(vcpus[0].clock.record[KVMCLOCK_XEN_INFO].on);
	deactivated = 0;
	kvmclock_vcpu_destroy(&vcpus[0]);
	assert_int_equal(deactivated, KVMCLOCK_RECORDS);
}

/* An address that is not aligned to four bytes, or crosses a page, is none. */
static void addresses(void **state)
{
	static const struct { u64 gpa; bool on; } rows[] = {
		{ 0x1000, true }, { 0x1001, false }, { 0x1002, false }, { 0x1004, true }, { 0x1fe0, true }, { 0x1fe4, false },
		{ 0x1ffc, false },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		kvmclock_give(&vcpus[0], OWN, true, rows[i].gpa, 0);
		assert_int_equal(vcpus[0].clock.record[OWN].on, rows[i].on);
		assert_int_equal(vcpus[0].base.requests, BIT(X86_REQ_CLOCK));
	}
}

/* A page that cannot be had: where there is no memory nobody reads; a signal, or one that goes again, is tried anew. */
static void pages_that_fail(void **state)
{
	(void)state;
	activate_ret = -EFAULT;
	kvmclock_give(&vcpus[0], OWN, true, 0x1000, 0);
	assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_RESUME);
	assert_int_equal(dirtied, 0);
	assert_int_equal(vcpus[0].base.requests, 0);
	activate_ret = 0;
	assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_RESUME);
	assert_int_equal(dirtied, 1);
	vcpus[0].clock.record[OWN].pc.valid = false;
	refresh_ret = -EINTR;
	assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_AGAIN);
	assert_int_equal(vcpus[0].base.requests, BIT(X86_REQ_CLOCK));
	/* those behind it wait, too */
	give(1, OWN, 0);
	refresh_ret = 0;
	give(1, KVMCLOCK_XEN_INFO, 0);
	vcpus[1].clock.record[OWN].pc.valid = vcpus[1].clock.record[KVMCLOCK_XEN_INFO].pc.valid = false;
	refreshes = 0;
	refresh_ret = -EINTR;
	assert_int_equal(kvmclock_prepare(&vcpus[1]), VCPU_AGAIN);
	assert_int_equal(refreshes, 1);
	dirtied = 1;
	refresh_ret = 0;
	begin_fails[0] = true;
	assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_AGAIN);
	assert_int_equal(vcpus[0].base.requests, BIT(X86_REQ_CLOCK));
	begin_fails[0] = false;
	assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_RESUME);
	assert_int_equal(dirtied, 2);
}

/* A VM that stood still says so once, where the guest has a record of its own that may. */
static void paused(void **state)
{
	(void)state;
	give(1, OWN, PV_CLOCK_PAUSED);
	kvmclock_stood_still(&vcpus[1]);
	kvmclock_prepare(&vcpus[1]);
	assert_int_equal(pages[1][OWN].flags, PV_CLOCK_PAUSED);
	assert_false(vcpus[1].clock.paused);
	/* one that may not show it has not shown it */
	kvmclock_stood_still(&vcpus[1]);
	vcpus[1].clock.record[OWN].flags = PV_CLOCK_STABLE;
	kvmclock_prepare(&vcpus[1]);
	assert_true(vcpus[1].clock.paused);
	assert_int_equal(kvmclock_stood_still(&vcpus[0]), -EINVAL);
	give(0, KVMCLOCK_XEN_INFO, 0);
	assert_int_equal(kvmclock_stood_still(&vcpus[0]), -EINVAL);
	give(0, OWN, PV_CLOCK_STABLE | PV_CLOCK_PAUSED);
	assert_int_equal(kvmclock_stood_still(&vcpus[0]), 0);
	assert_int_equal(vcpus[0].base.requests, BIT(X86_REQ_CLOCK));
	kvmclock_prepare(&vcpus[0]);
	assert_int_equal(pages[0][OWN].flags, PV_CLOCK_STABLE | PV_CLOCK_PAUSED);
	assert_int_equal(pages[0][KVMCLOCK_XEN_INFO].flags, 0);
	assert_false(vcpus[0].clock.paused);
	pages[0][OWN].flags = 0;	/* the guest has seen it */
	set_bit(X86_REQ_CLOCK, &vcpus[0].base.requests);
	kvmclock_prepare(&vcpus[0]);
	assert_int_equal(pages[0][OWN].flags, PV_CLOCK_STABLE);
}

/* The VMM sets the time: all records say it at once, also of a vCPU that does not run; what it adds is the time since. */
static void set(void **state)
{
	struct kvm_clock_data d = { .clock = 100 * S };

	(void)state;
	give(0, OWN, PV_CLOCK_STABLE);
	give(1, OWN, PV_CLOCK_STABLE);
	pass(S);
	d.flags = 1 << 4;
	assert_int_equal(kvmclock_set(&vm, &d), -EINVAL);
	d.flags = 0;
	dirtied = 0;
	assert_int_equal(kvmclock_set(&vm, &d), 0);
	assert_int_equal(dirtied, 4);	/* begun, and ended */
	assert_int_equal(kept_out, 0);
	assert_int_equal(asked, 3);
	assert_int_equal(reads(0, OWN), 100 * S);
	assert_int_equal(reads(1, OWN), 100 * S);
	assert_int_equal(pages[0][OWN].version, 4);
	pass(S);
	assert_int_equal(reads(1, OWN), 101 * S);
	assert_int_equal(kvmclock_now(&vm), 101 * S);
	/* read on another host five seconds ago by the day's clock */
	d.flags = KVM_CLOCK_REALTIME | KVM_CLOCK_TSC_STABLE | KVM_CLOCK_HOST_TSC;
	d.realtime = day - 5 * S;
	assert_int_equal(kvmclock_set(&vm, &d), 0);
	assert_int_equal(reads(0, OWN), 105 * S);
	d.realtime = day + 5 * S;
	assert_int_equal(kvmclock_set(&vm, &d), 0);
	assert_int_equal(reads(0, OWN), 100 * S);
	d.flags = KVM_CLOCK_TSC_STABLE | KVM_CLOCK_HOST_TSC;
	d.realtime = 0;
	assert_int_equal(kvmclock_set(&vm, &d), 0);
	assert_int_equal(reads(0, OWN), 100 * S);
	assert_int_equal(in_one, 4);
	d.flags = 0;
	assert_int_equal(kvmclock_set(&vm, &d), 0);
	assert_int_equal(reads(0, OWN), 100 * S);
	assert_int_equal(vm.clock.epoch, 5);
	assert_int_equal(vm.clock.boot_offset + boot, 100 * S);
}

static void taken_away(void)
{
	vcpus[1].clock.record[OWN].on = false;
}

static void goes_wrong(void)
{
	vm.clock.stable = false;
}

/* A record that is not at hand keeps its vCPU out, and is written where its page can be had; others are not held up. */
static void set_without_a_page(void **state)
{
	struct kvm_clock_data d = { .clock = 100 * S };

	(void)state;
	give(0, OWN, 0);
	give(1, OWN, 0);
	vcpus[1].clock.record[OWN].pc.valid = false;
	assert_int_equal(kvmclock_set(&vm, &d), 0);
	assert_int_equal(kept_out, 1);
	assert_int_equal(reads(0, OWN), 100 * S);
	assert_int_equal(reads(1, OWN), 100 * S);
	vcpus[1].clock.record[OWN].pc.valid = false;
	refresh_ret = -EINTR;
	d.clock = 200 * S;
	assert_int_equal(kvmclock_set(&vm, &d), 0);
	assert_int_equal(kept_out, 2);
	assert_int_equal(reads(0, OWN), 200 * S);
	assert_int_equal(reads(1, OWN), 100 * S);
	refresh_ret = 0;
	assert_int_equal(kvmclock_prepare(&vcpus[1]), VCPU_RESUME);
	assert_int_equal(reads(1, OWN), 200 * S);
	/* while its page is waited for the guest takes it away, or TSCs go apart */
	vcpus[1].clock.record[OWN].pc.valid = false;
	on_refresh = taken_away;
	d.clock = 300 * S;
	kvmclock_set(&vm, &d);
	assert_int_equal(reads(1, OWN), 200 * S);
	vcpus[1].clock.record[OWN].on = true;
	vcpus[1].clock.record[OWN].pc.valid = false;
	on_refresh = goes_wrong;
	d.clock = 400 * S;
	kvmclock_set(&vm, &d);
	assert_int_equal(reads(1, OWN), 200 * S);
	assert_int_equal(reads(0, OWN), 400 * S);
}

/* The host has slept: what its clock counted meanwhile has gone by for guests, too; its TSC may have begun anew. */
static void sleeps(void **state)
{
	(void)state;
	give(0, OWN, 0);
	pass(10 * S);
	kvmclock_put(&vcpus[0]);
	assert_int_equal(vcpus[0].clock.last_tsc, tsc);
	slept += 20 * S;
	boot += 20 * S;
	kvmclock_check(&vm);
	assert_int_equal(asked, 3);
	assert_int_equal(reads(0, OWN), 30 * S);
	assert_int_equal(kvmclock_tsc(&vcpus[0]), 10 * S);
	asked = 0;
	kvmclock_check(&vm);
	assert_int_equal(asked, 0);
	/* and from the beginning */
	pass(S);
	kvmclock_put(&vcpus[0]);
	tsc = 5;
	slept += 2 * S;
	boot += 2 * S;
	kvmclock_check(&vm);
	assert_int_equal(kvmclock_tsc(&vcpus[0]), 11 * S);
	assert_int_equal(kvmclock_tsc(&vcpus[1]), 11 * S);
	assert_int_equal(vm.clock.tsc_offset, vcpus[0].clock.tsc_offset);
	assert_int_equal(vcpus[1].clock.last_tsc, 5);
	kvmclock_prepare(&vcpus[0]);
	assert_int_equal(reads(0, OWN), 33 * S);
	assert_int_equal(kvmclock_now(&vm), 33 * S);
	/* the host's clock is behind: guests' does not go back */
	slept += 1;
	boot -= S;
	kvmclock_check(&vm);
	assert_int_equal(kvmclock_now(&vm), 33 * S);
	assert_int_equal(vm.clock.boot_offset + boot, 33 * S);
	/* nor where its TSC began anew besides */
	kvmclock_put(&vcpus[0]);
	slept += 1;
	boot -= S;
	tsc = 2;
	kvmclock_check(&vm);
	assert_int_equal(kvmclock_now(&vm), 33 * S);
	/* what guests read until then counts */
	pass(S);
	kvmclock_put(&vcpus[0]);
	slept += 1;
	boot -= 3 * S;
	tsc = 2;
	kvmclock_check(&vm);
	assert_int_equal(kvmclock_now(&vm), 34 * S);
}

/* A TSC that went on while the host slept goes on for guests, too. */
static void sleeps_without_the_tsc(void **state)
{
	(void)state;
	give(0, OWN, 0);
	pass(10 * S);
	kvmclock_put(&vcpus[0]);
	slept += 20 * S;
	boot += 20 * S;
	tsc += 20 * S;
	kvmclock_check(&vm);
	assert_int_equal(kvmclock_tsc(&vcpus[0]), 30 * S);
	assert_int_equal(vm.clock.tsc_offset, -50 * S);
	assert_int_equal(reads(0, OWN), 30 * S);
}

/* A reset takes the guest's own record away, and no other. */
static void resets(void **state)
{
	(void)state;
	give(0, OWN, 0);
	give(0, KVMCLOCK_XEN_INFO, 0);
	give(0, KVMCLOCK_XEN_TIME, 0);
	vcpus[0].clock.msr = 0x1001;
	vcpus[0].clock.paused = true;
	kvmclock_reset(&vcpus[0]);
	assert_int_equal(vcpus[0].clock.msr, 0);
	assert_true(vcpus[0].clock.paused);
	assert_false(vcpus[0].clock.record[OWN].on);
	assert_true(vcpus[0].clock.record[KVMCLOCK_XEN_INFO].on);
	assert_true(vcpus[0].clock.record[KVMCLOCK_XEN_TIME].on);
}

/* A record that was begun at one place begins anew at the next. */
static void given_elsewhere(void **state)
{
	(void)state;
	give(0, OWN, 0);
	unstable = true;
	kvmclock_check(&vm);
	assert_int_equal(pages[0][OWN].version & 1, 1);
	kvmclock_give(&vcpus[0], OWN, true, 0x5000, 0);
	pages[0][OWN].version = 100;
	assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_RESUME);
	assert_int_equal(activated, 0x5000);
	assert_int_equal(pages[0][OWN].version, 102);
}

static void guard_clock(void)
{
	const struct shim_lock *lock = &vm.clock.lock.shim;
	unsigned int i;

	shim_guard(lock, &vm.clock.line, sizeof(vm.clock) - offsetof(struct kvmclock_vm, line) - sizeof(vm.clock.wall));
	for (i = 0; i < 2; i++) {
		struct kvmclock_record *r = &vcpus[i].clock.record[OWN];

		shim_guard(lock, &r->on, sizeof(*r) - offsetof(struct kvmclock_record, on));
		shim_guard(lock, &vcpus[i].clock.tsc_offset, sizeof(u64));
		shim_guard(lock, &vcpus[i].clock.paused, 1);
	}
}

/* The clock of the VM, records, offsets: all of it changes under the clock's lock alone, whoever asks. */
static void locks(void **state)
{
	(void)state;
	guard_clock();
	kvmclock_sync_tsc(&vcpus[0], 10);
	give(0, OWN, PV_CLOCK_PAUSED);
	kvmclock_stood_still(&vcpus[0]);
	kvmclock_prepare(&vcpus[0]);
	kvmclock_set(&vm, &(struct kvm_clock_data) { .clock = S });
	kvmclock_set_offset(&vcpus[1], 7);
	kvmclock_vcpu_init(&vcpus[0]);
	assert_int_equal(vcpus[0].clock.tsc_offset, 7);
	kvmclock_move_tsc(&vcpus[0], 9);
	give(1, OWN, 0);
	vcpus[1].clock.record[OWN].pc.valid = false;
	kvmclock_put(&vcpus[0]);
	slept++;
	tsc = 1;
	kvmclock_check(&vm);
	unstable = true;
	kvmclock_check(&vm);
	kvmclock_prepare(&vcpus[1]);
	kvmclock_reset(&vcpus[1]);
	assert_false(vcpus[1].clock.record[OWN].on);
}

/* TSCs turn out not to go alike: each vCPU's own thread writes its record, by its CPU, and never back. */
static void unstable_tscs(void **state)
{
	(void)state;
	give(0, OWN, PV_CLOCK_STABLE);
	pass(S);
	unstable = true;
	kvmclock_check(&vm);
	assert_false(vm.clock.stable);
	assert_int_equal(pages[0][OWN].version & 1, 1);
	assert_int_equal(asked, 3);
	kvmclock_load(&vcpus[0]);
	assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_RESUME);
	assert_int_equal(reads(0, OWN), S);
	assert_int_equal(pages[0][OWN].flags, 0);
	pass(S);
	kvmclock_put(&vcpus[0]);
	assert_int_equal(vcpus[0].clock.line_cpu, -1);
	assert_int_equal(vcpus[0].clock.told, 2 * S);
	/* on another CPU, whose TSC is another, and the host's clock is a little behind what the guest has read */
	cpu = 1;
	tsc = 7;
	boot -= 1000;
	kvmclock_load(&vcpus[0]);
	assert_int_equal(vcpus[0].base.requests, BIT(X86_REQ_CLOCK));
	kvmclock_prepare(&vcpus[0]);
	assert_int_equal(reads(0, OWN), 2 * S);
	/* again there: it goes on, not back */
	tsc += 500;
	set_bit(X86_REQ_CLOCK, &vcpus[0].base.requests);
	kvmclock_prepare(&vcpus[0]);
	assert_int_equal(reads(0, OWN), 2 * S + 500);
	assert_int_equal(vcpus[0].clock.line_cpu, 1);
	/* the VMM may set it back */
	kvmclock_set(&vm, &(struct kvm_clock_data) { .clock = S });
	kvmclock_prepare(&vcpus[0]);
	assert_int_equal(reads(0, OWN), S);
	assert_int_equal(vcpus[0].clock.epoch, 1);
	/* the host sleeps: its clock is the guests' */
	slept += 5 * S;
	boot += 5 * S;
	kvmclock_check(&vm);
	assert_int_equal(kvmclock_now(&vm), 6 * S);
	unstable = false;
	vcpus[0].base.requests = 0;
	kvmclock_load(&vcpus[0]);
	assert_int_equal(vcpus[0].base.requests, 0);
}

/* Who is on no CPU has read no time since: what that CPU's TSC counts says nothing. */
static void put_twice(void **state)
{
	(void)state;
	unstable = true;
	kvmclock_check(&vm);
	give(0, OWN, 0);
	pass(S);
	kvmclock_put(&vcpus[0]);
	assert_int_equal(vcpus[0].clock.told, S);
	tsc += 1000 * S;
	kvmclock_put(&vcpus[0]);
	assert_int_equal(vcpus[0].clock.told, S);
	assert_int_equal(vcpus[0].clock.last_tsc, tsc);
}

/* Behind the last record there is none. */
static void last_record(void **state)
{
	struct kvmclock_record *r = vcpus[0].clock.record;
	bool *beyond = (void *)((char *)&r->on + KVMCLOCK_RECORDS * sizeof(*r));

	(void)state;
	give(0, KVMCLOCK_XEN_TIME, 0);
	refreshes = 0;
	*beyond = true;
	assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_RESUME);
	kvmclock_set(&vm, &(struct kvm_clock_data) { .clock = S });
	assert_int_equal(refreshes, 0);
	*beyond = false;
}

/* A vCPU that is the only one is of one mind with all. */
static void alone(void **state)
{
	(void)state;
	vm.base.nr_vcpus = 1;
	kvmclock_set_offset(&vcpus[0], 5);
	assert_true(vm.clock.matched);
	assert_int_equal(asked, 0);
	assert_int_equal(vcpus[0].base.requests, BIT(X86_REQ_CLOCK));
}

/* A view is the clock as it was when it was looked at, stable or not. */
static void views(void **state)
{
	struct kvmclock_view view;

	(void)state;
	pass(S);
	kvmclock_look(&vm, &view);
	assert_true(view.stable);
	tsc += 5;
	assert_int_equal(kvmclock_view_now(&view), S + 5);
	unstable = true;
	boot += 5;
	kvmclock_look(&vm, &view);
	assert_false(view.stable);
	boot += 7;
	assert_int_equal(kvmclock_view_now(&view), S + 12);
}

/* The day at which the clock was 0: where there are twelve bytes for it. */
static void walls(void **state)
{
	(void)state;
	kvmclock_write_wall(&vm, 0x1001);
	kvmclock_write_wall(&vm, 0x1002);
	assert_int_equal(wall.inits, 0);
	wall.ret = -EFAULT;
	kvmclock_write_wall(&vm, 0x1ffc);
	assert_int_equal(wall.inits, 1);
	assert_int_equal(wall.exits, 1);
	assert_int_equal(wall.gpa, 0x1ffc);
	assert_int_equal(wall.day, 0);
	wall.ret = 0;
	pass(7 * S);
	kvmclock_write_wall(&vm, 0x2000);
	assert_int_equal(wall.day, 1000);
	assert_int_equal(wall.exits, 2);
}

/* Where TSCs do not go alike another time counts as it was set, an earlier one too, on the CPU that told the time before. */
static void set_unstable(void **state)
{
	struct kvm_clock_data d = {};

	(void)state;
	unstable = true;
	kvmclock_vm_init(&vm);
	pass(100 * S);
	give(0, OWN, PV_CLOCK_STABLE);
	assert_int_equal(reads(0, OWN), 100 * S);
	for (cpu = 0; cpu < 2; cpu++) {
		d.clock = 0;
		assert_int_equal(kvmclock_set(&vm, &d), 0);
		assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_RESUME);
		assert_int_equal(pages[0][OWN].ns, 0);
		assert_int_equal(reads(0, OWN), 0);
		d.clock = 50 * S;
		assert_int_equal(kvmclock_set(&vm, &d), 0);
		assert_int_equal(kvmclock_prepare(&vcpus[0]), VCPU_RESUME);
		assert_int_equal(reads(0, OWN), 50 * S);
	}
}

/* One vCPU's TSC is another: records say that they do not agree, once, and again when they do. */
static void moved(void **state)
{
	(void)state;
	give(0, OWN, PV_CLOCK_STABLE);
	give(1, OWN, PV_CLOCK_STABLE);
	assert_int_equal(pages[0][OWN].flags, PV_CLOCK_STABLE);
	kvmclock_move_tsc(&vcpus[1], 5 - tsc);
	assert_false(vm.clock.matched);
	assert_int_equal(asked, 3);
	assert_int_equal(kvmclock_tsc(&vcpus[1]), 5);
	assert_int_equal(kvmclock_tsc(&vcpus[0]), 0);
	assert_int_equal(pages[0][OWN].flags, 0);
	/* in the control block when its thread comes by */
	assert_int_equal(vmcbs[1].control.tsc_offset, -50 * S);
	assert_int_equal(kvmclock_prepare(&vcpus[1]), VCPU_RESUME);
	assert_int_equal(vmcbs[1].control.tsc_offset, 5 - tsc);
	assert_int_equal(tsc_changes, 1);
	pass(S);
	assert_int_equal(reads(0, OWN), S);
	assert_int_equal(reads(1, OWN), S);
	asked = 0;
	kvmclock_move_tsc(&vcpus[1], 6 - tsc);
	assert_int_equal(asked, 0);
	assert_int_equal(vcpus[1].base.requests, BIT(X86_REQ_CLOCK));
	kvmclock_move_tsc(&vcpus[1], -50 * S);
	assert_true(vm.clock.matched);
	assert_int_equal(asked, 3);
	assert_int_equal(pages[0][OWN].flags, PV_CLOCK_STABLE);
	/* of a guest's guest both change */
	vcpus[0].svm.nested = &nested;
	nested.in_l2 = true;
	nested.l1 = &l1;
	vmcbs[0].control.tsc_offset = 1000;
	kvmclock_move_tsc(&vcpus[0], 3 - 50 * S);
	kvmclock_prepare(&vcpus[0]);
	assert_int_equal(vmcbs[0].control.tsc_offset, 1003);
	assert_int_equal(l1.control.tsc_offset, 3);
}

/* By offset: the vCPU's own, and that of those to come. */
static void set_offset(void **state)
{
	(void)state;
	kvmclock_set_offset(&vcpus[0], 77);
	assert_int_equal(vcpus[0].clock.tsc_offset, 77);
	assert_int_equal(vm.clock.tsc_offset, 77);
	assert_true(vm.clock.tsc_set);
	assert_false(vm.clock.matched);
	assert_int_equal(asked, 3);
	kvmclock_vcpu_init(&vcpus[1]);
	assert_int_equal(vcpus[1].clock.tsc_offset, 77);
	assert_int_equal(vcpus[1].clock.line_cpu, -1);
	assert_int_equal(vcpus[1].base.requests, BIT(X86_REQ_CLOCK));
}

static void sync(u64 val, u64 gives)
{
	kvmclock_sync_tsc(&vcpus[0], val);
	assert_int_equal(kvmclock_tsc(&vcpus[0]), gives);
	assert_int_equal(vm.clock.tsc_offset, vcpus[0].clock.tsc_offset);
	assert_true(vm.clock.tsc_set);
}

/* By value: the first counts as it is; later what is within a second of it is taken for the same, either way, and 0 too. */
static void set_value(void **state)
{
	(void)state;
	sync(0, 0);
	setup(NULL);
	pass(S);
	sync(0, S);
	setup(NULL);
	sync(10, 10);
	sync(10 + S, 10);
	sync(11 + S, 11 + S);
	sync(11, 11 + S);
	sync(10, 10);
	pass(S / 2);
	sync(10, 10 + S / 2);
	sync(0, 10 + S / 2);
	sync(50 * S, 50 * S);
	assert_int_equal(asked, 3);	/* they do not agree */
	kvmclock_sync_tsc(&vcpus[0], 50 * S);
	asked = 0;
	kvmclock_sync_tsc(&vcpus[0], 50 * S);
	assert_int_equal(asked, 0);
	kvmclock_sync_tsc(&vcpus[1], 50 * S - 7);
	assert_int_equal(asked, 3);
	assert_int_equal(kvmclock_tsc(&vcpus[1]), 50 * S);
	assert_true(vm.clock.matched);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(begins), TEST(records), TEST(addresses), TEST(pages_that_fail), TEST(paused), TEST(set),
		TEST(set_without_a_page), TEST(sleeps), TEST(unstable_tscs), TEST(views), TEST(walls), TEST(moved),
		TEST(sleeps_without_the_tsc), TEST(put_twice), TEST(last_record), TEST(alone), TEST(resets), TEST(given_elsewhere), TEST(locks), TEST(set_unstable), TEST(set_offset), TEST(set_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
