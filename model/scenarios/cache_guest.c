// SPDX-License-Identifier: GPL-2.0
/*
 * Kept pages used by vCPUs in guest mode, by their physical address: an invalidation
 * gets them out, and they refresh before they go in again.
 */
#include <linux/container_of.h>
#include <linux/kvm.h>

#include "../machine/memory.h"
#include "../shim/host_private.h"
#include "../shim/threads.h"
#include "caches.h"

#define GUESTS	2

/**
 * struct guest - a vCPU
 * @user: as which it uses the page
 * @kicked: it has to leave the guest, or must not go in
 * @loses: the page may go for good: then it stays out
 * @brief: it goes in once, comes out by itself, and is unplugged
 */
struct guest {
	struct pfn_user user;
	bool kicked;
	bool loses;
	bool brief;
};

static struct guest guest[GUESTS] __attribute__((section("model_state")));

static void guest_kick(struct pfn_user *u)
{
	explore_point("kick");
	container_of(u, struct guest, user)->kicked = true;
	trace_step("kicks vCPU %d", (int)(container_of(u, struct guest, user) - guest));
}

static bool guest_leaves(const void *arg)
{
	const struct guest *g = arg;

	return g->kicked || g->brief || caches->stop;
}

/* Inside, as a rule until it is kicked. The interrupt that a kick sends is seen at once. */
static void guest_runs(struct guest *g, u64 pa)
{
	u64 *number = memory_kva(pa);

	host_use(pa, HOST_USE_WRITE);
	explore_point("in the guest");
	if (!g->kicked) {
		++*number;
		caches->added++;
		trace_step("counts up to %llu in %s", *number,
			   trace_page("frame", pa - MEMORY_USER));
	}
	while (!guest_leaves(g))
		explore_block(guest_leaves, g, "a reason to leave the guest");
	host_unuse(pa, HOST_USE_WRITE);
	trace_step("leaves the guest");
}

/* As a run loop: interrupts off, the page, the last look at requests, in. */
static bool guest_enters(struct guest *g)
{
	bool ready;
	u64 pfn;

	shim_irqs_off();
	ready = pfn_user_enter(&g->user, &pfn);
	if (ready) {
		explore_point("last look at requests");
		if (!g->kicked)
			guest_runs(g, pfn * VM_PAGE);
		pfn_user_leave(&g->user);
	}
	g->kicked = false;
	shim_irqs_on();
	return ready;
}

static void guest_thread(void *arg)
{
	struct guest *g = arg;
	int ret = 0;

	while (!ret && !caches->stop) {
		if (guest_enters(g) && g->brief)
			break;
		if (pfn_cache_check(&caches->pc))
			continue;
		ret = pfn_cache_refresh(&caches->pc);
		trace_step("refreshes: %d", ret);
	}
	pfn_user_exit(&g->user);
	g->user.kick = NULL;
	if (ret && !g->loses)
		explore_violation("refresh", "a refresh says %d", ret);
}

static void guests_create(unsigned int n, u32 slot_flags)
{
	static const char * const name[GUESTS] = { "vCPU 0", "vCPU 1" };
	unsigned int i;

	caches_create(slot_flags);
	for (i = 0; i < n; i++) {
		guest[i] = (struct guest){ 0 };
		pfn_user_init(&guest[i].user, &caches->pc, guest_kick);
		explore_spawn(name[i], i, guest_thread, &guest[i]);
	}
}

static void migrates(void *arg)
{
	host_migrate(HVA(0));
	host_migrate(HVA(0));
	caches->stop = true;
}

static void setup_guest(void)
{
	guests_create(1, 0);
	explore_spawn("memory manager", 2, migrates, NULL);
}

const struct scenario scenario_pfn_cache_guest = {
	.name = "pfn-cache-guest",
	.story = "A vCPU writes a kept page in guest mode, by its physical address, and stays there until it is kicked; the host migrates the page twice.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_guest,
	.finish = caches_check_count,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 500,
	.mutants = { CATCHES(cache_no_kick), CATCHES(cache_kick_only), CATCHES(cache_inside_late),
		     CATCHES(cache_lazy), CATCHES(tell_late) },
};

static void moves_away(void *arg)
{
	host_migrate(HVA(0));
}

static void migrates_once(void *arg)
{
	host_migrate(HVA(0));
	caches->stop = true;
}

static void setup_guests(void)
{
	guests_create(2, 0);
	guest[1].brief = true;
	explore_spawn("memory manager", 2, migrates_once, NULL);
}

const struct scenario scenario_pfn_cache_guests = {
	.name = "pfn-cache-guests",
	.story = "Two vCPUs use one kept page in guest mode while the host migrates it; one of them is unplugged.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_guests,
	.finish = caches_check_count,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 500,
	.mutants = { CATCHES(cache_no_kick), CATCHES(cache_kick_only), CATCHES(cache_inside_late) },
};

/* Two invalidations at a time: the second must not return while the first still waits. */
static void invalidates(void *arg)
{
	host_discard(HVA(0), VM_PAGE);
	flag_set(0);
}

static void invalidates_too(void *arg)
{
	host_discard(HVA(0), 2 * VM_PAGE);
	flag_wait(0);
	caches->stop = true;
}

static void setup_overlap(void)
{
	guests_create(1, 0);
	explore_spawn("VMM", 1, invalidates, NULL);
	explore_spawn("VMM's other thread", 2, invalidates_too, NULL);
}

const struct scenario scenario_pfn_cache_guest_overlap = {
	.name = "pfn-cache-guest-overlap",
	.story = "Two invalidations that overlap meet a vCPU in guest mode: neither returns before it is out.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_overlap,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 500,
	.mutants = { CATCHES(cache_kick_only) },
};

/* The OOM reaper: nobody may sleep for it, and who is woken for it is named once. */
static void reaps(void *arg)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		host_reap(HVA(0), VM_PAGE);
	if (threads_prints() > 1)
		explore_violation("log", "%u messages for the same thing", threads_prints());
	if (threads_prints() != !!atomic64_read(&caches->gm.stats.kick))
		explore_violation("log", "a vCPU was in the guest, and nobody says so");
	caches->stop = true;
}

static void setup_reap(void)
{
	guests_create(1, 0);
	explore_spawn("OOM reaper", 2, reaps, NULL);
}

const struct scenario scenario_pfn_cache_reap = {
	.name = "pfn-cache-reap",
	.story = "The OOM reaper takes memory that a vCPU still uses in guest mode: nothing sleeps, the vCPU is kicked, the log says so once.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_reap,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 300,
	.mutants = { CATCHES(reap_sleeps), CATCHES(cache_sleeps) },
};

/* The VMM wants the page no longer kept: nobody is inside with it, nor goes in. */
static void deactivates(void *arg)
{
	pfn_cache_deactivate(&caches->pc);
	host_forbid(HVA(0), "the cache was deactivated");
	caches->stop = true;
}

static void setup_deactivate(void)
{
	guests_create(1, 0);
	guest[0].loses = true;
	explore_spawn("VMM", 1, deactivates, NULL);
	explore_spawn("memory manager", 2, moves_away, NULL);
}

const struct scenario scenario_pfn_cache_guest_deactivate = {
	.name = "pfn-cache-guest-deactivate",
	.story = "A cache is deactivated while a vCPU uses its page in guest mode and the host migrates it.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_deactivate,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 500,
	.mutants = { CATCHES(cache_kick_only), CATCHES(cache_no_kick) },
};

/* The slot goes: when the call returns nobody is inside with its memory, nor goes in. */
static void deletes(void *arg)
{
	caches_slot(0, GPA(0), 0, 0, 0);
	host_forbid(HVA(0), "the slot was deleted");
	caches->stop = true;
}

static void adds(void *arg)
{
	cache_add_soon(&caches->pc);
}

static void setup_delete(void)
{
	guests_create(1, 0);
	guest[0].loses = true;
	explore_spawn("kernel", 1, adds, NULL);
	explore_spawn("VMM", 2, deletes, NULL);
}

const struct scenario scenario_pfn_cache_slot_delete = {
	.name = "pfn-cache-slot-delete",
	.story = "The VMM deletes the slot of a kept page that a vCPU uses in guest mode and the kernel writes.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_delete,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 500,
	.mutants = { CATCHES(slot_untold), CATCHES(cache_no_kick) },
};

/* Slots that come and go elsewhere throw nobody out. */
static void adds_slot(void *arg)
{
	caches_slot(1, GPA(16), 16, 1, 0);
	caches_slot(1, GPA(16), 16, 0, 0);
	if (atomic64_read(&caches->gm.stats.kick))
		explore_violation("kick", "a vCPU is kicked for a slot that it does not use");
	caches->stop = true;
}

static void setup_elsewhere(void)
{
	guests_create(1, 0);
	explore_spawn("kernel", 1, adds, NULL);
	explore_spawn("VMM", 2, adds_slot, NULL);
}

const struct scenario scenario_pfn_cache_slot_elsewhere = {
	.name = "pfn-cache-slot-elsewhere",
	.story = "Another slot comes and goes: no vCPU is thrown out of the guest, and nobody uses the set of slots that was freed.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_elsewhere,
	.finish = caches_check_count,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 500,
};
