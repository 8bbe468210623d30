// SPDX-License-Identifier: GPL-2.0
/*
 * What a vCPU of a Xen guest has done with its time: a record over a page's end, in both modes, while the thread
 * waits for CPUs and pages go. The layout is Xen's: vcpu.h, struct vcpu_runstate_info.
 */
#include "test_xen_fake.h"

#include "../../src/x86/xen/runstate.h"

#define RECORD_64	48
#define RECORD_32	44

static struct x86_vcpu *cpu = &fake_cpu[0];
static struct runstate *rs = &fake_cpu[0].xen.runstate;
static struct fake_task task, other;
struct fake_task *fake_current = &task;
static bool counts;

bool sched_info_on(void)
{
	return counts;
}

static const struct kvmclock_view *looked;

void kvmclock_look(struct x86_vm *vm, struct kvmclock_view *view)
{
	assert_ptr_equal(vm, &fake_vm);
	looked = view;
}

u64 kvmclock_view_now(const struct kvmclock_view *view)
{
	assert_ptr_equal(view, looked);
	return fake_time;
}

static int setup(void **state)
{
	fake_setup(state);
	memset(&task, 0, sizeof(task));
	fake_current = &task;
	counts = true;
	looked = NULL;
	runstate_init(cpu);
	fake_time = 1000;
	return 0;
}

static int set(unsigned int type, u64 gpa)
{
	struct kvm_xen_vcpu_attr a = { .type = type, .u.gpa = gpa };

	return runstate_set(cpu, &a);
}

#define set_gpa(gpa)	set(KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADDR, gpa)
#define set_state(s)	set(KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_CURRENT, s)

static int set_times(unsigned int type, u64 state, u64 entry, u64 running, u64 runnable, u64 blocked, u64 offline)
{
	struct kvm_xen_vcpu_attr a = { .type = type, .u.runstate = { state, entry, running, runnable, blocked, offline } };

	return runstate_set(cpu, &a);
}

#define DATA	KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_DATA
#define ADJUST	KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADJUST

static void times_are(u64 state, u64 entry, u64 running, u64 runnable, u64 blocked, u64 offline)
{
	struct kvm_xen_vcpu_attr a = { .type = DATA };

	assert_int_equal(runstate_get(cpu, &a), 0);
	assert_int_equal(a.u.runstate.state, state);
	assert_int_equal(a.u.runstate.state_entry_time, entry);
	assert_int_equal(a.u.runstate.time_running, running);
	assert_int_equal(a.u.runstate.time_runnable, runnable);
	assert_int_equal(a.u.runstate.time_blocked, blocked);
	assert_int_equal(a.u.runstate.time_offline, offline);
	a.type = KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_CURRENT;
	assert_int_equal(runstate_get(cpu, &a), 0);
	assert_int_equal(a.u.runstate.state, state);
}

/* What the guest reads is what the VMM reads, and no byte beside the record changes. */
static void record_is(u64 gpa, bool wide)
{
	unsigned char want[RECORD_64] = { 0 };
	unsigned int entry = wide ? 8 : 4, len = wide ? RECORD_64 : RECORD_32;
	unsigned char *at = mem_at(gpa);

	memcpy(want, &rs->state, 4);
	memcpy(want + entry, &rs->entry, 8);
	memcpy(want + entry + 8, rs->time, 32);
	assert_memory_equal(at, want, len);
	assert_true(at[-1] == 0xee && at[len] == 0xee);
}

/* Time passes in one state after the other; what the thread waited for a CPU while it ran is time in which it could run. */
static void passes(void **state)
{
	(void)state;
	times_are(3, 0, 0, 0, 0, 0);
	runstate_run(cpu);
	times_are(0, 1000, 0, 0, 0, 1000);
	fake_time = 1500;
	runstate_preempt(cpu);
	times_are(1, 1500, 500, 0, 0, 1000);
	/* it is preempted, whoever says so again */
	fake_time = 1600;
	runstate_preempt(cpu);
	times_are(1, 1500, 500, 0, 0, 1000);
	fake_time = 1700;
	task.sched_info.run_delay = 150;
	runstate_run(cpu);
	times_are(0, 1700, 500, 200, 0, 1000);
	/* it waited 40 of these */
	task.sched_info.run_delay += 40;
	fake_time = 1800;
	assert_int_equal(set_state(2), 0);
	times_are(2, 1800, 560, 240, 0, 1000);
	/* and in another state that is of no account */
	task.sched_info.run_delay += 40;
	fake_time = 1900;
	assert_int_equal(set_state(0), 0);
	times_are(0, 1900, 560, 240, 100, 1000);
	/* no more than there was */
	task.sched_info.run_delay += 1000;
	fake_time = 1950;
	assert_int_equal(set_state(3), 0);
	times_are(3, 1950, 560, 290, 100, 1000);
	/* a clock that goes back takes nothing away */
	fake_time = 1900;
	assert_int_equal(set_state(0), 0);
	times_are(0, 1950, 560, 290, 100, 1000);
	/* another thread's waiting is its own */
	other.sched_info.run_delay = 5000;
	fake_current = &other;
	fake_time = 2000;
	assert_int_equal(set_state(0), 0);
	times_are(0, 2000, 610, 290, 100, 1000);
	other.sched_info.run_delay = 4000;
	fake_time = 2100;
	assert_int_equal(set_state(0), 0);
	times_are(0, 2100, 710, 290, 100, 1000);
}

/* A vCPU that never ran is not preempted. */
static void never_ran(void **state)
{
	(void)state;
	rs->state = RUNSTATE_RUNNING;
	runstate_preempt(cpu);
	assert_int_equal(rs->entry, 0);
}

/* Wherever it stands, over a page's end, too, and in both modes the record is whole, and what is beside it stays. */
static void records(void **state)
{
	u64 base = FAKE_MEM + PAGE_SIZE, gpa;
	int wide, flag;

	for (wide = 0; wide < 2; wide++) {
		for (flag = 0; flag < 2; flag++) {
			for (gpa = base - 50; gpa <= base + 2; gpa++) {
				setup(state);
				memset(fake_mem, 0xee, sizeof(fake_mem));
				fake_vm.xen.long_mode = wide;
				fake_vm.xen.update_flag = flag;
				assert_int_equal(set_gpa(gpa), 0);
				record_is(gpa, wide);
				runstate_run(cpu);
				record_is(gpa, wide);
				fake_time = 0x1122334455667700;
				runstate_preempt(cpu);
				record_is(gpa, wide);
				assert_int_equal(!!fake_dirty[0], gpa < base);
				assert_int_equal(!!fake_dirty[1], gpa > base - RECORD_64 + (wide ? 0 : 4));
				runstate_destroy(cpu);
			}
		}
	}
}

static u64 watched;
static unsigned int writes, begun;
static u64 entry_before;

/* The top bit of when the state began says that the rest may change, as long as it does. */
static void watch(struct pfn_cache *pc)
{
	(void)pc;
	begun += mem_at(watched)[15] >> 7;
	if (!writes++)
		memcpy(&entry_before, mem_at(watched + 8), 8);
}

static void flagged(void **state)
{
	u64 gpa = FAKE_MEM + PAGE_SIZE - 20;

	for (watched = FAKE_MEM + 64; watched; watched = watched == gpa ? 0 : gpa) {
		setup(state);
		writes = begun = 0;
		fake_vm.xen.update_flag = true;
		assert_int_equal(set_gpa(watched), 0);
		fake_on_end = watch;
		fake_time = 3000;
		runstate_run(cpu);
		/* flag; record, one page or two; no flag */
		assert_int_equal(writes, watched == gpa ? 4 : 3);
		assert_true(begun == writes - 1 && entry_before == 1ULL << 63);
		fake_on_end = NULL;
		assert_false(mem_at(watched)[15] & 0x80);
		/* who did not ask is told nothing */
		writes = begun = 0;
		fake_vm.xen.update_flag = false;
		fake_on_end = watch;
		runstate_run(cpu);
		assert_true(writes == (watched == gpa ? 2 : 1) && !begun);
	}
}

/* Where it cannot be it is not: nothing is kept, and the time goes on. */
static void nowhere(void **state)
{
	struct kvm_xen_vcpu_attr a = { .type = KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADDR };

	(void)state;
	assert_int_equal(set_gpa(FAKE_MEM + 64), 0);
	assert_int_equal(runstate_get(cpu, &a), 0);
	assert_int_equal(a.u.gpa, FAKE_MEM + 64);
	assert_int_equal(set_gpa(0x1000), -EFAULT);
	assert_int_equal(runstate_get(cpu, &a), 0);
	assert_true(a.u.gpa == KVM_XEN_INVALID_GPA && !pfn_cache_check(&rs->page[0]) && !pfn_cache_check(&rs->page[1]));
	runstate_run(cpu);
	times_are(0, 1000, 0, 0, 0, 1000);
	assert_int_equal(set_gpa(FAKE_MEM + PAGE_SIZE - 8), 0);
	assert_true(pfn_cache_check(&rs->page[1]));
	assert_int_equal(set_gpa(KVM_XEN_INVALID_GPA), 0);
	assert_true(!pfn_cache_check(&rs->page[0]) && !pfn_cache_check(&rs->page[1]));
	/* the whole of it in one page: the other one is not kept */
	assert_int_equal(set_gpa(FAKE_MEM + PAGE_SIZE - 48), 0);
	assert_false(pfn_cache_check(&rs->page[1]));
	runstate_destroy(cpu);
	assert_false(pfn_cache_check(&rs->page[0]));
}

/* A page that the host took is had again when the vCPU runs; while it is away the record stays as it was. */
static void taken(void **state)
{
	u64 gpa = FAKE_MEM + PAGE_SIZE - 20;

	(void)state;
	memset(fake_mem, 0xee, sizeof(fake_mem));
	assert_int_equal(set_gpa(gpa), 0);
	fake_take(gpa, false);
	fake_time = 2000;
	runstate_run(cpu);
	assert_int_equal(*mem_at(gpa), 3);
	fake_take(gpa, true);
	fake_take(gpa + 20, true);
	fake_time = 3000;
	runstate_run(cpu);
	times_are(0, 3000, 1000, 0, 0, 2000);
	record_is(gpa, true);
}

/* A VMM's times must be their sum, in a state that there is, and none to come. */
static void times(void **state)
{
	(void)state;
	fake_time = 100;
	assert_int_equal(set_times(DATA, 4, 100, 10, 20, 30, 40), -EINVAL);
	assert_int_equal(set_times(DATA, 2, 101, 11, 20, 30, 40), -EINVAL);
	assert_int_equal(set_times(DATA, 2, 100, 11, 20, 30, 40), -EINVAL);
	assert_int_equal(set_times(DATA, 2, 100, 10, 21, 30, 40), -EINVAL);
	assert_int_equal(set_times(DATA, 2, 100, 10, 20, 31, 40), -EINVAL);
	assert_int_equal(set_times(DATA, 2, 100, 10, 20, 30, 41), -EINVAL);
	times_are(3, 0, 0, 0, 0, 0);
	task.sched_info.run_delay = 77;
	assert_int_equal(set_times(DATA, 3, 100, 10, 20, 30, 40), 0);
	times_are(3, 100, 10, 20, 30, 40);
	assert_int_equal(set_times(DATA, 0, 100, 10, 20, 30, 40), 0);
	/* what the thread had waited by then is no part of them */
	task.sched_info.run_delay = 80;
	fake_time = 110;
	assert_int_equal(set_state(0), 0);
	times_are(0, 110, 17, 23, 30, 40);
	assert_int_equal(set_state(4), -EINVAL);
}

/* What a VMM adds must be a sum, too, and brings the entry no further than now; a state may come with it. */
static void adjusts(void **state)
{
	u64 gpa = FAKE_MEM + 64;

	(void)state;
	memset(fake_mem, 0xee, sizeof(fake_mem));
	assert_int_equal(set_gpa(gpa), 0);
	assert_int_equal(set_times(DATA, 2, 100, 10, 20, 30, 40), 0);
	assert_int_equal(set_times(ADJUST, 4, 10, 1, 2, 3, 4), -EINVAL);
	assert_int_equal(set_times(ADJUST, ~0ULL, 11, 1, 2, 3, 4), -EINVAL);
	assert_int_equal(set_times(ADJUST, ~0ULL, 901, 892, 2, 3, 4), -EINVAL);
	assert_int_equal(set_times(ADJUST, ~0ULL, 10, 1, 2, 3, 4), 0);
	times_are(2, 110, 11, 22, 33, 44);
	record_is(gpa, true);
	assert_int_equal(set_times(ADJUST, 3, 10, 1, 2, 3, 4), 0);
	times_are(3, 1000, 12, 24, 916, 48);
	record_is(gpa, true);
	assert_int_equal(set_times(ADJUST, ~0ULL, 0, 0, 0, 0, 0), 0);
	/* up to now */
	fake_time = 1010;
	assert_int_equal(set_times(ADJUST, ~0ULL, 10, 10, 0, 0, 0), 0);
	times_are(3, 1010, 22, 24, 916, 48);
	/* what the thread waited before is not the new state's */
	task.sched_info.run_delay = 500;
	assert_int_equal(set_times(ADJUST, 0, 0, 0, 0, 0, 0), 0);
	fake_time = 1110;
	assert_int_equal(set_state(0), 0);
	times_are(0, 1110, 122, 24, 916, 48);
}

/* A host that does not count has none of this; what is no attribute is none. */
static void absent(void **state)
{
	struct kvm_xen_vcpu_attr a = { .type = DATA };

	(void)state;
	a.type = ADJUST;
	assert_int_equal(runstate_get(cpu, &a), -EINVAL);
	a.type = ADJUST + 1;
	assert_true(runstate_get(cpu, &a) == -ENOENT && runstate_set(cpu, &a) == -ENOENT);
	a.type = KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADDR - 1;
	assert_true(runstate_get(cpu, &a) == -ENOENT && runstate_set(cpu, &a) == -ENOENT);
	counts = false;
	assert_true(runstate_get(cpu, &a) == -EOPNOTSUPP && runstate_set(cpu, &a) == -ENOENT);
	assert_true(set_gpa(FAKE_MEM) == -EOPNOTSUPP && set_state(0) == -EOPNOTSUPP && !runstate_there());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(passes, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(never_ran, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(records, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(flagged, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(nowhere, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(taken, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(times, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(adjusts, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(absent, setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
