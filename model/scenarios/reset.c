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

/* Between VMM and vCPU: the first life is over; the second may begin. */
enum { FIRST_LIFE_OVER, SECOND_LIFE };

/* A life of a well-behaved guest, and then what it sees first of the next one. */
static void lives(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_load(v, GPA(KERNEL), "C1");
	guest_store(v, GPA(DATA));
	guest_dc(v, GPA(DATA), MACHINE_DC_CIVAC);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(DATA), "C2");
	guest_store(v, GPA(DATA));
	vcpu_stop(v);
	flag_set(FIRST_LIFE_OVER);
	flag_wait(SECOND_LIFE);
	guest_load(v, GPA(KERNEL), "C1");
	vcpu_stop(v);
}

static void reboots(void *arg)
{
	flag_wait(FIRST_LIFE_OVER);
	load_image();
	vcpu_init(&vm->vcpu[0]);
	flag_set(SECOND_LIFE);
}

static void setup_reset(void)
{
	settled(KERNEL, "kernel");
	settled(DATA, "data");
	vm_create(4, 0);
	explore_spawn("VMM", 2, reboots, NULL);
	explore_spawn("vCPU 0", 0, lives, NULL);
}

const struct scenario scenario_problem2_reset = {
	.name = "problem2-reset",
	.story = "The VMM writes the kernel anew and re-initialises the vCPU, which starts with its MMU off and reads memory: what the VMM wrote may still be in the caches only.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_reset,
	.expect = EXPECT("C1", HOLDS),
	.preemptions = 3,
	.random = 100,
	.mutants = { CATCHES(no_unmap_at_reset), CATCHES(end_overflow),
		     CATCHES_UNDER(no_clean_at_reset, MMU_CLEAN) },
};

/* C1 says: before the next KVM_RUN, which is later than KVM_ARM_VCPU_INIT. */
static void reboots_late(void *arg)
{
	flag_wait(FIRST_LIFE_OVER);
	vcpu_init(&vm->vcpu[0]);
	load_image();
	flag_set(SECOND_LIFE);
}

static void setup_late(void)
{
	settled(KERNEL, "kernel");
	settled(DATA, "data");
	vm_create(4, 0);
	explore_spawn("VMM", 2, reboots_late, NULL);
	explore_spawn("vCPU 0", 0, lives, NULL);
}

const struct scenario scenario_reset_then_write = {
	.name = "reset-then-write",
	.story = "The VMM re-initialises the vCPU first and writes the kernel after that, before it runs the vCPU.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_late,
	.expect = EXPECT("C1", HOLDS),
	.preemptions = 3,
	.random = 100,
	.mutants = { CATCHES(no_unmap_at_reset),
		     CATCHES_UNDER(paid_at_init, MMU_CLEAN) },
};

/*
 * The kernel moves itself in its first life, MMU on, and uses the place of its
 * image for data. The VMM copies the image back and starts it again.
 */
static void relocates(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_load(v, GPA(KERNEL), "C1");
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(KERNEL), "C2");
	guest_store(v, GPA(MOVED));
	guest_store(v, GPA(KERNEL));
	guest_load(v, GPA(MOVED), "C2");
	vcpu_stop(v);
	flag_set(FIRST_LIFE_OVER);
	flag_wait(SECOND_LIFE);
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
	explore_spawn("VMM", 2, reboots, NULL);
	explore_spawn("vCPU 0", 0, relocates, NULL);
}

const struct scenario scenario_problem2_relocated_kernel = {
	.name = "problem2-relocated-kernel",
	.story = "A guest relocates its kernel and reuses the old place; the VMM copies the image back and restarts it. With the MMU off it must see the copy, not the first life.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_relocated,
	.expect = EXPECT("C1", HOLDS),
	.preemptions = 3,
	.random = 100,
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

const struct scenario scenario_reset_against_fault = {
	.name = "reset-against-fault",
	.story = "A fault of another vCPU has cleaned its page before the VMM writes it, and installs it after the reset has unmapped everything.",
	.contract = ABIDING,
	.machine = MACHINE_N1,
	.setup = setup_beside,
	.expect = EXPECT("C1", HOLDS),
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(ignore_epoch), CATCHES_UNDER(drop_no_epoch, MMU_TWO_TREE),
		     CATCHES(reap_untold) },
};

/* Instruction caches: a new image, the vCPU starts again and executes. */
static void executes_twice(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, false, false, true);
	guest_fetch(v, GPA(KERNEL), "C3");
	vcpu_stop(v);
	flag_set(FIRST_LIFE_OVER);
	flag_wait(SECOND_LIFE);
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
	explore_spawn("VMM", 2, reboots, NULL);
	explore_spawn("vCPU 0", 0, executes_twice, NULL);
}

#define ICACHE(ident, suffix, cpu, what, none, ...)			\
const struct scenario scenario_icache_after_reset##ident = {		\
	.name = "icache-after-reset" suffix,				\
	.story = "The VMM writes code anew and re-initialises the vCPU, which executes it with its MMU off and its instruction cache on. " what, \
	.contract = SLOPPY,						\
	.machine = cpu,							\
	.setup = setup_icache,						\
	.expect = EXPECT(none, HOLDS),					\
	.preemptions = 2,						\
	.mutants = { __VA_ARGS__ },					\
}

ICACHE(, "", MACHINE_N1, "No DIC.", "C3");
ICACHE(_no_idc, "-no-idc", MACHINE_A72, "Neither IDC nor DIC.", "C3");
ICACHE(_dic, "-dic", MACHINE_DIC, "With IDC and DIC there is nothing to do for fetches.", HOLDS);
ICACHE(_fwb, "-fwb", MACHINE_FWB, "FWB does not imply DIC.", "C3", CATCHES_UNDER(no_icache_at_reset, MMU_FWB));
ICACHE(_fwb_dic, "-fwb-dic", MACHINE_FWB_DIC, "FWB and DIC.", HOLDS);

/* Both lives execute it with their MMU on: with two trees the mapping is kept. */
static void executes_warm(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_fetch(v, GPA(KERNEL), "C3");
	vcpu_stop(v);
	flag_set(FIRST_LIFE_OVER);
	flag_wait(SECOND_LIFE);
	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(DATA), NULL);
	guest_fetch(v, GPA(KERNEL), "C3");
	vcpu_stop(v);
}

/* Another vCPU's first fetch of the page is under way meanwhile. */
static void fetches_beside(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	guest_sctlr(v, true, true, true);
	guest_fetch(v, GPA(KERNEL), NULL);
	vcpu_stop(v);
}

static void setup_icache_warm(void)
{
	settled(KERNEL, "kernel");
	machine_ic_ivau(host_pa(HVA(KERNEL)));
	vm_create(4, 0);
	explore_spawn("VMM", 2, reboots_late, NULL);
	explore_spawn("vCPU 0", 0, executes_warm, NULL);
	explore_spawn("vCPU 1", 1, fetches_beside, NULL);
}

const struct scenario scenario_icache_kept_mapping_no_idc = {
	.name = "icache-kept-mapping-no-idc",
	.story = "The VMM writes code anew and re-initialises the vCPU, which executes it with its MMU on, through a mapping that outlived the reset. Neither IDC nor DIC.",
	.contract = SLOPPY,
	.machine = MACHINE_A72,
	.setup = setup_icache_warm,
	.expect = EXPECT("C3", HOLDS),
	.preemptions = 1,
	.random = 300,
	.mutants = { CATCHES_UNDER(no_take_exec, MMU_TWO_TREE),
		     CATCHES_UNDER(fence_passes_exec, MMU_TWO_TREE),
		     CATCHES_UNDER(no_take_exec, MMU_DC) },
};

/*
 * The other vCPU's fetch faults before the page is mapped, and finds it executable: granted by
 * who has cleaned it. By the time that it installs, the reset may have taken that again.
 */
enum { ABORTED, EXECUTABLE };

static void waits_until_mapped(void)
{
	flag_set(ABORTED);
	flag_wait(EXECUTABLE);
}

static void fetches_late(void *arg)
{
	struct vcpu *v = &vm->vcpu[1];

	v->aborted = waits_until_mapped;
	guest_fetch(v, GPA(KERNEL), NULL);
	vcpu_stop(v);
}

static void maps_and_reboots(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	flag_wait(ABORTED);
	guest_fetch(v, GPA(KERNEL), "C3");
	vcpu_stop(v);
	load_image();
	vcpu_init(v);
	flag_set(EXECUTABLE);
	guest_sctlr(v, true, true, true);
	guest_fetch(v, GPA(KERNEL), "C3");
	vcpu_stop(v);
}

static void setup_icache_late(void)
{
	settled(KERNEL, "kernel");
	machine_ic_ivau(host_pa(HVA(KERNEL)));
	vm_create(4, 0);
	guest_sctlr(&vm->vcpu[1], true, true, true);
	vcpu_stop(&vm->vcpu[1]);
	guest_sctlr(&vm->vcpu[0], true, true, true);
	vcpu_stop(&vm->vcpu[0]);
	explore_spawn("VMM+vCPU 0", 0, maps_and_reboots, NULL);
	explore_spawn("vCPU 1", 1, fetches_late, NULL);
}

const struct scenario scenario_icache_fault_across_reset = {
	.name = "icache-fault-across-reset",
	.story = "A vCPU's fetch has found the page executable when a reset takes that from it; what it then installs must not give it back unpaid. Neither IDC nor DIC.",
	.contract = SLOPPY,
	.machine = MACHINE_A72,
	.setup = setup_icache_late,
	.expect = EXPECT("C3", HOLDS),
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES_UNDER(exec_unpaid, MMU_DC), CATCHES_UNDER(exec_unpaid, MMU_TWO_TREE) },
};

/* The page was code before, of somebody else's: what is left of it in instruction caches. */
static void executes_first(void *arg)
{
	struct vcpu *v = &vm->vcpu[0];

	guest_sctlr(v, true, true, true);
	guest_load(v, GPA(KERNEL), "C1");
	guest_fetch(v, GPA(KERNEL), "C3");
	vcpu_stop(v);
}

static void setup_first_code(void)
{
	host_watch(HVA(KERNEL), "kernel");
	host_write(HVA(KERNEL));
	vm_create(4, 0);
	explore_spawn("VMM+vCPU 0", 0, executes_first, NULL);
}

const struct scenario scenario_icache_first_map = {
	.name = "icache-first-map",
	.story = "A page was another process's code before the VMM put the guest's into it: instruction caches may still hold the old one.",
	.contract = SLOPPY,
	.machine = MACHINE_N1,
	.setup = setup_first_code,
	.expect = EXPECT("C5", HOLDS),
	.preemptions = 2,
	.mutants = { CATCHES(no_icache_at_map) },
};
