// SPDX-License-Identifier: GPL-2.0
/*
 * The two timers of a vCPU in every state at once, and what ends a WFI; their registers to
 * the last bit, from the guest's and the VMM's side. Arm ARM D12.2, D19.12.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_PAIRS, WHAT_WFI, WHAT_CVAL, WHAT_ACTIVE, WHAT_PPIS, WHAT_RESTORED, WHAT_BOTH_VCPUS, WHAT_READ, WHAT_QUIET };

#define PORT_READY	(PORT_TEST + 0)
#define PORT_VALUE	(PORT_TEST + 1)

#define PRIORITY	0xa0
#define PPI_VIRT	27
#define PPI_PHYS	30
#define ENABLE		1
#define IMASK		2
#define ISTATUS		4
/* QEMU 7.2 hangs where a larger one and a counter's offset overflow */
#define LARGE		0xff00000000000000

#ifdef GUEST

#define ICC_IAR1	s3_0_c12_c12_0
#define ICC_EOIR1	s3_0_c12_c12_1
#define NONE		1023

static unsigned int ppis[2] = { PPI_VIRT, PPI_PHYS };

static uint64_t ack(void)
{
	uint64_t n = read_reg(ICC_IAR1) & 0xffffff;

	asm volatile("dsb sy\n\tisb");
	return n;
}

/* The same, some time after an end or a write that lets an interrupt come again. */
static uint64_t await(void)
{
	uint64_t n = NONE, i;

	for (i = 0; i < 10000 && n == NONE; i++)
		n = ack();
	return n;
}

static void set_ctl(unsigned int which, uint64_t val)
{
	if (which)
		write_reg(val, cntp_ctl_el0);
	else
		write_reg(val, cntv_ctl_el0);
}

static uint64_t ctl(unsigned int which)
{
	return which ? read_reg(cntp_ctl_el0) : read_reg(cntv_ctl_el0);
}

static void set_cval(unsigned int which, uint64_t val)
{
	if (which)
		write_reg(val, cntp_cval_el0);
	else
		write_reg(val, cntv_cval_el0);
}

static uint64_t cval(unsigned int which)
{
	return which ? read_reg(cntp_cval_el0) : read_reg(cntv_cval_el0);
}

static uint64_t count(unsigned int which)
{
	asm volatile("isb");
	return which ? read_reg(cntpct_el0) : read_reg(cntvct_el0);
}

static bool is_pending(unsigned int intid)
{
	return read32(gic_redist() + 0x10200) >> intid & 1;
}

static bool is_active(unsigned int intid)
{
	return read32(gic_redist() + 0x10300) >> intid & 1;
}

static void start(void)
{
	gic_start();
	gic_enable(ppis[0], PRIORITY, false);
	gic_enable(ppis[1], PRIORITY, false);
}

static const uint64_t soon = 1UL << 62;

/* One timer: control bits, and whether its time has come. Fires if it is enabled, not masked, and past. */
static bool arm(unsigned int which, unsigned int state)
{
	set_ctl(which, 0);
	set_cval(which, state & 4 ? 1 : soon);
	set_ctl(which, state & 3);
	return state == (4 | ENABLE);
}

/* Each state of the one with each of the other: status bits, lines, and which interrupts come, twice. */
static void pairs(void)
{
	unsigned int v, p, i;
	bool virt, phys;
	uint64_t first;

	start();
	for (v = 0; v < 8; v++)
		for (p = 0; p < 8; p++) {
			virt = arm(0, v);
			phys = arm(1, p);
			guest_expect(ctl(0), (v & 3) | ((v & 5) == 5 ? ISTATUS : 0));
			guest_expect(ctl(1), (p & 3) | ((p & 5) == 5 ? ISTATUS : 0));
			guest_expect(is_pending(PPI_VIRT), virt);
			guest_expect(is_pending(PPI_PHYS), phys);
			for (i = 0; i < 2 && (virt || phys); i++) {
				first = await();
				guest_expect(first == PPI_VIRT || first == PPI_PHYS, 1);
				write_reg(first, ICC_EOIR1);
			}
			/* each silenced, and seen to be so: the other comes */
			set_ctl(0, v & IMASK);
			guest_expect(is_pending(PPI_VIRT), 0);
			guest_expect(is_pending(PPI_PHYS), phys);
			first = ack();
			guest_expect(first, phys ? PPI_PHYS : NONE);
			set_ctl(1, (p & ENABLE) | IMASK);
			if (first != NONE)
				write_reg(first, ICC_EOIR1);
			guest_expect(is_pending(PPI_PHYS), 0);
			guest_expect(ack(), NONE);
			set_ctl(0, v & 3);
			guest_expect(is_pending(PPI_VIRT), virt);
			first = ack();
			guest_expect(first, virt ? PPI_VIRT : NONE);
			set_ctl(0, 0);
			if (first != NONE)
				write_reg(first, ICC_EOIR1);
			guest_expect(is_pending(PPI_VIRT), 0);
			guest_expect(ack(), NONE);
		}
}

/* WFI ends at the first of the timers that may, of those that are armed. */
static void wfi(void)
{
	uint64_t step = read_reg(cntfrq_el0) / 50, begun, took;
	unsigned int which, other;

	start();
	for (which = 0; which < 2; which++)
		for (other = 0; other < 6; other++) {
			set_ctl(0, 0);
			set_ctl(1, 0);
			begun = count(0);
			set_cval(which, count(which) + step);
			set_ctl(which, ENABLE);
			/* the other: off, masked and past, off and past, later, past with its interrupt disabled, never */
			set_cval(!which, other == 3 ? count(!which) + 50 * step : other == 5 ? LARGE : 1);
			set_ctl(!which, other == 0 ? 0 : other == 1 ? ENABLE | IMASK : other == 2 ? IMASK : ENABLE);
			if (other == 0)
				set_cval(!which, soon);
			if (other == 4)
				gic_disable(ppis[!which]);
			do {
				guest_wfi();
			} while (!(ctl(which) & ISTATUS) && count(0) < begun + 100 * step);
			took = count(0) - begun;
			guest_check(took >= step && took < 40 * step);
			guest_expect(is_pending(ppis[which]), 1);
			guest_expect(ack(), ppis[which]);
			set_ctl(which, 0);
			write_reg(ppis[which], ICC_EOIR1);
			set_ctl(!which, 0);
			guest_expect(is_pending(PPI_VIRT) || is_pending(PPI_PHYS), 0);
			if (other == 4)
				write32(gic_redist() + 0x10100, 1U << ppis[!which]);
			guest_expect(ack(), NONE);
		}
	/* the later one first, then the sooner */
	set_cval(0, count(0) + 50 * step);
	set_ctl(0, ENABLE);
	set_cval(1, count(1) + step);
	set_ctl(1, ENABLE);
	begun = count(0);
	guest_wfi();
	guest_check(count(0) < begun + 40 * step);
	set_ctl(1, 0);
}

/* 64 bits of CVAL, 32 signed ones of TVAL; what CTL keeps. */
static void cvals(void)
{
	static const uint64_t vals[] = { 0, 1, ~0UL, 1UL << 63, 0x123456789abcdef0, 0xffffffff, 1UL << 32 };
	unsigned int which, i;
	uint64_t from, to;

	start();
	for (which = 0; which < 2; which++) {
		for (i = 0; i < sizeof(vals) / sizeof(vals[0]); i++) {
			set_cval(which, vals[i]);
			set_cval(!which, ~vals[i]);
			guest_expect(cval(which), vals[i]);
			guest_say(PORT_READY, 0);	/* out of the guest and in */
			guest_expect(cval(which), vals[i]);
			guest_expect(cval(!which), ~vals[i]);
		}
		/* unsigned: the largest has not come, whatever its sign */
		set_cval(which, LARGE);
		set_ctl(which, ENABLE | IMASK);
		guest_expect(ctl(which), ENABLE | IMASK);
		guest_say(PORT_READY, 0);
		guest_expect(ctl(which), ENABLE | IMASK);
		set_ctl(which, ENABLE);
		guest_say(PORT_READY, 0);
		guest_expect(ack(), NONE);
		guest_expect(is_pending(ppis[which]), 0);
		set_ctl(which, ENABLE | IMASK);
		set_cval(which, 0);
		guest_expect(ctl(which), ENABLE | IMASK | ISTATUS);
		guest_say(PORT_READY, 0);
		guest_expect(ctl(which), ENABLE | IMASK | ISTATUS);
		set_ctl(which, ~0UL);
		guest_expect(ctl(which), ENABLE | IMASK | ISTATUS);
		set_ctl(which, 0);
		/* TVAL is signed */
		from = count(which);
		if (which)
			write_reg(0x80000000, cntp_tval_el0);
		else
			write_reg(0x80000000, cntv_tval_el0);
		to = count(which);
		guest_check(cval(which) - (from - 0x80000000) <= to - from);
	}
}

/* Its interrupt active, the vCPU leaves and comes back, with the timer on and off: the next one comes, and none too many. */
static void active(void)
{
	unsigned int which, i;

	start();
	for (which = 0; which < 2; which++)
		for (i = 0; i < 4; i++) {
			set_cval(which, 1);
			set_ctl(which, ENABLE);
			guest_expect(await(), ppis[which]);
			if (i & 1)
				set_ctl(which, 0);
			guest_say(PORT_READY, 1);	/* the VMM reads and waits a while */
			guest_expect(is_active(ppis[which]), 1);
			guest_expect(is_active(ppis[!which]), 0);
			guest_expect(is_pending(ppis[which]), !(i & 1));
			guest_expect(ack(), NONE);
			if (i & 2)
				guest_say(PORT_READY, 0);
			write_reg(ppis[which], ICC_EOIR1);
			if (!(i & 1)) {
				guest_expect(await(), ppis[which]);
				set_ctl(which, 0);
				write_reg(ppis[which], ICC_EOIR1);
			}
			guest_expect(is_active(ppis[which]), 0);
			guest_expect(ack(), NONE);
			guest_say(PORT_READY, 0);
			/* the other's was never touched, and comes */
			set_cval(!which, 1);
			set_ctl(!which, ENABLE);
			guest_expect(await(), ppis[!which]);
			set_ctl(!which, 0);
			write_reg(ppis[!which], ICC_EOIR1);
		}
}

/* Leaves and comes back with both timers' interrupts active and their lines high. */
static void quiet(uint64_t n)
{
	unsigned int which;

	start();
	gic_enable(PPI_PHYS, PRIORITY - 8, false);
	for (which = 0; which < 2; which++) {
		set_cval(which, 1);
		set_ctl(which, ENABLE);
		guest_expect(await(), ppis[which]);
	}
	guest_say(PORT_VALUE, 0);
	while (n--)
		guest_say(PORT_READY, 0);
	guest_say(PORT_VALUE, 1);
}

/* With both interrupts where the VMM has put them. */
static void given(uint64_t arg)
{
	unsigned int which;

	ppis[0] = arg & 0xff;
	ppis[1] = arg >> 8;
	start();
	gic_enable(PPI_VIRT, PRIORITY, false);
	gic_enable(PPI_PHYS, PRIORITY, false);
	for (which = 0; which < 2; which++) {
		set_cval(which, 1);
		set_ctl(which, ENABLE);
		guest_expect(is_pending(ppis[which]), 1);
		guest_expect(is_pending(ppis[!which]), 0);
		guest_say(PORT_READY, 0);
		guest_expect(ack(), ppis[which]);
		set_ctl(which, 0);
		write_reg(ppis[which], ICC_EOIR1);
		guest_expect(ack(), NONE);
	}
}

/* The VMM has set both: they fire at their time. */
static void restored(void)
{
	unsigned int which, i;

	start();
	for (which = 0; which < 2; which++) {
		guest_expect(ctl(which) & 3, ENABLE);
		for (i = 0; i < 100 && !is_pending(ppis[which]); i++)
			guest_wfi();
		guest_check(count(which) >= cval(which));
		guest_expect(ack(), ppis[which]);
		set_ctl(which, 0);
		write_reg(ppis[which], ICC_EOIR1);
	}
}

/* Each vCPU has its own. */
static void both_vcpus(uint64_t me)
{
	gic_start();
	set_cval(0, 0x1000 + me);
	set_cval(1, 0x2000 + me);
	set_ctl(0, me ? IMASK : 0);
	set_ctl(1, me ? 0 : IMASK);
	guest_say(PORT_READY, 0);
	guest_expect(cval(0), 0x1000 + me);
	guest_expect(cval(1), 0x2000 + me);
	guest_expect(ctl(0), me ? IMASK : 0);
	guest_expect(ctl(1), me ? 0 : IMASK);
	guest_say(PORT_READY, 0);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	switch (what) {
	case WHAT_PAIRS:
		pairs();
		break;
	case WHAT_WFI:
		wfi();
		break;
	case WHAT_CVAL:
		cvals();
		break;
	case WHAT_ACTIVE:
		active();
		break;
	case WHAT_PPIS:
		given(arg);
		break;
	case WHAT_RESTORED:
		restored();
		break;
	case WHAT_BOTH_VCPUS:
		both_vcpus(arg);
		break;
	case WHAT_QUIET:
		quiet(arg);
		break;
	case WHAT_READ:
		guest_say(PORT_VALUE, count(arg));
		break;
	}
	return 0;
}

#else

/* Runs to the end; what the guest waits for is time, if anything. */
static void serve(struct vmm *v, unsigned int cpu)
{
	unsigned int port;
	uint64_t val = 0;

	while ((port = vmm_event(v, cpu, &val)) != PORT_DONE)
		if (port == PORT_READY && val)
			usleep(3000);
}

static void one(unsigned int what)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, what, 0);
	serve(&v, 0);
	vmm_close(&v);
}

static void check_pairs(void)
{
	one(WHAT_PAIRS);
}

static void check_wfi(void)
{
	one(WHAT_WFI);
}

static void check_cval(void)
{
	one(WHAT_CVAL);
}

static void check_active(void)
{
	one(WHAT_ACTIVE);
}

static void check_ppis(void)
{
	static const int pairs[][2] = { { 16, 31 }, { 31, 16 }, { PPI_PHYS, PPI_VIRT } };
	unsigned int i;
	int irq, ret;
	struct vmm v;

	for (i = 0; i < 3; i++) {
		vmm_open(&v, NULL);
		ret = vmm_attr(v.cpu[0], KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_PTIMER, &irq);
		expect(!ret && irq == PPI_PHYS, "at first %d", irq);
		ret = vmm_attr(v.cpu[0], KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, &irq);
		expect(!ret && irq == PPI_VIRT, "at first %d", irq);
		irq = pairs[i][0];
		expect(!vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_VTIMER, &irq), "set");
		irq = pairs[i][1];
		expect(!vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_PTIMER, &irq), "set");
		for (irq = 15; irq <= 32; irq += 17) {
			ret = vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_PTIMER, &irq);
			expect(ret == -EINVAL, "%d: %s", irq, result_name(ret));
		}
		ret = vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_PTIMER, (void *)8);
		expect(ret == -EFAULT, "at 8: %s", result_name(ret));
		ret = vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_TIMER_CTRL, 7, &irq);
		expect(ret == -ENXIO || is_kernels_kvm(), "timer 7: %s", result_name(ret));
		vmm_start(&v, 0, WHAT_PPIS, pairs[i][0] | pairs[i][1] << 8);
		serve(&v, 0);
		vmm_close(&v);
	}
}

/* Registers and status as the VMM writes and reads them, before the first run and after. */
static void check_registers(void)
{
	static const struct { uint64_t ctl, cval; } ids[] = {
		{ KVM_REG_ARM_TIMER_CTL, KVM_REG_ARM_TIMER_CVAL }, { KVM_REG_ARM_PTIMER_CTL, KVM_REG_ARM_PTIMER_CVAL },
	};
	struct vmm v;
	unsigned int i, state;
	uint64_t got, want;

	vmm_open(&v, NULL);
	for (i = 0; i < 2; i++)
		for (state = 0; state < 8; state++) {
			vmm_set_reg(&v, 0, ids[i].cval, state & 4 ? 1 : 1UL << 62);
			vmm_set_reg(&v, 0, ids[!i].cval, state & 4 ? 1UL << 62 : 1);
			vmm_set_reg(&v, 0, ids[!i].ctl, 0);
			vmm_set_reg(&v, 0, ids[i].ctl, state & 3);
			got = vmm_reg(&v, 0, ids[i].ctl);
			want = (state & 3) | ((state & 5) == 5 ? ISTATUS : 0);
			/* the kernel's own KVM says of a timer that is off, too, whether its time has come */
			expect((got ^ want) == (is_kernels_kvm() ? (got ^ want) & ISTATUS : 0), "timer %u, state %u: control %#lx, not %#lx", i, state, (long)got, (long)want);
			expect(!vmm_reg(&v, 0, ids[!i].ctl) || is_kernels_kvm(), "timer %u: the other's control", i);
			got = vmm_reg(&v, 0, ids[!i].cval);
			expect(got == (state & 4 ? 1UL << 62 : 1), "timer %u: the other's time %#lx", i, (long)got);
		}
	/* each by its own counter */
	vmm_set_reg(&v, 0, ids[1].cval, vmm_reg(&v, 0, KVM_REG_ARM_PTIMER_CNT) - 1);
	vmm_set_reg(&v, 0, ids[1].ctl, ENABLE | IMASK);
	expect(vmm_reg(&v, 0, ids[1].ctl) == (ENABLE | IMASK | ISTATUS), "the physical timer's time has come");
	vmm_set_reg(&v, 0, ids[0].cval, vmm_reg(&v, 0, KVM_REG_ARM_PTIMER_CNT) - 1);
	vmm_set_reg(&v, 0, ids[0].ctl, ENABLE | IMASK);
	expect(vmm_reg(&v, 0, ids[0].ctl) == (ENABLE | IMASK), "the virtual timer's time has not come");
	/* both at a time to come, and WFI until then */
	for (i = 0; i < 2; i++)
		vmm_set_reg(&v, 0, ids[i].ctl, ENABLE);
	vmm_set_reg(&v, 0, KVM_REG_ARM_TIMER_CVAL, vmm_reg(&v, 0, KVM_REG_ARM_TIMER_CNT) + (62500000 / 20));
	vmm_set_reg(&v, 0, KVM_REG_ARM_PTIMER_CVAL, vmm_reg(&v, 0, KVM_REG_ARM_PTIMER_CNT) + (62500000 / 10));
	vmm_start(&v, 0, WHAT_RESTORED, 0);
	serve(&v, 0);
	vmm_set_reg(&v, 0, ids[0].ctl, ENABLE | IMASK);
	vmm_init_cpu(&v, 0, 0);
	for (i = 0; i < 2; i++)
		expect(is_kernels_kvm() || (!vmm_reg(&v, 0, ids[i].ctl) && !vmm_reg(&v, 0, ids[i].cval)), "timer %u is not reset", i);
	vmm_close(&v);
}

/* How many interrupts of guests' timers this machine has had. */
static unsigned long timer_interrupts(void)
{
	unsigned long sum = 0, n;
	char text[400], *p;
	FILE *f = fopen("/proc/interrupts", "r");
	int used;

	if (!f)
		die("/proc/interrupts");
	while (fgets(text, sizeof(text), f)) {
		if (!strstr(text, "vtimer") && !strstr(text, "ptimer"))
			continue;
		for (p = strchr(text, ':') + 1; sscanf(p, "%lu%n", &n, &used) == 1; p += used)
			sum += n;
	}
	fclose(f);
	return sum;
}

/* A timer whose interrupt the guest has taken asks the host for nothing, however often the vCPU leaves and comes back. */
static void check_quiet(void)
{
	unsigned long before, after;
	unsigned int port;
	uint64_t val = 0;
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_QUIET, 300);
	expect(vmm_event(&v, 0, &val) == PORT_VALUE && val == 0, "not ready");
	before = timer_interrupts();
	do {
		port = vmm_event(&v, 0, &val);
	} while (port == PORT_READY);
	after = timer_interrupts();
	expect(port == PORT_VALUE, "no end");
	expect(after - before < 30, "%lu interrupts of the timers in 300 stays", after - before);
	vmm_close(&v);
}

static void check_counters(void)
{
	uint64_t before, val, after;
	unsigned int i;
	struct vmm v;

	vmm_open(&v, NULL);
	for (i = 0; i < 2; i++) {
		vmm_start(&v, 0, WHAT_READ, i);
		before = vmm_reg(&v, 0, i ? KVM_REG_ARM_PTIMER_CNT : KVM_REG_ARM_TIMER_CNT);
		expect(vmm_event(&v, 0, &val) == PORT_VALUE, "no value");
		after = vmm_reg(&v, 0, i ? KVM_REG_ARM_PTIMER_CNT : KVM_REG_ARM_TIMER_CNT);
		expect(before <= val && val <= after && after - before < 1UL << 32, "counter %u: %#lx, the guest's %#lx, %#lx", i,
		       (long)before, (long)val, (long)after);
	}
	expect(vmm_reg(&v, 0, KVM_REG_ARM_TIMER_CNT) < vmm_reg(&v, 0, KVM_REG_ARM_PTIMER_CNT), "the VM's time began with the machine's");
	/* back in time, and nearly around */
	vmm_set_reg(&v, 0, KVM_REG_ARM_TIMER_CNT, 0);
	val = vmm_reg(&v, 0, KVM_REG_ARM_TIMER_CNT);
	expect(val < 1UL << 32, "set to 0 it is %#lx", (long)val);
	vmm_set_reg(&v, 0, KVM_REG_ARM_TIMER_CNT, 1UL << 55);
	vmm_start(&v, 0, WHAT_READ, 0);
	expect(vmm_event(&v, 0, &val) == PORT_VALUE && val >> 55 == 1, "set to 2^55 the guest reads %#lx", (long)val);
	vmm_close(&v);
}

static void check_both_vcpus(void)
{
	unsigned int i, round;
	uint64_t val;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	for (i = 0; i < 2; i++)
		vmm_start(&v, i, WHAT_BOTH_VCPUS, i);
	for (round = 0; round < 2; round++)
		for (i = 0; i < 2; i++)
			expect(vmm_event(&v, i, &val) == PORT_READY, "vCPU %u is not ready", i);
	for (i = 0; i < 2; i++) {
		expect(vmm_reg(&v, i, KVM_REG_ARM_TIMER_CVAL) == 0x1000 + i, "vCPU %u: virtual time", i);
		expect(vmm_reg(&v, i, KVM_REG_ARM_PTIMER_CVAL) == 0x2000 + i, "vCPU %u: physical time", i);
	}
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "pairs", check_pairs },
	{ "wfi", check_wfi },
	{ "cval", check_cval },
	{ "active", check_active },
	{ "ppis", check_ppis },
	{ "registers", check_registers },
	{ "quiet", check_quiet },
	{ "counters", check_counters },
	{ "both-vcpus", check_both_vcpus },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
