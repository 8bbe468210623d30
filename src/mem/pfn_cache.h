/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One page of guest memory, kept at hand: from a guest or user address to a page
 * and a kernel address. Nothing pins the page: when it goes, the cache hears of it.
 *
 * A cache is
 *   inactive                       it has no address
 *   active, not valid              it has an address and no page: refresh it
 *   active, valid, old generation  slots have changed since: refresh it
 *   active, valid                  it may be used
 *
 * Two ways of use:
 *   by the kernel, in atomic context: pfn_cache_begin(), loads and stores,
 *     pfn_cache_end(). An invalidation waits for the end.
 *   by vCPUs in guest mode (struct pfn_user, several may use one cache):
 *     pfn_user_enter() with interrupts off before the guest is entered,
 *     pfn_user_leave() after. An invalidation kicks who is inside and waits for him.
 */
#ifndef TABULA_MEM_PFN_CACHE_H
#define TABULA_MEM_PFN_CACHE_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "../host/page.h"
#include "gmem.h"

/* Flags of pfn_cache_init(). */
#define PFN_CACHE_WRITE		BIT(0)	/* it is written: by the kernel or a vCPU */

/* Flags of pfn_cache_end(). */
#define PFN_CACHE_DIRTY		BIT(0)	/* it was written */

#define PFN_CACHE_NO_GPA	(~0ULL)

/**
 * struct pfn_cache - one page, kept
 * @gm: guest memory
 * @flags: PFN_CACHE_*
 * @refresh_lock: one activate, refresh or deactivate at a time; protects @page,
 *	@map, @watch, @len and the address
 * @lock: protects from here to @khva: the kernel's users read, who changes it
 *	writes. Both with interrupts off, and nothing is taken inside: users come
 *	with a scheduler's lock held.
 * @active: it has an address
 * @valid: @khva and @pfn are of the page that stands there now
 * @stale: an invalidation came since a refresh began to look
 * @generation: of the slots that @slot is from
 * @slot: that of @gpa, in the set of @generation; NULL without @gpa
 * @pfn: host physical frame number
 * @khva: kernel address of the first byte asked for
 * @used: used by the kernel since somebody asked for its age
 * @gpa: guest physical address asked for, or %PFN_CACHE_NO_GPA
 * @hva: user address of the first byte
 * @len: bytes, all in one page
 * @page: what @map was made of; holds no reference
 * @map: kernel mapping of the whole page, or NULL. Outlives @valid: an invalidation
 *	may not sleep, so that the next refresh, or deactivate, drops it
 * @watch: by which it hears of invalidations
 * @users_lock: protects @users
 * @users: vCPUs that may use it in guest mode
 */
struct pfn_cache {
	struct gmem *gm;
	u32 flags;
	struct mutex refresh_lock;

	rwlock_t lock;
	bool active;
	bool valid;
	bool stale;
	u64 generation;
	struct gmem_slot *slot;
	u64 pfn;
	void *khva;

	bool used;
	u64 gpa;
	unsigned long hva;
	unsigned int len;
	struct host_page page;
	void *map;
	struct gmem_watch watch;
	spinlock_t users_lock;
	struct list_head users;
};

/**
 * struct pfn_use - a use by the kernel on its way
 * @srcu: of gmem_read_lock()
 * @irqs: interrupts as they were
 */
struct pfn_use {
	int srcu;
	unsigned long irqs;
};

/**
 * struct pfn_user - a vCPU that may use a cache in guest mode
 * @link: in the cache's list
 * @pc: the cache
 * @kick: make the vCPU leave the guest soon, and not enter again without another
 *	pfn_user_enter(); any context, with a spinlock held; must not sleep
 * @inside: it may be in the guest with the page
 */
struct pfn_user {
	struct list_head link;
	struct pfn_cache *pc;
	void (*kick)(struct pfn_user *u);
	int inside;
};

/**
 * pfn_cache_init() - an inactive cache
 * @pc: uninitialised memory; stays where it is
 * @gm: guest memory; must be there until pfn_cache_deactivate()
 * @flags: %PFN_CACHE_WRITE when it is going to be written
 */
void pfn_cache_init(struct pfn_cache *pc, struct gmem *gm, u32 flags);

/**
 * pfn_cache_activate() - keep the page of a guest address
 * @pc: the cache; what it kept before it keeps no more
 * @gpa: guest physical address, bytes
 * @len: bytes, at least 1; all in one page
 *
 * Context: on the VMM's mm; may sleep; no lock of gmem's but the slots' read side.
 * Return: 0: active and valid. On errors inactive: -EINVAL: crosses a page;
 * otherwise as pfn_cache_refresh().
 */
int pfn_cache_activate(struct pfn_cache *pc, u64 gpa, unsigned int len);

/**
 * pfn_cache_activate_hva() - keep the page of a user address
 * @pc: the cache; what it kept before it keeps no more
 * @hva: user address, bytes, untagged; slots mean nothing to it
 * @len: bytes, at least 1; all in one page
 *
 * Context: as pfn_cache_activate().
 * Return: as pfn_cache_activate().
 */
int pfn_cache_activate_hva(struct pfn_cache *pc, unsigned long hva,
			   unsigned int len);

/**
 * pfn_cache_refresh() - make an active cache valid again
 * @pc: the cache; it may be valid already
 *
 * Sleeps while invalidations of this very page run, and completes when they stop.
 *
 * Context: as pfn_cache_activate(); outside pfn_cache_begin().
 * Return: 0: it was valid at some moment of the call, see pfn_cache_begin(). On
 * errors it is active as before, and not valid: -EINVAL: inactive; -EFAULT: no slot
 * there, or no memory, or it may not be written, or not on the VMM's mm;
 * -EHWPOISON; -EINTR: a signal came; -ENOMEM.
 */
int pfn_cache_refresh(struct pfn_cache *pc);

/**
 * pfn_cache_deactivate() - keep nothing
 * @pc: initialised; active or not
 *
 * Nobody uses the page when this returns; who was inside the guest with it was
 * kicked. Works from any process, and after the memory is gone.
 *
 * Context: may sleep; outside pfn_cache_begin().
 */
void pfn_cache_deactivate(struct pfn_cache *pc);

/**
 * pfn_cache_check() - would pfn_cache_begin() find the page now?
 * @pc: the cache
 *
 * For those who may sleep to find out whether to refresh; the answer may be out of
 * date at once.
 *
 * Context: any.
 * Return: true when it is valid and its generation is the slots'.
 */
bool pfn_cache_check(struct pfn_cache *pc);

/**
 * pfn_cache_begin() - the kernel begins to use the page
 * @pc: the cache
 * @use: for pfn_cache_end()
 *
 * The page stays, slots too, and interrupts are off, up to pfn_cache_end(): it must
 * be a short stretch without sleep.
 *
 * Context: any but NMI; under a scheduler's lock, too.
 * Return: kernel address of the first byte asked for, good for its length; NULL:
 * refresh it first, nothing was begun. Device memory: use io accessors.
 */
void *pfn_cache_begin(struct pfn_cache *pc, struct pfn_use *use);

/**
 * pfn_cache_end() - the kernel no longer uses the page
 * @pc: the cache
 * @use: of pfn_cache_begin() that returned an address
 * @flags: %PFN_CACHE_DIRTY: it was written; tells the dirty log
 */
void pfn_cache_end(struct pfn_cache *pc, struct pfn_use *use, u32 flags);

/**
 * pfn_user_init() - a vCPU may use a cache in guest mode from now on
 * @u: uninitialised memory
 * @pc: the cache; active or not
 * @kick: see struct pfn_user
 *
 * Context: may spin.
 */
void pfn_user_init(struct pfn_user *u, struct pfn_cache *pc,
		   void (*kick)(struct pfn_user *u));

/**
 * pfn_user_exit() - and no more
 * @u: not inside; may be kicked until this returns
 *
 * Context: may spin.
 */
void pfn_user_exit(struct pfn_user *u);

/**
 * pfn_user_enter() - a vCPU is about to enter the guest with the page
 * @u: not inside
 * @pfn: host physical frame number of the page
 *
 * Context: interrupts off until pfn_user_leave(). Before the vCPU looks for the last
 * time whether it was kicked.
 * Return: false: pfn_cache_refresh() it first, with interrupts on; nothing was begun.
 */
bool pfn_user_enter(struct pfn_user *u, u64 *pfn);

/**
 * pfn_user_leave() - the vCPU is out of the guest, or did not go in after all
 * @u: inside
 *
 * The hardware does not use the page any more. What the guest wrote to it is to be
 * reported by a pfn_cache_end() with %PFN_CACHE_DIRTY, or not at all.
 *
 * Context: as pfn_user_enter().
 */
void pfn_user_leave(struct pfn_user *u);

#endif
