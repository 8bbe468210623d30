// SPDX-License-Identifier: GPL-2.0
/*
 * PV EOI beside a guest that keeps account of its interrupts: what the local APIC has in
 * service is what the guest's handlers have not ended, whoever clears the bit, whatever fails.
 */
#include "test_lapic_fake.h"
#include "test_pv_fake.h"
#include "../../src/x86/pv/eoi.h"

static struct lapic *const a = &cpus[0].a;
static struct fake_mem f;
static struct pv_eoi e;
static int nested[256], depth;	/* interrupts that the guest serves, the innermost last */
static unsigned long in_memory, by_exit;

static int setup(void **state)
{
	fake_setup(state);
	fake_mem_init(&f);
	pv_eoi_set(&e, &f.mem);
	depth = 0;
	return 0;
}

static void take(void)
{
	int vector = lapic_acknowledge(a);

	if (vector >= 0)
		nested[depth++] = vector;
}

/* An exit, where memory may be away for a while. */
static void leave(bool trouble)
{
	if (trouble) {
		f.fail_at = f.accesses + 1;
		if (pv_eoi_leave(&e, a) == 0)
			assert_int_equal(f.accesses, f.fail_at - 1);
	}
	assert_int_equal(pv_eoi_leave(&e, a), 0);
}

/* Of the guest, which runs: its innermost handler ends. */
static void guest_eoi(bool trouble)
{
	if (!depth)
		return;
	depth--;
	if (f.bytes[0] & 1) {
		f.bytes[0] &= ~1;
		in_memory++;
		return;
	}
	leave(trouble);
	wr(0, EOI, 0);
	by_exit++;
	take();
	pv_eoi_enter(&e, a);
}

static void check_service(void)
{
	unsigned char in[256] = { 0 };
	int v;

	for (v = 0; v < depth; v++)
		in[nested[v]] = 1;
	for (v = 16; v < 256; v++)
		assert_int_equal(bit_of(0, ISR, v), in[v]);
}

/* At each exit what is in service is what the guest has not ended: no EOI is lost, none is done twice. */
static void accounts(void **state)
{
	int i;

	(void)state;
	srand(9);
	in_memory = by_exit = 0;
	for (i = 0; i < 100000; i++) {
		bool trouble = rand() % 8 == 0, level = rand() % 8 == 0;
		int n = rand() % 8 < 3;

		/* outside */
		while (n--)
			lapic_accept(a, 16 + rand() % 240, level);
		take();
		if (trouble)
			f.fail_at = f.accesses + 1;
		pv_eoi_enter(&e, a);
		/* inside; an interrupt kicks */
		for (n = rand() % 4; n; n--)
			guest_eoi(trouble);
		if (rand() % 4 == 0)
			lapic_accept(a, 16 + rand() % 240, false);
		leave(trouble);
		assert_false(e.offered);
		check_service();
		/* what the guest did not use it does not find */
		assert_false(f.bytes[0] & 1);
	}
	assert_true(in_memory > 10000 && by_exit > 10000 && cpus[0].eois > 1000);
}

/* Of a level-triggered interrupt, or with another waiting, the guest's EOI is an exit. */
static void not_offered(void **state)
{
	(void)state;
	pv_eoi_enter(&e, a);
	assert_false(f.bytes[0] || e.offered);
	lapic_accept(a, 0x55, true);
	take();
	pv_eoi_enter(&e, a);
	assert_false(f.bytes[0] || e.offered);
	lapic_eoi(a);
	lapic_accept(a, 0x55, false);
	take();
	lapic_accept(a, 0x22, false);
	pv_eoi_enter(&e, a);
	assert_false(f.bytes[0] || e.offered);
	assert_int_equal(lapic_waiting(a), 0x22);
	pv_eoi_set(&e, NULL);
	lapic_eoi(a);
	assert_int_equal(lapic_acknowledge(a), 0x22);
	assert_true(lapic_eoi_may_wait(a));
	pv_eoi_enter(&e, a);
	assert_false(e.offered);
	assert_int_equal(pv_eoi_leave(&e, a), 0);
}

/* While it is not known what the guest did, nothing is ended, and nothing is offered anew. */
static void unknown(void **state)
{
	(void)state;
	lapic_accept(a, 0x55, false);
	take();
	pv_eoi_enter(&e, a);
	assert_true(e.offered && f.bytes[0] == 1 && f.accesses == 1);
	f.bytes[0] = 0;
	f.fail_at = 2;
	assert_int_equal(pv_eoi_leave(&e, a), -EFAULT);
	assert_true(bit_of(0, ISR, 0x55));
	pv_eoi_enter(&e, a);
	assert_true(e.offered && f.bytes[0] == 0);
	assert_int_equal(pv_eoi_leave(&e, a), 0);
	assert_false(bit_of(0, ISR, 0x55));
	assert_int_equal(pv_eoi_leave(&e, a), 0);
	assert_int_equal(f.accesses, 3);
}

/* A byte taken away while it is offered is no EOI. */
static void taken_away(void **state)
{
	(void)state;
	lapic_accept(a, 0x55, false);
	take();
	pv_eoi_enter(&e, a);
	leave(false);
	pv_eoi_set(&e, NULL);
	assert_int_equal(pv_eoi_leave(&e, a), 0);
	assert_true(bit_of(0, ISR, 0x55) && f.bytes[0] == 0);
	/* other bits of the byte are nothing */
	pv_eoi_set(&e, &f.mem);
	pv_eoi_enter(&e, a);
	f.bytes[0] = 0xfe;
	leave(false);
	assert_false(bit_of(0, ISR, 0x55));
	/* nor is another byte the one that was offered */
	lapic_accept(a, 0x66, false);
	take();
	pv_eoi_enter(&e, a);
	f.bytes[0] = 0;
	pv_eoi_set(&e, &f.mem);
	leave(false);
	assert_true(bit_of(0, ISR, 0x66));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(accounts, setup),
		cmocka_unit_test_setup(not_offered, setup),
		cmocka_unit_test_setup(unknown, setup),
		cmocka_unit_test_setup(taken_away, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
