// SPDX-License-Identifier: GPL-2.0
/*
 * AArch32 at EL0; see aarch32.h.
 */
#include <linux/bits.h>
#include <linux/bitfield.h>
#include <linux/nospec.h>
#include <asm/esr.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

#include "../pmu/pmu.h"
#include "../vm.h"
#include "aarch32.h"
#include "cpu.h"

/* PSTATE.IT is in two pieces: the condition and the upper bits of the rest, and two more. */
#define A32_IT_HIGH	GENMASK_ULL(15, 10)
#define A32_IT_LOW	GENMASK_ULL(26, 25)

/* ISS of a trapped instruction that has a condition */
#define A32_CV		BIT_ULL(24)
#define A32_COND	GENMASK_ULL(23, 20)
#define A32_ALWAYS	0xe

/* ISS of MCR and MRC, of MCRR and MRRC; registers are numbered as AArch64 numbers them. */
#define A32_OPC2	GENMASK_ULL(19, 17)
#define A32_OPC1	GENMASK_ULL(16, 14)
#define A32_CRN		GENMASK_ULL(13, 10)
#define A32_OPC1_64	GENMASK_ULL(19, 16)
#define A32_RT2		GENMASK_ULL(14, 10)
#define A32_RT		GENMASK_ULL(9, 5)
#define A32_CRM		GENMASK_ULL(4, 1)
#define A32_READ	BIT_ULL(0)

/* One access, 32 bits wide or 64, by coprocessor and its fields; those a width has not are 0. */
#define A32_32(cp, opc1, crn, crm, opc2) \
	((cp) << 20 | (opc1) << 16 | (crn) << 12 | (crm) << 8 | (opc2) << 4)
#define A32_64(cp, opc1, crm)	(A32_32(cp, opc1, 0, crm, 0) | 1)

#define A32_DBGDIDR	A32_32(14, 0, 0, 0, 0)
#define A32_DBGDSCRINT	A32_32(14, 0, 0, 1, 0)
#define A32_DBGDTRINT	A32_32(14, 0, 0, 5, 0)
#define A32_DBGDRAR	A32_32(14, 0, 1, 0, 0)
#define A32_DBGDSAR	A32_32(14, 0, 2, 0, 0)
#define A32_PMCCNTR_64	A32_64(15, 0, 9)
#define A32_DBGDRAR_64	A32_64(14, 0, 1)
#define A32_DBGDSAR_64	A32_64(14, 0, 2)
#define A32_CNTP_TVAL	A32_32(15, 0, 14, 2, 0)
#define A32_CNTP_CTL	A32_32(15, 0, 14, 2, 1)
#define A32_CNTPCT	A32_64(15, 0, 14)
#define A32_CNTP_CVAL	A32_64(15, 2, 14)

/* DBGDIDR (Arm ARM G8.3.16): counts less one, the version as in ID_AA64DFR0_EL1, and bit 15 is RES1 */
#define A32_DIDR_WRPS	GENMASK_ULL(31, 28)
#define A32_DIDR_BRPS	GENMASK_ULL(27, 24)
#define A32_DIDR_CTX	GENMASK_ULL(23, 20)
#define A32_DIDR_VERSION	GENMASK_ULL(19, 16)
#define A32_DIDR_RES1	BIT(15)

static __always_inline unsigned int aarch32_it(u64 pstate)
{
	return FIELD_GET(A32_IT_HIGH, pstate) << 2 | FIELD_GET(A32_IT_LOW, pstate);
}

static bool aarch32_holds(unsigned int cond, u64 pstate)
{
	bool n = pstate & PSR_N_BIT, z = pstate & PSR_Z_BIT;
	bool c = pstate & PSR_C_BIT, v = pstate & PSR_V_BIT;
	const bool even[] = { z, c, n, v, c && !z, n == v, !z && n == v, true };

	return even[cond >> 1 & 7] != ((cond & 1) && cond != 0xf);
}

bool aarch32_is_off(u64 esr, u64 pstate)
{
	unsigned int cond = A32_ALWAYS;

	if (!(pstate & PSR_MODE32_BIT))
		return false;
	switch (ESR_ELx_EC(esr)) {
	case ESR_ELx_EC_WFx:
	case ESR_ELx_EC_CP15_32:
	case ESR_ELx_EC_CP15_64:
	case ESR_ELx_EC_CP14_MR:
	case ESR_ELx_EC_CP14_LS:
	case ESR_ELx_EC_CP10_ID:
	case ESR_ELx_EC_CP14_64:
		break;
	default:
		return false;
	}
	/* T32 may leave it to the IT block */
	if (esr & A32_CV)
		cond = FIELD_GET(A32_COND, esr);
	else if (aarch32_it(pstate))
		cond = aarch32_it(pstate) >> 4;
	return !aarch32_holds(cond, pstate);
}

noinstr u64 aarch32_step_it(u64 pstate)
{
	unsigned int it = aarch32_it(pstate);

	it = it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
	pstate &= ~(A32_IT_HIGH | A32_IT_LOW);
	return pstate | (u64)(it & ~3U) << 8 | (u64)(it & 3) << 25;
}

static u32 aarch32_access(u64 esr)
{
	switch (ESR_ELx_EC(esr)) {
	case ESR_ELx_EC_CP15_32:
	case ESR_ELx_EC_CP14_MR:
		return A32_32(ESR_ELx_EC(esr) == ESR_ELx_EC_CP15_32 ? 15 : 14,
			      FIELD_GET(A32_OPC1, esr), FIELD_GET(A32_CRN, esr),
			      FIELD_GET(A32_CRM, esr), FIELD_GET(A32_OPC2, esr));
	default:
		return A32_64(ESR_ELx_EC(esr) == ESR_ELx_EC_CP15_64 ? 15 : 14,
			      FIELD_GET(A32_OPC1_64, esr), FIELD_GET(A32_CRM, esr));
	}
}

static u64 aarch32_didr(struct arm_vcpu *vcpu)
{
	u64 dfr0 = cpu_idreg_read(vcpu->vm, SYS_ID_AA64DFR0_EL1);

	return FIELD_PREP(A32_DIDR_WRPS, SYS_FIELD_GET(ID_AA64DFR0_EL1, WRPs, dfr0)) |
	       FIELD_PREP(A32_DIDR_BRPS, SYS_FIELD_GET(ID_AA64DFR0_EL1, BRPs, dfr0)) |
	       FIELD_PREP(A32_DIDR_CTX, SYS_FIELD_GET(ID_AA64DFR0_EL1, CTX_CMPs, dfr0)) |
	       FIELD_PREP(A32_DIDR_VERSION, SYS_FIELD_GET(ID_AA64DFR0_EL1, DebugVer, dfr0)) |
	       A32_DIDR_RES1;
}

/* PMEVCNTR<n> and PMEVTYPER<n> of c14: n is in CRm and opc2; the last type is PMCCFILTR. */
#define A32_PMEV_N(access)	(((access) >> 8 & 3) << 3 | ((access) >> 4 & 7))

/* Registers of the performance monitors; -1: none of them. EL0's rights are theirs to look after. */
static int aarch32_pmu(u32 access)
{
	static const u8 c12[] = { PMU_PMCR, PMU_CNTENSET, PMU_CNTENCLR, PMU_OVSCLR,
				  PMU_SWINC, PMU_SELR, PMU_CEID0, PMU_CEID1 };

	switch (access & ~A32_32(0, 0, 0, 0, 0xf)) {
	case A32_32(15, 0, 9, 12, 0):
		return (access >> 4 & 0xf) < 8 ? c12[array_index_nospec(access >> 4 & 7, 8)] : -1;
	case A32_32(15, 0, 14, 8, 0):
	case A32_32(15, 0, 14, 9, 0):
	case A32_32(15, 0, 14, 10, 0):
	case A32_32(15, 0, 14, 11, 0):
		return A32_PMEV_N(access) < PMU_COUNTERS - 1 ? PMU_CNTR + A32_PMEV_N(access) : -1;
	case A32_32(15, 0, 14, 12, 0):
	case A32_32(15, 0, 14, 13, 0):
	case A32_32(15, 0, 14, 14, 0):
	case A32_32(15, 0, 14, 15, 0):
		return PMU_TYPE + A32_PMEV_N(access);
	}
	switch (access) {
	case A32_32(15, 0, 9, 13, 0):
	case A32_PMCCNTR_64:
		return PMU_CNTR + PMU_COUNTERS - 1;
	case A32_32(15, 0, 9, 13, 1):
		return PMU_XEVTYPER;
	case A32_32(15, 0, 9, 13, 2):
		return PMU_XEVCNTR;
	case A32_32(15, 0, 9, 14, 0):
		return PMU_USERENR;
	case A32_32(15, 0, 9, 14, 3):
		return PMU_OVSSET;
	default:
		return -1;
	}
}

/* A write to the lower half leaves the upper half of the cycle counter. */
static bool aarch32_pmu_access(struct arm_vcpu *vcpu, u32 access, int reg, bool is_write, u64 *val)
{
	u64 old;

	if (is_write && reg == PMU_CNTR + PMU_COUNTERS - 1 && !(access & 1)) {
		if (!pmu_trap(vcpu, reg, false, &old))
			return false;
		*val |= old & GENMASK_ULL(63, 32);
	}
	return pmu_trap(vcpu, reg, is_write, val);
}

/* False: there is no such register for it. */
static bool aarch32_read(struct arm_vcpu *vcpu, u32 access, u64 *val)
{
	switch (access) {
	case A32_DBGDIDR:
		*val = aarch32_didr(vcpu);
		return true;
	case A32_DBGDSCRINT:
	case A32_DBGDTRINT:
	case A32_DBGDRAR:
	case A32_DBGDSAR:
	case A32_DBGDRAR_64:
	case A32_DBGDSAR_64:
		*val = 0;
		return true;
	case A32_CNTP_TVAL:
		*val = timer_trap_read(vcpu, TIMER_TVAL);
		return true;
	case A32_CNTP_CTL:
		*val = timer_trap_read(vcpu, TIMER_CTL);
		return true;
	case A32_CNTP_CVAL:
		*val = timer_trap_read(vcpu, TIMER_CVAL);
		return true;
	case A32_CNTPCT:
		*val = timer_trap_read(vcpu, TIMER_CNT);
		return true;
	default:
		return false;
	}
}

static bool aarch32_write(struct arm_vcpu *vcpu, u32 access, u64 val)
{
	switch (access) {
	case A32_DBGDTRINT:
		return true;
	case A32_CNTP_TVAL:
		timer_trap_write(vcpu, TIMER_TVAL, val);
		return true;
	case A32_CNTP_CTL:
		timer_trap_write(vcpu, TIMER_CTL, val);
		return true;
	case A32_CNTP_CVAL:
		timer_trap_write(vcpu, TIMER_CVAL, val);
		return true;
	default:
		return false;
	}
}

int aarch32_trap(struct arm_vcpu *vcpu)
{
	u64 esr = vcpu->ctx.exit_esr;
	u32 access = aarch32_access(esr);
	unsigned int rt = FIELD_GET(A32_RT, esr), rt2 = FIELD_GET(A32_RT2, esr);
	bool is_64 = access & 1;
	int pmu = aarch32_pmu(access);
	u64 val = 0;

	cpu_fp_save(vcpu);
	if (esr & A32_READ) {
		if (pmu >= 0 ? !aarch32_pmu_access(vcpu, access, pmu, false, &val) :
			       !aarch32_read(vcpu, access, &val))
			goto undefined;
		cpu_set_x(vcpu, rt, lower_32_bits(val));
		if (is_64)
			cpu_set_x(vcpu, rt2, upper_32_bits(val));
	} else {
		val = lower_32_bits(cpu_get_x(vcpu, rt));
		if (is_64)
			val |= cpu_get_x(vcpu, rt2) << 32;
		if (pmu >= 0 ? !aarch32_pmu_access(vcpu, access, pmu, true, &val) :
			       !aarch32_write(vcpu, access, val))
			goto undefined;
	}
	cpu_skip_instr(vcpu);
	return VCPU_RESUME;

undefined:
	cpu_inject_undef(vcpu);
	return VCPU_RESUME;
}
