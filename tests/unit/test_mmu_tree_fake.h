/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One stage-2 tree, to be mapped and unmapped.
 */
#ifndef TEST_MMU_TREE_FAKE_H
#define TEST_MMU_TREE_FAKE_H

#include "test_mmu_fake.h"

static rwlock_t lock;
static struct mmu_stats stats;
static struct s2_tree tree;
static atomic64_t lines;

#define RW	(S2_PTE_R | S2_PTE_W)
#define PHYS	0x300000000000ULL	/* of IPA 0 in these tests: well aligned, far away */

static inline void tree_begin(unsigned int ipa_bits)
{
	memset(&stats, 0, sizeof(stats));
	memset(&tree, 0, sizeof(tree));
	rwlock_init(&lock);
	atomic64_set(&lines, 0);
	assert_int_equal(s2_tree_init(&tree, ipa_bits, &lock, &stats), 0);
	fake_clear();
}

static inline int setup(void **state)
{
	fake_reset();
	tree_begin(40);
	return 0;
}

/* Whatever a test did: all tables are freed, no lock is left, no leaf is lost. */
static inline int teardown(void **state)
{
	fake_hook = NULL;
	s2_tree_destroy(&tree);
	assert_int_equal(atomic64_read(&stats.tables), 0);
	assert_int_equal(shim_allocs(), 0);
	shim_check_quiet();
	return 0;
}

static inline struct s2_mapping mapping(u64 ipa, u64 phys, int level, u64 perm)
{
	return (struct s2_mapping) {
		.ipa = ipa,
		.phys = phys,
		.level = level,
		.attr = s2_leaf_attr(&tree, S2_NORMAL, perm, false),
	};
}

/* One try with so many table pages at hand. */
static inline enum s2_result try_map(struct s2_mapping *m, unsigned int nr)
{
	struct s2_pages pages = { .tree = &tree };
	enum s2_result ret;

	assert_int_equal(s2_pages_fill(&pages, nr), 0);
	fake_unseen = false;
	read_lock(&lock);
	ret = s2_map(&tree, m, &pages);
	read_unlock(&lock);
	s2_pages_empty(&pages);
	if (ret == S2_MAPPED || ret == S2_RELAXED)
		assert_false(fake_unseen);
	return ret;
}

static inline enum s2_result map(u64 ipa, int level, u64 perm)
{
	struct s2_mapping m = mapping(ipa, PHYS + ipa, level, perm);

	return try_map(&m, S2_PAGES_MAX);
}

static inline void map_new(u64 ipa, int level, u64 perm)
{
	assert_int_equal(map(ipa, level, perm), S2_MAPPED);
}

static inline void unmap(u64 ipa, u64 len)
{
	s2_unmap(&tree, ipa, len, S2_RANGE_SLEEP, &lines);
	assert_int_equal(fake_nr_broken, 0);
}

static inline bool mapped_as(u64 ipa, int level, u64 perm)
{
	int l;
	u64 pte = fake_walk(&tree, ipa, &l);

	return pte && l == level && fake_translate(&tree, ipa) == PHYS + ipa &&
	       (pte & RW) == perm;
}

#endif
