// SPDX-License-Identifier: GPL-2.0
/*
 * A local APIC and its interrupts: which is delivered when, which ends, what is an error.
 */
#include "test_lapic_fake.h"

static struct lapic *const a = &cpus[0].a;

/* An interrupt waits once, however often it comes, is in service once it is taken, and may wait again meanwhile. */
static void life(void **state)
{
	int v;

	(void)state;
	for (v = 16; v < 256; v++) {
		cpus[0].kicks = 0;
		assert_int_equal(lapic_accept(a, v, false), 1);
		assert_int_equal(lapic_accept(a, v, false), 0);
		assert_int_equal(cpus[0].kicks, 1);
		assert_true(bit_of(0, IRR, v) && !bit_of(0, ISR, v));
		assert_int_equal(lapic_pending(a), v);
		assert_int_equal(lapic_acknowledge(a), v);
		assert_true(!bit_of(0, IRR, v) && bit_of(0, ISR, v));
		assert_int_equal(lapic_pending(a), -1);
		assert_int_equal(lapic_acknowledge(a), -1);
		assert_int_equal(lapic_accept(a, v, false), 1);
		assert_int_equal(lapic_pending(a), -1);
		assert_int_equal(lapic_waiting(a), v);
		wr(0, EOI, 0);
		assert_false(bit_of(0, ISR, v));
		assert_int_equal(lapic_acknowledge(a), v);
		wr(0, EOI, 0);
		assert_int_equal(lapic_waiting(a), -1);
	}
	assert_int_equal(cpus[0].eois, 0);
	/* nothing in service: an EOI is nothing */
	wr(0, EOI, 0);
	assert_int_equal(lapic_pending(a), -1);
}

/* TPR is eight bits to who asks for it, and four to CR8. */
static void task_priority(void **state)
{
	(void)state;
	lapic_set_tpr(a, 0x5b);
	assert_int_equal(rd(0, TPR), 0x5b);
	assert_int_equal(lapic_tpr(a), 0x5b);
	assert_int_equal(lapic_cr8(a), 5);
	lapic_set_cr8(a, 0xfc);
	assert_int_equal(rd(0, TPR), 0xc0);
	assert_int_equal(lapic_tpr(a), 0xc0);
	wr(0, TPR, 0x37);
	assert_int_equal(lapic_tpr(a), 0x37);
	assert_int_equal(lapic_cr8(a), 3);
}

/* PPR, for any TPR and any interrupt in service, is as the manual defines it, and decides what is delivered. */
static void priorities(void **state)
{
	int tpr, isr, irr, ppr;

	(void)state;
	for (tpr = 0; tpr < 256; tpr += 7) {
		for (isr = 15; isr < 256; isr++) {
			assert_int_equal(fake_setup(NULL), 0);
			if (isr > 15) {
				lapic_accept(a, isr, false);
				assert_int_equal(lapic_acknowledge(a), isr);
			}
			wr(0, TPR, tpr);
			ppr = isr > 15 && (isr & 0xf0) > (tpr & 0xf0) ? isr & 0xf0 : tpr;
			assert_int_equal(rd(0, PPR), ppr);
			for (irr = 16; irr < 256; irr += 5) {
				/* higher ones come later */
				lapic_accept(a, irr, false);
				assert_int_equal(lapic_waiting(a), irr);
				assert_int_equal(lapic_pending(a), (irr & 0xf0) > (ppr & 0xf0) ? irr : -1);
			}
		}
	}
}

/* A higher class interrupts a lower, ends first, and the lower is in service still. */
static void nesting(void **state)
{
	(void)state;
	lapic_accept(a, 0x31, false);
	assert_int_equal(lapic_acknowledge(a), 0x31);
	lapic_accept(a, 0x3f, false);
	assert_int_equal(lapic_pending(a), -1);		/* same class */
	lapic_accept(a, 0x40, true);
	assert_int_equal(lapic_acknowledge(a), 0x40);
	assert_int_equal(rd(0, PPR), 0x40);
	wr(0, EOI, 0);
	assert_int_equal(cpus[0].eoi, 0x40);
	assert_int_equal(rd(0, PPR), 0x30);
	assert_int_equal(lapic_pending(a), -1);
	wr(0, EOI, 0);
	assert_int_equal(lapic_acknowledge(a), 0x3f);
	assert_int_equal(cpus[0].eois, 1);
}

/* Whoever sent a level-triggered interrupt hears of its end, once; it is edge-triggered when it next comes as that. */
static void levels(void **state)
{
	int v;

	(void)state;
	for (v = 16; v < 256; v++) {
		cpus[0].eois = 0;
		lapic_accept(a, v, true);
		assert_true(bit_of(0, TMR, v));
		lapic_acknowledge(a);
		assert_int_equal(cpus[0].eois, 0);
		lapic_eoi(a);
		assert_true(cpus[0].eois == 1 && cpus[0].eoi == v);
		lapic_accept(a, v, false);
		assert_false(bit_of(0, TMR, v));
		lapic_acknowledge(a);
		lapic_eoi(a);
		assert_int_equal(cpus[0].eois, 1);
	}
}

/* The guest's EOI may wait if it is of an edge and nothing waits for it, not even what TPR holds back. */
static void eoi_may_wait(void **state)
{
	(void)state;
	assert_false(lapic_eoi_may_wait(a));
	lapic_accept(a, 0x51, false);
	assert_false(lapic_eoi_may_wait(a));
	lapic_acknowledge(a);
	assert_true(lapic_eoi_may_wait(a));
	lapic_accept(a, 0x22, false);
	assert_false(lapic_eoi_may_wait(a));
	lapic_eoi(a);
	lapic_acknowledge(a);
	assert_true(lapic_eoi_may_wait(a));
	lapic_accept(a, 0x61, true);
	lapic_acknowledge(a);
	assert_false(lapic_eoi_may_wait(a));
	lapic_eoi(a);
	assert_true(lapic_eoi_may_wait(a));		/* 22, again */
	lapic_eoi(a);
	assert_false(lapic_eoi_may_wait(a));
}

/* APR is the manual's formula over TPR, what waits and what is in service. */
static void arbitration(void **state)
{
	int tpr, isr, irr, want;

	(void)state;
	for (tpr = 0; tpr < 256; tpr += 5) {
		for (isr = 0; isr < 256; isr += 16) {
			for (irr = 0; irr < 256; irr += 16) {
				assert_int_equal(fake_setup(NULL), 0);
				if (isr) {
					lapic_accept(a, isr + 3, false);
					lapic_acknowledge(a);
				}
				if (irr)
					lapic_accept(a, irr + 5, false);
				wr(0, TPR, tpr);
				if (tpr / 16 >= irr / 16 && tpr / 16 > isr / 16)
					want = tpr;
				else
					want = (tpr & isr & 0xf0) > irr ? tpr & isr & 0xf0 : irr;
				assert_int_equal(rd(0, APR), want);
				assert_int_equal(lapic_arbitration(a), want);
			}
		}
	}
}

/* CR8 is the upper half of TPR, both ways. */
static void cr8(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 16; i++) {
		lapic_set_cr8(a, i);
		assert_int_equal(rd(0, TPR), i << 4);
		wr(0, TPR, 0xffffff00 | i << 4 | 5);
		assert_int_equal(rd(0, TPR), i << 4 | 5);
		assert_int_equal(lapic_cr8(a), i);
	}
}

/* A local APIC that software disabled takes no more interrupts but NMI, INIT and SIPI; those that wait are delivered. */
static void disabled(void **state)
{
	struct lapic_message m = { .vector = 0x55, .mode = LAPIC_FIXED };

	(void)state;
	lapic_accept(a, 0x44, false);
	wr(0, SPIV, 0xff);
	assert_int_equal(lapic_accept(a, 0x55, false), -1);
	assert_int_equal(lapic_deliver(a, &m), -1);
	assert_false(bit_of(0, IRR, 0x55));
	assert_int_equal(lapic_acknowledge(a), 0x44);
	m.mode = LAPIC_NMI;
	assert_int_equal(lapic_deliver(a, &m), 1);
	m.mode = LAPIC_INIT;
	assert_int_equal(lapic_deliver(a, &m), 1);
	m.mode = LAPIC_SIPI;
	assert_int_equal(lapic_deliver(a, &m), 1);
	assert_true(cpus[0].nmis == 1 && cpus[0].inits == 1 && cpus[0].sipis == 1 && cpus[0].sipi == 0x55);
	m.mode = LAPIC_SMI;
	assert_int_equal(lapic_deliver(a, &m), -1);
	m.mode = LAPIC_EXTINT;
	assert_int_equal(lapic_deliver(a, &m), -1);
	assert_true(cpus[0].nmis == 1 && cpus[0].inits == 1 && cpus[0].sipis == 1);
}

static const u32 lvts[LAPIC_LOCALS] = { LVTT, LVTTHM, LVTPC, LVT0, LVT1, LVTERR };

/* Disabling by software masks all local interrupts, and they cannot be unmasked until it is enabled again. */
static void disabling_masks(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < LAPIC_LOCALS; i++) {
		wr(0, lvts[i], 0x40 + i);
		assert_int_equal(rd(0, lvts[i]), 0x40 + i);
	}
	wr(0, SPIV, 0xff);
	for (i = 0; i < LAPIC_LOCALS; i++) {
		assert_int_equal(rd(0, lvts[i]), 0x10040 + i);
		wr(0, lvts[i], 0x50 + i);
		assert_int_equal(rd(0, lvts[i]), 0x10050 + i);
	}
	wr(0, SPIV, 0x1ff);
	for (i = 0; i < LAPIC_LOCALS; i++)
		assert_int_equal(rd(0, lvts[i]), 0x10050 + i);
}

/* Each local interrupt has its bits, and comes as they say unless it is masked. */
static void locals(void **state)
{
	static const u32 bits[LAPIC_LOCALS] = { 0x700ff, 0x107ff, 0x107ff, 0x1a7ff, 0x1a7ff, 0x100ff };
	int i, level;

	(void)state;
	for (i = 0; i < LAPIC_LOCALS; i++) {
		wr(0, lvts[i], ~0U);
		assert_int_equal(rd(0, lvts[i]), bits[i]);
		assert_int_equal(lapic_local(a, i), -1);
		wr(0, lvts[i], 0x8040 + i);
		level = i == LAPIC_LINT0 || i == LAPIC_LINT1;
		assert_int_equal(lapic_local(a, i), 1);
		assert_int_equal(lapic_local(a, i), 0);
		assert_int_equal(bit_of(0, TMR, 0x40 + i), level);
		assert_int_equal(lapic_acknowledge(a), 0x40 + i);
		lapic_eoi(a);
		wr(0, lvts[i], 0x10040 + i);
		assert_int_equal(lapic_local(a, i), -1);
		assert_int_equal(lapic_waiting(a), -1);
		/* timer and error have no mode */
		wr(0, lvts[i], 0x440 + i);
		assert_int_equal(lapic_local(a, i), 1);
		wr(0, lvts[i], 0x540 + i);
		lapic_local(a, i);
		wr(0, lvts[i], 0x240 + i);
		level = lapic_local(a, i);
		assert_int_equal(level, i == LAPIC_TIMER || i == LAPIC_ERROR ? 0 : -1);
		assert_int_equal(lapic_acknowledge(a), level ? -1 : 0x40 + i);
		lapic_eoi(a);
	}
	assert_true(cpus[0].nmis == 4 && cpus[0].inits == 4);
	/* an event is delivered whatever waits already */
	wr(0, LVT0, 0x500);
	assert_int_equal(lapic_local(a, LAPIC_LINT0), 1);
	wr(0, LVT0, 0x400);
	assert_int_equal(lapic_local(a, LAPIC_LINT0), 1);
}

/* The PIC's interrupt is taken through LINT0 as ExtINT, unmasked, or where there is no local APIC. */
static void extint(void **state)
{
	(void)state;
	assert_false(lapic_takes_extint(a));
	wr(0, LVT0, 0x700);
	assert_true(lapic_takes_extint(a));
	assert_int_equal(lapic_local(a, LAPIC_LINT0), -1);
	wr(0, LVT0, 0x10700);
	assert_false(lapic_takes_extint(a));
	wr(0, LVT0, 0x400);
	assert_false(lapic_takes_extint(a));
	lapic_write_base(a, LAPIC_BASE_ADDRESS, false);
	assert_true(lapic_takes_extint(a));
}

/* Errors are gathered, show when ESR is written, and interrupt when they are new. */
static void errors(void **state)
{
	(void)state;
	wr(0, LVTERR, 0xe0);
	assert_int_equal(lapic_accept(a, 15, false), -1);
	assert_int_equal(rd(0, ESR), 0);
	assert_int_equal(lapic_acknowledge(a), 0xe0);
	lapic_eoi(a);
	assert_int_equal(lapic_accept(a, 0, false), -1);
	assert_int_equal(lapic_waiting(a), -1);			/* not new */
	wr(0, ICR, 0x4000f);
	assert_int_equal(lapic_acknowledge(a), 0xe0);
	lapic_eoi(a);
	assert_int_equal(rd(0, 0x40), 0);
	assert_int_equal(lapic_acknowledge(a), 0xe0);
	lapic_eoi(a);
	wr(0, ESR, 0);
	assert_int_equal(rd(0, ESR), 0xe0);
	wr(0, ESR, 0xff);
	assert_int_equal(rd(0, ESR), 0);
	wr(0, 0x20 + 0x3d0, 5);					/* 3f0: an x2APIC's */
	wr(0, ESR, 0);
	assert_int_equal(rd(0, ESR), 0x80);
	lapic_acknowledge(a);
	lapic_eoi(a);
	wr(0, LVTERR, 0x10);					/* the lowest vector there is */
	rd(0, 0x40);
	assert_int_equal(lapic_acknowledge(a), 0x10);
}

/* An error whose own interrupt has a bad vector, or is masked, is noted, and no more. */
static void errors_quiet(void **state)
{
	(void)state;
	wr(0, LVTERR, 0x0f);
	rd(0, 0x40);
	assert_int_equal(lapic_waiting(a), -1);
	wr(0, ESR, 0);
	assert_int_equal(rd(0, ESR), 0xc0);
	wr(0, LVTERR, 0x100e0);
	rd(0, 0x40);
	assert_int_equal(lapic_waiting(a), -1);
	wr(0, ESR, 0);
	wr(0, LVTERR, 0xe0);
	wr(0, SPIV, 0xff);
	/* as a VMM may leave it */
	a->regs[LVTERR / 4] = 0xe0;
	lapic_error(a, LAPIC_ERR_SEND_VECTOR);
	assert_int_equal(lapic_waiting(a), -1);
	wr(0, ESR, 0);
	assert_int_equal(rd(0, ESR), 0x20);
}

/* A random life beside a model with one flag for each vector. */
static void random_life(void **state)
{
	unsigned char irr[256] = { 0 }, isr[256] = { 0 }, tmr[256] = { 0 };
	int i, v, high, serving, tpr = 0, op;

	(void)state;
	srand(7);
	for (i = 0; i < 200000; i++) {
		v = 16 + rand() % 240;
		op = rand() % 16;
		for (high = 255; high > 0 && !irr[high];)
			high--;
		for (serving = 255; serving > 0 && !isr[serving];)
			serving--;
		if (op < 6) {
			assert_int_equal(lapic_accept(a, v, op & 1), !irr[v]);
			irr[v] = 1;
			tmr[v] = op & 1;
		} else if (op < 10) {
			bool may = high / 16 > serving / 16 && high / 16 > tpr / 16;

			assert_int_equal(lapic_acknowledge(a), may ? high : -1);
			if (may) {
				irr[high] = 0;
				isr[high] = 1;
			}
		} else if (op < 15) {
			cpus[0].eois = 0;
			wr(0, EOI, 0);
			assert_int_equal(cpus[0].eois, serving && tmr[serving]);
			isr[serving] = 0;
		} else {
			tpr = rand() % 256;
			wr(0, TPR, tpr);
		}
		assert_int_equal(bit_of(0, IRR, v), irr[v]);
		assert_int_equal(bit_of(0, ISR, v), isr[v]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(life, fake_setup),
		cmocka_unit_test_setup(task_priority, fake_setup),
		cmocka_unit_test_setup(priorities, fake_setup),
		cmocka_unit_test_setup(nesting, fake_setup),
		cmocka_unit_test_setup(levels, fake_setup),
		cmocka_unit_test_setup(eoi_may_wait, fake_setup),
		cmocka_unit_test_setup(arbitration, fake_setup),
		cmocka_unit_test_setup(cr8, fake_setup),
		cmocka_unit_test_setup(disabled, fake_setup),
		cmocka_unit_test_setup(disabling_masks, fake_setup),
		cmocka_unit_test_setup(locals, fake_setup),
		cmocka_unit_test_setup(extint, fake_setup),
		cmocka_unit_test_setup(errors, fake_setup),
		cmocka_unit_test_setup(errors_quiet, fake_setup),
		cmocka_unit_test_setup(random_life, fake_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
