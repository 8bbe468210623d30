// SPDX-License-Identifier: GPL-2.0
/*
 * The walker, the TLBs, and the machine around them: tables are built by hand,
 * good sequences pass and their bad twins are reported.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

#include "../../model/machine/machine.h"
#include "../../model/machine/memory.h"

#define V(n)	((line_values)(1U << (n)))

/* A 39-bit tree, start level 1, tables one after another. */
#define VTCR		(25ULL | 1ULL << 6)
#define TABLE(n)	(MEMORY_KERNEL + 0x1000ULL * (n))
#define VTTBR(vmid)	(TABLE(0) | (uint64_t)(vmid) << 48)
#define IPA		0x40000000ULL
#define PAGE		MEMORY_USER
#define LEAF(pa)	((pa) | 1ULL << 10 | 3ULL << 8 | 3ULL << 6 | 0xfULL << 2 | 3)
#define BLOCK(pa)	(LEAF(pa) & ~2ULL)
#define NEXT(n)		(TABLE(n) | 3)

static unsigned int reports;
static char last_rule[32];
static unsigned int choice;

void machine_report(const char *rule, const char *fmt, ...)
{
	(void)fmt;
	reports++;
	snprintf(last_rule, sizeof(last_rule), "%s", rule);
}

unsigned int machine_choose(unsigned int n, const char *what)
{
	(void)what;
	return choice % n;
}

static uint64_t *word(unsigned int table, unsigned int index)
{
	return (uint64_t *)memory_kva(TABLE(table)) + index;
}

static const struct tlb_root root = { .vttbr = VTTBR(1), .vtcr = VTCR };

static void map_page(uint64_t pa)
{
	*word(0, 1) = NEXT(1);
	*word(1, 0) = NEXT(2);
	*word(2, 0) = LEAF(pa);
}

static int setup(void **state)
{
	struct machine_config cfg = { .caches = { .speculate = true, .idc = true } };

	(void)state;
	memset(memory_kva(TABLE(0)), 0, 0x4000);
	machine_reset(&cfg);
	reports = 0;
	choice = 0;
	return 0;
}

static void run(unsigned int pe, bool mmu_on)
{
	struct attr_regime r = { .m = mmu_on, .c = mmu_on, .i = mmu_on, .vm = true };

	machine_set_stage1(pe, &r, (struct attr){ ATTR_WB, ATTR_ISH });
	machine_enter(pe, root);
}

static int translate(unsigned int pe, enum machine_access access)
{
	struct tlb_entry e;

	return machine_translate(pe, IPA, access, &e);
}

/* Pages, blocks, nothing, beyond the input size; the access flag. */
static void walks(void **state)
{
	struct tlb_entry e;

	(void)state;
	assert_false(tlb_walk(root, IPA, &e));
	map_page(PAGE);
	assert_true(tlb_walk(root, IPA + 0x123, &e));
	assert_int_equal(e.pa, PAGE);
	assert_int_equal(e.shift, 12);
	assert_int_equal(e.perms, TLB_R | TLB_W | TLB_X);
	assert_int_equal(e.memattr, 0xf);
	assert_int_equal(e.sh, ATTR_ISH);
	assert_false(tlb_walk(root, IPA + 0x1000, &e));
	assert_false(tlb_walk(root, 1ULL << 39, &e));
	*word(1, 1) = BLOCK(PAGE + 0x200000);
	assert_true(tlb_walk(root, IPA + 0x212345, &e));
	assert_int_equal(e.pa, PAGE + 0x200000);
	assert_int_equal(e.shift, 21);
	*word(2, 0) &= ~(1ULL << 10);
	assert_false(tlb_walk(root, IPA, &e));
	*word(2, 0) = LEAF(PAGE) | 1ULL << 54;
	assert_true(tlb_walk(root, IPA, &e));
	assert_int_equal(e.perms, TLB_R | TLB_W);
}

/* Concatenated root tables: 40 bits from level 1 are two tables. */
static void concatenated_root(void **state)
{
	struct tlb_root two = { .vttbr = VTTBR(1), .vtcr = 24ULL | 1ULL << 6 };
	struct tlb_entry e;

	(void)state;
	*word(1, 0) = LEAF(PAGE) & ~2ULL;	/* entry 512: level 1 block at 512 GiB */
	assert_true(tlb_walk(two, 512ULL << 30, &e));
	assert_int_equal(e.shift, 30);
}

/* A walk of a table that is none is reported. */
static void wild_table(void **state)
{
	struct tlb_entry e;

	(void)state;
	*word(0, 1) = 0x123000 | 3;
	assert_false(tlb_walk(root, IPA, &e));
	assert_int_equal(reports, 1);
}

/* A running PE caches what the tables allow, before anybody asks. */
static void walks_happen_any_time(void **state)
{
	(void)state;
	map_page(PAGE);
	run(0, true);
	*word(2, 0) = 0;
	/* nothing was accessed, and yet the entry may be there */
	assert_int_equal(translate(0, MACHINE_READ), 0);
	choice = 1;
	assert_int_equal(translate(0, MACHINE_READ), -1);
	/* good: invalidated */
	machine_tlbi(1, IPA, 0x1000, 3);
	choice = 0;
	assert_int_equal(translate(0, MACHINE_READ), -1);
	machine_check_unreachable(PAGE, 0x1000, TLB_R, "test");
	assert_int_equal(reports, 0);
}

/* Bad: TLBI before the store; the walker puts it back. */
static void tlbi_before_store(void **state)
{
	(void)state;
	map_page(PAGE);
	run(0, true);
	machine_tlbi(1, IPA, 0x1000, 3);
	*word(2, 0) = 0;
	machine_check_unreachable(PAGE, 0x1000, TLB_R, "test");
	assert_int_equal(reports, 1);
	assert_string_equal(last_rule, "stale translation");
}

/* A wrong level hint, or another VMID, invalidates nothing. */
static void tlbi_misses(void **state)
{
	(void)state;
	map_page(PAGE);
	run(0, true);
	*word(2, 0) = 0;
	machine_tlbi(1, IPA, 0x1000, 2);
	machine_tlbi(2, IPA, 0x1000, 3);
	machine_tlbi(1, IPA + 0x1000, 0x1000, 3);
	machine_tlbi_vmid(-1, 2);
	machine_tlbi_vmid(1, 1);
	machine_check_unreachable(PAGE, 0x1000, TLB_R, "test");
	assert_int_equal(reports, 1);
	machine_tlbi_vmid(0, 1);
	machine_check_unreachable(PAGE, 0x1000, TLB_R, "test");
	assert_int_equal(reports, 1);
}

/* Bad: a page replaced without being broken first. Good twin below. */
static void no_break_before_make(void **state)
{
	(void)state;
	map_page(PAGE);
	run(0, true);
	*word(2, 0) = LEAF(PAGE + 0x1000);
	machine_settle();
	assert_true(reports > 0);
	assert_string_equal(last_rule, "break-before-make");
}

static void break_before_make(void **state)
{
	(void)state;
	map_page(PAGE);
	run(0, true);
	*word(2, 0) = 0;
	machine_settle();
	machine_tlbi(1, IPA, 0x1000, 3);
	*word(2, 0) = LEAF(PAGE + 0x1000);
	machine_settle();
	assert_int_equal(reports, 0);
}

/* Permissions may change without; a write may use the old ones until a TLBI. */
static void permissions(void **state)
{
	(void)state;
	map_page(PAGE);
	run(0, true);
	*word(2, 0) &= ~(1ULL << 7);
	machine_settle();
	assert_int_equal(reports, 0);
	assert_int_equal(translate(0, MACHINE_WRITE), 0);
	choice = 1;
	assert_int_equal(translate(0, MACHINE_WRITE), TLB_W);
	machine_tlbi(1, IPA, 0x1000, 3);
	choice = 0;
	assert_int_equal(translate(0, MACHINE_WRITE), TLB_W);
	assert_int_equal(translate(0, MACHINE_READ), 0);
}

/* Bad: a table goes while a walk may continue from its cached descriptor. */
static void table_freed_early(void **state)
{
	(void)state;
	map_page(PAGE);
	run(0, true);
	*word(1, 0) = 0;
	machine_check_table_free(TABLE(2));
	assert_int_equal(reports, 1);
	machine_tlbi(1, IPA, 0x200000, TLB_ANY_LEVEL);
	machine_check_table_free(TABLE(2));
	assert_int_equal(reports, 1);
	machine_check_table_free(TABLE(0));
	assert_int_equal(reports, 2);
	machine_exit(0);
}

/* Entries stay when a PE leaves the guest: a reused VMID would find them. */
static void entries_outlive_the_guest(void **state)
{
	(void)state;
	map_page(PAGE);
	run(0, true);
	machine_exit(0);
	memset(memory_kva(TABLE(0)), 0, 0x3000);
	machine_enter(0, root);
	assert_int_equal(translate(0, MACHINE_READ), 0);
	machine_exit(0);
	machine_tlbi_all();
	machine_enter(0, root);
	assert_int_equal(translate(0, MACHINE_READ), -1);
}

static struct attr attr_of(unsigned int pe, enum machine_access access)
{
	struct tlb_entry e;

	assert_int_equal(machine_translate(pe, IPA, access, &e), 0);
	return machine_attr(pe, &e, access, (struct attr){ ATTR_WB, ATTR_ISH });
}

/* The article's problem 2 in five lines: MMU off reads memory, the VMM's bytes are in the cache. */
static void mmu_off_reads_memory(void **state)
{
	(void)state;
	machine_watch(PAGE, "kernel", true);
	map_page(PAGE);
	machine_host_store(3, PAGE, 3);
	run(0, false);
	assert_int_equal(machine_guest_load(0, PAGE, attr_of(0, MACHINE_READ)), V(0) | V(1));
	/* good: clean, then enter */
	machine_host_dc(3, PAGE, 0x1000, MACHINE_DC_CIVAC);
	machine_dsb(3);
	assert_int_equal(machine_guest_load(0, PAGE, attr_of(0, MACHINE_READ)), V(1));
}

/* Prefetches fill instruction caches while a PE may execute there; IC IALLUIS needs its DSB. */
static void prefetch(void **state)
{
	(void)state;
	machine_watch(PAGE, "code", false);
	map_page(PAGE);
	run(0, true);
	machine_exit(0);
	machine_host_store(3, PAGE, 3);
	machine_ic_iallu(3, true);
	machine_enter(0, root);
	assert_true(machine_guest_fetch(0, PAGE, attr_of(0, MACHINE_FETCH)) & V(0));
	machine_exit(0);
	machine_ic_iallu(3, true);
	machine_dsb(3);
	machine_enter(0, root);
	assert_int_equal(machine_guest_fetch(0, PAGE, attr_of(0, MACHINE_FETCH)), V(1));
	/* while it runs, the next store races with a prefetch */
	machine_host_store(3, PAGE, 3);
	assert_true(machine_guest_fetch(0, PAGE, attr_of(0, MACHINE_FETCH)) & V(1));
	machine_ic_ivau(PAGE);
	assert_int_equal(machine_guest_fetch(0, PAGE, attr_of(0, MACHINE_FETCH)), V(2));
}

/* A Non-shareable alias lets a PE fill a copy of its own, unasked. */
static void alias_fills(void **state)
{
	struct line *line = machine_watch(PAGE, "x", false);

	(void)state;
	map_page(PAGE);
	*word(2, 0) &= ~(3ULL << 8);	/* stage 2 Non-shareable */
	run(0, true);
	assert_int_equal(line->local_fill, 0);
	machine_alias(0, IPA, (struct attr){ ATTR_WB, ATTR_NSH });
	assert_int_equal(line->local_fill, 1);
	machine_exit(0);
	assert_int_equal(line->local_fill, 0);
}

/* A guest's maintenance of a Non-shareable VA does not reach another PE. */
static void guest_maintenance(void **state)
{
	struct attr own = { ATTR_WB, ATTR_NSH }, shared = { ATTR_WB, ATTR_ISH };
	struct line *line = machine_watch(PAGE, "x", false);

	(void)state;
	machine_guest_store(1, PAGE, own, 1);
	machine_guest_dc(0, PAGE, own, MACHINE_DC_CIVAC);
	machine_dsb(0);
	assert_true(line_memory(line) & V(0));
	machine_guest_dc(0, PAGE, shared, MACHINE_DC_IVAC);
	machine_dsb(0);
	assert_int_equal(line_memory(line), V(1));
}

/* Ranges: every line touched, none beyond, an end that wraps reaches nothing. */
static void host_ranges(void **state)
{
	struct line *a = machine_watch(PAGE, "a", false);
	struct line *b = machine_watch(PAGE + 0x800, "b", false);

	(void)state;
	machine_host_store(0, PAGE, 0);
	machine_host_store(0, PAGE + 0x800, 0);
	assert_int_equal(machine_host_dc(0, PAGE, 0x800, MACHINE_DC_CIVAC), 1);
	machine_dsb(0);
	assert_int_equal(line_memory(a), V(1));
	assert_int_equal(line_memory(b), V(0) | V(1));
	assert_int_equal(machine_host_dc(0, PAGE, -1ULL, MACHINE_DC_CIVAC), 0);
	assert_int_equal(machine_host_dc(0, PAGE + 0x7ff, 2, MACHINE_DC_CIVAC), 2);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(walks), TEST(concatenated_root), TEST(wild_table),
		TEST(walks_happen_any_time), TEST(tlbi_before_store), TEST(tlbi_misses),
		TEST(no_break_before_make), TEST(break_before_make), TEST(permissions),
		TEST(table_freed_early), TEST(entries_outlive_the_guest),
		TEST(mmu_off_reads_memory), TEST(prefetch), TEST(alias_fills),
		TEST(guest_maintenance), TEST(host_ranges),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	memory_map();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
