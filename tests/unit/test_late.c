// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is fetched: whether a page is late is asked without waiting, and the fetch holds what it uses and no more.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#define HVA		0x7f0000123000UL
#define FOLL_WRITE	1U
#define FOLL_NOWAIT	2U

struct fake_page {
	int refs;
};

static struct fake_page one;
static unsigned int fast_flags, slow_flags, remote_flags, remotes;
static bool fast_there;
static long slow_ret;
static int users, reads;	/* of the address space, of its lock */
static bool alive, keeps_lock;

#define page		fake_page
#define put_page(p)	((p)->refs--)
#define mmget_not_zero(mm)	(alive ? (users++, true) : false)
#define mmput(mm)		(users--)
#define mmap_read_lock(mm)	(reads++)
#define mmap_read_unlock(mm)	(reads--)

static bool get_user_page_fast_only(unsigned long hva, unsigned int flags, struct fake_page **p)
{
	assert_int_equal(hva, HVA);
	fast_flags = flags;
	if (!fast_there)
		return false;
	one.refs++;
	*p = &one;
	return true;
}

static long get_user_pages_unlocked(unsigned long hva, unsigned long n, struct fake_page **p, unsigned int flags)
{
	assert_int_equal(hva, HVA);
	assert_int_equal(n, 1);
	slow_flags = flags;
	if (slow_ret == 1) {
		one.refs++;
		*p = &one;
	}
	return slow_ret;
}

static long get_user_pages_remote(struct mm_struct *mm, unsigned long hva, unsigned long n, unsigned int flags,
				  struct fake_page **p, int *locked)
{
	assert_ptr_equal(mm, &shim_mm);
	assert_int_equal(hva, HVA);
	assert_int_equal(n, 1);
	assert_null(p);
	assert_int_equal(*locked, 1);
	assert_int_equal(users, 1);
	assert_int_equal(reads, 1);
	remote_flags = flags;
	remotes++;
	if (!keeps_lock) {
		reads--;
		*locked = 0;
	}
	return 1;
}

#include "../../src/host/late.c"

static int setup(void **state)
{
	(void)state;
	memset(&one, 0, sizeof(one));
	fast_flags = slow_flags = remote_flags = ~0U;
	remotes = 0;
	users = reads = 0;
	fast_there = false;
	alive = keeps_lock = true;
	return 0;
}

/* What is there is not late; what cannot be had is not late either; what has to be waited for is. Nothing is held after. */
static void late(void **state)
{
	static const struct { long ret; bool late; } slow[] = {
		{ 1, false }, { 0, true }, { -EAGAIN, true }, { -EBUSY, true }, { -EFAULT, false }, { -ENOMEM, false },
	};
	unsigned int i, write;

	(void)state;
	for (write = 0; write < 2; write++) {
		fast_there = true;
		slow_flags = ~0U;
		assert_false(host_page_is_late(HVA, write));
		assert_int_equal(fast_flags, write ? FOLL_WRITE : 0);
		assert_int_equal(slow_flags, ~0U);
		assert_int_equal(one.refs, 0);
		fast_there = false;
		for (i = 0; i < ARRAY_SIZE(slow); i++) {
			slow_ret = slow[i].ret;
			assert_int_equal(host_page_is_late(HVA, write), slow[i].late);
			assert_int_equal(slow_flags, FOLL_NOWAIT | (write ? FOLL_WRITE : 0));
			assert_int_equal(one.refs, 0);
		}
	}
}

/* A fetch is of a process that lives; its lock may be let go meanwhile. */
static void fetch(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		keeps_lock = i & 1;
		host_page_fetch(&shim_mm, HVA, i & 2);
		assert_int_equal(remotes, i + 1);
		assert_int_equal(remote_flags, i & 2 ? FOLL_WRITE : 0);
		assert_int_equal(users, 0);
		assert_int_equal(reads, 0);
	}
	alive = false;
	host_page_fetch(&shim_mm, HVA, false);
	assert_int_equal(remotes, 4);
	assert_int_equal(users + reads, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(late), TEST(fetch) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
