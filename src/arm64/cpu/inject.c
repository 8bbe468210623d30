// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions that the hypervisor makes the guest take at EL1, as the
 * architecture would (Arm ARM D1.3.1, AArch64.TakeException).
 */
#include <asm/esr.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

#include "../vm.h"
#include "cpu.h"
#include "hw.h"
#include "syndrome.h"

/* Offsets of the vectors for synchronous exceptions, by where they come from. */
#define VECTOR_CURRENT_SP0	0x000
#define VECTOR_CURRENT_SPX	0x200
#define VECTOR_LOWER_64		0x400
#define VECTOR_LOWER_32		0x600

static u64 inject_vector(u64 pstate)
{
	if (pstate & PSR_MODE32_BIT)
		return VECTOR_LOWER_32;
	switch (pstate & PSR_MODE_MASK) {
	case PSR_MODE_EL1h:
		return VECTOR_CURRENT_SPX;
	case PSR_MODE_EL1t:
		return VECTOR_CURRENT_SP0;
	default:
		return VECTOR_LOWER_64;
	}
}

/* PSTATE at the handler: what is kept, and what SCTLR_EL1 decides. */
static u64 inject_pstate(struct arm_vcpu *vcpu, u64 old)
{
	u64 sctlr = cpu_sys_read(vcpu, CPU_SCTLR_EL1);
	u64 new = old & (PSR_N_BIT | PSR_Z_BIT | PSR_C_BIT | PSR_V_BIT |
			 PSR_PAN_BIT | PSR_DIT_BIT);

	if (!(sctlr & SCTLR_EL1_SPAN))
		new |= PSR_PAN_BIT;
	if (sctlr & SCTLR_ELx_DSSBS)
		new |= PSR_SSBS_BIT;
	return new | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT |
	       PSR_MODE_EL1h;
}

static void inject_sync(struct arm_vcpu *vcpu, u64 esr)
{
	struct user_pt_regs *regs = &vcpu->ctx.regs;

	cpu_sys_write(vcpu, CPU_ESR_EL1, esr);
	cpu_sys_write(vcpu, CPU_ELR_EL1, regs->pc);
	cpu_sys_write(vcpu, CPU_SPSR_EL1, regs->pstate);
	regs->pc = cpu_sys_read(vcpu, CPU_VBAR_EL1) + inject_vector(regs->pstate);
	regs->pstate = inject_pstate(vcpu, regs->pstate);
	vcpu->ctx.debugger.stepped = true;
}

void cpu_inject_undef(struct arm_vcpu *vcpu)
{
	u64 esr = ESR_ELx_EC_UNKNOWN << ESR_ELx_EC_SHIFT;

	if (vcpu->ctx.exit_esr & ESR_ELx_IL)
		esr |= ESR_ELx_IL;
	inject_sync(vcpu, esr);
}

void cpu_inject_abort_fsc(struct arm_vcpu *vcpu, bool is_fetch, u64 addr, u8 fsc)
{
	u64 mode = vcpu->ctx.regs.pstate & (PSR_MODE_MASK | PSR_MODE32_BIT);
	bool same_el = mode == PSR_MODE_EL1h || mode == PSR_MODE_EL1t;

	cpu_sys_write(vcpu, CPU_FAR_EL1, addr);
	inject_sync(vcpu, syn_guest_abort(vcpu->ctx.exit_esr, is_fetch, same_el, fsc));
}

void cpu_inject_abort(struct arm_vcpu *vcpu, bool is_fetch, u64 addr)
{
	cpu_inject_abort_fsc(vcpu, is_fetch, addr, SYN_FSC_EXTERNAL);
}

void cpu_inject_serror(struct arm_vcpu *vcpu, u64 esr)
{
	vcpu->ctx.serror_esr = esr & ESR_ELx_ISS_MASK;
	vcpu->ctx.flags |= CPU_SERROR_PENDING;
}
