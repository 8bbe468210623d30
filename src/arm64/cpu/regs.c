// SPDX-License-Identifier: GPL-2.0
/*
 * General registers, and the state that KVM_ARM_VCPU_INIT leaves.
 */
#include <linux/kvm.h>
#include <linux/string.h>
#include <asm/esr.h>
#include <asm/kvm_arm.h>
#include <asm/ptrace.h>

#include "../../compat/sysreg.h"
#include "../machine.h"
#include "../vm.h"
#include "aarch32.h"
#include "cpu.h"
#include "hw.h"
#include "sve.h"

u64 cpu_get_x(const struct arm_vcpu *vcpu, unsigned int rt)
{
	return rt >= 31 ? 0 : vcpu->ctx.regs.regs[rt];
}

void cpu_set_x(struct arm_vcpu *vcpu, unsigned int rt, u64 val)
{
	if (rt < 31)
		vcpu->ctx.regs.regs[rt] = val;
}

static noinline noinstr void regs_skip_32(struct arm_vcpu *vcpu)
{
	struct user_pt_regs *regs = &vcpu->ctx.regs;

	regs->pc += vcpu->ctx.exit_esr & ESR_ELx_IL ? 4 : 2;
	regs->pstate = aarch32_step_it(regs->pstate) & ~(u64)DBG_SPSR_SS;
}

noinstr void cpu_skip_instr(struct arm_vcpu *vcpu)
{
	struct user_pt_regs *regs = &vcpu->ctx.regs;

	vcpu->ctx.debugger.stepped = true;
	if (unlikely(regs->pstate & PSR_MODE32_BIT)) {
		regs_skip_32(vcpu);
		return;
	}
	regs->pc += 4;
	regs->pstate &= ~(u64)(PSR_BTYPE_MASK | DBG_SPSR_SS);
}

/*
 * HCR_EL2: stage 2, all interrupts to us, WFI and WFE, set/way, SMC, ID
 * registers, and whatever has no counterpart in the guest's ID registers, or nothing behind it
 * (ACTLR, implementation defined, LORegions, error records; pointer authentication, but for
 * vCPUs that have it, and tags by leaving API, APK and ATA clear; SMIDR_EL1 by TID1).
 */
static u64 regs_hcr(u64 features)
{
	u64 hcr = HCR_E2H | HCR_RW | HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO |
		  HCR_AMO | HCR_BSU_IS | HCR_FB | HCR_TWI | HCR_TWE | HCR_TSW |
		  HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TLOR | HCR_TID1 | HCR_TID3;

	if (cpu_hw.has_ras)
		hcr |= HCR_TEA | HCR_TERR;
	if (cpu_hw.has_mte)
		hcr |= HCR_TID5;
	if (features & BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS))
		hcr |= HCR_API | HCR_APK;
	if (machine.trap_caches)
		hcr |= HCR_TID2;
	return hcr;
}

void cpu_update_traps(struct arm_vcpu *vcpu)
{
	u32 traps = mmu_vcpu_traps(&vcpu->vm->mmu, &vcpu->mmu);
	struct cpu_ctx *ctx = &vcpu->ctx;

	ctx->hcr &= ~(HCR_TVM | HCR_DC | HCR_FWB);
	if (traps & MMU_TRAP_STAGE1 || machine_needs(&machine, ERRATA_TRAP_STAGE1))
		ctx->hcr |= HCR_TVM;
	if (vcpu->vm->idregs.trap_caches)
		ctx->hcr |= HCR_TID2;
	if (traps & MMU_MAKE_CACHED)
		ctx->hcr |= HCR_DC;
	if (traps & MMU_MAKE_FWB)
		ctx->hcr |= HCR_FWB;
	ctx->hfgwtr = traps & MMU_TRAP_SCTLR ? HFGWTR_EL2_SCTLR_EL1_MASK : 0;
	/* TCR_EL1.HA and HD must not be set, though the ID registers deny them */
	if (cpu_hw.no_hafdbs)
		ctx->hfgwtr |= HFGWTR_EL2_TCR_EL1_MASK;
}

void cpu_trap_tlbi(struct arm_vcpu *vcpu, bool trap)
{
	if (trap)
		vcpu->ctx.hcr |= HCR_TTLB;
	else
		vcpu->ctx.hcr &= ~HCR_TTLB;
}

void cpu_reset(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	memset(&ctx->regs, 0, sizeof(ctx->regs));
	memset(&ctx->fp, 0, sizeof(ctx->fp));
	sve_reset(vcpu);
	memset(ctx->spsr32, 0, sizeof(ctx->spsr32));
	ctx->regs.pstate = PSR_MODE_EL1h | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT |
			   PSR_D_BIT;
	memset(ctx->keys, 0, sizeof(ctx->keys));
	ctx->hcr = regs_hcr(ctx->features);
	cpu_update_traps(vcpu);
	ctx->flags &= ~(u32)(CPU_SERROR_PENDING | CPU_MMIO_PENDING | CPU_SIDE_MOVED |
			CPU_ABORT_PENDING);
	ctx->serror_esr = 0;
	cpu_sysreg_reset(vcpu);
	cpu_debug_reset(vcpu);
}
