// SPDX-License-Identifier: GPL-2.0
/*
 * Power states of vCPUs: every order of what PSCI, the machine's end and the VMM do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/arm64/firmware/power.h"
#include "../../model/shim/unit.h"

static spinlock_t lock;
static struct power caller, target;

static int setup(void **state)
{
	(void)state;
	spin_lock_init(&lock);
	power_init(&caller, &lock);
	power_init(&target, &lock);
	return 0;
}

static enum power_result cpu_on(uint64_t pc)
{
	struct power_start s = { .pc = pc, .x0 = ~pc, .big_endian = pc & 1 };

	return power_cpu_on(&caller, &target, &s);
}

static void expect_start(uint64_t pc)
{
	struct power_start s = { 0 };

	assert_true(power_take_start(&target, &s));
	assert_true(s.pc == pc && s.x0 == ~pc && s.big_endian == (pc & 1));
	assert_false(power_take_start(&target, &s));
}

static void expect_no_start(void)
{
	struct power_start s;

	assert_false(power_take_start(&target, &s));
}

/* A vCPU is on when CPU_ON returns, with its start state there to take, once. */
static void on_brings_its_start(void **state)
{
	(void)state;
	power_reset(&target, true);
	assert_true(power_is_off(&target));
	assert_false(power_is_plain(&target));
	assert_int_equal(cpu_on(0x1001), POWER_STARTED);
	assert_false(power_is_off(&target));
	assert_false(power_is_plain(&target));
	expect_start(0x1001);
	assert_true(power_is_plain(&target));
}

/* Of several CPU_ONs one succeeds; the others change nothing, whether it began by then or not. */
static void one_of_many(void **state)
{
	(void)state;
	power_reset(&target, true);
	assert_int_equal(cpu_on(0x1000), POWER_STARTED);
	assert_int_equal(cpu_on(0x2001), POWER_ALREADY_ON);
	expect_start(0x1000);
	assert_int_equal(cpu_on(0x3000), POWER_ALREADY_ON);
	expect_no_start();
	power_off(&target);
	assert_int_equal(cpu_on(0x4000), POWER_STARTED);
	expect_start(0x4000);
}

/* A vCPU that is turned off before it began keeps its start state; a later CPU_ON's replaces it. */
static void off_before_it_began(void **state)
{
	(void)state;
	power_reset(&target, true);
	cpu_on(0x1000);
	power_off(&target);
	assert_true(power_is_off(&target));
	assert_int_equal(cpu_on(0x2000), POWER_STARTED);
	expect_start(0x2000);

	power_off(&target);
	cpu_on(0x3000);
	power_off(&target);
	power_set_on(&target);
	assert_false(power_is_off(&target));
	expect_start(0x3000);
}

/* KVM_ARM_VCPU_INIT forgets what CPU_ON left. */
static void reset_forgets(void **state)
{
	int off;

	(void)state;
	for (off = 0; off < 2; off++) {
		power_reset(&target, true);
		cpu_on(0x1000);
		power_reset(&target, off);
		assert_int_equal(power_is_off(&target), off);
		expect_no_start();
	}
}

/* Who is off starts nobody: when a machine goes off none of its vCPUs can bring another back. */
static void machine_goes_off(void **state)
{
	(void)state;
	power_reset(&target, true);
	spin_lock(&lock);
	power_off_held(&caller);
	power_off_held(&target);
	spin_unlock(&lock);
	assert_int_equal(cpu_on(0x1000), POWER_CALLER_OFF);
	assert_true(power_is_off(&target));
	expect_no_start();
	power_set_on(&caller);
	assert_int_equal(cpu_on(0x2000), POWER_STARTED);
	expect_start(0x2000);
}

/* A suspended vCPU is on: CPU_ON does not start it; it ends by each of the other states. */
static void suspended(void **state)
{
	(void)state;
	power_suspend(&target);
	assert_true(power_is_suspended(&target));
	assert_false(power_is_off(&target));
	assert_false(power_is_plain(&target));
	assert_int_equal(cpu_on(0x1000), POWER_ALREADY_ON);
	expect_no_start();
	power_set_on(&target);
	assert_true(power_is_plain(&target));
	power_suspend(&target);
	power_off(&target);
	assert_false(power_is_suspended(&target));
	assert_true(power_is_off(&target));
	power_suspend(&target);
	assert_false(power_is_off(&target));
	power_reset(&target, false);
	assert_true(power_is_plain(&target));
}

static void taken_by_another(const struct shim_lock *l)
{
	target.start_pending = false;
}

/* A state changes under the lock alone; a start state that another took meanwhile is taken once; on is seen last. */
static void locked(void **state)
{
	unsigned long acquired, released;
	struct power_start s;

	(void)state;
	shim_guard(&lock.shim, &target, sizeof(target));
	power_reset(&target, true);
	released = shim_barriers[SHIM_RELEASE];
	assert_int_equal(cpu_on(0x1000), POWER_STARTED);
	assert_int_equal(shim_barriers[SHIM_RELEASE], released + 1);
	acquired = shim_barriers[SHIM_ACQUIRE];
	assert_false(power_is_off(&target));
	assert_int_equal(shim_barriers[SHIM_ACQUIRE], acquired + 1);
	expect_start(0x1000);
	power_suspend(&target);
	power_off(&target);
	assert_int_equal(cpu_on(0x2000), POWER_STARTED);
	power_set_on(&target);
	shim_check_quiet();
	shim_on_lock = taken_by_another;
	assert_false(power_take_start(&target, &s));
	shim_on_lock = NULL;
}

/* Whatever is done in whatever order: the model of a few lines says the same. */
static void any_order(void **state)
{
	bool off = false, susp = false, pending = false, self_off = false;
	uint64_t seed = 1, pc = 0, n;
	unsigned int i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		struct power_start s;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		n = seed >> 40;
		switch (n % 8) {
		case 0:
			assert_int_equal(cpu_on(n), self_off ? POWER_CALLER_OFF : off ? POWER_STARTED : POWER_ALREADY_ON);
			if (!self_off && off) {
				off = false;
				pending = true;
				pc = n;
			}
			break;
		case 1:
			power_off(&target);
			off = true;
			susp = false;
			break;
		case 2:
			power_set_on(&target);
			off = susp = false;
			break;
		case 3:
			power_suspend(&target);
			off = false;
			susp = true;
			break;
		case 4:
			off = n & 256;
			power_reset(&target, off);
			pending = susp = false;
			break;
		case 5:
			self_off = n & 256;
			power_reset(&caller, self_off);
			break;
		default:
			assert_int_equal(power_take_start(&target, &s), pending);
			if (pending)
				assert_true(s.pc == pc);
			pending = false;
		}
		assert_int_equal(power_is_off(&target), off);
		assert_int_equal(power_is_suspended(&target), susp);
		assert_int_equal(power_is_plain(&target), !off && !susp && !pending);
	}
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(on_brings_its_start),
		T(one_of_many),
		T(off_before_it_began),
		T(reset_forgets),
		T(machine_goes_off),
		T(suspended),
		T(locked),
		T(any_order),
	};

	return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}
