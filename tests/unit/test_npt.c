// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page tables, seen by a walk of their own (AMD APM vol. 2, 5.3 and 15.25): faults, what the host and the
 * dirty log take from them, and no memory for them.
 */
#include "gmem_env.h"

#include <linux/errno.h>
#include <linux/mm.h>

#include "../../src/host/page.h"
#include "../../src/x86/npt/table.h"
#include "each_alloc.h"

#define P	(1ULL << 0)
#define W	(1ULL << 1)
#define U	(1ULL << 2)
#define PWT	(1ULL << 3)
#define PCD	(1ULL << 4)
#define A	(1ULL << 5)
#define D	(1ULL << 6)
#define PS	(1ULL << 7)
#define ADDR	0x000ffffffffff000ULL

#define BITS	40
#define BASE	0x40000UL		/* first frame of the slot: at 1 GiB */
#define SIZE	0x90000UL		/* 2.25 GiB */
#define HVA	0x100040000000UL	/* as far from a block as the frame */
#define PFN	0x840000UL
#define GPA(n)	((BASE + (n)) * PAGE)
#define TABLE	512UL			/* pages of a block, and blocks of a larger one */

static struct npt npt;
static unsigned int kicks, olds, changes, gets, get_flags, put_flags;
static unsigned long pfn_off;		/* the page stands elsewhere */
static unsigned char map_shift;
static u32 page_flags;
static int get_ret;
static void (*on_get)(unsigned long hva);
static unsigned long bad;

int host_page_get(unsigned long hva, unsigned int flags, struct host_page *hp)
{
	shim_may_sleep();
	gets++;
	get_flags = flags;
	memset(hp, 0, sizeof(*hp));
	if (get_ret)
		return get_ret;
	*hp = (struct host_page) {
		.pfn = PFN + (hva - HVA) / PAGE + pfn_off, .hva = hva, .map_shift = map_shift, .flags = page_flags,
	};
	if (on_get)
		on_get(hva);
	return 0;
}

void host_page_put(struct host_page *hp, unsigned int flags)
{
	put_flags = flags;
}

static void kick(struct npt *n)
{
	assert_ptr_equal(n, &npt);
	kicks++;
}

static void old(struct npt *n)
{
	olds++;
}

static void slots(struct npt *n)
{
	changes++;
}

static int setup(void **state)
{
	memset(&npt, 0, sizeof(npt));
	npt.kick = kick;
	npt.old = old;
	npt.slots = slots;
	gm = &npt.gmem;
	kicks = olds = changes = gets = 0;
	pfn_off = bad = 0;
	map_shift = 12;
	page_flags = HOST_PAGE_WRITABLE;
	get_ret = 0;
	on_get = NULL;
	if (npt_init(&npt, BITS) || env_region(0, BASE, SIZE, HVA, 0))
		return -1;
	changes = 0;
	return 0;
}

static int teardown(void **state)
{
	npt_destroy(&npt);
	gm = NULL;
	shim_check_quiet();
	return shim_allocs() || shim_mm.count;
}

static int fault(unsigned long n, bool write)
{
	return npt_fault(&npt, GPA(n) + 0x123, write ? NPT_ACCESS_WRITE : 0, &bad);
}

/* The leaf of a page, and its level; 0: none. What is above allows all. */
static u64 leaf(unsigned long n, unsigned int *level)
{
	const u64 *table = __va(npt_root(&npt));
	unsigned int l;
	u64 pte;

	for (l = npt.levels; ; l--) {
		pte = table[GPA(n) >> (12 + 9 * (l - 1)) & 511];
		if (level)
			*level = l;
		if (!(pte & P) || l == 1 || pte & PS)
			return pte;
		assert_int_equal(pte & ~ADDR, P | W | U | A);
		table = __va(pte & ADDR);
	}
}

static void maps(unsigned long n, bool write, u64 want)
{
	assert_int_equal(fault(n, write), NPT_FAULT_DONE);
	assert_int_equal(leaf(n, NULL), want);
}

static u64 frame(unsigned long n)
{
	return (PFN + n + pfn_off) * PAGE;
}

/* An entry is present, a user's, accessed; it may be written where the host's may; dirty after a write. */
static void entries(void **state)
{
	maps(0, false, frame(0) | P | W | U | A);
	assert_int_equal(put_flags, HOST_PUT_ACCESSED | HOST_PUT_DIRTY);
	assert_int_equal(get_flags, HOST_GET_INTERRUPTIBLE | HOST_GET_WATCHED);
	maps(0, true, frame(0) | P | W | U | A | D);
	assert_int_equal(get_flags, HOST_GET_INTERRUPTIBLE | HOST_GET_WATCHED | HOST_GET_WRITE);
	maps(0, false, frame(0) | P | W | U | A | D);	/* what hardware has set stays */
	page_flags = 0;
	maps(1, false, frame(1) | P | U | A);
	assert_int_equal(put_flags, HOST_PUT_ACCESSED);
	page_flags = HOST_PAGE_WRITABLE;
	maps(1, true, frame(1) | P | W | U | A | D);
	page_flags = 0;
	maps(1, false, frame(1) | P | W | U | A | D);
	page_flags = HOST_PAGE_WRITABLE | HOST_PAGE_DEVICE;
	maps(2, false, frame(2) | P | W | U | A | PWT | PCD);
	page_flags = HOST_PAGE_WRITABLE | HOST_PAGE_NC;
	maps(3, false, frame(3) | P | W | U | A | PWT | PCD);
	assert_int_equal(leaf(4, NULL), 0);
	assert_true(atomic64_read(&npt.stats.faults) == 8 && atomic64_read(&npt.stats.mapped_4k) == 8 && !kicks);
	assert_int_equal(atomic64_read(&npt.stats.tables), 4);
}

/* Where no slot is, or a write goes to one that is read-only, there is no memory; a read of that one is of memory. */
static void no_memory_there(void **state)
{
	assert_int_equal(npt_fault(&npt, GPA(0) - 1, 0, &bad), NPT_FAULT_MMIO);
	assert_int_equal(npt_fault(&npt, GPA(SIZE), 0, &bad), NPT_FAULT_MMIO);
	assert_int_equal(npt_fault(&npt, ~0ULL, 0, &bad), NPT_FAULT_MMIO);
	assert_int_equal(fault(SIZE - 1, true), NPT_FAULT_DONE);
	assert_int_equal(env_region(1, 0, 1, HVA - PAGE, KVM_MEM_READONLY), 0);
	assert_int_equal(npt_fault(&npt, 0, NPT_ACCESS_WRITE, &bad), NPT_FAULT_MMIO);
	assert_int_equal(npt_fault(&npt, 0, 0, &bad), NPT_FAULT_DONE);
	assert_int_equal(put_flags, HOST_PUT_ACCESSED);
	assert_int_equal(((u64 *)__va(npt_root(&npt)))[0] & P, P);
	assert_int_equal(gets, 2);
}

/* A block is as large as the host's mapping, and both addresses, the slot and what the CPU has allow. */
static void sizes(void **state)
{
	static const struct {
		unsigned char shift;
		unsigned int max;
		unsigned long n, off;
		unsigned int want;
	} rows[] = {
		{ 12, 3, 0, 0, 1 }, { 21, 3, 0, 0, 2 }, { 21, 3, 5 * TABLE + 7, 0, 2 }, { 30, 3, 9, 0, 3 }, { 30, 2, 9, 0, 2 },
		{ 30, 3, SIZE - 1, 0, 2 },			/* the last one is not whole */
		{ 30, 3, 0, TABLE, 2 }, { 30, 3, 0, 1, 1 },	/* frames are not alike */
		{ 30, 3, TABLE * TABLE, TABLE * TABLE, 3 },
	};
	unsigned int i, level;
	u64 mask;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		npt.max_level = rows[i].max;
		map_shift = rows[i].shift;
		pfn_off = rows[i].off;
		assert_int_equal(fault(rows[i].n, false), NPT_FAULT_DONE);
		mask = (1ULL << (12 + 9 * (rows[i].want - 1))) - 1;
		assert_int_equal(leaf(rows[i].n, &level),
				 (frame(rows[i].n) & ~mask) | P | W | U | A | (rows[i].want > 1 ? PS : 0));
		assert_int_equal(level, rows[i].want);
		npt.max_level = 3;
		env_range_start(HVA, HVA + SIZE * PAGE, HOST_INVAL_MAY_SLEEP);
		env_range_end(HVA, HVA + SIZE * PAGE);
		assert_int_equal(leaf(rows[i].n, NULL), 0);
	}
	assert_true(kicks >= i);
	assert_true(atomic64_read(&npt.stats.mapped_1g) == 2 && atomic64_read(&npt.stats.mapped_2m) == 5 &&
		    atomic64_read(&npt.stats.mapped_4k) == 2);
	/* of bare memory each page is known alone; and where the user address is not alike */
	map_shift = 30;
	page_flags |= HOST_PAGE_NOSTRUCT;
	assert_true(!fault(TABLE, false) && leaf(TABLE, &level) && level == 1);
	page_flags = HOST_PAGE_WRITABLE;
	assert_int_equal(env_region(2, BASE + 0x100000, 2 * TABLE, HVA + SIZE * PAGE + PAGE, 0), 0);
	assert_true(!fault(0x100000 + 3, false) && leaf(0x100000 + 3, &level) && level == 1);
}

/* A block takes the place of a table, which is freed once nobody walks it; what was a block is a page again. */
static void ways_are_made(void **state)
{
	unsigned int level, had;

	maps(5, false, frame(5) | P | W | U | A);
	had = shim_allocs();
	map_shift = 21;
	assert_int_equal(fault(6, true), NPT_FAULT_DONE);
	assert_true(leaf(6, &level) == (frame(0) | P | W | U | A | D | PS) && level == 2 && kicks == 1);
	assert_int_equal(shim_allocs(), had - 1);
	assert_int_equal(atomic64_read(&npt.stats.tables), 3);
	/* another page there */
	pfn_off = TABLE;
	assert_int_equal(fault(6, false), NPT_FAULT_DONE);
	assert_true(leaf(6, &level) == (frame(0) | P | W | U | A | PS) && kicks == 2);
	/* a table where a block was */
	map_shift = 12;
	assert_int_equal(fault(6, false), NPT_FAULT_DONE);
	assert_true(leaf(6, &level) == (frame(6) | P | W | U | A) && level == 1 && !leaf(5, NULL));
	/* a larger block over two levels of tables: all of them go */
	map_shift = 21;
	assert_int_equal(fault(3 * TABLE, false), NPT_FAULT_DONE);
	npt.max_level = 3;
	map_shift = 30;
	pfn_off = 0;
	assert_int_equal(fault(6, false), NPT_FAULT_DONE);
	assert_true(leaf(6, &level) == (frame(0) | P | W | U | A | PS) && level == 3);
	assert_int_equal(atomic64_read(&npt.stats.tables), 2);
}

static unsigned long lost_from, lost_to;

static void takes(unsigned long hva)
{
	env_range_start(lost_from, lost_to, HOST_INVAL_MAY_SLEEP);
	env_range_end(lost_from, lost_to);
	on_get = NULL;
}

/* What the host took since it was looked up is not mapped; near it, a smaller piece is. Failures are the VMM's. */
static void lost(void **state)
{
	unsigned int level;

	on_get = takes;
	lost_from = HVA + 7 * PAGE;
	lost_to = lost_from + PAGE;
	assert_true(fault(7, true) == NPT_FAULT_DONE && !leaf(7, NULL) && atomic64_read(&npt.stats.retries) == 1);
	map_shift = 21;
	on_get = takes;
	assert_true(fault(8, true) == NPT_FAULT_DONE && leaf(8, &level) && level == 1);
	on_get = takes;
	assert_true(fault(TABLE, true) == NPT_FAULT_DONE && leaf(TABLE, &level) && level == 2);
	get_ret = -EAGAIN;
	assert_true(fault(9, false) == NPT_FAULT_DONE && !leaf(9, NULL) && atomic64_read(&npt.stats.retries) == 2);
	get_ret = -EFAULT;
	assert_true(!bad && fault(9, false) == -EFAULT && bad == HVA + 9 * PAGE);
}

/* A page that the host takes goes, no other, and whoever runs is asked to flush; where nothing is mapped nobody is. */
static void taken(void **state)
{
	maps(0, true, frame(0) | P | W | U | A | D);
	maps(1, true, frame(1) | P | W | U | A | D);
	maps(2, true, frame(2) | P | W | U | A | D);
	env_range_start(HVA + PAGE, HVA + 2 * PAGE, HOST_INVAL_MAY_SLEEP);
	env_range_end(HVA + PAGE, HVA + 2 * PAGE);
	assert_true(!leaf(1, NULL) && leaf(0, NULL) && leaf(2, NULL) && kicks == 1);
	env_range_start(HVA + PAGE, HVA + 2 * PAGE, HOST_INVAL_MAY_SLEEP);
	env_range_end(HVA + PAGE, HVA + 2 * PAGE);
	assert_int_equal(kicks, 1);
	/* the OOM reaper's, which may not sleep */
	env_range_start(HVA, HVA + 600 * PAGE, 0);
	env_range_end(HVA, HVA + 600 * PAGE);
	assert_true(!leaf(0, NULL) && !leaf(2, NULL) && kicks == 2);
	maps(3, true, frame(3) | P | W | U | A | D);
	assert_int_equal(env_region(0, BASE, 0, HVA, 0), 0);
	assert_true(!leaf(3, NULL) && kicks == 3 && changes == 1);
}

static unsigned long bits[SIZE / 64];

static void harvest(void)
{
	struct kvm_dirty_log log = { .slot = 0, .dirty_bitmap = bits };

	memset(bits, 0, sizeof(bits));
	assert_int_equal(gmem_get_dirty_log(&npt.gmem, &log), 0);
}

/* With the log on pages are small and read-only until they are written, which is logged; the log takes that again. */
static void logged(void **state)
{
	unsigned int level, before;

	map_shift = 21;
	assert_int_equal(fault(0, true), NPT_FAULT_DONE);
	maps(TABLE * 2, true, frame(TABLE * 2) | P | W | U | A | D | PS);
	assert_int_equal(env_region(0, BASE, SIZE, HVA, KVM_MEM_LOG_DIRTY_PAGES), 0);
	assert_true(!leaf(0, NULL) && kicks == 1 && changes == 1);
	maps(0, false, frame(0) | P | U | A);
	assert_int_equal(put_flags, HOST_PUT_ACCESSED);
	assert_true(leaf(0, &level) && level == 1);
	harvest();
	assert_int_equal(bits[0], 0);
	maps(0, true, frame(0) | P | W | U | A | D);
	maps(65, true, frame(65) | P | W | U | A | D);
	maps(66, false, frame(66) | P | U | A);
	before = kicks;
	harvest();
	assert_true(bits[0] == 1 && bits[1] == 2 && kicks > before);
	assert_int_equal(leaf(0, NULL), frame(0) | P | U | A);
	assert_int_equal(leaf(65, NULL), frame(65) | P | U | A);
	assert_int_equal(env_region(0, BASE, SIZE, HVA, 0), 0);
	maps(0, false, frame(0) | P | W | U | A | PS);
}

static void takes_page(unsigned int i)
{
	env_range_start(HVA + i * PAGE, HVA + (i + 1) * PAGE, HOST_INVAL_MAY_SLEEP);
	env_range_end(HVA + i * PAGE, HVA + (i + 1) * PAGE);
}

/* A block that somebody took away and has not flushed yet is flushed by whoever takes one of its pages, once. */
static void owed(void **state)
{
	map_shift = 21;
	maps(0, true, frame(0) | P | W | U | A | D | PS);
	maps(TABLE, true, frame(TABLE) | P | W | U | A | D | PS);
	npt.gmem.client->write_protect_masked(&npt.gmem, BASE, 1);
	assert_true(!leaf(0, NULL) && !kicks);
	takes_page(5);
	assert_int_equal(kicks, 1);
	takes_page(5);
	assert_int_equal(kicks, 1);
	npt.gmem.client->flush(&npt.gmem);
	takes_page(6);
	assert_int_equal(kicks, 2);
	/* of one that stands nothing is owed when it is old or read-only */
	map_shift = 12;
	maps(3, true, frame(3) | P | W | U | A | D);
	npt.gmem.client->write_protect_masked(&npt.gmem, BASE, 8);
	assert_true(env_age(HVA, HVA + 9 * PAGE, HOST_AGE_CLEAR));
	takes_page(5);
	assert_int_equal(kicks, 2);
	/* and of a table that makes way */
	npt_prune(&npt, GPA(0), 2);
	assert_int_equal(kicks, 3);
	takes_page(3);
	assert_int_equal(kicks, 3);
	assert_int_equal(npt.taken, npt.flushed);
}

/* A page was used or not; asking clears that where it is to, and tells who has copies, or all. */
static void ages(void **state)
{
	unsigned long end = HVA + 3 * PAGE;

	assert_false(env_age(HVA, end, HOST_AGE_TEST));
	maps(1, true, frame(1) | P | W | U | A | D);
	assert_true(env_age(HVA, end, HOST_AGE_TEST) && !kicks && !olds);
	assert_false(env_age(HVA + 2 * PAGE, end, HOST_AGE_TEST));
	assert_false(env_age(HVA, HVA + PAGE, HOST_AGE_CLEAR));
	assert_true(env_age(HVA, end, HOST_AGE_CLEAR) && olds == 1 && !kicks);
	assert_int_equal(leaf(1, NULL), frame(1) | P | W | U | D);
	assert_false(env_age(HVA, end, HOST_AGE_TEST));
	assert_true(!env_age(HVA, end, HOST_AGE_CLEAR_FLUSH) && !kicks && olds == 1);
	maps(1, false, frame(1) | P | W | U | A | D);
	assert_true(env_age(HVA, end, HOST_AGE_CLEAR_FLUSH) && kicks == 1 && olds == 1);
	npt.old = NULL;
	maps(1, false, frame(1) | P | W | U | A | D);
	assert_true(env_age(HVA, end, HOST_AGE_CLEAR) && kicks == 1);
}

/* Who copies an entry uses the page: A, and D for a write, which only a writable one can be copied for. */
static void copied(void **state)
{
	struct npt_copy c;

	assert_false(npt_copy(&npt, GPA(4), false, &c));
	assert_false(npt_copy(&npt, 1ULL << 48, false, &c));
	assert_false(npt_copy(&npt, ~0ULL, false, &c));
	page_flags = HOST_PAGE_DEVICE;
	maps(4, false, frame(4) | P | U | A | PWT | PCD);
	assert_true(env_age(HVA, HVA + 8 * PAGE, HOST_AGE_CLEAR));
	assert_true(!npt_copy(&npt, GPA(4), true, &c) && leaf(4, NULL) == (frame(4) | P | U | PWT | PCD));
	assert_true(npt_copy(&npt, GPA(4) + 0xfff, false, &c));
	assert_true(c.pfn == PFN + 4 && c.shift == 12 && !c.write && c.memory == (PWT | PCD));
	assert_int_equal(leaf(4, NULL), frame(4) | P | U | A | PWT | PCD);
	page_flags = HOST_PAGE_WRITABLE;
	map_shift = 21;
	assert_int_equal(fault(TABLE + 9, false), NPT_FAULT_DONE);
	assert_true(npt_copy(&npt, GPA(TABLE + 11), true, &c));
	assert_true(c.pfn == PFN + TABLE + 11 && c.shift == 21 && c.write && !c.memory);
	assert_int_equal(leaf(TABLE, NULL), frame(TABLE) | P | W | U | A | D | PS);
}

/* Without memory for a table a fault is refused and has mapped and kept nothing; nor has a VM that is not made. */
static void no_memory(void **state)
{
	static struct npt another;
	int n;

	assert_int_equal(each_alloc(fault(0, true), -ENOMEM), 3);
	assert_true(leaf(0, NULL) == (frame(0) | P | W | U | A | D) && !kicks);
	/* a table is at hand; none is asked for */
	shim_fail_alloc(1);
	maps(1, true, frame(1) | P | W | U | A | D);
	assert_int_equal(fault(TABLE, true), -ENOMEM);
	shim_fail_alloc(0);
	assert_int_equal(leaf(TABLE, NULL), 0);
	npt_destroy(&npt);
	gm = &another.gmem;
	n = shim_allocs();
	for (;;) {
		static int nth;
		int ret;

		memset(&another, 0, sizeof(another));
		another.kick = kick;
		shim_fail_alloc(++nth);
		ret = npt_init(&another, BITS);
		if (!ret)
			break;
		assert_true(ret == -ENOMEM && shim_allocs() == n && !another.root && !shim_mm.count);
		assert_in_range(nth, 1, 8);
	}
	shim_fail_alloc(0);
	npt_destroy(&another);
	env_register_ret = -EINTR;
	assert_true(npt_init(&another, BITS) == -EINTR && shim_allocs() == n && !another.root);
	env_register_ret = 0;
	setup(state);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries), TEST(no_memory_there), TEST(sizes), TEST(ways_are_made), TEST(lost), TEST(taken),
		TEST(logged), TEST(owed), TEST(ages), TEST(copied), TEST(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
