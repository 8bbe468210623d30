// SPDX-License-Identifier: GPL-2.0
/*
 * The shape of a stage-2 tree, VTCR_EL2 and descriptors against the Arm ARM's
 * tables written out.
 */
#include "test_mmu_fake.h"
#include "each_alloc.h"

static rwlock_t lock;
static struct mmu_stats stats;

static int setup(void **state)
{
	fake_reset();
	rwlock_init(&lock);
	memset(&stats, 0, sizeof(stats));
	return 0;
}

/* Start level and number of root tables for each IPA size (Arm ARM D8.2, 4 KiB granule). */
static const struct {
	unsigned int bits;
	int level;
	unsigned int pages;
} shapes[] = {
	{ 32, 2, 4 }, { 33, 2, 8 }, { 34, 2, 16 },
	{ 35, 1, 1 }, { 36, 1, 1 }, { 37, 1, 1 }, { 38, 1, 1 }, { 39, 1, 1 },
	{ 40, 1, 2 }, { 41, 1, 4 }, { 42, 1, 8 }, { 43, 1, 16 },
	{ 44, 0, 1 }, { 45, 0, 1 }, { 46, 0, 1 }, { 47, 0, 1 }, { 48, 0, 1 },
};

/* Every IPA size gets the shortest walk that its concatenated root allows, aligned to its size. */
static void shape_of_every_size(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct s2_tree tree = { 0 };

		assert_int_equal(s2_tree_init(&tree, shapes[i].bits, &lock, &stats), 0);
		assert_int_equal(tree.start_level, shapes[i].level);
		assert_int_equal(tree.pgd_pages, shapes[i].pages);
		assert_int_equal(tree.pgd_phys % (shapes[i].pages * 4096), 0);
		assert_int_equal(atomic64_read(&stats.tables), shapes[i].pages);
		s2_tree_destroy(&tree);
		s2_tree_destroy(&tree);
		assert_int_equal(atomic64_read(&stats.tables), 0);
		assert_int_equal(shim_allocs(), 0);
	}
}

/* VTCR_EL2 says what the tree is: T0SZ, SL0, WB inner-shareable walks, PS, VS, no HA or HD. */
static void vtcr_of_every_size(void **state)
{
	static const struct { u8 bits, ps; } pa[] = {
		{ 32, 0 }, { 36, 1 }, { 40, 2 }, { 42, 3 }, { 44, 4 }, { 48, 5 },
	};
	unsigned int i, p, v;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		for (p = 0; p < ARRAY_SIZE(pa); p++) {
			for (v = 0; v < 2; v++) {
				u64 vtcr;

				hw_features.pa_bits = pa[p].bits;
				hw_features.vmid_bits = v ? 16 : 8;
				vtcr = s2_vtcr(shapes[i].bits);
				assert_int_equal(vtcr & 0x3f, 64 - shapes[i].bits);
				assert_int_equal(vtcr >> 6 & 3, 2 - shapes[i].level);
				assert_int_equal(vtcr >> 8 & 3, 1);
				assert_int_equal(vtcr >> 10 & 3, 1);
				assert_int_equal(vtcr >> 12 & 3, 3);
				assert_int_equal(vtcr >> 14 & 3, 0);
				assert_int_equal(vtcr >> 16 & 7, pa[p].ps);
				assert_int_equal(vtcr >> 19 & 1, v);
				assert_int_equal(vtcr >> 20, 1 << 11);
			}
		}
	}
}

/* The usual 40 bits: the whole register, written out. */
static void vtcr_of_40_bits(void **state)
{
	hw_features.pa_bits = 44;
	assert_int_equal(s2_vtcr(40), 0x800c3558);
}

/* A root that cannot be allocated is -ENOMEM and leaves nothing. */
static void root_without_memory(void **state)
{
	struct s2_tree tree = { 0 };

	shim_fail_alloc(1);
	assert_int_equal(s2_tree_init(&tree, 40, &lock, &stats), -ENOMEM);
	assert_null(tree.pgd);
	s2_tree_destroy(&tree);
	assert_int_equal(each_alloc(s2_tree_init(&tree, 40, &lock, &stats), -ENOMEM), 1);
	s2_tree_destroy(&tree);
	assert_int_equal(shim_allocs(), 0);
}

/* Each memory type has the Arm ARM's MemAttr, with FEAT_S2FWB the other set (D8.5.5). */
static void memory_types(void **state)
{
	struct s2_tree tree = { 0 };
	static const u8 want[2][3] = {
		[0] = { [S2_NORMAL] = 0xf, [S2_NORMAL_NC] = 0x5, [S2_DEVICE] = 0x1 },
		[1] = { [S2_NORMAL] = 0x6, [S2_NORMAL_NC] = 0x5, [S2_DEVICE] = 0x1 },
	};
	int fwb, kind;

	for (fwb = 0; fwb < 2; fwb++) {
		for (kind = S2_NORMAL; kind <= S2_DEVICE; kind++) {
			u64 attr;

			tree.fwb = fwb;
			attr = s2_leaf_attr(&tree, kind, S2_PTE_R, true);
			assert_int_equal(attr >> 2 & 0xf, want[fwb][kind]);
			assert_int_equal(attr >> 8 & 3, kind == S2_DEVICE ? 0 : 3);
			assert_int_equal(s2_leaf_owes(attr), !fwb && kind == S2_NORMAL);
		}
	}
}

/* S2AP and XN say what was asked for; nothing but Normal cacheable memory is ever executable. */
static void permissions(void **state)
{
	struct s2_tree tree = { 0 };
	unsigned int perm;
	int kind, exec;

	for (kind = S2_NORMAL; kind <= S2_DEVICE; kind++) {
		for (perm = 0; perm < 4; perm++) {
			for (exec = 0; exec < 2; exec++) {
				u64 attr = s2_leaf_attr(&tree, kind, (u64)perm << 6, exec);

				assert_int_equal(attr >> 6 & 3, perm);
				assert_int_equal(attr >> 53 & 3,
						 kind == S2_NORMAL && exec ? 0 : 2);
				assert_int_equal(attr >> 10 & 1, 1);
			}
		}
	}
}

/* Descriptor types by level: blocks at 1 and 2, pages and no tables at 3 (D8.3). */
static void descriptor_types(void **state)
{
	struct s2_tree tree = { 0 };
	const u64 attr = s2_leaf_attr(&tree, S2_NORMAL, S2_PTE_R | S2_PTE_W, false);
	int level;

	for (level = 1; level <= 3; level++) {
		u64 phys = 0xabcde00000000 & (s2_size(0) - 1) & ~(s2_size(1) - 1);
		u64 pte = s2_leaf(phys, attr, level);

		assert_int_equal(pte & 3, level == 3 ? 3 : 1);
		assert_true(s2_is_leaf(pte, level));
		assert_false(s2_is_table(pte, level));
		assert_int_equal(s2_output(pte, level), phys);
		assert_int_equal(s2_attr_of(pte), attr);
		assert_int_equal(s2_size(level), level == 1 ? GB(1) : level == 2 ? MB(2) : 4096);
		assert_true(level == 3 || s2_is_table(phys | 3, level));
		assert_false(s2_is_valid(S2_PTE_LOCKED) || s2_is_valid(pte & ~1ULL));
	}
}

/* Pages for a fault are had all or as many as there are, and all given back. */
static void pages_for_a_fault(void **state)
{
	struct s2_tree tree = { .stats = &stats };
	struct s2_pages pages = { .tree = &tree };

	assert_int_equal(s2_pages_fill(&pages, 2), 0);
	assert_int_equal(s2_pages_fill(&pages, 1), 0);
	assert_int_equal(pages.nr, 2);
	assert_int_equal(atomic64_read(&stats.tables), 2);
	shim_fail_alloc(1);
	assert_int_equal(s2_pages_fill(&pages, 3), -ENOMEM);
	assert_int_equal(pages.nr, 2);
	s2_pages_empty(&pages);
	assert_int_equal(atomic64_read(&stats.tables), 0);
	assert_int_equal(shim_allocs(), 0);
}

/* The end of a tree: what walkers may hold of it goes before the root's memory does. */
static void end_of_a_tree(void **state)
{
	struct mmu_stats stats = { 0 };
	struct s2_tree tree = { 0 };
	rwlock_t lock;

	rwlock_init(&lock);
	assert_int_equal(s2_tree_init(&tree, 40, &lock, &stats), 0);
	fake_clear();
	s2_tree_destroy(&tree);
	assert_ops(F_TLBI_VMID, F_FREE);
	assert_int_equal(fake_log[fake_nr - 1].b, 2);
	/* once is enough */
	fake_clear();
	s2_tree_destroy(&tree);
	assert_int_equal(fake_nr, 0);
}

/* VTTBR_EL2 is the root and the VMID in its bits 63:48, CnP clear. */
static void vttbr(void **state)
{
	struct s2_tree tree = { .pgd_phys = 0x123456789000 };

	assert_int_equal(s2_vttbr(&tree, 0xfedc), 0xfedc123456789000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(shape_of_every_size, setup),
		cmocka_unit_test_setup(vtcr_of_every_size, setup),
		cmocka_unit_test_setup(vtcr_of_40_bits, setup),
		cmocka_unit_test_setup(root_without_memory, setup),
		cmocka_unit_test_setup(memory_types, setup),
		cmocka_unit_test_setup(permissions, setup),
		cmocka_unit_test_setup(descriptor_types, setup),
		cmocka_unit_test_setup(pages_for_a_fault, setup),
		cmocka_unit_test_setup(end_of_a_tree, setup),
		cmocka_unit_test_setup(vttbr, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
