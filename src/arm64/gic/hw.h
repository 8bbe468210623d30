/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine's virtual CPU interface. Private to gic/.
 */
#ifndef TABULA_GIC_HW_H
#define TABULA_GIC_HW_H

#include "gic.h"

/* ICH_HCR_EL2, IHI 0069 12.4.5. */
#define GIC_HCR_EN		(1U << 0)
#define GIC_HCR_LRENPIE		(1U << 2)	/* an interrupt without list register ended */
#define GIC_HCR_NPIE		(1U << 3)	/* no list register is pending */
#define GIC_HCR_TC		(1U << 10)	/* trap registers common to both groups */
#define GIC_HCR_TALL0		(1U << 11)	/* trap group 0 registers */
#define GIC_HCR_TALL1		(1U << 12)	/* trap group 1 registers */
#define GIC_HCR_TDIR		(1U << 14)	/* trap ICC_DIR_EL1 */
#define GIC_HCR_EOICOUNT_SHIFT	27

/* ICH_VMCR_EL2, IHI 0069 12.4.8. */
#define GIC_VMCR_ENG0		(1U << 0)
#define GIC_VMCR_ENG1		(1U << 1)
#define GIC_VMCR_FIQEN		(1U << 3)
#define GIC_VMCR_CBPR		(1U << 4)
#define GIC_VMCR_EOIM		(1U << 9)
#define GIC_VMCR_BPR1_SHIFT	18
#define GIC_VMCR_BPR0_SHIFT	21
#define GIC_VMCR_BPR_MASK	7U
#define GIC_VMCR_PMR_SHIFT	24

/**
 * struct gic_hw - what the machine has, read once
 * @present: gic_hw_init() succeeded
 * @nr_lrs: list registers, 1..16
 * @nr_aprs: active priority registers per group: 1, 2 or 4
 * @pri_bits: implemented virtual priority bits, 5..8
 * @id_bits: ICH_VTR_EL2.IDbits as it stands there
 * @seis: ICH_VTR_EL2.SEIS
 * @a3v: affinity 3 may be non-zero
 * @tdir: ICC_DIR_EL1 can be trapped alone (FEAT_GICv3_TDIR)
 */
struct gic_hw {
	bool present;
	u8 nr_lrs;
	u8 nr_aprs;
	u8 pri_bits;
	u8 id_bits;
	bool seis;
	bool a3v;
	bool tdir;
};

extern struct gic_hw gic_hw;

/**
 * gic_hw_load - VMCR, active priorities and ICH_HCR into the registers
 * @cpu: whose; preemption off
 *
 * ICC_SRE_EL2.Enable is cleared until gic_hw_put(): EL1 accesses to ICC_SRE_EL1 trap.
 * The virtual CPU interface stays off until gic_flush() has written the list registers.
 */
void gic_hw_load(struct gic_cpu *cpu);

/**
 * gic_hw_put - and back; the virtual CPU interface is off afterwards
 * @cpu: whose; preemption off
 */
void gic_hw_put(struct gic_cpu *cpu);

/**
 * gic_hw_vmcr - ICH_VMCR_EL2 as it is now
 *
 * Return: the register.
 */
u32 gic_hw_vmcr(void);

/**
 * gic_hw_write_hcr - set ICH_HCR_EL2 where it differs
 * @cpu: loaded here
 * @hcr: new value
 */
void gic_hw_write_hcr(struct gic_cpu *cpu, u32 hcr);

/**
 * gic_hw_eoicount - ends of interrupts that had no list register
 *
 * Return: ICH_HCR_EL2.EOIcount, 0..31.
 */
unsigned int gic_hw_eoicount(void);

/**
 * gic_hw_write_lrs - write list registers [0, n) and empty the rest
 * @lr: values
 * @n: how many; IRQs off
 *
 * Writes no register when there is nothing in any and @n is 0.
 */
void gic_hw_write_lrs(const u64 *lr, unsigned int n);

/**
 * gic_hw_read_lrs - read list registers [0, n)
 * @lr: values
 * @n: how many
 */
void gic_hw_read_lrs(u64 *lr, unsigned int n);

/**
 * gic_phys_follow - make the physical active state that of the virtual GIC
 * @irq: mapped, its pool not locked; nothing happens when its vCPU is not loaded on
 *	this CPU: the timer does it at the next load
 */
void gic_phys_follow(struct gic_irq *irq);

#endif
