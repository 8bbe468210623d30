/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PV EOI: a bit in guest memory says that the guest may end an interrupt by clearing it,
 * without an exit. The bit is offered right before the guest runs, and taken back at the
 * exit, before anything else is made of that: so who looks at the local APIC between
 * exits sees what the guest did.
 */
#ifndef TABULA_PV_EOI_H
#define TABULA_PV_EOI_H

#include <linux/types.h>

#include "../lapic/lapic.h"
#include "mem.h"

/**
 * struct pv_eoi - PV EOI of a vCPU
 * @mem: a byte, whose bit 0 it is; NULL: the guest has none
 * @offered: the bit was set and is not taken back
 */
struct pv_eoi {
	struct pv_mem *mem;
	bool offered;
};

/**
 * pv_eoi_set() - the guest gives a byte, or takes it away
 * @e: PV EOI, after pv_eoi_leave()
 * @mem: the byte, or NULL
 */
void pv_eoi_set(struct pv_eoi *e, struct pv_mem *mem);

/**
 * pv_eoi_enter() - offer the guest to end its interrupt in memory, if it may
 * @e: PV EOI
 * @a: the vCPU's local APIC, in which all that is to be delivered now is in service
 *
 * An interrupt that comes later kicks the vCPU, and the exit takes the offer back. Where
 * memory cannot be written the guest ends its interrupt as ever.
 */
void pv_eoi_enter(struct pv_eoi *e, const struct lapic *a);

/**
 * pv_eoi_leave() - take the offer back; end the interrupt if the guest did
 * @e: PV EOI
 * @a: the vCPU's local APIC
 *
 * Return: 0, or the error of @e->mem: it is not known what the guest did; call again
 * before the guest runs.
 */
int pv_eoi_leave(struct pv_eoi *e, struct lapic *a);

#endif
