// SPDX-License-Identifier: GPL-2.0
/*
 * The host's state around a stay in the guest (X8): what VMRUN does not switch, each register by itself.
 */
#include <linux/kvm.h>
#include <linux/slab.h>
#include <asm/ptrace.h>
#include <asm/trapnr.h>

#include "../../src/vm/run.h"
#include "../../src/x86/nested/nested.h"
#include "../../src/x86/vm.h"
#include "../shim/threads.h"
#include "../shim/x86/cpu.h"
#include "base.h"

#define VCPUS	2
#define PES	2

/* Nothing here depends on the policy of Arm's stage 2. */
#define EXPECT_WORLD							\
	{ [MMU_NONE] = SKIP, [MMU_UNMAP] = HOLDS, [MMU_CLEAN] = SKIP,	\
	  [MMU_TWO_TREE] = SKIP, [MMU_DC] = SKIP, [MMU_FWB] = SKIP }
#define ANY_WORLD	"any: what it does to its registers is its own"

/* What of a guest is to come back, beside what is in its control block. */
struct guest {
	struct x86_vcpu vcpu;
	struct vmcb vmcb;
	u64 fpu[CPU_FPU];	/* where the FPU's state is kept */
	u64 had[CPU_FPU];	/* what it left in it */
	bool writes_xcr0;	/* past us */
	bool machine_check;
};

static struct x86_vm *vm_x86 __attribute__((section("model_state")));
static struct guest *guests __attribute__((section("model_state")));
static unsigned int machine_checks __attribute__((section("model_state")));

struct svm_hw svm_hw __attribute__((section("model_state")));
DEFINE_PER_CPU(struct svm_cpu, svm_cpu);

/* Others, of whom nothing is wanted here. */
void kvmclock_load(struct x86_vcpu *vcpu) { }
void kvmclock_put(struct x86_vcpu *vcpu) { }
void stolen_put(struct x86_vcpu *vcpu) { }
void xen_load(struct x86_vcpu *vcpu) { }
void xen_put(struct x86_vcpu *vcpu) { }
void svm_take_back(struct x86_vcpu *vcpu) { }
void spec_load(struct spec *spec) { }
void spec_leave(void) { }
void svm_debug_enter(struct svm *svm) { }
void svm_debug_leave(struct svm *svm) { }
void vcpu_set_here(struct vcpu *vcpu) { }

struct spec_switch spec_enter(struct svm *svm)
{
	return (struct spec_switch){ };
}

void do_machine_check(struct pt_regs *regs)
{
	if (!cpu_here()->gif || cpu_here()->rcu_guest)
		explore_violation("X8", "a machine check is taken before the host is there");
	machine_checks++;
}

static struct guest *guest_of(u64 vmcb_pa)
{
	struct guest *g;

	for (g = guests; g < guests + VCPUS; g++)
		if (vmcb_pa == (u64)&g->vmcb)
			return g;
	explore_violation("X8", "VMRUN of what is no control block");
}

static void guest_expects(bool so, const char *what)
{
	if (!so)
		explore_violation("X8", "a guest runs without its own %s", what);
}

/* What a guest finds, and what it does to it. */
static void guest_runs(struct guest *g)
{
	struct cpu *c = cpu_here();
	struct svm *svm = &g->vcpu.svm;
	unsigned int i;

	for (i = 0; i < CPU_FPU; i++)
		if (c->xcr0 & BIT(i))
			guest_expects(c->fpu[i] == g->had[i], "FPU state");
	guest_expects(c->xcr0 == svm->xcr0, "XCR0");
	guest_expects(c->aux == svm->tsc_aux, "TSC_AUX");
	if (g->vmcb.save.dr7 & 0xff)
		guest_expects(!memcmp(c->dr, svm->dr, sizeof(c->dr)), "breakpoint addresses");
	c->segments += 100000;
	for (i = 0; i < CPU_FPU; i++)
		if (c->xcr0 & BIT(i))
			g->had[i] = c->fpu[i] += 1;
	if (g->writes_xcr0)
		c->xcr0 ^= 2;
}

/* VMLOAD, VMRUN, #VMEXIT, VMSAVE, VMLOAD. */
void svm_enter(u64 *gpr, u64 vmcb_pa, u64 host_pa, u32 guest_spec, u32 host_spec)
{
	struct guest *g = guest_of(vmcb_pa);
	struct cpu *c = cpu_here();

	if (c->gif)
		explore_violation("X8", "an interrupt may come between VMLOAD and VMRUN");
	if (c->dr7 & 0xff)
		explore_violation("X8", "the host's breakpoints are on at VMRUN");
	c->segments = g->vmcb.save.fs.base;
	guest_runs(g);
	/* #VMEXIT switches breakpoints off (APM vol. 2, 15.6) */
	c->dr7 = 0x400;
	g->vmcb.control.exit_code = g->machine_check ? SVM_EXIT_EXCP_BASE + X86_TRAP_MC : SVM_EXIT_HLT;
	g->vmcb.save.fs.base = c->segments;
	c->segments = c->block;
}

static void on_cpu(struct guest *g)
{
	shim_atomic_enter();
	svm_load(&g->vcpu);
}

static void off_cpu(struct guest *g)
{
	svm_put(&g->vcpu);
	cpu_check_host(true);
	cpu_user_mode();
	shim_atomic_leave();
}

static void stays(struct guest *g)
{
	unsigned int before = machine_checks;

	shim_irqs_off();
	if (!vcpu_say_inside(&g->vcpu.base))
		explore_violation("X8", "a request that nobody made");
	svm_run(&g->vcpu);
	if (!shim_irqs_are_off())
		explore_violation("X8", "interrupts are on after an exit");
	if (g->vcpu.base.mode != VCPU_OUTSIDE)
		explore_violation("X8", "a vCPU is inside after its exit");
	shim_irqs_on();
	cpu_check_host(false);
	if (per_cpu(svm_cpu, explore_current()->pe).on && before + g->machine_check != machine_checks)
		explore_violation("X8", "a machine check that came in the guest is lost");
}

static void guest_make(struct guest *g, unsigned int n)
{
	memset(g, 0, sizeof(*g));
	g->vcpu.base.vm = &vm_x86->base;
	g->vcpu.base.mode = VCPU_OUTSIDE;
	g->vcpu.vm = vm_x86;
	g->vcpu.svm.vmcb = &g->vmcb;
	g->vcpu.svm.vmcb_pa = (u64)&g->vmcb;
	g->vcpu.svm.xsave = (void *)g->fpu;
	g->vcpu.svm.xcr0 = CPU_XCR0;
	g->vcpu.svm.tsc_aux = 70 + n;
	g->vcpu.svm.dr[0] = 50 + n;
	g->vcpu.svm.dr[3] = 60 + n;
	g->vmcb.save.dr7 = 0x400;
	g->vmcb.save.fs.base = 10 + n;
	g->had[0] = g->fpu[0] = 20 + n;
	g->had[1] = g->fpu[1] = 30 + n;
}

static void world_make(void)
{
	unsigned int n;

	vm_x86 = kzalloc(sizeof(*vm_x86), GFP_KERNEL);
	guests = kcalloc(VCPUS, sizeof(*guests), GFP_KERNEL);
	threads_quiet(guests, VCPUS * sizeof(*guests));
	machine_checks = 0;
	svm_hw = (struct svm_hw){ .asids = 16, .flush_asid = true, .xcr0 = CPU_XCR0 };
	for (n = 0; n < PES; n++) {
		per_cpu(svm_cpu, n) = (struct svm_cpu){ .host_pa = n + 1, .on = true, .host_aux = n, .aux = n };
		asid_pool_init(&per_cpu(svm_cpu, n).asids, svm_hw.asids);
	}
	for (n = 0; n < VCPUS; n++)
		guest_make(&guests[n], n);
	cpu_reset(false);
}

static void finish(void)
{
	kfree(guests);
	kfree(vm_x86);
}

/* Each thing that a host may have, and that a guest may do, with each other one. */
static void one_of_each(void *arg)
{
	struct guest *g = &guests[0];
	unsigned int i;

	cpu_reset(explore_choose(2, "the host has breakpoints"));
	g->vmcb.save.dr7 |= explore_choose(2, "the guest has breakpoints");
	g->writes_xcr0 = explore_choose(2, "the guest writes XCR0 past us");
	if (explore_choose(2, "a component of the FPU is off in the guest"))
		g->vcpu.svm.xcr0 = 1;
	g->machine_check = explore_choose(2, "a machine check comes in the guest");
	per_cpu(svm_cpu, 0).on = !explore_choose(2, "the machine goes down");
	on_cpu(g);
	for (i = 0; i < 2; i++)
		stays(g);
	off_cpu(g);
	on_cpu(g);
	stays(g);
	off_cpu(g);
}

static void setup_one(void)
{
	world_make();
	explore_spawn("vCPU 0", 0, one_of_each, NULL);
}

const struct scenario scenario_host_state_after_exit = {
	.name = "host-state-after-exit",
	.story = "A vCPU runs three times, with and without breakpoints in host and guest, FPU components, writes of XCR0, machine checks, and the machine going down: the host finds its own.",
	.contract = ANY_WORLD,
	.machine = MACHINE_N1,
	.setup = setup_one,
	.finish = finish,
	.expect = EXPECT_WORLD,
	.preemptions = 0,
	.mutants = { CATCHES(run_fpu_kept), CATCHES(run_xcr0_kept), CATCHES(run_xsave_early), CATCHES(run_segments_old),
		     CATCHES(run_gif_off), CATCHES(run_dr7_on), CATCHES(run_dr7_off), CATCHES(run_dr7_unread), CATCHES(run_dr_kept) },
};

/* Threads come and go, to the other CPU too; another vCPU takes the place of one. */
static void comes_and_goes(void *arg)
{
	struct guest *g = &guests[(long)arg];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		on_cpu(g);
		stays(g);
		off_cpu(g);
		explore_point("off its CPU");
		switch (explore_choose(3, "what comes next")) {
		case 1:
			explore_current()->pe ^= 1;
			explore_point("on another CPU");
			break;
		case 2:
			guest_make(g, 2 + (long)arg);
			break;
		}
	}
}

/* Somebody else's thread. */
static void is_of_the_host(void *arg)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		cpu_check_host(true);
		explore_point("runs");
	}
}

static void setup_two(void)
{
	world_make();
	explore_spawn("vCPU 0", 0, comes_and_goes, (void *)0);
	explore_spawn("vCPU 1", 0, comes_and_goes, (void *)1);
	explore_spawn("another thread", 0, is_of_the_host, NULL);
}

const struct scenario scenario_host_state_of_two = {
	.name = "host-state-of-two",
	.story = "Two vCPUs take turns on a CPU with a thread of the host, change CPUs, and are replaced: each finds its own registers.",
	.contract = ANY_WORLD,
	.machine = MACHINE_N1,
	.setup = setup_two,
	.finish = finish,
	.expect = EXPECT_WORLD,
	.preemptions = 1,
	.random = 100,
	.mutants = { CATCHES(run_aux_kept) },
};
