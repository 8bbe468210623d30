/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMM's address space, its pages, and the memory manager that moves them
 * about. In place of Linux's; src/host's functions stand on it in host_page.c.
 */
#ifndef SHIM_HOST_MM_H
#define SHIM_HOST_MM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../machine/line.h"

#define HOST_HVA	0x1000000000UL	/* where the VMM's memory begins */
#define HOST_PAGES	1024U		/* and how long it is */
#define HOST_HUGE	512U		/* pages of a huge one */
#define HOST_WATCHES	6

#define HOST_BYTES	64U	/* of each small page are bytes, too: see host_poke() */

struct mm_struct;
struct host_notifier;

/**
 * host_mm_reset() - a new address space, nothing mapped, all memory foreign
 */
void host_mm_reset(void);

/**
 * host_mm_current() - the VMM's address space
 *
 * Return: it.
 */
struct mm_struct *host_mm_current(void);

/**
 * host_is_user() - is this an address of the VMM's memory?
 * @addr: address
 *
 * Return: true where it is.
 */
bool host_is_user(uintptr_t addr);

/**
 * host_watch() - keep account of a line of whatever page stands at an address
 * @hva: address of the line
 * @name: for people
 */
void host_watch(unsigned long hva, const char *name);

/**
 * host_watch_own() - as host_watch(), but what was there before is the VMM's own
 * @hva: address of the line
 * @name: for people
 *
 * So that reading it is no leak (C5), only too old.
 */
void host_watch_own(unsigned long hva, const char *name);

/**
 * host_collapse() - 512 small pages become a huge one (khugepaged)
 * @hva: aligned to 2 MiB of HOST_HVA
 *
 * Return: false where somebody has a reference to one of them.
 */
bool host_collapse(unsigned long hva);

/**
 * host_map_huge() - back [hva, hva + 2 MiB) by one huge page, now
 * @hva: aligned to 2 MiB of HOST_HVA
 */
void host_map_huge(unsigned long hva);

/**
 * host_map_small() - back [hva, hva + 2 MiB) by small pages, now
 * @hva: aligned to 2 MiB of HOST_HVA
 */
void host_map_small(unsigned long hva);

/**
 * host_pa() - where an address stands now
 * @hva: user address
 *
 * Return: physical address, or 0 where nothing is mapped.
 */
uint64_t host_pa(unsigned long hva);

/* What the VMM does with its memory. */

/**
 * host_write() - the VMM writes a line
 * @hva: where
 */
void host_write(unsigned long hva);

/**
 * host_write_back() - what the VMM wrote long ago has reached memory by itself
 * @hva: where
 *
 * A machine too kind, for scenarios about what comes later.
 */
void host_write_back(unsigned long hva);

/**
 * host_read() - the VMM reads a line
 * @hva: where
 * @rule: it must be the youngest value, or this rule is broken; NULL: it may be any
 *
 * Return: what it may be.
 */
line_values host_read(unsigned long hva, const char *rule);

/**
 * host_poke() - the VMM stores a number
 * @hva: where: a multiple of 8, in the first %HOST_BYTES of a page
 * @val: the number
 *
 * Beside the machine's lines there are real bytes, for what the hypervisor itself
 * loads and stores. They have no caches and go where the page goes, but not to swap
 * nor into huge pages.
 */
void host_poke(unsigned long hva, uint64_t val);

/**
 * host_peek() - the VMM loads a number
 * @hva: as host_poke()
 *
 * Return: it.
 */
uint64_t host_peek(unsigned long hva);

/* How a page is used; flags for host_use(). */
#define HOST_USE_WRITE		1U	/* it is written, too */
#define HOST_USE_MAPPED		2U	/* by a kernel mapping, which must be there */

/**
 * host_use() - somebody uses a page by an address that he keeps
 * @pa: any address in it
 * @flags: HOST_USE_*
 *
 * From here to host_unuse() the memory manager must not take the page away, and
 * must not have taken it: either breaks the rule "page taken back".
 */
void host_use(uint64_t pa, unsigned int flags);

/**
 * host_unuse() - and no more
 * @pa: any address in it
 * @flags: as they were
 */
void host_unuse(uint64_t pa, unsigned int flags);

/**
 * host_check_guest() - a guest's access has come to a page
 * @pa: where
 * @at: distance into guest memory, for people
 * @hva: what it was meant for, or 0 where nobody knows
 *
 * A page that was given back, or what is no page of anybody, breaks the rule "freed frame",
 * another page than stands at @hva the rule "wrong page".
 */
void host_check_guest(uint64_t pa, uint64_t at, unsigned long hva);

/**
 * host_forbid() - nobody may use the page at an address that he keeps any more
 * @hva: where
 * @why: for people
 */
void host_forbid(unsigned long hva, const char *why);

/**
 * host_make_special() - what stands at an address has no struct page
 * @hva: where
 */
void host_make_special(unsigned long hva);

/**
 * host_map_fails() - kernel mappings cannot be made
 * @n: so many, from now on
 */
void host_map_fails(unsigned int n);

/**
 * host_map_invalidates() - making a kernel mapping takes pages away
 * @on: the very page that is mapped, each time
 */
void host_map_invalidates(bool on);

/**
 * host_check_unmapped() - all kernel mappings were dropped, or it is a leak
 */
void host_check_unmapped(void);

/* What the memory manager does; each with the notifier's calls around. */

/**
 * host_migrate() - move a page to another frame
 * @hva: which
 *
 * Return: false where somebody has a reference, so that it stays.
 */
bool host_migrate(unsigned long hva);

/**
 * host_swap_out() - take a page away; it comes back in another frame when touched
 * @hva: which
 *
 * Return: false where somebody has a reference.
 */
bool host_swap_out(unsigned long hva);

/**
 * host_merge() - KSM: make two pages one, read-only, if they may be
 * @a: one
 * @b: the other
 *
 * Contents are not compared: they are said to be equal.
 */
void host_merge(unsigned long a, unsigned long b);

/**
 * host_age() - ask whether a page was used, and forget it
 * @hva: first byte
 * @len: bytes
 * @flush: TLBs forget it, too (else as MGLRU and DAMON do)
 *
 * Return: true where the guest had used it.
 */
bool host_age(unsigned long hva, unsigned long len, bool flush);

/**
 * host_unmap() - munmap(): pages go to other owners, who write to them
 * @hva: first byte
 * @len: bytes
 */
void host_unmap(unsigned long hva, unsigned long len);

/**
 * host_discard() - MADV_DONTNEED: pages go, and come back zeroed when touched
 * @hva: first byte
 * @len: bytes, 8 pages at most
 *
 * They are freed before the notifier hears of the end; others may touch the range
 * between.
 */
void host_discard(unsigned long hva, unsigned long len);

/**
 * host_reap() - host_discard() by the OOM reaper, whose listeners must not sleep
 * @hva: first byte
 * @len: bytes, 8 pages at most
 */
void host_reap(unsigned long hva, unsigned long len);

/**
 * host_exit() - the VMM is gone, and all its memory with it
 */
void host_exit(void);

/**
 * host_protect() - mprotect(PROT_READ)
 * @hva: first byte
 * @len: bytes
 */
void host_protect(unsigned long hva, unsigned long len);

/**
 * host_uffd_protect() - UFFDIO_WRITEPROTECT: whoever writes the page waits
 * @hva: which
 */
void host_uffd_protect(unsigned long hva);

/**
 * host_uffd_unprotect() - UFFDIO_WRITEPROTECT again: who waits goes on
 * @hva: which
 */
void host_uffd_unprotect(unsigned long hva);

/**
 * host_uffd_discard() - MADV_DONTNEED where userfaultfd watches: whoever touches the page waits
 * @hva: which
 */
void host_uffd_discard(unsigned long hva);

/**
 * host_uffd_copy() - UFFDIO_COPY: the page is there, who waits goes on
 * @hva: which
 * @val: the number at its beginning
 */
void host_uffd_copy(unsigned long hva, uint64_t val);

/**
 * host_split_huge() - a huge page becomes 512 small ones, in place
 * @hva: its first byte
 */
void host_split_huge(unsigned long hva);

#endif
