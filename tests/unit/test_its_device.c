// SPDX-License-Identifier: GPL-2.0
/*
 * An ITS as the VMM makes, places and resets it, and its registers as the guest and the
 * VMM have them.
 */
#include "test_its_fake.h"

#define ADDR	KVM_DEV_ARM_VGIC_GRP_ADDR
#define REGS	KVM_DEV_ARM_VGIC_GRP_ITS_REGS
#define CTRL	KVM_DEV_ARM_VGIC_GRP_CTRL
#define TOP	(1ULL << 40)

static int reg_get(u64 offset, u64 *val)
{
	*val = 0x5a5a5a5a5a5a5a5aULL;
	return its_attr(false, REGS, offset, val);
}

static int reg_set(u64 offset, u64 val)
{
	return its_attr(true, REGS, offset, &val);
}

static int set_addr(u64 base)
{
	return its_attr(true, ADDR, KVM_VGIC_ITS_ADDR_TYPE, &base);
}

/* Some of them to a VM, of a machine that has a GICv3. */
static void made(void **state)
{
	unsigned int i;

	gic_hw.present = false;
	assert_int_equal(its_make(), -ENODEV);
	gic_hw.present = true;
	shim_fail_alloc(1);
	assert_int_equal(its_make(), -ENOMEM);
	shim_fail_alloc(0);
	assert_false(its_exists(vm));
	assert_int_equal(its_message(vm, 0, 0, 0), -ENODEV);
	for (i = 0; i < ITS_MAX; i++)
		assert_int_equal(its_make(), 0);
	assert_int_equal(its_make(), -ENOSPC);
	assert_true(its_exists(vm));
	assert_true(vm->gic.has_lpis);
	assert_int_equal(its_device_ops.type, KVM_DEV_TYPE_ARM_VGIC_ITS);
}

/* Where it may be: aligned, within the IPA space, over nobody else, once. */
static void placed(void **state)
{
	u64 val;

	assert_int_equal(its_make(), 0);
	assert_int_equal(its_attr(false, ADDR, KVM_VGIC_ITS_ADDR_TYPE, &val), 0);
	assert_int_equal(val, ~0ULL);
	assert_int_equal(reg_get(0, &val), -ENXIO);
	assert_int_equal(set_addr(ITS_BASE + 0x1000), -EINVAL);
	assert_int_equal(set_addr(TOP), -E2BIG);
	assert_int_equal(set_addr(TOP - 0x10000), -E2BIG);
	assert_int_equal(set_addr(-0x10000ULL), -E2BIG);
	assert_int_equal(set_addr(DIST_BASE), -EINVAL);
	assert_int_equal(set_addr(DIST_BASE - 0x10000), -EINVAL);
	assert_int_equal(set_addr(REDIST_BASE + 0x10000), -EINVAL);
	val = ITS_BASE;
	assert_int_equal(its_attr(true, ADDR, 3, &val), -ENODEV);
	assert_int_equal(its_attr(false, ADDR, 3, &val), -ENODEV);
	shim_user_hole((uintptr_t)&val, sizeof(val));
	assert_int_equal(its_attr(true, ADDR, KVM_VGIC_ITS_ADDR_TYPE, &val), -EFAULT);
	assert_int_equal(its_attr(false, ADDR, KVM_VGIC_ITS_ADDR_TYPE, &val), -EFAULT);
	assert_int_equal(its_attr(true, REGS, 0, &val), -EFAULT);
	shim_user_hole(0, 0);
	assert_false(its_mmio(cpu0, ITS_BASE, 4, false, &val));
	/* one that is nowhere is not before all addresses */
	assert_false(its_mmio(cpu0, 0, 4, false, &val));
	assert_false(its_mmio(cpu0, 0x1000, 4, false, &val));
	assert_int_equal(its_message(vm, 0x1003f, 0, 0), -EINVAL);
	assert_int_equal(set_addr(ITS_BASE), 0);
	assert_int_equal(set_addr(ITS_BASE), -EEXIST);
	assert_int_equal(its_attr(false, ADDR, KVM_VGIC_ITS_ADDR_TYPE, &val), 0);
	assert_int_equal(val, ITS_BASE);
	assert_int_equal(its_make(), 0);
	assert_int_equal(set_addr(ITS_BASE + 0x10000), -EINVAL);
	assert_int_equal(set_addr(ITS_BASE - 0x10000), -EINVAL);
	assert_int_equal(set_addr(0x10000000), 0);
	assert_false(its_mmio(cpu0, 0x10020000, 4, false, &val));
	fake_fp_saves = 0;
	assert_true(its_mmio(cpu0, 0x1001ffff, 1, false, &val));
	assert_int_equal(fake_fp_saves, 1);
	assert_false(its_mmio(cpu0, 0x0fffffff, 1, false, &val));
	assert_int_equal(fake_fp_saves, 1);
	/* whose an address is can be asked without it */
	assert_true(its_owns(vm, 0x1001ffff) && its_owns(vm, 0x10000000) && its_owns(vm, ITS_BASE));
	assert_false(its_owns(vm, 0x10020000) || its_owns(vm, 0x0fffffff));
	assert_int_equal(fake_fp_saves, 1);
	/* side by side is not one over the other */
	assert_int_equal(its_make(), 0);
	assert_int_equal(set_addr(0x10000000 - 0x20000), 0);
	assert_int_equal(its_make(), 0);
	assert_int_equal(set_addr(0x10020000), 0);
}

/* Attributes that there are, and that are not. */
static void attributes(void **state)
{
	u64 val = 0;

	assert_int_equal(its_has(ADDR, KVM_VGIC_ITS_ADDR_TYPE), 0);
	assert_int_equal(its_has(ADDR, 2), -ENXIO);
	assert_int_equal(its_has(CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT), 0);
	assert_int_equal(its_has(CTRL, KVM_DEV_ARM_ITS_SAVE_TABLES), 0);
	assert_int_equal(its_has(CTRL, KVM_DEV_ARM_ITS_RESTORE_TABLES), 0);
	assert_int_equal(its_has(CTRL, KVM_DEV_ARM_ITS_CTRL_RESET), 0);
	assert_int_equal(its_has(CTRL, 3), -ENXIO);
	assert_int_equal(its_control(3), -ENXIO);
	fake_vcpus_busy = true;				/* INIT has nothing to do, and asks nobody */
	assert_int_equal(its_control(KVM_DEV_ARM_VGIC_CTRL_INIT), 0);
	fake_vcpus_busy = false;
	assert_int_equal(its_has(2, 0), -ENXIO);
	assert_int_equal(its_attr(true, 2, 0, &val), -ENXIO);
	assert_int_equal(its_attr(false, CTRL, 0, &val), -ENXIO);
	assert_int_equal(its_has(REGS, 0), 0);
	assert_int_equal(its_has(REGS, 8), 0);
	assert_int_equal(its_has(REGS, 2), -EINVAL);
	assert_int_equal(its_has(REGS, 12), -EINVAL);
	assert_int_equal(its_has(REGS, 0x84), -EINVAL);
	assert_int_equal(its_has(REGS, 0x18), -ENXIO);
	assert_int_equal(its_has(REGS, 0xffe8), 0);
	assert_int_equal(its_has(REGS, 0x10040), -ENXIO);
	assert_int_equal(its_has(REGS, 0x20000), -ENXIO);
	assert_int_equal(its_has(REGS, 1ULL << 32), -ENXIO);
	assert_int_equal(reg_get(12, &val), -EINVAL);
	assert_int_equal(reg_get(0x18, &val), -ENXIO);
	assert_int_equal(reg_set(1ULL << 32, 0), -ENXIO);
	fake_vcpus_busy = true;
	assert_int_equal(reg_get(0, &val), -EBUSY);
	fake_vcpus_busy = false;
}

/* What says what it is. */
static void identity(void **state)
{
	u64 val;

	assert_int_equal(its_rd(8, 8), 1 | 7 << 4 | 15 << 8 | 15 << 13);
	assert_int_equal(its_rd(8, 4), 1 | 7 << 4 | 15 << 8 | 15 << 13);
	assert_int_equal(its_rd(12, 4), 0);
	assert_int_equal(its_rd(4, 4), GIC_IIDR & ~0xf000);
	assert_int_equal(its_rd(0xffe8, 4), 0x3b);
	assert_int_equal(its_rd(0x10040, 4), 0);
	assert_int_equal(its_rd(0x300, 8), 0);
	assert_int_equal(its_rd(0, 1), 0);		/* no such size */
	assert_int_equal(its_rd(2, 4), 0);
	assert_int_equal(its_rd(0x102, 4), 0);
	assert_int_equal(its_rd(0x104, 8), 0);
	assert_int_equal(its_rd(0, 8), 0);
	assert_int_equal(reg_get(4, &val), 0);
	assert_int_equal(reg_set(4, val), 0);
	assert_int_equal(reg_set(4, 0x4b00043b), 0);	/* another's, with the same tables */
	assert_int_equal(reg_set(4, 0x4b00143b), -EINVAL);
	its_wr(4, 4, 0x1000);
	assert_int_equal(its_rd(4, 4), GIC_IIDR & ~0xf000);
}

/* Tables and queue: what they hold, in whole and by halves, while it is disabled. */
static void bases(void **state)
{
	u64 was = its_rd(0x100, 8);

	its_wr(0x100, 8, 0);
	its_wr(0x80, 8, 0);
	assert_int_equal(its_rd(0x100, 8), was);
	assert_true(its_rd(0x80, 8) & VALID);
	MAPD(1, 1, ITT(0));
	MAPC(1, 0);
	MAPTI(1, 1, LPI, 1);
	its_wr(0, 4, 0);
	its_wr(0x100, 8, ~0ULL);
	assert_int_equal(its_rd(0x100, 8), 0xf907fffffffff6ffULL);
	its_wr(0x108, 8, ~0ULL);
	assert_int_equal(its_rd(0x108, 8), 0xbc07fffffffff6ffULL);
	its_wr(0x110, 8, ~0ULL);
	assert_int_equal(its_rd(0x110, 8), 0);
	assert_int_equal(its->nr_events, 1);
	its_wr(0x104, 4, 0);
	assert_int_equal(its_rd(0x100, 8) >> 32 & 0x8000ffff, 0);
	assert_int_equal(its->nr_events, 0);
	assert_int_equal(its_rd(0x104, 4), its_rd(0x100, 8) >> 32);
	assert_false(xa_empty(&its->collections));
	its_wr(0x108, 8, 0);
	assert_true(xa_empty(&its->collections));
	its_wr(0, 4, 1);
	assert_int_equal(its_rd(0, 4), BIT(31));	/* not without tables */
	its_wr(0x100, 8, VALID | DEVICES);
	its_wr(0x108, 8, VALID | COLLECTIONS);
	its_wr(0, 4, ~1U);				/* by its own bit, in a word */
	its_wr(0, 8, 1);
	assert_int_equal(its_rd(0, 4), BIT(31));
	its_wr(0, 4, 1);
	assert_int_equal(its_rd(0, 4), BIT(31) | 1);
	its_wr(0, 4, 2);
	assert_int_equal(its_rd(0, 4), BIT(31));
	its_wr(0x108, 8, 0);
	its_wr(0x80, 8, ~0ULL);
	assert_int_equal(its_rd(0x80, 8), 0xb80ffffffffff4ffULL);
	its_wr(0x80, 2, 0);
	assert_int_equal(its_rd(0x80, 4), 0xfffff4ff);
}

/* The guest's place in the queue is the VMM's to set, within the queue. */
static void places(void **state)
{
	u64 val;

	its_wr(0, 4, 0);
	its_wr(0x88, 8, 64);
	assert_int_equal(its_rd(0x88, 8), 64);		/* and stays so when it is read */
	assert_int_equal(its_rd(0x88, 4), 64);
	its_wr(0x90, 8, 32);				/* not the guest's */
	assert_int_equal(its_rd(0x90, 8), 0);
	shim_guard(&its->lock.shim, &its->creadr, sizeof(its->creadr));
	assert_int_equal(reg_set(0x90, 32), 0);
	assert_int_equal(reg_set(0x90, 0), 0);
	shim_check_quiet();
	assert_int_equal(reg_set(0x90, 4096), -EINVAL);
	assert_int_equal(reg_set(0x90, 32 | 1), 0);
	assert_int_equal(reg_get(0x90, &val), 0);
	assert_int_equal(val, 32);
	*entry_at(QUEUE) = 9;
	*entry_at(QUEUE + 16) = VALID | 1;
	*entry_at(QUEUE + 32) = 9;
	*entry_at(QUEUE + 48) = VALID | 1 << 16 | 2;
	assert_int_equal(reg_set(0, 1), 0);		/* executes what is left */
	assert_int_equal(reg_get(0x90, &val), 0);
	assert_int_equal(val, 64);
	assert_null(its_collection_vcpu(its, 1));
	assert_ptr_equal(its_collection_vcpu(its, 2), cpu1);
	assert_int_equal(reg_get(0, &val), 0);
	assert_int_equal(val, 1 | BIT_ULL(31));
}

/* Reset it is as it was made. */
static void reset(void **state)
{
	u64 val;

	MAPD(1, 1, ITT(0));
	MAPC(1, 0);
	MAPTI(1, 1, LPI, 1);
	assert_int_equal(message(1, 1), 1);
	assert_int_equal(its_control(KVM_DEV_ARM_ITS_CTRL_RESET), 0);
	assert_int_equal(reg_get(0, &val), 0);
	assert_int_equal(val, BIT(31));
	for (val = 0x80; val <= 0x90; val += 8)
		assert_int_equal(its_rd(val, 8), 0);
	assert_int_equal(its_rd(0x100, 8), 0x2907000000000600ULL);
	assert_int_equal(its_rd(0x108, 8), 0x2c07000000000600ULL);
	assert_true(xa_empty(&its->devices));
	assert_true(xa_empty(&its->collections));
	assert_int_equal(its->nr_events, 0);
	look_in(cpu0);
	assert_true(its_mmio(cpu0, ITS_BASE, 4, false, &val));
}

#define TEST(f, s)	cmocka_unit_test_setup_teardown(f, s, its_unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(made, vm_make_ready), TEST(placed, vm_make_ready), TEST(attributes, its_setup),
		TEST(identity, its_setup), TEST(bases, its_setup), TEST(places, its_setup), TEST(reset, its_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
