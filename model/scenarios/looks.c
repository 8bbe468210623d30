// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in flight: what of the host's invalidations concerns them, and who pays when
 * several want the same memory.
 */
#include "../shim/host_private.h"
#include "scenario.h"

#define LINES_OF_PAGE	(VM_PAGE / MACHINE_LINE_BYTES)

static void meet(unsigned int mine, unsigned int other)
{
	flag_set(mine);
	flag_wait(other);
}

static void reader(void *arg)
{
	unsigned int idx = (long)arg;
	struct vcpu *v = &vm->vcpu[idx];

	guest_sctlr(v, true, true, true);
	meet(idx, !idx);
	guest_load(v, GPA(0), "C5");
	vcpu_stop(v);
}

static void setup_readers(void)
{
	host_watch_own(HVA(0), "x");
	host_write(HVA(0));
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, reader, (void *)0);
	explore_spawn("vCPU 1", 1, reader, (void *)1);
}

static void finish_readers(void)
{
	u64 lines = atomic64_read(&vm->mmu.stats.lines_map);

	if (lines > LINES_OF_PAGE)
		explore_violation("cleaned once", "%llu lines of a page of %llu",
				  (unsigned long long)lines, (unsigned long long)LINES_OF_PAGE);
}

const struct scenario scenario_fault_together = {
	.name = "fault-together",
	.story = "Two vCPUs fault on one page: one of them cleans and installs it, the other waits.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_readers,
	.finish = finish_readers,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(claim_all), CATCHES(claim_no_wake) },
};

/* One fault on a block, and nothing of the host's that concerns it. */
static void alone(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	vcpu_stop(v);
}

#define ELSEWHERE	40U	/* more than any memory of the past */

static void frees_elsewhere(void *arg)
{
	unsigned int i;

	for (i = 0; i < ELSEWHERE; i++) {
		host_notify_start(HVA(HOST_HUGE), HVA(HOST_HUGE + 1));
		host_notify_end(HVA(HOST_HUGE), HVA(HOST_HUGE + 1));
	}
}

static void setup_elsewhere(void)
{
	host_map_huge(HVA(0));
	vm_create(HOST_PAGES, 0);
	explore_spawn("vCPU 0", 0, alone, NULL);
	explore_spawn("VMM", 2, frees_elsewhere, NULL);
}

static void finish_elsewhere(void)
{
	if (atomic64_read(&vm->mmu.stats.retries))
		explore_violation("starts again", "a fault starts again for memory that goes elsewhere");
	if (atomic64_read(&vm->mmu.stats.mapped_2m) != 1)
		explore_violation("starts again", "the block is not mapped");
}

const struct scenario scenario_fault_and_memory_elsewhere = {
	.name = "fault-and-memory-elsewhere",
	.story = "While a fault cleans a block the VMM frees other memory, again and again: the fault goes on.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_elsewhere,
	.finish = finish_elsewhere,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(look_any) },
};

#define MIDDLE	50U	/* of what goes on either side */

static void waits_for_nobody(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	meet(2, 0);
	guest_load(v, GPA(MIDDLE), NULL);
	vcpu_stop(v);
	flag_set(1);
}

static unsigned int around(unsigned int i)
{
	return i & 1 ? MIDDLE + 1 + i : MIDDLE - 2 - i;
}

static void runs_around(void *arg)
{
	unsigned int i;

	flag_wait(2);
	for (i = 0; i < ELSEWHERE; i++)
		host_notify_start(HVA(around(i)), HVA(around(i) + 1));
	meet(0, 1);
	for (i = 0; i < ELSEWHERE; i++)
		host_notify_end(HVA(around(i)), HVA(around(i) + 1));
}

static void setup_around(void)
{
	host_watch_own(HVA(MIDDLE), "x");
	host_write(HVA(MIDDLE));
	vm_create(HOST_PAGES, 0);
	explore_spawn("vCPU 0", 0, waits_for_nobody, NULL);
	explore_spawn("VMM", 2, runs_around, NULL);
}

const struct scenario scenario_fault_between_invalidations = {
	.name = "fault-between-invalidations",
	.story = "Many invalidations run on either side of a page: a fault on it waits for none of them.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_around,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(inval_union) },
};

/* The last cold vCPU warms up while another, warm, faults. */
static void warm_reader(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	flag_wait(1);
	guest_sctlr(v, true, true, true);
	flag_set(0);
	guest_load(v, GPA(0), "C5");
	vcpu_stop(v);
}

static void last_cold(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_store(v, GPA(1));
	meet(1, 0);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(1), "C2");
	vcpu_stop(v);
}

static void setup_beside_drop(void)
{
	host_watch_own(HVA(0), "x");
	host_watch_own(HVA(1), "y");
	host_write(HVA(0));
	host_write(HVA(1));
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, warm_reader, NULL);
	explore_spawn("vCPU 1", 1, last_cold, NULL);
}

static void finish_beside_drop(void)
{
	if (atomic64_read(&vm->mmu.stats.retries))
		explore_violation("starts again", "a fault of a warm vCPU starts again for a drop");
}

const struct scenario scenario_fault_beside_drop = {
	.name = "fault-beside-drop",
	.story = "While a warm vCPU faults the last cold one warms up: what is dropped is none of the fault's.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_beside_drop,
	.finish = finish_beside_drop,
	.expect = { SKIP, SKIP, SKIP, HOLDS, SKIP, SKIP },
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES_UNDER(drop_for_all, MMU_TWO_TREE) },
};
