/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The I/O APIC (Intel 82093AA) as a state machine. It knows no VM: who has it delivers for it,
 * and locks. No hardware access: runs in user space, too.
 */
#ifndef TABULA_X86_IOAPIC_H
#define TABULA_X86_IOAPIC_H

#include <linux/types.h>

#include "../lapic/lapic.h"

#define IOAPIC_PINS	24
#define IOAPIC_BASE	0xfec00000ULL
#define IOAPIC_SIZE	0x100U

struct ioapic;

/**
 * struct ioapic - an I/O APIC
 * @deliver: send an interrupt; as bus_send() answers
 * @select: register that the window shows
 * @id: its ID
 * @lines: levels of its pins
 * @entry: redirection table
 */
struct ioapic {
	int (*deliver)(struct ioapic *io, const struct lapic_message *m);
	u8 select;
	u8 id;
	u32 lines;
	u64 entry[IOAPIC_PINS];
};

/**
 * ioapic_reset() - as after power-up: all is masked
 * @io: the I/O APIC
 */
void ioapic_reset(struct ioapic *io);

/**
 * ioapic_set() - a pin's level
 * @io: the I/O APIC
 * @pin: below IOAPIC_PINS
 * @level: the level
 *
 * Return: as bus_send() where this brought an interrupt; 0: none, since it was so, or fell, or
 * waits for an end; -1: masked.
 */
int ioapic_set(struct ioapic *io, unsigned int pin, bool level);

/**
 * ioapic_end() - a level-triggered interrupt has ended
 * @io: the I/O APIC
 * @vector: which
 *
 * Return: pins whose interrupt it was. ioapic_again() is due for them.
 */
u32 ioapic_end(struct ioapic *io, u8 vector);

/**
 * ioapic_again() - deliver once more where the level still asks for it
 * @io: the I/O APIC
 * @pins: which to look at
 */
void ioapic_again(struct ioapic *io, u32 pins);

/**
 * ioapic_read() - the guest reads
 * @io: the I/O APIC
 * @offset: from its base
 *
 * Return: the register; 0 where there is none.
 */
u32 ioapic_read(const struct ioapic *io, u32 offset);

/**
 * ioapic_write() - the guest writes
 * @io: the I/O APIC
 * @offset: from its base; nothing happens where no register is
 * @val: the value
 */
void ioapic_write(struct ioapic *io, u32 offset, u32 val);

/**
 * ioapic_set_entry() - the VMM sets an entry of the redirection table
 * @io: the I/O APIC
 * @pin: below IOAPIC_PINS
 * @val: all of it; bits that do not exist are dropped
 */
void ioapic_set_entry(struct ioapic *io, unsigned int pin, u64 val);

#endif
