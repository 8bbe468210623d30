/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bits in words; without underscores they are atomic.
 */
#ifndef SHIM_LINUX_BITOPS_H
#define SHIM_LINUX_BITOPS_H

#include <linux/atomic.h>
#include <linux/bits.h>

#define __ffs(x)	((unsigned long)__builtin_ctzl(x))
#define __ffs64(x)	__ffs(x)
#define __fls(x)	((unsigned long)(63 - __builtin_clzl(x)))
#define ffs(x)		__builtin_ffs(x)
#define hweight64(x)	((unsigned int)__builtin_popcountll(x))
#define hweight_long(x)	((unsigned int)__builtin_popcountl(x))

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline int ilog2(u64 x)
{
	return fls64(x) - 1;
}

static inline bool test_bit(unsigned long nr, const unsigned long *map)
{
	return READ_ONCE(map[BIT_WORD(nr)]) & BIT_MASK(nr);
}

static inline void __set_bit(unsigned long nr, unsigned long *map)
{
	map[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static inline void __clear_bit(unsigned long nr, unsigned long *map)
{
	map[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

static inline bool __test_and_set_bit(unsigned long nr, unsigned long *map)
{
	bool was = map[BIT_WORD(nr)] & BIT_MASK(nr);

	__set_bit(nr, map);
	return was;
}

static inline bool __test_and_clear_bit(unsigned long nr, unsigned long *map)
{
	bool was = map[BIT_WORD(nr)] & BIT_MASK(nr);

	__clear_bit(nr, map);
	return was;
}

static inline void set_bit(unsigned long nr, unsigned long *map)
{
	shim_access(&map[BIT_WORD(nr)], sizeof(long), SHIM_RMW);
	__set_bit(nr, map);
}

static inline void clear_bit(unsigned long nr, unsigned long *map)
{
	shim_access(&map[BIT_WORD(nr)], sizeof(long), SHIM_RMW);
	__clear_bit(nr, map);
}

static inline bool test_and_set_bit(unsigned long nr, unsigned long *map)
{
	shim_access(&map[BIT_WORD(nr)], sizeof(long), SHIM_RMW);
	return __test_and_set_bit(nr, map);
}

static inline bool test_and_clear_bit(unsigned long nr, unsigned long *map)
{
	shim_access(&map[BIT_WORD(nr)], sizeof(long), SHIM_RMW);
	return __test_and_clear_bit(nr, map);
}

#endif
