// SPDX-License-Identifier: GPL-2.0
/*
 * Steal time: the record, and a flush that another vCPU asks for in it at any moment,
 * while accesses fail at any other.
 */
#include "test_pv_fake.h"
#include "../../src/x86/pv/steal.h"

#define TIME	0
#define VERSION	8
#define STATE	16

static struct fake_mem f;
static struct pv_steal s;

static int setup(void **state)
{
	(void)state;
	fake_mem_init(&f);
	s = (struct pv_steal){ 0 };
	return 0;
}

/* Time grows by what the host counted since the record was given, on top of what is there; version is even, two further. */
static void grows(void **state)
{
	(void)state;
	f.bytes[TIME + 1] = 1;		/* 256: from another host */
	f.bytes[VERSION] = 4;
	pv_steal_set(&s, &f.mem, 1000);
	assert_int_equal(pv_steal_enter(&s, 1000), 0);
	assert_true(fake_u64(&f, TIME) == 256 && fake_u32(&f, VERSION) == 4);
	assert_int_equal(pv_steal_enter(&s, 1700), 0);
	assert_true(fake_u64(&f, TIME) == 956 && fake_u32(&f, VERSION) == 6);
	assert_int_equal(pv_steal_enter(&s, 5000000000ULL), 0);
	assert_true(fake_u64(&f, TIME) == 256 + 4999999000ULL && fake_u32(&f, VERSION) == 8);
	/* left odd, or at the end of all */
	f.bytes[VERSION] = 9;
	assert_int_equal(pv_steal_enter(&s, 5000000001ULL), 0);
	assert_int_equal(fake_u32(&f, VERSION), 12);
	memset(f.bytes + VERSION, 0xff, 4);
	assert_int_equal(pv_steal_enter(&s, 5000000002ULL), 0);
	assert_true(fake_u32(&f, VERSION) == 2 && fake_u32(&f, VERSION + 4) == 0);
	/* another record begins anew */
	fake_mem_init(&f);
	pv_steal_set(&s, &f.mem, 6000000000ULL);
	assert_int_equal(pv_steal_enter(&s, 6000000003ULL), 0);
	assert_int_equal(fake_u64(&f, TIME), 3);
}

static u32 seen[16];

static void note_version(struct fake_mem *m, int nth)
{
	seen[nth] = fake_u32(m, VERSION);
}

/* Time is written while its version is odd. */
static void versions(void **state)
{
	(void)state;
	pv_steal_set(&s, &f.mem, 0);
	f.before = note_version;
	assert_int_equal(pv_steal_enter(&s, 5), 0);
	/* state, version, time; version, time, version */
	assert_int_equal(f.accesses, 6);
	assert_true(seen[4] == 0 && seen[5] == 1 && seen[6] == 1);
}

/* Away, it is preempted; back, it is not; without a record nothing is written. */
static void preempted(void **state)
{
	(void)state;
	assert_int_equal(pv_steal_enter(&s, 5), 0);
	assert_int_equal(pv_steal_leave(&s), 0);
	pv_steal_set(&s, &f.mem, 0);
	assert_int_equal(pv_steal_leave(&s), 0);
	assert_int_equal(f.bytes[STATE], PV_STEAL_PREEMPTED);
	assert_int_equal(pv_steal_leave(&s), 0);
	assert_int_equal(f.bytes[STATE], PV_STEAL_PREEMPTED);
	assert_int_equal(f.accesses, 1);
	assert_int_equal(pv_steal_enter(&s, 0), 0);
	assert_int_equal(f.bytes[STATE], 0);
	assert_int_equal(pv_steal_leave(&s), 0);
	assert_int_equal(f.bytes[STATE], PV_STEAL_PREEMPTED);
	pv_steal_set(&s, NULL, 0);
	assert_int_equal(pv_steal_leave(&s), 0);
	pv_steal_set(&s, &f.mem, 0);
	f.bytes[STATE] = 0;
	assert_int_equal(pv_steal_leave(&s), 0);
	assert_int_equal(f.bytes[STATE], PV_STEAL_PREEMPTED);
	assert_false(pv_steal_take_flush(&s));
}

static void switch_amid(struct fake_mem *m, int nth)
{
	if (nth != 3)
		return;
	m->before = NULL;
	assert_int_equal(pv_steal_leave(&s), 0);
}

/* A switch of threads while the time is told marks the record, and the next call takes the mark away, and a flush with it. */
static void marked_amid(void **state)
{
	(void)state;
	pv_steal_set(&s, &f.mem, 0);
	f.before = switch_amid;
	assert_int_equal(pv_steal_enter(&s, 5), 0);
	assert_int_equal(f.bytes[STATE], PV_STEAL_PREEMPTED);
	f.bytes[STATE] |= PV_STEAL_FLUSH;
	assert_int_equal(pv_steal_enter(&s, 5), 0);
	assert_int_equal(f.bytes[STATE], 0);
	assert_true(pv_steal_take_flush(&s));
}

/* What could not be told is told by the next call, what was told is not told again, and the version is even then. */
static void failures(void **state)
{
	u64 now = 0;
	int fail;

	(void)state;
	pv_steal_set(&s, &f.mem, 0);
	for (fail = 1; fail <= 12; fail++) {
		f.accesses = 0;
		f.fail_at = (fail + 1) / 2;
		now += 100;
		assert_int_equal(pv_steal_enter(&s, now), -EFAULT);
		assert_int_equal(f.accesses, f.fail_at);
		assert_int_equal(fake_u64(&f, TIME), f.fail_at == 6 ? now : now - 100);
		now += fail & 1;
		assert_int_equal(pv_steal_enter(&s, now), 0);
		assert_int_equal(fake_u64(&f, TIME), now);
		assert_false(fake_u32(&f, VERSION) & 1);
		/* and that was all */
		f.accesses = f.fail_at = 0;
		assert_int_equal(pv_steal_enter(&s, now), 0);
		assert_int_equal(f.accesses, 0);
		now -= fail & 1;
		pv_steal_set(&s, &f.mem, now);
		memcpy(f.bytes, &now, sizeof(now));
	}
	/* another record is not the torn one */
	f.accesses = 0;
	f.fail_at = 6;
	assert_int_equal(pv_steal_enter(&s, now + 1), -EFAULT);
	pv_steal_set(&s, &f.mem, now);
	f.accesses = f.fail_at = 0;
	assert_int_equal(pv_steal_enter(&s, now), 0);
	assert_int_equal(f.accesses, 1);
	/* only its being preempted: others go on */
	f.accesses = 0;
	f.fail_at = 1;
	f.bytes[STATE] = 0;
	assert_int_equal(pv_steal_leave(&s), -EFAULT);
	assert_int_equal(f.bytes[STATE], 0);
	assert_int_equal(pv_steal_leave(&s), 0);
	assert_int_equal(f.bytes[STATE], PV_STEAL_PREEMPTED);
}

static int ask_at;
static bool asked, flushed_since;

/* Another vCPU: interrupts one that runs, asks one that does not to flush. */
static void ask(struct fake_mem *m, int nth)
{
	(void)nth;
	if (ask_at-- != 1 || !(m->bytes[STATE] & PV_STEAL_PREEMPTED))
		return;
	m->bytes[STATE] |= PV_STEAL_FLUSH;
	asked = true;
	flushed_since = false;
}

static void enter_guest(int now)
{
	while (pv_steal_enter(&s, now))
		;
	if (pv_steal_take_flush(&s))
		flushed_since = true;
	assert_false(pv_steal_take_flush(&s));
	assert_int_equal(f.bytes[STATE], 0);
	assert_true(!asked || flushed_since);
}

/* A flush that was asked for while the vCPU was preempted is done before it seems to run, whenever that was, whatever failed. */
static void flush_is_never_lost(void **state)
{
	int when, fail, leaves, asks = 0;

	(void)state;
	for (when = 1; when < 20; when++) {
		for (fail = 0; fail < 20; fail++) {
			for (leaves = 1; leaves < 4; leaves++) {
				int i;

				setup(NULL);
				asked = false;
				pv_steal_set(&s, &f.mem, 0);
				ask_at = when;
				f.fail_at = fail;
				f.before = ask;
				for (i = 0; i < leaves; i++)
					pv_steal_leave(&s);
				enter_guest(100);
				for (i = 0; i < leaves; i++)
					pv_steal_leave(&s);
				enter_guest(200);
				asks += asked;
			}
		}
	}
	assert_true(asks > 100);
}

/* A flush is owed even if the guest takes its record away meanwhile, or the state was odd from the start. */
static void flush_survives(void **state)
{
	(void)state;
	pv_steal_set(&s, &f.mem, 0);
	f.bytes[STATE] = PV_STEAL_FLUSH;
	assert_int_equal(pv_steal_leave(&s), 0);
	pv_steal_set(&s, NULL, 0);
	assert_int_equal(pv_steal_enter(&s, 0), 0);
	assert_true(pv_steal_take_flush(&s));
}

static int far;		/* how far the next short way comes */

int host_user_add_versioned(unsigned long hva, u64 delta)
{
	assert_int_equal(hva, 0x1000);
	if (far >= 2)
		memcpy(f.bytes + TIME, &(u64){ fake_u64(&f, TIME) + delta }, 8);
	if (far >= 1)
		f.bytes[VERSION] += 1;
	if (far == 3)
		f.bytes[VERSION] += 1;
	return far;
}

/* The short way tells all, or the long one tells what it did not, once; it is open while the record is whole and says that the vCPU runs. */
static void short_way(void **state)
{
	u64 now = 0;
	int round;

	(void)state;
	pv_steal_set(&s, &f.mem, 0);
	pv_steal_found(&s, 0x1000);
	assert_int_equal(s.at, 0);
	assert_int_equal(pv_steal_enter(&s, 0), 0);
	for (round = 0; round < 8; round++) {
		pv_steal_found(&s, 0x1000);
		assert_int_equal(s.at, 0x1000);
		far = round & 3;
		f.accesses = 0;
		now += 10;
		assert_int_equal(pv_steal_tell(&s, 10), far == 3);
		assert_int_equal(f.accesses, 0);
		if (far < 3) {
			/* not open again before the long way has been gone */
			assert_int_equal(s.at, 0);
			pv_steal_found(&s, 0x1000);
			assert_int_equal(s.at, far ? 0 : 0x1000);
			assert_int_equal(pv_steal_enter(&s, now), 0);
		}
		assert_true(fake_u64(&f, TIME) == now && !(fake_u32(&f, VERSION) & 1));
	}
	pv_steal_found(&s, 0x1000);
	assert_int_equal(pv_steal_leave(&s), 0);
	assert_int_equal(s.at, 0);
	pv_steal_found(&s, 0x1000);
	assert_int_equal(s.at, 0);
	assert_int_equal(pv_steal_enter(&s, now), 0);
	pv_steal_found(&s, 0x1000);
	pv_steal_set(&s, NULL, now);
	assert_int_equal(s.at, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(grows, setup),
		cmocka_unit_test_setup(versions, setup),
		cmocka_unit_test_setup(preempted, setup), cmocka_unit_test_setup(marked_amid, setup),
		cmocka_unit_test_setup(failures, setup),
		cmocka_unit_test_setup(flush_is_never_lost, setup),
		cmocka_unit_test_setup(flush_survives, setup), cmocka_unit_test_setup(short_way, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
