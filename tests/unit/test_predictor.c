// SPDX-License-Identifier: GPL-2.0
/*
 * What a CPU owes its branch predictor, and what guests and VMMs are told: by core,
 * ID registers, firmware's answers and the command line.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/arm64/cpu/predictor.h"

#define ARM(part)	(0x410f0000U | (part) << 4)
#define UNLISTED	0x000f0510U
#define THUNDERX2	0x431f0af1U
#define CSV2(n)		((uint64_t)(n) << 56)
#define ECBHB		(1ULL << 60)
#define CLRBHB		(1ULL << 28)
#define SSBS		(2ULL << 4)
#define NO		{ -1, -1, -1 }

#define U		PREDICTOR_UNAFFECTED
#define M		PREDICTOR_MITIGATED
#define V		PREDICTOR_VULNERABLE

static void expect_rows(const char *what, const struct predictor_cpu *cpu, const struct predictor *want)
{
	struct predictor p = predictor_choose(cpu);

	if (p.vectors != want->vectors || p.targets != want->targets || p.stores != want->stores ||
	    p.history != want->history)
		fail_msg("%s: vectors %d targets %d stores %d history %d", what, p.vectors, p.targets,
			 p.stores, p.history);
}

struct row {
	const char *what;
	struct predictor_cpu cpu;
	struct predictor want;
};

#define ROW(what, vectors, targets, stores, history, ...) \
	{ what, { __VA_ARGS__ }, { PREDICTOR_##vectors, targets, stores, history } }

static void run(const struct row *rows, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		expect_rows(rows[i].what, &rows[i].cpu, &rows[i].want);
}

#define RUN(rows) run(rows, sizeof(rows) / sizeof((rows)[0]))

/* Each core of the kernel's lists has the loop of its list, whatever its variant and revision. */
static void listed(void **state)
{
	static const struct {
		uint32_t midr;
		enum predictor_vectors vectors;
	} cores[] = {
		{ ARM(0xd07), PREDICTOR_LOOP_8 }, { ARM(0xd08), PREDICTOR_LOOP_8 },
		{ 0xc00fac30, PREDICTOR_LOOP_11 },
		{ ARM(0xd0b), PREDICTOR_LOOP_24 }, { ARM(0xd0e), PREDICTOR_LOOP_24 },
		{ ARM(0xd0d), PREDICTOR_LOOP_24 }, { ARM(0xd0c), PREDICTOR_LOOP_24 },
		{ 0x510f8040, PREDICTOR_LOOP_24 }, { 0x480fd020, PREDICTOR_LOOP_24 },
		{ ARM(0xd41), PREDICTOR_LOOP_32 }, { ARM(0xd42), PREDICTOR_LOOP_32 },
		{ ARM(0xd4b), PREDICTOR_LOOP_32 }, { ARM(0xd44), PREDICTOR_LOOP_32 },
		{ ARM(0xd4c), PREDICTOR_LOOP_32 }, { ARM(0xd47), PREDICTOR_LOOP_32 },
		{ ARM(0xd48), PREDICTOR_LOOP_32 }, { ARM(0xd49), PREDICTOR_LOOP_32 },
		{ ARM(0xd40), PREDICTOR_LOOP_32 }, { 0x480fd010, PREDICTOR_LOOP_32 },
		{ ARM(0xd4d), PREDICTOR_LOOP_38 }, { ARM(0xd81), PREDICTOR_LOOP_38 },
		{ ARM(0xd4e), PREDICTOR_LOOP_132 }, { ARM(0xd4f), PREDICTOR_LOOP_132 },
	};

	for (unsigned int i = 0; i < sizeof(cores) / sizeof(cores[0]); i++) {
		struct predictor_cpu cpu = { .midr = cores[i].midr, .pfr0 = CSV2(1), .firmware = NO };
		struct predictor want = { cores[i].vectors, U, V, M };

		expect_rows("listed", &cpu, &want);
		cpu.midr |= 0x00f0000f;
		expect_rows("its last version", &cpu, &want);
	}
}

/* A core that nobody has listed is affected: firmware, or the longest loop, unless its own registers say otherwise. */
static void unlisted(void **state)
{
	static const struct row rows[] = {
		ROW("nothing known", LOOP_132, V, V, V, UNLISTED, .firmware = NO),
		ROW("CSV2", LOOP_132, U, V, V, UNLISTED, .pfr0 = CSV2(1), .firmware = NO),
		ROW("CSV2_2", LOOP_132, U, V, V, UNLISTED, .pfr0 = CSV2(2), .firmware = NO),
		ROW("CSV2_3", PLAIN, U, V, U, UNLISTED, .pfr0 = CSV2(3), .firmware = NO),
		ROW("later than CSV2_3", PLAIN, U, V, U, UNLISTED, .pfr0 = CSV2(4), .firmware = NO),
		ROW("ECBHB", PLAIN, U, V, M, UNLISTED, .pfr0 = CSV2(2), .mmfr1 = ECBHB, .firmware = NO),
		ROW("CLRBHB", CLRBHB, U, V, M, UNLISTED, .pfr0 = CSV2(2), .isar2 = CLRBHB, .firmware = NO),
		ROW("firmware helps", FIRMWARE_3, U, V, M, UNLISTED, .pfr0 = CSV2(1), .firmware = { -1, -1, 0 }),
		ROW("firmware: unaffected", PLAIN, U, V, U, UNLISTED, .pfr0 = CSV2(1), .firmware = { -1, -1, 1 }),
		ROW("an answer nobody knows", LOOP_132, U, V, V, UNLISTED, .pfr0 = CSV2(1), .firmware = { 7, 7, 7 }),
		ROW("a Cortex-A57's number by another implementer", LOOP_132, U, V, V, 0x420fd070,
		    .pfr0 = CSV2(1), .firmware = NO),
	};

	RUN(rows);
}

/* Branch targets: CSV2, a safe core or firmware; the call goes with the loop where history takes one. */
static void targets(void **state)
{
	static const struct row rows[] = {
		ROW("nobody helps", LOOP_132, V, V, V, THUNDERX2, .firmware = NO),
		ROW("firmware 1", FIRMWARE_1_LOOP_132, M, V, V, THUNDERX2, .firmware = { 0, -1, -1 }),
		ROW("firmware 1: unaffected", LOOP_132, U, V, V, THUNDERX2, .firmware = { 1, -1, -1 }),
		ROW("firmware 3 does both", FIRMWARE_3, M, V, M, THUNDERX2, .firmware = { 0, -1, 0 }),
		ROW("listed, no CSV2, firmware 1", FIRMWARE_1_LOOP_132, M, V, M, ARM(0xd08),
		    .firmware = { 0, -1, -1 }),
		ROW("listed, no CSV2, no firmware", LOOP_8, V, V, V, ARM(0xd08), .firmware = NO),
		ROW("no CSV2, but history is cleared", FIRMWARE_1, M, V, M, UNLISTED, .mmfr1 = ECBHB,
		    .firmware = { 0, -1, -1 }),
		ROW("firmware only, for history", FIRMWARE_3, U, V, M, ARM(0xd0a), .pfr0 = CSV2(1),
		    .firmware = { 0, -1, 0 }),
		ROW("a safe core", PLAIN, U, U, U, ARM(0xd05), .firmware = NO),
		ROW("safe in targets alone", LOOP_32, U, V, M, 0x481fd010, .firmware = NO),
		ROW("safe in history, not in stores", PLAIN, V, V, U, ARM(0xd46), .firmware = NO),
		ROW("history alone is safe", PLAIN, V, V, U, UNLISTED, .firmware = { -1, -1, 1 }),
		ROW("affected, though firmware denies it", LOOP_24, U, V, M, ARM(0xd0c), .pfr0 = CSV2(1),
		    .firmware = { 1, -1, 1 }),
	};

	RUN(rows);
}

/* Store bypass: PSTATE.SSBS, or firmware. */
static void stores(void **state)
{
	static const struct row rows[] = {
		ROW("SSBS", LOOP_24, U, M, M, ARM(0xd0c), .pfr0 = CSV2(1), .pfr1 = SSBS, .firmware = NO),
		ROW("SSBS, firmware: unaffected", LOOP_24, U, M, M, ARM(0xd0c), .pfr0 = CSV2(1), .pfr1 = SSBS,
		    .firmware = { -1, 1, -1 }),
		ROW("firmware helps", LOOP_24, U, M, M, ARM(0xd0c), .pfr0 = CSV2(1), .firmware = { -1, 0, -1 }),
		ROW("firmware: not required", LOOP_24, U, U, M, ARM(0xd0c), .pfr0 = CSV2(1),
		    .firmware = { -1, -2, -1 }),
		ROW("firmware: unaffected", LOOP_24, U, U, M, ARM(0xd0c), .pfr0 = CSV2(1),
		    .firmware = { -1, 1, -1 }),
	};

	RUN(rows);
}

/* With mitigations=off nothing is done, and what is affected is said to be vulnerable. */
static void off(void **state)
{
	static const struct row rows[] = {
		ROW("listed", PLAIN, U, V, V, ARM(0xd0c), .pfr0 = CSV2(1), .pfr1 = SSBS, .firmware = NO, .off = 1),
		ROW("firmware", PLAIN, V, V, V, THUNDERX2, .firmware = { 0, 0, 0 }, .off = 1),
		ROW("unlisted", PLAIN, V, V, V, UNLISTED, .firmware = NO, .off = 1),
		ROW("a safe core", PLAIN, U, U, U, ARM(0xd05), .firmware = NO, .off = 1),
		ROW("CSV2_3", PLAIN, U, V, U, UNLISTED, .pfr0 = CSV2(3), .firmware = NO, .off = 1),
	};

	RUN(rows);
}

/* Of a machine the worst CPU counts, attack by attack, whatever is known of the other two; and it is told whether it is worse. */
static void worst(void **state)
{
	enum predictor_state was, is, others;

	for (others = U; others <= V; others++) {
		for (was = U; was <= V; was++) {
			for (is = U; is <= V; is++) {
				enum predictor_state max = is > was ? is : was;
				struct predictor all, cpu;

				all = (struct predictor) { PREDICTOR_PLAIN, was, others, others };
				cpu = (struct predictor) { PREDICTOR_LOOP_8, is, others, others };
				assert_int_equal(predictor_worst(&all, &cpu), is > was);
				assert_true(all.targets == max && all.stores == others && all.history == others);
				assert_true(cpu.targets == is && all.vectors == PREDICTOR_PLAIN);
				all = (struct predictor) { PREDICTOR_PLAIN, others, was, others };
				cpu = (struct predictor) { PREDICTOR_LOOP_8, others, is, others };
				assert_int_equal(predictor_worst(&all, &cpu), is > was);
				assert_true(all.targets == others && all.stores == max && all.history == others);
				all = (struct predictor) { PREDICTOR_PLAIN, others, others, was };
				cpu = (struct predictor) { PREDICTOR_LOOP_8, others, others, is };
				assert_int_equal(predictor_worst(&all, &cpu), is > was);
				assert_true(all.targets == others && all.stores == others && all.history == max);
			}
		}
	}
}

/* What SMCCC_ARCH_FEATURES answers, and the firmware registers' levels, follow the state. */
static void told(void **state)
{
	struct predictor p = { .targets = U, .stores = U, .history = U };

	assert_int_equal(predictor_features(&p, 1, true), 1);
	assert_int_equal(predictor_features(&p, 2, true), -2);
	assert_int_equal(predictor_features(&p, 3, true), 1);
	assert_int_equal(predictor_level(&p, 1, true), 2);
	assert_int_equal(predictor_level(&p, 2, true), 3);
	assert_int_equal(predictor_level(&p, 3, true), 2);

	p = (struct predictor) { .targets = M, .stores = M, .history = M };
	assert_int_equal(predictor_features(&p, 1, true), 0);
	assert_int_equal(predictor_features(&p, 2, true), -1);
	assert_int_equal(predictor_features(&p, 2, false), -2);
	assert_int_equal(predictor_features(&p, 3, true), 0);
	assert_int_equal(predictor_level(&p, 1, true), 1);
	assert_int_equal(predictor_level(&p, 2, true), 0);
	assert_int_equal(predictor_level(&p, 2, false), 3);
	assert_int_equal(predictor_level(&p, 3, true), 1);

	/* each by its own state, and what is no workaround is none */
	p = (struct predictor) { .targets = U, .stores = M, .history = V };
	assert_int_equal(predictor_features(&p, 1, true), 1);
	assert_int_equal(predictor_features(&p, 2, true), -1);
	assert_int_equal(predictor_features(&p, 3, true), -1);
	assert_int_equal(predictor_features(&p, 4, true), -1);
	assert_int_equal(predictor_level(&p, 4, true), 0);

	p = (struct predictor) { .targets = V, .stores = V, .history = V };
	for (unsigned int n = 1; n <= 3; n++) {
		assert_int_equal(predictor_features(&p, n, true), -1);
		assert_int_equal(predictor_features(&p, n, false), -1);
		assert_int_equal(predictor_level(&p, n, false), 0);
	}
}

/* A VMM may set what a guest was told elsewhere: less, never more, and no value that is none. */
static void set(void **state)
{
	struct predictor p = { .targets = M, .stores = V, .history = U };

	assert_int_equal(predictor_set_level(&p, 1, true, 0), 0);
	assert_int_equal(predictor_set_level(&p, 1, true, 1), 0);
	assert_int_equal(predictor_set_level(&p, 1, true, 2), -EINVAL);
	assert_int_equal(predictor_set_level(&p, 3, true, 2), 0);
	assert_int_equal(predictor_set_level(&p, 3, true, 3), -EINVAL);
	assert_int_equal(predictor_set_level(&p, 3, true, 1ULL << 32), -EINVAL);
	assert_int_equal(predictor_set_level(&p, 2, true, 0), 0);
	assert_int_equal(predictor_set_level(&p, 2, true, 1), 0);
	assert_int_equal(predictor_set_level(&p, 2, true, 2), -EINVAL);
	assert_int_equal(predictor_set_level(&p, 2, true, 3), -EINVAL);
	p.stores = U;
	assert_int_equal(predictor_set_level(&p, 2, true, 2), 0);
	assert_int_equal(predictor_set_level(&p, 2, true, 0x12), 0);
	assert_int_equal(predictor_set_level(&p, 2, true, 0x13), -EINVAL);
	assert_int_equal(predictor_set_level(&p, 2, true, 3), 0);
	assert_int_equal(predictor_set_level(&p, 2, true, 4), -EINVAL);
	assert_int_equal(predictor_set_level(&p, 2, true, 0x22), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listed),
		cmocka_unit_test(unlisted),
		cmocka_unit_test(targets),
		cmocka_unit_test(stores),
		cmocka_unit_test(off),
		cmocka_unit_test(worst),
		cmocka_unit_test(told),
		cmocka_unit_test(set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
