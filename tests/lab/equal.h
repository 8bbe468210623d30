/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For programs of one file that compare numbers: says what differs, and remembers it.
 */
#ifndef LAB_EQUAL_H
#define LAB_EQUAL_H

#include <stdio.h>

static int bad;

#define expect(got, want) do {							\
	long got_ = (long)(got), want_ = (long)(want);				\
	if (got_ != want_) {							\
		printf("line %d: %s is %#lx, not %#lx\n", __LINE__, #got, got_, want_); \
		bad = 1;							\
	}									\
} while (0)

#endif
