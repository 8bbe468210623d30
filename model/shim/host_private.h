/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between host_mm.c and host_page.c.
 */
#ifndef SHIM_HOST_PRIVATE_H
#define SHIM_HOST_PRIVATE_H

#include "../machine/machine.h"
#include "../machine/memory.h"
#include "host_mm.h"

struct page {
	unsigned short refs;	/* of host_page_get() */
	unsigned short maps;	/* mappings beyond the first */
	bool free;
};

/**
 * struct host_pte - the VMM's mapping of one page
 * @present: there is a frame
 * @writable: the entry allows writing
 * @readonly: the VMA does not
 * @moving: between two places: who wants it waits
 * @swapped: its content is on disk
 * @shared: copy on write
 * @huge: part of a huge page
 * @nothing: no VMA any more
 * @dying: munmap() is at it
 * @frame: which
 */
struct host_pte {
	bool present, writable, readonly, moving, swapped, shared, huge, nothing, dying;
	unsigned short frame;
};

struct mm_struct {
	int count;
	struct host_pte pte[HOST_PAGES];
	struct host_notifier *listener;
	unsigned int notifying;	/* callbacks that run now */
};

struct host_watch {
	unsigned long hva;
	const char *name;
	bool own;
};

extern struct host_state {
	struct mm_struct mm;
	struct page frame[MEMORY_USER_SIZE / 4096];
	unsigned int next_frame;
	unsigned int next_huge;
	struct host_watch watch[HOST_WATCHES];
	unsigned int watches;
} host_state;

struct host_pte *host_pte(unsigned long hva);
uint64_t host_frame_pa(unsigned int f);
unsigned int host_frame_new(unsigned long hva, bool zero);
void host_frame_free(unsigned int f);
bool host_fault_in(unsigned long hva, bool write);
void host_check_latest(const struct line *line, line_values v, const char *rule,
		       const char *who);
void host_line_check(struct line *line, void *rule);
void host_notify_start(unsigned long start, unsigned long end);
void host_notify_end(unsigned long start, unsigned long end);

#endif
