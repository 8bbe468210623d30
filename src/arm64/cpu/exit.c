// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest came out for. Some exits are served at once, with interrupts
 * off and the guest's context in place; the rest in the run loop.
 */
#define pr_fmt(fmt) "tabula: " fmt

#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <asm/esr.h>
#include <asm/kvm_arm.h>
#include <asm/sysreg.h>

#include "../../host/page.h"
#include "../firmware/firmware.h"
#include "../trace.h"
#include "../vm.h"
#include "aarch32.h"
#include "cpu.h"
#include "hw.h"
#include "look.h"
#include "syndrome.h"

noinstr bool cpu_exit_fast(struct arm_vcpu *vcpu)
{
	switch (ESR_ELx_EC(vcpu->ctx.exit_esr)) {
	case ESR_ELx_EC_SYS64:
		return cpu_sysreg_fast(vcpu);
	case ESR_ELx_EC_HVC64:
		return firmware_call_fast(vcpu);
	default:
		return false;
	}
}

static int exit_wfx(struct arm_vcpu *vcpu)
{
	bool is_wfe = vcpu->ctx.exit_esr & ESR_ELx_WFx_ISS_WFE;

	cpu_skip_instr(vcpu);
	if (is_wfe) {
		cpu_fp_save(vcpu);
		cond_resched();
	} else {
		cpu_fp_save(vcpu);
		vcpu_block(&vcpu->base);
	}
	return VCPU_RESUME;
}

/*
 * An SMC traps before it is done (HCR_EL2.TSC): there is no EL3 behind it, only the same
 * firmware. Immediates other than 0 are reserved (DEN0028 2.9).
 */
static int exit_smc(struct arm_vcpu *vcpu)
{
	cpu_skip_instr(vcpu);
	if (!(vcpu->ctx.exit_esr & ESR_ELx_xVC_IMM_MASK))
		return firmware_call(vcpu, true);
	cpu_set_x(vcpu, 0, ~0ULL);
	return VCPU_RESUME;
}

/* Memory that went bad under the guest: the VMM gets what touching it itself would give. */
static void exit_poisoned(u64 hva)
{
	send_sig_mceerr(BUS_MCEERR_AR, (void __user *)(unsigned long)hva,
			host_poison_shift(hva), current);
}

/*
 * Level of the guest's stage-1 lookup that cannot have its table: what stage 2 says
 * is its own level, so the walk is done once more.
 */
static int exit_walk_level(struct arm_vcpu *vcpu)
{
	struct s1_result res;
	struct cpu_look look;

	cpu_fp_save(vcpu);
	cpu_look_own(vcpu, &look);
	s1_walk(&vcpu->vm->mmu.gmem, &look.s1, vcpu->ctx.exit_far, &res);
	return res.level;
}

/* There is nothing, or nothing usable, for the guest to fetch, read, or find a table in. */
static int exit_no_access(struct arm_vcpu *vcpu, bool is_fetch)
{
	u64 esr = vcpu->ctx.exit_esr;
	u8 fsc = syn_guest_fsc(esr);

	if (esr & ESR_ELx_S1PTW)
		fsc = SYN_FSC_WALK(exit_walk_level(vcpu));
	cpu_inject_abort_fsc(vcpu, is_fetch, vcpu->ctx.exit_far, fsc);
	return VCPU_RESUME;
}

/*
 * An abort that is not stage 2's to repair: external (HCR_EL2.TEA), parity, TLB conflict.
 * The kernel's own KVM asks the firmware first, which may know of it (APEI, a GHES of type
 * SEA). What it calls for that, apei_claim_sea() and ghes_notify_sea(), is not exported to
 * modules: firmware's record waits for the next abort in the host.
 */
static int exit_external_abort(struct arm_vcpu *vcpu, bool is_fetch)
{
	u64 esr = vcpu->ctx.exit_esr;

	if (syn_abort_is_uncontained(esr, cpu_hw.has_ras))
		pr_err_ratelimited("uncontained external abort %#llx in a guest, which takes it\n", esr);
	return exit_no_access(vcpu, is_fetch);
}

static int exit_not_memory(struct arm_vcpu *vcpu, bool is_fetch, u64 ipa)
{
	u64 esr = vcpu->ctx.exit_esr;

	if (is_fetch || (esr & ESR_ELx_S1PTW))
		return exit_no_access(vcpu, is_fetch);
	/* cache maintenance of what is no memory does nothing */
	if (esr & ESR_ELx_CM) {
		cpu_skip_instr(vcpu);
		return VCPU_RESUME;
	}
	return cpu_mmio_abort(vcpu, ipa | (vcpu->ctx.exit_far & ~PAGE_MASK));
}

static u32 exit_abort_flags(u64 esr, bool is_fetch)
{
	u32 flags = 0;

	if (is_fetch)
		flags |= MMU_ABORT_EXEC;
	if (syn_abort_is_write(esr))
		flags |= MMU_ABORT_WRITE;
	if (esr & ESR_ELx_CM)
		flags |= MMU_ABORT_CMO;
	if (esr & ESR_ELx_S1PTW)
		flags |= MMU_ABORT_S1PTW;
	switch (esr & ESR_ELx_FSC_TYPE) {
	case ESR_ELx_FSC_PERM:
		flags |= MMU_ABORT_PERM;
		break;
	case ESR_ELx_FSC_ACCESS:
		flags |= MMU_ABORT_ACCESS;
		break;
	}
	return flags;
}

/* Registers of devices that are served without sleep leave the guest's FP registers where they are. */
static void exit_may_sleep(void *vcpu)
{
	cpu_fp_save(vcpu);
}

static int exit_abort(struct arm_vcpu *vcpu, bool is_fetch)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	u64 esr = ctx->exit_esr;
	struct mmu_abort abort = {
		.ipa = ctx->exit_ipa,
		.flags = exit_abort_flags(esr, is_fetch),
		.may_sleep = exit_may_sleep,
		.whose = vcpu,
	};
	u64 bad_hva = 0;
	int ret;

	switch (esr & ESR_ELx_FSC_TYPE) {
	case ESR_ELx_FSC_FAULT:
	case ESR_ELx_FSC_PERM:
	case ESR_ELx_FSC_ACCESS:
		break;
	default:
		return exit_external_abort(vcpu, is_fetch);
	}
	trace_tabula_guest_fault(ctx->regs.pc, esr, ctx->exit_far, ctx->exit_ipa);
	if (ctx->exit_ipa >> vcpu->vm->ipa_bits)
		return exit_no_access(vcpu, is_fetch);

	ret = mmu_fault(&vcpu->vm->mmu, &vcpu->mmu, &abort, &bad_hva);
	if (ret == MMU_FAULT_MMIO) {
		ctx->flags |= CPU_AT_DEVICE;
		return exit_not_memory(vcpu, is_fetch, ctx->exit_ipa);
	}
	ctx->flags &= ~(u32)CPU_AT_DEVICE;
	if (!ret)
		return VCPU_RESUME;
	if (ret == -EHWPOISON) {
		exit_poisoned(bad_hva);
		return VCPU_RESUME;
	}
	return ret;
}

static int exit_sync(struct arm_vcpu *vcpu)
{
	u64 esr = vcpu->ctx.exit_esr;

	if ((vcpu->ctx.regs.pstate & PSR_MODE32_BIT) && aarch32_is_off(esr, vcpu->ctx.regs.pstate)) {
		cpu_skip_instr(vcpu);
		return VCPU_RESUME;
	}
	switch (ESR_ELx_EC(esr)) {
	case ESR_ELx_EC_WFx:
		return exit_wfx(vcpu);
	case ESR_ELx_EC_SVE:
		if (!(vcpu->ctx.features & BIT(KVM_ARM_VCPU_SVE))) {
			cpu_inject_undef(vcpu);
			return VCPU_RESUME;
		}
		fallthrough;
	case ESR_ELx_EC_FP_ASIMD:
		cpu_fp_load(vcpu);
		return VCPU_RESUME;
	case ESR_ELx_EC_HVC64:
		return firmware_call(vcpu, false);
	case ESR_ELx_EC_SMC64:
		return exit_smc(vcpu);
	case ESR_ELx_EC_SYS64:
		return cpu_sysreg_trap(vcpu);
	case ESR_ELx_EC_CP15_32:
	case ESR_ELx_EC_CP15_64:
	case ESR_ELx_EC_CP14_MR:
	case ESR_ELx_EC_CP14_64:
		return aarch32_trap(vcpu);
	case ESR_ELx_EC_IABT_LOW:
		return exit_abort(vcpu, true);
	case ESR_ELx_EC_DABT_LOW:
		return exit_abort(vcpu, false);
	case ESR_ELx_EC_BREAKPT_LOW:
	case ESR_ELx_EC_SOFTSTP_LOW:
	case ESR_ELx_EC_WATCHPT_LOW:
	case ESR_ELx_EC_BRK64:
	case ESR_ELx_EC_BKPT32:
		/* while the VMM debugs the guest (MDCR_EL2.TDE), and never else */
		return cpu_debug_exit(vcpu);
	default:
		/* everything else that traps is a feature the guest was not offered */
		cpu_inject_undef(vcpu);
		return VCPU_RESUME;
	}
}

/*
 * The guest went where it cannot go on: AArch32 at EL0, where this CPU has it and not every
 * one of the machine. Only KVM_ARM_VCPU_INIT makes a vCPU of it again.
 */
static int exit_cannot_run(struct arm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->base.run;

	WRITE_ONCE(vcpu->base.initialised, false);
	run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	run->fail_entry.hardware_entry_failure_reason = 0;
	run->fail_entry.cpu = raw_smp_processor_id();
	return -EINVAL;
}

int cpu_handle_exit(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	if (ctx->exit_code == CPU_EXIT_ILLEGAL || !syn_can_run(ctx->regs.pstate, cpu_hw.has_aarch32))
		return exit_cannot_run(vcpu);
	if (ctx->exit_code == CPU_EXIT_USER)
		return VCPU_TO_USER;
	if (ctx->exit_code != CPU_EXIT_SYNC)
		return VCPU_RESUME;
	ctx->slow_exits++;
	return exit_sync(vcpu);
}

/*
 * A device's register, if the last abort was one, too: else it is memory's, and looked at once only.
 * Where the access is not in the syndrome, or stage 2 has a leaf, it takes more than this.
 */
static int exit_device_brief(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	const u64 kind = ESR_ELx_FSC_TYPE | ESR_ELx_S1PTW | ESR_ELx_CM | ESR_ELx_ISV;
	u64 esr = ctx->exit_esr;
	int ret;

	if (!(ctx->flags & CPU_AT_DEVICE) || (esr & kind) != (ESR_ELx_FSC_FAULT | ESR_ELx_ISV) ||
	    ctx->exit_ipa >> vcpu->vm->ipa_bits || mmu_is_memory(&vcpu->vm->mmu, ctx->exit_ipa))
		return -EAGAIN;
	ret = cpu_mmio_brief(vcpu, ctx->exit_ipa | (ctx->exit_far & ~PAGE_MASK));
	if (ret >= 0)
		trace_tabula_guest_fault(ctx->regs.pc, esr, ctx->exit_far, ctx->exit_ipa);
	return ret;
}

/* Return: VCPU_RESUME, VCPU_TO_USER, or -EAGAIN: nothing is done. */
static int exit_sync_brief(struct arm_vcpu *vcpu)
{
	switch (ESR_ELx_EC(vcpu->ctx.exit_esr)) {
	case ESR_ELx_EC_FP_ASIMD:
		cpu_fp_load(vcpu);
		return VCPU_RESUME;
	case ESR_ELx_EC_SYS64:
		return cpu_sysreg_brief(vcpu) ? VCPU_RESUME : -EAGAIN;
	case ESR_ELx_EC_HVC64:
		return firmware_call_brief(vcpu) ? VCPU_RESUME : -EAGAIN;
	case ESR_ELx_EC_DABT_LOW:
		return exit_device_brief(vcpu);
	default:
		return -EAGAIN;
	}
}

bool cpu_exit_brief(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	int ret;

	if (ctx->exit_code == CPU_EXIT_ILLEGAL || !syn_can_run(ctx->regs.pstate, cpu_hw.has_aarch32))
		return false;
	if (ctx->exit_code != CPU_EXIT_SYNC)
		return true;
	if (ctx->regs.pstate & PSR_MODE32_BIT)	/* its condition may fail */
		return false;
	ret = exit_sync_brief(vcpu);
	if (ret < 0)
		return false;
	ctx->slow_exits++;
	/* it is not served a second time, should something else come first */
	ctx->exit_code = ret == VCPU_RESUME ? CPU_EXIT_IRQ : CPU_EXIT_USER;
	return ret == VCPU_RESUME;
}
