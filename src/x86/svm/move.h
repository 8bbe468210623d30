/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Plain moves between a register, or a constant, and memory: what drivers do to device
 * registers. What is none of them is nobody's to emulate. Bytes and numbers only: runs
 * in user space, too.
 */
#ifndef TABULA_SVM_MOVE_H
#define TABULA_SVM_MOVE_H

#include "insn.h"

/**
 * struct move - a plain move
 * @len: bytes of the instruction
 * @size: bytes of memory it moves: 1, 2, 4, 8
 * @width: bytes of the register that a load writes (before what 32 bits do to the upper
 *	half); @size for a store
 * @reg: the register, 0 to 15, if not @constant
 * @high: it is AH, CH, DH or BH; @reg says of which register
 * @store: into memory
 * @constant: what is stored is @value
 * @sign: a load extends by the sign
 * @value: a constant, as long as @size
 * @memory: where it goes, or comes from
 */
struct move {
	u8 len;
	u8 size;
	u8 width;
	u8 reg;
	bool high;
	bool store;
	bool constant;
	bool sign;
	u64 value;
	struct insn_memory memory;
};

/**
 * move_decode() - is this instruction a plain move, and which?
 * @bytes: from its first byte
 * @have: how many of them could be fetched; 15 are always enough
 * @mode: of the code segment
 * @m: filled in
 *
 * 88-8b, a0-a3, c6, c7, 0f b6, b7, be, bf; with memory, without LOCK and REP.
 *
 * Return: 0; -EINVAL: it is something else; -ENODATA: it goes on after the last byte
 * fetched.
 */
int move_decode(const u8 *bytes, unsigned int have, enum insn_mode mode, struct move *m);

/**
 * move_value() - what a store writes
 * @m: a store
 * @reg: what its register, all of it, holds
 *
 * Return: the value; bits beyond @m->size are 0.
 */
u64 move_value(const struct move *m, u64 reg);

/**
 * move_result() - what a load makes of its register
 * @m: a load
 * @old: what the register, all of it, held
 * @data: what was read; bits beyond @m->size are ignored
 *
 * Return: what all of the register holds then.
 */
u64 move_result(const struct move *m, u64 old, u64 data);

#endif
