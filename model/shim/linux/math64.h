/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Division of 64 bits.
 */
#ifndef SHIM_LINUX_MATH64_H
#define SHIM_LINUX_MATH64_H

#include <linux/types.h>

static inline u64 div_u64_rem(u64 n, u32 by, u32 *rest)
{
	*rest = n % by;
	return n / by;
}

static inline u64 div_u64(u64 n, u32 by)
{
	return n / by;
}

static inline u64 div64_u64(u64 n, u64 by)
{
	return n / by;
}

static inline u64 mul_u64_u32_div(u64 a, u32 by, u32 div)
{
	return (__uint128_t)a * by / div;
}

#endif
