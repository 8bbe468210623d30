/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose is an exit of L2: intercepts and permission maps (AMD APM vol. 2, 15.9 to 15.11). Numbers
 * only: runs in user space, too.
 */
#ifndef TABULA_NESTED_DECIDE_H
#define TABULA_NESTED_DECIDE_H

#include <linux/types.h>

#define DECIDE_IO_PAGES		3	/* one bit a port, and some beyond */
#define DECIDE_MSR_PAGES	2	/* two bits an MSR */

/**
 * nested_intercepts() - is an exit asked for?
 * @words: intercepts of a control block, NESTED_INTERCEPTS of them
 * @code: exit code
 *
 * Return: true if its bit is set; false for codes that have none.
 */
bool nested_intercepts(const u32 *words, u32 code);

/**
 * nested_io_bits() - where the I/O map speaks of an access
 * @info: EXITINFO1 of the access
 * @mask: bits, in the two bytes from there on, any of which intercepts it
 *
 * An access of several bytes is intercepted if one of its ports is. Return: byte of the map, at
 * most 8191: the second may be in the next page.
 */
unsigned int nested_io_bits(u64 info, u32 *mask);

/**
 * nested_msr_bit() - where the MSR map speaks of an access
 * @msr: index
 * @write: it is written
 *
 * Return: bit of the map; -1: the map does not cover it, which intercepts it.
 */
int nested_msr_bit(u32 msr, bool write);

/**
 * nested_msr_open() - bytes of a map that let something through
 * @map: DECIDE_MSR_PAGES
 * @at: their offsets, ascending
 * @room: of @at
 *
 * Return: how many there are; more than @room: the others are not in @at.
 */
unsigned int nested_msr_open(const u8 *map, u16 *at, unsigned int room);

#endif
