// SPDX-License-Identifier: GPL-2.0
/*
 * What reading and writing a register does, in either mode.
 */
#include "regs.h"

#define X2(access)	((access) << 2)
#define ACCESS_READ	(REG_READ | X2(REG_READ))
#define ACCESS_BOTH	(ACCESS_READ | REG_WRITE | X2(REG_WRITE))

static u8 access_of(u32 offset)
{
	switch (offset) {
	case REG_VERSION:
	case REG_PPR:
	case REG_TMCCT:
	case REG_ISR ... REG_IRR + 0x70:
		return ACCESS_READ;
	case REG_ID:
	case REG_LDR:
		return ACCESS_READ | REG_WRITE;
	case REG_TPR:
	case REG_SPIV:
	case REG_ESR:
	case REG_ICR:
	case REG_LVT ... REG_LVT + (LAPIC_LOCALS - 1) * 0x10:
	case REG_TMICT:
	case REG_TDCR:
		return ACCESS_BOTH;
	case REG_APR:
	case REG_RRR:
		return REG_READ;
	case REG_DFR:
	case REG_ICR2:
		return REG_READ | REG_WRITE;
	case REG_EOI:
		return REG_WRITE | X2(REG_WRITE);
	case REG_SELF:
		return X2(REG_WRITE);
	default:
		return 0;
	}
}

unsigned int lapic_access(const struct lapic *a, u32 offset)
{
	return access_of(offset) >> (lapic_is_x2(a) ? 2 : 0) & (REG_READ | REG_WRITE);
}

u32 lapic_read_reg(struct lapic *a, u32 offset)
{
	switch (offset) {
	case REG_APR:
		return lapic_arbitration(a);
	case REG_PPR:
		return lapic_ppr(a);
	case REG_TMCCT:
		return lapic_timer_count(a);
	default:
		return reg(a, offset);
	}
}

static enum lapic_local local_of(u32 offset)
{
	return (offset - REG_LVT) / 0x10;
}

static bool is_lvt(u32 offset)
{
	return offset >= REG_LVT && local_of(offset) < LAPIC_LOCALS;
}

/* Bits that an x2APIC takes without #GP. */
static u32 x2_bits(const struct lapic *a, u32 offset)
{
	switch (offset) {
	case REG_TPR:
	case REG_SELF:
		return 0xff;
	case REG_SPIV:
		return SPIV_BITS;
	case REG_ICR:
		return ICR_BITS;
	case REG_TDCR:
		return TDCR_BITS;
	case REG_TMICT:
		return ~0U;
	default:
		return is_lvt(offset) ? lapic_lvt_bits(a, local_of(offset)) | LVT_READ_ONLY : 0;
	}
}

static void write_spiv(struct lapic *a, u32 val)
{
	set_reg(a, REG_SPIV, val & SPIV_BITS);
	if (!(val & SPIV_ENABLED))
		lapic_mask_locals(a);
}

/* Errors show when ESR is written, all since the last time. */
static void latch_errors(struct lapic *a)
{
	unsigned int bit;
	u32 esr = 0;

	for (bit = 0; bit < 8; bit++)
		if (test_and_clear_bit(bit, &a->errors))
			esr |= BIT(bit);
	set_reg(a, REG_ESR, esr);
}

static void write_icr(struct lapic *a, u32 val)
{
	set_reg(a, REG_ICR, val & ~ICR_BUSY);
	lapic_send(a, val, lapic_is_x2(a) ? reg(a, REG_ICR2) : reg(a, REG_ICR2) >> 24, lapic_is_x2(a));
}

static void write_count(struct lapic *a, u32 val)
{
	/* there is no count while there is a deadline */
	if (lapic_has_deadline(a))
		return;
	set_reg(a, REG_TMICT, val);
	lapic_timer_start(a, val);
}

static void write(struct lapic *a, u32 offset, u32 val)
{
	switch (offset) {
	case REG_ID:
	case REG_LDR:
	case REG_ICR2:
		set_reg(a, offset, val & 0xff000000);
		break;
	case REG_DFR:
		set_reg(a, offset, val | DFR_ONES);
		break;
	case REG_TPR:
		set_reg(a, offset, val & 0xff);
		break;
	case REG_SPIV:
		write_spiv(a, val);
		break;
	case REG_EOI:
		lapic_eoi(a);
		break;
	case REG_ESR:
		latch_errors(a);
		break;
	case REG_ICR:
		write_icr(a, val);
		break;
	case REG_TMICT:
		write_count(a, val);
		break;
	case REG_TDCR:
		lapic_timer_set_divider(a, val);
		break;
	case REG_SELF:
		lapic_send(a, val | LAPIC_SELF << ICR_SHORT_SHIFT, 0, true);
		break;
	default:
		lapic_write_lvt(a, local_of(offset), val);
	}
}

int lapic_write_reg(struct lapic *a, u32 offset, u32 val)
{
	if (lapic_is_x2(a) && (val & ~x2_bits(a, offset)))
		return -EINVAL;
	write(a, offset, val);
	return 0;
}
