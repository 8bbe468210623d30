// SPDX-License-Identifier: GPL-2.0
/*
 * A look at a vCPU's registers: its own, those of one that is loaded elsewhere, and of one that is nowhere; never a
 * mixture of two moments.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/smp.h>
#include <asm/barrier.h>

#define smp_call_function_single(cpu, f, arg, wait)	fake_call(cpu, f, arg, wait)
#define usleep_range(from, to)				fake_sleep(from, to)

static int fake_call(int cpu, void (*f)(void *arg), void *arg, int wait);
static void fake_sleep(unsigned long from, unsigned long to);

#include "../../src/arm64/cpu/look.c"

static struct arm_vm vm;
static struct arm_vcpu vcpu, other;
static struct arm_vcpu *here;
static unsigned int calls, sleeps;
static int call_ret;
static u64 range;
static void (*on_saved)(void);
static void (*on_sleep)(void);

struct vcpu *vcpu_running_here(void)
{
	return here ? &here->base : NULL;
}

/* What is in hardware is the register's number and a 7 before it. */
u64 cpu_sys_read(struct arm_vcpu *v, enum cpu_sys reg)
{
	return 0x700 + reg;
}

u64 cpu_idreg_read(const struct arm_vm *v, u32 enc)
{
	assert_int_equal(enc, SYS_ID_AA64MMFR0_EL1);
	if (on_saved)
		on_saved();
	return 0xab0 | range;
}

static int fake_call(int cpu, void (*f)(void *arg), void *arg, int wait)
{
	assert_int_equal(cpu, 6);
	assert_int_equal(wait, 1);
	calls++;
	if (!call_ret)
		f(arg);
	return call_ret;
}

static void fake_sleep(unsigned long from, unsigned long to)
{
	assert_true(from > 0 && from <= to);
	sleeps++;
	if (on_sleep)
		on_sleep();
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.vm = &vm;
	vcpu.base.initialised = true;
	vcpu.base.cpu = -1;
	for (i = 0; i < CPU_SYS_COUNT; i++)
		vcpu.ctx.sys[i] = 0x300 + i;
	vcpu.ctx.regs.pc = 0x1000;
	vcpu.ctx.regs.pstate = 0x3c5;
	here = NULL;
	calls = sleeps = 0;
	call_ret = 0;
	range = 5;
	on_saved = on_sleep = NULL;
	shim_kill(0);
	return 0;
}

static void is(const struct cpu_look *l, u64 base)
{
	assert_int_equal(l->s1.sctlr, base + CPU_SCTLR_EL1);
	assert_int_equal(l->s1.tcr, base + CPU_TCR_EL1);
	assert_int_equal(l->s1.ttbr0, base + CPU_TTBR0_EL1);
	assert_int_equal(l->s1.ttbr1, base + CPU_TTBR1_EL1);
	assert_int_equal(l->mair, base + CPU_MAIR_EL1);
	assert_int_equal(l->pc, 0x1000);
	assert_int_equal(l->pstate, 0x3c5);
	assert_int_equal(l->s1.pa_bits, 48);
}

/* Of the thread's own, and of one that is loaded, what is in hardware; of one that is nowhere what is in memory. */
static void where_it_is(void **state)
{
	struct cpu_look l;

	(void)state;
	cpu_look_own(&vcpu, &l);
	is(&l, 0x700);
	assert_int_equal(cpu_look(&vcpu, &l), 0);
	is(&l, 0x300);
	assert_int_equal(calls, 0);
	vcpu.base.cpu = 6;
	here = &vcpu;
	assert_int_equal(cpu_look(&vcpu, &l), 0);
	is(&l, 0x700);
	assert_int_equal(calls, 1);
	vcpu.base.initialised = false;
	assert_int_equal(cpu_look(&vcpu, &l), -ENOEXEC);
}

/* Physical addresses as large as the guest is told, and as are known. */
static void address_sizes(void **state)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48, 48, 48 };
	struct cpu_look l;

	(void)state;
	for (range = 0; range < ARRAY_SIZE(bits); range++) {
		cpu_look_own(&vcpu, &l);
		assert_int_equal(l.s1.pa_bits, bits[range]);
	}
}

static void comes_here(void)
{
	here = &vcpu;
}

static void leaves(void)
{
	vcpu.base.cpu = -1;
}

/* Where it has gone when the interrupt comes, it is looked for again. */
static void moved(void **state)
{
	struct cpu_look l;

	(void)state;
	vcpu.base.cpu = 6;
	here = &other;
	on_sleep = comes_here;
	assert_int_equal(cpu_look(&vcpu, &l), 0);
	is(&l, 0x700);
	assert_int_equal(calls, 2);
	assert_int_equal(sleeps, 1);
	call_ret = -ENXIO;	/* that CPU went off */
	on_sleep = leaves;
	assert_int_equal(cpu_look(&vcpu, &l), 0);
	is(&l, 0x300);
	assert_int_equal(calls, 3);
	assert_int_equal(sleeps, 2);
}

static void ran(void)
{
	vcpu.base.stats.entries.counter++;
}

static void was_loaded(void)
{
	vcpu.base.cpu = 6;
}

/* What ran meanwhile, or is loaded by now, was not nowhere; that is tried a while, and ends when one is killed. */
static void not_nowhere(void **state)
{
	struct cpu_look l;

	(void)state;
	on_saved = ran;
	assert_int_equal(cpu_look(&vcpu, &l), -EAGAIN);
	assert_int_equal(sleeps, 50);
	sleeps = 0;
	on_saved = was_loaded;
	on_sleep = leaves;
	assert_int_equal(cpu_look(&vcpu, &l), -EAGAIN);
	assert_int_equal(sleeps, 50);
	sleeps = 0;
	shim_kill(3);
	assert_int_equal(cpu_look(&vcpu, &l), -EINTR);
	assert_int_equal(sleeps, 2);
	shim_kill(0);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(where_it_is), TEST(address_sizes), TEST(moved), TEST(not_nowhere) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
