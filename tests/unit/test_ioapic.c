// SPDX-License-Identifier: GPL-2.0
/*
 * The I/O APIC: when a pin is an interrupt, and which one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../src/x86/irq/ioapic.h"

#define SELECT	0x00
#define WINDOW	0x10
#define MASKED	0x10000U
#define LEVEL	0x8000U
#define REMOTE	0x4000U
#define LOGICAL	0x800U
#define PIN	9
#define VECTOR	0x42

static struct ioapic io;
static struct lapic_message last;
static unsigned int sent;
static int answer;

static int deliver(struct ioapic *to, const struct lapic_message *m)
{
	last = *m;
	sent++;
	return answer;
}

static int setup(void **state)
{
	io = (struct ioapic){ .deliver = deliver };
	ioapic_reset(&io);
	sent = 0;
	answer = 1;
	return 0;
}

static void write_reg(unsigned int reg, uint32_t val)
{
	ioapic_write(&io, SELECT, reg);
	ioapic_write(&io, WINDOW, val);
}

static uint32_t read_reg(unsigned int reg)
{
	ioapic_write(&io, SELECT, reg);
	return ioapic_read(&io, WINDOW);
}

static void entry(unsigned int pin, uint32_t low)
{
	write_reg(0x10 + 2 * pin, low);
}

/* After power-up all pins are masked, and the version says how many there are. */
static void reset(void **state)
{
	unsigned int pin;

	assert_int_equal(read_reg(1), 0x170011);
	for (pin = 0; pin < IOAPIC_PINS; pin++) {
		assert_int_equal(read_reg(0x10 + 2 * pin), MASKED);
		assert_int_equal(ioapic_set(&io, pin, true), -1);
	}
	assert_int_equal(sent, 0);
}

/* An edge is an interrupt each time the line rises, and nothing when it falls or stays. */
static void edges(void **state)
{
	entry(PIN, VECTOR);
	assert_int_equal(ioapic_set(&io, PIN, true), 1);
	assert_int_equal(ioapic_set(&io, PIN, true), 0);
	assert_int_equal(ioapic_set(&io, PIN, false), 0);
	assert_int_equal(ioapic_set(&io, PIN, true), 1);
	assert_int_equal(sent, 2);
	assert_int_equal(last.vector, VECTOR);
	assert_false(last.level);
}

/* An edge on a masked pin is lost. */
static void masked_edge(void **state)
{
	entry(PIN, VECTOR | MASKED);
	ioapic_set(&io, PIN, true);
	entry(PIN, VECTOR);
	assert_int_equal(sent, 0);
}

/* A level waits for the end of its interrupt, and comes again if it is still there. */
static void levels(void **state)
{
	entry(PIN, VECTOR | LEVEL);
	assert_int_equal(ioapic_set(&io, PIN, true), 1);
	assert_true(last.level);
	assert_int_equal(read_reg(0x10 + 2 * PIN), VECTOR | LEVEL | REMOTE);
	assert_int_equal(ioapic_set(&io, PIN, true), 0);
	assert_int_equal(sent, 1);
	assert_int_equal(ioapic_end(&io, VECTOR + 1), 0);
	assert_int_equal(ioapic_end(&io, VECTOR), 1 << PIN);
	ioapic_again(&io, 1 << PIN);
	assert_int_equal(sent, 2);
	ioapic_set(&io, PIN, false);
	assert_int_equal(ioapic_end(&io, VECTOR), 1 << PIN);
	ioapic_again(&io, 1 << PIN);
	assert_int_equal(sent, 2);
}

/* A level that was masked comes when it is unmasked; one that nobody took does not wait for an end. */
static void unmasked_level(void **state)
{
	entry(PIN, VECTOR | LEVEL | MASKED);
	ioapic_set(&io, PIN, true);
	assert_int_equal(sent, 0);
	answer = -1;
	entry(PIN, VECTOR | LEVEL);
	assert_int_equal(sent, 1);
	assert_int_equal(ioapic_end(&io, VECTOR), 0);
	answer = 1;
	entry(PIN, VECTOR | LEVEL);
	assert_int_equal(sent, 2);
}

/* What is not ended is not sent again by writing its entry; turned to edges it is forgotten. */
static void rewritten(void **state)
{
	entry(PIN, VECTOR | LEVEL);
	ioapic_set(&io, PIN, true);
	entry(PIN, VECTOR | LEVEL);
	assert_int_equal(sent, 1);
	entry(PIN, VECTOR);
	assert_int_equal(read_reg(0x10 + 2 * PIN), VECTOR);
	assert_int_equal(ioapic_end(&io, VECTOR), 0);
}

/* Two pins with one vector end together. */
static void shared_vector(void **state)
{
	entry(3, VECTOR | LEVEL);
	entry(4, VECTOR | LEVEL);
	ioapic_set(&io, 3, true);
	ioapic_set(&io, 4, true);
	assert_int_equal(ioapic_end(&io, VECTOR), 1 << 3 | 1 << 4);
}

/* Destination, delivery mode and its own bits go into the message. */
static void message(void **state)
{
	write_reg(0x11 + 2 * PIN, 0x5a000000);
	entry(PIN, VECTOR | LOGICAL | LAPIC_LOWEST << 8);
	ioapic_set(&io, PIN, true);
	assert_int_equal(last.dest, 0x5a);
	assert_true(last.logical);
	assert_true(last.one);
	assert_int_equal(last.mode, LAPIC_LOWEST);
	assert_int_equal(last.shorthand, LAPIC_DESTINATION);
	assert_false(last.wide);
}

/* Registers that do not exist read as 0 and take nothing; read-only bits stay. */
static void nothing_there(void **state)
{
	unsigned int reg;

	for (reg = 3; reg < 0x10; reg++) {
		write_reg(reg, ~0U);
		assert_int_equal(read_reg(reg), 0);
	}
	for (reg = 0x40; reg < 0x100; reg++) {
		write_reg(reg, ~0U);
		assert_int_equal(read_reg(reg), 0);
	}
	ioapic_write(&io, 0x20, ~0U);
	assert_int_equal(ioapic_read(&io, 0x20), 0);
	write_reg(1, 0);
	assert_int_equal(read_reg(1), 0x170011);
	entry(PIN, ~0U);
	assert_int_equal(read_reg(0x10 + 2 * PIN), 0x1ffff & ~(REMOTE | 0x1000));
	write_reg(0, ~0U);
	assert_int_equal(read_reg(0), 0x0f000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reset, setup), cmocka_unit_test_setup(edges, setup),
		cmocka_unit_test_setup(masked_edge, setup), cmocka_unit_test_setup(levels, setup),
		cmocka_unit_test_setup(unmasked_level, setup), cmocka_unit_test_setup(rewritten, setup),
		cmocka_unit_test_setup(shared_vector, setup), cmocka_unit_test_setup(message, setup),
		cmocka_unit_test_setup(nothing_there, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
