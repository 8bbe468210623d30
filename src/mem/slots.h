/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The published set of slots and what the files of mem/ share; nobody outside
 * includes it.
 *
 * Who keeps what alive:
 *   a set, and the slots in it: the SRCU read side. A change publishes the other set, changed, and
 *     waits for all readers before it touches the one they had, and frees the slot that is in neither.
 *   a dirty bitmap: the same. Sets that follow each other share it; it is freed after
 *     the readers of the last set that has it.
 *   mappings of a slot that goes: they outlive the set that listed the slot, by the time
 *     between publishing the next set and the client's unmap. An invalidation in that
 *     time must still find them, so the next set remembers the slot as @gone. It is never
 *     found by frame, only by user address.
 */
#ifndef TABULA_MEM_SLOTS_H
#define TABULA_MEM_SLOTS_H

#include "gmem.h"

/* Longest slot, in pages: what the ABI's page counts and the dirty bitmap allow. */
#define GMEM_MAX_SLOT_PAGES	((1UL << 31) - 1)

/**
 * struct gmem_slots - a set of slots; immutable while it is published
 * @generation: one more than that of the set before
 * @n: how many there are
 * @hint: index of a slot found lately; any value is allowed, racing stores are
 *	harmless, and it means nothing beyond this set
 * @gone: the slot that the change to this set removed; @gone.npages is 0 if none.
 *	Harmless once it is unmapped, so it stays until the next change.
 * @room: how many may be in it
 * @slot: by ascending frame number, not overlapping
 */
struct gmem_slots {
	u64 generation;
	unsigned int n;
	unsigned int hint;
	unsigned int room;
	struct gmem_slot gone;
	struct gmem_slot *slot[];
};

extern const struct host_notifier_ops gmem_notifier_ops;

/**
 * gmem_inval_init() - no invalidation runs, none has been
 * @inval: uninitialised memory
 */
void gmem_inval_init(struct gmem_inval *inval);

/**
 * gmem_inval_exit() - forget invalidations whose end nobody will tell
 * @inval: initialised; the host tells of nothing any more, no look-up is in flight
 */
void gmem_inval_exit(struct gmem_inval *inval);

/**
 * gmem_watch_init() - nobody keeps a translation
 * @watches: uninitialised memory
 */
void gmem_watch_init(struct gmem_watches *watches);

/**
 * gmem_dirty_alloc() - a dirty bitmap for a slot
 * @npages: pages of the slot, at most %GMEM_MAX_SLOT_PAGES
 * @all_set: every page counts as written
 *
 * Context: may sleep.
 * Return: the bitmap, for kvfree(); NULL: no memory.
 */
unsigned long *gmem_dirty_alloc(u64 npages, bool all_set);

/**
 * gmem_slot_by_id() - the slot of a number
 * @gm: guest memory
 * @id: number of the ABI, any value
 *
 * Context: slots_lock held.
 * Return: the slot, or NULL.
 */
struct gmem_slot *gmem_slot_by_id(struct gmem *gm, unsigned int id);

/**
 * gmem_slots_locked() - the published set, for who is the only one to change it
 * @gm: guest memory
 *
 * Context: slots_lock held.
 * Return: the set.
 */
static inline struct gmem_slots *gmem_slots_locked(struct gmem *gm)
{
	return rcu_dereference_protected(gm->slots,
					 lockdep_is_held(&gm->slots_lock));
}

#endif
