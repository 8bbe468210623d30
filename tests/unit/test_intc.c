// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU between its local APIC, the PIC, the VMM and Xen: who is asked in which order and told what; whom a message
 * reaches; and when a vCPU runs, sleeps or waits to be started. The local APIC itself is a test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/kvm.h>

static bool atomic_add_unless(atomic_t *a, int n, int unless)
{
	int old = atomic_read(a);

	while (old != unless && !atomic_try_cmpxchg(a, &old, old + n))
		;
	return old != unless;
}

#include "../../model/shim/unit.h"
#include "../../src/x86/irq/intc.c"
#include "../../src/x86/irq/bus.c"
#include "../../src/x86/irq/power.c"

static struct x86_vm vm;
static struct x86_vcpu vcpus[3], *const v = &vcpus[0];
static struct nested nested;
static struct vmcb vmcb;
static struct kvm_run run;

/* What was called, with what, in this order. */
static char log[512];

/* What the others answer. */
static bool takes_extint, pic_asks_now, window, covers;
static int xen, pending_vector, arbitration[3], delivered[3], matched[3], msi_ret, msr_ret, base_ret;
static u32 has_ecx;
static s64 now;
static struct lapic_message msi_message;
static struct routing_target target;
static bool there_is_target, l1_takes_init;

unsigned int tsc_khz;

static void note(const char *fmt, ...)
{
	size_t n = strlen(log);
	va_list args;

	va_start(args, fmt);
	vsnprintf(log + n, sizeof(log) - n, fmt, args);
	va_end(args);
	strcat(log, ";");
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	log[0] = 0;
}

/* The number of the vCPU whose local APIC it is. */
static int of(const struct lapic *a)
{
	return container_of(a, struct x86_vcpu, intc.lapic) - vcpus;
}

struct vcpu *vm_vcpu(struct vm *base, unsigned int idx)
{
	return idx < vm.base.nr_vcpus ? &vcpus[idx].base : NULL;
}

void vcpu_request(struct vcpu *base, unsigned int req)
{
	note("request %d %s", (int)(to_x86_vcpu(base) - vcpus), req == VCPU_REQ_IRQ ? "irq" : req == X86_REQ_TIMER ? "timer" : "?");
}

void vcpu_block(struct vcpu *base)
{
	note("block %d", (int)(to_x86_vcpu(base) - vcpus));
}

u64 ktime_get_ns(void)
{
	return now;
}

u64 kvmclock_tsc(const struct x86_vcpu *vcpu)
{
	return 1000 + (vcpu - vcpus);
}

void hrtimer_init(struct hrtimer *timer, clockid_t clock, enum hrtimer_mode mode)
{
	assert_int_equal(clock, CLOCK_MONOTONIC);
	assert_int_equal(mode, HRTIMER_MODE_ABS_HARD);
	note("timer");
}

void hrtimer_start(struct hrtimer *timer, ktime_t expires, enum hrtimer_mode mode)
{
	assert_ptr_equal(timer, &v->intc.timer);
	assert_int_equal(mode, HRTIMER_MODE_ABS_HARD);
	note("start %llx", (unsigned long long)expires);
}

int hrtimer_cancel(struct hrtimer *timer)
{
	note("cancel");
	return 0;
}

int hrtimer_try_to_cancel(struct hrtimer *timer)
{
	note("try");
	return 0;
}

bool svm_has(const struct svm *svm, u32 leaf, unsigned int reg, unsigned int bit)
{
	return leaf == 1 && reg == 2 && has_ecx >> bit & 1;
}

void svm_queue_nmi(struct x86_vcpu *vcpu)
{
	note("nmi");
}

void svm_reset(struct x86_vcpu *vcpu, bool init)
{
	note("reset %d", init);
}

bool svm_window_opens(struct x86_vcpu *vcpu)
{
	return window;
}

bool svm_interrupt_flag(const struct svm *svm)
{
	return svm->vmcb->save.rflags & X86_EFLAGS_IF;
}

bool nested_init(struct x86_vcpu *vcpu)
{
	return l1_takes_init;
}

u8 xen_asks(struct x86_vcpu *vcpu)
{
	return xen;
}

bool chip_asks(const struct x86_vm *m)
{
	assert_ptr_equal(m, &vm);
	return pic_asks_now;
}

void tick_again(struct x86_vm *m)
{
	assert_ptr_equal(m, &vm);
	note("tick");
}

u8 chip_acknowledge(struct x86_vm *m)
{
	note("chip");
	return 0x31;
}

void chip_ended(struct x86_vm *m, u8 vector)
{
	assert_ptr_equal(m, &vm);
	note("chip ended %x", vector);
}

bool chip_mmio(struct x86_vm *m, u64 gpa, unsigned int len, u64 *data, bool write)
{
	assert_ptr_equal(m, &vm);
	note("chip %s %llx %u %llx", write ? "write" : "read", (unsigned long long)gpa, len, (unsigned long long)*data);
	return gpa == 0xfec00000;
}

void vapic_destroy(struct x86_vcpu *vcpu)
{
	note("vapic off");
}

bool vapic_tell(struct x86_vcpu *vcpu)
{
	note("vapic tell");
	return vcpu->intc.vapic.report;
}

void vapic_touch(struct x86_vcpu *vcpu, u32 offset, bool write)
{
	note("touch %x %d", offset, write);
}

bool routing_any_message(struct vm *base, u32 below, bool (*fn)(struct vm *b, const struct routing_target *t, void *data), void *data)
{
	note("routes below %u", below);
	return there_is_target && fn(base, &target, data);
}

/* --- local APICs */

void lapic_power_up(struct lapic *a, const struct lapic_ops *ops, const struct lapic_config *config)
{
	note("up %d", of(a));
	a->ops = ops;
	a->config = *config;
}

void lapic_init(struct lapic *a)
{
	note("init %d", of(a));
}

void lapic_timer_run(struct lapic *a)
{
	note("run %d", of(a));
}

bool lapic_takes_extint(const struct lapic *a)
{
	return takes_extint;
}

int lapic_pending(const struct lapic *a)
{
	return pending_vector;
}

int lapic_acknowledge(struct lapic *a)
{
	note("ack");
	return pending_vector;
}

bool lapic_match(const struct lapic *a, const struct lapic *from, const struct lapic_message *m)
{
	assert_true(!from || from == &v->intc.lapic);
	return matched[of(a)];
}

u8 lapic_arbitration(const struct lapic *a)
{
	return arbitration[of(a)];
}

int lapic_deliver(struct lapic *a, const struct lapic_message *m)
{
	note("to %d %x", of(a), m->vector);
	return delivered[of(a)];
}

int lapic_message_of_msi(u64 address, u32 data, bool wide_ids, struct lapic_message *m)
{
	note("msi %llx %x %d", (unsigned long long)address, data, wide_ids);
	if (!msi_ret)
		*m = msi_message;
	return msi_ret;
}

int lapic_write_base(struct lapic *a, u64 val, bool host)
{
	note("base %llx %d", (unsigned long long)val, host);
	return base_ret;
}

u8 lapic_cr8(const struct lapic *a)
{
	return 7;
}

void lapic_set_cr8(struct lapic *a, u8 val)
{
	note("cr8 %x", val);
}

u64 lapic_tsc_deadline(const struct lapic *a)
{
	return 0x1234567890;
}

void lapic_set_tsc_deadline(struct lapic *a, u64 tsc)
{
	note("deadline %llx", (unsigned long long)tsc);
}

int lapic_read_msr(struct lapic *a, u32 msr, u64 *val)
{
	*val = 0xabc00000 + msr;
	return msr_ret;
}

int lapic_write_msr(struct lapic *a, u32 msr, u64 val)
{
	note("msr %x %llx", msr, (unsigned long long)val);
	return msr_ret;
}

bool lapic_covers(const struct lapic *a, u64 gpa)
{
	return covers && gpa >> 12 == 0xfee00;
}

void lapic_mmio_read(struct lapic *a, u32 offset, unsigned int len, void *data)
{
	note("read %x %u", offset, len);
	*(u64 *)data = 0x77;
}

void lapic_mmio_write(struct lapic *a, u32 offset, unsigned int len, const void *data)
{
	note("write %x %u %llx", offset, len, (unsigned long long)*(const u64 *)data);
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&nested, 0, sizeof(nested));
	memset(&run, 0xee, sizeof(run));
	mutex_init(&vm.base.lock);
	for (i = 0; i < 3; i++) {
		vcpus[i].vm = &vm;
		vcpus[i].base.vm = &vm.base;
		vcpus[i].base.id = 10 + i;
		vcpus[i].base.run = &run;
		vcpus[i].svm.vmcb = &vmcb;
		vcpus[i].svm.interrupt = -1;
		matched[i] = 0;
		delivered[i] = 1;
		arbitration[i] = 0;
	}
	vm.base.nr_vcpus = 3;
	vm.irq.kind = IRQ_KERNEL;
	vm.irq.boot_id = 10;
	vm.gpa_bits = 43;
	tsc_khz = 2500000;
	has_ecx = 0;
	intc_init(v);
	v->svm.nested = NULL;
	takes_extint = pic_asks_now = window = covers = there_is_target = l1_takes_init = false;
	xen = 0;
	pending_vector = -1;
	msi_ret = msr_ret = base_ret = 0;
	now = 5;
	memset(&msi_message, 0, sizeof(msi_message));
	memset(&target, 0, sizeof(target));
	log[0] = 0;
	return 0;
}

/* --- its life */

/* What the VMM chose is what the local APIC is made from, each from its own place. */
static void configured(void **state)
{
	struct lapic_config *c = &v->intc.lapic.config;

	(void)state;
	assert_int_equal(c->id, 10);
	assert_int_equal(c->tsc_khz, 2500000);
	assert_int_equal(c->cycle_ns, 1);
	assert_int_equal(c->address_bits, 43);
	assert_true(c->bsp && c->virtual_wire);
	assert_false(c->x2apic || c->tsc_deadline || c->wide_ids || c->exact_ff);
	vm.irq.cycle_ns = 25;
	vm.irq.boot_id = 11;
	tsc_khz = 0;
	has_ecx = BIT(21);
	intc_configure(v);
	assert_int_equal(c->cycle_ns, 25);
	assert_int_equal(c->tsc_khz, 1);
	assert_true(c->x2apic);
	assert_false(c->bsp || c->tsc_deadline);
	has_ecx = BIT(24);
	intc_configure(v);
	assert_true(c->tsc_deadline);
	assert_false(c->x2apic);
	mutex_lock(&vm.base.lock);
	vm.irq.wide_ids = true;
	intc_set_x2apic(v);
	assert_true(c->wide_ids && !c->exact_ff);
	vm.irq.wide_ids = false;
	vm.irq.exact_ff = true;
	intc_set_x2apic(v);
	mutex_unlock(&vm.base.lock);
	assert_true(!c->wide_ids && c->exact_ff);
	vm.irq.wide_ids = true;
	vm.irq.exact_ff = false;
	intc_configure(v);
	assert_true(c->wide_ids && !c->exact_ff);
}

/* A new vCPU runs if it is the bootstrap processor, else it waits; without local APICs it is all the VMM's. */
static void lives(void **state)
{
	(void)state;
	v->intc.mp_state = v->intc.ended = 99;
	intc_init(&vcpus[0]);
	expect("timer;up 0;");
	assert_true(v->intc.there);
	assert_int_equal(v->intc.mp_state, KVM_MP_STATE_RUNNABLE);
	assert_int_equal(v->intc.ended, -1);
	intc_init(&vcpus[1]);
	expect("timer;up 1;");
	assert_int_equal(vcpus[1].intc.mp_state, KVM_MP_STATE_UNINITIALIZED);
	assert_ptr_equal(vcpus[1].intc.lapic.ops, &intc_ops);
	intc_destroy(v);
	expect("cancel;vapic off;");

	vm.irq.kind = IRQ_SPLIT;
	intc_init(v);
	expect("timer;up 0;");
	assert_true(v->intc.there);
	vm.irq.kind = IRQ_VMM;
	intc_init(&vcpus[2]);
	assert_false(vcpus[2].intc.there);
	assert_int_equal(vcpus[2].intc.mp_state, KVM_MP_STATE_RUNNABLE);
	assert_int_equal(vcpus[2].intc.ended, -1);
	intc_destroy(&vcpus[2]);
	expect("");
}

/* --- what comes from elsewhere */

/* INIT takes the place of all that waits, SIPI waits behind it, and NMIs are two at most; each kicks the vCPU. */
static void events(void **state)
{
	const struct lapic_ops *ops = v->intc.lapic.ops;
	struct lapic *a = &v->intc.lapic;

	(void)state;
	ops->event(a, LAPIC_EVENT_SIPI, 0x12);
	assert_int_equal(atomic_read(&v->intc.events), INTC_SIPI | 0x1200);
	ops->event(a, LAPIC_EVENT_SIPI, 0x34);
	assert_int_equal(atomic_read(&v->intc.events), INTC_SIPI | 0x3400);
	ops->event(a, LAPIC_EVENT_INIT, 0);
	assert_int_equal(atomic_read(&v->intc.events), INTC_INIT);
	ops->event(a, LAPIC_EVENT_SIPI, 0x56);
	assert_int_equal(atomic_read(&v->intc.events), INTC_INIT | INTC_SIPI | 0x5600);
	expect("request 0 irq;request 0 irq;request 0 irq;request 0 irq;");
	ops->event(a, LAPIC_EVENT_NMI, 0);
	assert_int_equal(atomic_read(&v->intc.nmis), 1);
	ops->event(a, LAPIC_EVENT_NMI, 0);
	ops->event(a, LAPIC_EVENT_NMI, 0);
	assert_int_equal(atomic_read(&v->intc.nmis), 2);
	expect("request 0 irq;request 0 irq;request 0 irq;");
	ops->kick(a);
	expect("request 0 irq;");
}

/* The timer that fires leaves a request; what it is set to is what the local APIC asks for, or the end of time. */
static void timer(void **state)
{
	const struct lapic_ops *ops = v->intc.lapic.ops;
	struct lapic *a = &v->intc.lapic;
	struct lapic_now t;

	(void)state;
	ops->arm(a, 0x1234);
	expect("start 1234;");
	ops->arm(a, KTIME_MAX);
	expect("start 7fffffffffffffff;");
	ops->arm(a, LAPIC_NEVER - 1);
	expect("start 7fffffffffffffff;");
	ops->arm(a, LAPIC_NEVER);
	expect("try;");
	assert_int_equal(v->intc.timer.function(&v->intc.timer), HRTIMER_NORESTART);
	expect("request 0 timer;");
	now = 777;
	t = ops->now(a);
	assert_int_equal(t.ns, 777);
	assert_int_equal(t.tsc, 1000);
	intc_tsc_changed(v);
	expect("run 0;");
	v->intc.there = false;
	intc_tsc_changed(v);
	expect("");
}

/* What came from other threads is taken once: each NMI, and the timer. */
static void settles(void **state)
{
	(void)state;
	intc_settle(v);
	expect("");
	set_bit(X86_REQ_TIMER, &v->base.requests);
	atomic_set(&v->intc.nmis, 2);
	intc_settle(v);
	expect("run 0;nmi;nmi;");
	assert_int_equal(atomic_read(&v->intc.nmis), 0);
	assert_int_equal(v->base.requests, 0);
	intc_settle(v);
	expect("");
}

/* --- what the CPU takes */

/* Xen's comes before the PIC's, that before the local APIC's; the PIC's only where LINT0 is wired to it. */
static void takes(void **state)
{
	(void)state;
	assert_false(intc_pending(v));
	pending_vector = 0;
	assert_true(intc_pending(v));
	assert_int_equal(intc_take(v), 0);
	expect("ack;");
	pending_vector = 0x55;
	pic_asks_now = true;
	assert_int_equal(intc_take(v), 0x55);
	pending_vector = -1;
	assert_false(intc_pending(v));
	takes_extint = true;
	assert_true(intc_pending(v));
	log[0] = 0;
	assert_int_equal(intc_take(v), 0x31);
	expect("chip;");
	pic_asks_now = false;
	assert_false(intc_pending(v));
	/* of the VMM's PIC */
	v->svm.interrupt = 0;
	assert_true(intc_pending(v));
	takes_extint = false;
	assert_false(intc_pending(v));
	takes_extint = true;
	assert_int_equal(intc_take(v), 0);
	assert_int_equal(v->svm.interrupt, -1);
	v->svm.interrupt = 0x44;
	xen = 0xf3;
	assert_int_equal(intc_take(v), 0xf3);
	assert_int_equal(v->svm.interrupt, 0x44);
	takes_extint = false;
	assert_false(intc_pending(v));
	v->xen.on = true;
	assert_true(intc_pending(v));
	xen = 0;
	assert_false(intc_pending(v));
	expect("");
}

/* Without local APICs the VMM's interrupt is what there is. */
static void takes_vmms(void **state)
{
	(void)state;
	v->intc.there = false;
	pending_vector = 0x55;
	pic_asks_now = true;
	assert_false(intc_pending(v));
	v->svm.interrupt = 0;
	assert_true(intc_pending(v));
	v->svm.interrupt = 0x60;
	assert_int_equal(intc_take(v), 0x60);
	assert_int_equal(v->svm.interrupt, -1);
	expect("");
	/* each that is taken makes room for a tick, where there is a PIT */
	v->svm.interrupt = 0x61;
	vm.irq.tick = (struct tick *)&vm;
	assert_int_equal(intc_take(v), 0x61);
	expect("tick;");
	vm.irq.tick = NULL;
	/* an event of Xen's waited, and its flag is taken back in between: there may be no PIC */
	pic_asks_now = false;
	v->xen.on = true;
	xen = 0xf3;
	assert_true(intc_pending(v));
	xen = 0;
	assert_int_equal(intc_take(v), -1);
	expect("");
}

/* KVM_INTERRUPT: not where the PIC is in the kernel, not a second one beside local APICs, and only where somebody listens. */
static void extint(void **state)
{
	(void)state;
	takes_extint = true;
	assert_false(intc_vmm_may(v));
	assert_int_equal(intc_extint(v, 0x20), -ENXIO);
	assert_int_equal(v->svm.interrupt, -1);
	vm.irq.kind = IRQ_SPLIT;
	assert_true(intc_vmm_may(v));
	takes_extint = false;
	assert_false(intc_vmm_may(v));
	assert_int_equal(intc_extint(v, 0), 0);
	assert_int_equal(v->svm.interrupt, 0);
	takes_extint = true;
	assert_false(intc_vmm_may(v));
	assert_int_equal(intc_extint(v, 0x21), -EEXIST);
	assert_int_equal(v->svm.interrupt, 0);
	vm.irq.kind = IRQ_VMM;
	v->intc.there = false;
	takes_extint = false;
	assert_int_equal(intc_extint(v, 0x22), 0);
	assert_int_equal(v->svm.interrupt, 0x22);
	assert_false(intc_vmm_may(v));
	v->svm.interrupt = -1;
	assert_true(intc_vmm_may(v));
}

/* The VMM hears of an end once, and then of accesses to TPR. */
static void tells(void **state)
{
	(void)state;
	assert_false(intc_tell(v));
	expect("vapic tell;");
	v->intc.vapic.report = true;
	assert_true(intc_tell(v));
	log[0] = 0;
	assert_int_equal(run.exit_reason, 0xeeeeeeee);
	v->intc.ended = 0;
	assert_true(intc_tell(v));
	expect("");
	assert_int_equal(run.exit_reason, KVM_EXIT_IOAPIC_EOI);
	assert_int_equal(run.eoi.vector, 0);
	assert_int_equal(v->intc.ended, -1);
	v->intc.ended = 0x99;
	assert_true(intc_tell(v));
	assert_int_equal(run.eoi.vector, 0x99);
}

/* --- registers */

/* Base and CR8 are the local APIC's where there is one, else they are only kept. */
static void registers(void **state)
{
	(void)state;
	v->intc.lapic.base = 0xfee00900;
	v->svm.apic_base = 0x1000;
	assert_int_equal(intc_base(v), 0xfee00900);
	base_ret = -EINVAL;
	assert_int_equal(intc_set_base(v, 0x2000, true), -EINVAL);
	expect("base 2000 1;");
	base_ret = 0;
	assert_int_equal(intc_set_base(v, 0x3000, false), 0);
	expect("base 3000 0;");
	assert_int_equal(v->svm.apic_base, 0x1000);
	v->svm.cr8 = 3;
	assert_int_equal(intc_cr8(v), 7);
	intc_set_cr8(v, 9);
	expect("cr8 9;");
	assert_int_equal(v->svm.cr8, 9);
	v->intc.there = false;
	assert_int_equal(intc_base(v), 0x1000);
	assert_int_equal(intc_set_base(v, 0x4000, false), 0);
	assert_int_equal(v->svm.apic_base, 0x4000);
	intc_set_cr8(v, 4);
	assert_int_equal(intc_cr8(v), 4);
	expect("");
}

/* MSRs from 800 to 8ff and the deadline are a local APIC's; without one the deadline reads as 0 and takes anything. */
static void msrs(void **state)
{
	u64 val = 0;

	(void)state;
	assert_true(intc_msr(0x6e0) && intc_msr(0x800) && intc_msr(0x8ff));
	assert_false(intc_msr(0x6df) || intc_msr(0x6e1) || intc_msr(0x7ff) || intc_msr(0x900));
	assert_int_equal(intc_get_msr(v, 0x6e0, &val), 0);
	assert_int_equal(val, 0x1234567890);
	assert_int_equal(intc_get_msr(v, 0x802, &val), 0);
	assert_int_equal(val, 0xabc00802);
	assert_int_equal(intc_set_msr(v, 0x6e0, 0x4444), 0);
	expect("deadline 4444;");
	assert_int_equal(intc_set_msr(v, 0x808, 0x20), 0);
	expect("msr 808 20;");
	msr_ret = -EINVAL;
	assert_int_equal(intc_get_msr(v, 0x802, &val), -ENOENT);
	assert_int_equal(intc_set_msr(v, 0x808, 0x20), -EINVAL);
	v->intc.there = false;
	msr_ret = 0;
	log[0] = 0;
	assert_int_equal(intc_get_msr(v, 0x6e0, &val), 0);
	assert_int_equal(val, 0);
	assert_int_equal(intc_set_msr(v, 0x6e0, 5), 0);
	assert_int_equal(intc_get_msr(v, 0x802, &val), -ENOENT);
	assert_int_equal(intc_set_msr(v, 0x802, 5), -ENOENT);
	expect("");
}

/* An access to its page is the local APIC's, and the VMM may hear of it; any other is the I/O APIC's, or nobody's. */
static void mmio(void **state)
{
	u64 data = 0x42;

	(void)state;
	covers = true;
	assert_true(intc_mmio(v, 0xfee00080, 4, &data, true));
	expect("write 80 4 42;touch 80 1;");
	assert_true(intc_mmio(v, 0xfee00fff, 1, &data, false));
	expect("read fff 1;touch fff 0;");
	assert_int_equal(data, 0x77);
	assert_true(intc_mmio(v, 0xfec00000, 4, &data, true));
	expect("chip write fec00000 4 77;");
	assert_false(intc_mmio(v, 0x1000, 8, &data, false));
	expect("chip read 1000 8 77;");
	v->intc.there = false;
	assert_false(intc_mmio(v, 0xfee00080, 4, &data, false));
	expect("chip read fee00080 4 77;");
}

/* --- the bus */

/* A message reaches each whom it matches; the answer is how many took it, 0 when all had it, -1 when nobody took it. */
static void bus_all(void **state)
{
	struct lapic_message m = { .vector = 0x40 };

	(void)state;
	assert_int_equal(bus_send(&vm, NULL, &m), -1);
	expect("");
	matched[0] = matched[2] = 1;
	assert_int_equal(bus_send(&vm, &v->intc.lapic, &m), 2);
	expect("to 0 40;to 2 40;");
	delivered[0] = 0;
	assert_int_equal(bus_send(&vm, NULL, &m), 1);
	delivered[2] = -1;
	assert_int_equal(bus_send(&vm, NULL, &m), 0);
	delivered[0] = -1;
	assert_int_equal(bus_send(&vm, NULL, &m), -1);
	delivered[2] = 0;
	assert_int_equal(bus_send(&vm, NULL, &m), 0);
	log[0] = 0;
	v->intc.lapic.ops->send(&v->intc.lapic, &m);
	expect("to 0 40;to 2 40;");
}

/* One for the least busy goes to the first of those that are equal, and to nobody else. */
static void bus_one(void **state)
{
	struct lapic_message m = { .vector = 0x41, .one = true };

	(void)state;
	assert_int_equal(bus_send(&vm, NULL, &m), -1);
	matched[0] = matched[1] = matched[2] = 1;
	arbitration[0] = 0x30;
	arbitration[1] = 0x20;
	arbitration[2] = 0x20;
	delivered[1] = 0;
	assert_int_equal(bus_send(&vm, NULL, &m), 0);
	expect("to 1 41;");
	matched[1] = 0;
	assert_int_equal(bus_send(&vm, NULL, &m), 1);
	expect("to 2 41;");
	arbitration[2] = 0x31;
	assert_int_equal(bus_send(&vm, NULL, &m), 1);
	expect("to 0 41;");
}

/* A device's write is a message to those that are there, or none. */
static void bus_msis(void **state)
{
	(void)state;
	matched[1] = 1;
	msi_message.vector = 0x77;
	vm.irq.wide_ids = true;
	assert_int_equal(bus_msi(&vm, 0xfee01000, 0x4077), 1);
	expect("msi fee01000 4077 1;to 1 77;");
	msi_ret = -EINVAL;
	assert_int_equal(bus_msi(&vm, 1, 2), -EINVAL);
	expect("msi 1 2 1;");
}

/* An end goes to the I/O APIC; the VMM's hears of it if one of its routes has that vector as a level. */
static void ends(void **state)
{
	const struct lapic_ops *ops = v->intc.lapic.ops;

	(void)state;
	ops->eoi(&v->intc.lapic, 0x88);
	expect("chip ended 88;");
	vm.irq.kind = IRQ_SPLIT;
	vm.irq.reserved = 24;
	vm.irq.wide_ids = true;
	bus_ended(v, 0x88);
	expect("routes below 24;");
	assert_int_equal(v->intc.ended, -1);
	there_is_target = true;
	target.message.address = 0xfee0a000;
	target.message.data = 0x8088;
	msi_message = (struct lapic_message) { .vector = 0x88 };
	bus_ended(v, 0x88);
	expect("routes below 24;msi fee0a000 8088 1;");
	assert_int_equal(v->intc.ended, -1);
	msi_message.level = true;
	bus_ended(v, 0x87);
	assert_int_equal(v->intc.ended, -1);
	msi_ret = -EINVAL;
	bus_ended(v, 0x88);
	assert_int_equal(v->intc.ended, -1);
	msi_ret = 0;
	bus_ended(v, 0x88);
	assert_int_equal(v->intc.ended, 0x88);
}

/* --- run, sleep, start */

/* INIT resets vCPU and local APIC; only the bootstrap processor runs on. A SIPI starts who waits for it at its page. */
static void starts(void **state)
{
	(void)state;
	v->intc.lapic.config.bsp = false;
	intc_event(v, INTC_INIT);
	log[0] = 0;
	assert_true(power_runnable(v));
	assert_int_equal(power_prepare(v), VCPU_AGAIN);
	expect("reset 1;init 0;block 0;");
	assert_int_equal(v->intc.mp_state, KVM_MP_STATE_INIT_RECEIVED);
	assert_false(power_runnable(v));
	vmcb.save.rip = 0x1234;
	intc_event(v, INTC_SIPI | 0x9a00);
	log[0] = 0;
	assert_true(power_runnable(v));
	assert_int_equal(power_prepare(v), VCPU_RESUME);
	expect("");
	assert_int_equal(v->intc.mp_state, KVM_MP_STATE_RUNNABLE);
	assert_int_equal(vmcb.save.cs.selector, 0x9a00);
	assert_int_equal(vmcb.save.cs.base, 0x9a000);
	assert_int_equal(vmcb.save.rip, 0);
	assert_int_equal(atomic_read(&v->intc.events), 0);
	/* one that does not wait for it */
	vmcb.save.rip = 0x1234;
	intc_event(v, INTC_SIPI | 0x9b00);
	assert_int_equal(power_prepare(v), VCPU_RESUME);
	assert_int_equal(vmcb.save.rip, 0x1234);
	assert_int_equal(vmcb.save.cs.selector, 0x9a00);
	/* both at once, to a bootstrap processor: it runs where a reset has it, with nothing to wait for */
	v->intc.lapic.config.bsp = true;
	intc_event(v, INTC_INIT);
	intc_event(v, INTC_SIPI | 0x9b00);
	log[0] = 0;
	assert_int_equal(power_prepare(v), VCPU_RESUME);
	expect("reset 1;init 0;");
	assert_int_equal(vmcb.save.cs.selector, 0x9a00);
}

/* Both wait until STGI, and while L1 is yet to hear of them. */
static void starts_later(void **state)
{
	(void)state;
	v->svm.nested = &nested;
	v->intc.mp_state = KVM_MP_STATE_INIT_RECEIVED;
	intc_event(v, INTC_INIT);
	log[0] = 0;
	assert_false(power_runnable(v));
	assert_int_equal(power_prepare(v), VCPU_AGAIN);
	expect("block 0;");
	nested.gif = true;
	assert_true(power_runnable(v));
	l1_takes_init = true;
	assert_int_equal(power_prepare(v), VCPU_AGAIN);
	expect("block 0;");
	assert_int_equal(atomic_read(&v->intc.events), INTC_INIT);
	l1_takes_init = false;
	assert_int_equal(power_prepare(v), VCPU_RESUME);
	expect("reset 1;init 0;");
	/* an NMI is looked at whatever the flag says */
	nested.gif = false;
	v->intc.mp_state = KVM_MP_STATE_UNINITIALIZED;
	assert_false(power_runnable(v));
	atomic_set(&v->intc.nmis, 1);
	assert_true(power_runnable(v));
}

/* A CPU in HLT sleeps, whatever waits that it does not take. */
static void asleep(void)
{
	power_halt(v);
	assert_int_equal(v->intc.mp_state, KVM_MP_STATE_HALTED);
	log[0] = 0;
	assert_false(power_runnable(v));
	assert_int_equal(power_prepare(v), VCPU_AGAIN);
	expect("block 0;");
	assert_int_equal(v->intc.mp_state, KVM_MP_STATE_HALTED);
}

static void awake(void)
{
	assert_true(power_runnable(v));
	log[0] = 0;
	assert_int_equal(power_prepare(v), VCPU_RESUME);
	expect("");
	assert_int_equal(v->intc.mp_state, KVM_MP_STATE_RUNNABLE);
	assert_true(power_runnable(v));
}

/* What is on its way to the guest, and another vCPU's kick, ends HLT, once. */
static void wakes(void **state)
{
	bool *const why[] = { &v->unhalt, &v->svm.inject.valid, &v->svm.exception.valid, &v->svm.stepped, &v->svm.shutdown };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(why); i++) {
		asleep();
		*why[i] = true;
		awake();
		assert_false(v->unhalt);
		*why[i] = false;
	}
	asleep();
	v->svm.nmi_pending = 1;
	v->svm.nmi_masked = true;
	asleep();
	v->svm.nmi_masked = false;
	v->svm.nested = &nested;
	asleep();
	nested.gif = true;
	awake();
}

/* Interrupts end HLT where they are enabled; so do Xen's. */
static void wakes_by_interrupt(void **state)
{
	(void)state;
	pending_vector = 0x40;
	asleep();
	vmcb.save.rflags = X86_EFLAGS_IF;
	awake();
	pending_vector = -1;
	asleep();
	v->xen.on = true;
	xen = 0xf3;
	awake();
	vmcb.save.rflags = 0;
	asleep();
}

/* The VMM that steps over HLT hears of it while the guest sleeps on; and of a window that opens in HLT, but in no other sleep. */
static void sleeps_for_vmm(void **state)
{
	(void)state;
	asleep();
	v->svm.stepped = true;
	v->svm.debug.control = KVM_GUESTDBG_ENABLE;
	awake();
	power_halt(v);
	v->svm.debug.control = KVM_GUESTDBG_SINGLESTEP;
	assert_int_equal(power_prepare(v), VCPU_RESUME);
	assert_int_equal(v->intc.mp_state, KVM_MP_STATE_HALTED);
	v->svm.stepped = false;
	assert_int_equal(power_prepare(v), VCPU_AGAIN);
	window = true;
	log[0] = 0;
	assert_int_equal(power_prepare(v), VCPU_TO_USER);
	expect("");
	v->intc.mp_state = KVM_MP_STATE_UNINITIALIZED;
	v->unhalt = true;
	assert_false(power_runnable(v));
	assert_int_equal(power_prepare(v), VCPU_AGAIN);
	expect("block 0;");
	assert_true(v->unhalt);
	/* without local APICs it always runs */
	v->intc.there = false;
	assert_int_equal(power_prepare(v), VCPU_RESUME);
	expect("");
}

/* KVM_SET_MP_STATE: all of x86's where there are local APICs, else that it runs. A SIPI that is received starts it. */
static void states(void **state)
{
	static const u32 all[] = { KVM_MP_STATE_RUNNABLE, KVM_MP_STATE_UNINITIALIZED, KVM_MP_STATE_INIT_RECEIVED, KVM_MP_STATE_HALTED };
	unsigned int i;

	(void)state;
	v->xen.timers.polled = POLL_NONE;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		assert_int_equal(power_set(v, all[i]), 0);
		assert_int_equal(power_get(v), all[i]);
	}
	assert_int_equal(power_set(v, KVM_MP_STATE_STOPPED), -EINVAL);
	assert_int_equal(power_set(v, 999), -EINVAL);
	assert_int_equal(v->intc.mp_state, KVM_MP_STATE_HALTED);
	/* who is woken, or polls, is awake to the VMM: neither would survive a save */
	v->unhalt = true;
	assert_int_equal(power_get(v), KVM_MP_STATE_RUNNABLE);
	v->unhalt = false;
	v->xen.timers.polled = 7;
	assert_int_equal(power_get(v), KVM_MP_STATE_RUNNABLE);
	v->xen.timers.polled = POLL_NONE;
	assert_int_equal(power_get(v), KVM_MP_STATE_HALTED);
	v->intc.sipi = 0x9c;
	log[0] = 0;
	assert_int_equal(power_set(v, KVM_MP_STATE_SIPI_RECEIVED), 0);
	expect("request 0 irq;");
	assert_int_equal(v->intc.mp_state, KVM_MP_STATE_INIT_RECEIVED);
	assert_int_equal(atomic_read(&v->intc.events), INTC_SIPI | 0x9c00);
	assert_int_equal(power_get(v), KVM_MP_STATE_RUNNABLE);
	assert_int_equal(vmcb.save.cs.selector, 0x9c00);

	v->intc.there = false;
	atomic_set(&v->intc.events, INTC_INIT);
	assert_int_equal(power_get(v), KVM_MP_STATE_RUNNABLE);
	assert_int_equal(atomic_read(&v->intc.events), INTC_INIT);
	assert_int_equal(power_set(v, KVM_MP_STATE_RUNNABLE), 0);
	for (i = 1; i < ARRAY_SIZE(all); i++)
		assert_int_equal(power_set(v, all[i]), -EINVAL);
	assert_int_equal(power_set(v, KVM_MP_STATE_SIPI_RECEIVED), -EINVAL);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(configured), TEST(lives), TEST(events), TEST(timer), TEST(settles), TEST(takes), TEST(takes_vmms),
		TEST(extint), TEST(tells), TEST(registers), TEST(msrs), TEST(mmio), TEST(bus_all), TEST(bus_one),
		TEST(bus_msis), TEST(ends), TEST(starts), TEST(starts_later), TEST(wakes), TEST(wakes_by_interrupt),
		TEST(sleeps_for_vmm), TEST(states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
