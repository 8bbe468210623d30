/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupt controllers of a VM.
 */
#ifndef TABULA_X86_IRQ_H
#define TABULA_X86_IRQ_H

#include <linux/types.h>

struct chip;
struct tick;

/* Who has them. */
enum irq_kind {
	IRQ_VMM,	/* the VMM, all of them */
	IRQ_KERNEL,	/* the kernel */
	IRQ_SPLIT,	/* local APICs are in the kernel, I/O APIC and PIC the VMM's */
};

/**
 * struct x86_irq - interrupt controllers of a VM
 * @kind: who has them; changes at most once, before there is a vCPU
 * @chip: I/O APIC and PIC, with IRQ_KERNEL; else NULL
 * @tick: the PIT, if it is in the kernel; there from some time on
 * @boot_id: the bootstrap processor's number
 * @reserved: with IRQ_SPLIT: routes of GSIs below are pins of the VMM's I/O APIC
 * @cycle_ns: a cycle of the local APICs' bus; 0: 1, as without KVM_CAP_X86_APIC_BUS_CYCLES_NS
 * @wide_ids: KVM_X2APIC_API_USE_32BIT_IDS
 * @exact_ff: KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK
 */
struct x86_irq {
	enum irq_kind kind;
	struct chip *chip;
	struct tick *tick;
	u32 boot_id;
	u32 reserved;
	u32 cycle_ns;
	bool wide_ids;
	bool exact_ff;
};

#endif
