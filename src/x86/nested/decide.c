// SPDX-License-Identifier: GPL-2.0
/*
 * Intercept bits, and where permission maps keep theirs.
 */
#include "bits.h"
#include "decide.h"

#define DECIDE_MSR_RANGE	8192	/* MSRs in each of the three ranges */
#define DECIDE_MSR_BYTES	(DECIDE_MSR_PAGES * 4096)

bool nested_intercepts(const u32 *words, u32 code)
{
	return code < NESTED_EXIT_BITS && words[code / 32] & BIT(code % 32);
}

unsigned int nested_io_bits(u64 info, u32 *mask)
{
	unsigned int port = info >> 16 & 0xffff;
	/* bits 4, 5, 6: one, two, four bytes */
	unsigned int size = info >> 4 & 7;

	*mask = (BIT(size) - 1) << (port & 7);
	return port / 8;
}

int nested_msr_bit(u32 msr, bool write)
{
	static const u32 first[] = { 0, 0xc0000000, 0xc0010000 };
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (msr - first[i] < DECIDE_MSR_RANGE)
			return 2 * (i * DECIDE_MSR_RANGE + (msr - first[i])) + write;
	return -1;
}

unsigned int nested_msr_open(const u8 *map, u16 *at, unsigned int room)
{
	unsigned int i, n = 0;

	for (i = 0; i < DECIDE_MSR_BYTES; i++) {
		if (map[i] == 0xff)
			continue;
		if (n < room)
			at[n] = i;
		n++;
	}
	return n;
}
