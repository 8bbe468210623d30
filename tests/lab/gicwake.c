// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of a vCPU that another one, or the VMM, has a hand in: while it sleeps, and while
 * it computes with the interrupt in a list register and makes no exit. IHI 0069, chapter 4.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_SLEEPS, WHAT_WAKES, WHAT_MASKED, WHAT_SPINS, WHAT_CHANGES, WHAT_LEVEL, WHAT_MOVES, WHAT_MOVED_TO };

#define PORT_READY	PORT_TEST

#define SPI		40
#define PRIORITY	0xa0

/* What makes an interrupt that waits come to a vCPU that sleeps. */
enum {
	BY_PENDING, BY_ENABLE, BY_GROUP, BY_FORWARD, BY_INACTIVE, BY_ROUTE, BY_SGI, BY_PRIVATE_PENDING, BY_PRIVATE_ENABLE, WAYS
};

#ifdef GUEST

#define NONE		1023
#define ISENABLER	0x100
#define ICENABLER	0x180
#define ISPENDR		0x200
#define ICPENDR		0x280
#define ISACTIVER	0x300
#define ICACTIVER	0x380

static volatile uint64_t go, at;

static uint64_t ack(void)
{
	uint64_t n = read_reg(s3_0_c12_c12_0) & 0xffffff;

	asm volatile("dsb sy\n\tisb");
	return n;
}

static void end(unsigned int intid)
{
	write_reg(intid, s3_0_c12_c12_1);
}

static uint64_t spi(unsigned int reg)
{
	return GUEST_DIST + reg + SPI / 32 * 4;
}

#define BIT		(1U << SPI % 32)
#define PPI		20
#define OTHER		(GUEST_REDIST + 0x20000 + 0x10000)	/* vCPU 1's SGIs and PPIs */

static void route(unsigned int cpu)
{
	write64(GUEST_DIST + 0x6000 + 8 * SPI, cpu);
}

/* All is as the way wants it before; then it sleeps until its interrupt comes. */
static void sleeps(uint64_t way)
{
	unsigned int intid = way == BY_SGI ? 3 : way >= BY_PRIVATE_PENDING ? PPI : SPI;

	gic_start();
	gic_enable(PPI, PRIORITY, false);
	gic_enable(3, PRIORITY, true);
	gic_enable(SPI, PRIORITY, true);
	route(way == BY_ROUTE ? 0x300 : 1);
	if (way == BY_ENABLE)
		gic_disable(SPI);
	if (way == BY_PRIVATE_ENABLE)
		gic_disable(PPI);
	if (way == BY_GROUP)
		write32(spi(0x80), 0);
	if (way == BY_FORWARD)
		write32(GUEST_DIST, 0x10);
	if (way == BY_INACTIVE)
		write32(spi(ISACTIVER), BIT);
	if (way >= BY_ENABLE && way <= BY_ROUTE)
		write32(spi(ISPENDR), BIT);
	if (way == BY_PRIVATE_ENABLE)
		write32(OTHER + ISPENDR, 1 << PPI);
	guest_expect(ack(), NONE);
	guest_say(PORT_READY, 0);
	at = NONE;
	while (at == NONE) {
		guest_wfi();
		at = ack();
	}
	guest_expect(at, intid);
	end(intid);
	guest_expect(ack(), NONE);
}

static void wakes(uint64_t way)
{
	switch (way) {
	case BY_PENDING:
		write32(spi(ISPENDR), BIT);
		break;
	case BY_ENABLE:
		write32(spi(ISENABLER), BIT);
		break;
	case BY_GROUP:
		write32(spi(0x80), ~0U);
		break;
	case BY_FORWARD:
		write32(GUEST_DIST, 0x12);
		break;
	case BY_INACTIVE:
		write32(spi(ICACTIVER), BIT);
		break;
	case BY_ROUTE:
		route(1);
		break;
	case BY_SGI:
		write_reg(3 << 24 | 2, s3_0_c12_c11_5);
		break;
	case BY_PRIVATE_PENDING:
		write32(OTHER + ISPENDR, 1 << PPI);
		break;
	case BY_PRIVATE_ENABLE:
		write32(OTHER + ISENABLER, 1 << PPI);
		break;
	}
}

/* How often WFI ends while only what the mask holds back is pending, until a timer's time. */
static uint64_t masked(void)
{
	uint64_t n = 0;

	gic_start();
	gic_enable(SPI, PRIORITY, true);
	gic_enable(27, 0x40, false);
	write_reg(0x80, s3_0_c4_c6_0);
	write32(spi(ISPENDR), BIT);
	write_reg(read_reg(cntvct_el0) + read_reg(cntfrq_el0) / 20, cntv_cval_el0);
	write_reg(1, cntv_ctl_el0);
	while (!(read_reg(cntv_ctl_el0) & 4)) {
		guest_wfi();
		n++;
	}
	write_reg(0, cntv_ctl_el0);
	return n;
}

/* Computes, with an edge pending and nobody who takes it, and does what it is told in memory. */
static void spins(void)
{
	gic_start();
	gic_enable(SPI, PRIORITY, true);
	write32(spi(ISPENDR), BIT);
	guest_expect(read_reg(s3_0_c12_c12_2), SPI);
	go = 1;
	while (go == 1)
		;
	/* it has been cleared */
	guest_expect(ack(), NONE);
	write32(spi(ISPENDR), BIT);
	guest_expect(ack(), SPI);
	go = 3;
	while (go == 3)
		;
	/* active, it has been made inactive and pending again */
	guest_expect(read_reg(s3_0_c12_c12_2), SPI);
	end(SPI);
	guest_expect(ack(), SPI);
	end(SPI);
	write32(spi(ISPENDR), BIT);
	guest_expect(read_reg(s3_0_c12_c12_2), SPI);
	go = 5;
	while (go == 5)
		;
	/* disabled; then enabled again */
	guest_expect(ack(), NONE);
	go = 7;
	while (go == 7)
		;
	guest_expect(ack(), SPI);
	end(SPI);
}

/* Time for the other one, which a look has brought out of the guest, to be in it again. */
static void settle(void)
{
	uint64_t until = read_reg(cntvct_el0) + read_reg(cntfrq_el0) / 500;

	while (read_reg(cntvct_el0) < until)
		;
}

static void changes(void)
{
	unsigned int i;

	while (go != 1)
		;
	for (i = 0; i < 50; i++) {
		guest_expect(read32(spi(ISPENDR)), BIT);
		guest_expect(read32(spi(ISACTIVER)), 0);
	}
	settle();
	write32(spi(ICPENDR), BIT);
	for (i = 0; i < 50; i++)
		guest_expect(read32(spi(ISPENDR)), 0);
	go = 2;
	while (go != 3)
		;
	for (i = 0; i < 50; i++) {
		guest_expect(read32(spi(ISPENDR)), 0);
		guest_expect(read32(spi(ISACTIVER)), BIT);
	}
	settle();
	write32(spi(ISPENDR), BIT);
	settle();
	write32(spi(ICACTIVER), BIT);
	guest_expect(read32(spi(ISACTIVER)), 0);
	guest_expect(read32(spi(ISPENDR)), BIT);
	go = 4;
	while (go != 5)
		;
	write32(spi(ICENABLER), BIT);
	while (read32(GUEST_DIST) & 1U << 31)
		;
	guest_expect(read32(spi(ISENABLER)), 0);
	guest_expect(read32(spi(ISPENDR)), BIT);
	go = 6;
	while (go != 7)
		;
	write32(spi(ISENABLER), BIT);
	/* a look makes the other one leave the guest */
	guest_expect(read32(spi(ISPENDR)), BIT);
	go = 8;
}

/* A level falls while it is active and the vCPU computes: it does not come again. */
static void level(volatile uint64_t *flag)
{
	unsigned int i;

	gic_start();
	gic_enable(SPI, PRIORITY, false);
	for (i = 0; i < 3; i++) {
		guest_say(PORT_READY, 0);
		guest_expect(ack(), SPI);
		guest_expect(read32(spi(ISPENDR)), BIT);	/* out of the guest, and in with the line high */
		*flag = 1;
		while (*flag == 1)
			;
		end(SPI);
		guest_expect(ack(), NONE);
	}
}

/* An interrupt that waits, masked, in a list register goes to where it is routed then. */
static void moves(void)
{
	gic_start();
	gic_enable(SPI, PRIORITY, true);
	write32(spi(ISPENDR), BIT);
	guest_expect(read_reg(s3_0_c12_c12_2), SPI);
	go = 1;
	while (go == 1)
		;
	guest_expect(ack(), NONE);
}

static void moved_to(void)
{
	uint64_t n;

	gic_start();
	guest_say(PORT_READY, 0);
	while (go != 1)
		;
	route(read_reg(mpidr_el1) & 0xff);
	do {
		guest_wfi();
		n = ack();
	} while (n == NONE);
	guest_expect(n, SPI);
	end(SPI);
	go = 2;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	switch (what) {
	case WHAT_SLEEPS:
		sleeps(arg);
		break;
	case WHAT_WAKES:
		wakes(arg);
		break;
	case WHAT_MASKED:
		return masked();
	case WHAT_SPINS:
		spins();
		break;
	case WHAT_CHANGES:
		changes();
		break;
	case WHAT_LEVEL:
		level((void *)arg);
		break;
	case WHAT_MOVES:
		moves();
		break;
	case WHAT_MOVED_TO:
		moved_to();
		break;
	}
	return 0;
}

#else

static void check_sleeps(void)
{
	uint64_t val = 0, way;
	struct vmm v;
	pthread_t t;

	for (way = 0; way < WAYS; way++) {
		/*
		 * The kernel's own KVM forgets what came while nothing was forwarded, has no group 0, and
		 * wakes nobody for the two others.
		 */
		if (is_kernels_kvm() && (way == BY_FORWARD || way == BY_GROUP || way == BY_ROUTE || way == BY_INACTIVE))
			continue;
		vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
		vmm_start(&v, 1, WHAT_SLEEPS, way);
		vmm_start(&v, 0, WHAT_WAKES, way);
		expect(vmm_event(&v, 1, &val) == PORT_READY, "way %lu: not ready", (long)way);
		t = vmm_thread(&v, 1);
		usleep(30000);		/* asleep by now */
		expect(vmm_event(&v, 0, &val) == PORT_DONE, "way %lu: no end", (long)way);
		pthread_join(t, NULL);
		vmm_close(&v);
	}
}

static void check_masked(void)
{
	uint64_t n;
	struct vmm v;

	vmm_open(&v, NULL);
	n = vmm_go(&v, 0, WHAT_MASKED, 0);
	printf("# WFI ended %lu times\n", (long)n);
	expect(n < 20, "an interrupt below the mask ends WFI: %lu times", (long)n);
	vmm_close(&v);
}

static void two(unsigned int first, unsigned int second, bool is_ready)
{
	uint64_t val = 0;
	struct vmm v;
	pthread_t t;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	vmm_start(&v, 0, first, 0);
	vmm_start(&v, 1, second, 0);
	if (is_ready)
		expect(vmm_event(&v, 1, &val) == PORT_READY, "not ready");
	pin_to(1);
	t = vmm_thread(&v, 1);
	pin_to(0);
	expect(vmm_event(&v, 0, &val) == PORT_DONE, "no end");
	pthread_join(t, NULL);
	vmm_close(&v);
}

static void check_spins(void)
{
	if (is_kernels_kvm())
		cannot("it does not ask the vCPU that has it");
	two(WHAT_SPINS, WHAT_CHANGES, false);
}

static void check_moves(void)
{
	if (is_kernels_kvm())
		cannot("it leaves the interrupt where it is");
	two(WHAT_MOVES, WHAT_MOVED_TO, true);
}

/* Lowers the line whenever the guest has taken it. */
static void *lowers(void *p)
{
	struct vmm *v = p;
	volatile uint64_t *flag = (void *)(v->ram + 0x200000);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		while (*flag != 1)
			usleep(100);
		vmm_irq(v, KVM_ARM_IRQ_TYPE_SPI, 0, SPI, 0);
		*flag = 0;
	}
	return NULL;
}

static void check_level(void)
{
	uint64_t val = 0;
	unsigned int i;
	pthread_t t;
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_LEVEL, GUEST_RAM + 0x200000);
	pin_to(1);
	pthread_create(&t, NULL, lowers, &v);
	pin_to(0);
	for (i = 0; i < 3; i++) {
		expect(vmm_event(&v, 0, &val) == PORT_READY, "not ready");
		vmm_irq(&v, KVM_ARM_IRQ_TYPE_SPI, 0, SPI, 1);
	}
	expect(vmm_event(&v, 0, &val) == PORT_DONE, "no end");
	pthread_join(t, NULL);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "sleeps", check_sleeps },
	{ "masked", check_masked },
	{ "spins", check_spins },
	{ "moves", check_moves },
	{ "level", check_level },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
