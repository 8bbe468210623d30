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

static void begin(struct gmem_look *l, unsigned long hva)
{
	assert_int_equal(gmem_look_begin(gm, l, hva), 0);
	assert_int_equal(l->lost, GMEM_LOOK_KEPT);
}

/* What a look-up says of an invalidation, begun and ended during it. */
static unsigned int lost_by(unsigned long hva, unsigned long start, unsigned long end)
{
	struct gmem_look l;

	begin(&l, hva);
	invalidate(start, end);
	gmem_look_end(gm, &l);
	return l.lost;
}

static int quiet_now(unsigned long hva, unsigned long len)
{
	return gmem_inval_wait(gm, hva, len, false);
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

static struct gmem_look early;

static void already_told(const struct env_event *e)
{
	(void)e;
	assert_true(gmem_look_lost(&early, GMEM_PAGE_SHIFT));
	assert_int_equal(quiet_now(at(0), PAGE), -EAGAIN);
}

/* When the client is told to unmap, nobody can any more pass off an older answer as new. */
static void recorded_before_unmap(void **state)
{
	(void)state;
	assert_int_equal(env_region(0, 1000, 10, at(0), 0), 0);
	begin(&early, at(0));
	env_on_event = already_told;
	invalidate(at(0), at(1));
	assert_int_equal(env_nr_events, 1);
	gmem_look_end(gm, &early);
}

/* An answer is out of date for the blocks that a range has touched since, and for no smaller one. */
static void told_how_near(void **state)
{
	static const struct {
		unsigned long hva, start, end;	/* pages */
		unsigned int lost;
	} t[] = {
		{ 10, 10, 11, 0 }, { 10, 0, 100, 0 }, { 10, 9, 12, 0 },
		{ 10, 11, 12, 13 }, { 10, 12, 13, 15 }, { 11, 10, 11, 13 }, { 10, 9, 10, 14 },
		{ 10, 0, 8, 16 }, { 0, 511, 512, 21 }, { 0, 512, 600, 22 }, { 511, 512, 513, 22 },
		{ 512, 0, 512, 22 }, { 0, 1UL << 18, 1UL << 19, 31 }, { 0, 1, 1UL << 30, 13 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (lost_by(t[i].hva * PAGE, t[i].start * PAGE, t[i].end * PAGE) != t[i].lost)
			fail_msg("row %u: %u", i, lost_by(t[i].hva * PAGE, t[i].start * PAGE, t[i].end * PAGE));
	/* wherever in the page the address lies; to the end of all addresses */
	assert_int_equal(lost_by(at(3) + 123, at(3), at(4)), 0);
	assert_int_equal(lost_by(0, 1UL << 63, ~0UL), 64);
	assert_int_equal(lost_by(1UL << 63, 0, ~0UL), 0);
	/* The nearest of several counts, whatever the order. */
	begin(&early, at(10));
	invalidate(at(10) + 512 * PAGE, at(10) + 513 * PAGE);
	invalidate(at(11), at(12));
	invalidate(at(14), at(16));
	assert_false(gmem_look_lost(&early, 12));
	assert_true(gmem_look_lost(&early, 13) && gmem_look_lost(&early, 21));
	gmem_look_end(gm, &early);
}

/* However many invalidations go by elsewhere, a look-up is not concerned; and after its end not told. */
static void never_forgets(void **state)
{
	struct gmem_look l;
	unsigned int i;

	(void)state;
	begin(&l, at(1000));
	for (i = 0; i < 10000; i++)
		invalidate(at(i % 900), at(i % 900 + 1));
	assert_false(gmem_look_lost(&l, GMEM_PAGE_SHIFT));
	invalidate(at(1000), at(1001));
	for (i = 0; i < 10000; i++)
		invalidate(at(i % 900), at(i % 900 + 1));
	assert_true(gmem_look_lost(&l, GMEM_PAGE_SHIFT));
	gmem_look_end(gm, &l);
	l.lost = GMEM_LOOK_KEPT;
	invalidate(at(1000), at(1001));
	assert_int_equal(l.lost, GMEM_LOOK_KEPT);
}

/* Several look-ups at once are each told what concerns them. */
static void many_looks(void **state)
{
	struct gmem_look l[50];
	unsigned int i;

	(void)state;
	for (i = 0; i < 50; i++)
		begin(&l[i], at(i));
	invalidate(at(7), at(9));
	for (i = 0; i < 50; i++)
		assert_int_equal(gmem_look_lost(&l[i], GMEM_PAGE_SHIFT), i == 7 || i == 8);
	for (i = 0; i < 50; i++)
		gmem_look_end(gm, &l[i * 7 % 50]);
}

/* A range that still runs concerns the blocks that it touches, and forbids a look-up of its pages. */
static void running_counts(void **state)
{
	struct gmem_look l, other;

	(void)state;
	begin(&l, at(0));
	env_range_start(at(0), at(4), 0);
	assert_true(gmem_look_lost(&l, GMEM_PAGE_SHIFT));
	gmem_look_end(gm, &l);
	assert_int_equal(quiet_now(at(0), PAGE), -EAGAIN);
	assert_int_equal(quiet_now(at(3), PAGE), -EAGAIN);
	assert_int_equal(quiet_now(at(3), 2 * PAGE), -EAGAIN);
	assert_int_equal(quiet_now(at(4), PAGE), 0);
	assert_int_equal(gmem_look_begin(gm, &l, at(3)), -EINTR);
	assert_int_equal(gmem_look_begin(gm, &other, at(4)), 0);
	assert_false(gmem_look_lost(&other, 14));
	assert_true(gmem_look_lost(&other, 15));
	env_range_end(at(0), at(4));
	assert_true(gmem_look_lost(&other, 15));
	gmem_look_end(gm, &other);
	begin(&l, at(0));
	gmem_look_end(gm, &l);
	assert_int_equal(quiet_now(at(0), PAGE), 0);
}

/* Bytes that reach over the end of the address space overlap what lies up to there. */
static void length_does_not_wrap(void **state)
{
	unsigned long last = -PAGE;

	(void)state;
	env_range_start(last, ~0UL, 0);
	assert_int_equal(quiet_now(last, ~0UL), -EAGAIN);
	assert_int_equal(quiet_now(last, 2 * PAGE), -EAGAIN);
	assert_int_equal(quiet_now(0, PAGE), 0);
	env_range_end(last, ~0UL);
	assert_int_equal(lost_by(last, last, ~0UL), 0);
	assert_int_equal(lost_by(0, last, ~0UL), 64);
}

#define MANY	1000

/* As many as there are run at once and are known exactly, whatever the order of their ends. */
static void many_are_exact(void **state)
{
	static bool runs[MANY];
	unsigned int before = shim_allocs(), i, k;

	(void)state;
	for (i = 0; i < MANY; i++) {
		env_range_start(at(2 * i), at(2 * i + 1), 0);
		runs[i] = true;
	}
	for (i = 0; i < MANY; i++) {
		unsigned int end = i * 7 % MANY;

		env_range_end(at(2 * end), at(2 * end + 1));
		runs[end] = false;
		for (k = i % 37; k < MANY; k += 37) {
			assert_int_equal(quiet_now(at(2 * k), PAGE), runs[k] ? -EAGAIN : 0);
			assert_int_equal(quiet_now(at(2 * k + 1), PAGE), 0);
		}
	}
	assert_int_equal(quiet_now(0, ~0UL), 0);
	assert_int_equal(shim_allocs(), before);
}

/* Without memory for one more a union stands for it, up to the end of all of those, and then nothing. */
static void no_memory_for_more(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < GMEM_INVAL_FEW; i++)
		env_range_start(at(100 + i), at(101 + i), 0);
	shim_fail_alloc(1);
	env_range_start(at(10), at(12), 0);
	assert_int_equal(quiet_now(at(12), PAGE), 0);
	shim_fail_alloc(1);
	env_range_start(at(20), at(22), 0);
	assert_int_equal(quiet_now(at(9), PAGE), 0);
	assert_int_equal(quiet_now(at(10), PAGE), -EAGAIN);
	assert_int_equal(quiet_now(at(15), PAGE), -EAGAIN);	/* in between: the price */
	assert_int_equal(quiet_now(at(21), PAGE), -EAGAIN);
	assert_int_equal(quiet_now(at(22), PAGE), 0);
	/* memory is back: exact again */
	shim_fail_alloc(0);
	env_range_start(at(40), at(41), 0);
	assert_int_equal(quiet_now(at(30), PAGE), 0);
	assert_int_equal(quiet_now(at(40), PAGE), -EAGAIN);
	env_range_end(at(40), at(41));
	env_range_end(at(10), at(12));
	assert_int_equal(quiet_now(at(21), PAGE), -EAGAIN);
	env_range_end(at(20), at(22));
	assert_int_equal(quiet_now(at(10), PAGE), 0);
	assert_int_equal(quiet_now(at(21), PAGE), 0);
	/* A second union starts from nothing. */
	shim_fail_alloc(1);
	env_range_start(at(30), at(31), 0);
	assert_int_equal(quiet_now(at(21), PAGE), 0);
	assert_int_equal(quiet_now(at(30), PAGE), -EAGAIN);
	shim_fail_alloc(0);
	env_range_end(at(30), at(31));
	for (i = 0; i < GMEM_INVAL_FEW; i++)
		env_range_end(at(100 + i), at(101 + i));
	assert_int_equal(quiet_now(0, ~0UL), 0);
}

/* What runs when nobody listens any more is given back with the rest: env_teardown() looks. */
static void ends_never_heard(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 3 * GMEM_INVAL_FEW; i++)
		env_range_start(at(2 * i), at(2 * i + 1), 0);
}

/* Of look-ups of one block one has the claim; the others are told so until it ends, which wakes who waits. */
static void claims_exclude(void **state)
{
	static const struct {
		unsigned long hva;	/* pages */
		unsigned int shift;
		bool free;
	} t[] = {
		{ 0, 12, false }, { 511, 12, false }, { 0, 21, false }, { 512, 12, true },
		{ 512, 21, true }, { 600, 30, false }, { 1UL << 18, 30, true },
	};
	struct gmem_look l, other;
	unsigned int i;

	(void)state;
	begin(&l, 3 * PAGE);
	assert_true(gmem_look_claim(gm, &l, 21));
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		begin(&other, t[i].hva * PAGE);
		if (gmem_look_claim(gm, &other, t[i].shift) != t[i].free)
			fail_msg("row %u", i);
		if (!t[i].free)
			assert_int_equal(gmem_look_wait(gm, &other, t[i].shift), -EINTR);
		gmem_look_end(gm, &other);
	}
	assert_int_equal(gm->inval.wait.shim.wakes, 0);
	gmem_look_end(gm, &l);
	assert_int_equal(gm->inval.wait.shim.wakes, 1);
	/* nobody waited for this one */
	begin(&other, 0);
	assert_true(gmem_look_claim(gm, &other, 12));
	gmem_look_end(gm, &other);
	assert_int_equal(gm->inval.wait.shim.wakes, 1);
}

static struct gmem_look claimed;

static void claim_ends(struct shim_wait_queue *q)
{
	(void)q;
	gmem_look_end(gm, &claimed);
}

/* Who waits for a claim comes back when that has ended. */
static void waits_for_a_claim(void **state)
{
	struct gmem_look l;

	(void)state;
	begin(&claimed, at(0));
	begin(&l, at(0));
	assert_true(gmem_look_claim(gm, &claimed, 21));
	assert_false(gmem_look_claim(gm, &l, 12));
	shim_on_sleep = claim_ends;
	assert_int_equal(gmem_look_wait(gm, &l, 12), 0);
	assert_true(gmem_look_claim(gm, &l, 12));
	gmem_look_end(gm, &l);
	assert_int_equal(gm->inval.wait.shim.sleepers, 0);
}

/* Equal ranges, one in the list and one in the union, each hold until both have ended. */
static void equal_ranges(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < GMEM_INVAL_FEW + 3; i++)
		env_range_start(at(5), at(6), 0);
	for (i = 0; i < GMEM_INVAL_FEW + 3; i++) {
		assert_int_equal(quiet_now(at(5), PAGE), -EAGAIN);
		env_range_end(at(5), at(6));
	}
	assert_int_equal(quiet_now(at(5), PAGE), 0);
}

/* An end whose start nobody told us of, from before we listened, ends nothing else. */
static void end_without_start(void **state)
{
	(void)state;
	env_range_end(at(0), at(10));
	env_range_start(at(0), at(4), 0);
	env_range_end(at(0), at(10));
	assert_int_equal(quiet_now(at(0), PAGE), -EAGAIN);
	env_range_end(at(0), at(4));
	assert_int_equal(quiet_now(at(0), PAGE), 0);
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

/* Who may sleep waits until what overlaps has ended. */
static void waits_for_the_end(void **state)
{
	struct gmem_look l;

	(void)state;
	slept = 0;
	env_range_start(at(0), at(4), 0);
	env_range_start(at(8), at(9), 0);
	shim_on_sleep = ends_in_two_steps;
	begin(&l, at(2));
	assert_int_equal(slept, 2);
	gmem_look_end(gm, &l);
	slept = 0;
	env_range_start(at(0), at(4), 0);
	env_range_start(at(8), at(9), 0);
	assert_int_equal(gmem_inval_wait(gm, at(2), PAGE, true), 0);
	assert_int_equal(slept, 2);
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
	struct gmem_look l;

	(void)state;
	slept = 0;
	env_range_start(at(0), at(4), 0);
	shim_on_sleep = ends_and_begins;
	begin(&l, at(2));
	assert_int_equal(slept, 2);
	gmem_look_end(gm, &l);
}

/* A signal ends the wait with -EINTR, and nobody is left in the queue. */
static void signal_ends_the_wait(void **state)
{
	struct gmem_look l;

	(void)state;
	env_range_start(at(0), at(4), 0);
	assert_int_equal(gmem_inval_wait(gm, at(2), PAGE, true), -EINTR);
	assert_int_equal(gmem_look_begin(gm, &l, at(2)), -EINTR);
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
	struct gmem_look l;

	(void)state;
	begin(&l, at(0));
	assert_int_equal(env_region(0, 1000, 10, at(0), 0), 0);
	env_release();
	assert_int_equal(env_nr_events, 1);
	assert_int_equal(env_events[0].gfn, 0);
	assert_int_equal(env_events[0].n, ENV_MAX_GFN);
	assert_true(gmem_look_lost(&l, GMEM_PAGE_SHIFT));
	gmem_look_end(gm, &l);
}

#define MODEL_RUNS	40
#define MODEL_PAGES	24

/*
 * With random ranges beginning and ending, with and without memory for them, no look-up begins
 * whose page is being invalidated, none is kept from beginning without a reason, and each
 * knows exactly whether its page, and whether one of eight around it, was touched.
 */
static void agrees_with_simple_model(void **state)
{
	struct {
		unsigned long start, end;
	} runs[MODEL_RUNS];
	struct gmem_look looks[MODEL_PAGES];
	bool looking[MODEL_PAGES] = { 0 }, page[MODEL_PAGES] = { 0 }, block[MODEL_PAGES] = { 0 };
	unsigned int n = 0, i, k, begun = 0;

	(void)state;
	for (i = 0; i < 200000; i++) {
		unsigned long p = env_random() % MODEL_PAGES;
		bool busy = false, near = false;

		if (n < MODEL_RUNS && env_random() % 2) {
			runs[n].start = env_random() % MODEL_PAGES;
			runs[n].end = runs[n].start + 1 + env_random() % 3;
			env_range_start(at(runs[n].start), at(runs[n].end), 0);
			for (k = 0; k < MODEL_PAGES; k++) {
				page[k] |= runs[n].start <= k && k < runs[n].end;
				block[k] |= runs[n].start < k / 8 * 8 + 8 && k / 8 * 8 < runs[n].end;
			}
			n++;
		} else if (n) {
			k = env_random() % n;
			env_range_end(at(runs[k].start), at(runs[k].end));
			runs[k] = runs[--n];
		}
		for (k = 0; k < n; k++) {
			busy |= runs[k].start <= p && p < runs[k].end;
			near |= runs[k].start < p / 8 * 8 + 8 && p / 8 * 8 < runs[k].end;
		}
		if (looking[p]) {
			assert_int_equal(gmem_look_lost(&looks[p], 12), page[p]);
			assert_int_equal(gmem_look_lost(&looks[p], 15), block[p]);
			gmem_look_end(gm, &looks[p]);
			looking[p] = false;
		} else {
			looking[p] = !gmem_look_begin(gm, &looks[p], at(p));
			assert_int_equal(looking[p], !busy);
			begun += looking[p];
			page[p] = false;
			block[p] = near;
		}
	}
	for (k = 0; k < MODEL_PAGES; k++)
		if (looking[k])
			gmem_look_end(gm, &looks[k]);
	assert_true(begun > 1000);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unmaps_what_overlaps),
		TEST(range_without_end),
		TEST(passes_on_may_sleep),
		TEST(recorded_before_unmap),
		TEST(told_how_near),
		TEST(never_forgets),
		TEST(many_looks),
		TEST(running_counts),
		TEST(length_does_not_wrap),
		TEST(many_are_exact),
		TEST(no_memory_for_more),
		TEST(ends_never_heard),
		TEST(claims_exclude),
		TEST(waits_for_a_claim),
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
