// SPDX-License-Identifier: GPL-2.0
/*
 * Live migration by the dirty ring: the VMM switches the log on, copies, and then goes by
 * what a vCPU pushes: it marks what it sees, resets the rings, and copies. When the vCPU has
 * stopped it does so until nothing comes, and its copy is complete (C9).
 */
#include <linux/kvm.h>
#include <linux/string.h>

#include "../shim/host_private.h"
#include "scenario.h"

#define PAGES		2
#define ENTRIES		(2 * GMEM_RING_RESERVE)

enum { BEGUN, LOGGED, DIRTIED, STOPPED };

static struct gmem_ring ring __attribute__((section("model_state")));
static struct kvm_dirty_gfn entry[ENTRIES] __attribute__((section("model_state")));
static unsigned int seen __attribute__((section("model_state")));

/* What the VMM's copy of each page may be. */
static line_values copied[PAGES] __attribute__((section("model_state")));

/* All that writes here is the vCPU's thread. */
static struct gmem_ring *ring_here(void *owner)
{
	return &ring;
}

static struct gmem_ring *ring_nth(void *owner, unsigned int i)
{
	return i ? NULL : &ring;
}

static const struct gmem_ring_client ring_client = {
	.here = ring_here,
	.nth = ring_nth,
};

static void copy(unsigned long pages)
{
	unsigned int page;

	for (page = 0; page < PAGES; page++)
		if (pages >> page & 1)
			copied[page] = host_read(HVA(page), NULL);
}

/* One round: false where nothing had come. */
static bool harvest(void)
{
	unsigned long pages = 0;
	struct kvm_dirty_gfn *e;
	unsigned int n = 0;
	int ret;

	for (;; n++, seen++) {
		e = &entry[seen % ENTRIES];
		/* the entry is filled in by then */
		if (!(smp_load_acquire(&e->flags) & KVM_DIRTY_GFN_F_DIRTY))
			break;
		pages |= 1UL << e->offset;
		/* after it was read */
		smp_store_release(&e->flags, KVM_DIRTY_GFN_F_RESET);
	}
	ret = gmem_rings_reset(&vm->mmu.gmem);
	trace_step("resets the rings: %d of pages %#lx", ret, pages);
	if (ret != n)
		explore_violation("dirty ring", "KVM_RESET_DIRTY_RINGS says %d of %u", ret, n);
	copy(pages);
	return n;
}

static void check_copy(void)
{
	unsigned int page;

	for (page = 0; page < PAGES; page++) {
		const struct line *line = machine_line(host_pa(HVA(page)));

		if (line && copied[page] != 1U << line->latest)
			explore_violation("C9", "the copy of page %u may be %#x, the guest wrote version %u last, and it is not in the ring",
					  page, copied[page], (unsigned int)line->latest);
	}
}

static void migrates(void *arg)
{
	flag_wait(BEGUN);
	vm_set_region(vm, VM_GPA, 4, KVM_MEM_LOG_DIRTY_PAGES);
	copy(~0UL);
	flag_set(LOGGED);
	if (arg)
		flag_wait(DIRTIED);
	harvest();
	flag_wait(STOPPED);
	while (harvest())
		;
	check_copy();
}

static void start(void (*guest)(void *arg), bool later)
{
	unsigned int page;

	for (page = 0; page < PAGES; page++)
		copied[page] = 0;
	seen = 0;
	memset(entry, 0, sizeof(entry));
	gmem_ring_init(&ring, entry, ENTRIES);
	vm_loaded(0, "x");
	vm_loaded(1, "y");
	vm_create(4, 0);
	gmem_rings_enable(&vm->mmu.gmem, &ring_client, NULL);
	explore_spawn("vCPU 0", 0, guest, NULL);
	explore_spawn("VMM", 2, migrates, (void *)(long)later);
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
	flag_wait(LOGGED);
	guest_store(v, GPA(0));
	flag_set(DIRTIED);
	guest_store(v, GPA(1));
	guest_store(v, GPA(0));
	over(v);
}

static void setup_warm(void)
{
	start(writes, true);
}

const struct scenario scenario_dirty_ring = {
	.name = "dirty-ring",
	.story = "Live migration by the dirty ring: the VMM marks what a vCPU pushed, resets the ring and copies while the guest writes; after the last round its copy is complete.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_warm,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(ring_unflushed), CATCHES(ring_writable) },
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
	start(writes_cold, false);
}

const struct scenario scenario_dirty_ring_cold_writer = {
	.name = "dirty-ring-cold-writer",
	.story = "A guest writes with its MMU off, and maybe turns it on, while the VMM goes by the dirty ring.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_cold,
	.expect = EXPECT("C9", HOLDS, [MMU_DC] = HOLDS),
	.preemptions = 1,
	.random = 200,
	.mutants = { CATCHES_UNDER(ring_unsettled, MMU_TWO_TREE), CATCHES(ring_unsettled) },
};

/* It turns its MMU off and writes what was told and copied before; that it is off is seen after that. */
static void strays(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	flag_set(BEGUN);
	flag_wait(LOGGED);
	guest_store(v, GPA(0));
	flag_set(DIRTIED);
	guest_dc(v, GPA(0), MACHINE_DC_CIVAC);
	guest_sctlr(v, false, false, false);
	guest_store(v, GPA(0));
	over(v);
}

static void setup_strays(void)
{
	start(strays, true);
}

const struct scenario scenario_dirty_ring_mmu_off_seen_late = {
	.name = "dirty-ring-mmu-off-seen-late",
	.story = "A warm guest turns its MMU off without a trap and writes a page that the ring has told and the VMM has copied already: all of it is told once more.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_strays,
	.expect = EXPECT("C9", HOLDS),
	.preemptions = 1,
	.random = 200,
	.mutants = { CATCHES_UNDER(stray_unlogged, MMU_TWO_TREE), CATCHES_UNDER(ring_late_lost, MMU_TWO_TREE),
		     CATCHES_UNDER(ring_uncounted, MMU_TWO_TREE) },
};
