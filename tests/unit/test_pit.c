// SPDX-License-Identifier: GPL-2.0
/*
 * The 8254: what its counts and outputs are at each time, and when it interrupts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/x86/irq/pit.h"

#define RATE	1193182ULL
#define BEGIN	1000000000LL	/* ns: when the tests begin */
#define CONTROL	0x43
#define SECOND	1000000000LL

static struct pit pit;
static s64 now;

static int setup(void **state)
{
	now = BEGIN;
	pit_reset(&pit, now);
	return 0;
}

/* So many of its ticks later than @at: the first time at which they are over. */
static s64 after(s64 at, u64 ticks)
{
	return at + (s64)((__uint128_t)ticks * SECOND / RATE) + 1;
}

static void load(unsigned int channel, uint8_t mode, bool bcd, uint16_t count)
{
	assert_false(pit_write(&pit, CONTROL, channel << 6 | 3 << 4 | mode << 1 | bcd, now));
	assert_false(pit_write(&pit, 0x40 + channel, count, now));
	assert_int_equal(pit_write(&pit, 0x40 + channel, count >> 8, now), !channel);
}

static uint16_t counted(unsigned int channel)
{
	uint16_t low = pit_read(&pit, 0x40 + channel, now);

	return low | pit_read(&pit, 0x40 + channel, now) << 8;
}

/* By read-back: output, halves, mode, BCD. */
static uint8_t status(unsigned int channel)
{
	assert_false(pit_write(&pit, CONTROL, 0xe0 | 2 << channel, now));
	return pit_read(&pit, 0x40 + channel, now);
}

static bool out(unsigned int channel)
{
	return status(channel) >> 7;
}

/* Before anything is set up nothing interrupts, and only the third channel's gate is low. */
static void power_up(void **state)
{
	s64 when;
	unsigned int i;

	assert_false(pit_next(&pit, now, &when));
	assert_int_equal(pit_period(&pit), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(pit.channel[i].gate, i != 2);
		assert_int_equal(pit.channel[i].count, 0x10000);
		assert_int_equal(pit.channel[i].count_load_time, BEGIN);
		assert_int_equal(pit.channel[i].mode, 0xff);
	}
	assert_false(pit.speaker);
	for (i = 0x40; i < 0x44; i++)
		assert_true(pit_has_port(i));
	assert_false(pit_has_port(0x3f) || pit_has_port(0x44) || pit_has_port(PIT_SPEAKER));
}

/* Each mode counts down at 1.193182 MHz from what was loaded, as the datasheet has it. */
static void counts(void **state)
{
	unsigned int mode;

	for (mode = 0; mode < 6; mode++) {
		now = BEGIN;
		load(2, mode, false, 1000);
		assert_int_equal(counted(2), 1000);
		now = after(BEGIN, 10);
		assert_int_equal(counted(2), mode == 3 ? 980 : 990);
		now = after(BEGIN, 10) - 2;
		assert_int_equal(counted(2), mode == 3 ? 982 : 991);
		now = after(BEGIN, 999);
		assert_int_equal(counted(2), mode == 3 ? 2 : 1);
		now = after(BEGIN, 1000);
		assert_int_equal(counted(2), mode == 2 || mode == 3 ? 1000 : 0);
		now = after(BEGIN, 1001);
		assert_int_equal(counted(2), mode == 2 ? 999 : mode == 3 ? 998 : 0xffff);
		now = after(BEGIN, 1000 + 3 * 65536);
		assert_int_equal(counted(2), mode == 2 ? 1000 - 3 * 65536 % 1000 : mode == 3 ? 1000 - 6 * 65536 % 1000 : 0);
	}
	/* the modes above 5 are 2 and 3 */
	load(2, 6, false, 5);
	assert_int_equal(pit.channel[2].mode, 2);
	load(2, 7, false, 5);
	assert_int_equal(pit.channel[2].mode, 3);
	/* before it began, as where another host's clock is behind, nothing has passed */
	now = BEGIN;
	load(2, 0, false, 1000);
	now = BEGIN - SECOND;
	assert_int_equal(counted(2), 1000);
}

/* 0 is as far as it counts, in either notation; and decimal digits are that. */
static void notations(void **state)
{
	load(1, 2, false, 0);
	assert_int_equal(counted(1), 0);
	now = after(BEGIN, 1);
	assert_int_equal(counted(1), 0xffff);
	now = BEGIN;
	load(1, 2, true, 0);
	assert_int_equal(counted(1), 0);
	now = after(BEGIN, 1);
	assert_int_equal(counted(1), 0x9999);
	now = BEGIN;
	load(1, 0, true, 0x1234);
	assert_int_equal(counted(1), 0x1234);
	now = after(BEGIN, 35);
	assert_int_equal(counted(1), 0x1199);
	now = after(BEGIN, 1235);
	assert_int_equal(counted(1), 0x9999);
	assert_int_equal(status(1) & 0x7f, 0x31);
}

/* The output of each mode, from before its count ends until after. */
static void outputs(void **state)
{
	static const struct {
		uint8_t mode;
		u64 ticks;
		bool out;
	} t[] = {
		{ 0, 0, false }, { 0, 999, false }, { 0, 1000, true }, { 0, 99999, true },
		{ 1, 0, false }, { 1, 999, false }, { 1, 1000, true },
		{ 2, 0, true }, { 2, 998, true }, { 2, 999, false }, { 2, 1000, true }, { 2, 1999, false }, { 2, 2000, true },
		{ 3, 0, true }, { 3, 499, true }, { 3, 500, false }, { 3, 999, false }, { 3, 1000, true }, { 3, 1500, false },
		{ 4, 0, true }, { 4, 999, true }, { 4, 1000, false }, { 4, 1001, true },
		{ 5, 0, true }, { 5, 999, true }, { 5, 1000, false }, { 5, 1001, true },
	};
	unsigned int i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		now = BEGIN;
		load(1, t[i].mode, false, 1000);
		if (t[i].ticks)
			now = after(BEGIN, t[i].ticks);
		if (out(1) != t[i].out)
			fail_msg("mode %u after %llu", t[i].mode, t[i].ticks);
		assert_int_equal(status(1) & 0x7f, 0x30 | t[i].mode << 1);
	}
	/* an odd square is high for the longer part */
	now = BEGIN;
	load(1, 3, false, 5);
	now = after(BEGIN, 2);
	assert_true(out(1));
	now = after(BEGIN, 3);
	assert_false(out(1));
	/* without their gate what repeats is high */
	now = BEGIN;
	load(2, 3, false, 1000);
	now = after(BEGIN, 500);
	assert_true(out(2));
	load(2, 2, false, 1000);
	now = after(now, 999);
	assert_true(out(2));
	pit.channel[2].gate = true;
	assert_false(out(2));
}

/* One half is read and written where one was asked for, and both in turn. */
static void halves(void **state)
{
	assert_false(pit_write(&pit, CONTROL, 0x10, now));
	assert_true(pit_write(&pit, 0x40, 0x34, now));
	assert_int_equal(pit.channel[0].count, 0x34);
	assert_int_equal(pit_read(&pit, 0x40, now), 0x34);
	assert_int_equal(pit_read(&pit, 0x40, now), 0x34);
	assert_false(pit_write(&pit, CONTROL, 0x20, now));
	assert_true(pit_write(&pit, 0x40, 0x12, now));
	assert_int_equal(pit.channel[0].count, 0x1200);
	assert_int_equal(pit_read(&pit, 0x40, now), 0x12);
	assert_int_equal(pit_read(&pit, 0x40, now), 0x12);
	load(0, 0, false, 0x5678);
	assert_int_equal(pit_read(&pit, 0x40, now), 0x78);
	/* a control word begins with the first half again */
	assert_false(pit_write(&pit, CONTROL, 0x30, now));
	assert_int_equal(pit_read(&pit, 0x40, now), 0x78);
	assert_int_equal(pit_read(&pit, 0x40, now), 0x56);
	assert_int_equal(pit_read(&pit, 0x40, now), 0x78);
	assert_int_equal(pit_read(&pit, 0x40, now), 0x56);
	/* nothing is read of the control word */
	assert_int_equal(pit_read(&pit, CONTROL, now), 0);
	assert_int_equal(pit_read(&pit, 0x44, now), 0);
	assert_false(pit_write(&pit, 0x44, 1, now));
	assert_false(pit_write(&pit, 0x3f, 1, now));
	assert_int_equal(pit_read(&pit, 0x3f, now), 0);
}

/* A latched count stays until it is read whole, and one that is latched again is the first. */
static void latches(void **state)
{
	load(1, 2, false, 0x4321);
	assert_false(pit_write(&pit, CONTROL, 0x40, now));
	now = after(BEGIN, 0x21);
	assert_false(pit_write(&pit, CONTROL, 0x40, now));
	assert_int_equal(counted(1), 0x4321);
	assert_int_equal(counted(1), 0x4300);
	/* by read-back, of all that are named, status before count */
	load(2, 0, false, 0x1111);
	assert_false(pit_write(&pit, CONTROL, 0xcc, now));
	now = after(now, 1);
	assert_int_equal(pit_read(&pit, 0x41, now), 0x80 | 0x34);
	assert_int_equal(counted(1), 0x4300);
	assert_int_equal(counted(1), 0x42ff);
	assert_int_equal(pit_read(&pit, 0x42, now), 0x30);
	assert_int_equal(counted(2), 0x1111);
	assert_int_equal(counted(2), 0x1110);
	/* channel 0 was not named */
	assert_int_equal(pit.channel[0].count_latched, 0);
	assert_int_equal(pit.channel[0].status_latched, 0);
	/* status latched again is the first */
	assert_false(pit_write(&pit, CONTROL, 0xe8, now));
	now = after(now, 0x1111);
	assert_false(pit_write(&pit, CONTROL, 0xe8, now));
	assert_int_equal(pit_read(&pit, 0x42, now), 0x30);
	assert_int_equal(status(2), 0xb0);
	/* of one half there is one */
	assert_false(pit_write(&pit, CONTROL, 0xa0, now));
	assert_false(pit_write(&pit, 0x42, 0x77, now));
	assert_false(pit_write(&pit, CONTROL, 0x80, now));
	now = after(now, 0x100);
	assert_int_equal(pit_read(&pit, 0x42, now), 0x77);
	assert_int_equal(pit_read(&pit, 0x42, now), 0x76);
	/* a control word forgets what was latched */
	assert_false(pit_write(&pit, CONTROL, 0xc8, now));
	assert_false(pit_write(&pit, CONTROL, 0x90, now));
	assert_int_equal(pit.channel[2].count_latched + pit.channel[2].status_latched, 0);
}

/* The speaker's port has channel 2's gate and output, and a bit that changes; a rising gate triggers. */
static void speaker(void **state)
{
	unsigned int i, changes = 0;
	uint8_t last = pit_read(&pit, PIT_SPEAKER, now);

	assert_int_equal(last & ~0x10, 0);
	for (i = 0; i < 64; i++, now += 1000) {
		uint8_t val = pit_read(&pit, PIT_SPEAKER, now);

		changes += (val ^ last) >> 4 & 1;
		last = val;
	}
	assert_in_range(changes, 3, 5);
	now = BEGIN;
	assert_false(pit_write(&pit, PIT_SPEAKER, 3, now));
	assert_int_equal(pit_read(&pit, PIT_SPEAKER, now) & ~0x10, 3);
	load(2, 0, false, 1000);
	assert_int_equal(pit_read(&pit, PIT_SPEAKER, now) & ~0x10, 3);
	now = after(BEGIN, 1000);
	assert_int_equal(pit_read(&pit, PIT_SPEAKER, now) & ~0x10, 0x23);
	/* what counts once at a load is not triggered by a gate */
	assert_false(pit_write(&pit, PIT_SPEAKER, 0, now));
	assert_false(pit_write(&pit, PIT_SPEAKER, 1, now));
	assert_int_equal(pit.channel[2].count_load_time, BEGIN);
	pit_write(&pit, CONTROL, 0xb8, now);
	pit_write(&pit, PIT_SPEAKER, 0, now);
	pit_write(&pit, PIT_SPEAKER, 1, now);
	assert_int_equal(pit.channel[2].count_load_time, BEGIN);
	for (i = 1; i < 6; i++) {
		if (i == 4)
			continue;
		now = BEGIN;
		load(2, i, false, 1000);
		now += 1000;
		pit_write(&pit, PIT_SPEAKER, 1, now);	/* it was high */
		assert_int_equal(pit.channel[2].count_load_time, BEGIN);
		pit_write(&pit, PIT_SPEAKER, 2, now);	/* falls */
		assert_int_equal(pit.channel[2].count_load_time, BEGIN);
		assert_int_equal(pit.channel[2].gate, 0);
		pit_write(&pit, PIT_SPEAKER, 1, now);
		assert_int_equal(pit.channel[2].count_load_time, now);
	}
}

/* Channel 0 interrupts when its count has ended: once, or each time, and nothing adds up over a day. */
static void interrupts(void **state)
{
	s64 when;
	unsigned int mode;
	u64 k;

	for (mode = 0; mode < 5; mode++) {
		if (mode == 2 || mode == 3)
			continue;
		load(0, mode, false, 1193);
		assert_true(pit_next(&pit, now, &when));
		assert_int_equal(when, after(BEGIN, 1193));
		assert_int_equal(pit_period(&pit), 0);
		/* it stays when it was */
		assert_true(pit_next(&pit, now + SECOND, &when));
		assert_int_equal(when, after(BEGIN, 1193));
	}
	load(0, 5, false, 1193);
	assert_false(pit_next(&pit, now, &when));
	for (mode = 2; mode < 4; mode++) {
		load(0, mode, false, 1193);
		assert_int_equal(pit_period(&pit), after(0, 1193));
		when = now;
		for (k = 1; k < 5; k++) {
			assert_true(pit_next(&pit, when, &when));
			assert_int_equal(when, after(BEGIN, k * 1193));
		}
		assert_true(pit_next(&pit, now + 86400 * SECOND, &when));
		assert_true(when > now + 86400 * SECOND && when <= now + 86400 * SECOND + after(0, 1193));
		assert_int_equal((u64)((__uint128_t)(when - BEGIN) * RATE / SECOND) % 1193, 0);
		/* just before and at one of them */
		assert_true(pit_next(&pit, after(BEGIN, 2386) - 2, &when));
		assert_int_equal(when, after(BEGIN, 2386));
		assert_true(pit_next(&pit, after(BEGIN, 2386), &when));
		assert_int_equal(when, after(BEGIN, 3579));
	}
}

/* A guest has its interrupts at most every 200 us. */
static void bounded(void **state)
{
	s64 when;

	load(0, 2, false, 1);
	assert_int_equal(pit_period(&pit), 200000);
	assert_true(pit_next(&pit, now, &when));
	assert_int_equal(when, now + 200000);
	assert_true(pit_next(&pit, now + 7000000, &when));
	assert_int_equal(when, now + 7200000);
	assert_true(pit_next(&pit, now - SECOND, &when));
	assert_int_equal(when, now + 200000);
	load(0, 3, false, 240);
	assert_true(pit_period(&pit) > 200000);
}

/* A state goes on from when its channels began; what is no such time, as on another host, begins now. */
static void state_in(void **state)
{
	struct kvm_pit_state2 s;
	s64 when;
	unsigned int i;

	memset(&s, 0, sizeof(s));
	load(0, 2, false, 1193);
	load(1, 3, true, 0x99);
	memcpy(s.channels, pit.channel, sizeof(s.channels));
	s.flags = KVM_PIT_FLAGS_SPEAKER_DATA_ON;
	now += 500;
	pit_reset(&pit, now);
	pit_set_state(&pit, &s, now);
	assert_memory_equal(pit.channel, s.channels, sizeof(s.channels));
	assert_true(pit.speaker);
	assert_true(pit_next(&pit, now, &when));
	assert_int_equal(when, after(BEGIN, 1193));
	s.flags = 0;
	s.channels[0].count_load_time = now + 1;
	s.channels[1].count_load_time = 0;
	s.channels[2].count_load_time = -5;
	s.channels[1].count = 0x70000;
	s.channels[2].count = 0x12345;
	pit_set_state(&pit, &s, now);
	assert_false(pit.speaker);
	for (i = 0; i < 3; i++)
		assert_int_equal(pit.channel[i].count_load_time, now);
	assert_int_equal(pit.channel[1].count, 0x10000);
	assert_int_equal(pit.channel[2].count, 0x2345);
	s.channels[0].count_load_time = now;
	now += 9;
	pit_set_state(&pit, &s, now);
	assert_int_equal(pit.channel[0].count_load_time, now - 9);
}

/* Whatever a state holds, nothing divides by zero, and no interrupt comes at once again. */
static void wild(void **state)
{
	unsigned int round, i;

	srand(5);
	for (round = 0; round < 20000; round++) {
		struct kvm_pit_state2 s;
		s64 when, at = BEGIN + rand();

		for (i = 0; i < sizeof(s); i++)
			((uint8_t *)&s)[i] = rand() >> 8;
		if (round & 1)
			s.channels[0].mode &= 3;
		if (round & 2)
			s.channels[0].count &= 3;
		pit_set_state(&pit, &s, at);
		for (i = 0; i < 8; i++) {
			pit_read(&pit, 0x40 + (rand() & 3), at);
			pit_read(&pit, PIT_SPEAKER, at);
			pit_write(&pit, CONTROL, 0xc0 | rand() % 64, at);
		}
		if (!pit_next(&pit, at, &when) || !pit_period(&pit))
			continue;
		assert_true(when > at);
		at = when;
		assert_true(pit_next(&pit, at, &when));
		assert_true(when >= at + 200000 - 900);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(power_up, setup),
		cmocka_unit_test_setup(counts, setup),
		cmocka_unit_test_setup(notations, setup),
		cmocka_unit_test_setup(outputs, setup),
		cmocka_unit_test_setup(halves, setup),
		cmocka_unit_test_setup(latches, setup),
		cmocka_unit_test_setup(speaker, setup),
		cmocka_unit_test_setup(interrupts, setup),
		cmocka_unit_test_setup(bounded, setup),
		cmocka_unit_test_setup(state_in, setup),
		cmocka_unit_test_setup(wild, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
