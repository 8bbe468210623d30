// SPDX-License-Identifier: GPL-2.0
/*
 * Loads, stores and exchanges on the VMM's memory: each width its own bytes and no others, what is not aligned or not
 * there; and the number with a version, each of whose steps may be the last.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/uaccess.h>

#define CONFIG_X86_64	1

static char log[1024];
static unsigned int n, fails_at;
static bool open_now;

/* A letter for each thing that happens; false: it faults. */
static bool note(char c)
{
	assert_true(n < sizeof(log) - 1);
	log[n++] = c;
	log[n] = 0;
	return n != fails_at;
}

static int fake_try(void *p, void *old, u64 new, size_t size)
{
	u64 was = 0;

	if (shim_user_read(&was, (unsigned long)p, size))
		return -EFAULT;
	if (!memcmp(&was, old, size))
		return shim_user_write((unsigned long)p, &new, size) ? -EFAULT : 0;
	memcpy(old, &was, size);
	return 1;
}

static int fake_get(void *x, const void *p, size_t size)
{
	return shim_user_read(x, (unsigned long)p, size) ? -EFAULT : 0;
}

static int fake_put(u64 x, void *p, size_t size)
{
	return shim_user_write((unsigned long)p, &x, size) ? -EFAULT : 0;
}

#define __try_cmpxchg_user(p, oldp, new, label)	fake_try(p, oldp, new, sizeof(*(p)))
#define __uaccess_begin_nospec()	(assert_false(open_now), open_now = true)
#define __uaccess_end()			(assert_true(open_now), open_now = false)
/* As they come by they are noted. */
#undef get_user
#define get_user(x, p)	(note(sizeof(*(p)) == 4 ? 'v' : 'n') ? ((x) = 0, fake_get(&(x), p, sizeof(*(p)))) : -EFAULT)
#undef put_user
#define put_user(x, p)	(note(sizeof(*(p)) == 4 ? 'V' : 'N') ? fake_put(x, p, sizeof(*(p))) : -EFAULT)
#undef smp_wmb
/* noted, too */
#define smp_wmb()	note('|')

#include "../../src/host/user.c"

#define PATTERN	0x8877665544332211ULL

static u64 memory[4];

static int setup(void **state)
{
	(void)state;
	memory[0] = memory[2] = memory[3] = ~0ULL;
	memory[1] = PATTERN;
	n = log[0] = fails_at = 0;
	return 0;
}

static unsigned long at(unsigned int offset)
{
	return (unsigned long)memory + 8 + offset;
}

/* What lies around the word is as it was. */
static void around(void)
{
	assert_int_equal(memory[0], ~0ULL);
	assert_int_equal(memory[2], ~0ULL);
}

static const unsigned int widths[] = { 1, 2, 4, 8 };

static u64 mask(unsigned int width)
{
	return ~0ULL >> (64 - 8 * width);
}

/* A load gives as many bytes, the rest zero. */
static void loads(void **state)
{
	unsigned int i, o;
	u64 val;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(widths); i++)
		for (o = 0; o < 8; o += widths[i]) {
			val = 0xdeadbeefdeadbeef;
			assert_int_equal(host_user_load(at(o), widths[i], &val), 0);
			assert_int_equal(val, PATTERN >> 8 * o & mask(widths[i]));
		}
}

/* A store changes as many bytes. */
static void stores(void **state)
{
	unsigned int i, o;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(widths); i++)
		for (o = 0; o < 8; o += widths[i]) {
			setup(NULL);
			assert_int_equal(host_user_store(at(o), widths[i], 0xfedcba9876543210), 0);
			assert_int_equal(memory[1], (PATTERN & ~(mask(widths[i]) << 8 * o)) |
					 (0xfedcba9876543210 & mask(widths[i])) << 8 * o);
			around();
		}
}

/* An exchange happens where the value is what was expected, of as many bytes; what was there is told either way. */
static void exchanges(void **state)
{
	unsigned int i, o;
	u64 old, is;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(widths); i++)
		for (o = 0; o < 8; o += widths[i]) {
			setup(NULL);
			is = PATTERN >> 8 * o & mask(widths[i]);
			old = is ^ 1;
			assert_int_equal(host_user_cmpxchg(at(o), widths[i], &old, 7), 0);
			assert_int_equal(old, is);
			assert_int_equal(memory[1], PATTERN);
			assert_int_equal(host_user_cmpxchg(at(o), widths[i], &old, 0xfedcba9876543210), 0);
			assert_int_equal(old, is);
			assert_int_equal(memory[1], (PATTERN & ~(mask(widths[i]) << 8 * o)) |
					 (0xfedcba9876543210 & mask(widths[i])) << 8 * o);
			around();
		}
}

static void refused(unsigned long hva, unsigned int width, int error)
{
	u64 val = 1;

	assert_int_equal(host_user_load(hva, width, &val), error);
	assert_int_equal(host_user_store(hva, width, 0), error);
	assert_int_equal(host_user_cmpxchg(hva, width, &val, 0), error);
	assert_int_equal(memory[1], PATTERN);
	around();
}

/* Widths that there are not, addresses that are not aligned, not of user space, and not there. */
static void refuses(void **state)
{
	static const unsigned int odd[] = { 0, 3, 5, 6, 7, 9, 16 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(odd); i++)
		refused(at(0), odd[i], -EINVAL);
	for (i = 1; i < ARRAY_SIZE(widths); i++) {
		refused(at(1), widths[i], -EINVAL);
		refused(at(widths[i] / 2), widths[i], -EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		refused(1UL << 63, widths[i], -EFAULT);
		refused(-8UL, widths[i], -EFAULT);
		shim_user_hole(at(0), widths[i]);
		refused(at(0), widths[i], -EFAULT);
		shim_user_hole(0, 0);
	}
}

static u64 versioned[2] __aligned(16);

static int add(u32 version, unsigned int fail)
{
	int ret;

	n = log[0] = 0;
	fails_at = fail;
	versioned[0] = 0xffffffff0;
	versioned[1] = 0xabcdef0100000000 | version;
	ret = host_user_add_versioned((unsigned long)versioned, 0x25);
	assert_false(open_now);
	assert_int_equal(versioned[1] >> 32, 0xabcdef01);
	return ret;
}

/* The version is odd before the number changes and even after it; what was odd before counts on from there. */
static void adds(void **state)
{
	(void)state;
	assert_int_equal(add(4, 0), 3);
	assert_string_equal(log, "vnV|N|V");
	assert_int_equal(versioned[0], 0x1000000015);
	assert_int_equal((u32)versioned[1], 6);
	assert_int_equal(add(5, 0), 3);
	assert_int_equal((u32)versioned[1], 8);
	assert_int_equal(add(~0U - 1, 0), 3);
	assert_int_equal((u32)versioned[1], 0);
}

/* Each step may fault; how far it came is told. */
static void adds_in_part(void **state)
{
	(void)state;
	assert_int_equal(add(4, 1), 0);
	assert_string_equal(log, "v");
	assert_int_equal(add(4, 2), 0);
	assert_string_equal(log, "vn");
	assert_int_equal(add(4, 3), 0);
	assert_string_equal(log, "vnV");
	assert_int_equal((u32)versioned[1], 4);
	assert_int_equal(add(4, 5), 1);
	assert_int_equal((u32)versioned[1], 5);
	assert_int_equal(versioned[0], 0xffffffff0);
	assert_int_equal(add(4, 7), 2);
	assert_int_equal((u32)versioned[1], 5);
	assert_int_equal(versioned[0], 0x1000000015);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(loads), TEST(stores), TEST(exchanges), TEST(refuses), TEST(adds), TEST(adds_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
