// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of L1's that are kept mapped (src/x86/nested/page.c), and entries of its nested tables (reach.c).
 */
#include <stdlib.h>

#include "test_pfn_fake.h"
#include "../../src/host/user.h"
#include "../../src/x86/nested/page.h"
#include "../../src/x86/nested/reach.h"

#define TABLES	300UL		/* frame of the slot that has the tables */

static struct nested_page p, some[3];
static unsigned char *mem;
static u64 exchanged_for;	/* before the exchange somebody stores this */
static bool somebody;

int host_user_load(unsigned long hva, unsigned int width, u64 *val)
{
	*val = 0;
	return shim_user_read(val, hva, width) ? -EFAULT : 0;
}

int host_user_store(unsigned long hva, unsigned int width, u64 val)
{
	return shim_user_write(hva, &val, width) ? -EFAULT : 0;
}

int host_user_cmpxchg(unsigned long hva, unsigned int width, u64 *old, u64 new)
{
	u64 now = 0;

	if (somebody)
		memcpy((void *)hva, &exchanged_for, width);
	memcpy(&now, (void *)hva, width);
	if (now == *old)
		memcpy((void *)hva, &new, width);
	*old = now;
	return 0;
}

static int setup_pages(void **state)
{
	if (setup(state))
		return -1;
	memset(&p, 0, sizeof(p));
	memset(some, 0, sizeof(some));
	somebody = false;
	mem = aligned_alloc(PAGE, 2 * PAGE);
	memset(mem, 0, 2 * PAGE);
	return env_region(7, TABLES, 2, (unsigned long)mem, 0);
}

static int teardown_pages(void **state)
{
	int ret = teardown(state);

	free(mem);
	return ret;
}

static unsigned int maps_now(void)
{
	return atomic64_read(&gm->stats.maps);
}

/* A page is looked up once for as long as the same one is asked for; another one takes its place. */
static void is_kept(void **state)
{
	unsigned char *kva;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		kva = nested_page_begin(&p, gm, GPA(4), true);
		assert_ptr_equal(kva, frames[frame_of[4]]);
		nested_page_end(&p, false);
	}
	assert_true(maps_now() == 1 && p.kept && p.gpa == GPA(4) && get_flags & HOST_GET_WRITE);
	kva = nested_page_begin(&p, gm, GPA(5), false);
	assert_ptr_equal(kva, frames[frame_of[5]]);
	nested_page_end(&p, false);
	assert_true(maps_now() == 2 && atomic64_read(&gm->stats.unmaps) == 1 && !(get_flags & HOST_GET_WRITE));
	nested_page_drop(&p);
	nested_page_drop(&p);
	assert_true(!p.kept && atomic64_read(&gm->stats.unmaps) == 2 && maps == unmaps);
}

/* What cannot be had is not kept, and what was there before is not either. */
static void fails(void **state)
{
	assert_false(IS_ERR(nested_page_begin(&p, gm, GPA(4), true)));
	nested_page_end(&p, false);
	get_ret = -EFAULT;
	assert_int_equal(PTR_ERR(nested_page_begin(&p, gm, GPA(5), true)), -EFAULT);
	assert_false(p.kept);
	get_ret = 0;
	assert_int_equal(PTR_ERR(nested_page_begin(&p, gm, GPA(4) + 8, true)), -EINVAL);
	assert_int_equal(PTR_ERR(nested_page_begin(&p, gm, 50 * PAGE, true)), -EFAULT);
	assert_true(!p.kept && maps == unmaps);
	assert_int_equal(PTR_ERR(nested_page_copy(&p, gm, 50 * PAGE, frames[0], NULL)), -EFAULT);
}

/* Of a page only the named bytes are copied, to where they stood; who looks has the copy, and the page is as it was. */
static void copied(void **state)
{
	static const struct nested_span spans[] = { { 16, 4 }, { 4092, 4 }, { 0, 0 } };
	static unsigned char to[PAGE], want[PAGE];

	memset(frames[frame_of[4]], 0x33, PAGE);
	memset(to, 1, PAGE);
	memset(want, 1, PAGE);
	memset(want + 16, 0x33, 4);
	memset(want + 4092, 0x33, 4);
	assert_ptr_equal(nested_page_copy(&p, gm, GPA(4), to, spans), to);
	assert_memory_equal(to, want, PAGE);
	assert_true(get_flags & HOST_GET_WRITE);	/* its exit will be written there */
	nested_page_drop(&p);
}

static bool is_logged(void)
{
	u64 bits[64] = { 0 };
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = bits };

	assert_int_equal(gmem_get_dirty_log(gm, &log), 0);
	return bits[0];
}

/* The dirty log hears of what was written, and of nothing else. */
static void logs(void **state)
{
	assert_int_equal(env_region(1, 400, 1, at(9), LOG), 0);
	nested_page_begin(&p, gm, 400 * PAGE, true);
	nested_page_end(&p, false);
	assert_false(is_logged());
	nested_page_begin(&p, gm, 400 * PAGE, true);
	nested_page_end(&p, true);
	assert_true(is_logged());
	nested_page_drop(&p);
}

/* The one that is kept; else one that is free; else the one that was not used for longest. */
static void chosen(void **state)
{
	u64 clock = 0;
	unsigned int i;

	assert_ptr_equal(nested_page_choose(some, 3, GPA(1), &clock), &some[0]);
	assert_true(clock == 1 && some[0].used == 1);
	some[0].kept = true;
	some[0].gpa = GPA(1);
	assert_ptr_equal(nested_page_choose(some, 3, GPA(1), &clock), &some[0]);
	assert_ptr_equal(nested_page_choose(some, 3, GPA(2), &clock), &some[1]);
	for (i = 0; i < 3; i++) {
		some[i].kept = true;
		some[i].gpa = GPA(1 + i);
	}
	assert_ptr_equal(nested_page_choose(some, 3, GPA(3), &clock), &some[2]);
	assert_ptr_equal(nested_page_choose(some, 3, GPA(4), &clock), &some[0]);
	assert_ptr_equal(nested_page_choose(some, 3, GPA(5), &clock), &some[1]);
	some[2].kept = false;
	assert_ptr_equal(nested_page_choose(some, 3, GPA(6), &clock), &some[2]);
	some[1].kept = false;
	some[1].gpa = GPA(7);		/* what was there once is not there */
	some[2].kept = true;
	some[2].gpa = GPA(8);
	assert_ptr_equal(nested_page_choose(some, 3, GPA(8), &clock), &some[2]);
	assert_int_equal(some[2].used, clock);
	memset(some, 0, sizeof(some));
}

/* An entry is read as wide as it is; where none is, that is said. */
static void read_entries(void **state)
{
	struct reach r = { };
	u64 pte = 0;

	reach_init(&r, gm);
	memset(mem + 8, 0x77, 16);
	assert_true(!r.t.load(&r.t, TABLES * PAGE + 8, 8, &pte) && pte == 0x7777777777777777ULL);
	pte = 0;
	assert_true(!r.t.load(&r.t, TABLES * PAGE + 20, 4, &pte) && pte == 0x77777777);
	assert_int_equal(r.t.load(&r.t, (TABLES + 2) * PAGE, 8, &pte), -EFAULT);
}

/* It is marked where it holds what it held; else the walk is to begin again. What cannot be written stays. */
static void marked(void **state)
{
	struct reach r = { };

	reach_init(&r, gm);
	*(u64 *)mem = 0x1007;
	assert_true(!r.t.mark(&r.t, TABLES * PAGE, 8, 0x1007, 0x1067) && *(u64 *)mem == 0x1067);
	somebody = true;
	exchanged_for = 0x2007;
	assert_true(r.t.mark(&r.t, TABLES * PAGE, 8, 0x1067, 0x10e7) == -EAGAIN && *(u64 *)mem == 0x2007);
	somebody = false;
	*(u64 *)mem = 0x200000002007;
	assert_true(!r.t.mark(&r.t, TABLES * PAGE, 4, 0x2007, 0x2067) && *(u64 *)mem == 0x200000002067);
	assert_int_equal(r.t.mark(&r.t, (TABLES + 2) * PAGE, 8, 0, 1), 0);
	assert_int_equal(env_region(7, TABLES, 0, 0, 0), 0);
	assert_int_equal(env_region(7, TABLES, 2, (unsigned long)mem, KVM_MEM_READONLY), 0);
	assert_true(!r.t.mark(&r.t, TABLES * PAGE, 4, 0x2067, 1) && *(u64 *)mem == 0x200000002067);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup_pages, teardown_pages)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_kept), TEST(fails), TEST(copied), TEST(logs), TEST(chosen), TEST(read_entries), TEST(marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
