// SPDX-License-Identifier: GPL-2.0
/*
 * Local APICs in the kernel: their registers, what they deliver, and whom they start and wake.
 */
#include "vmm.h"

enum { WHAT_XAPIC, WHAT_X2APIC, WHAT_PRIORITY, WHAT_TPR, WHAT_COUNT, WHAT_DEADLINE, WHAT_WAIT, WHAT_SLEEP, WHAT_START };

#define PORT_READY	PORT_TEST
#define PORT_STARTED	(PORT_TEST + 1)

#define REG_ID		0x20
#define REG_VERSION	0x30
#define REG_TPR		0x80
#define REG_PPR		0xa0
#define REG_EOI		0xb0
#define REG_SPIV	0xf0
#define REG_ISR		0x100
#define REG_IRR		0x200
#define REG_ICR		0x300
#define REG_ICR2	0x310
#define REG_TIMER	0x320
#define REG_TMICT	0x380
#define REG_TMCCT	0x390
#define REG_TDCR	0x3e0

#define MSR_BASE	0x1b
#define MSR_DEADLINE	0x6e0
#define MSR_X2		0x800
#define APIC		0xfee00000ul

#define SELF		(1 << 18)
#define VECTOR		0x50

#ifdef GUEST

static volatile uint64_t taken[256], order[16], n;
static volatile bool nest;
static bool x2;

static uint32_t get(unsigned int reg)
{
	uint64_t val;

	if (!x2)
		return *(volatile uint32_t *)(APIC + reg);
	guest_check(guest_rdmsr(MSR_X2 + reg / 16, &val));
	return val;
}

static void set(unsigned int reg, uint64_t val)
{
	if (x2)
		guest_check(guest_wrmsr(MSR_X2 + reg / 16, val));
	else
		*(volatile uint32_t *)(APIC + reg) = val;
}

static void send(uint32_t to, uint32_t icr)
{
	if (x2) {
		set(REG_ICR, (uint64_t)to << 32 | icr);
	} else {
		set(REG_ICR2, to << 24);
		set(REG_ICR, icr);
	}
}

static bool in_service(uint8_t vector)
{
	return get(REG_ISR + vector / 32 * 16) >> (vector % 32) & 1;
}

bool guest_trap(struct guest_frame *f)
{
	if (f->vector < 32 && f->vector != 2)
		return false;
	order[n++ % 16] = f->vector;
	if (f->vector == 2) {
		taken[2]++;
		return true;
	}
	guest_check(in_service(f->vector));
	guest_expect(get(REG_PPR), f->vector & 0xf0);
	if (nest && f->vector == VECTOR) {
		/* the higher one now, the lower one and the equal one after this */
		send(0, SELF | (VECTOR + 0x10));
		send(0, SELF | (VECTOR - 0x10));
		send(0, SELF | (VECTOR + 1));
		asm volatile("sti\n\tnop\n\tcli" : : : "memory");
		guest_expect(taken[VECTOR + 0x10], 1);
		guest_expect(taken[VECTOR - 0x10], 0);
		guest_expect(taken[VECTOR + 1], 0);
	}
	taken[f->vector]++;
	set(REG_EOI, 0);
	guest_check(!in_service(f->vector));
	return true;
}

static void begin(void)
{
	uint64_t base;

	guest_check(guest_rdmsr(MSR_BASE, &base));
	guest_check(base & 0x800);
	x2 = base & 0x400;
	set(REG_SPIV, 0x1ff);
}

static void window(void)
{
	asm volatile("sti\n\tnop\n\tcli" : : : "memory");
}

static void halt(void)
{
	asm volatile("sti\n\thlt\n\tcli" : : : "memory");
}

static uint64_t ipis(void)
{
	guest_expect(get(REG_VERSION) & 0xff, 0x14);
	send(0, SELF | VECTOR);
	guest_expect(taken[VECTOR], 0);			/* IF is 0 */
	guest_expect(get(REG_IRR + VECTOR / 32 * 16), 1u << VECTOR % 32);
	window();
	guest_expect(taken[VECTOR], 1);
	guest_expect(get(REG_IRR + VECTOR / 32 * 16), 0);
	send(0, VECTOR + 1);				/* by its ID */
	window();
	guest_expect(taken[VECTOR + 1], 1);
	send(1, VECTOR + 1);				/* to nobody */
	window();
	guest_expect(taken[VECTOR + 1], 1);
	send(0, SELF | VECTOR);
	halt();						/* what is pending ends HLT at once */
	return taken[VECTOR];
}

static uint64_t x2apic(void)
{
	uint64_t val;

	/* not before the mode, none that is not there, and never back to xAPIC */
	guest_check(!guest_rdmsr(MSR_X2 + REG_ID / 16, &val));
	guest_check(guest_wrmsr(MSR_BASE, APIC | 0xd00));
	begin();
	guest_check(x2);
	guest_expect(get(REG_ID), 0);
	guest_check(!guest_rdmsr(MSR_X2 + 0xe, &val));
	guest_check(!guest_wrmsr(MSR_X2 + REG_VERSION / 16, 0));
	guest_check(!guest_wrmsr(MSR_BASE, APIC | 0x900));
	return ipis();
}

static uint64_t priority(void)
{
	nest = true;
	send(0, SELF | VECTOR);
	window();
	window();
	window();
	guest_expect(order[0], VECTOR);
	guest_expect(order[1], VECTOR + 0x10);
	guest_expect(order[2], VECTOR + 1);
	guest_expect(order[3], VECTOR - 0x10);
	return n;
}

static uint64_t tpr(void)
{
	write_reg(VECTOR >> 4, cr8);
	guest_expect(get(REG_TPR), VECTOR & 0xf0);
	send(0, SELF | VECTOR);
	window();
	guest_expect(taken[VECTOR], 0);
	write_reg((VECTOR >> 4) - 1, cr8);
	window();
	guest_expect(taken[VECTOR], 1);
	set(REG_TPR, 0xf0);
	guest_expect(read_reg(cr8), 15);
	send(0, SELF | VECTOR);
	window();
	guest_expect(taken[VECTOR], 1);
	set(REG_TPR, 0);
	window();
	guest_expect(read_reg(cr8), 0);
	return taken[VECTOR];
}

static uint64_t count(void)
{
	set(REG_TDCR, 0xb);
	set(REG_TIMER, VECTOR);
	set(REG_TMICT, 5000000);
	guest_check(get(REG_TMCCT) > 0);
	while (!taken[VECTOR])
		halt();
	guest_expect(get(REG_TMCCT), 0);
	set(REG_TIMER, VECTOR | 1 << 17);		/* again and again */
	set(REG_TMICT, 1000000);
	while (taken[VECTOR] < 4)
		halt();
	set(REG_TMICT, 0);
	return taken[VECTOR];
}

static uint64_t tsc(void)
{
	return __builtin_ia32_rdtsc();
}

static uint64_t deadline(void)
{
	uint64_t then, val;

	set(REG_TIMER, VECTOR | 2 << 17);
	then = tsc() + 20000000;
	guest_check(guest_wrmsr(MSR_DEADLINE, then));
	guest_check(guest_rdmsr(MSR_DEADLINE, &val));
	guest_expect(val, then);
	while (!taken[VECTOR])
		halt();
	guest_check(tsc() >= then);
	guest_check(guest_rdmsr(MSR_DEADLINE, &val));
	guest_expect(val, 0);
	guest_check(guest_wrmsr(MSR_DEADLINE, 1));	/* long ago */
	window();
	return taken[VECTOR];
}

static uint64_t wait(uint64_t vector)
{
	guest_say(PORT_READY, 0);
	while (!taken[vector])
		halt();
	return taken[vector];
}

/* arg: vCPU 1's code is at this page */
static uint64_t start(uint64_t page)
{
	volatile uint32_t *mark = (void *)GUEST_FREE;

	send(1, 0x4500);				/* INIT */
	guest_say(PORT_READY, 0);
	send(1, 0x4600 | page);				/* SIPI */
	while (!*mark)
		asm volatile("pause");
	guest_say(PORT_READY, *mark);
	send(1, 0x4600 | page);				/* it runs: this is nothing to it */
	send(1, 0x4400);				/* NMI */
	while (*mark != 2)
		asm volatile("pause");
	return *mark;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	begin();
	switch (what) {
	case WHAT_XAPIC:
		guest_expect(get(REG_ID), 0);
		return ipis();
	case WHAT_X2APIC:
		return x2apic();
	case WHAT_PRIORITY:
		return priority();
	case WHAT_TPR:
		return tpr();
	case WHAT_COUNT:
		return count();
	case WHAT_DEADLINE:
		return deadline();
	case WHAT_WAIT:
		return wait(arg);
	case WHAT_SLEEP:
		guest_say(PORT_READY, 0);
		/* a step behind STI may be told of only behind the next instruction */
		asm volatile("sti\n\tnop\n\thlt\n\tcli" : : : "memory");
		return taken[arg];
	case WHAT_START:
		return start(arg);
	default:
		return 0;
	}
}

#else

#include <pthread.h>

/* Interrupt controllers are made once, before the first vCPU; what needs them says EINVAL without. */
static void check_create(void)
{
	struct kvm_lapic_state state;
	struct kvm_mp_state mp = { .mp_state = KVM_MP_STATE_HALTED };
	struct vmm v;

	vmm_open(&v, NULL);
	expect_result(ioctl(v.vm, KVM_CREATE_IRQCHIP, 0), -EINVAL);
	expect_result(ioctl(v.cpu[0], KVM_GET_LAPIC, &state), -EINVAL);
	expect_result(ioctl(v.cpu[0], KVM_SET_MP_STATE, &mp), -EINVAL);
	vmm_close(&v);
	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL, .cpus = 2 });
	expect_result(ioctl(v.vm, KVM_CREATE_IRQCHIP, 0), -EEXIST);
	expect_result(ioctl(v.vm, KVM_SET_BOOT_CPU_ID, 1), -EBUSY);
	must(v.cpu[0], KVM_GET_MP_STATE, &mp);
	expect(mp.mp_state == KVM_MP_STATE_RUNNABLE, "the bootstrap processor: %u", mp.mp_state);
	must(v.cpu[1], KVM_GET_MP_STATE, &mp);
	expect(mp.mp_state == KVM_MP_STATE_UNINITIALIZED, "the other: %u", mp.mp_state);
	expect(vmm_sregs(&v, 0).apic_base == (APIC | 0x900), "%#llx", vmm_sregs(&v, 0).apic_base);
	expect(vmm_sregs(&v, 1).apic_base == (APIC | 0x800), "%#llx", vmm_sregs(&v, 1).apic_base);
	vmm_close(&v);
}

static uint64_t go(uint64_t what)
{
	struct vmm v;
	uint64_t ret;

	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL, .deadline = true });
	ret = vmm_go(&v, 0, what, 0);
	vmm_close(&v);
	return ret;
}

static void check_xapic(void)
{
	expect(go(WHAT_XAPIC) == 2, "not two");
}

static void check_x2apic(void)
{
	expect(go(WHAT_X2APIC) == 2, "not two");
}

static void check_priority(void)
{
	expect(go(WHAT_PRIORITY) == 4, "not four");
}

static void check_tpr(void)
{
	expect(go(WHAT_TPR) == 2, "not two");
}

static void check_count(void)
{
	expect(go(WHAT_COUNT) >= 4, "not four");
}

static void check_deadline(void)
{
	expect(go(WHAT_DEADLINE) == 2, "not two");
}

struct runner {
	struct vmm *v;
	unsigned int cpu;
	uint64_t val;
	pthread_t thread;
};

static void *run(void *arg)
{
	struct runner *r = arg;

	r->val = vmm_expect_event(r->v, r->cpu, PORT_DONE);
	return NULL;
}

static void run_beside(struct runner *r)
{
	if (pthread_create(&r->thread, NULL, run, r))
		die("pthread_create");
}

static void run_end(struct runner *r)
{
	pthread_join(r->thread, NULL);
}

/* A VMM's MSI wakes who sleeps in HLT, and the call says that it was taken. */
static void check_msi(void)
{
	struct kvm_msi msi = { .address_lo = APIC, .data = VECTOR };
	struct vmm v;
	struct runner r = { .v = &v };

	vmm_open(&v, NULL);
	expect_result(ioctl(v.vm, KVM_SIGNAL_MSI, &msi), -EINVAL);
	vmm_close(&v);
	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	vmm_start(&v, 0, WHAT_WAIT, VECTOR);
	vmm_expect_event(&v, 0, PORT_READY);
	run_beside(&r);
	usleep(100000);
	expect_result(ioctl(v.vm, KVM_SIGNAL_MSI, &msi), 1);
	run_end(&r);
	expect(r.val == 1, "%lu interrupts", (long)r.val);
	msi.address_lo = APIC | 7 << 12;	/* nobody's */
	expect(ioctl(v.vm, KVM_SIGNAL_MSI, &msi) <= 0, "an interrupt to nobody is taken");
	vmm_close(&v);
}

static uint32_t mp_state(struct vmm *v, unsigned int cpu)
{
	struct kvm_mp_state mp;

	must(v->cpu[cpu], KVM_GET_MP_STATE, &mp);
	return mp.mp_state;
}

/* In real mode at CS:0: say so, and wait for an NMI, whose handler says so again. */
static void write_start(struct vmm *v, uint64_t at)
{
	static const uint8_t code[] = {
		0x31, 0xc0,			/* xor ax, ax */
		0x8e, 0xd8,			/* mov ds, ax */
		0x8e, 0xd0,			/* mov ss, ax */
		0xbc, 0x00, 0xa0,		/* mov sp, a000 */
		0xba, 0x09, 0x02,		/* mov dx, PORT_STARTED */
		0xee,				/* out dx, al */
		0xf4,				/* hlt */
		0xeb, 0xfd,			/* jmp hlt */
	};
	static const uint8_t nmi[] = {
		0xba, 0x08, 0x02,		/* mov dx, PORT_READY */
		0xee,				/* out dx, al */
		0xcf,				/* iret */
	};
	uint16_t *vector = (void *)(v->ram + 2 * 4);

	memcpy(v->ram + at, code, sizeof(code));
	memcpy(v->ram + at + 0x100, nmi, sizeof(nmi));
	vector[0] = 0x100;
	vector[1] = at >> 4;
}

static void *run_started(void *arg)
{
	struct runner *r = arg;
	volatile uint32_t *mark = (void *)(r->v->ram + GUEST_FREE);

	vmm_expect_event(r->v, 1, PORT_STARTED);
	r->val = vmm_sregs(r->v, 1).cs.base;
	*mark = 1;
	vmm_expect_event(r->v, 1, PORT_READY);
	*mark = 2;
	return NULL;
}

/* INIT and SIPI of one vCPU start another at the page that the SIPI names, and an NMI ends its HLT. */
static void check_start(void)
{
	struct vmm v;
	struct runner r = { .v = &v, .cpu = 1 };

	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL, .cpus = 2 });
	write_start(&v, GUEST_LOW);
	vmm_start(&v, 0, WHAT_START, GUEST_LOW >> 12);
	vmm_expect_event(&v, 0, PORT_READY);
	expect(mp_state(&v, 1) == KVM_MP_STATE_INIT_RECEIVED, "after INIT: %u", mp_state(&v, 1));
	if (pthread_create(&r.thread, NULL, run_started, &r))
		die("pthread_create");
	expect(vmm_expect_event(&v, 0, PORT_READY) == 1, "it did not say that it is started");
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 2, "it did not take the NMI");
	run_end(&r);
	expect(r.val == GUEST_LOW, "it began at %#lx", (long)r.val);
	expect(mp_state(&v, 1) == KVM_MP_STATE_RUNNABLE, "after all: %u", mp_state(&v, 1));
	vmm_close(&v);
}

/* A vCPU that sleeps in HLT says so, and the VMM can put one to sleep and wake it. */
static void check_halted(void)
{
	struct kvm_msi msi = { .address_lo = APIC, .data = VECTOR };
	struct kvm_mp_state mp = { .mp_state = 77 };
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	vmm_start(&v, 0, WHAT_WAIT, VECTOR);
	vmm_expect_event(&v, 0, PORT_READY);
	mp.mp_state = KVM_MP_STATE_HALTED;
	expect_result(ioctl(v.cpu[0], KVM_SET_MP_STATE, &mp), 0);
	expect(mp_state(&v, 0) == KVM_MP_STATE_HALTED, "%u", mp_state(&v, 0));
	v.run[0]->immediate_exit = 1;
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	v.run[0]->immediate_exit = 0;
	mp.mp_state = KVM_MP_STATE_RUNNABLE;
	expect_result(ioctl(v.cpu[0], KVM_SET_MP_STATE, &mp), 0);
	expect_result(ioctl(v.vm, KVM_SIGNAL_MSI, &msi), 1);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 1, "not one");
	vmm_close(&v);
}

/* What KVM_GET_LAPIC says of a busy one makes another do what this one would. */
static void check_state(void)
{
	struct kvm_msi msi = { .address_lo = APIC, .data = VECTOR };
	struct kvm_lapic_state a, b;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	vmm_start(&v, 0, WHAT_WAIT, VECTOR);
	vmm_expect_event(&v, 0, PORT_READY);
	must(v.cpu[0], KVM_GET_LAPIC, &a);
	expect_result(ioctl(v.vm, KVM_SIGNAL_MSI, &msi), 1);
	must(v.cpu[0], KVM_GET_LAPIC, &b);
	expect(*(uint32_t *)(b.regs + REG_IRR + VECTOR / 32 * 16) == 1U << VECTOR % 32, "IRR does not show it");
	must(v.cpu[0], KVM_SET_LAPIC, &a);
	must(v.cpu[0], KVM_SET_LAPIC, &b);
	must(v.cpu[0], KVM_GET_LAPIC, &a);
	expect(!memcmp(&a, &b, sizeof(a)), "another than what was set");
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 1, "not one");
	vmm_close(&v);
}

/* A VMM that steps over HLT hears of it at once, and the guest sleeps until its interrupt comes. */
static void check_step(void)
{
	struct kvm_guest_debug debug = { .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP };
	struct kvm_msi msi = { .address_lo = APIC, .data = VECTOR };
	struct kvm_regs before, after;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	vmm_start(&v, 0, WHAT_SLEEP, VECTOR);
	vmm_expect_event(&v, 0, PORT_READY);
	must(v.cpu[0], KVM_SET_GUEST_DEBUG, &debug);
	do {
		before = vmm_regs(&v, 0);
		vmm_exit(&v, 0, KVM_EXIT_DEBUG);
		after = vmm_regs(&v, 0);
	} while (v.ram[before.rip] != 0xf4);
	expect(after.rip == before.rip + 1, "%#llx, not behind HLT", after.rip);
	expect(mp_state(&v, 0) == KVM_MP_STATE_HALTED, "%u", mp_state(&v, 0));
	debug.control = 0;
	must(v.cpu[0], KVM_SET_GUEST_DEBUG, &debug);
	expect_result(ioctl(v.vm, KVM_SIGNAL_MSI, &msi), 1);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 1, "not one");
	vmm_close(&v);
}

static uint32_t state_id(struct vmm *v, unsigned int cpu)
{
	struct kvm_lapic_state state;

	must(v->cpu[cpu], KVM_GET_LAPIC, &state);
	return *(uint32_t *)(state.regs + REG_ID);
}

/* KVM_CAP_X2APIC_API counts for vCPUs that are there already: an x2APIC's ID has 32 bits. */
static void check_wide_ids(void)
{
	struct vmm v;
	uint64_t base;

	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL, .cpus = 2 });
	expect_result(vmm_get_msr(&v, 1, MSR_BASE, &base), 0);
	expect_result(vmm_set_msr(&v, 1, MSR_BASE, base | 0x400), 0);
	expect(state_id(&v, 1) == 1 << 24, "%#x", state_id(&v, 1));
	expect_result(vmm_enable(&v, v.vm, KVM_CAP_X2APIC_API, 1 << 7), -EINVAL);
	expect_result(vmm_enable(&v, v.vm, KVM_CAP_X2APIC_API, KVM_X2APIC_API_USE_32BIT_IDS), 0);
	expect(state_id(&v, 1) == 1, "%#x", state_id(&v, 1));
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "create", check_create }, { "xapic", check_xapic }, { "x2apic", check_x2apic },
	{ "priority", check_priority }, { "tpr", check_tpr }, { "count", check_count },
	{ "deadline", check_deadline }, { "msi", check_msi }, { "start", check_start },
	{ "halted", check_halted }, { "state", check_state },
	{ "step", check_step }, { "wide-ids", check_wide_ids }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
