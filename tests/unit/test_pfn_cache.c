// SPDX-License-Identifier: GPL-2.0
/*
 * Kept pages: when they may be used, and who takes them away.
 */
#include "test_pfn_fake.h"
#include "../../src/mem/guest_map.h"

/* --- states */

/* Inactive at first; active and valid after activate; inactive after deactivate. */
static void states(void **state)
{
	(void)state;
	assert_null(use(&pc));
	assert_false(pfn_cache_check(&pc));
	assert_int_equal(pfn_cache_refresh(&pc), -EINVAL);
	assert_int_equal(pfn_cache_activate(&pc, GPA(3) + 0x40, 64), 0);
	assert_true(pfn_cache_check(&pc));
	assert_ptr_equal(use(&pc), frames[3] + 0x40);
	pfn_cache_deactivate(&pc);
	assert_null(use(&pc));
	assert_int_equal(pfn_cache_refresh(&pc), -EINVAL);
	assert_int_equal(maps, unmaps);
	pfn_cache_deactivate(&pc);
}

/* An address is taken if all of it lies in one page of a slot that may be written. */
static void activate_checks(void **state)
{
	static const struct {
		uint64_t gpa;
		unsigned int len;
		int want;
	} t[] = {
		{ GPA(0), 1, 0 }, { GPA(0), 4096, 0 }, { GPA(1) - 1, 1, 0 },
		{ GPA(0), 0, -EINVAL }, { GPA(0), 4097, -EINVAL },
		{ GPA(1) - 1, 2, -EINVAL }, { GPA(0) + 1, 4096, -EINVAL },
		{ GPA(0) + 1, ~0U, -EINVAL }, { GPA(16), 8, -EFAULT },
		{ GPA(0) - 1, 1, -EFAULT }, { ~0ULL, 1, -EFAULT },
		{ ~0ULL - 7, 8, -EFAULT }, { GPA(20), 8, -EFAULT },
	};
	unsigned int i;

	(void)state;
	assert_int_equal(env_region(1, 120, 1, at(20), KVM_MEM_READONLY), 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(pfn_cache_activate(&pc, GPA(0), 8), 0);
		if (pfn_cache_activate(&pc, t[i].gpa, t[i].len) != t[i].want)
			fail_msg("row %u", i);
		/* A failure leaves nothing of what was before. */
		assert_int_equal(!!use(&pc), !t[i].want);
	}
}

/* Who only reads may do so in a read-only slot, and asks the host for no more. */
static void reads_read_only(void **state)
{
	struct pfn_cache ro;

	(void)state;
	assert_int_equal(env_region(1, 120, 1, at(20), KVM_MEM_READONLY), 0);
	pfn_cache_init(&ro, gm, 0);
	assert_int_equal(pfn_cache_activate(&ro, GPA(20), 8), 0);
	assert_false(get_flags & HOST_GET_WRITE);
	assert_int_equal(put_flags, HOST_PUT_ACCESSED);
	assert_ptr_equal(use(&ro), frames[20]);
	pfn_cache_deactivate(&ro);
}

/* A user address needs no slot, and is not tied to their generation. */
static void by_hva(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate_hva(&pc, at(25) + 8, 8), 0);
	assert_ptr_equal(use(&pc), frames[25] + 8);
	assert_int_equal(env_region(1, 120, 1, at(20), 0), 0);
	assert_ptr_equal(use(&pc), frames[25] + 8);
	invalidate(25, 25);
	assert_null(use(&pc));
	assert_int_equal(pfn_cache_refresh(&pc), 0);
	assert_ptr_equal(use(&pc), frames[25] + 8);
	assert_int_equal(pfn_cache_activate_hva(&pc, at(1) - 1, 2), -EINVAL);
	assert_int_equal(pfn_cache_activate_hva(&pc, 1UL << 50, 2), -EFAULT);
}

/* Each use is counted as hit or miss. */
static void counts(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(0), 8), 0);
	use(&pc);
	use(&pc);
	invalidate(0, 0);
	use(&pc);
	assert_int_equal(atomic64_read(&gm->stats.check_hit), 2);
	assert_int_equal(atomic64_read(&gm->stats.check_miss), 1);
	assert_int_equal(atomic64_read(&gm->stats.refresh), 1);
	assert_int_equal(atomic64_read(&gm->stats.invalidate), 1);
	get_ret = -EFAULT;
	pfn_cache_refresh(&pc);
	assert_int_equal(atomic64_read(&gm->stats.refresh_fail), 1);
}

/* --- invalidation */

/* Exactly the ranges that overlap its page take it away, before their start returns. */
static void invalidated_by_overlap(void **state)
{
	static const struct {
		unsigned long first, last;
		bool gone;
	} t[] = {
		{ 0, 4, false }, { 0, 5, true }, { 5, 5, true }, { 5, 9, true },
		{ 6, 9, false }, { 0, 31, true },
	};
	unsigned int i;

	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		env_range_start(at(t[i].first), at(t[i].last + 1), 0);
		if (!use(&pc) != t[i].gone)
			fail_msg("row %u", i);
		env_range_end(at(t[i].first), at(t[i].last + 1));
		assert_int_equal(!use(&pc), t[i].gone);
		assert_int_equal(pfn_cache_refresh(&pc), 0);
		assert_non_null(use(&pc));
	}
}

/* Where the page is by now is found by the next refresh; the client hears after us. */
static void finds_where_it_went(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5) + 4, 8), 0);
	env_range_start(at(5), at(6), MAY_SLEEP);
	frame_of[5] = 40;
	env_range_end(at(5), at(6));
	assert_int_equal(pfn_cache_refresh(&pc), 0);
	assert_ptr_equal(use(&pc), frames[40] + 4);
	assert_int_equal(gets, puts);
}

static void still_there(const struct env_event *e)
{
	if (e->what == ENV_UNMAP)
		assert_null(use(&pc));
}

/* The kernel's users are gone when stage 2 is told. */
static void before_the_client(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	env_on_event = still_there;
	invalidate(5, 5);
	assert_int_equal(env_count(ENV_UNMAP), 1);
}

/* The end of the address space takes all away. */
static void release_takes_all(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	env_release();
	assert_null(use(&pc));
}

/* --- slots */

/* A change elsewhere costs a look at the slots, not at the page. */
static void other_slots_change(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_int_equal(env_region(1, 120, 1, at(20), 0), 0);
	assert_null(use(&pc));
	assert_int_equal(pfn_cache_refresh(&pc), 0);
	assert_int_equal(gets, 1);
	assert_ptr_equal(use(&pc), frames[5]);
	assert_int_equal(atomic64_read(&gm->stats.refresh), 1);
}

/* A slot that goes takes the page with it; when it comes back elsewhere, that is found. */
static void slot_goes_and_comes(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_int_equal(env_region(0, 100, 0, 0, 0), 0);
	assert_null(use(&pc));
	assert_int_equal(pfn_cache_refresh(&pc), -EFAULT);
	assert_int_equal(pfn_cache_refresh(&pc), -EFAULT);
	assert_int_equal(env_region(3, 100, 8, at(12), 0), 0);
	assert_int_equal(pfn_cache_refresh(&pc), 0);
	assert_ptr_equal(use(&pc), frames[17]);
	/* The place it left means nothing to it any more. */
	invalidate(5, 5);
	assert_non_null(use(&pc));
	invalidate(17, 17);
	assert_null(use(&pc));
}

/* A slot that moves away leaves no page; at the new frames is the old memory. */
static void slot_moves(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_int_equal(env_region(0, 104, 16, at(0), LOG), 0);
	assert_null(use(&pc));
	assert_int_equal(pfn_cache_refresh(&pc), 0);
	assert_ptr_equal(use(&pc), frames[1]);
}

static bool told;

static void no_reader_sees_it(void)
{
	/* A set without the slot is out, nobody has been told yet: the generation tells. */
	assert_null(use(&pc));
	assert_true(pc.valid);
	told = true;
}

/* From the moment a change of slots is published no use begins with the old set. */
static void generation_before_use(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	told = false;
	shim_on_synchronize = no_reader_sees_it;
	assert_int_equal(env_region(0, 100, 0, 0, 0), 0);
	shim_on_synchronize = NULL;
	assert_true(told);
}

/* --- the dirty log */

/* A use that wrote marks its page, in the log that is on now. */
static void marks_dirty(void **state)
{
	struct pfn_use u;

	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_false(is_dirty(105));
	assert_non_null(pfn_cache_begin(&pc, &u));
	pfn_cache_end(&pc, &u, 0);
	assert_false(is_dirty(105));
	assert_non_null(pfn_cache_begin(&pc, &u));
	pfn_cache_end(&pc, &u, PFN_CACHE_DIRTY);
	assert_true(is_dirty(105));
	assert_false(is_dirty(104));
	/* A new log begins empty, and the old bitmap is not touched any more. */
	assert_int_equal(env_region(0, 100, 16, at(0), 0), 0);
	assert_int_equal(pfn_cache_refresh(&pc), 0);
	assert_non_null(pfn_cache_begin(&pc, &u));
	pfn_cache_end(&pc, &u, PFN_CACHE_DIRTY);
	assert_int_equal(env_region(0, 100, 16, at(0), LOG), 0);
	assert_false(is_dirty(105));
}

/* To the host the page is accessed, and dirty if it may be written. */
static void host_page_is_dirty(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_true(get_flags & HOST_GET_WRITE);
	assert_int_equal(put_flags, HOST_PUT_DIRTY | HOST_PUT_ACCESSED);
}

/* A page that the kernel used is young, until that is cleared. */
static void age(void **state)
{
	(void)state;
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_false(env_age(at(5), at(6), HOST_AGE_CLEAR));
	use(&pc);
	assert_false(env_age(at(4), at(5), HOST_AGE_TEST));
	assert_true(env_age(at(5), at(6), HOST_AGE_TEST));
	assert_true(env_age(at(5), at(6), HOST_AGE_CLEAR));
	assert_false(env_age(at(5), at(6), HOST_AGE_CLEAR_FLUSH));
	assert_non_null(use(&pc));
}

/* --- vCPUs in guest mode */

static struct pfn_user user[2];
static unsigned int kicks;

/* With interrupts off, as it asks. */
static void leave(struct pfn_user *u)
{
	shim_irqs_off();
	pfn_user_leave(u);
	shim_irqs_on();
}

static void kick(struct pfn_user *u)
{
	kicks++;
	assert_false(pc.valid);
	leave(u);
}

/* So is this. */
static bool enter(struct pfn_user *u, u64 *pfn)
{
	bool in;

	shim_irqs_off();
	in = pfn_user_enter(u, pfn);
	shim_irqs_on();
	return in;
}

/* Those inside are kicked and out before the invalidation's start returns; the others are not. */
static void kicks_who_is_inside(void **state)
{
	u64 pfn = 0;

	(void)state;
	kicks = 0;
	pfn_user_init(&user[0], &pc, kick);
	pfn_user_init(&user[1], &pc, kick);
	assert_false(enter(&user[0], &pfn));
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	invalidate(5, 5);
	assert_int_equal(kicks, 0);
	assert_int_equal(pfn_cache_refresh(&pc), 0);

	assert_true(enter(&user[0], &pfn));
	assert_int_equal(pfn, 0x1005);
	invalidate(6, 6);
	assert_int_equal(kicks, 0);
	env_range_start(at(5), at(6), MAY_SLEEP);
	assert_int_equal(kicks, 1);
	assert_int_equal(user[0].inside, 0);
	/* It does not come in again before a refresh. */
	assert_false(enter(&user[0], &pfn));
	assert_false(enter(&user[1], &pfn));
	env_range_end(at(5), at(6));
	assert_int_equal(pfn_cache_refresh(&pc), 0);

	assert_true(enter(&user[0], &pfn));
	assert_true(enter(&user[1], &pfn));
	invalidate(5, 5);
	assert_int_equal(kicks, 3);
	assert_int_equal(atomic64_read(&gm->stats.kick), 3);
	pfn_user_exit(&user[0]);
	pfn_user_exit(&user[1]);
}

/* A slot that goes, the end of the cache, and of the memory kick too. */
static void kicked_by_slot_and_deactivate(void **state)
{
	u64 pfn;

	(void)state;
	kicks = 0;
	pfn_user_init(&user[0], &pc, kick);
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_true(enter(&user[0], &pfn));
	/* Slots that come elsewhere do not throw it out, but it has to look before it enters again. */
	assert_int_equal(env_region(1, 120, 1, at(20), 0), 0);
	assert_int_equal(kicks, 0);
	leave(&user[0]);
	assert_false(enter(&user[0], &pfn));
	assert_int_equal(pfn_cache_refresh(&pc), 0);
	assert_true(enter(&user[0], &pfn));
	assert_int_equal(env_region(0, 104, 16, at(0), LOG), 0);
	assert_int_equal(kicks, 1);
	assert_int_equal(pfn_cache_refresh(&pc), 0);
	assert_true(enter(&user[0], &pfn));
	pfn_cache_deactivate(&pc);
	assert_int_equal(kicks, 2);
	assert_int_equal(pfn_cache_activate(&pc, GPA(5), 8), 0);
	assert_true(enter(&user[0], &pfn));
	env_release();
	assert_int_equal(kicks, 3);
	pfn_user_exit(&user[0]);
}

/* --- guest_map */

/* A mapped page is where it is now, at each stretch. */
static void map_follows(void **state)
{
	struct guest_map map;
	void *p;

	(void)state;
	assert_int_equal(guest_map(&map, gm, GPA(5) + 8, GUEST_MAP_WRITE), -EINVAL);
	assert_int_equal(guest_map(&map, gm, GPA(16), GUEST_MAP_WRITE), -EFAULT);
	assert_int_equal(atomic64_read(&gm->stats.maps), 0);
	assert_int_equal(guest_map(&map, gm, GPA(5), GUEST_MAP_WRITE), 0);
	assert_int_equal(atomic64_read(&gm->stats.maps), 1);
	p = guest_map_begin(&map);
	assert_ptr_equal(p, frames[5]);
	guest_map_end(&map, GUEST_MAP_DIRTY);
	assert_true(is_dirty(105));
	assert_true(env_age(at(5), at(6), HOST_AGE_CLEAR));
	frame_of[5] = 44;
	invalidate(5, 5);
	assert_null(guest_map_try(&map));
	assert_ptr_equal(guest_map_begin(&map), frames[44]);
	guest_map_end(&map, 0);
	assert_int_equal(env_region(0, 104, 16, at(0), LOG), 0);
	assert_ptr_equal(guest_map_begin(&map), frames[1]);
	guest_map_end(&map, 0);
	assert_int_equal(env_region(0, 104, 0, 0, 0), 0);
	assert_int_equal(PTR_ERR(guest_map_begin(&map)), -EFAULT);
	assert_int_equal(atomic64_read(&gm->stats.unmaps), 0);
	guest_unmap(&map);
	assert_int_equal(atomic64_read(&gm->stats.unmaps), 1);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(states),
		T(activate_checks),
		T(reads_read_only),
		T(by_hva),
		T(counts),
		T(invalidated_by_overlap),
		T(finds_where_it_went),
		T(before_the_client),
		T(release_takes_all),
		T(other_slots_change),
		T(slot_goes_and_comes),
		T(slot_moves),
		T(generation_before_use),
		T(marks_dirty),
		T(host_page_is_dirty),
		T(age),
		T(kicks_who_is_inside),
		T(kicked_by_slot_and_deactivate),
		T(map_follows),
	};

	return cmocka_run_group_tests_name("pfn_cache", tests, NULL, NULL);
}
