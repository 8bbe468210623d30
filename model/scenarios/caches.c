// SPDX-License-Identifier: GPL-2.0
/*
 * Kept pages (src/mem/pfn_cache.h) used by the kernel, against a memory manager that
 * takes them away.
 */
#include "caches.h"

#include <linux/kvm.h>
#include <linux/slab.h>

#include "../../src/mem/guest_map.h"
#include "../shim/host_private.h"
#include "../shim/threads.h"

struct caches *caches __attribute__((section("model_state")));

/* The client maps nothing; but where it may sleep, it may sleep. */
static void client_unmap(struct gmem *gm, u64 gfn, u64 n, bool may_sleep)
{
	if (may_sleep)
		shim_may_sleep();
}

static void client_release(struct gmem *gm)
{
	shim_may_sleep();
}

static void client_write_protect(struct gmem *gm, u64 gfn, u64 n)
{
}

static void client_write_protect_masked(struct gmem *gm, u64 gfn, unsigned long mask)
{
}

static bool client_flush(struct gmem *gm)
{
	return false;
}

static bool client_age(struct gmem *gm, u64 gfn, u64 n, enum host_age how)
{
	return false;
}

const struct gmem_client caches_client = {
	.unmap			= client_unmap,
	.release		= client_release,
	.write_protect		= client_write_protect,
	.write_protect_masked	= client_write_protect_masked,
	.flush			= client_flush,
	.age			= client_age,
};

int caches_slot(unsigned int id, u64 gpa, unsigned int page, unsigned int pages, u32 flags)
{
	struct kvm_userspace_memory_region r = {
		.slot = id,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = pages * VM_PAGE,
		.userspace_addr = HVA(page),
	};
	int ret = gmem_set_region(&caches->gm, &r);

	trace_step("sets slot %u: %u pages at %s; returns %d", id, pages,
		   trace_page("guest page", gpa - VM_GPA), ret);
	return ret;
}

void caches_create(u32 flags)
{
	caches = kzalloc(sizeof(*caches), GFP_KERNEL);
	threads_quiet(&caches->gm.stats, sizeof(caches->gm.stats));
	if (gmem_init(&caches->gm, &caches_client, 1UL << 24) ||
	    caches_slot(0, GPA(0), 0, 4, flags))
		explore_unfinished("no guest memory");
	host_poke(HVA(0), 0);
	pfn_cache_init(&caches->pc, &caches->gm, PFN_CACHE_WRITE);
	if (pfn_cache_activate(&caches->pc, GPA(0), sizeof(u64)))
		explore_violation("refresh", "a cache cannot be made active though nobody disturbs");
}

void caches_destroy(void)
{
	if (caches) {
		pfn_cache_deactivate(&caches->pc);
		gmem_destroy(&caches->gm);
		kfree(caches);
	}
	caches = NULL;
	host_check_unmapped();
}

void caches_check_count(void)
{
	u64 now = host_peek(HVA(0));

	if (now != caches->added)
		explore_violation("lost write", "%u additions, and the number is %llu",
				  caches->added, now);
	caches_destroy();
}

bool cache_add(struct pfn_cache *pc)
{
	struct pfn_use use;
	u64 *number;

	shim_atomic_enter();	/* the scheduler's lock is held, say */
	number = pfn_cache_begin(pc, &use);
	if (number) {
		host_use(memory_pa(number), HOST_USE_WRITE | HOST_USE_MAPPED);
		explore_point("use the page");
		++*number;
		caches->added++;
		trace_step("counts up to %llu in %s", *number,
			   trace_page("frame", memory_pa(number) - MEMORY_USER));
		host_unuse(memory_pa(number), HOST_USE_WRITE);
		pfn_cache_end(pc, &use, PFN_CACHE_DIRTY);
	} else {
		trace_step("finds no page");
	}
	shim_atomic_leave();
	return number;
}

int cache_add_soon(struct pfn_cache *pc)
{
	int ret = 0;

	while (!ret && !cache_add(pc)) {
		ret = pfn_cache_refresh(pc);
		trace_step("refreshes: %d", ret);
	}
	return ret;
}

static void adds(void *arg)
{
	int ret = cache_add_soon(&caches->pc);

	if (ret)
		explore_violation("refresh", "a refresh says %d", ret);
}

static void adds_twice(void *arg)
{
	adds(arg);
	adds(arg);
}

static void migrates(void *arg)
{
	host_migrate(HVA(0));
}

static void setup_refresh(void)
{
	caches_create(0);
	explore_spawn("vCPU 0", 0, adds, NULL);
	explore_spawn("vCPU 1", 1, adds, NULL);
	explore_spawn("memory manager", 2, migrates, NULL);
}

const struct scenario scenario_pfn_cache_refresh = {
	.name = "pfn-cache-refresh",
	.story = "Two refresh and write a kept page while the host migrates it: each write reaches the page, wherever it is.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_refresh,
	.finish = caches_check_count,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 500,
	.mutants = { CATCHES(cache_unlocked), CATCHES(cache_lazy), CATCHES(cache_no_wait),
		     CATCHES(cache_sleeps) },
};

/* Every tick, with interrupts off: who misses leaves a request, as stolen time does. */
static void ticks(void *arg)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (!cache_add(&caches->pc))
			flag_set(0);
	flag_set(0);
}

static void serves(void *arg)
{
	int ret;

	flag_wait(0);
	ret = pfn_cache_refresh(&caches->pc);
	if (ret)
		explore_violation("refresh", "a refresh says %d", ret);
	flag_set(1);
}

static void migrates_twice(void *arg)
{
	host_migrate(HVA(0));
	host_migrate(HVA(0));
}

static void setup_atomic(void)
{
	caches_create(0);
	explore_spawn("timer tick", 0, ticks, NULL);
	explore_spawn("vCPU 0", 1, serves, NULL);
	explore_spawn("memory manager", 2, migrates_twice, NULL);
}

const struct scenario scenario_pfn_cache_atomic = {
	.name = "pfn-cache-atomic",
	.story = "A timer tick writes a kept page with interrupts off, and cannot refresh it; a vCPU does when asked, while the host migrates it twice.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_atomic,
	.finish = caches_check_count,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 500,
	.mutants = { CATCHES(cache_unlocked), CATCHES(cache_lazy), CATCHES(tell_late) },
};

/* MADV_DONTNEED frees the page before range_end comes. */
static void discards(void *arg)
{
	host_discard(HVA(0), VM_PAGE);
}

static void setup_discard(void)
{
	caches_create(0);
	host_migrate(HVA(0));
	explore_spawn("vCPU 0", 0, adds, NULL);
	explore_spawn("vCPU 1", 1, adds, NULL);
	explore_spawn("VMM", 2, discards, NULL);
}

const struct scenario scenario_pfn_cache_discard = {
	.name = "pfn-cache-discard",
	.story = "Refreshes meet an invalidation that runs, and whose end comes after the page was freed.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_discard,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 500,
	.mutants = { CATCHES(cache_no_recheck), CATCHES(cache_recheck_apart), CATCHES(cache_valid_first),
		     CATCHES(cache_mark_late), CATCHES(cache_no_wait), CATCHES(cache_relock),
		     CATCHES(tell_late), CATCHES(no_wake) },
};

/* Another range is in its invalidation, which ends only after the refresh. */
static void holds_other(void *arg)
{
	host_notify_start(HVA(1), HVA(3));
	flag_set(0);
	flag_wait(1);
	host_notify_end(HVA(1), HVA(3));
}

static void adds_meanwhile(void *arg)
{
	flag_wait(0);
	adds(arg);
	flag_set(1);
}

static void setup_ranges(void)
{
	caches_create(0);
	host_migrate(HVA(0));
	explore_spawn("vCPU 0", 0, adds_meanwhile, NULL);
	explore_spawn("another range", 1, holds_other, NULL);
	explore_spawn("memory manager", 2, migrates, NULL);
}

const struct scenario scenario_pfn_cache_ranges = {
	.name = "pfn-cache-ranges",
	.story = "A refresh waits for an invalidation of its own page, and not for one of the pages beside it that ends only after the refresh.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_ranges,
	.finish = caches_check_count,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 300,
	.mutants = { CATCHES(cache_wait_any) },
};

/* Memory without struct page; to map it needs memory, which reclaim finds just there. */
static void setup_self(void)
{
	caches_create(0);
	host_migrate(HVA(0));
	host_make_special(HVA(0));
	host_map_invalidates(true);
	explore_spawn("vCPU 0", 0, adds_twice, NULL);
	explore_spawn("memory manager", 2, migrates, NULL);
}

const struct scenario scenario_pfn_cache_invalidates_itself = {
	.name = "pfn-cache-invalidates-itself",
	.story = "The page has no struct page, and to map it invalidates it: the refresh ends all the same, and no mapping is left over.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_self,
	.finish = caches_check_count,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 300,
	.mutants = { CATCHES(cache_map_anew), CATCHES(cache_relock) },
};

/* What cannot be mapped stays as it was; what was not made active keeps nothing. */
static void adds_at_last(void *arg)
{
	int ret;

	do {
		ret = cache_add_soon(&caches->pc);
	} while (ret == -ENOMEM);
	if (ret)
		explore_violation("refresh", "a refresh says %d", ret);
}

static void maps_in_vain(void *arg)
{
	struct guest_map *map = kzalloc(sizeof(*map), GFP_KERNEL);

	host_map_fails(2);
	if (!guest_map(map, &caches->gm, GPA(0), GUEST_MAP_WRITE))
		guest_unmap(map);
	kfree(map);
	adds_at_last(arg);
}

static void setup_failure(void)
{
	caches_create(0);
	explore_spawn("vCPU 0", 0, adds_at_last, NULL);
	explore_spawn("vCPU 1", 1, maps_in_vain, NULL);
	explore_spawn("memory manager", 2, migrates_twice, NULL);
}

const struct scenario scenario_pfn_cache_failure = {
	.name = "pfn-cache-failure",
	.story = "Kernel mappings fail while the host migrates the page: a refresh that fails changes nothing, an activate that fails leaves nothing.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_failure,
	.finish = caches_check_count,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 500,
	.mutants = { CATCHES(cache_half), CATCHES(cache_half_active) },
};

/* Kept by its user address alone: slots mean nothing to it, munmap() ends it. */
static void adds_until_unmapped(void *arg)
{
	int ret = cache_add_soon(&caches->pc);

	if (!ret)
		ret = cache_add_soon(&caches->pc);
	if (ret && ret != -EFAULT)
		explore_violation("refresh", "a refresh says %d", ret);
}

static void unmaps(void *arg)
{
	caches_slot(0, GPA(0), 0, 0, 0);
	host_unmap(HVA(0), VM_PAGE);
	if (pfn_cache_refresh(&caches->pc) != -EFAULT)
		explore_violation("refresh", "a page is kept where nothing is mapped");
}

static void setup_hva_only(void)
{
	caches_create(0);
	if (pfn_cache_activate_hva(&caches->pc, HVA(0), sizeof(u64)))
		explore_violation("refresh", "a user address cannot be kept");
	explore_spawn("kernel", 0, adds_until_unmapped, NULL);
	explore_spawn("VMM", 1, unmaps, NULL);
}

const struct scenario scenario_pfn_cache_user_address = {
	.name = "pfn-cache-user-address",
	.story = "A page kept by its user address alone, while the VMM deletes the slot there and unmaps it.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_hva_only,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 500,
	.mutants = { CATCHES(cache_no_wait), CATCHES(cache_unlocked) },
};

/* Once it keeps nothing nobody uses the page, whoever was about to refresh it. */
static void deactivates(void *arg)
{
	pfn_cache_deactivate(&caches->pc);
	host_forbid(HVA(0), "the cache was deactivated");
	trace_step("has deactivated the cache");
}

static void adds_while_active(void *arg)
{
	int ret = cache_add_soon(&caches->pc);

	if (ret && ret != -EINVAL)
		explore_violation("refresh", "a refresh says %d", ret);
}

static void setup_deactivate(void)
{
	caches_create(0);
	explore_spawn("vCPU 0", 0, adds_while_active, NULL);
	explore_spawn("VMM", 1, deactivates, NULL);
	explore_spawn("memory manager", 2, discards, NULL);
}

const struct scenario scenario_pfn_cache_deactivate = {
	.name = "pfn-cache-deactivate",
	.story = "A cache is deactivated while somebody refreshes it and the host takes the page away.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_deactivate,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 500,
	.mutants = { CATCHES(cache_end_unlocked) },
};

/* The VM ends while the memory manager is at its memory. */
static void closes(void *arg)
{
	caches_destroy();
	trace_step("has destroyed the VM");
}

static void setup_teardown(void)
{
	caches_create(0);
	explore_spawn("VMM", 0, closes, NULL);
	explore_spawn("memory manager", 1, migrates, NULL);
	explore_spawn("VMM's other thread", 2, discards, NULL);
}

const struct scenario scenario_pfn_cache_teardown = {
	.name = "pfn-cache-teardown",
	.story = "A VM with an active cache is destroyed while its memory is migrated and discarded.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_teardown,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 300,
};

/* All memory goes with the process; ticks of the dead vCPU still come. */
static void exits(void *arg)
{
	host_exit();
}

static void ticks_on(void *arg)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		cache_add(&caches->pc);
}

static void setup_exit(void)
{
	caches_create(0);
	explore_spawn("timer tick", 0, ticks_on, NULL);
	explore_spawn("VMM", 1, exits, NULL);
}

const struct scenario scenario_pfn_cache_exit = {
	.name = "pfn-cache-exit",
	.story = "The VMM is killed while a timer tick writes a kept page.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_exit,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 300,
	.mutants = { CATCHES(exit_untold) },
};
