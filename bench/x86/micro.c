// SPDX-License-Identifier: GPL-2.0
/*
 * What single exits, faults and records cost on x86-64, in instructions: runs in the emulated server, where the TSC
 * counts them, for guests, too.
 */
#ifndef GUEST
#define _GNU_SOURCE
#endif
#include "vmm.h"
#include "nested.h"

enum {
	WHAT_CPUID, WHAT_HYPERCALL, WHAT_RDMSR, WHAT_WRMSR, WHAT_PIO, WHAT_MMIO_WRITE, WHAT_MMIO_READ, WHAT_TOUCH, WHAT_SELF,
	WHAT_SELF_PV, WHAT_PING, WHAT_PONG, WHAT_STEAL, WHAT_CLOCK, WHAT_NESTED, WHAT_LOADS,
};

#define MEM		0x80000000UL	/* memory that is measured with */
#define PAGE_SIZE	4096UL
#define BLOCK		0x200000UL
#define MIB		0x100000UL
#define LOOPS		500UL
#define RECORD		(GUEST_FREE + 64)	/* of whatever record */

#define MSR_APIC	0x1b
#define MSR_MTRRCAP	0xfe
#define MSR_PAT		0x277
#define MSR_X2_EOI	0x80b
#define MSR_X2_SPIV	0x80f
#define MSR_X2_ICR	0x830
#define MSR_TIME	0x4b564d01
#define MSR_STEAL	0x4b564d03
#define MSR_PV_EOI	0x4b564d04
#define ICR_SELF	0x40000
#define VECTOR		0x55

static inline uint64_t ticks(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a" (lo), "=d" (hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

#ifdef GUEST

static volatile uint64_t taken[2];
static bool pv_eoi;

static void wrmsr(uint32_t msr, uint64_t val)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((uint32_t)val), "d" ((uint32_t)(val >> 32)) : "memory");
}

/* An interrupt ends as in Linux. */
bool guest_trap(struct guest_frame *f)
{
	uint8_t was = 0;

	if (f->vector < VECTOR)
		return false;
	taken[f->vector - VECTOR]++;
	if (pv_eoi)
		asm volatile("btrl $0, %1\n\tsetc %0" : "=q" (was), "+m" (*(uint32_t *)RECORD) : : "memory");
	if (!was)
		wrmsr(MSR_X2_EOI, 0);
	return true;
}

static void x2apic(void)
{
	uint64_t base;

	guest_check(guest_rdmsr(MSR_APIC, &base));
	guest_check(guest_wrmsr(MSR_APIC, base | 0x400));
	guest_check(guest_wrmsr(MSR_X2_SPIV, 0x1ff));
}

/* Interrupts that the vCPU sends to itself, each taken and ended at once. */
static void self(uint64_t n)
{
	uint64_t i;

	asm volatile("sti");
	for (i = 0; i < n; i++) {
		wrmsr(MSR_X2_ICR, ICR_SELF | VECTOR);
		while (taken[0] <= i)
			asm volatile("pause");
	}
	asm volatile("cli");
	taken[0] = 0;
}

/* Two vCPUs, one awake at a time: each is woken by the other, and wakes it. */
static void turns(uint64_t n, unsigned int mine, unsigned int other)
{
	uint64_t i;

	for (i = 0; i < n; i++) {
		if (!mine)
			wrmsr(MSR_X2_ICR, (uint64_t)other << 32 | (VECTOR + other));
		while (taken[mine] <= i)
			asm volatile("sti\n\thlt\n\tcli" : : : "memory");
		if (mine)
			wrmsr(MSR_X2_ICR, (uint64_t)other << 32 | (VECTOR + other));
	}
	taken[mine] = 0;
}

static void l2_calls(uint64_t unused)
{
	for (;;)
		vmmcall();
}

static uint64_t nested(uint64_t n)
{
	uint64_t i, begun;

	l1_prepare(true);
	l1_guest(l2_calls, 0);
	guest_expect(l1_run(), EXIT_VMMCALL);
	begun = ticks();
	for (i = 0; i < n; i++) {
		v_u64(S_RIP) += 3;
		l1_run();
	}
	guest_expect(v_u32(V_EXIT), EXIT_VMMCALL);
	return ticks() - begun;
}

static void loads(uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		asm volatile("vmload %0\n\tvmsave %0" : : "a" (l1_vmcb) : "memory");
}

static void touch(uint64_t arg)
{
	uint64_t i, step = arg & 1 ? BLOCK : PAGE_SIZE;

	for (i = 0; i < arg >> 1; i++)
		*(volatile uint64_t *)(MEM + i * step) = i;
}

static void exits(uint64_t what, uint64_t n)
{
	uint32_t r[4];
	uint64_t i, rax;

	for (i = 0; i < n; i++) {
		if (what == WHAT_CPUID)
			guest_cpuid(0, 0, r);
		else if (what == WHAT_HYPERCALL)
			asm volatile("vmmcall" : "=a" (rax) : "a" (1) : "memory");
		else if (what == WHAT_RDMSR)
			asm volatile("rdmsr" : "=a" (r[0]), "=d" (r[1]) : "c" (MSR_MTRRCAP));
		else
			wrmsr(MSR_PAT, 0x0007040600070406);
	}
}

/* For as long as the VMM likes. */
static void accesses(uint64_t what)
{
	volatile uint32_t *at = (void *)GUEST_DEVICE;

	if (what == WHAT_STEAL)
		guest_check(guest_wrmsr(MSR_STEAL, RECORD | 1));
	if (what == WHAT_CLOCK)
		guest_check(guest_wrmsr(MSR_TIME, RECORD | 1));
	for (;;) {
		if (what == WHAT_MMIO_WRITE)
			*at = 1;
		else if (what == WHAT_MMIO_READ)
			(void)*at;
		else
			guest_say(PORT_TEST, 0);
	}
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	uint64_t begun;

	if (what >= WHAT_SELF && what <= WHAT_PONG)
		x2apic();
	pv_eoi = what == WHAT_SELF_PV;
	if (pv_eoi)
		guest_check(guest_wrmsr(MSR_PV_EOI, RECORD | 1));
	if (what == WHAT_LOADS)
		l1_prepare(true);
	begun = ticks();
	switch (what) {
	case WHAT_CPUID ... WHAT_WRMSR:
		exits(what, arg);
		break;
	case WHAT_TOUCH:
		touch(arg);
		break;
	case WHAT_SELF:
	case WHAT_SELF_PV:
		self(arg);
		break;
	case WHAT_PING:
	case WHAT_PONG:
		turns(arg, what == WHAT_PONG, what == WHAT_PING);
		break;
	case WHAT_NESTED:
		return nested(arg);
	case WHAT_LOADS:
		loads(arg);
		break;
	default:
		accesses(what);
	}
	return ticks() - begun;
}

#else

#include <pthread.h>

#include "../count.h"

static void say(double value, const char *name)
{
	row("instructions", value, "%s", name);
}

/* The cheapest of some, and the first has warmed up. */
static double cheapest(struct vmm *v, uint64_t what, uint64_t n)
{
	uint64_t best = ~0UL, got;
	int i;

	for (i = 0; i < BATCHES; i++) {
		got = vmm_go(v, 0, what, n);
		if (i && got < best)
			best = got;
	}
	return (double)best / n;
}

static void rows_exits(void)
{
	static const struct {
		const char *name;
		uint64_t what;
	} rows[] = {
		{ "exit-cpuid", WHAT_CPUID }, { "exit-hypercall", WHAT_HYPERCALL }, { "exit-rdmsr", WHAT_RDMSR },
		{ "exit-wrmsr", WHAT_WRMSR },
	};
	unsigned int i;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config) { .irqs = IRQS_SPLIT });
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		say(cheapest(&v, rows[i].what, LOOPS), rows[i].name);
	vmm_close(&v);
}

/* KVM_RUNs that each end in an access. Instructions of one, the VMM's own among them. */
static double rounds(struct vmm *v, void (*before)(struct vmm *v))
{
	uint64_t best = ~0UL, begun, took;
	unsigned int i, batch;

	for (batch = 0; batch < 2 * BATCHES; batch++) {
		begun = ticks();
		for (i = 0; i < LOOPS; i++) {
			if (before)
				before(v);
			if (ioctl(v->cpu[0], KVM_RUN, 0) ||
			    (v->run[0]->exit_reason != KVM_EXIT_IO && v->run[0]->exit_reason != KVM_EXIT_MMIO))
				vmm_unexpected(v, 0, "an access is due");
		}
		took = ticks() - begun;
		if (batch && took < best)
			best = took;
	}
	return (double)best / LOOPS;
}

static double rounds_of(uint64_t what, void (*before)(struct vmm *v))
{
	double took;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config) { .irqs = IRQS_SPLIT });
	vmm_start(&v, 0, what, 0);
	took = rounds(&v, before);
	vmm_close(&v);
	return took;
}

/* Two threads that take turns: the one waits for the CPU after the other has woken it. */
static int to_other[2], from_other[2];

static void *take_turns(void *unused)
{
	char c;

	while (read(to_other[0], &c, 1) == 1 && write(from_other[1], &c, 1) == 1)
		;
	return NULL;
}

static void turn(struct vmm *v)
{
	char c = 0;

	if (write(to_other[1], &c, 1) != 1 || read(from_other[0], &c, 1) != 1)
		die("pipe: %s", strerror(errno));
}

static void set_clock(struct vmm *v)
{
	struct kvm_clock_data d = { .clock = 1000000000 };

	must(v->vm, KVM_SET_CLOCK, &d);
}

static void rows_records(void)
{
	double pio = rounds_of(WHAT_PIO, NULL), turned;
	pthread_t thread;

	say(pio, "exit-pio-to-vmm");
	say(rounds_of(WHAT_MMIO_WRITE, NULL), "exit-mmio-write-to-vmm");
	say(rounds_of(WHAT_MMIO_READ, NULL), "exit-mmio-read-to-vmm");
	say(rounds_of(WHAT_STEAL, NULL) - pio, "steal-none");
	say(rounds_of(WHAT_CLOCK, set_clock) - pio, "kvmclock-set-and-update");
	if (pipe(to_other) || pipe(from_other) || pthread_create(&thread, NULL, take_turns, NULL))
		die("another thread: %s", strerror(errno));
	turned = rounds_of(WHAT_PIO, turn);
	say(rounds_of(WHAT_STEAL, turn) - turned, "steal-update");
	close(to_other[1]);
	pthread_join(thread, NULL);
}

static void rows_interrupts(void)
{
	struct vmm v;

	vmm_open(&v, &(struct vmm_config) { .irqs = IRQS_SPLIT });
	say(cheapest(&v, WHAT_SELF, LOOPS), "interrupt-eoi-by-msr");
	say(cheapest(&v, WHAT_SELF_PV, LOOPS), "interrupt-eoi-in-memory");
	vmm_close(&v);
}

static void *pong(void *arg)
{
	vmm_expect_event(arg, 1, PORT_DONE);
	return NULL;
}

static void row_wake(void)
{
	struct kvm_mp_state runnable = { KVM_MP_STATE_RUNNABLE };
	uint64_t best = ~0UL, got;
	pthread_t thread;
	struct vmm v;
	int i;

	vmm_open(&v, &(struct vmm_config) { .cpus = 2, .irqs = IRQS_SPLIT });
	for (i = 0; i < BATCHES; i++) {
		vmm_start(&v, 1, WHAT_PONG, LOOPS);
		must(v.cpu[1], KVM_SET_MP_STATE, &runnable);
		pthread_create(&thread, NULL, pong, &v);
		usleep(20000);		/* it waits */
		got = vmm_go(&v, 0, WHAT_PING, LOOPS);
		pthread_join(thread, NULL);
		if (i && got < best)
			best = got;
	}
	say((double)best / (2 * LOOPS), "exit-hlt-and-wake");
	vmm_close(&v);
}

/* The first touch of memory that is there, in nobody's nested tables. Instructions for each page. */
static double touch(uint64_t bytes, uint64_t leaf)
{
	void *area = mmap(NULL, bytes + BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *mem = (uint8_t *)(((uintptr_t)area + BLOCK - 1) & ~(BLOCK - 1));
	double took;
	struct vmm v;
	uint64_t i;

	if (area == MAP_FAILED || madvise(area, bytes + BLOCK, leaf == BLOCK ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		die("memory: %s", strerror(errno));
	for (i = 0; i < bytes; i += PAGE_SIZE)
		mem[i] = 1;
	vmm_open(&v, NULL);
	if (vmm_slot(&v, SLOT_TEST, MEM, bytes, mem, 0))
		die("no slot");
	vmm_go(&v, 0, WHAT_CPUID, 1);
	took = vmm_go(&v, 0, WHAT_TOUCH, bytes / leaf * 2 | (leaf == BLOCK));
	vmm_close(&v);
	munmap(area, bytes + BLOCK);
	return took * leaf / bytes;
}

static void rows_nested(void)
{
	struct vmm v;

	vmm_open(&v, &(struct vmm_config) { .irqs = IRQS_SPLIT });
	say(cheapest(&v, WHAT_NESTED, LOOPS), "nested-round-trip");
	say(cheapest(&v, WHAT_LOADS, LOOPS), "nested-vmload-vmsave");
	vmm_close(&v);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	feed_entropy();
	rows_exits();
	rows_records();
	rows_interrupts();
	row_wake();
	say(touch(16 * MIB, PAGE_SIZE), "npf-4k");
	say(touch(64 * MIB, BLOCK), "npf-2m");
	rows_nested();
	return 0;
}
#endif
