/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes of an instruction: prefixes, ModRM, and how long the instructions are at which a
 * guest exits, on a CPU that does not tell the next RIP. Bytes and numbers only: runs in
 * user space, too.
 */
#ifndef TABULA_SVM_INSN_H
#define TABULA_SVM_INSN_H

#include <linux/errno.h>
#include <linux/types.h>

#define INSN_MAX	15	/* bytes of an instruction; a longer one is #GP */

/* What kind of code segment; the default of operands and addresses. */
enum insn_mode {
	INSN_16,	/* real, virtual 8086, or CS.D = 0 */
	INSN_32,	/* CS.D = 1 */
	INSN_64,	/* CS.L = 1 */
};

/* Of struct insn. REX's bits are where REX has them. */
#define INSN_REX_B	0x01	/* extends ModRM.rm, SIB.base */
#define INSN_REX_X	0x02
#define INSN_REX_R	0x04	/* extends ModRM.reg */
#define INSN_REX_W	0x08	/* 64-bit operands */
#define INSN_REX	0x40	/* there is one */

/* Segments, as instructions number them. */
enum insn_segment { INSN_ES, INSN_CS, INSN_SS, INSN_DS, INSN_FS, INSN_GS };

#define INSN_NO_REG	0xff	/* of struct insn_memory */

/**
 * struct insn_memory - how an operand in memory is addressed
 * @size: bytes of an address: 2, 4, 8
 * @base: register, or INSN_NO_REG
 * @index: register, or INSN_NO_REG
 * @scale: how far @index is shifted
 * @rip: it counts from the next instruction
 * @segment: by prefix or by @base; in 64-bit mode only FS and GS have a base
 * @displacement: what is added
 */
struct insn_memory {
	u8 size;
	u8 base;
	u8 index;
	u8 scale;
	bool rip;
	enum insn_segment segment;
	s64 displacement;
};

/**
 * struct insn - an instruction while it is looked at
 * @bytes: it, from its first prefix
 * @have: how many bytes there are to look at
 * @pos: the next one
 * @mode: of the code segment
 * @rex: REX prefix, or 0
 * @operand: 66 was there
 * @address: 67 was there
 * @lock: F0 was there
 * @rep: F2 or F3, the last one; or 0
 * @modrm: as read by insn_modrm()
 * @segment: there was a prefix that says which, where it counts
 * @memory: the operand that insn_modrm() found, if it is in memory; its segment in any case
 */
struct insn {
	const u8 *bytes;
	unsigned int have;
	unsigned int pos;
	enum insn_mode mode;
	u8 rex;
	bool operand;
	bool address;
	bool lock;
	u8 rep;
	u8 modrm;
	bool segment;
	struct insn_memory memory;
};

/**
 * insn_begin() - look at an instruction, and take its prefixes
 * @in: filled in; @in->pos is at the opcode
 * @bytes: from its first byte
 * @have: how many of them could be fetched
 * @mode: of the code segment
 *
 * Return: 0; -ENODATA: the bytes end before the opcode; -EINVAL: more prefixes than an
 * instruction has room for.
 */
int insn_begin(struct insn *in, const u8 *bytes, unsigned int have, enum insn_mode mode);

/**
 * insn_take() - take the next bytes
 * @in: the instruction
 * @n: how many, at most 8
 * @val: they, little-endian
 *
 * Return: 0, -ENODATA: they are not among those fetched, -EINVAL: longer than an
 * instruction can be.
 */
int insn_take(struct insn *in, unsigned int n, u64 *val);

/**
 * insn_modrm() - take ModRM and what belongs to it: SIB, displacement
 * @in: the instruction; @in->modrm is filled in
 *
 * Return: as insn_take().
 */
int insn_modrm(struct insn *in);

/**
 * insn_address_size() - bytes of an address
 * @in: after insn_begin()
 *
 * Return: 2, 4 or 8.
 */
unsigned int insn_address_size(const struct insn *in);

/**
 * insn_offset() - where in its segment an operand is (AMD APM vol. 1, 2.2.3)
 * @m: how it is addressed
 * @gpr: the sixteen general registers
 * @next: RIP of the next instruction
 *
 * Return: the effective address, cut to its size.
 */
u64 insn_offset(const struct insn_memory *m, const u64 *gpr, u64 next);

/**
 * insn_is_register() - does ModRM name a register, not memory?
 * @in: after insn_modrm()
 *
 * Return: true if so.
 */
static inline bool insn_is_register(const struct insn *in)
{
	return in->modrm >> 6 == 3;
}

/**
 * insn_reg() - ModRM.reg with its extension
 * @in: after insn_modrm()
 *
 * Return: 0 to 15.
 */
static inline unsigned int insn_reg(const struct insn *in)
{
	return (in->modrm >> 3 & 7) | (in->rex & INSN_REX_R ? 8 : 0);
}

/**
 * insn_rm() - ModRM.rm with its extension, where it is a register
 * @in: after insn_modrm()
 *
 * Return: 0 to 15.
 */
static inline unsigned int insn_rm(const struct insn *in)
{
	return (in->modrm & 7) | (in->rex & INSN_REX_B ? 8 : 0);
}

/* Instructions of insn_length(). */
enum insn_name {
	INSN_CPUID,
	INSN_RDMSR,
	INSN_WRMSR,
	INSN_HLT,
	INSN_RDTSC,
	INSN_RDTSCP,
	INSN_RDPMC,
	INSN_WBINVD,
	INSN_INVD,
	INSN_XSETBV,
	INSN_CLTS,
	INSN_RSM,
	INSN_MONITOR,
	INSN_MWAIT,
	INSN_PAUSE,
	INSN_VMRUN,
	INSN_VMMCALL,
	INSN_VMLOAD,
	INSN_VMSAVE,
	INSN_STGI,
	INSN_CLGI,
	INSN_SKINIT,
	INSN_INVLPGA,
	INSN_NAMES
};

/**
 * insn_length() - how long is the instruction that exited?
 * @bytes: from its first byte
 * @have: how many of them could be fetched
 * @mode: of the code segment
 * @name: what it must be, as the exit says
 *
 * Prefixes are skipped whatever they are: the CPU has taken the instruction.
 *
 * Return: bytes; -EINVAL: that is not what stands there (somebody wrote it over);
 * -ENODATA: it goes on after the last byte fetched.
 */
int insn_length(const u8 *bytes, unsigned int have, enum insn_mode mode, enum insn_name name);

/**
 * struct insn_control - a move of a control or debug register
 * @len: bytes of the instruction
 * @number: CR0 to CR15, DR0 to DR15
 * @gpr: the general register, 0 to 15
 * @debug: a debug register
 * @write: from @gpr to it
 * @size: bytes that are moved: 8 in 64-bit code, else 4
 */
struct insn_control {
	u8 len;
	u8 number;
	u8 gpr;
	u8 size;
	bool debug;
	bool write;
};

/**
 * insn_control() - which registers does a MOV CR or MOV DR move?
 * @bytes: from its first byte
 * @have: how many of them could be fetched
 * @mode: of the code segment
 * @c: filled in
 *
 * LOCK makes CR8 of CR0, as AMD's CPUs have it for code that has no REX.
 *
 * Return: 0, or as insn_length().
 */
int insn_control(const u8 *bytes, unsigned int have, enum insn_mode mode, struct insn_control *c);

/**
 * insn_lmsw() - is it LMSW, and from where?
 * @bytes: from its first byte
 * @have: how many of them could be fetched
 * @mode: of the code segment
 * @in: filled in; @in->pos is its length
 *
 * Return: 0, or as insn_length().
 */
int insn_lmsw(const u8 *bytes, unsigned int have, enum insn_mode mode, struct insn *in);

#endif
