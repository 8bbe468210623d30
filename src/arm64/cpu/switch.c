// SPDX-License-Identifier: GPL-2.0
/*
 * The world switch, the part in C: which system registers change hands, when,
 * and in which order.
 *
 * At load and put, with the host running: everything the VHE host does not use
 * itself (it lives in *_EL2 registers). At each entry and exit, with interrupts
 * off: what decides how this CPU behaves (HCR, CPTR, MDCR, vectors, stage 2).
 *
 * What is left in hardware while the other one runs, and why that is no leak:
 * - EL1's registers with an alias, from load to put: the host is at EL2 and EL0 with
 *   TGE, where none of them means anything. What it writes by these names is EL2's.
 * - TPIDR_EL0, TPIDRRO_EL0, CSSELR_EL1, from load to put: the host's own values are only
 *   used by a process in user space, or by a thread that has been scheduled since: put
 *   comes before. KPTI's use of TPIDRRO_EL0 begins and ends at the way to user space.
 * - PAR_EL1 from entry to exit: the host uses AT itself, in interrupts as well. It keeps
 *   nothing there, and the guest gets its own at the next entry.
 * - Keys of pointer authentication, of a guest that has it: IB, DA, DB and GA from load to put,
 *   because the host's kernel uses IA only, and a process' own come back with a switch of
 *   threads or at put. IA within the assembly of an entry and its exit. A guest without the
 *   feature traps at each key and instruction that could tell (HCR_EL2.API and APK).
 * - FP: the host's until the guest's first use (CPTR_EL2 traps it), then the guest's until
 *   cpu_fp_save(); kernel-mode NEON gives the host's back. SME always traps.
 * - Vectors, of a vCPU that has SVE: from entry to exit, after its first use of FP, and with them
 *   ZCR_EL1 and ZCR_EL2. At EL2 the latter is what the host knows as ZCR_EL1: a task's own length,
 *   which is back with the host's next instruction that could tell. Without SVE they trap.
 * - Breakpoints, watchpoints, single step: debug.c.
 * - The PMU: guests reach none of it (MDCR_EL2.TPM), so its registers stay the host's, but
 *   PMUSERENR_EL0 from entry to exit, and PMSELR_EL0, which is 0 after: the host names its
 *   counters directly, and what user space selects is lost at any switch of threads. A
 *   counter that counts for the guest counts at its exception levels meanwhile: pmu/event.c.
 * - Fine-grained traps, from load to put: with TGE they are ignored.
 * - The GIC's virtual interface: active priorities and VMCR from load to put, with
 *   ICH_HCR_EL2 off between put and load; a guest without a GIC has every access trapped.
 * - Registers of features that guests are not offered trap (regs.c, idreg.c), but for
 *   TPIDR2_EL0 of FEAT_SME where there is no FEAT_FGT: a guest finds 0 in it at each load,
 *   and what it writes goes no further than the next put.
 */
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/percpu.h>
#include <linux/stddef.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/daifflags.h>
#include <asm/kvm_arm.h>

#include "../../compat/sysreg.h"
#include "../vm.h"
#include "cpu.h"
#include "hw.h"
#include "serror.h"
#include "syndrome.h"

/*
 * PMUSERENR_EL0.EN: no access of EL0's traps to EL1. With ER, CR and SW as well QEMU 7.2 lets those
 * that they name through, past EL2's trap.
 */
#define SYSREG_PMUSERENR_EN	BIT(0)

static_assert(offsetof(struct cpu_ctx, regs.regs) == CPU_OFF_X(0));
static_assert(offsetof(struct cpu_ctx, regs.sp) == CPU_OFF_SP);
static_assert(offsetof(struct cpu_ctx, regs.pc) == CPU_OFF_PC);
static_assert(offsetof(struct cpu_ctx, regs.pstate) == CPU_OFF_PSTATE);
static_assert(offsetof(struct cpu_ctx, keys) == CPU_OFF_KEYS);
static_assert(offsetof(struct cpu_ctx, host_keys) == CPU_OFF_HOST_KEYS);

/* The host's vectors, for the assembly's bug path. */
DECLARE_PER_CPU(unsigned long, cpu_host_vbar);	/* the assembly names it */
DEFINE_PER_CPU(unsigned long, cpu_host_vbar);

/*
 * Registers with an alias at EL2, and those which the host leaves alone. One
 * list, so that load, put, read and write cannot disagree.
 */
#define CPU_FOR_EACH_SYS(X)			\
	X(SCTLR_EL1, SYS_SCTLR_EL12)		\
	X(CPACR_EL1, SYS_CPACR_EL12)		\
	X(TTBR0_EL1, SYS_TTBR0_EL12)		\
	X(TTBR1_EL1, SYS_TTBR1_EL12)		\
	X(TCR_EL1, SYS_TCR_EL12)		\
	X(ESR_EL1, SYS_ESR_EL12)		\
	X(AFSR0_EL1, SYS_AFSR0_EL12)		\
	X(AFSR1_EL1, SYS_AFSR1_EL12)		\
	X(FAR_EL1, SYS_FAR_EL12)		\
	X(MAIR_EL1, SYS_MAIR_EL12)		\
	X(VBAR_EL1, SYS_VBAR_EL12)		\
	X(CONTEXTIDR_EL1, SYS_CONTEXTIDR_EL12)	\
	X(AMAIR_EL1, SYS_AMAIR_EL12)		\
	X(ELR_EL1, SYS_ELR_EL12)		\
	X(SPSR_EL1, SYS_SPSR_EL12)		\
	X(CNTKCTL_EL1, SYS_CNTKCTL_EL12)	\
	X(SP_EL1, SYS_SP_EL1)			\
	X(TPIDR_EL0, SYS_TPIDR_EL0)		\
	X(TPIDRRO_EL0, SYS_TPIDRRO_EL0)		\
	X(TPIDR_EL1, SYS_TPIDR_EL1)		\
	X(CSSELR_EL1, SYS_CSSELR_EL1)		\
	X(PAR_EL1, SYS_PAR_EL1)

#define CPU_COUNT_SYS(name, enc) + 1
static_assert(0 CPU_FOR_EACH_SYS(CPU_COUNT_SYS) == CPU_SYS_SWAPPED);

static u64 cpu_sys_read_hw(enum cpu_sys reg)
{
	switch (reg) {
#define CPU_READ_SYS(name, enc) case CPU_##name: return read_sysreg_s(enc);
	CPU_FOR_EACH_SYS(CPU_READ_SYS)
	default:
		return 0;
	}
}

static noinstr void cpu_sys_write_hw(enum cpu_sys reg, u64 val)
{
	switch (reg) {
#define CPU_WRITE_SYS(name, enc) case CPU_##name: write_sysreg_s(val, enc); break;
	CPU_FOR_EACH_SYS(CPU_WRITE_SYS)
	default:
		break;
	}
}

/* PAR_EL1 is the guest's only between entry and exit: the host uses AT itself. */
static bool cpu_sys_is_in_hw(const struct cpu_ctx *ctx, enum cpu_sys reg)
{
	return (ctx->flags & CPU_LOADED) && reg < CPU_SYS_SWAPPED &&
	       reg != CPU_PAR_EL1;
}

u64 cpu_sys_read(struct arm_vcpu *vcpu, enum cpu_sys reg)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	u64 val;

	preempt_disable();
	val = cpu_sys_is_in_hw(ctx, reg) ? cpu_sys_read_hw(reg) : ctx->sys[reg];
	preempt_enable();
	return val;
}

void cpu_sys_write(struct arm_vcpu *vcpu, enum cpu_sys reg, u64 val)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	preempt_disable();
	if (cpu_sys_is_in_hw(ctx, reg))
		cpu_sys_write_hw(reg, val);
	else
		ctx->sys[reg] = val;
	preempt_enable();
}

noinstr void cpu_sys_write_loaded(struct arm_vcpu *vcpu, enum cpu_sys reg, u64 val)
{
	cpu_sys_write_hw(reg, val);
}

/* Op0 3, Op1 4: headers of older kernels lack some. HFGWTR2 comes with HFGRTR2, and so on. */
#define CPU_FOR_EACH_FGT(X)	X(0, 1, 1, 4) X(1, 1, 1, 5) X(2, 1, 1, 6) X(3, 3, 1, 4) X(4, 3, 1, 5)
#define CPU_FOR_EACH_FGT2(X)	X(5, 3, 1, 2) X(6, 3, 1, 3) X(7, 3, 1, 7) X(8, 3, 1, 0) X(9, 3, 1, 1)

#define CPU_COUNT_FGT(n, crn, crm, op2) + 1
static_assert(0 CPU_FOR_EACH_FGT(CPU_COUNT_FGT) == CPU_FGTS);
static_assert(0 CPU_FOR_EACH_FGT2(CPU_COUNT_FGT) == CPU_FGT2S);

/* The host's, from load to put; the last five with FEAT_FGT2. */
static DEFINE_PER_CPU(struct cpu_fgts, cpu_host_fgts);

/*
 * 0 traps what is hidden from guests, and nothing else. The kernel lifts some of these
 * traps for itself, such as those of the branch records.
 */
static void cpu_load_fgt(void)
{
	struct cpu_fgts *host = raw_cpu_ptr(&cpu_host_fgts);

#define CPU_LOAD_FGT(n, crn, crm, op2)					\
	host->val[n] = read_sysreg_s(sys_reg(3, 4, crn, crm, op2));	\
	write_sysreg_s(0, sys_reg(3, 4, crn, crm, op2));
	CPU_FOR_EACH_FGT(CPU_LOAD_FGT)
	if (!cpu_hw.has_fgt2)
		return;
	CPU_FOR_EACH_FGT2(CPU_LOAD_FGT)
}

static void cpu_put_fgt(void)
{
	const struct cpu_fgts *host = raw_cpu_ptr(&cpu_host_fgts);

#define CPU_PUT_FGT(n, crn, crm, op2) write_sysreg_s(host->val[n], sys_reg(3, 4, crn, crm, op2));
	CPU_FOR_EACH_FGT(CPU_PUT_FGT)
	if (!cpu_hw.has_fgt2)
		return;
	CPU_FOR_EACH_FGT2(CPU_PUT_FGT)
}

/* A kernel that signs with another key than IA would need that one swapped with it. */
#if defined(__ARM_FEATURE_PAC_DEFAULT) && (__ARM_FEATURE_PAC_DEFAULT & 2)
#error "this kernel signs return addresses with key IB"
#endif

/* Which of struct cpu_ctx.keys, and the register. IA comes first, and goes another way. */
#define CPU_FOR_EACH_KEY(X)		\
	X(2, SYS_APIBKEYLO_EL1)		\
	X(3, SYS_APIBKEYHI_EL1)		\
	X(4, SYS_APDAKEYLO_EL1)		\
	X(5, SYS_APDAKEYHI_EL1)		\
	X(6, SYS_APDBKEYLO_EL1)		\
	X(7, SYS_APDBKEYHI_EL1)		\
	X(8, SYS_APGAKEYLO_EL1)		\
	X(9, SYS_APGAKEYHI_EL1)

#define CPU_COUNT_KEY(n, enc) + 1
static_assert(2 CPU_FOR_EACH_KEY(CPU_COUNT_KEY) == CPU_KEYS);

static void cpu_load_keys(struct cpu_ctx *ctx)
{
	ctx->host_keys[0] = read_sysreg_s(SYS_APIAKEYLO_EL1);
	ctx->host_keys[1] = read_sysreg_s(SYS_APIAKEYHI_EL1);
#define CPU_LOAD_KEY(n, enc)				\
	ctx->host_keys[n] = read_sysreg_s(enc);		\
	write_sysreg_s(ctx->keys[n], enc);
	CPU_FOR_EACH_KEY(CPU_LOAD_KEY)
}

static void cpu_put_keys(struct cpu_ctx *ctx)
{
#define CPU_PUT_KEY(n, enc)				\
	ctx->keys[n] = read_sysreg_s(enc);		\
	write_sysreg_s(ctx->host_keys[n], enc);
	CPU_FOR_EACH_KEY(CPU_PUT_KEY)
}

/* Does pointer authentication work in the guest? */
static __always_inline bool cpu_is_keyed(const struct cpu_ctx *ctx)
{
	return ctx->hcr & HCR_APK;
}

void cpu_load(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	struct cpu_host *host = &ctx->host;

	host->tpidr_el0 = read_sysreg(tpidr_el0);
	host->tpidrro_el0 = read_sysreg(tpidrro_el0);
	host->csselr = read_sysreg(csselr_el1);
	if (cpu_hw.has_sme) {
		host->tpidr2_el0 = read_sysreg_s(SYS_TPIDR2_EL0);
		write_sysreg_s(0, SYS_TPIDR2_EL0);
	}
	if (cpu_hw.has_fgt)
		cpu_load_fgt();
	cpu_debug_load();

	write_sysreg(read_cpuid_id(), vpidr_el2);
	write_sysreg(ctx->mpidr, vmpidr_el2);
#define CPU_LOAD_SYS(name, enc) write_sysreg_s(ctx->sys[CPU_##name], enc);
	CPU_FOR_EACH_SYS(CPU_LOAD_SYS)
	/* the guest's DISR_EL1 (HCR_EL2.AMO): nothing traps it, even where the VMM hides RAS */
	if (cpu_hw.has_ras)
		write_sysreg_s(ctx->sys[CPU_DISR_EL1], SYS_VDISR_EL2);
	if (cpu_is_keyed(ctx))
		cpu_load_keys(ctx);
	ctx->flags |= CPU_LOADED;
}

void cpu_put(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	struct cpu_host *host = &ctx->host;

	/* not PAR_EL1: it is the guest's between entry and exit only, and its reads need a DMB (1508412) */
#define CPU_SAVE_SYS(name, enc)					\
	if (CPU_##name != CPU_PAR_EL1)				\
		ctx->sys[CPU_##name] = read_sysreg_s(enc);
	CPU_FOR_EACH_SYS(CPU_SAVE_SYS)
	if (cpu_hw.has_ras)
		ctx->sys[CPU_DISR_EL1] = read_sysreg_s(SYS_VDISR_EL2);
	if (cpu_is_keyed(ctx))
		cpu_put_keys(ctx);
	ctx->flags &= ~CPU_LOADED;

	write_sysreg(host->tpidr_el0, tpidr_el0);
	write_sysreg(host->tpidrro_el0, tpidrro_el0);
	write_sysreg(host->csselr, csselr_el1);
	if (cpu_hw.has_sme)
		write_sysreg_s(host->tpidr2_el0, SYS_TPIDR2_EL0);
	if (cpu_hw.has_fgt)
		cpu_put_fgt();
}

/* On some cores a write disturbs translations that are under way (AC04_CPU_23). */
static __always_inline void cpu_write_hcr(u64 hcr)
{
	if (cpu_hw.hcr_barriers)
		dsb(nsh);
	write_sysreg(hcr, hcr_el2);
	if (cpu_hw.hcr_barriers)
		isb();
}

/* What is hidden from the guest must trap; see idreg.c for the other half. */
static __always_inline u64 cpu_guest_cptr(const struct cpu_ctx *ctx)
{
	u64 cptr = COMPAT_CPACR_TTA | CPTR_EL2_TAM;

	if (ctx->flags & CPU_FP_LOADED)
		cptr |= COMPAT_CPACR_FPEN;
	if (ctx->flags & CPU_SVE_LOADED)
		cptr |= COMPAT_CPACR_ZEN;
	return cptr;
}

/* HCRX: 0 means no optional feature for the guest. */
static __always_inline void cpu_enter_optional(struct cpu_ctx *ctx)
{
	struct cpu_host *host = &ctx->host;

	if (cpu_hw.has_hcx) {
		host->hcrx = read_sysreg_s(SYS_HCRX_EL2);
		write_sysreg_s(0, SYS_HCRX_EL2);
	}
	if (cpu_hw.has_fgt)
		write_sysreg_s(ctx->hfgwtr, SYS_HFGWTR_EL2);
	if (cpu_hw.has_pmu) {
		host->pmuserenr = read_sysreg(pmuserenr_el0);
		write_sysreg(0, pmselr_el0);
		/* let EL0's accesses reach EL2's trap instead of EL1's */
		write_sysreg(SYSREG_PMUSERENR_EN, pmuserenr_el0);
	}
}

static __always_inline void cpu_leave_optional(struct cpu_host *host)
{
	if (cpu_hw.has_hcx)
		write_sysreg_s(host->hcrx, SYS_HCRX_EL2);
	if (cpu_hw.has_pmu)
		write_sysreg(host->pmuserenr, pmuserenr_el0);
}

/*
 * HPFAR_EL2 is not written by a stage-2 permission fault on the access itself
 * (Arm ARM D19.2.67): ask the guest's own stage 1 then. False: it does not
 * translate any more, the guest should just try again.
 */
static __always_inline bool cpu_fault_ipa(struct cpu_ctx *ctx)
{
	u64 esr = ctx->exit_esr;
	u64 par;

	if ((esr & ESR_ELx_FSC_TYPE) == ESR_ELx_FSC_PERM &&
	    !(esr & ESR_ELx_S1PTW)) {
		/* what its tables lie in now may be no memory: its next try finds out */
		if (cpu_translate_el1(ctx->exit_far))
			return false;
		par = read_sysreg_par();
		if (par & SYS_PAR_EL1_F)
			return false;
		ctx->exit_ipa = par & GENMASK_ULL(51, 12);
		return true;
	}
	ctx->exit_ipa = (read_sysreg(hpfar_el2) & GENMASK_ULL(43, 4)) << 8;
	return true;
}

static __always_inline bool cpu_read_syndrome(struct cpu_ctx *ctx)
{
	u8 ec;

	ctx->exit_esr = read_sysreg(esr_el2);
	ctx->sys[CPU_PAR_EL1] = read_sysreg_par();
	ec = ESR_ELx_EC(ctx->exit_esr);
	if (ec != ESR_ELx_EC_DABT_LOW && ec != ESR_ELx_EC_IABT_LOW &&
	    ec != ESR_ELx_EC_WATCHPT_LOW)
		return true;
	ctx->exit_far = read_sysreg(far_el2);
	if (ec == ESR_ELx_EC_WATCHPT_LOW)
		return true;
	return cpu_fault_ipa(ctx);
}

/*
 * A warm guest writes SCTLR_EL1 without a trap (but for FEAT_FGT): look at what it is.
 * A sample, not a proof.
 */
static __always_inline bool cpu_side_moved(struct arm_vcpu *vcpu)
{
	if (vcpu->mmu.side != MMU_WARM ||
	    mmu_side_of(read_sysreg_s(SYS_SCTLR_EL12)) == MMU_WARM)
		return false;
	vcpu->ctx.flags |= CPU_SIDE_MOVED;
	return true;
}

/* True: the exit has been served. */
static __always_inline bool cpu_serve_inside(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	if (ctx->exit_code != CPU_EXIT_SYNC) {
		ctx->sys[CPU_PAR_EL1] = read_sysreg_par();
		if (ctx->exit_code == CPU_EXIT_SERROR)
			ctx->exit_esr = read_sysreg(esr_el2);
		return false;
	}
	if (!cpu_read_syndrome(ctx)) {
		write_sysreg(ctx->sys[CPU_PAR_EL1], par_el1);
		return true;
	}
	return cpu_exit_fast(vcpu);
}

/* Enter, and stay inside for as long as exits can be served right here. */
static __always_inline void cpu_run_inside(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	bool again;

	do {
		ctx->exit_code = cpu_is_keyed(ctx) ? cpu_enter_keyed(ctx) : cpu_enter(ctx);
		again = cpu_serve_inside(vcpu);
		cpu_serror_after(ctx);
	} while (again && !ctx->serror_seen && syn_can_run(ctx->regs.pstate, cpu_hw.has_aarch32) &&
		 !cpu_side_moved(vcpu) && !READ_ONCE(vcpu->base.requests));

	/* the loop outside must not serve this exit a second time */
	if (again)
		ctx->exit_code = CPU_EXIT_IRQ;
	else
		cpu_side_moved(vcpu);
}

noinstr void cpu_run(struct arm_vcpu *vcpu, u64 vttbr)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	struct cpu_host *host = &ctx->host;
	unsigned long daif = read_sysreg(daif);
	u64 hcr = ctx->hcr;

	cpu_serror_before();
	write_sysreg(DAIF_MASK, daif);

	host->hcr = read_sysreg(hcr_el2);
	host->vbar = read_sysreg(vbar_el1);
	host->cptr = read_sysreg(cpacr_el1);
	host->mdcr = read_sysreg(mdcr_el2);
	host->mdscr = read_sysreg(mdscr_el1);
	raw_cpu_write(cpu_host_vbar, host->vbar);

	/*
	 * Both stages belong to the guest before TGE falls: a CPU may walk
	 * speculatively as soon as it does (Cortex-A76 erratum 1165522).
	 */
	write_sysreg(vcpu->vm->mmu.vtcr, vtcr_el2);
	write_sysreg(vttbr, vttbr_el2);
	write_sysreg(ctx->sys[CPU_PAR_EL1], par_el1);
	cpu_debug_enter(vcpu);
	cpu_enter_optional(ctx);
	isb();
	if (ctx->flags & CPU_SERROR_PENDING) {
		hcr |= HCR_VSE;
		if (cpu_hw.has_ras)
			write_sysreg_s(ctx->serror_esr, SYS_VSESR_EL2);
	}
	cpu_write_hcr(hcr);
	write_sysreg(cpu_guest_cptr(ctx), cpacr_el1);
	write_sysreg(ctx->mdcr | (host->mdcr & MDCR_EL2_HPMN_MASK), mdcr_el2);
	write_sysreg(cpu_spectre_vectors(), vbar_el1);
	isb();
	if (ctx->flags & CPU_SVE_LOADED)
		cpu_fp_enter(vcpu);

	cpu_run_inside(vcpu);

	if (ctx->flags & CPU_SVE_LOADED)
		cpu_fp_leave(vcpu);
	/* HCR_EL2.VSE falls when the guest takes the SError */
	if ((ctx->flags & CPU_SERROR_PENDING) && !(read_sysreg(hcr_el2) & HCR_VSE))
		ctx->flags &= ~CPU_SERROR_PENDING;
	cpu_write_hcr(host->hcr);
	write_sysreg(host->cptr, cpacr_el1);
	write_sysreg(host->mdcr, mdcr_el2);
	write_sysreg(host->vbar, vbar_el1);
	cpu_leave_optional(host);
	cpu_debug_leave(vcpu);
	isb();
	/* the exception out of the guest may have changed what the host relies on */
	set_pstate_pan(1);
	if (cpu_hw.has_dit)
		set_pstate_dit(1);
	if (cpu_hw.has_mte)
		asm volatile(SET_PSTATE_TCO(0));
	write_sysreg(daif, daif);
}
