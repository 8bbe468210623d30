// SPDX-License-Identifier: GPL-2.0
/*
 * Strings that move: which bytes are one, and what its registers are afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/x86/svm/strmove.h"

#define DECODE(mode, ...)	decode(mode, (const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }))

static struct strmove m;

static int decode(enum insn_mode mode, const u8 *bytes, unsigned int n)
{
	memset(&m, 0xee, sizeof(m));
	return strmove_decode(bytes, n, mode, &m);
}

/* Each opcode in each mode, with the prefixes that change what it is. */
static void opcodes(void **state)
{
	static const struct { u8 opcode; bool load, store; } t[] = {
		{ 0xa4, true, true }, { 0xa5, true, true }, { 0xaa, false, true }, { 0xab, false, true },
		{ 0xac, true, false }, { 0xad, true, false },
	};
	unsigned int i, mode;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		for (mode = INSN_16; mode <= INSN_64; mode++) {
			bool wide = t[i].opcode & 1;

			assert_int_equal(DECODE(mode, t[i].opcode), 0);
			assert_true(m.len == 1 && m.load == t[i].load && m.store == t[i].store && !m.rep);
			assert_int_equal(m.size, !wide ? 1 : mode == INSN_16 ? 2 : 4);
			assert_true(m.from.base == 6 && m.from.index == INSN_NO_REG && m.from.segment == INSN_DS);
			assert_true(m.to.base == 7 && m.to.index == INSN_NO_REG && m.to.segment == INSN_ES);
			assert_true(!m.from.displacement && !m.from.rip && !m.to.displacement && !m.to.scale);
			assert_int_equal(m.to.size, mode == INSN_16 ? 2 : mode == INSN_32 ? 4 : 8);
			assert_int_equal(m.from.size, m.to.size);
			assert_int_equal(DECODE(mode, 0x66, t[i].opcode), 0);
			assert_int_equal(m.size, !wide ? 1 : mode == INSN_16 ? 4 : 2);
			assert_int_equal(DECODE(mode, 0x67, t[i].opcode), 0);
			assert_int_equal(m.to.size, mode == INSN_16 ? 4 : mode == INSN_32 ? 2 : 4);
			assert_int_equal(DECODE(mode, 0xf3, t[i].opcode), 0);
			assert_true(m.rep && m.len == 2);
			assert_int_equal(DECODE(mode, 0xf2, t[i].opcode), 0);
			assert_true(m.rep);
			/* the source may be elsewhere, the destination not */
			assert_int_equal(DECODE(mode, 0x64, t[i].opcode), 0);
			assert_true(m.from.segment == INSN_FS && m.to.segment == INSN_ES);
			assert_int_equal(DECODE(mode, 0xf0, t[i].opcode), -EINVAL);
			assert_int_equal(m.len, 0);
		}
		assert_int_equal(DECODE(INSN_64, 0xf3, 0x48, t[i].opcode), 0);
		assert_int_equal(m.size, t[i].opcode & 1 ? 8 : 1);
	}
}

/* What compares, ports, and moves of other kinds are none; nor is what has not been fetched. */
static void others(void **state)
{
	unsigned int op;

	for (op = 0; op < 256; op++) {
		bool is = op == 0xa4 || op == 0xa5 || op == 0xaa || op == 0xab || op == 0xac || op == 0xad;
		u8 bytes[2] = { op, 0x90 };

		if (!is)
			assert_true(decode(INSN_16, bytes, 1) != 0 && !m.len);
	}
	assert_int_equal(DECODE(INSN_64, 0xf3), -ENODATA);
	assert_int_equal(decode(INSN_64, NULL, 0), -ENODATA);
}

/* A register moves as far as its address size goes. */
static void steps(void **state)
{
	assert_int_equal(strmove_step(8, 0xffffffffffffffff, 1), 0);
	assert_int_equal(strmove_step(8, 0x100000000, -4), 0xfffffffc);
	assert_int_equal(strmove_step(4, 0x1234567800000000, -1), 0xffffffff);
	assert_int_equal(strmove_step(4, 0x12345678fffffffe, 2), 0);
	assert_int_equal(strmove_step(2, 0x123456780000ffff, 2), 0x1234567800000001);
	assert_int_equal(strmove_step(2, 0x1234567800010000, -1), 0x123456780001ffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opcodes), cmocka_unit_test(others), cmocka_unit_test(steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
