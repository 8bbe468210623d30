// SPDX-License-Identifier: GPL-2.0
/*
 * vCPUs that change sides of the caches: many pages, several at once, against a
 * reset, the memory manager and the end of the VM.
 */
#include "../shim/host_private.h"
#include "scenario.h"

#define MANY	(MMU_FAST_PAGES + 2)

/* Cold, over so many pages that the fast path must not pay for them. */
static void writes_many(struct vcpu *v, unsigned int last)
{
	unsigned int i;

	for (i = 8; i < 8 + MANY; i++)
		guest_load(v, GPA(i), NULL);
	guest_store(v, GPA(last));
}

static void warms_up(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	writes_many(v, 0);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void setup_many(void)
{
	vm_loaded(0, "x");
	vm_create(32, 0);
	vm_mapped_warm(1);
	explore_spawn("vCPU 0", 0, warms_up, NULL);
}

const struct scenario scenario_mmu_on_many_cold_pages = {
	.name = "mmu-on-many-cold-pages",
	.story = "A vCPU has used more pages with its MMU off than may be paid for with interrupts off, and turns it on.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_many,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES_UNDER(drop_unpaid, MMU_TWO_TREE),
		     CATCHES_UNDER(switch_early, MMU_TWO_TREE),
		     CATCHES_UNDER(fast_unbounded, MMU_TWO_TREE) },
};

/* The same while another vCPU stays cold: the tree stays, its pages are paid for. */
static void stays_cold(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_load(v, GPA(1), NULL);
	flag_set(0);
	flag_wait(1);
	guest_store(v, GPA(1));
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(1), "C2");
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void warms_up_first(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	flag_wait(0);
	writes_many(v, 0);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	flag_set(1);
	vcpu_stop(v);
}

static void setup_one_stays(void)
{
	vm_loaded(0, "x");
	vm_loaded(1, "y");
	vm_create(32, 0);
	vm_mapped_warm(2);
	explore_spawn("vCPU 0", 0, warms_up_first, NULL);
	explore_spawn("vCPU 1", 1, stays_cold, NULL);
}

const struct scenario scenario_mmu_on_another_stays_cold = {
	.name = "mmu-on-another-stays-cold",
	.story = "Two vCPUs are cold; one turns its MMU on while the other stays, and follows later.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_one_stays,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES_UNDER(no_harvest, MMU_TWO_TREE) },
};

/* A guest that never turned its MMU on is reset: the cold tree still maps its image. */
static void cold_life(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_load(v, GPA(0), "C1");
	vcpu_stop(v);
	flag_set(0);
	flag_wait(1);
	guest_load(v, GPA(0), "C1");
	vcpu_stop(v);
}

static void resets_cold(void *arg)
{
	flag_wait(0);
	vcpu_init(&vm->vcpu[0]);
	host_write(HVA(0));
	flag_set(1);
}

static void setup_cold_reset(void)
{
	vm_loaded(0, "kernel");
	vm_create(4, 0);
	explore_spawn("VMM", 2, resets_cold, NULL);
	explore_spawn("vCPU 0", 0, cold_life, NULL);
}

const struct scenario scenario_reset_while_cold = {
	.name = "reset-while-cold",
	.story = "A vCPU is re-initialised that never turned its MMU on, and the VMM writes its image after that.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_cold_reset,
	.expect = EXPECT("C1", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES_UNDER(no_drop_at_reset, MMU_TWO_TREE) },
};

/* A cold vCPU's page moves, while the vCPU uses it or turns its MMU on. */
static void cold_then_warm(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_store(v, GPA(0));
	flag_set(0);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void warm_beside(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	vcpu_stop(v);
	flag_set(1);
}

static void moves_cold(void *arg)
{
	flag_wait(0);
	host_migrate(HVA(0));
}

static void setup_move_cold(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, cold_then_warm, NULL);
	explore_spawn("memory manager", 2, moves_cold, NULL);
}

const struct scenario scenario_migrate_cold_page = {
	.name = "migrate-cold-page",
	.story = "The host migrates a page that a vCPU has written with its MMU off, while the vCPU turns it on.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_move_cold,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES_UNDER(cold_kept, MMU_TWO_TREE),
		     CATCHES_UNDER(unmap_apart, MMU_TWO_TREE) },
};

static void warm_waits(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	flag_wait(1);
	guest_store(v, GPA(0));
	flag_set(0);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void setup_move_both(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 1", 1, warm_beside, NULL);
	explore_spawn("vCPU 0", 0, warm_waits, NULL);
	explore_spawn("memory manager", 2, moves_cold, NULL);
}

const struct scenario scenario_migrate_page_of_both_trees = {
	.name = "migrate-page-of-both-trees",
	.story = "The page is mapped for a warm vCPU too; the cold one turns its MMU on while the host takes the page out of one tree and then the other.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_move_both,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES_UNDER(cold_first, MMU_TWO_TREE) },
};

/* A warm guest turns its MMU off, writes, exits: then the VM ends. The VMM reads what it wrote. */
static void ends_cold(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	guest_dc(v, GPA(0), MACHINE_DC_CIVAC);
	guest_sctlr(v, false, false, false);
	guest_store(v, GPA(0));
	guest_wfi(v);
	guest_load(v, GPA(1), NULL);
	vcpu_stop(v);
}

static void setup_end(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, ends_cold, NULL);
}

static void finish_end(void)
{
	vm_destroy(vm);
	host_read(HVA(0), "C4");
}

const struct scenario scenario_destroy_after_mmu_off = {
	.name = "destroy-after-mmu-off",
	.story = "A warm guest turns its MMU off and writes; the VM is destroyed, and the VMM reads its memory.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_end,
	.finish = finish_end,
	.expect = EXPECT("C4", HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES_UNDER(destroy_unpaid, MMU_TWO_TREE) },
};

/* Two lives with one ASID: a guest may rely on a TLB that is empty after reset. */
static void reuses_asid(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_map_va(v, 1, GPA(0));
	guest_sctlr(v, true, true, true);
	guest_load_va(v, 1, GPA(0), "TLB");
	vcpu_stop(v);
	vcpu_init(v);
	guest_map_va(v, 1, GPA(1));
	guest_sctlr(v, true, true, true);
	guest_load_va(v, 1, GPA(1), "TLB");
	vcpu_stop(v);
}

static void setup_asid(void)
{
	vm_create(4, 0);
	explore_spawn("VMM+vCPU 0", 0, reuses_asid, NULL);
}

const struct scenario scenario_reboot_reuses_asid = {
	.name = "reboot-reuses-asid",
	.story = "A guest is re-initialised and uses the same ASID for other tables, without a TLBI: after reset its TLB is clean.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_asid,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES_UNDER(no_reset_flush, MMU_TWO_TREE) },
};

/* The same by PSCI: a secondary goes off and is started again, a life of its own each time. */
static void starts_twice(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_map_va(v, 1, GPA(0));
	guest_cpu_on(v, &vm->vcpu[1]);
	guest_wfi(v);
	flag_wait(0);
	guest_map_va(v, 1, GPA(1));
	guest_cpu_on(v, &vm->vcpu[1]);
	vcpu_stop(v);
}

static void one_life(struct vcpu *v, u64 gpa)
{
	vcpu_wait_on(v);
	guest_sctlr(v, true, true, true);
	guest_load_va(v, 1, gpa, "TLB");
	v->on = false;
	vcpu_stop(v);
}

static void lives_twice(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	one_life(v, GPA(0));
	flag_set(0);
	one_life(v, GPA(1));
}

static void setup_starts(void)
{
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, starts_twice, NULL);
	explore_spawn("vCPU 1", 1, lives_twice, NULL);
}

const struct scenario scenario_cpu_on_reuses_asid = {
	.name = "cpu-on-reuses-asid",
	.story = "A secondary goes off and is started again by CPU_ON, and uses the same ASID for other tables, without a TLBI: after reset its TLB is clean.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_starts,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES_UNDER(start_unlooked, MMU_NONE), CATCHES_UNDER(start_unlooked, MMU_FWB),
		     CATCHES_UNDER(no_reset_flush, MMU_TWO_TREE), CATCHES(no_reset_flush) },
};

/* What was written past the caches before a reset is read through them after it. */
static void writes_and_restarts(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, false, true);
	guest_store(v, GPA(0));
	vcpu_stop(v);
	vcpu_init(v);
	guest_load(v, GPA(0), "C1");
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void setup_restarts(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	vm_mapped_warm(1);
	explore_spawn("VMM+vCPU 0", 0, writes_and_restarts, NULL);
}

const struct scenario scenario_reset_of_uncached = {
	.name = "reset-of-uncached",
	.story = "A guest with M = 1 and C = 0 writes, is re-initialised, and reads that in its next life, with its MMU off and on.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_restarts,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES_UNDER(dc_forgives, MMU_DC) },
};

/* Two vCPUs with one ASID and tables of their own take turns on a CPU. */
static void uses_own(struct vcpu *v, u64 gpa)
{
	guest_map_own(v, 1, gpa);
	guest_sctlr(v, true, true, true);
	guest_load_va(v, 1, gpa, "TLB");
	vcpu_stop(v);
}

static void take_turns(void *arg)
{
	uses_own(&vm->vcpu[0], GPA(0));
	uses_own(&vm->vcpu[1], GPA(1));
	guest_load_va(&vm->vcpu[0], 1, GPA(0), "TLB");
	vcpu_stop(&vm->vcpu[0]);
}

static void setup_turns(void)
{
	vm_create(4, 0);
	explore_spawn("vCPUs 0, 1", 0, take_turns, NULL);
}

const struct scenario scenario_two_vcpus_on_one_cpu = {
	.name = "two-vcpus-on-one-cpu",
	.story = "Two vCPUs take turns on a CPU, each with a table of its own and the same ASID: on two CPUs neither would see the other's entries.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_turns,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(no_local_flush), CATCHES_UNDER(no_local_flush, MMU_TWO_TREE) },
};

/* A cold vCPU changes the tables of a warm one, and broadcasts a TLBI. */
static void uses_table(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_map_va(v, 1, GPA(0));
	guest_sctlr(v, true, true, true);
	guest_load_va(v, 1, GPA(0), "TLB");
	flag_set(0);
	flag_wait(1);
	guest_load_va(v, 1, GPA(1), "TLB");
	vcpu_stop(v);
}

static void changes_table(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_load(v, GPA(2), NULL);
	flag_wait(0);
	guest_map_va(v, 1, GPA(1));
	guest_tlbi(v);
	flag_set(1);
	vcpu_stop(v);
}

static void setup_cold_tlbi(void)
{
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, uses_table, NULL);
	explore_spawn("vCPU 1", 1, changes_table, NULL);
}

const struct scenario scenario_cold_vcpu_broadcasts_tlbi = {
	.name = "cold-vcpu-broadcasts-tlbi",
	.story = "A vCPU with its MMU off changes translation tables that a warm one uses, and broadcasts a TLBI: it must reach the warm one's VMID.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_cold_tlbi,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES_UNDER(no_ttlb, MMU_TWO_TREE),
		     CATCHES_UNDER(arm_unwaited, MMU_TWO_TREE) },
};

/* Both are cold at first; one goes in just when the other turns its MMU on, and so its TLBIs must trap. */
static void goes_in(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_load(v, GPA(2), NULL);
	guest_wfi(v);
	guest_load(v, GPA(2), NULL);
	flag_wait(0);
	guest_map_va(v, 1, GPA(1));
	guest_tlbi(v);
	flag_set(1);
	vcpu_stop(v);
}

static void setup_goes_in(void)
{
	vm_create(4, 0);
	explore_spawn("vCPU 1", 1, goes_in, NULL);
	explore_spawn("vCPU 0", 0, uses_table, NULL);
}

const struct scenario scenario_cold_vcpu_goes_in_beside_warm_up = {
	.name = "cold-vcpu-goes-in-beside-warm-up",
	.story = "Two vCPUs are cold and their TLBIs do not trap. One comes out and goes in again while the other turns its MMU on; later it changes tables that the other uses, and broadcasts a TLBI.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_goes_in,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES_UNDER(inside_late, MMU_TWO_TREE),
		     CATCHES_UNDER(arm_unwaited, MMU_TWO_TREE) },
};

/* The only warm one turns its MMU off, changes its tables with a TLBI that does not trap, and turns it on. */
static void invalidates_cold(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_map_va(v, 1, GPA(0));
	guest_sctlr(v, true, true, true);
	guest_load_va(v, 1, GPA(0), "TLB");
	guest_sctlr(v, false, false, false);
	guest_wfi(v);
	guest_load(v, GPA(2), NULL);
	guest_map_va(v, 1, GPA(1));
	guest_tlbi(v);
	guest_sctlr(v, true, true, true);
	guest_load_va(v, 1, GPA(1), "TLB");
	vcpu_stop(v);
}

/* Another one, warm before and off since, was reset meanwhile: it counts for nothing. */
static void was_warm(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(2), NULL);
	vcpu_stop(v);
	vcpu_init(v);
}

static void setup_invalidates_cold(void)
{
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, invalidates_cold, NULL);
	explore_spawn("VMM+vCPU 1", 1, was_warm, NULL);
}

const struct scenario scenario_cold_tlbi_then_warm = {
	.name = "cold-tlbi-then-warm",
	.story = "A warm guest turns its MMU off, changes its tables, invalidates, and turns it on: with nobody warm nothing has trapped, and yet what its VMID held before must be gone.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_invalidates_cold,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES_UNDER(arm_unflushed, MMU_TWO_TREE) },
};

/* HCR_EL2.DC is part of what a TLB remembers. */
static void dc_leftover(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_load(v, GPA(0), NULL);
	guest_sctlr(v, true, true, true);
	guest_store_as(v, GPA(0), normal_nc);
	guest_load_as(v, GPA(0), normal_nc, "DC");
	vcpu_stop(v);
}

static void setup_dc(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, dc_leftover, NULL);
}

const struct scenario scenario_dc_toggled = {
	.name = "dc-toggled",
	.story = "With its MMU off the guest ran under HCR_EL2.DC; with it on, a Non-cacheable store must go to memory and not where the TLB remembers.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_dc,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES_UNDER(no_dc_flush, MMU_DC) },
};

/* M = 1 with C = 0: stage-1 entries, and data past the caches. */
static void uncached(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, false, true);
	guest_load(v, GPA(0), "C1");
	guest_store(v, GPA(0));
	guest_load(v, GPA(0), "C2");
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void setup_uncached(void)
{
	host_watch_own(HVA(0), "x");
	vm_create(4, 0);
	vm_mapped_warm(1);
	host_write(HVA(0));
	host_write_back(HVA(0));
	explore_spawn("vCPU 0", 0, uncached, NULL);
}

const struct scenario scenario_mmu_on_caches_off = {
	.name = "mmu-on-caches-off",
	.story = "A guest runs with its MMU on and its caches off, writes a page that a warm vCPU has mapped, and turns the caches on.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_uncached,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 2,
};

/* The slot of a page goes that a cold vCPU has written: the VMM reads it. */
static void cold_until_gone(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	v->may_die = true;
	guest_store(v, GPA(0));
	flag_set(0);
	guest_load(v, GPA(1), NULL);
	vcpu_stop(v);
}

static void deletes_and_reads(void *arg)
{
	flag_wait(0);
	vm_set_region(vm, VM_GPA, 0, 0);
	machine_check_unreachable(MEMORY_USER, MEMORY_USER_SIZE, TLB_R | TLB_W | TLB_X,
				  "the slot was deleted");
	host_read(HVA(0), "C4");
}

static void setup_slot_cold(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	vm_mapped_warm(1);
	explore_spawn("vCPU 0", 0, cold_until_gone, NULL);
	explore_spawn("VMM", 2, deletes_and_reads, NULL);
}

const struct scenario scenario_slot_delete_cold_page = {
	.name = "slot-delete-cold-page",
	.story = "The VMM deletes a slot with a page that a vCPU wrote with its MMU off, and reads the page.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_slot_cold,
	.expect = EXPECT("C4", HOLDS),
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES_UNDER(cold_kept, MMU_TWO_TREE) },
};

/* A warm guest turned its MMU off: nobody knows what it wrote. It returns while a page moves. */
static void owes_all(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	guest_dc(v, GPA(0), MACHINE_DC_CIVAC);
	guest_sctlr(v, false, false, false);
	guest_store(v, GPA(0));
	flag_set(0);
	guest_wfi(v);
	guest_load(v, GPA(1), NULL);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void setup_owes(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, owes_all, NULL);
	explore_spawn("memory manager", 2, moves_cold, NULL);
}

const struct scenario scenario_owes_all_against_notifier = {
	.name = "owes-all-against-notifier",
	.story = "A warm guest turns its MMU off, writes past the caches through a warm mapping, exits, and turns it on again, while the host migrates the page.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_owes,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 2,
	.random = 200,
};

/* The end of a VM whose guest wrote through a Non-cacheable mapping, its MMU on. */
static void ends_nc(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_store_as(v, GPA(0), normal_nc);
	vcpu_stop(v);
}

static void setup_end_nc(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, ends_nc, NULL);
}

const struct scenario scenario_destroy_nc_written = {
	.name = "destroy-nc-written",
	.story = "A guest writes through a Non-cacheable mapping with its MMU on; the VM is destroyed, and the VMM reads its memory. A known limit: at the end of a VM only what vCPUs wrote with MMU or caches off is paid for.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_end_nc,
	.finish = finish_end,
	.expect = EXPECT("C4", "C4"),
	.preemptions = 1,
};
