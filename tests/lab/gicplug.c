// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts that are in list registers while the physical CPU under their vCPU goes offline and comes back: the guest
 * computes on, elsewhere, and takes each of them once. A CPU that comes online may have anything in its list registers.
 */
#define _GNU_SOURCE
#include "vmm.h"
#include "../module/host.h"

enum { WHAT_HOLD, WHAT_NONE };

#define SPI		40
#define EDGES		7	/* one that is active, and more than list registers besides */
#define FELL		(SPI + EDGES)		/* a level that was high when its CPU went offline, and falls meanwhile */
#define ROSE		(SPI + EDGES + 1)	/* one that rises meanwhile */
#define CAME		(SPI + EDGES + 2)	/* an edge that comes meanwhile */
#define ROUNDS		4
#define FLAGS		(GUEST_RAM + 0x200000)

enum { FLAG_ROUND, FLAG_GO, FLAG_BEAT, FLAG_LOWER, FLAG_LOWERED };

#ifdef GUEST

#define ICC_PMR		s3_0_c4_c6_0
#define ICC_IAR1	s3_0_c12_c12_0
#define ICC_EOIR1	s3_0_c12_c12_1
#define NONE		1023

static volatile uint64_t *const flags = (void *)FLAGS;

static uint64_t ack(void)
{
	uint64_t n = read_reg(ICC_IAR1) & 0xffffff;

	asm volatile("dsb sy\n\tisb");
	return n;
}

/* What comes within a while. */
static uint64_t await(void)
{
	uint64_t n = NONE, i;

	for (i = 0; i < 1000000 && n == NONE; i++)
		n = ack();
	return n;
}

static void pend(unsigned int intid)
{
	write32(GUEST_DIST + 0x200 + intid / 32 * 4, 1U << intid % 32);
}

static void round_of(uint64_t r)
{
	unsigned int i;

	pend(SPI);
	guest_expect(ack(), SPI);
	write_reg(0x10, ICC_PMR);
	for (i = 1; i < EDGES; i++)
		pend(SPI + i);
	flags[FLAG_ROUND] = r;
	while (flags[FLAG_GO] != r)
		flags[FLAG_BEAT]++;
	write_reg(0xf0, ICC_PMR);
	guest_expect(await(), CAME);
	write_reg(CAME, ICC_EOIR1);
	guest_expect(await(), ROSE);
	flags[FLAG_LOWER] = r;
	while (flags[FLAG_LOWERED] != r)
		;
	write_reg(ROSE, ICC_EOIR1);
	for (i = EDGES; --i;) {
		guest_expect(await(), SPI + i);
		write_reg(SPI + i, ICC_EOIR1);
	}
	guest_expect(ack(), NONE);
	write_reg(SPI, ICC_EOIR1);
	guest_expect(ack(), NONE);
	guest_expect(read32(GUEST_DIST + 0x204) | read32(GUEST_DIST + 0x304), 0);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t i;

	gic_start();
	if (what == WHAT_NONE) {
		for (i = 0; i < 1000; i++)
			guest_expect(ack(), NONE);
		return 0;
	}
	for (i = 0; i < EDGES; i++)
		gic_enable(SPI + i, 0xa0 - 8 * i, true);
	gic_enable(FELL, 0x40, false);
	gic_enable(ROSE, 0x38, false);
	gic_enable(CAME, 0x30, true);
	for (i = 1; i <= ROUNDS; i++)
		round_of(i);
	return 0;
}

#else

static int host = -1;

static void online(bool yes)
{
	int fd = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY);

	if (fd < 0)
		cannot("the server has one CPU");
	if (write(fd, yes ? "1" : "0", 1) != 1)
		die("CPU 1 does not go %sline: %s", yes ? "on" : "off", strerror(errno));
	close(fd);
}

static void pin(pthread_t t, unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (pthread_setaffinity_np(t, sizeof(set), &set))
		die("no CPU %u for the vCPU", cpu);
}

static void await_flag(volatile uint64_t *flag, uint64_t val, const char *what)
{
	unsigned int ms;

	for (ms = 0; *flag != val; ms++) {
		if (ms == 20000 * vmm_slow())
			die("%s: %lu, not %lu", what, (long)*flag, (long)val);
		usleep(1000);
	}
}

/* The guest computes, wherever it is now. */
static void await_beats(volatile uint64_t *flags)
{
	uint64_t was = flags[FLAG_BEAT];
	unsigned int ms;

	for (ms = 0; flags[FLAG_BEAT] < was + 100000; ms++) {
		if (ms == 20000 * vmm_slow())
			die("the guest computes no more");
		usleep(1000);
	}
}

/* No vCPU is loaded on @cpu: its interface delivers nothing; @empty: and has nothing, as after it has come online. */
static void expect_clean(unsigned int cpu, bool empty)
{
	struct host_list l;
	unsigned int i;

	pin_to(cpu);
	if (ioctl(host, HOST_LIST, &l))
		die("HOST_LIST: %s", strerror(errno));
	expect(!l.hcr, "CPU %u: ICH_HCR_EL2 is %#llx", cpu, l.hcr);
	if (!empty)
		return;
	for (i = 0; i < HOST_LRS; i++)
		expect(!l.lr[i], "CPU %u: list register %u is %#llx", cpu, i, l.lr[i]);
	/* the binary points' lowest values are the CPU's own */
	expect(!(l.vmcr & 0xff000003) && !l.apr[0] && !l.apr[1], "CPU %u: VMCR %#llx, AP0R0 %#llx, AP1R0 %#llx", cpu, l.vmcr, l.apr[0],
	       l.apr[1]);
}

static void spi(struct vmm *v, unsigned int intid, int level)
{
	vmm_irq(v, KVM_ARM_IRQ_TYPE_SPI, 0, intid, level);
}

static void round_of(struct vmm *v, pthread_t t, volatile uint64_t *flags, uint64_t r)
{
	await_flag(&flags[FLAG_ROUND], r, "round");
	spi(v, FELL, 1);
	await_beats(flags);
	online(false);
	spi(v, FELL, 0);
	spi(v, ROSE, 1);
	spi(v, CAME, 1);
	spi(v, CAME, 0);
	await_beats(flags);
	online(true);
	/* it comes back there with all of it, or stays where it is */
	if (r & 1) {
		pin(t, 1);
		await_beats(flags);
	}
	flags[FLAG_GO] = r;
	await_flag(&flags[FLAG_LOWER], r, "the level");
	spi(v, ROSE, 0);
	flags[FLAG_LOWERED] = r;
	pin(t, 1);
}

static void hold(void)
{
	volatile uint64_t *flags;
	struct vmm v;
	pthread_t t;
	uint64_t r;

	vmm_open(&v, NULL);
	flags = (void *)(v.ram + FLAGS - GUEST_RAM);
	vmm_start(&v, 0, WHAT_HOLD, 0);
	pin_to(1);
	t = vmm_thread(&v, 0);
	pin_to(0);
	for (r = 1; r <= ROUNDS; r++)
		round_of(&v, t, flags, r);
	pthread_join(t, NULL);
	if (host >= 0) {
		expect_clean(0, false);
		expect_clean(1, false);
	}
	vmm_close(&v);
}

static void check_offline(void)
{
	hold();
}

static void check_littered(void)
{
	struct vmm v;

	host = open("/dev/tabula-host", O_RDWR);
	if (host < 0)
		die("/dev/tabula-host: %s", strerror(errno));
	if (ioctl(host, HOST_LITTER, 1))
		die("HOST_LITTER: %s", strerror(errno));
	pin_to(0);
	online(false);
	online(true);
	expect(ioctl(host, HOST_LITTER, 1) == 1, "nothing was littered");
	expect_clean(1, true);
	pin_to(1);
	vmm_open(&v, NULL);
	expect(!vmm_go(&v, 0, WHAT_NONE, 0), "the guest has interrupts that nobody sent");
	vmm_close(&v);
	hold();
	expect(ioctl(host, HOST_LITTER, 0) == 1 + ROUNDS, "not littered in each round");
}

static const struct check checks[] = {
	{ "offline", check_offline },
	{ "littered", check_littered },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
