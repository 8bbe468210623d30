/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bitmaps; none of these is atomic.
 */
#ifndef SHIM_LINUX_BITMAP_H
#define SHIM_LINUX_BITMAP_H

#include <linux/bitops.h>
#include <linux/slab.h>

static inline unsigned long shim_find_bit(const unsigned long *map,
					  unsigned long size,
					  unsigned long at, bool set)
{
	while (at < size && !!(map[BIT_WORD(at)] & BIT_MASK(at)) != set)
		at++;
	return at < size ? at : size;
}

#define find_next_bit(map, size, at)		shim_find_bit(map, size, at, true)
#define find_next_zero_bit(map, size, at)	shim_find_bit(map, size, at, false)
#define find_first_bit(map, size)		shim_find_bit(map, size, 0, true)
#define find_first_zero_bit(map, size)		shim_find_bit(map, size, 0, false)
#define for_each_set_bit(bit, map, size)				\
	for ((bit) = find_first_bit(map, size); (bit) < (size);		\
	     (bit) = find_next_bit(map, size, (bit) + 1))

static inline void bitmap_set(unsigned long *map, unsigned long at,
			      unsigned long n)
{
	while (n--)
		__set_bit(at++, map);
}

static inline void bitmap_clear(unsigned long *map, unsigned long at,
				unsigned long n)
{
	while (n--)
		__clear_bit(at++, map);
}

static inline void bitmap_zero(unsigned long *map, unsigned long n)
{
	unsigned long i;

	for (i = 0; i < BITS_TO_LONGS(n); i++)
		map[i] = 0;
}

static inline void bitmap_fill(unsigned long *map, unsigned long n)
{
	bitmap_set(map, 0, n);
}

static inline bool bitmap_empty(const unsigned long *map, unsigned long n)
{
	return find_first_bit(map, n) == n;
}

static inline unsigned long *bitmap_zalloc(unsigned int n, gfp_t gfp)
{
	return kcalloc(BITS_TO_LONGS(n), sizeof(long), gfp);
}

static inline void bitmap_free(const unsigned long *map)
{
	kfree(map);
}

#endif
