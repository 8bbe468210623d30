// SPDX-License-Identifier: GPL-2.0
/*
 * Physical SErrors around a stay in the guest. An error of the guest's that is taken after
 * the switch back would be the host's, and its end; one of the host's that is taken inside
 * would be the guest's. FEAT_RAS has an instruction that tells the two apart (ESB: what
 * was caused before it is pending or deferred after it); without, a DSB makes pending
 * what there is, and ISR_EL1 shows it. Arm ARM D1.3.5; DDI 0587, 2.5.
 */
#define pr_fmt(fmt) "tabula: " fmt

#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <asm/barrier.h>
#include <asm/sysreg.h>

#include "../vm.h"
#include "cpu.h"
#include "hw.h"
#include "serror.h"
#include "syndrome.h"

#define SERROR_ISR_A	BIT(8)

static __always_inline void serror_barrier(void)
{
	asm volatile("hint #16" : : : "memory");	/* ESB */
}

/* The worst of those that one exit shows is the one that counts. */
static noinstr void serror_note(struct cpu_ctx *ctx, u64 esr)
{
	if (!ctx->serror_seen || syn_sort_serror(esr, cpu_hw.has_ras) >
				 syn_sort_serror(ctx->serror_seen, cpu_hw.has_ras))
		ctx->serror_seen = esr;
}

noinstr void cpu_serror_before(void)
{
	if (cpu_hw.has_ras)
		serror_barrier();
}

noinstr void cpu_serror_after(struct cpu_ctx *ctx)
{
	u64 val;

	if (ctx->exit_code == CPU_EXIT_SERROR)
		serror_note(ctx, ctx->exit_esr);
	if (cpu_hw.has_ras) {
		serror_barrier();
		val = read_sysreg_s(SYS_DISR_EL1);
		if (likely(!val))
			return;
		write_sysreg_s(0, SYS_DISR_EL1);
		serror_note(ctx, syn_from_disr(val));
		return;
	}
	dsb(sy);
	isb();
	if (likely(!(read_sysreg(isr_el1) & SERROR_ISR_A)))
		return;
	val = cpu_serror_window();
	if (val)
		serror_note(ctx, val);
}

/* What the guest is told: nothing, if it knows of no FEAT_RAS, and of its own only what is architected. */
static u64 serror_guest_esr(const struct arm_vm *vm, u64 esr)
{
	if (!(cpu_idreg_read(vm, SYS_ID_AA64PFR0_EL1) & ID_AA64PFR0_EL1_RAS_MASK))
		return 0;
	return esr & SYN_IDS ? SYN_IDS : esr & (SYN_AET | SYN_EA | SYN_FSC);
}

void cpu_serror_serve(struct arm_vcpu *vcpu)
{
	u64 esr = vcpu->ctx.serror_seen;

	if (likely(!esr))
		return;
	vcpu->ctx.serror_seen = 0;
	switch (syn_sort_serror(esr, cpu_hw.has_ras)) {
	case SYN_SERROR_NOBODY:
		return;
	case SYN_SERROR_GUEST:
		pr_warn_ratelimited("SError %#llx in a guest, which takes it\n", esr);
		cpu_inject_serror(vcpu, serror_guest_esr(vcpu->vm, esr));
		return;
	case SYN_SERROR_HOST:
		panic("tabula: uncontained SError %#llx while a guest ran", esr);
	}
}
