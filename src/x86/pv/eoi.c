// SPDX-License-Identifier: GPL-2.0
/*
 * PV EOI.
 */
#include "../../mutant.h"
#include "eoi.h"

#define EOI_PENDING	0x01

void pv_eoi_set(struct pv_eoi *e, struct pv_mem *mem)
{
	e->mem = mem;
	e->offered = false;
}

void pv_eoi_enter(struct pv_eoi *e, const struct lapic *a)
{
	if (!e->mem || e->offered || !lapic_eoi_may_wait(a))
		return;
	e->offered = !e->mem->store(e->mem, 0, 1, EOI_PENDING);
}

/* By exchange: whoever clears the bit, it is cleared once. */
int pv_eoi_leave(struct pv_eoi *e, struct lapic *a)
{
	u64 was = 0;
	int ret;

	if (!e->offered)
		return 0;
	ret = e->mem->exchange(e->mem, 0, 1, &was);
	if (ret && MUTANT(eoi_unsure))
		e->offered = false;
	if (ret)
		return MUTANT(eoi_unsure) ? 0 : ret;
	e->offered = MUTANT(eoi_twice);
	if (!(was & EOI_PENDING))
		lapic_eoi(a);
	return 0;
}
