// SPDX-License-Identifier: GPL-2.0
/*
 * The host's memory manager against a running guest: migration, swap, KSM, munmap,
 * mprotect, huge pages.
 */
#include "../shim/host_private.h"
#include "scenario.h"

static void fresh(unsigned int page, const char *name)
{
	host_watch(HVA(page), name);
	host_write(HVA(page));
}

/* A guest at work on two pages; what it wrote it must read again, wherever they are. */
static void worker(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	guest_load(v, GPA(0), "C4");
	guest_store(v, GPA(0));
	guest_load(v, GPA(0), "C4");
	vcpu_stop(v);
}

static void migrates(void *arg)
{
	host_migrate(HVA(0));
	host_migrate(HVA(0));
}

static void swaps(void *arg)
{
	host_swap_out(HVA(0));
	host_read(HVA(0), NULL);
}

static void start(void (*manager)(void *arg))
{
	fresh(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, worker, NULL);
	explore_spawn("memory manager", 2, manager, NULL);
}

static void setup_migrate(void)
{
	start(migrates);
}

const struct scenario scenario_migrate = {
	.name = "migrate",
	.story = "The host moves a page to another frame while the guest faults it in and writes it.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_migrate,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(tlbi_early), CATCHES(ignore_seq), CATCHES(look_untold), CATCHES(no_wake) },
};

static void setup_swap(void)
{
	start(swaps);
}

const struct scenario scenario_swap = {
	.name = "swap",
	.story = "The host swaps a page out and in again, in another frame.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_swap,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(tlbi_early), CATCHES(ignore_seq) },
};

/* KSM: two equal pages become one, read-only; a write makes them two. */
static void writes_twins(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	guest_load(v, GPA(1), NULL);
	guest_store(v, GPA(0));
	guest_load(v, GPA(0), "C4");
	guest_load(v, GPA(1), NULL);
	vcpu_stop(v);
}

static void merges(void *arg)
{
	host_merge(HVA(0), HVA(1));
}

static void setup_ksm(void)
{
	fresh(0, "x");
	fresh(1, "y");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, writes_twins, NULL);
	explore_spawn("KSM", 2, merges, NULL);
}

const struct scenario scenario_ksm = {
	.name = "ksm",
	.story = "KSM merges two pages read-only while the guest writes one of them.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_ksm,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 200,
};

/* Memory goes for good: the vCPU leaves for the VMM, nothing else. */
static void loses(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	v->may_die = true;
	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	guest_store(v, GPA(0));
	vcpu_stop(v);
}

static void unmaps(void *arg)
{
	host_unmap(HVA(0), 2 * VM_PAGE);
}

static void setup_munmap(void)
{
	fresh(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, loses, NULL);
	explore_spawn("VMM", 2, unmaps, NULL);
}

const struct scenario scenario_munmap = {
	.name = "munmap",
	.story = "The VMM unmaps memory that the guest is writing; the frames go to another process.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_munmap,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(ignore_seq), CATCHES(tlbi_early) },
};

static void protects(void *arg)
{
	host_protect(HVA(0), VM_PAGE);
}

static void setup_mprotect(void)
{
	fresh(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, loses, NULL);
	explore_spawn("VMM", 2, protects, NULL);
}

const struct scenario scenario_mprotect = {
	.name = "mprotect",
	.story = "The VMM makes memory read-only that the guest is writing.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_mprotect,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(ignore_seq), CATCHES(tlbi_early) },
};

/* A huge page is split in the host while two vCPUs use it; then one page of it moves. */
static void huge_worker(void *arg)
{
	struct vcpu *v = &vm->vcpu[(long)arg];

	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(3));
	guest_store(v, GPA(4));
	vcpu_stop(v);
}

static void splits(void *arg)
{
	host_split_huge(HVA(0));
	host_migrate(HVA(3));
}

static void setup_thp(void)
{
	host_watch(HVA(3), "x");
	host_map_huge(HVA(0));
	vm_create(HOST_HUGE, 0);
	explore_spawn("vCPU 0", 0, huge_worker, (void *)0);
	explore_spawn("memory manager", 2, splits, NULL);
}

const struct scenario scenario_thp_split = {
	.name = "thp-split",
	.story = "The host splits a huge page that stage 2 maps as a block, and moves one of its pages.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_thp,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(tlbi_early) },
};

/* The other way: khugepaged makes a huge page of small ones that stage 2 maps. */
static void small_worker(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(3));
	guest_store(v, GPA(4));
	guest_load(v, GPA(3), "C4");
	guest_store(v, GPA(3));
	vcpu_stop(v);
}

static void collapses(void *arg)
{
	host_collapse(HVA(0));
}

static void setup_collapse(void)
{
	host_watch(HVA(3), "x");
	host_map_small(HVA(0));
	vm_create(HOST_HUGE, 0);
	explore_spawn("vCPU 0", 0, small_worker, NULL);
	explore_spawn("khugepaged", 2, collapses, NULL);
}

const struct scenario scenario_thp_collapse = {
	.name = "thp-collapse",
	.story = "The host makes one huge page of small ones that stage 2 maps; the next fault maps a block.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_collapse,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(tlbi_early), CATCHES(ignore_seq) },
};

/* C8: a lot is mapped when a vCPU turns its MMU on. */
static void touches_all(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];
	unsigned int i;

	guest_load(v, GPA(0), NULL);
	for (i = 0; i < 4; i++)
		guest_load(v, GPA(HOST_HUGE + i), NULL);
	guest_sctlr(v, true, true, true);
	vcpu_stop(v);
}

static void setup_much(void)
{
	host_map_huge(HVA(0));
	vm_create(HOST_PAGES, 0);
	explore_spawn("vCPU 0", 0, touches_all, NULL);
}

const struct scenario scenario_mmu_on_much_memory = {
	.name = "mmu-on-much-memory",
	.story = "A block and pages are mapped when a vCPU turns its MMU on: they are maintained in slices that others can get between.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_much,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(no_slices) },
};
