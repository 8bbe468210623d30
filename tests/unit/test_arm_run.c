// SPDX-License-Identifier: GPL-2.0
/*
 * Arm's part of KVM_RUN: in which order the parts of a vCPU get onto a CPU, into the guest, out and off, and what
 * is served before it enters.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/sched.h>
#include <asm/barrier.h>

static struct fake_thread {
	struct { unsigned long run_delay; } sched_info;
} thread = { { 777 } };

#undef current
#define current	(&thread)

static void fake_open(void);

#undef local_irq_enable
#define local_irq_enable()		fake_open()
#define vtime_account_guest_enter()	note('t')
#define context_tracking_guest_enter()	(note('<'), tracked)
#define rcu_virt_note_context_switch()	note('r')
#define context_tracking_guest_exit()	note('>')

static char log[128];
static unsigned int n;
static bool tracked;		/* nohz_full */

/* A letter for each thing that happens. */
static void note(char c)
{
	assert_true(n < sizeof(log) - 1);
	log[n++] = c;
	log[n] = 0;
}

static void fake_open(void)
{
	note('o');
	shim_irqs_on();
}

#include "../../src/arm64/abi/run.c"

static struct arm_vm vm;
static struct arm_vcpu vcpu;
static struct kvm_run page;
static struct vm_arch arch;
static bool pending, pv_lost, inside;
int pmu_used;
static bool pmu_here, has_gic, unsettled;
static int pmu_ret;
static int first_ret, timer_ret, enter_ret, side_ret, exit_ret;
static int briefs;		/* so many exits are served at once */
static u32 comes_by;		/* CPU_EXIT_* */
static void (*on_brief)(void);
static void (*on_wait)(void);
static struct { unsigned int n; bool fetch; u64 addr; } aborts;

void mmu_vcpu_load(struct mmu *mmu, unsigned int idx)
{
	assert_ptr_equal(mmu, &vm.mmu);
	assert_int_equal(idx, 3);
	note('M');
}

void cpu_load(struct arm_vcpu *v)
{
	note('C');
}

void cpu_put(struct arm_vcpu *v)
{
	note('c');
}

void gic_load(struct arm_vcpu *v)
{
	note('G');
}

void gic_put(struct arm_vcpu *v)
{
	note('g');
}

void vcpu_set_here(struct vcpu *v)
{
	assert_true(!v || v == &vcpu.base);
	note(v ? 'H' : 'h');
}

void timer_load(struct arm_vcpu *v)
{
	note('T');
}

void timer_put(struct arm_vcpu *v)
{
	note('t');
}

bool pvtime_load(struct pvtime *pv, const void *task, u64 waited)
{
	assert_ptr_equal(pv, &vcpu.pvtime);
	assert_ptr_equal(task, &thread);
	assert_int_equal(waited, 777);
	note('V');
	return !pv_lost;
}

void pvtime_refresh(struct pvtime *pv)
{
	note('R');
	set_bit(ARM_REQ_STEAL, &vcpu.base.requests);	/* lost again meanwhile */
}

void cpu_fp_save(struct arm_vcpu *v)
{
	note('F');
}

void timer_update(struct arm_vcpu *v)
{
	note('u');
}

bool gic_pending(struct arm_vcpu *v)
{
	return pending;
}

void timer_block(struct arm_vcpu *v)
{
	note('b');
}

void timer_unblock(struct arm_vcpu *v)
{
	note('B');
}

int pmu_first_run(struct arm_vcpu *v)
{
	note('7');
	return pmu_ret;
}

bool pmu_exists(const struct arm_vcpu *v)
{
	return v->ctx.features & BIT(KVM_ARM_VCPU_PMU_V3);
}

void pmu_open(struct arm_vcpu *v)
{
	assert_true(irqs_disabled());
	v->pmu.nr_open = 1;
	note('p');
}

void pmu_close(struct arm_vcpu *v)
{
	assert_true(irqs_disabled());
	v->pmu.nr_open = 0;
	note('q');
}

void pmu_resume(struct arm_vcpu *v)
{
	note('r');
}

bool pmu_is_here(const struct arm_vm *v)
{
	return pmu_here;
}

void pmu_report(struct arm_vcpu *v)
{
	note('k');
}

bool gic_exists(const struct arm_vm *v)
{
	return has_gic;
}

void run_wait(struct vcpu *v, bool (*done)(struct vcpu *v))
{
	note('W');
	if (!done(v) && on_wait)
		on_wait();
}

void run_load(struct vcpu *v)
{
	note('L');
}

void run_put(struct vcpu *v)
{
	note('P');
}

void psci_start(struct arm_vcpu *v)
{
	note('S');
	v->power.start_pending = false;
}

int cpu_side_sync(struct arm_vcpu *v)
{
	note('y');
	return side_ret;
}

void cpu_side_note(struct arm_vcpu *v)
{
	note('Y');
}

int mmu_vcpu_enter_slow(struct mmu *mmu, struct mmu_vcpu *mv)
{
	note('m');
	return enter_ret;
}

bool mmu_cold_inside(struct mmu *mmu, struct mmu_vcpu *mv)
{
	note('i');
	mv->untrapped = true;
	atomic_inc(&mmu->untrapped);
	return inside;
}

void cpu_trap_tlbi(struct arm_vcpu *v, bool trap)
{
	assert_int_equal(trap, inside);
	note('l');
}

u64 mmu_load(struct mmu *mmu, const struct mmu_vcpu *mv)
{
	assert_ptr_equal(mv, &vcpu.mmu);
	note('m');
	return 0x7777;
}

void gic_flush(struct arm_vcpu *v)
{
	note('f');
}

void gic_sync(struct arm_vcpu *v)
{
	assert_int_equal(v->base.mode, VCPU_IN_GUEST);
	assert_false(v->mmu.untrapped);
	note('s');
}

void cpu_run(struct arm_vcpu *v, u64 vttbr)
{
	assert_int_equal(vttbr, 0x7777);
	assert_true(irqs_disabled());
	v->ctx.exit_code = comes_by;
	note('*');
}

void cpu_serror_serve(struct arm_vcpu *v)
{
	note('e');
}

void cpu_exit_early(struct arm_vcpu *v)
{
	assert_int_equal(v->base.mode, VCPU_OUTSIDE);
	assert_true(irqs_disabled());
	note('E');
}

void vtime_account_guest_exit(void)
{
	assert_true(irqs_disabled());
	note('T');
}

bool cpu_exit_brief(struct arm_vcpu *v)
{
	assert_false(irqs_disabled());
	assert_int_equal(v->base.mode, VCPU_OUTSIDE);
	note('X');
	if (on_brief)
		on_brief();
	return briefs-- > 0;
}

bool vcpu_may_enter(struct vcpu *v)
{
	assert_true(irqs_disabled());
	note('?');
	if (v->requests)
		return false;
	v->mode = VCPU_IN_GUEST;
	return true;
}

void gic_tell_ends(struct arm_vcpu *v)
{
	note('d');
}

int cpu_handle_exit(struct arm_vcpu *v)
{
	note('x');
	return exit_ret;
}

int gic_first_run(struct arm_vcpu *v)
{
	note('1');
	return first_ret;
}

bool sve_is_settled(const struct arm_vcpu *v)
{
	assert_ptr_equal(v, &vcpu);
	return !unsettled;
}

int timer_first_run(struct arm_vcpu *v)
{
	note('2');
	return timer_ret;
}

void cpu_idreg_settle(struct arm_vm *m)
{
	note('3');
}

void mmu_start(struct mmu *mmu)
{
	note('4');
}

void cpu_update_traps(struct arm_vcpu *v)
{
	note('5');
}

void cpu_mmio_finish(struct arm_vcpu *v)
{
	note('6');
}

void cpu_inject_abort(struct arm_vcpu *v, bool is_fetch, u64 addr)
{
	aborts.n++;
	aborts.fetch = is_fetch;
	aborts.addr = addr;
}

void test_isb(void)
{
	note('|');
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&page, 0xee, sizeof(page));
	memset(&aborts, 0, sizeof(aborts));
	vcpu.vm = &vm;
	vcpu.base.vm = &vm.base;
	vcpu.base.run = &page;
	vcpu.base.idx = 3;
	pending = pv_lost = inside = pmu_here = has_gic = unsettled = false;
	pmu_used = pmu_ret = 0;
	first_ret = timer_ret = enter_ret = side_ret = 0;
	on_wait = on_brief = NULL;
	tracked = false;
	briefs = 0;
	comes_by = CPU_EXIT_IRQ;
	run_fill(&arch);
	n = log[0] = 0;
	return 0;
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	n = log[0] = 0;
}

/* The vCPU is known to be here before its timers can fire, and no longer once they are silent. */
static void on_and_off(void **state)
{
	(void)state;
	arch.load(&vcpu.base);
	expect("MCGHTV");
	assert_int_equal(vcpu.base.requests, 0);
	pv_lost = true;
	arch.load(&vcpu.base);
	expect("MCGHTV");
	assert_int_equal(vcpu.base.requests, 1UL << ARM_REQ_STEAL);
	arch.put(&vcpu.base);
	expect("thgc");
	arch.may_sleep(&vcpu.base);
	expect("F");
	arch.block(&vcpu.base);
	arch.unblock(&vcpu.base);
	expect("bB");
}

/* One stay: in, and out in the opposite order; others hear of it when all that the guest did can be seen. */
static void stay(void **state)
{
	(void)state;
	vcpu.base.mode = VCPU_IN_GUEST;
	local_irq_disable();
	arch.enter(&vcpu.base);
	assert_true(irqs_disabled());
	shim_irqs_on();
	expect("flmt<r*>esEo|X");
	assert_int_equal(vcpu.base.mode, VCPU_OUTSIDE);

	vm.mmu.policy = MMU_TWO_TREE;
	inside = true;
	vcpu.base.mode = VCPU_IN_GUEST;
	local_irq_disable();
	arch.enter(&vcpu.base);
	shim_irqs_on();
	expect("filmt<r*>esEo|X");
	assert_int_equal(vm.mmu.untrapped.counter, 0);
}

static void enter(void)
{
	vcpu.base.mode = VCPU_IN_GUEST;
	local_irq_disable();
	arch.enter(&vcpu.base);
	assert_true(irqs_disabled());
	shim_irqs_on();
	assert_int_equal(vcpu.base.mode, VCPU_OUTSIDE);
}

static void ask(void)
{
	set_bit(VCPU_REQ_IRQ, &vcpu.base.requests);
}

/*
 * What is served at once is followed by another stay, unless something is asked of the vCPU meanwhile. RCU hears of each
 * that an interrupt has ended, and that is the guest's time, what comes between is not.
 */
static void stays(void **state)
{
	(void)state;
	briefs = 2;
	enter();
	expect("flmt<r*>esEo|X?Tflmt<r*>esEo|X?Tflmt<r*>esEo|X");
	assert_int_equal(vcpu.base.stats.entries.counter, 2);
	assert_int_equal(vcpu.base.stats.exits.counter, 2);

	briefs = 2;
	comes_by = CPU_EXIT_SYNC;
	enter();
	expect("flmt<r*>esEo|X?Tflmt<*>esEo|X?Tflmt<*>esEo|X");
	tracked = true;
	comes_by = CPU_EXIT_IRQ;
	enter();
	expect("flmt<*>esEo|X");

	briefs = 1;
	on_brief = ask;
	enter();
	expect("flmt<*>esEo|X?");
}

/* What no request tells of, and has to be done before the guest goes on, ends it before the exit is looked at. */
static void stays_no_longer(void **state)
{
	(void)state;
	briefs = 1;
	vcpu.gic.nr_ended = 1;
	enter();
	expect("flmt<r*>esEo|");
	vcpu.gic.nr_ended = 0;
	vcpu.ctx.flags = CPU_SIDE_MOVED;
	enter();
	expect("flmt<r*>esEo|");
	vcpu.ctx.flags = 0;
	vcpu.mmu.owes = MMU_OWES_JOIN;
	enter();
	expect("flmt<r*>esEo|");
	vcpu.mmu.owes = 0;
	enter();
	expect("flmt<r*>esEo|X?Tflmt<r*>esEo|X");
}

/* What the guest counts is open while it runs, and closed before anybody else's interrupts come. */
static void counting(void **state)
{
	vcpu.base.mode = VCPU_IN_GUEST;
	vcpu.pmu.live = 1;
	local_irq_disable();
	arch.enter(&vcpu.base);
	shim_irqs_on();
	expect("flmt<r*>esEo|X");
	pmu_used = 1;
	vcpu.base.mode = VCPU_IN_GUEST;
	local_irq_disable();
	arch.enter(&vcpu.base);
	shim_irqs_on();
	expect("flmt<rp*q>esEo|X");
	vcpu.pmu.live = 0;
	vcpu.base.mode = VCPU_IN_GUEST;
	local_irq_disable();
	arch.enter(&vcpu.base);
	shim_irqs_on();
	expect("flmt<r*>esEo|X");
}

/* Performance monitors hear of KVM_RUN; without a GIC the VMM hears of each change, and elsewhere than it said it does not run. */
static void monitors(void **state)
{
	arch.run_begin(&vcpu.base);
	pmu_used = 1;
	arch.run_begin(&vcpu.base);
	expect("");
	vcpu.ctx.features = BIT(KVM_ARM_VCPU_PMU_V3);
	arch.run_begin(&vcpu.base);
	expect("r");
	vcpu.ctx.flags = 0;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	vcpu.pmu.level = true;
	assert_int_equal(arch.prepare(&vcpu.base), -EINTR);
	arch.run_end(&vcpu.base);
	expect("FYk");
	has_gic = true;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	arch.run_end(&vcpu.base);
	expect("FY");
	vm.pmu.bound = true;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_TO_USER);
	assert_int_equal(page.exit_reason, KVM_EXIT_FAIL_ENTRY);
	assert_int_equal(page.fail_entry.hardware_entry_failure_reason, KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED);
	pmu_here = true;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
}

/* A vCPU has something to do when an interrupt or an SError is there, and it is on. */
static void runnable(void **state)
{
	(void)state;
	assert_false(arch.runnable(&vcpu.base));
	expect("u");
	pending = true;
	assert_true(arch.runnable(&vcpu.base));
	vcpu.power.off = true;
	assert_false(arch.runnable(&vcpu.base));
	vcpu.power.off = pending = false;
	vcpu.ctx.flags = ~(u32)CPU_SERROR_PENDING;
	assert_false(arch.runnable(&vcpu.base));
	vcpu.ctx.flags = CPU_SERROR_PENDING;
	assert_true(arch.runnable(&vcpu.base));
}

/* Nothing asked, nothing done but to forget the kick. */
static void nothing_asked(void **state)
{
	(void)state;
	vcpu.base.requests = 1UL << VCPU_REQ_IRQ | 1UL << ARM_REQ_POWER;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	expect("");
	assert_int_equal(vcpu.base.requests, 0);
	vcpu.ctx.flags = CPU_SERROR_PENDING | CPU_LOADED;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	expect("");
}

/* Each thing asked is done once, with no FP registers that a sleep would lose. */
static void asked(void **state)
{
	(void)state;
	vcpu.base.requests = 1UL << ARM_REQ_STEAL;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	expect("FR");
	assert_int_equal(vcpu.base.requests, 0);
	vcpu.base.requests = 1UL << ARM_REQ_TIME;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	expect("FPL");
	assert_int_equal(vcpu.base.requests, 0);
	vcpu.ctx.flags = CPU_SIDE_MOVED;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	expect("y");
	side_ret = -EINTR;
	vcpu.mmu.owes = MMU_OWES_RESET;
	assert_int_equal(arch.prepare(&vcpu.base), -EINTR);
	expect("y");
	vcpu.ctx.flags = 0;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	expect("m");
	enter_ret = -EINTR;
	assert_int_equal(arch.prepare(&vcpu.base), -EINTR);
}

static void turned_on(void)
{
	vcpu.power.off = false;
	vcpu.power.start_pending = true;
}

/* One that is off waits until it is on, and then takes its start state, not loaded; a signal ends it before. */
static void power(void **state)
{
	(void)state;
	vcpu.power.off = true;
	assert_int_equal(arch.prepare(&vcpu.base), -EINTR);
	expect("FW");
	on_wait = turned_on;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	expect("FWPSL");
	turned_on();
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	expect("FPSL");
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	expect("");
}

static void event_comes(void)
{
	/* it counts as a halt while it lasts */
	assert_int_equal(vcpu.base.stats.halts.counter, 1);
	pending = true;
}

static void runs_on(void)
{
	vcpu.power.suspended = false;
}

/* A suspended one waits; what wakes it is told to the VMM, which decides. */
static void suspended(void **state)
{
	(void)state;
	vcpu.power.suspended = true;
	on_wait = event_comes;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_TO_USER);
	assert_int_equal(page.exit_reason, KVM_EXIT_SYSTEM_EVENT);
	assert_int_equal(page.system_event.type, KVM_SYSTEM_EVENT_WAKEUP);
	assert_int_equal(page.system_event.ndata, 0);
	assert_int_equal(page.system_event.data[0], 0);
	expect("FPSLWuu");
	assert_int_equal(vcpu.base.stats.halts.counter, 1);
	pending = false;
	on_wait = NULL;		/* a signal */
	page.exit_reason = 0;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_AGAIN);
	on_wait = runs_on;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_AGAIN);
	assert_int_equal(page.exit_reason, 0);
	assert_true(run_is_not_suspended(&vcpu.base));
}

/* Ends of interrupts are told before the exit is served, when there are some. */
static void exits(void **state)
{
	(void)state;
	exit_ret = VCPU_RESUME;
	assert_int_equal(arch.handle_exit(&vcpu.base), VCPU_RESUME);
	expect("x");
	vcpu.gic.nr_ended = 1;
	exit_ret = -EFAULT;
	assert_int_equal(arch.handle_exit(&vcpu.base), -EFAULT);
	expect("Fdx");
}

/* The first run settles what does not change any more; of the VM's vCPUs the first one does that of the VM. */
static void first(void **state)
{
	(void)state;
	assert_int_equal(arch.first_run(&vcpu.base), 0);
	expect("127345");
	vm.base.ran_once = true;
	assert_int_equal(arch.first_run(&vcpu.base), 0);
	expect("12745");
	pmu_ret = -EINVAL;
	assert_int_equal(arch.first_run(&vcpu.base), -EINVAL);
	expect("127");
	timer_ret = -EINVAL;
	assert_int_equal(arch.first_run(&vcpu.base), -EINVAL);
	expect("12");
	first_ret = -EBUSY;
	assert_int_equal(arch.first_run(&vcpu.base), -EBUSY);
	expect("1");
	/* SVE that is not finalised comes before all else */
	unsettled = true;
	assert_int_equal(arch.first_run(&vcpu.base), -EPERM);
	expect("");
}

/* What the VMM answers is taken in once: the data, or an abort in its place. */
static void answers(void **state)
{
	(void)state;
	vcpu.ctx.exit_far = 0x1234;
	assert_int_equal(arch.finish_exit(&vcpu.base), VCPU_RESUME);
	assert_int_equal(aborts.n, 0);
	vcpu.ctx.flags = CPU_SERROR_PENDING;
	assert_int_equal(arch.finish_exit(&vcpu.base), VCPU_RESUME);
	assert_int_equal(aborts.n, 0);
	vcpu.ctx.flags = CPU_ABORT_PENDING | CPU_SERROR_PENDING;
	assert_int_equal(arch.finish_exit(&vcpu.base), VCPU_RESUME);
	assert_int_equal(aborts.n, 1);
	assert_false(aborts.fetch);
	assert_int_equal(aborts.addr, 0x1234);
	assert_int_equal(vcpu.ctx.flags, CPU_SERROR_PENDING);
	expect("666");
}

/* KVM_RUN begins with a look at SCTLR_EL1, and ends with nothing of the guest's in FP registers. */
static void ends(void **state)
{
	(void)state;
	arch.run_begin(&vcpu.base);
	assert_int_equal(vcpu.ctx.flags, CPU_SIDE_MOVED);
	arch.run_end(&vcpu.base);
	expect("FY");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(on_and_off), TEST(stay), TEST(stays), TEST(stays_no_longer), TEST(counting), TEST(monitors), TEST(runnable), TEST(nothing_asked), TEST(asked), TEST(power),
		TEST(suspended), TEST(exits), TEST(first), TEST(answers), TEST(ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
