// SPDX-License-Identifier: GPL-2.0
/*
 * The whole of a local APIC: resets, modes, and its state as the VMM has it.
 */
#include <linux/string.h>

#include "regs.h"

/* What follows from the mode and the ID. */
static void set_identity(struct lapic *a)
{
	u32 id = a->config.id;

	set_reg(a, REG_ID, lapic_is_x2(a) ? id : id << 24);
	set_reg(a, REG_LDR, lapic_is_x2(a) ? lapic_x2_ldr(id) : 0);
}

/* All but base and ID. */
static void reset(struct lapic *a)
{
	u32 offset;

	for (offset = 0; offset < LAPIC_STATE_SIZE; offset += 4)
		if (offset != REG_ID)
			set_reg(a, offset, 0);
	WRITE_ONCE(a->errors, 0);
	set_reg(a, REG_VERSION, VERSION);
	set_reg(a, REG_DFR, DFR_FLAT);
	set_reg(a, REG_SPIV, 0xff);
	lapic_mask_locals(a);
	if (a->config.bsp && a->config.virtual_wire)
		set_reg(a, reg_lvt(LAPIC_LINT0), LAPIC_EXTINT << LVT_MODE_SHIFT);
	lapic_timer_stop(a);
}

void lapic_power_up(struct lapic *a, const struct lapic_ops *ops, const struct lapic_config *config)
{
	a->ops = ops;
	a->config = *config;
	WRITE_ONCE(a->base, LAPIC_BASE_ADDRESS | LAPIC_BASE_ENABLED | (config->bsp ? LAPIC_BASE_BSP : 0));
	reset(a);
	set_identity(a);
}

void lapic_init(struct lapic *a)
{
	reset(a);
	if (lapic_is_x2(a))
		set_identity(a);
}

/* Off, xAPIC, x2APIC, and never back but through off; nor from off to x2APIC. */
static bool may_follow(u64 was, u64 val)
{
	if (!(val & LAPIC_BASE_ENABLED))
		return true;
	if (val & LAPIC_BASE_X2)
		return was & LAPIC_BASE_ENABLED;
	return !(was & LAPIC_BASE_X2);
}

static bool is_base(const struct lapic *a, u64 val)
{
	u64 bits = LAPIC_BASE_BSP | LAPIC_BASE_ENABLED | (a->config.x2apic ? LAPIC_BASE_X2 : 0);

	bits |= ((1ULL << a->config.address_bits) - 1) & ~0xfffULL;
	return !(val & ~bits) && ((val & LAPIC_BASE_ENABLED) || !(val & LAPIC_BASE_X2));
}

int lapic_write_base(struct lapic *a, u64 val, bool host)
{
	u64 was = a->base;

	if (!is_base(a, val) || (!host && !may_follow(was, val)))
		return -EINVAL;
	WRITE_ONCE(a->base, val);
	if ((was & LAPIC_BASE_ENABLED) && !(val & LAPIC_BASE_ENABLED))
		reset(a);
	if ((was ^ val) & (LAPIC_BASE_ENABLED | LAPIC_BASE_X2)) {
		set_identity(a);
		set_reg(a, REG_ICR2, 0);
	}
	return 0;
}

void lapic_get_state(struct lapic *a, void *state)
{
	u32 *regs = state;
	u32 offset;

	for (offset = 0; offset < LAPIC_STATE_SIZE; offset += 4)
		regs[offset >> 2] = reg(a, offset);
	regs[REG_PPR >> 2] = lapic_ppr(a);
	regs[REG_TMCCT >> 2] = lapic_timer_count(a);
	if (lapic_is_x2(a) && !a->config.wide_ids)
		regs[REG_ID >> 2] = a->config.id << 24;
}

/* Which bits of a register the VMM may set; none of what follows from others. */
static u32 state_bits(const struct lapic *a, u32 offset)
{
	switch (offset) {
	case REG_ISR ... REG_IRR + 0x70:
		return offset & 15 ? 0 : ~0U;
	case REG_TMICT:
	case REG_TMCCT:
		return ~0U;
	case REG_ID:
	case REG_LDR:
		return 0xff000000;
	case REG_ICR2:
		return lapic_is_x2(a) ? ~0U : 0xff000000;
	case REG_ICR:
		return ~(u32)ICR_BUSY;
	case REG_TPR:
	case REG_ESR:
		return 0xff;
	case REG_DFR:
		return ~DFR_ONES;
	case REG_SPIV:
		return SPIV_BITS;
	case REG_TDCR:
		return TDCR_BITS;
	case REG_LVT ... REG_LVT + (LAPIC_LOCALS - 1) * 0x10:
		return offset & 15 ? 0 : lapic_lvt_bits(a, (offset - REG_LVT) / 0x10);
	default:
		return 0;
	}
}

int lapic_set_state(struct lapic *a, const void *state)
{
	const u32 *regs = state;
	u32 offset;

	if (lapic_is_x2(a) && a->config.wide_ids && regs[REG_ID >> 2] != a->config.id)
		return -EINVAL;
	for (offset = 0; offset < LAPIC_STATE_SIZE; offset += 4)
		set_reg(a, offset, regs[offset >> 2] & state_bits(a, offset));
	set_reg(a, REG_VERSION, VERSION);
	set_reg(a, REG_DFR, reg(a, REG_DFR) | DFR_ONES);
	if (lapic_is_x2(a))
		set_identity(a);
	lapic_timer_restore(a);
	return 0;
}
