// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's primitives on the explorer's threads: for each a smallest program that
 * uses it rightly, and a twin with the error that must be found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

#include "../../model/explore/arena.h"
#include "../../model/explore/explore.h"
#include "../../model/explore/trace.h"
#include "../../model/machine/memory.h"
#include "../../model/shim/host_mm.h"
#include "../../model/shim/threads.h"

#define USER	0x1000000000UL

static struct shim_lock a, b, sleeping;
static struct shim_srcu srcu;
static struct shim_wait_queue queue;
static int *shared;
static bool condition;
static int counter;
static void (*left)(void), (*right)(void);

struct mm_struct *host_mm_current(void)
{
	return NULL;
}

bool host_is_user(uintptr_t addr)
{
	return addr >> 12 == USER >> 12;
}

void trace_describe(char *buf, unsigned int len)
{
	snprintf(buf, len, "-");
}

void trace_legend(char *buf, unsigned int len)
{
	buf[0] = 0;
	(void)len;
}

void explore_reset_state(void)
{
	threads_reset();
	condition = false;
	counter = 0;
	memset(&srcu, 0, sizeof(srcu));
}

static void thread(void *arg)
{
	((void (*)(void))arg)();
}

static void start(void)
{
	shim_lock_init(&a, true);
	shim_lock_init(&b, true);
	shim_lock_init(&sleeping, false);
	shim_srcu_init(&srcu);
	shim_wait_init(&queue);
	shared = shim_alloc(sizeof(*shared), 0, true, true);
	if (left)
		explore_spawn("left", 0, thread, (void *)left);
	if (right)
		explore_spawn("right", 1, thread, (void *)right);
}

static void end(void)
{
	shim_free(shared);
	shim_srcu_exit(&srcu);
}

/* Run two threads in all schedules. Return: the rule that was broken, or "". */
static const char *check(void (*l)(void), void (*r)(void))
{
	static const struct explore_program p = { start, end, true };
	static struct explore_result result;
	struct explore_limits limits = { .preemptions = 3, .schedules = 200000 };

	left = l;
	right = r;
	explore_search(&p, &limits, &result);
	assert_int_not_equal(result.end, EXPLORE_UNFINISHED);
	return result.end == EXPLORE_PASSED ? "" : result.rule;
}

static void count_locked(void)
{
	int v;

	shim_write_lock(&a);
	v = counter;
	explore_point("between");
	counter = v + 1;
	shim_write_unlock(&a);
}

static void count_read_locked(void)
{
	int v;

	shim_read_lock(&a);
	v = counter;
	explore_point("between");
	counter = v + 1;
	shim_read_unlock(&a);
}

static void expect_two(void)
{
	if (counter != 2)
		explore_violation("count", "%d", counter);
}

static void wait_both(void)
{
	count_locked();
	if (counter == 2)
		expect_two();
}

/* Spinlocks exclude; read sides do not. */
static void exclusion(void **state)
{
	(void)state;
	assert_string_equal(check(count_locked, wait_both), "");
	assert_string_equal(check(count_read_locked, count_read_locked), "");
}

static void a_then_b(void)
{
	shim_write_lock(&a);
	shim_write_lock(&b);
	shim_write_unlock(&b);
	shim_write_unlock(&a);
}

static void b_then_a(void)
{
	shim_write_lock(&b);
	shim_write_lock(&a);
	shim_write_unlock(&a);
	shim_write_unlock(&b);
}

/* Two orders are an error even where no schedule deadlocks. */
static void order(void **state)
{
	(void)state;
	assert_string_equal(check(a_then_b, a_then_b), "");
	assert_string_equal(check(a_then_b, b_then_a), "lock order");
}

static void takes_twice(void)
{
	shim_write_lock(&a);
	shim_write_lock(&a);
}

static void unlocks_other(void)
{
	shim_write_unlock(&a);
}

static void reads_twice(void)
{
	shim_read_lock(&a);
	shim_read_lock(&a);
}

static void misuse(void **state)
{
	(void)state;
	assert_string_equal(check(takes_twice, NULL), "deadlock");
	assert_string_equal(check(reads_twice, NULL), "deadlock");
	assert_string_equal(check(unlocks_other, NULL), "lock");
}

static void sleeps_locked(void)
{
	shim_write_lock(&a);
	shim_write_lock(&sleeping);
	shim_write_unlock(&sleeping);
	shim_write_unlock(&a);
}

static void spins_in_mutex(void)
{
	shim_write_lock(&sleeping);
	shim_write_lock(&a);
	shim_write_unlock(&a);
	shim_write_unlock(&sleeping);
}

static void allocates_atomic(void)
{
	shim_atomic_enter();
	shim_free(shim_alloc(8, 0, true, true));
	shim_atomic_leave();
}

static void allocates_nowait(void)
{
	shim_atomic_enter();
	shim_free(shim_alloc(8, 0, true, false));
	shim_atomic_leave();
}

static void stays_atomic(void)
{
	shim_atomic_enter();
}

static void sleeping_rules(void **state)
{
	(void)state;
	assert_string_equal(check(spins_in_mutex, spins_in_mutex), "");
	assert_string_equal(check(sleeps_locked, NULL), "sleeps");
	assert_string_equal(check(allocates_nowait, NULL), "");
	assert_string_equal(check(allocates_atomic, NULL), "sleeps");
	assert_string_equal(check(stays_atomic, NULL), "atomic");
}

static void sleeper(void)
{
	for (;;) {
		unsigned long since = shim_wait_begin(&queue);

		if (condition) {
			shim_wait_end(&queue);
			return;
		}
		shim_wait(&queue, since, false);
	}
}

static void waker(void)
{
	explore_point("set");
	condition = true;
	shim_wake(&queue);
}

static void wakes_first(void)
{
	shim_wake(&queue);
	explore_point("set");
	condition = true;
}

/* The last one to sleep could go on, and nobody has woken it. */
static void sets_and_sleeps(void)
{
	unsigned long since = shim_wait_begin(&queue);

	condition = true;
	shim_wait(&queue, since, false);
	shim_wait_begin(&queue);
	shim_wait_end(&queue);
}

static void never_wakes(void)
{
	explore_point("nothing");
}

/* A wake-up before the condition is lost; none at all is a deadlock. */
static void wake_ups(void **state)
{
	(void)state;
	assert_string_equal(check(sleeper, waker), "");
	assert_string_equal(check(sleeper, wakes_first), "lost wake-up");
	assert_string_equal(check(sleeper, never_wakes), "deadlock");
	/* who finds that all sleep is looked at, too, where he stands */
	assert_string_equal(check(sleeper, sleeper), "deadlock");
	assert_string_equal(check(NULL, sleeper), "deadlock");
	assert_string_equal(check(sleeper, sets_and_sleeps), "lost wake-up");
}

static void srcu_reader(void)
{
	int idx = shim_srcu_read_lock(&srcu);
	int *p = shared;

	explore_point("uses");
	shim_check(p, sizeof(*p), "load");
	shim_srcu_read_unlock(&srcu, idx);
}

static void srcu_writer(void)
{
	int *old = shared;

	shared = shim_alloc(sizeof(*shared), 0, true, true);
	shim_srcu_synchronize(&srcu);
	shim_free(old);
}

static void hasty_writer(void)
{
	int *old = shared;

	shared = shim_alloc(sizeof(*shared), 0, true, true);
	shim_free(old);
}

static void waits_for_itself(void)
{
	int idx = shim_srcu_read_lock(&srcu);

	shim_srcu_synchronize(&srcu);
	shim_srcu_read_unlock(&srcu, idx);
}

/* Who waits for readers frees safely; who does not is found by a reader. */
static void grace_periods(void **state)
{
	(void)state;
	assert_string_equal(check(srcu_reader, srcu_writer), "");
	assert_string_equal(check(srcu_reader, hasty_writer), "use after free");
	assert_string_equal(check(waits_for_itself, NULL), "deadlock");
}

static void forgets(void)
{
	shim_alloc(24, 0, true, true);
}

static void frees_twice(void)
{
	void *p = shim_alloc(24, 0, true, true);

	shim_free(p);
	shim_free(p);
}

static void runs_over(void)
{
	char *p = shim_alloc(24, 0, true, true);

	shim_check(p + 20, 8, "store");
}

static void touches_user(void)
{
	shim_check((void *)USER, 8, "store");
}

static void touches_null(void)
{
	shim_check((void *)8, 8, "load");
}

static void no_memory(void)
{
	threads_fail_alloc(2);
	shim_free(shim_alloc(8, 0, true, true));
	if (shim_alloc(8, 0, true, true))
		explore_violation("alloc", "it should have failed");
	shim_free(shim_alloc(8, 0, true, true));
}

static void memory(void **state)
{
	(void)state;
	assert_string_equal(check(forgets, NULL), "leak");
	assert_string_equal(check(frees_twice, NULL), "free");
	assert_string_equal(check(runs_over, NULL), "wild access");
	assert_string_equal(check(touches_user, NULL), "wild access");
	assert_string_equal(check(touches_null, NULL), "wild access");
	assert_string_equal(check(no_memory, NULL), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exclusion), cmocka_unit_test(order),
		cmocka_unit_test(misuse), cmocka_unit_test(sleeping_rules),
		cmocka_unit_test(wake_ups), cmocka_unit_test(grace_periods),
		cmocka_unit_test(memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	memory_map();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
