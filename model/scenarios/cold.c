// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses past the caches: a guest with its MMU off, or with Non-cacheable
 * mappings, beside others that use the caches.
 */
#include "../shim/host_private.h"
#include "scenario.h"

static void fresh(unsigned int page, const char *name)
{
	host_watch(HVA(page), name);
	host_write(HVA(page));
}

/* Loaded by the VMM, into a page it has had before. */
static void loaded(unsigned int page, const char *name)
{
	host_watch_own(HVA(page), name);
	host_write(HVA(page));
}

/* C1n: what the VMM loaded, read through a Non-cacheable alias with the MMU on. */
static void nc_reader(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load_as(v, GPA(0), normal_nc, "C1n");
	vcpu_stop(v);
}

static void setup_nc_alias(void)
{
	loaded(0, "x");
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, nc_reader, NULL);
}

const struct scenario scenario_nc_alias_mmu_on = {
	.name = "nc-alias-mmu-on",
	.story = "With its MMU on the guest reads what the VMM wrote through a Non-cacheable mapping: the page must reach memory whoever maps it first.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_nc_alias,
	.expect = EXPECT("C1n", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES(no_clean_at_map), CATCHES(clean_by_faulter), CATCHES(no_dsb_at_map) },
};

/* C5: a page the guest has not written, whose last owner's bytes are still in memory. */
static void first_reader(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_load(v, GPA(0), "C5");
	guest_sctlr(v, true, true, true);
	guest_load_as(v, GPA(1), normal_nc, "C5");
	guest_load(v, GPA(1), "C5");
	vcpu_stop(v);
}

static void setup_other_owner(void)
{
	host_watch(HVA(0), "a");
	host_watch(HVA(1), "b");
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, first_reader, NULL);
}

const struct scenario scenario_first_map_other_owner = {
	.name = "first-map-other-owner",
	.story = "A freshly zeroed page is zero in the caches only; past them the guest would read what another process left in it.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_other_owner,
	.expect = EXPECT("C5", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES(no_clean_at_map), CATCHES(clean_by_faulter) },
};

/* C2: written with the MMU off, read with caches on; also what another vCPU maps meanwhile. */
static void turns_on(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_load(v, GPA(0), NULL);
	guest_store(v, GPA(0));
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void setup_mmu_on(void)
{
	fresh(0, "x");
	host_write_back(HVA(0));
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, turns_on, NULL);
}

const struct scenario scenario_mmu_on = {
	.name = "mmu-on",
	.story = "A guest writes with its MMU off and turns it on: the host's cacheable alias may have loaded the line before the store.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_mmu_on,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES(no_clean_at_mmu_on), CATCHES(no_tvm),
		     CATCHES(no_dsb_at_clean) },
};

/* One vCPU turns its caches on while another, cold, faults pages in and writes them. */
static void cold_writer(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_store(v, GPA(0));
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void other_turns_on(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_store(v, GPA(1));
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(1), "C2");
	vcpu_stop(v);
}

static void setup_two_turn_on(void)
{
	fresh(0, "x");
	fresh(1, "y");
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, other_turns_on, NULL);
	explore_spawn("vCPU 1", 1, cold_writer, NULL);
}

const struct scenario scenario_mmu_on_two_vcpus = {
	.name = "mmu-on-two-vcpus",
	.story = "Two vCPUs, both cold, fault pages in, write them and turn their MMUs on, at once.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_two_turn_on,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(no_clean_at_mmu_on) },
};

/* The MMU goes off and on again with no exit between: nobody could notice. */
static void off_and_on(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];
	bool abiding = arg;

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	if (abiding)
		guest_dc(v, GPA(0), MACHINE_DC_CIVAC);
	guest_sctlr(v, false, false, false);
	guest_store(v, GPA(0));
	if (abiding)
		guest_dc(v, GPA(0), MACHINE_DC_IVAC);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void setup_off_on(void)
{
	fresh(0, "x");
	host_write_back(HVA(0));
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, off_and_on, NULL);
}

static void setup_off_on_abiding(void)
{
	fresh(0, "x");
	host_write_back(HVA(0));
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, off_and_on, (void *)1);
}

const struct scenario scenario_mmu_off_write_on_without_exit = {
	.name = "mmu-off-write-on-without-exit",
	.story = "A warm guest turns its MMU off, writes, turns it on, with no exit between. Without FEAT_FGT nothing traps: the guest must maintain as on bare metal.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_off_on,
	.expect = EXPECT("C2", "C2"),
	.preemptions = 1,
};

/* Where each write of SCTLR_EL1 traps; the host moves the page at any time. */
static void mover(void *arg)
{
	host_migrate(HVA(0));
}

static void setup_off_on_fgt(void)
{
	setup_off_on();
	explore_spawn("memory manager", 2, mover, NULL);
}

const struct scenario scenario_mmu_off_write_on_fgt = {
	.name = "mmu-off-write-on-fgt",
	.story = "The same guest where FEAT_FGT lets the write of SCTLR_EL1 alone trap while it is warm: the hypervisor knows each time. The host migrates the page meanwhile.",
	.contract = SLOPPY,
	.machine = MACHINE_FGT,
	.setup = setup_off_on_fgt,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(no_fgt_trap), CATCHES_UNDER(no_fgt_trap, MMU_CLEAN),
		     CATCHES_UNDER(no_fgt_trap, MMU_TWO_TREE), CATCHES_UNDER(no_fgt_trap, MMU_DC) },
};

const struct scenario scenario_mmu_off_write_on_abiding = {
	.name = "mmu-off-write-on-abiding",
	.story = "The same guest, which cleans before it turns the MMU off and invalidates before it turns it on.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_off_on_abiding,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
};

/* C4: a guest writes past the caches; the host takes the page and copies it. */
static void nc_writer(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_store_as(v, GPA(0), normal_nc);
	flag_set(0);
	guest_load_as(v, GPA(0), normal_nc, "C4");
	guest_load(v, GPA(0), NULL);
	vcpu_stop(v);
}

static void taker(void *arg)
{
	flag_wait(0);
	host_migrate(HVA(0));
}

static void setup_nc_written(void)
{
	fresh(0, "x");
	host_write_back(HVA(0));
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, nc_writer, NULL);
	explore_spawn("memory manager", 2, taker, NULL);
}

const struct scenario scenario_unmap_nc_written = {
	.name = "unmap-nc-written",
	.story = "The guest writes through a Non-cacheable mapping; the host migrates the page and reads it through its caches, which may hold an older line.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_nc_written,
	.expect = EXPECT("C4", HOLDS),
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(no_clean_at_unmap), CATCHES(tlbi_early) },
};

/* C6: a secondary starts cold; the VMM's page and the primary's, cleaned by it, are there. */
static void primary(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C6");
	guest_store(v, GPA(1));
	guest_dc(v, GPA(1), MACHINE_DC_CVAC);
	guest_cpu_on(v, &vm->vcpu[1]);
	guest_wfi(v);
	guest_load(v, GPA(1), "C6");
	vcpu_stop(v);
}

static void secondary(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	vcpu_wait_on(v);
	guest_load(v, GPA(0), "C6");
	guest_load(v, GPA(1), "C6");
	guest_load(v, GPA(2), "C6");
	vcpu_stop(v);
}

static void setup_secondary(void)
{
	loaded(0, "image");
	loaded(1, "mailbox");
	loaded(2, "dtb");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, primary, NULL);
	explore_spawn("vCPU 1", 1, secondary, NULL);
}

const struct scenario scenario_secondary_cold = {
	.name = "secondary-cold",
	.story = "The primary runs with its caches on and has mapped the VMM's pages; a secondary starts with its MMU off and reads them in memory.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_secondary,
	.expect = EXPECT("C6", HOLDS),
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(clean_by_faulter) },
};

/* C7: set/way by a guest that turns its caches off, as old boot loaders do. */
static void set_way(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	guest_set_way(v);
	guest_sctlr(v, false, false, false);
	guest_load(v, GPA(0), "C7");
	vcpu_stop(v);
}

static void setup_set_way(void)
{
	fresh(0, "x");
	host_write_back(HVA(0));
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, set_way, NULL);
}

const struct scenario scenario_setway_clean = {
	.name = "setway-clean",
	.story = "A guest cleans its caches by set and way, turns them off, and must find in memory what it had written.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_set_way,
	.expect = EXPECT("C7", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES(no_set_way) },
};

/* DC ZVA is a store like any other, of a whole line. */
static void zeroes(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_zva(v, GPA(0));
	guest_load(v, GPA(0), "C2");
	if (arg)
		guest_dc(v, GPA(0), MACHINE_DC_CVAC);
	guest_load_as(v, GPA(0), normal_nc, "B2.16");
	vcpu_stop(v);
}

static void setup_zva(void)
{
	loaded(0, "x");
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, zeroes, NULL);
}

static void setup_zva_clean(void)
{
	loaded(0, "x");
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, zeroes, (void *)1);
}

const struct scenario scenario_zva_nc_alias = {
	.name = "zva-nc-alias",
	.story = "The guest zeroes a line with DC ZVA and reads it through a Non-cacheable alias, without a clean.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_zva,
	.expect = EXPECT("B2.16", "B2.16"),
	.preemptions = 1,
};

const struct scenario scenario_zva_nc_alias_cleaned = {
	.name = "zva-nc-alias-cleaned",
	.story = "The same with DC CVAC between.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_zva_clean,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
};
