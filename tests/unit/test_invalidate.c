// SPDX-License-Identifier: GPL-2.0
/*
 * Invalidations: what is unmapped, who waits for whom, and who has to start again.
 */
#include "gmem_env.h"

#define MAY_SLEEP	HOST_INVAL_MAY_SLEEP

/* User addresses of page @n of the test's memory. */
static unsigned long at(unsigned long n)
{
	return ENV_HVA + n * PAGE;
}

static void invalidate(unsigned long start, unsigned long end)
{
	env_range_start(start, end, 0);
	env_range_end(start, end);
}

static uint64_t snapshot(unsigned long hva, unsigned long len)
{
	u64 seq = 0;

	assert_int_equal(gmem_inval_snapshot(gm, hva, len, false, &seq), 0);
	return seq;
}

static int snapshot_now(unsigned long hva, unsigned long len)
{
	u64 seq;

	return gmem_inval_snapshot(gm, hva, len, false, &seq);
}

/* Exactly the guest frames that stand on the range are unmapped, in every slot that has some. */
static void unmaps_what_overlaps(void **state)
{
	static const struct {
		unsigned long start, end;	/* pages */
		struct {
			uint64_t gfn, n;
		} want[3];
	} t[] = {
		{ 0, 100, { { 1000, 10 }, { 2000, 5 }, { 3000, 4 } } },
		{ 9, 10, { { 1009, 1 } } },
		{ 10, 20, { { 0 } } },
		{ 19, 21, { { 2000, 1 } } },
		{ 20, 21, { { 2000, 1 } } },
		{ 23, 24, { { 2003, 1 }, { 3000, 1 } } },
		{ 24, 26, { { 2004, 1 }, { 3001, 2 } } },
		{ 26, 27, { { 3003, 1 } } },
		{ 27, 1000, { { 0 } } },
		{ 5, 24, { { 1005, 5 }, { 2000, 4 }, { 3000, 1 } } },
	};
	unsigned int i, n;

	(void)state;
	assert_int_equal(env_region(0, 1000, 10, at(0), 0), 0);
	assert_int_equal(env_region(1, 2000, 5, at(20), 0), 0);
	/* Two slots may stand on the same memory. */
	assert_int_equal(env_region(2, 3000, 4, at(23), 0), 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		env_forget_events();
		invalidate(at(t[i].start), at(t[i].end));
		for (n = 0; n < 3 && t[i].want[n].n; n++) {
			assert_true(n < env_nr_events);
			assert_int_equal(env_events[n].what, ENV_UNMAP);
			assert_int_equal(env_events[n].gfn, t[i].want[n].gfn);
			assert_int_equal(env_events[n].n, t[i].want[n].n);
		}
		if (env_nr_events != n)
			fail_msg("row %u: %u unmaps", i, env_nr_events);
	}
}

/* A range that reaches to the end of all addresses unmaps the whole slot, and no more. */
static void range_without_end(void **state)
{
	(void)state;
	assert_int_equal(env_region(0, 1000, 10, (1UL << 47) - 10 * PAGE, 0), 0);
	invalidate(0, ~0UL);
	assert_int_equal(env_nr_events, 1);
	assert_int_equal(env_events[0].gfn, 1000);
	assert_int_equal(env_events[0].n, 10);
	env_forget_events();
	invalidate((1UL << 47) - PAGE, ~0UL);
	assert_int_equal(env_nr_events, 1);
	assert_int_equal(env_events[0].gfn, 1009);
	assert_int_equal(env_events[0].n, 1);
}

/* The client may sleep exactly when the host may. */
static void passes_on_may_sleep(void **state)
{
	(void)state;
	assert_int_equal(env_region(0, 1000, 10, at(0), 0), 0);
	env_range_start(at(0), at(1), 0);
	env_range_start(at(0), at(1), MAY_SLEEP);
	assert_false(env_events[0].may_sleep);
	assert_true(env_events[1].may_sleep);
	env_range_end(at(0), at(1));
	env_range_end(at(0), at(1));
}

static uint64_t early;

static void already_recorded(const struct env_event *e)
{
	(void)e;
	assert_true(gmem_inval_changed(gm, early, at(0), PAGE));
	assert_int_equal(snapshot_now(at(0), PAGE), -EAGAIN);
}

/* When the client is told to unmap, nobody can any more pass off an older answer as new. */
static void recorded_before_unmap(void **state)
{
	(void)state;
	assert_int_equal(env_region(0, 1000, 10, at(0), 0), 0);
	early = snapshot(at(0), PAGE);
	env_on_event = already_recorded;
	invalidate(at(0), at(1));
	assert_int_equal(env_nr_events, 1);
}

/* An answer is out of date when a range that overlaps began since; borders are exact. */
static void changed_is_exact(void **state)
{
	static const struct {
		unsigned long start, end;
		bool want;
	} t[] = {
		{ 8, 10, false }, { 9, 11, true }, { 10, 11, true }, { 11, 12, true },
		{ 12, 13, false }, { 0, 100, true }, { 10, 12, true },
	};
	unsigned int i;
	uint64_t seq;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		seq = snapshot(at(10), 2 * PAGE);
		assert_false(gmem_inval_changed(gm, seq, at(10), 2 * PAGE));
		invalidate(at(t[i].start), at(t[i].end));
		if (gmem_inval_changed(gm, seq, at(10), 2 * PAGE) != t[i].want)
			fail_msg("row %u", i);
		/* What came before a snapshot does not count. */
		seq = snapshot(at(10), 2 * PAGE);
		assert_false(gmem_inval_changed(gm, seq, at(10), 2 * PAGE));
	}
}

/* Each of the last 32 is known exactly, wherever in the ring; what is older counts as overlapping. */
static void ring_is_exact(void **state)
{
	unsigned int hit, turn, i;
	uint64_t seq;

	(void)state;
	for (turn = 0; turn < 3 * GMEM_INVAL_RING; turn++) {
		for (hit = 0; hit <= GMEM_INVAL_RING; hit += 5) {
			seq = snapshot(at(0), PAGE);
			for (i = 0; i < GMEM_INVAL_RING; i++) {
				unsigned long p = i == hit ? 0 : 1 + i;

				invalidate(at(p), at(p + 1));
			}
			assert_int_equal(gmem_inval_changed(gm, seq, at(0), PAGE),
					 hit < GMEM_INVAL_RING);
		}
		/* Shift everything by one. */
		invalidate(at(50), at(51));
	}
	seq = snapshot(at(0), PAGE);
	for (i = 0; i < GMEM_INVAL_RING; i++)
		invalidate(at(50), at(51));
	assert_false(gmem_inval_changed(gm, seq, at(0), PAGE));
	invalidate(at(50), at(51));
	assert_true(gmem_inval_changed(gm, seq, at(0), PAGE));
}

/* A range that still runs has begun: it counts as a change, and forbids a new snapshot. */
static void running_counts(void **state)
{
	uint64_t seq = snapshot(at(0), PAGE);

	(void)state;
	env_range_start(at(0), at(4), 0);
	assert_true(gmem_inval_changed(gm, seq, at(0), PAGE));
	assert_int_equal(snapshot_now(at(0), PAGE), -EAGAIN);
	assert_int_equal(snapshot_now(at(3), PAGE), -EAGAIN);
	assert_int_equal(snapshot_now(at(3), 2 * PAGE), -EAGAIN);
	assert_int_equal(snapshot_now(at(4), PAGE), 0);
	env_range_end(at(0), at(4));
	assert_int_equal(snapshot_now(at(0), PAGE), 0);
	/* Ended, but begun after the first snapshot. */
	assert_true(gmem_inval_changed(gm, seq, at(0), PAGE));
}

/* Bytes that reach over the end of the address space overlap what lies up to there. */
static void length_does_not_wrap(void **state)
{
	unsigned long last = -PAGE;
	uint64_t seq = snapshot(last, ~0UL);

	(void)state;
	env_range_start(last, ~0UL, 0);
	assert_int_equal(snapshot_now(last, ~0UL), -EAGAIN);
	assert_int_equal(snapshot_now(last, 2 * PAGE), -EAGAIN);
	assert_int_equal(snapshot_now(0, PAGE), 0);
	assert_true(gmem_inval_changed(gm, seq, last, PAGE));
	assert_false(gmem_inval_changed(gm, seq, 0, PAGE));
	env_range_end(last, ~0UL);
}

/* Sixteen may run at once and are known exactly, whatever the order of their ends. */
static void sixteen_are_exact(void **state)
{
	static const unsigned int order[] = {
		7, 0, 15, 3, 12, 1, 14, 2, 8, 13, 4, 9, 5, 11, 6, 10,
	};
	bool runs[GMEM_INVAL_RUNNING];
	unsigned int i, k;

	(void)state;
	for (i = 0; i < GMEM_INVAL_RUNNING; i++) {
		env_range_start(at(2 * i), at(2 * i + 1), 0);
		runs[i] = true;
	}
	for (i = 0; i < GMEM_INVAL_RUNNING; i++) {
		for (k = 0; k < GMEM_INVAL_RUNNING; k++) {
			assert_int_equal(snapshot_now(at(2 * k), PAGE), runs[k] ? -EAGAIN : 0);
			assert_int_equal(snapshot_now(at(2 * k + 1), PAGE), 0);
		}
		env_range_end(at(2 * order[i]), at(2 * order[i] + 1));
		runs[order[i]] = false;
	}
	assert_int_equal(snapshot_now(0, ~0UL), 0);
}

/* More than sixteen are known by their union until the last of those has ended. */
static void more_fall_back_to_the_union(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < GMEM_INVAL_RUNNING; i++)
		env_range_start(at(100 + i), at(101 + i), 0);
	env_range_start(at(10), at(12), 0);
	assert_int_equal(snapshot_now(at(12), PAGE), 0);
	env_range_start(at(20), at(22), 0);
	assert_int_equal(snapshot_now(at(9), PAGE), 0);
	assert_int_equal(snapshot_now(at(10), PAGE), -EAGAIN);
	assert_int_equal(snapshot_now(at(15), PAGE), -EAGAIN);	/* in between: the price */
	assert_int_equal(snapshot_now(at(21), PAGE), -EAGAIN);
	assert_int_equal(snapshot_now(at(22), PAGE), 0);
	env_range_end(at(10), at(12));
	assert_int_equal(snapshot_now(at(21), PAGE), -EAGAIN);
	/* One that began in the list ends: there is room again, the union stays. */
	env_range_end(at(100), at(101));
	env_range_start(at(50), at(51), 0);
	assert_int_equal(snapshot_now(at(49), PAGE), 0);
	assert_int_equal(snapshot_now(at(50), PAGE), -EAGAIN);
	env_range_end(at(20), at(22));
	assert_int_equal(snapshot_now(at(10), PAGE), 0);
	assert_int_equal(snapshot_now(at(21), PAGE), 0);
	env_range_end(at(50), at(51));
	/* A second overflow starts from nothing. */
	env_range_start(at(100), at(101), 0);
	env_range_start(at(30), at(31), 0);
	assert_int_equal(snapshot_now(at(21), PAGE), 0);
	assert_int_equal(snapshot_now(at(30), PAGE), -EAGAIN);
	env_range_end(at(30), at(31));
	for (i = 0; i < GMEM_INVAL_RUNNING; i++)
		env_range_end(at(100 + i), at(101 + i));
	assert_int_equal(snapshot_now(0, ~0UL), 0);
}

/* Equal ranges, one in the list and one in the union, each hold until both have ended. */
static void equal_ranges(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < GMEM_INVAL_RUNNING + 3; i++)
		env_range_start(at(5), at(6), 0);
	for (i = 0; i < GMEM_INVAL_RUNNING + 3; i++) {
		assert_int_equal(snapshot_now(at(5), PAGE), -EAGAIN);
		env_range_end(at(5), at(6));
	}
	assert_int_equal(snapshot_now(at(5), PAGE), 0);
}

/* An end whose start nobody told us of, from before we listened, ends nothing else. */
static void end_without_start(void **state)
{
	(void)state;
	env_range_end(at(0), at(10));
	env_range_start(at(0), at(4), 0);
	env_range_end(at(0), at(10));
	assert_int_equal(snapshot_now(at(0), PAGE), -EAGAIN);
	env_range_end(at(0), at(4));
	assert_int_equal(snapshot_now(at(0), PAGE), 0);
}

static unsigned int slept;

static void ends_in_two_steps(struct shim_wait_queue *q)
{
	(void)q;
	/* First one that does not matter, then the one that does. */
	if (!slept++)
		env_range_end(at(8), at(9));
	else
		env_range_end(at(0), at(4));
}

/* Who may sleep waits until what overlaps has ended, and stands after it in the order. */
static void waits_for_the_end(void **state)
{
	u64 seq;

	(void)state;
	slept = 0;
	env_range_start(at(0), at(4), 0);
	env_range_start(at(8), at(9), 0);
	shim_on_sleep = ends_in_two_steps;
	assert_int_equal(gmem_inval_snapshot(gm, at(2), PAGE, true, &seq), 0);
	assert_int_equal(slept, 2);
	assert_int_equal(seq, gm->inval.seq);
	assert_false(gmem_inval_changed(gm, seq, at(2), PAGE));
	assert_int_equal(gm->inval.wait.shim.sleepers, 0);
}

static void ends_and_begins(struct shim_wait_queue *q)
{
	(void)q;
	env_range_end(at(0), at(4));
	if (!slept++)
		env_range_start(at(0), at(4), 0);
}

/* Woken, it looks again: another one may have begun meanwhile. */
static void looks_again_when_woken(void **state)
{
	u64 seq;

	(void)state;
	slept = 0;
	env_range_start(at(0), at(4), 0);
	shim_on_sleep = ends_and_begins;
	assert_int_equal(gmem_inval_snapshot(gm, at(2), PAGE, true, &seq), 0);
	assert_int_equal(slept, 2);
	assert_int_equal(seq, 2);
}

/* A signal ends the wait with -EINTR, and nobody is left in the queue. */
static void signal_ends_the_wait(void **state)
{
	u64 seq;

	(void)state;
	env_range_start(at(0), at(4), 0);
	assert_int_equal(gmem_inval_snapshot(gm, at(2), PAGE, true, &seq), -EINTR);
	assert_int_equal(gm->inval.wait.shim.sleepers, 0);
	env_range_end(at(0), at(4));
}

/* An end wakes nobody when nobody waits. */
static void wakes_only_sleepers(void **state)
{
	(void)state;
	invalidate(at(0), at(4));
	assert_int_equal(gm->inval.wait.shim.wakes, 0);
}

/* The question of age reaches the frames that overlap, and is answered yes if any says so. */
static void age_asks_what_overlaps(void **state)
{
	static const enum host_age how[] = {
		HOST_AGE_TEST, HOST_AGE_CLEAR, HOST_AGE_CLEAR_FLUSH,
	};
	unsigned int i;

	(void)state;
	assert_int_equal(env_region(0, 1000, 10, at(0), 0), 0);
	assert_int_equal(env_region(1, 2000, 10, at(8), 0), 0);
	for (i = 0; i < 3; i++) {
		env_forget_events();
		env_young_below = 0;
		assert_false(env_age(at(9), at(10), how[i]));
		assert_int_equal(env_nr_events, 2);
		assert_int_equal(env_events[0].what, ENV_AGE);
		assert_int_equal(env_events[0].gfn, 1009);
		assert_int_equal(env_events[1].gfn, 2001);
		assert_int_equal(env_events[1].n, 1);
		assert_int_equal(env_events[1].how, how[i]);
		/* The first slot says yes, the second no. */
		env_young_below = 2000;
		assert_true(env_age(at(9), at(10), how[i]));
		assert_false(env_age(at(30), at(31), how[i]));
	}
}

/* The end of the address space unmaps everything, and whoever is resolving finds out. */
static void release_takes_all(void **state)
{
	uint64_t seq = snapshot(at(0), PAGE);

	(void)state;
	assert_int_equal(env_region(0, 1000, 10, at(0), 0), 0);
	env_release();
	assert_int_equal(env_nr_events, 1);
	assert_int_equal(env_events[0].gfn, 0);
	assert_int_equal(env_events[0].n, ENV_MAX_GFN);
	assert_true(gmem_inval_changed(gm, seq, at(0), PAGE));
	assert_true(gmem_inval_changed(gm, seq, 0, 1));
}

#define MODEL_RUNS	40
#define MODEL_PAGES	24

/*
 * With random ranges beginning and ending, no snapshot ever succeeds that overlaps
 * a running range, none fails without a reason while sixteen or fewer run, and no change
 * is ever denied.
 */
static void agrees_with_simple_model(void **state)
{
	struct {
		unsigned long start, end;
	} runs[MODEL_RUNS];
	unsigned long touched[MODEL_PAGES] = { 0 };	/* number of the last begin */
	uint64_t seq[MODEL_PAGES] = { 0 };
	unsigned long taken[MODEL_PAGES] = { 0 };	/* begins when seq was taken */
	unsigned long begins = 0;
	unsigned int n = 0, i, k, exact = 0;
	bool over = false;

	(void)state;
	for (i = 0; i < 200000; i++) {
		unsigned long p = env_random() % MODEL_PAGES;
		bool busy = false;
		u64 s;

		if (n < MODEL_RUNS && env_random() % 2) {
			runs[n].start = env_random() % MODEL_PAGES;
			runs[n].end = runs[n].start + 1 + env_random() % 3;
			begins++;
			for (k = runs[n].start; k < runs[n].end && k < MODEL_PAGES; k++)
				touched[k] = begins;
			env_range_start(at(runs[n].start), at(runs[n].end), 0);
			n++;
		} else if (n) {
			k = env_random() % n;
			env_range_end(at(runs[k].start), at(runs[k].end));
			runs[k] = runs[--n];
		}
		over = n > GMEM_INVAL_RUNNING || (over && n);
		for (k = 0; k < n; k++)
			busy |= runs[k].start <= p && p < runs[k].end;
		if (gmem_inval_snapshot(gm, at(p), PAGE, false, &s)) {
			assert_true(busy || over);
		} else {
			assert_false(busy);
			exact++;
			seq[p] = s;
			taken[p] = begins;
		}
		p = env_random() % MODEL_PAGES;
		if (touched[p] > taken[p])
			assert_true(gmem_inval_changed(gm, seq[p], at(p), PAGE));
		else if (begins - taken[p] <= GMEM_INVAL_RING)
			assert_false(gmem_inval_changed(gm, seq[p], at(p), PAGE));
	}
	assert_true(exact > 1000);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unmaps_what_overlaps),
		TEST(range_without_end),
		TEST(passes_on_may_sleep),
		TEST(recorded_before_unmap),
		TEST(changed_is_exact),
		TEST(ring_is_exact),
		TEST(running_counts),
		TEST(length_does_not_wrap),
		TEST(sixteen_are_exact),
		TEST(more_fall_back_to_the_union),
		TEST(equal_ranges),
		TEST(end_without_start),
		TEST(waits_for_the_end),
		TEST(looks_again_when_woken),
		TEST(signal_ends_the_wait),
		TEST(wakes_only_sleepers),
		TEST(age_asks_what_overlaps),
		TEST(release_takes_all),
		TEST(agrees_with_simple_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
