// SPDX-License-Identifier: GPL-2.0
/*
 * Prefixes, ModRM, lengths (APM volume 3, chapter 1 and appendix A).
 */
#include <linux/bits.h>
#include <linux/string.h>

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

/* Of those prefixes that name one. */
static enum insn_segment segment_of(u8 prefix)
{
	return prefix >= 0x64 ? INSN_FS + (prefix - 0x64) : prefix >> 3 & 3;
}

/* Where all but two begin at 0 the others' prefixes say nothing. */
static void note_segment(struct insn *in, u8 prefix)
{
	if (in->mode == INSN_64 && prefix < 0x64)
		return;
	in->segment = true;
	in->memory.segment = segment_of(prefix);
}

/* True: it is a prefix, and noted. */
static bool take_prefix(struct insn *in, u8 byte)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
		note_segment(in, byte);
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

unsigned int insn_address_size(const struct insn *in)
{
	if (in->mode == INSN_64)
		return in->address ? 4 : 8;
	return (in->mode == INSN_16) != in->address ? 2 : 4;
}

int insn_begin(struct insn *in, const u8 *bytes, unsigned int have, enum insn_mode mode)
{
	*in = (struct insn){
		.bytes = bytes, .have = have, .mode = mode, .memory.segment = INSN_DS,
	};
	while (in->pos < have && in->pos < INSN_MAX && take_prefix(in, bytes[in->pos]))
		in->pos++;
	if (in->pos == INSN_MAX)
		return -EINVAL;
	return in->pos == have ? -ENODATA : 0;
}

/* A displacement extends by its sign. */
static int take_displacement(struct insn *in, unsigned int n)
{
	u64 val;
	int ret = insn_take(in, n, &val);

	if (!ret && n)
		in->memory.displacement = (s64)(val << (64 - 8 * n)) >> (64 - 8 * n);
	return ret;
}

/* Addresses of 16 bits have no SIB, and their own registers and places for a displacement. */
static int take_address_16(struct insn *in)
{
	/* BX, BP, SI, DI by number */
	static const u8 bases[8] = { 3, 3, 5, 5, 6, 7, 5, 3 };
	static const u8 indices[8] = { 6, 7, 6, 7, INSN_NO_REG, INSN_NO_REG, INSN_NO_REG, INSN_NO_REG };
	unsigned int mod = in->modrm >> 6, rm = in->modrm & 7;
	bool bare = !mod && rm == 6;

	in->memory.base = bare ? INSN_NO_REG : bases[rm];
	in->memory.index = indices[rm];
	return take_displacement(in, bare || mod == 2 ? 2 : mod);
}

static int take_sib(struct insn *in)
{
	u64 sib;
	int ret = insn_take(in, 1, &sib);

	if (ret)
		return ret;
	in->memory.scale = sib >> 6;
	in->memory.index = (sib >> 3 & 7) | (in->rex & INSN_REX_X ? 8 : 0);
	if (in->memory.index == 4)
		in->memory.index = INSN_NO_REG;
	in->memory.base = sib & 7;
	return 0;
}

/* Of 32 and 64 bits. */
static int take_address(struct insn *in)
{
	unsigned int mod = in->modrm >> 6;
	int ret;

	in->memory.base = in->modrm & 7;
	in->memory.index = INSN_NO_REG;
	if (in->memory.base == 4) {
		ret = take_sib(in);
		if (ret)
			return ret;
	}
	if (!mod && in->memory.base == 5) {
		in->memory.base = INSN_NO_REG;
		in->memory.rip = in->mode == INSN_64 && (in->modrm & 7) == 5;
		return take_displacement(in, 4);
	}
	if (in->rex & INSN_REX_B)
		in->memory.base |= 8;
	return take_displacement(in, mod == 2 ? 4 : mod);
}

int insn_modrm(struct insn *in)
{
	u64 val;
	int ret;

	ret = insn_take(in, 1, &val);
	if (ret)
		return ret;
	in->modrm = val;
	if (insn_is_register(in))
		return 0;
	in->memory.size = insn_address_size(in);
	ret = in->memory.size == 2 ? take_address_16(in) : take_address(in);
	/* what hangs on the stack pointer or the frame's is on the stack */
	if (!ret && !in->segment && (in->memory.base == 4 || in->memory.base == 5))
		in->memory.segment = INSN_SS;
	return ret;
}

u64 insn_offset(const struct insn_memory *m, const u64 *gpr, u64 next)
{
	u64 sum = m->displacement;

	if (m->rip)
		sum += next;
	if (m->base != INSN_NO_REG)
		sum += gpr[m->base];
	if (m->index != INSN_NO_REG)
		sum += gpr[m->index] << m->scale;
	return m->size == 8 ? sum : m->size == 4 ? (u32)sum : (u16)sum;
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
	u32 first;
	int ret;

	/* as nearly always: without a prefix, none of which begins an opcode */
	if (have >= sizeof(first) && !opcodes[name].rep) {
		memcpy(&first, bytes, sizeof(first));
		if (!((first ^ opcodes[name].opcode) << (32 - 8 * opcodes[name].n)))
			return opcodes[name].n;
	}
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

int insn_lmsw(const u8 *bytes, unsigned int have, enum insn_mode mode, struct insn *in)
{
	u64 opcode;
	int ret;

	ret = insn_begin(in, bytes, have, mode);
	if (!ret)
		ret = insn_take(in, 2, &opcode);
	if (!ret)
		ret = insn_modrm(in);
	if (ret)
		return ret;
	return opcode == 0x010f && (in->modrm >> 3 & 7) == 6 ? 0 : -EINVAL;
}
