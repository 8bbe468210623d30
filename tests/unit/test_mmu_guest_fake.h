/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest memory, of one slot, and a host that the test plays, for a VM's stage 2.
 */
#ifndef TEST_MMU_GUEST_FAKE_H
#define TEST_MMU_GUEST_FAKE_H

#include "test_mmu_fake.h"
#include "../../src/arm64/mmu/fault.c"
#include "../../src/arm64/mmu/near.c"
#include "../../src/arm64/mmu/mmu.c"

/* What somebody else does while a killable lock is waited for. */
static void (*lock_hook)(void);

static inline int fake_lock_killable(struct mutex *l)
{
	void (*hook)(void) = lock_hook;

	lock_hook = NULL;
	if (hook)
		hook();
	shim_write_lock(&l->shim);
	return 0;
}

#undef mutex_lock_killable
#define mutex_lock_killable	fake_lock_killable
#include "../../src/arm64/mmu/side.c"

static struct mmu mmu;
static struct mmu_vcpu mv;
static u64 bad_hva;

/* --- guest memory: one slot */

#define SLOT_GFN	(GB(1) >> 12)
#define SLOT_PAGES	(GB(1) >> 12)
#define SLOT_HVA	0x7f0040000000UL	/* congruent to the IPA up to 1 GiB */
#define SLOT_PHYS	0x200000000000ULL

static struct gmem_slot slot;
static struct gmem_look *look;		/* the one in flight */
static int look_ret;
static unsigned long begun;		/* barriers before it */
static bool claim_taken;		/* another look-up is at it */
static void (*claim_hook)(void);	/* before a claim is granted */
static unsigned int claims;
static unsigned int waited_shift;
static int wait_ret;
static u64 dirty_gfn;
static unsigned int dirty_marks;
static unsigned int all_dirty;
static bool dirty_locked;		/* marked in the section that installs */
static int read_depth;
static int gmem_init_ret;
static bool no_slots;			/* in all of guest memory */
static int inval_ret;			/* what a wait for invalidations says */
static unsigned int inval_waits;

static struct {
	int ret;
	u8 shift;
	u32 flags;
	u64 phys;		/* of the slot's first byte */
	bool readonly;		/* writable only when asked for */
	unsigned int gets, held, get_flags, put_flags;
	void (*hook)(void);	/* after the look-up */
	unsigned int near;	/* so many pages its table tells of, from an address on */
	unsigned long near_readonly;	/* of these */
	unsigned int near_want;	/* asked for */
} host;

int gmem_init(struct gmem *gm, const struct gmem_client *client, u64 max_gfn)
{
	gm->client = client;
	gm->max_gfn = max_gfn;
	mutex_init(&gm->slots_lock);
	return gmem_init_ret;
}

bool gmem_is_empty(struct gmem *gm)
{
	lockdep_assert_held(&gm->slots_lock);
	return no_slots;
}

void gmem_destroy(struct gmem *gm)
{
	gm->client->release(gm);
}

int gmem_read_lock(struct gmem *gm)
{
	return read_depth++;
}

void gmem_read_unlock(struct gmem *gm, int idx)
{
	assert_int_equal(--read_depth, idx);
}

struct gmem_slot *gmem_find_slot(struct gmem *gm, u64 gfn)
{
	assert_true(read_depth > 0);
	return gfn >= slot.base_gfn && gfn < slot.base_gfn + slot.npages ? &slot : NULL;
}

unsigned long gmem_slot_hva(const struct gmem_slot *s, u64 gfn)
{
	return s->hva + ((gfn - s->base_gfn) << 12);
}

int gmem_inval_wait(struct gmem *gm, unsigned long hva, unsigned long len, bool may_sleep)
{
	assert_true(!may_sleep || !shim_lock_held(&mmu.lock.shim));
	/* who changes sides waits for all of memory */
	assert_true(!hva && len == ULONG_MAX);
	inval_waits++;
	return inval_ret;
}

int gmem_look_begin(struct gmem *gm, struct gmem_look *l, unsigned long hva)
{
	assert_false(shim_lock_held(&mmu.lock.shim));
	assert_null(look);
	if (look_ret)
		return look_ret;
	*l = (struct gmem_look) { .hva = hva, .lost = GMEM_LOOK_KEPT };
	begun = shim_barriers[SHIM_MB];
	look = l;
	return 0;
}

bool gmem_look_claim(struct gmem *gm, struct gmem_look *l, unsigned int shift)
{
	assert_ptr_equal(l, look);
	assert_false(l->claim || shim_lock_held(&mmu.lock.shim));
	claims++;
	if (claim_hook)
		claim_hook();
	if (claim_taken)
		return false;
	l->claim = shift;
	return true;
}

int gmem_look_wait(struct gmem *gm, struct gmem_look *l, unsigned int shift)
{
	assert_ptr_equal(l, look);
	/* what an invalidation waits for would be a deadlock, what a claim needs, too */
	assert_false(l->claim || host.held || shim_lock_held(&mmu.lock.shim));
	waited_shift = shift;
	return wait_ret;
}

void gmem_look_end(struct gmem *gm, struct gmem_look *l)
{
	assert_ptr_equal(l, look);
	assert_int_equal(host.held, 0);
	look = NULL;
}

void gmem_mark_dirty(struct gmem_slot *s, u64 gfn)
{
	dirty_gfn = gfn;
	dirty_locked = shim_lock_held(&mmu.lock.shim);
	dirty_marks += !!s->dirty;
}

void gmem_mark_all_dirty(struct gmem *gm)
{
	all_dirty++;
}

/* --- the host */


int host_page_get(unsigned long hva, unsigned int flags, struct host_page *hp)
{
	assert_false(shim_lock_held(&mmu.lock.shim));
	/* the epoch is read before the page is looked at */
	assert_true(shim_barriers[SHIM_MB] > begun);
	host.gets++;
	host.get_flags = flags;
	if (host.ret)
		return host.ret;
	host.held++;
	*hp = (struct host_page) {
		.pfn = (host.phys + (hva - slot.hva)) >> 12,
		.hva = hva,
		.map_shift = host.shift,
		.flags = host.flags,
	};
	if (!host.readonly || flags & HOST_GET_WRITE)
		hp->flags |= HOST_PAGE_WRITABLE;
	if (host.hook)
		host.hook();
	return 0;
}

void host_page_near(unsigned long hva, unsigned int n, bool write, struct host_near *near)
{
	unsigned int i;

	assert_false(shim_lock_held(&mmu.lock.shim));
	assert_ptr_equal((void *)look->hva, (void *)hva);
	host.near_want = n;
	near->writable = 0;
	for (i = 0; i < n && i < host.near; i++) {
		if (write && host.near_readonly >> i & 1)
			break;
		near->pfn[i] = ((host.phys + (hva - slot.hva)) >> 12) + i;
		near->writable |= ~host.near_readonly & BIT(i);
	}
	near->n = i;
	if (i && host.hook)
		host.hook();
}

void host_page_put(struct host_page *hp, unsigned int flags)
{
	host.held--;
	host.put_flags = flags;
}

int hw_init(void)
{
	return 0;
}

/* --- frame */

static inline int setup(void **state)
{
	static unsigned long bitmap[SLOT_PAGES / 64];

	fake_reset();
	memset(&mmu, 0, sizeof(mmu));
	memset(&host, 0, sizeof(host));
	host.shift = 12;
	host.phys = SLOT_PHYS;
	slot = (struct gmem_slot) {
		.base_gfn = SLOT_GFN, .npages = SLOT_PAGES, .hva = SLOT_HVA,
		.dirty = bitmap,
	};
	look = NULL;
	look_ret = 0;
	claim_taken = false;
	claim_hook = NULL;
	claims = 0;
	waited_shift = 0;
	wait_ret = 0;
	dirty_marks = 0;
	all_dirty = 0;
	gmem_init_ret = 0;
	inval_ret = 0;
	inval_waits = 0;
	lock_hook = NULL;
	assert_int_equal(mmu_hw_init(), 0);
	assert_int_equal(mmu_init(&mmu, 40), 0);
	assert_int_equal(mmu_set_policy(&mmu, MMU_UNMAP), 0);
	mv = (struct mmu_vcpu) { .side = MMU_WARM };
	fake_clear();
	return 0;
}

static inline int teardown(void **state)
{
	assert_int_equal(host.held, 0);
	assert_int_equal(read_depth, 0);
	mmu_destroy(&mmu);
	mmu_hw_exit();
	assert_int_equal(atomic64_read(&mmu.stats.tables), 0);
	assert_int_equal(shim_allocs(), 0);
	shim_check_quiet();
	return 0;
}

static inline int fault(u64 ipa, u32 flags)
{
	struct mmu_abort abort = { .ipa = ipa, .flags = flags };

	int ret;

	fake_clear();
	bad_hva = 0;
	fake_unseen = false;
	ret = mmu_fault(&mmu, &mv, &abort, &bad_hva);
	/* else it faults again, and the walker may see then what it did not now */
	if (!ret && fake_walk(&mmu.tree, ipa, NULL))
		assert_false(fake_unseen);
	return ret;
}

static inline void set_fwb(bool on)
{
	hw_features.fwb = on;
	mmu.started = false;
	assert_int_equal(mmu_set_policy(&mmu, on ? MMU_FWB : MMU_UNMAP), 0);
}

/* KVM_ARM_VCPU_INIT of a vCPU that has run, and its next KVM_RUN. */
static inline void reset_vcpu(void)
{
	mv.has_run = true;
	mmu_vcpu_reset(&mmu, &mv);
	assert_int_equal(mmu_vcpu_enter(&mmu, &mv), 0);
}

static inline void turn_caches_on(void)
{
	mv.side = MMU_COLD;
	assert_int_equal(mmu_vcpu_sctlr(&mmu, &mv, MMU_SCTLR_M | MMU_SCTLR_C, 0), 0);
}

static inline u64 leaf(u64 ipa)
{
	return fake_walk(&mmu.tree, ipa, NULL);
}

static inline int level_of(u64 ipa)
{
	int level;

	return fake_walk(&mmu.tree, ipa, &level) ? level : -1;
}

#define IPA	GB(1)

#endif
