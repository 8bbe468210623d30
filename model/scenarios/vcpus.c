// SPDX-License-Identifier: GPL-2.0
/*
 * vCPUs that change CPUs, two that do the same at once, one that is started anew.
 */
#include <linux/kvm.h>

#include "../shim/host_private.h"
#include "../shim/threads.h"
#include "scenario.h"

/* One vCPU by two threads, one after the other: what one CPU has in its TLB and caches counts for the other. */
static void begins_here(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_load(v, GPA(0), "C1");
	guest_store(v, GPA(0));
	vcpu_stop(v);
	flag_set(0);
	flag_wait(1);
	guest_load(v, GPA(0), "C2");
	guest_fetch(v, GPA(1), "C3");
	vcpu_stop(v);
}

static void goes_on_there(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	flag_wait(0);
	guest_load(v, GPA(0), "C1");
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	guest_store(v, GPA(0));
	guest_fetch(v, GPA(1), "C3");
	vcpu_stop(v);
	host_migrate(HVA(0));
	flag_set(1);
}

static void setup_changes(void)
{
	vm_loaded(0, "x");
	vm_loaded(1, "code");
	vm_create(4, 0);
	vm_mapped_warm(1);
	explore_spawn("vCPU 0, here", 0, begins_here, NULL);
	explore_spawn("vCPU 0, there", 1, goes_on_there, NULL);
}

const struct scenario scenario_vcpu_changes_cpu = {
	.name = "vcpu-changes-cpu",
	.story = "A vCPU writes with its MMU off on one CPU, turns it on when it runs on another, and comes back when its page has moved.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_changes,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 2,
	.random = 50,
	.mutants = { CATCHES_UNDER(drop_unpaid, MMU_TWO_TREE), CATCHES(no_clean_at_mmu_on) },
};

/*
 * Each with a table of its own, as in two-vcpus-on-one-cpu. Both have their MMU on, which has
 * flushed what there was, and have run each on its CPU; then one comes to where the other was.
 */
static void runs_own(unsigned int i)
{
	guest_load_va(&vm->vcpu[i], 1, GPA(i), "TLB");
	vcpu_stop(&vm->vcpu[i]);
}

static void begins_own(unsigned int i)
{
	guest_map_own(&vm->vcpu[i], 1, GPA(i));
	guest_sctlr(&vm->vcpu[i], true, true, true);
	runs_own(i);
}

static void first_and_last_here(void *arg)
{
	begins_own(0);
	flag_set(0);
	flag_wait(1);
	runs_own(0);
	flag_set(2);
	flag_wait(3);
	runs_own(1);
	flag_set(4);
}

static void between_there(void *arg)
{
	flag_wait(0);
	begins_own(1);
	flag_set(1);
	flag_wait(2);
	runs_own(1);
	flag_set(3);
	flag_wait(4);
	runs_own(0);
}

static void setup_trade(void)
{
	vm_create(4, 0);
	explore_spawn("CPU 0", 0, first_and_last_here, NULL);
	explore_spawn("CPU 1", 1, between_there, NULL);
}

const struct scenario scenario_two_vcpus_trade_cpus = {
	.name = "two-vcpus-trade-cpus",
	.story = "Two vCPUs with tables of their own and one ASID change CPUs with each other: neither finds on its new CPU what the other left there.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_trade,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(last_anywhere), CATCHES_UNDER(last_anywhere, MMU_TWO_TREE),
		     CATCHES(no_local_flush) },
};

/* Two threads on one CPU: whoever has preemption off keeps the other away. */
static void on_one_cpu(void *arg)
{
	struct vcpu *v = &vm->vcpu[(long)arg];

	guest_store(v, GPA((long)arg));
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA((long)arg), "C2");
	vcpu_stop(v);
}

static void setup_one(void)
{
	vm_loaded(0, "x");
	vm_loaded(1, "y");
	vm_create(4, 0);
	vm_mapped_warm(2);
	explore_spawn("vCPU 0", 0, on_one_cpu, (void *)0);
	explore_spawn("vCPU 1", 0, on_one_cpu, (void *)1);
}

const struct scenario scenario_two_vcpus_warm_up_on_one_cpu = {
	.name = "two-vcpus-warm-up-on-one-cpu",
	.story = "Two vCPUs that share a CPU write with their MMUs off, and turn them on, each whenever the other is preempted.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_one,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 2,
	.random = 50,
	.mutants = { CATCHES_UNDER(hurry_no_harvest, MMU_TWO_TREE),
		     CATCHES_UNDER(drop_unpaid, MMU_TWO_TREE) },
};

/* Both clean by set and way: a walk that has passed a page stands for nobody who has written it since. */
static void cleans_all(void *arg)
{
	struct vcpu *v = &vm->vcpu[(long)arg];
	u64 gpa = GPA((long)arg);

	guest_sctlr(v, true, true, true);
	guest_store(v, gpa);
	guest_set_way(v);
	guest_sctlr(v, false, false, false);
	guest_load(v, gpa, "C7");
	vcpu_stop(v);
}

static void setup_two_set_way(void)
{
	vm_loaded(0, "x");
	vm_loaded(1, "y");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, cleans_all, (void *)0);
	explore_spawn("vCPU 1", 1, cleans_all, (void *)1);
}

const struct scenario scenario_setway_two_vcpus = {
	.name = "setway-two-vcpus",
	.story = "Two vCPUs clean their caches by set and way at the same time, turn them off, and must find in memory what they had written.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_two_set_way,
	.expect = EXPECT("C7", HOLDS),
	.preemptions = 2,
	.random = 50,
	.mutants = { CATCHES(setway_late), CATCHES_UNDER(setway_late, MMU_TWO_TREE) },
};

/* A secondary has been warm, goes off, is started again, and writes past the caches what it has in them. */
static void starts_again(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_cpu_on(v, &vm->vcpu[1]);
	guest_wfi(v);
	flag_wait(0);
	guest_cpu_on(v, &vm->vcpu[1]);
	if (explore_choose(2, "whether it turns its own MMU on"))
		guest_sctlr(v, true, true, true);
	guest_load(v, GPA(2), NULL);
	vcpu_stop(v);
}

static void second_life_writes(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	vcpu_wait_on(v);
	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	guest_dc(v, GPA(0), MACHINE_DC_CIVAC);
	v->on = false;
	vcpu_stop(v);
	flag_set(0);
	vcpu_wait_on(v);
	guest_load(v, GPA(0), "C6");
	guest_store(v, GPA(0));
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void setup_again(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, starts_again, NULL);
	explore_spawn("vCPU 1", 1, second_life_writes, NULL);
}

const struct scenario scenario_cpu_on_then_mmu_on = {
	.name = "cpu-on-then-mmu-on",
	.story = "A secondary goes off, is started again by CPU_ON, writes with its MMU off what it had written before with it on, and turns it on.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_again,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 1,
	.random = 50,
	.mutants = { CATCHES_UNDER(no_harvest, MMU_TWO_TREE), CATCHES_UNDER(drop_unpaid, MMU_TWO_TREE),
		     CATCHES(no_clean_at_mmu_on) },
};

/* A vCPU stays in the guest while numbers run out twice on another CPU. */
#define VMS	9

static struct vm *many[VMS] __attribute__((section("model_state")));

static void runs(unsigned int i)
{
	guest_load(&many[i]->vcpu[0], GPA(0), NULL);
	vcpu_stop(&many[i]->vcpu[0]);
}

/* So many that the numbers run out twice, and a few are given after that. */
#define RUNS	15

static unsigned int nth(unsigned int n)
{
	return 1 + n % (VMS - 1);
}

static void stays_in(void *arg)
{
	struct vcpu *v = &many[0]->vcpu[0];
	unsigned int n;

	guest_store(v, GPA(0));
	flag_set(0);
	flag_wait(1);
	guest_store(v, GPA(0));
	vcpu_stop(v);
	/* whoever has its number now would find its translations here: the last ones first */
	for (n = RUNS; n-- > RUNS - (VMS - 1);)
		runs(nth(n));
}

static void run_out(void *arg)
{
	unsigned int n;

	flag_wait(0);
	for (n = 0; n < RUNS; n++)
		runs(nth(n));
	flag_set(1);
}

static void setup_twice(void)
{
	unsigned int i;

	for (i = 0; i < VMS; i++) {
		many[i] = vm_create_at(i, 1, 0);
		if (!many[i])
			explore_unfinished("no VM %u", i);
	}
	explore_spawn("vCPU of VM 0", 0, stays_in, NULL);
	explore_spawn("other VMs", 2, run_out, NULL);
}

static void finish_twice(void)
{
	unsigned int i;

	for (i = 1; i < VMS; i++)
		vm_destroy(many[i]);
}

const struct scenario scenario_vmid_rollover_twice = {
	.name = "vmid-rollover-twice",
	.story = "VMIDs run out twice and more while a vCPU stays in its guest, which keeps its number; then all others run where it was.",
	.contract = SLOPPY,
	.machine = { .caches = { .speculate = true, .idc = true }, .vmid_bits = 3 },
	.setup = setup_twice,
	.finish = finish_twice,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 0,
	.random = 20,
	.mutants = { CATCHES(kept_once), CATCHES_UNDER(kept_once, MMU_TWO_TREE) },
};
