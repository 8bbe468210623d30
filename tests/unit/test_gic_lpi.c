// SPDX-License-Identifier: GPL-2.0
/*
 * LPIs in the GIC: they are taken by what the tables in guest memory say of them, go
 * where they are routed to, and their pending bits are saved and found again.
 */
#include "test_gic_fake.h"

#define PROPERTIES	(FAKE_RAM + 0x10000)
#define PENDING(n)	(FAKE_RAM + 0x20000 + (n) * 0x10000)
#define RD(cpu)		(REDIST_BASE + (cpu)->base.idx * 0x20000ULL)
#define CTLR		0
#define PROPBASER	0x70
#define PENDBASER	0x78
#define INVLPIR		0xa0
#define INVALLR		0xb0
#define LPI		8192
#define ENABLED		1

static struct gic_irq *lpi;

static void property(u32 intid, u8 val)
{
	*fake_at(PROPERTIES + intid - LPI) = val;
}

static void lpis_on(struct arm_vcpu *vcpu)
{
	wr(vcpu, RD(vcpu) + PROPBASER, 8, PROPERTIES | 15);
	wr(vcpu, RD(vcpu) + PENDBASER, 8, PENDING(vcpu->base.idx));
	wr(vcpu, RD(vcpu) + CTLR, 4, 1);
}

static int lpi_setup(void **state)
{
	vm_make_ready(state);
	mutex_lock(&vm->base.lock);
	gic_lpi_allow(vm);
	mutex_unlock(&vm->base.lock);
	lpis_on(cpu0);
	lpis_on(cpu1);
	lpi = gic_lpi_make(vm, LPI);
	assert_false(IS_ERR(lpi));
	gic_lpi_route(vm, lpi, cpu0);
	property(LPI, 0xa0 | ENABLED);
	gic_lpi_load(vm, lpi, NULL);
	return 0;
}

/* It says that it has LPIs only where an ITS was made, and then by all that says so. */
static void announced(void **state)
{
	assert_int_equal(rd(cpu0, DIST_BASE + 4, 4) & (0x1f << 19 | BIT(17)), 9 << 19);
	assert_int_equal(rd(cpu0, RD(cpu0) + 8, 8) & 1, 0);
	lpis_on(cpu0);
	assert_int_equal(rd(cpu0, RD(cpu0) + CTLR, 4), 0);
	assert_int_equal(rd(cpu0, RD(cpu0) + PROPBASER, 8), 0);
	assert_int_equal(rd(cpu0, RD(cpu0) + PENDBASER, 8), 0);
	wr(cpu0, RD(cpu0) + INVALLR, 8, 0);
	mutex_lock(&vm->base.lock);
	gic_lpi_allow(vm);
	mutex_unlock(&vm->base.lock);
	assert_int_equal(rd(cpu0, DIST_BASE + 4, 4) & (0x1f << 19 | BIT(17)), 15 << 19 | BIT(17));
	assert_int_equal(rd(cpu0, RD(cpu0) + 8, 8) & 1, 1);
	assert_int_equal(rd(cpu0, RD(cpu0) + CTLR, 4), 6);
}

/* Only numbers of 8192 up to 16 bits are LPIs, and there is one for each. */
static void numbers(void **state)
{
	static const u32 bad[] = { 0, 31, 1019, 1023, 8191, 65536, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(PTR_ERR(gic_lpi_make(vm, bad[i])), -EINVAL);
		assert_null(gic_lpi_find(vm, bad[i]));
	}
	assert_ptr_equal(gic_lpi_make(vm, LPI), lpi);
	assert_ptr_equal(gic_lpi_find(vm, LPI), lpi);
	assert_null(gic_lpi_find(vm, LPI + 1));
	assert_null(gic_irq_find(vm, cpu0, LPI));
	assert_false(IS_ERR(gic_lpi_make(vm, 65535)));
	for (i = 1; i <= 2; i++) {
		shim_fail_alloc(i);
		assert_int_equal(PTR_ERR(gic_lpi_make(vm, LPI + 1)), -ENOMEM);
	}
	shim_fail_alloc(0);
	assert_null(gic_lpi_find(vm, LPI + 1));
}

/* Each signal is taken once, one that comes while it is active as well. */
static void taken(void **state)
{
	assert_int_equal(gic_lpi_raise(lpi), 0);
	assert_int_equal(gic_lpi_raise(lpi), 0);
	assert_int_equal(cpu0->base.requests, 1 << VCPU_REQ_IRQ);
	assert_int_equal(take_one(cpu0), LPI);
	look_in(cpu0);
	assert_int_equal(gic_lpi_raise(lpi), 0);
	look_in(cpu0);
	end_one(cpu0, LPI);
	assert_int_equal(take_one(cpu0), LPI);
	end_one(cpu0, LPI);
	look_in(cpu0);
	assert_false(gic_pending(cpu0));
}

/* Enable and priority are what the property table says when it is read, not before. */
static void properties(void **state)
{
	struct gic_irq *other = gic_lpi_make(vm, LPI + 1);

	gic_lpi_route(vm, other, cpu0);
	property(LPI + 1, 0x80);
	gic_lpi_load(vm, other, cpu0);
	assert_int_equal(gic_lpi_raise(other), 0);
	look_in(cpu0);
	property(LPI + 1, 0x80 | ENABLED);
	look_in(cpu0);
	wr(cpu0, RD(cpu0) + INVLPIR, 8, LPI + 1);
	assert_int_equal(gic_lpi_raise(lpi), 0);
	assert_int_equal(take_one(cpu0), LPI + 1);		/* the higher priority */
	look_in(cpu0);
	end_one(cpu0, LPI + 1);
	assert_int_equal(take_one(cpu0), LPI);
	end_one(cpu0, LPI);
	property(LPI, 0x20 | ENABLED);
	property(LPI + 1, 0x80);
	gic_lpi_raise(lpi);
	gic_lpi_raise(other);
	wr(cpu0, RD(cpu0) + INVALLR, 8, 0);
	assert_int_equal(lpi->priority, 0x20);
	assert_int_equal(take_one(cpu0), LPI);
	end_one(cpu0, LPI);
	look_in(cpu0);
	wr(cpu0, RD(cpu0) + INVLPIR, 8, LPI + 2);		/* nobody's */
	wr(cpu0, RD(cpu0) + INVLPIR, 2, LPI);
}

static void holder_comes_out(void)
{
	gic_sync(cpu0);
	fake_on_relax = NULL;
}

/* One that is disabled, or cleared, while it is in another vCPU's list register is out of it when that is done. */
static void leaves_list_register(void **state)
{
	gic_lpi_raise(lpi);
	load(cpu0);
	gic_flush(cpu0);
	assert_true(lpi->in_lr);
	cpu0->base.requests = 0;
	property(LPI, 0xa0);
	fake_on_relax = holder_comes_out;
	gic_lpi_load(vm, lpi, cpu1);
	assert_int_equal(cpu0->base.requests, 1 << VCPU_REQ_IRQ);
	assert_false(lpi->in_lr);
	look_in(cpu0);
	property(LPI, 0xa0 | ENABLED);
	gic_lpi_load(vm, lpi, cpu1);
	gic_flush(cpu0);
	assert_true(lpi->in_lr);
	fake_on_relax = holder_comes_out;
	gic_lpi_clear(lpi, cpu1);
	look_in(cpu0);
	assert_false(lpi->latch);
}

/* With the two-step end an LPI is done with at its priority drop: none is stuck. */
static void two_steps(void **state)
{
	load(cpu0);
	fake.vmcr |= GIC_VMCR_EOIM;
	gic_lpi_raise(lpi);
	assert_int_equal(take_one(cpu0), LPI);
	gic_deactivate(cpu0, LPI);
	gic_lpi_raise(lpi);
	look_in(cpu0);				/* its priority is still active */
	end_one(cpu0, LPI);
	assert_int_equal(take_one(cpu0), LPI);
	end_one(cpu0, LPI);
	look_in(cpu0);
}

/* Routed anew, what is pending goes along; what is active does so at its end. */
static void routed(void **state)
{
	gic_lpi_raise(lpi);
	gic_lpi_route(vm, lpi, cpu1);
	look_in(cpu0);
	assert_int_equal(take_one(cpu1), LPI);
	gic_lpi_route_all(vm, cpu1, cpu0);
	assert_ptr_equal(gic_lpi_goes_to(lpi), cpu0);
	gic_lpi_raise(lpi);
	look_in(cpu1);
	load(cpu1);
	end_one(cpu1, LPI);
	assert_int_equal(take_one(cpu0), LPI);
	end_one(cpu0, LPI);
	gic_lpi_route_all(vm, cpu1, vm->vcpus[2]);
	assert_ptr_equal(gic_lpi_goes_to(lpi), cpu0);
	gic_lpi_route(vm, lpi, NULL);
	assert_int_equal(gic_lpi_raise(lpi), -EBUSY);
}

/* Where LPIs are not enabled none is taken, and what was pending is lost. */
static void enable_lpis(void **state)
{
	gic_lpi_raise(lpi);
	wr(cpu1, RD(cpu0) + CTLR, 4, 0);
	assert_int_equal(rd(cpu1, RD(cpu0) + CTLR, 4), 6);
	look_in(cpu0);
	assert_int_equal(gic_lpi_raise(lpi), -EBUSY);
	gic_lpi_route(vm, lpi, vm->vcpus[2]);
	assert_int_equal(gic_lpi_raise(lpi), -EBUSY);
	gic_lpi_route(vm, lpi, cpu0);
	wr(cpu1, RD(cpu0) + CTLR, 4, 1);
	assert_int_equal(rd(cpu1, RD(cpu0) + CTLR, 4), 7);
	look_in(cpu0);
}

/* What the pending table says is pending when LPIs are enabled, unless the guest says that it is zero. */
static void enable_with_pending(void **state)
{
	wr(cpu0, RD(cpu0) + CTLR, 4, 0);
	*fake_at(PENDING(0) + LPI / 8) = 1;
	property(LPI, 0x40);
	wr(cpu0, RD(cpu0) + PENDBASER, 8, PENDING(0) | BIT_ULL(62));
	assert_int_equal(rd(cpu0, RD(cpu0) + PENDBASER, 8) & BIT_ULL(62), 0);
	wr(cpu0, RD(cpu0) + CTLR, 4, 1);
	assert_false(lpi->latch);
	assert_int_equal(lpi->priority, 0x40);
	assert_false(lpi->enabled);
	wr(cpu0, RD(cpu0) + CTLR, 4, 0);
	wr(cpu0, RD(cpu0) + PENDBASER, 8, PENDING(0));
	wr(cpu0, RD(cpu0) + CTLR, 4, 1);
	assert_true(lpi->latch);
}

/* Bases read back as written but for what is not there, by halves as well, and hold while LPIs are enabled. */
static void bases(void **state)
{
	u64 was = rd(cpu0, RD(cpu0) + PROPBASER, 8);

	wr(cpu0, RD(cpu0) + PROPBASER, 8, 0);
	wr(cpu0, RD(cpu0) + PENDBASER, 4, 0);
	assert_int_equal(rd(cpu0, RD(cpu0) + PROPBASER, 8), was);
	wr(cpu0, RD(cpu0) + CTLR, 4, 0);
	wr(cpu0, RD(cpu0) + PROPBASER, 8, ~0ULL);
	assert_int_equal(rd(cpu0, RD(cpu0) + PROPBASER, 8), 0x000ffffffffff79fULL);
	wr(cpu0, RD(cpu0) + PENDBASER, 8, ~0ULL);
	assert_int_equal(rd(cpu0, RD(cpu0) + PENDBASER, 8), 0x000fffffffff0780ULL);
	wr(cpu0, RD(cpu0) + PENDBASER + 4, 4, 1);
	assert_int_equal(rd(cpu0, RD(cpu0) + PENDBASER, 8), 0x00000001ffff0780ULL);
	assert_int_equal(rd(cpu0, RD(cpu0) + PENDBASER + 4, 4), 1);
	wr(cpu0, RD(cpu0) + PENDBASER, 2, 0);
	wr(cpu0, RD(cpu0) + PENDBASER, 8, 0);		/* not through the caches: so it is told */
	assert_int_equal(rd(cpu0, RD(cpu0) + PENDBASER, 8), 5 << 7);
}

/* A table that is not there, or too short, faults nobody: LPIs stay as they are, or are disabled. */
static void missing_tables(void **state)
{
	struct gic_irq *last = gic_lpi_make(vm, 65535);

	gic_lpi_route(vm, last, cpu0);
	*fake_at(PROPERTIES + 65535 - LPI) = 0x10 | ENABLED;
	gic_lpi_load(vm, last, cpu0);
	assert_true(last->enabled);
	fake_hole = PROPERTIES + 100;
	fake_hole_end = FAKE_RAM + FAKE_RAM_SIZE;
	property(LPI, 0);
	wr(cpu0, RD(cpu0) + INVALLR, 8, 0);
	assert_false(lpi->enabled);			/* what is there is read */
	assert_true(last->enabled);
	assert_int_equal(gic_lpi_save_pending(vm), -EFAULT);
	gic_lpi_load_pending(vm, lpi);
	wr(cpu0, RD(cpu0) + CTLR, 4, 0);
	wr(cpu0, RD(cpu0) + PROPBASER, 8, PROPERTIES | 13);
	wr(cpu0, RD(cpu0) + CTLR, 4, 1);
	assert_false(last->enabled);			/* beyond 14 bits */
	wr(cpu0, RD(cpu0) + CTLR, 4, 0);
	wr(cpu0, RD(cpu0) + PROPBASER, 8, ~0ULL);
	wr(cpu0, RD(cpu0) + PENDBASER, 8, ~0ULL & ~BIT_ULL(62));
	wr(cpu0, RD(cpu0) + CTLR, 4, 1);
	assert_false(lpi->latch);
}

/* What is pending is in the guest's tables after a save, and pending again where it is taken from there. */
static void pending_travels(void **state)
{
	struct gic_irq *other = gic_lpi_make(vm, LPI + 9), *nobodys = gic_lpi_make(vm, LPI + 10);

	gic_lpi_route(vm, other, cpu1);
	gic_lpi_raise(lpi);
	gic_lpi_raise(nobodys);
	*fake_at(PENDING(0) + LPI / 8) = 0xfe;
	*fake_at(PENDING(1) + LPI / 8 + 1) = 0xff;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL), 0);
	assert_int_equal(*fake_at(PENDING(0) + LPI / 8), 0xff);
	assert_int_equal(*fake_at(PENDING(1) + LPI / 8 + 1), 0xfd);
	fake_vcpus_busy = true;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL), -EBUSY);
	fake_vcpus_busy = false;
	shim_kill(1);
	assert_int_equal(gic_lpi_save_pending(vm), -EINTR);
	shim_kill(0);
	gic_lpi_clear(lpi, NULL);
	gic_lpi_load_pending(vm, lpi);
	assert_true(lpi->latch);
	assert_int_equal(*fake_at(PENDING(0) + LPI / 8), 0xfe);
	gic_lpi_load_pending(vm, other);
	assert_false(other->latch);
	fake_rom = PENDING(0);
	fake_rom_end = PENDING(1);
	assert_int_equal(gic_lpi_save_pending(vm), -EFAULT);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(announced, vm_make_ready, vm_unmake),
		cmocka_unit_test_setup_teardown(numbers, lpi_setup, vm_unmake),
		cmocka_unit_test_setup_teardown(taken, lpi_setup, vm_unmake),
		cmocka_unit_test_setup_teardown(properties, lpi_setup, vm_unmake),
		cmocka_unit_test_setup_teardown(leaves_list_register, lpi_setup, vm_unmake),
		cmocka_unit_test_setup_teardown(two_steps, lpi_setup, vm_unmake),
		cmocka_unit_test_setup_teardown(routed, lpi_setup, vm_unmake),
		cmocka_unit_test_setup_teardown(enable_lpis, lpi_setup, vm_unmake),
		cmocka_unit_test_setup_teardown(enable_with_pending, lpi_setup, vm_unmake),
		cmocka_unit_test_setup_teardown(bases, lpi_setup, vm_unmake),
		cmocka_unit_test_setup_teardown(missing_tables, lpi_setup, vm_unmake),
		cmocka_unit_test_setup_teardown(pending_travels, lpi_setup, vm_unmake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
