// SPDX-License-Identifier: GPL-2.0
/*
 * The GIC as the VMM makes, places, saves and restores it, and its frames as the
 * guest reads them: errno by errno, size by size.
 */
#include "test_gic_fake.h"
#include "each_alloc.h"

#define TOP	(1ULL << 40)

#define ADDR	KVM_DEV_ARM_VGIC_GRP_ADDR
#define DIST	KVM_VGIC_V3_ADDR_TYPE_DIST
#define REDIST	KVM_VGIC_V3_ADDR_TYPE_REDIST
#define REGION	KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION

static int set_addr(u64 type, u64 val)
{
	return attr_set(ADDR, type, &val);
}

static int set_region(u64 index, u64 base, u64 count, u64 flags)
{
	return set_addr(REGION, count << 52 | base | flags << 12 | index);
}

static int get_dist(u32 offset, u32 *val)
{
	return attr_get(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, offset, val);
}

static int set_dist(u32 offset, u32 val)
{
	return attr_set(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, offset, &val);
}

static int get_redist(u64 id, u32 offset, u32 *val)
{
	return attr_get(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, id << 32 | offset, val);
}

static u32 typer(u64 id)
{
	u32 val = ~0U;

	assert_int_equal(get_redist(id, 8, &val), 0);
	return val;
}

static int init(void)
{
	return attr_set(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

static int save_pending(void)
{
	return attr_set(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL);
}

static int vm_make_created(void **state)
{
	vm_make(state);
	vm_add_vcpu(0);
	return device_create();
}

static void add_vcpus(unsigned int n)
{
	while (vm->base.nr_vcpus < n)
		vm_add_vcpu(vm->base.nr_vcpus);
}

/* One GIC to a VM, before its vCPUs ran. */
static void created_once(void **state)
{
	vm->base.ran_once = true;
	assert_int_equal(device_create(), -EEXIST);
	vm->gic.exists = false;
	assert_int_equal(device_create(), -EBUSY);
	vm->base.ran_once = false;
	gic_hw.present = false;
	assert_int_equal(device_create(), -ENODEV);
	gic_hw.present = true;
	assert_int_equal(gic_first_run(vm->vcpus[0]), 0);	/* a VM without */
	assert_false(vm->vcpus[0]->gic.attached);
	assert_false(gic_mmio(vm->vcpus[0], DIST_BASE, 4, false, NULL));
}

/* Addresses of the distributor and of the one growing region. */
static void addresses(void **state)
{
	u64 val;

	assert_int_equal(attr_get(ADDR, DIST, &val), 0);
	assert_int_equal(val, ~0ULL);
	assert_int_equal(set_addr(DIST, 0x1000), -EINVAL);
	assert_int_equal(set_addr(REDIST, 0x1000), -EINVAL);
	assert_int_equal(set_addr(DIST, TOP), -E2BIG);
	assert_int_equal(set_addr(DIST, 1ULL << 63), -E2BIG);
	assert_int_equal(set_addr(REDIST, TOP), -E2BIG);
	assert_int_equal(set_addr(REDIST, TOP - 0x10000), -E2BIG);
	assert_int_equal(set_addr(REDIST, -0x10000ULL), -E2BIG);
	assert_int_equal(set_addr(99, 0), -ENXIO);
	shim_user_hole((uintptr_t)&val, sizeof(val));
	assert_int_equal(attr_set(ADDR, DIST, &val), -EFAULT);
	shim_user_hole(0, 0);

	assert_int_equal(set_addr(DIST, TOP - 0x10000), 0);
	assert_int_equal(set_addr(DIST, 0), -EEXIST);
	assert_int_equal(set_addr(REDIST, 0), 0);
	assert_int_equal(set_addr(REDIST, 0), -EEXIST);
	assert_int_equal(set_region(0, 0x100000, 4, 0), -EINVAL);
	assert_int_equal(set_region(1, 0x100000, 4, 0), -EINVAL);	/* nor beside the growing one */
	assert_int_equal(attr_get(ADDR, DIST, &val), 0);
	assert_int_equal(val, TOP - 0x10000);
	assert_int_equal(attr_get(ADDR, REDIST, &val), 0);
	assert_int_equal(val, 0);
	assert_int_equal(attr_get(ADDR, REGION, &val), -EINVAL);
}

/* Regions come in order, do not overlap, and can be read back. */
static void regions(void **state)
{
	u64 val;

	assert_int_equal(set_region(0, 0x100000, 4, 2), -EINVAL);
	assert_int_equal(set_region(0, 0x100000, 0, 0), -EINVAL);
	assert_int_equal(set_region(1, 0x200000, 2, 0), -EINVAL);
	assert_int_equal(set_region(0, 0x200000, 2, 0), 0);
	assert_int_equal(set_region(0, 0x200000, 2, 0), -EINVAL);
	assert_int_equal(set_region(1, 0x210000, 1, 0), -EINVAL);
	assert_int_equal(set_region(1, 0x230000, 1, 0), -EINVAL);
	assert_int_equal(set_region(1, 0x1f0000, 1, 0), -EINVAL);
	assert_int_equal(set_region(2, 0x240000, 1, 0), -EINVAL);
	assert_int_equal(set_region(1, 0x240000, 1, 0), 0);
	assert_int_equal(set_region(2, TOP, 1, 0), -E2BIG);
	assert_int_equal(set_region(2, TOP - 0x30000, 2, 0), -E2BIG);
	assert_int_equal(set_region(2, 0xfffffffff0000, 4095, 0), -E2BIG);
	assert_int_equal(set_addr(REDIST, 0x260000), -EINVAL);
	assert_int_equal(set_addr(DIST, 0x260000), 0);
	assert_int_equal(set_region(2, 0x260000, 1, 0), -EINVAL);
	assert_int_equal(set_region(2, 0x250000, 1, 0), -EINVAL);

	val = 0;
	assert_int_equal(attr_get(ADDR, REGION, &val), 0);
	assert_int_equal(val, 2ULL << 52 | 0x200000);
	val = 1;
	assert_int_equal(attr_get(ADDR, REGION, &val), 0);
	assert_int_equal(val, 1ULL << 52 | 0x240000 | 1);
	val = 2;
	assert_int_equal(attr_get(ADDR, REGION, &val), -ENOENT);
	assert_int_equal(attr_get(ADDR, REDIST, &val), -EINVAL);

	/* Not enough of them; then enough, but not started; then all is well. */
	add_vcpus(4);
	assert_int_equal(gic_first_run(vm->vcpus[3]), -ENXIO);
	assert_int_equal(set_region(2, 0x280000, 1, 0), 0);
	assert_int_equal(gic_first_run(vm->vcpus[3]), -EBUSY);
	assert_int_equal(init(), 0);
	assert_int_equal(gic_first_run(vm->vcpus[3]), 0);
	assert_int_equal(set_region(3, 0x300000, 1, 0), -EINVAL);
}

/* What only shows when all vCPUs are there. */
static void checked_at_first_run(void **state)
{
	assert_int_equal(gic_first_run(vm->vcpus[0]), -ENXIO);
	assert_int_equal(set_addr(REDIST, 0), 0);
	assert_int_equal(gic_first_run(vm->vcpus[0]), -ENXIO);
	assert_int_equal(set_addr(DIST, 0x70000), 0);
	add_vcpus(4);
	assert_int_equal(gic_first_run(vm->vcpus[3]), -EINVAL);
	assert_false(vm->gic.ready);
	/* TYPER says whether it is a region's last: regions may still be added, which the VM's lock keeps away */
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 8), 0);
}

static void beyond_at_first_run(void **state)
{
	assert_int_equal(set_addr(REDIST, TOP - 3 * 0x20000), 0);
	assert_int_equal(set_addr(DIST, 0), 0);
	add_vcpus(4);
	assert_int_equal(init(), 0);
	assert_int_equal(gic_first_run(vm->vcpus[2]), -EINVAL);
}

/* GICR_TYPER: number, and Last where no other redistributor follows. */
static void last_redistributor(void **state)
{
	static const unsigned int ids[] = { 3, 5, 4, 1, 2 };	/* after vCPU 0 */
	unsigned int i;
	u32 val;

	for (i = 0; i < 5; i++)
		vm_add_vcpu(ids[i]);
	assert_int_equal(get_redist(0, 8, &val), -EBUSY);
	assert_int_equal(get_redist(9, 8, &val), -EINVAL);
	assert_int_equal(init(), 0);
	for (i = 0; i < 6; i++)
		assert_int_equal(typer(i), i << 8);
	assert_int_equal(set_region(0, 0x100000, 2, 0), 0);
	assert_int_equal(typer(3), 0x310);
	assert_int_equal(set_region(1, 0x240000, 2, 0), 0);
	assert_int_equal(set_region(2, 0x200000, 2, 0), 0);
	assert_int_equal(typer(0), 0x000);
	assert_int_equal(typer(3), 0x310);
	assert_int_equal(typer(5), 0x500);
	assert_int_equal(typer(4), 0x410);
	assert_int_equal(typer(1), 0x100);
	assert_int_equal(typer(2), 0x200);	/* region 1 follows */
	assert_int_equal(get_redist(2, 0xc, &val), 0);
	assert_int_equal(val, 2);
}

/* Places of a region that no vCPU fills are nobody's. */
static void region_with_room(void **state)
{
	u64 val = 0;

	add_vcpus(4);
	assert_int_equal(set_addr(DIST, 0), 0);
	assert_int_equal(set_region(0, 0x100000, 2, 0), 0);
	assert_int_equal(set_region(1, 0x200000, 10, 0), 0);
	assert_int_equal(init(), 0);
	assert_int_equal(typer(1), 0x110);
	assert_int_equal(typer(2), 0x200);
	assert_int_equal(typer(3), 0x310);
	assert_int_equal(gic_first_run(vm->vcpus[0]), 0);
	assert_true(gic_mmio(vm->vcpus[0], 0x22ffff, 1, false, &val));
	assert_true(gic_mmio(vm->vcpus[0], 0x23fffc, 4, false, &val));
	assert_false(gic_mmio(vm->vcpus[0], 0x240000, 4, false, &val));
	assert_false(gic_mmio(vm->vcpus[0], 0x140000, 4, false, &val));
}

/* As many regions as there can be, of one or two, in any order of addresses: each vCPU's is found. */
static void many_regions(void **state)
{
	unsigned int i, idx, vcpu = 0;
	u32 offset;
	u64 base;

	for (i = 0; i < GIC_MAX_REGIONS; i++) {
		base = 0x1000000ULL + (u64)(i * 77 % GIC_MAX_REGIONS) * 0x100000;
		assert_int_equal(set_region(i, base, 1 + i % 2, 0), 0);
	}
	assert_int_equal(set_region(i, 0, 1, 0), -EINVAL);
	for (i = 0; i < GIC_MAX_REGIONS; i++) {
		base = 0x1000000ULL + (u64)(i * 77 % GIC_MAX_REGIONS) * 0x100000;
		assert_int_equal(gic_region_of_vcpu(&vm->gic, vcpu), base);
		assert_true(gic_region_find(&vm->gic, vcpu + 1, base + 0x1fffc, &idx, &offset));
		assert_int_equal(idx, vcpu);
		assert_int_equal(offset, 0x1fffc);
		assert_false(gic_region_find(&vm->gic, vcpu, base, &idx, &offset));
		assert_false(gic_region_find(&vm->gic, 1000, base - 4, &idx, &offset));
		assert_int_equal(gic_region_find(&vm->gic, 1000, base + 0x20000, &idx, &offset), i % 2);
		assert_false(gic_region_find(&vm->gic, 1000, base + 0x40000, &idx, &offset));
		assert_int_equal(gic_region_is_last(&vm->gic, 1000, vcpu), !(i % 2));
		vcpu += 1 + i % 2;
	}
	assert_int_equal(gic_region_of_vcpu(&vm->gic, vcpu), GIC_ADDR_UNSET);
}

/* Affinities that change before the first run take routes with them. */
static void affinity_before_first_run(void **state)
{
	add_vcpus(2);
	assert_int_equal(set_addr(DIST, DIST_BASE), 0);
	assert_int_equal(set_addr(REDIST, REDIST_BASE), 0);
	assert_int_equal(init(), 0);
	assert_int_equal(set_dist(ISENABLER + 4, 1), 0);
	vm->vcpus[0]->mpidr = 7;
	vm->vcpus[1]->mpidr = 0;
	gic_inject(vm, NULL, 32, true);
	assert_int_equal(gic_first_run(vm->vcpus[0]), 0);
	assert_true(vm->gic.spis[0].pool == &vm->vcpus[1]->gic.pool);
	assert_false(gic_pool_is_empty(&vm->vcpus[1]->gic.pool));
}

/* Number of interrupts, and start. */
static void size_and_start(void **state)
{
	static const u32 bad[] = { 0, 32, 63, 65, 1023, 1056, ~0U };
	unsigned int i;
	u32 val = 0;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		val = bad[i];
		assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &val), -EINVAL);
	}
	val = 1024;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &val), 0);
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &val), -EBUSY);
	val = 0;
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &val), 0);
	assert_int_equal(val, 1024);

	assert_int_equal(get_dist(0, &val), -EBUSY);
	assert_int_equal(save_pending(), 0);
	fake_vcpus_busy = true;
	assert_int_equal(init(), -EBUSY);
	assert_int_equal(save_pending(), -EBUSY);
	fake_vcpus_busy = false;
	assert_int_equal(each_alloc(init(), -ENOMEM), 1);
	assert_int_equal(init(), 0);
	assert_int_equal(gic_vcpu_init(vm->vcpus[0]), -EBUSY);
	assert_int_equal(get_dist(4, &val), 0);
	assert_int_equal(val & 0x1f, 31);
	assert_true(gic_intid_is_valid_spi(vm, 1019));
	assert_false(gic_intid_is_valid_spi(vm, 1020));

	fake_vcpus_busy = true;
	assert_int_equal(get_dist(0, &val), -EBUSY);
	assert_int_equal(set_dist(0, 0), -EBUSY);
}

static void no_vcpu_no_start(void **state)
{
	assert_int_equal(device_create(), 0);
	assert_int_equal(init(), -ENODEV);
}

/* What is there and what is not, asked and tried. */
static void what_there_is(void **state)
{
	static const u32 dist[] = { 0, 4, 8, 0xc, 0x10, 0x80, 0xfc, 0x100, 0x3fc, 0x400,
				    0x7fc, 0xc00, 0xcfc, 0xd00, 0x6000, 0x6100, 0x6104,
				    0xffe8 };
	static const u32 not_dist[] = { 2, 0x14, 0x40, 0x800, 0xf00, 0x8000, 0xffec,
					0x10000, 0xfffffffc };
	static const u32 redist[] = { 0, 4, 8, 0xc, 0x10, 0x14, 0x70, 0x74, 0x78, 0x7c, 0xffe8,
				      0x10080, 0x10100, 0x10280, 0x10400, 0x10c04 };
	static const u32 not_redist[] = { 1, 0x18, 0x40, 0x16100, 0x1ffe8, 0x20000 };
	unsigned int i;
	u32 val;

	for (i = 0; i < ARRAY_SIZE(dist); i++) {
		assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, dist[i]), 0);
		assert_int_equal(get_dist(dist[i], &val), 0);
	}
	for (i = 0; i < ARRAY_SIZE(not_dist); i++) {
		assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, not_dist[i]), -ENXIO);
		assert_int_equal(get_dist(not_dist[i], &val), -ENXIO);
	}
	for (i = 0; i < ARRAY_SIZE(redist); i++) {
		assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, redist[i]), 0);
		assert_int_equal(get_redist(0, redist[i], &val), 0);
	}
	for (i = 0; i < ARRAY_SIZE(not_redist); i++) {
		assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, not_redist[i]), -ENXIO);
		assert_int_equal(get_redist(0, not_redist[i], &val), -ENXIO);
	}
	assert_int_equal(attr_has(ADDR, DIST), 0);
	assert_int_equal(attr_has(ADDR, ~0ULL), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT), 0);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_CTRL,
				  KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES), 0);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_CTRL, 0x7f), -ENXIO);
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_CTRL, 0x7f, NULL), -ENXIO);
	assert_int_equal(attr_has(8, 0), -ENXIO);
	assert_int_equal(attr_set(8, 0, &val), -ENXIO);
	assert_int_equal(attr_get(2, 0, &val), -ENXIO);

	/* The identification is to be written back as it was read. */
	assert_int_equal(get_dist(8, &val), 0);
	assert_int_equal(set_dist(8, val), 0);
	assert_int_equal(set_dist(8, val ^ 1), -EINVAL);
}

#define SYSREG(crn, crm, op2)	(3 << 14 | (crn) << 7 | (crm) << 3 | (op2))

static int sysreg_set(u32 instr, u64 val)
{
	return attr_set(KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, 1ULL << 32 | instr, &val);
}

static u64 sysreg_get(u32 instr)
{
	u64 val = ~0ULL;

	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, 1ULL << 32 | instr, &val), 0);
	return val;
}

static const struct { u32 instr; u64 val; } sysreg_rw[] = {
	{ SYSREG(4, 6, 0), 0xa8 }, { SYSREG(12, 8, 3), 3 }, { SYSREG(12, 12, 3), 5 },
	{ SYSREG(12, 8, 4), 0x80000001 }, { SYSREG(12, 9, 0), 0x40000002 },
	{ SYSREG(12, 12, 6), 1 }, { SYSREG(12, 12, 7), 1 },
};

/* All have their values but @zero, which is 0. */
static void sysregs_are(unsigned int zero)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sysreg_rw); i++)
		assert_int_equal(sysreg_get(sysreg_rw[i].instr), i == zero ? 0 : sysreg_rw[i].val);
}

/* Each CPU interface register can be written up and down, and none is another one's. */
static void sysregs_apart(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sysreg_rw); i++)
		assert_int_equal(sysreg_set(sysreg_rw[i].instr, sysreg_rw[i].val), 0);
	for (i = 0; i < ARRAY_SIZE(sysreg_rw); i++) {
		assert_int_equal(sysreg_set(sysreg_rw[i].instr, 0), 0);
		sysregs_are(i);
		assert_int_equal(sysreg_set(sysreg_rw[i].instr, sysreg_rw[i].val), 0);
		sysregs_are(ARRAY_SIZE(sysreg_rw));
	}
}

/* CPU interface registers keep what they are given and refuse what cannot be. */
static void sysregs(void **state)
{
	u64 ctlr = sysreg_get(SYSREG(12, 12, 4));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sysreg_rw); i++)
		assert_int_equal(sysreg_set(sysreg_rw[i].instr, sysreg_rw[i].val), 0);
	sysregs_are(ARRAY_SIZE(sysreg_rw));
	/* Active priorities beyond the implemented ones: always zero. */
	assert_int_equal(sysreg_set(SYSREG(12, 9, 3), 1), 0);
	assert_int_equal(sysreg_get(SYSREG(12, 9, 3)), 0);

	assert_int_equal((ctlr >> 8) & 7, 4);
	assert_int_equal(sysreg_set(SYSREG(12, 12, 4), ctlr | 3), 0);
	assert_int_equal(sysreg_get(SYSREG(12, 12, 4)), ctlr | 3);
	assert_int_equal(sysreg_set(SYSREG(12, 12, 4), ctlr | 1), 0);
	assert_int_equal(sysreg_get(SYSREG(12, 12, 4)), ctlr | 1);
	assert_int_equal(sysreg_get(SYSREG(12, 12, 3)), 4);	/* one binary point: BPR0 + 1 */
	assert_int_equal(sysreg_set(SYSREG(12, 12, 4), ctlr | 7 << 8), -EINVAL);
	assert_int_equal(sysreg_set(SYSREG(12, 12, 4), ctlr ^ 1 << 15), -EINVAL);
	assert_int_equal(sysreg_get(SYSREG(12, 12, 5)), 7);
	assert_int_equal(sysreg_set(SYSREG(12, 12, 5), 7), 0);
	assert_int_equal(sysreg_set(SYSREG(12, 12, 5), 0), -EINVAL);
	assert_int_equal(sysreg_set(SYSREG(12, 11, 5), 0), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, SYSREG(12, 11, 5)), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, SYSREG(12, 12, 4)), 0);
	gic_vcpu_reset(cpu1);
	assert_int_equal(sysreg_get(SYSREG(4, 6, 0)), 0);
}

/* Lines, in words of 32. */
static void line_levels(void **state)
{
	u32 val = 1U << 9 | 1U << 20;

	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 1, &val), -EINVAL);
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 1 << 10, &val), -EINVAL);
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 32, &val), 0);
	assert_true(irq_bit_is_set(ISPENDR, 41));
	val = 0;
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 32, &val), 0);
	assert_int_equal(val, 1U << 9 | 1U << 20);
	/* SGIs have none, and nothing is beyond the last one. */
	val = ~0U;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 1ULL << 32, &val), 0);
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 1ULL << 32, &val), 0);
	assert_int_equal(val, 0xffff0000);
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 256, &val), 0);
	assert_int_equal(val, 0);
	/* The latch is the VMM's to see alone, the guest sees line and latch. */
	assert_int_equal(get_dist(ISPENDR + 4, &val), 0);
	assert_int_equal(val, 0);
	assert_int_equal(set_dist(ISPENDR + 4, 3), 0);
	assert_int_equal(set_dist(ISPENDR + 4, 2), 0);
	assert_int_equal(set_dist(ICPENDR + 4, ~0U), 0);
	assert_int_equal(get_dist(ISPENDR + 4, &val), 0);
	assert_int_equal(val, 2);
	assert_int_equal(get_dist(ICPENDR + 4, &val), 0);
	assert_int_equal(val, 0);
}

/* Sizes and places the architecture does not allow read as zero and change nothing. */
static void access_sizes(void **state)
{
	u64 d = DIST_BASE, r = REDIST_BASE;

	assert_int_equal(rd(cpu0, d, 4), 0x53);
	assert_int_equal(rd(cpu0, d, 8), 0);
	assert_int_equal(rd(cpu0, d, 2), 0);
	assert_int_equal(rd(cpu0, d + 1, 1), 0);
	assert_int_equal(rd(cpu0, d + 2, 4), 0);
	wr(cpu0, d, 1, 0);
	wr(cpu0, d, 8, 0);
	assert_int_equal(rd(cpu0, d, 4), 0x53);
	assert_int_equal(rd(cpu0, d + 0xffe8, 4), 0x3b);
	wr(cpu0, d + 4, 4, ~0U);
	assert_int_equal(rd(cpu0, d + 4, 4) & 0x1f, 7);

	irq_priority(33, 0xff);
	assert_int_equal(rd(cpu0, d + 0x421, 1), 0xf8);
	assert_int_equal(rd(cpu0, d + 0x420, 4), 0xf800);
	assert_int_equal(rd(cpu0, d + 0x420, 2), 0);
	wr(cpu0, d + 0x420, 4, 0x10203040);
	assert_int_equal(rd(cpu0, d + 0x423, 1), 0x10);
	assert_int_equal(rd(cpu0, d + 0x400, 4), 0);	/* the redistributors have these */
	/* ICFGR from the first SPI on */
	wr(cpu0, d + 0xc08, 4, 0x80000002);
	assert_int_equal(rd(cpu0, d + 0xc08, 4), 0x80000002);
	wr(cpu0, d + 0xc08, 4, 0x55555555);
	assert_int_equal(rd(cpu0, d + 0xc08, 4), 0);
	wr(cpu0, d + 0x100, 1, 0xff);
	assert_int_equal(rd(cpu0, d + 0x104, 4), 0);

	irq_route(33, ~0ULL);
	assert_int_equal(rd(cpu0, d + 0x6108, 8), 0xff80ffffffULL);
	assert_int_equal(rd(cpu0, d + 0x610c, 4), 0xff);
	wr(cpu0, d + 0x6108, 4, 2);
	assert_int_equal(rd(cpu0, d + 0x6108, 8), 0xff00000002ULL);
	assert_int_equal(rd(cpu0, d + 0x60f8, 8), 0);
	assert_int_equal(rd(cpu0, d + 0x7fe0, 8), 0);

	assert_int_equal(rd(cpu0, r + 0x60008, 8), 3ULL << 32 | 0x310);
	assert_int_equal(rd(cpu0, r + 0x6000c, 4), 3);
	assert_int_equal(rd(cpu0, r + 0x6000c, 8), 0);
	assert_int_equal(rd(cpu0, r + 0x14, 4), 6);
	wr(cpu0, r + 0x14, 4, 0);
	assert_int_equal(rd(cpu0, r + 0x14, 4), 0);
	assert_int_equal(rd(cpu0, r + 0x10c00, 4), 0xaaaaaaaa);
	wr(cpu0, r + 0x10c04, 4, ~0U);
	assert_int_equal(rd(cpu0, r + 0x10c04, 4), 0);
	assert_int_equal(rd(cpu0, r + 0x10084, 4), 0);
	wr(cpu0, r + 0x70, 8, ~0ULL);
	assert_int_equal(rd(cpu0, r + 0x70, 8), 0);
	assert_false(gic_mmio(cpu0, r + 4 * 0x20000, 4, false, NULL));
	assert_false(gic_mmio(cpu0, d - 4, 4, false, NULL));
	assert_false(gic_mmio(cpu0, d + 0x10000, 4, false, NULL));
}

#define READY(t)	cmocka_unit_test_setup_teardown(t, vm_make_ready, vm_unmake)
#define CREATED(t)	cmocka_unit_test_setup_teardown(t, vm_make_created, vm_unmake)
#define EMPTY(t)	cmocka_unit_test_setup_teardown(t, vm_make, vm_unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CREATED(created_once),
		CREATED(addresses),
		CREATED(regions),
		CREATED(checked_at_first_run),
		CREATED(beyond_at_first_run),
		CREATED(last_redistributor),
		CREATED(region_with_room),
		CREATED(many_regions),
		CREATED(affinity_before_first_run),
		CREATED(size_and_start),
		EMPTY(no_vcpu_no_start),
		READY(what_there_is),
		READY(sysregs),
		READY(sysregs_apart),
		READY(line_levels),
		READY(access_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
