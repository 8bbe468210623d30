// SPDX-License-Identifier: GPL-2.0
/*
 * Address space identifiers: what a VMRUN flushes, and that no two guests share one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../src/x86/svm/asid.h"

#define COUNT	4	/* the host's, and three for guests */

/* The first guest on a CPU flushes what was cached before, whoever it was of. */
static void first_flushes(void **state)
{
	struct asid_pool pool = { 0 };
	struct asid a = { 0 };

	asid_pool_init(&pool, COUNT);
	assert_int_equal(asid_use(&pool, &a, false), ASID_ALL);
	assert_int_equal(a.id, 1);
	assert_int_equal(asid_use(&pool, &a, false), ASID_KEEP);
}

/* A guest that lost a translation flushes its own; one that has a new identifier has nothing to flush. */
static void own_flush(void **state)
{
	struct asid_pool pool = { 0 };
	struct asid a = { 0 }, b = { 0 };

	asid_pool_init(&pool, COUNT);
	asid_use(&pool, &a, false);
	assert_int_equal(asid_use(&pool, &a, true), ASID_OWN);
	assert_int_equal(a.id, 1);
	assert_int_equal(asid_use(&pool, &b, true), ASID_KEEP);
	assert_int_equal(b.id, 2);
}

/* When they run out all is flushed once, and who had one of before gets another. */
static void rollover(void **state)
{
	struct asid a[COUNT] = { { 0 } };
	struct asid_pool pool = { 0 };
	unsigned int i;

	asid_pool_init(&pool, COUNT);
	assert_int_equal(asid_use(&pool, &a[0], false), ASID_ALL);
	for (i = 1; i < COUNT - 1; i++)
		assert_int_equal(asid_use(&pool, &a[i], false), ASID_KEEP);
	assert_int_equal(a[COUNT - 2].id, COUNT - 1);
	assert_int_equal(asid_use(&pool, &a[COUNT - 1], false), ASID_ALL);
	assert_int_equal(a[COUNT - 1].id, 1);
	/* it had 1 before, which is another's now */
	assert_int_equal(asid_use(&pool, &a[0], false), ASID_KEEP);
	assert_int_equal(a[0].id, 2);
}

/* On another CPU, and back on the first, a vCPU has an identifier of that CPU's. */
static void moves(void **state)
{
	struct asid_pool one = { 0 }, two = { 0 };
	struct asid a = { 0 }, b = { 0 };

	asid_pool_init(&one, COUNT);
	asid_pool_init(&two, COUNT);
	asid_use(&one, &a, false);
	asid_use(&two, &b, false);
	assert_int_equal(asid_use(&two, &a, false), ASID_KEEP);
	assert_int_equal(a.id, 2);
	/* what it left behind on the first may be old by now: it gets a new one */
	assert_int_equal(asid_use(&one, &a, false), ASID_KEEP);
	assert_int_equal(a.id, 2);
}

/* A CPU that went away and came back has forgotten whose its identifiers were. */
static void comes_back(void **state)
{
	struct asid_pool pool = { 0 };
	struct asid a = { 0 }, b = { 0 };

	asid_pool_init(&pool, COUNT);
	asid_use(&pool, &a, false);
	asid_pool_init(&pool, COUNT);
	assert_int_equal(asid_use(&pool, &b, false), ASID_ALL);
	assert_int_equal(b.id, 1);
	assert_int_equal(asid_use(&pool, &a, false), ASID_KEEP);
	assert_int_equal(a.id, 2);
}

/* However many guests take turns, no identifier is 0, too large, or another's since the last flush of all. */
static void never_shared(void **state)
{
	struct asid a[7] = { { 0 } };
	uint32_t owner[COUNT] = { 0 };
	struct asid_pool pool = { 0 };
	unsigned int i, n, k;

	srand(1);
	asid_pool_init(&pool, COUNT);
	for (n = 0; n < 100000; n++) {
		i = rand() % 7;
		if (asid_use(&pool, &a[i], rand() % 5 == 0) == ASID_ALL)
			for (k = 0; k < COUNT; k++)
				owner[k] = 0;
		assert_in_range(a[i].id, 1, COUNT - 1);
		assert_true(!owner[a[i].id] || owner[a[i].id] == i + 1);
		owner[a[i].id] = i + 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_flushes),
		cmocka_unit_test(own_flush),
		cmocka_unit_test(rollover),
		cmocka_unit_test(moves),
		cmocka_unit_test(comes_back),
		cmocka_unit_test(never_shared),
	};

	return cmocka_run_group_tests_name("asid", tests, NULL, NULL);
}
