/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Local APICs on a clock that the test moves; what they ask for is written down.
 */
#ifndef TEST_LAPIC_FAKE_H
#define TEST_LAPIC_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/x86/lapic/lapic.h"

/* Offsets and bits, as the manuals have them. */
#define ID	0x020
#define TPR	0x080
#define APR	0x090
#define PPR	0x0a0
#define EOI	0x0b0
#define LDR	0x0d0
#define DFR	0x0e0
#define SPIV	0x0f0
#define ISR	0x100
#define TMR	0x180
#define IRR	0x200
#define ESR	0x280
#define ICR	0x300
#define ICR2	0x310
#define LVTT	0x320
#define LVTTHM	0x330
#define LVTPC	0x340
#define LVT0	0x350
#define LVT1	0x360
#define LVTERR	0x370
#define TMICT	0x380
#define TMCCT	0x390
#define TDCR	0x3e0

#define NCPUS	4

struct fake {
	struct lapic a;
	unsigned int kicks, nmis, inits, sipis, eois, arms;
	unsigned char sipi, eoi;
	u64 armed;
};

static struct fake cpus[NCPUS];
static struct lapic_now fake_now;

static inline struct fake *fake_of(struct lapic *a)
{
	return (struct fake *)a;
}

static void fake_kick(struct lapic *a)
{
	fake_of(a)->kicks++;
}

static void fake_event(struct lapic *a, enum lapic_event event, u8 vector)
{
	struct fake *f = fake_of(a);

	f->nmis += event == LAPIC_EVENT_NMI;
	f->inits += event == LAPIC_EVENT_INIT;
	f->sipis += event == LAPIC_EVENT_SIPI;
	f->sipi = vector;
}

static void fake_send(struct lapic *from, const struct lapic_message *m)
{
	struct lapic *one = NULL;
	int i;

	for (i = 0; i < NCPUS; i++) {
		if (!lapic_match(&cpus[i].a, from, m))
			continue;
		if (!m->one)
			lapic_deliver(&cpus[i].a, m);
		else if (!one || lapic_arbitration(&cpus[i].a) < lapic_arbitration(one))
			one = &cpus[i].a;
	}
	if (one)
		lapic_deliver(one, m);
}

static void fake_eoi(struct lapic *a, u8 vector)
{
	fake_of(a)->eois++;
	fake_of(a)->eoi = vector;
}

static struct lapic_now fake_time(struct lapic *a)
{
	(void)a;
	return fake_now;
}

static void fake_arm(struct lapic *a, u64 ns)
{
	fake_of(a)->arms++;
	fake_of(a)->armed = ns;
}

static const struct lapic_ops fake_ops = {
	.kick = fake_kick,
	.event = fake_event,
	.send = fake_send,
	.eoi = fake_eoi,
	.now = fake_time,
	.arm = fake_arm,
};

static inline void wr(int cpu, u32 offset, u32 val)
{
	lapic_mmio_write(&cpus[cpu].a, offset, 4, &val);
}

static inline u32 rd(int cpu, u32 offset)
{
	u32 val = ~0U;

	lapic_mmio_read(&cpus[cpu].a, offset, 4, &val);
	return val;
}

static inline int wrx(int cpu, u32 offset, u64 val)
{
	return lapic_write_msr(&cpus[cpu].a, 0x800 + offset / 16, val);
}

static inline u64 rdx(int cpu, u32 offset)
{
	u64 val;

	assert_int_equal(lapic_read_msr(&cpus[cpu].a, 0x800 + offset / 16, &val), 0);
	return val;
}

/* Power on; xAPICs that software has enabled. */
static inline int fake_setup(void **state)
{
	struct lapic_config config = {
		.tsc_khz = 1000000, .cycle_ns = 1, .address_bits = 40, .x2apic = true, .tsc_deadline = true,
	};
	int i;

	(void)state;
	memset(cpus, 0, sizeof(cpus));
	fake_now = (struct lapic_now){ .ns = 1000, .tsc = 5000 };
	for (i = 0; i < NCPUS; i++) {
		config.id = i;
		config.bsp = !i;
		lapic_power_up(&cpus[i].a, &fake_ops, &config);
		wr(i, SPIV, 0x1ff);
		cpus[i].arms = 0;
	}
	return 0;
}

static inline void make_x2(int cpu)
{
	assert_int_equal(lapic_write_base(&cpus[cpu].a, cpus[cpu].a.base | LAPIC_BASE_X2, false), 0);
}

static inline bool bit_of(int cpu, u32 offset, int vector)
{
	return cpus[cpu].a.regs[(offset + vector / 32 * 16) / 4] >> vector % 32 & 1;
}

#endif
