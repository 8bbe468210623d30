// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU and its local APIC. The vCPU's thread works on the local APIC between its stays in
 * the guest; others set bits that are atomic, and kick it (lapic/lapic.h). What fires while it
 * is elsewhere leaves a request.
 */
#include <linux/kvm.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <asm/msr.h>
#include <asm/msr-index.h>
#include <asm/tsc.h>

#include "../../compat/hrtimer.h"
#include "../vm.h"
#include "bus.h"
#include "chip.h"
#include "intc.h"
#include "tick.h"

#define INTC_CPUID_X2APIC	21	/* of 1.ECX */
#define INTC_CPUID_DEADLINE	24

static struct x86_vcpu *intc_vcpu(struct lapic *a)
{
	return container_of(a, struct x86_vcpu, intc.lapic);
}

static void intc_kick(struct lapic *a)
{
	vcpu_request(&intc_vcpu(a)->base, VCPU_REQ_IRQ);
}

void intc_event(struct x86_vcpu *vcpu, int bits)
{
	atomic_t *events = &vcpu->intc.events;
	int old = atomic_read(events), new;

	do {
		new = bits & INTC_INIT ? INTC_INIT : (old & INTC_INIT) | bits;
	} while (!atomic_try_cmpxchg(events, &old, new));
	vcpu_request(&vcpu->base, VCPU_REQ_IRQ);
}

void intc_nmi(struct x86_vcpu *vcpu)
{
	/* more than two make no difference: the CPU remembers one beside that in hand */
	atomic_add_unless(&vcpu->intc.nmis, 1, 2);
	vcpu_request(&vcpu->base, VCPU_REQ_IRQ);
}

static void intc_on_event(struct lapic *a, enum lapic_event event, u8 vector)
{
	struct x86_vcpu *vcpu = intc_vcpu(a);

	switch (event) {
	case LAPIC_EVENT_NMI:
		intc_nmi(vcpu);
		break;
	case LAPIC_EVENT_INIT:
		intc_event(vcpu, INTC_INIT);
		break;
	case LAPIC_EVENT_SIPI:
		intc_event(vcpu, INTC_SIPI | vector << 8);
		break;
	}
}

static void intc_send(struct lapic *from, const struct lapic_message *m)
{
	bus_send(intc_vcpu(from)->vm, from, m);
}

static void intc_ended(struct lapic *a, u8 vector)
{
	bus_ended(intc_vcpu(a), vector);
}

static struct lapic_now intc_now(struct lapic *a)
{
	return (struct lapic_now) {
		.ns = ktime_get_ns(),
		.tsc = kvmclock_tsc(intc_vcpu(a)),
	};
}

/* One that goes off though it was cancelled has nobody do anything. */
static void intc_arm(struct lapic *a, u64 ns)
{
	struct hrtimer *timer = &intc_vcpu(a)->intc.timer;

	if (ns == LAPIC_NEVER)
		hrtimer_try_to_cancel(timer);
	else
		hrtimer_start(timer, ns_to_ktime(min_t(u64, ns, KTIME_MAX)), HRTIMER_MODE_ABS_HARD);
}

static const struct lapic_ops intc_ops = {
	.kick = intc_kick,
	.event = intc_on_event,
	.send = intc_send,
	.eoi = intc_ended,
	.now = intc_now,
	.arm = intc_arm,
};

static enum hrtimer_restart intc_timer(struct hrtimer *timer)
{
	vcpu_request(&container_of(timer, struct x86_vcpu, intc.timer)->base, X86_REQ_TIMER);
	return HRTIMER_NORESTART;
}

static struct lapic_config intc_config(const struct x86_vcpu *vcpu)
{
	const struct x86_irq *irq = &vcpu->vm->irq;

	return (struct lapic_config) {
		.id = vcpu->base.id,
		.tsc_khz = max(tsc_khz, 1U),
		.cycle_ns = irq->cycle_ns ?: 1,
		.address_bits = vcpu->vm->gpa_bits,
		.bsp = vcpu->base.id == irq->boot_id,
		.x2apic = svm_has(&vcpu->svm, 1, 2, INTC_CPUID_X2APIC),
		.tsc_deadline = svm_has(&vcpu->svm, 1, 2, INTC_CPUID_DEADLINE),
		.wide_ids = irq->wide_ids,
		.exact_ff = irq->exact_ff,
		.virtual_wire = true,
	};
}

void intc_configure(struct x86_vcpu *vcpu)
{
	vcpu->intc.lapic.config = intc_config(vcpu);
}

void intc_set_x2apic(struct x86_vcpu *vcpu)
{
	struct lapic_config *config = &vcpu->intc.lapic.config;

	lockdep_assert_held(&vcpu->vm->base.lock);
	/* each for itself: who looks meanwhile sees the one or the other */
	WRITE_ONCE(config->wide_ids, vcpu->vm->irq.wide_ids);
	WRITE_ONCE(config->exact_ff, vcpu->vm->irq.exact_ff);
}

void intc_init(struct x86_vcpu *vcpu)
{
	struct lapic_config config = intc_config(vcpu);
	struct intc *ic = &vcpu->intc;

	ic->there = vcpu->vm->irq.kind != IRQ_VMM;
	ic->ended = -1;
	ic->mp_state = KVM_MP_STATE_RUNNABLE;
	if (!ic->there)
		return;
	compat_hrtimer_setup(&ic->timer, intc_timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	lapic_power_up(&ic->lapic, &intc_ops, &config);
	if (!config.bsp)
		ic->mp_state = KVM_MP_STATE_UNINITIALIZED;
}

void intc_destroy(struct x86_vcpu *vcpu)
{
	if (!vcpu->intc.there)
		return;
	hrtimer_cancel(&vcpu->intc.timer);
	vapic_destroy(vcpu);
}

void intc_settle(struct x86_vcpu *vcpu)
{
	struct intc *ic = &vcpu->intc;
	int n;

	if (test_and_clear_bit(X86_REQ_TIMER, &vcpu->base.requests))
		lapic_timer_run(&ic->lapic);
	for (n = atomic_read(&ic->nmis) ? atomic_xchg(&ic->nmis, 0) : 0; n; n--)
		svm_queue_nmi(vcpu);
}

/* Does the PIC, whoever has it, ask for an interrupt that this CPU listens to? */
static bool intc_pic_asks(struct x86_vcpu *vcpu)
{
	return lapic_takes_extint(&vcpu->intc.lapic) &&
	       (vcpu->svm.interrupt >= 0 || chip_asks(vcpu->vm));
}

bool intc_pending(struct x86_vcpu *vcpu)
{
	if (vcpu->xen.on && xen_asks(vcpu))
		return true;
	if (!vcpu->intc.there)
		return vcpu->svm.interrupt >= 0;
	return intc_pic_asks(vcpu) || lapic_pending(&vcpu->intc.lapic) >= 0;
}

static int intc_choose(struct x86_vcpu *vcpu)
{
	int vector = vcpu->svm.interrupt;
	u8 xen = xen_asks(vcpu);

	/* as long as the guest leaves the flag set */
	if (xen)
		return xen;

	if (vcpu->intc.there && !intc_pic_asks(vcpu))
		return lapic_acknowledge(&vcpu->intc.lapic);
	/* an event of Xen's may have been all that waited, and its flag is whose memory it is in */
	if (vector < 0)
		return chip_asks(vcpu->vm) ? chip_acknowledge(vcpu->vm) : -1;
	vcpu->svm.interrupt = -1;
	return vector;
}

int intc_take(struct x86_vcpu *vcpu)
{
	int vector = intc_choose(vcpu);

	if (READ_ONCE(vcpu->vm->irq.tick))
		tick_again(vcpu->vm);
	return vector;
}

bool intc_tell(struct x86_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->base.run;

	if (vcpu->intc.ended < 0)
		return vapic_tell(vcpu);
	run->exit_reason = KVM_EXIT_IOAPIC_EOI;
	run->eoi.vector = vcpu->intc.ended;
	vcpu->intc.ended = -1;
	return true;
}

bool intc_vmm_may(const struct x86_vcpu *vcpu)
{
	if (vcpu->svm.interrupt >= 0 || vcpu->vm->irq.kind == IRQ_KERNEL)
		return false;
	return !vcpu->intc.there || lapic_takes_extint(&vcpu->intc.lapic);
}

int intc_extint(struct x86_vcpu *vcpu, u8 vector)
{
	if (vcpu->vm->irq.kind == IRQ_KERNEL)
		return -ENXIO;
	if (vcpu->intc.there && vcpu->svm.interrupt >= 0)
		return -EEXIST;
	vcpu->svm.interrupt = vector;
	return 0;
}

u64 intc_base(const struct x86_vcpu *vcpu)
{
	return vcpu->intc.there ? vcpu->intc.lapic.base : vcpu->svm.apic_base;
}

int intc_set_base(struct x86_vcpu *vcpu, u64 val, bool host)
{
	if (vcpu->intc.there)
		return lapic_write_base(&vcpu->intc.lapic, val, host);
	vcpu->svm.apic_base = val;
	return 0;
}

u64 intc_cr8(const struct x86_vcpu *vcpu)
{
	return vcpu->intc.there ? lapic_cr8(&vcpu->intc.lapic) : vcpu->svm.cr8;
}

void intc_set_cr8(struct x86_vcpu *vcpu, u64 val)
{
	vcpu->svm.cr8 = val;
	if (vcpu->intc.there)
		lapic_set_cr8(&vcpu->intc.lapic, val);
}

bool intc_msr(u32 index)
{
	return index == MSR_IA32_TSC_DEADLINE || (index >= LAPIC_MSR_FIRST && index <= LAPIC_MSR_LAST);
}

int intc_get_msr(struct x86_vcpu *vcpu, u32 index, u64 *val)
{
	struct intc *ic = &vcpu->intc;

	if (index == MSR_IA32_TSC_DEADLINE) {
		*val = ic->there ? lapic_tsc_deadline(&ic->lapic) : 0;
		return 0;
	}
	return ic->there && !lapic_read_msr(&ic->lapic, index, val) ? 0 : -ENOENT;
}

int intc_set_msr(struct x86_vcpu *vcpu, u32 index, u64 val)
{
	struct intc *ic = &vcpu->intc;

	if (index == MSR_IA32_TSC_DEADLINE) {
		if (ic->there)
			lapic_set_tsc_deadline(&ic->lapic, val);
		return 0;
	}
	return ic->there ? lapic_write_msr(&ic->lapic, index, val) : -ENOENT;
}

void intc_tsc_changed(struct x86_vcpu *vcpu)
{
	if (vcpu->intc.there)
		lapic_timer_run(&vcpu->intc.lapic);
}

bool intc_mmio(struct x86_vcpu *vcpu, u64 gpa, unsigned int len, u64 *data, bool write)
{
	struct lapic *a = &vcpu->intc.lapic;

	if (!vcpu->intc.there || !lapic_covers(a, gpa))
		return chip_mmio(vcpu->vm, gpa, len, data, write);
	if (write)
		lapic_mmio_write(a, gpa & 0xfff, len, data);
	else
		lapic_mmio_read(a, gpa & 0xfff, len, data);
	vapic_touch(vcpu, gpa & 0xfff, write);
	return true;
}
