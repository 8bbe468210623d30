// SPDX-License-Identifier: GPL-2.0
/*
 * The stage-2 walker: map, split, write-protect and age, at every level and
 * border, with the order of what reaches the hardware.
 */
#include "test_mmu_tree_fake.h"

/* A leaf of each size at the first and the last address of every IPA size, and nothing beside it. */
static void map_at_the_borders(void **state)
{
	unsigned int bits;
	int level, last;

	teardown(state);
	for (bits = 32; bits <= 48; bits++) {
		for (level = 1; level <= 3; level++) {
			for (last = 0; last < 2; last++) {
				u64 size = s2_size(level);
				u64 ipa = last ? BIT_ULL(bits) - size : 0;
				u64 phys = 0x200000000000ULL;
				struct s2_mapping m = mapping(ipa, phys, level, RW);

				tree_begin(bits);
				if (level < tree.start_level)
					goto next;
				assert_int_equal(try_map(&m, S2_PAGES_MAX), S2_MAPPED);
				assert_int_equal(fake_translate(&tree, ipa), phys);
				assert_int_equal(fake_translate(&tree, ipa + size - 1),
						 phys + size - 1);
				assert_int_equal(fake_translate(&tree, ipa ^ size), ~0ULL);
				unmap(ipa, size);
				assert_int_equal(fake_translate(&tree, ipa), ~0ULL);
				assert_int_equal(atomic64_read(&lines), LINES(size));
next:
				s2_tree_destroy(&tree);
				assert_int_equal(shim_allocs(), 0);
			}
		}
	}
	tree_begin(40);
}

/* Concatenated roots are one array: neighbours across the border of two root tables. */
static void concatenated_roots(void **state)
{
	u64 border = 512 * GB(1);

	map_new(border - 4096, 3, RW);
	map_new(border, 3, RW);
	assert_true(mapped_as(border - 4096, 3, RW));
	assert_true(mapped_as(border, 3, RW));
	unmap(border - MB(2), MB(4));
	assert_int_equal(fake_translate(&tree, border - 4096), ~0ULL);
	assert_int_equal(fake_translate(&tree, border), ~0ULL);
}

/* A walk says how many tables it lacks, and changes nothing until it has the first. */
static void pages_needed(void **state)
{
	struct s2_mapping m = mapping(GB(5), PHYS, 3, RW);

	assert_int_equal(try_map(&m, 0), S2_NEED_PAGES);
	assert_int_equal(m.need, 2);
	assert_int_equal(try_map(&m, 1), S2_NEED_PAGES);
	assert_int_equal(m.need, 1);
	assert_int_equal(try_map(&m, 1), S2_MAPPED);
	m.ipa += 4096;
	assert_int_equal(try_map(&m, 0), S2_MAPPED);
}

/* A leaf appears by one exchange, with no TLB invalidation. */
static void map_needs_no_tlbi(void **state)
{
	struct s2_mapping m = mapping(0, PHYS, 3, RW);

	assert_int_equal(try_map(&m, 2), S2_MAPPED);
	assert_ops(F_MAKE, F_MAKE, F_MAKE);
	assert_int_equal(atomic64_read(&stats.mapped_4k), 1);
}

/* More permission: one store, then a TLBI of that address; permission is only ever added. */
static void relax_in_place(void **state)
{
	struct s2_mapping m = mapping(MB(4), PHYS + MB(4), 2, RW);

	map_new(MB(4), 2, S2_PTE_R);
	fake_clear();
	m.flags = S2_MAP_RELAX;
	assert_int_equal(try_map(&m, 0), S2_RELAXED);
	assert_ops(F_CHANGE, F_TLBI_IPA);
	assert_int_equal(fake_log[1].a, MB(4));
	assert_int_equal(fake_log[1].b, 2);
	assert_true(mapped_as(MB(4), 2, RW));

	m.attr = s2_leaf_attr(&tree, S2_NORMAL, S2_PTE_R, true);
	assert_int_equal(try_map(&m, 0), S2_RELAXED);
	assert_true(mapped_as(MB(4), 2, RW));
	assert_int_equal(fake_walk(&tree, MB(4), NULL) & S2_PTE_XN, 0);

	m.attr = s2_leaf_attr(&tree, S2_NORMAL, S2_PTE_R, false);
	assert_int_equal(try_map(&m, 0), S2_UNCHANGED);
	assert_int_equal(fake_walk(&tree, MB(4), NULL) & S2_PTE_XN, 0);
}

/* An access flag that comes back alone needs no TLBI: what may be cached says the same. */
static void access_flag_without_tlbi(void **state)
{
	struct s2_mapping m = mapping(0, PHYS, 3, RW);

	map_new(0, 3, RW);
	assert_true(s2_age(&tree, 0, 4096, HOST_AGE_CLEAR));
	fake_clear();
	assert_int_equal(try_map(&m, 0), S2_RELAXED);
	assert_ops(F_CHANGE);
}

/* Permission that comes with it does: an entry from before the flag was cleared has less. */
static void permission_with_access_flag(void **state)
{
	struct s2_mapping m = mapping(0, PHYS, 3, RW);

	map_new(0, 3, S2_PTE_R);
	assert_true(s2_age(&tree, 0, 4096, HOST_AGE_CLEAR));
	fake_clear();
	assert_int_equal(try_map(&m, 0), S2_RELAXED);
	assert_ops(F_CHANGE, F_TLBI_IPA);
	assert_true(mapped_as(0, 3, RW));
}

/* Relaxing makes nothing: what has gone meanwhile stays gone, and no table is spent. */
static void relax_makes_nothing(void **state)
{
	struct s2_mapping m = mapping(0, PHYS, 3, RW);

	m.flags = S2_MAP_RELAX;
	assert_int_equal(try_map(&m, S2_PAGES_MAX), S2_LOST);
	map_new(4096, 3, RW);
	assert_int_equal(try_map(&m, S2_PAGES_MAX), S2_LOST);
	assert_int_equal(fake_translate(&tree, 0), ~0ULL);
}

/* Other memory at the same address, or another type, is never written over a live leaf. */
static void no_change_of_output(void **state)
{
	struct s2_mapping m = mapping(0, PHYS + 4096, 3, RW);

	map_new(0, 3, RW);
	assert_int_equal(try_map(&m, 0), S2_BLOCKED);
	m.phys = PHYS;
	m.attr = s2_leaf_attr(&tree, S2_DEVICE, RW, false);
	assert_int_equal(try_map(&m, 0), S2_BLOCKED);
	assert_true(mapped_as(0, 3, RW));
}

/* A block where a table stands is for the caller to clear the way for. */
static void block_over_table(void **state)
{
	map_new(MB(2), 3, RW);
	assert_int_equal(map(MB(2), 2, RW), S2_BLOCKED);
	unmap(MB(2), MB(2));
	assert_int_equal(map(MB(2), 2, RW), S2_MAPPED);
	assert_int_equal(map(0, 1, RW), S2_BLOCKED);
	unmap(0, GB(1));
	assert_int_equal(map(0, 1, RW), S2_MAPPED);
}

/* A block that gets a smaller leaf: broken, forgotten, then a full table of the same memory. */
static void split_order(void **state)
{
	int tlbi, i;

	map_new(MB(6), 2, S2_PTE_R);
	fake_clear();
	assert_int_equal(map(MB(6) + 8192, 3, RW), S2_RELAXED);

	assert_int_equal(fake_log[0].kind, F_BREAK);
	assert_int_equal(fake_log[0].b, S2_PTE_LOCKED);
	tlbi = fake_find(0, F_TLBI_IPA);
	assert_int_equal(fake_log[tlbi].a, MB(6));
	assert_int_equal(fake_log[tlbi].b, 2);
	/* 512 leaves of the new table before or after, the table itself only after. */
	assert_int_equal(fake_count(F_MAKE), 513);
	assert_int_equal(fake_log[tlbi + 1].kind, F_MAKE);
	assert_int_equal(fake_log[tlbi + 1].a, S2_PTE_LOCKED);
	for (i = 0; i < 512; i++)
		assert_true(mapped_as(MB(6) + i * 4096, 3, i == 2 ? RW : S2_PTE_R));
	assert_int_equal(atomic64_read(&stats.splits), 1);
}

/* From 1 GiB to 4 KiB takes two splits; everything else of the block stays mapped. */
static void split_twice(void **state)
{
	u64 ipa;

	map_new(GB(3), 1, S2_PTE_R);
	assert_int_equal(map(GB(3) + MB(10), 3, RW), S2_RELAXED);
	assert_int_equal(atomic64_read(&stats.splits), 2);
	assert_int_equal(atomic64_read(&tree.leaves), 511 + 512);
	for (ipa = GB(3); ipa < GB(4); ipa += MB(2))
		assert_true(ipa == GB(3) + MB(10) ? mapped_as(ipa, 3, RW) :
			    mapped_as(ipa, 2, S2_PTE_R));
}

static u64 hook_ipa;
static enum s2_result hook_result;

static void hook_map(enum fake_kind kind)
{
	struct s2_mapping m = mapping(hook_ipa, PHYS + hook_ipa, 3, RW);

	if (kind == F_TLBI_IPA && hook_result == S2_MAPPED)
		hook_result = try_map(&m, 0);
}

/* While one faulter has a block broken, another finds it locked and comes back later. */
static void split_locks_out(void **state)
{
	map_new(MB(2), 2, S2_PTE_R);
	fake_hook = hook_map;
	hook_ipa = MB(2) + 4096;
	hook_result = S2_MAPPED;
	assert_int_equal(map(MB(2), 3, RW), S2_RELAXED);
	fake_hook = NULL;
	assert_int_equal(hook_result, S2_LOST);
	assert_true(mapped_as(MB(2), 3, RW));
	assert_true(mapped_as(MB(2) + 4096, 3, S2_PTE_R));
}

static u64 race_value;

static void race(u64 *ptep)
{
	*ptep = race_value;
}

/* Whoever loses the exchange changes nothing and gives its pages back, at table, leaf and split. */
static void lost_exchanges(void **state)
{
	struct s2_mapping m = mapping(0, PHYS, 3, RW);
	u64 seen;

	/* the first exchange is for a table entry */
	race_value = S2_PTE_LOCKED;
	fake_race = race;
	assert_int_equal(try_map(&m, S2_PAGES_MAX), S2_LOST);
	assert_int_equal(tree.pgd[0], S2_PTE_LOCKED);
	tree.pgd[0] = 0;

	map_new(4096, 3, RW);
	race_value = s2_leaf(PHYS, s2_leaf_attr(&tree, S2_NORMAL, S2_PTE_R, false), 3);
	fake_race = race;
	assert_int_equal(try_map(&m, 0), S2_LOST);
	seen = fake_walk(&tree, 0, NULL);
	assert_int_equal(seen, race_value);

	race_value = seen | S2_PTE_W;
	fake_race = race;
	assert_int_equal(try_map(&m, 0), S2_LOST);
	assert_int_equal(fake_walk(&tree, 0, NULL), seen | S2_PTE_W);

	map_new(MB(2), 2, S2_PTE_R);
	race_value = S2_PTE_LOCKED;
	fake_race = race;
	fake_clear();
	assert_int_equal(map(MB(2), 3, RW), S2_LOST);
	assert_int_equal(fake_count(F_TLBI_IPA), 0);
	race_value = s2_leaf(PHYS + MB(2), s2_leaf_attr(&tree, S2_NORMAL, S2_PTE_R, false), 2);
	*s2_entry_at(&tree, MB(2), 2) = race_value;
}

/* Writes are taken from what is in the range and from nothing else, then TLBs flushed. */
static void write_protect(void **state)
{
	int i;

	for (i = 0; i < 8; i++)
		map_new(i * 4096, 3, i == 3 ? S2_PTE_R : RW);
	map_new(MB(2), 2, RW);
	map_new(MB(4), 2, RW);
	fake_clear();
	s2_write_protect(&tree, 2 * 4096, MB(2), S2_RANGE_SLEEP);
	assert_int_equal(fake_count(F_CHANGE), 6);
	assert_int_equal(fake_log[fake_nr - 1].kind, F_TLBI_RANGE);
	assert_int_equal(fake_log[fake_nr - 1].a, 2 * 4096);
	assert_int_equal(fake_log[fake_nr - 1].b, MB(4) - 2 * 4096);
	for (i = 0; i < 8; i++)
		assert_true(mapped_as(i * 4096, 3, i < 2 ? RW : S2_PTE_R));
	assert_true(mapped_as(MB(2), 2, S2_PTE_R));
	assert_true(mapped_as(MB(4), 2, RW));

	fake_clear();
	s2_write_protect(&tree, 2 * 4096, MB(2), S2_RANGE_SLEEP);
	assert_int_equal(fake_nr, 0);
}

/* Exactly the pages of the mask lose write permission; the flush is somebody else's. */
static void write_protect_mask(void **state)
{
	unsigned long mask = 1UL << 63 | 0xf0f0UL | 1;
	u64 base = MB(2) - 32 * 4096;
	int i;

	for (i = 0; i < 64; i++)
		map_new(base + i * 4096, 3, RW);
	fake_clear();
	s2_write_protect_mask(&tree, base, mask);
	assert_int_equal(fake_nr, __builtin_popcountl(mask));
	for (i = 0; i < 64; i++)
		assert_true(mapped_as(base + i * 4096, 3, mask >> i & 1 ? S2_PTE_R : RW));
	s2_write_protect_mask(&tree, BIT_ULL(40) - 4096, ~0UL);
	s2_write_protect_mask(&tree, MB(64), ~0UL);
}

/* A block with one page of the mask is protected entirely: its next write splits it. */
static void write_protect_mask_block(void **state)
{
	map_new(MB(2), 2, RW);
	s2_write_protect_mask(&tree, MB(2) + 64 * 4096, 4);
	assert_true(mapped_as(MB(2), 2, S2_PTE_R));
}

/* Of two blocks under one mask only those lose it that one of its pages lies in. */
static void write_protect_mask_blocks(void **state)
{
	u64 base = MB(4) - 32 * 4096;

	map_new(MB(2), 2, RW);
	map_new(MB(4), 2, RW);
	s2_write_protect_mask(&tree, base, 1UL << 31);
	assert_true(mapped_as(MB(2), 2, S2_PTE_R));
	assert_true(mapped_as(MB(4), 2, RW));
	s2_write_protect_mask(&tree, base, 1UL << 63);
	assert_true(mapped_as(MB(4), 2, S2_PTE_R));
	map_new(MB(8), 2, RW);
	s2_write_protect_mask(&tree, MB(8) - 4 * 4096, 1UL << 3 | 1UL << 4);
	assert_true(mapped_as(MB(8), 2, S2_PTE_R));
}

/* Age: a test changes nothing; a clear is seen by the next test; only the third way flushes. */
static void age(void **state)
{
	map_new(0, 3, RW);
	map_new(4096, 3, RW);
	map_new(MB(2), 2, RW);
	fake_clear();
	assert_true(s2_age(&tree, 0, MB(4), HOST_AGE_TEST));
	assert_int_equal(fake_nr, 0);
	assert_true(s2_age(&tree, 0, 4096, HOST_AGE_CLEAR));
	assert_ops(F_CHANGE);
	assert_false(s2_age(&tree, 0, 4096, HOST_AGE_TEST));
	assert_true(s2_age(&tree, 4096, 4096, HOST_AGE_TEST));
	fake_clear();
	assert_true(s2_age(&tree, 0, MB(4), HOST_AGE_CLEAR_FLUSH));
	/* two slices: the table and the block */
	assert_ops(F_CHANGE, F_TLBI_IPA, F_CHANGE, F_TLBI_IPA);
	assert_false(s2_age(&tree, 0, BIT_ULL(40), HOST_AGE_CLEAR_FLUSH));
	assert_true(mapped_as(0, 3, RW));

	read_lock(&lock);
	s2_set_access(&tree, 4096 + 12);
	s2_set_access(&tree, MB(100));
	read_unlock(&lock);
	assert_true(s2_age(&tree, 4096, 4096, HOST_AGE_TEST));
	assert_false(s2_age(&tree, 0, 4096, HOST_AGE_TEST));
}

/*
 * Random work on 64 MiB in two tables' worth of borders, against a plain array:
 * after each step every page translates as the array says, by leaves that never
 * hold more than was given; in the end all tables are gone.
 */
#define FUZZ_PAGES	(16 * 1024)
#define FUZZ_BASE	(GB(1) - MB(32))

static struct {
	bool mapped, write;
} fuzz[FUZZ_PAGES];

static u64 rng_state;

static u64 rng(u64 n)
{
	rng_state = rng_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (rng_state >> 33) % n;
}

static void fuzz_map(void)
{
	int level = rng(4) ? 3 : 2;
	u64 n = s2_size(level) >> 12, page = rng(FUZZ_PAGES) & ~(n - 1);
	u64 ipa = FUZZ_BASE + page * 4096, i;
	bool write = rng(2);
	enum s2_result ret = map(ipa, level, S2_PTE_R | (write ? S2_PTE_W : 0));

	if (ret == S2_BLOCKED) {
		unmap(ipa, n * 4096);
		for (i = 0; i < n; i++)
			fuzz[page + i].mapped = fuzz[page + i].write = false;
		return;
	}
	assert_int_not_equal(ret, S2_LOST);
	for (i = 0; i < n; i++) {
		fuzz[page + i].mapped = true;
		fuzz[page + i].write |= write;
	}
}

/* What a block-wise change reaches beyond the range it was asked for. */
static void fuzz_widen(u64 *first, u64 *end)
{
	int level;

	if (fake_walk(&tree, FUZZ_BASE + *first * 4096, &level) && level == 2)
		*first &= ~511ULL;
	if (fake_walk(&tree, FUZZ_BASE + (*end - 1) * 4096, &level) && level == 2)
		*end = (*end + 511) & ~511ULL;
}

static void fuzz_take(bool unmaps)
{
	u64 first = rng(FUZZ_PAGES), n = 1 + rng(rng(2) ? 8 : 3000), end, i;

	if (first + n > FUZZ_PAGES)
		n = FUZZ_PAGES - first;
	end = first + n;
	i = first;
	fuzz_widen(&i, &end);
	if (unmaps)
		unmap(FUZZ_BASE + first * 4096, n * 4096);
	else
		s2_write_protect(&tree, FUZZ_BASE + first * 4096, n * 4096, 0);
	for (; i < end; i++) {
		fuzz[i].mapped &= !unmaps;
		fuzz[i].write = false;
	}
}

static void fuzz_compare(void)
{
	u64 i;

	for (i = 0; i < FUZZ_PAGES; i++) {
		u64 ipa = FUZZ_BASE + i * 4096;
		u64 pte = fake_walk(&tree, ipa, NULL);

		assert_int_equal(!!pte, fuzz[i].mapped);
		if (!pte)
			continue;
		assert_int_equal(fake_translate(&tree, ipa), PHYS + ipa);
		assert_int_equal(!!(pte & S2_PTE_W), fuzz[i].write);
	}
}

static void random_work(void **state)
{
	int step;

	rng_state = 1;
	memset(fuzz, 0, sizeof(fuzz));
	for (step = 0; step < 4000; step++) {
		u64 what = rng(10);

		fake_clear();
		if (what < 7)
			fuzz_map();
		else
			fuzz_take(what < 9);
		if (step % 8 == 0)
			fuzz_compare();
	}
	fuzz_compare();
	unmap(0, BIT_ULL(40));
	assert_int_equal(atomic64_read(&stats.tables), 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(map_at_the_borders), T(concatenated_roots), T(pages_needed),
		T(map_needs_no_tlbi), T(relax_in_place), T(access_flag_without_tlbi),
		T(permission_with_access_flag),
		T(relax_makes_nothing), T(no_change_of_output), T(block_over_table),
		T(split_order), T(split_twice), T(split_locks_out), T(lost_exchanges),
		T(write_protect), T(write_protect_mask), T(write_protect_mask_block),
		T(write_protect_mask_blocks),
		T(age), T(random_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
