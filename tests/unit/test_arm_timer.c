// SPDX-License-Identifier: GPL-2.0
/*
 * A guest's two timers between memory, a CPU's registers, the GIC and the host's clock.
 */
#include <linux/kernel.h>

#include "gmem_env.h"
#include "sysreg_fake.h"

#include <linux/kvm.h>
#include <linux/uaccess.h>

#define u64_to_user_ptr(x)		((void __user *)(uintptr_t)(x))
#define mul_u64_u32_div(a, mul, div)	((u64)((__uint128_t)(a) * (mul) / (div)))

#include "../../src/arm64/timer/timer.c"

#define ENABLE		1UL
#define MASKED		2UL
#define ISTATUS		4UL
#define NOW		1000000UL
#define RATE		50000000U	/* 20 ns each */
#define VIRT_IRQ	11U
#define PHYS_IRQ	12U
#define VIRT_PPI	27
#define PHYS_PPI	30
#define OPEN		0xc00UL		/* CNTHCTL_EL2.EL1PCTEN, EL1PTEN */

static struct arm_vm vm;
static struct arm_vcpu vcpu, other;
static struct arm_vcpu *here;
static u64 now;

/* The lines that the GIC was told of, and what it says. */
static struct { unsigned int calls; bool level; struct arm_vcpu *vcpu; } lines[32];
static bool (*get_level)(struct arm_vcpu *v, u32 vintid);
static struct { unsigned int irq; u32 hwintid; unsigned int calls, resets; bool active; } mapped[32];
static bool has_gic;
static int map_ret;
/* The host's interrupts by number: what was done to them. */
static struct { unsigned int sets; bool active; } irqs[32];
static unsigned int wakes;
static unsigned long requests;
static bool lock_all, all_locked;

struct timer_irq timer_irqs[TIMER_KINDS];
static irq_handler_t handler;
static int claim_ret, hotplug_ret, pm_ret;
static unsigned int claims, hotplugs, pms;
static int (*online)(unsigned int cpu);
static int (*offline)(unsigned int cpu);
static struct notifier_block *pm;
static struct { bool on; unsigned int type; } percpu[32];

u64 arch_timer_read_counter(void)
{
	return now;
}

u32 arch_timer_get_cntfrq(void)
{
	return RATE;
}

struct vcpu *vcpu_running_here(void)
{
	lockdep_assert_preemption_disabled();
	return here ? &here->base : NULL;
}

struct vcpu *vm_vcpu(struct vm *v, unsigned int idx)
{
	return idx == 0 ? &vcpu.base : idx == 1 ? &other.base : NULL;
}

void vcpu_request(struct vcpu *v, unsigned int req)
{
	v->requests |= 1UL << req;
}

void vcpu_wake(struct vcpu *v)
{
	assert_ptr_equal(v, &vcpu.base);
	wakes++;
}

bool vm_lock_all_vcpus(struct vm *v)
{
	lockdep_assert_held(&v->lock);
	all_locked = lock_all;
	return lock_all;
}

void vm_unlock_all_vcpus(struct vm *v)
{
	assert_true(all_locked);
	all_locked = false;
}

bool gic_exists(const struct arm_vm *v)
{
	return has_gic;
}

int gic_inject(struct arm_vm *m, struct arm_vcpu *v, u32 intid, bool level)
{
	assert_ptr_equal(m, &vm);
	lines[intid].calls++;
	lines[intid].level = level;
	lines[intid].vcpu = v;
	return 0;
}

int gic_map_phys(struct arm_vcpu *v, u32 vintid, unsigned int host_irq, u32 hwintid,
		 bool (*level)(struct arm_vcpu *v, u32 vintid))
{
	assert_ptr_equal(v, &vcpu);
	get_level = level;
	mapped[vintid].irq = host_irq;
	mapped[vintid].hwintid = hwintid;
	mapped[vintid].calls++;
	return map_ret;
}

bool gic_map_is_active(struct arm_vcpu *v, u32 vintid)
{
	return mapped[vintid].active;
}

static bool taken;

void gic_phys_taken(void)
{
	taken = true;
}

bool gic_phys_settle(void)
{
	bool was = taken;

	taken = false;
	return was;
}

void gic_reset_mapped(struct arm_vcpu *v, u32 vintid)
{
	mapped[vintid].resets++;
}

int irq_set_irqchip_state(unsigned int irq, enum irqchip_irq_state which, bool val)
{
	assert_int_equal(which, IRQCHIP_STATE_ACTIVE);
	irqs[irq].sets++;
	irqs[irq].active = val;
	return 0;
}

int irq_claim(struct device_node *node, irq_handler_t h)
{
	handler = h;
	claims++;
	return claim_ret;
}

void irq_release(void)
{
	claims--;
}

int cpuhp_setup_state(int state, const char *name, int (*on)(unsigned int cpu), int (*off)(unsigned int cpu))
{
	online = on;
	offline = off;
	hotplugs += hotplug_ret >= 0;
	return hotplug_ret;
}

void cpuhp_remove_state(int state)
{
	assert_int_equal(state, hotplug_ret);
	hotplugs--;
}

int cpu_pm_register_notifier(struct notifier_block *nb)
{
	pm = nb;
	pms += !pm_ret;
	return pm_ret;
}

void cpu_pm_unregister_notifier(struct notifier_block *nb)
{
	assert_ptr_equal(nb, pm);
	pms--;
}

void enable_percpu_irq(unsigned int irq, unsigned int type)
{
	percpu[irq].on = true;
	percpu[irq].type = type;
}

void disable_percpu_irq(unsigned int irq)
{
	percpu[irq].on = false;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&other, 0, sizeof(other));
	memset(lines, 0, sizeof(lines));
	memset(mapped, 0, sizeof(mapped));
	memset(irqs, 0, sizeof(irqs));
	memset(percpu, 0, sizeof(percpu));
	fake_sysregs_reset();
	now = NOW;
	has_gic = true;
	lock_all = true;
	here = NULL;
	map_ret = claim_ret = pm_ret = wakes = claims = hotplugs = pms = 0;
	requests = 0;
	hotplug_ret = 77;
	taken = false;
	vcpu.vm = other.vm = &vm;
	vm.base.nr_vcpus = 2;
	mutex_init(&vm.base.lock);
	mutex_init(&vcpu.base.mutex);
	timer_irqs[TIMER_VIRT] = (struct timer_irq) { .irq = VIRT_IRQ, .hwintid = 1127, .trigger = 4 };
	timer_irqs[TIMER_PHYS] = (struct timer_irq) { .irq = PHYS_IRQ, .hwintid = 1130, .trigger = 8 };
	timer_vm_init(&vm);
	vm.timer.offset[TIMER_VIRT] = 400;
	timer_vcpu_init(&vcpu);
	mutex_lock(&vcpu.base.mutex);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mutex_unlock(&vcpu.base.mutex);
	shim_check_quiet();
	return 0;
}

static void first_run(void)
{
	mutex_lock(&vm.base.lock);
	assert_int_equal(timer_first_run(&vcpu), 0);
	mutex_unlock(&vm.base.lock);
}

static void load(void)
{
	preempt_disable();
	timer_load(&vcpu);
	here = &vcpu;
	preempt_enable();
}

static void put(void)
{
	preempt_disable();
	timer_put(&vcpu);
	here = NULL;
	preempt_enable();
}

static void set(enum timer_kind kind, u64 ctl, u64 cval)
{
	vcpu.timer.ctx[kind].ctl = ctl;
	vcpu.timer.ctx[kind].cval = cval;
}

/* A new VM's virtual count begins at 0, its physical one is the host's; its PPIs are those of the ABI. */
static void new_vm(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	timer_vm_init(&vm);
	assert_int_equal(timer_get_reg(&vcpu, TIMER_VIRT, TIMER_CNT), 0);
	assert_int_equal(timer_get_reg(&vcpu, TIMER_PHYS, TIMER_CNT), NOW);
	assert_int_equal(vm.timer.ppi[TIMER_VIRT], VIRT_PPI);
	assert_int_equal(vm.timer.ppi[TIMER_PHYS], PHYS_PPI);
	assert_false(vm.timer.ppi_fixed || vm.timer.offset_fixed);
	assert_int_equal(vcpu.timer.wakeup.expires, 0);
}

/* What memory holds is in the CPU after a load; what a timer is compared with comes before what turns it on. */
static void load_registers(void **state)
{
	(void)state;
	set(TIMER_VIRT, ENABLE, 0x1111);
	set(TIMER_PHYS, ENABLE | MASKED, 0x2222);
	*fake_reg(TEST_REG_cntkctl_el1) = 3;
	load();
	assert_int_equal(*fake_reg(TEST_REG_cntvoff_el2), 400);
	assert_int_equal(*fake_reg(SYS_CNTV_CVAL_EL02), 0x1111);
	assert_int_equal(*fake_reg(SYS_CNTP_CVAL_EL02), 0x2222);
	assert_int_equal(*fake_reg(SYS_CNTV_CTL_EL02), ENABLE);
	assert_int_equal(*fake_reg(SYS_CNTP_CTL_EL02), ENABLE | MASKED);
	assert_int_equal(*fake_reg(TEST_REG_cntkctl_el1), OPEN | 3);
	assert_true(fake_ordered(SYS_CNTV_CVAL_EL02, SYS_CNTV_CTL_EL02));
	assert_true(fake_ordered(SYS_CNTP_CVAL_EL02, SYS_CNTP_CTL_EL02));
	assert_true(fake_ordered(TEST_REG_cntvoff_el2, SYS_CNTV_CTL_EL02));
	assert_int_equal(vcpu.timer.poffset, 0);
}

/* With an offset of the physical count its registers trap, and the hardware compares with what the guest means. */
static void load_offset(void **state)
{
	(void)state;
	vm.timer.offset[TIMER_PHYS] = 5000;
	set(TIMER_PHYS, ENABLE, 100);
	*fake_reg(TEST_REG_cntkctl_el1) = OPEN | 3;
	load();
	assert_int_equal(*fake_reg(TEST_REG_cntkctl_el1), 3);
	assert_int_equal(*fake_reg(SYS_CNTP_CVAL_EL02), 5100);
	assert_int_equal(vcpu.timer.poffset, 5000);
	*fake_reg(SYS_CNTP_CVAL_EL02) = 1;
	put();
	assert_int_equal(vcpu.timer.ctx[TIMER_PHYS].cval, 100);
}

/* What the guest did to its timers is in memory after a put, but not that they have fired; the CPU's are off. */
static void put_registers(void **state)
{
	(void)state;
	first_run();
	load();
	*fake_reg(SYS_CNTV_CTL_EL02) = ENABLE | ISTATUS;
	*fake_reg(SYS_CNTV_CVAL_EL02) = 0x3333;
	*fake_reg(SYS_CNTP_CTL_EL02) = MASKED | ISTATUS;
	*fake_reg(SYS_CNTP_CVAL_EL02) = 0x4444;
	irqs[VIRT_IRQ].active = irqs[PHYS_IRQ].active = true;
	taken = true;
	put();
	assert_int_equal(vcpu.timer.ctx[TIMER_VIRT].ctl, ENABLE);
	assert_int_equal(vcpu.timer.ctx[TIMER_VIRT].cval, 0x3333);
	assert_int_equal(vcpu.timer.ctx[TIMER_PHYS].ctl, MASKED);
	assert_int_equal(vcpu.timer.ctx[TIMER_PHYS].cval, 0x4444);
	assert_int_equal(*fake_reg(SYS_CNTV_CTL_EL02), 0);
	assert_int_equal(*fake_reg(SYS_CNTP_CTL_EL02), 0);
	assert_int_equal(*fake_reg(TEST_REG_cntvoff_el2), 0);
	assert_false(irqs[VIRT_IRQ].active || irqs[PHYS_IRQ].active);
	assert_int_equal(fake_writes[fake_nr_writes - 1].reg, FAKE_ISB);
}

/* A load tells the GIC of both lines, and makes the physical interrupts as active as the virtual ones. */
static void load_lines(void **state)
{
	(void)state;
	load();
	put();
	assert_int_equal(lines[VIRT_PPI].calls + irqs[VIRT_IRQ].sets + irqs[PHYS_IRQ].sets, 0);

	first_run();
	mapped[VIRT_PPI].active = true;
	set(TIMER_VIRT, ENABLE, NOW - 400);
	set(TIMER_PHYS, ENABLE, NOW + 1);
	lines[PHYS_PPI].level = true;
	irqs[PHYS_IRQ].active = true;
	taken = true;
	load();
	assert_true(lines[VIRT_PPI].level);
	assert_int_equal(lines[VIRT_PPI].calls, 1);
	assert_ptr_equal(lines[VIRT_PPI].vcpu, &vcpu);
	assert_false(lines[PHYS_PPI].level);
	assert_true(irqs[VIRT_IRQ].active);
	assert_false(irqs[PHYS_IRQ].active);
}

/* While no interrupt was taken or made active on this CPU the interrupt controller is not asked, and after that it is. */
static void active_if_taken(void **state)
{
	(void)state;
	first_run();
	load();
	put();
	assert_int_equal(irqs[VIRT_IRQ].sets + irqs[PHYS_IRQ].sets, 0);

	/* a virtual one that is active makes its own so, and the put clears both */
	mapped[PHYS_PPI].active = true;
	load();
	assert_int_equal(irqs[VIRT_IRQ].sets, 0);
	assert_true(irqs[PHYS_IRQ].active);
	put();
	assert_false(irqs[PHYS_IRQ].active);
	assert_int_equal(irqs[VIRT_IRQ].sets, 1);

	/* one that came late, when nobody was loaded, is cleared by the next load */
	mapped[PHYS_PPI].active = false;
	preempt_disable();
	timer_interrupt(VIRT_IRQ, NULL);
	preempt_enable();
	irqs[VIRT_IRQ].active = true;
	load();
	assert_false(irqs[VIRT_IRQ].active);
	assert_int_equal(irqs[VIRT_IRQ].sets, 2);

	/* one that is taken while its vCPU is loaded, by the put */
	preempt_disable();
	timer_interrupt(VIRT_IRQ, NULL);
	preempt_enable();
	irqs[VIRT_IRQ].active = true;
	put();
	assert_false(irqs[VIRT_IRQ].active);
	put();
	assert_int_equal(irqs[VIRT_IRQ].sets, 3);

	/* a vCPU whose timers are no interrupts of the host's leaves it to who has some */
	vcpu.timer.mapped = false;
	taken = true;
	load();
	put();
	assert_int_equal(irqs[VIRT_IRQ].sets, 3);
	assert_true(taken);
}

/* A timer has fired from its count on, while it is on and not masked. */
static void fired(void **state)
{
	static const struct { u64 ctl, cval; bool level; } cases[] = {
		{ ENABLE, NOW, true }, { ENABLE, NOW + 1, false }, { ENABLE, NOW - 1, true },
		{ 0, NOW, false }, { ENABLE | MASKED, NOW, false },
	};
	unsigned int i;

	(void)state;
	first_run();
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		set(TIMER_PHYS, cases[i].ctl, cases[i].cval);
		set(TIMER_VIRT, cases[i].ctl, cases[i].cval - 400);
		timer_update(&vcpu);
		assert_int_equal(lines[PHYS_PPI].level, cases[i].level);
		assert_int_equal(lines[VIRT_PPI].level, cases[i].level);
		assert_int_equal(lines[PHYS_PPI].calls, i + 1);
		assert_int_equal(lines[VIRT_PPI].calls, i + 1);
	}
}

/* Nobody is told of the lines of timers that no GIC knows. */
static void no_gic(void **state)
{
	(void)state;
	has_gic = false;
	first_run();
	assert_false(vcpu.timer.mapped);
	timer_update(&vcpu);
	load();
	timer_trap_write(&vcpu, TIMER_CVAL, 0);
	put();
	timer_vcpu_reset(&vcpu);
	assert_int_equal(lines[VIRT_PPI].calls + lines[PHYS_PPI].calls + mapped[PHYS_PPI].calls +
			 mapped[VIRT_PPI].resets + irqs[VIRT_IRQ].sets, 0);
}

/* The first run ties both timers to the GIC, once, and fixes their numbers. */
static void first_runs(void **state)
{
	(void)state;
	first_run();
	assert_int_equal(mapped[VIRT_PPI].irq, VIRT_IRQ);
	assert_int_equal(mapped[VIRT_PPI].hwintid, 1127);
	assert_int_equal(mapped[PHYS_PPI].irq, PHYS_IRQ);
	assert_int_equal(mapped[PHYS_PPI].hwintid, 1130);
	assert_true(vcpu.timer.mapped);
	assert_true(vm.timer.ppi_fixed);
	first_run();
	assert_int_equal(mapped[VIRT_PPI].calls, 1);
}

/* It fails where both have one number, or the GIC refuses, and can be tried again. */
static void first_run_fails(void **state)
{
	(void)state;
	mutex_lock(&vm.base.lock);
	vm.timer.ppi[TIMER_PHYS] = VIRT_PPI;
	assert_int_equal(timer_first_run(&vcpu), -EINVAL);
	vm.timer.ppi[TIMER_PHYS] = PHYS_PPI;
	map_ret = -EBUSY;
	assert_int_equal(timer_first_run(&vcpu), -EBUSY);
	assert_false(vcpu.timer.mapped);
	mutex_unlock(&vm.base.lock);
}

/* The line of a loaded vCPU is the hardware's: on, fired, not masked. That of another is in memory. */
static void level(void **state)
{
	static const struct { u64 ctl; bool level; } cases[] = {
		{ ENABLE | ISTATUS, true }, { ENABLE, false }, { ISTATUS, false },
		{ ENABLE | ISTATUS | MASKED, false },
	};
	unsigned int i;

	(void)state;
	first_run();
	preempt_disable();
	here = &vcpu;
	set(TIMER_VIRT, 0, 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		*fake_reg(SYS_CNTV_CTL_EL02) = cases[i].ctl;
		*fake_reg(SYS_CNTP_CTL_EL02) = 0;
		assert_int_equal(get_level(&vcpu, VIRT_PPI), cases[i].level);
		assert_false(get_level(&vcpu, PHYS_PPI));
		*fake_reg(SYS_CNTV_CTL_EL02) = 0;
		*fake_reg(SYS_CNTP_CTL_EL02) = cases[i].ctl;
		assert_int_equal(get_level(&vcpu, PHYS_PPI), cases[i].level);
		assert_false(get_level(&vcpu, VIRT_PPI));
	}
	here = &other;
	*fake_reg(SYS_CNTV_CTL_EL02) = ENABLE | ISTATUS;
	assert_false(get_level(&vcpu, VIRT_PPI));
	set(TIMER_VIRT, ENABLE, 0);
	*fake_reg(SYS_CNTV_CTL_EL02) = 0;
	assert_true(get_level(&vcpu, VIRT_PPI));
	preempt_enable();
}

/* The host's interrupt raises the line of the timer that it is of, if that has fired and is somebody's. */
static void interrupt(void **state)
{
	(void)state;
	assert_int_equal(timer_hw_init(NULL), 0);
	preempt_disable();
	*fake_reg(SYS_CNTV_CTL_EL02) = ENABLE | ISTATUS;
	assert_int_equal(handler(VIRT_IRQ, NULL), IRQ_HANDLED);
	assert_int_equal(lines[VIRT_PPI].calls, 0);
	here = &vcpu;
	assert_int_equal(handler(PHYS_IRQ, NULL), IRQ_HANDLED);
	assert_int_equal(lines[VIRT_PPI].calls + lines[PHYS_PPI].calls, 0);
	assert_int_equal(handler(VIRT_IRQ, NULL), IRQ_HANDLED);
	assert_true(lines[VIRT_PPI].level);
	assert_ptr_equal(lines[VIRT_PPI].vcpu, &vcpu);
	*fake_reg(SYS_CNTP_CTL_EL02) = ENABLE | ISTATUS;
	assert_int_equal(handler(PHYS_IRQ, NULL), IRQ_HANDLED);
	assert_true(lines[PHYS_PPI].level);
	preempt_enable();
	timer_hw_exit();
}

/* An offset that has the guest's count ahead of the hardware's takes away, and no timer comes round the other way. */
static void offsets(void **state)
{
	static const struct { u64 cval, offset, now, hardware; } t[] = {
		{ 6500, -5000ULL, 1000, 1500 }, { 5001, -5000ULL, 1000, 1 }, { 5000, -5000ULL, 1000, 0 }, { 4999, -5000ULL, 1000, 0 },
		{ 0, -5000ULL, 1000, 0 }, { U64_MAX, -5000ULL, 1000, U64_MAX - 5000 }, { 0, 400, 1000, 400 },
		{ 600, 400, 1000, 1000 }, { U64_MAX, 400, 1000, U64_MAX }, { U64_MAX - 399, 400, 1000, U64_MAX },
		{ U64_MAX - 401, 400, 1000, U64_MAX - 1 }, { 7, 0, 1000, 7 }, { U64_MAX, 0, 1000, U64_MAX },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++)
		assert_true(offset_cval(t[i].cval, t[i].offset, t[i].now) == t[i].hardware);
}

/* A trapped read gives what the guest would find without an offset. */
static void trap_reads(void **state)
{
	(void)state;
	vm.timer.offset[TIMER_PHYS] = 1000;
	set(TIMER_PHYS, ENABLE, NOW - 1000 + 16);
	load();
	assert_int_equal(timer_trap_read(&vcpu, TIMER_CNT), NOW - 1000);
	assert_int_equal(timer_trap_read(&vcpu, TIMER_CVAL), NOW - 1000 + 16);
	assert_int_equal(timer_trap_read(&vcpu, TIMER_TVAL), 16);
	*fake_reg(SYS_CNTP_CTL_EL02) |= ISTATUS;
	assert_int_equal(timer_trap_read(&vcpu, TIMER_CTL), ENABLE);
	now += 16;
	assert_int_equal(timer_trap_read(&vcpu, TIMER_CTL), ENABLE | ISTATUS);
	now += 1;
	assert_int_equal(timer_trap_read(&vcpu, TIMER_TVAL), 0xffffffff);
	*fake_reg(SYS_CNTP_CTL_EL02) = MASKED;
	assert_int_equal(timer_trap_read(&vcpu, TIMER_CTL), MASKED);
}

/* A trapped write reaches memory and hardware, and the GIC hears of the line as it is after it. */
static void trap_writes(void **state)
{
	(void)state;
	first_run();
	vm.timer.offset[TIMER_PHYS] = 1000;
	load();
	timer_trap_write(&vcpu, TIMER_CVAL, 50);
	assert_int_equal(vcpu.timer.ctx[TIMER_PHYS].cval, 50);
	assert_int_equal(*fake_reg(SYS_CNTP_CVAL_EL02), 1050);
	timer_trap_write(&vcpu, TIMER_TVAL, 0xfffffffe);
	assert_int_equal(vcpu.timer.ctx[TIMER_PHYS].cval, NOW - 1000 - 2);
	assert_int_equal(*fake_reg(SYS_CNTP_CVAL_EL02), NOW - 2);
	timer_trap_write(&vcpu, TIMER_CTL, ENABLE | MASKED | ISTATUS | 8);
	assert_int_equal(*fake_reg(SYS_CNTP_CTL_EL02), ENABLE | MASKED);
	assert_int_equal(vcpu.timer.ctx[TIMER_PHYS].cval, NOW - 1000 - 2);
	assert_false(lines[PHYS_PPI].level);
	*fake_reg(SYS_CNTP_CTL_EL02) = ENABLE | ISTATUS;
	timer_trap_write(&vcpu, TIMER_CVAL, 0);
	assert_true(lines[PHYS_PPI].level);
	assert_int_equal(fake_writes[fake_nr_writes - 1].reg, FAKE_ISB);
}

/* A waiting vCPU is woken not before the nearest of its timers, and soon after. */
static void blocks(void **state)
{
	struct hrtimer *wakeup = &vcpu.timer.wakeup;

	(void)state;
	timer_block(&vcpu);
	assert_false(wakeup->armed);
	set(TIMER_VIRT, ENABLE, NOW - 400 + 10);
	set(TIMER_PHYS, ENABLE, NOW + 20);
	timer_block(&vcpu);
	assert_true(wakeup->armed);
	assert_int_equal(wakeup->expires, 10 * 20 + 1);
	timer_unblock(&vcpu);
	assert_false(wakeup->armed);
	set(TIMER_VIRT, ENABLE, NOW - 400 + 30);
	timer_block(&vcpu);
	assert_int_equal(wakeup->expires, 20 * 20 + 1);
	set(TIMER_VIRT, ENABLE, NOW - 400);	/* that one has fired */
	timer_block(&vcpu);
	assert_int_equal(wakeup->expires, 20 * 20 + 1);
	set(TIMER_PHYS, ENABLE | MASKED, NOW + 20);
	timer_unblock(&vcpu);
	timer_block(&vcpu);
	assert_false(wakeup->armed);
	set(TIMER_PHYS, ENABLE, -1UL);	/* too far for a product */
	timer_block(&vcpu);
	assert_int_equal(wakeup->expires, 86400 * NSEC_PER_SEC + 1);
	timer_vcpu_destroy(&vcpu);
	assert_false(wakeup->armed);
}

/* When the host's timer goes off too early it watches on; with a timer fired it wakes the vCPU. */
static void wakeups(void **state)
{
	struct hrtimer *wakeup = &vcpu.timer.wakeup;

	(void)state;
	set(TIMER_VIRT, ENABLE, NOW - 400 + 10);
	timer_block(&vcpu);
	now += 9;
	assert_int_equal(wakeup->function(wakeup), HRTIMER_RESTART);
	assert_int_equal(wakeup->expires, 21);
	assert_int_equal(wakes, 0);
	now += 1;
	assert_int_equal(wakeup->function(wakeup), HRTIMER_NORESTART);
	assert_int_equal(wakes, 1);
	set(TIMER_PHYS, ENABLE, now + 2);
	assert_int_equal(wakeup->function(wakeup), HRTIMER_RESTART);
	assert_int_equal(wakeup->expires, 41);
	assert_int_equal(wakes, 2);
	set(TIMER_VIRT, 0, 0);
	now += 2;
	assert_int_equal(wakeup->function(wakeup), HRTIMER_NORESTART);
	assert_int_equal(wakes, 3);
}

/* The VMM reads what it writes, and whether the timer has fired. */
static void registers(void **state)
{
	enum timer_kind kind;

	(void)state;
	for (kind = 0; kind < TIMER_KINDS; kind++) {
		u64 count = kind == TIMER_VIRT ? NOW - 400 : NOW;

		timer_set_reg(&vcpu, kind, TIMER_CTL, ENABLE | MASKED | ISTATUS | 8);
		timer_set_reg(&vcpu, kind, TIMER_CVAL, count + 1);
		assert_int_equal(timer_get_reg(&vcpu, kind, TIMER_CTL), ENABLE | MASKED);
		assert_int_equal(timer_get_reg(&vcpu, kind, TIMER_CVAL), count + 1);
		assert_int_equal(timer_get_reg(&vcpu, kind, TIMER_CNT), count);
		timer_set_reg(&vcpu, kind, TIMER_CVAL, count);
		assert_int_equal(timer_get_reg(&vcpu, kind, TIMER_CTL), ENABLE | MASKED | ISTATUS);
		timer_set_reg(&vcpu, kind, TIMER_CTL, 0);
		assert_int_equal(timer_get_reg(&vcpu, kind, TIMER_CTL), 0);
		vcpu.timer.ctx[kind].ctl = MASKED;
		assert_int_equal(timer_get_reg(&vcpu, kind, TIMER_CTL), MASKED);
		vcpu.timer.ctx[kind].ctl = 0;
	}
}

/* A count is the whole VM's: vCPUs that run are told to load it. After KVM_ARM_SET_COUNTER_OFFSET it stays. */
static void counts(void **state)
{
	struct kvm_arm_counter_offset off = { .counter_offset = 77 };

	(void)state;
	timer_set_reg(&vcpu, TIMER_PHYS, TIMER_CNT, 5);
	assert_int_equal(vm.timer.offset[TIMER_PHYS], NOW - 5);
	assert_int_equal(vm.timer.offset[TIMER_VIRT], 400);
	assert_int_equal(other.base.requests, 1UL << ARM_REQ_TIME);
	assert_int_equal(vcpu.base.requests, 0);

	off.reserved = 1;
	assert_int_equal(timer_set_counter_offset(&vm, &off), -EINVAL);
	off.reserved = 0;
	lock_all = false;
	assert_int_equal(timer_set_counter_offset(&vm, &off), -EBUSY);
	assert_false(vm.timer.offset_fixed);
	lock_all = true;
	assert_int_equal(timer_set_counter_offset(&vm, &off), 0);
	assert_false(all_locked);
	assert_int_equal(vm.timer.offset[TIMER_VIRT], 77);
	assert_int_equal(vm.timer.offset[TIMER_PHYS], 77);
	assert_int_equal(vm.timer.ppi[TIMER_VIRT], VIRT_PPI);
	assert_int_equal(vm.timer.ppi[TIMER_PHYS], PHYS_PPI);
	other.base.requests = 0;
	timer_set_reg(&vcpu, TIMER_VIRT, TIMER_CNT, 5);
	assert_int_equal(vm.timer.offset[TIMER_VIRT], 77);
	assert_int_equal(other.base.requests, 0);
}

static int attr(int (*call)(struct arm_vcpu *v, const struct kvm_device_attr *a), u64 which, int *val)
{
	struct kvm_device_attr a = { .attr = which, .addr = (uintptr_t)val };

	return call(&vcpu, &a);
}

/* A timer's interrupt is any PPI, and each timer has its own, until a vCPU has run. */
static void attributes(void **state)
{
	static const int bad[] = { 15, 32, -1 };
	static const int good[] = { 16, 31 };
	struct kvm_device_attr a = { .attr = KVM_ARM_VCPU_TIMER_IRQ_PTIMER };
	unsigned int i;
	int val;

	(void)state;
	assert_int_equal(timer_has_attr(&a), 0);
	a.attr = KVM_ARM_VCPU_TIMER_IRQ_VTIMER;
	assert_int_equal(timer_has_attr(&a), 0);
	a.attr = 9;
	assert_int_equal(timer_has_attr(&a), -ENXIO);
	assert_int_equal(attr(timer_set_attr, 9, &val), -ENXIO);
	assert_int_equal(attr(timer_get_attr, 9, &val), -ENXIO);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		val = bad[i];
		assert_int_equal(attr(timer_set_attr, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, &val), -EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		val = good[i];
		assert_int_equal(attr(timer_set_attr, KVM_ARM_VCPU_TIMER_IRQ_PTIMER, &val), 0);
		assert_int_equal(vm.timer.ppi[TIMER_PHYS], good[i]);
		assert_int_equal(vm.timer.ppi[TIMER_VIRT], VIRT_PPI);
		val = 0;
		assert_int_equal(attr(timer_get_attr, KVM_ARM_VCPU_TIMER_IRQ_PTIMER, &val), 0);
		assert_int_equal(val, good[i]);
	}
	shim_user_hole((uintptr_t)&val, sizeof(val));
	assert_int_equal(attr(timer_set_attr, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, &val), -EFAULT);
	assert_int_equal(attr(timer_get_attr, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, &val), -EFAULT);
	shim_user_hole(0, 0);
	first_run();
	val = 20;
	assert_int_equal(attr(timer_set_attr, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, &val), -EBUSY);
	assert_int_equal(vm.timer.ppi[TIMER_VIRT], VIRT_PPI);
}

/* A reset turns both off, and their interrupts with them. */
static void reset(void **state)
{
	(void)state;
	first_run();
	set(TIMER_VIRT, ENABLE, 1);
	set(TIMER_PHYS, ENABLE, 1);
	timer_vcpu_reset(&vcpu);
	assert_int_equal(vcpu.timer.ctx[TIMER_VIRT].ctl | vcpu.timer.ctx[TIMER_PHYS].ctl, 0);
	assert_int_equal(vcpu.timer.ctx[TIMER_VIRT].cval | vcpu.timer.ctx[TIMER_PHYS].cval, 0);
	assert_int_equal(mapped[VIRT_PPI].resets, 1);
	assert_int_equal(mapped[PHYS_PPI].resets, 1);
}

/* What was claimed is given back, by the end as by a failure half way. */
static void claims_and_gives_back(void **state)
{
	(void)state;
	assert_int_equal(timer_hw_init(NULL), 0);
	assert_int_equal(claims + hotplugs + pms, 3);
	timer_hw_exit();
	assert_int_equal(claims + hotplugs + pms, 0);

	claim_ret = -ENODEV;
	assert_int_equal(timer_hw_init(NULL), -ENODEV);
	assert_int_equal(claims + hotplugs + pms, 0);
	claim_ret = 0;
	hotplug_ret = -ENOMEM;
	assert_int_equal(timer_hw_init(NULL), -ENOMEM);
	assert_int_equal(claims + hotplugs + pms, 0);
	hotplug_ret = 77;
	pm_ret = -EBUSY;
	assert_int_equal(timer_hw_init(NULL), -EBUSY);
	assert_int_equal(claims + hotplugs + pms, 0);
}

/* A CPU that comes has its timers off, and their interrupts as the machine wires them; it goes without. */
static void cpus_come_and_go(void **state)
{
	(void)state;
	assert_int_equal(timer_hw_init(NULL), 0);
	*fake_reg(SYS_CNTV_CTL_EL02) = *fake_reg(SYS_CNTP_CTL_EL02) = ENABLE;
	assert_int_equal(online(0), 0);
	assert_int_equal(*fake_reg(SYS_CNTV_CTL_EL02) | *fake_reg(SYS_CNTP_CTL_EL02), 0);
	assert_int_equal(fake_writes[fake_nr_writes - 1].reg, FAKE_ISB);
	assert_true(percpu[VIRT_IRQ].on && percpu[PHYS_IRQ].on);
	assert_int_equal(percpu[VIRT_IRQ].type, 4);
	assert_int_equal(percpu[PHYS_IRQ].type, 8);
	assert_int_equal(offline(0), 0);
	assert_false(percpu[VIRT_IRQ].on || percpu[PHYS_IRQ].on);

	*fake_reg(SYS_CNTV_CTL_EL02) = *fake_reg(SYS_CNTP_CTL_EL02) = ENABLE;
	assert_int_equal(pm->notifier_call(pm, CPU_PM_ENTER, NULL), NOTIFY_OK);
	assert_int_equal(*fake_reg(SYS_CNTV_CTL_EL02), ENABLE);
	assert_int_equal(pm->notifier_call(pm, CPU_PM_EXIT, NULL), NOTIFY_OK);
	assert_int_equal(*fake_reg(SYS_CNTV_CTL_EL02) | *fake_reg(SYS_CNTP_CTL_EL02), 0);
	timer_hw_exit();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_vm), TEST(offsets), TEST(load_registers), TEST(load_offset), TEST(put_registers),
		TEST(load_lines), TEST(active_if_taken), TEST(fired), TEST(no_gic), TEST(first_runs), TEST(first_run_fails),
		TEST(level), TEST(interrupt), TEST(trap_reads), TEST(trap_writes), TEST(blocks),
		TEST(wakeups), TEST(registers), TEST(counts), TEST(attributes), TEST(reset),
		TEST(claims_and_gives_back), TEST(cpus_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
