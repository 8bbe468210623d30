// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that a fault maps along with its own, since the faults before it came in a row.
 */
#include <linux/kvm.h>

#include "../shim/host_private.h"
#include "scenario.h"

#define LINES_OF_PAGE	(VM_PAGE / MACHINE_LINE_BYTES)

/* The page that comes along with the second fault. */
#define ALONG	2U

static void fresh(unsigned int page, const char *name)
{
	host_watch(HVA(page), name);
	host_write(HVA(page));
}

/* Two faults: the first makes the table, the second brings a page along. */
static void in_a_row(struct vcpu *v)
{
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	guest_load(v, GPA(1), NULL);
}

static void present(void)
{
	host_write(HVA(0));
	host_write(HVA(1));
}

/* Else the scenario says nothing. */
static void check_along(void)
{
	if (atomic64_read(&vm->mmu.stats.faults) != ALONG)
		explore_violation("along", "no page came along with another");
}

/* A guest, and what the host does meanwhile, if anything. */
static void beside(void (*guest)(void *arg), const char *who, void (*host)(void *arg))
{
	present();
	fresh(ALONG, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, guest, NULL);
	if (host)
		explore_spawn(who, 2, host, NULL);
}

static void works_on_it(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	in_a_row(v);
	guest_store(v, GPA(ALONG));
	guest_load(v, GPA(ALONG), "C4");
	vcpu_stop(v);
}

static void moves_it(void *arg)
{
	host_migrate(HVA(ALONG));
}

static void setup_moves(void)
{
	beside(works_on_it, "memory manager", moves_it);
}

const struct scenario scenario_near_migrate = {
	.name = "near-migrate",
	.story = "A guest's faults come in a row, so a fault maps the next page along, while the host moves that page to another frame.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_moves,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(near_unlooked), CATCHES_UNDER(near_unlooked, MMU_TWO_TREE) },
};

static void discards_it(void *arg)
{
	host_discard(HVA(ALONG), VM_PAGE);
}

static void setup_discards(void)
{
	beside(works_on_it, "VMM", discards_it);
}

const struct scenario scenario_near_discard = {
	.name = "near-discard",
	.story = "So it does while the VMM gives that page back: it belongs to somebody else at once.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_discards,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(near_unlooked) },
};

/* Nothing of the page's last owner reaches the guest past the caches. */
static void reads_past_caches(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	in_a_row(v);
	guest_load_as(v, GPA(ALONG), normal_nc, "C5");
	check_along();
	vcpu_stop(v);
}

static void setup_other_owner(void)
{
	beside(reads_past_caches, NULL, NULL);
}

const struct scenario scenario_near_other_owner = {
	.name = "near-other-owner",
	.story = "A page that came along, zero in the caches only, is read past them.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_other_owner,
	.expect = EXPECT("C5", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES(near_unpaid), CATCHES_UNDER(near_unpaid, MMU_TWO_TREE), CATCHES(no_dsb_at_map) },
};

/* Two pages become one, which nobody may write. */
static void reads_on(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	in_a_row(v);
	guest_load(v, GPA(ALONG), NULL);
	vcpu_stop(v);
	flag_set(0);
}

static void merges_it(void *arg)
{
	host_merge(HVA(ALONG), HVA(ALONG + 1));
	flag_wait(0);
	machine_check_unreachable(host_pa(HVA(ALONG)), VM_PAGE, TLB_W,
				  "two pages of the VMM's have become one");
}

static void setup_merges(void)
{
	fresh(ALONG + 1, "y");
	beside(reads_on, "KSM", merges_it);
}

const struct scenario scenario_near_ksm = {
	.name = "near-ksm",
	.story = "KSM merges the page that comes along with another one, read-only: the guest gets it read-only.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_merges,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(near_writable), CATCHES_UNDER(near_writable, MMU_TWO_TREE) },
};

/* Every write is in the log, also to a page behind others that were written. */
static void writes_in_a_row(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];
	unsigned int i;

	guest_sctlr(v, true, true, true);
	for (i = 0; i <= ALONG; i++)
		guest_store(v, GPA(i));
	vcpu_stop(v);
}

static void setup_logged(void)
{
	present();
	host_write(HVA(ALONG));
	vm_create(4, KVM_MEM_LOG_DIRTY_PAGES);
	explore_spawn("vCPU 0", 0, writes_in_a_row, NULL);
}

static void finish_logged(void)
{
	unsigned long map = 0;
	struct kvm_dirty_log log = { .slot = 0, .dirty_bitmap = &map };

	if (gmem_get_dirty_log(&vm->mmu.gmem, &log) || map != 7)
		explore_violation("C9", "three pages were written, the log says %#lx", map);
}

const struct scenario scenario_near_logged = {
	.name = "near-logged",
	.story = "A guest writes three pages of a logged slot in a row: the log has all of them.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_logged,
	.finish = finish_logged,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(near_logged) },
};

/* Another vCPU faults on the page that comes along. */
static void reads_it(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_sctlr(v, true, true, true);
	flag_set(0);
	flag_wait(1);
	guest_load(v, GPA(ALONG), "C5");
	vcpu_stop(v);
}

static void reads_in_a_row(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	flag_wait(0);
	guest_load(v, GPA(0), NULL);
	flag_set(1);
	guest_load(v, GPA(1), NULL);
	guest_load(v, GPA(ALONG), "C5");
	vcpu_stop(v);
}

static void setup_together(void)
{
	present();
	host_watch_own(HVA(ALONG), "x");
	host_write(HVA(ALONG));
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, reads_in_a_row, NULL);
	explore_spawn("vCPU 1", 1, reads_it, NULL);
}

static void finish_together(void)
{
	u64 lines = atomic64_read(&vm->mmu.stats.lines_map);

	if (lines > (ALONG + 1) * LINES_OF_PAGE)
		explore_violation("cleaned once", "%llu lines of %u pages of %llu", (unsigned long long)lines,
				  ALONG + 1, (unsigned long long)LINES_OF_PAGE);
}

const struct scenario scenario_near_together = {
	.name = "near-together",
	.story = "One vCPU's fault brings a page along on which another vCPU faults: one of them cleans it.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_together,
	.finish = finish_together,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(claim_all), CATCHES(claim_no_wake) },
};

/* The VMM re-initialises a vCPU and writes, while another one's fault brings the page along. */
static void loads_anew(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	flag_wait(0);
	vcpu_init(v);
	host_write(HVA(ALONG));
	guest_load(v, GPA(ALONG), "C1");
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(ALONG), "C2");
	vcpu_stop(v);
}

static void brings_it(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	flag_set(0);
	guest_load(v, GPA(1), NULL);
	vcpu_stop(v);
}

static void setup_anew(void)
{
	present();
	vm_loaded(ALONG, "x");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, brings_it, NULL);
	explore_spawn("VMM+vCPU 1", 1, loads_anew, NULL);
}

const struct scenario scenario_near_against_reset = {
	.name = "near-against-reset",
	.story = "A fault brings a page along, while the VMM re-initialises another vCPU, loads that page, and the vCPU reads it with its MMU off and on.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_anew,
	.expect = { SKIP, SKIP, SKIP, HOLDS, SKIP, SKIP },
	.preemptions = 2,
	.random = 200,
};
