// SPDX-License-Identifier: GPL-2.0
/*
 * What gic_sync() leaves behind a stay in the guest, with list registers in use and without.
 */
#include "test_gic_fake.h"

#define SPI	50

static bool timer_line;

static bool timer_level(struct arm_vcpu *vcpu, u32 intid)
{
	return timer_line;
}

/* An SPI in the pool that goes in no list register, since its group is off. */
static void pend_undeliverable(void)
{
	wr(cpu0, DIST_BASE, 4, 0);
	irq_bit(ISENABLER, SPI);
	gic_inject(vm, NULL, SPI, true);
}

static void enter(unsigned int used)
{
	load(cpu0);
	gic_flush(cpu0);
	assert_true(cpu0->gic.inside);
	assert_int_equal(cpu0->gic.used_lrs, used);
}

/* The stay is over, and counts once. */
static void leave(void)
{
	unsigned long syncs = cpu0->gic.syncs;

	gic_sync(cpu0);
	assert_false(cpu0->gic.inside);
	assert_int_equal(cpu0->gic.used_lrs, 0);
	assert_int_equal(cpu0->gic.syncs, syncs + 1);
	assert_false(shim_lock_held(&cpu0->gic.pool.lock.shim));
	gic_sync(cpu0);
	assert_int_equal(cpu0->gic.syncs, syncs + 1);
}

/* A stay with nothing in list registers ends as any other, and writes no ICH_HCR_EL2. */
static void nothing_in_list_registers(void **state)
{
	pend_undeliverable();
	enter(0);
	leave();
	assert_int_equal(fake.hcr, GIC_HCR_EN);
	assert_true(irq_bit_is_set(ISPENDR, SPI));
}

/* A stay with list registers in use folds them, and leaves ICH_HCR_EL2 clear. */
static void list_registers_in_use(void **state)
{
	irq_bit(ISENABLER, SPI);
	gic_inject(vm, NULL, SPI, true);
	enter(1);
	assert_int_equal(fake.hcr & GIC_HCR_EN, GIC_HCR_EN);
	assert_int_equal(guest_ack(), SPI);
	leave();
	assert_int_equal(fake.hcr, 0);
	assert_int_equal(cpu0->gic.hcr, 0);
	assert_true(irq_bit_is_set(ISACTIVER, SPI));
}

/* A high line of a mapped interrupt in no list register is looked at: it may have fallen. */
static void lines_are_folded(void **state)
{
	u32 bit = 1U << FAKE_PPI;

	assert_int_equal(gic_map_phys(cpu0, FAKE_PPI, 11, FAKE_HWINTID, timer_level), 0);
	timer_line = true;
	fake.phys_active = true;
	gic_inject(vm, cpu0, FAKE_PPI, true);
	assert_int_equal(cpu0->gic.lines, bit);
	enter(0);
	leave();
	assert_int_equal(cpu0->gic.lines, bit);
	assert_true(fake.phys_active);
	timer_line = false;
	enter(0);
	leave();
	assert_int_equal(cpu0->gic.lines, 0);
	assert_false(fake.phys_active);
}

/* An end that was only counted is folded with no list register in use, if counts were asked for. */
static void counted_ends_are_folded(void **state)
{
	unsigned int asked;

	wr(cpu0, DIST_BASE, 4, 0);
	irq_bit(ISACTIVER, SPI);
	for (asked = 0; asked < 2; asked++) {
		load(cpu0);
		gic_flush(cpu0);
		assert_true(cpu0->gic.inside);
		/* as if it had not fitted */
		cpu0->gic.used_lrs = 0;
		vm->gic.spis[SPI - 32].in_lr = false;
		cpu0->gic.hcr = GIC_HCR_EN | (asked ? GIC_HCR_LRENPIE : 0);
		fake.eoicount = 1;
		leave();
		assert_int_equal(irq_bit_is_set(ISACTIVER, SPI), !asked);
	}
}

#define READY(t)	cmocka_unit_test_setup_teardown(t, vm_make_ready, vm_unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		READY(nothing_in_list_registers),
		READY(list_registers_in_use),
		READY(lines_are_folded),
		READY(counted_ends_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
