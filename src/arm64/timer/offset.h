/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A count with an offset, on a timer that compares with one without: a function of values.
 */
#ifndef TABULA_TIMER_OFFSET_H
#define TABULA_TIMER_OFFSET_H

#include <linux/limits.h>
#include <linux/types.h>

/**
 * offset_cval() - what the hardware compares its count with
 * @cval: what the guest compares its own with: it has fired when its count is not below
 * @offset: the hardware's count minus the guest's, modulo 2^64
 * @now: the hardware's count
 *
 * The guest's count is taken to be ahead of the hardware's, or behind it, as it is now:
 * that changes only when one of them wraps, which at 1 GHz takes 584 years or a VMM that
 * has set it close to that.
 *
 * Return: the hardware's CVAL: 0 where the timer has fired whatever the count, U64_MAX where
 * it never will.
 */
static inline u64 offset_cval(u64 cval, u64 offset, u64 now)
{
	u64 count = now - offset;

	if (count > now)
		return cval > count - now ? cval - (count - now) : 0;
	return cval > U64_MAX - offset ? U64_MAX : cval + offset;
}

#endif
