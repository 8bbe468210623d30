// SPDX-License-Identifier: GPL-2.0
/*
 * The explorer, on programs a few lines long of which all schedules are known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

#include "../../model/explore/arena.h"
#include "../../model/explore/explore.h"
#include "../../model/explore/trace.h"
#include "../../model/machine/memory.h"

static int shared, locked, seen[8], nr_seen;
static char order[8];
static int at;
static void *block;

void explore_reset_state(void)
{
	shared = 0;
	locked = 0;
	at = 0;
	memset(order, 0, sizeof(order));
}

void trace_describe(char *buf, unsigned int len)
{
	snprintf(buf, len, "shared=%d", shared);
}

void trace_legend(char *buf, unsigned int len)
{
	snprintf(buf, len, "x: 0 before");
}

static struct explore_result r;
static struct explore_limits limits;

static int setup(void **state)
{
	(void)state;
	limits = (struct explore_limits){ .preemptions = 2, .schedules = 100000, .seed = 1 };
	nr_seen = 0;
	memset(seen, 0, sizeof(seen));
	return 0;
}

/* An increment in two steps. */
static void increment(void *arg)
{
	int v;

	(void)arg;
	explore_point("load");
	v = shared;
	trace_step("load %d", v);
	explore_point("store");
	shared = v + 1;
	trace_step("store %d", v + 1);
}

static void two_increments(void)
{
	explore_spawn("a", 0, increment, NULL);
	explore_spawn("b", 1, increment, NULL);
}

static void check_two(void)
{
	if (shared != 2)
		explore_violation("count", "%d after two increments", shared);
}

/* A lost update needs one forced switch; bound 0 does not find it, bound 1 does. */
static void lost_update(void **state)
{
	struct explore_program p = { two_increments, check_two, false };
	struct explore_result again;

	(void)state;
	limits.preemptions = 0;
	explore_search(&p, &limits, &r);
	assert_int_equal(r.end, EXPLORE_PASSED);
	assert_int_equal(r.bound_done, 0);
	assert_int_equal(r.schedules, 2);
	limits.preemptions = 3;
	explore_search(&p, &limits, &r);
	assert_int_equal(r.end, EXPLORE_VIOLATION);
	assert_string_equal(r.rule, "count");
	assert_int_equal(r.preemptions, 1);
	assert_int_equal(r.bound_done, 0);
	/* and the schedule it gives fails again */
	explore_replay(&p, r.choice, r.choices, &again);
	assert_int_equal(again.end, EXPLORE_VIOLATION);
	assert_string_equal(again.what, r.what);
	assert_int_equal(trace.steps, 4);
	assert_string_equal(trace.step[0].state, "shared=0");
}

/* What random schedules find is said to be found so, and the same seed finds it again. */
static void random_finds_it(void **state)
{
	struct explore_program p = { two_increments, check_two, false };
	struct explore_result first;

	(void)state;
	limits.preemptions = 0;
	limits.random = 500;
	explore_search(&p, &limits, &first);
	assert_int_equal(first.end, EXPLORE_VIOLATION);
	assert_true(first.by_chance);
	assert_int_equal(first.bound_done, 0);
	/* equal seeds, equal schedules */
	explore_search(&p, &limits, &r);
	assert_int_equal(r.schedules, first.schedules);
	limits.only_random = true;
	explore_search(&p, &limits, &r);
	assert_true(r.by_chance);
	assert_int_equal(r.bound_done, -1);
}

/*
 * Two threads of three steps each have 20 interleavings. Each counts once, however many bounds
 * and random schedules run it, and only a bound that keeps nobody back is exhaustive.
 */
static void each_counts_once(void **state)
{
	struct explore_program p = { two_increments, NULL, false };
	unsigned long last = 0;
	unsigned int bound;

	(void)state;
	for (bound = 0; bound < 4; bound++) {
		limits.preemptions = bound;
		limits.random = 0;
		explore_search(&p, &limits, &r);
		assert_int_equal(r.bound_done, bound);
		assert_false(r.exhaustive);
		assert_in_range(r.schedules, last + 1, 19);
		last = r.schedules;
		limits.random = 5000;
		explore_search(&p, &limits, &r);
		assert_false(r.exhaustive);
		assert_in_range(r.schedules, last, 20);
	}
	limits.preemptions = 100;
	explore_search(&p, &limits, &r);
	assert_true(r.exhaustive);
	assert_false(r.by_chance);
	assert_int_equal(r.bound_done, 4);
	assert_int_equal(r.schedules, 20);
}

static bool is_free(const void *arg)
{
	return !*(const int *)arg;
}

static void lock(void)
{
	explore_point("lock");
	while (locked)
		explore_block(is_free, &locked, "the lock");
	locked = 1;
}

static void locked_increment(void *arg)
{
	lock();
	increment(arg);
	locked = 0;
}

static void two_locked(void)
{
	explore_spawn("a", 0, locked_increment, NULL);
	explore_spawn("b", 1, locked_increment, NULL);
}

static void lock_helps(void **state)
{
	struct explore_program p = { two_locked, check_two, false };

	(void)state;
	limits.preemptions = 4;
	explore_search(&p, &limits, &r);
	assert_int_equal(r.end, EXPLORE_PASSED);
	assert_true(r.exhaustive);
}

static void letter(void *arg)
{
	explore_point("first");
	order[at++] = *(char *)arg;
	explore_point("second");
	order[at++] = *(char *)arg;
}

static void two_letters(void)
{
	explore_spawn("a", 0, letter, "a");
	explore_spawn("b", 1, letter, "b");
}

static char orders[64][8];

static void collect(void)
{
	int i;

	for (i = 0; i < nr_seen; i++)
		if (!strcmp(orders[i], order))
			return;
	strcpy(orders[nr_seen++], order);
}

/* Of two threads with two steps each there are six orders, found with two switches. */
static void all_orders(void **state)
{
	struct explore_program p = { two_letters, collect, false };

	(void)state;
	limits.preemptions = 0;
	explore_search(&p, &limits, &r);
	assert_int_equal(nr_seen, 2);
	limits.preemptions = 1;
	explore_search(&p, &limits, &r);
	assert_int_equal(nr_seen, 4);
	limits.preemptions = 2;
	explore_search(&p, &limits, &r);
	assert_int_equal(nr_seen, 6);
}

static void chooser(void *arg)
{
	(void)arg;
	seen[explore_choose(3, "x") * 2 + explore_choose(2, "y")]++;
}

static void one_chooser(void)
{
	explore_spawn("a", 0, chooser, NULL);
}

static void all_values(void **state)
{
	struct explore_program p = { one_chooser, NULL, false };
	int i;

	(void)state;
	limits.preemptions = 0;
	explore_search(&p, &limits, &r);
	assert_int_equal(r.schedules, 6);
	for (i = 0; i < 6; i++)
		assert_int_equal(seen[i], 1);
}

static bool never(const void *arg)
{
	(void)arg;
	return false;
}

static void waits(void *arg)
{
	explore_block(never, arg, "Godot");
}

static void one_waits(void)
{
	explore_spawn("a", 0, waits, NULL);
}

static void deadlock(void **state)
{
	struct explore_program p = { one_waits, NULL, false };

	(void)state;
	explore_search(&p, &limits, &r);
	assert_string_equal(r.rule, "deadlock");
	assert_string_equal(r.what, "a waits for Godot");
}

static void spins(void *arg)
{
	(void)arg;
	while (!shared)
		explore_yield("a flag");
}

static void one_spins(void)
{
	explore_spawn("a", 0, spins, NULL);
}

static void spinning(void **state)
{
	struct explore_program p = { one_spins, NULL, false };

	(void)state;
	explore_search(&p, &limits, &r);
	assert_string_equal(r.rule, "spinning");
}

static void goes_on(void *arg)
{
	(void)arg;
	while (!shared)
		explore_point("again");
}

static void one_goes_on(void)
{
	explore_spawn("a", 0, goes_on, NULL);
}

static void livelock(void **state)
{
	struct explore_program p = { one_goes_on, NULL, false };

	(void)state;
	explore_search(&p, &limits, &r);
	assert_string_equal(r.rule, "spinning");
}

static void leaks(void *arg)
{
	(void)arg;
	block = arena_alloc(100, 0);
}

static void one_leaks(void)
{
	explore_spawn("a", 0, leaks, NULL);
}

static void leak(void **state)
{
	struct explore_program p = { one_leaks, NULL, true };

	(void)state;
	explore_search(&p, &limits, &r);
	assert_string_equal(r.rule, "leak");
}

/* Threads of one PE: who has preemption off is not interrupted by the other. */
static void atomic_letter(void *arg)
{
	explore_current()->atomic++;
	letter(arg);
	explore_current()->atomic--;
}

static void two_on_one(void)
{
	explore_spawn("a", 0, atomic_letter, "a");
	explore_spawn("b", 0, atomic_letter, "b");
}

static void preemption_off(void **state)
{
	struct explore_program p = { two_on_one, collect, false };

	(void)state;
	explore_search(&p, &limits, &r);
	assert_int_equal(r.end, EXPLORE_PASSED);
	assert_int_equal(nr_seen, 2);
}

static void too_many(void **state)
{
	struct explore_program p = { two_letters, NULL, false };

	(void)state;
	limits.schedules = 3;
	explore_search(&p, &limits, &r);
	assert_int_equal(r.end, EXPLORE_UNFINISHED);
}

/* The heap: same addresses each time, zero, nothing reused, everything known. */
static void heap(void **state)
{
	char *p, *q, *again;
	size_t size;

	(void)state;
	arena_reset();
	p = arena_alloc(20, 0);
	q = arena_alloc(4096, 4096);
	assert_non_null(p);
	assert_int_equal((uintptr_t)q & 4095, 0);
	assert_int_equal(arena_check(p, 20), ARENA_FINE);
	assert_int_equal(arena_check(p + 19, 2), ARENA_WILD);
	assert_int_equal(arena_check(p - 1, 1), ARENA_FINE == arena_check(p - 1, 1) ?
			 ARENA_FINE : ARENA_WILD);
	assert_int_equal(arena_check(&size, 8), ARENA_FINE);
	p[3] = 1;
	assert_true(arena_free(p));
	assert_int_equal(arena_check(p, 1), ARENA_FREED);
	assert_int_equal(p[3], 0);
	assert_false(arena_free(p));
	assert_false(arena_free(q + 1));
	assert_int_equal(arena_live(&size, NULL), 1);
	assert_int_equal(size, 4096);
	arena_reset();
	again = arena_alloc(20, 0);
	assert_ptr_equal(again, p);
	assert_null(arena_alloc(1UL << 40, 0));
	arena_reset();
}

static void printed(void **state)
{
	struct explore_program p = { two_increments, check_two, false };
	struct trace_head h = { .scenario = "lost-update", .policy = "none", .contract = "any" };
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	explore_search(&p, &limits, &r);
	explore_replay(&p, r.choice, r.choices, &r);
	trace_text(f, &h);
	fclose(f);
	assert_non_null(strstr(text, "VIOLATION of count: 1 after two increments"));
	free(text);

	h.wanted = true;
	f = open_memstream(&text, &len);
	trace_text(f, &h);
	fclose(f);
	assert_null(strstr(text, "VIOLATION"));
	assert_non_null(strstr(text, "found, as must be: breaks count: 1 after two increments"));
	free(text);
}

/* The picture is well-formed as far as a count of brackets and a reader's eye go. */
static void drawn(void **state)
{
	struct explore_program p = { two_increments, check_two, false };
	struct trace_head h = { .scenario = "lost<update", .policy = "none", .mutant = "a&b", .mutant_does = "forgets", .contract = "any",
				.story = "A story.", .promise = "both count", .wanted = true };
	unsigned int open = 0, close = 0;
	char *text, *c;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	explore_search(&p, &limits, &r);
	explore_replay(&p, r.choice, r.choices, &r);
	trace_picture(f, &h);
	fclose(f);
	for (c = text; *c; c++) {
		open += *c == '<';
		close += *c == '>';
	}
	assert_int_equal(open, close);
	assert_non_null(strstr(text, "lost&lt;update"));
	assert_non_null(strstr(text, "1 after two increments"));
	assert_string_equal(text + len - 7, "</svg>\n");
	free(text);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lost_update), TEST(random_finds_it), TEST(each_counts_once),
		TEST(lock_helps),
		TEST(all_orders), TEST(all_values), TEST(deadlock), TEST(spinning),
		TEST(livelock), TEST(leak), TEST(preemption_off), TEST(too_many),
		TEST(heap), TEST(printed), TEST(drawn),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	memory_map();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
