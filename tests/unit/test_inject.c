// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions that the guest is made to take: where it goes, in what state, and what it finds there.
 */
#include <linux/kernel.h>

#include "gmem_env.h"
#include "../../src/arm64/vm.h"
#include "../../src/arm64/cpu/cpu.h"
#include "../../src/arm64/cpu/syndrome.h"

#include <asm/esr.h>
#include <asm/sysreg.h>

#define VBAR	0xffff800080010800UL
#define PC	0xffff800080200040UL

static struct arm_vcpu vcpu;

u64 cpu_sys_read(struct arm_vcpu *v, enum cpu_sys reg)
{
	return v->ctx.sys[reg];
}

void cpu_sys_write(struct arm_vcpu *v, enum cpu_sys reg, u64 val)
{
	v->ctx.sys[reg] = val;
}

static int setup(void **state)
{
	(void)state;
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.ctx.sys[CPU_VBAR_EL1] = VBAR;
	vcpu.ctx.regs.pc = PC;
	return 0;
}

/* It comes to the vector of where it comes from, and can go back. */
static void vectors(void **state)
{
	static const struct { u64 pstate; u64 offset; } from[] = {
		{ PSR_MODE_EL1t, 0x000 }, { PSR_MODE_EL1h, 0x200 }, { PSR_MODE_EL0t, 0x400 },
		{ PSR_MODE32_BIT, 0x600 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		setup(state);
		vcpu.ctx.regs.pstate = from[i].pstate | PSR_Z_BIT;
		cpu_inject_undef(&vcpu);
		assert_int_equal(vcpu.ctx.regs.pc, VBAR + from[i].offset);
		assert_int_equal(vcpu.ctx.sys[CPU_ELR_EL1], PC);
		assert_int_equal(vcpu.ctx.sys[CPU_SPSR_EL1], from[i].pstate | PSR_Z_BIT);
	}
}

/* The handler runs at EL1h, masked; flags stay, BTYPE and the step bit do not; SCTLR_EL1 says PAN and SSBS. */
static void pstate(void **state)
{
	u64 masked = PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT | PSR_MODE_EL1h;

	(void)state;
	vcpu.ctx.regs.pstate = PSR_MODE_EL0t | PSR_N_BIT | PSR_C_BIT | PSR_BTYPE_MASK | 1UL << 21;
	cpu_inject_undef(&vcpu);
	assert_int_equal(vcpu.ctx.regs.pstate, masked | PSR_N_BIT | PSR_C_BIT | PSR_PAN_BIT);

	setup(state);
	vcpu.ctx.sys[CPU_SCTLR_EL1] = SCTLR_EL1_SPAN | SCTLR_ELx_DSSBS;
	cpu_inject_undef(&vcpu);
	assert_int_equal(vcpu.ctx.regs.pstate, masked | PSR_SSBS_BIT);
}

/* An undefined instruction keeps the length of the one that trapped. */
static void undef(void **state)
{
	(void)state;
	cpu_inject_undef(&vcpu);
	assert_int_equal(vcpu.ctx.sys[CPU_ESR_EL1], 0);
	vcpu.ctx.exit_esr = ESR_ELx_IL;
	cpu_inject_undef(&vcpu);
	assert_int_equal(vcpu.ctx.sys[CPU_ESR_EL1], ESR_ELx_IL);
}

/* An abort says whether it is a fetch, whether it comes from EL1, and where. */
static void aborts(void **state)
{
	static const struct { bool fetch; u64 mode; u64 ec; } kinds[] = {
		{ true, PSR_MODE_EL0t, 0x20 }, { true, PSR_MODE_EL1h, 0x21 },
		{ false, PSR_MODE_EL0t, 0x24 }, { false, PSR_MODE_EL1t, 0x25 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		setup(state);
		vcpu.ctx.regs.pstate = kinds[i].mode;
		cpu_inject_abort(&vcpu, kinds[i].fetch, 0x1234);
		assert_int_equal(vcpu.ctx.sys[CPU_FAR_EL1], 0x1234);
		assert_int_equal(ESR_ELx_EC(vcpu.ctx.sys[CPU_ESR_EL1]), kinds[i].ec);
		assert_int_equal(vcpu.ctx.sys[CPU_ESR_EL1] & 0x3f, SYN_FSC_EXTERNAL);
	}
}

/* An SError waits: nothing of the guest's state moves, and only its syndrome's own bits are kept. */
static void serror(void **state)
{
	(void)state;
	cpu_inject_serror(&vcpu, ~0UL);
	assert_int_equal(vcpu.ctx.serror_esr, ESR_ELx_ISS_MASK);
	assert_true(vcpu.ctx.flags & CPU_SERROR_PENDING);
	assert_int_equal(vcpu.ctx.regs.pc, PC);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(vectors), TEST(pstate), TEST(undef), TEST(aborts), TEST(serror),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
