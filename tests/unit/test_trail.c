// SPDX-License-Identifier: GPL-2.0
/*
 * Trails: a table walk that is gone once more, while tables, slots and memory change.
 */
#include <stdlib.h>

#include "gmem_env.h"
#include "../../src/host/user.h"
#include "../../src/mem/trail.h"

#define BASE	100UL		/* frames */
#define FRAMES	8UL
#define GPA(n)	((BASE + (n)) * PAGE)

static unsigned char *mem;
static struct trail t;

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
	return -EOPNOTSUPP;
}

static u64 *entry(unsigned int frame, unsigned int n)
{
	return (u64 *)(mem + frame * PAGE) + n;
}

/* Two tables in frames 0 and 1 lead to frame 2, which has a text. */
static int setup(void **state)
{
	if (env_setup(state))
		return -1;
	mem = aligned_alloc(PAGE, FRAMES * PAGE);
	memset(mem, 0, FRAMES * PAGE);
	*entry(0, 3) = GPA(1);
	*entry(1, 5) = GPA(2);
	strcpy((char *)mem + 2 * PAGE + 16, "two");
	strcpy((char *)mem + 3 * PAGE + 16, "three");
	t = (struct trail){ 0 };
	return env_region(0, BASE, FRAMES, (unsigned long)mem, 0);
}

static int teardown(void **state)
{
	int ret = env_teardown(state);

	free(mem);
	return ret;
}

static void follow(void)
{
	u64 val;

	trail_begin(&t, gm, 8);
	assert_int_equal(trail_load(&t, gm, GPA(0) + 3 * 8, &val), 0);
	assert_int_equal(trail_load(&t, gm, val + 5 * 8, &val), 0);
	trail_end(&t, gm, val + 16);
}

static void reads(const char *text)
{
	char buf[8] = "";

	assert_int_equal(trail_read(&t, gm, 16, buf, sizeof(buf)), text != NULL);
	if (text)
		assert_string_equal(buf, text);
}

/* While all elements hold what they held, the frame's bytes are read as they are now; before it was followed there is none. */
static void leads_there(void **state)
{
	(void)state;
	reads(NULL);
	follow();
	reads("two");
	strcpy((char *)mem + 2 * PAGE + 16, "2");
	reads("2");
}

/* An element of any level that holds something else ends it, until it is followed again; one beside it does not. */
static void elements_change(void **state)
{
	unsigned int level;

	(void)state;
	for (level = 0; level < 2; level++) {
		*entry(1, 5) = GPA(2);
		follow();
		*entry(1, 6) = GPA(3);
		reads("two");
		*entry(level, level ? 5 : 3) ^= 1;
		reads(NULL);
		*entry(level, level ? 5 : 3) ^= 1;
		reads(NULL);
		follow();
		reads("two");
	}
	*entry(1, 5) = GPA(3);
	reads(NULL);
	follow();
	reads("three");
}

/* A change of slots ends it, wherever, and one amid following keeps nothing. */
static void slots_change(void **state)
{
	u64 val;

	(void)state;
	follow();
	assert_int_equal(env_region(1, BASE + 100, 1, ENV_HVA, 0), 0);
	reads(NULL);
	trail_begin(&t, gm, 8);
	assert_int_equal(trail_load(&t, gm, GPA(0) + 3 * 8, &val), 0);
	assert_int_equal(env_region(1, 0, 0, 0, 0), 0);
	assert_int_equal(trail_load(&t, gm, val + 5 * 8, &val), 0);
	trail_end(&t, gm, val);
	reads(NULL);
}

/* What has no slot or no memory, is not aligned, or is one too many, is refused; nor is anything read beyond the frame. */
static void refused(void **state)
{
	unsigned int i;
	char buf[16];
	u64 val;

	(void)state;
	trail_begin(&t, gm, 8);
	assert_int_equal(trail_load(&t, gm, GPA(0) + 4, &val), -EINVAL);
	assert_int_equal(trail_load(&t, gm, GPA(FRAMES), &val), -EFAULT);
	reads(NULL);
	trail_begin(&t, gm, 8);
	trail_end(&t, gm, GPA(FRAMES));
	reads(NULL);
	trail_begin(&t, gm, 8);
	for (i = 0; i < TRAIL_STEPS; i++)
		assert_int_equal(trail_load(&t, gm, GPA(0), &val), 0);
	assert_int_equal(trail_load(&t, gm, GPA(0), &val), -EINVAL);
	follow();
	assert_false(trail_read(&t, gm, PAGE - 15, buf, 16));
	assert_false(trail_read(&t, gm, PAGE + 1, buf, 0));
	assert_true(trail_read(&t, gm, PAGE - 16, buf, 16));
}

/* Of any length: the frame's bytes, those alone, up to two words and more. */
static void lengths(void **state)
{
	unsigned char buf[40];
	unsigned int len, i;

	(void)state;
	for (i = 0; i < 64; i++)
		mem[2 * PAGE + i] = i + 1;
	follow();
	for (len = 1; len <= 32; len++) {
		memset(buf, 0xee, sizeof(buf));
		assert_true(trail_read(&t, gm, 3, buf, len));
		assert_memory_equal(buf, mem + 2 * PAGE + 3, len);
		assert_int_equal(buf[len], 0xee);
	}
	/* memory that goes away amid it is no text */
	for (i = 0; i < 2; i++) {
		shim_user_hole((uintptr_t)mem + 2 * PAGE + (i ? 16 : 3), 1);
		assert_false(trail_read(&t, gm, 3, buf, 14));
		shim_user_hole(0, 0);
		follow();
	}
}

/* Another process follows nothing. */
static void another_process(void **state)
{
	struct mm_struct other;
	char buf[4];
	u64 val;

	(void)state;
	trail_begin(&t, gm, 8);
	shim_current()->mm = &other;
	assert_int_equal(trail_load(&t, gm, GPA(0), &val), -EFAULT);
	shim_current()->mm = &shim_mm;
	follow();
	shim_current()->mm = &other;
	assert_false(trail_read(&t, gm, 16, buf, 4));
	shim_current()->mm = &shim_mm;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(leads_there, setup, teardown),
		cmocka_unit_test_setup_teardown(elements_change, setup, teardown),
		cmocka_unit_test_setup_teardown(slots_change, setup, teardown),
		cmocka_unit_test_setup_teardown(refused, setup, teardown),
		cmocka_unit_test_setup_teardown(lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(another_process, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
