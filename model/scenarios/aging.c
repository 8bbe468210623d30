// SPDX-License-Identifier: GPL-2.0
/*
 * The host asks which pages were used and clears their access flags, mostly without a
 * flush (MGLRU, DAMON): what TLBs hold of such a leaf is no less there than before.
 */
#include <linux/kvm.h>

#include "../shim/host_private.h"
#include "scenario.h"

static void fresh(unsigned int page, const char *name)
{
	host_watch(HVA(page), name);
	host_write(HVA(page));
}

static void ages(unsigned long len)
{
	host_age(HVA(0), len, explore_choose(2, "whether TLBs forget, too"));
}

/* Read-only at first, for the log wants to hear of the write: what is cached must not last. */
static void reads_then_writes(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	guest_store(v, GPA(0));
	guest_load(v, GPA(0), "C4");
	vcpu_stop(v);
}

static void ages_twice(void *arg)
{
	ages(VM_PAGE);
	ages(VM_PAGE);
}

static void setup_written(void)
{
	fresh(0, "x");
	vm_create(4, KVM_MEM_LOG_DIRTY_PAGES);
	explore_spawn("vCPU 0", 0, reads_then_writes, NULL);
	explore_spawn("memory manager", 2, ages_twice, NULL);
}

const struct scenario scenario_aged_then_written = {
	.name = "aged-then-written",
	.story = "A page that is mapped read-only loses its access flag, mostly without a flush; then the guest writes it, and must not find the old entry for ever.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_written,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES(relax_untold), CATCHES(relax_old), CATCHES_UNDER(relax_old, MMU_TWO_TREE) },
};

/* The page goes whose leaf has lost its access flag: an entry from before must go, too. */
static void writes(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	guest_load(v, GPA(0), "C4");
	guest_store(v, GPA(0));
	vcpu_stop(v);
}

static void ages_and_takes(void *arg)
{
	ages(VM_PAGE);
	host_migrate(HVA(0));
	ages(VM_PAGE);
	host_swap_out(HVA(0));
}

static void setup_taken(void)
{
	fresh(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, writes, NULL);
	explore_spawn("memory manager", 2, ages_and_takes, NULL);
}

const struct scenario scenario_aged_then_taken = {
	.name = "aged-then-taken",
	.story = "The host finds a page old that the guest still reaches through its TLB, and takes it.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_taken,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.random = 200,
	.mutants = { CATCHES(unmap_old) },
};

/* The same in the tree of the cold. */
static void writes_cold(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_store(v, GPA(0));
	guest_store(v, GPA(0));
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	vcpu_stop(v);
}

static void setup_taken_cold(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, writes_cold, NULL);
	explore_spawn("memory manager", 2, ages_and_takes, NULL);
}

const struct scenario scenario_aged_then_taken_cold = {
	.name = "aged-then-taken-cold",
	.story = "The host ages and takes a page that a vCPU writes with its MMU off, and that turns it on meanwhile.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_taken_cold,
	.expect = EXPECT("C2", HOLDS),
	.preemptions = 1,
	.random = 200,
	.mutants = { CATCHES_UNDER(unmap_old, MMU_TWO_TREE) },
};

/* A block that was read, aged, and is now split by a write. */
static void splits(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(3), NULL);
	flag_set(0);
	flag_wait(1);
	guest_load(v, GPA(3), NULL);
	guest_store(v, GPA(3));
	guest_store(v, GPA(4));
	vcpu_stop(v);
}

static void logs_and_ages(void *arg)
{
	flag_wait(0);
	vm_set_region(vm, VM_GPA, HOST_HUGE, KVM_MEM_LOG_DIRTY_PAGES);
	flag_set(1);
	ages(HOST_HUGE * VM_PAGE);
}

static void setup_split(void)
{
	host_map_huge(HVA(0));
	vm_create(HOST_HUGE, 0);
	explore_spawn("vCPU 0", 0, splits, NULL);
	explore_spawn("VMM", 2, logs_and_ages, NULL);
}

const struct scenario scenario_aged_block_split = {
	.name = "aged-block-split",
	.story = "A block that the dirty log keeps from being written is read and aged; a write splits it, break before make.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_split,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.random = 50,
	.mutants = { CATCHES(split_old) },
};
