// SPDX-License-Identifier: GPL-2.0
/*
 * Prefixes, ModRM, lengths (APM volume 3, chapter 1 and appendix A).
 */
#include <linux/bits.h>

#include "insn.h"

int insn_take(struct insn *in, unsigned int n, u64 *val)
{
	unsigned int i;

	if (in->pos + n > INSN_MAX)
		return -EINVAL;
	if (in->pos + n > in->have)
		return -ENODATA;
	*val = 0;
	for (i = 0; i < n; i++)
		*val |= (u64)in->bytes[in->pos++] << 8 * i;
	return 0;
}

/* True: it is a prefix, and noted. Segments change nothing that is asked here. */
static bool take_prefix(struct insn *in, u8 byte)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
		break;
	case 0x66:
		in->operand = true;
		break;
	case 0x67:
		in->address = true;
		break;
	case 0xf0:
		in->lock = true;
		break;
	case 0xf2: case 0xf3:
		in->rep = byte;
		break;
	case 0x40 ... 0x4f:
		if (in->mode != INSN_64)
			return false;
		in->rex = byte;
		return true;
	default:
		return false;
	}
	/* REX counts only right before the opcode */
	in->rex = 0;
	return true;
}

int insn_begin(struct insn *in, const u8 *bytes, unsigned int have, enum insn_mode mode)
{
	*in = (struct insn){ .bytes = bytes, .have = have, .mode = mode };
	while (in->pos < have && in->pos < INSN_MAX && take_prefix(in, bytes[in->pos]))
		in->pos++;
	if (in->pos == INSN_MAX)
		return -EINVAL;
	return in->pos == have ? -ENODATA : 0;
}

/* Addresses of 16 bits have no SIB, and their own places for a displacement. */
static unsigned int displacement_16(u8 modrm)
{
	switch (modrm >> 6) {
	case 0:
		return (modrm & 7) == 6 ? 2 : 0;
	case 1:
		return 1;
	default:
		return 2;
	}
}

static unsigned int displacement_32(u8 modrm, u8 base)
{
	switch (modrm >> 6) {
	case 0:
		return base == 5 ? 4 : 0;
	case 1:
		return 1;
	default:
		return 4;
	}
}

int insn_modrm(struct insn *in)
{
	u64 val;
	u8 base;
	int ret;

	ret = insn_take(in, 1, &val);
	if (ret)
		return ret;
	in->modrm = val;
	if (insn_is_register(in))
		return 0;
	if (in->mode != INSN_64 && (in->mode == INSN_16) != in->address)
		return insn_take(in, displacement_16(in->modrm), &val);
	base = in->modrm & 7;
	if (base == 4) {
		ret = insn_take(in, 1, &val);
		if (ret)
			return ret;
		base = val & 7;
	}
	return insn_take(in, displacement_32(in->modrm, base), &val);
}

/* Opcodes, the first byte lowest. */
static const struct {
	u32 opcode;
	u8 n;
	u8 rep;		/* prefix that it is not itself without */
} opcodes[INSN_NAMES] = {
	[INSN_CPUID]	= { 0xa20f, 2 },
	[INSN_RDMSR]	= { 0x320f, 2 },
	[INSN_WRMSR]	= { 0x300f, 2 },
	[INSN_HLT]	= { 0xf4, 1 },
	[INSN_RDTSC]	= { 0x310f, 2 },
	[INSN_RDTSCP]	= { 0xf9010f, 3 },
	[INSN_RDPMC]	= { 0x330f, 2 },
	[INSN_WBINVD]	= { 0x090f, 2 },
	[INSN_INVD]	= { 0x080f, 2 },
	[INSN_XSETBV]	= { 0xd1010f, 3 },
	[INSN_CLTS]	= { 0x060f, 2 },
	[INSN_RSM]	= { 0xaa0f, 2 },
	[INSN_MONITOR]	= { 0xc8010f, 3 },
	[INSN_MWAIT]	= { 0xc9010f, 3 },
	[INSN_PAUSE]	= { 0x90, 1, 0xf3 },
	[INSN_VMRUN]	= { 0xd8010f, 3 },
	[INSN_VMMCALL]	= { 0xd9010f, 3 },
	[INSN_VMLOAD]	= { 0xda010f, 3 },
	[INSN_VMSAVE]	= { 0xdb010f, 3 },
	[INSN_STGI]	= { 0xdc010f, 3 },
	[INSN_CLGI]	= { 0xdd010f, 3 },
	[INSN_SKINIT]	= { 0xde010f, 3 },
	[INSN_INVLPGA]	= { 0xdf010f, 3 },
};

int insn_length(const u8 *bytes, unsigned int have, enum insn_mode mode, enum insn_name name)
{
	struct insn in;
	u64 opcode;
	int ret;

	ret = insn_begin(&in, bytes, have, mode);
	if (!ret)
		ret = insn_take(&in, opcodes[name].n, &opcode);
	if (ret)
		return ret;
	if (opcode != opcodes[name].opcode || (opcodes[name].rep && in.rep != opcodes[name].rep))
		return -EINVAL;
	return in.pos;
}

int insn_control(const u8 *bytes, unsigned int have, enum insn_mode mode, struct insn_control *c)
{
	struct insn in;
	u64 opcode, modrm;
	int ret;

	ret = insn_begin(&in, bytes, have, mode);
	if (!ret)
		ret = insn_take(&in, 2, &opcode);
	/* ModRM's mod is ignored: always a register */
	if (!ret)
		ret = insn_take(&in, 1, &modrm);
	if (ret)
		return ret;
	if ((opcode & ~0x0300ULL) != 0x200f)
		return -EINVAL;
	in.modrm = modrm;
	*c = (struct insn_control){
		.len = in.pos,
		.number = insn_reg(&in),
		.gpr = insn_rm(&in),
		.size = mode == INSN_64 ? 8 : 4,
		.debug = opcode & 0x100,
		.write = opcode & 0x200,
	};
	if (in.lock && !c->debug && !c->number)
		c->number = 8;
	return 0;
}
