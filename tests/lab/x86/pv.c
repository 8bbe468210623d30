// SPDX-License-Identifier: GPL-2.0
/*
 * Steal time, interrupts that end in memory, and hypercalls, as a guest and its VMM see them.
 */
#ifndef GUEST
#define _GNU_SOURCE
#endif
#include "vmm.h"

enum { WHAT_STEAL, WHAT_SPIN, WHAT_EOI, WHAT_EOI_GONE, WHAT_IPI, WHAT_TARGET, WHAT_PAIR, WHAT_NOTHING };

#define PAGE		4096UL
#define AREA		0x40000000UL	/* a slot of one page */
#define RECORD		(AREA + 64)	/* steal time */
#define ENDS		(AREA + 256)	/* PV EOI */
#define PAIR		(AREA + 512)	/* the two clocks */
#define SHARED		GUEST_FREE

#define PORT_AT		PORT_TEST

#define MSR_STEAL	0x4b564d03
#define MSR_EOI		0x4b564d04
#define MSR_POLL	0x4b564d05

#define HC_KICK		5
#define HC_PAIR		9
#define HC_IPI		10
#define HC_YIELD	11

struct steal {
	uint64_t steal;
	uint32_t version, flags;
	uint8_t preempted;
};

struct pair {
	int64_t sec, nsec;
	uint64_t tsc;
	uint32_t flags, pad[9];
};

struct shared {
	uint32_t ready, taken, nmis, woken;
};

#define VECTOR		0x51

#ifdef GUEST

#define APIC		0xfee00000ul
#define REG_EOI		0xb0
#define REG_SPIV	0xf0
#define REG_ISR		0x100
#define REG_ICR		0x300
#define SELF		(1 << 18)

static volatile struct shared *const s = (void *)SHARED;
static volatile unsigned int in_memory, by_register;
static volatile bool eoi;

static volatile uint32_t *reg(unsigned int r)
{
	return (void *)(APIC + r);
}

/* As Linux does: a bit that is cleared is the end, else the register is written. */
static void end(void)
{
	uint8_t was = 0;

	if (eoi)
		asm volatile("lock btrl $0, %1\n\tsetc %0" : "=q" (was), "+m" (*(uint32_t *)ENDS) : : "memory");
	if (was) {
		in_memory++;
	} else {
		by_register++;
		*reg(REG_EOI) = 0;
	}
}

bool guest_trap(struct guest_frame *f)
{
	if (f->vector == 2) {
		s->nmis++;
		return true;
	}
	if (f->vector < 32)
		return false;
	s->taken++;
	end();
	return true;
}

static int64_t hypercall(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	int64_t ret;

	asm volatile("vmmcall" : "=a" (ret) : "a" (nr), "b" (a), "c" (b), "d" (c), "S" (d) : "memory");
	return ret;
}

static uint64_t spin(void)
{
	const volatile struct steal *st = (void *)RECORD;

	guest_check(guest_wrmsr(MSR_STEAL, RECORD | 1));
	s->ready = 1;
	while (!s->woken) {
		guest_expect(st->preempted, 0);
		s->taken++;
	}
	return 0;
}

static void steal(void)
{
	const volatile struct steal *st = (void *)RECORD;
	uint64_t msr;

	guest_check(!guest_wrmsr(MSR_STEAL, RECORD | 0x21));
	guest_check(guest_wrmsr(MSR_STEAL, RECORD | 1));
	guest_check(guest_rdmsr(MSR_STEAL, &msr));
	guest_expect(msr, RECORD | 1);
	for (;;) {
		guest_expect(st->preempted, 0);
		guest_check(!(st->version & 1));
		guest_say(PORT_AT, st->steal);
	}
}

static void wait_for(volatile uint32_t *what, uint32_t many)
{
	while (*what < many)
		asm volatile("sti\n\tnop\n\tpause" : : : "memory");
}

/* Each self-IPI is taken, and ended once: none is in service afterwards. */
static void ends(bool gone)
{
	unsigned int i;

	*reg(REG_SPIV) = 0x1ff;
	guest_check(!guest_wrmsr(MSR_EOI, ENDS | 3));
	guest_check(guest_wrmsr(MSR_EOI, ENDS | 1));
	eoi = !gone;
	for (i = 0; i < 100; i++) {
		*reg(REG_ICR) = SELF | VECTOR;
		wait_for(&s->taken, i + 1);
		guest_expect(*reg(REG_ISR + VECTOR / 32 * 16) >> VECTOR % 32 & 1, 0);
	}
	/* two at once: the one below must have its end as well */
	if (!gone) {
		asm volatile("cli");
		*reg(REG_ICR) = SELF | VECTOR;
		*reg(REG_ICR) = SELF | (VECTOR + 0x10);
		wait_for(&s->taken, 102);
		guest_expect(*reg(REG_ISR + VECTOR / 32 * 16) >> VECTOR % 32 & 1, 0);
		guest_expect(*reg(REG_ISR + VECTOR / 32 * 16) >> (VECTOR + 0x10) % 32 & 1, 0);
	}
	guest_say(PORT_AT, in_memory);
	guest_say(PORT_AT, by_register);
}

static void target(void)
{
	*reg(REG_SPIV) = 0x1ff;
	s->ready = 1;
	asm volatile("sti");
	while (s->woken < 1)
		asm volatile("pause");
	/* woken without an interrupt */
	asm volatile("cli\n\thlt" : : : "memory");
	s->woken = 2;
}

static void ipi(void)
{
	*reg(REG_SPIV) = 0x1ff;
	while (!s->ready)
		asm volatile("pause");
	guest_expect(hypercall(HC_IPI, 2, 0, 0, VECTOR), 1);
	while (s->taken < 1)
		asm volatile("pause");
	guest_expect(hypercall(HC_IPI, 1, 0, 1, VECTOR), 1);
	while (s->taken < 2)
		asm volatile("pause");
	guest_expect(hypercall(HC_IPI, 2, 0, 0, 0x400), 1);
	while (s->nmis < 1)
		asm volatile("pause");
	/* nobody there; and nobody at all */
	guest_expect(hypercall(HC_IPI, 0xfffffffffffffffc, ~0ul, 0, VECTOR), 0);
	guest_expect(hypercall(HC_IPI, ~0ul, ~0ul, 0xfffffff0, VECTOR), 0);
	guest_check(hypercall(HC_IPI, 2, 0, 0, VECTOR | SELF) < 0);
	guest_expect(hypercall(HC_YIELD, 1, 0, 0, 0), 0);
	guest_expect(hypercall(HC_YIELD, 77, 0, 0, 0), 0);
	s->woken = 1;
	while (s->woken < 2)
		guest_expect(hypercall(HC_KICK, 0, 1, 0, 0), 0);
	guest_expect(hypercall(4711, 0, 0, 0, 0), -1000);
}

static uint64_t tsc(void)
{
	uint32_t lo, hi;

	asm volatile("lfence\n\trdtsc" : "=a" (lo), "=d" (hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static void pair(void)
{
	const volatile struct pair *p = (void *)PAIR;
	uint64_t before = tsc();
	int64_t ret = hypercall(HC_PAIR, PAIR, 0, 0, 0);

	guest_say(PORT_AT, ret);
	guest_check(ret || (before <= p->tsc && p->tsc <= tsc()));
	guest_check(hypercall(HC_PAIR, PAIR, 1, 0, 0) < 0);
	guest_check(hypercall(HC_PAIR, 1ul << 45, 0, 0, 0) < 0);
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	switch (what) {
	case WHAT_STEAL:
		steal();
		break;
	case WHAT_SPIN:
		return spin();
	case WHAT_EOI:
	case WHAT_EOI_GONE:
		ends(what == WHAT_EOI_GONE);
		break;
	case WHAT_IPI:
		ipi();
		break;
	case WHAT_TARGET:
		target();
		break;
	case WHAT_PAIR:
		pair();
		break;
	}
	return 0;
}

#else

#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>

static char *area(struct vmm *v, uint32_t flags)
{
	char *mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || vmm_slot(v, SLOT_TEST, AREA, PAGE, mem, flags))
		die("no slot for the records");
	return mem;
}

static void *run_first(void *arg)
{
	return (void *)(long)vmm_run(arg, 0);
}

static void on_signal(int sig)
{
}

/* Runs the guest for a while, until a signal takes its thread out of it. */
static void interrupt(struct vmm *v)
{
	volatile struct shared *s = (void *)(v->ram + SHARED);
	uint32_t was;
	pthread_t thread;
	void *ret;

	s->ready = 0;
	was = s->taken;
	pthread_create(&thread, NULL, run_first, v);
	while (s->taken == was)
		usleep(100);
	usleep(2000);
	do {
		pthread_kill(thread, SIGUSR1);
		usleep(1000);
	} while (pthread_tryjoin_np(thread, &ret));
	expect((long)ret == -EINTR, "KVM_RUN: %s", result_name((long)ret));
}

/* A vCPU whose thread left the guest between two instructions is preempted; a flush asked for in that byte is taken. */
static void check_preempted(void)
{
	volatile struct steal *st;
	struct shared *s;
	struct vmm v;
	char *mem;
	int i;

	signal(SIGUSR1, on_signal);
	vmm_open(&v, NULL);
	mem = area(&v, 0);
	st = (void *)(mem + (RECORD - AREA));
	s = (void *)(v.ram + SHARED);
	vmm_start(&v, 0, WHAT_SPIN, 0);
	for (i = 0; i < 10; i++) {
		interrupt(&v);
		/* the kernel's marks those only whom the scheduler takes off */
		expect(is_kernels_kvm() || st->preempted == 1, "preempted is %u outside of the guest", st->preempted);
		__atomic_fetch_or(&st->preempted, 2, __ATOMIC_SEQ_CST);
	}
	s->woken = 1;
	vmm_expect_event(&v, 0, PORT_DONE);
	expect(st->preempted == 0, "preempted is %u amid an instruction", st->preempted);
	expect(!(st->version & 1), "version %u", st->version);
	vmm_close(&v);
}

/* A record that says preempted and then loses its memory keeps its guest from running until it is back. */
static void check_record_gone(void)
{
	volatile struct steal *st;
	struct vmm v;
	char *mem;

	if (is_kernels_kvm())
		cannot("it runs the guest all the same");
	signal(SIGUSR1, on_signal);
	vmm_open(&v, NULL);
	mem = area(&v, 0);
	st = (void *)(mem + (RECORD - AREA));
	vmm_start(&v, 0, WHAT_SPIN, 0);
	interrupt(&v);
	expect(!vmm_slot(&v, SLOT_TEST, AREA, 0, NULL, 0), "a slot cannot be deleted");
	expect(vmm_run(&v, 0) == -EFAULT, "it runs though its record says preempted");
	expect(!vmm_slot(&v, SLOT_TEST, AREA, PAGE, mem, 0), "a slot cannot come back");
	interrupt(&v);
	expect(st->preempted == 1, "preempted is %u", st->preempted);
	/* a guest that gives an address without memory runs without */
	expect(!vmm_slot(&v, SLOT_TEST, AREA, 0, NULL, 0), "a slot cannot be deleted");
	expect(!vmm_set_msr(&v, 0, MSR_STEAL, (AREA + 0x100000) | 1), "refused");
	vmm_start(&v, 0, WHAT_NOTHING, 0);
	vmm_expect_event(&v, 0, PORT_DONE);
	vmm_close(&v);
}

/* What is written of stolen time is in the dirty log. */
static void check_steal_dirty(void)
{
	uint64_t bits = 0;
	struct kvm_dirty_log l = { .slot = SLOT_TEST, .dirty_bitmap = &bits };
	struct vmm v;

	vmm_open(&v, NULL);
	area(&v, KVM_MEM_LOG_DIRTY_PAGES);
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_signal }, NULL);
	vmm_start(&v, 0, WHAT_SPIN, 0);
	interrupt(&v);
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	expect(!bits, "dirty, and nobody has run");
	/* its thread leaves the guest, and it is preempted */
	interrupt(&v);
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	expect(bits == 1, "not dirty");
	vmm_close(&v);
}

static volatile bool harming;

static void *harm(void *arg)
{
	char *mem = arg;

	/* a child has the page too, and whoever writes it next gets another */
	while (harming) {
		pid_t child = fork();

		if (!child)
			_exit(mem[0] & 0);
		waitpid(child, NULL, 0);
	}
	return NULL;
}

/* Each interrupt is ended once, in memory or by an exit, while the host takes the page away again and again. */
static void check_eoi(void)
{
	uint64_t in_memory, by_register;
	pthread_t thread;
	struct vmm v;
	char *mem;

	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	mem = area(&v, 0);
	harming = true;
	pthread_create(&thread, NULL, harm, mem);
	vmm_start(&v, 0, WHAT_EOI, 0);
	in_memory = vmm_expect_event(&v, 0, PORT_AT);
	by_register = vmm_expect_event(&v, 0, PORT_AT);
	vmm_expect_event(&v, 0, PORT_DONE);
	harming = false;
	pthread_join(thread, NULL);
	expect(in_memory + by_register == 102, "%lu and %lu ends of 102 interrupts", (long)in_memory, (long)by_register);
	expect(in_memory >= 90, "only %lu in memory", (long)in_memory);
	vmm_close(&v);
}

/* A byte whose bit the guest never looks at ends nothing: the offer is taken back at each exit. */
static void check_eoi_unused(void)
{
	struct vmm v;
	uint64_t ends;

	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	area(&v, 0);
	vmm_start(&v, 0, WHAT_EOI_GONE, 0);
	expect(vmm_expect_event(&v, 0, PORT_AT) == 0, "an end in memory");
	ends = vmm_expect_event(&v, 0, PORT_AT);
	expect(ends == 100, "%lu ends of 100 interrupts", (long)ends);
	vmm_expect_event(&v, 0, PORT_DONE);
	vmm_close(&v);
}

static void *run_second(void *arg)
{
	vmm_expect_event(arg, 1, PORT_DONE);
	return NULL;
}

/* By hypercall: IPIs and NMIs to those of a mask that are there, the CPU lent, a halted vCPU woken. */
static void check_hypercalls(void)
{
	struct kvm_mp_state mp = { .mp_state = KVM_MP_STATE_RUNNABLE };
	pthread_t thread;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2, .irqs = IRQS_KERNEL });
	must(v.cpu[1], KVM_SET_MP_STATE, &mp);
	vmm_start(&v, 1, WHAT_TARGET, 0);
	vmm_start(&v, 0, WHAT_IPI, 0);
	pthread_create(&thread, NULL, run_second, &v);
	vmm_expect_event(&v, 0, PORT_DONE);
	pthread_join(thread, NULL);
	vmm_close(&v);
}

/* The time of day and the TSC of one moment, where the host has both from its TSC. */
static void check_pair(void)
{
	struct timespec t;
	struct pair *p;
	struct vmm v;
	char *mem;

	vmm_open(&v, NULL);
	mem = area(&v, 0);
	p = (void *)(mem + (PAIR - AREA));
	vmm_start(&v, 0, WHAT_PAIR, 0);
	if (vmm_expect_event(&v, 0, PORT_AT))
		cannot("the host's clock is not its TSC");
	vmm_expect_event(&v, 0, PORT_DONE);
	clock_gettime(CLOCK_REALTIME, &t);
	expect(labs(p->sec - t.tv_sec) <= 5 && p->nsec >= 0 && p->nsec < 1000000000, "%ld.%ld, and it is %ld", (long)p->sec,
	       (long)p->nsec, (long)t.tv_sec);
	vmm_close(&v);
}

/* Where the VMM wants it so, a feature that CPUID does not show is not there. */
static void check_enforced(void)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ENFORCE_PV_FEATURE_CPUID, .args = { 1 } };
	uint64_t val;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .no_cpuid = true });
	expect(!vmm_get_msr(&v, 0, MSR_STEAL, &val), "not there, and nothing is enforced");
	must(v.cpu[0], KVM_ENABLE_CAP, &cap);
	expect(is_kernels_kvm() || vmm_get_msr(&v, 0, MSR_STEAL, &val) < 0, "there without CPUID");
	cap.cap = KVM_CAP_NR_VCPUS;
	expect_result(ioctl(v.cpu[0], KVM_ENABLE_CAP, &cap), -EINVAL);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "preempted", check_preempted },
	{ "record-gone", check_record_gone },
	{ "steal-dirty", check_steal_dirty },
	{ "eoi", check_eoi },
	{ "eoi-unused", check_eoi_unused },
	{ "hypercalls", check_hypercalls },
	{ "pair", check_pair },
	{ "enforced", check_enforced },
	{ 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
