// SPDX-License-Identifier: GPL-2.0
/*
 * The PIT in the kernel: its interrupts by I/O APIC and PIC, ticks that are owed, its counts and outputs, its state.
 */
#include "guest/chips.h"
#include "vmm.h"

enum { WHAT_TICKS, WHAT_PIC, WHAT_ONCE, WHAT_COUNTS, WHAT_LATE, WHAT_LISTEN };

#define PORT_READY	PORT_TEST

#define REG_EOI		0xb0
#define REG_SPIV	0xf0
#define REG_LINT0	0x350
#define TICK		0x51
#define PIC_BASE	0x70
#define HZ_1000		1193		/* a millisecond */
#define LATE_MS		100

#ifdef GUEST

static volatile uint64_t taken[256];

bool guest_trap(struct guest_frame *f)
{
	if (f->vector < 32)
		return false;
	taken[f->vector]++;
	if (f->vector == PIC_BASE)
		out(0x20, 0x20);
	else
		apic(REG_EOI, 0);
	return true;
}

static void window(void)
{
	asm volatile("sti\n\tnop\n\tcli" : : : "memory");
}

static void load(unsigned int channel, unsigned int mode, uint16_t count)
{
	out(0x43, channel << 6 | 0x30 | mode << 1);
	out(0x40 + channel, count);
	out(0x40 + channel, count >> 8);
}

static uint16_t count(unsigned int channel)
{
	uint8_t low;

	out(0x43, channel << 6);
	low = in(0x40 + channel);
	return low | in(0x40 + channel) << 8;
}

/* By channel 2 and the speaker's port, as kernels measure their TSC. */
static void pass(unsigned int ms)
{
	for (; ms; ms -= ms < 50 ? ms : 50) {
		out(0x61, 1);
		load(2, 0, (ms < 50 ? ms : 50) * HZ_1000);
		while (!(in(0x61) & 0x20))
			;
	}
}

static void listen(void)
{
	apic(REG_SPIV, 0x1ff);
	apic(REG_LINT0, 0x10000);
	ioapic(0x11, 0);
	ioapic(0x10, TICK);
}

static void wait_for(unsigned int vector, uint64_t n)
{
	while (taken[vector] < n)
		asm volatile("sti\n\thlt\n\tcli" : : : "memory");
}

static uint64_t by_pic(uint64_t n)
{
	apic(REG_SPIV, 0x1ff);
	apic(REG_LINT0, 7 << 8);
	out(0x20, 0x11);
	out(0x21, PIC_BASE);
	out(0x21, 4);
	out(0x21, 1);
	out(0x21, 0xfe);
	load(0, 3, HZ_1000);
	wait_for(PIC_BASE, n);
	return n;
}

/* One shot, and never again. */
static uint64_t once(void)
{
	load(0, 0, 5 * HZ_1000);
	wait_for(TICK, 1);
	pass(30);
	window();
	return taken[TICK];
}

/* What counts goes down at its rate, and its output changes at the end. */
static uint64_t counts(void)
{
	unsigned int i, n;
	uint16_t was, is;

	out(0x61, 0);
	load(2, 0, 0xffff);
	guest_expect(in(0x61) & 0x21, 0);
	out(0x61, 1);
	load(2, 0, 0xffff);
	/* around, too: a host may be slow */
	for (i = n = 0, was = 0xffff; i < 100; i++, was = is) {
		is = count(2);
		guest_check((uint16_t)(was - is) < 0x8000);
		n += was != is;
	}
	guest_check(n > 10);
	load(2, 0, 20);
	for (n = 0; !(in(0x61) & 0x20); n++)
		guest_check(n < 100000);
	guest_expect(in(0x61) & 0x21, 0x21);
	/* status by read-back: output high, both halves, mode 0 */
	out(0x43, 0xe8);
	guest_expect(in(0x42), 0xb0);
	load(1, 2, 1000);
	out(0x43, 0xe4);
	guest_expect(in(0x41) & 0x3f, 0x34);
	for (i = 0; i < 100; i++) {
		is = count(1);
		guest_check(is && is <= 1000);
	}
	/* a latched count stands until it is read */
	out(0x43, 0x40);
	was = in(0x41);
	pass(1);
	was |= in(0x41) << 8;
	guest_check(was && was <= 1000);
	/* decimal: no digit above 9 */
	out(0x43, 0x35 | 1 << 6);
	out(0x41, 0x00);
	out(0x41, 0x10);
	return 0;
}

/* Interrupts are off for a hundred ticks; then those that were owed come at once. */
static uint64_t late(void)
{
	unsigned int i;

	load(0, 2, HZ_1000);
	guest_say(PORT_READY, 0);
	for (i = 0; i < 20; i++) {
		window();
		pass(1);
	}
	window();
	out(0x43, 0x3a);	/* mode 5, which never comes: no more */
	out(0x40, 1);
	out(0x40, 0);
	return taken[TICK];
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	if (what != WHAT_PIC)
		listen();
	switch (what) {
	case WHAT_TICKS:
		load(0, 2, HZ_1000);
		wait_for(TICK, arg);
		return arg;
	case WHAT_PIC:
		return by_pic(arg);
	case WHAT_ONCE:
		return once();
	case WHAT_COUNTS:
		return counts();
	case WHAT_LATE:
		return late();
	default:
		wait_for(TICK, arg);
		return arg;
	}
}

#else

#include <time.h>

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void open_with_pit(struct vmm *v, uint32_t flags)
{
	struct kvm_pit_config c = { .flags = flags };

	vmm_open(v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	must(v->vm, KVM_CREATE_PIT2, &c);
}

/* No tick is early; how late they are is the host's. */
static void ticks(uint64_t what, const char *by)
{
	struct kvm_pit_state2 s;
	const unsigned int n = 50;
	struct vmm v;
	double begun;

	open_with_pit(&v, KVM_PIT_SPEAKER_DUMMY);
	begun = seconds();
	expect(vmm_go(&v, 0, what, n) == n, "by %s: not %u", by, n);
	expect(seconds() - begun >= (n - 1) / 1000., "%u ms by %s took %.4f s", n, by, seconds() - begun);
	must(v.vm, KVM_GET_PIT2, &s);
	expect(s.channels[0].count == HZ_1000 && s.channels[0].mode == (what == WHAT_PIC ? 3 : 2), "count %u, mode %u",
	       s.channels[0].count, s.channels[0].mode);
	vmm_close(&v);
}

static void check_ticks(void)
{
	ticks(WHAT_TICKS, "the I/O APIC");
	ticks(WHAT_PIC, "the PIC");
}

static void check_once(void)
{
	struct vmm v;
	uint64_t n;

	open_with_pit(&v, KVM_PIT_SPEAKER_DUMMY);
	n = vmm_go(&v, 0, WHAT_ONCE, 0);
	expect(n == 1, "%lu interrupts", (long)n);
	vmm_close(&v);
}

static void check_counts(void)
{
	struct kvm_pit_state2 s;
	struct vmm v;

	open_with_pit(&v, KVM_PIT_SPEAKER_DUMMY);
	vmm_go(&v, 0, WHAT_COUNTS, 0);
	must(v.vm, KVM_GET_PIT2, &s);
	expect(s.channels[1].bcd == 1 && s.channels[1].count == 0x1000 && s.channels[2].gate == 1, "bcd %u, count %#x, gate %u",
	       s.channels[1].bcd, s.channels[1].count, s.channels[2].gate);
	vmm_close(&v);
}

/* With the interrupts off for LATE_MS, as many come as ticks have passed; without reinjection those that could not are lost. */
static uint64_t taken_late(bool reinject)
{
	struct kvm_reinject_control c = { .pit_reinject = reinject };
	struct vmm v;
	uint64_t n;

	open_with_pit(&v, KVM_PIT_SPEAKER_DUMMY);
	must(v.vm, KVM_REINJECT_CONTROL, &c);
	vmm_start(&v, 0, WHAT_LATE, 0);
	vmm_expect_event(&v, 0, PORT_READY);
	usleep(LATE_MS * 1000);
	n = vmm_expect_event(&v, 0, PORT_DONE);
	vmm_close(&v);
	return n;
}

static void check_late(void)
{
	uint64_t with = taken_late(true), without = taken_late(false);

	expect(with >= LATE_MS, "%lu ticks of at least %d", (long)with, LATE_MS);
	expect(without < LATE_MS && without, "%lu ticks without reinjection", (long)without);
}

/* A VM that is given another one's state ticks on, without its guest having set anything up; with an HPET it does not. */
static void check_state(void)
{
	struct kvm_pit_state2 s, t;
	struct vmm v;

	open_with_pit(&v, KVM_PIT_SPEAKER_DUMMY);
	vmm_go(&v, 0, WHAT_TICKS, 3);
	must(v.vm, KVM_GET_PIT2, &s);
	vmm_close(&v);
	expect(s.flags == 0 && !s.reserved[0] && !s.reserved[8], "flags %#x", s.flags);
	open_with_pit(&v, KVM_PIT_SPEAKER_DUMMY);
	s.flags = KVM_PIT_FLAGS_HPET_LEGACY;
	must(v.vm, KVM_SET_PIT2, &s);
	must(v.vm, KVM_GET_PIT2, &t);
	expect(t.flags == KVM_PIT_FLAGS_HPET_LEGACY, "flags %#x", t.flags);
	must(v.vm, KVM_GET_PIT, &t);
	expect(t.channels[0].count == HZ_1000 && t.channels[0].mode == 2, "count %u, mode %u", t.channels[0].count, t.channels[0].mode);
	s.flags = 0;
	must(v.vm, KVM_SET_PIT2, &s);
	expect(vmm_go(&v, 0, WHAT_LISTEN, 5) == 5, "not five");
	vmm_close(&v);
}

/* Made once, and only beside the PIC and the I/O APIC; the speaker's port is the VMM's unless it says otherwise. */
static void check_calls(void)
{
	static char zeroes[256];
	static const unsigned long calls[] = { KVM_GET_PIT, KVM_SET_PIT, KVM_GET_PIT2, KVM_SET_PIT2, KVM_REINJECT_CONTROL };
	struct kvm_pit_config c = { };
	struct kvm_run *run;
	struct vmm v;
	unsigned int i;

	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		expect_result(ioctl(v.vm, calls[i], zeroes), -ENXIO);
	expect_result(ioctl(v.vm, KVM_CREATE_PIT2, NULL), -EFAULT);
	expect_result(ioctl(v.vm, KVM_CREATE_PIT2, &c), 0);
	expect_result(ioctl(v.vm, KVM_CREATE_PIT2, &c), -EEXIST);
	expect_result(ioctl(v.vm, KVM_CREATE_PIT, 0), -EEXIST);
	vmm_start(&v, 0, WHAT_COUNTS, 0);
	run = vmm_exit(&v, 0, KVM_EXIT_IO);
	expect(run->io.port == 0x61 && run->io.direction == KVM_EXIT_IO_OUT, "port %#x", run->io.port);
	vmm_close(&v);
	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_SPLIT });
	expect_result(ioctl(v.vm, KVM_CREATE_PIT2, &c), -ENOENT);
	vmm_close(&v);
	vmm_open(&v, NULL);
	expect_result(ioctl(v.vm, KVM_CREATE_PIT2, &c), -ENOENT);
	for (i = KVM_CAP_PIT2; i <= KVM_CAP_PIT_STATE2; i += KVM_CAP_PIT_STATE2 - KVM_CAP_PIT2)
		expect(vmm_cap(&v, i) == 1, "capability %u", i);
	expect(vmm_cap(&v, KVM_CAP_PIT) == 1 && vmm_cap(&v, KVM_CAP_REINJECT_CONTROL) == 1, "capabilities");
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "ticks", check_ticks }, { "once", check_once }, { "counts", check_counts }, { "late", check_late },
	{ "state", check_state }, { "calls", check_calls }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
