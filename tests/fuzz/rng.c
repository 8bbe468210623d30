// SPDX-License-Identifier: GPL-2.0
/*
 * What is drawn: numbers, wild numbers, wild pointers. Each step seeds anew, so
 * that what one call met does not change what the next one is.
 */
#include "fuzz.h"

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

void draw_seed(struct thread *t)
{
	t->rng = mix(mix(options.seed) ^ mix(t->id * 0x1000003ULL) ^ t->step);
}

uint64_t draw(struct thread *t)
{
	t->rng += 0x9e3779b97f4a7c15;
	return mix(t->rng);
}

uint64_t draw_below(struct thread *t, uint64_t n)
{
	return draw(t) % n;
}

bool one_in(struct thread *t, unsigned int n)
{
	return !draw_below(t, n);
}

uint64_t draw_wild(struct thread *t)
{
	switch (draw_below(t, 8)) {
	case 0:
		return draw(t);
	case 1:
		return draw_below(t, 16);
	case 2:
		return -draw_below(t, 16);
	case 3:
		return 1ULL << draw_below(t, 64);
	case 4:
		return (1ULL << draw_below(t, 64)) - 1;
	case 5:
		return draw_below(t, 4096) * PAGE;
	case 6:
		return -draw_below(t, 4096) * PAGE;
	default:
		return draw(t) & 0xffffffff;
	}
}

unsigned long draw_pointer(struct thread *t, const void *good)
{
	if (draw_below(t, 100) < 94)
		return (unsigned long)good;
	switch (draw_below(t, 7)) {
	case 0:
		return 0;
	case 1:		/* the structure's end is not mapped */
		return (unsigned long)t->buf + BUFFER_SIZE - draw_below(t, 32);
	case 2:
		return 0xffff000000000000 + draw_below(t, 1 << 30);
	case 3:
		return (unsigned long)good + 1 + draw_below(t, 7);
	case 4:		/* a guest's memory, or what was it */
		return (unsigned long)ARENA + draw_below(t, ARENA_SIZE - 1 * MIB);
	case 5:
		return (unsigned long)good | 0x5aUL << 56;
	default:
		return draw_wild(t) | 1UL << 63;
	}
}
