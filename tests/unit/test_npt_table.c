// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page tables as data: what an install makes, keeps and refuses, where walks begin and end, what a copy says,
 * and that no table is lost.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/gfp.h>
#include <linux/mm.h>

#include "../../src/x86/npt/table.h"

#define FRAME	0x123456789000ULL
#define LEAF	(NPT_PRESENT | NPT_USER)
#define BLOCK	(LEAF | NPT_LARGE)
#define K4	(1ULL << 12)
#define M2	(1ULL << 21)
#define G1	(1ULL << 30)
#define G512	(1ULL << 39)

static struct npt npt;
static struct npt_spares spares;
static unsigned int flushes;

void npt_flush(struct npt *n)
{
	assert_ptr_equal(n, &npt);
	/* those who are asked may wait for it */
	spin_lock(&npt.lock);
	spin_unlock(&npt.lock);
	flushes++;
}

static int setup(void **state)
{
	(void)state;
	memset(&npt, 0, sizeof(npt));
	memset(&spares, 0, sizeof(spares));
	spin_lock_init(&npt.lock);
	npt.levels = 4;
	npt.root = npt_table_new();
	flushes = 0;
	return !npt.root;
}

static int teardown(void **state)
{
	(void)state;
	npt_spares_free(&spares);
	npt_free_tables(&npt);
	assert_null(npt.root);
	assert_int_equal(shim_allocs(), 0);
	shim_check_quiet();
	return 0;
}

static s64 tables(void)
{
	return npt.stats.tables.counter;
}

static int install_with(u64 gpa, u64 pte, unsigned int level, struct npt_spares *s)
{
	int ret;

	spin_lock(&npt.lock);
	ret = npt_install(&npt, gpa, pte, level, s);
	spin_unlock(&npt.lock);
	return ret;
}

static int install(u64 gpa, u64 pte, unsigned int level)
{
	assert_int_equal(npt_spares_fill(&npt, &spares), 0);
	return install_with(gpa, pte, level, &spares);
}

/* The entry for an address at a level, by hand. */
static u64 *entry(u64 gpa, unsigned int level)
{
	u64 *table = npt.root;
	unsigned int l;

	for (l = npt.levels; l > level; l--)
		table = (u64 *)(unsigned long)(table[gpa >> (12 + 9 * (l - 1)) & 511] & 0xffffffffff000ULL);
	return &table[gpa >> (12 + 9 * (level - 1)) & 511];
}

/* As many spares as levels below the top, made whole after a failure, and given back. */
static void spare_pages(void **state)
{
	(void)state;
	shim_fail_alloc(2);
	assert_int_equal(npt_spares_fill(&npt, &spares), -ENOMEM);
	shim_fail_alloc(0);
	assert_int_equal(spares.n, 1);
	assert_int_equal(npt_spares_fill(&npt, &spares), 0);
	assert_int_equal(spares.n, 3);
	assert_int_equal(shim_allocs(), 4);
	npt.levels = 5;
	assert_int_equal(npt_spares_fill(&npt, &spares), 0);
	assert_int_equal(spares.n, 4);
	npt_spares_free(&spares);
	assert_int_equal(spares.n, 0);
	assert_int_equal(shim_allocs(), 1);
}

/* A leaf at each level stands where its address says, under tables that let everything pass. */
static void installs(void **state)
{
	static const struct { u64 gpa; unsigned int level, tables; } rows[] = {
		{ 0, 1, 3 }, { 511 * K4, 1, 0 }, { 512 * K4, 1, 1 }, { G512 - K4, 1, 2 }, { G512, 1, 3 },
		{ 5 * M2, 2, 0 }, { 3 * G1, 3, 0 }, { 7 * G1 + 9 * M2, 2, 1 }, { 511 * G512 + 511 * G1, 3, 1 },
	};
	s64 had = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 pte = (FRAME & ~(K4 * (1ULL << 9 * (rows[i].level - 1)) - 1)) | (rows[i].level > 1 ? BLOCK : LEAF);

		assert_int_equal(install(rows[i].gpa, pte, rows[i].level), 0);
		assert_int_equal(*entry(rows[i].gpa, rows[i].level), pte);
		assert_int_equal(tables() - had, rows[i].tables);
		had = tables();
	}
	assert_int_equal(*entry(0, 4) & 0xfff, 0x27);
	assert_int_equal(*entry(0, 3) & ~0xffffffffff000ULL, 0x27);
	assert_int_equal(*entry(0, 2) & ~0xffffffffff000ULL, 0x27);
}

/* Without enough spares nothing but the tables that there was room for has come; with them it goes on from there. */
static void too_few(void **state)
{
	(void)state;
	assert_int_equal(install_with(0, FRAME | LEAF, 1, NULL), -ENOSPC);
	assert_int_equal(tables(), 0);
	npt_spares_fill(&npt, &spares);
	free_page((unsigned long)spares.page[--spares.n]);
	assert_int_equal(install_with(0, FRAME | LEAF, 1, &spares), -ENOSPC);
	assert_int_equal(tables(), 2);
	assert_int_equal(spares.n, 0);
	assert_int_equal(install_with(0, FRAME | BLOCK, 2, NULL), 0);
	assert_int_equal(install_with(M2, FRAME | LEAF, 1, NULL), -ENOSPC);
	assert_int_equal(install(M2, FRAME | LEAF, 1), 0);
	assert_int_equal(spares.n, 2);
}

/* What stands there already is not replaced, unless it is the same page: then nothing it had is taken from it. */
static void meets(void **state)
{
	(void)state;
	install(0, FRAME | LEAF | NPT_WRITE | NPT_DIRTY | NPT_NX, 1);
	assert_int_equal(install(0, (FRAME + K4) | LEAF, 1), -EEXIST);
	assert_int_equal(install(0, BLOCK, 2), -EEXIST);
	assert_int_equal(install(0, BLOCK, 3), -EEXIST);
	assert_int_equal(*entry(0, 1), FRAME | LEAF | NPT_WRITE | NPT_DIRTY | NPT_NX);
	assert_int_equal(install(0, FRAME | LEAF | NPT_ACCESSED, 1), 0);
	assert_int_equal(*entry(0, 1), FRAME | LEAF | NPT_WRITE | NPT_DIRTY | NPT_ACCESSED);
	*entry(0, 1) = FRAME | LEAF | NPT_ACCESSED;
	assert_int_equal(install(0, FRAME | LEAF | NPT_WRITE, 1), 0);
	assert_int_equal(*entry(0, 1), FRAME | LEAF | NPT_WRITE | NPT_ACCESSED);
	/* where nothing is any more what it was does not count */
	*entry(0, 1) = 0;
	assert_int_equal(install(0, (FRAME + K4) | LEAF, 1), 0);
	assert_int_equal(*entry(0, 1), (FRAME + K4) | LEAF);
	/* below a block there is no room */
	install(G1, BLOCK, 3);
	assert_int_equal(install(G1 + M2, BLOCK, 2), -EEXIST);
	assert_int_equal(install(G1 + 5 * K4, FRAME | LEAF, 1), -EEXIST);
	install(2 * G1, BLOCK, 2);
	assert_int_equal(install(2 * G1 + K4, FRAME | LEAF, 1), -EEXIST);
	assert_int_equal(install(2 * G1 + M2, BLOCK, 2), 0);
}

static u64 seen[2048];
static unsigned int levels[2048], nr_seen;

static u64 clear_write(u64 pte, unsigned int level)
{
	/* under the lock */
	assert_false(spin_trylock(&npt.lock));
	seen[nr_seen] = pte;
	levels[nr_seen++] = level;
	return pte & ~NPT_WRITE;
}

static unsigned int walk(u64 from, u64 to, bool changes)
{
	nr_seen = 0;
	assert_int_equal(npt_walk(&npt, from, to, clear_write, false), changes);
	return nr_seen;
}

/* A walk meets each leaf of the range once, in order, the first and the last page too, and none beyond. */
static void walks(void **state)
{
	(void)state;
	install(0, FRAME | LEAF | NPT_WRITE, 1);
	install(511 * K4, FRAME | LEAF | NPT_WRITE, 1);
	install(M2, BLOCK | NPT_WRITE, 2);
	install(2 * M2, FRAME | LEAF, 1);
	install(5 * G1, BLOCK | NPT_WRITE, 3);
	install(G512, (FRAME + K4) | LEAF | NPT_WRITE, 1);
	assert_int_equal(walk(0, 0, false), 0);
	assert_int_equal(walk(K4, 511 * K4, false), 0);
	assert_int_equal(walk(0, K4, true), 1);
	assert_int_equal(seen[0], FRAME | LEAF | NPT_WRITE);
	assert_int_equal(*entry(0, 1), FRAME | LEAF);
	assert_int_equal(walk(0, K4, false), 1);
	assert_int_equal(walk(510 * K4, 512 * K4, true), 1);
	/* in the middle of a block: it is one leaf, and the walk goes on behind it */
	assert_int_equal(walk(M2 + 5 * K4, 2 * M2 + K4, true), 2);
	assert_int_equal(levels[0], 2);
	assert_int_equal(levels[1], 1);
	assert_int_equal(*entry(M2, 2), BLOCK);
	assert_int_equal(walk(2 * M2 + K4, 5 * G1, false), 0);
	assert_int_equal(walk(3 * M2, 5 * G1 + K4, true), 1);
	assert_int_equal(levels[0], 3);
	assert_int_equal(walk(6 * G1, G512, false), 0);
	assert_int_equal(walk(6 * G1, G512 + K4, true), 1);
	assert_int_equal(walk(0, 512 * G512, false), 6);
	assert_int_equal(seen[5], (FRAME + K4) | LEAF);
}

/* Long ranges are done in pieces: the lock is free in between, and what can be slept for is. */
static void in_slices(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 1300; i++)
		install(i * K4, (FRAME + i * K4) | LEAF | NPT_WRITE, 1);
	nr_seen = 0;
	assert_true(npt_walk(&npt, 3 * K4, 1299 * K4, clear_write, true));
	assert_int_equal(nr_seen, 1296);
	for (i = 0; i < nr_seen; i++)
		assert_int_equal(seen[i] & NPT_ADDR, FRAME + (3 + i) * K4);
	assert_int_equal(*entry(2 * K4, 1) & NPT_WRITE, NPT_WRITE);
	assert_int_equal(*entry(3 * K4, 1) & NPT_WRITE, 0);
	assert_int_equal(*entry(1298 * K4, 1) & NPT_WRITE, 0);
	assert_int_equal(*entry(1299 * K4, 1) & NPT_WRITE, NPT_WRITE);
	*entry(1298 * K4, 1) |= NPT_ACCESSED;
	assert_true(npt_any(&npt, 0, 1299 * K4, NPT_ACCESSED));
	assert_false(npt_any(&npt, 0, 1298 * K4, NPT_ACCESSED));
}

/* A look at bits finds them in the range alone, of leaves of any size, and changes nothing. */
static void looks(void **state)
{
	(void)state;
	install(K4, FRAME | LEAF | NPT_DIRTY, 1);
	install(M2, BLOCK | NPT_ACCESSED, 2);
	assert_false(npt_any(&npt, 0, K4, NPT_DIRTY));
	assert_true(npt_any(&npt, 0, 2 * K4, NPT_DIRTY));
	assert_true(npt_any(&npt, K4, 2 * K4, NPT_DIRTY | NPT_ACCESSED));
	assert_false(npt_any(&npt, 0, M2, NPT_ACCESSED));
	assert_false(npt_any(&npt, 2 * K4, M2, NPT_DIRTY));
	assert_true(npt_any(&npt, M2 + K4, M2 + 2 * K4, NPT_ACCESSED));
	assert_false(npt_any(&npt, 2 * M2, G1, NPT_ACCESSED | NPT_DIRTY));
	assert_int_equal(*entry(K4, 1), FRAME | LEAF | NPT_DIRTY);
}

/* A copy is what the entry says of that very page, and the entry says that it was used. */
static void copies(void **state)
{
	struct npt_copy c = { 0 };

	(void)state;
	install(K4, FRAME | LEAF | NPT_PWT, 1);
	assert_false(npt_copy(&npt, 0, false, &c));
	assert_false(npt_copy(&npt, K4, true, &c));
	assert_int_equal(*entry(K4, 1), FRAME | LEAF | NPT_PWT);
	assert_int_equal(c.shift, 0);
	assert_true(npt_copy(&npt, K4 + 0x123, false, &c));
	assert_int_equal(c.pfn, FRAME >> 12);
	assert_int_equal(c.shift, 12);
	assert_false(c.write);
	assert_int_equal(c.memory, NPT_PWT);
	assert_int_equal(*entry(K4, 1), FRAME | LEAF | NPT_PWT | NPT_ACCESSED);
	install(K4, FRAME | LEAF | NPT_WRITE | NPT_PCD, 1);
	assert_true(npt_copy(&npt, K4, true, &c));
	assert_true(c.write);
	assert_int_equal(c.memory, NPT_PCD);
	assert_int_equal(*entry(K4, 1), FRAME | LEAF | NPT_WRITE | NPT_PCD | NPT_ACCESSED | NPT_DIRTY);
	install(5 * M2, 0x40000000 | BLOCK | NPT_NX | NPT_WRITE, 2);
	assert_true(npt_copy(&npt, 5 * M2 + 0x1fffff, false, &c));
	assert_int_equal(c.pfn, 0x401ff);
	assert_int_equal(c.shift, 21);
	assert_true(c.write);
	assert_int_equal(c.memory, 0);
	assert_int_equal(*entry(5 * M2, 2) & NPT_DIRTY, 0);
	install(3 * G1, 7 * G1 | BLOCK, 3);
	assert_true(npt_copy(&npt, 3 * G1 + 77 * K4 + 5, false, &c));
	assert_int_equal(c.pfn, (7 * G1 >> 12) + 77);
	assert_int_equal(c.shift, 30);
	/* beyond what tables of so many levels map: not the address that is left of it */
	assert_false(npt_copy(&npt, (1ULL << 48) + K4, false, &c));
	assert_false(npt_copy(&npt, (1ULL << 63) + K4, false, &c));
	/* and with one more */
	npt_free_tables(&npt);
	npt.levels = 5;
	npt.root = npt_table_new();
	install((1ULL << 48) + K4, FRAME | LEAF, 1);
	assert_true(npt_copy(&npt, (1ULL << 48) + K4, false, &c));
	assert_false(npt_copy(&npt, K4, false, &c));
	assert_false(npt_copy(&npt, (1ULL << 57) + (1ULL << 48) + K4, false, &c));
}

/* A table goes with all below it, once nobody walks it; the block that stands there, or nothing, needs less. */
static void prunes(void **state)
{
	unsigned int allocs;

	(void)state;
	install(0, FRAME | LEAF, 1);
	install(M2, BLOCK, 2);
	install(2 * M2, FRAME | LEAF, 1);
	install(G1, FRAME | LEAF, 1);
	npt_spares_free(&spares);
	allocs = shim_allocs();
	assert_int_equal(tables(), 6);
	/* one table of 4 KiB leaves */
	npt_prune(&npt, 2 * M2 + 7 * K4, 2);
	assert_int_equal(flushes, 1);
	assert_int_equal(tables(), 5);
	assert_int_equal(shim_allocs(), allocs - 1);
	assert_int_equal(*entry(2 * M2, 2), 0);
	assert_int_equal(*entry(0, 1), FRAME | LEAF);
	/* nothing there any more */
	npt_prune(&npt, 2 * M2, 2);
	npt_prune(&npt, G512, 2);
	npt_prune(&npt, G512, 3);
	npt_prune(&npt, 2 * G1, 2);
	assert_int_equal(flushes, 1);
	/* a table of tables and of a block */
	npt_prune(&npt, 5 * K4, 3);
	assert_int_equal(flushes, 2);
	assert_int_equal(tables(), 3);
	assert_int_equal(shim_allocs(), allocs - 3);
	assert_int_equal(*entry(0, 3), 0);
	assert_int_equal(*entry(G1, 1), FRAME | LEAF);
	/* a block: it is flushed, and no table */
	install(2 * G1, BLOCK, 3);
	npt_spares_free(&spares);
	npt_prune(&npt, 2 * G1 + K4, 2);
	assert_int_equal(flushes, 2);
	assert_int_equal(*entry(2 * G1, 3), BLOCK);
	npt_prune(&npt, 2 * G1, 3);
	assert_int_equal(flushes, 3);
	assert_int_equal(*entry(2 * G1, 3), 0);
	assert_int_equal(tables(), 3);
	assert_int_equal(shim_allocs(), allocs - 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(spare_pages), TEST(installs), TEST(too_few), TEST(meets), TEST(walks), TEST(in_slices), TEST(looks),
		TEST(copies), TEST(prunes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
