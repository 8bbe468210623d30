// SPDX-License-Identifier: GPL-2.0
/*
 * Kept pages: what a refresh does while somebody takes the page away, or when it fails.
 */
#include "test_pfn_fake.h"

/* --- a refresh that meets an invalidation */

static unsigned int times;

/* The page goes elsewhere while it is looked up. */
static void moves_once(void)
{
	if (times--)
		return;
	on_get = on_map = NULL;
	env_range_start(at(5), at(6), 0);
	frame_of[5] = 41;
	env_range_end(at(5), at(6));
}

/* An invalidation between the look-up and the installation makes it look again. */
static void looks_again(void **state)
{
	(void)state;
	times = 0;
	on_get = moves_once;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_ptr_equal(use(&pc), frames[41]);
	assert_int_equal(gets, 2);
	assert_int_equal(atomic64_read(&gm->stats.again), 1);
	pfn_cache_deactivate(&pc);

	frame_of[5] = 5;
	on_map = moves_once;
	times = 0;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_ptr_equal(use(&pc), frames[41]);
}

static void others_move(void)
{
	invalidate(0, 4);
	invalidate(6, 9);
}

/* Invalidations of other pages, however many, make nobody look again. */
static void others_do_not_matter(void **state)
{
	unsigned int i;

	(void)state;
	on_get = on_map = others_move;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_int_equal(gets, 1);
	for (i = 0; i < 100; i++)
		others_move();
	assert_non_null(use(&pc));
}

static unsigned int slept;

static void ends_in_sleep(struct shim_wait_queue *q)
{
	(void)q;
	slept++;
	assert_int_equal(gets, 0);
	/* The end of another one does not wake it for good. */
	if (slept == 1)
		env_range_end(at(6), at(7));
	else
		env_range_end(at(5), at(6));
}

/* It sleeps while its page is invalidated, looks at nothing before, and runs once that ended. */
static void sleeps_for_its_own(void **state)
{
	(void)state;
	slept = 0;
	shim_on_sleep = ends_in_sleep;
	env_range_start(at(5), at(6), 0);
	env_range_start(at(6), at(7), 0);
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_int_equal(slept, 2);
	assert_non_null(use(&pc));
	assert_int_equal(atomic64_read(&gm->stats.wait), 1);
}

/* It does not sleep while others are invalidated. */
static void no_sleep_for_others(void **state)
{
	(void)state;
	env_range_start(at(6), at(7), 0);
	env_range_start(at(0), at(5), 0);
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	env_range_end(at(6), at(7));
	env_range_end(at(0), at(5));
}

static void begins_and_stays(void)
{
	on_map = NULL;
	env_range_start(at(5), at(6), 0);
}

/* An invalidation that begins while it maps and runs on is waited for; it is not valid meanwhile. */
static void not_valid_between_start_and_end(void **state)
{
	(void)state;
	on_map = begins_and_stays;
	shim_on_sleep = NULL;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), -EINTR);
	assert_null(use(&pc));
	assert_int_equal(gets, 1);
	env_range_end(at(5), at(6));
}

/* A map that itself invalidates the page: */
static void invalidates_itself(void)
{
	invalidate(5, 5);
}

/* The second look finds the page mapped already, so it ends. */
static void self_invalidating_map_ends(void **state)
{
	(void)state;
	on_map = invalidates_itself;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_non_null(use(&pc));
	assert_int_equal(maps, 1);
	assert_int_equal(gets, 2);
	invalidate(5, 5);
	assert_int_equal(pfn_cache_refresh(&pc), 0);
	assert_int_equal(maps, 1);
}

/* The same for memory that has to be mapped; when the page or its type changes the old mapping goes. */
static void without_struct_page(void **state)
{
	(void)state;
	page_flags = HOST_PAGE_NOSTRUCT | HOST_PAGE_NC;
	on_map = invalidates_itself;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_int_equal(maps, 1);
	on_map = NULL;
	invalidate(5, 5);
	page_flags = HOST_PAGE_NOSTRUCT | HOST_PAGE_DEVICE;
	assert_int_equal(pfn_cache_refresh(&pc), 0);
	assert_int_equal(maps, 2);
	assert_int_equal(unmaps, 1);
	invalidate(5, 5);
	frame_of[5] = 50;
	assert_int_equal(pfn_cache_refresh(&pc), 0);
	assert_int_equal(maps, 3);
	assert_int_equal(unmaps, 2);
	assert_ptr_equal(use(&pc), frames[50]);
}

/* --- failures */

/* Whatever fails, an active cache stays active and not valid, a new one inactive. */
static void failures(void **state)
{
	static const int errs[] = { -EFAULT, -EHWPOISON, -EINTR, -ENOMEM };
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		get_ret = errs[i];
		assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), errs[i]);
		assert_int_equal(pfn_cache_refresh(&pc), -EINVAL);
		get_ret = 0;
		assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
		/* What is valid needs nobody. */
		get_ret = errs[i];
		assert_int_equal(pfn_cache_refresh(&pc), 0);
		invalidate(5, 5);
		assert_int_equal(pfn_cache_refresh(&pc), errs[i]);
		assert_null(use(&pc));
		get_ret = 0;
		assert_int_equal(pfn_cache_refresh(&pc), 0);
		assert_non_null(use(&pc));
	}
	pfn_cache_deactivate(&pc);
	map_fails = 1;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), -ENOMEM);
	assert_null(use(&pc));
	assert_int_equal(gets - 8, puts);
}

/* A signal ends the wait for an invalidation, and an endless series of them. */
static void signal_ends(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	env_range_start(at(5), at(6), 0);
	assert_int_equal(pfn_cache_refresh(&pc), -EINTR);
	assert_null(use(&pc));
	env_range_end(at(5), at(6));
	on_get = invalidates_itself;
	shim_current()->signal = true;
	assert_int_equal(pfn_cache_refresh(&pc), -EINTR);
	shim_current()->signal = false;
	on_get = NULL;
	assert_int_equal(pfn_cache_refresh(&pc), 0);
}

/* Only on the VMM's address space. */
static void other_mm(void **state)
{
	struct mm_struct *mm = shim_current()->mm;

	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	invalidate(5, 5);
	shim_current()->mm = NULL;
	assert_int_equal(pfn_cache_refresh(&pc), -EFAULT);
	pfn_cache_deactivate(&pc);
	shim_current()->mm = mm;
}

/* --- at random */

static struct pfn_cache many[8];
static bool inval_running;
static unsigned long inval_page;

static void random_event(void)
{
	if (env_random() % 3 || inval_running)
		return;
	inval_page = env_random() % 16;
	env_range_start(at(inval_page), at(inval_page + 1), 0);
	frame_of[inval_page] = env_random() % FRAMES;
	if (env_random() % 2)
		env_range_end(at(inval_page), at(inval_page + 1));
	else
		inval_running = true;
}

static void random_end(struct shim_wait_queue *q)
{
	(void)q;
	assert_true(inval_running);
	inval_running = false;
	env_range_end(at(inval_page), at(inval_page + 1));
}

/* Whatever happens when, what a use finds is where the host has the page at that moment. */
static void at_random(void **state)
{
	unsigned int i, step, used = 0;
	uint64_t base = 100;

	(void)state;
	for (i = 0; i < 8; i++)
		pfn_cache_init(&many[i], gm, PFN_CACHE_WRITE);
	on_get = on_map = random_event;
	shim_on_sleep = random_end;
	inval_running = false;
	for (step = 0; step < 20000; step++) {
		struct pfn_cache *c = &many[env_random() % 8];
		uint64_t page = env_random() % 16;
		unsigned char *p;

		switch (env_random() % 8) {
		case 0:
			pfn_cache_activate(c, (base + page) * PAGE + 16, 8);
			break;
		case 1:
			pfn_cache_deactivate(c);
			break;
		case 2:
			random_event();
			break;
		case 3:
			if (env_random() % 8)
				break;
			base = base == 100 ? 108 : 100;
			assert_int_equal(env_region(0, base, 16, at(0), LOG), 0);
			break;
		default:
			p = use(c);
			if (!p) {
				pfn_cache_refresh(c);
				break;
			}
			used++;
			page = (c->gpa / PAGE) - base;
			assert_true(page < 16);
			assert_false(inval_running && inval_page == page);
			assert_ptr_equal(p, frames[frame_of[page]] + 16);
			break;
		}
	}
	assert_true(used > 1000);
	if (inval_running)
		random_end(NULL);
	on_get = on_map = NULL;
	for (i = 0; i < 8; i++)
		pfn_cache_deactivate(&many[i]);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(looks_again),
		T(others_do_not_matter),
		T(sleeps_for_its_own),
		T(no_sleep_for_others),
		T(not_valid_between_start_and_end),
		T(self_invalidating_map_ends),
		T(without_struct_page),
		T(failures),
		T(signal_ends),
		T(other_mm),
		T(at_random),
	};

	return cmocka_run_group_tests_name("pfn_refresh", tests, NULL, NULL);
}
