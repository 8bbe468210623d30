// SPDX-License-Identifier: GPL-2.0
/*
 * VMIDs: two trees never share a number that some TLB still knows, through any
 * number of rollovers.
 */
#include "test_mmu_fake.h"
#include "each_alloc.h"

#define TREES	600
#define CPUS	4

static struct s2_tree trees[TREES];

static int setup(void **state)
{
	fake_reset();
	hw_features.vmid_bits = 8;
	fake_nr_cpus = CPUS;
	memset(trees, 0, sizeof(trees));
	assert_int_equal(vmid_init(), 0);
	fake_clear();
	return 0;
}

static int teardown(void **state)
{
	vmid_exit();
	assert_int_equal(shim_allocs(), 0);
	shim_check_quiet();
	return 0;
}

static u16 load(unsigned int cpu, unsigned int tree)
{
	u16 vmid;

	fake_cpu = cpu;
	preempt_disable();
	vmid = vmid_load(&trees[tree]);
	preempt_enable();
	assert_int_equal(vmid, vmid_of(&trees[tree]));
	return vmid;
}

/* A tree that was never run has VMID 0, which nobody ever runs with. */
static void zero_is_nobody(void **state)
{
	unsigned int i;

	assert_int_equal(vmid_of(&trees[0]), 0);
	for (i = 0; i < TREES; i++)
		assert_int_not_equal(load(0, i), 0);
}

/* While numbers last every tree has its own, on every CPU, and nothing is flushed. */
static void distinct_and_stable(void **state)
{
	bool used[256] = { true };
	unsigned int i;

	for (i = 0; i < 255; i++) {
		u16 vmid = load(i % CPUS, i);

		assert_true(vmid < 256);
		assert_false(used[vmid]);
		used[vmid] = true;
	}
	for (i = 0; i < 255; i++)
		assert_int_equal(load((i + 1) % CPUS, i), vmid_of(&trees[i]));
	assert_int_equal(fake_nr, fake_count(F_DSB));
}

/* Who gets a new word sees all that was stored before a TLBI that went by the old one. */
static void a_new_word_is_a_barrier(void **state)
{
	unsigned int before = fake_count(F_DSB);

	load(0, 0);
	assert_true(fake_count(F_DSB) > before);
	before = fake_count(F_DSB);
	load(0, 0);
	assert_int_equal(fake_count(F_DSB), before);
}

/*
 * A CPU from which a rollover has taken its word meets the lock at its next load, though the tree's
 * word is current: another rollover may be on its way, and would not find it.
 */
static void taken_is_met(void **state)
{
	unsigned int before;
	unsigned int i;

	load(0, 0);
	for (i = 1; i <= 255; i++)
		load(1, i);
	assert_int_equal(fake_count(F_TLBI_ALL), 1);
	load(1, 0);
	before = fake_count(F_DSB);
	load(0, 0);
	assert_true(fake_count(F_DSB) > before);
}

/* The tree after the last number: one flush of all, before the number is given. */
static void rollover_flushes(void **state)
{
	unsigned int i;

	for (i = 0; i < 255; i++)
		load(0, i);
	assert_int_equal(fake_count(F_TLBI_ALL), 0);
	load(0, 255);
	assert_int_equal(fake_count(F_TLBI_ALL), 1);
	for (i = 0; i < 100; i++)
		load(0, i);
	assert_int_equal(fake_count(F_TLBI_ALL), 1);
}

/* What a CPU has loaded keeps its number, over two rollovers without a load there, and when it moves. */
static void running_trees_keep_theirs(void **state)
{
	u16 one = load(1, 0), two = load(2, 1);
	unsigned int round, i;

	for (round = 0; round < 2; round++) {
		for (i = 2; i < 300; i++) {
			u16 vmid = load(0, i);

			assert_int_not_equal(vmid, one);
			assert_int_not_equal(vmid, two);
		}
	}
	assert_true(fake_count(F_TLBI_ALL) >= 2);
	assert_int_equal(load(3, 0), one);
	assert_int_equal(load(1, 0), one);
	assert_int_equal(load(2, 1), two);
	for (i = 2; i < 300; i++)
		assert_int_not_equal(load(0, i), one);
	assert_int_equal(load(1, 0), one);
}

/* A running tree whose word another CPU has renewed keeps its number over the next rollover, too. */
static void renewed_elsewhere(void **state)
{
	u16 vmid = load(1, 0);
	unsigned int round, i;

	for (round = 0; round < 3; round++) {
		for (i = 1; i < 300; i++)
			load(0, i);
		assert_int_equal(load(2, 0), vmid);
		load(2, 1);
	}
}

/* 16-bit numbers: 65535 of them before the first flush. */
static void sixteen_bits(void **state)
{
	struct s2_tree tree;
	unsigned int i;

	vmid_exit();
	hw_features.vmid_bits = 16;
	assert_int_equal(vmid_init(), 0);
	fake_clear();
	fake_cpu = 0;
	preempt_disable();
	for (i = 0; i < 65535; i++) {
		memset(&tree, 0, sizeof(tree));
		assert_int_equal(vmid_load(&tree), i + 1);
	}
	assert_int_equal(fake_count(F_TLBI_ALL), 0);
	memset(&tree, 0, sizeof(tree));
	assert_int_not_equal(vmid_load(&tree), 0);
	preempt_enable();
	assert_int_equal(fake_count(F_TLBI_ALL), 1);
}

/* More CPUs than numbers cannot work, and is said; a lack of memory is survived. */
static void refusals(void **state)
{
	unsigned int i;

	vmid_exit();
	fake_nr_cpus = 255;
	assert_int_equal(vmid_init(), -ENODEV);
	fake_nr_cpus = 254;
	assert_int_equal(vmid_init(), 0);
	vmid_exit();
	assert_int_equal(each_alloc(vmid_init(), -ENOMEM), 3);
	/* all CPUs but one busy, each with its own: there still is a number */
	for (i = 0; i < 254; i++)
		load(i, i);
	for (i = 254; i < TREES; i++)
		load(253, i);
}

/*
 * TLBs that keep everything they may: per CPU and number, the tree that filled
 * it. After a flush of all, CPUs in the guest fill theirs again at once.
 */
static int tlb[CPUS][256];
static int running[CPUS];
static u16 running_vmid[CPUS];

static void tlb_hook(enum fake_kind kind)
{
	unsigned int cpu;

	if (kind != F_TLBI_ALL)
		return;
	memset(tlb, 0xff, sizeof(tlb));
	for (cpu = 0; cpu < CPUS; cpu++) {
		if (running[cpu] >= 0)
			tlb[cpu][running_vmid[cpu]] = running[cpu];
	}
}

/* Random loads of random trees: a number that is run finds no other tree's entries on any CPU. */
static void no_stale_entries(void **state)
{
	u64 rng = 7;
	int step;
	unsigned int c;

	memset(tlb, 0xff, sizeof(tlb));
	memset(running, 0xff, sizeof(running));
	fake_hook = tlb_hook;
	for (step = 0; step < 400000; step++) {
		unsigned int cpu, tree;
		u16 vmid;

		rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
		cpu = (rng >> 33) % CPUS;
		/* one CPU stays in the guest for several rollovers */
		if (cpu == 3 && (rng >> 50) % 500)
			continue;
		/* often one of a few trees, on several CPUs at once */
		tree = (rng >> 40) % ((rng >> 60) & 1 ? TREES : 6);
		fake_clear();
		/* out of the guest while it loads */
		running[cpu] = -1;
		vmid = load(cpu, tree);
		for (c = 0; c < CPUS; c++) {
			assert_true(tlb[c][vmid] == -1 || tlb[c][vmid] == (int)tree);
			/* one tree on two CPUs has one number */
			if (running[c] == (int)tree)
				assert_int_equal(running_vmid[c], vmid);
		}
		running[cpu] = tree;
		running_vmid[cpu] = vmid;
		tlb[cpu][vmid] = tree;
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(zero_is_nobody), T(distinct_and_stable), T(a_new_word_is_a_barrier), T(taken_is_met),
		T(rollover_flushes),
		T(running_trees_keep_theirs), T(renewed_elsewhere), T(sixteen_bits), T(refusals),
		T(no_stale_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
