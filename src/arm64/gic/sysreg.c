// SPDX-License-Identifier: GPL-2.0
/*
 * ICC_* registers of a vCPU that is not in the guest, as the VMM saves and restores
 * them, and as it accesses them itself where they trap: views of ICH_VMCR_EL2 and the
 * active priorities. IHI 0069, 12.2 and 12.4.8.
 */
#include <linux/errno.h>

#include "../vm.h"
#include "hw.h"
#include "sysreg.h"

/* As the attribute packs it: arm-vgic-v3.rst. */
#define GIC_INSTR(crn, crm, op2)	((3 << 14) | (0 << 11) | ((crn) << 7) | ((crm) << 3) | (op2))

#define ICC_PMR			GIC_INSTR(4, 6, 0)
#define ICC_BPR0		GIC_INSTR(12, 8, 3)
#define ICC_AP0R(n)		GIC_INSTR(12, 8, 4 | (n))
#define ICC_AP1R(n)		GIC_INSTR(12, 9, (n))
#define ICC_BPR1		GIC_INSTR(12, 12, 3)
#define ICC_CTLR		GIC_INSTR(12, 12, 4)
#define ICC_SRE			GIC_INSTR(12, 12, 5)
#define ICC_IGRPEN0		GIC_INSTR(12, 12, 6)
#define ICC_IGRPEN1		GIC_INSTR(12, 12, 7)

#define ICC_CTLR_CBPR		(1U << 0)
#define ICC_CTLR_EOIMODE	(1U << 1)
#define ICC_CTLR_PRIBITS_SHIFT	8
#define ICC_CTLR_IDBITS_SHIFT	11
#define ICC_CTLR_SEIS		(1U << 14)
#define ICC_CTLR_A3V		(1U << 15)
#define ICC_SRE_SRE		(1U << 0)
#define ICC_SRE_ALL		7U	/* SRE, DFB, DIB: no bypass, no memory-mapped interface */

static void gic_vmcr_put(struct gic_cpu *cpu, u32 mask, bool on)
{
	cpu->vmcr = on ? cpu->vmcr | mask : cpu->vmcr & ~mask;
}

static u32 gic_bpr(const struct gic_cpu *cpu, unsigned int shift)
{
	return (cpu->vmcr >> shift) & GIC_VMCR_BPR_MASK;
}

static void gic_set_bpr(struct gic_cpu *cpu, unsigned int shift, u64 val)
{
	cpu->vmcr &= ~(GIC_VMCR_BPR_MASK << shift);
	cpu->vmcr |= (val & GIC_VMCR_BPR_MASK) << shift;
}

static u64 gic_get_ctlr(const struct gic_cpu *cpu)
{
	u64 val = (gic_hw.pri_bits - 1) << ICC_CTLR_PRIBITS_SHIFT |
		  gic_hw.id_bits << ICC_CTLR_IDBITS_SHIFT;

	if (gic_hw.seis)
		val |= ICC_CTLR_SEIS;
	if (gic_hw.a3v)
		val |= ICC_CTLR_A3V;
	if (cpu->vmcr & GIC_VMCR_CBPR)
		val |= ICC_CTLR_CBPR;
	if (cpu->vmcr & GIC_VMCR_EOIM)
		val |= ICC_CTLR_EOIMODE;
	return val;
}

/* A guest that was saved elsewhere may have seen less than there is here, not more. */
static int gic_set_ctlr(struct gic_cpu *cpu, u64 val)
{
	if (((val >> ICC_CTLR_PRIBITS_SHIFT) & 7) + 1 > gic_hw.pri_bits ||
	    ((val >> ICC_CTLR_IDBITS_SHIFT) & 7) > gic_hw.id_bits ||
	    !!(val & ICC_CTLR_SEIS) != gic_hw.seis || !!(val & ICC_CTLR_A3V) != gic_hw.a3v)
		return -EINVAL;
	gic_vmcr_put(cpu, GIC_VMCR_CBPR, val & ICC_CTLR_CBPR);
	gic_vmcr_put(cpu, GIC_VMCR_EOIM, val & ICC_CTLR_EOIMODE);
	return 0;
}

/* With one binary point for both groups, group 1's is group 0's plus one. */
static u64 gic_get_bpr1(const struct gic_cpu *cpu)
{
	u32 bpr0 = gic_bpr(cpu, GIC_VMCR_BPR0_SHIFT);

	if (!(cpu->vmcr & GIC_VMCR_CBPR))
		return gic_bpr(cpu, GIC_VMCR_BPR1_SHIFT);
	return bpr0 < GIC_VMCR_BPR_MASK ? bpr0 + 1 : GIC_VMCR_BPR_MASK;
}

/* Active priorities: registers beyond those implemented read as zero. */
static bool gic_apr_index(u32 instr, unsigned int *group, unsigned int *n)
{
	switch (instr) {
	case ICC_AP0R(0) ... ICC_AP0R(3):
		*group = 0;
		break;
	case ICC_AP1R(0) ... ICC_AP1R(3):
		*group = 1;
		break;
	default:
		return false;
	}
	*n = instr & 3;
	return true;
}

int gic_sysreg_get(const struct gic_cpu *cpu, u32 instr, u64 *val)
{
	unsigned int group, n;

	if (gic_apr_index(instr, &group, &n)) {
		*val = n < gic_hw.nr_aprs ? cpu->apr[group][n] : 0;
		return 0;
	}
	switch (instr) {
	case ICC_PMR:
		*val = cpu->vmcr >> GIC_VMCR_PMR_SHIFT;
		return 0;
	case ICC_BPR0:
		*val = gic_bpr(cpu, GIC_VMCR_BPR0_SHIFT);
		return 0;
	case ICC_BPR1:
		*val = gic_get_bpr1(cpu);
		return 0;
	case ICC_CTLR:
		*val = gic_get_ctlr(cpu);
		return 0;
	case ICC_SRE:
		*val = ICC_SRE_ALL;
		return 0;
	case ICC_IGRPEN0:
		*val = !!(cpu->vmcr & GIC_VMCR_ENG0);
		return 0;
	case ICC_IGRPEN1:
		*val = !!(cpu->vmcr & GIC_VMCR_ENG1);
		return 0;
	}
	return -ENXIO;
}

int gic_sysreg_set(struct gic_cpu *cpu, u32 instr, u64 val)
{
	unsigned int group, n;

	if (gic_apr_index(instr, &group, &n)) {
		if (n < gic_hw.nr_aprs)
			cpu->apr[group][n] = val;
		return 0;
	}
	switch (instr) {
	case ICC_PMR:
		cpu->vmcr &= ~(0xffU << GIC_VMCR_PMR_SHIFT);
		cpu->vmcr |= (u32)(val & 0xff) << GIC_VMCR_PMR_SHIFT;
		return 0;
	case ICC_BPR0:
		gic_set_bpr(cpu, GIC_VMCR_BPR0_SHIFT, val);
		return 0;
	case ICC_BPR1:
		if (!(cpu->vmcr & GIC_VMCR_CBPR))
			gic_set_bpr(cpu, GIC_VMCR_BPR1_SHIFT, val);
		return 0;
	case ICC_CTLR:
		return gic_set_ctlr(cpu, val);
	case ICC_SRE:
		return val & ICC_SRE_SRE ? 0 : -EINVAL;
	case ICC_IGRPEN0:
		gic_vmcr_put(cpu, GIC_VMCR_ENG0, val & 1);
		return 0;
	case ICC_IGRPEN1:
		gic_vmcr_put(cpu, GIC_VMCR_ENG1, val & 1);
		return 0;
	}
	return -ENXIO;
}

/* The highest of the active priorities, in steps of what pre-emption can tell apart. */
static u64 gic_get_rpr(const struct gic_cpu *cpu)
{
	unsigned int n;
	u32 active;

	for (n = 0; n < gic_hw.nr_aprs; n++) {
		active = cpu->apr[0][n] | cpu->apr[1][n];
		if (active)
			return (n * 32 + __ffs(active)) * 8 / gic_hw.nr_aprs;
	}
	return 0xff;
}

static void gic_icc_access(struct gic_cpu *cpu, enum gic_icc reg, bool is_write, u64 *val)
{
	if (reg == GIC_ICC_RPR) {
		*val = gic_get_rpr(cpu);
	} else if (!is_write) {
		gic_sysreg_get(cpu, reg == GIC_ICC_PMR ? ICC_PMR : ICC_CTLR, val);
	} else if (reg == GIC_ICC_PMR) {
		gic_sysreg_set(cpu, ICC_PMR, *val);
	} else {
		gic_vmcr_put(cpu, GIC_VMCR_CBPR, *val & ICC_CTLR_CBPR);
		gic_vmcr_put(cpu, GIC_VMCR_EOIM, *val & ICC_CTLR_EOIMODE);
	}
}

bool gic_icc_trap(struct arm_vcpu *vcpu, enum gic_icc reg, bool is_write, u64 *val)
{
	struct gic_cpu *cpu = &vcpu->gic;
	bool loaded;

	if (!cpu->attached || (is_write && reg == GIC_ICC_RPR))
		return false;
	preempt_disable();
	loaded = cpu->loaded && arm_vcpu_here() == vcpu;
	if (loaded)
		gic_put(vcpu);
	gic_icc_access(cpu, reg, is_write, val);
	if (loaded)
		gic_load(vcpu);
	preempt_enable();
	return true;
}
