// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: an SPI for any vCPU, by who waits for its end and by who ends it; and what the VMM saves of an interrupt's
 * line, latch and activity, and gives to another GIC, by all that these can be.
 */
#include "test_gic_fake.h"

#define SPI	41
#define PPI	20

enum kind { EDGE, LEVEL, HEARD, KINDS };
enum end { BY_EOI, BY_DIR, BY_NAME, ENDS };

static unsigned int ends_heard;

/* As irqfds with resampling do: the device looks, and has nothing more. */
static void hear(struct arm_vm *v, u32 intid)
{
	assert_int_equal(intid, SPI);
	ends_heard++;
	gic_inject(v, NULL, intid, false);
}

/* Takes it on the one vCPU that it is for; all others see nothing. */
static struct arm_vcpu *taken_by_one(void)
{
	struct arm_vcpu *taker = NULL;
	unsigned int i, n = 0;

	for (i = 0; i < FAKE_VCPUS; i++) {
		if (vm->vcpus[i]->power.off) {
			assert_false(gic_pending(vm->vcpus[i]));
			continue;
		}
		if (take_one(vm->vcpus[i]) == SPI) {
			taker = vm->vcpus[i];
			n++;
		}
	}
	assert_int_equal(n, 1);
	return taker;
}

static void end_it(struct arm_vcpu *taker, enum end end)
{
	struct arm_vcpu *other = vm->vcpus[(taker->base.idx + 1) % FAKE_VCPUS];

	if (fake_here != taker) {
		if (fake_here)
			put(fake_here);
		load(taker);
	}
	switch (end) {
	case BY_EOI:
		end_one(taker, SPI);
		return;
	case BY_DIR:
		gic_deactivate(other, SPI);
		break;
	default:
		wr(other, DIST_BASE + ICACTIVER + 4, 4, 1U << (SPI - 32));
		break;
	}
	taker->nr_running = 0;
	come_out(taker);
}

static void any_of(enum kind kind, enum end end, unsigned int on)
{
	struct arm_vcpu *taker;
	unsigned int i;

	for (i = 0; i < FAKE_VCPUS; i++)
		vm->vcpus[i]->power.off = !(on >> i & 1);
	gic_power_changed(vm);
	ends_heard = 0;
	gic_inject(vm, NULL, SPI, true);
	if (kind == EDGE)
		gic_inject(vm, NULL, SPI, false);
	taker = taken_by_one();
	assert_true(irq_bit_is_set(ISACTIVER, SPI));
	/* who takes it keeps it, whoever comes and goes meanwhile */
	for (i = 0; i < FAKE_VCPUS; i++)
		vm->vcpus[i]->power.off = false;
	gic_power_changed(vm);
	for (i = 0; i < FAKE_VCPUS; i++)
		if (vm->vcpus[i] != taker)
			look_in(vm->vcpus[i]);
	end_it(taker, end);
	assert_int_equal(ends_heard, kind == HEARD);
	assert_false(irq_bit_is_set(ISACTIVER, SPI));
	if (kind == LEVEL) {
		/* still high: once more, to one of them */
		taker = taken_by_one();
		gic_inject(vm, NULL, SPI, false);
		end_it(taker, BY_EOI);
		assert_int_equal(ends_heard, 0);
	}
	for (i = 0; i < FAKE_VCPUS; i++) {
		look_in(vm->vcpus[i]);
		assert_true(gic_pool_is_empty(&vm->vcpus[i]->gic.pool));
	}
}

/* An SPI for any vCPU comes to one that is on, stays there until its end, whoever ends it, and its end is heard once by who waits. */
static void any_vcpu_with_each_listener(void **state)
{
	unsigned int on;
	enum kind kind;
	enum end end;

	irq_bit(ISENABLER, SPI);
	irq_route(SPI, GIC_ROUTER_ANY);
	gic_set_eoi_listener(vm, hear);
	for (kind = EDGE; kind < KINDS; kind++) {
		if (kind == EDGE)
			irq_make_edge(SPI);
		else
			wr(cpu0, DIST_BASE + 0xc00 + SPI / 16 * 4, 4, 0);
		gic_listen(vm, SPI, kind == HEARD);
		for (end = BY_EOI; end < ENDS; end++)
			for (on = 1; on < 1 << FAKE_VCPUS; on++)
				any_of(kind, end, on);
	}
}

/* An edge is nobody's level: who waits for its end hears nothing. */
static void edges_are_not_heard(void **state)
{
	enum end end;

	irq_bit(ISENABLER, SPI);
	irq_route(SPI, GIC_ROUTER_ANY);
	irq_make_edge(SPI);
	gic_set_eoi_listener(vm, hear);
	gic_listen(vm, SPI, true);
	for (end = BY_EOI; end < ENDS; end++)
		any_of(EDGE, end, 0xf);
}

/* A row of the second table. */
enum {
	ROW_EDGE = 1 << 0,
	ROW_LINE = 1 << 1,
	ROW_LATCH = 1 << 2,
	ROW_ACTIVE = 1 << 3,
	ROW_ENABLED = 1 << 4,
	ROWS = 1 << 5,
};

static u64 where(u32 intid, u32 reg)
{
	return (intid < 32 ? 0x10000 : 0) + reg + intid / 32 * 4;
}

static u32 group_of(u32 intid)
{
	return intid < 32 ? KVM_DEV_ARM_VGIC_GRP_REDIST_REGS : KVM_DEV_ARM_VGIC_GRP_DIST_REGS;
}

static void vmm_set(u32 intid, u32 reg, u32 val)
{
	assert_int_equal(attr_set(group_of(intid), where(intid, reg), &val), 0);
}

static u32 vmm_get(u32 intid, u32 reg)
{
	u32 val = 0;

	assert_int_equal(attr_get(group_of(intid), where(intid, reg), &val), 0);
	return val;
}

static void set_levels(u32 intid, u32 val)
{
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, intid / 32 * 32, &val), 0);
}

static u32 levels(u32 intid)
{
	u32 val = ~0U;

	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, intid / 32 * 32, &val), 0);
	return val;
}

static void config(u32 intid, bool edge)
{
	u64 reg = (intid < 32 ? 0x10000 : 0) + 0xc00 + intid / 16 * 4;
	u32 val = edge ? 2U << intid % 16 * 2 : 0;

	assert_int_equal(attr_set(group_of(intid), reg, &val), 0);
}

static bool guest_sees(u32 intid, u32 reg)
{
	u64 base = intid < 32 ? SGI_BASE(cpu0) : DIST_BASE;

	return rd(cpu0, base + reg + intid / 32 * 4, 4) >> intid % 32 & 1;
}

/* The VMM writes what it saved, in the order of the registers or with the lines first. */
static void give(u32 intid, unsigned int row, bool lines_first)
{
	u32 bit = 1U << intid % 32;

	if (lines_first)
		set_levels(intid, row & ROW_LINE ? bit : 0);
	config(intid, row & ROW_EDGE);
	vmm_set(intid, row & ROW_ENABLED ? ISENABLER : ICENABLER, bit);
	vmm_set(intid, ICPENDR, bit);
	vmm_set(intid, ISPENDR, row & ROW_LATCH ? bit : 0);
	vmm_set(intid, row & ROW_ACTIVE ? ISACTIVER : ICACTIVER, bit);
	if (!lines_first)
		set_levels(intid, row & ROW_LINE ? bit : 0);
}

static void line_is_saved(u32 intid, unsigned int row, bool lines_first)
{
	u32 bit = 1U << intid % 32;
	bool pending;

	give(intid, row, lines_first);
	/* what is asked is what was given, and nothing of others */
	assert_int_equal(levels(intid), row & ROW_LINE ? bit : 0);
	assert_int_equal(vmm_get(intid, ISPENDR), row & ROW_LATCH ? bit : 0);
	assert_int_equal(vmm_get(intid, ISACTIVER), row & ROW_ACTIVE ? bit : 0);
	pending = row & ROW_LATCH || (!(row & ROW_EDGE) && row & ROW_LINE);
	assert_int_equal(guest_sees(intid, ISPENDR), pending);
	assert_int_equal(guest_sees(intid, ICPENDR), pending);
	assert_int_equal(guest_sees(intid, ISACTIVER), !!(row & ROW_ACTIVE));

	/* and the guest goes on with it */
	assert_int_equal(take_one(cpu0), pending && row & ROW_ENABLED && !(row & ROW_ACTIVE) ? intid : SPURIOUS);
	/* looked at in the middle, the line is the same */
	assert_int_equal(levels(intid), row & ROW_LINE ? bit : 0);
	give(intid, 0, false);
	cpu0->nr_running = 0;
	look_in(cpu0);
	assert_true(gic_pool_is_empty(&cpu0->gic.pool));
}

/* Whatever an interrupt's line, latch, activity and configuration are, the VMM can save them and give them to another GIC. */
static void lines_as_a_table(void **state)
{
	static const u32 intids[] = { PPI, SPI };
	unsigned int row, i;

	for (i = 0; i < ARRAY_SIZE(intids); i++) {
		give(intids[i], 0, false);
		for (row = 0; row < ROWS; row++) {
			if (row & ROW_EDGE && intids[i] < 32)
				continue;	/* PPIs are levels */
			line_is_saved(intids[i], row, false);
			line_is_saved(intids[i], row, true);
		}
	}
}

static bool timer_line;

static bool timer_level(struct arm_vcpu *vcpu, u32 intid)
{
	return timer_line;
}

/* The line of a mapped interrupt is what its device says, whatever the VMM writes; latch and activity are the VMM's to give. */
static void lines_of_mapped(void **state)
{
	u32 bit = 1U << FAKE_PPI;
	unsigned int row;

	assert_int_equal(gic_map_phys(cpu0, FAKE_PPI, 11, FAKE_HWINTID, timer_level), 0);
	for (row = 0; row < ROWS; row++) {
		if (row & ROW_EDGE)
			continue;
		timer_line = !(row & ROW_LINE);
		give(FAKE_PPI, row, false);
		assert_int_equal(levels(FAKE_PPI), timer_line ? bit : 0);
		timer_line = row & ROW_LINE;
		assert_int_equal(levels(FAKE_PPI), row & ROW_LINE ? bit : 0);
		assert_int_equal(guest_sees(FAKE_PPI, ISACTIVER), !!(row & ROW_ACTIVE));
		assert_int_equal(guest_sees(FAKE_PPI, ISPENDR), !!(row & (ROW_LINE | ROW_LATCH)));
		assert_int_equal(take_one(cpu0),
				 row & (ROW_LINE | ROW_LATCH) && row & ROW_ENABLED && !(row & ROW_ACTIVE) ?
				 FAKE_PPI : SPURIOUS);
		timer_line = false;
		give(FAKE_PPI, 0, false);
		cpu0->nr_running = 0;
		look_in(cpu0);
		assert_true(gic_pool_is_empty(&cpu0->gic.pool));
	}
}

#define READY(f) cmocka_unit_test_setup_teardown(f, vm_make_ready, vm_unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		READY(any_vcpu_with_each_listener),
		READY(edges_are_not_heard),
		READY(lines_as_a_table),
		READY(lines_of_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
