/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes in memory.
 */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <string.h>

#include <linux/types.h>

/* The first byte that is another; NULL: there is none. */
static inline void *memchr_inv(const void *p, int c, size_t n)
{
	const unsigned char *b = p;

	for (; n; b++, n--)
		if (*b != (unsigned char)c)
			return (void *)b;
	return NULL;
}

/* As much as fits, and a zero; how much that was, or -E2BIG. */
static inline ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t n = strnlen(from, size);

	if (n == size)
		n--;
	memcpy(to, from, n);
	to[n] = 0;
	return from[n] ? -7 : (ssize_t)n;
}

#endif
