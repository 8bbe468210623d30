// SPDX-License-Identifier: GPL-2.0
/*
 * Payments that cross: a harvest and a drop, two vCPUs that write one page past the
 * caches, KSM between such a write and the warm-up.
 */
#include "../shim/host_private.h"
#include "scenario.h"

static void harvests(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	flag_wait(0);
	guest_store(v, GPA(0));
	flag_set(1);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void is_reset(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_load(v, GPA(1), NULL);
	vcpu_stop(v);
	flag_set(0);
	flag_wait(1);
	vcpu_init(v);
	guest_load(v, GPA(1), NULL);
	vcpu_stop(v);
}

static void setup_harvest(void)
{
	vm_loaded(0, "x");
	vm_loaded(1, "y");
	vm_create(4, 0);
	vm_mapped_warm(2);
	explore_spawn("vCPU 0", 0, harvests, NULL);
	explore_spawn("VMM+vCPU 1", 1, is_reset, NULL);
}

const struct scenario scenario_harvest_against_drop = {
	.name = "harvest-against-drop",
	.story = "A vCPU turns its MMU on and pays for the cold pages, while another is re-initialised and drops the tree that holds them.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_harvest,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES_UNDER(harvest_alone, MMU_TWO_TREE),
		     CATCHES_UNDER(reap_untold, MMU_TWO_TREE) },
};

/* C1 against a cold vCPU that maps the page again between the re-init and the VMM's write. */
static void lives_twice(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_load(v, GPA(0), "C1");
	vcpu_stop(v);
	vcpu_init(v);
	flag_set(0);
	flag_wait(1);
	host_write(HVA(0));
	guest_load(v, GPA(0), "C1");
	vcpu_stop(v);
}

static void looks_between(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	flag_wait(0);
	guest_load(v, GPA(0), NULL);
	flag_set(1);
	vcpu_stop(v);
}

static void setup_between(void)
{
	vm_loaded(0, "kernel");
	vm_create(4, 0);
	explore_spawn("VMM+vCPU 0", 0, lives_twice, NULL);
	explore_spawn("vCPU 1", 1, looks_between, NULL);
}

const struct scenario scenario_reset_then_write_another_cold = {
	.name = "reset-then-write-another-cold",
	.story = "The VMM re-initialises a vCPU and writes its image after that; between the two another cold vCPU has touched the page.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_between,
	.expect = EXPECT("C1", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES(paid_at_init), CATCHES_UNDER(paid_at_init, MMU_TWO_TREE) },
};

/* Two are re-initialised; the VMM writes once more after the first has run. */
static void runs_first(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_load(v, GPA(0), "C1");
	vcpu_stop(v);
	vcpu_init(v);
	guest_load(v, GPA(0), "C1");
	vcpu_stop(v);
	flag_set(0);
}

static void runs_second(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_load(v, GPA(1), NULL);
	vcpu_stop(v);
	vcpu_init(v);
	flag_wait(0);
	host_write(HVA(0));
	guest_load(v, GPA(0), "C1");
	vcpu_stop(v);
}

static void setup_second(void)
{
	vm_loaded(0, "kernel");
	vm_create(4, 0);
	explore_spawn("VMM+vCPU 0", 0, runs_first, NULL);
	explore_spawn("VMM+vCPU 1", 1, runs_second, NULL);
}

const struct scenario scenario_reset_of_two = {
	.name = "reset-of-two",
	.story = "Two vCPUs are re-initialised; one has run again when the VMM writes what the other is to read in its new life.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_second,
	.expect = EXPECT("C1", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES_UNDER(drop_once, MMU_TWO_TREE) },
};

/* Both write the same page; each must see the other's store once both are warm. */
static void writes_first(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_store(v, GPA(0));
	flag_set(0);
	flag_wait(1);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	flag_set(2);
	flag_wait(3);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void writes_second(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	flag_wait(0);
	guest_load(v, GPA(0), "C2");
	flag_set(1);
	flag_wait(2);
	guest_store(v, GPA(0));
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	flag_set(3);
	vcpu_stop(v);
}

static void setup_one_page(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	vm_mapped_warm(1);
	explore_spawn("vCPU 0", 0, writes_first, NULL);
	explore_spawn("vCPU 1", 1, writes_second, NULL);
}

const struct scenario scenario_two_cold_vcpus_one_page = {
	.name = "two-cold-vcpus-one-page",
	.story = "Two vCPUs write one page with their MMUs off and turn them on one after the other; the second writes it once more when the first is warm.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_one_page,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES_UNDER(drop_unpaid, MMU_TWO_TREE) },
};

/* It writes on while its page is taken away: the last store may come through a TLB. */
static void writes_on(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	v->may_die = true;
	guest_store(v, GPA(0));
	flag_set(0);
	guest_store(v, GPA(0));
	vcpu_stop(v);
}

static void takes_slot(void *arg)
{
	flag_wait(0);
	vm_set_region(vm, VM_GPA, 0, 0);
	host_read(HVA(0), "C4");
}

static void setup_writes_on(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, writes_on, NULL);
	explore_spawn("VMM", 2, takes_slot, NULL);
}

const struct scenario scenario_unmap_cold_writer = {
	.name = "unmap-cold-writer",
	.story = "The VMM deletes a slot while a vCPU with its MMU off writes to it, and reads the page: the vCPU's TLB must forget the page before it is paid for.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_writes_on,
	.expect = EXPECT("C4", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES(pay_early), CATCHES_UNDER(pay_early, MMU_TWO_TREE) },
};

/* Its first store faults while the host moves the page: its leaf goes, or never comes. */
static void faults_cold(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_store(v, GPA(0));
	guest_store(v, GPA(0));
	vcpu_stop(v);
}

static void moves_at_once(void *arg)
{
	host_migrate(HVA(0));
}

static void setup_faults_cold(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, faults_cold, NULL);
	explore_spawn("memory manager", 2, moves_at_once, NULL);
}

const struct scenario scenario_move_against_cold_fault = {
	.name = "move-against-cold-fault",
	.story = "The host moves a page while a vCPU with its MMU off is just mapping it.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_faults_cold,
	.expect = EXPECT("C4", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES_UNDER(cold_asked_early, MMU_TWO_TREE) },
};

/* KSM looks for equal pages through the caches; what it shares must be what the guest wrote. */
static void writes_twin(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_store(v, GPA(0));
	flag_set(0);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	guest_load(v, GPA(1), NULL);
	vcpu_stop(v);
}

static void merges(void *arg)
{
	flag_wait(0);
	host_merge(HVA(0), HVA(1));
}

static void setup_ksm(void)
{
	vm_loaded(0, "x");
	vm_loaded(1, "y");
	vm_create(4, 0);
	vm_mapped_warm(2);
	explore_spawn("vCPU 0", 0, writes_twin, NULL);
	explore_spawn("KSM", 2, merges, NULL);
}

const struct scenario scenario_ksm_cold_page = {
	.name = "ksm-cold-page",
	.story = "KSM compares a page that a vCPU has written with its MMU off, while the vCPU turns it on.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_ksm,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 2,
	.random = 100,
};
