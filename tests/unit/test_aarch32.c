// SPDX-License-Identifier: GPL-2.0
/*
 * AArch32 at EL0: which trapped instruction does nothing, where an IT block goes on, and what is behind the
 * coprocessors.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/string.h>
#include <asm/esr.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

#include "../../src/arm64/pmu/pmu.h"
#include "../../src/arm64/vm.h"
#include "../../src/arm64/cpu/aarch32.h"
#include "../../src/arm64/cpu/cpu.h"

#define USR	0x10UL
#define N	(1UL << 31)
#define Z	(1UL << 30)
#define C	(1UL << 29)
#define V	(1UL << 28)
#define EC(n)	((u64)(n) << 26)
#define CV	(1UL << 24)
#define COND(c)	((u64)(c) << 20)
#define RT	5
#define RT2	7
/* ISS of MRC and MCR, of MRRC and MCRR */
#define CP32(opc1, crn, crm, opc2) \
	((opc2) << 17 | (opc1) << 14 | (crn) << 10 | RT << 5 | (crm) << 1)
#define CP64(opc1, crm)	((opc1) << 16 | RT2 << 10 | RT << 5 | (crm) << 1)

static struct arm_vm vm;
static struct arm_vcpu vcpu;
static unsigned int skips, undefs, saves;
static struct { bool there; unsigned int reg, writes; u64 val; } pmu;
static struct { unsigned int n; enum timer_reg reg; u64 val; } timer;

u64 cpu_idreg_read(const struct arm_vm *v, u32 enc)
{
	assert_int_equal(enc, SYS_ID_AA64DFR0_EL1);
	return 0x10305008;
}

u64 timer_trap_read(struct arm_vcpu *v, enum timer_reg reg)
{
	timer.n++;
	timer.reg = reg;
	return 0x1111222233334444;
}

void timer_trap_write(struct arm_vcpu *v, enum timer_reg reg, u64 val)
{
	timer.n++;
	timer.reg = reg;
	timer.val = val;
}

bool pmu_trap(struct arm_vcpu *v, unsigned int reg, bool is_write, u64 *val)
{
	assert_true(saves > 0);
	if (!pmu.there)
		return false;
	pmu.reg = reg;
	pmu.writes += is_write;
	if (is_write)
		pmu.val = *val;
	else
		*val = 0x7777666655554444;
	return true;
}

void cpu_fp_save(struct arm_vcpu *v)
{
	saves++;
}

u64 cpu_get_x(const struct arm_vcpu *v, unsigned int rt)
{
	return v->ctx.regs.regs[rt];
}

void cpu_set_x(struct arm_vcpu *v, unsigned int rt, u64 val)
{
	v->ctx.regs.regs[rt] = val;
}

void cpu_skip_instr(struct arm_vcpu *v)
{
	skips++;
}

void cpu_inject_undef(struct arm_vcpu *v)
{
	undefs++;
}

static int setup(void **state)
{
	(void)state;
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&timer, 0, sizeof(timer));
	vcpu.vm = &vm;
	vcpu.ctx.regs.pstate = USR;
	vcpu.ctx.regs.regs[RT] = 0xaaaaaaaabbbbbbbb;
	vcpu.ctx.regs.regs[RT2] = 0xccccccccdddddddd;
	memset(&pmu, 0, sizeof(pmu));
	skips = undefs = saves = 0;
	return 0;
}

/* Each condition holds for the flags that the architecture names, and for no other. */
static void conditions(void **state)
{
	unsigned int flags, cond;

	(void)state;
	for (flags = 0; flags < 16; flags++) {
		bool n = flags & 8, z = flags & 4, c = flags & 2, v = flags & 1;
		const bool holds[] = {
			z, !z, c, !c, n, !n, v, !v, c && !z, !c || z, n == v, n != v, !z && n == v, z || n != v, true, true,
		};

		for (cond = 0; cond < 16; cond++)
			assert_int_equal(aarch32_is_off(EC(3) | CV | COND(cond), USR | (u64)flags << 28), !holds[cond]);
	}
}

/* Without one in the syndrome the IT block's condition counts, and outside of a block every instruction is done. */
static void in_a_block(void **state)
{
	/* IT[7:2] are bits 15 to 10, IT[1:0] bits 26 and 25 */
	const u64 eq_last = USR | 0x02UL << 10 | 0UL << 25, eq_one_of_four = USR | 0UL << 10 | 1UL << 25;

	(void)state;
	assert_false(aarch32_is_off(EC(3), USR | Z));
	assert_false(aarch32_is_off(EC(3), USR));
	assert_true(aarch32_is_off(EC(3), eq_last));
	assert_false(aarch32_is_off(EC(3), eq_last | Z));
	assert_true(aarch32_is_off(EC(3), eq_one_of_four));
	/* COND is of no meaning then */
	assert_false(aarch32_is_off(EC(3) | COND(1), eq_last | Z));
	/* NE */
	assert_true(aarch32_is_off(EC(3), USR | Z | 0x06UL << 10));
	assert_false(aarch32_is_off(EC(3), USR | 0x06UL << 10));
}

/* Only what has a condition is off, and in AArch64 nothing is. */
static void classes(void **state)
{
	unsigned int ec;

	(void)state;
	for (ec = 0; ec < 64; ec++) {
		bool has = ec == 1 || (ec >= 3 && ec <= 6) || ec == 8 || ec == 0xc;

		assert_int_equal(aarch32_is_off(EC(ec) | CV | COND(0), USR), has);
		assert_false(aarch32_is_off(EC(ec) | CV | COND(0), 0));
	}
}

/* A block's state moves on by one instruction, to nothing after the last; no other bit changes. */
static void blocks(void **state)
{
	static const struct { u8 it, next; } steps[] = {
		{ 0x00, 0x00 }, { 0x08, 0x00 }, { 0x04, 0x08 }, { 0x0c, 0x18 }, { 0x02, 0x04 }, { 0x1e, 0x1c },
		{ 0x01, 0x02 }, { 0xe1, 0xe2 }, { 0xff, 0xfe }, { 0xf8, 0x00 }, { 0xb7, 0xae }, { 0xd6, 0xcc },
	};
	const u64 rest[] = { USR, ~(0x3fUL << 10 | 3UL << 25) };
	unsigned int i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		for (k = 0; k < 2; k++) {
			u64 it = steps[i].it, next = steps[i].next;

			assert_int_equal(aarch32_step_it(rest[k] | it >> 2 << 10 | (it & 3) << 25),
					 rest[k] | next >> 2 << 10 | (next & 3) << 25);
		}
}

static void trap(u64 esr)
{
	vcpu.ctx.exit_esr = esr;
	assert_int_equal(aarch32_trap(&vcpu), VCPU_RESUME);
}

/* Of the debug registers EL0 reads how many there are; the channel is empty, and addresses of nothing are 0. */
static void debug(void **state)
{
	static const u64 zeroes[] = {
		EC(5) | CP32(0, 0, 1, 0), EC(5) | CP32(0, 0, 5, 0), EC(5) | CP32(0, 1, 0, 0), EC(5) | CP32(0, 2, 0, 0),
	};
	unsigned int i;

	(void)state;
	trap(EC(5) | CP32(0, 0, 0, 0) | 1);
	assert_int_equal(vcpu.ctx.regs.regs[RT], 0x35188000);
	for (i = 0; i < ARRAY_SIZE(zeroes); i++) {
		vcpu.ctx.regs.regs[RT] = ~0UL;
		trap(zeroes[i] | 1);
		assert_int_equal(vcpu.ctx.regs.regs[RT], 0);
	}
	for (i = 1; i < 3; i++) {
		vcpu.ctx.regs.regs[RT] = vcpu.ctx.regs.regs[RT2] = ~0UL;
		trap(EC(0xc) | CP64(0, i) | 1);
		assert_int_equal(vcpu.ctx.regs.regs[RT] | vcpu.ctx.regs.regs[RT2], 0);
	}
	assert_int_equal(skips, 7);
	trap(EC(5) | CP32(0, 0, 5, 0));
	assert_int_equal(skips, 8);
	assert_int_equal(undefs, 0);
	/* what is read-only */
	trap(EC(5) | CP32(0, 0, 0, 0));
	trap(EC(5) | CP32(0, 0, 1, 0));
	trap(EC(0xc) | CP64(0, 1));
	assert_int_equal(undefs, 3);
	assert_int_equal(skips, 8);
}

/* The physical timer and count, in one register or in two, lower half first; nothing of the upper halves comes along. */
static void timers(void **state)
{
	(void)state;
	trap(EC(3) | CP32(0, 14, 2, 0) | 1);
	assert_int_equal(timer.reg, TIMER_TVAL);
	assert_int_equal(vcpu.ctx.regs.regs[RT], 0x33334444);
	trap(EC(3) | CP32(0, 14, 2, 1) | 1);
	assert_int_equal(timer.reg, TIMER_CTL);
	trap(EC(4) | CP64(2, 14) | 1);
	assert_int_equal(timer.reg, TIMER_CVAL);
	assert_int_equal(vcpu.ctx.regs.regs[RT], 0x33334444);
	assert_int_equal(vcpu.ctx.regs.regs[RT2], 0x11112222);
	trap(EC(4) | CP64(0, 14) | 1);
	assert_int_equal(timer.reg, TIMER_CNT);
	assert_int_equal(timer.n, 4);

	vcpu.ctx.regs.regs[RT] = 0xaaaaaaaabbbbbbbb;
	vcpu.ctx.regs.regs[RT2] = 0xccccccccdddddddd;
	trap(EC(3) | CP32(0, 14, 2, 0));
	assert_int_equal(timer.reg, TIMER_TVAL);
	assert_int_equal(timer.val, 0xbbbbbbbb);
	trap(EC(3) | CP32(0, 14, 2, 1));
	assert_int_equal(timer.reg, TIMER_CTL);
	trap(EC(4) | CP64(2, 14));
	assert_int_equal(timer.reg, TIMER_CVAL);
	assert_int_equal(timer.val, 0xddddddddbbbbbbbb);
	assert_int_equal(timer.n, 7);
	assert_int_equal(skips, 7);
	/* the count is nobody's to write */
	trap(EC(4) | CP64(0, 14));
	assert_int_equal(undefs, 1);
	assert_int_equal(timer.n, 7);
}

/* The performance monitors, each register by its number; the cycle counter in one register or in two. */
static void performance(void **state)
{
	static const struct { u64 esr; unsigned int reg; } regs[] = {
		{ CP32(0, 9, 12, 0), PMU_PMCR }, { CP32(0, 9, 12, 1), PMU_CNTENSET }, { CP32(0, 9, 12, 2), PMU_CNTENCLR },
		{ CP32(0, 9, 12, 3), PMU_OVSCLR }, { CP32(0, 9, 12, 4), PMU_SWINC }, { CP32(0, 9, 12, 5), PMU_SELR },
		{ CP32(0, 9, 12, 6), PMU_CEID0 }, { CP32(0, 9, 12, 7), PMU_CEID1 }, { CP32(0, 9, 13, 1), PMU_XEVTYPER },
		{ CP32(0, 9, 13, 2), PMU_XEVCNTR }, { CP32(0, 9, 14, 0), PMU_USERENR }, { CP32(0, 9, 14, 3), PMU_OVSSET },
		{ CP32(0, 14, 8, 0), PMU_CNTR }, { CP32(0, 14, 9, 3), PMU_CNTR + 11 }, { CP32(0, 14, 11, 6), PMU_CNTR + 30 },
		{ CP32(0, 14, 12, 0), PMU_TYPE }, { CP32(0, 14, 14, 1), PMU_TYPE + 17 }, { CP32(0, 14, 15, 7), PMU_TYPE + 31 },
		{ CP32(0, 9, 13, 0), PMU_CNTR + 31 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		pmu.there = false;
		trap(EC(3) | regs[i].esr);
		trap(EC(3) | regs[i].esr | 1);
		assert_int_equal(undefs, 2 * (i + 1));
		pmu.there = true;
		vcpu.ctx.regs.regs[RT] = 0xaaaaaaaabbbbbbbb;
		trap(EC(3) | regs[i].esr);
		assert_int_equal(pmu.reg, regs[i].reg);
		assert_int_equal(pmu.writes, i + 1);
		/* the upper half of the cycle counter stays */
		assert_int_equal(pmu.val, i == ARRAY_SIZE(regs) - 1 ? 0x77776666bbbbbbbb : 0xbbbbbbbb);
		trap(EC(3) | regs[i].esr | 1);
		assert_int_equal(pmu.writes, i + 1);
		assert_int_equal(vcpu.ctx.regs.regs[RT], 0x55554444);
	}
	trap(EC(4) | CP64(0, 9) | 1);
	assert_int_equal(pmu.reg, PMU_CNTR + 31);
	assert_int_equal(vcpu.ctx.regs.regs[RT2], 0x77776666);
	trap(EC(4) | CP64(0, 9));
	assert_int_equal(pmu.val, 0x7777666655554444);
	/* there is no counter 31 of events, and nothing else */
	undefs = 0;
	trap(EC(3) | CP32(0, 14, 11, 7));
	trap(EC(3) | CP32(0, 9, 14, 1));
	trap(EC(3) | CP32(0, 9, 11, 0));
	trap(EC(4) | CP64(1, 9));
	assert_int_equal(undefs, 4);
}

/* Every other encoding is undefined, in either direction, and touches nothing. */
static void undefined(void **state)
{
	static const u64 others[] = {
		EC(3) | CP32(0, 0, 0, 0),	/* MIDR's, of coprocessor 15 */
		EC(3) | CP32(0, 14, 2, 2), EC(3) | CP32(1, 14, 2, 0), EC(3) | CP32(0, 9, 13, 0), EC(3) | CP32(0, 0, 5, 0),
		EC(5) | CP32(0, 14, 2, 0), EC(5) | CP32(0, 0, 0, 1), EC(5) | CP32(1, 0, 0, 0), EC(5) | CP32(0, 0, 5, 2),
		EC(4) | CP64(1, 14), EC(4) | CP64(3, 14), EC(4) | CP64(0, 1), EC(4) | CP64(0, 9),
		EC(0xc) | CP64(0, 14), EC(0xc) | CP64(2, 14), EC(0xc) | CP64(1, 1), EC(0xc) | CP64(0, 0),
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		trap(others[i]);
		trap(others[i] | 1);
		assert_int_equal(undefs, 2 * (i + 1));
	}
	assert_int_equal(skips + timer.n, 0);
	assert_int_equal(vcpu.ctx.regs.regs[RT], 0xaaaaaaaabbbbbbbb);
	assert_int_equal(vcpu.ctx.regs.regs[RT2], 0xccccccccdddddddd);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(conditions), TEST(in_a_block), TEST(classes), TEST(blocks), TEST(debug), TEST(timers), TEST(performance), TEST(undefined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
