/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a user address of the VMM stands on: the only place that asks Linux's
 * memory manager for pages.
 */
#ifndef TABULA_HOST_PAGE_H
#define TABULA_HOST_PAGE_H

#include <linux/bits.h>
#include <linux/types.h>

struct page;
struct mm_struct;

/* What the caller wants of the page; flags for host_page_get(). */
#define HOST_GET_WRITE		BIT(0)	/* the access is a write */
#define HOST_GET_NOSLEEP	BIT(1)	/* fail with -EAGAIN rather than sleep */
#define HOST_GET_INTERRUPTIBLE	BIT(2)	/* a signal ends the wait: -EINTR */
#define HOST_GET_WATCHED	BIT(3)	/* a look-up of the page is under way (mem/gmem.h): no reference is needed */

/* What the page is; flags in struct host_page. */
#define HOST_PAGE_WRITABLE	BIT(0)	/* may be mapped for writing now */
#define HOST_PAGE_DEVICE	BIT(1)	/* the VMM maps it as Device memory */
#define HOST_PAGE_NC		BIT(2)	/* the VMM maps it Normal Non-cacheable */
#define HOST_PAGE_NOSTRUCT	BIT(3)	/* only the notifier holds it */

/**
 * struct host_page - the physical page behind a user address
 * @pfn: host physical frame number (4 KiB units) of the page at @hva
 * @hva: user address that was resolved, page aligned
 * @map_shift: log2 of the size of the host's own mapping around @hva (12, 21,
 *	30): memory is physically contiguous and equally permitted over it
 * @flags: HOST_PAGE_*
 * @page: referenced struct page, or NULL (HOST_PAGE_NOSTRUCT, HOST_GET_WATCHED)
 */
struct host_page {
	u64 pfn;
	unsigned long hva;
	u8 map_shift;
	u32 flags;
	struct page *page;
};

/* How a page was used; flags for host_page_put(). */
#define HOST_PUT_DIRTY		BIT(0)
#define HOST_PUT_ACCESSED	BIT(1)

/**
 * host_page_get() - find the page behind a user address of the current process
 * @hva: user address, untagged; the page that contains it is resolved
 * @flags: HOST_GET_*
 * @hp: filled in on success, zeroed on failure
 *
 * Faults the page in as the access asks, breaking copy-on-write for a write. A
 * read comes back HOST_PAGE_WRITABLE when the host maps the page writable
 * already. What is found is true until the next invalidation of @hva: the
 * caller takes a snapshot before and compares after (mem/gmem.h); @hp->page only
 * keeps the memory from being reused meanwhile. The memory type is the one the VMM's
 * mapping has; where that cannot be told at the moment the answer is -EAGAIN.
 *
 * HOST_GET_WATCHED: nothing but a frame to be mapped is wanted, and the caller throws it away
 * unless it sees, under the lock by which invalidations take mappings away, that none has touched
 * it. So the entry of the host's table says all: of anonymous memory that is there, and dirty if it may
 * be written, since nobody marks it then. Else it is as without.
 *
 * Context: current->mm is the VMM's; may sleep and take mmap_lock, unless
 * HOST_GET_NOSLEEP.
 * Return: 0; -EFAULT: nothing mapped there, or not for this access; -EHWPOISON:
 * the memory is broken; -EINTR: a signal came (a deadly one without
 * HOST_GET_INTERRUPTIBLE); -ENOMEM; -EAGAIN: would have to sleep, or the mapping
 * would not hold still: try again.
 */
int host_page_get(unsigned long hva, unsigned int flags, struct host_page *hp);

/* So many pages are looked at together, at most. */
#define HOST_NEAR_MAX	16U

/**
 * struct host_near - small pages side by side, as the host's table has them
 * @n: how many
 * @writable: bit i: page i may be mapped for writing now
 * @pfn: their frames
 */
struct host_near {
	unsigned int n;
	unsigned long writable;
	u64 pfn[HOST_NEAR_MAX];
};

/**
 * host_page_near() - what the host's table says of a page and those behind it
 * @hva: user address of the current process, page aligned
 * @n: how many pages at most; not 0
 * @write: only what may be written
 * @near: out: pages from @hva on, up to the first that is not as told here; often none
 *
 * Only anonymous, ordinary memory in pages of their own that the host has seen used since it
 * last looked. So nothing changes for the host when they are taken for used; and as for
 * HOST_GET_WATCHED there are no references, what is writable is dirty already, and the
 * caller throws away what an invalidation has touched since its look-up began. Until it has
 * seen that under its lock, it does nothing with a frame.
 *
 * Context: any on the VMM's mm; interrupts are off for the length of a table walk.
 */
void host_page_near(unsigned long hva, unsigned int n, bool write, struct host_near *near);

/**
 * host_page_put() - give back what host_page_get() found
 * @hp: the page; unusable afterwards
 * @flags: HOST_PUT_DIRTY when it was written, or given to somebody who may write
 *	(whatever the access was that asked); HOST_PUT_ACCESSED when used at all
 *
 * Context: any but interrupts; does not sleep.
 */
void host_page_put(struct host_page *hp, unsigned int flags);

/**
 * host_page_map() - a kernel address for the page
 * @hp: the page
 *
 * The mapping has the memory type the VMM itself uses, so no mismatched alias
 * comes into being. Cacheable memory with a struct page costs nothing.
 *
 * Context: may sleep.
 * Return: address of the page's first byte, or NULL: out of memory or address
 * space.
 */
void *host_page_map(const struct host_page *hp);

/**
 * host_page_unmap() - drop what host_page_map() made
 * @hp: the page, as it was given to host_page_map()
 * @kva: what that returned
 *
 * Context: may sleep.
 */
void host_page_unmap(const struct host_page *hp, void *kva);

/**
 * host_poison_shift() - how much of memory is lost with a poisoned page
 * @hva: user address of the current process that host_page_get() said -EHWPOISON of
 *
 * A huge page of hugetlbfs is lost as a whole; a transparent one is split first.
 *
 * Context: may sleep; takes mmap_lock.
 * Return: log2 of bytes, for si_addr_lsb.
 */
u8 host_poison_shift(unsigned long hva);

/**
 * host_range_has_bare() - does a driver map bare frames (VM_PFNMAP) in a range?
 * @start: first user address of the current process
 * @end: the address after the last
 *
 * Context: may sleep; takes mmap_lock.
 * Return: 1, 0 or -EINTR: a deadly signal came.
 */
int host_range_has_bare(unsigned long start, unsigned long end);

/**
 * host_page_map_shift() - how large the host maps the memory at an address
 * @mm: address space, kept alive by the caller
 * @hva: user address
 *
 * A snapshot without locks: true until the next invalidation of @hva.
 *
 * Context: any; interrupts are off for the length of a table walk.
 * Return: log2 of bytes: 12, 21 or 30 with 4 KiB pages; 12 too when nothing is
 * mapped.
 */
u8 host_page_map_shift(struct mm_struct *mm, unsigned long hva);

#endif
