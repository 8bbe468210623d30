// SPDX-License-Identifier: GPL-2.0
/*
 * Guests of a guest (X5, X6): L2 runs on tables that are made of L1's and ours, which are a TLB to
 * both: L1 asks for flushes, the host's invalidations reach them through the frame.
 */
#include <linux/kvm.h>

#include "../../src/x86/nested/bits.h"
#include "../shim/threads.h"
#include "amd.h"

/* L1's tables have two levels of 4-byte entries; page 0 of L2 is what the first entry names. */
#define L1_DIRECTORY	GPA(2)
#define L1_TABLE	GPA(3)
#define L1_DIRECTORY2	GPA(4)
#define L1_TABLE2	GPA(5)
#define L1_PAGES	6

#define L1_ENTRY(gpa)	((gpa) | 0x07)		/* present, writable, user */
#define L1_USED(gpa)	((gpa) | 0x67)		/* and A and D */
#define L1_ADDRESS	0xfffff000ULL

static bool over __attribute__((section("model_state")));

/* As L1 has made them before anything of this begins. */
static void tables_make(u64 directory, u64 table, u64 entry)
{
	host_poke(HVA(0) + (directory - GPA(0)), L1_USED(table));
	host_poke(HVA(0) + (table - GPA(0)), entry);
}

static void nested_create(u32 flags, u64 entry)
{
	over = false;
	amd_create(0, L1_PAGES, flags);
	host_poke(HVA(0), 0);
	host_poke(HVA(1), 0);
	tables_make(L1_DIRECTORY, L1_TABLE, entry);
}

/* L1 makes L2's page another one, and tells by each way there is. */
static void changes_tables(void *arg)
{
	struct amd_vcpu *v = &amd_vm->vcpu[0];

	amd_l2_enter(v, 1, L1_DIRECTORY, NESTED_FLUSH_NONE);
	amd_l2_store(v, 0, 1);
	amd_l2_leave(v);
	switch (explore_choose(4, "how L1 tells")) {
	case 0:
		amd_store_at(v, L1_TABLE, L1_USED(GPA(1)));
		amd_l2_enter(v, 1, L1_DIRECTORY, NESTED_FLUSH_ASID);
		break;
	case 1:
		amd_store_at(v, L1_TABLE, L1_USED(GPA(1)));
		amd_l2_enter(v, 1, L1_DIRECTORY, NESTED_FLUSH_ALL);
		break;
	case 2:
		amd_store_at(v, L1_TABLE, L1_USED(GPA(1)));
		amd_l2_enter(v, 2, L1_DIRECTORY, NESTED_FLUSH_NONE);
		break;
	default:
		amd_l2_enter(v, 1, L1_DIRECTORY2, NESTED_FLUSH_NONE);
	}
	amd_l2_store(v, 0, 2);
	amd_l2_leave(v);
	amd_leave(v);
}

static void finish_changed(void)
{
	if (host_peek(HVA(0)) != 1 || host_peek(HVA(1)) != 2)
		explore_violation("nested TLB", "L2 has written by a translation that L1 had flushed");
	amd_finish();
}

static void setup_changes(void)
{
	nested_create(0, L1_USED(GPA(0)));
	tables_make(L1_DIRECTORY2, L1_TABLE2, L1_USED(GPA(1)));
	explore_spawn("vCPU 0", 0, changes_tables, NULL);
}

const struct scenario scenario_nested_tables_are_a_tlb = {
	.name = "nested-tables-are-a-tlb",
	.story = "L1 leads a page of L2 elsewhere and asks for a flush, of one identifier or of all, or uses another identifier, or another table: L2 comes to the new page.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_changes,
	.finish = finish_changed,
	.expect = EXPECT_AMD,
	.preemptions = 0,
	.mutants = { CATCHES(space_kept), CATCHES(space_unflushed), CATCHES(space_any_asid),
		     CATCHES(asid_unflushed) },
};

/* Two address spaces by turns: what is made for each is kept, and the CPU has one identifier for both. */
static void takes_turns(void *arg)
{
	struct amd_vcpu *v = &amd_vm->vcpu[0];
	bool names = explore_choose(2, "whether L1 tells them apart by identifier, too");
	u64 n;

	for (n = 1; n <= 4; n++) {
		amd_l2_enter(v, names ? 1 + n % 2 : 1, n % 2 ? L1_DIRECTORY : L1_DIRECTORY2, NESTED_FLUSH_NONE);
		amd_l2_store(v, 0, n);
		amd_l2_leave(v);
	}
	amd_leave(v);
}

static void finish_turns(void)
{
	if (host_peek(HVA(0)) != 3 || host_peek(HVA(1)) != 4)
		explore_violation("nested TLB", "one L2 has written to another one's page");
	amd_finish();
}

static void setup_turns(void)
{
	nested_create(0, L1_USED(GPA(0)));
	tables_make(L1_DIRECTORY2, L1_TABLE2, L1_USED(GPA(1)));
	explore_spawn("vCPU 0", 0, takes_turns, NULL);
}

const struct scenario scenario_nested_spaces_by_turns = {
	.name = "nested-spaces-by-turns",
	.story = "L1 runs two L2s by turns, each with nested tables of its own: each comes to its own page, though the tables made for both are kept.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_turns,
	.finish = finish_turns,
	.expect = EXPECT_AMD,
	.preemptions = 0,
	.mutants = { CATCHES(space_untold), CATCHES(asid_unflushed) },
};

/* The host takes a page that L2 writes. */
static void l2_writes(void *arg)
{
	struct amd_vcpu *v = &amd_vm->vcpu[0];
	u64 n;

	for (n = 1; n <= 2; n++) {
		amd_l2_enter(v, 1, L1_DIRECTORY, NESTED_FLUSH_NONE);
		amd_l2_store(v, 0, n);
		amd_l2_leave(v);
	}
	amd_leave(v);
}

static void setup_migrate(void)
{
	nested_create(0, L1_USED(GPA(0)));
	explore_spawn("vCPU 0", 0, l2_writes, NULL);
	explore_spawn("memory manager", 2, amd_migrates, NULL);
}

const struct scenario scenario_nested_unmap_against_entry = {
	.name = "nested-unmap-against-entry",
	.story = "The host migrates a page that L2 writes, with exits to L1 between: what was made of our entry is gone before the page is.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_migrate,
	.finish = amd_finish_written,
	.expect = EXPECT_AMD,
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES(space_kept), CATCHES(look_then_say), CATCHES(request_unwaited),
		     CATCHES(npt_unflushed) },
};

/* Live migration while L2 writes. */
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

static void l2_reads_and_writes(void *arg)
{
	struct amd_vcpu *v = &amd_vm->vcpu[0];

	amd_l2_enter(v, 1, L1_DIRECTORY, NESTED_FLUSH_NONE);
	amd_l2_load(v, 0);
	amd_l2_store(v, 0, 1);
	amd_l2_store(v, 0, 2);
	amd_l2_leave(v);
	amd_leave(v);
	flag_set(0);
}

static void copies(void *arg)
{
	harvests();
	flag_wait(0);
	harvests();
	if (copied != host_peek(HVA(0)))
		explore_violation("dirty log", "L2 wrote the page after the VMM copied it, and it is not in the log");
}

static void setup_log(void)
{
	copied = 0;
	nested_create(KVM_MEM_LOG_DIRTY_PAGES, L1_USED(GPA(0)));
	explore_spawn("vCPU 0", 0, l2_reads_and_writes, NULL);
	explore_spawn("VMM", 2, copies, NULL);
}

const struct scenario scenario_nested_dirty_log = {
	.name = "nested-dirty-log",
	.story = "The VMM reads the dirty log and copies what it names while L2 reads and writes a page: the last copy is complete.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_log,
	.finish = amd_finish_written,
	.expect = EXPECT_AMD,
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES(space_writable), CATCHES(npt_log_unflushed), CATCHES(space_kept) },
};

/* A and D are set in an entry that another vCPU of L1 is about to change. */
static void l2_uses(void *arg)
{
	struct amd_vcpu *v = &amd_vm->vcpu[0];

	amd_l2_enter(v, 1, L1_DIRECTORY, NESTED_FLUSH_NONE);
	amd_l2_store(v, 0, 1);
	amd_l2_leave(v);
	amd_leave(v);
}

static void l1_changes(void *arg)
{
	amd_store_at(&amd_vm->vcpu[1], L1_TABLE, L1_ENTRY(GPA(1)));
	amd_leave(&amd_vm->vcpu[1]);
}

static void finish_marked(void)
{
	u64 entry = host_peek(HVA(3));

	if ((entry & L1_ADDRESS) != GPA(1))
		explore_violation("lost write", "L1 wrote its entry, and another one stands there");
	if (host_peek(HVA(1)) == 1 && (entry & 0x60) != 0x60)
		explore_violation("accessed", "L2 has written by an entry that is not marked");
	amd_finish();
}

static void setup_marks(void)
{
	nested_create(0, L1_ENTRY(GPA(0)));
	explore_spawn("vCPU 0", 0, l2_uses, NULL);
	explore_spawn("vCPU 1", 1, l1_changes, NULL);
}

const struct scenario scenario_nested_marks_by_exchange = {
	.name = "nested-marks-by-exchange",
	.story = "A and D are set in L1's entry for L2's access while another vCPU of L1 writes that entry: L1's write is not lost.",
	.contract = ANY_AMD,
	.machine = MACHINE_N1,
	.setup = setup_marks,
	.finish = finish_marked,
	.expect = EXPECT_AMD,
	.preemptions = 2,
	.random = 50,
	.mutants = { CATCHES(mark_blind) },
};
