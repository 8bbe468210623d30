// SPDX-License-Identifier: GPL-2.0
/*
 * The heap: addresses go up, a table of blocks, a shadow byte for every granule.
 */
#include "arena.h"

#include <string.h>

#define STACK_SIZE	(128UL << 10)
#define GRANULE		ARENA_GRANULE
#define BLOCKS		8192
#define RED_ZONE	GRANULE		/* between blocks: what runs over is found */

#define SHADOW_FREED	ARENA_SHADOW_FREED

uint8_t arena_shadow[ARENA_SIZE / GRANULE];

struct block {
	uint32_t start;
	uint32_t size;
	bool live;
};

static struct {
	size_t top;
	unsigned int blocks;
	struct block block[BLOCKS];
} arena;

static char *arena_base(void)
{
	return memory_kva(MEMORY_KERNEL);
}

void arena_reset(void)
{
	memset(arena_base(), 0, arena.top);
	memset(arena_shadow, 0, (arena.top + GRANULE - 1) / GRANULE);
	memset(arena.block, 0, arena.blocks * sizeof(arena.block[0]));
	arena.top = 0;
	arena.blocks = 0;
}

static void shadow_set(size_t start, size_t size, bool live)
{
	size_t g;

	for (g = start / GRANULE; g * GRANULE < start + size; g++) {
		size_t left = start + size - g * GRANULE;

		if (live)
			arena_shadow[g] = left < GRANULE ? left : GRANULE;
		else
			arena_shadow[g] = SHADOW_FREED;
	}
}

void *arena_alloc(size_t size, size_t align)
{
	size_t start;

	if (align < GRANULE)
		align = GRANULE;
	if (!size)
		size = 1;
	start = (arena.top + align - 1) & ~(align - 1);
	if (size > ARENA_SIZE || start + size + RED_ZONE > ARENA_SIZE || arena.blocks == BLOCKS)
		return NULL;
	arena.block[arena.blocks++] = (struct block){ start, size, true };
	shadow_set(start, size, true);
	arena.top = start + ((size + GRANULE - 1) & ~(GRANULE - 1)) + RED_ZONE;
	return arena_base() + start;
}

static struct block *block_of(const void *p)
{
	size_t start = (const char *)p - arena_base();
	unsigned int lo = 0, hi = arena.blocks;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (arena.block[mid].start == start)
			return &arena.block[mid];
		if (arena.block[mid].start < start)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

bool arena_free(const void *p)
{
	struct block *b;

	if (!p)
		return true;
	b = block_of(p);
	if (!b || !b->live)
		return false;
	b->live = false;
	memset(arena_base() + b->start, 0, b->size);
	shadow_set(b->start, b->size, false);
	return true;
}

enum arena_state arena_check(const void *p, size_t size)
{
	size_t start = (const char *)p - arena_base(), g, end;

	/* what lies before the heap wraps round */
	if (start >= ARENA_SIZE || !size)
		return ARENA_FINE;
	if (arena_is_live(p, size))
		return ARENA_FINE;
	for (g = start / GRANULE; g * GRANULE < start + size; g++) {
		uint8_t s;

		if (g >= ARENA_SIZE / GRANULE)
			return ARENA_WILD;
		s = arena_shadow[g];
		end = start + size - g * GRANULE;
		if (s == SHADOW_FREED)
			return ARENA_FREED;
		if ((end < GRANULE ? end : GRANULE) > s)
			return ARENA_WILD;
	}
	return ARENA_FINE;
}

unsigned int arena_live(size_t *size, unsigned int *order)
{
	unsigned int i, nr = 0;

	for (i = arena.blocks; i--;) {
		if (!arena.block[i].live)
			continue;
		nr++;
		if (size)
			*size = arena.block[i].size;
		if (order)
			*order = i + 1;
	}
	return nr;
}

void *arena_stack(unsigned int n, size_t *size)
{
	*size = STACK_SIZE;
	return arena_base() + ARENA_SIZE + n * STACK_SIZE;
}
