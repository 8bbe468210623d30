/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between host_mm.c and host_page.c.
 */
#ifndef SHIM_HOST_PRIVATE_H
#define SHIM_HOST_PRIVATE_H

#include "../machine/machine.h"
#include "../machine/memory.h"
#include "host_mm.h"

/**
 * struct page - a page frame
 * @refs: of host_page_get()
 * @maps: mappings by the VMM beyond the first
 * @kmaps: of host_page_map()
 * @uses: who reads, and who writes, by its physical or a kernel address; host_use()
 * @taken: TLB_R, TLB_W: what nobody may do to it any more
 * @free: it was given back
 */
struct page {
	unsigned short refs;
	unsigned short maps;
	unsigned char kmaps;
	unsigned char uses[2];
	unsigned char taken;
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
 * @special: no struct page: memory that the kernel does not manage
 * @missing: userfaultfd: whoever touches it waits for the VMM to bring it
 * @wp: userfaultfd: so does who writes it, until the VMM lets him
 * @frame: which
 */
struct host_pte {
	bool present, writable, readonly, moving, swapped, shared, huge, nothing, dying;
	bool special, missing, wp;
	unsigned short frame;
};

struct mm_struct {
	int count;
	struct host_pte pte[HOST_PAGES];
	struct host_notifier *listener;
	unsigned int notifying;	/* callbacks that run now */
	bool released;		/* the listener was told that all of it goes */
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
	unsigned int map_fails;
	bool map_invalidates;
} host_state;

struct host_pte *host_pte(unsigned long hva);
uint64_t host_frame_pa(unsigned int f);
unsigned char *host_frame_bytes(unsigned int f);
unsigned int host_frame_new(unsigned long hva, bool zero);
void host_frame_free(unsigned int f);
bool host_fault_in(unsigned long hva, bool write);
void host_check_latest(const struct line *line, line_values v, const char *rule,
		       const char *who);
void host_each_line(unsigned int f, void (*fn)(struct line *line, void *arg), void *arg);
void host_take(unsigned int f, uint8_t perms, const char *why);
void host_check_gone(unsigned int f, uint8_t perms, const char *why);
void host_line_check(struct line *line, void *rule);
void host_notify_start(unsigned long start, unsigned long end);
void host_notify_reap(unsigned long start, unsigned long end);
void host_notify_exit(void);
bool host_notify_age(unsigned long start, unsigned long end, bool flush);
void host_notify_end(unsigned long start, unsigned long end);

#endif
