// SPDX-License-Identifier: GPL-2.0
/*
 * Whose an exit of L2 is: intercept bits and the two permission maps, against what the manual draws.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/x86/nested/bits.h"
#include "../../src/x86/nested/check.h"
#include "../../src/x86/nested/decide.h"

/* Each code has the bit of its number, and those beyond have none. */
static void intercepts(void **state)
{
	u32 words[NESTED_INTERCEPTS], all[NESTED_INTERCEPTS];
	u32 code, other;

	memset(all, 0xff, sizeof(all));
	for (code = 0; code < 0x500; code++) {
		memset(words, 0, sizeof(words));
		if (code < 32 * NESTED_INTERCEPTS)
			words[code / 32] = 1U << code % 32;
		for (other = 0; other < 0x500; other++)
			assert_int_equal(nested_intercepts(words, other), other == code && code < 0xc0);
		assert_int_equal(nested_intercepts(all, code), code < 0xc0);
	}
	assert_false(nested_intercepts(all, ~0U));
}

/* An access is intercepted if one of its ports is: all ports, all sizes, one bit set at a time around. */
static void io(void **state)
{
	unsigned int port, size, bit;
	static u8 map[3 * 4096];

	for (size = 1; size <= 4; size *= 2)
		for (port = 0; port < 0x10000; port += port > 64 && port < 0xffe0 ? 97 : 1)
			for (bit = port > 8 ? port - 8 : 0; bit < port + 12; bit++) {
				unsigned int at;
				u32 mask, bits;

				map[bit / 8] |= 1 << bit % 8;
				at = nested_io_bits((u64)port << 16 | size << 4 | 1, &mask);
				assert_true(at < 8192);
				bits = map[at] | map[at + 1] << 8;
				assert_int_equal(!!(bits & mask), bit >= port && bit < port + size);
				map[bit / 8] = 0;
			}
}

/* Three ranges of 8192 MSRs, two bits each, read first; everything else is not covered. */
static void msr(void **state)
{
	static const u32 first[] = { 0, 0xc0000000, 0xc0010000 };
	static const u32 beyond[] = { 0x2000, 0xbfffffff, 0xc0002000, 0xc000ffff, 0xc0012000, ~0U, 0x4b564d00 };
	unsigned int i, n;

	for (i = 0; i < 3; i++)
		for (n = 0; n < 0x2000; n++) {
			assert_int_equal(nested_msr_bit(first[i] + n, false), i * 0x4000 + 2 * n);
			assert_int_equal(nested_msr_bit(first[i] + n, true), i * 0x4000 + 2 * n + 1);
		}
	for (i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		assert_int_equal(nested_msr_bit(beyond[i], false), -1);
		assert_int_equal(nested_msr_bit(beyond[i], true), -1);
	}
}

/* Bytes that let something through, in order, and no more of them than there is room for. */
static void open(void **state)
{
	static u8 map[2 * 4096];
	u16 at[3] = { 7, 7, 7 };

	memset(map, 0xff, sizeof(map));
	assert_int_equal(nested_msr_open(map, at, 3), 0);
	map[0] = 0xfe;
	map[4096] = 0;
	map[8191] = 0x7f;
	assert_int_equal(nested_msr_open(map, at, 2), 3);
	assert_int_equal(at[0], 0);
	assert_int_equal(at[1], 4096);
	assert_int_equal(at[2], 7);
	assert_int_equal(nested_msr_open(map, at, 3), 3);
	assert_int_equal(at[2], 8191);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intercepts), cmocka_unit_test(io), cmocka_unit_test(msr), cmocka_unit_test(open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
