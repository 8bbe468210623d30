// SPDX-License-Identifier: GPL-2.0
/*
 * The pair of 8259As: which pin goes to the CPU, and what ends it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/x86/irq/pic.h"

#define BASE	0x30
#define EOI	0x20

static struct pic pic;

static void begin(uint16_t port, uint8_t base, uint8_t wires, uint8_t icw4)
{
	pic_write(&pic, port, 0x11);
	pic_write(&pic, port + 1, base);
	pic_write(&pic, port + 1, wires);
	pic_write(&pic, port + 1, icw4);
	pic_write(&pic, port + 1, 0);
}

static int setup(void **state)
{
	pic_reset(&pic);
	begin(0x20, BASE, 4, 1);
	begin(0xa0, BASE + 8, 2, 1);
	return 0;
}

static void pulse(unsigned int pin)
{
	pic_set(&pic, pin, true);
	pic_set(&pic, pin, false);
}

/* Take what there is; -1: nothing asks. */
static int take(void)
{
	return pic_asks(&pic) ? pic_acknowledge(&pic) : -1;
}

/* An edge is one interrupt with the vector that was set up, and ends by command. */
static void edge(void **state)
{
	assert_int_equal(take(), -1);
	assert_int_equal(pic_set(&pic, 3, true), 1);
	assert_int_equal(pic_set(&pic, 3, true), 0);
	assert_int_equal(take(), BASE + 3);
	assert_int_equal(take(), -1);
	pic_set(&pic, 3, false);
	pulse(3);
	assert_int_equal(take(), -1);		/* the first one is in service */
	pic.ended = 0;
	pic_write(&pic, 0x20, EOI);
	assert_int_equal(pic.ended, 1 << 3);
	assert_int_equal(take(), BASE + 3);
}

/* A lower pin goes first, and interrupts a higher one. */
static void priorities(void **state)
{
	pulse(6);
	pulse(4);
	assert_int_equal(take(), BASE + 4);
	assert_int_equal(take(), -1);
	pulse(1);
	assert_int_equal(take(), BASE + 1);
	pic_write(&pic, 0x20, EOI);		/* ends 1 */
	assert_int_equal(take(), -1);
	pic_write(&pic, 0x20, EOI);		/* and 4 */
	assert_int_equal(take(), BASE + 6);
}

/* A masked pin waits, and asks when it is unmasked. */
static void masked(void **state)
{
	pic_write(&pic, 0x21, 1 << 5);
	assert_int_equal(pic_read(&pic, 0x21), 1 << 5);
	assert_int_equal(pic_set(&pic, 5, true), -1);
	assert_int_equal(take(), -1);
	pic_write(&pic, 0x21, 0);
	assert_int_equal(take(), BASE + 5);
}

/* The second one's come through pin 2 of the first, with vectors of its own, and end in both. */
static void cascade(void **state)
{
	pulse(12);
	assert_int_equal(take(), BASE + 12);
	pulse(3);
	assert_int_equal(take(), -1);		/* pin 2 of the first is in service */
	pic_write(&pic, 0xa0, EOI);
	pic_write(&pic, 0x20, EOI);
	assert_int_equal(take(), BASE + 3);
}

/* Pins that the chipset makes levels ask for as long as the line is up; some cannot be made so. */
static void level(void **state)
{
	pic_write(&pic, 0x4d0, 0xff);
	pic_write(&pic, 0x4d1, 0xff);
	assert_int_equal(pic_read(&pic, 0x4d0), 0xf8);
	assert_int_equal(pic_read(&pic, 0x4d1), 0xde);
	pic_set(&pic, 10, true);
	assert_int_equal(take(), BASE + 10);
	pic_write(&pic, 0xa0, EOI);
	pic_write(&pic, 0x20, EOI);
	assert_int_equal(take(), BASE + 10);
	pic_set(&pic, 10, false);
	pic_write(&pic, 0xa0, EOI);
	pic_write(&pic, 0x20, EOI);
	assert_int_equal(take(), -1);
}

/* Who acknowledges what is gone gets pin 7, which is not in service for it. */
static void spurious(void **state)
{
	pic_write(&pic, 0x4d0, 1 << 4);
	pic_set(&pic, 4, true);
	pic_set(&pic, 4, false);
	assert_false(pic_asks(&pic));
	assert_int_equal(pic_acknowledge(&pic), BASE + 7);
	pic_write(&pic, 0x20, 0x0b);
	assert_int_equal(pic_read(&pic, 0x20), 0);
}

/* With automatic ends nothing is in service. */
static void automatic(void **state)
{
	begin(0x20, BASE, 4, 3);
	pulse(3);
	assert_int_equal(take(), BASE + 3);
	pulse(5);
	assert_int_equal(take(), BASE + 5);
}

/* Rotation makes the one that ended the last in the order. */
static void rotation(void **state)
{
	pulse(3);
	assert_int_equal(take(), BASE + 3);
	pic_write(&pic, 0x20, 0xa0);
	pulse(3);
	pulse(4);
	assert_int_equal(take(), BASE + 4);
	pic_write(&pic, 0x20, EOI);
	assert_int_equal(take(), BASE + 3);
}

/* What is read is the pins that ask, or those in service; a poll takes one. */
static void reads(void **state)
{
	pulse(3);
	assert_int_equal(pic_read(&pic, 0x20), 1 << 3);
	pic_write(&pic, 0x20, 0x0c);
	assert_int_equal(pic_read(&pic, 0x20), 0x80 | 3);
	assert_int_equal(pic_read(&pic, 0x20), 0);
	pic_write(&pic, 0x20, 0x0b);
	assert_int_equal(pic_read(&pic, 0x20), 1 << 3);
	pic_write(&pic, 0x20, 0x0a);
	assert_int_equal(pic_read(&pic, 0x20), 0);
}

/* In special mask mode a masked pin in service holds back nobody. */
static void special(void **state)
{
	pulse(3);
	assert_int_equal(take(), BASE + 3);
	pulse(5);
	assert_int_equal(take(), -1);
	pic_write(&pic, 0x21, 1 << 3);
	pic_write(&pic, 0x20, 0x68);
	assert_int_equal(take(), BASE + 5);
}

/* Whatever the VMM sets, the pair stays within its bounds. */
static void any_state(void **state)
{
	struct kvm_pic_state s;

	memset(&s, 0xff, sizeof(s));
	pic_set_state(&pic, 0, &s);
	pic_set_state(&pic, 1, &s);
	assert_int_equal(pic.half[0].elcr, 0xf8);
	assert_in_range(pic.half[0].priority_add, 0, 7);
	pic_acknowledge(&pic);
	pic_write(&pic, 0x20, 0xe7);
	pic_write(&pic, 0x21, 0);
	pic_read(&pic, 0x20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(edge, setup), cmocka_unit_test_setup(priorities, setup),
		cmocka_unit_test_setup(masked, setup), cmocka_unit_test_setup(cascade, setup),
		cmocka_unit_test_setup(level, setup), cmocka_unit_test_setup(spurious, setup),
		cmocka_unit_test_setup(automatic, setup), cmocka_unit_test_setup(rotation, setup),
		cmocka_unit_test_setup(reads, setup), cmocka_unit_test_setup(special, setup),
		cmocka_unit_test_setup(any_state, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
