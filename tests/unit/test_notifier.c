// SPDX-License-Identifier: GPL-2.0
/*
 * What the host's memory manager says, and what the listener hears of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* after those above */
#include <cmocka.h>

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/types.h>

#include "../../model/shim/unit.h"
#include "../../src/host/notifier.h"

static struct host_notifier hn;
static struct mm_struct *registered;
static int register_ret;
static struct {
	char what[40];
	unsigned long start, end;
	unsigned int flags;
	enum host_age how;
	bool young;
} heard;

int mmu_notifier_register(struct mmu_notifier *mn, struct mm_struct *mm)
{
	assert_ptr_equal(mn, &hn.mn);
	if (register_ret)
		return register_ret;
	mn->mm = mm;
	registered = mm;
	return 0;
}

void mmu_notifier_unregister(struct mmu_notifier *mn, struct mm_struct *mm)
{
	assert_ptr_equal(mm, registered);
	registered = NULL;
	mn->ops->release(mn, mm);
}

static void hear(struct host_notifier *n, const char *what, unsigned long start, unsigned long end)
{
	assert_ptr_equal(n, &hn);
	strcat(heard.what, what);
	heard.start = start;
	heard.end = end;
}

static void range_start(struct host_notifier *n, unsigned long start, unsigned long end, unsigned int flags)
{
	hear(n, "start ", start, end);
	heard.flags = flags;
}

static void range_end(struct host_notifier *n, unsigned long start, unsigned long end)
{
	hear(n, "end ", start, end);
}

static bool age(struct host_notifier *n, unsigned long start, unsigned long end, enum host_age how)
{
	hear(n, "age ", start, end);
	heard.how = how;
	return heard.young;
}

static void release(struct host_notifier *n)
{
	hear(n, "release ", 0, 0);
}

static const struct host_notifier_ops ops = {
	.range_start = range_start, .range_end = range_end, .age = age, .release = release,
};

static int setup(void **state)
{
	(void)state;
	memset(&hn, 0, sizeof(hn));
	memset(&heard, 0, sizeof(heard));
	register_ret = 0;
	return host_notifier_register(&hn, &ops);
}

static void is(const char *what, unsigned long start, unsigned long end)
{
	assert_string_equal(heard.what, what);
	assert_int_equal(heard.start, start);
	assert_int_equal(heard.end, end);
	heard.what[0] = 0;
}

/* It listens to the address space of who registers, and no longer when it is told so. */
static void comes_and_goes(void **state)
{
	(void)state;
	assert_ptr_equal(registered, &shim_mm);
	host_notifier_unregister(&hn);
	assert_null(registered);
	is("release ", 0, 0);
	register_ret = -ENOMEM;
	assert_int_equal(host_notifier_register(&hn, &ops), -ENOMEM);
	register_ret = 0;
	shim_current()->mm = NULL;
	assert_int_equal(host_notifier_register(&hn, &ops), -EINVAL);
	shim_current()->mm = &shim_mm;
	assert_null(registered);
}

/* A range begins and ends as the kernel says, and only one that may sleep is said to. */
static void ranges(void **state)
{
	struct mmu_notifier_range r = { .start = 0x3000, .end = 0x7000, .blockable = true };

	(void)state;
	assert_int_equal(hn.mn.ops->invalidate_range_start(&hn.mn, &r), 0);
	is("start ", 0x3000, 0x7000);
	assert_int_equal(heard.flags, HOST_INVAL_MAY_SLEEP);
	r.blockable = false;
	assert_int_equal(hn.mn.ops->invalidate_range_start(&hn.mn, &r), 0);
	is("start ", 0x3000, 0x7000);
	assert_int_equal(heard.flags, 0);
	hn.mn.ops->invalidate_range_end(&hn.mn, &r);
	is("end ", 0x3000, 0x7000);
}

/* Asking whether a page is young asks of that page, whichever byte is named, and clears nothing; the answer comes through. */
static void young(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		heard.young = i;
		assert_int_equal(hn.mn.ops->test_young(&hn.mn, &shim_mm, 0x5123), i);
		is("age ", 0x5000, 0x6000);
		assert_int_equal(heard.how, HOST_AGE_TEST);
		assert_int_equal(hn.mn.ops->clear_young(&hn.mn, &shim_mm, 0x5000, 0x9000), i);
		is("age ", 0x5000, 0x9000);
		assert_int_equal(heard.how, HOST_AGE_CLEAR);
		assert_int_equal(hn.mn.ops->clear_flush_young(&hn.mn, &shim_mm, 0x4000, 0x5000), i);
		is("age ", 0x4000, 0x5000);
		assert_int_equal(heard.how, HOST_AGE_CLEAR_FLUSH);
	}
	hn.mn.ops->release(&hn.mn, &shim_mm);
	is("release ", 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(comes_and_goes, setup),
		cmocka_unit_test_setup(ranges, setup),
		cmocka_unit_test_setup(young, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
