// SPDX-License-Identifier: GPL-2.0
/*
 * MOVS, STOS, LODS (APM volume 3).
 */
#include <linux/types.h>

#include "strmove.h"

#define STRMOVE_RSI	6
#define STRMOVE_RDI	7

/* The opcodes, and the bit that says more than a byte. */
#define STRMOVE_MOVS	0xa4
#define STRMOVE_STOS	0xaa
#define STRMOVE_LODS	0xac
#define STRMOVE_WIDE	1

static struct insn_memory strmove_memory(const struct insn *in, u8 reg, enum insn_segment segment)
{
	return (struct insn_memory) {
		.size = insn_address_size(in), .base = reg, .index = INSN_NO_REG, .segment = segment,
	};
}

static u8 strmove_size(const struct insn *in)
{
	if (in->rex & INSN_REX_W)
		return 8;
	return (in->mode == INSN_16) != in->operand ? 2 : 4;
}

int strmove_decode(const u8 *bytes, unsigned int have, enum insn_mode mode, struct strmove *s)
{
	struct insn in;
	u64 opcode;
	int ret;

	*s = (struct strmove) { .len = 0 };
	ret = insn_begin(&in, bytes, have, mode);
	if (!ret)
		ret = insn_take(&in, 1, &opcode);
	if (ret)
		return ret;
	switch (opcode & ~STRMOVE_WIDE) {
	case STRMOVE_MOVS:
		s->load = true;
		s->store = true;
		break;
	case STRMOVE_STOS:
		s->store = true;
		break;
	case STRMOVE_LODS:
		s->load = true;
		break;
	default:
		return -EINVAL;
	}
	if (in.lock)
		return -EINVAL;
	s->size = opcode & STRMOVE_WIDE ? strmove_size(&in) : 1;
	s->rep = in.rep;
	s->from = strmove_memory(&in, STRMOVE_RSI, in.segment ? in.memory.segment : INSN_DS);
	s->to = strmove_memory(&in, STRMOVE_RDI, INSN_ES);
	s->len = in.pos;
	return 0;
}

u64 strmove_step(unsigned int address, u64 reg, s64 by)
{
	u64 val = reg + by;

	if (address == 8)
		return val;
	return address == 4 ? (u32)val : (reg & ~0xffffULL) | (val & 0xffff);
}
