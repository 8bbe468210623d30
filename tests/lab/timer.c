// SPDX-License-Identifier: GPL-2.0
/*
 * Timers, from the VMM's and the guest's side: when their interrupts come, and that
 * they go away. Also on a server whose clock does not run as its counter does:
 * Linux's clock is disciplined (NTP, PTP), the counter never is. Arm ARM D12.2;
 * Documentation/virt/kvm/devices/vcpu.rst.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum {
	WHAT_TIMERS, WHAT_COUNTER, WHAT_VTIMER_AT, WHAT_WAITS, WHAT_UNSEEN, WHAT_MOVED, WHAT_MASKED_FIRST,
	WHAT_ENDED, WHAT_ENDS, WHAT_SEES_JUMP, WHAT_SLEEPS_TO,
};

#define PORT_READY	(PORT_TEST + 0)	/* the guest waits for what the VMM does next */

#define PRIORITY	0xa0
#define PPI_VIRT	27
#define PPI_PHYS	30
#define WAITS		30
#define WAIT_MS		20
#define JUMP		(1UL << 40)

#ifdef GUEST

#define ICC_IAR1	s3_0_c12_c12_0
#define ICC_EOIR1	s3_0_c12_c12_1

static struct {
	volatile uint64_t n, intid[60], at, pad[3];
} cpus[2] __attribute__((aligned(512)));

static volatile uint64_t ended;

static unsigned int me(void)
{
	return read_reg(mpidr_el1) & 1;
}

static uint64_t now(void)
{
	asm volatile("isb");
	return read_reg(cntvct_el0);
}

bool guest_irq(struct guest_frame *f)
{
	uint64_t intid = read_reg(ICC_IAR1) & 0xffffff, n = cpus[me()].n;

	asm volatile("dsb sy");
	if (intid >= 1020)
		return true;
	cpus[me()].at = now();
	cpus[me()].intid[n % 60] = intid;
	if (intid == PPI_PHYS)
		write_reg(2, cntp_ctl_el0);
	else
		write_reg(2, cntv_ctl_el0);
	cpus[me()].n = n + 1;
	write_reg(intid, ICC_EOIR1);
	return true;
}

/* Waits, asleep, until that many interrupts have come. */
static void await(uint64_t n)
{
	irqs_off();
	while (cpus[me()].n < n) {
		guest_wfi();
		irqs_on();
		asm volatile("isb");
		irqs_off();
	}
	irqs_on();
	asm volatile("isb");
}

static void pause_for(uint64_t ticks)
{
	uint64_t end = now() + ticks;

	while (now() < end)
		;
}

static void timer_one(bool phys, unsigned int ppi)
{
	uint64_t hz = read_reg(cntfrq_el0), n = cpus[0].n, t;
	uint64_t at;

#define SET(r, v) do { if (phys) write_reg(v, cntp_##r##_el0); else write_reg(v, cntv_##r##_el0); } while (0)
#define GET(r) (phys ? read_reg(cntp_##r##_el0) : read_reg(cntv_##r##_el0))
#define COUNT() ({ asm volatile("isb"); phys ? read_reg(cntpct_el0) : read_reg(cntvct_el0); })
	gic_enable(ppi, PRIORITY, false);
	/* in the future: asleep until then, and not long after */
	at = COUNT() + hz / 50;
	SET(cval, at);
	SET(ctl, 1);
	await(++n);
	t = COUNT();
	guest_check(t >= at && t < at + 10 * hz);
	guest_expect(cpus[0].intid[(n - 1) % 60], ppi);
	/* in the past: at once */
	SET(cval, 1);
	SET(ctl, 1);
	await(++n);
	guest_expect(cpus[0].intid[(n - 1) % 60], ppi);
	/* masked: its status says so, and no interrupt */
	SET(tval, 0);
	SET(ctl, 3);
	pause_for(hz / 200);
	guest_expect(GET(ctl), 7);
	guest_expect(cpus[0].n, n);
	/* unmasked, the same one comes */
	SET(ctl, 1);
	await(++n);
	/* armed and disarmed in time: nothing */
	SET(tval, hz / 2);
	SET(ctl, 1);
	SET(ctl, 0);
	pause_for(hz * 6 / 10);
	guest_expect(cpus[0].n, n);
	/* while the guest computes, not asleep */
	SET(tval, hz / 100);
	SET(ctl, 1);
	at = now() + 10 * hz;
	while (cpus[0].n == n && now() < at)
		;
	guest_expect(cpus[0].n, n + 1);
}

/* Microseconds by which the latest of some waits was late. */
static uint64_t waits(void)
{
	uint64_t step = read_reg(cntfrq_el0) / 1000 * WAIT_MS, at, latest = 0;
	unsigned int i;

	gic_start();
	gic_enable(PPI_VIRT, 0x80, false);
	for (i = 0; i < WAITS; i++) {
		at = now() + step;
		write_reg(at, cntv_cval_el0);
		write_reg(1, cntv_ctl_el0);
		await(i + 1);
		irqs_off();
		guest_check(cpus[0].at >= at);
		latest = cpus[0].at - at > latest ? cpus[0].at - at : latest;
	}
	return latest * 1000000 / read_reg(cntfrq_el0);
}

static unsigned int is_pending(void)
{
	return read32(gic_redist() + 0x10200) >> PPI_VIRT & 1;
}

static void fire(void)
{
	write_reg(0, cntv_cval_el0);
	write_reg(1, cntv_ctl_el0);
	asm volatile("isb");
	pause_for(read_reg(cntfrq_el0) / 200);
}

/* Switched off again: it is not pending any more, and no interrupt comes when it might. */
static void quieten(void (*open)(void), void (*close)(void))
{
	uint64_t n = cpus[0].n;

	write_reg(0, cntv_ctl_el0);
	asm volatile("isb");
	guest_expect(is_pending(), 0);
	open();
	irqs_on();
	pause_for(read_reg(cntfrq_el0) / 200);
	irqs_off();
	guest_expect(cpus[0].n, n);
	close();
}

static void ppi_on(void)
{
	gic_enable(PPI_VIRT, PRIORITY, false);
}

static void ppi_off(void)
{
	gic_disable(PPI_VIRT);
}

static void group_on(void)
{
	write32(GUEST_DIST, 0x12);
}

static void group_off(void)
{
	write32(GUEST_DIST, 0x10);
}

static void unseen(bool works)
{
	gic_start();
	ppi_off();
	fire();
	guest_expect(is_pending(), 1);
	quieten(ppi_on, ppi_off);
	fire();					/* and without a look in between */
	quieten(ppi_on, ppi_off);
	ppi_on();
	group_off();
	fire();
	guest_expect(is_pending(), 1);
	quieten(group_on, group_off);
	group_on();
	irqs_on();
	fire();
	if (works)
		guest_expect(cpus[0].n, 1);
}

/* Fired and not taken, then moved by the VMM: it is not pending. Twice. Then it is again. */
static void moved(void)
{
	gic_start();
	ppi_on();
	irqs_off();
	fire();
	guest_say(PORT_READY, 0);
	guest_expect(read_reg(ICC_IAR1) & 0xffffff, 1023);
	guest_expect(is_pending(), 0);
	guest_say(PORT_READY, 1);
	guest_expect(is_pending(), 1);
	guest_say(PORT_READY, 2);
	guest_expect(is_pending(), 0);
	guest_expect(read_reg(ICC_IAR1) & 0xffffff, 1023);
	guest_say(PORT_READY, 3);
	irqs_on();
	await(1);
	guest_expect(cpus[0].intid[0], PPI_VIRT);
}

/* One timer has fired and its interrupt is disabled; the other one shall end the sleep. */
static void masked_first(void)
{
	gic_start();
	ppi_off();
	gic_enable(PPI_PHYS, PRIORITY, false);
	fire();
	write_reg(read_reg(cntpct_el0) + read_reg(cntfrq_el0) / 50, cntp_cval_el0);
	write_reg(1, cntp_ctl_el0);
	await(1);
	guest_expect(cpus[0].intid[0], PPI_PHYS);
}

/* Another vCPU ends the timer's interrupt; the next one comes all the same. Milliseconds until then. */
static uint64_t is_ended(void)
{
	uint64_t hz = read_reg(cntfrq_el0), t, i;

	gic_start();
	ppi_on();
	irqs_off();
	fire();
	guest_expect(read_reg(ICC_IAR1) & 0xffffff, PPI_VIRT);
	write_reg(0, cntv_ctl_el0);		/* its line falls; it is still active */
	ended = 1;
	while (ended != 2)
		;
	write_reg(PPI_VIRT, ICC_EOIR1);
	t = now();
	write_reg(t + hz / 10, cntv_cval_el0);
	write_reg(1, cntv_ctl_el0);
	do {
		i = read_reg(ICC_IAR1) & 0xffffff;
	} while (i != PPI_VIRT && now() < t + 60 * hz);
	guest_expect(i, PPI_VIRT);
	return (now() - t) * 1000 / hz;
}

static void ends(void)
{
	while (!ended)
		;
	write32(GUEST_REDIST + 0x10380, 1U << PPI_VIRT);	/* vCPU 0's */
	ended = 2;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	switch (what & ~GUEST_MMU) {
	case WHAT_TIMERS:
		gic_start();
		irqs_on();
		timer_one(false, PPI_VIRT);
		timer_one(true, PPI_PHYS);
		break;
	case WHAT_COUNTER:
		guest_say(PORT_READY, read_reg(cntpct_el0));
		return read_reg(cntvct_el0);
	case WHAT_VTIMER_AT:
		gic_start();
		gic_enable(arg, PRIORITY, false);
		irqs_on();
		write_reg(1, cntv_cval_el0);
		write_reg(1, cntv_ctl_el0);
		await(1);
		guest_expect(cpus[0].intid[0], arg);
		break;
	case WHAT_WAITS:
		return waits();
	case WHAT_UNSEEN:
		unseen(arg);
		break;
	case WHAT_MOVED:
		moved();
		break;
	case WHAT_MASKED_FIRST:
		masked_first();
		break;
	case WHAT_ENDED:
		return is_ended();
	case WHAT_ENDS:
		ends();
		break;
	case WHAT_SEES_JUMP:
		guest_say(PORT_READY, 0);
		while (now() < JUMP)
			;
		break;
	case WHAT_SLEEPS_TO:
		gic_start();
		ppi_on();
		write_reg(JUMP, cntv_cval_el0);
		write_reg(1, cntv_ctl_el0);
		guest_say(PORT_READY, 0);
		await(1);
		break;
	}
	return 0;
}

#else

#include <sys/timex.h>

/* Microseconds of Linux's clock in a tick of 10 ms, or rather what it takes for that. */
static void set_tick(long us)
{
	struct timex t = { .modes = ADJ_TICK, .tick = us };

	if (adjtimex(&t) < 0)
		die("adjtimex: %s", strerror(errno));
}

static void put_back(void)
{
	set_tick(10000);
}

/* Parts in a thousand by which Linux's clock is faster than the counter. */
static long gain(void)
{
	uint64_t mono = vmm_now(CLOCK_MONOTONIC), raw = vmm_now(CLOCK_MONOTONIC_RAW);

	usleep(300000);
	mono = vmm_now(CLOCK_MONOTONIC) - mono;
	raw = vmm_now(CLOCK_MONOTONIC_RAW) - raw;
	return ((long)mono - (long)raw) * 1000 / (long)raw;
}

static void drift(long tick)
{
	uint64_t us;
	struct vmm v;
	long g;

	atexit(put_back);
	set_tick(tick);
	usleep(1200000);	/* takes effect with the next second */
	g = gain();
	printf("# Linux's clock: %+ld in a thousand\n", g);
	expect(g * (tick - 10000) > 0 && (g > 50 || g < -50), "the clock does not follow");
	vmm_open(&v, NULL);
	us = vmm_go(&v, 0, WHAT_WAITS | GUEST_MMU, 0);
	printf("# %u waits, %lu us late at worst\n", WAITS, (long)us);
	vmm_close(&v);
}

static void fast(void)
{
	drift(11000);
}

static void slow(void)
{
	drift(9000);
}

static void check_timers(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_go(&v, 0, WHAT_TIMERS, 0);
	vmm_close(&v);
}

static void check_counter(void)
{
	uint64_t virt[2], phys[2], val;
	struct vmm a, b;

	vmm_open(&a, NULL);
	usleep(300000);
	vmm_open(&b, NULL);
	vmm_start(&a, 0, WHAT_COUNTER, 0);
	vmm_start(&b, 0, WHAT_COUNTER, 0);
	vmm_event(&a, 0, &phys[0]);
	vmm_event(&a, 0, &virt[0]);
	vmm_event(&b, 0, &phys[1]);
	vmm_event(&b, 0, &virt[1]);
	expect(virt[1] < virt[0], "each VM's time begins with it: %#lx, then %#lx", (long)virt[0], (long)virt[1]);
	expect(phys[1] > phys[0], "physical time is one");
	vmm_set_reg(&a, 0, KVM_REG_ARM_TIMER_CNT, 1UL << 40);
	val = vmm_reg(&a, 0, KVM_REG_ARM_TIMER_CNT);
	expect(val >= 1UL << 40 && val < (1UL << 40) + (1UL << 32), "the counter is %#lx", (long)val);
	vmm_start(&a, 0, WHAT_COUNTER, 0);
	vmm_event(&a, 0, &phys[0]);
	vmm_event(&a, 0, &virt[0]);
	expect(virt[0] >= 1UL << 40 && virt[0] < (1UL << 40) + (1UL << 32), "the guest's is %#lx", (long)virt[0]);
	expect(phys[0] > phys[1] && phys[0] < phys[1] + (1UL << 32), "the physical one moved to %#lx", (long)phys[0]);
	vmm_start(&b, 0, WHAT_COUNTER, 0);
	vmm_event(&b, 0, &phys[1]);
	vmm_event(&b, 0, &virt[1]);
	expect(virt[1] < 1UL << 40, "the other VM's moved too");
}

/* What the guest reads of both counters. */
static void counters(struct vmm *v, uint64_t *phys, uint64_t *virt)
{
	vmm_start(v, 0, WHAT_COUNTER, 0);
	vmm_event(v, 0, phys);
	vmm_event(v, 0, virt);
}

static bool is_about(uint64_t count, uint64_t from)
{
	return count - from < 1UL << 32;
}

static void check_phys_counter(void)
{
	static const uint64_t at[] = { 1, 1UL << 40, 1UL << 62 };
	uint64_t phys, virt, was;
	struct vmm v, other;
	unsigned int i;

	vmm_open(&other, NULL);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		vmm_open(&v, NULL);
		was = vmm_reg(&v, 0, KVM_REG_ARM_TIMER_CNT);
		vmm_set_reg(&v, 0, KVM_REG_ARM_PTIMER_CNT, at[i]);
		phys = vmm_reg(&v, 0, KVM_REG_ARM_PTIMER_CNT);
		expect(is_about(phys, at[i]), "set to %#lx, it is %#lx", (long)at[i], (long)phys);
		counters(&v, &phys, &virt);
		expect(is_about(phys, at[i]), "set to %#lx, the guest reads %#lx", (long)at[i], (long)phys);
		expect(is_about(virt, was), "the virtual one moved from %#lx to %#lx", (long)was, (long)virt);
		vmm_go(&v, 0, WHAT_TIMERS, 0);
		vmm_close(&v);
	}
	counters(&other, &phys, &virt);
	expect(!is_about(phys, at[1]) && !is_about(phys, at[2]), "another VM's moved to %#lx", (long)phys);
}

static void check_counter_offset(void)
{
	struct kvm_arm_counter_offset off = { .counter_offset = -(1UL << 40) };
	uint64_t phys, virt;
	struct vmm v;

	vmm_open(&v, NULL);
	expect(ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_COUNTER_OFFSET) == 1, "KVM_CAP_COUNTER_OFFSET");
	off.reserved = 1;
	expect_result(ioctl(v.vm, KVM_ARM_SET_COUNTER_OFFSET, &off), -EINVAL);
	off.reserved = 0;
	expect_result(ioctl(v.vm, KVM_ARM_SET_COUNTER_OFFSET, &off), 0);
	counters(&v, &phys, &virt);
	expect(phys >> 40 == 1 && virt - phys < 1UL << 32, "physical %#lx, virtual %#lx", (long)phys, (long)virt);
	/* from now on a restored count is not what decides */
	vmm_set_reg(&v, 0, KVM_REG_ARM_TIMER_CNT, 5);
	vmm_set_reg(&v, 0, KVM_REG_ARM_PTIMER_CNT, 5);
	counters(&v, &phys, &virt);
	expect(phys >> 40 == 1 && virt - phys < 1UL << 32, "after a set: physical %#lx, virtual %#lx", (long)phys, (long)virt);
	vmm_go(&v, 0, WHAT_TIMERS, 0);
	off.counter_offset = 0;
	expect_result(ioctl(v.vm, KVM_ARM_SET_COUNTER_OFFSET, &off), 0);
	counters(&v, &phys, &virt);
	expect(!(phys >> 40) && virt - phys < 1UL << 32, "without: physical %#lx, virtual %#lx", (long)phys, (long)virt);
}

static void check_timer_ctrl(void)
{
	struct vmm v;
	int irq = 21, ret;

	vmm_open(&v, NULL);
	expect(!vmm_attr(v.cpu[0], KVM_HAS_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, NULL), "has");
	expect(vmm_attr(v.cpu[0], KVM_HAS_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, 99, NULL) == -ENXIO, "has 99");
	expect(vmm_attr(v.cpu[0], KVM_HAS_DEVICE_ATTR, 99, 0, NULL) == -ENXIO, "group 99");
	irq = 40;
	expect(vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, &irq) == -EINVAL,
	       "an SPI");
	irq = 21;
	expect(!vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, &irq), "set");
	irq = 0;
	expect(!vmm_attr(v.cpu[0], KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, &irq) && irq == 21,
	       "get: %d", irq);
	vmm_go(&v, 0, WHAT_VTIMER_AT, 21);
	irq = 22;
	ret = vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, &irq);
	expect(ret == -EBUSY, "after the first run: %s", result_name(ret));
	/* a timer's interrupt is not the VMM's to drive */
	{
		struct kvm_irq_level l = { .irq = KVM_ARM_IRQ_TYPE_PPI << KVM_ARM_IRQ_TYPE_SHIFT | 21, .level = 1 };

		ret = result(ioctl(v.vm, KVM_IRQ_LINE, &l));
		expect(ret == -EINVAL || is_kernels_kvm(), "KVM_IRQ_LINE on a timer: %s", result_name(ret));
	}
	vmm_close(&v);
	/* both timers on one */
	vmm_open(&v, NULL);
	irq = 30;
	expect(!vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, &irq), "set");
	vmm_start(&v, 0, WHAT_COUNTER, 0);
	ret = vmm_run(&v, 0);
	expect(ret == -EINVAL, "both timers on one interrupt: %s", result_name(ret));
}

static void check_unseen(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	/* with the kernel's own KVM it never comes again */
	vmm_go(&v, 0, WHAT_UNSEEN, !is_kernels_kvm());
}

/* What a VMM saves: is the timer's line high? */
static void expect_line(struct vmm *v, uint32_t high)
{
	uint32_t val = 0;
	int ret = vmm_attr(v->gic, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO,
			   (uint64_t)VGIC_LEVEL_INFO_LINE_LEVEL << KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_SHIFT, &val);

	/* the kernel's own KVM tells of the last time that it ran */
	expect(!ret && (is_kernels_kvm() || (val >> PPI_VIRT & 1) == high), "LEVEL_INFO: %s, %#x", result_name(ret), val);
}

static void check_moved(void)
{
	uint64_t val = 0, count;
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_MOVED, 0);
	expect(vmm_event(&v, 0, &val) == PORT_READY && val == 0, "fired");
	expect_line(&v, 1);
	vmm_set_reg(&v, 0, KVM_REG_ARM_TIMER_CVAL, ~0ULL >> 8);
	expect_line(&v, 0);
	expect(vmm_event(&v, 0, &val) == PORT_READY && val == 1, "moved");
	count = vmm_reg(&v, 0, KVM_REG_ARM_TIMER_CNT);
	vmm_set_reg(&v, 0, KVM_REG_ARM_TIMER_CVAL, count + (1UL << 36));
	expect_line(&v, 0);
	vmm_set_reg(&v, 0, KVM_REG_ARM_TIMER_CNT, count + (1UL << 37));
	expect_line(&v, 1);
	expect(vmm_event(&v, 0, &val) == PORT_READY && val == 2, "the counter moved");
	vmm_set_reg(&v, 0, KVM_REG_ARM_TIMER_CNT, count);
	expect_line(&v, 0);
	expect(vmm_event(&v, 0, &val) == PORT_READY && val == 3, "and back");
	vmm_set_reg(&v, 0, KVM_REG_ARM_TIMER_CVAL, 0);
	expect(vmm_event(&v, 0, &val) == PORT_DONE, "no end");
}

static void check_masked_first(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_go(&v, 0, WHAT_MASKED_FIRST, 0);
}

static void check_ended_by_another(void)
{
	uint64_t val = 0;
	struct vmm v;
	pthread_t t;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	vmm_start(&v, 0, WHAT_ENDED, 0);
	vmm_start(&v, 1, WHAT_ENDS, 0);
	pin_to(1);
	t = vmm_thread(&v, 1);
	pin_to(0);
	expect(vmm_event(&v, 0, &val) == PORT_DONE, "no end");
	printf("# due after 100 ms, here after %lu\n", (long)val);
	pthread_join(t, NULL);
}

/* The virtual counter is set for one vCPU; another runs, or sleeps until then. */
static void check_jump(void)
{
	static const unsigned int what[] = { WHAT_SEES_JUMP, WHAT_SLEEPS_TO };
	uint64_t val = 0;
	struct vmm v;
	unsigned int i;
	pthread_t t;

	if (is_kernels_kvm())
		cannot("a vCPU that runs there keeps its time until it is scheduled anew");
	for (i = 0; i < 2; i++) {
		vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
		vmm_start(&v, 0, WHAT_COUNTER, 0);
		vmm_start(&v, 1, what[i], 0);
		expect(vmm_event(&v, 1, &val) == PORT_READY, "not ready");
		t = vmm_thread(&v, 1);
		usleep(100000);
		vmm_set_reg(&v, 0, KVM_REG_ARM_TIMER_CNT, JUMP);
		pthread_join(t, NULL);
		vmm_close(&v);
	}
}

static const struct check checks[] = {
	{ "timers", check_timers },
	{ "counter", check_counter },
	{ "phys-counter", check_phys_counter },
	{ "counter-offset", check_counter_offset },
	{ "timer-ctrl", check_timer_ctrl },
	{ "unseen", check_unseen },
	{ "moved", check_moved },
	{ "masked-first", check_masked_first },
	{ "ended-by-another", check_ended_by_another },
	{ "jump", check_jump },
	{ "fast", fast },
	{ "slow", slow },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
