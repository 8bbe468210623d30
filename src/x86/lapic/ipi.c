// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts between local APICs, and from devices: whom they are for, what they do.
 */
#include <linux/bitfield.h>

#include "regs.h"

#define BROADCAST	0xffU
#define BROADCAST_WIDE	0xffffffffU

static bool is_broadcast(const struct lapic *a, const struct lapic_message *m)
{
	if (m->wide)
		return m->dest == BROADCAST_WIDE;
	return m->dest == BROADCAST && !(lapic_is_x2(a) && a->config.exact_ff);
}

/* An ID beyond eight bits is reached before its owner is an x2APIC, or it could not be started. */
static bool match_physical(const struct lapic *a, u32 dest)
{
	if (lapic_is_x2(a))
		return dest == a->config.id;
	return dest == reg(a, REG_ID) >> 24 || (a->config.id > 0xff && dest == a->config.id);
}

static bool match_logical(const struct lapic *a, u32 dest)
{
	u32 ldr = reg(a, REG_LDR);

	if (lapic_is_x2(a))
		return ldr >> 16 == dest >> 16 && (ldr & dest & 0xffff);
	if (dest > 0xff)
		return false;
	ldr >>= 24;
	switch (reg(a, REG_DFR) >> 28) {
	case 0xf:
		return ldr & dest;
	case 0:
		return (ldr >> 4 == dest >> 4 || dest >> 4 == 0xf) && (ldr & dest & 0xf);
	default:
		return false;
	}
}

bool lapic_match(const struct lapic *a, const struct lapic *from, const struct lapic_message *m)
{
	if (!lapic_is_on(a))
		return false;
	switch (m->shorthand) {
	case LAPIC_SELF:
		return a == from;
	case LAPIC_ALL:
		return true;
	case LAPIC_OTHERS:
		return a != from;
	}
	return is_broadcast(a, m) || (m->logical ? match_logical(a, m->dest) : match_physical(a, m->dest));
}

/* There is no SMM, and ExtINT is the PIC's own way. */
int lapic_deliver(struct lapic *a, const struct lapic_message *m)
{
	switch (m->mode) {
	case LAPIC_FIXED:
	case LAPIC_LOWEST:
		return lapic_accept(a, m->vector, m->level);
	case LAPIC_NMI:
		a->ops->event(a, LAPIC_EVENT_NMI, 0);
		return 1;
	case LAPIC_INIT:
		a->ops->event(a, LAPIC_EVENT_INIT, 0);
		return 1;
	case LAPIC_SIPI:
		a->ops->event(a, LAPIC_EVENT_SIPI, m->vector);
		return 1;
	default:
		return -1;
	}
}

/* INIT and SIPI are for others; a deassert does nothing since there is no bus. */
static bool is_sendable(const struct lapic_message *m, u32 icr)
{
	if ((icr & ICR_LEVEL) && !(icr & ICR_ASSERT))
		return false;
	switch (m->mode) {
	case LAPIC_INIT:
	case LAPIC_SIPI:
		return m->shorthand == LAPIC_DESTINATION || m->shorthand == LAPIC_OTHERS;
	default:
		return true;
	}
}

void lapic_send(struct lapic *a, u32 icr, u32 dest, bool wide)
{
	struct lapic_message m = {
		.dest = dest,
		.wide = wide,
		.vector = icr,
		.mode = icr >> ICR_MODE_SHIFT & 7,
		.shorthand = icr >> ICR_SHORT_SHIFT & 3,
		.logical = icr & ICR_LOGICAL,
		.level = icr & ICR_LEVEL,
	};

	if (!is_sendable(&m, icr))
		return;
	if (m.mode <= LAPIC_LOWEST && m.vector < 16) {
		lapic_error(a, LAPIC_ERR_SEND_VECTOR);
		return;
	}
	m.one = m.mode == LAPIC_LOWEST;
	if (m.shorthand == LAPIC_SELF)
		lapic_deliver(a, &m);
	else
		a->ops->send(a, &m);
}

#define MSI_ADDRESS	GENMASK_ULL(31, 20)
#define MSI_DEST	GENMASK_ULL(19, 12)
#define MSI_HINT	BIT_ULL(3)
#define MSI_LOGICAL	BIT_ULL(2)
#define MSI_LEVEL	BIT(15)

int lapic_message_of_msi(u64 address, u32 data, bool wide_ids, struct lapic_message *m)
{
	u32 upper = address >> 32;

	if (FIELD_GET(MSI_ADDRESS, address) != 0xfee || (wide_ids ? upper & 0xff : upper))
		return -EINVAL;
	*m = (struct lapic_message){
		.dest = upper | (u32)FIELD_GET(MSI_DEST, address),
		.wide = upper,
		.vector = data,
		.mode = data >> ICR_MODE_SHIFT & 7,
		.shorthand = LAPIC_DESTINATION,
		.logical = address & MSI_LOGICAL,
		.level = data & MSI_LEVEL,
	};
	m->one = m->mode == LAPIC_LOWEST || (m->logical && (address & MSI_HINT));
	return 0;
}
