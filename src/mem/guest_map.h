/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A page of guest memory mapped for the kernel, within a scope.
 *
 * Whoever holds one learns of migration, swap-out and changes of slots by itself:
 * it is used in stretches between guest_map_begin() and guest_map_end(), and each
 * begin finds the page where it is then. Both kinds of client fit: map, use, unmap at
 * once; and keep it mapped for long.
 */
#ifndef TABULA_MEM_GUEST_MAP_H
#define TABULA_MEM_GUEST_MAP_H

#include <linux/types.h>

#include "pfn_cache.h"

/* Flags of guest_map(). */
#define GUEST_MAP_WRITE		PFN_CACHE_WRITE

/* Flags of guest_map_end(). */
#define GUEST_MAP_DIRTY		PFN_CACHE_DIRTY

/**
 * struct guest_map - a mapped page
 * @pc: the page
 * @use: the stretch that was begun
 */
struct guest_map {
	struct pfn_cache pc;
	struct pfn_use use;
};

/**
 * guest_map() - map a page of guest memory
 * @map: uninitialised memory; stays where it is
 * @gm: guest memory; there until guest_unmap()
 * @gpa: guest physical address, aligned to a page
 * @flags: %GUEST_MAP_WRITE
 *
 * Context: as pfn_cache_activate().
 * Return: 0; errno as pfn_cache_activate(), then there is nothing to unmap.
 */
int guest_map(struct guest_map *map, struct gmem *gm, u64 gpa, u32 flags);

/**
 * guest_unmap() - end the scope
 * @map: mapped
 *
 * Context: may sleep; from any process. All stretches are ended.
 */
void guest_unmap(struct guest_map *map);

/**
 * guest_map_begin() - begin a stretch of use, wherever the page is by now
 * @map: mapped
 *
 * Context: may sleep until it returns an address; then interrupts are off up to
 * guest_map_end(), and the page and its slot stay. One stretch at a time.
 * Return: kernel address of the page, or an errno of pfn_cache_refresh() as a
 * pointer: nothing was begun.
 */
void *guest_map_begin(struct guest_map *map);

/**
 * guest_map_try() - guest_map_begin() without sleep
 * @map: mapped
 *
 * Context: any but NMI.
 * Return: kernel address of the page, or NULL: guest_map_begin() has to find it.
 */
void *guest_map_try(struct guest_map *map);

/**
 * guest_map_end() - end the stretch
 * @map: in a stretch
 * @flags: %GUEST_MAP_DIRTY: it was written; tells the dirty log
 *
 * The host takes the page for accessed from then on, and since it was mapped for
 * writing for dirty.
 */
void guest_map_end(struct guest_map *map, u32 flags);

#endif
