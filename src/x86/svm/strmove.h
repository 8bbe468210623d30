/* SPDX-License-Identifier: GPL-2.0 */
/*
 * String instructions that move: what firmware and drivers do to the memory of screens and cards.
 * Bytes and numbers only: runs in user space, too.
 */
#ifndef TABULA_SVM_STRMOVE_H
#define TABULA_SVM_STRMOVE_H

#include "insn.h"

/**
 * struct strmove - MOVS, STOS or LODS
 * @len: bytes of the instruction; 0: it is none
 * @size: bytes of an element: 1, 2, 4, 8
 * @load: from rSI
 * @store: to rDI
 * @rep: as often as rCX says
 * @from: where rSI points
 * @to: where rDI points; its segment is ES whatever a prefix says
 */
struct strmove {
	u8 len;
	u8 size;
	bool load;
	bool store;
	bool rep;
	struct insn_memory from;
	struct insn_memory to;
};

/**
 * strmove_decode() - is this instruction one of them, and which?
 * @bytes: from its first byte
 * @have: how many of them could be fetched; 15 are always enough
 * @mode: of the code segment
 * @s: filled in; on an error @s->len is 0
 *
 * a4, a5, aa to ad, without LOCK. Either REP prefix repeats.
 *
 * Return: 0; -EINVAL: it is something else; -ENODATA: it goes on after the last byte fetched.
 */
int strmove_decode(const u8 *bytes, unsigned int have, enum insn_mode mode, struct strmove *s);

/**
 * strmove_step() - a register after one element, or one time less
 * @address: bytes of an address: what of the register counts
 * @reg: what all of it holds
 * @by: what is added
 *
 * Return: what all of it holds then: 32 bits clear the upper half, 16 leave what is above.
 */
u64 strmove_step(unsigned int address, u64 reg, s64 by);

#endif
