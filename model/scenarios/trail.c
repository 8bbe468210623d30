// SPDX-License-Identifier: GPL-2.0
/*
 * Trails (src/mem/trail.h): a table walk that is gone again by user addresses, while the guest changes its
 * tables and uses frames again, and the VMM replaces slots.
 */
#include "../../src/mem/trail.h"
#include "../shim/host_private.h"
#include "caches.h"

/* Tables in pages 1 and 2 lead to page 0, or 3; the slot is at HVA(0), or HVA(ELSEWHERE). */
#define TOP		GPA(1)
#define TABLE		GPA(2)
#define ELSEWHERE	8
#define READS		3

/* What a page holds; the first ones are what a walk may lead to. */
enum { ONE, OTHER, NEW, PAGES, REUSED = 77 };

static struct trail trail __attribute__((section("model_state")));
static unsigned int truth __attribute__((section("model_state")));
/* Bits: what was true at any time since the read began. */
static unsigned int true_since __attribute__((section("model_state")));

static bool interrupt __attribute__((section("model_state")));
static bool comes __attribute__((section("model_state")));		/* another slot */

static void may_be_true(unsigned int n)
{
	true_since |= 1U << n;
}

static void is_true(unsigned int n)
{
	truth = n;
	may_be_true(n);
}

/* Return: false: it leads nowhere now. */
static bool follows(void)
{
	struct gmem *gm = &caches->gm;
	u64 next;

	trail_begin(&trail, gm, 8);
	if (trail_load(&trail, gm, TOP, &next) || trail_load(&trail, gm, next, &next))
		return false;
	trail_end(&trail, gm, next);
	return true;
}

static void reads(void)
{
	u64 val;

	true_since = 1U << truth | (comes ? 1U << NEW : 0);
	if (!trail_read(&trail, &caches->gm, 0, &val, sizeof(val)) &&
	    (!follows() || !trail_read(&trail, &caches->gm, 0, &val, sizeof(val))))
		return;
	trace_step("reads %llu", (unsigned long long)val);
	if (val >= PAGES || !(1U << val & true_since))
		explore_violation("stale walk", "a trail leads to %llu, where no walk since it began does",
				  (unsigned long long)val);
}

/* Between two of its reads it takes interrupts, by which another vCPU has it flush. */
static void fetches(void *arg)
{
	unsigned int i;

	for (i = 0; i < READS; i++) {
		reads();
		explore_point("in the guest");
		if (interrupt) {
			flag_set(0);
			flag_wait(1);
		}
	}
	flag_set(0);
}

static void trail_create(void)
{
	caches_create(0);
	trail = (struct trail){ 0 };
	interrupt = false;
	comes = false;
	host_poke(HVA(0), ONE);
	host_poke(HVA(1), TABLE);
	host_poke(HVA(2), GPA(0));
	host_poke(HVA(3), OTHER);
	is_true(ONE);
}

/* The guest leads it to another page and back; the first is used for something else meanwhile. */
static void changes_tables(void *arg)
{
	bool top = explore_choose(2, "the upper table changes");

	if (top)
		host_poke(HVA(1), TABLE + 8);
	else
		host_poke(HVA(2), GPA(3));
	is_true(OTHER);
	interrupt = true;
	flag_wait(0);
	host_poke(HVA(0), REUSED);
	flag_set(1);
	host_poke(HVA(0), ONE);
	host_poke(top ? HVA(1) : HVA(2), top ? TABLE : GPA(0));
	is_true(ONE);
}

static void setup_tables(void)
{
	trail_create();
	host_poke(HVA(2) + 8, GPA(3));
	explore_spawn("vCPU 0", 0, fetches, NULL);
	explore_spawn("vCPU 1", 1, changes_tables, NULL);
}

const struct scenario scenario_trail_tables = {
	.name = "trail-tables",
	.story = "The hypervisor goes a table walk of the guest's again and again while another vCPU changes either table, and uses the page for something else: no read is of where no walk leads.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_tables,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 200,
	.mutants = { CATCHES(trail_blind), CATCHES(trail_last_alone), CATCHES(trail_bytes_first) },
};

/* The VMM takes the slot's memory for itself, and puts other memory there. */
static void replaces(void *arg)
{
	caches_slot(0, GPA(0), 0, 0, 0);
	host_poke(HVA(0), REUSED);
	comes = true;
	may_be_true(NEW);
	caches_slot(0, GPA(0), ELSEWHERE, 4, 0);
	is_true(NEW);
}

static void setup_slots(void)
{
	trail_create();
	host_poke(HVA(ELSEWHERE), NEW);
	host_poke(HVA(ELSEWHERE + 1), TABLE);
	host_poke(HVA(ELSEWHERE + 2), GPA(0));
	explore_spawn("vCPU 0", 0, fetches, NULL);
	explore_spawn("VMM", 2, replaces, NULL);
}

const struct scenario scenario_trail_slots = {
	.name = "trail-slots",
	.story = "The hypervisor goes a table walk of the guest's again and again while the VMM replaces the slot: once it is gone nothing of it is read.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_slots,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 3,
	.random = 200,
	.mutants = { CATCHES(trail_generation), CATCHES(trail_kept), CATCHES(free_early) },
};
