// SPDX-License-Identifier: GPL-2.0
/*
 * The dirty log: what is reported, what is cleared, and in which order it happens.
 */
#include <stdlib.h>

#include "gmem_env.h"
#include "each_alloc.h"

#define LOG	KVM_MEM_LOG_DIRTY_PAGES
#define MANUAL	KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE

/* A slot whose frames are not a multiple of 64, and do not begin at one. */
#define GFN	1005
#define NPAGES	200
#define WORDS	4

static unsigned long map[WORDS + 1];

static int setup(void **state)
{
	if (env_setup(state))
		return -1;
	memset(map, 0xee, sizeof(map));
	return env_region(3, GFN, NPAGES, ENV_HVA, LOG);
}

static void mark(uint64_t gfn)
{
	int idx = gmem_read_lock(gm);

	gmem_mark_dirty(gmem_find_slot(gm, gfn), gfn);
	gmem_read_unlock(gm, idx);
}

/* A word of the slot's bitmap as it is now. */
static unsigned long word(unsigned int i)
{
	int idx = gmem_read_lock(gm);
	unsigned long w = gmem_find_slot(gm, GFN)->dirty[i];

	gmem_read_unlock(gm, idx);
	return w;
}

static int get(unsigned int slot)
{
	struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = map };

	return gmem_get_dirty_log(gm, &log);
}

static int clear(unsigned int slot, uint64_t first, unsigned int n)
{
	struct kvm_clear_dirty_log log = {
		.slot = slot, .num_pages = n, .first_page = first, .dirty_bitmap = map,
	};

	return gmem_clear_dirty_log(gm, &log);
}

/* A mark sets the bit of its frame and no other, up to both ends of the slot. */
static void mark_sets_one_bit(void **state)
{
	(void)state;
	mark(GFN);
	mark(GFN + 63);
	mark(GFN + 64);
	mark(GFN + NPAGES - 1);
	assert_int_equal(word(0), 1UL | 1UL << 63);
	assert_int_equal(word(1), 1);
	assert_int_equal(word(2), 0);
	assert_int_equal(word(3), 1UL << (NPAGES - 1) % 64);
}

/* Where nothing is logged a mark is nothing. */
static void mark_without_log(void **state)
{
	(void)state;
	assert_int_equal(env_region(4, 5000, 1, ENV_HVA, 0), 0);
	mark(5000);
	assert_int_equal(get(4), -ENOENT);
}

/* What was marked is reported once, for as many words as the slot has, and protected again. */
static void get_reports_once(void **state)
{
	(void)state;
	mark(GFN + 2);
	mark(GFN + 130);
	mark(GFN + NPAGES - 1);
	assert_int_equal(get(3), 0);
	assert_int_equal(map[0], 4);
	assert_int_equal(map[1], 0);
	assert_int_equal(map[2], 4);
	assert_int_equal(map[3], 1UL << (NPAGES - 1) % 64);
	assert_int_equal(map[WORDS], 0xeeeeeeeeeeeeeeeeUL);
	/* Three words were dirty, one flush follows them. */
	assert_int_equal(env_nr_events, 4);
	assert_int_equal(env_events[0].what, ENV_WRITE_PROTECT_MASKED);
	assert_int_equal(env_events[0].gfn, GFN);
	assert_int_equal(env_events[0].mask, 4);
	assert_int_equal(env_events[1].gfn, GFN + 128);
	assert_int_equal(env_events[1].mask, 4);
	assert_int_equal(env_events[2].gfn, GFN + 192);
	assert_int_equal(env_events[2].mask, 1UL << 7);
	assert_int_equal(env_events[3].what, ENV_FLUSH);

	env_forget_events();
	assert_int_equal(get(3), 0);
	assert_int_equal(map[0] | map[1] | map[2] | map[3], 0);
	/* Nothing taken, nothing flushed. */
	assert_int_equal(env_nr_events, 0);
}

static void written_before_flush(const struct env_event *e)
{
	unsigned int i;

	/* The bit is taken before the frame is protected, told only after the flush. */
	assert_int_equal(word(0), 0);
	for (i = 0; i <= WORDS; i++)
		assert_int_equal(map[i], 0xeeeeeeeeeeeeeeeeUL);
	if (e->what == ENV_FLUSH)
		mark(GFN + 9);
}

/* Take, protect, flush, tell: a frame written meanwhile is dirty next time. */
static void order_loses_nothing(void **state)
{
	(void)state;
	mark(GFN + 2);
	env_on_event = written_before_flush;
	assert_int_equal(get(3), 0);
	env_on_event = NULL;
	assert_int_equal(map[0], 4);
	assert_int_equal(get(3), 0);
	assert_int_equal(map[0], 1UL << 9);
}

/* Where somebody writes past the caches, what was taken is settled: after the flush, and before it is told. */
static void settles_what_was_taken(void **state)
{
	unsigned int manual;

	(void)state;
	env_owed = true;
	for (manual = 0; manual < 2; manual++) {
		mark(GFN + 2);
		mark(GFN + 64);
		env_forget_events();
		if (manual) {
			memset(map, 0xff, sizeof(map));
			assert_int_equal(gmem_set_dirty_manual(gm, MANUAL), 0);
			assert_int_equal(clear(3, 0, NPAGES), 0);
		} else {
			shim_user_hole((unsigned long)map, 8);
			assert_int_equal(get(3), -EFAULT);
			shim_user_hole(0, 0);
		}
		assert_int_equal(env_nr_events, 5);
		assert_int_equal(env_events[2].what, ENV_FLUSH);
		assert_int_equal(env_events[3].what, ENV_SETTLE);
		assert_int_equal(env_events[3].gfn, GFN);
		assert_int_equal(env_events[3].mask, 4);
		assert_int_equal(env_events[4].what, ENV_SETTLE);
		assert_int_equal(env_events[4].gfn, GFN + 64);
		assert_int_equal(env_events[4].mask, 1);
	}
	env_forget_events();
	assert_int_equal(clear(3, 0, NPAGES), 0);
	assert_int_equal(env_nr_events, 0);
	/* of a range that begins later, too */
	mark(GFN + 130);
	assert_int_equal(clear(3, 64, 128), 0);
	assert_int_equal(env_nr_events, 3);
	assert_int_equal(env_events[0].gfn, GFN + 128);
	assert_int_equal(env_events[2].what, ENV_SETTLE);
	assert_int_equal(env_events[2].gfn, GFN + 128);
	assert_int_equal(env_events[2].mask, 4);
}

/* Who takes a bit finds what was written before it was set: there is a barrier before each. */
static void mark_is_ordered(void **state)
{
	unsigned long before = shim_barriers[SHIM_MB];

	(void)state;
	mark(GFN);
	assert_true(shim_barriers[SHIM_MB] > before);
	before = shim_barriers[SHIM_MB];
	gmem_mark_all_dirty(gm);
	assert_true(shim_barriers[SHIM_MB] >= before + WORDS);
}

/* When nobody knows what was written, all of each logged slot is dirty, to its last frame and not beyond. */
static void mark_all(void **state)
{
	(void)state;
	assert_int_equal(env_region(4, 5000, 64, ENV_HVA, LOG), 0);
	assert_int_equal(env_region(5, 6000, 64, ENV_HVA, 0), 0);
	gmem_mark_all_dirty(gm);
	assert_int_equal(word(0) & word(1) & word(2), ~0UL);
	assert_int_equal(word(3), 0xff);
	assert_int_equal(get(4), 0);
	assert_int_equal(map[0], ~0UL);
	assert_int_equal(map[1], 0xeeeeeeeeeeeeeeeeUL);
	assert_int_equal(get(5), -ENOENT);
}

/* What could not be told is still dirty. */
static void untold_stays_dirty(void **state)
{
	(void)state;
	mark(GFN + 2);
	mark(GFN + 70);
	shim_user_hole((unsigned long)&map[1], 8);
	env_on_event = NULL;
	assert_int_equal(get(3), -EFAULT);
	shim_user_hole(0, 0);
	assert_int_equal(word(0), 4);
	assert_int_equal(word(1), 1UL << 6);
	assert_int_equal(get(3), 0);
	assert_int_equal(map[0], 4);
	assert_int_equal(map[1], 1UL << 6);
}

/* With manual protection a report changes nothing. */
static void manual_get_only_looks(void **state)
{
	(void)state;
	assert_int_equal(gmem_set_dirty_manual(gm, MANUAL), 0);
	mark(GFN + 2);
	assert_int_equal(get(3), 0);
	assert_int_equal(map[0], 4);
	assert_int_equal(map[WORDS], 0xeeeeeeeeeeeeeeeeUL);
	assert_int_equal(word(0), 4);
	assert_int_equal(env_nr_events, 0);
}

/* A clear takes and protects what both it and the log have, and flushes before it returns. */
static void clear_takes_what_both_have(void **state)
{
	(void)state;
	assert_int_equal(gmem_set_dirty_manual(gm, MANUAL), 0);
	mark(GFN + 65);
	mark(GFN + 66);
	mark(GFN + 67);
	mark(GFN + 3);
	map[0] = 0x6 | 1UL << 40;
	map[1] = ~0UL;
	assert_int_equal(clear(3, 64, 128), 0);
	assert_int_equal(word(0), 8);
	assert_int_equal(word(1), 8);
	assert_int_equal(env_nr_events, 2);
	assert_int_equal(env_events[0].gfn, GFN + 64);
	assert_int_equal(env_events[0].mask, 6);
	assert_int_equal(env_events[1].what, ENV_FLUSH);
	/* Clean already: nothing to do. */
	env_forget_events();
	assert_int_equal(clear(3, 64, 64), 0);
	assert_int_equal(env_nr_events, 0);
}

/* The end of a slot that is no multiple of 64 pages can be cleared, alone and with what is before. */
static void clear_reaches_the_tail(void **state)
{
	(void)state;
	assert_int_equal(gmem_set_dirty_manual(gm, MANUAL), 0);
	mark(GFN + 199);
	mark(GFN + 192);
	memset(map, 0xff, sizeof(map));
	assert_int_equal(clear(3, 192, 8), 0);
	assert_int_equal(word(3), 0);
	assert_int_equal(env_events[0].mask, 0x81);
	mark(GFN + 199);
	mark(GFN);
	assert_int_equal(clear(3, 0, NPAGES), 0);
	assert_int_equal(word(0) | word(3), 0);
}

/* Ranges that are no whole words, or not in the slot, are -EINVAL and clear nothing. */
static void clear_refuses_bad_ranges(void **state)
{
	static const struct {
		uint64_t first;
		unsigned int n;
		int want;
	} t[] = {
		{ 1, 64, -EINVAL },
		{ 63, 64, -EINVAL },
		{ 32, 64, -EINVAL },
		{ 16, 128, -EINVAL },
		{ 0, 63, -EINVAL },
		{ 0, 65, -EINVAL },
		{ 0, 199, -EINVAL },
		{ 0, 201, -EINVAL },
		{ 0, 256, -EINVAL },
		{ 192, 7, -EINVAL },
		{ 192, 9, -EINVAL },
		{ 192, 64, -EINVAL },
		{ 200, 0, -EINVAL },	/* 200 is no multiple of 64 */
		{ 256, 0, -EINVAL },
		{ 256, 64, -EINVAL },
		{ -64ULL, 64, -EINVAL },
		{ -64ULL, 128, -EINVAL },
		{ 1ULL << 63, 0, -EINVAL },
		{ 0, ~0U, -EINVAL },
		{ 64, ~0U - 63, -EINVAL },
		{ 0, 0, 0 },
		{ 192, 0, 0 },
	};
	unsigned int i;

	(void)state;
	memset(map, 0xff, sizeof(map));
	mark(GFN + 2);
	mark(GFN + 199);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (clear(3, t[i].first, t[i].n) != t[i].want)
			fail_msg("row %u", i);
	assert_int_equal(word(0), 4);
	assert_int_equal(word(3), 1UL << 7);
	assert_int_equal(env_nr_events, 0);
}

/* A bitmap that cannot be read clears nothing. */
static void clear_needs_the_bitmap(void **state)
{
	(void)state;
	mark(GFN + 2);
	shim_user_hole((unsigned long)&map[2], 8);
	assert_int_equal(clear(3, 0, NPAGES), -EFAULT);
	assert_int_equal(word(0), 4);
	assert_int_equal(env_nr_events, 0);
}

/* A slot that is not there or not logged is -ENOENT, a number that none can have -EINVAL. */
static void tells_missing_slots(void **state)
{
	static const struct {
		unsigned int slot;
		int want;
	} t[] = {
		{ 4, -ENOENT }, { 5, -ENOENT }, { GMEM_MAX_SLOTS - 1, -ENOENT },
		{ GMEM_MAX_SLOTS, -EINVAL },
		{ 1U << 16, -EINVAL }, { 1U << 16 | 3, -EINVAL }, { ~0U, -EINVAL },
	};
	unsigned int i;

	(void)state;
	assert_int_equal(env_region(4, 5000, 64, ENV_HVA, 0), 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(get(t[i].slot), t[i].want);
		assert_int_equal(clear(t[i].slot, 0, 64), t[i].want);
	}
	assert_int_equal(env_region(3, GFN, NPAGES, ENV_HVA, 0), 0);
	assert_int_equal(get(3), -ENOENT);
	assert_int_equal(clear(3, 0, 64), -ENOENT);
}

/*
 * Blocks become pages before a log looks at them: of all of the slot when it begins, or, where it begins with all of it
 * dirty, of each word of which something is cleared, inside the slot.
 */
static void splits(void **state)
{
	(void)state;
	env_splits = true;
	assert_int_equal(env_region(3, GFN, NPAGES, ENV_HVA, 0), 0);
	env_forget_events();
	assert_int_equal(env_region(3, GFN, NPAGES, ENV_HVA, LOG), 0);
	assert_int_equal(env_nr_events, 2);
	assert_true(env_events[0].what == ENV_SPLIT && env_events[0].gfn == GFN && env_events[0].n == NPAGES);
	assert_int_equal(env_events[1].what, ENV_WRITE_PROTECT);
	mark(GFN);
	memset(map, 0xff, sizeof(map));
	env_forget_events();
	assert_int_equal(clear(3, 0, NPAGES), 0);
	assert_int_equal(env_events[0].what, ENV_WRITE_PROTECT_MASKED);

	assert_int_equal(env_region(3, GFN, NPAGES, ENV_HVA, 0), 0);
	assert_int_equal(gmem_set_dirty_manual(gm, MANUAL | KVM_DIRTY_LOG_INITIALLY_SET), 0);
	env_forget_events();
	assert_int_equal(env_region(3, GFN, NPAGES, ENV_HVA, LOG), 0);
	assert_int_equal(env_nr_events, 0);
	memset(map, 0, sizeof(map));
	map[1] = 4;
	map[3] = 1;
	assert_int_equal(clear(3, 0, NPAGES), 0);
	assert_int_equal(env_nr_events, 5);
	assert_true(env_events[0].what == ENV_SPLIT && env_events[0].gfn == GFN + 64 && env_events[0].n == 64);
	assert_int_equal(env_events[1].what, ENV_WRITE_PROTECT_MASKED);
	assert_true(env_events[2].what == ENV_SPLIT && env_events[2].gfn == GFN + 192 && env_events[2].n == NPAGES - 192);
	assert_int_equal(env_events[3].what, ENV_WRITE_PROTECT_MASKED);
	assert_int_equal(env_events[4].what, ENV_FLUSH);
	env_splits = false;
}

/* Only flags that exist are taken, and KVM_DIRTY_LOG_INITIALLY_SET only with the other. */
static void manual_flags(void **state)
{
	static const struct {
		uint64_t flags;
		int want;
	} t[] = {
		{ KVM_DIRTY_LOG_INITIALLY_SET, -EINVAL },
		{ 4, -EINVAL },
		{ MANUAL | 4, -EINVAL },
		{ 1ULL << 32 | MANUAL, -EINVAL },
		{ ~0ULL, -EINVAL },
		{ MANUAL, 0 },
		{ MANUAL | KVM_DIRTY_LOG_INITIALLY_SET, 0 },
		{ 0, 0 },
	};
	uint64_t now = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(gmem_set_dirty_manual(gm, t[i].flags), t[i].want);
		if (!t[i].want)
			now = t[i].flags;
		assert_int_equal(gm->dirty_manual, now);
	}
}

/* With a log that is dirty from the start, the first clear is what protects. */
static void initially_set_is_protected_by_clear(void **state)
{
	(void)state;
	assert_int_equal(gmem_set_dirty_manual(gm, MANUAL | KVM_DIRTY_LOG_INITIALLY_SET), 0);
	assert_int_equal(env_region(3, GFN, NPAGES, ENV_HVA, 0), 0);
	assert_int_equal(env_region(3, GFN, NPAGES, ENV_HVA, LOG), 0);
	assert_int_equal(get(3), 0);
	assert_int_equal(map[0] & map[1] & map[2], ~0UL);
	assert_int_equal(map[3], 0xff);
	assert_int_equal(env_nr_events, 0);
	assert_int_equal(clear(3, 0, NPAGES), 0);
	assert_int_equal(env_count(ENV_WRITE_PROTECT_MASKED), 4);
	assert_int_equal(env_events[3].mask, 0xff);
	assert_int_equal(get(3), 0);
	assert_int_equal(map[0] | map[1] | map[2] | map[3], 0);
}

/* A log longer than one stretch is reported whole, each stretch flushed once. */
static void long_logs(void **state)
{
	const uint64_t npages = 2 * 8192 * 64 + 70;
	unsigned long *big = malloc((npages / 64 + 3) * 8);
	struct kvm_dirty_log log = { .slot = 7, .dirty_bitmap = big };
	const uint64_t at[] = { 0, 8192 * 64 - 1, 8192 * 64, 2 * 8192 * 64 + 69 };
	uint64_t i, n = 0;

	(void)state;
	memset(big, 0xee, (npages / 64 + 3) * 8);
	assert_int_equal(env_region(7, 4096, npages, ENV_HVA, LOG), 0);
	for (i = 0; i < 4; i++)
		mark(4096 + at[i]);
	assert_int_equal(gmem_get_dirty_log(gm, &log), 0);
	for (i = 0; i < (npages + 63) / 64; i++)
		n += __builtin_popcountl(big[i]);
	assert_int_equal(n, 4);
	for (i = 0; i < 4; i++)
		assert_true(big[at[i] / 64] >> at[i] % 64 & 1);
	assert_int_equal(big[(npages + 63) / 64], 0xeeeeeeeeeeeeeeeeUL);
	assert_int_equal(env_count(ENV_FLUSH), 3);
	assert_int_equal(env_events[env_nr_events - 1].what, ENV_FLUSH);
	free(big);
}

/* Without memory for the report nothing is taken. */
static void no_memory_takes_nothing(void **state)
{
	(void)state;
	mark(GFN + 2);
	shim_fail_alloc(1);
	assert_int_equal(get(3), -ENOMEM);
	shim_fail_alloc(1);
	assert_int_equal(clear(3, 0, 64), -ENOMEM);
	shim_fail_alloc(0);
	assert_int_equal(word(0), 4);
	assert_int_equal(env_nr_events, 0);
	assert_int_equal(each_alloc(clear(3, 0, 64), -ENOMEM), 1);
	mark(GFN + 2);
	assert_int_equal(each_alloc(get(3), -ENOMEM), 1);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mark_sets_one_bit),
		TEST(mark_without_log),
		TEST(get_reports_once),
		TEST(order_loses_nothing),
		TEST(settles_what_was_taken), TEST(mark_is_ordered),
		TEST(mark_all),
		TEST(untold_stays_dirty),
		TEST(manual_get_only_looks),
		TEST(clear_takes_what_both_have),
		TEST(clear_reaches_the_tail),
		TEST(clear_refuses_bad_ranges),
		TEST(clear_needs_the_bitmap),
		TEST(tells_missing_slots),
		TEST(splits),
		TEST(manual_flags),
		TEST(initially_set_is_protected_by_clear),
		TEST(long_logs),
		TEST(no_memory_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
