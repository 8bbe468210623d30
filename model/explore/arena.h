/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's heap on the model: fixed addresses, zero when free, so that equal
 * states are equal bytes; and a shadow that knows which bytes are alive.
 */
#ifndef EXPLORE_ARENA_H
#define EXPLORE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../machine/memory.h"

/* What arena_check() says of an access. */
enum arena_state {
	ARENA_FINE,	/* alive, or not heap */
	ARENA_FREED,	/* was alive once */
	ARENA_WILD,	/* never was */
};

/**
 * arena_reset() - empty the heap
 *
 * What was allocated is zero again, and addresses start anew.
 */
void arena_reset(void);

/**
 * arena_alloc() - memory at the next address
 * @size: bytes
 * @align: a power of two, or 0
 *
 * Not reused after arena_free() until arena_reset(), so that what uses it after
 * the end is found.
 *
 * Return: zeroed memory, or NULL when the heap is full.
 */
void *arena_alloc(size_t size, size_t align);

/**
 * arena_free() - give memory back
 * @p: from arena_alloc(), or NULL
 *
 * Return: false where @p is not the start of live memory.
 */
bool arena_free(const void *p);

/**
 * arena_check() - is this access to the heap right?
 * @p: first byte
 * @size: bytes
 *
 * Return: see enum arena_state.
 */
enum arena_state arena_check(const void *p, size_t size);

#define ARENA_STACKS	(2UL << 20)
#define ARENA_SIZE	(MEMORY_KERNEL_SIZE - ARENA_STACKS)
#define ARENA_GRANULE	16UL

/* For each granule: 0 never used, 1..16 live bytes, ARENA_SHADOW_FREED. */
#define ARENA_SHADOW_FREED	0xff
extern uint8_t arena_shadow[ARENA_SIZE / ARENA_GRANULE];

/**
 * arena_is_live() - the common case of arena_check(), quickly
 * @p: first byte
 * @size: bytes
 *
 * Return: true where the access lies within one granule of live heap memory; false
 * says nothing.
 */
static inline bool arena_is_live(const volatile void *p, size_t size)
{
	size_t start = (uintptr_t)p - (MEMORY_KVA + MEMORY_KERNEL);
	size_t end = start % ARENA_GRANULE + size;
	uint8_t s;

	if (start >= ARENA_SIZE || end > ARENA_GRANULE)
		return false;
	s = arena_shadow[start / ARENA_GRANULE];
	return end <= s && s != ARENA_SHADOW_FREED;
}

/**
 * arena_live() - blocks allocated and not freed
 * @size: out: size of the oldest, or NULL
 * @order: out: which allocation since arena_reset() it was, from 1, or NULL
 *
 * Return: how many.
 */
unsigned int arena_live(size_t *size, unsigned int *order);

/**
 * arena_stack() - memory for a thread's stack
 * @n: which
 * @size: out: bytes
 *
 * Return: its lowest address.
 */
void *arena_stack(unsigned int n, size_t *size);

#endif
