// SPDX-License-Identifier: GPL-2.0
/*
 * Tables that L2 runs on (src/x86/nested/shadow.c), seen by a walk of their own, and the address
 * spaces that they are kept for (space.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <string.h>

#include "../../model/shim/unit.h"
#include "../../src/x86/nested/bits.h"
#include "../../src/x86/nested/space.h"

#define P	(1ULL << 0)
#define W	(1ULL << 1)
#define U	(1ULL << 2)
#define A	(1ULL << 5)
#define D	(1ULL << 6)
#define PS	(1ULL << 7)
#define NX	(1ULL << 63)
#define ADDR	0x000ffffffffff000ULL

/* Elsewhere in npt/, which is not linked. */
void *npt_table_new(void)
{
	return shim_alloc(PAGE_SIZE, PAGE_SIZE, true, true);
}

/* The leaf of an address as a CPU comes to it, and its level; 0: not mapped. */
static u64 leaf_at(const struct shadow *s, u64 addr, unsigned int *level)
{
	const u64 *table = __va(shadow_root(s));
	u64 pte;

	for (*level = s->levels; ; (*level)--) {
		pte = table[addr >> (12 + 9 * (*level - 1)) & 511];
		if (!(pte & P))
			return 0;
		if (*level == 1 || (pte & PS))
			return pte;
		/* what is above a leaf allows all, or the leaf's own bits would not count */
		assert_int_equal(pte & (W | U | A | NX), W | U | A);
		table = __va(pte & ADDR);
	}
}

static struct shadow_page page(u64 pfn)
{
	return (struct shadow_page) { .pfn = pfn, .shift = 12, .write = true, .exec = true };
}

static struct shadow *shadow_new(unsigned int levels)
{
	static struct shadow s;

	memset(&s, 0, sizeof(s));
	assert_int_equal(shadow_init(&s, levels), 0);
	return &s;
}

static void shadow_end(struct shadow *s, long allocs)
{
	shadow_free(s);
	assert_null(s->root);
	assert_int_equal(shim_allocs(), allocs);
	shim_check_quiet();
}

/* An entry is present, a user's, accessed; write, dirty and no-execute as asked; the frame is the page's. */
static void one_page(void **state)
{
	long allocs = shim_allocs();
	struct shadow *s = shadow_new(4);
	struct shadow_page p = page(0x1234);
	unsigned int level;

	assert_int_equal(shadow_map(s, 0x7000, &p), 0);
	assert_int_equal(leaf_at(s, 0x7fff, &level), 0x1234000 | P | W | U | A | D);
	assert_int_equal(level, 1);
	assert_int_equal(leaf_at(s, 0x8000, &level), 0);
	assert_int_equal(leaf_at(s, 0x6fff, &level), 0);
	p.write = false;
	p.exec = false;
	p.memory = 0x18;
	assert_int_equal(shadow_map(s, 0xffffffffe000, &p), 0);
	assert_int_equal(leaf_at(s, 0xffffffffe000, &level), 0x1234000 | P | U | A | NX | 0x18);
	shadow_end(s, allocs);
}

/* A block is as large as both allow, rounded down to a size that there is; its frame is its first one. */
static void blocks(void **state)
{
	static const struct {
		unsigned int shift, level;
	} of[] = {
		{ 12, 1 }, { 20, 1 }, { 21, 2 }, { 22, 2 }, { 29, 2 }, { 30, 3 }, { 39, 3 },
	};
	long allocs = shim_allocs();
	unsigned int i, level, levels;

	for (i = 0; i < 2 * ARRAY_SIZE(of); i++) {
		u64 frames = 1ULL << 9 * (of[i / 2].level - 1);
		struct shadow_page p = page(0x40000000 + 777);
		struct shadow *s;

		levels = 4 + i % 2;
		s = shadow_new(levels);
		p.shift = of[i / 2].shift;
		assert_int_equal(shadow_map(s, 0x5000000000ULL, &p), 0);
		assert_int_equal(leaf_at(s, 0x5000000000ULL, &level) & ADDR, (p.pfn & ~(frames - 1)) << 12);
		assert_int_equal(level, of[i / 2].level);
		assert_int_equal(!!(leaf_at(s, 0x5000000000ULL, &level) & PS), level > 1);
		assert_int_equal(s->tables, levels - level);
		shadow_end(s, allocs);
	}
}

/* Another entry where one was owes a flush; the same one owes none, and more permission does. */
static void replaced(void **state)
{
	long allocs = shim_allocs();
	struct shadow *s = shadow_new(4);
	struct shadow_page p = page(1);
	unsigned int level;

	assert_int_equal(shadow_map(s, 0, &p), 0);
	assert_int_equal(shadow_map(s, 0, &p), 0);
	p.pfn = 2;
	assert_int_equal(shadow_map(s, 0, &p), 1);
	assert_int_equal(leaf_at(s, 0, &level) & ADDR, 2 << 12);
	p.write = false;
	assert_int_equal(shadow_map(s, 0, &p), 1);
	assert_int_equal(leaf_at(s, 0, &level) & W, 0);
	p.write = true;
	assert_int_equal(shadow_map(s, 0, &p), 1);
	shadow_end(s, allocs);
}

/* A block where pages are, and a page where a block is: they have to be emptied first. */
static void in_the_way(void **state)
{
	long allocs = shim_allocs();
	struct shadow *s = shadow_new(4);
	struct shadow_page small = page(1), large = page(512);
	unsigned int level;

	large.shift = 21;
	assert_int_equal(shadow_map(s, 0, &small), 0);
	assert_int_equal(shadow_map(s, 0, &large), -ENOSPC);
	assert_int_equal(leaf_at(s, 0, &level), 0x1000 | P | W | U | A | D);
	assert_true(shadow_empty(s));
	assert_int_equal(shadow_map(s, 0, &large), 0);
	assert_int_equal(shadow_map(s, 0x1000, &small), -ENOSPC);
	leaf_at(s, 0x1000, &level);
	assert_int_equal(level, 2);
	shadow_end(s, allocs);
}

/* Emptied tables map nothing and are freed; to empty what is empty says so. */
static void emptied(void **state)
{
	long allocs = shim_allocs();
	struct shadow *s = shadow_new(5);
	struct shadow_page p = page(1);
	unsigned int i, level;

	assert_false(shadow_empty(s));
	for (i = 0; i < 48; i++)
		assert_int_equal(shadow_map(s, 1ULL << i, &p), 0);
	assert_true(shadow_empty(s));
	assert_int_equal(s->tables, 0);
	assert_int_equal(shim_allocs(), allocs + 1);
	for (i = 0; i < 48; i++)
		assert_int_equal(leaf_at(s, 1ULL << i, &level), 0);
	assert_false(shadow_empty(s));
	shadow_end(s, allocs);
}

/* A guest that touches memory far and wide gets so many tables and no more. */
static void bounded(void **state)
{
	long allocs = shim_allocs();
	struct shadow *s = shadow_new(4);
	struct shadow_page p = page(1);
	u64 addr;
	int ret = 0;

	for (addr = 0; !ret && addr < 1ULL << 40; addr += 1ULL << 21)
		ret = shadow_map(s, addr, &p);
	assert_int_equal(ret, -ENOSPC);
	assert_int_equal(s->tables, SHADOW_MAX_TABLES);
	/* where there are tables already it goes on */
	assert_int_equal(shadow_map(s, 0x1000, &p), 0);
	shadow_end(s, allocs);
}

/* No memory: an errno, and nothing is lost of what is there. */
static void no_memory(void **state)
{
	long allocs = shim_allocs();
	struct shadow *s = shadow_new(4);
	struct shadow_page p = page(1);
	unsigned int i, level;

	for (i = 0; i < 3; i++) {
		shim_fail_alloc(i < 2 ? 2 : 1);
		assert_int_equal(shadow_map(s, 0, &p), -ENOMEM);
		shim_fail_alloc(0);
		assert_int_equal(leaf_at(s, 0, &level), 0);
	}
	assert_int_equal(shadow_map(s, 0, &p), 0);
	shadow_end(s, allocs);
	memset(s, 0, sizeof(*s));
	shim_fail_alloc(1);
	assert_int_equal(shadow_init(s, 4), -ENOMEM);
	shim_fail_alloc(0);
	shadow_end(s, allocs);
}

/* L1's leaf and ours made one: the smaller, writable where both are, the stricter memory type. */
static void made_one(void **state)
{
	long allocs = shim_allocs();
	struct nested_leaf leaf = { .shift = 21, .write = true, .exec = true, .memory = 0x08 };
	struct npt_copy ours = { .pfn = 5, .shift = 12, .write = true, .memory = 0x10 };
	struct spaces s = { };
	unsigned int level, i;
	bool flush = false;

	spaces_init(&s);
	assert_int_equal(space_enter(&s, 1, 0x1000, NESTED_FLUSH_NONE, 4, &flush), 0);
	assert_true(flush);
	for (i = 0; i < 8; i++) {
		u64 pte;

		leaf.write = i & 1;
		ours.write = i & 2;
		leaf.exec = i & 4;
		assert_int_equal(space_map(&s, i << 12, &leaf, &ours, &flush), 0);
		pte = leaf_at(s.now, i << 12, &level);
		assert_int_equal(level, 1);
		assert_int_equal(!!(pte & W), i % 4 == 3);
		assert_int_equal(!(pte & NX), i / 4);
		assert_int_equal(pte & 0x18, 0x18);
	}
	spaces_free(&s);
	assert_int_equal(shim_allocs(), allocs);
}

/* Address spaces are kept by identifier and nested CR3; one more throws out what was not used the longest. */
static void kept(void **state)
{
	long allocs = shim_allocs();
	struct nested_leaf leaf = { .shift = 12, .write = true };
	struct npt_copy ours = { .pfn = 5, .shift = 12, .write = true };
	struct spaces s = { };
	unsigned int level, i;
	bool flush;

	spaces_init(&s);
	for (i = 0; i < SPACE_SHADOWS; i++) {
		assert_int_equal(space_enter(&s, 1, i << 12, NESTED_FLUSH_NONE, 4, &flush), 0);
		assert_int_equal(space_map(&s, 0, &leaf, &ours, &flush), 0);
	}
	/* the same once more: kept, and nothing is owed; another kept one owes a flush */
	flush = false;
	assert_int_equal(space_enter(&s, 1, (i - 1) << 12, NESTED_FLUSH_NONE, 4, &flush), 0);
	assert_false(flush);
	assert_int_equal(space_enter(&s, 1, 0, NESTED_FLUSH_NONE, 4, &flush), 0);
	assert_true(flush);
	assert_int_not_equal(leaf_at(s.now, 0, &level), 0);
	/* another identifier, the same table: the one of nested CR3 0x1000 goes */
	assert_int_equal(space_enter(&s, 2, 0, NESTED_FLUSH_NONE, 4, &flush), 0);
	assert_int_equal(leaf_at(s.now, 0, &level), 0);
	for (i = 0; i < SPACE_SHADOWS; i++)
		assert_false(s.shadow[i].asid == 1 && s.shadow[i].ncr3 == 0x1000);
	/* without nested paging there are none */
	flush = false;
	assert_int_equal(space_enter(&s, 2, SPACE_NO_NCR3, NESTED_FLUSH_NONE, 4, &flush), 0);
	assert_null(s.now);
	assert_true(flush);
	spaces_free(&s);
	assert_int_equal(shim_allocs(), allocs);
}

/* A flush by TLB_CONTROL empties what has the identifier, or all. */
static void flushed(void **state)
{
	long allocs = shim_allocs();
	struct nested_leaf leaf = { .shift = 12, .write = true };
	struct npt_copy ours = { .pfn = 5, .shift = 12, .write = true };
	unsigned int level, i, all;
	bool flush;

	for (all = 0; all < 2; all++) {
		struct spaces s = { };

		spaces_init(&s);
		for (i = 1; i <= 3; i++) {
			assert_int_equal(space_enter(&s, i, 0, NESTED_FLUSH_NONE, 4, &flush), 0);
			assert_int_equal(space_map(&s, 0, &leaf, &ours, &flush), 0);
		}
		flush = false;
		assert_int_equal(space_enter(&s, 3, 0, all ? NESTED_FLUSH_ALL : NESTED_FLUSH_ASID, 4, &flush), 0);
		assert_true(flush);
		assert_int_equal(leaf_at(s.now, 0, &level), 0);
		assert_int_equal(space_enter(&s, 1, 0, NESTED_FLUSH_NONE, 4, &flush), 0);
		assert_int_equal(!leaf_at(s.now, 0, &level), all);
		spaces_free(&s);
	}
	assert_int_equal(shim_allocs(), allocs);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_page), cmocka_unit_test(blocks), cmocka_unit_test(replaced),
		cmocka_unit_test(in_the_way), cmocka_unit_test(emptied), cmocka_unit_test(bounded),
		cmocka_unit_test(no_memory), cmocka_unit_test(made_one), cmocka_unit_test(kept),
		cmocka_unit_test(flushed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
