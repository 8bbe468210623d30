// SPDX-License-Identifier: GPL-2.0
/*
 * The x86-64 guest under stress. Each round L2 stays once, or twice where the MSR map says so this time; then an interrupt
 * ends in memory, an event comes through Xen's pages, and the records of the time, of stolen time and of Xen's times are looked at.
 * Whatever the hypervisor reads late or writes to a page that is no longer there shows in the next line.
 */
#include "vmm.h"
#include "nested.h"
#include "guest/pvclock.h"
#include "hot.h"

#define MSR_APIC	0x1b
#define MSR_X2_EOI	0x80b
#define MSR_X2_SPIV	0x80f
#define MSR_X2_ISR	0x810
#define MSR_X2_ICR	0x830
#define MSR_STEAL	0x4b564d03
#define MSR_PV_EOI	0x4b564d04
#define ICR_SELF	0x40000
#define RFLAGS_IF	(1 << 9)
#define VECTOR		0x55
#define CALL_EVENT	32
#define CALL_EVENT_SEND	4

/* The MSR map's byte and bit for a write of KERNEL_GS_BASE. */
#define GS_BYTE		(0x800 + 0x102 * 2 / 8)
#define GS_WRITE	0x20

#define hot(page, off, type)	VMCB((void *)HOT(page), off, type)

struct steal {
	uint64_t steal;
	uint32_t version, flags;
	uint8_t preempted;
};

struct times {
	uint32_t state, pad;
	uint64_t entry, time[4];
} __attribute__((packed, aligned(4)));

#define RUNSTATE_UPDATE	(1UL << 63)	/* of the entry: it is being written */

static volatile uint64_t taken, events;

static void expect_is(unsigned int what, uint64_t is, uint64_t want)
{
	if (is == want)
		return;
	guest_say(HOT_WRONG, what);
	guest_say(HOT_IS, is);
	guest_say(HOT_WANT, want);
}

/* Where no port is set that anybody sends on, it is told. */
static void take_word(unsigned int word)
{
	uint64_t bits = __atomic_exchange_n(&hot(HOT_SHARED, XEN_PENDING + word * 8, uint64_t), 0, __ATOMIC_SEQ_CST);

	if (word == VMM_PORT / 64 && bits == 1UL << VMM_PORT % 64) {
		guest_say(HOT_HEARD, 1);
		return;
	}
	/* a word may be looked at twice: its flag is raised behind its bit */
	if (bits)
		expect_is(WRONG_ELSE, bits, word && word <= LEADS ? 1UL << LED(word) % 64 : 0);
	events += !!bits;
}

static void take_events(void)
{
	uint64_t words;

	__atomic_store_n(&hot(HOT_INFO, 0, uint8_t), 0, __ATOMIC_SEQ_CST);
	words = __atomic_exchange_n(&hot(HOT_INFO, XEN_SELECT, uint64_t), 0, __ATOMIC_SEQ_CST);
	for (; words; words &= words - 1)
		take_word(__builtin_ctzl(words));
}

bool guest_trap(struct guest_frame *f)
{
	uint8_t was;

	if (f->vector != VECTOR && f->vector != HOT_UPCALL)
		return false;
	/*
	 * QEMU 7.2 tells of an event as not delivered when an exit comes right behind its delivery: then it comes twice, whichever
	 * hypervisor runs, and the second time mostly in its handler, where interrupts are off.
	 */
	if (!(f->rflags & RFLAGS_IF))
		return true;
	if (f->vector == HOT_UPCALL) {
		take_events();
		return true;
	}
	taken++;
	asm volatile("lock btrl $0, %1\n\tsetc %0" : "=q" (was), "+m" (hot(HOT_EOI, 0, uint32_t)) : : "memory");
	if (!was)
		guest_wrmsr(MSR_X2_EOI, 0);
	return true;
}

/* RAX is the round: for a while in L2's own page, then an MSR, then 3 * RAX + 1 for L1. */
asm(".pushsection .text\n"
	"l2_round:\n\t"
	"mov %rax, %rbx\n\t"
	"mov $0x20006000, %rsi\n\t"
	"mov $300, %ecx\n"
	"1:\n\t"
	"mov %rbx, 8(%rsi)\n\t"
	"cmp %rbx, 8(%rsi)\n\t"
	"jne 2f\n\t"
	"loop 1b\n\t"
	"lock incq (%rsi)\n"
	"2:\n\t"
	"mov $0xc0000102, %ecx\n\t"
	"mov %ebx, %eax\n\t"
	"xor %edx, %edx\n\t"
	"wrmsr\n\t"
	"lea 1(%rbx,%rbx,2), %rax\n\t"
	"vmmcall\n\t"
	"ud2\n"
	".popsection");
extern const char l2_round[];
_Static_assert(HOT(HOT_DATA) == 0x20006000, "L2's page");

static void copy(unsigned int page, const void *from, unsigned int pages)
{
	uint64_t *to = (uint64_t *)HOT(page);
	unsigned int i;

	for (i = 0; i < pages * 512; i++)
		to[i] = ((const uint64_t *)from)[i];
}

static void prepare(void)
{
	uint64_t base;

	l1_prepare(true);
	l1_intercept(EXIT_MSR, true);
	l1_guest((void (*)(uint64_t))(uintptr_t)l2_round, 0);
	v_u64(V_MSRPM) = HOT(HOT_MSRPM);
	v_u64(V_IOPM) = HOT(HOT_IOPM);
	copy(HOT_VMCB, l1_vmcb, 1);
	copy(HOT_MSRPM, l1_msrpm, 2);
	copy(HOT_IOPM, l1_iopm, 3);
	guest_check(guest_rdmsr(MSR_APIC, &base));
	guest_check(guest_wrmsr(MSR_APIC, base | 0x400));
	guest_check(guest_wrmsr(MSR_X2_SPIV, 0x1ff));
	guest_check(guest_wrmsr(MSR_TIME, HOT(HOT_CLOCK) | 1));
	guest_check(guest_wrmsr(MSR_PV_EOI, HOT(HOT_EOI) | 1));
	guest_check(guest_wrmsr(MSR_STEAL, HOT(HOT_STEAL) | 1));
	/* no wall clock, which nobody writes again: like the empty pages most of the time */
	hot(HOT_SHARED, XEN_WALL, uint64_t) = 0;
	hot(HOT_SHARED, XEN_WALL + 8, uint64_t) = 0;
}

/* L2 stays; L1 changes its mind about the MSR each time. */
static void stay(uint64_t i)
{
	bool asked = i & 1;
	uint64_t gs;

	if (asked)
		hot(HOT_MSRPM, GS_BYTE, uint8_t) |= GS_WRITE;
	else
		hot(HOT_MSRPM, GS_BYTE, uint8_t) &= ~GS_WRITE;
	guest_wrmsr(MSR_KERNEL_GS, 0);
	hot(HOT_VMCB, S_RIP, uint64_t) = (uintptr_t)l2_round;
	hot(HOT_VMCB, S_RAX, uint64_t) = i;
	if (asked) {
		expect_is(WRONG_EXIT, l1_run_at((void *)HOT(HOT_VMCB)), EXIT_MSR);
		expect_is(WRONG_RAX, hot(HOT_VMCB, S_RAX, uint64_t), (uint32_t)i);
		hot(HOT_VMCB, S_RIP, uint64_t) += 2;
	}
	expect_is(WRONG_EXIT, l1_run_at((void *)HOT(HOT_VMCB)), EXIT_VMMCALL);
	expect_is(WRONG_RAX, hot(HOT_VMCB, S_RAX, uint64_t), 3 * i + 1);
	expect_is(WRONG_DATA, hot(HOT_DATA, 0, uint64_t), i);
	guest_rdmsr(MSR_KERNEL_GS, &gs);
	expect_is(WRONG_GS, gs, asked ? 0 : (uint32_t)i);
}

static void interrupt(uint64_t i)
{
	unsigned int n;
	uint64_t isr;

	guest_wrmsr(MSR_X2_ICR, ICR_SELF | VECTOR);
	for (n = 0; n < 1000 && taken < i; n++)
		asm volatile("sti\n\tnop\n\tcli" : : : "memory");
	/* one that is lost is wrong; of some sixty thousand a few come twice, on the kernel's KVM as well: guest_trap() */
	expect_is(WRONG_TAKEN, taken < i ? taken : i, i);
	taken = i;
	guest_rdmsr(MSR_X2_ISR + VECTOR / 32, &isr);
	expect_is(WRONG_IN_SERVICE, isr, 0);
}

/* The guest sends itself an event: its bits are there, and it comes once. */
static void event(uint64_t i)
{
	static uint32_t port;
	unsigned int n, led;
	int64_t ret;

	port = 1 + i % LEADS;
	led = LED(port);
	asm volatile("vmmcall" : "=a" (ret) : "a" (CALL_EVENT), "D" (CALL_EVENT_SEND), "S" (&port) : "memory");
	expect_is(WRONG_PENDING, ret, 0);
	expect_is(WRONG_PENDING, hot(HOT_SHARED, XEN_PENDING + port * 8, uint64_t), 1UL << led % 64);
	expect_is(WRONG_PENDING, hot(HOT_INFO, 0, uint8_t), 1);
	expect_is(WRONG_PENDING, hot(HOT_INFO, XEN_SELECT, uint64_t) >> port & 1, 1);
	for (n = 0; n < 1000 && events < i; n++)
		asm volatile("sti\n\tnop\n\tcli" : : : "memory");
	expect_is(WRONG_EVENTS, events, i);
	events = i;
}

/* By the update's protocol; from this vCPU it is whole in any case. */
static void times(void)
{
	static uint64_t last;
	const volatile struct times *t = (void *)HOT_TIMES;
	uint64_t entry, sum;
	uint32_t state;

	do {
		entry = t->entry;
		state = t->state;
		sum = t->time[0] + t->time[1] + t->time[2] + t->time[3];
	} while (entry != t->entry || entry & RUNSTATE_UPDATE);
	expect_is(WRONG_RUNNING, state, 0);
	expect_is(WRONG_SUM, sum, entry);
	if (entry < last)
		expect_is(WRONG_ENTRY, entry, last);
	last = entry;
}

/* Both records of the time are of one clock. */
static void tells_time(const volatile struct pvclock *c)
{
	static uint64_t last;
	uint64_t now = pvclock_read(c);

	if (now < last)
		expect_is(WRONG_TIME, now, last);
	last = now;
}

static void records(void)
{
	static uint64_t stolen;
	const volatile struct steal *s = (void *)HOT(HOT_STEAL);
	uint64_t now;

	tells_time((void *)HOT(HOT_CLOCK));
	tells_time((void *)(HOT(HOT_INFO) + XEN_TIME));
	tells_time((void *)HOT(HOT_CLOCK));
	times();
	expect_is(WRONG_PREEMPTED, s->preempted, 0);
	expect_is(WRONG_VERSION, s->version & 1, 0);
	now = s->steal;
	if (now < stolen)
		expect_is(WRONG_STEAL, now, stolen);
	stolen = now;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	uint64_t i;

	prepare();
	for (i = 1; i % TELL_ROUNDS || !guest_ask(HOT_STOP); i++) {
		stay(i);
		interrupt(i);
		event(i);
		records();
		if (i % TELL_ROUNDS == 0)
			guest_say(HOT_ROUNDS, TELL_ROUNDS);
	}
	return 0;
}
