// SPDX-License-Identifier: GPL-2.0
/*
 * The local vector table.
 */
#include "regs.h"

u32 lapic_lvt_bits(const struct lapic *a, enum lapic_local which)
{
	const u32 all = LVT_VECTOR | LVT_MASKED;

	switch (which) {
	case LAPIC_TIMER:
		return all | (a->config.tsc_deadline ? LVT_TIMER : LVT_TIMER_AGAIN);
	case LAPIC_LINT0:
	case LAPIC_LINT1:
		return all | 7 << LVT_MODE_SHIFT | BIT(13) | LVT_LEVEL;
	case LAPIC_THERMAL:
	case LAPIC_PERF:
		return all | 7 << LVT_MODE_SHIFT;
	default:
		return all;
	}
}

void lapic_write_lvt(struct lapic *a, enum lapic_local which, u32 val)
{
	bool was = lapic_has_deadline(a);

	val &= lapic_lvt_bits(a, which);
	if (!(reg(a, REG_SPIV) & SPIV_ENABLED))
		val |= LVT_MASKED;
	set_reg(a, reg_lvt(which), val);
	/* A count means nothing as a deadline, nor the other way round. */
	if (which == LAPIC_TIMER && was != lapic_has_deadline(a)) {
		set_reg(a, REG_TMICT, 0);
		lapic_timer_stop(a);
	}
}

void lapic_mask_locals(struct lapic *a)
{
	enum lapic_local i;

	for (i = 0; i < LAPIC_LOCALS; i++)
		set_reg(a, reg_lvt(i), reg(a, reg_lvt(i)) | LVT_MASKED);
}

int lapic_local(struct lapic *a, enum lapic_local which)
{
	u32 lvt = reg(a, reg_lvt(which));

	if ((lvt & LVT_MASKED) || !lapic_is_on(a))
		return -1;
	/* where a source has no mode or no level it has 0 there */
	switch (lvt >> LVT_MODE_SHIFT & 7) {
	case LAPIC_FIXED:
		return lapic_accept(a, lvt & LVT_VECTOR, lvt & LVT_LEVEL);
	case LAPIC_NMI:
		a->ops->event(a, LAPIC_EVENT_NMI, 0);
		return 1;
	case LAPIC_INIT:
		a->ops->event(a, LAPIC_EVENT_INIT, 0);
		return 1;
	default:
		return -1;
	}
}

bool lapic_takes_extint(const struct lapic *a)
{
	u32 lvt = reg(a, reg_lvt(LAPIC_LINT0));

	return !lapic_is_on(a) || (!(lvt & LVT_MASKED) && (lvt >> LVT_MODE_SHIFT & 7) == LAPIC_EXTINT);
}
