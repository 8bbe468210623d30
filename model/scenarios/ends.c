// SPDX-License-Identifier: GPL-2.0
/*
 * Slots that may not be written, ages that are told, invalidations that run together, and
 * a VM that ends while the host is at its pages.
 */
#include <linux/kvm.h>

#include "../shim/host_private.h"
#include "../shim/threads.h"
#include "scenario.h"

/* Reads are memory's, a write is the VMM's to emulate: also after the page was mapped for a read. */
static void reads_rom(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];
	bool warm = explore_choose(2, "whether its MMU is on");

	v->may_die = true;
	if (warm)
		guest_sctlr(v, true, true, true);
	if (explore_choose(2, "whether it reads first"))
		guest_load(v, GPA(0), "C1");
	flag_set(0);
	guest_store(v, GPA(0));
	explore_violation("read-only", "a store to a read-only slot has got through");
}

static void moves_rom(void *arg)
{
	flag_wait(0);
	host_migrate(HVA(0));
	host_read(HVA(0), "C4");
}

static void setup_rom(void)
{
	vm_loaded(0, "rom");
	vm_create(4, KVM_MEM_READONLY);
	explore_spawn("vCPU 0", 0, reads_rom, NULL);
	explore_spawn("memory manager", 2, moves_rom, NULL);
}

const struct scenario scenario_readonly_slot = {
	.name = "readonly-slot",
	.story = "A guest reads and writes a read-only slot, from either side, while the host moves its page: no store gets there.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_rom,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.random = 50,
	.mutants = { CATCHES(readonly_writable), CATCHES_UNDER(readonly_writable, MMU_TWO_TREE) },
};

/* The host is told the truth about use, and after a flush no TLB knows a page that nobody uses. */
static void is_aged(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];
	bool flush = explore_choose(2, "whether TLBs forget, too");

	if (explore_choose(2, "whether its MMU is on"))
		guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	vcpu_stop(v);
	if (!host_age(HVA(0), VM_PAGE, flush))
		explore_violation("young", "a page that was just written is old");
	if (flush)
		machine_check_unreachable(host_pa(HVA(0)), VM_PAGE, TLB_R | TLB_W | TLB_X,
					  "a page was aged with a flush");
	if (host_age(HVA(0), VM_PAGE, flush))
		explore_violation("young", "a page that nobody has used since is young");
	if (!flush)
		return;
	guest_load(v, GPA(0), "C4");
	vcpu_stop(v);
	if (!host_age(HVA(0), VM_PAGE, flush))
		explore_violation("young", "a page that was read after a flush is old");
}

static void setup_aged(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	explore_spawn("host+vCPU 0", 0, is_aged, NULL);
}

const struct scenario scenario_aged_with_and_without_flush = {
	.name = "aged-with-and-without-flush",
	.story = "The host asks whether a page was used, with a flush and without, from either side: it hears of each use that a flush lets it hear of.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_aged,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(age_untold), CATCHES_UNDER(age_untold, MMU_TWO_TREE) },
};

/* More invalidations at once than there are places for, and no memory for further ones. */
#define RUNNING	(GMEM_INVAL_FEW + 3)

static void faults_meanwhile(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	flag_wait(0);
	guest_store(v, GPA(1));
	guest_load(v, GPA(1), "C4");
	vcpu_stop(v);
}

static void runs_full(void *arg)
{
	unsigned int i, first = HOST_HUGE;

	threads_fail_nowait(true);
	for (i = 0; i < GMEM_INVAL_FEW; i++)
		host_notify_start(HVA(first + 2 * i), HVA(first + 2 * i + 1));
	/* two that are known as a union only: of the page that is faulted, and of one after it */
	host_notify_start(HVA(1), HVA(2));
	host_notify_start(HVA(40), HVA(41));
	flag_set(0);
	machine_check_unreachable(host_pa(HVA(1)), VM_PAGE, TLB_R | TLB_W | TLB_X,
				  "an invalidation runs");
	explore_point("between start and end");
	machine_check_unreachable(host_pa(HVA(1)), VM_PAGE, TLB_R | TLB_W | TLB_X,
				  "an invalidation runs still");
	host_notify_end(HVA(1), HVA(2));
	host_notify_end(HVA(40), HVA(41));
	for (i = 0; i < GMEM_INVAL_FEW; i++)
		host_notify_end(HVA(first + 2 * i), HVA(first + 2 * i + 1));
}

static void setup_full(void)
{
	host_watch(HVA(1), "x");
	host_write(HVA(1));
	vm_create(64, 0);
	explore_spawn("vCPU 0", 0, faults_meanwhile, NULL);
	explore_spawn("VMM", 2, runs_full, NULL);
}

const struct scenario scenario_invalidations_without_memory = {
	.name = "invalidations-without-memory",
	.story = "So many invalidations run that there is no memory to tell them apart: a fault on a page of one of them waits, and goes on when it is over.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_full,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 50,
	.mutants = { CATCHES(overflow_narrow), CATCHES(overflow_kept) },
};

/* Two of the same page: it is free when both are over, and not before. */
static void runs_equal(void *arg)
{
	flag_set(0);
	host_notify_start(HVA(1), HVA(2));
	host_notify_start(HVA(1), HVA(2));
	host_notify_end(HVA(1), HVA(2));
	machine_check_unreachable(host_pa(HVA(1)), VM_PAGE, TLB_R | TLB_W | TLB_X,
				  "one of two invalidations runs");
	explore_point("between the two ends");
	machine_check_unreachable(host_pa(HVA(1)), VM_PAGE, TLB_R | TLB_W | TLB_X,
				  "one of two invalidations runs still");
	host_notify_end(HVA(1), HVA(2));
}

static void setup_equal(void)
{
	host_watch(HVA(1), "x");
	host_write(HVA(1));
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, faults_meanwhile, NULL);
	explore_spawn("VMM", 2, runs_equal, NULL);
}

const struct scenario scenario_invalidations_of_one_page = {
	.name = "invalidations-of-one-page",
	.story = "Two invalidations of one page run at once: a fault on it waits for both.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_equal,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 50,
	.mutants = { CATCHES(equal_once), CATCHES(no_wake) },
};

/* The VM ends while the host takes a page that was written past the caches. */
static void ends(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	if (explore_choose(2, "whether it has been warm")) {
		guest_sctlr(v, true, true, true);
		guest_sctlr(v, true, false, true);
		guest_wfi(v);
	}
	guest_store(v, GPA(0));
	vcpu_stop(v);
	flag_set(0);
	vm_destroy(vm);
	host_read(HVA(0), "C4");
}

static void takes_meanwhile(void *arg)
{
	flag_wait(0);
	if (explore_choose(2, "swap rather than migration"))
		host_swap_out(HVA(0));
	else
		host_migrate(HVA(0));
}

static void setup_ends(void)
{
	vm_loaded(0, "x");
	vm_create(4, 0);
	vm_mapped_warm(1);
	explore_spawn("VMM+vCPU 0", 0, ends, NULL);
	explore_spawn("memory manager", 2, takes_meanwhile, NULL);
}

const struct scenario scenario_destroy_against_notifier = {
	.name = "destroy-against-notifier",
	.story = "A VM is destroyed while the host moves or swaps a page that its guest has written past the caches: whoever comes first pays, and nobody copies what is not paid.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_ends,
	.expect = EXPECT("C4", HOLDS, [MMU_DC] = HOLDS),
	.preemptions = 2,
	.random = 50,
	.mutants = { CATCHES(release_late), CATCHES_UNDER(release_late, MMU_TWO_TREE),
		     CATCHES(destroy_unpaid), CATCHES_UNDER(destroy_unpaid, MMU_TWO_TREE) },
};
