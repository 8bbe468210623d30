// SPDX-License-Identifier: GPL-2.0
/*
 * Live migration: the VMM switches the dirty log on, copies, reads the log and copies
 * what it reports while a vCPU writes, and once more when it has stopped. Then its copy
 * is complete (C9), on whichever side of the caches the vCPU wrote.
 */
#include <linux/kvm.h>

#include "../shim/host_private.h"
#include "scenario.h"

#define PAGES	2

enum { BEGUN, LOGGED, DIRTIED, STOPPED };

/* How the VMM takes what is in the log, and when; argument of migrates(). */
#define GET	0L		/* all of it, at any time */
#define CLEAR	1L		/* in two steps */
#define LATER	2L		/* when the guest has written once more */
#define PART	4L		/* in two steps, and at first of its first page only */

/* What the VMM's copy of each page may be. */
static line_values copied[PAGES] __attribute__((section("model_state")));
static unsigned long map __attribute__((section("model_state")));

static void copy(unsigned long pages)
{
	unsigned int page;

	for (page = 0; page < PAGES; page++)
		if (pages >> page & 1)
			copied[page] = host_read(HVA(page), NULL);
}

static void get(void)
{
	struct kvm_dirty_log log = { .slot = 0, .dirty_bitmap = &map };
	int ret;

	map = 0;
	ret = gmem_get_dirty_log(&vm->mmu.gmem, &log);
	if (ret)
		explore_violation("dirty log", "KVM_GET_DIRTY_LOG says %d", ret);
	trace_step("reads the dirty log: %#lx", map);
}

static void clear(void)
{
	struct kvm_clear_dirty_log log = { .slot = 0, .num_pages = 4, .dirty_bitmap = &map };
	int ret = gmem_clear_dirty_log(&vm->mmu.gmem, &log);

	if (ret)
		explore_violation("dirty log", "KVM_CLEAR_DIRTY_LOG says %d", ret);
	trace_step("clears the dirty log: %#lx", map);
}

static void harvest(long how)
{
	get();
	if (how & PART)
		map &= 1;
	if (how & CLEAR)
		clear();
	copy(map);
}

static void check_copy(void)
{
	unsigned int page;

	for (page = 0; page < PAGES; page++) {
		const struct line *line = machine_line(host_pa(HVA(page)));

		if (line && copied[page] != 1U << line->latest)
			explore_violation("C9", "the copy of page %u may be %#x, the guest wrote version %u last, and it is not in the log",
					  page, copied[page], (unsigned int)line->latest);
	}
}

static void migrates(void *arg)
{
	long how = (long)arg;

	flag_wait(BEGUN);
	vm_set_region(vm, VM_GPA, 4, KVM_MEM_LOG_DIRTY_PAGES);
	if (!(how & CLEAR))
		copy(~0UL);
	flag_set(LOGGED);
	if (how & LATER)
		flag_wait(DIRTIED);
	harvest(how);
	flag_wait(STOPPED);
	harvest(how & ~PART);
	check_copy();
}

static void start(void (*guest)(void *arg), long how)
{
	unsigned int page;

	for (page = 0; page < PAGES; page++)
		copied[page] = 0;
	vm_loaded(0, "x");
	vm_loaded(1, "y");
	vm_create(4, 0);
	if (how & CLEAR)
		gmem_set_dirty_manual(&vm->mmu.gmem, KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE |
				      KVM_DIRTY_LOG_INITIALLY_SET);
	explore_spawn("vCPU 0", 0, guest, NULL);
	explore_spawn("VMM", 2, migrates, (void *)how);
}

/* The first half of those who write on one side first, and then on the other. */
static void writes_logged(struct vcpu *v)
{
	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	flag_set(BEGUN);
	flag_wait(LOGGED);
	guest_store(v, GPA(0));
	flag_set(DIRTIED);
}

static void over(struct vcpu *v)
{
	vcpu_stop(v);
	flag_set(STOPPED);
}

/* With its caches on all the time. */
static void writes(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	flag_set(BEGUN);
	guest_store(v, GPA(0));
	guest_store(v, GPA(1));
	guest_store(v, GPA(0));
	over(v);
}

static void setup_warm(void)
{
	start(writes, GET);
}

const struct scenario scenario_dirty_log = {
	.name = "dirty-log",
	.story = "Live migration: the VMM switches the dirty log on and reads it while the guest writes; after the last round its copy is complete.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_warm,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 1000,
	.mutants = { CATCHES(no_tlbi_at_protect), CATCHES(allow_unlogged), CATCHES_UNDER(allow_unlogged, MMU_TWO_TREE) },
};

/* Read and cleared in two steps, all of it dirty at first. */
static void setup_manual(void)
{
	start(writes, CLEAR);
}

const struct scenario scenario_dirty_log_manual = {
	.name = "dirty-log-manual",
	.story = "The same with KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE and KVM_DIRTY_LOG_INITIALLY_SET: the VMM clears what it is about to copy.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_manual,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.random = 200,
	.mutants = { CATCHES(no_tlbi_at_harvest) },
};

/* Only what the VMM names is cleared: the rest it reads of again. */
static void setup_part(void)
{
	start(writes, CLEAR | PART);
}

const struct scenario scenario_dirty_log_clear_part = {
	.name = "dirty-log-clear-part",
	.story = "The VMM clears and copies one page of what a manual log reports, and the rest later: it must be reported until then.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_part,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES(clear_all), CATCHES(peek_takes), CATCHES(harvest_writable) },
};

/* With its MMU off all the time, or until the end. */
static void writes_cold(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_store(v, GPA(0));
	flag_set(BEGUN);
	guest_store(v, GPA(0));
	guest_store(v, GPA(1));
	if (explore_choose(2, "whether it turns its MMU on")) {
		guest_sctlr(v, true, true, true);
		guest_load(v, GPA(0), "C2");
	}
	over(v);
}

static void setup_cold(void)
{
	start(writes_cold, GET);
}

const struct scenario scenario_dirty_log_cold_writer = {
	.name = "dirty-log-cold-writer",
	.story = "A guest writes with its MMU off, and maybe turns it on, while the VMM switches the dirty log on and reads it.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_cold,
	.expect = EXPECT("C9", HOLDS, [MMU_DC] = HOLDS),
	.preemptions = 1,
	.random = 200,
	.mutants = { CATCHES_UNDER(dirty_unpaid, MMU_TWO_TREE),
		     CATCHES_UNDER(log_on_unpaid, MMU_TWO_TREE),
		     CATCHES(dirty_unpaid), CATCHES(log_on_unpaid) },
};

static void setup_cold_manual(void)
{
	start(writes_cold, CLEAR);
}

const struct scenario scenario_dirty_log_cold_writer_manual = {
	.name = "dirty-log-cold-writer-manual",
	.story = "The same guest; what the VMM copies after KVM_CLEAR_DIRTY_LOG must be right.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_cold_manual,
	.expect = EXPECT("C9", HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES_UNDER(dirty_unpaid, MMU_TWO_TREE) },
};

/* MMU on, caches off, all the time. */
static void writes_uncached(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, false, true);
	guest_store(v, GPA(0));
	flag_set(BEGUN);
	guest_store(v, GPA(0));
	guest_store(v, GPA(1));
	over(v);
}

static void setup_uncached(void)
{
	start(writes_uncached, GET);
}

const struct scenario scenario_dirty_log_uncached_writer = {
	.name = "dirty-log-uncached-writer",
	.story = "A vCPU with M = 1 and C = 0 writes while the VMM switches the dirty log on and reads it.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_uncached,
	.expect = EXPECT("C9", HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES_UNDER(log_on_unpaid, MMU_TWO_TREE),
		     CATCHES_UNDER(dirty_unpaid, MMU_CLEAN) },
};

static void setup_uncached_manual(void)
{
	start(writes_uncached, CLEAR);
}

const struct scenario scenario_dirty_log_uncached_manual = {
	.name = "dirty-log-uncached-manual",
	.story = "The same with a manual log, all of it dirty at first.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_uncached_manual,
	.expect = EXPECT("C9", HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES_UNDER(dirty_unpaid, MMU_TWO_TREE), CATCHES(dirty_unpaid) },
};

/* Its caches go off while the log is read, and each time that is seen at once. */
static void turns_off(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];
	bool mmu = explore_choose(2, "whether it keeps its MMU on");

	writes_logged(v);
	guest_sctlr(v, mmu, false, true);
	guest_store(v, GPA(0));
	over(v);
}

static void setup_turns_off(void)
{
	start(turns_off, LATER);
}

const struct scenario scenario_dirty_log_caches_go_off = {
	.name = "dirty-log-caches-go-off",
	.story = "A vCPU turns its caches off, trapped, and writes, while the VMM reads the dirty log: it may still write through its TLB when the log has taken the page's bit. What it left in the caches must not come over it later.",
	.contract = SLOPPY,
	.machine = MACHINE_FGT,
	.setup = setup_turns_off,
	.expect = EXPECT("C9", HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES_UNDER(owed_early, MMU_TWO_TREE), CATCHES(owed_early),
		     CATCHES_UNDER(owed_early, MMU_CLEAN), CATCHES(no_clean_at_mmu_off) },
};

static void setup_turns_off_manual(void)
{
	start(turns_off, LATER | CLEAR);
}

const struct scenario scenario_dirty_log_caches_off_manual = {
	.name = "dirty-log-caches-off-manual",
	.story = "The same with a manual log.",
	.contract = SLOPPY,
	.machine = MACHINE_FGT,
	.setup = setup_turns_off_manual,
	.expect = EXPECT("C9", HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES(no_clean_at_mmu_off) },
};

/* And where nothing traps, it is seen later: at an exit, or when it stops. */
static void strays(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	writes_logged(v);
	guest_dc(v, GPA(0), MACHINE_DC_CIVAC);
	guest_sctlr(v, false, false, false);
	guest_store(v, GPA(0));
	if (explore_choose(2, "whether it leaves the guest before it stops")) {
		guest_wfi(v);
		guest_load(v, GPA(1), NULL);
	}
	over(v);
}

static void setup_strays(void)
{
	start(strays, LATER);
}

const struct scenario scenario_dirty_log_mmu_off_seen_late = {
	.name = "dirty-log-mmu-off-seen-late",
	.story = "A warm guest turns its MMU off without a trap and writes a page that the log has reported and the VMM has copied already; that it is off is seen after that.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_strays,
	.expect = EXPECT("C9", HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES_UNDER(stray_unlogged, MMU_TWO_TREE),
		     CATCHES_UNDER(stray_unnoted, MMU_TWO_TREE),
		     CATCHES(stray_unlogged), CATCHES_UNDER(stray_unlogged, MMU_DC) },
};

static void setup_strays_manual(void)
{
	start(strays, LATER | CLEAR);
}

const struct scenario scenario_dirty_log_mmu_off_late_manual = {
	.name = "dirty-log-mmu-off-late-manual",
	.story = "The same with a manual log.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_strays_manual,
	.expect = EXPECT("C9", HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES_UNDER(stray_unlogged, MMU_TWO_TREE),
		     CATCHES_UNDER(stray_unnoted, MMU_TWO_TREE), CATCHES(stray_unlogged) },
};

/* A secondary that comes out of reset writes past the caches what the log is about. */
static void starts_writer(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	guest_dc(v, GPA(0), MACHINE_DC_CIVAC);
	vcpu_stop(v);
	flag_set(BEGUN);
	flag_wait(LOGGED);
	mmu_vcpu_start(&vm->mmu, &v->mmu);
	v->m = false;
	v->c = false;
	v->i = false;
	guest_store(v, GPA(0));
	flag_set(DIRTIED);
	guest_store(v, GPA(1));
	if (explore_choose(2, "whether it turns its MMU on")) {
		guest_sctlr(v, true, true, true);
		guest_load(v, GPA(0), "C2");
	}
	over(v);
}

static void setup_starts(void)
{
	start(starts_writer, GET);
}

const struct scenario scenario_dirty_log_cpu_on = {
	.name = "dirty-log-cpu-on",
	.story = "A vCPU is started anew by CPU_ON while the dirty log is on, writes with its MMU off, and maybe turns it on.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_starts,
	.expect = EXPECT("C9", HOLDS, [MMU_DC] = HOLDS),
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES_UNDER(dirty_unpaid, MMU_TWO_TREE), CATCHES(dirty_unpaid) },
};

/* A Non-cacheable alias, with the MMU on: nobody knows of it. */
static void writes_nc(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	flag_set(BEGUN);
	guest_store_as(v, GPA(0), normal_nc);
	over(v);
}

static void setup_nc(void)
{
	start(writes_nc, GET);
}

const struct scenario scenario_dirty_log_nc_writer = {
	.name = "dirty-log-nc-writer",
	.story = "A guest writes through a Non-cacheable mapping with its MMU on, and the dirty log reports the page. A known limit: only for vCPUs with MMU or caches off is maintained what the VMM then copies.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_nc,
	.expect = EXPECT("C9", "C9"),
	.preemptions = 1,
};

/* The page's leaf has lost its access flag when the log takes write permission from it. */
static void ages_and_migrates(void *arg)
{
	flag_wait(BEGUN);
	host_age(HVA(0), VM_PAGE, false);
	migrates(arg);
}

static void setup_aged(void)
{
	copied[0] = 0;
	copied[1] = 0;
	vm_loaded(0, "x");
	vm_loaded(1, "y");
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, writes, NULL);
	explore_spawn("VMM", 2, ages_and_migrates, (void *)GET);
}

const struct scenario scenario_aged_then_logged = {
	.name = "aged-then-logged",
	.story = "The host finds a page old that the guest writes through its TLB; then the dirty log is switched on.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_aged,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 1,
	.random = 200,
	.mutants = { CATCHES(protect_old) },
};

/* A page that only the log keeps from being written, and then the host, too. */
#define TWIN	1U

static void writes_twin(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), NULL);
	flag_set(BEGUN);
	guest_load(v, GPA(0), NULL);
	guest_store(v, GPA(0));
	guest_load(v, GPA(0), "C4");
	over(v);
}

static void merges_twins(void *arg)
{
	flag_wait(BEGUN);
	host_merge(HVA(0), HVA(TWIN));
	flag_wait(STOPPED);
	machine_check_unreachable(host_pa(HVA(TWIN)), VM_PAGE, TLB_W, "two pages of the VMM's had become one");
}

static void setup_twins(void)
{
	vm_loaded(0, "x");
	vm_loaded(TWIN, "y");
	vm_create(4, KVM_MEM_LOG_DIRTY_PAGES);
	explore_spawn("vCPU 0", 0, writes_twin, NULL);
	explore_spawn("KSM", 2, merges_twins, NULL);
}

const struct scenario scenario_dirty_log_ksm = {
	.name = "dirty-log-ksm",
	.story = "A guest writes a page of a logged slot that it has read, while KSM merges it with another: what was writable but for the log may not be so any more.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_twins,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(allow_any), CATCHES_UNDER(allow_any, MMU_TWO_TREE) },
};
