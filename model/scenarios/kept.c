// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of L1's that nested virtualisation keeps (src/x86/nested/page.h): control blocks and
 * permission maps (X5), against L1's other vCPUs, changes of slots, and the host.
 */
#include <linux/err.h>

#include "../../src/x86/nested/page.h"
#include "../machine/memory.h"
#include "caches.h"

#define ANOTHER	8	/* HVA(ANOTHER) backs guest memory after a change */
#define BLOCK	16	/* bytes of a control block that are looked at */

static struct nested_page page[2] __attribute__((section("model_state")));

static void pages_create(void)
{
	page[0] = (struct nested_page){ 0 };
	page[1] = (struct nested_page){ 0 };
	caches_create(0);
}

static void finish_pages(void)
{
	nested_page_drop(&page[0]);
	nested_page_drop(&page[1]);
	caches_destroy();
}

/* VMRUN reads the block, #VMEXIT writes it; between, L2 runs and slots change. */
static void runs_l2(void *arg)
{
	u64 *block, n;

	for (n = 1; n <= 2; n++) {
		block = nested_page_begin(&page[0], &caches->gm, GPA(0), true);
		if (!IS_ERR(block)) {
			host_use(memory_pa(block), HOST_USE_WRITE | HOST_USE_MAPPED);
			explore_point("use the block");
			*block = n;
			trace_step("writes the block: %llu", (unsigned long long)n);
			host_unuse(memory_pa(block), HOST_USE_WRITE);
			nested_page_end(&page[0], true);
		}
	}
	flag_wait(0);
	block = nested_page_begin(&page[0], &caches->gm, GPA(0), true);
	if (IS_ERR(block))
		explore_violation("refresh", "the block cannot be kept though its slot is there");
	*block = 9;
	nested_page_end(&page[0], true);
}

/* Once the slot is gone its memory is the VMM's own. */
static void replaces(void *arg)
{
	caches_slot(0, GPA(0), 0, 0, 0);
	host_poke(HVA(0), 77);
	caches_slot(0, GPA(0), ANOTHER, 4, 0);
	flag_set(0);
}

static void finish_replaced(void)
{
	if (host_peek(HVA(0)) != 77)
		explore_violation("stale slot", "L0 has written to a block where no slot is any more");
	if (host_peek(HVA(ANOTHER)) != 9)
		explore_violation("stale slot", "L0 has not written to the block that is there now");
	finish_pages();
}

static void setup_block(void)
{
	pages_create();
	explore_spawn("vCPU 0", 0, runs_l2, NULL);
	explore_spawn("VMM", 1, replaces, NULL);
}

const struct scenario scenario_vmcb12_slot_delete = {
	.name = "vmcb12-slot-delete",
	.story = "A control block of L1's stays mapped while the VMM deletes its slot and puts other memory there: L0 writes where it is, or nowhere.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_block,
	.finish = finish_replaced,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 300,
};

/* L1 changes the map, and then runs L2 on either vCPU: both go by what it says. */
static void reads_map(void *arg)
{
	struct nested_page *p = &page[(long)arg];
	u64 *map, n;

	for (n = 0; n < 2; n++) {
		if (n)
			flag_wait(0);
		map = nested_page_begin(p, &caches->gm, GPA(1), false);
		if (IS_ERR(map))
			explore_violation("refresh", "the map cannot be read");
		host_use(memory_pa(map), HOST_USE_MAPPED);
		explore_point("use the map");
		if (n && *map != 5)
			explore_violation("X5", "a vCPU goes by an older map than L1 has made");
		host_unuse(memory_pa(map), 0);
		nested_page_end(p, false);
	}
}

static void changes_map(void *arg)
{
	host_poke(HVA(1), 5);
	flag_set(0);
}

static void migrates(void *arg)
{
	host_migrate(HVA(1));
}

static void setup_map(void)
{
	pages_create();
	host_poke(HVA(1), 4);
	explore_spawn("vCPU 0", 0, reads_map, (void *)0);
	explore_spawn("vCPU 1", 1, reads_map, (void *)1);
	explore_spawn("L1", 2, changes_map, NULL);
	explore_spawn("memory manager", 3, migrates, NULL);
}

const struct scenario scenario_msr_map_of_two = {
	.name = "msr-map-of-two",
	.story = "Two vCPUs of L1 keep one permission map that a third writes and the host migrates: who looks after that finds what was written.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_map,
	.finish = finish_pages,
	.expect = EXPECT_CACHES,
	.preemptions = 1,
	.random = 300,
	.mutants = { CATCHES(cache_no_recheck), CATCHES(cache_lazy) },
};

/* A control is checked, and then used: L1 writes another one between. */
#define FEW	4

static void checks_then_uses(void *arg)
{
	static const struct nested_span all[] = { { 0, BLOCK }, { } };
	u64 copy[BLOCK / sizeof(u64)];
	const u64 *control = nested_page_copy(&page[0], &caches->gm, GPA(0), copy, all);

	if (IS_ERR(control))
		explore_violation("refresh", "the block cannot be read");
	if (control[0] >= FEW) {
		trace_step("refuses the control");
		return;
	}
	explore_point("between check and use");
	if (control[0] >= FEW)
		explore_violation("X5", "L0 uses a control that it has not checked");
	/* and of one VMRUN to another it is the block that L1 names */
	control = nested_page_copy(&page[0], &caches->gm, GPA(1), copy, all);
	if (IS_ERR(control) || control[1] != 11)
		explore_violation("X5", "L0 goes by another block than L1 names");
}

static void writes_control(void *arg)
{
	host_poke(HVA(0), 100);
}

static void migrates_block(void *arg)
{
	host_migrate(HVA(0));
}

static void setup_controls(void)
{
	pages_create();
	host_poke(HVA(0), 1);
	host_poke(HVA(0) + 8, 10);
	host_poke(HVA(1), 1);
	host_poke(HVA(1) + 8, 11);
	explore_spawn("vCPU 0", 0, checks_then_uses, NULL);
	explore_spawn("L1's other vCPU", 1, writes_control, NULL);
	explore_spawn("memory manager", 2, migrates_block, NULL);
}

const struct scenario scenario_controls_read_once = {
	.name = "controls-read-once",
	.story = "L0 checks a control of L1's block and uses it, while another vCPU of L1 writes it and the host moves it: what is used was checked.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_controls,
	.finish = finish_pages,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES(block_shared), CATCHES(block_any) },
};
