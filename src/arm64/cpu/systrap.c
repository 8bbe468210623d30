// SPDX-License-Identifier: GPL-2.0
/*
 * Trapped accesses of system registers: whose they are, and when they are served; and the
 * side of the caches that a vCPU is on by its SCTLR_EL1.
 */
#include <asm/esr.h>
#include <asm/sysreg.h>

#include "cpu.h"
#include "sysreg.h"

static __always_inline struct sysreg_access sysreg_decode(u64 esr)
{
	return (struct sysreg_access) {
		.enc = esr_sys64_to_sysreg(esr),
		.rt = ESR_ELx_SYS64_ISS_RT(esr),
		.is_write = !(esr & ESR_ELx_SYS64_ISS_DIR_READ),
	};
}

/* TLBI of EL1: they trap, by HCR_EL2.TTLB, only from a cold vCPU while another is warm. */
static __always_inline bool sysreg_is_tlbi(u32 enc)
{
	return sys_reg_Op0(enc) == 1 && sys_reg_Op1(enc) == 0 &&
	       (sys_reg_CRn(enc) == 8 || sys_reg_CRn(enc) == 9);
}

static __always_inline enum sysreg_trap
sysreg_serve(struct arm_vcpu *vcpu, const struct sysreg_access *a)
{
	const struct sysreg *r;

	if (cpu_idreg_is(a->enc)) {
		if (a->is_write)
			return SYSREG_UNDEF;
		sysreg_access_set(vcpu, a, cpu_idreg_read(vcpu->vm, a->enc));
		return SYSREG_DONE;
	}
	if (sysreg_is_tlbi(a->enc)) {
		if (a->is_fast)
			return SYSREG_SLOW;
		mmu_guest_tlbi(&vcpu->vm->mmu);
		return SYSREG_DONE;
	}
	r = vcpu->ctx.trapped;
	if (!r || r->enc != a->enc)
		r = vcpu->ctx.trapped = sysreg_find(a->enc);
	if (a->is_fast && (!r || !(r->flags & SYSREG_FAST)))
		return SYSREG_SLOW;
	if (!r || !r->trap)
		return SYSREG_UNDEF;
	return r->trap(vcpu, r, a);
}

/* A read of those of which cpu_idreg_is() says yes, by the syndrome as it is. */
static __always_inline bool sysreg_is_idreg_read(u64 esr)
{
	const u64 mask = ESR_ELx_SYS64_ISS_OP0_MASK | ESR_ELx_SYS64_ISS_OP1_MASK |
			 ESR_ELx_SYS64_ISS_CRN_MASK | ESR_ELx_SYS64_ISS_DIR_MASK |
			 8UL << ESR_ELx_SYS64_ISS_CRM_SHIFT;

	return (esr & mask) == (3UL << ESR_ELx_SYS64_ISS_OP0_SHIFT | ESR_ELx_SYS64_ISS_DIR_READ) &&
	       esr & ESR_ELx_SYS64_ISS_CRM_MASK;
}

static noinline noinstr bool sysreg_fast(struct arm_vcpu *vcpu)
{
	struct sysreg_access a = sysreg_decode(vcpu->ctx.exit_esr);

	a.is_fast = true;
	if (sysreg_serve(vcpu, &a) != SYSREG_DONE)
		return false;
	cpu_skip_instr(vcpu);
	return true;
}

/* A guest that starts, and each of its programs, reads ID registers by the dozen. */
noinstr bool cpu_sysreg_fast(struct arm_vcpu *vcpu)
{
	u64 esr = vcpu->ctx.exit_esr;
	unsigned int rt;

	if (!sysreg_is_idreg_read(esr))
		return sysreg_fast(vcpu);
	rt = ESR_ELx_SYS64_ISS_RT(esr);
	if (rt != 31)
		vcpu->ctx.regs.regs[rt] = cpu_idreg_read(vcpu->vm, esr_sys64_to_sysreg(esr));
	cpu_skip_instr(vcpu);
	return true;
}

/* By the whole syndrome, but for the register. */
static __always_inline bool sysreg_is_sctlr_write(u64 esr)
{
	const u64 mask = ESR_ELx_EC_MASK | ESR_ELx_SYS64_ISS_OP0_MASK | ESR_ELx_SYS64_ISS_OP1_MASK |
			 ESR_ELx_SYS64_ISS_OP2_MASK | ESR_ELx_SYS64_ISS_CRN_MASK |
			 ESR_ELx_SYS64_ISS_CRM_MASK | ESR_ELx_SYS64_ISS_DIR_MASK;

	return (esr & mask) == ((u64)ESR_ELx_EC_SYS64 << ESR_ELx_EC_SHIFT |
				3UL << ESR_ELx_SYS64_ISS_OP0_SHIFT |
				1UL << ESR_ELx_SYS64_ISS_CRN_SHIFT);
}

/* As trap_sctlr() does, with interrupts off and the host's context in place. */
static bool sysreg_sctlr_early(struct arm_vcpu *vcpu, const struct sysreg_access *a)
{
	enum mmu_side was = vcpu->mmu.side;
	u64 val = sysreg_access_get(vcpu, a);

	if (mmu_vcpu_sctlr(&vcpu->vm->mmu, &vcpu->mmu, val, MMU_NOWAIT))
		return false;
	cpu_sys_write_loaded(vcpu, CPU_SCTLR_EL1, val);
	sysreg_side_changed(vcpu, was);
	return true;
}

void cpu_exit_early(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	struct sysreg_access a;

	if (ctx->exit_code != CPU_EXIT_SYNC || !sysreg_is_sctlr_write(ctx->exit_esr))
		return;
	a = sysreg_decode(ctx->exit_esr);
	if (!sysreg_sctlr_early(vcpu, &a))
		return;
	cpu_skip_instr(vcpu);
	ctx->exit_code = CPU_EXIT_IRQ;
}

bool cpu_sysreg_brief(struct arm_vcpu *vcpu)
{
	struct sysreg_access a = sysreg_decode(vcpu->ctx.exit_esr);
	const struct sysreg *r = vcpu->ctx.trapped;

	/* cpu_sysreg_fast() has just looked for it */
	if (!r || r->enc != a.enc || !(r->flags & SYSREG_BRIEF) || r->trap(vcpu, r, &a) != SYSREG_DONE)
		return false;
	cpu_skip_instr(vcpu);
	return true;
}

int cpu_sysreg_trap(struct arm_vcpu *vcpu)
{
	struct sysreg_access a = sysreg_decode(vcpu->ctx.exit_esr);

	switch (sysreg_serve(vcpu, &a)) {
	case SYSREG_DONE:
		cpu_skip_instr(vcpu);
		return VCPU_RESUME;
	case SYSREG_AGAIN:
		return -EINTR;
	default:
		cpu_inject_undef(vcpu);
		return VCPU_RESUME;
	}
}

int cpu_side_sync(struct arm_vcpu *vcpu)
{
	u64 sctlr = cpu_sys_read(vcpu, CPU_SCTLR_EL1);
	enum mmu_side was = vcpu->mmu.side;
	int ret;

	vcpu->ctx.flags &= ~(u32)CPU_SIDE_MOVED;
	if (mmu_side_of(sctlr) == vcpu->mmu.side)
		return 0;
	cpu_fp_save(vcpu);
	ret = mmu_vcpu_sctlr(&vcpu->vm->mmu, &vcpu->mmu, sctlr, MMU_SEEN);
	if (ret)
		vcpu->ctx.flags |= CPU_SIDE_MOVED;
	else
		sysreg_side_changed(vcpu, was);
	return ret;
}

void cpu_side_note(struct arm_vcpu *vcpu)
{
	if ((vcpu->ctx.flags & CPU_SIDE_MOVED) && vcpu->mmu.side == MMU_WARM &&
	    mmu_side_of(cpu_sys_read(vcpu, CPU_SCTLR_EL1)) != MMU_WARM)
		mmu_vcpu_strayed(&vcpu->vm->mmu, &vcpu->mmu);
}
