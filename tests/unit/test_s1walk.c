// SPDX-License-Identifier: GPL-2.0
/*
 * Walks of a guest's stage-1 tables: every granule and size, every end a walk can
 * have, and what tables and leaves permit.
 */
#include <stdlib.h>

#include "gmem_env.h"
#include "../../src/arm64/cpu/s1walk.h"

#define RAM		0x40000000ULL
#define RAM_PAGES	64ULL
#define AF		(1ULL << 10)
#define RW_ALL		(S1_EL1_READ | S1_EL1_WRITE | S1_EL0_READ | S1_EL0_WRITE)

static unsigned char *mem;
static struct s1_regs r;

static void desc_set(uint64_t ipa, uint64_t d)
{
	memcpy(mem + (ipa - RAM), &d, 8);
}

static int setup(void **state)
{
	if (env_setup(state))
		return -1;
	mem = aligned_alloc(PAGE, RAM_PAGES * PAGE);
	memset(mem, 0, RAM_PAGES * PAGE);
	r = (struct s1_regs) { .sctlr = 1, .tcr = 5ULL << 32, .pa_bits = 48 };
	return env_region(0, RAM / PAGE, RAM_PAGES, (unsigned long)mem, 0);
}

static int teardown(void **state)
{
	free(mem);
	return env_teardown(state);
}

/* Tables for one address, a level each 64 KiB; returns the number of levels. */
static int build(unsigned int page_shift, unsigned int bits, uint64_t va, uint64_t leaf)
{
	unsigned int stride = page_shift - 3, shift = page_shift;
	uint64_t index[4], table = RAM;
	int n = 0, i;

	for (; shift < bits; shift += stride) {
		unsigned int w = bits - shift < stride ? bits - shift : stride;

		index[n++] = va >> shift & ((1ULL << w) - 1);
	}
	for (i = n - 1; i >= 0; i--) {
		desc_set(table + 8 * index[i], i ? (table + 0x10000) | 3 : leaf);
		table += 0x10000;
	}
	return n;
}

/* Each granule and size, in both halves, ends at the page that the last table names. */
static void granules(void **state)
{
	static const struct {
		unsigned int shift, tg0, tg1;
	} g[] = { { 12, 0, 2 }, { 14, 2, 1 }, { 16, 1, 3 } };
	struct s1_result res;
	unsigned int i, bits, half, n;

	(void)state;
	for (i = 0; i < 3; i++)
		for (bits = 25; bits <= 48; bits++)
			for (half = 0; half < 2; half++) {
				uint64_t va = 0x123456789abcULL & ((1ULL << bits) - 1);
				uint64_t out = 0x7b0000000000ULL;

				memset(mem, 0, RAM_PAGES * PAGE);
				r.tcr = 5ULL << 32;
				r.tcr |= half ? (64 - bits) << 16 | (uint64_t)g[i].tg1 << 30 | 0x19 :
						(64 - bits) | (uint64_t)g[i].tg0 << 14 | 0x19 << 16;
				r.ttbr0 = half ? 0 : RAM | 0xabcdULL << 48;
				r.ttbr1 = half ? RAM | 1 : 0;
				n = build(g[i].shift, bits, va, out | AF | 1 << 6 | 2 << 2 | 3);
				if (half)
					va |= ~0ULL << bits;
				s1_walk(gm, &r, va, &res);
				if (res.fault || res.ipa != (out | (va & ((1ULL << g[i].shift) - 1))))
					fail_msg("granule %u, %u bits: fault %u, %llx", g[i].shift, bits, res.fault,
						 (unsigned long long)res.ipa);
				assert_int_equal(res.shift, g[i].shift);
				assert_int_equal(res.level, 3);
				assert_int_equal(res.steps, n);
				assert_int_equal(res.step[0].level, 4 - n);
				assert_int_equal(res.step[n - 1].level, 3);
				assert_int_equal(res.step[n - 1].desc, res.desc);
				assert_int_equal(res.attr, 2);
				assert_int_equal(res.perm, RW_ALL | S1_EL0_EXEC);
				/* one bit more is not an address */
				if (bits < 48) {
					s1_walk(gm, &r, va ^ (1ULL << bits), &res);
					assert_int_equal(res.fault, S1_FAULT_TRANSLATION);
					assert_int_equal(res.level, 0);
				}
			}
}

/* Blocks where the architecture has them, and nowhere else. */
static void blocks(void **state)
{
	static const struct {
		unsigned int tg0, page_shift;
		int level;
		unsigned int shift;	/* 0: no block there */
	} t[] = {
		{ 0, 12, 0, 0 }, { 0, 12, 1, 30 }, { 0, 12, 2, 21 }, { 0, 12, 3, 0 },
		{ 2, 14, 1, 0 }, { 2, 14, 2, 25 }, { 1, 16, 1, 0 }, { 1, 16, 2, 29 },
	};
	uint64_t va = 0x123456789abcULL, table;
	struct s1_result res;
	unsigned int i, bits;
	int level;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		unsigned int stride = t[i].page_shift - 3;

		memset(mem, 0, RAM_PAGES * PAGE);
		r.tcr = 5ULL << 32 | 16 | t[i].tg0 << 14;
		r.ttbr0 = table = RAM;
		bits = 48;
		for (level = 3 - (48 - t[i].page_shift - 1) / (int)stride;; level++) {
			unsigned int shift = t[i].page_shift + stride * (3 - level);
			uint64_t at = table + 8 * ((va & ((1ULL << bits) - 1)) >> shift);

			if (level == t[i].level) {
				desc_set(at, 0x7b0000000000ULL | AF | 1);
				break;
			}
			table += 0x10000;
			desc_set(at, table | 3);
			bits = shift;
		}
		s1_walk(gm, &r, va, &res);
		assert_int_equal(res.level, t[i].level);
		if (t[i].shift) {
			assert_int_equal(res.fault, S1_FAULT_NONE);
			assert_int_equal(res.shift, t[i].shift);
			assert_true(res.ipa == (0x7b0000000000ULL | (va & ((1ULL << t[i].shift) - 1))));
		} else {
			assert_int_equal(res.fault, S1_FAULT_TRANSLATION);
		}
	}
}

/* What a page permits, by its own bits, the tables' above it, and SCTLR_EL1.WXN. */
static void permissions(void **state)
{
	static const struct {
		uint64_t leaf, table, sctlr;
		u32 perm;
	} t[] = {
#define EL0	(1ULL << 6)
#define RO	(1ULL << 7)
#define PXN	(1ULL << 53)
#define UXN	(1ULL << 54)
#define WXN	(1ULL << 19)
		{ 0, 0, 0, S1_EL1_READ | S1_EL1_WRITE | S1_EL1_EXEC | S1_EL0_EXEC },
		{ UXN, 0, 0, S1_EL1_READ | S1_EL1_WRITE | S1_EL1_EXEC },
		{ UXN | PXN, 0, 0, S1_EL1_READ | S1_EL1_WRITE },
		{ UXN, 0, WXN, S1_EL1_READ | S1_EL1_WRITE },
		{ UXN | RO, 0, WXN, S1_EL1_READ | S1_EL1_EXEC },
		{ EL0, 0, 0, RW_ALL | S1_EL0_EXEC },
		{ EL0, 0, WXN, RW_ALL },
		{ EL0 | RO, 0, WXN, S1_EL1_READ | S1_EL0_READ | S1_EL1_EXEC | S1_EL0_EXEC },
		{ EL0 | UXN | PXN, 0, 0, RW_ALL },
		{ EL0 | UXN, 1ULL << 62, 0, S1_EL1_READ | S1_EL0_READ | S1_EL1_EXEC },
		{ EL0 | UXN, 1ULL << 61, 0, S1_EL1_READ | S1_EL1_WRITE | S1_EL1_EXEC },
		{ RO, 1ULL << 60, 0, S1_EL1_READ | S1_EL1_EXEC },
		{ RO | UXN, 1ULL << 59, 0, S1_EL1_READ },
	};
	struct s1_result res;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memset(mem, 0, RAM_PAGES * PAGE);
		r.tcr = 5ULL << 32 | 25;
		r.ttbr0 = RAM;
		r.sctlr = 1 | t[i].sctlr;
		desc_set(RAM, (RAM + PAGE) | 3 | t[i].table);
		desc_set(RAM + PAGE, (RAM + 2 * PAGE) | 3);
		desc_set(RAM + 2 * PAGE, 0x1000 | AF | 3 | t[i].leaf);
		s1_walk(gm, &r, 0x10, &res);
		assert_int_equal(res.fault, S1_FAULT_NONE);
		if (res.perm != t[i].perm)
			fail_msg("row %u: %#x", i, res.perm);
		/* with HPD0 tables limit nothing */
		r.tcr |= 1ULL << 41;
		s1_walk(gm, &r, 0x10, &res);
		if (!t[i].table)
			assert_int_equal(res.perm, t[i].perm);
		else
			assert_int_not_equal(res.perm, t[i].perm);
	}
}

/* Each way to fail, at the level where it does. */
static void faults(void **state)
{
	struct s1_result res;

	(void)state;
	r.tcr = 1ULL << 32 | 25;	/* 36 bits out */
	r.ttbr0 = RAM;
	desc_set(RAM, (RAM + PAGE) | 3);
	desc_set(RAM + PAGE, (RAM + 2 * PAGE) | 3);
	desc_set(RAM + 2 * PAGE, 0x5000 | AF | 3);
	desc_set(RAM + 2 * PAGE + 8, 0x5000 | 3);
	desc_set(RAM + 2 * PAGE + 16, 1ULL << 36 | AF | 3);
	desc_set(RAM + PAGE + 8, 0x1000 | 3);
	desc_set(RAM + PAGE + 16, 1ULL << 40 | 3);
	s1_walk(gm, &r, 0x123, &res);
	assert_int_equal(res.fault, S1_FAULT_NONE);
	assert_int_equal(res.ipa, 0x5123);
#define FAULTS(va, f, l) do {						\
	s1_walk(gm, &r, va, &res);					\
	assert_int_equal(res.fault, f);					\
	assert_int_equal(res.level, l);					\
} while (0)
	FAULTS(0x1000, S1_FAULT_ACCESS, 3);
	FAULTS(0x2000, S1_FAULT_ADDRESS_SIZE, 3);
	FAULTS(0x3000, S1_FAULT_TRANSLATION, 3);
	FAULTS(0x200000, S1_FAULT_WALK, 3);
	FAULTS(0x400000, S1_FAULT_ADDRESS_SIZE, 3);
	FAULTS(0x600000, S1_FAULT_TRANSLATION, 2);
	FAULTS(0x40000000, S1_FAULT_TRANSLATION, 1);
	FAULTS(1ULL << 39, S1_FAULT_TRANSLATION, 0);
	FAULTS(1ULL << 60, S1_FAULT_TRANSLATION, 0);
	r.tcr |= 1ULL << 39;		/* HA */
	FAULTS(0x1000, S1_FAULT_NONE, 3);
	r.tcr |= 1ULL << 37;		/* TBI0 */
	FAULTS(0xff00000000001000ULL & ~(1ULL << 55), S1_FAULT_NONE, 3);
	FAULTS(1ULL << 50, S1_FAULT_TRANSLATION, 0);
	r.tcr |= 1ULL << 7;		/* EPD0 */
	FAULTS(0, S1_FAULT_TRANSLATION, 0);
	r.tcr = 5ULL << 32 | 15;
	FAULTS(0, S1_FAULT_TRANSLATION, 0);
	r.tcr = 5ULL << 32 | 40;
	FAULTS(0, S1_FAULT_TRANSLATION, 0);
	r.tcr = 5ULL << 32 | 25 | 3 << 14;
	FAULTS(0, S1_FAULT_TRANSLATION, 0);
	r.tcr = 5ULL << 32 | 25 | 1ULL << 59;
	FAULTS(0, S1_FAULT_ADDRESS_SIZE, 0);
}

/* Big-endian tables, and no tables at all. */
static void endian_and_off(void **state)
{
	struct s1_result res;

	(void)state;
	r.tcr = 5ULL << 32 | 34;
	r.ttbr0 = RAM;
	r.sctlr = 1 | 1ULL << 25;
	desc_set(RAM, __builtin_bswap64(0x40200000 | AF | 1));
	s1_walk(gm, &r, 0x1234, &res);
	assert_int_equal(res.fault, S1_FAULT_NONE);
	assert_int_equal(res.ipa, 0x40201234);
	r.sctlr = 0;
	s1_walk(gm, &r, 0x123456789ULL, &res);
	assert_int_equal(res.fault, S1_FAULT_NONE);
	assert_true(res.ipa == 0x123456789ULL);
	assert_int_equal(res.perm, 0x3f);
	s1_walk(gm, &r, 1ULL << 48, &res);
	assert_int_equal(res.fault, S1_FAULT_ADDRESS_SIZE);
}

/* Registers and tables of rubbish end every walk, within guest memory. */
static void rubbish(void **state)
{
	struct s1_result res;
	unsigned int i, k;

	(void)state;
	for (i = 0; i < 20000; i++) {
		if (i % 100 == 0)
			for (k = 0; k < RAM_PAGES * PAGE; k += 8)
				desc_set(RAM + k, env_random() % 3 ? env_random() :
					 (RAM + env_random() % (RAM_PAGES * PAGE)) | 3);
		r.sctlr = env_random() | 1;
		r.tcr = env_random();
		r.ttbr0 = env_random() % 2 ? RAM : env_random();
		r.ttbr1 = env_random() % 2 ? RAM : env_random();
		s1_walk(gm, &r, env_random() >> env_random() % 64, &res);
		assert_true(res.level <= 3);
		if (!res.fault)
			assert_true(res.ipa >> 48 == 0);
	}
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(granules),
		T(blocks),
		T(permissions),
		T(faults),
		T(endian_and_off),
		T(rubbish),
	};

	return cmocka_run_group_tests_name("s1walk", tests, NULL, NULL);
}
