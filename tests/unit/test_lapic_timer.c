// SPDX-License-Identifier: GPL-2.0
/*
 * The timer of a local APIC, on a clock that the test moves.
 */
#include "test_lapic_fake.h"

#define ONCE	(0U << 17)
#define AGAIN	(1U << 17)
#define TSC	(2U << 17)
#define VECTOR	0x42

static struct lapic *const a = &cpus[0].a;

static void go(u64 ns)
{
	fake_now.ns += ns;
	fake_now.tsc += ns;	/* 1 GHz */
}

/* The host's timer goes off at its time; true if the interrupt came. */
static bool ring(void)
{
	assert_true(cpus[0].armed != LAPIC_NEVER);
	if (cpus[0].armed > fake_now.ns)
		go(cpus[0].armed - fake_now.ns);
	lapic_timer_run(a);
	if (lapic_acknowledge(a) < 0)
		return false;
	lapic_eoi(a);
	return true;
}

/* The divider is 2 to 128, then 1, as three bits that do not lie together say. */
static void dividers(void **state)
{
	static const u32 tdcr[8] = { 0xb, 0, 1, 2, 3, 8, 9, 0xa };
	u64 begin;
	int i;

	(void)state;
	wr(0, LVTT, ONCE | VECTOR);
	for (i = 0; i < 8; i++) {
		a->config.cycle_ns = 1 + i;
		wr(0, TDCR, tdcr[i]);
		begin = fake_now.ns;
		wr(0, TMICT, 0xfffffff0);
		assert_true(cpus[0].armed == begin + ((u64)0xfffffff0 << i) * (1 + i));
	}
}

/* One shot comes once, not early, its count goes down by one each tick and stays 0. */
static void once(void **state)
{
	int i;

	(void)state;
	wr(0, TDCR, 1);			/* by 4 */
	wr(0, LVTT, ONCE | VECTOR);
	assert_int_equal(rd(0, TMCCT), 0);
	wr(0, TMICT, 100);
	for (i = 0; i < 400; i++) {
		assert_int_equal(rd(0, TMCCT), 100 - i / 4);
		lapic_timer_run(a);
		assert_int_equal(lapic_waiting(a), -1);
		go(1);
	}
	assert_int_equal(rd(0, TMCCT), 0);
	assert_true(ring());
	assert_true(cpus[0].armed == LAPIC_NEVER);
	assert_int_equal(rd(0, TMICT), 100);
	go(1000000);
	lapic_timer_run(a);
	assert_int_equal(lapic_waiting(a), -1);
	assert_int_equal(rd(0, TMCCT), 0);
}

/* Periodic comes again and again without drift; of those that were missed one comes. */
static void again(void **state)
{
	u64 begin = fake_now.ns;
	int i;

	(void)state;
	wr(0, TDCR, 0xb);
	wr(0, LVTT, AGAIN | VECTOR);
	wr(0, TMICT, 1000000);
	for (i = 1; i < 10; i++) {
		assert_true(cpus[0].armed == begin + i * 1000000);
		go(cpus[0].armed - fake_now.ns);
		go(i * 777);			/* late */
		assert_true(ring());
		assert_int_equal(rd(0, TMCCT), 1000000 - i * 777);
	}
	go(5432109);
	assert_int_equal(rd(0, TMCCT), 1000000 - (fake_now.ns - begin) % 1000000);
	assert_true(ring());
	assert_true(cpus[0].armed == begin + 15 * 1000000);
	lapic_timer_run(a);
	assert_int_equal(lapic_waiting(a), -1);
	/* just at the end of a period */
	go(cpus[0].armed - fake_now.ns);
	assert_int_equal(rd(0, TMCCT), 1000000);
	wr(0, TMICT, 0);
	assert_true(cpus[0].armed == LAPIC_NEVER);
	assert_int_equal(rd(0, TMCCT), 0);
}

/* However short a guest's period, the host's timer goes off each 200 microseconds at most; counts stay in range. */
static void short_period(void **state)
{
	u64 last;
	int i;

	(void)state;
	wr(0, TDCR, 0xb);
	wr(0, LVTT, AGAIN | VECTOR);
	wr(0, TMICT, 1);
	ring();
	for (i = 0; i < 10; i++) {
		last = fake_now.ns;
		assert_true(ring());
		assert_int_equal(fake_now.ns - last, 200000);
		assert_int_equal(rd(0, TMCCT), 1);
	}
}

/* Another divider counts what is left at the new pace; what had ended has ended. */
static void divider_changes(void **state)
{
	(void)state;
	wr(0, TDCR, 0);			/* by 2 */
	wr(0, LVTT, ONCE | VECTOR);
	wr(0, TMICT, 1000);
	go(500);
	assert_int_equal(rd(0, TMCCT), 750);
	wr(0, TDCR, 0xa);		/* by 128 */
	assert_int_equal(rd(0, TMCCT), 750);
	assert_true(cpus[0].armed == fake_now.ns + 750 * 128);
	go(750 * 128 + 5);
	wr(0, TDCR, 0);
	assert_int_equal(lapic_pending(a), VECTOR);
	assert_true(cpus[0].armed == LAPIC_NEVER);
}

/* Masked, the count goes on and its interrupt does not come. */
static void masked(void **state)
{
	(void)state;
	wr(0, TDCR, 0xb);
	wr(0, LVTT, 1 << 16 | AGAIN | VECTOR);
	wr(0, TMICT, 1000000);
	assert_false(ring());
	go(1000);
	assert_int_equal(rd(0, TMCCT), 999000);
	wr(0, LVTT, AGAIN | VECTOR);
	assert_true(ring());
}

/* The TSC's deadline comes at it, once; a past one at once; 0 takes it away. */
static void tsc(void **state)
{
	(void)state;
	wr(0, LVTT, TSC | VECTOR);
	lapic_set_tsc_deadline(a, fake_now.tsc + 12345);
	assert_true(lapic_tsc_deadline(a) == fake_now.tsc + 12345);
	assert_true(cpus[0].armed == fake_now.ns + 12345);
	go(12344);
	lapic_timer_run(a);
	assert_int_equal(lapic_waiting(a), -1);
	go(1);
	assert_true(ring());
	assert_int_equal(lapic_tsc_deadline(a), 0);
	assert_true(cpus[0].armed == LAPIC_NEVER);
	go(1);
	lapic_timer_run(a);
	assert_int_equal(lapic_waiting(a), -1);

	lapic_set_tsc_deadline(a, 1);
	assert_int_equal(lapic_acknowledge(a), VECTOR);
	lapic_eoi(a);
	lapic_set_tsc_deadline(a, fake_now.tsc + 100);
	lapic_set_tsc_deadline(a, 0);
	assert_true(cpus[0].armed == LAPIC_NEVER);
	go(1000);
	lapic_timer_run(a);
	assert_int_equal(lapic_waiting(a), -1);
}

/* Whatever its frequency, the host's timer is never so early that the TSC is not there, but for a deadline far ahead. */
static void frequencies(void **state)
{
	static const u32 khz[] = { 1, 999, 1000, 19200, 999999, 1000000, 1000001, 2999998, 3333333, ~0U };
	u64 ticks, ns;
	size_t i;
	int shift;

	(void)state;
	wr(0, LVTT, TSC | VECTOR);
	for (i = 0; i < sizeof(khz) / sizeof(khz[0]); i++) {
		a->config.tsc_khz = khz[i];
		for (shift = 0; shift < 64; shift++) {
			unsigned __int128 exact;

			ticks = (1ULL << shift) + shift % 3;
			fake_now = (struct lapic_now){ .ns = 77, .tsc = 5 };
			lapic_set_tsc_deadline(a, 5 + ticks);
			exact = ((unsigned __int128)ticks * 1000000 + khz[i] - 1) / khz[i];
			ns = cpus[0].armed - 77;
			assert_true(ns == exact || (exact > 1ULL << 51 && ns >= 1ULL << 51 && ns <= 1ULL << 52));
		}
	}
	/* early: once more */
	fake_now.ns += cpus[0].armed;
	lapic_timer_run(a);
	assert_int_equal(lapic_waiting(a), -1);
	assert_true(cpus[0].armed > fake_now.ns && cpus[0].armed != LAPIC_NEVER);
}

/* Each way of counting stops the other, and does not know its registers. */
static void modes(void **state)
{
	(void)state;
	wr(0, TDCR, 0xb);
	wr(0, LVTT, ONCE | VECTOR);
	lapic_set_tsc_deadline(a, 1);
	assert_int_equal(lapic_waiting(a), -1);
	assert_int_equal(lapic_tsc_deadline(a), 0);
	wr(0, TMICT, 1000);
	wr(0, LVTT, TSC | VECTOR);
	assert_true(cpus[0].armed == LAPIC_NEVER);
	assert_true(rd(0, TMICT) == 0 && rd(0, TMCCT) == 0);
	wr(0, TMICT, 1000);
	assert_true(rd(0, TMICT) == 0 && rd(0, TMCCT) == 0);
	assert_true(cpus[0].armed == LAPIC_NEVER);
	lapic_set_tsc_deadline(a, fake_now.tsc + 5000);
	wr(0, LVTT, TSC | 1 << 16 | VECTOR);
	assert_true(lapic_tsc_deadline(a) == fake_now.tsc + 5000);
	wr(0, LVTT, AGAIN | VECTOR);
	assert_true(cpus[0].armed == LAPIC_NEVER);
	wr(0, LVTT, TSC | VECTOR);
	assert_int_equal(lapic_tsc_deadline(a), 0);
	/* the reserved mode is no deadline's */
	lapic_set_tsc_deadline(a, fake_now.tsc + 5000);
	wr(0, LVTT, 3U << 17 | VECTOR);
	assert_true(cpus[0].armed == LAPIC_NEVER);
	assert_int_equal(lapic_tsc_deadline(a), 0);
	/* once and again share the count */
	wr(0, LVTT, ONCE | VECTOR);
	wr(0, TMICT, 1000000);
	go(400000);
	wr(0, LVTT, AGAIN | VECTOR);
	assert_int_equal(rd(0, TMCCT), 600000);
	assert_true(ring());
	assert_true(cpus[0].armed == fake_now.ns + 1000000);
	wr(0, LVTT, ONCE | VECTOR);
	assert_true(ring());
	assert_true(cpus[0].armed == LAPIC_NEVER);
}

/* A state that is read and written goes on from its count; one that says nothing of it begins a period. */
static void migrated(void **state)
{
	u32 regs[256];

	(void)state;
	wr(0, TDCR, 0);
	wr(0, LVTT, AGAIN | VECTOR);
	wr(0, TMICT, 1000000);
	go(500001);
	lapic_get_state(a, regs);
	assert_int_equal(regs[TMCCT / 4], 750000);
	lapic_init(a);
	go(12345678);
	assert_int_equal(lapic_set_state(a, regs), 0);
	assert_int_equal(rd(0, TMCCT), 750000);
	assert_true(cpus[0].armed == fake_now.ns + 1500000);
	assert_true(ring());
	assert_true(cpus[0].armed == fake_now.ns + 2000000);
	regs[TMCCT / 4] = 0;
	assert_int_equal(lapic_set_state(a, regs), 0);
	assert_int_equal(rd(0, TMCCT), 1000000);
	/* more than all: all */
	regs[TMCCT / 4] = 1000001;
	assert_int_equal(lapic_set_state(a, regs), 0);
	assert_true(cpus[0].armed == fake_now.ns + 2000000);
	/* a single shot that ended has ended */
	regs[LVTT / 4] = ONCE | VECTOR;
	regs[TMCCT / 4] = 0;
	assert_int_equal(lapic_set_state(a, regs), 0);
	assert_true(cpus[0].armed == LAPIC_NEVER);
	/* a deadline is an MSR of its own, which comes before or after */
	regs[LVTT / 4] = TSC | VECTOR;
	assert_int_equal(lapic_set_state(a, regs), 0);
	lapic_set_tsc_deadline(a, fake_now.tsc + 1000);
	assert_int_equal(lapic_set_state(a, regs), 0);
	assert_true(cpus[0].armed == fake_now.ns + 1000);
	go(1001);
	assert_int_equal(lapic_set_state(a, regs), 0);
	assert_true(cpus[0].armed == fake_now.ns);
	regs[LVTT / 4] = ONCE | VECTOR;
	assert_int_equal(lapic_set_state(a, regs), 0);
	regs[TMCCT / 4] = 1000;
	regs[LVTT / 4] = TSC | VECTOR;
	assert_int_equal(lapic_set_state(a, regs), 0);
	assert_int_equal(lapic_tsc_deadline(a), 0);
	assert_int_equal(rd(0, TMCCT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(dividers, fake_setup),
		cmocka_unit_test_setup(once, fake_setup),
		cmocka_unit_test_setup(again, fake_setup),
		cmocka_unit_test_setup(short_period, fake_setup),
		cmocka_unit_test_setup(divider_changes, fake_setup),
		cmocka_unit_test_setup(masked, fake_setup),
		cmocka_unit_test_setup(tsc, fake_setup),
		cmocka_unit_test_setup(frequencies, fake_setup),
		cmocka_unit_test_setup(modes, fake_setup),
		cmocka_unit_test_setup(migrated, fake_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
