// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's self-hosted debug. MDSCR_EL1 changes hands at each entry, so the
 * host's breakpoints never fire in a guest; the breakpoint and watchpoint
 * registers themselves only while the guest uses them. Until it first touches
 * one, and again after each put with MDSCR_EL1.MDE clear, accesses trap (TDA).
 */
#include <linux/kernel.h>
#include <asm/debug-monitors.h>
#include <asm/kvm_arm.h>
#include <asm/sysreg.h>

#include "../vm.h"
#include "cpu.h"
#include "hw.h"

#define DEBUG_CASES(X) \
	X(15) X(14) X(13) X(12) X(11) X(10) X(9) X(8) \
	X(7) X(6) X(5) X(4) X(3) X(2) X(1) X(0)

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

noinstr void cpu_debug_enter(struct vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	if (ctx->flags & CPU_DEBUG_LIVE) {
		debug_save(&ctx->host.debug);
		debug_restore(&ctx->debug);
	}
	write_sysreg(ctx->sys[CPU_MDSCR_EL1], mdscr_el1);
}

noinstr void cpu_debug_leave(struct vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	/* While live, the guest writes both without a trap. */
	if (ctx->flags & CPU_DEBUG_LIVE) {
		ctx->sys[CPU_MDSCR_EL1] = read_sysreg(mdscr_el1);
		debug_save(&ctx->debug);
		debug_restore(&ctx->host.debug);
	}
	write_sysreg(ctx->host.mdscr, mdscr_el1);
}

void cpu_debug_put(struct vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	if ((ctx->flags & CPU_DEBUG_LIVE) &&
	    !(ctx->sys[CPU_MDSCR_EL1] & (DBG_MDSCR_MDE | DBG_MDSCR_KDE))) {
		ctx->flags &= ~CPU_DEBUG_LIVE;
		ctx->mdcr |= MDCR_EL2_TDA;
	}
}

void cpu_debug_live(struct vcpu *vcpu)
{
	vcpu->ctx.flags |= CPU_DEBUG_LIVE;
	vcpu->ctx.mdcr &= ~(u64)MDCR_EL2_TDA;
}

void cpu_debug_reset(struct vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	memset(&ctx->debug, 0, sizeof(ctx->debug));
	ctx->flags &= ~CPU_DEBUG_LIVE;
	ctx->mdcr = MDCR_EL2_TPM | MDCR_EL2_TPMCR | MDCR_EL2_TPMS |
		    MDCR_EL2_TTRF | MDCR_EL2_TDRA | MDCR_EL2_TDOSA |
		    MDCR_EL2_TDA;
}
