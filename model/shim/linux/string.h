/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes in memory.
 */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <string.h>

#include <linux/types.h>

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
