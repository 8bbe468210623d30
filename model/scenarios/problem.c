// SPDX-License-Identifier: GPL-2.0
/*
 * The article's problem 1: two aliases of one line, written back in the wrong
 * order. Impossible as long as all accesses end up inner-shareable write-back.
 */
#include "../machine/memory.h"
#include "../shim/host_private.h"
#include "scenario.h"

static const struct attr aliases_matching = { ATTR_WB, ATTR_ISH };
static const struct attr aliases_nsh = { ATTR_WB, ATTR_NSH };

/* One vCPU writes through two aliases, another one reads through both. */
static void writer(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_store(v, GPA(0));
	guest_store_as(v, GPA(0), *(const struct attr *)arg);
	guest_load(v, GPA(0), "problem 1");
	flag_set(0);
	vcpu_stop(v);
}

static void reader(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	flag_wait(0);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(0), "problem 1");
	guest_load_as(v, GPA(0), *(const struct attr *)arg, "problem 1");
	vcpu_stop(v);
}

static void start(const struct attr *a)
{
	host_watch(HVA(0), "x");
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, writer, (void *)a);
	explore_spawn("vCPU 1", 1, reader, (void *)a);
}

static void setup_matching(void)
{
	start(&aliases_matching);
}

static void setup_nsh(void)
{
	start(&aliases_nsh);
}

const struct scenario scenario_problem1_matching = {
	.name = "problem1-matching",
	.story = "Two aliases of one page, both inner-shareable write-back: no write-back order can lose the younger store.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_matching,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 100,
};

const struct scenario scenario_problem1_nsh_under_ish = {
	.name = "problem1-nsh-under-ish",
	.story = "The guest maps the alias Non-shareable; stage 2 makes it inner-shareable, so it is the same cache.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_nsh,
	.expect = EXPECT(HOLDS, HOLDS),
	.preemptions = 2,
	.random = 100,
};

/*
 * The negative twin: stage 2 Non-shareable, which the module never sets. The
 * machine is asked directly, with tables of this scenario's own.
 */
static void nsh_writer(void *arg)
{
	unsigned int pe = explore_current()->pe;
	uint64_t pa = MEMORY_USER;

	(void)arg;
	explore_point("store");
	machine_guest_store(pe, pa, wb_nsh, explore_current()->id);
	trace_step("stores x (WB NSH)%s", line_seen(machine_line(pa), 1U << 1));
	explore_point("store");
	machine_guest_store(pe, pa, wb_ish, explore_current()->id);
	trace_step("stores x (WB ISH)%s", line_seen(machine_line(pa), 1U << 2));
	flag_set(0);
}

static void nsh_reader(void *arg)
{
	unsigned int pe = explore_current()->pe;
	struct line *line = machine_line(MEMORY_USER);
	line_values v;

	(void)arg;
	flag_wait(0);
	explore_point("load");
	v = machine_guest_load(pe, MEMORY_USER, wb_ish);
	trace_step("loads x (WB ISH)%s", line_seen(line, v));
	host_check_latest(line, v, "problem 1", explore_current()->name);
}

static void setup_nsh_nsh(void)
{
	machine_watch(MEMORY_USER, "x", false);
	explore_spawn("vCPU 0", 0, nsh_writer, NULL);
	explore_spawn("vCPU 1", 1, nsh_reader, NULL);
}

const struct scenario scenario_problem1_nsh_under_nsh = {
	.name = "problem1-nsh-under-nsh",
	.story = "Were stage 2 Non-shareable too, the aliases would be two copies, written back in any order.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_nsh_nsh,
	.expect = EXPECT("problem 1", "problem 1", [MMU_FWB] = SKIP),
	.preemptions = 1,
};
