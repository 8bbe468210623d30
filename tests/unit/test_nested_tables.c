// SPDX-License-Identifier: GPL-2.0
/*
 * L1's nested tables, walked: formats, permissions, reserved bits, A and D, and a guest that changes them meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <linux/container_of.h>
#include <linux/errno.h>
#include "../../src/x86/nested/bits.h"
#include "../../src/x86/nested/tables.h"

#define MEM	(16 * 4096)	/* L1's memory that holds tables */
#define P	1ULL
#define W	2ULL
#define U	4ULL
#define A	0x20ULL
#define D	0x40ULL
#define PS	0x80ULL
#define XD	(1ULL << 63)
#define PHYS	40
#define US	NESTED_NPF_USER

struct fake {
	struct nested_tables t;
	u8 mem[MEM] __attribute__((aligned(8)));
	unsigned int loads, marks;
	unsigned int change_at;	/* before this mark, from 1, L1 writes the entry itself */
};

static int fake_load(struct nested_tables *t, u64 addr, unsigned int size, u64 *pte)
{
	struct fake *f = container_of(t, struct fake, t);

	f->loads++;
	assert_true(addr % size == 0);
	if (addr > MEM - size)
		return -EFAULT;
	memcpy(pte, f->mem + addr, size);
	return 0;
}

static int fake_mark(struct nested_tables *t, u64 addr, unsigned int size, u64 old, u64 new)
{
	struct fake *f = container_of(t, struct fake, t);
	u64 now = 0;

	f->marks++;
	assert_true(addr <= MEM - size);
	if (f->marks == f->change_at)
		memset(f->mem + addr, 0, size);
	memcpy(&now, f->mem + addr, size);
	if (now != old)
		return -EAGAIN;
	memcpy(f->mem + addr, &new, size);
	return 0;
}

static u64 *entry(struct fake *f, unsigned int table, unsigned int index)
{
	return (u64 *)(f->mem + table * 4096 + index * 8);
}

/* Tables 1, 2, … one below the other by entry 3, the leaf in the last maps page 0x55000. */
static struct fake fresh(unsigned int levels)
{
	struct fake f = {
		.t = {
			.root = 0x1000, .levels = levels, .nx = true, .phys_bits = PHYS,
			.load = fake_load, .mark = fake_mark,
		},
	};
	unsigned int i;

	for (i = 1; i < levels; i++)
		*entry(&f, i, 3) = (u64)(i + 1) << 12 | P | (levels == 3 && i == 1 ? 0 : W | U);
	*entry(&f, levels, 3) = 0x55000 | P | W | U;
	return f;
}

/* The address that goes through entry 3 of each level. */
static u64 address(unsigned int levels)
{
	u64 addr = 0x123;

	while (levels)
		addr |= 3ULL << (12 + 9 * --levels);
	return addr;
}

static int walk(struct fake *f, u64 addr, bool write, bool exec, struct nested_leaf *leaf, u64 *error)
{
	memset(leaf, 0xee, sizeof(*leaf));
	return nested_walk(&f->t, addr, write, exec, leaf, error);
}

/* Three, four and five levels: mapped, A in each entry that has it, D at a write only, writable from then on. */
static void marks(void **state)
{
	unsigned int levels, i;
	struct nested_leaf leaf;
	u64 error;

	for (levels = 3; levels <= 5; levels++) {
		struct fake f = fresh(levels);

		assert_int_equal(walk(&f, address(levels), false, false, &leaf, &error), TABLES_MAPPED);
		assert_int_equal(leaf.addr, 0x55123);
		assert_int_equal(leaf.shift, 12);
		assert_false(leaf.write);
		assert_true(leaf.exec);
		for (i = 1; i <= levels; i++)
			assert_int_equal(*entry(&f, i, 3) & (A | D), levels == 3 && i == 1 ? 0 : A);
		assert_int_equal(walk(&f, address(levels), true, false, &leaf, &error), TABLES_MAPPED);
		assert_true(leaf.write);
		for (i = 1; i <= levels; i++)
			assert_int_equal(!!(*entry(&f, i, 3) & D), i == levels);
		f.marks = 0;
		assert_int_equal(walk(&f, address(levels), true, true, &leaf, &error), TABLES_MAPPED);
		assert_int_equal(f.marks, 0);
		assert_int_equal(f.loads, 3 * levels);
	}
}

/* Each level can deny, and the error says how; nothing is marked then. */
static void denied(void **state)
{
	struct nested_leaf leaf;
	unsigned int i;
	u64 error;

	for (i = 1; i <= 4; i++) {
		struct fake f = fresh(4);

		*entry(&f, i, 3) &= ~P;
		assert_int_equal(walk(&f, address(4), true, true, &leaf, &error), TABLES_FAULT);
		assert_int_equal(error, US | NESTED_NPF_WRITE | NESTED_NPF_FETCH);
		f = fresh(4);
		*entry(&f, i, 3) &= ~W;
		assert_int_equal(walk(&f, address(4), true, false, &leaf, &error), TABLES_FAULT);
		assert_int_equal(error, US | NESTED_NPF_WRITE | NESTED_NPF_PRESENT);
		assert_int_equal(f.marks, 0);
		*entry(&f, 4, 3) |= D;
		assert_int_equal(walk(&f, address(4), false, false, &leaf, &error), TABLES_MAPPED);
		assert_false(leaf.write);
		f = fresh(4);
		*entry(&f, i, 3) &= ~U;
		assert_int_equal(walk(&f, address(4), false, false, &leaf, &error), TABLES_FAULT);
		assert_int_equal(error, US | NESTED_NPF_PRESENT);
		f = fresh(4);
		*entry(&f, i, 3) |= XD;
		assert_int_equal(walk(&f, address(4), false, true, &leaf, &error), TABLES_FAULT);
		assert_int_equal(error, US | NESTED_NPF_FETCH | NESTED_NPF_PRESENT);
		assert_int_equal(walk(&f, address(4), false, false, &leaf, &error), TABLES_MAPPED);
		assert_false(leaf.exec);
	}
}

/* A bit that must be 0 is told as such: addresses the CPU has not, NX where it is off, sizes where there are none. */
static void reserved(void **state)
{
	const u64 rsv = US | NESTED_NPF_PRESENT | NESTED_NPF_RESERVED;
	struct nested_leaf leaf;
	unsigned int i;
	struct fake f;
	u64 error;

	for (i = 1; i <= 4; i++) {
		f = fresh(4);
		*entry(&f, i, 3) |= 1ULL << PHYS;
		assert_int_equal(walk(&f, address(4), false, false, &leaf, &error), TABLES_FAULT);
		assert_int_equal(error, rsv);
		f = fresh(4);
		f.t.nx = false;
		*entry(&f, i, 3) |= XD;
		assert_int_equal(walk(&f, address(4), false, true, &leaf, &error), TABLES_FAULT);
		assert_int_equal(error, rsv);	/* without NX a fetch is not told of */
	}
	f = fresh(4);
	*entry(&f, 1, 3) |= PS;
	assert_int_equal(walk(&f, address(4), false, false, &leaf, &error), TABLES_FAULT);
	assert_int_equal(error, rsv);
	f = fresh(4);
	*entry(&f, 3, 3) = 1ULL << 13 | PS | P | W | U;
	assert_int_equal(walk(&f, address(4), false, false, &leaf, &error), TABLES_FAULT);
	assert_int_equal(error, rsv);
	f = fresh(3);
	*entry(&f, 1, 3) |= W;
	assert_int_equal(walk(&f, address(3), false, false, &leaf, &error), TABLES_FAULT);
	assert_int_equal(error, rsv);
}

/* Large pages: address, size; bit 12 is PAT's. */
static void large(void **state)
{
	struct nested_leaf leaf;
	struct fake f = fresh(4);
	u64 error;

	*entry(&f, 3, 3) = 5ULL << 21 | 1ULL << 12 | PS | P | W | U;
	assert_int_equal(walk(&f, address(4), true, false, &leaf, &error), TABLES_MAPPED);
	assert_int_equal(leaf.addr, 5ULL << 21 | (address(4) & 0x1fffff));
	assert_int_equal(leaf.shift, 21);
	f = fresh(4);
	*entry(&f, 2, 3) = 7ULL << 30 | PS | P | W | U;
	assert_int_equal(walk(&f, address(4), true, false, &leaf, &error), TABLES_MAPPED);
	assert_int_equal(leaf.addr, 7ULL << 30 | (address(4) & 0x3fffffff));
	assert_int_equal(leaf.shift, 30);
}

/* Two levels of four-byte entries: pages, large ones with PSE only, and their address' high part. */
static void two_levels(void **state)
{
	struct fake f = { .t = { .root = 0x1000, .levels = 2, .phys_bits = PHYS, .load = fake_load, .mark = fake_mark } };
	u32 *root = (u32 *)(f.mem + 0x1000), *table = (u32 *)(f.mem + 0x2000);
	struct nested_leaf leaf;
	u64 error;

	root[3] = 0x2000 | P | W | U;
	table[5] = 0x66000 | P | W | U;
	assert_int_equal(walk(&f, 3 << 22 | 5 << 12 | 9, true, true, &leaf, &error), TABLES_MAPPED);
	assert_int_equal(leaf.addr, 0x66009);
	assert_true(leaf.exec && leaf.write);
	assert_int_equal(table[5], 0x66000 | P | W | U | A | D);
	root[4] = 0x00c00000 | 3 << 13 | PS | P | W | U;
	f.t.pse = true;
	assert_int_equal(walk(&f, 4 << 22 | 0x1234, false, false, &leaf, &error), TABLES_MAPPED);
	assert_int_equal(leaf.addr, 3ULL << 32 | 0xc01234);
	assert_int_equal(leaf.shift, 22);
	assert_int_equal(walk(&f, 1ULL << 32, false, false, &leaf, &error), TABLES_FAULT);
}

/* Addresses beyond the tables' reach, and tables that are no memory, are not mapped: not an error of ours. */
static void nowhere(void **state)
{
	struct nested_leaf leaf;
	struct fake f = fresh(4);
	u64 error;

	assert_int_equal(walk(&f, 1ULL << 48, false, false, &leaf, &error), TABLES_FAULT);
	assert_int_equal(error, US);
	assert_int_equal(walk(&f, ~0ULL, false, false, &leaf, &error), TABLES_FAULT);
	assert_int_equal(f.loads, 0);
	f = fresh(5);
	assert_int_equal(walk(&f, 1ULL << 57, false, false, &leaf, &error), TABLES_FAULT);
	f = fresh(3);
	assert_int_equal(walk(&f, 1ULL << 32, false, false, &leaf, &error), TABLES_FAULT);
	f = fresh(4);
	f.t.root = ~0ULL;
	assert_int_equal(walk(&f, address(4), false, false, &leaf, &error), TABLES_FAULT);
	assert_int_equal(error, US);
}

/* Tables that lead back to themselves end where there are no more levels; our own marks race us, and are seen next. */
static void loop(void **state)
{
	struct nested_leaf leaf;
	struct fake f = fresh(4);
	u64 error;

	*entry(&f, 1, 3) = 0x1000 | P | W | U;
	assert_int_equal(walk(&f, address(4), true, false, &leaf, &error), -EAGAIN);
	assert_int_equal(f.loads, 4);
	assert_int_equal(walk(&f, address(4), true, false, &leaf, &error), TABLES_MAPPED);
	assert_int_equal(leaf.addr, 0x1123);
}

/* L1 writes an entry between our look and our mark: look again. */
static void raced(void **state)
{
	struct nested_leaf leaf;
	unsigned int i;
	u64 error;

	for (i = 1; i <= 4; i++) {
		struct fake f = fresh(4);

		f.change_at = i;
		assert_int_equal(walk(&f, address(4), true, false, &leaf, &error), -EAGAIN);
	}
}

/* Of the memory type PWT and PCD are told. */
static void memory(void **state)
{
	struct nested_leaf leaf;
	struct fake f = fresh(4);
	u64 error;

	*entry(&f, 4, 3) |= 0x18;
	assert_int_equal(walk(&f, address(4), false, false, &leaf, &error), TABLES_MAPPED);
	assert_int_equal(leaf.memory, 0x18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks), cmocka_unit_test(denied), cmocka_unit_test(reserved), cmocka_unit_test(large),
		cmocka_unit_test(two_levels), cmocka_unit_test(nowhere), cmocka_unit_test(loop), cmocka_unit_test(raced),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
