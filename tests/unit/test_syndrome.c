// SPDX-License-Identifier: GPL-2.0
/*
 * What syndrome values mean: errors by severity, aborts as the guest takes them, PSTATEs
 * that a guest may be in, which debug registers are live, and when a timer with an offset fires.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/arm64/cpu/debug.h"
#include "../../src/arm64/cpu/syndrome.h"
#include "../../src/arm64/timer/offset.h"

#define SERROR(aet)	(0x2fULL << 26 | SYN_IL | (u64)(aet) << 10 | 0x11)
#define ABORT(ec, iss)	((u64)(ec) << 26 | SYN_IL | (iss))
#define IABT_LOW	0x20
#define IABT_CUR	0x21
#define DABT_LOW	0x24
#define DABT_CUR	0x25

/* What is corrected or restartable disturbs nobody, what is contained is the guest's, the rest the host's. */
static void severities(void **state)
{
	static const enum syn_serror want[8] = {
		SYN_SERROR_HOST,	/* uncontainable */
		SYN_SERROR_GUEST,	/* unrecoverable state */
		SYN_SERROR_NOBODY,	/* restartable state */
		SYN_SERROR_GUEST,	/* recoverable state */
		SYN_SERROR_HOST,	/* reserved */
		SYN_SERROR_HOST,
		SYN_SERROR_NOBODY,	/* corrected */
		SYN_SERROR_HOST,
	};
	unsigned int aet;

	for (aet = 0; aet < 8; aet++)
		assert_int_equal(syn_sort_serror(SERROR(aet), true), want[aet]);
	assert_true(SYN_SERROR_NOBODY < SYN_SERROR_GUEST && SYN_SERROR_GUEST < SYN_SERROR_HOST);
}

/* Where the severity is not the architecture's the error is the guest's. */
static void severities_unknown(void **state)
{
	unsigned int aet;

	for (aet = 0; aet < 8; aet++) {
		assert_int_equal(syn_sort_serror(SERROR(aet), false), SYN_SERROR_GUEST);
		assert_int_equal(syn_sort_serror(SERROR(aet) | SYN_IDS, true), SYN_SERROR_GUEST);
		assert_int_equal(syn_sort_serror(SERROR(aet) & ~0x11ULL, true), SYN_SERROR_GUEST);
	}
}

/* A store writes, maintenance and loads do not, and a walk only where it may read but not set a bit. */
static void writes(void **state)
{
	static const unsigned int translation = 0x07, permission = 0x0f, access = 0x0b;

	assert_true(syn_abort_is_write(ABORT(DABT_LOW, SYN_WNR | translation)));
	assert_true(syn_abort_is_write(ABORT(DABT_LOW, SYN_WNR | permission)));
	assert_false(syn_abort_is_write(ABORT(DABT_LOW, translation)));
	assert_false(syn_abort_is_write(ABORT(DABT_LOW, SYN_WNR | SYN_CM | translation)));
	assert_false(syn_abort_is_write(ABORT(DABT_LOW, SYN_WNR | SYN_S1PTW | translation)));
	assert_false(syn_abort_is_write(ABORT(DABT_LOW, SYN_WNR | SYN_S1PTW | access)));
	assert_true(syn_abort_is_write(ABORT(DABT_LOW, SYN_S1PTW | permission)));
	assert_true(syn_abort_is_write(ABORT(DABT_LOW, SYN_WNR | SYN_S1PTW | permission)));
	assert_true(syn_abort_is_write(ABORT(IABT_LOW, SYN_S1PTW | permission)));
	assert_false(syn_abort_is_write(ABORT(IABT_LOW, SYN_S1PTW | translation)));
	assert_false(syn_abort_is_write(ABORT(IABT_LOW, translation)));
}

/* A timer on a count with an offset fires by the hardware's count when it would by the guest's, and not otherwise. */
static void offsets(void **state)
{
	static const uint64_t at[] = { 0, 1, 1000, 1ULL << 40, 1ULL << 62, 1ULL << 63, ~0ULL - 1000000 };
	static const uint64_t ahead[] = { 0, 1, 5, 1000000 };
	static const uint64_t now[] = { 1000000000, 1ULL << 50 };
	unsigned int i, j, k;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		for (j = 0; j < sizeof(ahead) / sizeof(ahead[0]); j++) {
			for (k = 0; k < sizeof(now) / sizeof(now[0]); k++) {
				uint64_t offset = now[k] - at[i], cval = at[i] + ahead[j];

				/* in so many ticks, and not one before */
				assert_int_equal(offset_cval(cval, offset, now[k]) - now[k], ahead[j]);
				/* in the past, however far */
				assert_true(offset_cval(0, offset, now[k]) <= now[k]);
				assert_true(offset_cval(at[i], offset, now[k]) <= now[k]);
			}
		}
	}
	/* never: what its count would reach only by wrapping */
	assert_true(offset_cval(~0ULL, 1000, 2000) == ~0ULL);
}

/* A deferred SError has the syndrome that it would have had, and is sorted alike. */
static void deferred(void **state)
{
	unsigned int aet;

	for (aet = 0; aet < 8; aet++)
		assert_int_equal(syn_from_disr(1ULL << 31 | aet << 10 | 1 << 9 | 0x11), SERROR(aet) | 1 << 9);
	assert_int_equal(syn_from_disr(1ULL << 31 | SYN_IDS | 0xabcdef), 0x2fULL << 26 | SYN_IL | SYN_IDS | 0xabcdef);
}

/* An external abort or parity error keeps its code and level; what is stage 2's alone becomes an external abort. */
static void reasons(void **state)
{
	unsigned int fsc, dfsc;

	for (fsc = 0; fsc < 64; fsc++) {
		dfsc = fsc == 0x10 || fsc == 0x18 || fsc == 0x35 || (fsc >= 0x13 && fsc <= 0x17) ||
		       (fsc >= 0x1b && fsc <= 0x1f) ? fsc : 0x10;
		assert_int_equal(syn_guest_fsc(ABORT(DABT_LOW, fsc | SYN_WNR | SYN_FNV)), dfsc);
	}
	assert_int_equal(SYN_FSC_WALK(-1), 0x13);
	assert_int_equal(SYN_FSC_WALK(3), 0x17);
}

/* A guest's abort says fetch or data, from which level, reading or writing; never more of the exit's syndrome. */
static void aborts(void **state)
{
	u64 all = GENMASK_ULL(24, 0) & ~SYN_FSC;

	assert_int_equal(syn_guest_abort(ABORT(DABT_LOW, all | 0x10), false, true, 0x10),
			 ABORT(DABT_CUR, SYN_WNR | SYN_CM | SYN_FNV | 0x10));
	assert_int_equal(syn_guest_abort(ABORT(DABT_LOW, all | 0x06), false, false, 0x10),
			 ABORT(DABT_LOW, SYN_WNR | SYN_CM | 0x10));
	assert_int_equal(syn_guest_abort(ABORT(DABT_LOW, 0x10), false, true, 0x10), ABORT(DABT_CUR, 0x10));
	assert_int_equal(syn_guest_abort(ABORT(IABT_LOW, all | 0x10), true, false, 0x10), ABORT(IABT_LOW, SYN_FNV | 0x10));
	assert_int_equal(syn_guest_abort(ABORT(IABT_LOW, all | 0x15), true, true, 0x15), ABORT(IABT_CUR, 0x15));
	/* the walk's address is known */
	assert_int_equal(syn_guest_abort(ABORT(DABT_LOW, all | 0x10), false, true, 0x15),
			 ABORT(DABT_CUR, SYN_WNR | SYN_CM | 0x15));
	/* IL is the guest's own: its abort has no valid syndrome of the instruction */
	assert_int_equal(syn_guest_abort(ABORT(DABT_LOW, 0x10) & ~SYN_IL, false, true, 0x10), ABORT(DABT_CUR, 0x10));
	/* fields beyond 32 bits are not the class */
	assert_int_equal(syn_guest_abort(ABORT(DABT_LOW, SYN_WNR | 0x10) | 5ULL << 32, false, true, 0x10),
			 ABORT(DABT_CUR, SYN_WNR | 0x10));
}

/* An abort that stands for no abort of its kind takes nothing from the last exit. */
static void aborts_of_others(void **state)
{
	u64 all = GENMASK_ULL(24, 0);
	unsigned int ec;

	for (ec = 0; ec < 64; ec++) {
		if (ec != DABT_LOW)
			assert_int_equal(syn_guest_abort(ABORT(ec, all), false, true, 0x10), ABORT(DABT_CUR, 0x10));
		if (ec != IABT_LOW)
			assert_int_equal(syn_guest_abort(ABORT(ec, all), true, true, 0x10), ABORT(IABT_CUR, 0x10));
	}
}

/* Only an abort that says so, on a CPU that can say so, is uncontained. */
static void uncontained(void **state)
{
	unsigned int set;

	for (set = 0; set < 4; set++) {
		assert_int_equal(syn_abort_is_uncontained(ABORT(DABT_LOW, set << 11 | 0x10), true), set == 2);
		assert_false(syn_abort_is_uncontained(ABORT(DABT_LOW, set << 11 | 0x10), false));
		assert_false(syn_abort_is_uncontained(ABORT(DABT_LOW, set << 11 | 0x16), true));
	}
}

/* Of all modes a guest runs in AArch64's EL0t, EL1t and EL1h, and in AArch32's user mode where that is, whatever else PSTATE says. */
static void modes(void **state)
{
	u64 rest[] = { 0, 0xf00003c0, ~0x1fULL };
	unsigned int mode, i;

	for (mode = 0; mode < 32; mode++)
		for (i = 0; i < 3; i++) {
			assert_int_equal(syn_can_run(rest[i] | mode, false), mode == 0 || mode == 4 || mode == 5);
			assert_int_equal(syn_can_run(rest[i] | mode, true),
					 mode == 0 || mode == 4 || mode == 5 || mode == 16);
		}
}

/* While the host's breakpoints are in hardware the guest's MDSCR_EL1 enables none; locked, it enables nothing. */
static void debug_live(void **state)
{
	unsigned int bits, lock;
	u64 mdscr, hw;

	for (bits = 0; bits < 1 << 16; bits++)
		for (lock = 0; lock < 16; lock++) {
			mdscr = bits | 0xffff0000ULL * (bits & 1);
			hw = debug_mdscr(mdscr, lock);
			if (!debug_is_swapped(hw))
				assert_false(hw & 1 << 15);
			assert_int_equal(hw, lock & 2 ? 0 : mdscr & (1 << 15 | 1 << 13 | 1 << 12 | 1));
			assert_int_equal(debug_is_swapped(hw), !(lock & 2) && mdscr & 1 << 15);
		}
}

/* A VMM that debugs steps the guest, or nobody does; its breakpoints are enabled, or the guest's are as they were. */
static void debug_by_vmm(void **state)
{
	static const u64 rest = 1 << 12, enabled = 1 << 15 | 1 << 13;
	u64 mdscr, hw;
	unsigned int i;

	for (mdscr = 0; mdscr < 1 << 16; mdscr++)
		for (i = 0; i < 4; i++) {
			hw = debug_mdscr_for(mdscr, i & 1, i & 2);
			assert_int_equal(hw & 1, i & 1);
			assert_int_equal(hw & rest, mdscr & rest);
			assert_int_equal(hw & enabled, i & 2 ? enabled : mdscr & enabled);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(severities),
		cmocka_unit_test(severities_unknown),
		cmocka_unit_test(writes),
		cmocka_unit_test(offsets),
		cmocka_unit_test(deferred),
		cmocka_unit_test(reasons),
		cmocka_unit_test(aborts),
		cmocka_unit_test(aborts_of_others),
		cmocka_unit_test(uncontained),
		cmocka_unit_test(modes),
		cmocka_unit_test(debug_live),
		cmocka_unit_test(debug_by_vmm),
	};

	return cmocka_run_group_tests_name("syndrome", tests, NULL, NULL);
}
