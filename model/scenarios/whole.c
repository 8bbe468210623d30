// SPDX-License-Identifier: GPL-2.0
/*
 * All of it: each line of a page, the first and the last of a block, the last page of a
 * range and of the guest's addresses, trees of every shape.
 */
#include <linux/kvm.h>

#include "../shim/host_private.h"
#include "scenario.h"

#define LAST_LINE	(VM_PAGE - MACHINE_LINE_BYTES)
#define LAST_PAGE	(HOST_HUGE - 1)

/* Both lines that a page has here. */
static void both(void (*fn)(struct vcpu *v, u64 gpa, const char *rule), struct vcpu *v,
		 u64 gpa, const char *rule)
{
	fn(v, gpa, rule);
	fn(v, gpa + LAST_LINE, rule);
}

static void loads(struct vcpu *v, u64 gpa, const char *rule)
{
	guest_load(v, gpa, rule);
}

static void stores(struct vcpu *v, u64 gpa, const char *rule)
{
	guest_store(v, gpa);
}

static void loads_nc(struct vcpu *v, u64 gpa, const char *rule)
{
	guest_load_as(v, gpa, normal_nc, rule);
}

static void stores_nc(struct vcpu *v, u64 gpa, const char *rule)
{
	guest_store_as(v, gpa, normal_nc);
}

/* Read past the caches, written past them, read through them, and taken away. */
static void uses_whole_page(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	both(loads, v, GPA(0), "C1");
	both(stores, v, GPA(0), NULL);
	guest_sctlr(v, true, true, true);
	both(loads, v, GPA(0), "C2");
	guest_dc(v, GPA(0), MACHINE_DC_CIVAC);
	guest_dc(v, GPA(0) + LAST_LINE, MACHINE_DC_CIVAC);
	both(stores_nc, v, GPA(0), NULL);
	vcpu_stop(v);
	host_migrate(HVA(0));
}

static void setup_page(void)
{
	host_watch(HVA(0), "first line");
	host_watch(HVA(0) + LAST_LINE, "last line");
	host_write(HVA(0));
	host_write(HVA(0) + LAST_LINE);
	vm_create(4, 0);
	explore_spawn("VMM+vCPU 0", 0, uses_whole_page, NULL);
}

const struct scenario scenario_page_each_line = {
	.name = "page-each-line",
	.story = "Each line of a page is read and written past the caches and through them, and then the host takes the page: none is left out of what is paid.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_page,
	.expect = EXPECT("C5", HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(short_map), CATCHES_UNDER(short_map, MMU_TWO_TREE), CATCHES(short_gone),
		     CATCHES_UNDER(short_gone, MMU_TWO_TREE), CATCHES_UNDER(short_gone, MMU_DC) },
};

/* A page that the dirty log reports, written in its last line with the MMU off. */
static void writes_end(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];
	unsigned long map = 0;
	struct kvm_dirty_log log = { .dirty_bitmap = &map };

	both(stores, v, GPA(3), NULL);
	vcpu_stop(v);
	if (gmem_get_dirty_log(&vm->mmu.gmem, &log) || map != BIT(3))
		explore_violation("dirty log", "it says %#lx", map);
	host_read(HVA(3), "C9");
	host_read(HVA(3) + LAST_LINE, "C9");
}

static void setup_logged(void)
{
	host_watch_own(HVA(3) + LAST_LINE, "last line");
	vm_loaded(3, "first line");
	host_write(HVA(3) + LAST_LINE);
	host_write_back(HVA(3) + LAST_LINE);
	vm_create(4, KVM_MEM_LOG_DIRTY_PAGES);
	explore_spawn("VMM+vCPU 0", 0, writes_end, NULL);
}

const struct scenario scenario_dirty_page_each_line = {
	.name = "dirty-page-each-line",
	.story = "The dirty log reports the last page of a slot, each line of which was written past the caches.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_logged,
	.expect = EXPECT("C9", HOLDS, [MMU_DC] = HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(short_settle), CATCHES_UNDER(short_settle, MMU_TWO_TREE) },
};

/* A block: mapped, paid where it stays, and taken away. */
static void uses_whole_block(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	loads_nc(v, GPA(0), "C5");
	loads_nc(v, GPA(LAST_PAGE) + LAST_LINE, "C5");
	guest_sctlr(v, true, false, true);
	guest_store(v, GPA(0));
	guest_store(v, GPA(LAST_PAGE) + LAST_LINE);
	guest_wfi(v);
	guest_load(v, GPA(1), NULL);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "C2");
	guest_load(v, GPA(LAST_PAGE) + LAST_LINE, "C2");
	stores_nc(v, GPA(0), NULL);
	stores_nc(v, GPA(LAST_PAGE) + LAST_LINE, NULL);
	vcpu_stop(v);
	vm_set_region(vm, VM_GPA, 0, 0);
	host_read(HVA(0), "C4");
	host_read(HVA(LAST_PAGE) + LAST_LINE, "C4");
}

static void setup_block(void)
{
	host_watch(HVA(0), "first line");
	host_watch(HVA(LAST_PAGE) + LAST_LINE, "last line");
	host_map_huge(HVA(0));
	vm_create(HOST_HUGE, 0);
	explore_spawn("VMM+vCPU 0", 0, uses_whole_block, NULL);
}

static void finish_block(void)
{
	if (!atomic64_read(&vm->mmu.stats.mapped_2m))
		explore_violation("scenario", "no block was mapped");
}

const struct scenario scenario_block_each_part = {
	.name = "block-each-part",
	.story = "The first and the last line of a block are read and written past the caches and through them; then its slot goes, and the VMM reads them.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_block,
	.finish = finish_block,
	.expect = EXPECT("C5", HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(short_map), CATCHES_UNDER(short_map, MMU_TWO_TREE),
		     CATCHES(short_piece), CATCHES_UNDER(short_piece, MMU_TWO_TREE),
		     CATCHES(short_gone), CATCHES_UNDER(short_gone, MMU_TWO_TREE) },
};

/* Split by the dirty log, each of its pages is the one it was, with what it owes. */
static void splits_whole(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	guest_store(v, GPA(LAST_PAGE) + LAST_LINE);
	vcpu_stop(v);
	vm_set_region(vm, VM_GPA, HOST_HUGE, KVM_MEM_LOG_DIRTY_PAGES);
	guest_store(v, GPA(3));
	guest_load(v, GPA(0), "C4");
	guest_load(v, GPA(LAST_PAGE) + LAST_LINE, "C4");
	guest_dc(v, GPA(0), MACHINE_DC_CIVAC);
	guest_dc(v, GPA(LAST_PAGE) + LAST_LINE, MACHINE_DC_CIVAC);
	stores_nc(v, GPA(0), NULL);
	stores_nc(v, GPA(LAST_PAGE) + LAST_LINE, NULL);
	vcpu_stop(v);
	host_split_huge(HVA(0));
	host_migrate(HVA(LAST_PAGE));
	host_migrate(HVA(0));
}

static void finish_split(void)
{
	if (!atomic64_read(&vm->mmu.stats.splits))
		explore_violation("scenario", "no block was split");
}

static void setup_split(void)
{
	host_watch(HVA(0), "first line");
	host_watch(HVA(LAST_PAGE) + LAST_LINE, "last line");
	host_map_huge(HVA(0));
	vm_create(HOST_HUGE, 0);
	explore_spawn("VMM+vCPU 0", 0, splits_whole, NULL);
}

const struct scenario scenario_block_split_each_part = {
	.name = "block-split-each-part",
	.story = "A block is split by a write under the dirty log: its first and last page are what they were, and are paid for when the host takes them.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_split,
	.finish = finish_split,
	.expect = EXPECT("C4", HOLDS),
	.preemptions = 1,
	.mutants = { CATCHES(split_last), CATCHES_UNDER(split_last, MMU_TWO_TREE),
		     CATCHES(no_clean_at_unmap) },
};

/* A range goes while the guest writes its last page. */
static void writes_last(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	v->may_die = true;
	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	guest_store(v, GPA(2));
	guest_store(v, GPA(2));
	vcpu_stop(v);
}

static void unmaps_three(void *arg)
{
	host_unmap(HVA(0), 3 * VM_PAGE);
}

static void setup_last(void)
{
	vm_create(4, 0);
	explore_spawn("vCPU 0", 0, writes_last, NULL);
	explore_spawn("VMM", 2, unmaps_three, NULL);
}

const struct scenario scenario_munmap_last_page = {
	.name = "munmap-last-page",
	.story = "The VMM unmaps three pages while the guest writes the last: no access gets to a page that was given back.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_last,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES(last_page), CATCHES_UNDER(last_page, MMU_TWO_TREE), CATCHES(ignore_seq) },
};

/* The last pages of the guest's addresses, in a tree of another shape. */
static u64 top(unsigned int page)
{
	return (1ULL << scenario_ipa_bits()) - (4 - page) * VM_PAGE;
}

static void uses_top(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	v->may_die = true;
	guest_store(v, top(3));
	guest_load(v, top(0), "C1");
	flag_set(0);
	guest_sctlr(v, true, true, true);
	guest_load(v, top(3), "C2");
	guest_store(v, top(3));
	vcpu_stop(v);
}

static void takes_top(void *arg)
{
	flag_wait(0);
	host_migrate(HVA(3));
	vm_set_region(vm, top(0), 0, 0);
	machine_check_unreachable(MEMORY_USER, MEMORY_USER_SIZE, TLB_R | TLB_W | TLB_X,
				  "the slot was deleted");
	host_read(HVA(3), "C4");
}

static void setup_top(void)
{
	vm_loaded(3, "x");
	/* a TLB here has of a table the first pages, and those that are watched */
	vm_loaded(0, "y");
	vm_create(0, 0);
	if (!vm_set_region(vm, top(1), 4, 0))
		explore_violation("slots", "a slot may go on beyond the last address");
	vm->base = 0;
	if (vm_set_region(vm, top(0), 4, 0))
		explore_violation("scenario", "the last pages are refused");
	explore_spawn("vCPU 0", 0, uses_top, NULL);
	explore_spawn("VMM", 2, takes_top, NULL);
}

#define TREE(bits, root, ...)								\
const struct scenario scenario_tree_of_##bits##_bits = {					\
	.name = "tree-of-" #bits "-bits",						\
	.story = "The last pages of " #bits " bits of guest addresses, " root ", are used from either side, one moves, and their slot goes.", \
	.contract = SLOPPY,								\
	.machine = MACHINE_N1,								\
	.ipa_bits = bits,								\
	.setup = setup_top,								\
	.expect = EXPECT("C2", HOLDS),							\
	.preemptions = 1,								\
	.random = 50,									\
	.mutants = { __VA_ARGS__ },							\
}

TREE(32, "four tables side by side at level 2", CATCHES(root_wraps),
     CATCHES_UNDER(root_wraps, MMU_TWO_TREE));
TREE(40, "two tables side by side at level 1", CATCHES(root_wraps), CATCHES(end_overflow),
     CATCHES_UNDER(cold_kept, MMU_TWO_TREE));
TREE(48, "one table at level 0", CATCHES(end_overflow));
