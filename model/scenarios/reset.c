// SPDX-License-Identifier: GPL-2.0
/*
 * The article's problem 2, and what else a reset owes: a VMM writes memory anew
 * and initialises a vCPU again, which reads it past the caches.
 */
#include "scenario.h"

#define KERNEL	0	/* pages: the image, its copy, data */
#define MOVED	1
#define DATA	2

static void load_image(void)
{
	host_write(HVA(KERNEL));
}

/* One life of a well-behaved guest: reads its image, turns the MMU on, works, stops. */
static void life(struct vcpu *v)
{
	guest_load(v, GPA(KERNEL), "C1");
	guest_fetch(v, GPA(KERNEL), "C3");
	guest_store(v, GPA(DATA));
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(DATA), "C2");
	guest_load(v, GPA(KERNEL), "C1");
	guest_store(v, GPA(DATA));
	vcpu_stop(v);
}

/* VMM and vCPU are one thread, as in a VMM that resets from its vCPU's own thread. */
static void two_lives(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	(void)arg;
	load_image();
	life(v);
	load_image();
	vcpu_init(v);
	guest_load(v, GPA(KERNEL), "C1");
	guest_fetch(v, GPA(KERNEL), "C3");
	vcpu_stop(v);
}

static void setup(void)
{
	host_watch(HVA(KERNEL), "kernel");
	host_watch(HVA(DATA), "data");
	vm_create(4, 0);
	explore_spawn("VMM+vCPU 0", 0, two_lives, NULL);
}

const struct scenario problem2_reset = {
	.name = "problem2-reset",
	.story = "The VMM writes the kernel again and re-initialises the vCPU, which starts with its MMU off and reads memory: what the VMM wrote may still be in the caches.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup,
	.expect = { "C1", HOLDS },
	.preemptions = 2,
	.mutants = { CATCHES(no_unmap_at_reset), CATCHES(end_overflow),
		     CATCHES(no_dsb_at_map) },
};
