// SPDX-License-Identifier: GPL-2.0
/*
 * Each way that the hypervisor has to write guest memory, against who has to see every write (X7): the dirty
 * log, and userfaultfd, which a VMM uses to move memory or to keep it as it was.
 */
#include <linux/err.h>
#include <linux/kvm.h>
#include <linux/slab.h>

#include "../../src/mem/guest_map.h"
#include "../../src/mem/hva_cache.h"
#include "../machine/memory.h"
#include "../shim/host_private.h"
#include "caches.h"

#define WRITES	2

/* What a way does. */
struct way {
	const char *name;
	int (*write)(u64 val);
};

static struct hva_cache *range __attribute__((section("model_state")));
static struct guest_map *map __attribute__((section("model_state")));
static const struct way *way __attribute__((section("model_state")));

static int by_access(u64 val)
{
	return gmem_write(&caches->gm, GPA(0), &val, sizeof(val)) == sizeof(val) ? 0 : -EFAULT;
}

static int by_element(u64 val)
{
	return gmem_write_elems(&caches->gm, GPA(0), &val, sizeof(val), 1) == 1 ? 0 : -EFAULT;
}

static int by_put(u64 val)
{
	return hva_cache_put(range, 0, &val, sizeof(val));
}

static int by_store(u64 val)
{
	return hva_cache_store(range, 0, sizeof(val), val);
}

static int by_exchange(u64 val)
{
	return hva_cache_xchg(range, 0, sizeof(val), &val);
}

static void use(u64 *at, u64 val)
{
	host_use(memory_pa(at), HOST_USE_WRITE | HOST_USE_MAPPED);
	explore_point("use the page");
	*at = val;
	host_unuse(memory_pa(at), HOST_USE_WRITE);
}

static int by_kept_page(u64 val)
{
	struct pfn_use in;
	u64 *at;
	int ret;

	while (!(at = pfn_cache_begin(&caches->pc, &in))) {
		ret = pfn_cache_refresh(&caches->pc);
		if (ret)
			return ret;
	}
	use(at, val);
	pfn_cache_end(&caches->pc, &in, PFN_CACHE_DIRTY);
	return 0;
}

static int by_mapped_page(u64 val)
{
	u64 *at = guest_map_begin(map);

	if (IS_ERR(at))
		return PTR_ERR(at);
	use(at, val);
	guest_map_end(map, GUEST_MAP_DIRTY);
	return 0;
}

static const struct way ways[] = {
	{ "a copy", by_access },
	{ "an element", by_element },
	{ "a kept range", by_put },
	{ "a value of a kept range", by_store },
	{ "an exchange in a kept range", by_exchange },
	{ "a kept page", by_kept_page },
	{ "a mapped page", by_mapped_page },
};

static void writes(void *arg)
{
	u64 n;

	way = &ways[explore_choose(sizeof(ways) / sizeof(ways[0]), "the way")];
	for (n = 1; n <= WRITES; n++) {
		if (way->write(n))
			explore_violation("fault", "the page cannot be written by %s", way->name);
		trace_step("has written %llu by %s", (unsigned long long)n, way->name);
	}
	flag_set(0);
}

static void ways_create(u32 flags)
{
	caches_create(flags);
	range = kzalloc(sizeof(*range), GFP_KERNEL);
	map = kzalloc(sizeof(*map), GFP_KERNEL);
	if (hva_cache_init(range, &caches->gm, GPA(0), 8) ||
	    guest_map(map, &caches->gm, GPA(0), GUEST_MAP_WRITE))
		explore_unfinished("no ways");
}

static void finish_ways(void)
{
	if (host_peek(HVA(0)) != WRITES)
		explore_violation("X7", "what was written last by %s is not in the page", way->name);
	hva_cache_exit(range);
	guest_unmap(map);
	kfree(range);
	kfree(map);
	caches_destroy();
}

/* Live migration: the VMM copies what the log names; its last copy is complete. */
static u64 copied __attribute__((section("model_state")));

static void harvests(void)
{
	static unsigned long bits __attribute__((section("model_state")));
	struct kvm_dirty_log log = { .slot = 0, .dirty_bitmap = &bits };

	bits = 0;
	if (gmem_get_dirty_log(&caches->gm, &log))
		explore_violation("dirty log", "KVM_GET_DIRTY_LOG fails");
	trace_step("reads the dirty log: %#lx", bits);
	if (bits)
		copied = host_peek(HVA(0));
}

static void copies(void *arg)
{
	harvests();
	flag_wait(0);
	harvests();
	if (copied != host_peek(HVA(0)))
		explore_violation("X7", "the page was written by %s after the VMM copied it, and is not in the log",
				  way->name);
}

static void setup_logged(void)
{
	ways_create(KVM_MEM_LOG_DIRTY_PAGES);
	copied = 0;
	explore_spawn("kernel", 0, writes, NULL);
	explore_spawn("VMM", 1, copies, NULL);
}

const struct scenario scenario_ways_are_logged = {
	.name = "ways-are-logged",
	.story = "The hypervisor writes a page twice, by any of its ways, while the VMM reads the dirty log and copies what that names: the last copy is complete.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_logged,
	.finish = finish_ways,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 200,
	.mutants = { CATCHES(access_unlogged), CATCHES(access_dirty_early), CATCHES(elems_unlogged),
		     CATCHES(hva_unlogged), CATCHES(hva_dirty_early), CATCHES(hva_value_unlogged),
		     CATCHES(cache_unlogged), CATCHES(cache_dirty_early) },
};

/* A snapshot: nothing changes between the protection and the copy. */
static void snapshots(void *arg)
{
	u64 was;

	host_uffd_protect(HVA(0));
	was = host_peek(HVA(0));
	explore_point("copies the page");
	if (host_peek(HVA(0)) != was)
		explore_violation("X7", "%s writes a page that is write-protected by userfaultfd",
				  way ? way->name : "somebody");
	host_uffd_unprotect(HVA(0));
}

static void setup_protected(void)
{
	way = NULL;
	ways_create(0);
	explore_spawn("kernel", 0, writes, NULL);
	explore_spawn("VMM", 1, snapshots, NULL);
}

const struct scenario scenario_ways_write_protected = {
	.name = "ways-write-protected",
	.story = "The hypervisor writes a page, by any of its ways, while the VMM write-protects it by userfaultfd and copies it: the copy is of one moment, and no write is lost.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_protected,
	.finish = finish_ways,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 200,
	.mutants = { CATCHES(cache_reads), CATCHES(cache_unlocked), CATCHES(cache_lazy) },
};

/* Postcopy: the page is not there, and comes from elsewhere with what it held. */
#define CAME	7

static void brings(void *arg)
{
	host_uffd_discard(HVA(0));
	explore_point("the page comes");
	host_uffd_copy(HVA(0), CAME);
	flag_wait(0);
}

/* An exchange finds what came, or what it wrote itself. */
static void exchanges(void *arg)
{
	u64 val = 1;

	if (hva_cache_xchg(range, 0, sizeof(val), &val))
		explore_violation("fault", "the page cannot be exchanged");
	trace_step("exchanges 1 for %llu", (unsigned long long)val);
	if (val != 0 && val != CAME)
		explore_violation("X7", "an exchange finds what never was in the page");
	flag_set(1);
}

static void writes_late(void *arg)
{
	flag_wait(1);
	writes(arg);
}

static void setup_missing(void)
{
	way = NULL;
	ways_create(0);
	explore_spawn("kernel", 0, writes_late, NULL);
	explore_spawn("VMM", 1, brings, NULL);
	explore_spawn("vCPU 0", 2, exchanges, NULL);
}

/* What was written before the page went is gone with it; what came later is there. */
static void finish_missing(void)
{
	if (host_peek(HVA(0)) == CAME)
		host_poke(HVA(0), WRITES);
	finish_ways();
}

const struct scenario scenario_ways_missing = {
	.name = "ways-missing",
	.story = "The VMM gives up a page that userfaultfd watches and brings it from elsewhere, while the hypervisor writes it by any of its ways: it waits for what comes.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_missing,
	.finish = finish_missing,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(cache_unlocked), CATCHES(cache_lazy) },
};
