// SPDX-License-Identifier: GPL-2.0
/*
 * arm64's exchange on the VMM's memory around its exclusive accesses: each width by its own, others get the CPU where the
 * store fails again and again, and that ends.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/sched.h>
#include <linux/uaccess.h>

#define CONFIG_ARM64	1
#undef CONFIG_X86_64
#undef cond_resched
#define cond_resched()	(rests++)

/* In place of the instructions: exclusive.h. */
#define TABULA_HOST_EXCLUSIVE_H

static unsigned int rests, tries, agains, width_tried;
static u64 old_tried, new_tried;

static int fake_try(unsigned long hva, unsigned int width, u64 old, u64 new, u64 *was)
{
	width_tried = width;
	old_tried = old;
	new_tried = new;
	*was = 0;
	if (tries++ < agains)
		return -EAGAIN;
	if (shim_user_read(was, hva, width))
		return -EFAULT;
	if (*was != old)
		return 0;
	return shim_user_write(hva, &new, width) ? -EFAULT : 0;
}

static int host_user_try_u8(unsigned long hva, u64 old, u64 new, u64 *was)
{
	return fake_try(hva, 1, old, new, was);
}

static int host_user_try_u16(unsigned long hva, u64 old, u64 new, u64 *was)
{
	return fake_try(hva, 2, old, new, was);
}

static int host_user_try_u32(unsigned long hva, u64 old, u64 new, u64 *was)
{
	return fake_try(hva, 4, old, new, was);
}

static int host_user_try_u64(unsigned long hva, u64 old, u64 new, u64 *was)
{
	return fake_try(hva, 8, old, new, was);
}

#include "../../src/host/user.c"

#define NEW	0xfedcba9876543210ULL

static u64 word;

static int setup(void **state)
{
	(void)state;
	word = 0x8877665544332211ULL;
	rests = tries = agains = 0;
	return 0;
}

/* The value that is expected is cut to the width, what is there is told either way, and nothing around it changes. */
static void widths(void **state)
{
	static const struct { unsigned int width; u64 mask; } t[] = {
		{ 1, 0xff }, { 2, 0xffff }, { 4, 0xffffffff }, { 8, ~0ULL },
	};
	unsigned int i;
	u64 old;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		setup(NULL);
		old = 0x8877665544332211ULL;
		assert_int_equal(host_user_cmpxchg((unsigned long)&word, t[i].width, &old, NEW), 0);
		assert_int_equal(width_tried, t[i].width);
		assert_int_equal(old_tried, 0x8877665544332211ULL & t[i].mask);
		assert_int_equal(new_tried, NEW);
		assert_int_equal(old, 0x8877665544332211ULL & t[i].mask);
		assert_int_equal(word, (0x8877665544332211ULL & ~t[i].mask) | (NEW & t[i].mask));
		old = 5;
		assert_int_equal(host_user_cmpxchg((unsigned long)&word, t[i].width, &old, 1), 0);
		assert_int_equal(old, NEW & t[i].mask);
		assert_int_equal(tries, 2);
		assert_int_equal(rests, 0);
	}
}

/* A store that fails is tried again after others had the CPU, 64 times; what was expected is kept where nothing is known. */
static void again(void **state)
{
	u64 old = 0x11;

	(void)state;
	agains = 63;
	assert_int_equal(host_user_cmpxchg((unsigned long)&word, 1, &old, 0x99), 0);
	assert_int_equal(tries, 64);
	assert_int_equal(rests, 63);
	assert_int_equal(word, 0x8877665544332299ULL);
	setup(NULL);
	agains = 1000;
	assert_int_equal(host_user_cmpxchg((unsigned long)&word, 1, &old, 0x99), -EAGAIN);
	assert_int_equal(tries, 64);
	assert_int_equal(rests, 64);
	assert_int_equal(old, 0x11);
	assert_int_equal(word, 0x8877665544332211ULL);
}

/* A fault ends it at once; an address or a width that cannot be is not tried. */
static void refused(void **state)
{
	u64 old = 0x11;

	(void)state;
	shim_user_hole((unsigned long)&word, 8);
	assert_int_equal(host_user_cmpxchg((unsigned long)&word, 1, &old, 0x99), -EFAULT);
	shim_user_hole(0, 0);
	assert_int_equal(tries, 1);
	assert_int_equal(old, 0x11);
	assert_int_equal(host_user_cmpxchg((unsigned long)&word, 3, &old, 0x99), -EINVAL);
	assert_int_equal(host_user_cmpxchg((unsigned long)&word + 1, 2, &old, 0x99), -EINVAL);
	assert_int_equal(host_user_cmpxchg(1UL << 50, 8, &old, 0x99), -EFAULT);
	assert_int_equal(tries, 1);
	assert_int_equal(rests, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(widths), TEST(again), TEST(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
