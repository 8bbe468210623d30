// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts, from the VMM's and the guest's side. IHI 0069;
 * Documentation/virt/kvm/api.rst and devices/arm-vgic-v3.rst.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum {
	WHAT_LINES, WHAT_PRIORITY, WHAT_PING, WHAT_PONG, WHAT_IRQFD, WHAT_IOEVENTFD, WHAT_ACTIVE, WHAT_RESTORED,
};

#define PORT_READY	(PORT_TEST + 0)	/* the guest waits for what the VMM does next */
#define PORT_ACK	(PORT_TEST + 1)	/* in the handler, with the interrupt's number */
#define PORT_COUNT	(PORT_TEST + 2)	/* how many came */
#define PORT_DOORBELL	64

#define SPI_LEVEL	40
#define SPI_EDGE	41
#define PPI_LEVEL	20
#define PRIORITY	0xa0
#define PINGS		300

#ifdef GUEST

#define ICC_IAR1	s3_0_c12_c12_0
#define ICC_EOIR1	s3_0_c12_c12_1
#define ICC_SGI1R	s3_0_c12_c11_5

#define HANDLER_TELLS	1	/* each interrupt goes to the VMM before it ends */
#define HANDLER_NESTS	2	/* others may come meanwhile */
#define HANDLER_PONGS	4

static struct {
	volatile uint64_t n, intid[60], flags, pad[2];
} cpus[4] __attribute__((aligned(512)));

static unsigned int me(void)
{
	return read_reg(mpidr_el1) & 3;
}

static void sgi(unsigned int cpu, unsigned int intid)
{
	write_reg((uint64_t)intid << 24 | 1 << cpu, ICC_SGI1R);
}

bool guest_irq(struct guest_frame *f)
{
	uint64_t intid = read_reg(ICC_IAR1) & 0xffffff, n = cpus[me()].n;

	asm volatile("dsb sy");
	if (intid >= 1020)
		return true;
	cpus[me()].intid[n % 60] = intid;
	cpus[me()].n = n + 1;
	if (cpus[me()].flags & HANDLER_TELLS)
		guest_say(PORT_ACK, intid);
	if (cpus[me()].flags & HANDLER_NESTS) {
		irqs_on();
		asm volatile("isb\n\tnop\n\tnop");
		irqs_off();
	}
	if (cpus[me()].flags & HANDLER_PONGS)
		sgi(0, 4);
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

static uint64_t now(void)
{
	asm volatile("isb");
	return read_reg(cntvct_el0);
}

static void pause_for(uint64_t ticks)
{
	uint64_t end = now() + ticks;

	while (now() < end)
		;
}

static void lines(void)
{
	uint64_t seen = 0, i;

	cpus[0].flags = HANDLER_TELLS;
	gic_start();
	gic_enable(SPI_LEVEL, PRIORITY, false);
	gic_enable(SPI_EDGE, PRIORITY, true);
	gic_enable(PPI_LEVEL, PRIORITY, false);
	irqs_on();
	guest_say(PORT_READY, 0);	/* all three, and each lowered when it is acknowledged */
	await(3);
	for (i = 0; i < 3; i++)
		seen |= 1UL << cpus[0].intid[i];
	guest_expect(seen, 1UL << SPI_LEVEL | 1UL << SPI_EDGE | 1UL << PPI_LEVEL);
	guest_say(PORT_READY, 1);	/* the level, lowered at its third acknowledgement only */
	await(6);
	pause_for(read_reg(cntfrq_el0) / 200);
	guest_expect(cpus[0].n, 6);
	guest_say(PORT_READY, 2);	/* raised and lowered again: nothing */
	gic_disable(SPI_EDGE);
	guest_say(PORT_READY, 3);	/* an edge while it is disabled is kept */
	pause_for(read_reg(cntfrq_el0) / 200);
	guest_expect(cpus[0].n, 6);
	gic_enable(SPI_EDGE, PRIORITY, true);
	await(7);
	guest_expect(cpus[0].intid[6], SPI_EDGE);
}

static void priority(void)
{
	gic_start();
	gic_enable(42, 0xc0, true);
	gic_enable(43, 0x80, true);
	gic_enable(44, 0x40, true);
	irqs_off();
	guest_say(PORT_READY, 0);	/* 42, 43 and 44 at once */
	irqs_on();
	await(3);
	guest_expect(cpus[0].intid[0], 44);
	guest_expect(cpus[0].intid[1], 43);
	guest_expect(cpus[0].intid[2], 42);
	/* in the handler of 42 comes 43, in that of 43 comes 44: preempted each time */
	cpus[0].flags = HANDLER_TELLS | HANDLER_NESTS;
	guest_say(PORT_READY, 1);
	await(6);
	guest_expect(cpus[0].intid[3], 42);
	guest_expect(cpus[0].intid[4], 43);
	guest_expect(cpus[0].intid[5], 44);
	/* the mask: 0x80 and above wait */
	cpus[0].flags = 0;
	write_reg(0x80, s3_0_c4_c6_0);
	guest_say(PORT_READY, 2);	/* 43 and 44 */
	await(7);
	pause_for(read_reg(cntfrq_el0) / 200);
	guest_expect(cpus[0].n, 7);
	guest_expect(cpus[0].intid[6], 44);
	write_reg(0xf0, s3_0_c4_c6_0);
	await(8);
	guest_expect(cpus[0].intid[7], 43);
}

static void ping(void)
{
	uint64_t i;

	gic_start();
	gic_enable(4, PRIORITY, true);
	irqs_on();
	for (i = 0; i < PINGS; i++) {
		sgi(1, 3);
		await(i + 1);
	}
}

static void pong(void)
{
	cpus[1].flags = HANDLER_PONGS;
	gic_start();
	gic_enable(3, PRIORITY, true);
	irqs_on();
	guest_say(PORT_READY, 0);
	await(PINGS);
}

static void irqfds(void)
{
	gic_start();
	gic_enable(SPI_EDGE, PRIORITY, true);
	gic_enable(SPI_LEVEL, PRIORITY, false);
	irqs_on();
	guest_say(PORT_READY, 0);	/* one signal of the edge's eventfd */
	await(1);
	guest_expect(cpus[0].intid[0], SPI_EDGE);
	guest_say(PORT_READY, 1);	/* one of the level's: its end tells the resamplefd */
	await(2);
	guest_expect(cpus[0].intid[1], SPI_LEVEL);
	pause_for(read_reg(cntfrq_el0) / 200);
	guest_say(PORT_COUNT, cpus[0].n);
	guest_say(PORT_READY, 2);	/* routed anew: the edge's eventfd is 45 now */
	gic_enable(45, PRIORITY, true);
	await(3);
	guest_expect(cpus[0].intid[2], 45);
	guest_say(PORT_READY, 3);	/* deassigned: nothing */
	pause_for(read_reg(cntfrq_el0) / 200);
	guest_expect(cpus[0].n, 3);
}

static void doorbells(void)
{
	const uint64_t at = GUEST_IO + 8 * PORT_DOORBELL;

	write32(at, 1);
	write64(at, 2);
	asm volatile("strb wzr, [%0]" : : "r" (at));
	write32(at + 8, 0x55);
	write32(at + 8, 0x56);		/* another value: the VMM's */
	write64(at + 8, 0x55);		/* another size: the VMM's */
	write64(at + 16, 77);
	guest_say(PORT_READY, 0);
	write64(at + 16, 78);		/* deassigned: the VMM's */
}

static void active(void)
{
	cpus[0].flags = HANDLER_TELLS;
	gic_start();
	gic_enable(SPI_EDGE, PRIORITY, true);
	irqs_on();
	guest_say(PORT_READY, 0);
	await(1);
	guest_say(PORT_READY, 1);
	await(2);
}

/* The VMM has set everything up, as after a migration. */
static void restored(void)
{
	irqs_on();
	asm volatile("isb");
	await(1);
	guest_expect(cpus[0].intid[0], SPI_LEVEL);
	pause_for(read_reg(cntfrq_el0) / 200);
	guest_expect(cpus[0].n, 1);
	/* the other is pending, and active: not to be taken */
	guest_expect(read32(GUEST_DIST + 0x304) >> (SPI_EDGE - 32) & 1, 1);
	guest_expect(read32(GUEST_DIST + 0x204) >> (SPI_EDGE - 32) & 1, 1);
	write32(GUEST_DIST + 0x384, 1 << (SPI_EDGE - 32));
	await(2);
	guest_expect(cpus[0].intid[1], SPI_EDGE);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	switch (what) {
	case WHAT_LINES:
		lines();
		break;
	case WHAT_PRIORITY:
		priority();
		break;
	case WHAT_PING:
		ping();
		break;
	case WHAT_PONG:
		pong();
		break;
	case WHAT_IRQFD:
		irqfds();
		break;
	case WHAT_IOEVENTFD:
		doorbells();
		break;
	case WHAT_ACTIVE:
		active();
		break;
	case WHAT_RESTORED:
		restored();
		break;
	}
	return 0;
}

#else

static void line(struct vmm *v, unsigned int intid, int level)
{
	vmm_irq(v, intid < 32 ? KVM_ARM_IRQ_TYPE_PPI : KVM_ARM_IRQ_TYPE_SPI, 0, intid, level);
}

static void check_lines(void)
{
	struct kvm_irq_level l = { .irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | 4000, .level = 1 };
	unsigned int port, phase = 0, acks = 0;
	uint64_t val = 0;
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_LINES, 0);
	while ((port = vmm_event(&v, 0, &val)) != PORT_DONE) {
		if (port == PORT_READY) {
			phase = val;
			if (phase == 0) {
				line(&v, SPI_LEVEL, 1);
				line(&v, SPI_EDGE, 1);
				line(&v, PPI_LEVEL, 1);
			} else if (phase == 1) {
				line(&v, SPI_LEVEL, 1);
			} else if (phase == 2) {
				line(&v, SPI_LEVEL, 1);
				line(&v, SPI_LEVEL, 0);
			} else {
				line(&v, SPI_EDGE, 0);
				line(&v, SPI_EDGE, 1);
				line(&v, SPI_EDGE, 0);
			}
		} else if (port == PORT_ACK) {
			acks++;
			if (phase != 1 || acks == 6)
				line(&v, val, 0);
		}
	}
	expect_result(ioctl(v.vm, KVM_IRQ_LINE, &l), -EINVAL);
	l.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | 20;
	expect_result(ioctl(v.vm, KVM_IRQ_LINE, &l), -EINVAL);
	l.irq = KVM_ARM_IRQ_TYPE_PPI << KVM_ARM_IRQ_TYPE_SHIFT | 40;
	expect_result(ioctl(v.vm, KVM_IRQ_LINE, &l), -EINVAL);
	l.irq = KVM_ARM_IRQ_TYPE_PPI << KVM_ARM_IRQ_TYPE_SHIFT | 9 << KVM_ARM_IRQ_VCPU_SHIFT | 20;
	expect_result(ioctl(v.vm, KVM_IRQ_LINE, &l), -EINVAL);
	l.irq = KVM_ARM_IRQ_TYPE_CPU << KVM_ARM_IRQ_TYPE_SHIFT;
	expect_result(ioctl(v.vm, KVM_IRQ_LINE, &l), -ENXIO);
}

static void check_priority(void)
{
	unsigned int port, i;
	uint64_t val = 0;
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_PRIORITY, 0);
	while ((port = vmm_event(&v, 0, &val)) != PORT_DONE) {
		for (i = 42; i <= 44; i++)
			line(&v, i, 0);
		if (port == PORT_READY && val == 0) {
			for (i = 42; i <= 44; i++)
				line(&v, i, 1);
		} else if (port == PORT_READY && val == 1) {
			line(&v, 42, 1);
		} else if (port == PORT_READY) {
			line(&v, 43, 1);
			line(&v, 44, 1);
		} else if (port == PORT_ACK && val < 44) {
			line(&v, val + 1, 1);
		}
	}
}

static void check_sgi(void)
{
	uint64_t val = 0;
	pthread_t t[2];
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	vmm_start(&v, 0, WHAT_PING, 0);
	vmm_start(&v, 1, WHAT_PONG, 0);
	expect(vmm_event(&v, 1, &val) == PORT_READY, "vCPU 1 is not ready");
	t[0] = vmm_thread(&v, 0);
	t[1] = vmm_thread(&v, 1);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
}

static int irqfd(struct vmm *v, int fd, unsigned int gsi, uint32_t flags, int resample)
{
	struct kvm_irqfd f = { .fd = fd, .gsi = gsi, .flags = flags, .resamplefd = resample };

	return result(ioctl(v->vm, KVM_IRQFD, &f));
}

static uint64_t drain(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, 8) == 8 ? n : 0;
}

static void ring(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, 8) != 8)
		die("write to an eventfd");
}

static int route(struct vmm *v, uint32_t type, unsigned int gsi, unsigned int chip, unsigned int pin)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e[2];
	} r = { .head = { .nr = 2 } };

	r.e[0] = (struct kvm_irq_routing_entry){ .gsi = gsi, .type = type, .u.irqchip = { chip, pin } };
	r.e[1] = (struct kvm_irq_routing_entry){ .gsi = 50, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { 0, 50 } };
	return result(ioctl(v->vm, KVM_SET_GSI_ROUTING, &r));
}

static void check_irqfd(void)
{
	int edge = eventfd(0, EFD_NONBLOCK), level = eventfd(0, EFD_NONBLOCK), again = eventfd(0, EFD_NONBLOCK);
	unsigned int port;
	uint64_t val = 0;
	struct vmm v;

	vmm_open(&v, NULL);
	expect(irqfd(&v, edge, SPI_EDGE - 32, 1U << 30, 0) == -EINVAL, "unknown flag");
	expect(irqfd(&v, 0, SPI_EDGE - 32, 0, 0) < 0, "no eventfd");
	expect(irqfd(&v, -1, SPI_EDGE - 32, 0, 0) == -EBADF, "no descriptor");
	expect(!irqfd(&v, edge, SPI_EDGE - 32, 0, 0), "irqfd");
	expect(irqfd(&v, edge, SPI_EDGE - 32, 0, 0) == -EBUSY, "the same twice");
	expect(!irqfd(&v, level, SPI_LEVEL - 32, KVM_IRQFD_FLAG_RESAMPLE, again), "irqfd with resamplefd");
	expect(route(&v, 77, 1, 0, 1) == -EINVAL, "routing type");
	expect(route(&v, KVM_IRQ_ROUTING_IRQCHIP, 1, 3, 1) == -EINVAL, "irqchip");
	expect(route(&v, KVM_IRQ_ROUTING_IRQCHIP, 1, 0, 1 << 20) == -EINVAL, "pin");
	vmm_start(&v, 0, WHAT_IRQFD, 0);
	while ((port = vmm_event(&v, 0, &val)) != PORT_DONE) {
		if (port == PORT_COUNT) {
			expect(val == 2, "%lu interrupts of 2 signals", (long)val);
			expect(drain(again) == 1, "the resamplefd was not told once");
		} else if (val == 0) {
			ring(edge);
		} else if (val == 1) {
			ring(level);
		} else if (val == 2) {
			expect(!route(&v, KVM_IRQ_ROUTING_IRQCHIP, SPI_EDGE - 32, 0, 13), "routing");
			ring(edge);
		} else {
			expect(!irqfd(&v, edge, SPI_EDGE - 32, KVM_IRQFD_FLAG_DEASSIGN, 0), "deassign");
			ring(edge);
			expect(drain(edge) == 1, "a deassigned eventfd was drained");
		}
	}
	/* closed while it is assigned */
	close(level);
	close(again);
}

static int ioeventfd(struct vmm *v, int fd, unsigned int port, uint32_t len, uint32_t flags, uint64_t match)
{
	struct kvm_ioeventfd f = {
		.addr = GUEST_IO + 8 * port, .len = len, .fd = fd, .flags = flags, .datamatch = match,
	};

	return result(ioctl(v->vm, KVM_IOEVENTFD, &f));
}

static void check_ioeventfd(void)
{
	int fd[3] = { eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK) };
	unsigned int port, exits = 0;
	uint64_t val = 0;
	struct vmm v;

	vmm_open(&v, NULL);
	expect(ioeventfd(&v, fd[0], PORT_DOORBELL, 3, 0, 0) == -EINVAL, "length 3");
	expect(ioeventfd(&v, fd[0], PORT_DOORBELL, 4, 1 << 20, 0) == -EINVAL, "unknown flag");
	expect(ioeventfd(&v, -1, PORT_DOORBELL, 4, 0, 0) == -EBADF, "no descriptor");
	expect(ioeventfd(&v, fd[0], PORT_DOORBELL, 4, KVM_IOEVENTFD_FLAG_DEASSIGN, 0) == -ENOENT, "not there");
	expect(!ioeventfd(&v, fd[0], PORT_DOORBELL, 0, 0, 0), "any length");
	expect(!ioeventfd(&v, fd[1], PORT_DOORBELL + 1, 4, KVM_IOEVENTFD_FLAG_DATAMATCH, 0x55), "with a value");
	expect(ioeventfd(&v, fd[1], PORT_DOORBELL + 1, 4, KVM_IOEVENTFD_FLAG_DATAMATCH, 0x55) == -EEXIST, "twice");
	expect(!ioeventfd(&v, fd[2], PORT_DOORBELL + 2, 8, 0, 0), "8 bytes");
	vmm_start(&v, 0, WHAT_IOEVENTFD, 0);
	while ((port = vmm_event(&v, 0, &val)) != PORT_DONE) {
		if (port != PORT_READY) {
			exits++;
			continue;
		}
		expect(exits == 2, "%u exits of 2", exits);
		expect(drain(fd[0]) == 3, "any length: not 3 signals");
		expect(drain(fd[1]) == 1, "value: not 1 signal");
		expect(drain(fd[2]) == 1, "8 bytes: not 1 signal");
		expect(!ioeventfd(&v, fd[2], PORT_DOORBELL + 2, 8, KVM_IOEVENTFD_FLAG_DEASSIGN, 0), "deassign");
	}
	expect(exits == 3, "%u exits of 3", exits);
	expect(!drain(fd[2]), "a deassigned one was signalled");
}

static uint32_t dist(struct vmm *v, uint32_t offset, const uint32_t *set)
{
	uint32_t val = set ? *set : 0;
	int ret = vmm_attr(v->gic, set ? KVM_SET_DEVICE_ATTR : KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS,
			   offset, &val);

	expect(!ret, "distributor %#x: %s", offset, result_name(ret));
	return val;
}

static void set_dist(struct vmm *v, uint32_t offset, uint32_t val)
{
	dist(v, offset, &val);
}

static uint32_t level_info(struct vmm *v, unsigned int first, const uint32_t *set)
{
	uint32_t val = set ? *set : 0;
	int ret = vmm_attr(v->gic, set ? KVM_SET_DEVICE_ATTR : KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO,
			   (uint64_t)VGIC_LEVEL_INFO_LINE_LEVEL << KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_SHIFT | first, &val);

	expect(!ret, "LEVEL_INFO: %s", result_name(ret));
	return val;
}

static void check_active(void)
{
	const uint32_t bit = 1 << (SPI_EDGE - 32);
	unsigned int port;
	uint64_t val = 0;
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_ACTIVE, 0);
	while ((port = vmm_event(&v, 0, &val)) != PORT_DONE) {
		if (port == PORT_READY) {
			expect(!(dist(&v, 0x304, NULL) & bit), "active before");
			line(&v, SPI_EDGE, 1);
			expect(dist(&v, 0x204, NULL) & bit, "not pending");
			/* the kernel's own KVM tells lines of level-sensitive interrupts only */
			expect(is_kernels_kvm() || level_info(&v, 32, NULL) & bit, "the line is low");
			line(&v, SPI_EDGE, 0);
			expect(dist(&v, 0x204, NULL) & bit, "the edge is forgotten");
			expect(!(level_info(&v, 32, NULL) & bit), "the line is high");
		} else {
			expect(dist(&v, 0x304, NULL) & bit, "not active in its handler");
			expect(!(dist(&v, 0x204, NULL) & bit), "still pending in its handler");
		}
	}
	expect(!(dist(&v, 0x304, NULL) & bit), "active after its end");
	expect(dist(&v, 0x104, NULL) & bit, "not enabled");
	vmm_close(&v);
}

static void check_restore(void)
{
	const uint32_t edge = 1 << (SPI_EDGE - 32), level = 1 << (SPI_LEVEL - 32);
	const uint64_t pmr = 3 << 14 | 4 << 7 | 6 << 3, grpen1 = 3 << 14 | 12 << 7 | 12 << 3 | 7;
	uint64_t val;
	uint32_t one = level;
	struct vmm v;

	vmm_open(&v, NULL);
	set_dist(&v, 0x0, 0x12);
	set_dist(&v, 0x84, edge | level);
	set_dist(&v, 0x408, 0xa0a0a0a0);
	set_dist(&v, 0xc08, 2 << 2 * (SPI_EDGE % 16));
	set_dist(&v, 0x104, edge | level);
	set_dist(&v, 0x304, edge);
	set_dist(&v, 0x204, edge);
	level_info(&v, 32, &one);
	val = 0xf0;
	expect(!vmm_attr(v.gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, pmr, &val), "ICC_PMR_EL1");
	val = 1;
	expect(!vmm_attr(v.gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, grpen1, &val), "ICC_IGRPEN1_EL1");
	val = 0;
	expect(!vmm_attr(v.gic, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, pmr, &val) && val == 0xf0,
	       "ICC_PMR_EL1 is %#lx", (long)val);
	expect(dist(&v, 0x304, NULL) == edge && (dist(&v, 0x204, NULL) & edge), "active and pending are not in");
	vmm_start(&v, 0, WHAT_RESTORED, 0);
	/* the level falls when the guest has taken it: it never ends by itself */
	one = 0;
	expect(vmm_attr(v.gic, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0xfffc, &val) != -EFAULT, "a register");
	line(&v, SPI_LEVEL, 0);
	set_dist(&v, 0x204, edge | level);
	expect(vmm_event(&v, 0, &val) == PORT_DONE, "no end");
}

static const struct check checks[] = {
	{ "lines", check_lines },
	{ "priority", check_priority },
	{ "sgi", check_sgi },
	{ "irqfd", check_irqfd },
	{ "ioeventfd", check_ioeventfd },
	{ "active", check_active },
	{ "restore", check_restore },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
