/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A range of guest memory, with the user addresses it stands on: for those who
 * access it often, may sleep, and want the host's page tables to do the rest.
 *
 * It holds no page and hears of nothing: a page that goes is faulted in again by
 * the next access. Only slots are cached, and a changed generation says that they
 * have to be looked up again.
 */
#ifndef TABULA_MEM_HVA_CACHE_H
#define TABULA_MEM_HVA_CACHE_H

#include <linux/types.h>

#include "gmem.h"

/* Slots that a range may stand on without memory of its own. */
#define HVA_CACHE_INLINE	2

/**
 * struct hva_segment - the part of a range that one slot holds
 * @hva: user address of its first byte
 * @start: distance of its first byte from the range's, bytes
 * @len: bytes
 * @slot: the slot
 */
struct hva_segment {
	unsigned long hva;
	u64 start;
	u64 len;
	struct gmem_slot *slot;
};

/**
 * struct hva_cache - a range, kept; one caller at a time
 * @gm: guest memory
 * @gpa: guest physical address of the first byte
 * @len: bytes
 * @generation: of the slots that the segments are from; 0: there are none
 * @n: segments in use
 * @room: how many there is room for
 * @seg: by ascending address, without a gap: @few, or allocated
 * @few: enough for most
 */
struct hva_cache {
	struct gmem *gm;
	u64 gpa;
	u64 len;
	u64 generation;
	unsigned int n;
	unsigned int room;
	struct hva_segment *seg;
	struct hva_segment few[HVA_CACHE_INLINE];
};

/**
 * hva_cache_init() - keep a range
 * @hc: uninitialised memory; stays where it is
 * @gm: guest memory
 * @gpa: guest physical address, bytes
 * @len: bytes, at least 1
 *
 * Context: may sleep.
 * Return: 0; -EFAULT: some of it has no slot; -EINVAL: empty or it wraps; -ENOMEM.
 * After -EFAULT and -ENOMEM it is initialised too: an access tries again.
 */
int hva_cache_init(struct hva_cache *hc, struct gmem *gm, u64 gpa, u64 len);

/**
 * hva_cache_exit() - keep it no more
 * @hc: initialised, or zeroed
 */
void hva_cache_exit(struct hva_cache *hc);

/**
 * hva_cache_get() - copy from the range
 * @hc: the range
 * @off: distance from its first byte, bytes
 * @buf: kernel memory; contents undefined on an error
 * @len: bytes
 *
 * Context: on the VMM's mm; may sleep; takes gmem_read_lock() itself (may be nested).
 * Return: 0; -EFAULT: not all of it is there; -EINVAL: outside of the range; -ENOMEM.
 */
int hva_cache_get(struct hva_cache *hc, u64 off, void *buf, size_t len);

/**
 * hva_cache_put() - copy to the range
 * @hc: the range
 * @off: distance from its first byte, bytes
 * @buf: kernel memory
 * @len: bytes
 *
 * What is written becomes dirty.
 *
 * Context: as hva_cache_get().
 * Return: as hva_cache_get(); after -EFAULT a leading part may have been written.
 */
int hva_cache_put(struct hva_cache *hc, u64 off, const void *buf, size_t len);

/**
 * hva_cache_plain() - the user address of a part of a range, to be used for a while
 * @hc: the range
 * @off: distance from its first byte, bytes
 * @len: bytes
 *
 * Good until slots change: who uses it past this call has himself told of that (struct gmem_client.changed).
 *
 * Context: as hva_cache_get(). Return: the address; 0: it is not all in one slot, or a write there is
 * refused or logged.
 */
unsigned long hva_cache_plain(struct hva_cache *hc, u64 off, u64 len);

/**
 * hva_cache_load() - load a value in one access
 * @hc: the range
 * @off: distance from its first byte; the guest address is aligned to @width
 * @width: bytes: 1, 2, 4 or 8
 * @val: the value, in the CPU's byte order
 *
 * Context: as hva_cache_get().
 * Return: as hva_cache_get(), and -EINVAL for alignment and width.
 */
int hva_cache_load(struct hva_cache *hc, u64 off, unsigned int width, u64 *val);

/**
 * hva_cache_store() - store a value in one access
 * @hc: the range
 * @off: distance from its first byte; the guest address is aligned to @width
 * @width: bytes: 1, 2, 4 or 8
 * @val: the value, in the CPU's byte order
 *
 * Context: as hva_cache_get().
 * Return: as hva_cache_load(). On an error nothing has changed.
 */
int hva_cache_store(struct hva_cache *hc, u64 off, unsigned int width, u64 val);

/**
 * hva_cache_cmpxchg() - compare and exchange, as one operation
 * @hc: the range
 * @off: distance from its first byte; the guest address is aligned to @width
 * @width: bytes: 1, 2, 4 or 8
 * @old: what to compare with; then what was there
 * @new: what to store if it is that
 *
 * One operation with regard to vCPUs and the VMM, too. Page faults are served.
 *
 * Context: as hva_cache_get().
 * Return: as hva_cache_load(); -EAGAIN: others write there all the time; -EOPNOTSUPP.
 */
int hva_cache_cmpxchg(struct hva_cache *hc, u64 off, unsigned int width, u64 *old,
		      u64 new);

/**
 * hva_cache_xchg() - exchange, as one operation
 * @hc: the range
 * @off: distance from its first byte; the guest address is aligned to @width
 * @width: bytes: 1, 2, 4 or 8
 * @val: what to store; then what was there
 *
 * Context: as hva_cache_get().
 * Return: as hva_cache_cmpxchg().
 */
int hva_cache_xchg(struct hva_cache *hc, u64 off, unsigned int width, u64 *val);

#endif
