// SPDX-License-Identifier: GPL-2.0
/*
 * The article's problem 2, and what else a reset owes: a VMM writes memory anew
 * and initialises a vCPU again, which reads it past the caches.
 */
#include "scenario.h"

#define KERNEL	0	/* pages: the image, where it moves to, data */
#define MOVED	1
#define DATA	2

/* Loaded, and written back by itself before anybody looks: the first life is not the story. */
static void settled(unsigned int page, const char *name)
{
	host_watch(HVA(page), name);
	host_write(HVA(page));
	host_write_back(HVA(page));
}

static void load_image(void)
{
	host_write(HVA(KERNEL));
}

/* One life of a well-behaved guest: reads its image, turns the MMU on, works, stops. */
static void life(struct vcpu *v)
{
	guest_load(v, GPA(KERNEL), "C1");
	guest_store(v, GPA(DATA));
	guest_dc(v, GPA(DATA), MACHINE_DC_CIVAC);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(DATA), "C2");
	guest_store(v, GPA(DATA));
	vcpu_stop(v);
}

/* VMM and vCPU are one thread, as in a VMM that resets from its vCPU's own thread. */
static void two_lives(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	life(v);
	load_image();
	vcpu_init(v);
	guest_load(v, GPA(KERNEL), "C1");
	vcpu_stop(v);
}

static void setup_reset(void)
{
	settled(KERNEL, "kernel");
	settled(DATA, "data");
	vm_create(4, 0);
	explore_spawn("VMM+vCPU 0", 0, two_lives, NULL);
}

const struct scenario problem2_reset = {
	.name = "problem2-reset",
	.story = "The VMM writes the kernel anew and re-initialises the vCPU, which starts with its MMU off and reads memory: what the VMM wrote may still be in the caches only.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_reset,
	.expect = { "C1", HOLDS },
	.preemptions = 2,
	.mutants = { CATCHES(no_unmap_at_reset), CATCHES(end_overflow) },
};

/*
 * The kernel moves itself in its first life, MMU on, and uses the place of its
 * image for data. The VMM copies the image back and starts it again.
 */
static void relocated(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_load(v, GPA(KERNEL), "C1");
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(KERNEL), "C2");
	guest_store(v, GPA(MOVED));
	guest_store(v, GPA(KERNEL));
	guest_load(v, GPA(MOVED), "C2");
	vcpu_stop(v);
	load_image();
	vcpu_init(v);
	guest_load(v, GPA(KERNEL), "C1");
	guest_store(v, GPA(MOVED));
	guest_load(v, GPA(MOVED), "C1");
	vcpu_stop(v);
}

static void setup_relocated(void)
{
	settled(KERNEL, "kernel");
	settled(MOVED, "moved");
	vm_create(4, 0);
	explore_spawn("VMM+vCPU 0", 0, relocated, NULL);
}

const struct scenario problem2_relocated = {
	.name = "problem2-relocated-kernel",
	.story = "A guest relocates its kernel and reuses the old place; the VMM copies the image back and restarts it. With the MMU off it must see the copy, not the first life.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_relocated,
	.expect = { "C1", HOLDS },
	.preemptions = 2,
	.mutants = { CATCHES(no_unmap_at_reset) },
};

/* Another vCPU has a fault under way while the VMM writes and resets. */
static void slow_fault(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_load(v, GPA(KERNEL), NULL);
	vcpu_stop(v);
}

static void reset_beside(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_load(v, GPA(DATA), "C1");
	vcpu_stop(v);
	load_image();
	vcpu_init(v);
	guest_load(v, GPA(KERNEL), "C1");
	vcpu_stop(v);
}

static void setup_beside(void)
{
	settled(KERNEL, "kernel");
	settled(DATA, "data");
	vm_create(4, 0);
	explore_spawn("vCPU 1", 1, slow_fault, NULL);
	explore_spawn("VMM+vCPU 0", 0, reset_beside, NULL);
}

const struct scenario reset_against_fault = {
	.name = "reset-against-fault",
	.story = "A fault of another vCPU has cleaned its page before the VMM writes it, and installs it after the reset has unmapped everything.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_beside,
	.expect = { "C1", HOLDS },
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(ignore_epoch) },
};

/* Instruction caches: a new image, the vCPU starts again and executes. */
static void execute_again(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, false, false, true);
	guest_fetch(v, GPA(KERNEL), "C3");
	vcpu_stop(v);
	load_image();
	vcpu_init(v);
	guest_sctlr(v, false, false, true);
	guest_fetch(v, GPA(KERNEL), "C3");
	vcpu_stop(v);
}

static void setup_icache(void)
{
	settled(KERNEL, "kernel");
	/* nobody has executed it before */
	machine_ic_ivau(host_pa(HVA(KERNEL)));
	vm_create(4, 0);
	explore_spawn("VMM+vCPU 0", 0, execute_again, NULL);
}

#define ICACHE(ident, suffix, cpu, what, none, ...)			\
const struct scenario icache_##ident = {				\
	.name = "icache-after-reset" suffix,				\
	.story = "The VMM writes code anew and re-initialises the vCPU, which executes it with its MMU off and its instruction cache on. " what, \
	.contract = SLOPPY,						\
	.machine = cpu,							\
	.setup = setup_icache,						\
	.expect = { none, HOLDS },					\
	.preemptions = 2,						\
	.mutants = { __VA_ARGS__ },					\
}

ICACHE(n1, "", MACHINE_N1, "No DIC.", "C3", CATCHES(no_icache_at_map));
ICACHE(a72, "-no-idc", MACHINE_A72, "Neither IDC nor DIC.", "C3");
ICACHE(dic, "-dic", MACHINE_DIC, "With IDC and DIC there is nothing to do for fetches.", HOLDS);
ICACHE(fwb, "-fwb", MACHINE_FWB, "FWB does not imply DIC.", "C3", CATCHES(no_icache_at_reset));
ICACHE(fwb_dic, "-fwb-dic", MACHINE_FWB_DIC, "FWB and DIC.", HOLDS);
