// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's performance monitors on a perf that counts what the test says: what each register does to events, what
 * they have counted, overflow, and what is open while the guest runs.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <stdlib.h>
#include <linux/kvm.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/smp.h>
#include <linux/string.h>

static int this_thread, other_thread;
static void *thread = &this_thread;
#undef current
#define current thread
#undef smp_processor_id
#define smp_processor_id() 0
#define cpumask_test_cpu(cpu, mask) ((mask) != NULL)
#define raw_spin_lock_irq(l) do { local_irq_disable(); raw_spin_lock(l); } while (0)
#define raw_spin_unlock_irq(l) do { raw_spin_unlock(l); local_irq_enable(); } while (0)

#include "../../src/arm64/pmu/event.c"
#include "../../src/arm64/pmu/regs.c"
#include "../../src/arm64/pmu/cpu.c"

#define E	RULE_PMCR_E
#define LC	RULE_PMCR_LC

static struct arm_vm vm;
static struct arm_vcpu vcpu;
static struct kvm_run page;
static struct pmu_host host = { .type = 8, .counters = 6, .ceid = { 0x12345 | BIT(17), 0xff } };
static unsigned int live_events, made, injected;
static bool level, has_gic, no_event, no_host;
static u64 pfr0 = 0x1011;
static u64 ver, types[40];
static struct pmu fake;

u64 cpu_idreg_read(const struct arm_vm *v, u32 enc)
{
	return enc == SYS_ID_AA64DFR0_EL1 ? ver << 8 : pfr0;
}

bool gic_exists(const struct arm_vm *v)
{
	return has_gic;
}

int gic_inject(struct arm_vm *v, struct arm_vcpu *c, u32 intid, bool to)
{
	assert_int_equal(intid, 23);
	injected++;
	level = to;
	return 0;
}

bool gic_intid_is_valid_ppi(u32 intid)
{
	return intid >= 16 && intid < 32;
}

bool gic_intid_is_valid_spi(struct arm_vm *v, u32 intid)
{
	return intid >= 32 && intid < 64;
}

bool gic_is_mapped(struct arm_vcpu *v, u32 intid)
{
	return intid == 27;
}

void vcpu_request(struct vcpu *v, unsigned int req)
{
	injected++;
}

struct vcpu *vm_vcpu(struct vm *v, unsigned int idx)
{
	return idx ? NULL : &vcpu.base;
}

const struct pmu_host *pmu_host_here(void)
{
	return no_host ? NULL : &host;
}

unsigned int pmu_host_events(void)
{
	return 0x10000;
}

static void fake_stop(struct perf_event *event, int flags)
{
	assert_int_equal(flags, PERF_EF_UPDATE);
}

static void fake_start(struct perf_event *event, int flags)
{
	assert_int_equal(flags, PERF_EF_RELOAD);
}

struct perf_event *perf_event_create_kernel_counter(struct perf_event_attr *attr, int cpu, void *task,
						    perf_overflow_handler_t handler, void *context)
{
	struct perf_event *event;

	assert_true(attr->exclude_user && attr->exclude_kernel && attr->exclude_hv && !attr->exclude_host);
	assert_int_equal(attr->type, 8);
	assert_int_equal(cpu, -1);
	if (no_event)
		return ERR_PTR(-ENOENT);
	event = calloc(1, sizeof(*event));
	event->pmu = &fake;
	event->attr = *attr;
	event->hw.sample_period = attr->sample_period;
	event->hw.target = task;
	event->hw.idx = made++ % 6;
	event->state = PERF_EVENT_STATE_ACTIVE;
	event->handler = handler;
	event->overflow_handler_context = context;
	live_events++;
	return event;
}

u64 perf_event_read_value(struct perf_event *event, u64 *enabled, u64 *running)
{
	return event->count;
}

int perf_event_release_kernel(struct perf_event *event)
{
	live_events--;
	free(event);
	return 0;
}

u64 test_type_read(u32 n)
{
	assert_true(n < ARRAY_SIZE(types));
	return types[n];
}

void test_type_write(u64 val, u32 n)
{
	assert_true(n < ARRAY_SIZE(types));
	types[n] = val;
}

static int setup(void **state)
{
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(types, 0, sizeof(types));
	fake = (struct pmu){ .stop = fake_stop, .start = fake_start };
	thread = &this_thread;
	ver = 4;
	has_gic = true;
	no_event = level = false;
	made = injected = 0;
	vcpu.vm = &vm;
	vcpu.base.vm = &vm.base;
	vcpu.base.run = &page;
	vm.base.nr_vcpus = 1;
	mutex_init(&vm.base.lock);
	mutex_init(&vcpu.base.mutex);
	mutex_lock(&vcpu.base.mutex);
	vcpu.ctx.features = BIT(KVM_ARM_VCPU_PMU_V3);
	vcpu.ctx.regs.pstate = PSR_MODE_EL1h;
	pmu_vcpu_init(&vcpu);
	mutex_lock(&vm.base.lock);
	assert_int_equal(pmu_vm_choose(&vm), 0);
	mutex_unlock(&vm.base.lock);
	pmu_vcpu_reset(&vcpu);
	vcpu.pmu.irq = 23;
	vcpu.pmu.ready = true;
	pmu_resume(&vcpu);
	return 0;
}

static int teardown(void **state)
{
	pmu_vcpu_destroy(&vcpu);
	assert_int_equal(live_events, 0);
	assert_int_equal(pmu_used, 0);
	bitmap_free(vm.pmu.filter);
	vm.pmu.filter = NULL;
	mutex_unlock(&vcpu.base.mutex);
	shim_check_quiet();
	return 0;
}

static void set(unsigned int reg, u64 val)
{
	assert_true(pmu_trap(&vcpu, reg, true, &val));
}

static u64 get(unsigned int reg)
{
	u64 val = 0xdead;

	assert_true(pmu_trap(&vcpu, reg, false, &val));
	return val;
}

static struct perf_event *event_of(unsigned int n)
{
	assert_non_null(vcpu.pmu.counter[n].event);
	return vcpu.pmu.counter[n].event;
}

/* The event has counted so far, and its overflow interrupt comes. */
static void interrupt(unsigned int n, u64 count)
{
	struct perf_event *event = event_of(n);

	event->count = count;
	event->handler(event, NULL, NULL);
}

#define CYC	(PMU_CNTR + PMU_CYCLES)
#define B31	BIT(31)

/* An enabled counter has an event, counts on from its value, and keeps it when it is disabled; PMCR_EL0.E costs no event. */
static void counts(void **state)
{
	set(PMU_CNTENSET, B31);
	assert_int_equal(event_of(31)->attr.config, 0x11);
	assert_int_equal(event_of(31)->attr.config1, 1);
	assert_int_equal(vcpu.pmu.live, 0);
	set(PMU_PMCR, E);
	assert_int_equal(vcpu.pmu.live, B31);
	event_of(31)->count = 1000;
	assert_int_equal(get(CYC), 1000);
	set(PMU_PMCR, 0);
	assert_int_equal(vcpu.pmu.live, 0);
	assert_int_equal(made, 1);
	set(PMU_CNTENCLR, B31);
	assert_int_equal(live_events, 0);
	assert_int_equal(get(CYC), 1000);
	set(PMU_CNTENSET, B31);
	event_of(31)->count = 5;
	assert_int_equal(get(CYC), 1005);
	set(CYC, 1UL << 40);
	assert_int_equal(get(CYC), 1UL << 40);
	set(PMU_PMCR, E | RULE_PMCR_C);
	assert_int_equal(get(CYC), 0);
	assert_int_equal(live_events, 1);
}

/* A counter of 32 bits shows 32, and P sets all of them to 0, but not the cycle counter. */
static void narrow(void **state)
{
	set(PMU_TYPE + 2, 0x8);
	set(PMU_CNTR + 2, 0x1fffffff0);
	set(PMU_CNTENSET, 4);
	assert_int_equal(event_of(2)->attr.config, 8);
	assert_int_equal(event_of(2)->attr.config1, 0);
	assert_int_equal(event_of(2)->attr.sample_period, 16);
	event_of(2)->count = 17;
	assert_int_equal(get(PMU_CNTR + 2), 1);
	assert_int_equal(get(PMU_OVSSET), 4);
	set(CYC, 7);
	set(PMU_PMCR, RULE_PMCR_P);
	assert_int_equal(get(PMU_CNTR + 2), 0);
	assert_int_equal(get(CYC), 7);
	/* another event is another count, another filter is not */
	event_of(2)->count = 3;
	set(PMU_TYPE + 2, 0x8 | RULE_NOT_EL0);
	assert_int_equal(made, 2);
	set(PMU_TYPE + 2, 0x9);
	assert_int_equal(made, 3);
	assert_int_equal(event_of(2)->attr.config, 9);
	assert_int_equal(get(PMU_CNTR + 2), 3);
}

/* PMUv3p5: 64 bits, overflow by PMCR_EL0.LP, which others have not. */
static void wide(void **state)
{
	set(PMU_PMCR, E | RULE_PMCR_LP);
	assert_int_equal(get(PMU_PMCR) & 0xff, E | LC);
	ver = 6;
	set(PMU_CNTR, -16UL);
	set(PMU_TYPE, 8);
	set(PMU_CNTENSET, 1);
	assert_int_equal(event_of(0)->attr.config1, 1);
	assert_int_equal(event_of(0)->attr.sample_period, 16);
	set(PMU_CNTR, 1);
	assert_int_equal(event_of(0)->attr.sample_period, (1UL << 32) - 1);
	/* when it overflows changes with LP */
	set(PMU_PMCR, E | RULE_PMCR_LP);
	assert_int_equal(event_of(0)->attr.sample_period, 0);
	set(PMU_CNTR, -3UL);
	assert_int_equal(event_of(0)->attr.sample_period, 3);
	interrupt(0, 3);
	assert_int_equal(get(PMU_OVSCLR), 1);
	assert_int_equal(get(PMU_CNTR), 0);
}

/* An overflow flags, interrupts while it is not masked, and goes on to the next one a whole turn later. */
static void overflows(void **state)
{
	set(PMU_PMCR, E);
	set(PMU_INTENSET, B31);
	set(CYC, -100UL);
	set(PMU_CNTENSET, B31);
	assert_int_equal(event_of(31)->hw.sample_period, 100);
	event_of(31)->hw.period_left = 99;
	interrupt(31, 103);
	assert_true(level && injected == 1);
	assert_int_equal(event_of(31)->hw.period_left, 0);
	assert_int_equal(get(PMU_OVSSET), B31);
	assert_int_equal(get(CYC), 3);
	/* one that comes early changes nothing */
	interrupt(31, 104);
	assert_int_equal(injected, 1);
	set(PMU_OVSCLR, B31);
	assert_true(!level && injected == 2);
	/* masked by each of three */
	set(PMU_OVSSET, B31);
	assert_true(level);
	set(PMU_INTENCLR, B31);
	assert_false(level);
	set(PMU_INTENSET, B31);
	assert_true(level);
	set(PMU_PMCR, 0);
	assert_false(level);
	set(PMU_PMCR, E);
	assert_true(level);
	pmu_vcpu_reset(&vcpu);
	assert_false(level);
}

/* An interrupt of an event that is on its way out counts for nothing, and before all is initialised none goes further. */
static void too_late(void **state)
{
	struct perf_event old;

	set(PMU_PMCR, E);
	set(PMU_INTENSET, 1);
	set(PMU_TYPE, 8);
	set(PMU_CNTENSET, 1);
	old = *event_of(0);
	old.count = 1UL << 32;
	set(PMU_CNTR, 0);
	old.handler(&old, NULL, NULL);
	assert_int_equal(get(PMU_OVSSET), 0);
	vcpu.pmu.ready = false;
	set(PMU_OVSSET, 1);
	assert_true(!level && !injected);
}

/* Overflow out of bit 31 comes again every 2^32, from 0 as well; a read that finds it passed flags it. */
static void again(void **state)
{
	set(PMU_PMCR, E);
	set(PMU_TYPE, 8);
	set(PMU_CNTENSET, 1);
	assert_int_equal(event_of(0)->hw.sample_period, 1UL << 32);
	interrupt(0, (1UL << 32) + 5);
	assert_int_equal(get(PMU_OVSCLR), 1);
	assert_int_equal(event_of(0)->hw.sample_period, (1UL << 32) - 5);
	set(PMU_OVSCLR, 1);
	event_of(0)->count = (1UL << 33) - 1;
	get(PMU_CNTR);
	assert_int_equal(get(PMU_OVSCLR), 0);
	event_of(0)->count = 1UL << 33;
	assert_int_equal(get(PMU_CNTR), 0);
	assert_int_equal(get(PMU_OVSCLR), 1);
}

/* CHAIN counts the overflows of the counter below, if it is enabled, and of more below that only by its own. */
static void chained(void **state)
{
	set(PMU_PMCR, E);
	set(PMU_TYPE + 0, 8);
	set(PMU_TYPE + 1, RULE_CHAIN);
	set(PMU_TYPE + 2, RULE_CHAIN);
	set(PMU_CNTENSET, 5);
	interrupt(0, 1UL << 32);
	assert_int_equal(get(PMU_CNTR + 1), 0);
	set(PMU_CNTENSET, 2);
	assert_int_equal(live_events, 1);
	interrupt(0, 4UL << 32);
	assert_int_equal(get(PMU_CNTR + 1), 3);
	assert_int_equal(get(PMU_OVSSET), 1);
	set(PMU_CNTR + 1, 0xffffffff);
	interrupt(0, 5UL << 32);
	assert_int_equal(get(PMU_CNTR + 1), 0);
	assert_int_equal(get(PMU_OVSSET), 3);
	/* the third is no pair's upper one */
	assert_int_equal(get(PMU_CNTR + 2), 0);
}

/* SW_INCR: enabled, at an exception level that counts, and while everything is. */
static void increments(void **state)
{
	set(PMU_TYPE + 1, RULE_NOT_EL1);
	set(PMU_SWINC, ~0UL);
	set(PMU_CNTENSET, 7);
	set(PMU_SWINC, 7);
	set(PMU_PMCR, E);
	set(PMU_TYPE + 2, 8);
	set(PMU_SWINC, 0xff);
	assert_int_equal(get(PMU_CNTR), 1);
	assert_int_equal(get(PMU_CNTR + 1), 0);
	assert_int_equal(get(PMU_CNTR + 2), 0);
	set(PMU_USERENR, 2);
	vcpu.ctx.regs.pstate = PSR_MODE_EL0t;
	set(PMU_SWINC, 3);
	vcpu.ctx.regs.pstate = PSR_MODE_EL1h;
	assert_int_equal(get(PMU_CNTR), 2);
	assert_int_equal(get(PMU_CNTR + 1), 1);
	set(PMU_CNTR, 0xffffffff);
	set(PMU_INTENSET, 1);
	set(PMU_SWINC, 1);
	assert_true(level);
}

/* What is open is what the guest wants, on the hardware's counter, and all is as it was after. */
static void opens(void **state)
{
	set(PMU_PMCR, E);
	set(PMU_TYPE + 3, 8 | RULE_NOT_EL0);
	set(PMU_CNTENSET, 8 | B31);
	event_of(3)->hw.idx = 2;
	event_of(31)->hw.idx = 5;
	types[2] = RULE_NOT_EL1 | RULE_NOT_EL0 | 8;
	/* a pair of the host's */
	types[5] = RULE_CHAIN | BIT(27);
	types[4] = RULE_NOT_EL1 | RULE_NOT_EL0 | 0x11;
	pmu_open(&vcpu);
	assert_int_equal(types[2], RULE_NOT_EL0 | 8);
	assert_int_equal(types[4], 0x11);
	assert_int_equal(types[5], RULE_CHAIN | BIT(27));
	pmu_close(&vcpu);
	assert_int_equal(types[2], RULE_NOT_EL1 | RULE_NOT_EL0 | 8);
	assert_int_equal(types[4], RULE_NOT_EL1 | RULE_NOT_EL0 | 0x11);
	assert_int_equal(vcpu.pmu.nr_open, 0);
	/* one that is not on this CPU now */
	event_of(3)->state = PERF_EVENT_STATE_INACTIVE;
	event_of(31)->oncpu = 1;
	pmu_open(&vcpu);
	assert_int_equal(vcpu.pmu.nr_open, 0);
	event_of(31)->oncpu = 0;
	event_of(31)->hw.idx = 31;
	types[31] = RULE_NOT_EL1 | RULE_NOT_EL0 | RULE_CHAIN;	/* the cycle counter is no pair's, whatever it has there */
	pmu_open(&vcpu);
	assert_int_equal(vcpu.pmu.nr_open, 1);
	assert_int_equal(types[31], RULE_CHAIN);
	pmu_close(&vcpu);
	assert_int_equal(types[31], RULE_NOT_EL1 | RULE_NOT_EL0 | RULE_CHAIN);
}

/* The interrupt of an event that was let go of meanwhile is nobody's overflow. */
static void stray(void **state)
{
	struct perf_event event = { .pmu = &fake, .count = 1UL << 33, .overflow_handler_context = &vcpu };

	set(PMU_PMCR, E);
	set(PMU_TYPE, 8);
	set(PMU_TYPE + 2, 8);
	set(PMU_CNTENSET, 5);
	event_of(2)->handler(&event, NULL, NULL);
	assert_int_equal(vcpu.pmu.overflow, 0);
	interrupt(2, 1UL << 32);
	assert_int_equal(vcpu.pmu.overflow, 4);
}

/* Another thread gets events of its own, and the count goes on. */
static void follows(void **state)
{
	set(PMU_PMCR, E);
	set(PMU_CNTENSET, B31);
	event_of(31)->count = 50;
	pmu_resume(&vcpu);
	assert_int_equal(made, 1);
	thread = &other_thread;
	pmu_resume(&vcpu);
	assert_int_equal(made, 2);
	assert_ptr_equal(event_of(31)->hw.target, &other_thread);
	assert_int_equal(get(CYC), 50);
	assert_int_equal(vcpu.pmu.live, B31);
}

/* What the VMM sets takes effect when the vCPU runs, in whatever order; either register of a pair is the state. */
static void restored(void **state)
{
	pmu_set_reg(&vcpu, PMU_INTENSET, ~0UL);
	pmu_set_reg(&vcpu, PMU_CNTENSET, ~0UL);
	pmu_set_reg(&vcpu, PMU_CNTENCLR, B31 | 5);
	pmu_set_reg(&vcpu, PMU_OVSCLR, B31);
	pmu_set_reg(&vcpu, PMU_OVSSET, B31 | 4);
	pmu_set_reg(&vcpu, PMU_PMCR, E | 2 << 11);
	pmu_set_reg(&vcpu, PMU_TYPE + 0, 8);
	pmu_set_reg(&vcpu, CYC, 77);
	assert_int_equal(made, 0);
	assert_false(level);
	pmu_resume(&vcpu);
	assert_true(level);
	assert_int_equal(vcpu.pmu.enabled, B31 | 1);
	assert_int_equal(get(PMU_OVSSET), B31);
	assert_int_equal(get(PMU_INTENSET), B31 | 3);
	assert_int_equal(live_events, 2);
	assert_int_equal(pmu_get_reg(&vcpu, CYC), 77);
	assert_int_equal(pmu_get_reg(&vcpu, PMU_PMCR), E | LC | 2 << 11);
	/* not more than there are, and not later */
	pmu_set_reg(&vcpu, PMU_PMCR, 7 << 11);
	assert_int_equal(vm.pmu.counters, 2);
	vm.base.ran_once = true;
	pmu_set_reg(&vcpu, PMU_PMCR, 3 << 11);
	assert_int_equal(vm.pmu.counters, 2);
}

/* What is not there is undefined: counters beyond N, by number or by PMSELR_EL0, and what is read-only, or write-only. */
static void undefined(void **state)
{
	u64 val = 0;
	unsigned int n;

	for (n = 0; n < 32; n++) {
		bool there = n < 6 || n == 31;

		assert_int_equal(pmu_trap(&vcpu, PMU_CNTR + n, false, &val), there);
		assert_int_equal(pmu_trap(&vcpu, PMU_TYPE + n, true, &val), there);
		set(PMU_SELR, ~31UL | n);
		assert_int_equal(get(PMU_SELR), n);
		assert_int_equal(pmu_trap(&vcpu, PMU_XEVCNTR, true, &val), there);
		assert_int_equal(pmu_trap(&vcpu, PMU_XEVTYPER, false, &val), there);
	}
	assert_false(pmu_trap(&vcpu, PMU_CEID0, true, &val) || pmu_trap(&vcpu, PMU_MMIR, true, &val) ||
		     pmu_trap(&vcpu, PMU_SWINC, false, &val));
	assert_int_equal(get(PMU_MMIR), 0);
	vcpu.ctx.regs.pstate = PSR_MODE_EL0t | PSR_Z_BIT;
	assert_false(pmu_trap(&vcpu, PMU_PMCR, false, &val));
	vcpu.ctx.features = 0;
	vcpu.ctx.regs.pstate = PSR_MODE_EL1h;
	assert_false(pmu_trap(&vcpu, PMU_PMCR, false, &val));
	vcpu.ctx.features = BIT(KVM_ARM_VCPU_PMU_V3);
}

/* An event that the filter denies, or perf has not, is never counted, and not tried again until something changes. */
static void denied(void **state)
{
	vm.pmu.filter = bitmap_zalloc(0x10000, GFP_KERNEL);
	set_bit(8, vm.pmu.filter);
	set_bit(0x4003, vm.pmu.filter);
	set(PMU_PMCR, E);
	set(PMU_TYPE, 8);
	set(PMU_TYPE + 1, 9);
	set(PMU_CNTENSET, B31 | 3);
	assert_int_equal(live_events, 1);
	assert_int_equal(vcpu.pmu.live, 1);
	assert_int_equal(get(PMU_CEID0), (host.ceid[0] & 1 << 8));
	assert_int_equal(get(PMU_CEID1), 0);
	no_event = true;
	set(PMU_TYPE, 0x4003);
	assert_int_equal(live_events, 0);
	assert_int_equal(vcpu.pmu.failed, 1);
	no_event = false;
	set(PMU_SELR, 0);
	assert_int_equal(live_events, 0);
	set(PMU_CNTENSET, 1);
	set(PMU_TYPE, 8);
	assert_int_equal(live_events, 1);
}

/* It runs once it is initialised and its interrupt is one that nobody else has. */
static void first_run(void **state)
{
	static const struct { u32 irq; bool gic; int ret; } t[] = {
		{ 23, true, 0 }, { 40, true, 0 }, { 27, true, -EINVAL }, { 64, true, -EINVAL }, { 0, true, -EINVAL },
		{ 23, false, -EINVAL }, { 0, false, 0 },
	};
	unsigned int i;

	mutex_lock(&vm.base.lock);
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		vcpu.pmu.irq = t[i].irq;
		has_gic = t[i].gic;
		assert_int_equal(pmu_first_run(&vcpu), t[i].ret);
	}
	vcpu.pmu.ready = false;
	assert_int_equal(pmu_first_run(&vcpu), -EINVAL);
	mutex_unlock(&vm.base.lock);
	assert_false(pmu_owns(&vm, &vcpu, 23));
	vcpu.pmu.irq = 23;
	vcpu.pmu.ready = true;
	assert_true(pmu_owns(&vm, &vcpu, 23));
	assert_false(pmu_owns(&vm, &vcpu, 24) || pmu_owns(&vm, NULL, 40) || pmu_owns(&vm, NULL, 23));
	vcpu.pmu.irq = 40;
	vm.pmu.spis = true;
	assert_true(pmu_owns(&vm, NULL, 40));
	assert_false(pmu_owns(&vm, NULL, 41));
	vcpu.pmu.irq = 23;
}

/* Without a GIC the level goes to the VMM. */
static void told(void **state)
{
	has_gic = false;
	set(PMU_PMCR, E);
	set(PMU_INTENSET, 1);
	set(PMU_OVSSET, 1);
	assert_int_equal(injected, 1);
	assert_true(pmu_must_tell(&vcpu));
	pmu_tell(&vcpu);
	assert_int_equal(page.s.regs.device_irq_level, KVM_ARM_DEV_PMU);
	assert_false(pmu_must_tell(&vcpu));
	set(PMU_OVSCLR, 1);
	assert_true(pmu_must_tell(&vcpu));
	pmu_tell(&vcpu);
	assert_int_equal(page.s.regs.device_irq_level, 0);
}

/* KVM_ARM_VCPU_INIT: nothing is enabled, counted or pending, and all registers are as they were at first. */
static void reset(void **state)
{
	unsigned int n;

	for (n = 0; n < 6; n++) {
		set(PMU_TYPE + n, 8);
		set(PMU_CNTR + n, 77);
	}
	set(CYC, 77);
	set(PMU_TYPE + PMU_CYCLES, RULE_NOT_EL0 | 0x11);
	assert_int_equal(get(PMU_TYPE + PMU_CYCLES), RULE_NOT_EL0);	/* its event is not to be chosen */
	set(PMU_PMCR, E);
	assert_int_equal(get(PMU_CNTR + 1), 77);			/* kept, without P */
	set(PMU_USERENR, 3);
	set(PMU_SELR, 4);
	set(PMU_CNTENSET, B31 | 7);
	set(PMU_INTENSET, 7);
	set(PMU_OVSSET, 7);
	assert_int_equal(live_events, 4);
	event_of(31)->count = event_of(1)->count = 50;
	pmu_vcpu_reset(&vcpu);
	assert_int_equal(live_events, 0);
	assert_int_equal(pmu_used, 1);
	assert_false(level);
	assert_int_equal(get(PMU_PMCR), LC | 6 << 11);
	for (n = 0; n < 6; n++)
		assert_int_equal(get(PMU_CNTR + n) | get(PMU_TYPE + n), 0);
	assert_int_equal(get(CYC) | get(PMU_TYPE + PMU_CYCLES), 0);
	assert_int_equal(get(PMU_USERENR) | get(PMU_SELR) | get(PMU_CNTENSET) | get(PMU_INTENSET) | get(PMU_OVSSET), 0);
	/* a vCPU without any is none that counts */
	vcpu.ctx.features = 0;
	vcpu.pmu.counted = false;
	pmu_vcpu_reset(&vcpu);
	assert_int_equal(pmu_used, 1);
	assert_false(vcpu.pmu.counted);
	pmu_vcpu_destroy(&vcpu);
	assert_int_equal(pmu_used, 1);
	mutex_lock(&vm.base.lock);
	vcpu.pmu.ready = false;
	assert_int_equal(pmu_first_run(&vcpu), 0);
	mutex_unlock(&vm.base.lock);
	vcpu.pmu.counted = true;
	vcpu.ctx.features = BIT(KVM_ARM_VCPU_PMU_V3);
}

/* Counters are the lock's, how many there are is the VM's lock's; of a pair either register says the state. */
static void locked(void **state)
{
	shim_guard(&vcpu.pmu.lock.shim, vcpu.pmu.counter, sizeof(vcpu.pmu.counter));
	shim_guard(&vcpu.pmu.lock.shim, &vcpu.pmu.pmcr, sizeof(vcpu.pmu.pmcr));
	shim_guard(&vm.base.lock.shim, &vm.pmu.counters, sizeof(vm.pmu.counters));
	set(PMU_TYPE + 1, 8);
	set(PMU_CNTENSET, 2);
	set(PMU_CNTR + 1, 5);
	set(PMU_PMCR, E);
	interrupt(1, 9);
	set(PMU_TYPE + 1, 0);
	set(PMU_SWINC, 2);
	assert_int_equal(get(PMU_CNTR + 1), 15);
	pmu_set_reg(&vcpu, PMU_PMCR, 3 << 11);
	assert_int_equal(vm.pmu.counters, 3);
	pmu_set_reg(&vcpu, PMU_CNTENSET, 5);
	pmu_set_reg(&vcpu, PMU_CNTENSET, 2);
	assert_int_equal(pmu_get_reg(&vcpu, PMU_CNTENSET), 2);
	pmu_set_reg(&vcpu, PMU_CNTENCLR, 1);
	assert_int_equal(pmu_get_reg(&vcpu, PMU_CNTENSET), 1);
	pmu_resume(&vcpu);
	/* what a VMM sets is the state: P and C are no commands of its */
	pmu_set_reg(&vcpu, CYC, 9);
	pmu_set_reg(&vcpu, PMU_PMCR, RULE_PMCR_P | RULE_PMCR_C | 3 << 11);
	assert_int_equal(pmu_get_reg(&vcpu, PMU_CNTR + 1), 15);
	assert_int_equal(pmu_get_reg(&vcpu, CYC), 9);
	set(PMU_OVSSET, 1);
	set(PMU_OVSSET, 2);
	assert_int_equal(get(PMU_OVSSET), 3);
	set(PMU_OVSCLR, 2);
	set(PMU_OVSCLR, 1);
	set(PMU_OVSSET, 2);
	assert_int_equal(get(PMU_OVSSET), 2);
	pmu_vcpu_reset(&vcpu);
}

/* SW_INCR reaches those behind one that counts something else. */
static void increments_behind(void **state)
{
	set(PMU_PMCR, E);
	set(PMU_TYPE, 8);
	set(PMU_TYPE + 1, RULE_NOT_EL1);
	set(PMU_CNTENSET, 7);
	assert_int_equal(live_events, 1);		/* they need none of the host's */
	set(PMU_SWINC, 7);
	assert_int_equal(get(PMU_CNTR + 1), 0);
	assert_int_equal(get(PMU_CNTR + 2), 1);
}

/* The hardware's first counter is one of them, and has no lower one; what was open before is not closed again. */
static void opens_the_first(void **state)
{
	set(PMU_PMCR, E);
	set(PMU_TYPE, 8);
	set(PMU_CNTENSET, 1 | B31);
	event_of(0)->hw.idx = 3;
	event_of(31)->hw.idx = 0;
	types[0] = RULE_NOT_EL1 | RULE_NOT_EL0 | RULE_CHAIN;
	types[3] = RULE_NOT_EL1 | RULE_NOT_EL0 | 8;
	pmu_open(&vcpu);
	assert_int_equal(vcpu.pmu.nr_open, 2);
	assert_int_equal(types[0], RULE_CHAIN);
	pmu_close(&vcpu);
	assert_int_equal(types[0], RULE_NOT_EL1 | RULE_NOT_EL0 | RULE_CHAIN);
	event_of(0)->hw.idx = 0;
	event_of(31)->state = PERF_EVENT_STATE_INACTIVE;
	types[3] = 0x1234;
	pmu_open(&vcpu);
	types[0] = 0x5678;
	this_cpu_ptr(&event_opened)->open[1].idx = 3;
	pmu_close(&vcpu);
	assert_int_equal(types[3], 0x1234);
}

/* What PMCEID says: the host's common events, in two words of 64, that the filter lets through. */
static void common_events(void **state)
{
	static const struct { unsigned int event, word, bit; } t[] = {
		{ 0, 0, 0 }, { 31, 0, 31 }, { 32, 1, 0 }, { 63, 1, 31 }, { 0x4000, 0, 32 }, { 0x401f, 0, 63 }, { 0x4020, 1, 32 },
		{ 0x403f, 1, 63 }, { 64, 2, 0 },
	};
	u64 was[2] = { host.ceid[0], host.ceid[1] };
	unsigned int i;

	host.ceid[0] = host.ceid[1] = ~0ULL;
	vm.pmu.filter = bitmap_zalloc(0x10000, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		set_bit(t[i].event, vm.pmu.filter);
		assert_true(get(PMU_CEID0) == (t[i].word == 0 ? BIT_ULL(t[i].bit) : 0));
		assert_true(get(PMU_CEID1) == (t[i].word == 1 ? BIT_ULL(t[i].bit) : 0));
		clear_bit(t[i].event, vm.pmu.filter);
	}
	bitmap_free(vm.pmu.filter);
	vm.pmu.filter = NULL;
	assert_true(get(PMU_CEID0) == ~0ULL);
	ver = 1;			/* of ten bits: none from 0x4000 on */
	assert_true(get(PMU_CEID0) == U32_MAX);
	host.ceid[0] = was[0];
	host.ceid[1] = was[1];
}

/* Where a guest has 32 bits, when the cycle counter overflows changes with LC; of 31 counters P leaves the cycles' alone. */
static void long_cycles(void **state)
{
	pfr0 = 0x1012;
	set(PMU_PMCR, E | LC);
	set(PMU_CNTENSET, B31);
	assert_int_equal(made, 1);
	set(PMU_PMCR, E);
	assert_int_equal(made, 2);
	assert_int_equal(event_of(31)->attr.sample_period, 1UL << 32);
	pfr0 = 0x1011;
	vm.pmu.counters = 31;
	set(CYC, 7);
	set(PMU_PMCR, RULE_PMCR_P);
	assert_int_equal(get(CYC), 7);
	vm.pmu.counters = 6;
	set(PMU_USERENR, ~0UL);
	assert_int_equal(get(PMU_USERENR), 15);
	set(PMU_INTENSET, 5);
	assert_int_equal(get(PMU_INTENCLR), 5);
	/* a VM on a CPU that has none gets none */
	vm.pmu.host = NULL;
	no_host = true;
	mutex_lock(&vm.base.lock);
	assert_int_equal(pmu_vm_choose(&vm), -ENODEV);
	no_host = false;
	assert_int_equal(pmu_vm_choose(&vm), 0);
	mutex_unlock(&vm.base.lock);
}

/* What is asked on the way in and out is asked only of those that have monitors, and have chosen. */
static void on_the_way(void **state)
{
	set(PMU_CNTENSET, B31);
	event_of(31)->hw.idx = 31;
	types[31] = RULE_NOT_EL1 | RULE_NOT_EL0;
	pmu_enter(&vcpu);
	assert_int_equal(vcpu.pmu.nr_open, 0);
	pmu_leave(&vcpu);
	set(PMU_PMCR, E);
	pmu_enter(&vcpu);
	assert_int_equal(types[31], 0);
	pmu_leave(&vcpu);
	assert_int_equal(types[31], RULE_NOT_EL1 | RULE_NOT_EL0);
	thread = &other_thread;
	vcpu.ctx.features = 0;
	pmu_begin(&vcpu);
	assert_int_equal(made, 1);
	vcpu.ctx.features = BIT(KVM_ARM_VCPU_PMU_V3);
	pmu_begin(&vcpu);
	assert_int_equal(made, 2);
	assert_true(pmu_may_run(&vcpu));
	vm.pmu.bound = true;
	assert_false(pmu_may_run(&vcpu));	/* the host's mask is empty */
	pmu_used--;
	assert_true(pmu_may_run(&vcpu));
	types[31] = 5;
	pmu_enter(&vcpu);
	assert_int_equal(types[31], 5);
	pmu_used++;
	vm.pmu.bound = false;
}

/* A VM with a GIC, or without monitors, is told no level. */
static void untold(void **state)
{
	page.s.regs.device_irq_level = 7;
	pmu_tell(&vcpu);
	assert_int_equal(page.s.regs.device_irq_level, 7);
	has_gic = false;
	vcpu.ctx.features = 0;
	pmu_tell(&vcpu);
	assert_int_equal(page.s.regs.device_irq_level, 7);
	vcpu.ctx.features = BIT(KVM_ARM_VCPU_PMU_V3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counts), TEST(narrow), TEST(wide), TEST(overflows), TEST(too_late), TEST(again), TEST(chained), TEST(increments),
		TEST(opens), TEST(stray), TEST(follows), TEST(restored), TEST(undefined), TEST(denied), TEST(first_run), TEST(told),
		TEST(reset), TEST(locked), TEST(increments_behind), TEST(opens_the_first), TEST(untold),
		TEST(common_events), TEST(long_cycles), TEST(on_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
