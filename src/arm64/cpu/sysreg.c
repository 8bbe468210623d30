// SPDX-License-Identifier: GPL-2.0
/*
 * System registers: one sorted table says what a guest's access does, what a reset
 * leaves, and what the VMM may read and write. systrap.c finds the row of an access.
 */
#include <linux/nospec.h>
#include <linux/timekeeping.h>
#include <asm/cputype.h>
#include <asm/esr.h>
#include <asm/kvm_arm.h>
#include <asm/sysreg.h>

#include "../../compat/sysreg.h"
#include "../affinity.h"
#include "../machine.h"
#include "../trace.h"
#include "../vm.h"
#include "cpu.h"
#include "debug.h"
#include "hw.h"
#include "sysreg.h"

/* SCTLR_EL1 at reset: MMU and caches off, RES1 bits set (Arm ARM D19.2.122). */
#define SYSREG_SCTLR_RESET	0x00c50078

/* FPEXC32_EL2 at reset: bits that are RES1 there. */
#define SYSREG_FPEXC32_RESET	0x700

static enum sysreg_trap trap_raz_wi(struct arm_vcpu *vcpu, const struct sysreg *r,
				    const struct sysreg_access *a)
{
	if (!a->is_write)
		sysreg_access_set(vcpu, a, 0);
	return SYSREG_DONE;
}

static enum sysreg_trap trap_raz(struct arm_vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	return a->is_write ? SYSREG_UNDEF : trap_raz_wi(vcpu, r, a);
}

/* A feature that guests may be shown, with nothing behind it: no error record, no LORegion. */
static enum sysreg_trap trap_nothing_of(struct arm_vcpu *vcpu, u32 idreg, u64 field,
					const struct sysreg_access *a, bool is_fixed)
{
	if (!(cpu_idreg_read(vcpu->vm, idreg) & field) || (a->is_write && is_fixed))
		return SYSREG_UNDEF;
	return trap_raz_wi(vcpu, NULL, a);
}

static enum sysreg_trap trap_err(struct arm_vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	return trap_nothing_of(vcpu, SYS_ID_AA64PFR0_EL1, ID_AA64PFR0_EL1_RAS_MASK, a,
			       a->enc == SYS_ERRIDR_EL1 || a->enc == SYS_ERXFR_EL1);
}

static enum sysreg_trap trap_lor(struct arm_vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	return trap_nothing_of(vcpu, SYS_ID_AA64MMFR1_EL1, ID_AA64MMFR1_EL1_LO_MASK, a,
			       a->enc == SYS_LORID_EL1);
}

/* HCR_EL2.TVM: stage-1 registers written while the guest's caches are off. */
static noinstr enum sysreg_trap trap_vm(struct arm_vcpu *vcpu, const struct sysreg *r,
					const struct sysreg_access *a)
{
	if (!a->is_write)
		return SYSREG_UNDEF;
	cpu_sys_write_loaded(vcpu, r->idx, sysreg_access_get(vcpu, a));
	return SYSREG_DONE;
}

/* With FEAT_FGT, also while warm where the hardware must not set access flags. */
static noinstr enum sysreg_trap trap_tcr(struct arm_vcpu *vcpu, const struct sysreg *r,
					 const struct sysreg_access *a)
{
	u64 val = sysreg_access_get(vcpu, a);

	if (!a->is_write)
		return SYSREG_UNDEF;
	if (cpu_hw.no_hafdbs)
		val &= ~(u64)(TCR_HA | TCR_HD);
	cpu_sys_write_loaded(vcpu, CPU_TCR_EL1, val);
	return SYSREG_DONE;
}

/* Nor by the VMM; but a guest that was told of them cannot go on without. */
static int set_tcr(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val)
{
	if (cpu_hw.no_hafdbs && val & (TCR_HA | TCR_HD))
		return -EINVAL;
	vcpu->ctx.sys[CPU_TCR_EL1] = val;
	return 0;
}

void sysreg_side_changed(struct arm_vcpu *vcpu, enum mmu_side was)
{
	if (vcpu->mmu.side != was)
		trace_tabula_toggle_cache(vcpu->ctx.regs.pc, was == MMU_WARM,
					  vcpu->mmu.side == MMU_WARM);
	cpu_update_traps(vcpu);
}

static enum sysreg_trap sysreg_change_side(struct arm_vcpu *vcpu, u64 sctlr)
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
static noinstr enum sysreg_trap trap_sctlr(struct arm_vcpu *vcpu, const struct sysreg *r,
					   const struct sysreg_access *a)
{
	u64 val = sysreg_access_get(vcpu, a);

	if (!a->is_write)
		return SYSREG_UNDEF;
	if (mmu_side_of(val) == vcpu->mmu.side && a->is_fast) {
		cpu_sys_write_loaded(vcpu, CPU_SCTLR_EL1, val);
		return SYSREG_DONE;
	}
	return a->is_fast ? SYSREG_SLOW : sysreg_change_side(vcpu, val);
}

/* Pause between two traps of one loop over sets and ways, at most. */
#define SET_WAY_BURST	(NSEC_PER_MSEC * 10)

/* Level is bits 3 to 1; bit 0, which is RES0, says that there is one. */
#define SET_WAY_LEVEL(val)	((val) >> 1 & (CPU_SET_WAY_LEVELS - 1))
#define SET_WAY_THERE		BIT_ULL(0)

/*
 * A loop over all sets and ways traps thousands of times: the first one does it
 * all. Later ones belong to it when they come from the same place soon after, but not
 * when they name again what a level began with: that is the next loop.
 */
static bool set_way_is_burst(struct arm_vcpu *vcpu, u64 val)
{
	struct cpu_set_way *sw = &vcpu->ctx.set_way;
	u64 *first = &sw->level[SET_WAY_LEVEL(val)];
	u64 now = ktime_get_mono_fast_ns();
	u64 pc = vcpu->ctx.regs.pc & ~0x3fULL;
	bool same = sw->pc == pc && now - sw->when < SET_WAY_BURST &&
		    sw->exits + 1 == vcpu->ctx.slow_exits && *first != (val | SET_WAY_THERE);

	if (!same)
		memset(sw->level, 0, sizeof(sw->level));
	if (!*first)
		*first = val | SET_WAY_THERE;
	sw->pc = pc;
	sw->when = now;
	sw->exits = vcpu->ctx.slow_exits;
	return same;
}

static enum sysreg_trap trap_set_way(struct arm_vcpu *vcpu, const struct sysreg *r,
				     const struct sysreg_access *a)
{
	struct cpu_set_way *sw = &vcpu->ctx.set_way;

	if (!a->is_write)
		return SYSREG_UNDEF;
	if (set_way_is_burst(vcpu, sysreg_access_get(vcpu, a)))
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

static enum sysreg_trap trap_sgi(struct arm_vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	if (!a->is_write || !gic_exists(vcpu->vm))
		return SYSREG_UNDEF;
	gic_send_sgi(vcpu, sysreg_access_get(vcpu, a), r->idx);
	return SYSREG_DONE;
}

/* Traps with the two-step end of interrupts. */
static enum sysreg_trap trap_dir(struct arm_vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	if (!a->is_write || !gic_exists(vcpu->vm))
		return SYSREG_UNDEF;
	cpu_fp_save(vcpu);
	gic_deactivate(vcpu, sysreg_access_get(vcpu, a));
	return SYSREG_DONE;
}

/* Those that trap together with ICC_DIR_EL1 on some CPUs. */
static enum sysreg_trap trap_icc(struct arm_vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	u64 val = a->is_write ? sysreg_access_get(vcpu, a) : 0;

	if (!gic_icc_trap(vcpu, r->idx, a->is_write, &val))
		return SYSREG_UNDEF;
	if (!a->is_write)
		sysreg_access_set(vcpu, a, val);
	return SYSREG_DONE;
}

/* System registers enabled, no IRQ or FIQ bypass; not to be changed. */
static enum sysreg_trap trap_sre(struct arm_vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	if (!gic_exists(vcpu->vm))
		return SYSREG_UNDEF;
	if (!a->is_write)
		sysreg_access_set(vcpu, a, 0x7);
	return SYSREG_DONE;
}

static enum sysreg_trap trap_oslar(struct arm_vcpu *vcpu, const struct sysreg *r,
				   const struct sysreg_access *a)
{
	u64 *oslsr = &vcpu->ctx.sys[CPU_OSLSR_EL1];

	if (!a->is_write)
		return SYSREG_UNDEF;
	*oslsr &= ~(u64)OSLSR_EL1_OSLK;
	if (sysreg_access_get(vcpu, a) & 1)
		*oslsr |= OSLSR_EL1_OSLK;
	return SYSREG_DONE;
}

static enum sysreg_trap trap_oslsr(struct arm_vcpu *vcpu, const struct sysreg *r,
				   const struct sysreg_access *a)
{
	if (a->is_write)
		return SYSREG_UNDEF;
	sysreg_access_set(vcpu, a, vcpu->ctx.sys[CPU_OSLSR_EL1]);
	return SYSREG_DONE;
}

static int set_oslsr(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val)
{
	if ((val & ~(u64)OSLSR_EL1_OSLK) != OSLSR_EL1_OSLM_IMPLEMENTED)
		return -EINVAL;
	vcpu->ctx.sys[CPU_OSLSR_EL1] = val;
	return 0;
}

/* MDCCINT_EL1: TX and RX. There is no channel behind them, so nothing comes of it. */
#define SYSREG_MDCCINT		(BIT(30) | BIT(29))

static enum sysreg_trap trap_mdccint(struct arm_vcpu *vcpu, const struct sysreg *r,
				     const struct sysreg_access *a)
{
	u64 *mdccint = &vcpu->ctx.sys[CPU_MDCCINT_EL1];

	if (a->is_write)
		*mdccint = sysreg_access_get(vcpu, a) & SYSREG_MDCCINT;
	else
		sysreg_access_set(vcpu, a, *mdccint);
	return SYSREG_DONE;
}

/* The kernel's own KVM gives out what the hardware had in it, which is anything in an emulator. */
static int set_mdccint(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val)
{
	vcpu->ctx.sys[CPU_MDCCINT_EL1] = val & SYSREG_MDCCINT;
	return 0;
}

static enum sysreg_trap trap_mdscr(struct arm_vcpu *vcpu, const struct sysreg *r,
				   const struct sysreg_access *a)
{
	u64 *mdscr = &vcpu->ctx.sys[CPU_MDSCR_EL1];

	if (!a->is_write) {
		sysreg_access_set(vcpu, a, *mdscr);
		return SYSREG_DONE;
	}
	*mdscr = sysreg_access_get(vcpu, a) & DEBUG_MDSCR_GUEST;
	return SYSREG_DONE;
}

static int set_mdscr(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val)
{
	if (val & ~DEBUG_MDSCR_GUEST)
		return -EINVAL;
	vcpu->ctx.sys[CPU_MDSCR_EL1] = val;
	return 0;
}

static u64 *debug_reg(struct arm_vcpu *vcpu, u32 enc)
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

static enum sysreg_trap trap_debug(struct arm_vcpu *vcpu, const struct sysreg *r,
				   const struct sysreg_access *a)
{
	u64 *reg = debug_reg(vcpu, a->enc);

	if (!reg)
		return SYSREG_UNDEF;
	if (a->is_write)
		*reg = sysreg_access_get(vcpu, a);
	else
		sysreg_access_set(vcpu, a, *reg);
	return SYSREG_DONE;
}

static u64 get_debug(struct arm_vcpu *vcpu, const struct sysreg *r)
{
	u64 *reg = debug_reg(vcpu, r->enc);

	return reg ? *reg : 0;
}

static int set_debug(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val)
{
	u64 *reg = debug_reg(vcpu, r->enc);

	if (!reg)
		return val ? -EINVAL : 0;
	*reg = val;
	return 0;
}

/* HCR_EL2.TID2: what holds on every CPU of the machine, or less, read-only. */
static enum sysreg_trap trap_fixed(struct arm_vcpu *vcpu, const struct sysreg *r,
				   const struct sysreg_access *a)
{
	if (a->is_write)
		return SYSREG_UNDEF;
	sysreg_access_set(vcpu, a, r->get(vcpu, r));
	return SYSREG_DONE;
}

/* To a guest they go with the MIDR_EL1 that it reads: this CPU's. */
static enum sysreg_trap trap_revidr(struct arm_vcpu *vcpu, const struct sysreg *r,
				    const struct sysreg_access *a)
{
	if (a->is_write)
		return SYSREG_UNDEF;
	sysreg_access_set(vcpu, a, read_sysreg(revidr_el1));
	return SYSREG_DONE;
}

static enum sysreg_trap trap_aidr(struct arm_vcpu *vcpu, const struct sysreg *r,
				  const struct sysreg_access *a)
{
	if (a->is_write)
		return SYSREG_UNDEF;
	sysreg_access_set(vcpu, a, read_sysreg(aidr_el1));
	return SYSREG_DONE;
}

/* HCR_EL2.TID2, where guests must not read the hardware's caches: they differ. */
static enum sysreg_trap trap_csselr(struct arm_vcpu *vcpu, const struct sysreg *r,
				    const struct sysreg_access *a)
{
	if (a->is_write)
		cpu_sys_write(vcpu, CPU_CSSELR_EL1, sysreg_access_get(vcpu, a));
	else
		sysreg_access_set(vcpu, a, cpu_sys_read(vcpu, CPU_CSSELR_EL1));
	return SYSREG_DONE;
}

static enum sysreg_trap trap_ccsidr(struct arm_vcpu *vcpu, const struct sysreg *r,
				    const struct sysreg_access *a)
{
	if (a->is_write)
		return SYSREG_UNDEF;
	sysreg_access_set(vcpu, a, cpu_idreg_ccsidr(vcpu->vm, cpu_sys_read(vcpu, CPU_CSSELR_EL1)));
	return SYSREG_DONE;
}

/* What a VMM sees is of one CPU, whichever it runs on. */
static u64 get_midr(struct arm_vcpu *vcpu, const struct sysreg *r)
{
	return machine.first.midr;
}

static u64 get_revidr(struct arm_vcpu *vcpu, const struct sysreg *r)
{
	return machine.first.revidr;
}

static u64 get_clidr(struct arm_vcpu *vcpu, const struct sysreg *r)
{
	return vcpu->vm->idregs.clidr;
}

static u64 get_aidr(struct arm_vcpu *vcpu, const struct sysreg *r)
{
	return machine.first.aidr;
}

static u64 get_ctr(struct arm_vcpu *vcpu, const struct sysreg *r)
{
	return vcpu->vm->idregs.ctr;
}

static int set_caches(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val)
{
	return cpu_idreg_set_caches(vcpu->vm, r->enc, val);
}

static u64 get_zero(struct arm_vcpu *vcpu, const struct sysreg *r)
{
	return 0;
}

static u64 get_mpidr(struct arm_vcpu *vcpu, const struct sysreg *r)
{
	return vcpu->ctx.mpidr;
}

static int set_mpidr(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val)
{
	/* affinities as PSCI and the GIC will compare them; before the first run */
	if ((val & ~(MPIDR_HWID_BITMASK | MPIDR_UP_BITMASK | MPIDR_MT_BITMASK)) != BIT(31))
		return -EINVAL;
	return affinity_set(vcpu, val);
}

/* Only where the physical count has an offset. Whether EL0 may, the guest's own trap says first. */
static enum sysreg_trap trap_timer(struct arm_vcpu *vcpu, const struct sysreg *r,
				   const struct sysreg_access *a)
{
	if (a->is_write && r->idx == TIMER_CNT)
		return SYSREG_UNDEF;
	if (a->is_write)
		timer_trap_write(vcpu, r->idx, sysreg_access_get(vcpu, a));
	else
		sysreg_access_set(vcpu, a, timer_trap_read(vcpu, r->idx));
	return SYSREG_DONE;
}

/* Guests read it often: at once. */
static noinstr enum sysreg_trap trap_count(struct arm_vcpu *vcpu, const struct sysreg *r,
					   const struct sysreg_access *a)
{
	if (!a->is_fast || a->is_write)
		return a->is_fast ? SYSREG_SLOW : trap_timer(vcpu, r, a);
	isb();
	sysreg_access_set(vcpu, a, read_sysreg(cntpct_el0) - vcpu->timer.poffset);
	return SYSREG_DONE;
}

/* MDCR_EL2.TPM and TPMCR. Undefined without the feature. */
static enum sysreg_trap trap_pmu(struct arm_vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a)
{
	u64 val = a->is_write ? sysreg_access_get(vcpu, a) : 0;

	cpu_fp_save(vcpu);
	if (!pmu_trap(vcpu, r->idx, a->is_write, &val))
		return SYSREG_UNDEF;
	if (!a->is_write)
		sysreg_access_set(vcpu, a, val);
	return SYSREG_DONE;
}

static u64 get_pmu(struct arm_vcpu *vcpu, const struct sysreg *r)
{
	return pmu_get_reg(vcpu, r->idx);
}

static int set_pmu(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val)
{
	pmu_set_reg(vcpu, r->idx, val);
	return 0;
}

#define SYSREG_PMU(reg) \
	.flags = SYSREG_LISTED, .idx = (reg), .feature = KVM_ARM_VCPU_PMU_V3, .trap = trap_pmu, \
	.get = get_pmu, .set = set_pmu
#define SYSREG_PMU_CNTR(n)	{ .enc = SYS_PMEVCNTRn_EL0(n), SYSREG_PMU(PMU_CNTR + (n)) }
#define SYSREG_PMU_TYPE(n)	{ .enc = SYS_PMEVTYPERn_EL0(n), SYSREG_PMU(PMU_TYPE + (n)) }
#define SYSREG_PMU_EACH(X)						\
	X(0), X(1), X(2), X(3), X(4), X(5), X(6), X(7), X(8), X(9),	\
	X(10), X(11), X(12), X(13), X(14), X(15), X(16), X(17), X(18), X(19), \
	X(20), X(21), X(22), X(23), X(24), X(25), X(26), X(27), X(28), X(29), X(30)

static u64 get_key(struct arm_vcpu *vcpu, const struct sysreg *r)
{
	return vcpu->ctx.keys[r->idx];
}

static int set_key(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val)
{
	vcpu->ctx.keys[r->idx] = val;
	return 0;
}

/* They trap (HCR_EL2.APK) from a guest without the feature only, for which they are undefined. */
#define SYSREG_KEY(n, which)							\
	{ .enc = SYS_##which##KEYLO_EL1, .flags = SYSREG_LISTED, .idx = 2 * (n),	\
	  .feature = KVM_ARM_VCPU_PTRAUTH_ADDRESS, .get = get_key, .set = set_key },	\
	{ .enc = SYS_##which##KEYHI_EL1, .flags = SYSREG_LISTED, .idx = 2 * (n) + 1,	\
	  .feature = KVM_ARM_VCPU_PTRAUTH_ADDRESS, .get = get_key, .set = set_key }

/* What is undefined for guests is listed where the kernel's own KVM lists it: VMMs bring it along. */
#define SYSREG_ABSENT	(COMPAT_LISTS_ABSENT ? SYSREG_LISTED : 0)

#define SYSREG_DEBUG_ONE(n, op2) \
	{ .enc = sys_reg(2, 0, 0, n, op2), .flags = SYSREG_LISTED, .trap = trap_debug, \
	  .get = get_debug, .set = set_debug }
#define SYSREG_DEBUG(n)						\
	SYSREG_DEBUG_ONE(n, 4), SYSREG_DEBUG_ONE(n, 5),		\
	SYSREG_DEBUG_ONE(n, 6), SYSREG_DEBUG_ONE(n, 7)

const struct sysreg sysreg_table[] = {
	{ .enc = SYS_DC_ISW, .trap = trap_set_way },
	{ .enc = SYS_DC_CSW, .trap = trap_set_way },
	{ .enc = SYS_DC_CISW, .trap = trap_set_way },
	{ .enc = SYS_OSDTRRX_EL1, .trap = trap_raz_wi },
	SYSREG_DEBUG(0),
	SYSREG_DEBUG(1),
	{ .enc = SYS_MDCCINT_EL1, .flags = SYSREG_LISTED, .idx = CPU_MDCCINT_EL1,
	  .trap = trap_mdccint, .set = set_mdccint },
	{ .enc = SYS_MDSCR_EL1, .flags = SYSREG_LISTED, .idx = CPU_MDSCR_EL1, .trap = trap_mdscr,
	  .set = set_mdscr },
	SYSREG_DEBUG(2),
	{ .enc = SYS_OSDTRTX_EL1, .trap = trap_raz_wi },
	SYSREG_DEBUG(3),
	SYSREG_DEBUG(4),
	SYSREG_DEBUG(5),
	{ .enc = SYS_OSECCR_EL1, .trap = trap_raz_wi },
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
	{ .enc = SYS_MDRAR_EL1, .trap = trap_raz_wi },
	{ .enc = SYS_OSLAR_EL1, .trap = trap_oslar },
	{ .enc = SYS_OSLSR_EL1, .flags = SYSREG_LISTED, .idx = CPU_OSLSR_EL1,
	  .reset = OSLSR_EL1_OSLM_IMPLEMENTED, .trap = trap_oslsr, .set = set_oslsr },
	{ .enc = SYS_OSDLR_EL1, .trap = trap_raz_wi },
	{ .enc = SYS_DBGPRCR_EL1, .trap = trap_raz_wi },
	{ .enc = SYS_DBGCLAIMSET_EL1, .trap = trap_raz_wi },
	{ .enc = SYS_DBGCLAIMCLR_EL1, .trap = trap_raz_wi },
	{ .enc = SYS_DBGAUTHSTATUS_EL1, .trap = trap_raz },
	{ .enc = SYS_MDCCSR_EL0, .trap = trap_raz },
	{ .enc = SYS_DBGDTR_EL0, .trap = trap_raz_wi },
	{ .enc = SYS_DBGDTRRX_EL0, .trap = trap_raz_wi },
	{ .enc = SYS_DBGVCR32_EL2, .flags = SYSREG_LISTED, .idx = CPU_DBGVCR32_EL2 },
	{ .enc = SYS_MIDR_EL1, .flags = SYSREG_LISTED | SYSREG_FIXED, .get = get_midr },
	{ .enc = SYS_MPIDR_EL1, .flags = SYSREG_LISTED, .get = get_mpidr, .set = set_mpidr },
	{ .enc = SYS_REVIDR_EL1, .flags = SYSREG_LISTED | SYSREG_FIXED, .trap = trap_revidr,
	  .get = get_revidr },
	{ .enc = SYS_SCTLR_EL1, .flags = SYSREG_LISTED | SYSREG_FAST, .idx = CPU_SCTLR_EL1,
	  .reset = SYSREG_SCTLR_RESET, .trap = trap_sctlr },
	{ .enc = SYS_ACTLR_EL1, .flags = SYSREG_LISTED | SYSREG_FIXED, .trap = trap_raz_wi,
	  .get = get_zero },
	{ .enc = SYS_CPACR_EL1, .flags = SYSREG_LISTED, .idx = CPU_CPACR_EL1 },
	{ .enc = SYS_ZCR_EL1, .flags = SYSREG_LISTED, .idx = CPU_ZCR_EL1,
	  .feature = KVM_ARM_VCPU_SVE },
	{ .enc = SYS_TTBR0_EL1, .flags = SYSREG_LISTED | SYSREG_FAST, .idx = CPU_TTBR0_EL1,
	  .trap = trap_vm },
	{ .enc = SYS_TTBR1_EL1, .flags = SYSREG_LISTED | SYSREG_FAST, .idx = CPU_TTBR1_EL1,
	  .trap = trap_vm },
	{ .enc = SYS_TCR_EL1, .flags = SYSREG_LISTED | SYSREG_FAST, .idx = CPU_TCR_EL1,
	  .trap = trap_tcr, .set = set_tcr },
	{ .enc = SYS_TCR2_EL1, .flags = SYSREG_ABSENT, .idx = CPU_TCR2_EL1 },
	SYSREG_KEY(0, APIA),
	SYSREG_KEY(1, APIB),
	SYSREG_KEY(2, APDA),
	SYSREG_KEY(3, APDB),
	SYSREG_KEY(4, APGA),
	{ .enc = SYS_ICC_PMR_EL1, .idx = GIC_ICC_PMR, .trap = trap_icc },
	{ .enc = SYS_AFSR0_EL1, .flags = SYSREG_LISTED | SYSREG_FAST, .idx = CPU_AFSR0_EL1,
	  .trap = trap_vm },
	{ .enc = SYS_AFSR1_EL1, .flags = SYSREG_LISTED | SYSREG_FAST, .idx = CPU_AFSR1_EL1,
	  .trap = trap_vm },
	{ .enc = SYS_ESR_EL1, .flags = SYSREG_LISTED | SYSREG_FAST, .idx = CPU_ESR_EL1, .trap = trap_vm },
	{ .enc = SYS_ERRIDR_EL1, .trap = trap_err },
	{ .enc = SYS_ERRSELR_EL1, .trap = trap_err },
	{ .enc = SYS_ERXFR_EL1, .trap = trap_err },
	{ .enc = SYS_ERXCTLR_EL1, .trap = trap_err },
	{ .enc = SYS_ERXSTATUS_EL1, .trap = trap_err },
	{ .enc = SYS_ERXADDR_EL1, .trap = trap_err },
	{ .enc = SYS_ERXMISC0_EL1, .trap = trap_err },
	{ .enc = SYS_ERXMISC1_EL1, .trap = trap_err },
	{ .enc = SYS_FAR_EL1, .flags = SYSREG_LISTED | SYSREG_FAST, .idx = CPU_FAR_EL1, .trap = trap_vm },
	{ .enc = SYS_PAR_EL1, .flags = SYSREG_LISTED, .idx = CPU_PAR_EL1 },
	{ .enc = SYS_PMINTENSET_EL1, SYSREG_PMU(PMU_INTENSET) },
	{ .enc = SYS_PMINTENCLR_EL1, SYSREG_PMU(PMU_INTENCLR) },
	{ .enc = SYS_PMMIR_EL1, .idx = PMU_MMIR, .trap = trap_pmu },
	{ .enc = SYS_MAIR_EL1, .flags = SYSREG_LISTED | SYSREG_FAST, .idx = CPU_MAIR_EL1,
	  .trap = trap_vm },
	{ .enc = SYS_PIRE0_EL1, .flags = SYSREG_ABSENT, .idx = CPU_PIRE0_EL1 },
	{ .enc = SYS_PIR_EL1, .flags = SYSREG_ABSENT, .idx = CPU_PIR_EL1 },
	{ .enc = SYS_AMAIR_EL1, .flags = SYSREG_LISTED | SYSREG_FAST, .idx = CPU_AMAIR_EL1,
	  .trap = trap_vm },
	{ .enc = SYS_LORSA_EL1, .trap = trap_lor },
	{ .enc = SYS_LOREA_EL1, .trap = trap_lor },
	{ .enc = SYS_LORN_EL1, .trap = trap_lor },
	{ .enc = SYS_LORC_EL1, .trap = trap_lor },
	{ .enc = SYS_LORID_EL1, .trap = trap_lor },
	{ .enc = SYS_VBAR_EL1, .flags = SYSREG_LISTED, .idx = CPU_VBAR_EL1 },
	{ .enc = SYS_DISR_EL1, .flags = SYSREG_LISTED, .idx = CPU_DISR_EL1 },
	{ .enc = SYS_ICC_DIR_EL1, .trap = trap_dir },
	{ .enc = SYS_ICC_RPR_EL1, .idx = GIC_ICC_RPR, .trap = trap_icc },
	{ .enc = SYS_ICC_SGI1R_EL1, .flags = SYSREG_BRIEF, .idx = 1, .trap = trap_sgi },
	{ .enc = SYS_ICC_ASGI1R_EL1, .flags = SYSREG_BRIEF, .trap = trap_sgi },
	{ .enc = SYS_ICC_SGI0R_EL1, .flags = SYSREG_BRIEF, .trap = trap_sgi },
	{ .enc = SYS_ICC_CTLR_EL1, .idx = GIC_ICC_CTLR, .trap = trap_icc },
	{ .enc = SYS_ICC_SRE_EL1, .trap = trap_sre },
	{ .enc = SYS_CONTEXTIDR_EL1, .flags = SYSREG_LISTED | SYSREG_FAST, .idx = CPU_CONTEXTIDR_EL1,
	  .trap = trap_vm },
	{ .enc = SYS_TPIDR_EL1, .flags = SYSREG_LISTED, .idx = CPU_TPIDR_EL1 },
	{ .enc = SYS_CNTKCTL_EL1, .flags = SYSREG_LISTED, .idx = CPU_CNTKCTL_EL1 },
	{ .enc = SYS_CCSIDR_EL1, .trap = trap_ccsidr },
	{ .enc = SYS_CLIDR_EL1, .flags = SYSREG_LISTED, .trap = trap_fixed, .get = get_clidr,
	  .set = set_caches },
	{ .enc = SYS_AIDR_EL1, .flags = SYSREG_LISTED | SYSREG_FIXED, .trap = trap_aidr,
	  .get = get_aidr },
	{ .enc = SYS_CSSELR_EL1, .flags = SYSREG_LISTED, .idx = CPU_CSSELR_EL1, .trap = trap_csselr },
	{ .enc = SYS_CTR_EL0, .flags = SYSREG_LISTED, .trap = trap_fixed, .get = get_ctr,
	  .set = set_caches },
	{ .enc = SYS_PMCR_EL0, SYSREG_PMU(PMU_PMCR) },
	{ .enc = SYS_PMCNTENSET_EL0, SYSREG_PMU(PMU_CNTENSET) },
	{ .enc = SYS_PMCNTENCLR_EL0, SYSREG_PMU(PMU_CNTENCLR) },
	{ .enc = SYS_PMOVSCLR_EL0, SYSREG_PMU(PMU_OVSCLR) },
	{ .enc = SYS_PMSWINC_EL0, SYSREG_PMU(PMU_SWINC) },
	{ .enc = SYS_PMSELR_EL0, SYSREG_PMU(PMU_SELR) },
	{ .enc = SYS_PMCEID0_EL0, .idx = PMU_CEID0, .trap = trap_pmu },
	{ .enc = SYS_PMCEID1_EL0, .idx = PMU_CEID1, .trap = trap_pmu },
	{ .enc = SYS_PMCCNTR_EL0, SYSREG_PMU(PMU_CNTR + PMU_CYCLES) },
	{ .enc = SYS_PMXEVTYPER_EL0, .idx = PMU_XEVTYPER, .trap = trap_pmu },
	{ .enc = SYS_PMXEVCNTR_EL0, .idx = PMU_XEVCNTR, .trap = trap_pmu },
	{ .enc = SYS_PMUSERENR_EL0, SYSREG_PMU(PMU_USERENR) },
	{ .enc = SYS_PMOVSSET_EL0, SYSREG_PMU(PMU_OVSSET) },
	{ .enc = SYS_TPIDR_EL0, .flags = SYSREG_LISTED, .idx = CPU_TPIDR_EL0 },
	{ .enc = SYS_TPIDRRO_EL0, .flags = SYSREG_LISTED, .idx = CPU_TPIDRRO_EL0 },
	{ .enc = SYS_CNTPCT_EL0, .flags = SYSREG_FAST, .idx = TIMER_CNT, .trap = trap_count },
	{ .enc = SYS_CNTP_TVAL_EL0, .idx = TIMER_TVAL, .trap = trap_timer },
	{ .enc = SYS_CNTP_CTL_EL0, .idx = TIMER_CTL, .trap = trap_timer },
	{ .enc = SYS_CNTP_CVAL_EL0, .idx = TIMER_CVAL, .trap = trap_timer },
	SYSREG_PMU_EACH(SYSREG_PMU_CNTR),
	SYSREG_PMU_EACH(SYSREG_PMU_TYPE),
	{ .enc = SYS_PMCCFILTR_EL0, SYSREG_PMU(PMU_TYPE + PMU_CYCLES) },
	{ .enc = SYS_DACR32_EL2, .flags = SYSREG_LISTED, .idx = CPU_DACR32_EL2 },
	{ .enc = SYS_IFSR32_EL2, .flags = SYSREG_LISTED, .idx = CPU_IFSR32_EL2 },
	{ .enc = SYS_FPEXC32_EL2, .flags = SYSREG_LISTED, .idx = CPU_FPEXC32_EL2,
	  .reset = SYSREG_FPEXC32_RESET },
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

bool sysreg_is_listed(const struct arm_vcpu *vcpu, const struct sysreg *r)
{
	return (r->flags & SYSREG_LISTED) &&
	       (!r->feature || (vcpu->ctx.features & BIT(r->feature)));
}

u64 sysreg_get(struct arm_vcpu *vcpu, const struct sysreg *r)
{
	lockdep_assert_held(&vcpu->base.mutex);
	return r->get ? r->get(vcpu, r) : vcpu->ctx.sys[r->idx];
}

int sysreg_set(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val)
{
	lockdep_assert_held(&vcpu->base.mutex);
	if (r->flags & SYSREG_FIXED)
		return val == sysreg_get(vcpu, r) ? 0 : -EINVAL;
	if (r->set)
		return r->set(vcpu, r, val);
	vcpu->ctx.sys[r->idx] = val;
	return 0;
}

void cpu_sysreg_reset(struct arm_vcpu *vcpu)
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
