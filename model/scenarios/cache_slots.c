// SPDX-License-Identifier: GPL-2.0
/*
 * Kept ranges and held pages (src/mem/hva_cache.h, guest_map.h) against changes of
 * slots, migration and the dirty log.
 */
#include <linux/err.h>
#include <linux/kvm.h>
#include <linux/slab.h>

#include "../../src/mem/guest_map.h"
#include "../../src/mem/hva_cache.h"
#include "../machine/memory.h"
#include "../shim/threads.h"
#include "caches.h"
#include "scenario.h"

#define ANOTHER	8	/* HVA(ANOTHER) backs guest memory after a change */

static void migrates(void *arg)
{
	host_migrate(HVA(0));
}

/* The slot moves to other guest addresses and back. */
static void adds(void *arg)
{
	cache_add_soon(&caches->pc);
	cache_add_soon(&caches->pc);
}

static void moves(void *arg)
{
	caches_slot(0, GPA(16), 0, 4, KVM_MEM_LOG_DIRTY_PAGES);
	caches_slot(0, GPA(0), 0, 4, KVM_MEM_LOG_DIRTY_PAGES);
}

static void setup_move(void)
{
	caches_create(KVM_MEM_LOG_DIRTY_PAGES);
	explore_spawn("kernel", 0, adds, NULL);
	explore_spawn("VMM", 1, moves, NULL);
	explore_spawn("memory manager", 2, migrates, NULL);
}

const struct scenario scenario_pfn_cache_slot_move = {
	.name = "pfn-cache-slot-move",
	.story = "The VMM moves the slot of a kept page away and back while the kernel writes it and its dirty log, and the host migrates it.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_move,
	.finish = caches_check_count,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 500,
};

/* The slot stays where it is and becomes another one: only its generation says so. */
static void logs(void *arg)
{
	caches_slot(0, GPA(0), 0, 4, 0);
	caches_slot(0, GPA(0), 0, 4, KVM_MEM_LOG_DIRTY_PAGES);
}

static void setup_log(void)
{
	caches_create(KVM_MEM_LOG_DIRTY_PAGES);
	explore_spawn("kernel", 0, adds, NULL);
	explore_spawn("VMM", 1, logs, NULL);
}

const struct scenario scenario_pfn_cache_slot_log = {
	.name = "pfn-cache-slot-log",
	.story = "The VMM switches the dirty log of a kept page's slot off and on while the kernel writes it.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_log,
	.finish = caches_check_count,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 500,
	.mutants = { CATCHES(cache_generation) },
};

/* Other memory comes where the slot was: the cache goes with it, and hears of that. */
static void adds_anywhere(void *arg)
{
	cache_add_soon(&caches->pc);
	flag_wait(0);
	if (cache_add_soon(&caches->pc))
		explore_violation("refresh", "the page cannot be kept though its slot is there");
}

static void replaces_page(void *arg)
{
	caches_slot(0, GPA(0), 0, 0, 0);
	host_forbid(HVA(0), "the slot was deleted");
	caches_slot(0, GPA(0), ANOTHER, 4, 0);
	flag_set(0);
}

static void migrates_another(void *arg)
{
	host_migrate(HVA(ANOTHER));
	host_migrate(HVA(ANOTHER));
}

static void finish_replace(void)
{
	u64 sum = host_peek(HVA(0)) + host_peek(HVA(ANOTHER));

	if (sum != caches->added)
		explore_violation("lost write", "%u additions, and the numbers make %llu",
				  caches->added, (unsigned long long)sum);
	caches_destroy();
}

static void setup_replace(void)
{
	caches_create(0);
	host_poke(HVA(ANOTHER), 0);
	explore_spawn("kernel", 0, adds_anywhere, NULL);
	explore_spawn("VMM", 1, replaces_page, NULL);
	explore_spawn("memory manager", 2, migrates_another, NULL);
}

const struct scenario scenario_pfn_cache_slot_replace = {
	.name = "pfn-cache-slot-replace",
	.story = "The VMM replaces the slot of a kept page by other memory, which the host migrates.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_replace,
	.finish = finish_replace,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 500,
	.mutants = { CATCHES(cache_watch_stays) },
};

/* What the hypervisor does with a range; the guest has it at GPA(0). */
static void stores(void *arg)
{
	struct hva_cache hc;
	u64 val = 1, old = 2, got = 0;
	int ret;

	ret = hva_cache_init(&hc, &caches->gm, GPA(0), sizeof(val));
	if (!ret)
		ret = hva_cache_put(&hc, 0, &val, sizeof(val));
	if (!ret)
		ret = hva_cache_store(&hc, 0, sizeof(val), 2);
	if (!ret)
		ret = hva_cache_cmpxchg(&hc, 0, sizeof(val), &old, 3);
	if (ret && ret != -EFAULT)
		explore_violation("hva_cache", "a store says %d", ret);
	flag_wait(0);
	val = 9;
	if (hva_cache_put(&hc, 0, &val, sizeof(val)) ||
	    hva_cache_get(&hc, 0, &got, sizeof(got)) || got != 9)
		explore_violation("hva_cache", "what was put is not what is got: %llu",
				  (unsigned long long)got);
	hva_cache_exit(&hc);
}

/* Once the slot is gone its memory is the VMM's own. */
static void replaces(void *arg)
{
	caches_slot(0, GPA(0), 0, 0, 0);
	host_poke(HVA(0), 77);
	caches_slot(0, GPA(0), ANOTHER, 4, 0);
	flag_set(0);
}

static void finish_hva(void)
{
	if (host_peek(HVA(0)) != 77)
		explore_violation("stale slot", "what the VMM keeps where a slot was is overwritten");
	if (host_peek(HVA(ANOTHER)) != 9)
		explore_violation("stale slot", "guest memory is not where the slot is");
	caches_destroy();
}

static void setup_hva(void)
{
	caches_create(0);
	explore_spawn("kernel", 0, stores, NULL);
	explore_spawn("VMM", 2, replaces, NULL);
}

const struct scenario scenario_hva_cache_slots = {
	.name = "hva-cache-slots",
	.story = "The VMM replaces a slot by other memory while the hypervisor stores through a kept range: memory that was taken away stays as the VMM has it.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_hva,
	.finish = finish_hva,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 500,
	.mutants = { CATCHES(hva_generation), CATCHES(hva_use_first), CATCHES(free_early) },
};

/* Each takes what is there and leaves its own: nothing is taken twice, nothing is lost. */
static unsigned long taken __attribute__((section("model_state")));

static void exchanges(void *arg)
{
	struct hva_cache hc;
	u64 val = (unsigned long)arg;

	if (hva_cache_init(&hc, &caches->gm, GPA(0), sizeof(val)) ||
	    hva_cache_xchg(&hc, 0, sizeof(val), &val))
		explore_violation("hva_cache", "an exchange fails");
	trace_step("stores %lu, takes %llu", (unsigned long)arg, (unsigned long long)val);
	taken += val;
	hva_cache_exit(&hc);
}

static void finish_exchange(void)
{
	u64 left = host_peek(HVA(0));

	if (taken + left != 1 + 2 + 4)
		explore_violation("lost write", "1, 2 and 4 were put, what was taken and is left makes %llu",
				  (unsigned long long)(taken + left));
	caches_destroy();
}

static void setup_exchange(void)
{
	caches_create(0);
	taken = 0;
	host_poke(HVA(0), 1);
	explore_spawn("vCPU 0", 0, exchanges, (void *)2);
	explore_spawn("vCPU 1", 1, exchanges, (void *)4);
	explore_spawn("memory manager", 2, migrates, NULL);
}

const struct scenario scenario_hva_cache_exchange = {
	.name = "hva-cache-exchange",
	.story = "Two exchange a value in guest memory while the host migrates it: no value is taken twice or lost.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_exchange,
	.finish = finish_exchange,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 500,
	.mutants = { CATCHES(hva_two_steps) },
};

/* A page held over sleep, used in stretches. */
static void holds(void *arg)
{
	struct guest_map map;
	unsigned int i;
	u64 *number;

	if (guest_map(&map, &caches->gm, GPA(0), GUEST_MAP_WRITE))
		explore_exit();
	for (i = 0; i < 2; i++) {
		number = guest_map_begin(&map);
		if (IS_ERR(number))
			break;
		host_use(memory_pa(number), HOST_USE_WRITE | HOST_USE_MAPPED);
		explore_point("use the page");
		++*number;
		caches->added++;
		trace_step("counts up to %llu in %s", *number,
			   trace_page("frame", memory_pa(number) - MEMORY_USER));
		host_unuse(memory_pa(number), HOST_USE_WRITE);
		guest_map_end(&map, GUEST_MAP_DIRTY);
	}
	guest_unmap(&map);
	flag_set(0);
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
		explore_violation("dirty log", "the page was written after the VMM copied it, and is not in the log");
}

static void setup_held(void)
{
	caches_create(KVM_MEM_LOG_DIRTY_PAGES);
	copied = 0;
	explore_spawn("kernel", 0, holds, NULL);
	explore_spawn("VMM", 1, copies, NULL);
	explore_spawn("memory manager", 2, migrates, NULL);
}

const struct scenario scenario_guest_map_held = {
	.name = "guest-map-held",
	.story = "The hypervisor holds a guest page and writes it in stretches, while the host migrates it and the VMM reads the dirty log.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_held,
	.finish = caches_check_count,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 500,
	.mutants = { CATCHES(cache_dirty_early), CATCHES(cache_no_recheck), CATCHES(cache_unlocked) },
};

static void deletes(void *arg)
{
	caches_slot(0, GPA(0), 0, 0, 0);
	host_forbid(HVA(0), "the slot was deleted");
}

static void setup_gone(void)
{
	caches_create(KVM_MEM_LOG_DIRTY_PAGES);
	explore_spawn("kernel", 0, holds, NULL);
	explore_spawn("VMM", 2, deletes, NULL);
}

const struct scenario scenario_guest_map_slot_delete = {
	.name = "guest-map-slot-delete",
	.story = "The VMM deletes the slot of a page that the hypervisor holds: the next stretch finds nothing.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_gone,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 500,
};

/* A page that stage 2 maps, too: guest and kernel write it by turns. */
static struct pfn_cache *beside __attribute__((section("model_state")));

static void writes_line(void *arg)
{
	unsigned int pe = explore_current()->pe;
	struct pfn_use use;
	char *p;
	u64 pa;

	for (;;) {
		p = pfn_cache_begin(beside, &use);
		if (p)
			break;
		if (pfn_cache_refresh(beside))
			explore_violation("refresh", "a refresh fails");
	}
	pa = memory_pa(p);
	host_use(pa, HOST_USE_WRITE | HOST_USE_MAPPED);
	explore_point("use the page");
	machine_host_store(pe, pa, explore_current()->id);
	trace_step("writes x through its cache");
	host_unuse(pa, HOST_USE_WRITE);
	pfn_cache_end(beside, &use, PFN_CACHE_DIRTY);
}

static void guest_writes(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	guest_load(v, GPA(0), "C4");
	vcpu_stop(v);
}

static void finish_beside(void)
{
	host_read(HVA(0), "C4");
	pfn_cache_deactivate(beside);
	kfree(beside);
	host_check_unmapped();
}

static void setup_beside(void)
{
	host_watch(HVA(0), "x");
	host_write(HVA(0));
	vm_create(4, 0);
	beside = kzalloc(sizeof(*beside), GFP_KERNEL);
	pfn_cache_init(beside, &vm->mmu.gmem, PFN_CACHE_WRITE);
	threads_quiet(&vm->mmu.gmem.stats, sizeof(vm->mmu.gmem.stats));
	if (pfn_cache_activate(beside, GPA(0), 8))
		explore_violation("refresh", "a cache cannot be made active");
	explore_spawn("vCPU 0", 0, guest_writes, NULL);
	explore_spawn("kernel", 1, writes_line, NULL);
	explore_spawn("memory manager", 2, migrates, NULL);
}

const struct scenario scenario_pfn_cache_beside_stage2 = {
	.name = "pfn-cache-beside-stage2",
	.story = "Guest and hypervisor write one page, by stage 2 and by a kept page, while the host migrates it: what was written last is where the page is.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_beside,
	.finish = finish_beside,
	.expect = EXPECT(SKIP, HOLDS, [MMU_CLEAN] = SKIP, [MMU_DC] = SKIP, [MMU_FWB] = SKIP),
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES(cache_unlocked), CATCHES(tell_late), CATCHES(ignore_seq) },
};
