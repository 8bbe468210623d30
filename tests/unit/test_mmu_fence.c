// SPDX-License-Identifier: GPL-2.0
/*
 * Execute permission taken from the root: what it costs, what becomes reachable and how,
 * and that all that changes a tree works below a fence.
 */
#include "test_mmu_fake.h"

static rwlock_t lock;
static struct mmu_stats stats;
static struct s2_tree tree;
static atomic64_t lines;

#define RW	(S2_PTE_R | S2_PTE_W)
#define PHYS	0x300000000000ULL
#define FAR	GB(600)		/* another root table's */

static int setup(void **state)
{
	fake_reset();
	memset(&stats, 0, sizeof(stats));
	memset(&tree, 0, sizeof(tree));
	rwlock_init(&lock);
	atomic64_set(&lines, 0);
	assert_int_equal(s2_tree_init(&tree, 48, &lock, &stats), 0);
	fake_clear();
	return 0;
}

/* Whatever a test did: no table is lost below a fence, no lock is left. */
static int teardown(void **state)
{
	fake_hook = NULL;
	s2_tree_destroy(&tree);
	assert_int_equal(atomic64_read(&stats.tables), 0);
	assert_int_equal(atomic64_read(&tree.leaves), 0);
	assert_int_equal(atomic_read(&tree.fences), 0);
	assert_int_equal(shim_allocs(), 0);
	shim_check_quiet();
	return 0;
}

static enum s2_result map_flags(u64 ipa, int level, u32 flags)
{
	struct s2_pages pages = { .tree = &tree };
	struct s2_mapping m = {
		.ipa = ipa,
		.phys = PHYS + ipa,
		.level = level,
		.attr = s2_leaf_attr(&tree, S2_NORMAL, RW, true),
		.flags = flags,
	};
	enum s2_result ret;

	assert_int_equal(s2_pages_fill(&pages, S2_PAGES_MAX), 0);
	read_lock(&lock);
	ret = s2_map(&tree, &m, &pages);
	read_unlock(&lock);
	s2_pages_empty(&pages);
	return ret;
}

static void map(u64 ipa, int level)
{
	assert_int_equal(map_flags(ipa, level, 0), S2_MAPPED);
}

static u64 leaf(u64 ipa)
{
	return fake_walk(&tree, ipa, NULL);
}

/* Taking it from one page or from thousands is the same work: the root's entries, one flush. */
static void constant(void **state)
{
	unsigned int i, ops;

	map(0, 3);
	s2_take_exec(&tree);
	assert_ops(F_MAKE, F_MAKE, F_MAKE, F_MAKE, F_BREAK, F_TLBI_VMID);
	s2_unfence(&tree, 0);
	for (i = 1; i < 2048; i++)
		map(i * S2_PAGE_SIZE, 3);
	fake_clear();
	s2_take_exec(&tree);
	ops = fake_nr;
	assert_int_equal(fake_count(F_BREAK), 1);
	assert_int_equal(fake_count(F_CHANGE), 0);
	assert_in_range(ops, 2, 3);
}

/* After it nothing is reachable; one look brings an address back, not to be executed, and no other region. */
static void comes_back(void **state)
{
	map(0x1000, 3);
	map(0x2000, 3);
	map(MB(2), 2);
	map(GB(2), 1);
	map(FAR, 3);
	s2_take_exec(&tree);
	assert_int_equal(leaf(0x1000), 0);
	assert_int_equal(leaf(GB(2)), 0);
	assert_int_equal(leaf(FAR), 0);

	assert_true(s2_unfence(&tree, 0x1000));
	assert_int_not_equal(leaf(0x1000) & S2_PTE_XN, 0);
	assert_int_not_equal(leaf(0x2000) & S2_PTE_XN, 0);
	assert_int_not_equal(leaf(MB(2)) & S2_PTE_XN, 0);
	assert_int_not_equal(leaf(GB(2)) & S2_PTE_XN, 0);
	assert_int_equal(leaf(FAR), 0);
	assert_int_equal(fake_translate(&tree, 0x2fff), PHYS + 0x2fff);
	assert_false(s2_unfence(&tree, 0x1000));
	assert_true(s2_unfence(&tree, FAR));
	assert_int_not_equal(leaf(FAR) & S2_PTE_XN, 0);
}

/* A block in the root itself is invalid, and forgotten by the TLBs, before it comes back without execute permission. */
static void root_block(void **state)
{
	s2_tree_destroy(&tree);
	assert_int_equal(s2_tree_init(&tree, 40, &lock, &stats), 0);
	assert_int_equal(tree.start_level, 1);
	map(GB(2), 1);
	map(0x1000, 3);
	fake_clear();
	s2_take_exec(&tree);
	assert_ops(F_BREAK, F_BREAK, F_TLBI_VMID, F_MAKE);
	assert_int_not_equal(leaf(GB(2)) & S2_PTE_XN, 0);
	assert_int_equal(fake_translate(&tree, GB(2) + 0x1234), PHYS + GB(2) + 0x1234);
	assert_int_equal(leaf(0x1000), 0);
	/* once more there is nothing to take, nor to break */
	fake_clear();
	s2_take_exec(&tree);
	assert_ops(F_TLBI_VMID);
	s2_unmap(&tree, GB(2), GB(1), S2_RANGE_SLEEP, &lines);
}

/* An address that nothing maps meets the fences above it, once. */
static void nothing_there(void **state)
{
	assert_false(s2_unfence(&tree, 0));
	map(0, 3);
	s2_take_exec(&tree);
	assert_true(s2_unfence(&tree, MB(2)));
	assert_false(s2_unfence(&tree, MB(2)));
	assert_false(s2_unfence(&tree, FAR));
}

/* With the last fence down a fault pays for none; the next reset puts up as many as the first. */
static void all_down(void **state)
{
	unsigned int round;

	for (round = 0; round < 3; round++) {
		map(0x1000, 3);
		map(MB(2), 2);
		map(FAR, 3);
		s2_take_exec(&tree);
		assert_int_equal(atomic_read(&tree.fences), 2);
		assert_true(s2_unfence(&tree, 0x1000));
		assert_int_equal(atomic_read(&tree.fences), 1);
		assert_true(s2_unfence(&tree, FAR));
		assert_int_equal(atomic_read(&tree.fences), 0);
		/* what went below one, or with one, counts no more */
		s2_take_exec(&tree);
		s2_unmap(&tree, 0, s2_limit(&tree), S2_RANGE_SLEEP, &lines);
		assert_int_equal(atomic_read(&tree.fences), 0);
	}
	/* a table inside that no fault has come to stays behind its own */
	map(0x1000, 3);
	map(GB(1), 3);
	s2_take_exec(&tree);
	assert_true(s2_unfence(&tree, 0x1000));
	assert_int_equal(atomic_read(&tree.fences), 1);
	s2_take_exec(&tree);
	assert_int_equal(atomic_read(&tree.fences), 2);
	assert_true(s2_unfence(&tree, GB(1)));
	assert_int_equal(leaf(0x1000), 0);
	assert_int_equal(atomic_read(&tree.fences), 1);
	assert_true(s2_unfence(&tree, 0x1000));
	assert_int_equal(atomic_read(&tree.fences), 0);
}

/* Permission given back before the next reset is taken by it, whatever fences are still up. */
static void twice(void **state)
{
	map(0, 3);
	map(FAR, 3);
	s2_take_exec(&tree);
	assert_true(s2_unfence(&tree, 0));
	assert_int_equal(map_flags(0, 3, S2_MAP_RELAX), S2_RELAXED);
	assert_int_equal(leaf(0) & S2_PTE_XN, 0);
	s2_take_exec(&tree);
	assert_int_equal(leaf(0), 0);
	assert_true(s2_unfence(&tree, 0));
	assert_int_not_equal(leaf(0) & S2_PTE_XN, 0);
	assert_true(s2_unfence(&tree, FAR));
	assert_int_not_equal(leaf(FAR) & S2_PTE_XN, 0);
}

/* What is unmapped below a fence is paid for and its tables are freed, page by page and as a whole. */
static void unmap_below(void **state)
{
	unsigned int whole;

	for (whole = 0; whole < 2; whole++) {
		map(0, 3);
		map(MB(4), 2);
		map(FAR, 3);
		s2_take_exec(&tree);
		atomic64_set(&lines, 0);
		s2_unmap(&tree, 0, whole ? s2_limit(&tree) : 0x1000, S2_RANGE_SLEEP, &lines);
		assert_int_equal(atomic64_read(&lines), whole ? LINES(MB(2) + 0x2000) : LINES(0x1000));
		s2_unfence(&tree, 0);
		assert_int_equal(leaf(0), 0);
		assert_int_equal(!leaf(MB(4)), whole);
		s2_unmap(&tree, 0, s2_limit(&tree), S2_RANGE_SLEEP, &lines);
	}
	assert_int_equal(atomic64_read(&stats.tables), 1);
}

/* A page is not installed below a fence: the fault comes again, and meets the fence first. */
static void map_below(void **state)
{
	map(0, 3);
	s2_take_exec(&tree);
	assert_int_equal(map_flags(0x1000, 3, 0), S2_LOST);
	assert_int_equal(map_flags(0, 3, S2_MAP_RELAX), S2_LOST);
	assert_int_equal(atomic64_read(&tree.leaves), 1);
	assert_true(s2_unfence(&tree, 0x1000));
	assert_int_equal(leaf(0x1000), 0);
	map(0x1000, 3);
}

/* Write permission, the access flag and maintenance reach what lies below a fence. */
static void others_below(void **state)
{
	struct mmu_tree_count count;
	atomic64_t cleaned = ATOMIC64_INIT(0);
	int level;

	map(0, 3);
	map(MB(2), 2);
	s2_take_exec(&tree);
	assert_true(s2_age(&tree, 0, MB(4), HOST_AGE_CLEAR));
	assert_false(s2_age(&tree, 0, MB(4), HOST_AGE_CLEAR));
	read_lock(&lock);
	s2_set_access(&tree, 0);
	read_unlock(&lock);
	s2_write_protect(&tree, 0, MB(4), 0);
	coherency_clean_tree(&tree, S2_RANGE_SLEEP, &cleaned);
	assert_int_equal(atomic64_read(&cleaned), LINES(MB(2) + 0x1000));
	read_lock(&lock);
	assert_int_not_equal(s2_leaf_at(&tree, MB(2), &level), 0);
	read_unlock(&lock);
	mmu_count_tree(&tree, &count);
	assert_int_equal(count.leaves[2], 1);
	assert_int_equal(count.leaves[3], 1);
	assert_int_equal(count.writable, 0);
	s2_unfence(&tree, 0);
	assert_int_equal(leaf(0) & (RW | S2_PTE_AF), S2_PTE_R | S2_PTE_AF);
	assert_int_equal(leaf(MB(2)) & (RW | S2_PTE_AF), S2_PTE_R);
}

static unsigned int exchanges;

/* The sixth exchange is the leaf's: a fence and its table's one entry at each level, three times. */
static void sets_access(u64 *ptep)
{
	if (++exchanges == 6)
		*ptep |= S2_PTE_AF;
	else
		fake_race = sets_access;
}

/* An access flag that is set while the fence moves down is not lost. */
static void access_races(void **state)
{
	map(0, 3);
	s2_age(&tree, 0, 0x1000, HOST_AGE_CLEAR);
	s2_take_exec(&tree);
	exchanges = 0;
	fake_race = sets_access;
	assert_true(s2_unfence(&tree, 0));
	assert_int_equal(exchanges, 6);
	assert_int_equal(leaf(0) & (S2_PTE_AF | S2_PTE_XN), S2_PTE_AF | S2_PTE_XN);
}

static void other_was_faster(u64 *ptep)
{
	*ptep = S2_PTE_LOCKED;
}

/* Who finds another at the fence faults again, and touches nothing. */
static void another_at_it(void **state)
{
	u64 fence;

	map(0, 3);
	s2_take_exec(&tree);
	fence = tree.pgd[0];
	fake_race = other_was_faster;
	assert_true(s2_unfence(&tree, 0));
	assert_int_equal(tree.pgd[0], S2_PTE_LOCKED);
	assert_true(s2_unfence(&tree, 0));
	assert_int_equal(tree.pgd[0], S2_PTE_LOCKED);
	tree.pgd[0] = fence;
}

/* A fence that moves down takes execute permission from each entry below it, the first and the last, and is seen by walkers when the fault is over. */
static void first_and_last(void **state)
{
	static const u64 at[] = { 0, 1, 510, 511 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(map_flags(at[i] * 4096, 3, 0), S2_MAPPED);
		assert_int_equal(map_flags(MB(2) * (512 + at[i]), 2, 0), S2_MAPPED);
	}
	s2_take_exec(&tree);
	assert_true(s2_unfence(&tree, 0));
	assert_false(fake_unseen);
	assert_true(s2_unfence(&tree, GB(1)));
	assert_false(fake_unseen);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(fake_walk(&tree, at[i] * 4096, NULL) & (S2_PTE_XN | S2_PTE_VALID),
				 S2_PTE_XN | S2_PTE_VALID);
		assert_int_equal(fake_walk(&tree, MB(2) * (512 + at[i]), NULL) & (S2_PTE_XN | S2_PTE_VALID),
				 S2_PTE_XN | S2_PTE_VALID);
	}
}

/* A root of two tables side by side is fenced to its end. */
static void second_root_table(void **state)
{
	s2_tree_destroy(&tree);
	assert_int_equal(s2_tree_init(&tree, 40, &lock, &stats), 0);
	assert_int_equal(tree.pgd_pages, 2);
	assert_int_equal(map_flags(0, 3, 0), S2_MAPPED);
	assert_int_equal(map_flags(GB(1023), 3, 0), S2_MAPPED);
	s2_take_exec(&tree);
	assert_int_equal(fake_walk(&tree, GB(1023), NULL), 0);
	assert_true(s2_unfence(&tree, GB(1023)));
	assert_int_equal(fake_walk(&tree, GB(1023), NULL) & (S2_PTE_XN | S2_PTE_VALID),
			 S2_PTE_XN | S2_PTE_VALID);
	assert_int_equal(fake_walk(&tree, 0, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first_and_last, setup, teardown),
		cmocka_unit_test_setup_teardown(second_root_table, setup, teardown),
		cmocka_unit_test_setup_teardown(constant, setup, teardown),
		cmocka_unit_test_setup_teardown(comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(root_block, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_there, setup, teardown),
		cmocka_unit_test_setup_teardown(all_down, setup, teardown),
		cmocka_unit_test_setup_teardown(twice, setup, teardown),
		cmocka_unit_test_setup_teardown(unmap_below, setup, teardown),
		cmocka_unit_test_setup_teardown(map_below, setup, teardown),
		cmocka_unit_test_setup_teardown(others_below, setup, teardown),
		cmocka_unit_test_setup_teardown(access_races, setup, teardown),
		cmocka_unit_test_setup_teardown(another_at_it, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
