// SPDX-License-Identifier: GPL-2.0
/*
 * Slots: which guest frames stand on which user addresses. There are two sets: readers have the one, a change
 * is made in the other, which is published; readers never wait. When the last of them has left the first set
 * the same is done there. So a change costs what has to move up, and no copy of all.
 */
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../host/page.h"
#include "../mutant.h"
#include "slots.h"

/* As many as most VMs have, at first. */
#define GMEM_SLOTS_FEW	16

#define GMEM_SLOT_FLAGS	(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY)

int gmem_read_lock(struct gmem *gm) __acquires(&gm->srcu)
{
	return srcu_read_lock(&gm->srcu);
}

void gmem_read_unlock(struct gmem *gm, int idx) __releases(&gm->srcu)
{
	srcu_read_unlock(&gm->srcu, idx);
}

static struct gmem_slots *gmem_slots_read(struct gmem *gm)
{
	return srcu_dereference_check(gm->slots, &gm->srcu,
				      lockdep_is_held(&gm->slots_lock));
}

u64 gmem_generation(struct gmem *gm)
{
	return gmem_slots_read(gm)->generation;
}

/* A frame below the base wraps round to a distance that no slot is long. */
static bool gmem_slot_holds(const struct gmem_slot *slot, u64 gfn)
{
	return gfn - slot->base_gfn < slot->npages;
}

/* How many slots begin at or below the frame. */
static unsigned int gmem_slots_upto(const struct gmem_slots *set, u64 gfn)
{
	unsigned int lo = 0, hi = set->n;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (set->slot[mid]->base_gfn <= gfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* How many slots have this number or a lower one. */
static unsigned int gmem_ids_upto(struct gmem *gm, unsigned int id)
{
	unsigned int lo = 0, hi = gmem_slots_locked(gm)->n;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (gm->by_id[mid]->id <= id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct gmem_slot *gmem_find_slot(struct gmem *gm, u64 gfn)
{
	struct gmem_slots *set = gmem_slots_read(gm);
	unsigned int i = READ_ONCE(set->hint);

	if (i < set->n) {
		i = array_index_nospec(i, set->n);
		if (gmem_slot_holds(set->slot[i], gfn))
			return set->slot[i];
	}

	i = gmem_slots_upto(set, gfn);
	if (!i)
		return NULL;
	i = array_index_nospec(i - 1, set->n);
	if (!gmem_slot_holds(set->slot[i], gfn))
		return NULL;
	WRITE_ONCE(set->hint, i);
	return set->slot[i];
}

unsigned long gmem_slot_hva(const struct gmem_slot *slot, u64 gfn)
{
	unsigned long page = array_index_nospec(gfn - slot->base_gfn, slot->npages);

	return slot->hva + (page << GMEM_PAGE_SHIFT);
}

struct gmem_slot *gmem_slot_by_id(struct gmem *gm, unsigned int id)
{
	unsigned int n = gmem_ids_upto(gm, id);

	return n && gm->by_id[n - 1]->id == id ? gm->by_id[n - 1] : NULL;
}

/* Of the slots that begin before @new ends only the last can reach into it, itself left out. */
static bool gmem_slots_overlap(const struct gmem_slots *set, const struct gmem_slot *new)
{
	unsigned int n = gmem_slots_upto(set, new->base_gfn + new->npages - 1);

	if (n && set->slot[n - 1]->id == new->id)
		n--;
	return n && new->base_gfn < set->slot[n - 1]->base_gfn + set->slot[n - 1]->npages;
}

/* Of @n slots the one at @at goes, if @drop, and @add comes to its place, if any. */
static void gmem_list_change(struct gmem_slot **list, unsigned int n, unsigned int at, bool drop,
			     struct gmem_slot *add)
{
	if (drop && !add)
		memmove(list + at, list + at + 1, (n - at - 1) * sizeof(*list));
	else if (!drop)
		memmove(list + at + 1, list + at, (n - at) * sizeof(*list));
	if (add)
		list[at] = add;
}

static void gmem_set_change(struct gmem_slots *set, const struct gmem_slot *without,
			    struct gmem_slot *add)
{
	const struct gmem_slot *which = without ? without : add;
	unsigned int at = gmem_slots_upto(set, which->base_gfn) - !!without;

	gmem_list_change(set->slot, set->n, at, without, add);
	set->n += !!add;
	set->n -= !!without;
}

static struct gmem_slots *gmem_set_alloc(unsigned int room)
{
	struct gmem_slots *set = kvmalloc(struct_size(set, slot, room), GFP_KERNEL_ACCOUNT);

	if (set)
		*set = (struct gmem_slots) { .generation = 1, .room = room };
	return set;
}

/* Larger ones in place of the published set, the other, and the list by number. */
static int gmem_slots_enlarge(struct gmem *gm, unsigned int room)
{
	struct gmem_slots *cur = gmem_slots_locked(gm);
	struct gmem_slots *next = gmem_set_alloc(room), *idle = gmem_set_alloc(room);
	struct gmem_slot **by_id = kvmalloc_array(room, sizeof(*by_id), GFP_KERNEL_ACCOUNT);

	if (!next || !idle || !by_id) {
		kvfree(next);
		kvfree(idle);
		kvfree(by_id);
		return -ENOMEM;
	}
	*next = *cur;
	next->room = room;
	memcpy(next->slot, cur->slot, cur->n * sizeof(*cur->slot));
	*idle = *next;
	memcpy(idle->slot, cur->slot, cur->n * sizeof(*cur->slot));
	memcpy(by_id, gm->by_id, cur->n * sizeof(*by_id));
	rcu_assign_pointer(gm->slots, next);
	synchronize_srcu_expedited(&gm->srcu);
	kvfree(cur);
	kvfree(gm->idle);
	kvfree(gm->by_id);
	gm->idle = idle;
	gm->by_id = by_id;
	return 0;
}

/* Room for one more slot, in each. */
static int gmem_slots_grow(struct gmem *gm)
{
	const struct gmem_slots *cur = gmem_slots_locked(gm);

	return cur->n < cur->room ? 0 : gmem_slots_enlarge(gm, 2 * cur->room);
}

/**
 * gmem_slots_change() - publish the slots as they are to be
 * @gm: guest memory
 * @without: slot to leave out, or NULL; nobody finds it any more on return
 * @add: slot to put in, or NULL; there is room for it. With @without in its place: of the same frame
 *	and number
 * @gone: remember @without as gone
 *
 * Nobody reads the set before, nor @without, when this returns.
 */
static void gmem_slots_change(struct gmem *gm, const struct gmem_slot *without,
			      struct gmem_slot *add, bool gone)
{
	struct gmem_slots *cur = gmem_slots_locked(gm), *next = gm->idle;
	const struct gmem_slot *which = without ? without : add;

	lockdep_assert_held(&gm->slots_lock);
	gmem_list_change(gm->by_id, cur->n, gmem_ids_upto(gm, which->id) - !!without, without, add);
	gmem_set_change(next, without, add);
	next->generation = cur->generation + 1;
	next->gone.npages = 0;
	if (gone)
		next->gone = *without;
	rcu_assign_pointer(gm->slots, next);
	if (!MUTANT(free_early))
		synchronize_srcu_expedited(&gm->srcu);
	if (gm->client->changed)
		gm->client->changed(gm);
	gmem_set_change(cur, without, add);
	gm->idle = cur;
}

/* Gives @new its bitmap: that of @old, a fresh one, or none. */
static int gmem_slot_set_dirty(struct gmem *gm, struct gmem_slot *new,
			       const struct gmem_slot *old)
{
	/* bits that nobody reads are for what rings have no room for */
	bool all_set = gm->dirty_manual & KVM_DIRTY_LOG_INITIALLY_SET &&
		       (!gm->rings.client || gm->rings.with_bitmap);

	if (!(new->flags & KVM_MEM_LOG_DIRTY_PAGES))
		return 0;
	if (old && old->dirty) {
		new->dirty = old->dirty;
		return 0;
	}
	new->dirty = gmem_dirty_alloc(new->npages, all_set);
	return new->dirty ? 0 : -ENOMEM;
}

bool gmem_is_empty(struct gmem *gm)
{
	return !gmem_slots_locked(gm)->n;
}

/* A slot for a set, with its bitmap: that of @old, a fresh one, or none. */
static struct gmem_slot *gmem_slot_make(struct gmem *gm, const struct gmem_slot *like,
					const struct gmem_slot *old)
{
	struct gmem_slot *new = kmalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);

	if (!new)
		return NULL;
	*new = *like;
	new->rings = &gm->rings;
	if (!gmem_slot_set_dirty(gm, new, old))
		return new;
	kfree(new);
	return NULL;
}

/*
 * Nobody uses a translation of a slot that is not in the published set any more.
 * Whoever was installing one has finished: telling once gets all.
 */
static void gmem_slot_forget(struct gmem *gm, const struct gmem_slot *old)
{
	lockdep_assert_held(&gm->slots_lock);
	if (!MUTANT(slot_untold))
		gmem_watch_tell(gm, old->hva,
				old->hva + (old->npages << GMEM_PAGE_SHIFT), true);
	gm->client->unmap(gm, old->base_gfn, old->npages, true);
}

/* What is asked of a slot that stays, after all that concerns other slots. */
static int gmem_slot_allowed(struct gmem *gm, const struct gmem_slot *new)
{
	int ret;

	if (new->base_gfn > gm->max_gfn || new->npages > gm->max_gfn - new->base_gfn)
		return -EFAULT;
	if (!(new->flags & KVM_MEM_LOG_DIRTY_PAGES))
		return 0;
	/* What a driver maps bare is a device's: its writes are nobody's to report. */
	ret = host_range_has_bare(new->hva, new->hva + (new->npages << GMEM_PAGE_SHIFT));
	return ret > 0 ? -EINVAL : ret;
}

static int gmem_slot_create(struct gmem *gm, struct gmem_slots *cur,
			    const struct gmem_slot *like)
{
	struct gmem_slot *new;
	int ret;

	if (gmem_slots_overlap(cur, like))
		return -EEXIST;
	ret = gmem_slot_allowed(gm, like);
	if (ret)
		return ret;
	ret = gmem_slots_grow(gm);
	if (ret)
		return ret;
	new = gmem_slot_make(gm, like, NULL);
	if (!new)
		return -ENOMEM;
	gmem_slots_change(gm, NULL, new, false);
	return 0;
}

static int gmem_slot_delete(struct gmem *gm, struct gmem_slot *old)
{
	gmem_slots_change(gm, old, NULL, true);
	gmem_slot_forget(gm, old);
	kvfree(old->dirty);
	kfree(old);
	return 0;
}

static int gmem_slot_move(struct gmem *gm, struct gmem_slots *cur, struct gmem_slot *old,
			  const struct gmem_slot *like)
{
	struct gmem_slot *new;
	int ret;

	if (gmem_slots_overlap(cur, like))
		return -EEXIST;
	ret = gmem_slot_allowed(gm, like);
	if (ret)
		return ret;
	new = gmem_slot_make(gm, like, old);
	if (!new)
		return -ENOMEM;
	gmem_slots_change(gm, old, NULL, true);
	gmem_slot_forget(gm, old);
	gmem_slots_change(gm, NULL, new, false);
	if (new->dirty != old->dirty)
		kvfree(old->dirty);
	kfree(old);
	return 0;
}

/* Its dirty log goes on or off: no other flag may change. */
static int gmem_slot_reflag(struct gmem *gm, struct gmem_slot *old, const struct gmem_slot *like)
{
	struct gmem_slot *new;
	int ret;

	ret = gmem_slot_allowed(gm, like);
	if (ret)
		return ret;
	new = gmem_slot_make(gm, like, NULL);
	if (!new)
		return -ENOMEM;
	gmem_slots_change(gm, old, new, false);
	/*
	 * Readers of the old set, who knew of no bitmap, are gone, so what they
	 * mapped writable is there to be found. No clear tells the rings of it later.
	 */
	if (new->dirty && (gm->rings.client || !(gm->dirty_manual & KVM_DIRTY_LOG_INITIALLY_SET))) {
		if (gm->client->split)
			gm->client->split(gm, new->base_gfn, new->npages);
		gm->client->write_protect(gm, new->base_gfn, new->npages);
	}
	kvfree(old->dirty);
	kfree(old);
	return 0;
}

static int gmem_region_apply(struct gmem *gm, const struct gmem_slot *new)
{
	struct gmem_slots *cur = gmem_slots_locked(gm);
	struct gmem_slot *old = gmem_slot_by_id(gm, new->id);

	if (!new->npages)
		return old ? gmem_slot_delete(gm, old) : -EINVAL;
	if (!old)
		return gmem_slot_create(gm, cur, new);
	if (new->npages != old->npages || new->hva != old->hva ||
	    ((new->flags ^ old->flags) & KVM_MEM_READONLY))
		return -EINVAL;
	if (new->base_gfn != old->base_gfn)
		return gmem_slot_move(gm, cur, old, new);
	if (new->flags != old->flags)
		return gmem_slot_reflag(gm, old, new);
	return 0;
}

/* Judges all that can be judged without looking at other slots. */
static int gmem_region_check(struct gmem *gm,
			     const struct kvm_userspace_memory_region *r,
			     struct gmem_slot *slot)
{
	u64 base = r->guest_phys_addr >> GMEM_PAGE_SHIFT;
	u64 npages = r->memory_size >> GMEM_PAGE_SHIFT;
	unsigned long hva = r->userspace_addr;
	unsigned long plain = untagged_addr(hva);

	/* The upper half is the address space: there is one, number 0. */
	if (r->slot >= GMEM_MAX_SLOTS || (r->flags & ~GMEM_SLOT_FLAGS))
		return -EINVAL;
	if ((r->guest_phys_addr | r->memory_size | r->userspace_addr) &
	    (GMEM_PAGE_SIZE - 1))
		return -EINVAL;
	if (hva != r->userspace_addr || hva != plain ||
	    npages > GMEM_MAX_SLOT_PAGES ||
	    !access_ok((void __user *)hva, r->memory_size))
		return -EINVAL;
	if (r->guest_phys_addr + r->memory_size < r->guest_phys_addr)
		return -EINVAL;

	*slot = (struct gmem_slot) {
		.base_gfn = base,
		.npages = npages,
		.hva = hva,
		.flags = r->flags,
		.id = r->slot,
	};
	return 0;
}

int gmem_set_region(struct gmem *gm, const struct kvm_userspace_memory_region *r)
{
	struct gmem_slot new;
	int ret;

	ret = gmem_region_check(gm, r, &new);
	if (ret)
		return ret;
	mutex_lock(&gm->slots_lock);
	ret = gmem_region_apply(gm, &new);
	mutex_unlock(&gm->slots_lock);
	return ret;
}

/* The two sets and the list by number, of no slots. */
static int gmem_slots_init(struct gmem *gm)
{
	struct gmem_slots *set = gmem_set_alloc(GMEM_SLOTS_FEW);

	gm->idle = gmem_set_alloc(GMEM_SLOTS_FEW);
	gm->by_id = kvmalloc_array(GMEM_SLOTS_FEW, sizeof(*gm->by_id), GFP_KERNEL_ACCOUNT);
	RCU_INIT_POINTER(gm->slots, set);
	return set && gm->idle && gm->by_id ? 0 : -ENOMEM;
}

/* And of those that are left; nobody reads them any more. */
static void gmem_slots_exit(struct gmem *gm)
{
	struct gmem_slots *set = rcu_dereference_protected(gm->slots, true);
	unsigned int i;

	for (i = 0; set && i < set->n; i++) {
		kvfree(set->slot[i]->dirty);
		kfree(set->slot[i]);
	}
	RCU_INIT_POINTER(gm->slots, NULL);
	kvfree(set);
	kvfree(gm->idle);
	kvfree(gm->by_id);
}

int gmem_init(struct gmem *gm, const struct gmem_client *client, u64 max_gfn)
{
	int ret;

	if (!current->mm)
		return -EINVAL;
	gm->client = client;
	gm->max_gfn = max_gfn;
	gm->dirty_manual = 0;
	mutex_init(&gm->slots_lock);
	gmem_inval_init(&gm->inval);
	gmem_watch_init(&gm->watches);
	ret = init_srcu_struct(&gm->srcu);
	if (ret)
		return ret;
	ret = gmem_slots_init(gm);
	if (ret)
		goto no_slots;
	gm->mm = current->mm;
	mmgrab(gm->mm);
	ret = host_notifier_register(&gm->notifier, &gmem_notifier_ops);
	if (ret)
		goto no_notifier;
	return 0;

no_notifier:
	mmdrop(gm->mm);
no_slots:
	gmem_slots_exit(gm);
	cleanup_srcu_struct(&gm->srcu);
	return ret;
}

void gmem_destroy(struct gmem *gm)
{
	host_notifier_unregister(&gm->notifier);
	gmem_inval_exit(&gm->inval);
	gmem_slots_exit(gm);
	cleanup_srcu_struct(&gm->srcu);
	mmdrop(gm->mm);
}
