// SPDX-License-Identifier: GPL-2.0
/*
 * The I/O APIC.
 */
#include <linux/bits.h>
#include <linux/nospec.h>

#include "ioapic.h"

#define REG_SELECT	0x00
#define REG_WINDOW	0x10

/* Behind the window. */
#define REG_ID		0x00
#define REG_VERSION	0x01
#define REG_ARBITRATION	0x02
#define REG_ENTRY	0x10	/* two each, the lower half first */

#define VERSION		(0x11 | (IOAPIC_PINS - 1) << 16)

#define ENTRY_VECTOR	0xffULL
#define ENTRY_MODE	8
#define ENTRY_LOGICAL	BIT_ULL(11)
#define ENTRY_STATUS	BIT_ULL(12)
#define ENTRY_REMOTE	BIT_ULL(14)	/* delivered, and not ended */
#define ENTRY_LEVEL	BIT_ULL(15)
#define ENTRY_MASKED	BIT_ULL(16)
#define ENTRY_DEST	56
#define ENTRY_READ_ONLY	(ENTRY_STATUS | ENTRY_REMOTE)
#define ENTRY_BITS	(0x1ffffULL | 0xffULL << ENTRY_DEST)

void ioapic_reset(struct ioapic *io)
{
	unsigned int pin;

	io->select = 0;
	io->id = 0;
	io->lines = 0;
	for (pin = 0; pin < IOAPIC_PINS; pin++)
		io->entry[pin] = ENTRY_MASKED;
}

/* Level-triggered ones wait for their end before they come again. */
static int deliver(struct ioapic *io, unsigned int pin)
{
	u64 *e = &io->entry[pin];
	struct lapic_message m = {
		.dest = *e >> ENTRY_DEST,
		.vector = *e & ENTRY_VECTOR,
		.mode = *e >> ENTRY_MODE & 7,
		.logical = *e & ENTRY_LOGICAL,
		.level = *e & ENTRY_LEVEL,
	};
	int ret;

	m.one = m.mode == LAPIC_LOWEST;
	ret = io->deliver(io, &m);
	if (ret >= 0 && m.level)
		*e |= ENTRY_REMOTE;
	return ret;
}

void ioapic_again(struct ioapic *io, u32 pins)
{
	unsigned int pin;

	for (pin = 0; pin < IOAPIC_PINS; pin++)
		if ((pins & io->lines & BIT(pin)) &&
		    (io->entry[pin] & (ENTRY_LEVEL | ENTRY_MASKED | ENTRY_REMOTE)) == ENTRY_LEVEL)
			deliver(io, pin);
}

/* An edge on a masked pin is nothing, now and later. */
int ioapic_set(struct ioapic *io, unsigned int pin, bool level)
{
	bool was = io->lines & BIT(pin);
	u64 e = io->entry[pin];

	io->lines = level ? io->lines | BIT(pin) : io->lines & ~BIT(pin);
	if (!level)
		return 0;
	if (e & ENTRY_MASKED)
		return -1;
	if (e & ENTRY_LEVEL ? e & ENTRY_REMOTE : was)
		return 0;
	return deliver(io, pin);
}

u32 ioapic_end(struct ioapic *io, u8 vector)
{
	unsigned int pin;
	u32 ended = 0;

	for (pin = 0; pin < IOAPIC_PINS; pin++) {
		u64 *e = &io->entry[pin];

		if ((*e & (ENTRY_VECTOR | ENTRY_LEVEL)) != (vector | ENTRY_LEVEL) || !(*e & ENTRY_REMOTE))
			continue;
		*e &= ~ENTRY_REMOTE;
		ended |= BIT(pin);
	}
	return ended;
}

u32 ioapic_read(const struct ioapic *io, u32 offset)
{
	unsigned int n = (io->select - REG_ENTRY) / 2;

	if (offset == REG_SELECT)
		return io->select;
	if (offset != REG_WINDOW)
		return 0;
	switch (io->select) {
	case REG_ID:
	case REG_ARBITRATION:
		return (io->id & 0xf) << 24;
	case REG_VERSION:
		return VERSION;
	}
	if (io->select < REG_ENTRY || n >= IOAPIC_PINS)
		return 0;
	n = array_index_nospec(n, IOAPIC_PINS);
	return io->select & 1 ? io->entry[n] >> 32 : io->entry[n];
}

/* What turns to edges waits for no end, and forgets that it did. */
static void write_entry(struct ioapic *io, unsigned int pin, u64 val)
{
	val = (val & ENTRY_BITS & ~ENTRY_READ_ONLY) | (io->entry[pin] & ENTRY_READ_ONLY);
	if (!(val & ENTRY_LEVEL))
		val &= ~ENTRY_REMOTE;
	io->entry[pin] = val;
	ioapic_again(io, BIT(pin));
}

static void write_window(struct ioapic *io, u32 val)
{
	unsigned int n = (io->select - REG_ENTRY) / 2;

	if (io->select == REG_ID)
		io->id = val >> 24 & 0xf;
	if (io->select < REG_ENTRY || n >= IOAPIC_PINS)
		return;
	n = array_index_nospec(n, IOAPIC_PINS);
	if (io->select & 1)
		write_entry(io, n, (u64)val << 32 | (u32)io->entry[n]);
	else
		write_entry(io, n, (io->entry[n] & ~0xffffffffULL) | val);
}

void ioapic_write(struct ioapic *io, u32 offset, u32 val)
{
	if (offset == REG_SELECT)
		io->select = val;
	else if (offset == REG_WINDOW)
		write_window(io, val);
}

void ioapic_set_entry(struct ioapic *io, unsigned int pin, u64 val)
{
	io->entry[pin] = val & ENTRY_BITS & ~ENTRY_STATUS;
}
