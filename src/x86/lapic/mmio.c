// SPDX-License-Identifier: GPL-2.0
/*
 * xAPIC mode: registers are aligned words, 16 bytes apart, in one page.
 */
#include <linux/bits.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "regs.h"

bool lapic_covers(const struct lapic *a, u64 gpa)
{
	return lapic_is_on(a) && !lapic_is_x2(a) && (gpa ^ a->base) >> 12 == 0;
}

static bool may(struct lapic *a, u32 offset, unsigned int what)
{
	if (lapic_access(a, offset) & what)
		return true;
	lapic_error(a, LAPIC_ERR_REGISTER);
	return false;
}

/* Part of a word may be read; what is between words is 0. */
void lapic_mmio_read(struct lapic *a, u32 offset, unsigned int len, void *data)
{
	u32 in = offset & 15, val;

	memset(data, 0, len);
	if (in >= sizeof(val) || !may(a, offset - in, REG_READ))
		return;
	val = lapic_read_reg(a, offset - in);
	memcpy(data, (u8 *)&val + in, min_t(u32, len, sizeof(val) - in));
}

void lapic_mmio_write(struct lapic *a, u32 offset, unsigned int len, const void *data)
{
	u32 val;

	if (len != sizeof(val) || (offset & 15) || !may(a, offset, REG_WRITE))
		return;
	memcpy(&val, data, sizeof(val));
	lapic_write_reg(a, offset, val);
}
