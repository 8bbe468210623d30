// SPDX-License-Identifier: GPL-2.0
/*
 * The stage-2 walker: unmap, with the order of what reaches the hardware, and in
 * how large pieces.
 */
#include "test_mmu_tree_fake.h"

/* One page: cleared, TLBI of its address and level, cleaned and invalidated, completed. */
static void unmap_order(void **state)
{
	map_new(0x5000, 3, RW);
	map_new(0x6000, 3, RW);
	fake_clear();
	unmap(0x5000, 4096);
	assert_int_equal(fake_log[0].kind, F_BREAK);
	assert_int_equal(fake_log[1].kind, F_TLBI_IPA);
	assert_int_equal(fake_log[1].a, 0x5000);
	assert_int_equal(fake_log[1].b, 3);
	assert_int_equal(fake_log[2].kind, F_CLEAN_INVAL);
	assert_int_equal(fake_log[2].a, PHYS + 0x5000);
	assert_int_equal(fake_log[2].b, 4096);
	assert_int_equal(fake_log[3].kind, F_DSB);
	assert_int_equal(fake_nr, 4);
	assert_int_equal(atomic64_read(&lines), 64);
	assert_int_equal(fake_translate(&tree, 0x5000), ~0ULL);
	assert_true(mapped_as(0x6000, 3, RW));
	assert_int_equal(*s2_entry_at(&tree, 0x5000, 3), 0);
}

/* Several leaves share one TLBI of their range and one final barrier. */
static void unmap_batches(void **state)
{
	int i;

	for (i = 0; i < 20; i++)
		map_new(MB(8) + i * 8192, 3, RW);
	fake_clear();
	unmap(MB(8), MB(1));
	assert_int_equal(fake_count(F_BREAK), 20);
	assert_int_equal(fake_count(F_TLBI_RANGE), 1);
	assert_int_equal(fake_log[fake_find(0, F_TLBI_RANGE)].a, MB(8));
	assert_int_equal(fake_log[fake_find(0, F_TLBI_RANGE)].b, 39 * 4096);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 20 * 4096);
	assert_int_equal(fake_count(F_DSB), 1);
}

/* A level-3 table inside the range goes as one: one store, a TLBI of all of it, its pages paid, freed. */
static void unmap_whole_table(void **state)
{
	s64 tables;
	int i;

	for (i = 0; i < 512; i += 2)
		map_new(MB(2) + i * 4096, 3, RW);
	map_new(MB(4), 3, RW);
	tables = atomic64_read(&stats.tables);
	fake_clear();
	unmap(MB(2), MB(2));
	assert_int_equal(fake_count(F_BREAK), 1);
	assert_int_equal(fake_log[1].kind, F_TLBI_RANGE);
	assert_int_equal(fake_log[1].a, MB(2));
	assert_int_equal(fake_log[1].b, MB(2));
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), 256 * 4096);
	assert_int_equal(fake_count(F_FREE), 1);
	assert_int_equal(atomic64_read(&stats.tables), tables - 1);
	assert_true(mapped_as(MB(4), 3, RW));
}

/* A block goes entirely, and is paid entirely, when one page of it goes. */
static void unmap_part_of_a_block(void **state)
{
	map_new(MB(2), 2, RW);
	map_new(MB(4), 2, RW);
	fake_clear();
	unmap(MB(4) - 4096, 4096);
	assert_int_equal(fake_translate(&tree, MB(2)), ~0ULL);
	assert_true(mapped_as(MB(4), 2, RW));
	assert_int_equal(fake_log[1].kind, F_TLBI_IPA);
	assert_int_equal(fake_log[1].a, MB(2));
	assert_int_equal(fake_log[1].b, 2);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), MB(2));
}

/* Nothing there: nothing happens, over the whole address space and beyond it. */
static void unmap_nothing(void **state)
{
	unmap(0, BIT_ULL(40));
	unmap(BIT_ULL(40), GB(1));
	unmap(BIT_ULL(40) - 4096, ~0ULL - 4095);
	unmap(0, 0);
	assert_int_equal(fake_nr, 0);
}

/* Tables above level 3 are freed when a range that covers them has emptied them; TLBs first. */
static void unmap_frees_upper_tables(void **state)
{
	teardown(state);
	tree_begin(48);
	map_new(GB(1), 3, RW);
	map_new(GB(600), 2, RW);
	assert_int_equal(atomic64_read(&stats.tables), 1 + 3 + 2);
	unmap(GB(1), GB(1));
	/* level 1's table is not covered, level 2's and 3's are */
	assert_int_equal(atomic64_read(&stats.tables), 1 + 1 + 2);
	fake_clear();
	unmap(0, BIT_ULL(48));
	assert_int_equal(atomic64_read(&stats.tables), 1);
	assert_int_equal(fake_count(F_TLBI_VMID), 3);
}

/* A table that still maps something below the range stays. */
static void unmap_keeps_used_tables(void **state)
{
	map_new(GB(1), 3, RW);
	map_new(GB(2) - 4096, 3, RW);
	unmap(GB(2) - MB(4), MB(4));
	assert_true(mapped_as(GB(1), 3, RW));
	assert_int_equal(fake_count(F_TLBI_VMID), 0);
	unmap(GB(1), GB(1));
	assert_int_equal(atomic64_read(&stats.tables), 2);
}

/* A range that ends beyond the address space, or wraps, ends where that ends. */
static void unmap_beyond_the_end(void **state)
{
	u64 last = BIT_ULL(40) - 4096;

	map_new(last, 3, RW);
	s2_write_protect(&tree, last, ~0ULL - 4095, 0);
	assert_true(mapped_as(last, 3, S2_PTE_R));
	assert_true(s2_age(&tree, last, GB(1), HOST_AGE_CLEAR));
	unmap(last, ~0ULL - 4095);
	assert_int_equal(fake_translate(&tree, last), ~0ULL);
}

/* Ranges that do not end where tables do leave empty ones, which a block then meets, and the end frees. */
static void unmap_leaves_empty_tables(void **state)
{
	map_new(0, 3, RW);
	unmap(0, 4096);
	assert_int_equal(atomic64_read(&stats.tables), 2 + 2);
	assert_int_equal(map(0, 2, RW), S2_BLOCKED);
	unmap(0, MB(2));
	assert_int_equal(map(0, 2, RW), S2_MAPPED);
}

/* Device and Non-cacheable memory is never maintained: there is no cacheable alias to do it by. */
static void unmap_device(void **state)
{
	struct s2_mapping m = mapping(0, FAKE_NO_RAM, 2, RW);

	m.attr = s2_leaf_attr(&tree, S2_DEVICE, RW, false);
	assert_int_equal(try_map(&m, S2_PAGES_MAX), S2_MAPPED);
	m.ipa = MB(2);
	m.attr = s2_leaf_attr(&tree, S2_NORMAL_NC, RW, false);
	assert_int_equal(try_map(&m, 0), S2_MAPPED);
	m = mapping(GB(1), FAKE_NO_RAM, 1, RW);
	m.attr = s2_leaf_attr(&tree, S2_DEVICE, RW, false);
	assert_int_equal(try_map(&m, 0), S2_MAPPED);
	unmap(0, GB(2));
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	assert_int_equal(atomic64_read(&lines), 0);
}

/* With FEAT_S2FWB an unmap pays nothing, however it goes. */
static void unmap_with_fwb(void **state)
{
	tree.fwb = true;
	map_new(0, 3, RW);
	map_new(MB(2), 2, RW);
	map_new(GB(1), 1, RW);
	fake_clear();
	unmap(0, BIT_ULL(40));
	assert_int_equal(fake_count(F_CLEAN_INVAL), 0);
	assert_int_equal(fake_translate(&tree, 0), ~0ULL);
	assert_int_equal(fake_translate(&tree, GB(1)), ~0ULL);
}

/* Most memory that is paid between two TLB invalidations, or one of them and the end. */
static u64 largest_payment(void)
{
	u64 sum = 0, most = 0;
	unsigned int i;

	for (i = 0; i < fake_nr; i++) {
		if (fake_log[i].kind == F_CLEAN_INVAL)
			sum += fake_log[i].b;
		if (fake_log[i].kind >= F_TLBI_IPA && fake_log[i].kind <= F_TLBI_VMID)
			sum = 0;
		most = max(most, sum);
	}
	return most;
}

/* However much is unmapped at once, a critical section pays for a few MiB at most. */
static void unmap_in_slices(void **state)
{
	u64 ipa;

	for (ipa = 0; ipa < MB(64); ipa += MB(2))
		map_new(ipa, 2, RW);
	for (ipa = MB(64); ipa < MB(72); ipa += 4096)
		map_new(ipa, 3, RW);
	fake_clear();
	unmap(4096, MB(72) - 8192);
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), MB(72) - 4096);
	assert_true(largest_payment() < MB(4));
	assert_true(mapped_as(MB(72) - 4096, 3, RW));
}

/* A 1 GiB block that owes maintenance is made smaller on its way out: no section pays it all. */
static void unmap_gigabyte(void **state)
{
	assert_true(s2_spare_ready(&tree));
	map_new(GB(1), 1, RW);
	map_new(GB(2), 1, RW);
	fake_clear();
	unmap(GB(1), GB(2));
	assert_int_equal(fake_bytes(F_CLEAN_INVAL), GB(2));
	assert_true(largest_payment() <= MB(2));
	assert_int_equal(atomic64_read(&stats.splits), 2);
	assert_int_equal(fake_translate(&tree, GB(1)), ~0ULL);
}

/* One page of a 1 GiB block takes 2 MiB with it, not more. */
static void unmap_part_of_gigabyte(void **state)
{
	assert_true(s2_spare_ready(&tree));
	map_new(0, 1, RW);
	unmap(MB(100), 4096);
	assert_int_equal(atomic64_read(&lines), LINES(MB(2)));
	assert_int_equal(fake_translate(&tree, MB(100)), ~0ULL);
	assert_true(mapped_as(MB(98), 2, RW));
	assert_true(mapped_as(MB(102), 2, RW));
}

/* Without memory for a split the gigabyte is paid in one go: late, but never not. */
static void unmap_gigabyte_without_memory(void **state)
{
	map_new(0, 1, RW);
	tree.want_spare = true;
	shim_fail_alloc(1);
	unmap(0, 4096);
	assert_int_equal(atomic64_read(&lines), LINES(GB(1)));
	assert_int_equal(fake_translate(&tree, GB(1) - 4096), ~0ULL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(unmap_order), T(unmap_batches), T(unmap_whole_table),
		T(unmap_part_of_a_block), T(unmap_nothing), T(unmap_keeps_used_tables),
		T(unmap_beyond_the_end), T(unmap_frees_upper_tables),
		T(unmap_leaves_empty_tables), T(unmap_device), T(unmap_with_fwb),
		T(unmap_in_slices), T(unmap_gigabyte), T(unmap_part_of_gigabyte),
		T(unmap_gigabyte_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
