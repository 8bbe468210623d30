/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers of a local APIC, by their offset in the page. Private to lapic/.
 */
#ifndef TABULA_LAPIC_REGS_H
#define TABULA_LAPIC_REGS_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "lapic.h"

#define REG_ID		0x020
#define REG_VERSION	0x030
#define REG_TPR		0x080
#define REG_APR		0x090
#define REG_PPR		0x0a0
#define REG_EOI		0x0b0
#define REG_RRR		0x0c0
#define REG_LDR		0x0d0
#define REG_DFR		0x0e0
#define REG_SPIV	0x0f0
#define REG_ISR		0x100	/* eight of each */
#define REG_TMR		0x180
#define REG_IRR		0x200
#define REG_ESR		0x280
#define REG_ICR		0x300
#define REG_ICR2	0x310
#define REG_LVT		0x320	/* by enum lapic_local */
#define REG_TMICT	0x380
#define REG_TMCCT	0x390
#define REG_TDCR	0x3e0
#define REG_SELF	0x3f0	/* x2APIC only */

#define VERSION		(0x14 | (LAPIC_LOCALS - 1) << 16)
#define SPIV_ENABLED	BIT(8)
#define SPIV_BITS	0x3ffU
#define DFR_FLAT	0xffffffffU
#define DFR_ONES	0x0fffffffU
#define TDCR_BITS	0xbU

#define LVT_VECTOR	0xffU
#define LVT_MODE_SHIFT	8
#define LVT_LEVEL	BIT(15)
#define LVT_MASKED	BIT(16)
#define LVT_TIMER	(3U << 17)
#define LVT_TIMER_ONCE	(0U << 17)
#define LVT_TIMER_AGAIN	(1U << 17)
#define LVT_TIMER_TSC	(2U << 17)
#define LVT_READ_ONLY	(BIT(12) | BIT(14))	/* delivery status, remote IRR */

#define ICR_MODE_SHIFT	8
#define ICR_LOGICAL	BIT(11)
#define ICR_BUSY	BIT(12)
#define ICR_ASSERT	BIT(14)
#define ICR_LEVEL	BIT(15)
#define ICR_SHORT_SHIFT	18
#define ICR_BITS	0x000ccfffU

/**
 * reg() - what a register holds
 * @a: the local APIC; any context
 * @offset: in the page
 *
 * Return: the value.
 */
static inline u32 reg(const struct lapic *a, u32 offset)
{
	return READ_ONCE(a->regs[offset >> 2]);
}

/**
 * set_reg() - change a register
 * @a: the local APIC
 * @offset: in the page
 * @val: the value
 */
static inline void set_reg(struct lapic *a, u32 offset, u32 val)
{
	WRITE_ONCE(a->regs[offset >> 2], val);
}

/**
 * reg_lvt() - where a local interrupt's register is
 * @which: the local interrupt
 *
 * Return: its offset in the page.
 */
static inline u32 reg_lvt(enum lapic_local which)
{
	return REG_LVT + which * 0x10;
}

/**
 * vector_word() - where a vector's bit is, and 32 others
 * @a: the local APIC
 * @offset: the first of eight registers
 * @vector: bit @vector & 31 of the word
 *
 * Return: the word; its upper half is between registers and is 0.
 */
static inline unsigned long *vector_word(struct lapic *a, u32 offset, u8 vector)
{
	return &a->words[(offset >> 3) + (vector >> 5) * 2];
}

/**
 * vector_is_set() - look at a vector's bit
 * @a: the local APIC
 * @offset: the first of eight registers
 * @vector: which
 *
 * Return: true if it is set.
 */
static inline bool vector_is_set(const struct lapic *a, u32 offset, u8 vector)
{
	return reg(a, offset + (vector >> 5) * 0x10) & 1U << (vector & 31);
}

/**
 * vector_highest() - the highest bit of eight registers
 * @a: the local APIC
 * @offset: the first of them
 *
 * Return: the vector; -1: none.
 */
static inline int vector_highest(const struct lapic *a, u32 offset)
{
	int i;
	u32 w;

	/* none, mostly */
	if (!(reg(a, offset) | reg(a, offset + 0x10) | reg(a, offset + 0x20) | reg(a, offset + 0x30) |
	      reg(a, offset + 0x40) | reg(a, offset + 0x50) | reg(a, offset + 0x60) | reg(a, offset + 0x70)))
		return -1;
	for (i = 7; i >= 0; i--) {
		w = reg(a, offset + i * 0x10);
		if (w)
			return i * 32 + (int)__fls(w);
	}
	return -1;
}

/**
 * lapic_software_on() - is it enabled by SPIV, and by MSR 1b?
 * @a: the local APIC; any context
 *
 * Return: true if so.
 */
static inline bool lapic_software_on(const struct lapic *a)
{
	return lapic_is_on(a) && (reg(a, REG_SPIV) & SPIV_ENABLED);
}

/**
 * lapic_read_reg() - what the guest reads in a register
 * @a: the local APIC
 * @offset: of one that is read in this mode
 *
 * Return: the value.
 */
u32 lapic_read_reg(struct lapic *a, u32 offset);

/**
 * lapic_write_reg() - what the guest's write does
 * @a: the local APIC
 * @offset: of one that is written in this mode, but none of an x2APIC's own format
 * @val: the value
 *
 * Return: 0; -EINVAL: an x2APIC's register does not take this value.
 */
int lapic_write_reg(struct lapic *a, u32 offset, u32 val);

/* What may be done to a register. */
#define REG_READ	BIT(0)
#define REG_WRITE	BIT(1)

/**
 * lapic_access() - what may be done to a register in this mode
 * @a: the local APIC
 * @offset: in the page, a multiple of 16
 *
 * Return: REG_*; 0: there is none.
 */
unsigned int lapic_access(const struct lapic *a, u32 offset);

/**
 * lapic_lvt_bits() - which bits of a local interrupt's register are written
 * @a: the local APIC
 * @which: the local interrupt
 *
 * Return: the bits.
 */
u32 lapic_lvt_bits(const struct lapic *a, enum lapic_local which);

/**
 * lapic_write_lvt() - write a local interrupt's register
 * @a: the local APIC
 * @which: the local interrupt
 * @val: bits that are not written are ignored
 */
void lapic_write_lvt(struct lapic *a, enum lapic_local which, u32 val);

/**
 * lapic_mask_locals() - mask all local interrupts, since software disabled the local APIC
 * @a: the local APIC
 */
void lapic_mask_locals(struct lapic *a);

/**
 * lapic_send() - send what ICR says
 * @a: the local APIC
 * @icr: ICR's lower half
 * @dest: whom to
 * @wide: @dest is an x2APIC's
 */
void lapic_send(struct lapic *a, u32 icr, u32 dest, bool wide);

/**
 * lapic_x2_ldr() - an x2APIC's logical destination
 * @id: its ID
 *
 * Return: LDR.
 */
static inline u32 lapic_x2_ldr(u32 id)
{
	return (id >> 4) << 16 | 1U << (id & 15);
}

/**
 * lapic_has_deadline() - is the timer in TSC deadline mode?
 * @a: the local APIC
 *
 * Return: true if so; else it counts.
 */
static inline bool lapic_has_deadline(const struct lapic *a)
{
	return (reg(a, reg_lvt(LAPIC_TIMER)) & LVT_TIMER) == LVT_TIMER_TSC;
}

/**
 * lapic_timer_count() - the current count
 * @a: the local APIC
 *
 * Return: what TMCCT reads.
 */
u32 lapic_timer_count(struct lapic *a);

/**
 * lapic_timer_start() - count down
 * @a: the local APIC; initial count and divider are set
 * @count: from here; 0: stop
 */
void lapic_timer_start(struct lapic *a, u32 count);

/**
 * lapic_timer_set_divider() - write TDCR
 * @a: the local APIC
 * @val: the value
 */
void lapic_timer_set_divider(struct lapic *a, u32 val);

/**
 * lapic_timer_stop() - neither count nor TSC deadline
 * @a: the local APIC
 */
void lapic_timer_stop(struct lapic *a);

/**
 * lapic_timer_restore() - go on with the count that KVM_SET_LAPIC brought
 * @a: the local APIC; its registers are set
 */
void lapic_timer_restore(struct lapic *a);

#endif
