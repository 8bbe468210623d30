// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page tables against who takes pages away, and identifiers (X6): no broadcast tells
 * a TLB anything, so all rests on clear, request, kick, wait, and on what VMRUN flushes.
 */
#include <linux/bitops.h>
#include <linux/kvm.h>

#include "../shim/buffer.h"
#include "../shim/threads.h"
#include "amd.h"

#define OTHER	8	/* HVA(OTHER) backs the second VM */

static bool over __attribute__((section("model_state")));

/* A guest writes and reads one page, with exits between; it finds what it wrote, wherever the page is. */
static void writes(void *arg)
{
	struct amd_vcpu *v = &amd_vm->vcpu[(long)arg];
	u64 at = GPA(0) + 8 * (long)arg, n;

	for (n = 1; n <= 2; n++) {
		amd_store_at(v, at, n);
		amd_leave(v);
		if (amd_load_at(v, at) != n)
			explore_violation("lost write", "a vCPU does not read what it wrote");
	}
	amd_leave(v);
}

static void setup_migrate(void)
{
	amd_create(0, 4, 0);
	explore_spawn("vCPU 0", 0, writes, (void *)0);
	explore_spawn("memory manager", 2, amd_migrates, NULL);
}

const struct scenario scenario_npt_unmap_against_entry = {
	.name = "npt-unmap-against-entry",
	.story = "A vCPU leaves its guest and enters it again, and writes a page, while the host migrates that: clear, request, kick, wait against say, look, enter.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_migrate,
	.finish = amd_finish_written,
	.expect = EXPECT_AMD,
	.preemptions = 3,
	.random = 100,
	.mutants = { CATCHES(look_then_say), CATCHES(request_unwaited), CATCHES(npt_unflushed),
		     CATCHES(asid_unflushed) },
};

/* It stays in its guest for as long as nobody brings it out. */
static void stays(void *arg)
{
	struct amd_vcpu *v = &amd_vm->vcpu[0];

	while (!over) {
		amd_store_at(v, GPA(0), 2);
		amd_stay(v, &over);
	}
}

static void migrates_and_ends(void *arg)
{
	host_migrate(HVA(0));
	over = true;
}

static void setup_stays(void)
{
	over = false;
	amd_create(0, 4, 0);
	host_poke(HVA(0), 2);
	explore_spawn("vCPU 0", 0, stays, NULL);
	explore_spawn("memory manager", 2, migrates_and_ends, NULL);
}

const struct scenario scenario_npt_unmap_kicks = {
	.name = "npt-unmap-kicks",
	.story = "A vCPU stays in its guest until it is kicked, while the host migrates a page that it has written: the host does not wait for ever.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_stays,
	.finish = amd_finish_written,
	.expect = EXPECT_AMD,
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES(request_late), CATCHES(request_unwaited) },
};

/* That it is in its guest is seen late by others. */
static void setup_buffered(void)
{
	setup_migrate();
	buffer_word(&amd_vm->vcpu[0].base.mode);
}

const struct scenario scenario_npt_unmap_store_buffer = {
	.name = "npt-unmap-store-buffer",
	.story = "A vCPU enters its guest while the host migrates a page; that it says so waits in a store buffer for as long as it may.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_buffered,
	.finish = amd_finish_written,
	.expect = EXPECT_AMD,
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES(inside_unordered) },
};

static void setup_two(void)
{
	amd_create(0, 4, 0);
	explore_spawn("vCPU 0", 0, writes, (void *)0);
	explore_spawn("vCPU 1", 1, writes, (void *)1);
	explore_spawn("memory manager", 2, amd_migrates, NULL);
}

const struct scenario scenario_npt_unmap_two_vcpus = {
	.name = "npt-unmap-two-vcpus",
	.story = "Two vCPUs write one page while the host migrates it: each hears of it, whichever of them faults first.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_two,
	.finish = amd_finish_written,
	.expect = EXPECT_AMD,
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES(request_unwaited), CATCHES(npt_unflushed) },
};

/* The page is freed between a fault's look-up and its install. */
static void stores(void *arg)
{
	struct amd_vcpu *v = &amd_vm->vcpu[0];

	amd_store_at(v, GPA(0), 1);
	amd_store_at(v, GPA(0), 2);
	amd_leave(v);
}

static void discards(void *arg)
{
	host_discard(HVA(0), VM_PAGE);
}

static void setup_discard(void)
{
	amd_create(0, 4, 0);
	host_poke(HVA(0), 1);
	explore_spawn("vCPU 0", 0, stores, NULL);
	explore_spawn("VMM", 2, discards, NULL);
}

const struct scenario scenario_npt_discard_against_fault = {
	.name = "npt-discard-against-fault",
	.story = "The VMM discards a page while a nested fault maps it: the vCPU comes to the page that stands there afterwards.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_discard,
	.finish = amd_finish,
	.expect = EXPECT_AMD,
	.preemptions = 3,
	.random = 100,
	.mutants = { CATCHES(npt_look_kept), CATCHES(npt_unflushed) },
};

/* Live migration: what the guest writes after the VMM's copy is in the log. */
static u64 copied __attribute__((section("model_state")));

static void harvests(void)
{
	static unsigned long bits __attribute__((section("model_state")));
	struct kvm_dirty_log log = { .slot = 0, .dirty_bitmap = &bits };

	bits = 0;
	if (gmem_get_dirty_log(&amd_vm->npt.gmem, &log))
		explore_violation("dirty log", "KVM_GET_DIRTY_LOG fails");
	trace_step("reads the dirty log: %#lx", bits);
	if (bits % 2)
		copied = host_peek(HVA(0));
}

static void reads_and_writes(void *arg)
{
	struct amd_vcpu *v = &amd_vm->vcpu[0];

	amd_load_at(v, GPA(0));
	amd_store_at(v, GPA(0), 1);
	amd_store_at(v, GPA(0), 2);
	amd_leave(v);
	flag_set(0);
}

static void copies(void *arg)
{
	harvests();
	flag_wait(0);
	harvests();
	if (copied != host_peek(HVA(0)))
		explore_violation("dirty log", "the page was written after the VMM copied it, and is not in the log");
}

static void setup_log(void)
{
	copied = 0;
	amd_create(0, 4, KVM_MEM_LOG_DIRTY_PAGES);
	host_poke(HVA(0), 0);
	explore_spawn("vCPU 0", 0, reads_and_writes, NULL);
	explore_spawn("VMM", 2, copies, NULL);
}

const struct scenario scenario_npt_dirty_log = {
	.name = "npt-dirty-log",
	.story = "The VMM reads the dirty log and copies what it names while a vCPU reads and writes the page: the last copy is complete.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_log,
	.finish = amd_finish_written,
	.expect = EXPECT_AMD,
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES(npt_log_unflushed), CATCHES(npt_read_writable), CATCHES(npt_unlogged) },
};

/* When the call returns no vCPU gets at the memory, nor will. */
static void stores_while_there(void *arg)
{
	amd_vm->vcpu[0].may_die = true;
	stores(arg);
	amd_store_at(&amd_vm->vcpu[0], GPA(0), 3);
	amd_leave(&amd_vm->vcpu[0]);
}

static void deletes(void *arg)
{
	amd_slot(amd_vm, 0, 0);
	machine_check_unreachable(host_pa(HVA(0)), VM_PAGE, TLB_R | TLB_W, "the slot is gone");
}

static void setup_delete(void)
{
	amd_create(0, 4, 0);
	host_poke(HVA(0), 1);
	explore_spawn("vCPU 0", 0, stores_while_there, NULL);
	explore_spawn("VMM", 2, deletes, NULL);
}

const struct scenario scenario_npt_slot_delete = {
	.name = "npt-slot-delete",
	.story = "The VMM deletes a slot that a vCPU writes: when the call returns the vCPU cannot reach the memory.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_delete,
	.finish = amd_finish,
	.expect = EXPECT_AMD,
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES(npt_unflushed), CATCHES(request_unwaited), CATCHES(free_early) },
};

/* A record of stolen time is reached by its user address, past the tables and past the slots' readers. */
static struct hva_cache record __attribute__((section("model_state")));

static void tells_stolen_time(void *arg)
{
	struct amd_vcpu *v = &amd_vm->vcpu[0];
	unsigned int i;

	v->may_die = true;
	for (i = 0; i < 2; i++) {
		amd_store_at(v, GPA(1), 1);
		amd_leave(v);
	}
}

static void deletes_and_uses(void *arg)
{
	u64 was;

	amd_slot(amd_vm, 0, 0);
	was = host_peek(HVA(0));
	trace_step("uses the memory for something else");
	explore_point("the VMM's own");
	if (host_peek(HVA(0)) != was)
		explore_violation("X2", "stolen time is told in memory that is no guest's any more");
}

static void record_make(void)
{
	amd_create(0, 4, 0);
	host_poke(HVA(0), 1);
	host_poke(HVA(0) + 8, 0);
	if (hva_cache_init(&record, &amd_vm->npt.gmem, GPA(0), PV_STEAL_SIZE))
		explore_unfinished("no record");
	amd_vm->vcpu[0].record = &record;
	set_bit(AMD_REQ_STEAL, &amd_vm->vcpu[0].base.requests);
}

static void setup_record(void)
{
	record_make();
	explore_spawn("vCPU 0", 0, tells_stolen_time, NULL);
	explore_spawn("VMM", 2, deletes_and_uses, NULL);
}

static void finish_record(void)
{
	hva_cache_exit(&record);
	amd_finish();
}

const struct scenario scenario_steal_slot_delete = {
	.name = "steal-slot-delete",
	.story = "The VMM deletes the slot with a vCPU's record of stolen time: when the call returns the vCPU tells nothing there.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_record,
	.finish = finish_record,
	.expect = EXPECT_AMD,
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(slots_untold), CATCHES(request_unwaited) },
};

/* The log is switched on: nothing is told by address any more that the VMM's copy does not have. */
static void logs_and_copies(void *arg)
{
	amd_slot(amd_vm, 4, KVM_MEM_LOG_DIRTY_PAGES);
	harvests();
	copied = host_peek(HVA(0));
	trace_step("copies the record");
	flag_wait(0);
	harvests();
	if (copied != host_peek(HVA(0)))
		explore_violation("X7", "stolen time is told by address after the VMM's copy, and is not in the log");
}

static void tells_and_ends(void *arg)
{
	tells_stolen_time(arg);
	flag_set(0);
}

static void setup_log_on(void)
{
	copied = 0;
	record_make();
	explore_spawn("vCPU 0", 0, tells_and_ends, NULL);
	explore_spawn("VMM", 2, logs_and_copies, NULL);
}

const struct scenario scenario_steal_log_on = {
	.name = "steal-log-on",
	.story = "The VMM switches the dirty log on while a vCPU tells stolen time by the record's address: no write escapes the log.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_log_on,
	.finish = finish_record,
	.expect = EXPECT_AMD,
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES(slots_untold), CATCHES(request_unwaited), CATCHES(plain_logged) },
};

/* A block takes the place of a table in which a walk may still go on. */
static void touches(void *arg)
{
	struct amd_vcpu *v = &amd_vm->vcpu[(long)arg];

	amd_load_at(v, GPA(3));
	amd_load_at(v, GPA(3 + (long)arg));
	amd_leave(v);
}

static void collapses(void *arg)
{
	host_collapse(HVA(0));
}

static void setup_collapse(void)
{
	host_map_small(HVA(0));
	amd_create(0, HOST_HUGE, 0);
	explore_spawn("vCPU 0", 0, touches, (void *)0);
	explore_spawn("vCPU 1", 1, touches, (void *)1);
	explore_spawn("khugepaged", 2, collapses, NULL);
}

const struct scenario scenario_npt_block_over_table = {
	.name = "npt-block-over-table",
	.story = "The host makes one huge page of small ones; a block takes the place of a nested table that another vCPU's walks may be in.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_collapse,
	.finish = amd_finish,
	.expect = EXPECT_AMD,
	.preemptions = 1,
	.random = 30,
	.mutants = { CATCHES(npt_table_unflushed), CATCHES(npt_unflushed) },
};

/* KVM_CLEAR_DIRTY_LOG has taken a block away, and flushes when it is through; a page of the block goes in between. */
static void discards_behind_log(void *arg)
{
	struct gmem *gm = &amd_vm->npt.gmem;

	gm->client->write_protect_masked(gm, (GPA(0) >> GMEM_PAGE_SHIFT) + 64, 1);
	trace_step("has taken the block around guest page 64 away for the log");
	discards(arg);
}

static void setup_behind_log(void)
{
	host_map_huge(HVA(0));
	amd_create(0, HOST_HUGE, 0);
	explore_spawn("vCPU 0", 0, stores, NULL);
	explore_spawn("VMM", 2, discards_behind_log, NULL);
}

const struct scenario scenario_npt_unmap_behind_log = {
	.name = "npt-unmap-behind-log",
	.story = "The dirty log has taken a block away and not flushed yet, while a page of the block is discarded: no vCPU has it by the block any more.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_behind_log,
	.finish = amd_finish,
	.expect = EXPECT_AMD,
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES(npt_taken_unseen), CATCHES(npt_unflushed) },
};

/* There are two identifiers, and four vCPUs of two VMs that take turns on a CPU. */
static struct amd_vm *another __attribute__((section("model_state")));

static void runs(struct amd_vm *vm, unsigned int n)
{
	amd_load_at(&vm->vcpu[n], GPA(0));
	amd_leave(&vm->vcpu[n]);
}

static void take_turns(void *arg)
{
	unsigned int i;

	runs(amd_vm, 0);
	runs(another, 0);
	runs(another, 1);
	for (i = 0; i < 3; i++) {
		runs(amd_vm, i % 2);
		runs(another, i % 2);
	}
}

static void setup_turns(void)
{
	amd_asids(3);
	amd_create(0, 4, 0);
	another = amd_create(OTHER, 4, 0);
	explore_spawn("vCPUs", 0, take_turns, NULL);
}

static void finish_another(void)
{
	amd_destroy(another);
	amd_finish();
}

const struct scenario scenario_asid_rollover = {
	.name = "asid-rollover",
	.story = "Four vCPUs of two VMs take turns on a CPU with two identifiers: each comes to its own memory.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_turns,
	.finish = finish_another,
	.expect = EXPECT_AMD,
	.preemptions = 1,
	.mutants = { CATCHES(asid_reused), CATCHES(asid_old) },
};

/* A vCPU goes to a CPU where its identifier is another's, and back to where a page was its own. */
static void at_home(void *arg)
{
	runs(amd_vm, 0);
	flag_set(0);
	flag_wait(1);
	host_migrate(HVA(0));
	runs(amd_vm, 0);
}

static void abroad(void *arg)
{
	runs(another, 0);
	flag_wait(0);
	runs(amd_vm, 0);
	flag_set(1);
}

/* The memory manager here tells the youngest VM alone. */
static void setup_abroad(void)
{
	another = amd_create(OTHER, 4, 0);
	amd_vm = amd_create(0, 4, 0);
	explore_spawn("CPU 0", 0, at_home, NULL);
	explore_spawn("CPU 1", 1, abroad, NULL);
}

const struct scenario scenario_asid_another_cpu = {
	.name = "asid-another-cpu",
	.story = "A vCPU goes to a CPU where its identifier stands for another VM's memory, and comes back after its page has moved.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_abroad,
	.finish = finish_another,
	.expect = EXPECT_AMD,
	.preemptions = 2,
	.mutants = { CATCHES(asid_anywhere) },
};
