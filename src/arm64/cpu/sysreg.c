// SPDX-License-Identifier: GPL-2.0
/*
 * Trapped system registers: one sorted table says what a guest's access does,
 * what a reset leaves, and what the VMM may read and write.
 */
#include <linux/nospec.h>
#include <linux/timekeeping.h>
#include <asm/cputype.h>
#include <asm/esr.h>
#include <asm/kvm_arm.h>
#include <asm/sysreg.h>

#include "../machine.h"
#include "../trace.h"
#include "../vm.h"
#include "cpu.h"
#include "debug.h"
#include "hw.h"
#include "sysreg.h"

/* SCTLR_EL1 at reset: MMU and caches off, RES1 bits set (Arm ARM D19.2.122). */
#define SYSREG_SCTLR_RESET	0x00c50078

static __always_inline u64 access_get(struct vcpu *vcpu, const struct sysreg_access *a)
{
	return a->rt == 31 ? 0 : vcpu->ctx.regs.regs[a->rt];
}

static __always_inline void access_set(struct vcpu *vcpu,
				       const struct sysreg_access *a, u64 val)
{
	if (a->rt != 31)
		vcpu->ctx.regs.regs[a->rt] = val;
}

static enum sysreg_trap trap_raz_wi(struct vcpu *vcpu, const struct sysreg *r,
				    const struct sysreg_access *a)
{
	if (!a->is_write)
		access_set(vcpu, a, 0);
	return SYSREG_DONE;
}

static enum sysreg_trap trap_raz(struct vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	return a->is_write ? SYSREG_UNDEF : trap_raz_wi(vcpu, r, a);
}

/* HCR_EL2.TVM: stage-1 registers written while the guest's caches are off. */
static noinstr enum sysreg_trap trap_vm(struct vcpu *vcpu, const struct sysreg *r,
					const struct sysreg_access *a)
{
	if (!a->is_write)
		return SYSREG_UNDEF;
	cpu_sys_write_loaded(vcpu, r->idx, access_get(vcpu, a));
	return SYSREG_DONE;
}

/* With FEAT_FGT, also while warm where the hardware must not set access flags. */
static noinstr enum sysreg_trap trap_tcr(struct vcpu *vcpu, const struct sysreg *r,
					 const struct sysreg_access *a)
{
	u64 val = access_get(vcpu, a);

	if (!a->is_write)
		return SYSREG_UNDEF;
	if (cpu_hw.no_hafdbs)
		val &= ~(u64)(TCR_HA | TCR_HD);
	cpu_sys_write_loaded(vcpu, CPU_TCR_EL1, val);
	return SYSREG_DONE;
}

/* Nor by the VMM; but a guest that was told of them cannot go on without. */
static int set_tcr(struct vcpu *vcpu, const struct sysreg *r, u64 val)
{
	if (cpu_hw.no_hafdbs && val & (TCR_HA | TCR_HD))
		return -EINVAL;
	vcpu->ctx.sys[CPU_TCR_EL1] = val;
	return 0;
}

/* The vCPU is on another side of the caches from now on. Not inside: it may be traced. */
static void sysreg_side_changed(struct vcpu *vcpu, enum mmu_side was)
{
	if (vcpu->mmu.side != was)
		trace_tabula_toggle_cache(vcpu->ctx.regs.pc, was == MMU_WARM,
					  vcpu->mmu.side == MMU_WARM);
	cpu_update_traps(vcpu);
}

static enum sysreg_trap sysreg_change_side(struct vcpu *vcpu, u64 sctlr)
{
	enum mmu_side was = vcpu->mmu.side;

	cpu_fp_save(vcpu);
	if (mmu_vcpu_sctlr(&vcpu->vm->mmu, &vcpu->mmu, sctlr, 0))
		return SYSREG_AGAIN;
	sysreg_side_changed(vcpu, was);
	cpu_sys_write(vcpu, CPU_SCTLR_EL1, sctlr);
	return SYSREG_DONE;
}

/*
 * A vCPU that changes its side of the caches owes maintenance before the write
 * takes effect: little of it may be done early, with interrupts off, the rest is slow.
 */
static noinstr enum sysreg_trap trap_sctlr(struct vcpu *vcpu, const struct sysreg *r,
					   const struct sysreg_access *a)
{
	u64 val = access_get(vcpu, a);

	if (!a->is_write)
		return SYSREG_UNDEF;
	if (mmu_side_of(val) == vcpu->mmu.side && a->is_fast) {
		cpu_sys_write_loaded(vcpu, CPU_SCTLR_EL1, val);
		return SYSREG_DONE;
	}
	return a->is_fast ? SYSREG_SLOW : sysreg_change_side(vcpu, val);
}

/* The same with interrupts off and the host's context in place. */
static bool sysreg_sctlr_early(struct vcpu *vcpu, const struct sysreg_access *a)
{
	enum mmu_side was = vcpu->mmu.side;
	u64 val = access_get(vcpu, a);

	if (mmu_vcpu_sctlr(&vcpu->vm->mmu, &vcpu->mmu, val, MMU_NOWAIT))
		return false;
	cpu_sys_write_loaded(vcpu, CPU_SCTLR_EL1, val);
	sysreg_side_changed(vcpu, was);
	return true;
}

/* Pause between two traps of one loop over sets and ways, at most. */
#define SET_WAY_BURST	(NSEC_PER_MSEC * 10)

/*
 * A loop over all sets and ways traps thousands of times: the first one does it
 * all. Later ones belong to it when they come from the same place soon after.
 */
static bool set_way_is_burst(struct vcpu *vcpu)
{
	struct cpu_set_way *sw = &vcpu->ctx.set_way;
	u64 now = ktime_get_mono_fast_ns();
	u64 pc = vcpu->ctx.regs.pc & ~0x3fULL;
	bool same = sw->pc == pc && now - sw->when < SET_WAY_BURST &&
		    sw->exits + 1 == vcpu->ctx.slow_exits;

	sw->pc = pc;
	sw->when = now;
	sw->exits = vcpu->ctx.slow_exits;
	return same;
}

static enum sysreg_trap trap_set_way(struct vcpu *vcpu, const struct sysreg *r,
				     const struct sysreg_access *a)
{
	struct cpu_set_way *sw = &vcpu->ctx.set_way;

	if (!a->is_write)
		return SYSREG_UNDEF;
	if (set_way_is_burst(vcpu))
		return SYSREG_DONE;
	trace_tabula_set_way_flush(vcpu->ctx.regs.pc, vcpu->mmu.side == MMU_WARM);
	cpu_fp_save(vcpu);
	if (mmu_set_way(&vcpu->vm->mmu)) {
		sw->pc = 0;
		return SYSREG_AGAIN;
	}
	sw->when = ktime_get_mono_fast_ns();
	return SYSREG_DONE;
}

static enum sysreg_trap trap_sgi(struct vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	if (!a->is_write || !gic_exists(vcpu->vm))
		return SYSREG_UNDEF;
	gic_send_sgi(vcpu, access_get(vcpu, a), r->idx);
	return SYSREG_DONE;
}

/* Traps with the two-step end of interrupts. */
static enum sysreg_trap trap_dir(struct vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	if (!a->is_write || !gic_exists(vcpu->vm))
		return SYSREG_UNDEF;
	cpu_fp_save(vcpu);
	gic_deactivate(vcpu, access_get(vcpu, a));
	return SYSREG_DONE;
}

/* Those that trap together with ICC_DIR_EL1 on some CPUs. */
static enum sysreg_trap trap_icc(struct vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	u64 val = a->is_write ? access_get(vcpu, a) : 0;

	if (!gic_icc_trap(vcpu, r->idx, a->is_write, &val))
		return SYSREG_UNDEF;
	if (!a->is_write)
		access_set(vcpu, a, val);
	return SYSREG_DONE;
}

/* System registers enabled, no IRQ or FIQ bypass; not to be changed. */
static enum sysreg_trap trap_sre(struct vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	if (!gic_exists(vcpu->vm))
		return SYSREG_UNDEF;
	if (!a->is_write)
		access_set(vcpu, a, 0x7);
	return SYSREG_DONE;
}

static enum sysreg_trap trap_oslar(struct vcpu *vcpu, const struct sysreg *r,
				   const struct sysreg_access *a)
{
	u64 *oslsr = &vcpu->ctx.sys[CPU_OSLSR_EL1];

	if (!a->is_write)
		return SYSREG_UNDEF;
	*oslsr &= ~(u64)OSLSR_EL1_OSLK;
	if (access_get(vcpu, a) & 1)
		*oslsr |= OSLSR_EL1_OSLK;
	return SYSREG_DONE;
}

static enum sysreg_trap trap_oslsr(struct vcpu *vcpu, const struct sysreg *r,
				   const struct sysreg_access *a)
{
	if (a->is_write)
		return SYSREG_UNDEF;
	access_set(vcpu, a, vcpu->ctx.sys[CPU_OSLSR_EL1]);
	return SYSREG_DONE;
}

static int set_oslsr(struct vcpu *vcpu, const struct sysreg *r, u64 val)
{
	if ((val & ~(u64)OSLSR_EL1_OSLK) != OSLSR_EL1_OSLM_IMPLEMENTED)
		return -EINVAL;
	vcpu->ctx.sys[CPU_OSLSR_EL1] = val;
	return 0;
}

/* MDCCINT_EL1: TX and RX. There is no channel behind them, so nothing comes of it. */
#define SYSREG_MDCCINT		(BIT(30) | BIT(29))

static enum sysreg_trap trap_mdccint(struct vcpu *vcpu, const struct sysreg *r,
				     const struct sysreg_access *a)
{
	u64 *mdccint = &vcpu->ctx.sys[CPU_MDCCINT_EL1];

	if (a->is_write)
		*mdccint = access_get(vcpu, a) & SYSREG_MDCCINT;
	else
		access_set(vcpu, a, *mdccint);
	return SYSREG_DONE;
}

static int set_mdccint(struct vcpu *vcpu, const struct sysreg *r, u64 val)
{
	if (val & ~(u64)SYSREG_MDCCINT)
		return -EINVAL;
	vcpu->ctx.sys[CPU_MDCCINT_EL1] = val;
	return 0;
}

static enum sysreg_trap trap_mdscr(struct vcpu *vcpu, const struct sysreg *r,
				   const struct sysreg_access *a)
{
	u64 *mdscr = &vcpu->ctx.sys[CPU_MDSCR_EL1];

	if (!a->is_write) {
		access_set(vcpu, a, *mdscr);
		return SYSREG_DONE;
	}
	*mdscr = access_get(vcpu, a) & DEBUG_MDSCR_GUEST;
	return SYSREG_DONE;
}

static int set_mdscr(struct vcpu *vcpu, const struct sysreg *r, u64 val)
{
	if (val & ~DEBUG_MDSCR_GUEST)
		return -EINVAL;
	vcpu->ctx.sys[CPU_MDSCR_EL1] = val;
	return 0;
}

static u64 *debug_reg(struct vcpu *vcpu, u32 enc)
{
	struct cpu_debug *d = &vcpu->ctx.debug;
	unsigned int n = sys_reg_CRm(enc);

	switch (sys_reg_Op2(enc)) {
	case 4:
		return n < cpu_hw.brps ? &d->bvr[array_index_nospec(n, CPU_MAX_BRPS)] : NULL;
	case 5:
		return n < cpu_hw.brps ? &d->bcr[array_index_nospec(n, CPU_MAX_BRPS)] : NULL;
	case 6:
		return n < cpu_hw.wrps ? &d->wvr[array_index_nospec(n, CPU_MAX_BRPS)] : NULL;
	default:
		return n < cpu_hw.wrps ? &d->wcr[array_index_nospec(n, CPU_MAX_BRPS)] : NULL;
	}
}

static enum sysreg_trap trap_debug(struct vcpu *vcpu, const struct sysreg *r,
				   const struct sysreg_access *a)
{
	u64 *reg = debug_reg(vcpu, a->enc);

	if (!reg)
		return SYSREG_UNDEF;
	if (a->is_write)
		*reg = access_get(vcpu, a);
	else
		access_set(vcpu, a, *reg);
	return SYSREG_DONE;
}

static u64 get_debug(struct vcpu *vcpu, const struct sysreg *r)
{
	u64 *reg = debug_reg(vcpu, r->enc);

	return reg ? *reg : 0;
}

static int set_debug(struct vcpu *vcpu, const struct sysreg *r, u64 val)
{
	u64 *reg = debug_reg(vcpu, r->enc);

	if (!reg)
		return val ? -EINVAL : 0;
	*reg = val;
	return 0;
}

/* HCR_EL2.TID2: what holds on every CPU of the machine, read-only. */
static enum sysreg_trap trap_fixed(struct vcpu *vcpu, const struct sysreg *r,
				   const struct sysreg_access *a)
{
	if (a->is_write)
		return SYSREG_UNDEF;
	access_set(vcpu, a, r->get(vcpu, r));
	return SYSREG_DONE;
}

/* To a guest they go with the MIDR_EL1 that it reads: this CPU's. */
static enum sysreg_trap trap_revidr(struct vcpu *vcpu, const struct sysreg *r,
				    const struct sysreg_access *a)
{
	if (a->is_write)
		return SYSREG_UNDEF;
	access_set(vcpu, a, read_sysreg(revidr_el1));
	return SYSREG_DONE;
}

static enum sysreg_trap trap_aidr(struct vcpu *vcpu, const struct sysreg *r,
				  const struct sysreg_access *a)
{
	if (a->is_write)
		return SYSREG_UNDEF;
	access_set(vcpu, a, read_sysreg(aidr_el1));
	return SYSREG_DONE;
}

/* HCR_EL2.TID2, where guests must not read the hardware's caches: they differ. */
static enum sysreg_trap trap_csselr(struct vcpu *vcpu, const struct sysreg *r,
				    const struct sysreg_access *a)
{
	if (a->is_write)
		cpu_sys_write(vcpu, CPU_CSSELR_EL1, access_get(vcpu, a));
	else
		access_set(vcpu, a, cpu_sys_read(vcpu, CPU_CSSELR_EL1));
	return SYSREG_DONE;
}

static enum sysreg_trap trap_ccsidr(struct vcpu *vcpu, const struct sysreg *r,
				    const struct sysreg_access *a)
{
	if (a->is_write)
		return SYSREG_UNDEF;
	access_set(vcpu, a, machine_guest_ccsidr(&machine, cpu_sys_read(vcpu, CPU_CSSELR_EL1)));
	return SYSREG_DONE;
}

/* What a VMM sees is of one CPU, whichever it runs on. */
static u64 get_midr(struct vcpu *vcpu, const struct sysreg *r)
{
	return machine.first.midr;
}

static u64 get_revidr(struct vcpu *vcpu, const struct sysreg *r)
{
	return machine.first.revidr;
}

static u64 get_clidr(struct vcpu *vcpu, const struct sysreg *r)
{
	return machine.first.clidr;
}

static u64 get_aidr(struct vcpu *vcpu, const struct sysreg *r)
{
	return machine.first.aidr;
}

static u64 get_ctr(struct vcpu *vcpu, const struct sysreg *r)
{
	return machine_guest_ctr(&machine);
}

static u64 get_zero(struct vcpu *vcpu, const struct sysreg *r)
{
	return 0;
}

static u64 get_mpidr(struct vcpu *vcpu, const struct sysreg *r)
{
	return vcpu->ctx.mpidr;
}

static int set_mpidr(struct vcpu *vcpu, const struct sysreg *r, u64 val)
{
	/* affinities as PSCI and the GIC will compare them; before the first run */
	if ((val & ~(MPIDR_HWID_BITMASK | MPIDR_UP_BITMASK | MPIDR_MT_BITMASK)) != BIT(31))
		return -EINVAL;
	return vcpu_set_mpidr(vcpu, val);
}

#define SYSREG_DEBUG_ONE(n, op2) \
	{ sys_reg(2, 0, 0, n, op2), SYSREG_LISTED, 0, 0, trap_debug, \
	  get_debug, set_debug }
#define SYSREG_DEBUG(n)						\
	SYSREG_DEBUG_ONE(n, 4), SYSREG_DEBUG_ONE(n, 5),		\
	SYSREG_DEBUG_ONE(n, 6), SYSREG_DEBUG_ONE(n, 7)

const struct sysreg sysreg_table[] = {
	{ sys_reg(1, 0, 7, 6, 2), 0, 0, 0, trap_set_way },	/* DC ISW */
	{ sys_reg(1, 0, 7, 10, 2), 0, 0, 0, trap_set_way },	/* DC CSW */
	{ sys_reg(1, 0, 7, 14, 2), 0, 0, 0, trap_set_way },	/* DC CISW */
	{ sys_reg(2, 0, 0, 0, 2), 0, 0, 0, trap_raz_wi },	/* OSDTRRX_EL1 */
	SYSREG_DEBUG(0),
	SYSREG_DEBUG(1),
	{ sys_reg(2, 0, 0, 2, 0), SYSREG_LISTED, CPU_MDCCINT_EL1, 0, trap_mdccint,
	  NULL, set_mdccint },	/* MDCCINT_EL1 */
	{ sys_reg(2, 0, 0, 2, 2), SYSREG_LISTED, CPU_MDSCR_EL1, 0, trap_mdscr,
	  NULL, set_mdscr },	/* MDSCR_EL1 */
	SYSREG_DEBUG(2),
	{ sys_reg(2, 0, 0, 3, 2), 0, 0, 0, trap_raz_wi },	/* OSDTRTX_EL1 */
	SYSREG_DEBUG(3),
	SYSREG_DEBUG(4),
	SYSREG_DEBUG(5),
	{ sys_reg(2, 0, 0, 6, 2), 0, 0, 0, trap_raz_wi },	/* OSECCR_EL1 */
	SYSREG_DEBUG(6),
	SYSREG_DEBUG(7),
	SYSREG_DEBUG(8),
	SYSREG_DEBUG(9),
	SYSREG_DEBUG(10),
	SYSREG_DEBUG(11),
	SYSREG_DEBUG(12),
	SYSREG_DEBUG(13),
	SYSREG_DEBUG(14),
	SYSREG_DEBUG(15),
	{ sys_reg(2, 0, 1, 0, 0), 0, 0, 0, trap_raz_wi },	/* MDRAR_EL1 */
	{ sys_reg(2, 0, 1, 0, 4), 0, 0, 0, trap_oslar },	/* OSLAR_EL1 */
	{ sys_reg(2, 0, 1, 1, 4), SYSREG_LISTED, CPU_OSLSR_EL1, OSLSR_EL1_OSLM_IMPLEMENTED, trap_oslsr,
	  NULL, set_oslsr },	/* OSLSR_EL1 */
	{ sys_reg(2, 0, 1, 3, 4), 0, 0, 0, trap_raz_wi },	/* OSDLR_EL1 */
	{ sys_reg(2, 0, 1, 4, 4), 0, 0, 0, trap_raz_wi },	/* DBGPRCR_EL1 */
	{ sys_reg(2, 0, 7, 8, 6), 0, 0, 0, trap_raz_wi },	/* DBGCLAIMSET_EL1 */
	{ sys_reg(2, 0, 7, 9, 6), 0, 0, 0, trap_raz_wi },	/* DBGCLAIMCLR_EL1 */
	{ sys_reg(2, 0, 7, 14, 6), 0, 0, 0, trap_raz },	/* DBGAUTHSTATUS_EL1 */
	{ sys_reg(2, 3, 0, 1, 0), 0, 0, 0, trap_raz },	/* MDCCSR_EL0 */
	{ sys_reg(2, 3, 0, 4, 0), 0, 0, 0, trap_raz_wi },	/* DBGDTR_EL0 */
	{ sys_reg(2, 3, 0, 5, 0), 0, 0, 0, trap_raz_wi },	/* DBGDTRRX_EL0 */
	{ sys_reg(3, 0, 0, 0, 0), SYSREG_LISTED | SYSREG_FIXED, 0, 0, NULL, get_midr },	/* MIDR_EL1 */
	{ sys_reg(3, 0, 0, 0, 5), SYSREG_LISTED, 0, 0, NULL,
	  get_mpidr, set_mpidr },	/* MPIDR_EL1 */
	{ sys_reg(3, 0, 0, 0, 6), SYSREG_LISTED | SYSREG_FIXED, 0, 0, trap_revidr, get_revidr },	/* REVIDR_EL1 */
	{ sys_reg(3, 0, 1, 0, 0), SYSREG_LISTED | SYSREG_FAST, CPU_SCTLR_EL1, SYSREG_SCTLR_RESET, trap_sctlr },	/* SCTLR_EL1 */
	{ sys_reg(3, 0, 1, 0, 1), SYSREG_LISTED | SYSREG_FIXED, 0, 0, trap_raz_wi, get_zero },	/* ACTLR_EL1 */
	{ sys_reg(3, 0, 1, 0, 2), SYSREG_LISTED, CPU_CPACR_EL1, 0, NULL },	/* CPACR_EL1 */
	{ sys_reg(3, 0, 2, 0, 0), SYSREG_LISTED | SYSREG_FAST, CPU_TTBR0_EL1, 0, trap_vm },	/* TTBR0_EL1 */
	{ sys_reg(3, 0, 2, 0, 1), SYSREG_LISTED | SYSREG_FAST, CPU_TTBR1_EL1, 0, trap_vm },	/* TTBR1_EL1 */
	{ sys_reg(3, 0, 2, 0, 2), SYSREG_LISTED | SYSREG_FAST, CPU_TCR_EL1, 0, trap_tcr,
	  NULL, set_tcr },	/* TCR_EL1 */
	{ sys_reg(3, 0, 4, 6, 0), 0, GIC_ICC_PMR, 0, trap_icc },	/* ICC_PMR_EL1 */
	{ sys_reg(3, 0, 5, 1, 0), SYSREG_LISTED | SYSREG_FAST, CPU_AFSR0_EL1, 0, trap_vm },	/* AFSR0_EL1 */
	{ sys_reg(3, 0, 5, 1, 1), SYSREG_LISTED | SYSREG_FAST, CPU_AFSR1_EL1, 0, trap_vm },	/* AFSR1_EL1 */
	{ sys_reg(3, 0, 5, 2, 0), SYSREG_LISTED | SYSREG_FAST, CPU_ESR_EL1, 0, trap_vm },	/* ESR_EL1 */
	{ sys_reg(3, 0, 6, 0, 0), SYSREG_LISTED | SYSREG_FAST, CPU_FAR_EL1, 0, trap_vm },	/* FAR_EL1 */
	{ sys_reg(3, 0, 7, 4, 0), SYSREG_LISTED, CPU_PAR_EL1, 0, NULL },	/* PAR_EL1 */
	{ sys_reg(3, 0, 10, 2, 0), SYSREG_LISTED | SYSREG_FAST, CPU_MAIR_EL1, 0, trap_vm },	/* MAIR_EL1 */
	{ sys_reg(3, 0, 10, 3, 0), SYSREG_LISTED | SYSREG_FAST, CPU_AMAIR_EL1, 0, trap_vm },	/* AMAIR_EL1 */
	{ sys_reg(3, 0, 12, 0, 0), SYSREG_LISTED, CPU_VBAR_EL1, 0, NULL },	/* VBAR_EL1 */
	{ sys_reg(3, 0, 12, 1, 1), SYSREG_LISTED, CPU_DISR_EL1, 0, NULL },	/* DISR_EL1 */
	{ sys_reg(3, 0, 12, 11, 1), 0, 0, 0, trap_dir },	/* ICC_DIR_EL1 */
	{ sys_reg(3, 0, 12, 11, 3), 0, GIC_ICC_RPR, 0, trap_icc },	/* ICC_RPR_EL1 */
	{ sys_reg(3, 0, 12, 11, 5), 0, 1, 0, trap_sgi },	/* ICC_SGI1R_EL1 */
	{ sys_reg(3, 0, 12, 11, 6), 0, 0, 0, trap_sgi },	/* ICC_ASGI1R_EL1 */
	{ sys_reg(3, 0, 12, 11, 7), 0, 0, 0, trap_sgi },	/* ICC_SGI0R_EL1 */
	{ sys_reg(3, 0, 12, 12, 4), 0, GIC_ICC_CTLR, 0, trap_icc },	/* ICC_CTLR_EL1 */
	{ sys_reg(3, 0, 12, 12, 5), 0, 0, 0, trap_sre },	/* ICC_SRE_EL1 */
	{ sys_reg(3, 0, 13, 0, 1), SYSREG_LISTED | SYSREG_FAST, CPU_CONTEXTIDR_EL1, 0, trap_vm },	/* CONTEXTIDR_EL1 */
	{ sys_reg(3, 0, 13, 0, 4), SYSREG_LISTED, CPU_TPIDR_EL1, 0, NULL },	/* TPIDR_EL1 */
	{ sys_reg(3, 0, 14, 1, 0), SYSREG_LISTED, CPU_CNTKCTL_EL1, 0, NULL },	/* CNTKCTL_EL1 */
	{ sys_reg(3, 1, 0, 0, 0), 0, 0, 0, trap_ccsidr },	/* CCSIDR_EL1 */
	{ sys_reg(3, 1, 0, 0, 1), SYSREG_LISTED | SYSREG_FIXED, 0, 0, trap_fixed, get_clidr },	/* CLIDR_EL1 */
	{ sys_reg(3, 1, 0, 0, 7), SYSREG_LISTED | SYSREG_FIXED, 0, 0, trap_aidr, get_aidr },	/* AIDR_EL1 */
	{ sys_reg(3, 2, 0, 0, 0), SYSREG_LISTED, CPU_CSSELR_EL1, 0, trap_csselr },	/* CSSELR_EL1 */
	{ sys_reg(3, 3, 0, 0, 1), SYSREG_LISTED | SYSREG_FIXED, 0, 0, trap_fixed, get_ctr },	/* CTR_EL0 */
	{ sys_reg(3, 3, 13, 0, 2), SYSREG_LISTED, CPU_TPIDR_EL0, 0, NULL },	/* TPIDR_EL0 */
	{ sys_reg(3, 3, 13, 0, 3), SYSREG_LISTED, CPU_TPIDRRO_EL0, 0, NULL },	/* TPIDRRO_EL0 */
};

const unsigned int sysreg_count = ARRAY_SIZE(sysreg_table);

noinstr const struct sysreg *sysreg_find(u32 enc)
{
	unsigned int lo = 0, hi = ARRAY_SIZE(sysreg_table);

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;
		u32 at = sysreg_table[mid].enc;

		if (at == enc)
			return &sysreg_table[mid];
		if (at < enc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

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
sysreg_serve(struct vcpu *vcpu, const struct sysreg_access *a)
{
	const struct sysreg *r;

	if (cpu_idreg_is(a->enc)) {
		if (a->is_write)
			return SYSREG_UNDEF;
		access_set(vcpu, a, cpu_idreg_read(vcpu->vm, a->enc));
		return SYSREG_DONE;
	}
	if (sysreg_is_tlbi(a->enc)) {
		if (a->is_fast)
			return SYSREG_SLOW;
		mmu_guest_tlbi(&vcpu->vm->mmu);
		return SYSREG_DONE;
	}
	r = sysreg_find(a->enc);
	if (a->is_fast && (!r || !(r->flags & SYSREG_FAST)))
		return SYSREG_SLOW;
	if (!r || !r->trap)
		return SYSREG_UNDEF;
	return r->trap(vcpu, r, a);
}

noinstr bool cpu_sysreg_fast(struct vcpu *vcpu)
{
	struct sysreg_access a = sysreg_decode(vcpu->ctx.exit_esr);

	a.is_fast = true;
	if (sysreg_serve(vcpu, &a) != SYSREG_DONE)
		return false;
	cpu_skip_instr(vcpu);
	return true;
}

void cpu_exit_early(struct vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	struct sysreg_access a;

	if (ctx->exit_code != CPU_EXIT_SYNC ||
	    ESR_ELx_EC(ctx->exit_esr) != ESR_ELx_EC_SYS64)
		return;
	a = sysreg_decode(ctx->exit_esr);
	if (a.enc != SYS_SCTLR_EL1 || !a.is_write || !sysreg_sctlr_early(vcpu, &a))
		return;
	cpu_skip_instr(vcpu);
	ctx->exit_code = CPU_EXIT_IRQ;
}

int cpu_sysreg_trap(struct vcpu *vcpu)
{
	struct sysreg_access a = sysreg_decode(vcpu->ctx.exit_esr);

	switch (sysreg_serve(vcpu, &a)) {
	case SYSREG_DONE:
		cpu_skip_instr(vcpu);
		return CPU_RESUME;
	case SYSREG_AGAIN:
		return -EINTR;
	default:
		cpu_inject_undef(vcpu);
		return CPU_RESUME;
	}
}

int cpu_side_sync(struct vcpu *vcpu)
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

void cpu_side_note(struct vcpu *vcpu)
{
	if ((vcpu->ctx.flags & CPU_SIDE_MOVED) && vcpu->mmu.side == MMU_WARM &&
	    mmu_side_of(cpu_sys_read(vcpu, CPU_SCTLR_EL1)) != MMU_WARM)
		mmu_vcpu_strayed(&vcpu->vm->mmu, &vcpu->mmu);
}

u64 sysreg_get(struct vcpu *vcpu, const struct sysreg *r)
{
	lockdep_assert_held(&vcpu->mutex);
	return r->get ? r->get(vcpu, r) : vcpu->ctx.sys[r->idx];
}

int sysreg_set(struct vcpu *vcpu, const struct sysreg *r, u64 val)
{
	lockdep_assert_held(&vcpu->mutex);
	if (r->flags & SYSREG_FIXED)
		return val == sysreg_get(vcpu, r) ? 0 : -EINVAL;
	if (r->set)
		return r->set(vcpu, r, val);
	vcpu->ctx.sys[r->idx] = val;
	return 0;
}

void cpu_sysreg_reset(struct vcpu *vcpu)
{
	unsigned int i;

	memset(vcpu->ctx.sys, 0, sizeof(vcpu->ctx.sys));
	for (i = 0; i < ARRAY_SIZE(sysreg_table); i++)
		if (sysreg_table[i].reset)
			vcpu->ctx.sys[sysreg_table[i].idx] = sysreg_table[i].reset;
}

int cpu_sysreg_init(void)
{
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(sysreg_table); i++)
		if (WARN_ON(sysreg_table[i - 1].enc >= sysreg_table[i].enc))
			return -EINVAL;
	return 0;
}
