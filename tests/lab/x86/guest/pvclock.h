/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kvmclock as a guest and a VMM see it.
 */
#ifndef GUEST_PVCLOCK_H
#define GUEST_PVCLOCK_H

#include <stdint.h>

#define MSR_WALL	0x4b564d00
#define MSR_TIME	0x4b564d01
#define MSR_OLD_WALL	0x11
#define MSR_OLD_TIME	0x12

#define PVCLOCK_STABLE	1
#define PVCLOCK_STOPPED	2

struct pvclock {
	uint32_t version, pad0;
	uint64_t tsc, ns;
	uint32_t mul;
	int8_t shift;
	uint8_t flags, pad[2];
};

static inline uint64_t pvclock_at(const struct pvclock *c, uint64_t tsc)
{
	uint64_t ticks = tsc - c->tsc;

	ticks = c->shift < 0 ? ticks >> -c->shift : ticks << c->shift;
	return c->ns + (ticks >> 32) * c->mul + ((ticks & 0xffffffff) * c->mul >> 32);
}

static inline uint64_t pvclock_tsc(void)
{
	uint32_t lo, hi;

	asm volatile("lfence\n\trdtsc\n\tlfence" : "=a" (lo), "=d" (hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* By the version's protocol: one record, read whole. */
static inline uint64_t pvclock_read(const volatile struct pvclock *c)
{
	struct pvclock now;
	uint32_t version;
	uint64_t tsc;

	do {
		version = c->version;
		asm volatile("" : : : "memory");
		now.tsc = c->tsc;
		now.ns = c->ns;
		now.mul = c->mul;
		now.shift = c->shift;
		tsc = pvclock_tsc();
		asm volatile("" : : : "memory");
	} while (version & 1 || version != c->version);
	return pvclock_at(&now, tsc);
}

#endif
