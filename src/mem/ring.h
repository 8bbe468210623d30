/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dirty ring: frames that were written, told to the VMM one by one in memory that it
 * shares (KVM API 8.29). It marks those that it has seen, in order, and asks for their
 * protection; it is hostile: what it leaves in an entry is read once, and checked.
 */
#ifndef TABULA_MEM_RING_H
#define TABULA_MEM_RING_H

#include <linux/compiler.h>
#include <linux/kvm.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct gmem;
struct gmem_slot;

/* Entries for what comes between the look that stops a vCPU and its next entry. */
#define GMEM_RING_RESERVE	64U
#define GMEM_RING_MAX		65536U

/**
 * struct gmem_ring - what one vCPU has written
 * @lock: who pushes, and who takes; innermost of all
 * @entry: shared with the VMM
 * @size: how many, a power of two, more than %GMEM_RING_RESERVE
 * @pushed: entries ever filled in, modulo 2^32
 * @taken: entries ever taken back, modulo 2^32; at most @size behind @pushed
 */
struct gmem_ring {
	raw_spinlock_t lock;
	struct kvm_dirty_gfn *entry;
	u32 size;
	u32 pushed;
	u32 taken;
};

/**
 * struct gmem_ring_client - who has the rings
 * @here: that of the vCPU which runs on this CPU; NULL: none does. Preemption is off
 * @nth: that of the vCPU made as number @i; NULL: there are no more
 */
struct gmem_ring_client {
	struct gmem_ring *(*here)(void *owner);
	struct gmem_ring *(*nth)(void *owner, unsigned int i);
};

/**
 * struct gmem_rings - whether guest memory is logged in rings
 * @client: who has them; NULL: in bitmaps alone. Set once
 * @owner: for the client
 * @with_bitmap: what is written without a vCPU is in the slots' bitmaps, and the VMM looks there
 * @late: else: there are bits in them for which no ring had room
 */
struct gmem_rings {
	const struct gmem_ring_client *client;
	void *owner;
	bool with_bitmap;
	bool late;
};

/**
 * gmem_ring_init() - an empty ring
 * @ring: uninitialised memory
 * @entry: zeroed; the VMM may see it
 * @size: how many entries, a power of two, more than %GMEM_RING_RESERVE
 */
void gmem_ring_init(struct gmem_ring *ring, struct kvm_dirty_gfn *entry, u32 size);

/**
 * gmem_ring_is_full() - must its vCPU stop until the VMM has taken entries?
 * @ring: the ring
 *
 * Return: true where no more than the reserve is left. A moment's answer.
 */
static inline bool gmem_ring_is_full(const struct gmem_ring *ring)
{
	return READ_ONCE(ring->pushed) - READ_ONCE(ring->taken) >= ring->size - GMEM_RING_RESERVE;
}

/**
 * gmem_rings_enable() - log in rings from now on (KVM_CAP_DIRTY_LOG_RING, KVM API 8.29)
 * @gm: guest memory; no vCPU is there yet
 * @client: who has the rings
 * @owner: what its calls are given
 *
 * Context: takes slots_lock.
 * Return: 0; -EINVAL: it is so already.
 */
int gmem_rings_enable(struct gmem *gm, const struct gmem_ring_client *client, void *owner);

/**
 * gmem_rings_use_bitmap() - KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP (KVM API 8.29)
 * @gm: guest memory
 *
 * Context: takes slots_lock.
 * Return: 0; -EINVAL: there are no rings, or there is a slot already.
 */
int gmem_rings_use_bitmap(struct gmem *gm);

/**
 * gmem_rings_reset() - KVM_RESET_DIRTY_RINGS (KVM API 4.94)
 * @gm: guest memory
 *
 * Takes back what the VMM has marked, as much as is there at the beginning. These frames are
 * write-protected, out of the TLBs and settled on return: what the VMM reads of them from
 * now on is complete, or they are pushed again. Then pushes what found no room before.
 *
 * Context: takes slots_lock; may sleep.
 * Return: entries taken back; -EINVAL: there are no rings; -ENOMEM: nothing was done.
 */
int gmem_rings_reset(struct gmem *gm);

/**
 * gmem_rings_mark() - gmem_mark_dirty() where there are rings
 * @slot: logged
 * @offset: frame in the slot, inside it
 *
 * Into the ring of the vCPU that runs here. Without one, or without room: into the slot's bitmap
 * where the VMM looks there, else into any vCPU's ring; where none has room it is kept for the
 * next gmem_rings_reset().
 *
 * Context: as gmem_mark_dirty(). Looks at each vCPU's ring at worst.
 */
void gmem_rings_mark(struct gmem_slot *slot, u64 offset);

/**
 * gmem_rings_push_late() - into rings with what found no room, or was marked by the bitmap
 * @gm: guest memory
 *
 * As much as there is room for short of the reserves. Nothing where the VMM looks at the bitmaps.
 *
 * Context: gmem_read_lock() or slots_lock held; may sleep.
 */
void gmem_rings_push_late(struct gmem *gm);

#endif
