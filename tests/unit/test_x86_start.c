// SPDX-License-Identifier: GPL-2.0
/*
 * Where the module starts on x86: the order in which it takes the machine and gives it back, whatever fails between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/module.h>

static struct { const char *version; } this_module = { "1.2.3" };
static char said[256];

static void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(said, sizeof(said), fmt, args);
	va_end(args);
}

#undef THIS_MODULE
#define THIS_MODULE	(&this_module)
#undef pr_err
#undef pr_info
#define pr_err(...)	say(__VA_ARGS__)
#define pr_info(...)	say(__VA_ARGS__)

#include "../../model/shim/unit.h"
#include "../../src/x86/abi/start.c"

struct svm_hw svm_hw = { .asids = 16, .phys_bits = 43 };

static char log[64];
static unsigned int n;
static char fails;
static int error;

/* A letter for each thing that happens. */
static int note(char c)
{
	assert_true(n < sizeof(log) - 1);
	log[n++] = c;
	log[n] = 0;
	return c == fails ? error : 0;
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	n = log[0] = 0;
}

const char *svm_check(void)
{
	return "because";
}

int params_start(void)
{
	return note('p');
}

void params_stop(void)
{
	note('P');
}

int apf_module_init(void)
{
	return note('a');
}

void apf_module_exit(void)
{
	note('A');
}

int tick_module_init(void)
{
	return note('t');
}

void tick_module_exit(void)
{
	note('T');
}

int svm_start(void)
{
	return note('s');
}

void svm_stop(void)
{
	note('S');
}

void caps_fill(struct vm_arch *arch)
{
	note('1');
}

void vm_fill(struct vm_arch *arch)
{
	note('2');
}

void vcpu_fill(struct vm_arch *arch)
{
	note('3');
}

void run_fill(struct vm_arch *arch)
{
	note('4');
}

static int setup(void **state)
{
	(void)state;
	n = log[0] = said[0] = fails = 0;
	error = -ENOMEM;
	return 0;
}

/* All is taken in one order and given back in the other, and the table that x86 is called through is complete. */
static void starts(void **state)
{
	const struct vm_arch *arch = NULL;

	(void)state;
	assert_string_equal(arch_check_host(), "because");
	assert_int_equal(arch_start(&arch), 0);
	expect("pats1234");
	assert_int_equal(arch->vm_size, sizeof(struct x86_vm));
	assert_int_equal(arch->vcpu_size, sizeof(struct x86_vcpu));
	assert_int_equal(arch->run_pages, KVM_COALESCED_MMIO_PAGE_OFFSET);
	assert_true(arch->coalesced);
	assert_null(arch->devices[0]);
	arch_ready();
	assert_non_null(strstr(said, "1.2.3"));
	assert_non_null(strstr(said, "16 ASIDs, 43-bit"));
	arch_stop();
	expect("STAP");
}

/* What fails gives back what was taken before, and no more; whose place is taken is said. */
static void fails_at_each(void **state)
{
	const struct vm_arch *arch = NULL;

	(void)state;
	fails = 'p';
	assert_int_equal(arch_start(&arch), -ENOMEM);
	expect("p");
	assert_int_equal(said[0], 0);
	error = -EBUSY;
	assert_int_equal(arch_start(&arch), -EBUSY);
	expect("p");
	assert_non_null(strstr(said, "rmmod kvm_amd"));
	fails = 'a';
	assert_int_equal(arch_start(&arch), -EBUSY);
	expect("paP");
	fails = 't';
	assert_int_equal(arch_start(&arch), -EBUSY);
	expect("patAP");
	fails = 's';
	assert_int_equal(arch_start(&arch), -EBUSY);
	expect("patsTAP");
	assert_null(arch);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(starts), TEST(fails_at_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
