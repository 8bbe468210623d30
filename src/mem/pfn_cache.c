// SPDX-License-Identifier: GPL-2.0
/*
 * One page of guest memory, kept at hand while slots change and the host moves
 * memory about.
 *
 * Why nothing becomes valid for a page between an invalidation's start and its end:
 * a refresh first sees that it is in the tree of watches, then takes back its mark
 * @stale, then waits until no invalidation of the page runs, and only then looks the
 * page up. An invalidation that began before is waited for. One that begins after
 * finds the watch and sets the mark, under the lock under which the refresh looks at
 * the mark and says valid: before it, then the refresh looks again; or after it, then
 * it takes away what the refresh installed.
 *
 * Why a refresh completes: it starts again only for an invalidation of this very
 * page. Its own mapping may be the cause of one; the second look then finds the page
 * that is mapped already and maps nothing.
 */
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <asm/barrier.h>

#include "../mutant.h"
#include "pfn_cache.h"
#include "trace.h"

/* What of a page decides how it is mapped. */
#define PFN_CACHE_TYPE	(HOST_PAGE_DEVICE | HOST_PAGE_NC | HOST_PAGE_NOSTRUCT)

/**
 * struct pfn_place - where a cache's address stands
 * @hva: user address of the first byte
 * @slot: the slot, or NULL
 * @generation: of the set that @slot is from
 */
struct pfn_place {
	unsigned long hva;
	struct gmem_slot *slot;
	u64 generation;
};

static unsigned long pfn_cache_page_of(unsigned long hva)
{
	return hva & ~(GMEM_PAGE_SIZE - 1);
}

static bool pfn_cache_fits(u64 addr, unsigned int len)
{
	return len && len <= GMEM_PAGE_SIZE - (addr & (GMEM_PAGE_SIZE - 1));
}

/* The slots' read side and pc->lock are held, or the answer is a guess. */
static bool pfn_cache_is_current(struct pfn_cache *pc)
{
	if (!READ_ONCE(pc->valid))
		return false;
	return READ_ONCE(pc->gpa) == PFN_CACHE_NO_GPA || MUTANT(cache_generation) ||
	       READ_ONCE(pc->generation) == gmem_generation(pc->gm);
}

/* Returns whether it was valid. */
static bool pfn_cache_make_invalid(struct pfn_cache *pc)
{
	unsigned long irqs = 0;
	bool valid;

	if (!MUTANT(cache_unlocked))
		write_lock_irqsave(&pc->lock, irqs);
	valid = pc->valid;
	if (!MUTANT(cache_lazy))
		WRITE_ONCE(pc->valid, false);
	pc->stale = true;
	if (!MUTANT(cache_unlocked))
		write_unlock_irqrestore(&pc->lock, irqs);
	return valid;
}

/*
 * Makes vCPUs leave the guest that went in with the page. The page is not valid any
 * more, so none goes in again. Whoever is inside has interrupts off and needs nothing but
 * the interrupt that a kick sends, so that the wait is short and ends, whatever
 * the caller holds. Returns how many there were.
 */
static unsigned int pfn_cache_evict(struct pfn_cache *pc, bool may_sleep)
{
	struct pfn_user *u;
	unsigned int n = 0;

	spin_lock(&pc->users_lock);
	list_for_each_entry(u, &pc->users, link) {
		if (!READ_ONCE(u->inside))
			continue;
		if (!may_sleep)
			pr_warn_once("tabula: a vCPU was in the guest with memory that is reaped\n");
		if (!MUTANT(cache_no_kick))
			u->kick(u);
		n++;
	}
	list_for_each_entry(u, &pc->users, link)
		if (!MUTANT(cache_kick_only))
			smp_cond_load_acquire(&u->inside, !VAL);
	spin_unlock(&pc->users_lock);
	if (n)
		atomic64_add(n, &pc->gm->stats.kick);
	return n;
}

/*
 * Not only who finds it valid waits for vCPUs: an invalidation that came first may
 * still wait for them, and this one's page may not be given back before.
 */
static void pfn_cache_drop(struct pfn_cache *pc, bool may_sleep)
{
	bool was_valid = pfn_cache_make_invalid(pc);
	unsigned int kicked = pfn_cache_evict(pc, may_sleep);

	if (!was_valid)
		return;
	atomic64_inc(&pc->gm->stats.invalidate);
	trace_pfn_cache_invalidate(pc->gpa, pc->hva, kicked);
}

static struct pfn_cache *pfn_cache_of(struct gmem_watch *w)
{
	return container_of(w, struct pfn_cache, watch);
}

static void pfn_cache_invalidate(struct gmem_watch *w, bool may_sleep)
{
	struct pfn_cache *pc = pfn_cache_of(w);

	lockdep_assert_held(&pc->gm->watches.lock);
	if (MUTANT(cache_sleeps))
		mutex_lock(&pc->refresh_lock);
	pfn_cache_drop(pc, may_sleep);
	if (MUTANT(cache_sleeps))
		mutex_unlock(&pc->refresh_lock);
}

static bool pfn_cache_age(struct gmem_watch *w, enum host_age how)
{
	struct pfn_cache *pc = pfn_cache_of(w);
	bool used = READ_ONCE(pc->used);

	lockdep_assert_held(&pc->gm->watches.lock);
	if (used && how != HOST_AGE_TEST)
		WRITE_ONCE(pc->used, false);
	return used;
}

static const struct gmem_watch_ops pfn_cache_watch_ops = {
	.invalidate	= pfn_cache_invalidate,
	.age		= pfn_cache_age,
};

void pfn_cache_init(struct pfn_cache *pc, struct gmem *gm, u32 flags)
{
	*pc = (struct pfn_cache) {
		.gm = gm,
		.flags = flags,
		.gpa = PFN_CACHE_NO_GPA,
		.watch.ops = &pfn_cache_watch_ops,
	};
	mutex_init(&pc->refresh_lock);
	rwlock_init(&pc->lock);
	spin_lock_init(&pc->users_lock);
	INIT_LIST_HEAD(&pc->users);
}

/* Context: the slots' read side. */
static int pfn_cache_locate(struct pfn_cache *pc, struct pfn_place *at)
{
	u64 gfn = pc->gpa >> GMEM_PAGE_SHIFT;

	*at = (struct pfn_place) { .hva = pc->hva };
	if (pc->gpa == PFN_CACHE_NO_GPA)
		return 0;
	at->generation = gmem_generation(pc->gm);
	at->slot = gmem_find_slot(pc->gm, gfn);
	if (!at->slot)
		return -EFAULT;
	if ((pc->flags & PFN_CACHE_WRITE) && (at->slot->flags & KVM_MEM_READONLY))
		return -EFAULT;
	at->hva = gmem_slot_hva(at->slot, gfn) + (pc->gpa & (GMEM_PAGE_SIZE - 1));
	return 0;
}

static void pfn_cache_install(struct pfn_cache *pc, const struct pfn_place *at)
{
	lockdep_assert_held_write(&pc->lock);
	WRITE_ONCE(pc->generation, at->generation);
	pc->slot = at->slot;
	pc->pfn = pc->page.pfn;
	pc->khva = (char *)pc->map + (at->hva & (GMEM_PAGE_SIZE - 1));
	WRITE_ONCE(pc->valid, true);
}

/* Slots have changed elsewhere: what is valid stays so. */
static bool pfn_cache_keep(struct pfn_cache *pc, const struct pfn_place *at)
{
	unsigned long irqs;
	bool same;

	write_lock_irqsave(&pc->lock, irqs);
	same = pc->valid && pc->hva == at->hva;
	if (same)
		pfn_cache_install(pc, at);
	write_unlock_irqrestore(&pc->lock, irqs);
	return same;
}

/* From here on whoever takes the page away tells us. */
static void pfn_cache_watch(struct pfn_cache *pc, const struct pfn_place *at)
{
	unsigned long page = pfn_cache_page_of(at->hva);

	if (pc->hva != at->hva)
		pfn_cache_drop(pc, true);
	pc->hva = at->hva;
	if (!pc->watch.set || !MUTANT(cache_watch_stays))
		gmem_watch_set(pc->gm, &pc->watch, page, page + GMEM_PAGE_SIZE - 1);
}

/* Takes back the mark. */
static void pfn_cache_unmark(struct pfn_cache *pc)
{
	unsigned long irqs;

	write_lock_irqsave(&pc->lock, irqs);
	pc->stale = false;
	write_unlock_irqrestore(&pc->lock, irqs);
}

/* Waits until no invalidation of the page runs. */
static int pfn_cache_quiet(struct pfn_cache *pc)
{
	unsigned long start = MUTANT(cache_wait_any) ? 0 : pfn_cache_page_of(pc->hva);
	unsigned long len = MUTANT(cache_wait_any) ? ULONG_MAX : GMEM_PAGE_SIZE;

	if (MUTANT(cache_no_wait) || !gmem_inval_wait(pc->gm, start, len, false))
		return 0;
	atomic64_inc(&pc->gm->stats.wait);
	trace_pfn_cache_wait(pc->gpa, pc->hva);
	return gmem_inval_wait(pc->gm, start, len, true);
}

static void pfn_cache_unmap(struct pfn_cache *pc)
{
	if (pc->map)
		host_page_unmap(&pc->page, pc->map);
	pc->map = NULL;
}

/*
 * A kernel mapping of @hp; the one there is if it is of this page already. Not
 * valid, so nobody uses what is dropped.
 */
static int pfn_cache_map(struct pfn_cache *pc, const struct host_page *hp)
{
	void *map;

	if (pc->map && pc->page.pfn == hp->pfn && pc->page.page == hp->page &&
	    !((pc->page.flags ^ hp->flags) & PFN_CACHE_TYPE) && !MUTANT(cache_map_anew))
		return 0;
	if (MUTANT(cache_half))
		pc->page = *hp;
	map = host_page_map(hp);
	if (!map)
		return -ENOMEM;
	pfn_cache_unmap(pc);
	pc->page = *hp;
	pc->map = map;
	return 0;
}

/* Says valid, unless an invalidation has come since the mark was taken back: -EAGAIN. */
static int pfn_cache_settle(struct pfn_cache *pc, const struct pfn_place *at)
{
	unsigned long irqs;
	bool stale;

	write_lock_irqsave(&pc->lock, irqs);
	stale = pc->stale && !MUTANT(cache_no_recheck);
	if (MUTANT(cache_recheck_apart)) {
		write_unlock_irqrestore(&pc->lock, irqs);
		write_lock_irqsave(&pc->lock, irqs);
	}
	if (!stale || MUTANT(cache_valid_first))
		pfn_cache_install(pc, at);
	write_unlock_irqrestore(&pc->lock, irqs);
	return stale ? -EAGAIN : 0;
}

/* One look. -EAGAIN: an invalidation came in between. */
static int pfn_cache_look(struct pfn_cache *pc, const struct pfn_place *at)
{
	bool write = pc->flags & PFN_CACHE_WRITE;
	struct host_page hp;
	int ret;

	pfn_cache_unmark(pc);
	ret = pfn_cache_quiet(pc);
	if (ret)
		return ret;
	if (MUTANT(cache_mark_late))
		pfn_cache_unmark(pc);
	ret = host_page_get(pc->hva, HOST_GET_INTERRUPTIBLE |
			    (write && !MUTANT(cache_reads) ? HOST_GET_WRITE : 0), &hp);
	if (ret)
		return ret;
	ret = pfn_cache_map(pc, &hp);
	if (!ret)
		ret = pfn_cache_settle(pc, at);
	/*
	 * While it is valid the VMM's own mapping holds the page. Nothing makes a page
	 * clean that is mapped for writing without an invalidation.
	 */
	host_page_put(&hp, HOST_PUT_ACCESSED | (write ? HOST_PUT_DIRTY : 0));
	return ret;
}

/* Context: refresh_lock, and the slots' read side. */
static int pfn_cache_resolve(struct pfn_cache *pc, const struct pfn_place *at)
{
	unsigned int tries = 0;
	int ret;

	lockdep_assert_held(&pc->refresh_lock);
	atomic64_inc(&pc->gm->stats.refresh);
	pfn_cache_watch(pc, at);
	for (;;) {
		ret = pfn_cache_look(pc, at);
		tries++;
		if (ret != -EAGAIN)
			break;
		atomic64_inc(&pc->gm->stats.again);
		if (MUTANT(cache_relock))
			return pfn_cache_refresh(pc);
		if (signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		cond_resched();
	}
	if (ret)
		atomic64_inc(&pc->gm->stats.refresh_fail);
	trace_pfn_cache_refresh(pc->gpa, pc->hva, pc->page.pfn, tries, ret);
	return ret;
}

static int pfn_cache_refresh_locked(struct pfn_cache *pc)
{
	struct pfn_place at;
	int idx, ret;

	lockdep_assert_held(&pc->refresh_lock);
	if (!pc->active)
		return -EINVAL;
	if (current->mm != pc->gm->mm)
		return -EFAULT;
	idx = gmem_read_lock(pc->gm);
	ret = pfn_cache_locate(pc, &at);
	if (ret)
		pfn_cache_drop(pc, true);
	else if (!pfn_cache_keep(pc, &at))
		ret = pfn_cache_resolve(pc, &at);
	gmem_read_unlock(pc->gm, idx);
	return ret;
}

int pfn_cache_refresh(struct pfn_cache *pc)
{
	int ret;

	mutex_lock(&pc->refresh_lock);
	ret = pfn_cache_refresh_locked(pc);
	mutex_unlock(&pc->refresh_lock);
	return ret;
}

static void pfn_cache_deactivate_locked(struct pfn_cache *pc)
{
	lockdep_assert(lockdep_is_held(&pc->refresh_lock) || MUTANT(cache_end_unlocked));
	WRITE_ONCE(pc->active, false);
	pfn_cache_drop(pc, true);
	gmem_watch_clear(pc->gm, &pc->watch);
	pfn_cache_unmap(pc);
	WRITE_ONCE(pc->gpa, PFN_CACHE_NO_GPA);
	pc->hva = 0;
}

void pfn_cache_deactivate(struct pfn_cache *pc)
{
	if (!MUTANT(cache_end_unlocked))
		mutex_lock(&pc->refresh_lock);
	pfn_cache_deactivate_locked(pc);
	if (!MUTANT(cache_end_unlocked))
		mutex_unlock(&pc->refresh_lock);
}

static int pfn_cache_start(struct pfn_cache *pc, u64 gpa, unsigned long hva,
			   unsigned int len)
{
	int ret;

	mutex_lock(&pc->refresh_lock);
	pfn_cache_deactivate_locked(pc);
	WRITE_ONCE(pc->gpa, gpa);
	pc->hva = hva;
	pc->len = len;
	WRITE_ONCE(pc->active, true);
	ret = pfn_cache_refresh_locked(pc);
	if (ret && !MUTANT(cache_half_active))
		pfn_cache_deactivate_locked(pc);
	mutex_unlock(&pc->refresh_lock);
	return ret;
}

int pfn_cache_activate(struct pfn_cache *pc, u64 gpa, unsigned int len)
{
	if (!pfn_cache_fits(gpa, len)) {
		pfn_cache_deactivate(pc);
		return -EINVAL;
	}
	if (gpa == PFN_CACHE_NO_GPA) {
		pfn_cache_deactivate(pc);
		return -EFAULT;
	}
	return pfn_cache_start(pc, gpa, 0, len);
}

int pfn_cache_activate_hva(struct pfn_cache *pc, unsigned long hva,
			   unsigned int len)
{
	if (!pfn_cache_fits(hva, len)) {
		pfn_cache_deactivate(pc);
		return -EINVAL;
	}
	if (!access_ok((void __user *)hva, len)) {
		pfn_cache_deactivate(pc);
		return -EFAULT;
	}
	return pfn_cache_start(pc, PFN_CACHE_NO_GPA, hva, len);
}

bool pfn_cache_check(struct pfn_cache *pc)
{
	int idx = gmem_read_lock(pc->gm);
	bool current_now = pfn_cache_is_current(pc);

	gmem_read_unlock(pc->gm, idx);
	return current_now;
}

/* sparse cannot follow a section that goes on after one outcome only. */
static void pfn_cache_lock(struct pfn_cache *pc, struct pfn_use *use)
{
	use->srcu = gmem_read_lock(pc->gm);
	__release(&pc->gm->srcu);
	read_lock_irqsave(&pc->lock, use->irqs);
	__release(&pc->lock);
}

static void pfn_cache_unlock(struct pfn_cache *pc, struct pfn_use *use)
{
	__acquire(&pc->lock);
	read_unlock_irqrestore(&pc->lock, use->irqs);
	__acquire(&pc->gm->srcu);
	gmem_read_unlock(pc->gm, use->srcu);
}

static void pfn_cache_note(struct pfn_cache *pc, bool hit)
{
	struct gmem_stats *stats = &pc->gm->stats;

	atomic64_inc(hit ? &stats->check_hit : &stats->check_miss);
	trace_pfn_cache_check(pc->gpa, pc->hva, hit);
}

void *pfn_cache_begin(struct pfn_cache *pc, struct pfn_use *use)
{
	bool hit;

	pfn_cache_lock(pc, use);
	hit = pfn_cache_is_current(pc);
	pfn_cache_note(pc, hit);
	if (hit && MUTANT(cache_dirty_early))
		gmem_mark_dirty(pc->slot, pc->gpa >> GMEM_PAGE_SHIFT);
	if (hit)
		return pc->khva;
	pfn_cache_unlock(pc, use);
	return NULL;
}

void pfn_cache_end(struct pfn_cache *pc, struct pfn_use *use, u32 flags)
{
	if ((flags & PFN_CACHE_DIRTY) && pc->slot && !MUTANT(cache_dirty_early) && !MUTANT(cache_unlogged))
		gmem_mark_dirty(pc->slot, pc->gpa >> GMEM_PAGE_SHIFT);
	if (!READ_ONCE(pc->used))
		WRITE_ONCE(pc->used, true);
	pfn_cache_unlock(pc, use);
}

void pfn_user_init(struct pfn_user *u, struct pfn_cache *pc,
		   void (*kick)(struct pfn_user *u))
{
	u->pc = pc;
	u->kick = kick;
	u->inside = 0;
	spin_lock(&pc->users_lock);
	list_add(&u->link, &pc->users);
	spin_unlock(&pc->users_lock);
}

void pfn_user_exit(struct pfn_user *u)
{
	spin_lock(&u->pc->users_lock);
	list_del(&u->link);
	spin_unlock(&u->pc->users_lock);
}

bool pfn_user_enter(struct pfn_user *u, u64 *pfn)
{
	struct pfn_cache *pc = u->pc;
	struct pfn_use use;
	bool hit;

	lockdep_assert_irqs_disabled();
	pfn_cache_lock(pc, &use);
	hit = pfn_cache_is_current(pc);
	pfn_cache_note(pc, hit);
	/* In this section: who takes the page away comes later, and sees it. */
	if (hit) {
		*pfn = pc->pfn;
		if (!MUTANT(cache_inside_late))
			WRITE_ONCE(u->inside, 1);
		WRITE_ONCE(pc->used, true);
	}
	pfn_cache_unlock(pc, &use);
	if (hit && MUTANT(cache_inside_late))
		WRITE_ONCE(u->inside, 1);
	return hit;
}

void pfn_user_leave(struct pfn_user *u)
{
	lockdep_assert_irqs_disabled();
	/* after all that the guest did; pairs with pfn_cache_evict() */
	smp_store_release(&u->inside, 0);
}
