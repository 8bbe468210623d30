// SPDX-License-Identifier: GPL-2.0
/*
 * x2APIC mode: the same registers as MSRs, but that ICR is one of 64 bits, and what does
 * not exist is #GP.
 */
#include "regs.h"

static u32 offset_of(u32 msr)
{
	return (msr - LAPIC_MSR_FIRST) << 4;
}

int lapic_read_msr(struct lapic *a, u32 msr, u64 *val)
{
	u32 offset = offset_of(msr);

	if (!lapic_is_x2(a) || !(lapic_access(a, offset) & REG_READ))
		return -EINVAL;
	*val = lapic_read_reg(a, offset);
	if (offset == REG_ICR)
		*val |= (u64)reg(a, REG_ICR2) << 32;
	return 0;
}

/* The upper half is the destination; it stays what it was when the lower one is refused. */
static int write_icr(struct lapic *a, u64 val)
{
	u32 was = reg(a, REG_ICR2);
	int ret;

	set_reg(a, REG_ICR2, val >> 32);
	ret = lapic_write_reg(a, REG_ICR, val);
	if (ret)
		set_reg(a, REG_ICR2, was);
	return ret;
}

int lapic_write_msr(struct lapic *a, u32 msr, u64 val)
{
	u32 offset = offset_of(msr);

	if (!lapic_is_x2(a) || !(lapic_access(a, offset) & REG_WRITE))
		return -EINVAL;
	if (offset == REG_ICR)
		return write_icr(a, val);
	return val >> 32 ? -EINVAL : lapic_write_reg(a, offset, val);
}
