// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's self-hosted debug. Every access of the guest's to a debug register traps
 * (MDCR_EL2.TDA, TDOSA, TDRA), so that what the VMM and the guest have set is in memory, and
 * nothing of another guest's or the host's (claim tags, the debug channel) is in reach.
 *
 * Who may be live where:
 * - MDSCR_EL1 is the guest's from entry to exit. While its MDE is clear no breakpoint
 *   or watchpoint fires, so the host's may stay in hardware; while it is set they are
 *   the guest's. It changes by traps or by the VMM only, both outside of cpu_run().
 * - Software step is MDSCR_EL1.SS, and so the guest's own; PSTATE.SS is in its SPSR.
 * - Between the two changes of hands EL2 runs with the guest's registers: PSTATE.D is set
 *   there, and with HCR_EL2.TGE clear no debug exception is taken from EL2 at all.
 * - The host's statistical profiling leaves guests out: PMSCR_EL1, which a VHE host never
 *   writes and a reset leaves unknown, says so for EL1 and EL0. Guests cannot reach it.
 * - A VMM that debugs its guest (KVM_SET_GUEST_DEBUG) gets every debug exception of the guest's,
 *   its own BRKs included (MDCR_EL2.TDE), and hands on what is not its. With KVM_GUESTDBG_USE_HW
 *   its breakpoints and watchpoints are in hardware in place of the guest's. What the guest has
 *   set stays in memory, as the guest sees it.
 * - The host's own are put back before PSTATE.D is cleared. Interrupts are off all the
 *   while: the host cannot change them meanwhile, and they are kept per CPU, not per vCPU.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <asm/debug-monitors.h>
#include <asm/esr.h>
#include <asm/kvm_arm.h>
#include <asm/sysreg.h>

#include "../vm.h"
#include "cpu.h"
#include "debug.h"
#include "hw.h"

#define DEBUG_CASES(X) \
	X(15) X(14) X(13) X(12) X(11) X(10) X(9) X(8) \
	X(7) X(6) X(5) X(4) X(3) X(2) X(1) X(0)

/* Of the host, while a guest's are in hardware. */
static DEFINE_PER_CPU(struct cpu_debug, debug_host);

/* From the highest implemented register down. */
static noinstr void debug_save(struct cpu_debug *d)
{
	switch (cpu_hw.brps - 1) {
#define DEBUG_SAVE_B(n)						\
	case n:							\
		d->bcr[n] = read_sysreg_s(SYS_DBGBCRn_EL1(n));	\
		d->bvr[n] = read_sysreg_s(SYS_DBGBVRn_EL1(n));	\
		fallthrough;
	DEBUG_CASES(DEBUG_SAVE_B)
	default:
		break;
	}
	switch (cpu_hw.wrps - 1) {
#define DEBUG_SAVE_W(n)						\
	case n:							\
		d->wcr[n] = read_sysreg_s(SYS_DBGWCRn_EL1(n));	\
		d->wvr[n] = read_sysreg_s(SYS_DBGWVRn_EL1(n));	\
		fallthrough;
	DEBUG_CASES(DEBUG_SAVE_W)
	default:
		break;
	}
}

static noinstr void debug_restore(const struct cpu_debug *d)
{
	switch (cpu_hw.brps - 1) {
#define DEBUG_LOAD_B(n)						\
	case n:							\
		write_sysreg_s(d->bcr[n], SYS_DBGBCRn_EL1(n));	\
		write_sysreg_s(d->bvr[n], SYS_DBGBVRn_EL1(n));	\
		fallthrough;
	DEBUG_CASES(DEBUG_LOAD_B)
	default:
		break;
	}
	switch (cpu_hw.wrps - 1) {
#define DEBUG_LOAD_W(n)						\
	case n:							\
		write_sysreg_s(d->wcr[n], SYS_DBGWCRn_EL1(n));	\
		write_sysreg_s(d->wvr[n], SYS_DBGWVRn_EL1(n));	\
		fallthrough;
	DEBUG_CASES(DEBUG_LOAD_W)
	default:
		break;
	}
}

#define DEBUG_PMSCR_EL12	sys_reg(3, 5, 9, 9, 0)
#define DEBUG_PMBIDR_P		BIT(4)	/* EL3 keeps the buffer for itself */

void cpu_debug_load(void)
{
	u64 dfr0 = read_sysreg(id_aa64dfr0_el1);

	if (SYS_FIELD_GET(ID_AA64DFR0_EL1, PMSVer, dfr0) &&
	    !(read_sysreg_s(SYS_PMBIDR_EL1) & DEBUG_PMBIDR_P))
		write_sysreg_s(0, DEBUG_PMSCR_EL12);
}

noinstr void cpu_debug_enter(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	struct cpu_debugger *by = &ctx->debugger;
	u64 mdscr = debug_mdscr(ctx->sys[CPU_MDSCR_EL1], ctx->sys[CPU_OSLSR_EL1]);

	if (by->control)
		mdscr = debug_mdscr_for(mdscr, by->control & KVM_GUESTDBG_SINGLESTEP,
					by->control & KVM_GUESTDBG_USE_HW);
	ctx->host.debug_swapped = debug_is_swapped(mdscr);
	if (ctx->host.debug_swapped) {
		debug_save(raw_cpu_ptr(&debug_host));
		debug_restore(by->control & KVM_GUESTDBG_USE_HW ? by->regs : &ctx->debug);
	}
	if (by->control & KVM_GUESTDBG_SINGLESTEP) {
		by->own_ss = ctx->regs.pstate & DBG_SPSR_SS;
		ctx->regs.pstate &= ~(u64)DBG_SPSR_SS;
		ctx->regs.pstate |= by->stepped ? 0 : DBG_SPSR_SS;
	}
	write_sysreg(mdscr, mdscr_el1);
}

noinstr void cpu_debug_leave(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	if (ctx->host.debug_swapped)
		debug_restore(raw_cpu_ptr(&debug_host));
	write_sysreg(ctx->host.mdscr, mdscr_el1);
	if (ctx->debugger.control & KVM_GUESTDBG_SINGLESTEP) {
		ctx->debugger.stepped = !(ctx->regs.pstate & DBG_SPSR_SS);
		ctx->regs.pstate &= ~(u64)DBG_SPSR_SS;
		ctx->regs.pstate |= ctx->debugger.own_ss;
	}
}

static void debug_set_traps(struct cpu_ctx *ctx)
{
	ctx->mdcr = MDCR_EL2_TPM | MDCR_EL2_TPMCR | MDCR_EL2_TPMS |
		    MDCR_EL2_TTRF | MDCR_EL2_TDRA | MDCR_EL2_TDOSA |
		    MDCR_EL2_TDA | (ctx->debugger.control ? MDCR_EL2_TDE : 0);
}

void cpu_debug_reset(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	memset(&ctx->debug, 0, sizeof(ctx->debug));
	debug_set_traps(ctx);
}

int cpu_debug_set(struct arm_vcpu *vcpu, const struct kvm_guest_debug *dbg)
{
	struct cpu_debugger *by = &vcpu->ctx.debugger;
	u32 control = dbg->control & KVM_GUESTDBG_ENABLE ? dbg->control : 0;
	unsigned int i;

	lockdep_assert_held(&vcpu->base.mutex);
	if (dbg->control & ~CPU_DEBUG_CONTROL)
		return -EINVAL;
	if (control & KVM_GUESTDBG_USE_HW && !by->regs)
		by->regs = kzalloc(sizeof(*by->regs), GFP_KERNEL_ACCOUNT);
	if (control & KVM_GUESTDBG_USE_HW && !by->regs)
		return -ENOMEM;
	if (!(by->control & control & KVM_GUESTDBG_SINGLESTEP))
		by->stepped = false;
	by->control = control;
	for (i = 0; i < CPU_MAX_BRPS && control & KVM_GUESTDBG_USE_HW; i++) {
		by->regs->bcr[i] = dbg->arch.dbg_bcr[i] & ~DEBUG_CR_ELSEWHERE;
		by->regs->bvr[i] = dbg->arch.dbg_bvr[i];
		by->regs->wcr[i] = dbg->arch.dbg_wcr[i] & ~DEBUG_CR_ELSEWHERE;
		by->regs->wvr[i] = dbg->arch.dbg_wvr[i];
	}
	debug_set_traps(&vcpu->ctx);
	return 0;
}

void cpu_debug_destroy(struct arm_vcpu *vcpu)
{
	kfree(vcpu->ctx.debugger.regs);
}

int cpu_debug_exit(struct arm_vcpu *vcpu)
{
	struct kvm_debug_exit_arch *arch = &vcpu->base.run->debug.arch;
	u64 esr = vcpu->ctx.exit_esr;

	if (ESR_ELx_EC(esr) == ESR_ELx_EC_SOFTSTP_LOW)
		vcpu->ctx.debugger.stepped = false;
	vcpu->base.run->exit_reason = KVM_EXIT_DEBUG;
	vcpu->base.run->flags = KVM_DEBUG_ARCH_HSR_HIGH_VALID;
	*arch = (struct kvm_debug_exit_arch) {
		.hsr = lower_32_bits(esr),
		.hsr_high = upper_32_bits(esr),
		.far = ESR_ELx_EC(esr) == ESR_ELx_EC_WATCHPT_LOW ? vcpu->ctx.exit_far : 0,
	};
	return VCPU_TO_USER;
}
