// SPDX-License-Identifier: GPL-2.0
/*
 * The VMM changes memory slots while vCPUs run; VMs share VMIDs; allocations fail.
 */
#include <linux/kvm.h>

#include "../shim/host_private.h"
#include "../shim/threads.h"
#include "scenario.h"

static void fresh(unsigned int page, const char *name)
{
	host_watch(HVA(page), name);
	host_write(HVA(page));
}

static void writes_on(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	v->may_die = true;
	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	guest_store(v, GPA(1));
	vcpu_stop(v);
}

/* The slot goes: no access by the guest may reach its memory when the call returns. */
static void deletes(void *arg)
{
	vm_set_region(vm, VM_GPA, 0, 0);
	machine_check_unreachable(MEMORY_USER, MEMORY_USER_SIZE, TLB_R | TLB_W | TLB_X,
				  "the slot was deleted");
}

static void setup_delete(void)
{
	fresh(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, writes_on, NULL);
	explore_spawn("VMM", 2, deletes, NULL);
}

const struct scenario scenario_slot_delete = {
	.name = "slot-delete",
	.story = "The VMM deletes a memory slot while the guest faults its pages in.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_delete,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(free_early), CATCHES(tlbi_early) },
};

/* The slot moves up by two pages: the same memory at other guest addresses. */
static void moves(void *arg)
{
	vm_set_region(vm, GPA(16), 4, 0);
}

static void setup_move(void)
{
	fresh(0, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, writes_on, NULL);
	explore_spawn("VMM", 2, moves, NULL);
}

const struct scenario scenario_slot_move = {
	.name = "slot-move",
	.story = "The VMM moves a memory slot while the guest faults its pages in.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_move,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(free_early) },
};

/* A block is split because the dirty log wants pages, while another vCPU uses it. */
static void splits_block(void *arg)
{
	struct vcpu *v = &vm->vcpu[(long)arg];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(3), NULL);
	flag_set(0);
	flag_wait(1);
	guest_store(v, GPA(3));
	guest_store(v, GPA(4));
	vcpu_stop(v);
}

static void logs(void *arg)
{
	flag_wait(0);
	vm_set_region(vm, VM_GPA, HOST_HUGE, KVM_MEM_LOG_DIRTY_PAGES);
	flag_set(1);
}

static void setup_split(void)
{
	host_map_huge(HVA(0));
	vm_create(HOST_HUGE, 0);
	explore_spawn("vCPU 0", 0, splits_block, (void *)0);
	explore_spawn("VMM", 2, logs, NULL);
}

const struct scenario scenario_block_split = {
	.name = "block-split",
	.story = "The dirty log is switched on over a block; a write splits it into pages, break before make.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_split,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES(no_break) },
};

/* More VMs than VMIDs: each runs on one PE, then the first one again. */
#define VMS	9

static struct vm *many[VMS] __attribute__((section("model_state")));

static void runs_many(void *arg)
{
	unsigned int i, round;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < VMS; i++) {
			guest_load(&many[i]->vcpu[0], GPA(0), NULL);
			vcpu_stop(&many[i]->vcpu[0]);
		}
	}
}

static void setup_vmids(void)
{
	unsigned int i;

	for (i = 0; i < VMS; i++) {
		many[i] = vm_create_at(i, 1, 0);
		if (!many[i])
			explore_unfinished("no VM %u", i);
	}
	explore_spawn("VMM+vCPUs", 0, runs_many, NULL);
}

static void finish_vmids(void)
{
	unsigned int i;

	for (i = 1; i < VMS; i++)
		vm_destroy(many[i]);
}

const struct scenario scenario_vmid_rollover = {
	.name = "vmid-rollover",
	.story = "Nine VMs share seven VMIDs: one that gets another's number must not find its translations.",
	.contract = SLOPPY,
	.machine = { .caches = { .speculate = true, .idc = true }, .vmid_bits = 3 },
	.setup = setup_vmids,
	.finish = finish_vmids,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(no_tlbi_at_rollover) },
};

/* Two VMs on two PEs while a third thread makes the numbers run out. */
static void runs_one(void *arg)
{
	struct vcpu *v = &many[(long)arg]->vcpu[0];

	guest_load(v, GPA(0), NULL);
	guest_store(v, GPA(0));
	vcpu_stop(v);
	guest_load(v, GPA(0), NULL);
	vcpu_stop(v);
}

static void runs_rest(void *arg)
{
	unsigned int i;

	for (i = 2; i < VMS; i++) {
		guest_load(&many[i]->vcpu[0], GPA(0), NULL);
		vcpu_stop(&many[i]->vcpu[0]);
	}
}

static void setup_vmids_parallel(void)
{
	unsigned int i;

	for (i = 0; i < VMS; i++) {
		many[i] = vm_create_at(i, 1, 0);
		if (!many[i])
			explore_unfinished("no VM %u", i);
	}
	explore_spawn("vCPU of VM 0", 0, runs_one, (void *)0);
	explore_spawn("vCPU of VM 1", 1, runs_one, (void *)1);
	explore_spawn("other VMs", 2, runs_rest, NULL);
}

const struct scenario scenario_vmid_rollover_parallel = {
	.name = "vmid-rollover-parallel",
	.story = "VMIDs run out while two other VMs are in their guests, which keep theirs.",
	.contract = SLOPPY,
	.machine = { .caches = { .speculate = true, .idc = true }, .vmid_bits = 3 },
	.setup = setup_vmids_parallel,
	.finish = finish_vmids,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.random = 100,
};

/* Any one of the allocations fails: nothing leaks, nothing breaks, the guest goes on. */
static void fails_once(void *arg)
{
	struct vcpu *v;

	threads_fail_alloc(explore_choose(16, "which allocation fails"));
	if (!vm_create(4, 0) && !vm_create(4, 0))
		explore_violation("allocation", "a VM cannot be made though memory is there again");
	v = &vm->vcpu[0];
	guest_store(v, GPA(0));
	vcpu_stop(v);
	vm_set_region(vm, VM_GPA, 4, KVM_MEM_LOG_DIRTY_PAGES);
	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(1));
	vcpu_stop(v);
	if (vm_set_region(vm, GPA(32), 4, KVM_MEM_LOG_DIRTY_PAGES))
		vm_set_region(vm, VM_GPA, 0, 0);
}

static void setup_alloc(void)
{
	fresh(0, "x");
	explore_spawn("VMM+vCPU 0", 0, fails_once, NULL);
}

const struct scenario scenario_allocation_failure = {
	.name = "allocation-failure",
	.story = "Each allocation of a VM's life fails once: errors are reported, nothing leaks, the guest goes on.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_alloc,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 0,
};
