// SPDX-License-Identifier: GPL-2.0
/*
 * Plain moves (APM volume 3, MOV, MOVSX, MOVZX).
 */
#include <linux/bits.h>

#include "move.h"

#define MOVE_OFFSET	BIT(0)	/* an address follows, no ModRM; the register is A */
#define MOVE_CONSTANT	BIT(1)
#define MOVE_STORE	BIT(2)
#define MOVE_BYTE	BIT(3)	/* memory of one byte */
#define MOVE_WORD	BIT(4)	/* of two, whatever the operand's size */
#define MOVE_EXTEND	BIT(5)	/* into a register of the operand's size */
#define MOVE_SIGN	BIT(6)
#define MOVE_IS		BIT(7)

static u8 kind_of(u8 opcode)
{
	switch (opcode) {
	case 0x88:
		return MOVE_IS | MOVE_STORE | MOVE_BYTE;
	case 0x89:
		return MOVE_IS | MOVE_STORE;
	case 0x8a:
		return MOVE_IS | MOVE_BYTE;
	case 0x8b:
		return MOVE_IS;
	case 0xa0:
		return MOVE_IS | MOVE_OFFSET | MOVE_BYTE;
	case 0xa1:
		return MOVE_IS | MOVE_OFFSET;
	case 0xa2:
		return MOVE_IS | MOVE_OFFSET | MOVE_STORE | MOVE_BYTE;
	case 0xa3:
		return MOVE_IS | MOVE_OFFSET | MOVE_STORE;
	case 0xc6:
		return MOVE_IS | MOVE_CONSTANT | MOVE_STORE | MOVE_BYTE;
	case 0xc7:
		return MOVE_IS | MOVE_CONSTANT | MOVE_STORE;
	default:
		return 0;
	}
}

/* After 0f. */
static u8 kind_of_extension(u8 opcode)
{
	switch (opcode) {
	case 0xb6:
		return MOVE_IS | MOVE_EXTEND | MOVE_BYTE;
	case 0xb7:
		return MOVE_IS | MOVE_EXTEND | MOVE_WORD;
	case 0xbe:
		return MOVE_IS | MOVE_EXTEND | MOVE_BYTE | MOVE_SIGN;
	case 0xbf:
		return MOVE_IS | MOVE_EXTEND | MOVE_WORD | MOVE_SIGN;
	default:
		return 0;
	}
}

static int take_kind(struct insn *in, u8 *kind)
{
	u64 opcode;
	int ret;

	ret = insn_take(in, 1, &opcode);
	if (ret)
		return ret;
	*kind = kind_of(opcode);
	if (opcode == 0x0f) {
		ret = insn_take(in, 1, &opcode);
		if (ret)
			return ret;
		*kind = kind_of_extension(opcode);
	}
	return *kind ? 0 : -EINVAL;
}

static unsigned int operand_size(const struct insn *in)
{
	if (in->rex & INSN_REX_W)
		return 8;
	return (in->mode == INSN_16) != in->operand ? 2 : 4;
}

/* The address stands in the instruction. */
static int take_address(struct insn *in)
{
	u64 address;
	int ret;

	in->memory.size = insn_address_size(in);
	in->memory.base = INSN_NO_REG;
	in->memory.index = INSN_NO_REG;
	ret = insn_take(in, in->memory.size, &address);
	if (!ret)
		in->memory.displacement = address;
	return ret;
}

/* The low half of 64 bits extends by its sign. */
static int take_constant(struct insn *in, struct move *m)
{
	int ret;

	ret = insn_take(in, m->size == 8 ? 4 : m->size, &m->value);
	if (m->size == 8)
		m->value = (s32)m->value;
	m->constant = true;
	return ret;
}

static int take_operands(struct insn *in, u8 kind, struct move *m)
{
	int ret;

	if (kind & MOVE_OFFSET)
		return take_address(in);
	ret = insn_modrm(in);
	if (ret)
		return ret;
	if (insn_is_register(in))
		return -EINVAL;
	if (kind & MOVE_CONSTANT)
		return in->modrm & 0x38 ? -EINVAL : take_constant(in, m);
	m->reg = insn_reg(in);
	/* without REX the second four bytes are high ones */
	if (!(kind & MOVE_EXTEND) && m->size == 1 && !in->rex && m->reg >= 4) {
		m->reg -= 4;
		m->high = true;
	}
	return 0;
}

int move_decode(const u8 *bytes, unsigned int have, enum insn_mode mode, struct move *m)
{
	struct insn in;
	u8 kind;
	int ret;

	*m = (struct move){ 0 };
	ret = insn_begin(&in, bytes, have, mode);
	if (!ret)
		ret = take_kind(&in, &kind);
	if (ret)
		return ret;
	if (in.lock || in.rep)
		return -EINVAL;
	m->store = kind & MOVE_STORE;
	m->sign = kind & MOVE_SIGN;
	m->width = operand_size(&in);
	m->size = kind & MOVE_BYTE ? 1 : kind & MOVE_WORD ? 2 : m->width;
	if (!(kind & MOVE_EXTEND))
		m->width = m->size;
	ret = take_operands(&in, kind, m);
	m->len = in.pos;
	m->memory = in.memory;
	return ret;
}

static u64 low_bytes(unsigned int n)
{
	return n == 8 ? ~0ULL : (1ULL << 8 * n) - 1;
}

u64 move_value(const struct move *m, u64 reg)
{
	u64 val = m->constant ? m->value : m->high ? reg >> 8 : reg;

	return val & low_bytes(m->size);
}

u64 move_result(const struct move *m, u64 old, u64 data)
{
	u64 val = data & low_bytes(m->size);

	if (m->sign && val >> (8 * m->size - 1))
		val |= ~low_bytes(m->size);
	val &= low_bytes(m->width);
	if (m->high)
		return (old & ~0xff00ULL) | val << 8;
	/* 32 bits clear the upper half, fewer leave what is above them */
	return m->width >= 4 ? val : (old & ~low_bytes(m->width)) | val;
}
