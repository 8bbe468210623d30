// SPDX-License-Identifier: GPL-2.0
/*
 * Physical SErrors around a stay in the guest: how they are looked for with FEAT_RAS and without, which of several
 * counts, and who takes it.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/bits.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <asm/barrier.h>
#include <asm/sysreg.h>

enum { SYS_DISR_EL1 = 0x40, TEST_REG_isr_el1 };

static char log[64];
static unsigned int n, panics;

static void note(char c)
{
	assert_true(n < sizeof(log) - 1);
	log[n++] = c;
	log[n] = 0;
}

/* Of this machine the instruction is none. */
#define asm	while (note('e'), 0) __asm__
#undef dsb
#define dsb(what)	note('d')

#include "../../src/arm64/cpu/serror.c"

#undef asm

struct cpu_hw cpu_hw;
static struct arm_vcpu vcpu;
static u64 disr, isr, window, pfr0;
static struct { unsigned int n; u64 esr; } injected;

u64 cpu_idreg_read(const struct arm_vm *vm, u32 enc)
{
	assert_int_equal(enc, SYS_ID_AA64PFR0_EL1);
	return pfr0;
}

u64 test_sysreg_read(u32 reg)
{
	assert_true(reg == SYS_DISR_EL1 || reg == TEST_REG_isr_el1);
	note(reg == SYS_DISR_EL1 ? 'r' : 'i');
	return reg == SYS_DISR_EL1 ? disr : isr;
}

void test_sysreg_write(u64 val, u32 reg)
{
	assert_int_equal(reg, SYS_DISR_EL1);
	disr = val;
	note('w');
}

void test_isb(void)
{
	note('|');
}

u64 cpu_serror_window(void)
{
	note('o');
	return window;
}

/* The lowest byte says how bad it is. */
enum syn_serror syn_sort_serror(u64 esr, bool has_ras)
{
	assert_int_equal(has_ras, cpu_hw.has_ras);
	return esr & 0xff;
}

u64 syn_from_disr(u64 d)
{
	return d | 0xd0000;
}

void cpu_inject_serror(struct arm_vcpu *v, u64 esr)
{
	assert_ptr_equal(v, &vcpu);
	injected.n++;
	injected.esr = esr;
}

void panic(const char *fmt, ...)
{
	panics++;
}

static int setup(void **state)
{
	(void)state;
	memset(&vcpu, 0, sizeof(vcpu));
	injected.n = panics = n = log[0] = 0;
	disr = isr = window = 0;
	cpu_hw.has_ras = true;
	vcpu.ctx.exit_code = CPU_EXIT_SERROR + 1;
	vcpu.ctx.exit_esr = 0x99900 | SYN_SERROR_HOST;
	return 0;
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	n = log[0] = 0;
}

/* With FEAT_RAS the host takes its own before: without nothing tells whose one is. */
static void before(void **state)
{
	(void)state;
	cpu_serror_before();
	expect("e");
	cpu_hw.has_ras = false;
	cpu_serror_before();
	expect("");
}

/* What was deferred is noted once, and no more. */
static void deferred(void **state)
{
	(void)state;
	cpu_serror_after(&vcpu.ctx);
	expect("er");
	assert_int_equal(vcpu.ctx.serror_seen, 0);
	disr = 0x700 | SYN_SERROR_GUEST;
	cpu_serror_after(&vcpu.ctx);
	expect("erw");
	assert_int_equal(disr, 0);
	assert_int_equal(vcpu.ctx.serror_seen, 0xd0700 | SYN_SERROR_GUEST);
	/* also one whose syndrome is of nobody's, and neither interrupts nor others count without */
	cpu_hw.has_ras = false;
	isr = ~BIT(8);
	window = 0x500;
	cpu_serror_after(&vcpu.ctx);
	expect("d|i");
	assert_int_equal(vcpu.ctx.serror_seen, 0xd0700 | SYN_SERROR_GUEST);
}

/* Without FEAT_RAS what is pending is taken in a window; it may have gone by then. */
static void pending(void **state)
{
	(void)state;
	cpu_hw.has_ras = false;
	isr = BIT(8);
	cpu_serror_after(&vcpu.ctx);
	expect("d|io");
	assert_int_equal(vcpu.ctx.serror_seen, 0);
	window = 0x400 | SYN_SERROR_NOBODY;
	cpu_serror_after(&vcpu.ctx);
	expect("d|io");
	assert_int_equal(vcpu.ctx.serror_seen, 0x400 | SYN_SERROR_NOBODY);
}

static u64 both(u32 first, u32 second)
{
	setup(NULL);
	vcpu.ctx.exit_code = CPU_EXIT_SERROR;
	vcpu.ctx.exit_esr = 0x100 | first;
	disr = 0x200 | second;
	cpu_serror_after(&vcpu.ctx);
	return vcpu.ctx.serror_seen;
}

/* Of the one that ended the stay and the one that came behind it the worse counts, the first of two alike. */
static void worst(void **state)
{
	(void)state;
	assert_int_equal(both(SYN_SERROR_GUEST, SYN_SERROR_HOST), 0xd0200 | SYN_SERROR_HOST);
	assert_int_equal(both(SYN_SERROR_HOST, SYN_SERROR_GUEST), 0x100 | SYN_SERROR_HOST);
	assert_int_equal(both(SYN_SERROR_GUEST, SYN_SERROR_GUEST), 0x100 | SYN_SERROR_GUEST);
	assert_int_equal(both(SYN_SERROR_NOBODY, SYN_SERROR_GUEST), 0xd0200 | SYN_SERROR_GUEST);
}

static void serve(u64 esr, unsigned int to_guest, unsigned int end)
{
	setup(NULL);
	vcpu.ctx.serror_seen = esr;
	cpu_serror_serve(&vcpu);
	assert_int_equal(injected.n, to_guest);
	assert_int_equal(panics, end);
	assert_int_equal(vcpu.ctx.serror_seen, 0);
}

/* Nobody, the guest, without a syndrome where it knows of none and of the architecture's alone where it does, or the host, which ends; each once. */
static void served(void **state)
{
	(void)state;
	injected.esr = 7;
	serve(0, 0, 0);
	serve(0x100 | SYN_SERROR_NOBODY, 0, 0);
	serve(0x100 | SYN_SERROR_HOST, 0, 1);
	serve(0x100 | SYN_SERROR_GUEST, 1, 0);
	assert_int_equal(injected.esr, 0);
	cpu_serror_serve(&vcpu);
	assert_int_equal(injected.n, 1);
	pfr0 = 1UL << 28;
	serve(0xbe000000 | 0xfffe00 | SYN_SERROR_GUEST, 1, 0);
	assert_int_equal(injected.esr, (0xfffe00 | SYN_SERROR_GUEST) & 0x1e3f);
	serve(0xbf000000 | 0xffff00 | SYN_SERROR_GUEST, 1, 0);
	assert_int_equal(injected.esr, 1UL << 24);
	pfr0 = 0;
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(before), TEST(deferred), TEST(pending), TEST(worst), TEST(served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
