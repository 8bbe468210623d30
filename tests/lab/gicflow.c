// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of an interrupt on its way through the GIC: pending, enabled, grouped,
 * masked, active, preempted, ended. The guest asks ICC_IAR1_EL1 what there is instead of
 * taking exceptions, so each step has one right answer. IHI 0069, chapters 4, 6 and 12.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_PENDING, WHAT_GROUPS, WHAT_PREEMPT, WHAT_DIR, WHAT_MANY, WHAT_SGI, WHAT_LEVEL, WHAT_ANY, WHAT_SPIN };

#define PORT_EDGE	(PORT_TEST + 0)	/* the VMM raises and lowers this interrupt's line */
#define PORT_HIGH	(PORT_TEST + 1)	/* raises it */
#define PORT_LOW	(PORT_TEST + 2)	/* lowers it */
#define PORT_NEXT	(PORT_TEST + 3)

#define SGI		5
#define PPI		20
#define SPI		40
#define PRIORITY	0xa0
#define MANY		9	/* more than list registers */
#define SPINS		21

#ifdef GUEST

#define ICC_PMR		s3_0_c4_c6_0
#define ICC_IAR0	s3_0_c12_c8_0
#define ICC_EOIR0	s3_0_c12_c8_1
#define ICC_HPPIR0	s3_0_c12_c8_2
#define ICC_BPR0	s3_0_c12_c8_3
#define ICC_AP0R0	s3_0_c12_c8_4
#define ICC_AP1R0	s3_0_c12_c9_0
#define ICC_DIR		s3_0_c12_c11_1
#define ICC_RPR		s3_0_c12_c11_3
#define ICC_SGI1R	s3_0_c12_c11_5
#define ICC_ASGI1R	s3_0_c12_c11_6
#define ICC_SGI0R	s3_0_c12_c11_7
#define ICC_IAR1	s3_0_c12_c12_0
#define ICC_EOIR1	s3_0_c12_c12_1
#define ICC_HPPIR1	s3_0_c12_c12_2
#define ICC_BPR1	s3_0_c12_c12_3
#define ICC_CTLR	s3_0_c12_c12_4
#define ICC_IGRPEN0	s3_0_c12_c12_6
#define ICC_IGRPEN1	s3_0_c12_c12_7

#define NONE		1023
#define IGROUPR		0x80
#define ISENABLER	0x100
#define ICENABLER	0x180
#define ISPENDR		0x200
#define ICPENDR		0x280
#define ISACTIVER	0x300
#define ICACTIVER	0x380

static volatile uint64_t taken;

static uint64_t reg_of(unsigned int intid, unsigned int reg)
{
	return (intid < 32 ? gic_redist() + 0x10000 : GUEST_DIST) + reg + intid / 32 * 4;
}

static void set(unsigned int intid, unsigned int reg)
{
	write32(reg_of(intid, reg), 1U << intid % 32);
}

static unsigned int is(unsigned int intid, unsigned int reg)
{
	return read32(reg_of(intid, reg)) >> intid % 32 & 1;
}

static void set_priority(unsigned int intid, unsigned int priority)
{
	uint64_t a = (intid < 32 ? gic_redist() + 0x10000 : GUEST_DIST) + 0x400 + intid;

	asm volatile("strb %w0, [%1]" : : "r" (priority), "r" (a) : "memory");
}

static void set_group(unsigned int intid, unsigned int group)
{
	uint64_t a = reg_of(intid, IGROUPR);
	uint32_t bit = 1U << intid % 32;

	write32(a, (read32(a) & ~bit) | (group ? bit : 0));
}

static void disable(unsigned int intid)
{
	gic_disable(intid);
}

static uint64_t ack(void)
{
	uint64_t n = read_reg(ICC_IAR1) & 0xffffff;

	asm volatile("dsb sy\n\tisb");
	return n;
}

static void end(unsigned int intid)
{
	write_reg(intid, ICC_EOIR1);
}

/* ICC_IAR1_EL1 as soon as something other than nothing is there. */
static uint64_t await(void)
{
	uint64_t n = NONE, i;

	for (i = 0; i < 100000000 && n == NONE; i++)
		n = ack();
	return n;
}

static void states(unsigned int intid, unsigned int pending, unsigned int active)
{
	guest_expect(is(intid, ISPENDR) << 12 | is(intid, ICPENDR) << 8 | is(intid, ISACTIVER) << 4 |
		     is(intid, ICACTIVER), pending << 12 | pending << 8 | active << 4 | active);
}

/* An edge before, while and after its interrupt is disabled. */
static void pending_of(unsigned int intid)
{
	gic_enable(intid, PRIORITY, true);
	disable(intid);
	guest_expect(is(intid, ISENABLER) << 1 | is(intid, ICENABLER), 0);
	/* comes while disabled */
	set(intid, ISPENDR);
	states(intid, 1, 0);
	guest_expect(ack(), NONE);
	set(intid, ISENABLER);
	guest_expect(is(intid, ISENABLER) << 1 | is(intid, ICENABLER), 3);
	guest_expect(read_reg(ICC_HPPIR1), intid);
	/* is there, and is disabled before it is taken; pending all the while */
	disable(intid);
	guest_expect(read_reg(ICC_HPPIR1), NONE);
	guest_expect(ack(), NONE);
	states(intid, 1, 0);
	set(intid, ISENABLER);
	guest_expect(ack(), intid);
	states(intid, 0, 1);
	/* comes again while active, is disabled, and ends */
	set(intid, ISPENDR);
	states(intid, 1, 1);
	guest_expect(ack(), NONE);
	disable(intid);
	end(intid);
	states(intid, 1, 0);
	guest_expect(ack(), NONE);
	set(intid, ISENABLER);
	guest_expect(ack(), intid);
	end(intid);
	states(intid, 0, 0);
	guest_expect(ack(), NONE);
	/* cleared before it is taken */
	set(intid, ISPENDR);
	set(intid, ICPENDR);
	states(intid, 0, 0);
	guest_expect(ack(), NONE);
	/* cleared while another is active, and while it is disabled */
	set(intid, ISPENDR);
	guest_expect(ack(), intid);
	set(intid, ISPENDR);
	set(intid, ICPENDR);
	states(intid, 0, 1);
	disable(intid);
	set(intid, ISPENDR);
	set(intid, ICPENDR);
	set(intid, ISENABLER);
	end(intid);
	states(intid, 0, 0);
	guest_expect(ack(), NONE);
	/* zeros do nothing */
	set(intid, ISPENDR);
	write32(reg_of(intid, ISENABLER), 0);
	write32(reg_of(intid, ICENABLER), 0);
	write32(reg_of(intid, ISPENDR), 0);
	write32(reg_of(intid, ICPENDR), 0);
	guest_expect(is(intid, ISENABLER), 1);
	states(intid, 1, 0);
	guest_expect(ack(), intid);
	write32(reg_of(intid, ISACTIVER), 0);
	write32(reg_of(intid, ICACTIVER), 0);
	states(intid, 0, 1);
	/* made inactive by name: the priority is still dropped by its end */
	set(intid, ICACTIVER);
	states(intid, 0, 0);
	end(intid);
	/* made active by name, it is not to be taken until it is not */
	set(intid, ISACTIVER);
	states(intid, 0, 1);
	set(intid, ISPENDR);
	states(intid, 1, 1);
	guest_expect(ack(), NONE);
	set(intid, ICACTIVER);
	states(intid, 1, 0);
	guest_expect(ack(), intid);
	end(intid);
	disable(intid);
}

static void dist_ctlr(uint32_t groups)
{
	write32(GUEST_DIST, groups | 0x10);
	while (read32(GUEST_DIST) & 1U << 31)
		;
	guest_expect(read32(GUEST_DIST) & 0x13, groups | 0x10);
}

/* Group 0, with one that waits and is pending, of group 1 and enabled so far. */
static void group0_of(unsigned int intid)
{
	set_group(intid, 0);
	guest_expect(is(intid, IGROUPR), 0);
	guest_expect(ack(), NONE);
	guest_expect(read_reg(ICC_IAR0), NONE);
	dist_ctlr(3);
	guest_expect(read_reg(ICC_HPPIR0), intid);
	guest_expect(ack(), NONE);
	set_group(intid, 1);
	guest_expect(read_reg(ICC_HPPIR0), NONE);
	guest_expect(read_reg(ICC_HPPIR1), intid);
	set_group(intid, 0);
	dist_ctlr(2);
	guest_expect(read_reg(ICC_HPPIR0), NONE);
	dist_ctlr(1);
	write_reg(0, ICC_IGRPEN0);
	guest_expect(read_reg(ICC_IAR0), NONE);
	write_reg(1, ICC_IGRPEN0);
	guest_expect(read_reg(ICC_IAR0), intid);
	guest_expect(read_reg(ICC_RPR), PRIORITY);
	guest_check(read_reg(ICC_AP0R0));
	guest_expect(read_reg(ICC_AP1R0), 0);
	states(intid, 0, 1);
	write_reg(intid, ICC_EOIR0);
	states(intid, 0, 0);
	guest_expect(read_reg(ICC_RPR), 0xff);
	set_group(intid, 1);
	dist_ctlr(2);
}

/* Groups and their enables at the distributor and at the CPU, with one that waits. */
static void groups_of(unsigned int intid)
{
	gic_enable(intid, PRIORITY, true);
	write_reg(1, ICC_IGRPEN0);
	set(intid, ISPENDR);
	dist_ctlr(0);
	guest_expect(ack(), NONE);
	dist_ctlr(1);
	guest_expect(ack(), NONE);
	guest_expect(read_reg(ICC_IAR0), NONE);
	states(intid, 1, 0);
	dist_ctlr(2);
	guest_expect(read_reg(ICC_HPPIR1), intid);
	guest_expect(read_reg(ICC_HPPIR0), NONE);
	write_reg(0, ICC_IGRPEN1);
	guest_expect(read_reg(ICC_HPPIR1), NONE);
	guest_expect(ack(), NONE);
	write_reg(1, ICC_IGRPEN1);
	guest_expect(read_reg(ICC_HPPIR1), intid);
	group0_of(intid);
	/* active, pending again, and the group is off when it ends */
	set(intid, ISPENDR);
	guest_expect(ack(), intid);
	set(intid, ISPENDR);
	dist_ctlr(1);
	end(intid);
	guest_expect(ack(), NONE);
	states(intid, 1, 0);
	dist_ctlr(2);
	guest_expect(ack(), intid);
	end(intid);
	disable(intid);
}

/* Which priorities come through, one behind the other. */
static void preempt(void)
{
	unsigned int i;

	for (i = 0; i < 6; i++)
		gic_enable(SPI + i, 0x20 * (i + 1), true);
	guest_expect(read32(GUEST_DIST + 0x400 + SPI), 0x80604020);
	set_priority(SPI + 6, 0xff);
	guest_expect(read32(GUEST_DIST + 0x404 + SPI) & 0xff0000, 0xf80000);
	/* the mask: of its priority and of lower ones nothing comes */
	set(SPI + 3, ISPENDR);
	write_reg(0x80, ICC_PMR);
	guest_expect(read_reg(ICC_PMR), 0x80);
	guest_expect(ack(), NONE);
	write_reg(0x88, ICC_PMR);
	guest_expect(read_reg(ICC_HPPIR1), SPI + 3);
	write_reg(0xf0, ICC_PMR);
	/* a higher one comes first, and the lower waits for its end */
	set(SPI + 4, ISPENDR);
	guest_expect(ack(), SPI + 3);
	guest_expect(read_reg(ICC_RPR), 0x80);
	guest_expect(read_reg(ICC_HPPIR1), SPI + 4);
	guest_expect(ack(), NONE);
	/* a priority that is raised while it waits */
	set_priority(SPI + 4, 0x50);
	guest_expect(ack(), SPI + 4);
	guest_expect(read_reg(ICC_RPR), 0x50);
	set(SPI, ISPENDR);
	guest_expect(ack(), SPI);
	guest_expect(read_reg(ICC_RPR), 0x20);
	guest_expect(read_reg(ICC_AP1R0), 1 << (0x20 >> 3) | 1 << (0x50 >> 3) | 1 << (0x80 >> 3));
	guest_expect(read_reg(ICC_AP0R0), 0);
	end(SPI);
	guest_expect(read_reg(ICC_RPR), 0x50);
	end(SPI + 4);
	guest_expect(read_reg(ICC_RPR), 0x80);
	guest_expect(is(SPI + 3, ISACTIVER) << 8 | is(SPI + 4, ISACTIVER) << 4 | is(SPI, ISACTIVER), 0x100);
	end(SPI + 3);
	guest_expect(read_reg(ICC_RPR), 0xff);
	guest_expect(read_reg(ICC_AP1R0), 0);
	/* of the same group priority none preempts; of one that is higher by that, it does */
	write_reg(5, ICC_BPR1);
	guest_expect(read_reg(ICC_BPR1), 5);
	set_priority(SPI + 4, 0x98);
	set(SPI + 4, ISPENDR);
	guest_expect(ack(), SPI + 4);
	guest_expect(read_reg(ICC_RPR), 0x80);
	set(SPI + 3, ISPENDR);		/* 0x80 */
	guest_expect(ack(), NONE);
	set(SPI + 2, ISPENDR);		/* 0x60 */
	guest_expect(ack(), SPI + 2);
	end(SPI + 2);
	end(SPI + 4);
	guest_expect(ack(), SPI + 3);
	end(SPI + 3);
	/* one binary point for both groups */
	write_reg(0, ICC_BPR1);
	write_reg(0, ICC_BPR0);
	guest_check(read_reg(ICC_BPR1) && read_reg(ICC_BPR1) == read_reg(ICC_BPR0) + 1);
	write_reg(6, ICC_BPR0);
	write_reg(1, ICC_CTLR);
	guest_expect(read_reg(ICC_CTLR) & 3, 1);
	guest_expect(read_reg(ICC_BPR1), 7);
	write_reg(0, ICC_CTLR);
	guest_check(read_reg(ICC_BPR1) < 7);
}

/* Priority drop and deactivation apart. */
static void dir_of(unsigned int intid)
{
	gic_enable(intid, PRIORITY, true);
	gic_enable(SPI + 1, PRIORITY, true);
	write_reg(2, ICC_CTLR);
	guest_expect(read_reg(ICC_CTLR) & 3, 2);
	set(intid, ISPENDR);
	guest_expect(ack(), intid);
	end(intid);
	guest_expect(read_reg(ICC_RPR), 0xff);
	states(intid, 0, 1);
	set(intid, ISPENDR);
	guest_expect(ack(), NONE);		/* still active */
	set(SPI + 1, ISPENDR);
	guest_expect(ack(), SPI + 1);
	write_reg(SPI + 1, ICC_EOIR1);
	write_reg(intid, ICC_DIR);
	guest_expect(is(SPI + 1, ISACTIVER), 1);
	guest_expect(ack(), intid);
	states(intid, 0, 1);
	write_reg(SPI + 1, ICC_DIR);
	states(intid, 0, 1);
	end(intid);
	write_reg(intid, ICC_DIR);
	write_reg(intid, ICC_DIR);		/* twice is once */
	write_reg(1000, ICC_DIR);		/* there is none */
	states(intid, 0, 0);
	guest_expect(is(SPI + 1, ISACTIVER), 0);
	/* back to one step */
	write_reg(0, ICC_CTLR);
	set(intid, ISPENDR);
	guest_expect(ack(), intid);
	end(intid);
	states(intid, 0, 0);
	disable(intid);
	disable(SPI + 1);
}

/* So many active, one on the other, and so many pending, that list registers do not suffice. */
static void many(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		gic_enable(SPI + i, 0xa0 - 8 * i, true);
		set(SPI + i, ISPENDR);
		guest_expect(ack(), SPI + i);
	}
	guest_expect(read32(GUEST_DIST + ISACTIVER + 4) >> (SPI - 32), (1U << n) - 1);
	guest_expect(read_reg(ICC_RPR), 0xa0 - 8 * (n - 1));
	for (i = n; i--;) {
		end(SPI + i);
		guest_expect(read32(GUEST_DIST + ISACTIVER + 4) >> (SPI - 32), (1U << i) - 1);
		guest_expect(read_reg(ICC_RPR), i ? 0xa0 - 8 * (i - 1) : 0xff);
	}
	/* ended without a look between */
	for (i = 0; i < n; i++) {
		set(SPI + i, ISPENDR);
		guest_expect(ack(), SPI + i);
	}
	for (i = n; i--;)
		end(SPI + i);
	guest_expect(read32(GUEST_DIST + ISACTIVER + 4), 0);
	/* all pending at once come by priority, without one being lost */
	write_reg(0, ICC_PMR);
	for (i = 0; i < MANY; i++) {
		gic_enable(SPI + i, 0xa0 - 8 * i, true);
		set(SPI + i, ISPENDR);
	}
	write_reg(0xf0, ICC_PMR);
	for (i = MANY; i--;) {
		guest_expect(await(), SPI + i);
		end(SPI + i);
	}
	guest_expect(ack(), NONE);
}

static uint64_t me(void)
{
	return read_reg(mpidr_el1) & 0xff;
}

/* Who gets which software-generated interrupt; the other vCPU says what it has. */
static void sgi(void)
{
	unsigned int i, pending;

	for (i = 0; i < 16; i++)
		gic_enable(i, PRIORITY, true);
	write_reg(1, ICC_IGRPEN0);
	if (me()) {
		for (i = 0; i < 3; i++) {
			pending = read32(reg_of(0, ISPENDR));
			write32(reg_of(0, ICPENDR), 0xffff);
			guest_say(PORT_NEXT, pending);
		}
		return;
	}
	/* each to itself */
	for (i = 0; i < 16; i++) {
		write_reg((uint64_t)i << 24 | 1, ICC_SGI1R);
		guest_expect(read32(reg_of(0, ISPENDR)), 1U << i);
		guest_expect(ack(), i);
		end(i);
	}
	/* to the other, to none that there is, to both */
	write_reg(3UL << 24 | 2, ICC_SGI1R);
	write_reg(4UL << 24 | 4, ICC_SGI1R);
	write_reg(5UL << 24 | 1UL << 16 | 3, ICC_SGI1R);
	write_reg(6UL << 24 | 1UL << 32 | 3, ICC_SGI1R);
	write_reg(7UL << 24 | 1UL << 48 | 3, ICC_SGI1R);
	write_reg(8UL << 24 | 1UL << 44 | 3, ICC_SGI1R);
	guest_expect(read32(reg_of(0, ISPENDR)), 0);
	write_reg(9UL << 24 | 3, ICC_SGI1R);
	guest_expect(read32(reg_of(0, ISPENDR)), 1 << 9);
	write32(reg_of(0, ICPENDR), 1 << 9);
	guest_say(PORT_NEXT, 1 << 3 | 1 << 9);
	/* to all others */
	write_reg(10UL << 24 | 1UL << 40, ICC_SGI1R);
	write_reg(11UL << 24 | 1UL << 40 | 1, ICC_SGI1R);
	guest_expect(read32(reg_of(0, ISPENDR)), 0);
	guest_say(PORT_NEXT, 1 << 10 | 1 << 11);
	/* the one of group 0 raises those of group 0 only, that of group 1 both */
	dist_ctlr(3);
	set_group(12, 0);
	write_reg(12UL << 24 | 1, ICC_SGI0R);
	write_reg(13UL << 24 | 3, ICC_SGI0R);
	guest_expect(read32(reg_of(0, ISPENDR)), 1 << 12);
	guest_expect(read_reg(ICC_IAR0), 12);
	write_reg(12, ICC_EOIR0);
	write_reg(14UL << 24 | 2, ICC_SGI0R);
	guest_say(PORT_NEXT, 0);
}

/* A level, latched and not, and what the line does meanwhile. */
static void level_of(unsigned int intid, bool kernels)
{
	gic_enable(intid, PRIORITY, false);
	states(intid, 0, 0);
	guest_say(PORT_HIGH, intid);
	states(intid, 1, 0);
	set(intid, ICPENDR);
	states(intid, 1, 0);			/* the line is high all the same */
	guest_say(PORT_LOW, intid);
	states(intid, 0, 0);
	guest_expect(ack(), NONE);
	guest_say(PORT_HIGH, intid);
	guest_expect(ack(), intid);
	states(intid, 1, 1);
	guest_expect(ack(), NONE);
	end(intid);
	guest_expect(await(), intid);
	guest_say(PORT_LOW, intid);
	states(intid, 0, 1);
	end(intid);
	guest_expect(ack(), NONE);
	/* latched by name: taken once though the line is low */
	set(intid, ISPENDR);
	states(intid, 1, 0);
	guest_expect(ack(), intid);
	if (!kernels)
		states(intid, 0, 1);
	end(intid);
	guest_expect(ack(), NONE);
	/* latched, and cleared */
	set(intid, ISPENDR);
	set(intid, ICPENDR);
	states(intid, 0, 0);
	guest_expect(ack(), NONE);
	/* high and low while it is active */
	guest_say(PORT_HIGH, intid);
	guest_expect(ack(), intid);
	guest_say(PORT_LOW, intid);
	guest_say(PORT_HIGH, intid);
	guest_say(PORT_LOW, intid);
	end(intid);
	guest_expect(ack(), NONE);
	/* while it is disabled */
	disable(intid);
	guest_say(PORT_HIGH, intid);
	states(intid, 1, 0);
	guest_expect(ack(), NONE);
	set(intid, ISENABLER);
	guest_expect(ack(), intid);
	guest_say(PORT_LOW, intid);
	end(intid);
	disable(intid);
}

/* An SPI for any vCPU goes to one that is on. */
static void any(void)
{
	uint64_t first, second;

	if (me() == 0) {
		gic_enable(SPI, PRIORITY, true);
		write64(GUEST_DIST + 0x6000 + 8 * SPI, 1UL << 31);
		guest_expect(read64(GUEST_DIST + 0x6000 + 8 * SPI), 1UL << 31);
		gic_enable(SPI + 1, PRIORITY, true);
		write64(GUEST_DIST + 0x6000 + 8 * (SPI + 1), 1);
		guest_say(PORT_EDGE, SPI);
		guest_expect(ack(), SPI);
		end(SPI);
		/* one that is pending when this vCPU goes off */
		guest_say(PORT_EDGE, SPI + 1);
		guest_expect(ack(), NONE);
		guest_say(PORT_EDGE, SPI);
		guest_hvc(0x84000002, 0, 0, 0);
	}
	first = ack();
	end(first);
	second = ack();
	end(second);
	guest_expect(first + second, 2 * SPI + 1);
	guest_say(PORT_EDGE, SPI);
	guest_expect(ack(), SPI);
	end(SPI);
	/* back to one that is named, off as it is: not here */
	write64(GUEST_DIST + 0x6000 + 8 * SPI, 0);
	guest_say(PORT_EDGE, SPI);
	guest_expect(ack(), NONE);
	/* and from there to this one */
	write64(GUEST_DIST + 0x6000 + 8 * SPI, 1);
	guest_expect(ack(), SPI);
	end(SPI);
	/* to nobody */
	write64(GUEST_DIST + 0x6000 + 8 * SPI, 0x300);
	guest_say(PORT_EDGE, SPI);
	guest_expect(ack(), NONE);
	/* active, it goes elsewhere when it has ended */
	write64(GUEST_DIST + 0x6000 + 8 * SPI, 1);
	guest_expect(ack(), SPI);
	write64(GUEST_DIST + 0x6000 + 8 * SPI, 0);
	end(SPI);
	guest_say(PORT_EDGE, SPI);
	guest_expect(ack(), NONE);
}

bool guest_irq(struct guest_frame *f)
{
	uint64_t intid = ack();

	taken = 1;
	end(intid);
	return true;
}

/* Computes, without an exit, until an interrupt comes. */
static void spin(volatile uint64_t *flags)
{
	uint64_t i;

	gic_enable(SPI, PRIORITY, true);
	irqs_on();
	for (i = 1; i <= SPINS; i++) {
		taken = 0;
		flags[0] = i;
		while (!taken)
			;
		flags[1] = i;
	}
}

static void each(void (*of)(unsigned int intid), bool kernels)
{
	of(SGI);
	/* level-sensitive as it is; the kernel's own KVM keeps the latch of one until its end */
	if (!kernels)
		of(PPI);
	of(SPI);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	gic_start();
	switch (what) {
	case WHAT_PENDING:
		each(pending_of, arg);
		break;
	case WHAT_GROUPS:
		each(groups_of, false);
		break;
	case WHAT_PREEMPT:
		preempt();
		break;
	case WHAT_DIR:
		each(dir_of, arg);
		break;
	case WHAT_MANY:
		many(arg);
		break;
	case WHAT_SGI:
		sgi();
		break;
	case WHAT_LEVEL:
		level_of(PPI, arg);
		level_of(SPI, arg);
		break;
	case WHAT_ANY:
		any();
		break;
	case WHAT_SPIN:
		spin((void *)(GUEST_RAM + 0x200000));
		break;
	}
	return 0;
}

#else

static void line(struct vmm *v, unsigned int intid, int level)
{
	vmm_irq(v, intid < 32 ? KVM_ARM_IRQ_TYPE_PPI : KVM_ARM_IRQ_TYPE_SPI, 0, intid, level);
}

/* Does what a vCPU asks for until it ends. */
static void serve(struct vmm *v, unsigned int cpu)
{
	uint64_t val = 0;
	unsigned int port;

	while ((port = vmm_event(v, cpu, &val)) != PORT_DONE) {
		if (port == PORT_EDGE || port == PORT_HIGH)
			line(v, val, 1);
		if (port == PORT_EDGE || port == PORT_LOW)
			line(v, val, 0);
	}
}

static void one(unsigned int what, uint64_t arg)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, what, arg);
	serve(&v, 0);
	vmm_close(&v);
}

static void check_pending(void)
{
	one(WHAT_PENDING, is_kernels_kvm());
}

static void check_groups(void)
{
	if (is_kernels_kvm())
		cannot("it forwards no group 0, and nothing that came while group 1 was off");
	one(WHAT_GROUPS, 0);
}

static void check_preempt(void)
{
	one(WHAT_PREEMPT, 0);
}

static void check_dir(void)
{
	one(WHAT_DIR, is_kernels_kvm());
}

static void check_many(void)
{
	/* the kernel's own KVM forgets ends that no list register has seen */
	one(WHAT_MANY, is_kernels_kvm() ? 3 : MANY);
}

static void check_level(void)
{
	one(WHAT_LEVEL, is_kernels_kvm());
}

static void check_sgi(void)
{
	uint64_t want = 0, got = 0;
	unsigned int i;
	struct vmm v;

	if (is_kernels_kvm())
		cannot("it takes no notice of the range selector, nor of group 0");
	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	vmm_start(&v, 0, WHAT_SGI, 0);
	vmm_start(&v, 1, WHAT_SGI, 0);
	for (i = 0; i < 3; i++) {
		expect(vmm_event(&v, 0, &want) == PORT_NEXT, "vCPU 0 is not there");
		expect(vmm_event(&v, 1, &got) == PORT_NEXT, "vCPU 1 is not there");
		expect(got == want, "round %u: %#lx pending, not %#lx", i, (long)got, (long)want);
	}
	vmm_close(&v);
}

static void *until_interrupted(void *p)
{
	struct vmm *v = p;

	serve(v, 1);
	return NULL;
}

static void nothing(int sig)
{
}

static void *serve_first(void *p)
{
	struct vmm *v = p;
	uint64_t val = 0;
	int ret;

	for (;;) {
		ret = result(ioctl(v->cpu[0], KVM_RUN, 0));
		if (ret)
			return (void *)(long)ret;
		if (v->run[0]->exit_reason != KVM_EXIT_MMIO)
			die("exit %u", v->run[0]->exit_reason);
		val = (v->run[0]->mmio.phys_addr - GUEST_IO) / 8;
		if (val != PORT_EDGE)
			die("vCPU 0: port %lu, %#lx", (long)val, *(long *)v->run[0]->mmio.data);
		line(v, v->run[0]->mmio.data[0], 1);
		line(v, v->run[0]->mmio.data[0], 0);
	}
}

static void check_any(void)
{
	struct kvm_mp_state mp = { 0 };
	pthread_t t, u;
	struct vmm v;
	void *ret;
	int i;

	if (is_kernels_kvm())
		cannot("its GIC has no 1 of N");
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nothing }, NULL);
	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	vmm_start(&v, 0, WHAT_ANY, 0);
	vmm_start(&v, 1, WHAT_ANY, 0);
	pthread_create(&t, NULL, serve_first, &v);
	/* it is off when it waits for a signal; KVM_GET_MP_STATE would wait for it */
	for (i = 0; i < 20; i++)
		usleep(20000);
	pthread_kill(t, SIGUSR1);
	pthread_join(t, &ret);
	expect((long)ret == -EINTR, "vCPU 0: %s", result_name((long)ret));
	expect_result(ioctl(v.cpu[0], KVM_GET_MP_STATE, &mp), 0);
	expect(mp.mp_state == KVM_MP_STATE_STOPPED, "vCPU 0 is not off");
	pthread_create(&u, NULL, until_interrupted, &v);
	pthread_join(u, NULL);
	vmm_close(&v);
}

static int by_size(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

static void check_kick(void)
{
	volatile uint64_t *flags;
	long took[SPINS];
	unsigned int i;
	pthread_t t;
	struct vmm v;

	vmm_open(&v, NULL);
	flags = (void *)(v.ram + 0x200000);
	vmm_start(&v, 0, WHAT_SPIN, 0);
	pin_to(1);
	t = vmm_thread(&v, 0);
	pin_to(0);
	for (i = 1; i <= SPINS; i++) {
		while (flags[0] != i)
			usleep(100);
		usleep(1000);
		took[i - 1] = -vmm_now(CLOCK_MONOTONIC);
		line(&v, SPI, 1);
		line(&v, SPI, 0);
		while (flags[1] != i)
			;
		took[i - 1] += vmm_now(CLOCK_MONOTONIC);
	}
	pthread_join(t, NULL);
	qsort(took, SPINS, sizeof(took[0]), by_size);
	printf("# from the line to the handler: %ld us at least, %ld us mostly, %ld us at most\n", took[0] / 1000,
	       took[SPINS / 2] / 1000, took[SPINS - 1] / 1000);
	/* an emulated CPU may itself have to wait that long for a real one */
	expect(took[SPINS - 1] < 500000000L * vmm_slow(), "a vCPU that computes is told of an interrupt late");
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "pending", check_pending },
	{ "groups", check_groups },
	{ "preempt", check_preempt },
	{ "dir", check_dir },
	{ "many", check_many },
	{ "sgi", check_sgi },
	{ "level", check_level },
	{ "any", check_any },
	{ "kick", check_kick },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
