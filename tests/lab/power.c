// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's power: its registers between CPU_ON and KVM_RUN, and what happens when it is
 * turned on, off and asleep by several at once. DEN0022, KVM API 4.38.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum {
	WHAT_ON_ONCE, WHAT_ON_32, WHAT_ON_BE, WHAT_ON_MANY, WHAT_UP_AND_OFF, WHAT_ON_ALL, WHAT_ON_AND_OFF, WHAT_WAKEABLE,
};

#define CPU_OFF			0x84000002
#define CPU_ON			0xc4000003
#define CPU_ON_32		0x84000003
#define AFFINITY_INFO		0xc4000004
#define SYSTEM_OFF		0x84000008

#define PORT_READY		PORT_TEST
#define PORT_STALE		(PORT_TEST + 1)

/* Where and with what a vCPU starts of which the VMM then reads the registers. */
#define ENTRY			0x40200000UL
#define CONTEXT			0x123456789abcdef0UL

#ifdef GUEST

static struct {
	uint64_t what, arg, stack;
} start __attribute__((aligned(64)));

bool guest_irq(struct guest_frame *f)
{
	return false;
}

static uint64_t secondary(void)
{
	return read64(GUEST_RAM + 8 * GUEST_HEAD_SECONDARY);
}

static volatile uint64_t ups, stales;

/* Turns vCPU 1 on as often as it says it is off. Returns how often that went on behind its CPU_OFF. */
static uint64_t on_many(uint64_t rounds)
{
	uint64_t i;

	start.what = WHAT_UP_AND_OFF;
	start.stack = GUEST_RAM + GUEST_RAM_SIZE - GUEST_STACK;
	/* SPIs of any vCPU's: each change of power makes the hypervisor look at them */
	for (i = 32; i < 128; i++)
		write64(GUEST_DIST + 0x6000 + 8 * i, 1UL << 31);
	for (i = 0; i < rounds; i++) {
		while (guest_hvc(AFFINITY_INFO, 1, 0, 0) != 1)
			;
		guest_expect(guest_hvc(CPU_ON, 1, secondary(), (uintptr_t)&start), 0);
	}
	while (guest_hvc(AFFINITY_INFO, 1, 0, 0) != 1)
		;
	guest_expect(ups, rounds);
	return stales;
}

/* Turns all others on, for ever. */
static void on_all(uint64_t cpus)
{
	uint64_t i;

	start.what = WHAT_ON_ALL;
	start.arg = cpus;
	for (;;)
		for (i = 0; i < cpus; i++)
			guest_hvc(CPU_ON, i, secondary(), (uintptr_t)&start);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	switch (what) {
	case WHAT_ON_ONCE:
		return guest_hvc(CPU_ON, 1, ENTRY, CONTEXT);
	case WHAT_ON_32:
		return guest_hvc(CPU_ON_32, 1UL << 32 | 1, 1UL << 32 | ENTRY, CONTEXT);
	case WHAT_ON_BE:
		/* this one's data accesses are big-endian from here to there */
		what = CPU_ON;
		asm volatile("mrs x9, sctlr_el1\n\torr x10, x9, #1 << 25\n\tmsr sctlr_el1, x10\n\tisb\n\t"
			     "mov x0, %0\n\tmov x1, #1\n\tmov x2, %1\n\tmov x3, #0\n\thvc #0\n\t"
			     "msr sctlr_el1, x9\n\tisb\n\tmov %0, x0"
			     : "+r" (what) : "r" (ENTRY) : "x0", "x1", "x2", "x3", "x9", "x10", "memory");
		return what;
	case WHAT_ON_MANY:
		return on_many(arg);
	case WHAT_ON_ALL:
		on_all(arg);
		break;
	case WHAT_ON_AND_OFF:
		for (arg = 0; arg < 20; arg++)
			guest_hvc(CPU_ON, 1, secondary(), (uintptr_t)&start);
		return guest_hvc(SYSTEM_OFF, 0, 0, 0);
	case WHAT_UP_AND_OFF:
		ups++;
		guest_hvc(CPU_OFF, 0, 0, 0);
		/* nobody ever comes back from that */
		stales++;
		guest_say(PORT_STALE, ups);
		break;
	case WHAT_WAKEABLE:
		gic_start();
		gic_enable(40, 0x80, true);
		guest_say(PORT_READY, 0);
		return 7;
	}
	return 0;
}

#else

static void nothing(int sig)
{
}

/* vCPU 1, off, with registers of an earlier life; vCPU 0 turns it on, and it does not run yet. */
static void open_pending(struct vmm *v, uint64_t what)
{
	vmm_open(v, &(struct vmm_config){ .cpus = 2, .off = 2 });
	vmm_set_reg(v, 1, VMM_CORE(regs.pc), 0x1234);
	vmm_set_reg(v, 1, VMM_X(0), 0x5678);
	vmm_set_reg(v, 1, VMM_X(7), 0x9abc);
	vmm_set_reg(v, 1, VMM_SYS(3, 0, 10, 2, 0), 0x44);
	expect(!vmm_go(v, 0, what, 0), "CPU_ON fails");
}

static void check_pending(void)
{
	struct kvm_mp_state stopped = { .mp_state = KVM_MP_STATE_STOPPED }, mp;
	const uint64_t sctlr = VMM_SYS(3, 0, 1, 0, 0), ee = 1 << 25;
	uint32_t *code;
	uint64_t val;
	struct vmm v;

	open_pending(&v, WHAT_ON_ONCE);
	expect(vmm_reg(&v, 1, VMM_CORE(regs.pc)) == ENTRY, "PC %#lx", (long)vmm_reg(&v, 1, VMM_CORE(regs.pc)));
	expect(vmm_reg(&v, 1, VMM_X(0)) == CONTEXT, "X0 %#lx", (long)vmm_reg(&v, 1, VMM_X(0)));
	expect(!vmm_reg(&v, 1, VMM_X(7)), "X7 %#lx", (long)vmm_reg(&v, 1, VMM_X(7)));
	expect(vmm_reg(&v, 1, VMM_SYS(3, 0, 10, 2, 0)) != 0x44, "MAIR_EL1 is not reset");
	expect(vmm_reg(&v, 1, VMM_CORE(regs.pstate)) == 0x3c5, "PSTATE");
	expect(!(vmm_reg(&v, 1, sctlr) & ee), "big-endian");
	vmm_close(&v);

	/* what is written first is not overwritten by the start, nor lost */
	open_pending(&v, WHAT_ON_ONCE);
	vmm_set_reg(&v, 1, VMM_X(0), 0x99);
	code = (uint32_t *)(v.ram + ENTRY - GUEST_RAM);
	code[0] = 0xd2a14001;	/* mov x1, #GUEST_IO */
	code[1] = 0xf9000020;	/* str x0, [x1] */
	expect(vmm_event(&v, 1, &val) == PORT_DONE && val == 0x99, "it starts with X0 %#lx", (long)val);
	vmm_close(&v);

	/* off and on by the VMM before it ran: it still starts where CPU_ON said */
	open_pending(&v, WHAT_ON_ONCE);
	expect_result(ioctl(v.cpu[1], KVM_SET_MP_STATE, &stopped), 0);
	expect_result(ioctl(v.cpu[1], KVM_GET_MP_STATE, &mp), 0);
	expect(mp.mp_state == KVM_MP_STATE_STOPPED, "state %u", mp.mp_state);
	mp.mp_state = KVM_MP_STATE_RUNNABLE;
	expect_result(ioctl(v.cpu[1], KVM_SET_MP_STATE, &mp), 0);
	expect(vmm_reg(&v, 1, VMM_CORE(regs.pc)) == ENTRY, "PC after off and on");
	vmm_close(&v);

	/* KVM_ARM_VCPU_INIT is another start */
	open_pending(&v, WHAT_ON_ONCE);
	vmm_init_cpu(&v, 1, 0);
	expect(!vmm_reg(&v, 1, VMM_CORE(regs.pc)) && !vmm_reg(&v, 1, VMM_X(0)), "the start outlives a reset");
	vmm_close(&v);

	open_pending(&v, WHAT_ON_32);
	expect(vmm_reg(&v, 1, VMM_CORE(regs.pc)) == (uint32_t)ENTRY, "PC by the 32-bit call");
	expect(vmm_reg(&v, 1, VMM_X(0)) == (uint32_t)CONTEXT, "X0 by the 32-bit call: %#lx", (long)vmm_reg(&v, 1, VMM_X(0)));
	vmm_close(&v);

	open_pending(&v, WHAT_ON_BE);
	expect(vmm_reg(&v, 1, sctlr) & ee, "a big-endian caller's is not big-endian");
	vmm_close(&v);
}

/* An MMIO load of the life before is not answered into the next one. */
static void check_pending_mmio(void)
{
	struct kvm_mp_state stopped = { .mp_state = KVM_MP_STATE_STOPPED };
	uint32_t *code;
	uint64_t val = 0;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	code = (uint32_t *)(v.ram + ENTRY - GUEST_RAM);
	code[0] = 0xd2a14001;	/* mov x1, #GUEST_IO */
	code[1] = 0xf9400020;	/* ldr x0, [x1] */
	vmm_set_reg(&v, 1, VMM_CORE(regs.pc), ENTRY);
	expect_result(vmm_run(&v, 1), 0);
	expect(v.run[1]->exit_reason == KVM_EXIT_MMIO && !v.run[1]->mmio.is_write, "no load");
	expect_result(ioctl(v.cpu[1], KVM_SET_MP_STATE, &stopped), 0);
	expect(!vmm_go(&v, 0, WHAT_ON_ONCE, 0), "CPU_ON fails");
	code[1] = 0xf9000020;	/* str x0, [x1] */
	memset(v.run[1]->mmio.data, 0xee, 8);
	expect(vmm_event(&v, 1, &val) == PORT_DONE && val == CONTEXT, "it starts with X0 %#lx", (long)val);
	vmm_close(&v);
}

struct others {
	struct vmm *v;
	unsigned int n;
};

static void *run_on(void *p)
{
	struct others *o = p;
	unsigned int cpu = __atomic_add_fetch(&o->n, 1, __ATOMIC_SEQ_CST);
	int ret = result(ioctl(o->v->cpu[cpu], KVM_RUN, 0));

	if (!ret && o->v->run[cpu]->exit_reason == KVM_EXIT_MMIO)
		die("vCPU %u runs on behind its CPU_OFF", cpu);
	return (void *)(long)ret;
}

/* A vCPU that calls CPU_OFF never goes on behind it, however soon another turns it on again. */
static void check_race(void)
{
	struct others o;
	uint64_t stale;
	pthread_t t;
	struct vmm v;
	void *ret;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nothing }, NULL);
	vmm_open(&v, &(struct vmm_config){ .cpus = 2, .off = 2 });
	o = (struct others){ .v = &v };
	pthread_create(&t, NULL, run_on, &o);
	stale = vmm_go(&v, 0, WHAT_ON_MANY, 1000);
	expect(!stale, "of 1000 CPU_ONs %lu let it run on behind its CPU_OFF", (long)stale);
	pthread_kill(t, SIGUSR1);
	pthread_join(t, &ret);
	vmm_close(&v);
}

/* However many vCPUs turn each other on while one turns the machine off: all are off then, and stay so. */
static void check_off_race(void)
{
	struct kvm_mp_state mp;
	struct others o;
	unsigned int i, round;
	pthread_t t[4];
	struct vmm v;
	void *ret;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nothing }, NULL);
	for (round = 0; round < 20; round++) {
		vmm_open(&v, &(struct vmm_config){ .cpus = 4 });
		o = (struct others){ .v = &v };
		for (i = 1; i < 4; i++)
			vmm_start(&v, i, WHAT_ON_ALL, 4);
		for (i = 1; i < 4; i++)
			pthread_create(&t[i], NULL, run_on, &o);
		vmm_start(&v, 0, WHAT_ON_AND_OFF, 0);
		expect_result(vmm_run(&v, 0), 0);
		expect(v.run[0]->exit_reason == KVM_EXIT_SYSTEM_EVENT, "exit %u", v.run[0]->exit_reason);
		usleep(2000);
		for (i = 1; i < 4; i++) {
			/* more than once: it may not have come to KVM_RUN yet */
			while (pthread_tryjoin_np(t[i], &ret)) {
				pthread_kill(t[i], SIGUSR1);
				usleep(1000);
			}
			expect((long)ret == -EINTR, "KVM_RUN: %s", result_name((long)ret));
		}
		for (i = 0; i < 4; i++) {
			expect_result(ioctl(v.cpu[i], KVM_GET_MP_STATE, &mp), 0);
			/* on the kernel's own KVM one may be brought back by another that goes off a moment later */
			expect(mp.mp_state == KVM_MP_STATE_STOPPED || is_kernels_kvm(), "vCPU %u is on after SYSTEM_OFF", i);
		}
		vmm_close(&v);
	}
}

/* KVM_MP_STATE_SUSPENDED waits as WFI does; the VMM hears of what ends it, each time, until it says RUNNABLE. */
static void check_suspended(void)
{
	struct kvm_mp_state mp = { .mp_state = KVM_MP_STATE_SUSPENDED };
	uint64_t val = 0;
	unsigned int i;
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_WAKEABLE, 0);
	expect(vmm_event(&v, 0, &val) == PORT_READY, "no first event");
	expect_result(ioctl(v.cpu[0], KVM_SET_MP_STATE, &mp), 0);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = nothing }, NULL);
	alarm(1);
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	expect_result(ioctl(v.cpu[0], KVM_GET_MP_STATE, &mp), 0);
	expect(mp.mp_state == KVM_MP_STATE_SUSPENDED, "state %u after a signal", mp.mp_state);
	vmm_irq(&v, KVM_ARM_IRQ_TYPE_SPI, 0, 40, 1);
	for (i = 0; i < 2; i++) {
		expect_result(ioctl(v.cpu[0], KVM_RUN, 0), 0);
		expect(v.run[0]->exit_reason == KVM_EXIT_SYSTEM_EVENT && v.run[0]->system_event.type == KVM_SYSTEM_EVENT_WAKEUP,
		       "exit %u, event %u", v.run[0]->exit_reason, v.run[0]->system_event.type);
	}
	mp.mp_state = KVM_MP_STATE_RUNNABLE;
	expect_result(ioctl(v.cpu[0], KVM_SET_MP_STATE, &mp), 0);
	expect(vmm_event(&v, 0, &val) == PORT_DONE && val == 7, "it does not go on");
}

static const struct check checks[] = {
	{ "pending", check_pending },
	{ "pending-mmio", check_pending_mmio },
	{ "race", check_race },
	{ "off-race", check_off_race },
	{ "suspended", check_suspended },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
