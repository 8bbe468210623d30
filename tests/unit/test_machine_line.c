// SPDX-License-Identifier: GPL-2.0
/*
 * One cache line: each rule of the machine as a smallest good program and its
 * bad twin, which differs in one line and reads something old.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

#include "../../model/machine/line.h"

#define V(n)	((line_values)(1U << (n)))

static const struct line_config caches = { .speculate = true, .idc = true, .dic = false };
static const struct line_config no_idc = { .speculate = true, .idc = false, .dic = true };
static const struct line_config dic = { .speculate = true, .idc = true, .dic = true };

static struct line line;

static struct line_access wb(unsigned int pe)
{
	return line_path_of(pe, (struct attr){ ATTR_WB, ATTR_ISH });
}

static struct line_access wt(unsigned int pe)
{
	return line_path_of(pe, (struct attr){ ATTR_WT, ATTR_ISH });
}

static struct line_access nsh(unsigned int pe)
{
	return line_path_of(pe, (struct attr){ ATTR_WB, ATTR_NSH });
}

static struct line_access nc(unsigned int pe)
{
	return line_path_of(pe, (struct attr){ ATTR_NC, ATTR_OSH });
}

static int setup(void **state)
{
	(void)state;
	line_init(&line, &caches, 0x80000000, "x", true);
	return 0;
}

static void civac(unsigned int pe)
{
	line_maintain(&line, &caches, pe, LINE_CLEAN_INVAL, LINE_REACH_ALL);
}

/* Attributes choose the way: cacheable and shared, cacheable and own, or none. */
static void paths(void **state)
{
	(void)state;
	assert_int_equal(wb(0).path, LINE_COHERENT);
	assert_int_equal(wt(0).path, LINE_COHERENT);
	assert_true(wt(0).through);
	assert_int_equal(nsh(0).path, LINE_LOCAL);
	assert_int_equal(nc(0).path, LINE_DIRECT);
	assert_int_equal(line_path_of(0, (struct attr){ 0, ATTR_OSH }).path, LINE_DIRECT);
	assert_int_equal(line_path_of(0, (struct attr){ ATTR_WB, ATTR_OSH }).path, LINE_COHERENT);
}

/* Good: shared write-back accesses of all PEs agree, whatever is evicted or filled. */
static void coherent_accesses_agree(void **state)
{
	int v1, v2;

	(void)state;
	v1 = line_store(&line, &caches, wb(0), 0);
	assert_int_equal(line_load(&line, wb(1)), V(v1));
	v2 = line_store(&line, &caches, wb(2), 2);
	assert_int_equal(line_load(&line, wb(0)), V(v2));
	assert_int_equal(line_load(&line, wb(3)), V(v2));
}

/* Bad: past the caches the store may be there or not. */
static void dirty_line_hides_from_memory(void **state)
{
	int v = line_store(&line, &caches, wb(0), 0);

	(void)state;
	assert_int_equal(line_load(&line, nc(1)), V(0) | V(v));
}

/* Good: DC CIVAC and DSB bring it to memory. */
static void clean_and_dsb(void **state)
{
	int v = line_store(&line, &caches, wb(0), 0);

	(void)state;
	civac(0);
	line_dsb(&line, &caches, 0);
	assert_int_equal(line_load(&line, nc(1)), V(v));
}

/* Bad: without the DSB it may not have happened; with the DSB of another PE neither. */
static void clean_without_dsb(void **state)
{
	int v = line_store(&line, &caches, wb(0), 0);

	(void)state;
	civac(0);
	assert_int_equal(line_load(&line, nc(1)), V(0) | V(v));
	line_dsb(&line, &caches, 1);
	assert_int_equal(line_load(&line, nc(1)), V(0) | V(v));
	line_dsb(&line, &caches, 0);
	assert_int_equal(line_load(&line, nc(1)), V(v));
}

/* Bad: a clean before the store does not help the store, DSB or not. */
static void clean_before_store(void **state)
{
	int v;

	(void)state;
	civac(0);
	v = line_store(&line, &caches, wb(0), 0);
	line_dsb(&line, &caches, 0);
	assert_int_equal(line_load(&line, nc(1)), V(0) | V(v));
}

/* Bad: the host's linear map may load the line before a store goes past the caches. */
static void speculative_fill_goes_stale(void **state)
{
	int v;

	(void)state;
	civac(0);
	line_dsb(&line, &caches, 0);
	v = line_store(&line, &caches, nc(1), 1);
	assert_int_equal(line_load(&line, nc(1)), V(v));
	assert_int_equal(line_load(&line, wb(0)), V(0) | V(v));
}

/* Good: invalidation after the store, before the cacheable load. */
static void invalidate_after_nc_store(void **state)
{
	int v;

	(void)state;
	civac(0);
	line_dsb(&line, &caches, 0);
	v = line_store(&line, &caches, nc(1), 1);
	civac(0);
	line_dsb(&line, &caches, 0);
	assert_int_equal(line_load(&line, wb(0)), V(v));
}

/* Bad: a dirty line left in the cache overwrites what went past it. */
static void dirty_line_overwrites_nc_store(void **state)
{
	int v1 = line_store(&line, &caches, wb(0), 0);
	int v2 = line_store(&line, &caches, nc(1), 1);

	(void)state;
	assert_int_equal(line_load(&line, nc(1)), V(v1) | V(v2));
	/* and no maintenance brings it back */
	civac(0);
	line_dsb(&line, &caches, 0);
	assert_int_equal(line_load(&line, nc(1)), V(v1) | V(v2));
}

/* Without speculation that is not seen: a machine too kind to find anything. */
static void a_kind_machine_hides_it(void **state)
{
	struct line_config kind = { .speculate = false, .idc = true };
	int v;

	(void)state;
	line_init(&line, &kind, 0, "x", false);
	v = line_store(&line, &kind, nc(1), 1);
	assert_int_equal(line_load(&line, wb(0)), V(v));
}

/* Write-Through leaves memory up to date, and other readers agree. */
static void write_through(void **state)
{
	int v = line_store(&line, &caches, wt(0), 0);

	(void)state;
	assert_int_equal(line_load(&line, nc(1)), V(v));
	assert_int_equal(line_load(&line, wt(1)), V(v));
	assert_int_equal(line_load(&line, wb(1)), V(v));
}

/* Bad: a dirty Write-Back line under Write-Through accesses (D8.17.3 asks for a clean). */
static void write_back_then_through(void **state)
{
	int v1 = line_store(&line, &caches, wb(0), 0);

	(void)state;
	assert_true(line_load(&line, wt(0)) & ~V(v1));
}

/* Good: with the clean between. */
static void write_back_clean_through(void **state)
{
	int v;

	(void)state;
	line_store(&line, &caches, wb(0), 0);
	civac(0);
	line_dsb(&line, &caches, 0);
	v = line_store(&line, &caches, wt(0), 0);
	assert_int_equal(line_load(&line, wt(0)), V(v));
	assert_int_equal(line_load(&line, nc(0)), V(v));
}

/* Bad: copies of two PEs' own are written back in any order. */
static void non_shareable_copies_race(void **state)
{
	int v1, v2;

	(void)state;
	line.local_fill = 3;
	v1 = line_store(&line, &caches, nsh(0), 0);
	v2 = line_store(&line, &caches, nsh(1), 1);
	assert_true(line_load(&line, nsh(0)) & V(v1));
	assert_int_equal(line_load(&line, nc(2)) & (V(v1) | V(v2)), V(v1) | V(v2));
	civac(2);
	line_dsb(&line, &caches, 2);
	/* both orders have happened */
	assert_int_equal(line_memory(&line), V(v1) | V(v2));
}

/* Good: one writer, cleaned by itself, before another reads past the caches. */
static void non_shareable_own_clean(void **state)
{
	int v;

	(void)state;
	line_init(&line, &no_idc, 0, "x", false);
	v = line_store(&line, &no_idc, nsh(0), 0);
	line_maintain(&line, &no_idc, 0, LINE_CLEAN_INVAL, LINE_REACH_ALL);
	line_dsb(&line, &no_idc, 0);
	assert_int_equal(line_memory(&line), V(v));
}

/* Bad: maintenance of the own PE only does not reach another's copy. */
static void own_reach_misses_others(void **state)
{
	int v = line_store(&line, &caches, nsh(1), 1);

	(void)state;
	line_maintain(&line, &caches, 0, LINE_CLEAN_INVAL, LINE_REACH_OWN);
	line_dsb(&line, &caches, 0);
	assert_int_equal(line_memory(&line), V(0) | V(v));
}

/* Set/way: reaches the own PE's copy, and perhaps not the coherent one. */
static void set_way_is_local(void **state)
{
	int v = line_store(&line, &caches, wb(0), 0);

	(void)state;
	line_set_way(&line, &caches, 0, LINE_CLEAN_INVAL);
	assert_int_equal(line_memory(&line), V(0) | V(v));
	line_init(&line, &caches, 0, "x", false);
	v = line_store(&line, &caches, nsh(1), 1);
	line_set_way(&line, &caches, 1, LINE_CLEAN);
	assert_true(line_memory(&line) & V(v));
}

/* Bad: the instruction cache keeps what it has. Good: after it has been invalidated. */
static void instruction_cache(void **state)
{
	int v = line_store(&line, &caches, wb(0), 0);

	(void)state;
	assert_int_equal(line_fetch(&line, &caches, 1, true), V(0) | V(v));
	memset(line.fetched, 0, sizeof(line.fetched));
	assert_int_equal(line_fetch(&line, &caches, 1, true), V(v));
	/* but a prefetch may come between a store and the next fetch */
	line_prefetch(&line, &caches, 1, true);
	line_store(&line, &caches, wb(0), 0);
	assert_int_equal(line_fetch(&line, &caches, 1, true) & V(v), V(v));
}

/* With DIC instruction caches see the PoU, without anything being done. */
static void dic_needs_no_invalidation(void **state)
{
	int v;

	(void)state;
	line_init(&line, &dic, 0, "x", false);
	line_prefetch(&line, &dic, 1, true);
	v = line_store(&line, &dic, wb(0), 0);
	assert_int_equal(line_fetch(&line, &dic, 1, true), V(v));
}

/* Without IDC a fetch may miss what the data cache holds, until it is cleaned to the PoU. */
static void idc(void **state)
{
	int v;

	(void)state;
	line_init(&line, &no_idc, 0, "x", false);
	v = line_store(&line, &no_idc, wb(0), 0);
	assert_int_equal(line_fetch(&line, &no_idc, 1, true), V(0) | V(v));
	line_maintain(&line, &no_idc, 0, LINE_CLEAN, LINE_REACH_ALL);
	line_dsb(&line, &no_idc, 0);
	assert_int_equal(line_fetch(&line, &no_idc, 1, true), V(v));
}

/* A fetch past the caches reads memory alone. */
static void uncached_fetch(void **state)
{
	int v = line_store(&line, &caches, wb(0), 0);

	(void)state;
	memset(line.fetched, 0, sizeof(line.fetched));
	assert_int_equal(line_fetch(&line, &caches, 1, false), V(0) | V(v));
}

static void versions_are_bounded(void **state)
{
	int i, v = 0;

	(void)state;
	for (i = 0; i < LINE_VERSIONS; i++)
		v = line_store(&line, &caches, wb(0), 0);
	assert_int_equal(v, -1);
	assert_true(line.overflow);
}

static void described(void **state)
{
	char buf[160];

	(void)state;
	line_store(&line, &caches, wb(0), 0);
	line_describe(&line, buf, sizeof(buf));
	assert_string_equal(buf, "mem{v0,v1} cache{-,v1,v1*}");
	line_names(&line, 3, buf, sizeof(buf));
	assert_string_equal(buf, "v0 (another owner's), v1");
	assert_string_equal(line_seen(&line, 2), ": v1");
	assert_string_equal(line_seen(NULL, 2), "");
	line_describe(&line, buf, 8);
	assert_true(strlen(buf) < 8);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paths), TEST(coherent_accesses_agree),
		TEST(dirty_line_hides_from_memory), TEST(clean_and_dsb),
		TEST(clean_without_dsb), TEST(clean_before_store),
		TEST(speculative_fill_goes_stale), TEST(invalidate_after_nc_store),
		TEST(dirty_line_overwrites_nc_store), TEST(a_kind_machine_hides_it),
		TEST(write_through), TEST(write_back_then_through),
		TEST(write_back_clean_through), TEST(non_shareable_copies_race),
		TEST(non_shareable_own_clean), TEST(own_reach_misses_others),
		TEST(set_way_is_local), TEST(instruction_cache),
		TEST(dic_needs_no_invalidation), TEST(idc), TEST(uncached_fetch),
		TEST(versions_are_bounded), TEST(described),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
