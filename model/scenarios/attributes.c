// SPDX-License-Identifier: GPL-2.0
/*
 * A guest changes the attributes of its memory, with and without the maintenance
 * that Arm ARM D8.17.3 asks of it. What the hypervisor does makes no difference:
 * these are the machine's own rules, seen through it.
 */
#include "scenario.h"

struct change {
	const struct attr *from, *to;
	bool maintained;
};

static void changer(void *arg)
{
	const struct change *c = arg;
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_memory(v, *c->from);
	guest_store(v, GPA(0));
	if (c->maintained)
		guest_dc(v, GPA(0), MACHINE_DC_CIVAC);
	guest_memory(v, *c->to);
	guest_load(v, GPA(0), "D8.17.3");
	guest_store(v, GPA(0));
	guest_load(v, GPA(0), "D8.17.3");
	vcpu_stop(v);
}

static void start(const struct change *c)
{
	host_watch(HVA(0), "x");
	host_write(HVA(0));
	host_write_back(HVA(0));
	vm_create(2, 0);
	explore_spawn("vCPU 0", 0, changer, (void *)c);
}

#define CHANGE(ident, title, a, b, bare)				\
static void setup_##ident(void)						\
{									\
	static const struct change c = { &(a), &(b), false };		\
									\
	start(&c);							\
}									\
									\
static void setup_##ident##_maintained(void)				\
{									\
	static const struct change c = { &(a), &(b), true };		\
									\
	start(&c);							\
}									\
									\
const struct scenario scenario_attr_change_##ident = {			\
	.name = "attr-change-" title,					\
	.story = "The guest stores, changes its stage-1 attributes and loads, without cache maintenance.", \
	.contract = SLOPPY,						\
	.machine = MACHINE_N1,						\
	.setup = setup_##ident,						\
	.expect = EXPECT(bare, bare),					\
	.preemptions = 1,						\
};									\
									\
const struct scenario scenario_attr_change_##ident##_maintained = {	\
	.name = "attr-change-" title "-maintained",			\
	.story = "The guest stores, cleans and invalidates, changes its stage-1 attributes and loads.", \
	.contract = ABIDING,						\
	.machine = MACHINE_N1,						\
	.setup = setup_##ident##_maintained,				\
	.expect = EXPECT(HOLDS, HOLDS),					\
	.preemptions = 1,						\
}

CHANGE(wb_wt, "wb-wt", wb_ish, wt_ish, "D8.17.3");
CHANGE(wb_nc, "wb-nc", wb_ish, normal_nc, "D8.17.3");
/* Write-Through leaves memory up to date: nothing is lost on the way from it. */
CHANGE(wt_nc, "wt-nc", wt_ish, normal_nc, HOLDS);
CHANGE(wt_wb, "wt-wb", wt_ish, wb_ish, HOLDS);
