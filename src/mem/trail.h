/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A way through elements of guest memory to a frame, which is gone again and again: a table walk that led
 * somewhere. It is not believed later, but gone once more, by the user addresses that it had: where every
 * element holds what it held, it leads where it led.
 */
#ifndef TABULA_MEM_TRAIL_H
#define TABULA_MEM_TRAIL_H

#include "gmem.h"

#define TRAIL_STEPS	5	/* levels of the deepest tables there are */

/**
 * struct trail_step - an element on the way
 * @hva: its user address
 * @val: what it held
 */
struct trail_step {
	unsigned long hva;
	u64 val;
};

/**
 * struct trail - a way to a frame; plain data, zeroes: none
 * @generation: of the slots; 0: nothing is kept
 * @gpa: guest physical address of the frame
 * @hva: its user address
 * @size: bytes of an element: 4 or 8
 * @n: elements
 * @step: they
 */
struct trail {
	u64 generation;
	u64 gpa;
	unsigned long hva;
	unsigned int size;
	unsigned int n;
	struct trail_step step[TRAIL_STEPS];
};

/**
 * trail_begin() - forget it, and go another way
 * @t: the trail, its user's own
 * @gm: guest memory
 * @size: bytes of an element: 4 or 8
 */
void trail_begin(struct trail *t, struct gmem *gm, unsigned int size);

/**
 * trail_load() - the next element
 * @t: a trail that was begun
 * @gm: guest memory
 * @gpa: guest physical address, aligned to the size
 * @val: what it holds
 *
 * One access. Context: on the VMM's mm, may sleep; takes gmem_read_lock() itself.
 * Return: 0; -EFAULT: not readable, and the trail is none; -EINVAL: alignment, or more than TRAIL_STEPS.
 */
int trail_load(struct trail *t, struct gmem *gm, u64 gpa, u64 *val);

/**
 * trail_end() - where it leads to
 * @t: the trail
 * @gm: guest memory
 * @gpa: guest physical address, anywhere in the frame
 *
 * Where no slot is there nothing is kept; trail_read() sees that slots have changed on the way.
 * Context: takes gmem_read_lock() itself.
 */
void trail_end(struct trail *t, struct gmem *gm, u64 gpa);

/**
 * trail_read() - go it once more, and copy from the frame
 * @t: the trail
 * @gm: guest memory
 * @off: bytes into the frame
 * @buf: kernel memory
 * @len: bytes, up to the frame's end at most
 *
 * Elements are read in order, one access each, then the bytes; all in one gmem_read_lock() section.
 *
 * Context: on the VMM's mm, may sleep.
 * Return: true: @buf has what the same elements lead to now; false: it may lead elsewhere, or is not
 * readable, and nothing is kept any more.
 */
bool trail_read(struct trail *t, struct gmem *gm, unsigned int off, void *buf, unsigned int len);

#endif
