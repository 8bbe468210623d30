// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks of a range that become pages before a log looks at it.
 */
#include "test_mmu_tree_fake.h"

/* Every block of the range, at its first, middle and last one, and those alone; pages and holes stay as they are. */
static void range(void **state)
{
	u64 ipa;

	map_new(0, 2, RW);
	map_new(MB(2), 2, RW);
	map_new(MB(4), 2, S2_PTE_R);
	map_new(MB(10), 3, RW);
	map_new(MB(12), 2, RW);
	map_new(MB(14), 2, RW);
	s2_split_range(&tree, MB(2), MB(12));
	assert_true(mapped_as(0, 2, RW) && mapped_as(MB(14), 2, RW));
	for (ipa = 0; ipa < MB(2); ipa += 4096) {
		assert_true(mapped_as(MB(2) + ipa, 3, RW));
		assert_true(mapped_as(MB(4) + ipa, 3, S2_PTE_R));
		assert_true(mapped_as(MB(12) + ipa, 3, RW));
	}
	assert_true(mapped_as(MB(10), 3, RW));
	assert_int_equal(fake_translate(&tree, MB(6)), ~0ULL);
	assert_int_equal(fake_translate(&tree, MB(10) + 4096), ~0ULL);
	assert_int_equal(atomic64_read(&stats.splits), 3);
	assert_int_equal(atomic64_read(&tree.leaves), 3 * 512 + 3);
	/* once more there is nothing to do, and nothing is told to anybody */
	fake_clear();
	s2_split_range(&tree, MB(2), MB(12));
	assert_int_equal(fake_count(F_TLBI_IPA), 0);
	assert_int_equal(atomic64_read(&stats.splits), 3);
}

/* Of 1 GiB in one block all that lies in the range become pages, and the rest 2 MiB. */
static void gigabyte(void **state)
{
	u64 ipa;

	map_new(GB(3), 1, RW);
	s2_split_range(&tree, GB(3) + MB(10), MB(4));
	for (ipa = GB(3); ipa < GB(4); ipa += MB(2))
		assert_true(mapped_as(ipa, ipa >= GB(3) + MB(10) && ipa < GB(3) + MB(14) ? 3 : 2, RW));
	assert_int_equal(atomic64_read(&stats.splits), 3);
}

/* A slot that begins inside of what a block would cover, and one that ends at the end of memory. */
static void ends(void **state)
{
	u64 last = BIT_ULL(40) - MB(2);

	map_new(MB(2), 2, RW);
	map_new(last, 2, RW);
	s2_split_range(&tree, MB(2) - 4096, 4096);
	assert_true(mapped_as(MB(2), 2, RW));
	s2_split_range(&tree, last + MB(1), ~0ULL - last - MB(1));
	assert_true(mapped_as(last, 3, RW) && mapped_as(BIT_ULL(40) - 4096, 3, RW));
	assert_true(mapped_as(MB(2), 2, RW));
	s2_split_range(&tree, MB(2) - 4096, 8192);
	assert_true(mapped_as(MB(2), 3, RW));
}

/* Without memory for a table the rest stays in blocks, and nothing is lost. */
static void no_memory(void **state)
{
	map_new(0, 2, RW);
	map_new(MB(2), 2, RW);
	shim_fail_alloc(2);
	s2_split_range(&tree, 0, MB(4));
	shim_fail_alloc(0);
	assert_true(mapped_as(0, 3, RW) && mapped_as(MB(2), 2, RW));
}

static enum s2_result hooked;

static void hook_split(enum fake_kind kind)
{
	struct s2_mapping m = { .ipa = 4096, .level = 3, .flags = S2_MAP_RELAX };
	struct s2_pages none = { .tree = &tree };

	if (kind == F_TLBI_IPA)
		hooked = s2_split_down(&tree, &m, &none);
}

/* A block that somebody else has broken is his. */
static void another(void **state)
{
	map_new(0, 2, RW);
	fake_hook = hook_split;
	hooked = S2_MAPPED;
	s2_split_range(&tree, 0, MB(2));
	fake_hook = NULL;
	assert_int_equal(hooked, S2_LOST);
	assert_int_equal(atomic64_read(&stats.splits), 1);
	assert_true(mapped_as(0, 3, RW));
}

#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { T(range), T(gigabyte), T(ends), T(no_memory), T(another) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
