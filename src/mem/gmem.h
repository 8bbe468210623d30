/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest memory of one VM, for any architecture: slots, their translation to
 * user addresses, invalidation, dirty log. Names no architecture and no VM. The order of
 * all locks is in docs/locking.md.
 */
#ifndef TABULA_MEM_GMEM_H
#define TABULA_MEM_GMEM_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/interval_tree.h>
#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "../host/notifier.h"
#include "ring.h"

#define GMEM_PAGE_SHIFT	12
#define GMEM_PAGE_SIZE	BIT(GMEM_PAGE_SHIFT)
#define GMEM_MAX_SLOTS	32767	/* SHRT_MAX: what the ABI's slot numbers are to hold */

struct gmem;

/**
 * struct gmem_slot - one KVM memslot; immutable once published but for the
 *	bits of @dirty; valid inside the read-side section that found it
 * @base_gfn: first guest frame number (4 KiB pages)
 * @npages: length in pages
 * @hva: user address of the first page
 * @flags: KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY
 * @id: slot number of the ABI
 * @dirty: dirty bitmap, one bit a page, or NULL when not logged
 * @rings: where it is told, if anywhere but there
 */
struct gmem_slot {
	u64 base_gfn;
	u64 npages;
	unsigned long hva;
	u32 flags;
	u16 id;
	unsigned long *dirty;
	struct gmem_rings *rings;
};

/**
 * struct gmem_client - who maps guest memory (stage 2); called by mem/
 * @unmap: no translation of guest frames [gfn, gfn + n) may be in use on
 *	return (TLBs included); @may_sleep: may reschedule between slices
 * @release: all of guest memory goes for good: unmap everything; may sleep
 * @split: [gfn, gfn + n) is to be logged page by page: blocks there may become pages; may sleep.
 *	NULL: not before a write asks for it
 * @write_protect: take write permission from [gfn, gfn + n), flush, and settle
 * @write_protect_masked: the same for pages of @mask (bit i is gfn + i); TLBs
 *	are flushed by a later @flush
 * @flush: TLBs hold nothing that earlier calls took away; true where somebody may
 *	have written past the caches before: then @settle is due
 * @settle: what was written to pages of @mask (as @write_protect_masked) before
 *	a @flush is what the VMM's mapping reads
 * @age: as struct host_notifier_ops.age, for guest frames
 * @changed: other slots are published: nobody uses user addresses on return that were
 *	found before, outside of gmem_read_lock(); NULL: nobody does
 *
 * All may be called at the same time as each other. @unmap without @may_sleep,
 * and @age, must not sleep; none may take gmem.slots_lock. A frame that a slot with
 * a dirty bitmap backs is mapped writable by itself, never inside a larger block,
 * in the same section of the client's lock that calls gmem_mark_dirty() for it.
 */
struct gmem_client {
	void (*unmap)(struct gmem *gm, u64 gfn, u64 n, bool may_sleep);
	void (*release)(struct gmem *gm);
	void (*split)(struct gmem *gm, u64 gfn, u64 n);
	void (*write_protect)(struct gmem *gm, u64 gfn, u64 n);
	void (*write_protect_masked)(struct gmem *gm, u64 gfn, unsigned long mask);
	bool (*flush)(struct gmem *gm);
	void (*settle)(struct gmem *gm, u64 gfn, unsigned long mask);
	bool (*age)(struct gmem *gm, u64 gfn, u64 n, enum host_age how);
	void (*changed)(struct gmem *gm);
};

struct gmem_slots;	/* a set, immutable while it is published: sorted by gfn, with a generation */

/* So many invalidations of different ranges may run at once before memory is asked for. */
#define GMEM_INVAL_FEW		16

/**
 * struct gmem_range - user addresses between the start and the end of an invalidation
 * @link: in gmem_inval.running or .spare
 * @start: first byte
 * @end: the byte after the last
 * @count: how many invalidations of just this range run
 */
struct gmem_range {
	struct list_head link;
	unsigned long start;
	unsigned long end;
	unsigned int count;
};

/**
 * struct gmem_inval - invalidations by the host that run, and look-ups that they may concern
 * @lock: protects all of it; innermost lock. Held for a look at each running range, or at
 *	each look-up in flight: as many as vCPUs at most
 * @running: ranges between their start and their end, each of them exactly
 * @spare: of @few, those not in use
 * @few: ranges at hand; more are allocated
 * @overflow: union of ranges for which there was no memory
 * @looks: look-ups in flight
 * @wait: woken at each end
 */
struct gmem_inval {
	spinlock_t lock;
	struct list_head running;
	struct list_head spare;
	struct gmem_range few[GMEM_INVAL_FEW];
	struct gmem_range overflow;
	struct list_head looks;
	wait_queue_head_t wait;
};

/* Of struct gmem_look.lost: no invalidation touched anything. */
#define GMEM_LOOK_KEPT		64U

/**
 * struct gmem_look - a user address that is being resolved, and mapped
 * @link: in gmem_inval.looks
 * @hva: the address
 * @lost: log2 of the smallest aligned block around @hva that an invalidation has touched
 *	since, or %GMEM_LOOK_KEPT; written under inval.lock
 * @claim: log2 of the block around @hva that is this look-up's to prepare, or 0; so
 * @wanted: another look-up waits for the end of that; so, too
 */
struct gmem_look {
	struct list_head link;
	unsigned long hva;
	unsigned int lost;
	unsigned int claim;
	bool wanted;
};

struct gmem_watch;

/**
 * struct gmem_watch_ops - what is asked of somebody who keeps a translation
 * @invalidate: the translation may not be in use any more on return, nor become
 *	usable again by what was resolved before; must not sleep
 * @age: was it used since the last time that was asked? @how says whether to
 *	forget it; must not sleep
 *
 * Called with watches.lock held for reading, from several threads at a time.
 */
struct gmem_watch_ops {
	void (*invalidate)(struct gmem_watch *w, bool may_sleep);
	bool (*age)(struct gmem_watch *w, enum host_age how);
};

/**
 * struct gmem_watch - a translation of user addresses that is kept
 * @node: the addresses, in the tree of all
 * @ops: whom to tell
 * @set: it is in the tree
 */
struct gmem_watch {
	struct interval_tree_node node;
	const struct gmem_watch_ops *ops;
	bool set;
};

/**
 * struct gmem_watches - the translations that are kept
 * @lock: protects @tree; held for reading while watches are told
 * @tree: by user address, so that those who are not concerned cost nothing
 */
struct gmem_watches {
	rwlock_t lock;
	struct rb_root_cached tree;
};

/**
 * struct gmem_stats - events of one VM; relaxed counters, for statistics only
 * @check_hit: a kept page was there when the kernel, or a vCPU, wanted to use it
 * @check_miss: it was not
 * @refresh: pages looked up and mapped
 * @refresh_fail: of these, how many could not be
 * @wait: times that an invalidation of the same page was waited for
 * @again: look-ups done again because an invalidation came in between
 * @invalidate: kept pages that an invalidation or a change of slots took away
 * @kick: vCPUs made to leave the guest for that
 * @hva_hit: the user addresses of a kept range were known when it was used
 * @hva_miss: they had to be looked up
 * @reads: copies out of guest memory without a cache
 * @writes: copies into it, zeroes too
 * @maps: pages mapped for the kernel within a scope
 * @unmaps: such scopes that ended
 */
struct gmem_stats {
	atomic64_t check_hit;
	atomic64_t check_miss;
	atomic64_t refresh;
	atomic64_t refresh_fail;
	atomic64_t wait;
	atomic64_t again;
	atomic64_t invalidate;
	atomic64_t kick;
	atomic64_t hva_hit;
	atomic64_t hva_miss;
	atomic64_t reads;
	atomic64_t writes;
	atomic64_t maps;
	atomic64_t unmaps;
};

/**
 * struct gmem - guest memory of one VM
 * @client: who maps it; set before the first slot
 * @mm: the VMM's address space (a counted mm_count reference)
 * @notifier: hears of the host taking pages away
 * @slots_lock: serialises changes of slots and dirty log calls
 * @srcu: readers of @slots
 * @slots: the published set
 * @idle: the other one, which nobody reads, with the same slots; under @slots_lock
 * @by_id: the slots by ascending number; under @slots_lock
 * @inval: invalidations
 * @watches: translations that are kept (pfn_cache.h)
 * @stats: counters
 * @max_gfn: first gfn beyond the VM's IPA space
 * @dirty_manual: KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 flags enabled
 * @rings: dirty rings; changed under @slots_lock
 */
struct gmem {
	const struct gmem_client *client;
	struct mm_struct *mm;
	struct host_notifier notifier;
	struct mutex slots_lock;
	struct srcu_struct srcu;
	struct gmem_slots __rcu *slots;
	struct gmem_slots *idle;
	struct gmem_slot **by_id;
	struct gmem_inval inval;
	struct gmem_watches watches;
	struct gmem_stats stats;
	u64 max_gfn;
	u64 dirty_manual;
	struct gmem_rings rings;
};

/* life, slots.c */

/**
 * gmem_init() - guest memory for a new VM of the current process
 * @gm: zeroed
 * @client: who maps it; callbacks may come before this returns
 * @max_gfn: first guest frame beyond the VM's address space, not 0
 *
 * Context: may sleep; takes mmap_lock.
 * Return: 0; -ENOMEM; -EINTR; -EINVAL: called without an address space. On an
 * error nothing is left behind.
 */
int gmem_init(struct gmem *gm, const struct gmem_client *client, u64 max_gfn);

/**
 * gmem_destroy() - free everything gmem_init() and the slots took
 * @gm: nobody else uses it any more
 *
 * Calls the client's unmap for the whole address space unless the end of the
 * process's memory already did; afterwards the client is not called again. Works
 * from any process and after the memory is gone.
 *
 * Context: may sleep.
 */
void gmem_destroy(struct gmem *gm);

/* slots.c */

/**
 * gmem_set_region() - create, move, delete or change a slot (KVM API 4.35)
 * @gm: guest memory
 * @r: what the VMM asks; a copy in the kernel
 *
 * When this returns no vCPU and no reader uses what the slot was before. Deleting
 * and moving unmap the guest frames; a moved slot is absent for a moment.
 * Switching the dirty log on write-protects the slot, unless
 * KVM_DIRTY_LOG_INITIALLY_SET says that the first clear does.
 *
 * Context: on the VMM's mm; takes slots_lock and waits for readers.
 * Return: 0; -EINVAL: not aligned, wraps, slot number or flag unknown, delete of no
 * slot, change of size, user address or KVM_MEM_READONLY, or a dirty log of what a
 * driver maps bare (VM_PFNMAP); -EEXIST: overlaps another slot; -EFAULT: beyond the
 * VM's address space; -ENOMEM; -EINTR: a deadly signal. On an error nothing has changed.
 */
int gmem_set_region(struct gmem *gm, const struct kvm_userspace_memory_region *r);

/**
 * gmem_read_lock() - begin to use slots
 * @gm: guest memory
 *
 * Slots found up to gmem_read_unlock() stay as they are, and a change of slots
 * waits for it. May be nested, and held over sleep; a holder must not call
 * gmem_set_region() nor the dirty log calls.
 *
 * Return: what gmem_read_unlock() wants.
 */
int gmem_read_lock(struct gmem *gm) __acquires(&gm->srcu);

/**
 * gmem_read_unlock() - slots found since are no longer used
 * @gm: guest memory
 * @idx: what gmem_read_lock() returned
 */
void gmem_read_unlock(struct gmem *gm, int idx) __releases(&gm->srcu);

/**
 * gmem_find_slot() - the slot that holds a guest frame
 * @gm: guest memory
 * @gfn: guest frame number, any value
 *
 * Context: gmem_read_lock() or slots_lock held.
 * Return: the slot, or NULL.
 */
struct gmem_slot *gmem_find_slot(struct gmem *gm, u64 gfn);

/**
 * gmem_generation() - counts changes of slots
 * @gm: guest memory
 *
 * What was derived from slots at this generation is usable inside a read-side
 * section in which the generation is still the same: a change that begins after
 * the comparison waits for the section's end before it takes anything away.
 *
 * Context: gmem_read_lock() or slots_lock held.
 * Return: the generation of the published set; never 0.
 */
u64 gmem_generation(struct gmem *gm);

/**
 * gmem_slot_hva() - user address of a guest frame
 * @slot: the slot that holds @gfn
 * @gfn: guest frame number inside @slot
 *
 * Context: the section that found @slot.
 * Return: user address of the frame's first byte.
 */
unsigned long gmem_slot_hva(const struct gmem_slot *slot, u64 gfn);

/* access.c: bytes, any length over any slots; must be called on the VMM's mm */

/**
 * gmem_read() - copy from guest memory
 * @gm: guest memory
 * @gpa: guest physical address, bytes
 * @buf: kernel memory
 * @len: bytes
 *
 * No access is atomic, of whatever size.
 *
 * Context: on the VMM's mm, may sleep; takes gmem_read_lock() itself (may be
 * nested).
 * Return: bytes read before the first one that no slot or no memory backs;
 * -EFAULT when that is the first and @len is not 0.
 */
ssize_t gmem_read(struct gmem *gm, u64 gpa, void *buf, size_t len);

/**
 * gmem_write() - copy to guest memory, as gmem_read()
 * @gm: guest memory
 * @gpa: guest physical address, bytes
 * @buf: kernel memory
 * @len: bytes
 *
 * Marks what was written dirty. Ends before a KVM_MEM_READONLY slot.
 *
 * Return: as gmem_read(); bytes after the number returned may have changed in the
 * frame where it ended.
 */
ssize_t gmem_write(struct gmem *gm, u64 gpa, const void *buf, size_t len);

/**
 * gmem_zero() - fill guest memory with zeroes, as gmem_write()
 * @gm: guest memory
 * @gpa: guest physical address, bytes
 * @len: bytes
 *
 * Return: as gmem_write().
 */
ssize_t gmem_zero(struct gmem *gm, u64 gpa, size_t len);

/**
 * gmem_read_elems() - read elements, each of them in one access
 * @gm: guest memory
 * @gpa: guest physical address, aligned to @size
 * @buf: kernel memory, @n elements in the guest's byte order
 * @size: bytes of an element: 1, 2, 4 or 8
 * @n: how many
 *
 * For tables that vCPUs or the VMM change meanwhile: no element is torn.
 *
 * Context: as gmem_read().
 * Return: elements read before the first one that is not there; -EFAULT when that
 * is the first and @n is not 0; -EINVAL: size or alignment.
 */
ssize_t gmem_read_elems(struct gmem *gm, u64 gpa, void *buf, unsigned int size,
			size_t n);

/**
 * gmem_write_elems() - write elements, as gmem_read_elems()
 * @gm: guest memory
 * @gpa: guest physical address, aligned to @size
 * @buf: kernel memory, @n elements in the guest's byte order
 * @size: bytes of an element: 1, 2, 4 or 8
 * @n: how many
 *
 * Marks what was written dirty.
 *
 * Return: as gmem_read_elems(); no element after the number returned has changed,
 * not in part either.
 */
ssize_t gmem_write_elems(struct gmem *gm, u64 gpa, const void *buf,
			 unsigned int size, size_t n);

/**
 * gmem_read_all() - gmem_read() for callers that have no use for a part
 * @gm: guest memory
 * @gpa: guest physical address, bytes
 * @buf: kernel memory; contents undefined on an error
 * @len: bytes
 *
 * Return: 0, or -EFAULT: not all of it is there.
 */
static inline int gmem_read_all(struct gmem *gm, u64 gpa, void *buf, size_t len)
{
	return gmem_read(gm, gpa, buf, len) == (ssize_t)len ? 0 : -EFAULT;
}

/**
 * gmem_write_all() - gmem_write() for callers that have no use for a part
 * @gm: guest memory
 * @gpa: guest physical address, bytes
 * @buf: kernel memory
 * @len: bytes
 *
 * Return: 0, or -EFAULT: not all of it could be written; some may have been.
 */
static inline int gmem_write_all(struct gmem *gm, u64 gpa, const void *buf,
				 size_t len)
{
	return gmem_write(gm, gpa, buf, len) == (ssize_t)len ? 0 : -EFAULT;
}

/* dirty.c */

/**
 * gmem_mark_dirty() - a guest frame was, or is about to be, written
 * @slot: its slot
 * @gfn: guest frame number inside @slot
 *
 * Does nothing where the slot is not logged. With dirty rings it is gmem_rings_mark(). Orders earlier stores before the mark. For
 * a mapping that makes the frame writable: in the same section of the client's
 * lock that installs it, before or after. For a store by the kernel: after it.
 *
 * Context: the section that found @slot; any context.
 */
void gmem_mark_dirty(struct gmem_slot *slot, u64 gfn);

/**
 * gmem_mark_all_dirty() - any frame may have been written, nobody knows which
 * @gm: guest memory
 *
 * All of every slot that is logged, in the bitmaps; as gmem_mark_dirty(). With rings alone, as much as has
 * room in them comes at once, and the rest with each gmem_rings_reset().
 *
 * Context: takes gmem_read_lock() itself; may sleep.
 */
void gmem_mark_all_dirty(struct gmem *gm);

/**
 * gmem_get_dirty_log() - KVM_GET_DIRTY_LOG (KVM API 4.8)
 * @gm: guest memory
 * @log: what the VMM asks; a copy in the kernel
 *
 * Without KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE what is reported is cleared,
 * write-protected, out of the TLBs and settled before it is reported; when the
 * report cannot be delivered it stays dirty. With it nothing changes.
 *
 * Context: on the VMM's mm; takes slots_lock; may sleep.
 * Return: 0; -EINVAL: no such slot number; -ENOENT: no slot there, or not logged;
 * -EFAULT; -ENOMEM; -ENXIO: there are rings, and nothing is told in bitmaps.
 */
int gmem_get_dirty_log(struct gmem *gm, const struct kvm_dirty_log *log);

/**
 * gmem_clear_dirty_log() - KVM_CLEAR_DIRTY_LOG (KVM API 4.117)
 * @gm: guest memory
 * @log: what the VMM asks; a copy in the kernel
 *
 * Frames whose bit is set in the VMM's bitmap and here are clean,
 * write-protected, out of the TLBs and settled on return.
 *
 * Context: as gmem_get_dirty_log().
 * Return: as gmem_get_dirty_log(), and -EINVAL: the range is not inside the slot,
 * or is not made of whole words of 64 pages but for the slot's end. After -EFAULT
 * a leading part may have been cleared.
 */
int gmem_clear_dirty_log(struct gmem *gm, const struct kvm_clear_dirty_log *log);

/**
 * gmem_set_dirty_manual() - KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 (KVM API 7.18)
 * @gm: guest memory
 * @flags: KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE, KVM_DIRTY_LOG_INITIALLY_SET; 0
 *	switches both off
 *
 * KVM_DIRTY_LOG_INITIALLY_SET counts for logs that are switched on later.
 *
 * Context: takes slots_lock.
 * Return: 0; -EINVAL: another flag, or the second without the first.
 */
int gmem_set_dirty_manual(struct gmem *gm, u64 flags);

/**
 * gmem_is_empty() - is there no slot?
 * @gm: guest memory
 *
 * Context: slots_lock held. Return: true if so.
 */
bool gmem_is_empty(struct gmem *gm);

/* invalidate.c: for whoever resolves a user address and caches the answer */

/**
 * gmem_inval_wait() - wait for running invalidations
 * @gm: guest memory
 * @hva: user address, bytes
 * @len: bytes
 * @may_sleep: wait for those that overlap
 *
 * Context: no lock of the client's held; may sleep if @may_sleep.
 * Return: 0 with no overlapping invalidation running; -EAGAIN: one runs and @may_sleep
 * is false; -EINTR: a signal came.
 */
int gmem_inval_wait(struct gmem *gm, unsigned long hva, unsigned long len, bool may_sleep);

/**
 * gmem_look_begin() - before a user address is resolved
 * @gm: guest memory
 * @look: the look-up; the caller's until gmem_look_end()
 * @hva: user address, bytes
 *
 * Waits until no invalidation of the page at @hva runs. From then on the look-up is told
 * of every invalidation, exactly.
 *
 * The protocol of everyone who translates: find the slot, begin, resolve, take
 * the lock that the client's unmap takes too, ask gmem_look_lost(), install
 * only if it says no; all in one gmem_read_lock() section. The slot is found first: an
 * invalidation that then does not see the slot yet began before the look-up, and
 * either runs and is waited for, or has ended and cannot affect what is resolved.
 *
 * Context: no lock of the client's held; may sleep.
 * Return: 0; -EINTR: a signal came, there is nothing to end.
 */
int gmem_look_begin(struct gmem *gm, struct gmem_look *look, unsigned long hva);

/**
 * gmem_look_lost() - may what was resolved since the beginning not be used?
 * @look: the look-up
 * @shift: log2 of the aligned block of user addresses around the look-up's that is
 *	to be used; no less than a page
 *
 * Context: for a certain answer, the lock held (for reading is enough) that the client's
 * unmap takes for writing: an invalidation that begins after the answer then finds what
 * the caller installs. Without, a hint.
 * Return: true when an invalidation of the block ran at the beginning, or began since.
 */
static inline bool gmem_look_lost(const struct gmem_look *look, unsigned int shift)
{
	return READ_ONCE(look->lost) <= shift;
}

/**
 * gmem_look_claim() - let this look-up be the only one that prepares a block
 * @gm: guest memory
 * @look: the look-up; it has claimed nothing yet
 * @shift: log2 of the aligned block around its address
 *
 * Holds until the look-up ends. Who holds one must not wait for another look-up, nor for
 * the end of an invalidation.
 *
 * Return: true; false: another look-up has claimed some of it, see gmem_look_wait().
 */
bool gmem_look_claim(struct gmem *gm, struct gmem_look *look, unsigned int shift);

/**
 * gmem_look_wait() - wait until nobody else prepares a block
 * @gm: guest memory
 * @look: the look-up; it has claimed nothing
 * @shift: as for gmem_look_claim()
 *
 * Context: may sleep; nothing held that an invalidation waits for.
 * Return: 0; -EINTR: a signal came.
 */
int gmem_look_wait(struct gmem *gm, struct gmem_look *look, unsigned int shift);

/**
 * gmem_look_end() - the look-up is over, its result installed or thrown away
 * @gm: guest memory
 * @look: the look-up
 */
void gmem_look_end(struct gmem *gm, struct gmem_look *look);

/**
 * gmem_watch_set() - be told when user addresses go away
 * @gm: guest memory
 * @w: zeroed but for its ops, or set before: then it moves
 * @start: first byte
 * @last: last byte, not before @start
 *
 * An invalidation that does not find @w began before this returned:
 * gmem_inval_wait() afterwards waits for it. Told too when a slot that stands
 * on the addresses is deleted or moved.
 *
 * Context: may spin; of one @w one call at a time.
 */
void gmem_watch_set(struct gmem *gm, struct gmem_watch *w, unsigned long start,
		    unsigned long last);

/**
 * gmem_watch_clear() - be told no more
 * @gm: guest memory
 * @w: set or not; not told any more on return
 *
 * Context: as gmem_watch_set().
 */
void gmem_watch_clear(struct gmem *gm, struct gmem_watch *w);

/**
 * gmem_watch_tell() - tell those who keep a translation that it goes away
 * @gm: guest memory
 * @start: first byte
 * @end: the byte after the last; nothing is told when it is not after @start
 * @may_sleep: what they are told of it
 */
void gmem_watch_tell(struct gmem *gm, unsigned long start, unsigned long end,
		     bool may_sleep);

#endif
