// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts from the line to the guest and back: what is delivered, to whom, how
 * often, and what is left behind.
 */
#include <sanitizer/asan_interface.h>
#include "test_gic_fake.h"

static bool is_idle(struct arm_vcpu *vcpu)
{
	return gic_pool_is_empty(&vcpu->gic.pool);
}

/* Nothing to do writes no list register. */
static void idle_writes_nothing(void **state)
{
	fake.lr_writes = 0;
	assert_int_equal(take_one(cpu0), SPURIOUS);
	assert_int_equal(take_one(cpu0), SPURIOUS);
	assert_int_equal(fake.lr_writes, 0);
	assert_int_equal(fake.hcr, GIC_HCR_EN);
}

/* An SGI goes to exactly the vCPUs that the register names. */
static void sgi_goes_where_it_says(void **state)
{
	unsigned int i;

	/* INTID 5 to Aff0 1 and 3, and 9, whom nobody is. */
	gic_send_sgi(cpu0, 5ULL << 24 | 1 << 1 | 1 << 3 | 1 << 9, true);
	for (i = 0; i < FAKE_VCPUS; i++)
		assert_int_equal(take_one(vm->vcpus[i]), i == 1 || i == 3 ? 5 : SPURIOUS);
	/* All but the sender. */
	gic_send_sgi(cpu1, 7ULL << 24 | 1ULL << 40, true);
	assert_true(gic_pending(cpu0));
	assert_false(gic_pending(cpu1));
	/* Another cluster. */
	gic_send_sgi(cpu0, 6ULL << 24 | 1 << 16 | 1 << 1, true);
	assert_false(gic_pending(cpu1));
}

/* ICC_SGI0R does not reach an SGI of group 1; ICC_SGI1R reaches both. */
static void sgi_groups(void **state)
{
	gic_send_sgi(cpu0, 5ULL << 24 | 1 << 1, false);
	assert_false(gic_pending(cpu1));
	wr(cpu0, SGI_BASE(cpu1) + 0x80, 4, ~(1U << 5));
	gic_send_sgi(cpu0, 5ULL << 24 | 1 << 1, false);
	assert_int_equal(take_one(cpu1), 5);
	end_one(cpu1, 5);
	gic_send_sgi(cpu0, 5ULL << 24 | 1 << 1, true);
	assert_int_equal(take_one(cpu1), 5);
	end_one(cpu1, 5);
	assert_true(is_idle(cpu1));
}

/* Edges: one while pending is the same one; one while active comes afterwards. */
static void edges(void **state)
{
	irq_make_edge(40);
	irq_bit(ISENABLER, 40);
	gic_inject(vm, NULL, 40, true);
	gic_inject(vm, NULL, 40, false);
	gic_inject(vm, NULL, 40, true);
	assert_int_equal(take_one(cpu0), 40);
	assert_int_equal(take_one(cpu0), SPURIOUS);
	gic_inject(vm, NULL, 40, true);
	assert_true(cpu0->base.requests);
	assert_int_equal(take_one(cpu0), SPURIOUS);	/* not twice at a time */
	end_one(cpu0, 40);
	assert_int_equal(take_one(cpu0), 40);
	end_one(cpu0, 40);
	assert_int_equal(take_one(cpu0), SPURIOUS);
	assert_true(is_idle(cpu0));
}

/* An edge that comes while the last one sits in a list register is not lost once that is taken. */
static void edge_while_in_guest(void **state)
{
	irq_make_edge(40);
	irq_bit(ISENABLER, 40);
	gic_inject(vm, NULL, 40, true);
	load(cpu0);
	gic_flush(cpu0);
	assert_int_equal(guest_ack(), 40);
	cpu0->base.requests = 0;
	ELSEWHERE(gic_inject(vm, NULL, 40, true));
	assert_true(cpu0->base.requests);
	guest_eoi(40);
	gic_sync(cpu0);
	assert_int_equal(take_one(cpu0), 40);
	end_one(cpu0, 40);
	assert_true(is_idle(cpu0));
}

/*
 * Who makes an interrupt pending on the CPU where its vCPU is loaded is that vCPU's thread, or interrupts it: outside the guest,
 * and nobody is kicked. From elsewhere, or where it is loaded no more, somebody is.
 */
static void nobody_kicks_himself(void **state)
{
	irq_make_edge(40);
	irq_make_edge(41);
	irq_bit(ISENABLER, 40);
	irq_bit(ISENABLER, 41);
	load(cpu0);
	cpu0->base.requests = 0;
	gic_inject(vm, NULL, 40, true);
	gic_send_sgi(cpu0, 5ULL << 24 | 1, true);
	assert_false(cpu0->base.requests);
	assert_int_equal(take_one(cpu0), 40);
	end_one(cpu0, 40);
	assert_int_equal(take_one(cpu0), 5);
	end_one(cpu0, 5);
	cpu1->base.requests = 0;
	gic_send_sgi(cpu0, 5ULL << 24 | 2, true);
	assert_true(cpu1->base.requests);
	put(cpu0);
	gic_inject(vm, NULL, 41, true);
	assert_true(cpu0->base.requests);
	assert_int_equal(take_one(cpu0), 41);
	end_one(cpu0, 41);
	assert_true(is_idle(cpu0));
}

/* What is pending stays so, once, however often it is made pending; what is being taken becomes pending anew. */
static void once_more(void **state)
{
	load(cpu0);
	gic_send_sgi(cpu0, 5ULL << 24 | 1, true);
	gic_send_sgi(cpu0, 5ULL << 24 | 1, true);
	gic_flush(cpu0);
	assert_int_equal(guest_ack(), 5);
	cpu0->base.requests = 0;
	ELSEWHERE(gic_send_sgi(cpu1, 5ULL << 24 | 1, true));
	assert_true(cpu0->base.requests);
	ELSEWHERE(gic_send_sgi(cpu1, 5ULL << 24 | 1, true));
	guest_eoi(5);
	gic_sync(cpu0);
	assert_int_equal(take_one(cpu0), 5);
	end_one(cpu0, 5);
	assert_int_equal(take_one(cpu0), SPURIOUS);
	assert_true(is_idle(cpu0));
}

/* A second edge follows the end of the first without the guest being left. */
static void edge_behind_an_active_one(void **state)
{
	irq_make_edge(40);
	irq_bit(ISENABLER, 40);
	gic_inject(vm, NULL, 40, true);
	assert_int_equal(take_one(cpu0), 40);
	gic_inject(vm, NULL, 40, true);
	gic_flush(cpu0);
	assert_int_equal(guest_ack(), SPURIOUS);
	guest_eoi(40);
	assert_int_equal(guest_ack(), 40);
	guest_eoi(40);
	gic_sync(cpu0);
	assert_true(is_idle(cpu0));
}

/* Levels: high means again, low before it is taken means never. */
static void levels(void **state)
{
	irq_bit(ISENABLER, 41);
	gic_inject(vm, NULL, 41, true);
	gic_inject(vm, NULL, 41, false);
	assert_int_equal(take_one(cpu0), SPURIOUS);

	gic_inject(vm, NULL, 41, true);
	assert_int_equal(take_one(cpu0), 41);
	gic_flush(cpu0);
	guest_eoi(41);
	assert_true(guest_maintenance());	/* or we would not know that it is still high */
	gic_sync(cpu0);
	assert_int_equal(take_one(cpu0), 41);
	gic_inject(vm, NULL, 41, false);	/* the handler quietened the device */
	gic_flush(cpu0);
	guest_eoi(41);
	assert_false(guest_maintenance());	/* and no exit is wasted */
	gic_sync(cpu0);
	assert_int_equal(take_one(cpu0), SPURIOUS);
	assert_true(is_idle(cpu0));
}

/* A pulse is one interrupt, whatever the trigger, and leaves the line alone. */
static void pulses(void **state)
{
	u32 i;

	irq_make_edge(40);
	for (i = 40; i < 42; i++) {
		irq_bit(ISENABLER, i);
		assert_int_equal(gic_pulse(vm, i), 0);
		assert_int_equal(take_one(cpu0), i);
		end_one(cpu0, i);
		assert_true(is_idle(cpu0));
	}
	gic_inject(vm, NULL, 41, true);
	gic_pulse(vm, 41);
	assert_int_equal(take_one(cpu0), 41);
	end_one(cpu0, 41);
	assert_int_equal(take_one(cpu0), 41);	/* the line is still high */
	assert_int_equal(gic_pulse(vm, 31), -EINVAL);
	assert_int_equal(gic_pulse(vm, 1020), -EINVAL);
}

static u32 eoi_heard, eoi_count;

static void hear_eoi(struct arm_vm *v, u32 intid)
{
	assert_ptr_equal(v, vm);
	eoi_heard = intid;
	eoi_count++;
	gic_inject(v, NULL, intid, false);
}

static void listen_to(u32 intid)
{
	eoi_count = 0;
	eoi_heard = 0;
	gic_set_eoi_listener(vm, hear_eoi);
	gic_listen(vm, intid, true);
}

/* A level-sensitive SPI that a vCPU has taken, and whose line stays high. */
static void take_level(struct arm_vcpu *vcpu, u32 intid)
{
	irq_bit(ISENABLER, intid);
	gic_inject(vm, NULL, intid, true);
	assert_int_equal(take_one(vcpu), intid);
}

/* Heard once since the last look, the line is low, and nothing is left. */
static void heard_once(u32 intid)
{
	assert_int_equal(eoi_count, 1);
	assert_int_equal(eoi_heard, intid);
	eoi_count = 0;
	assert_false(irq_bit_is_set(ISACTIVER, intid));
	assert_false(irq_bit_is_set(ISPENDR, intid));
	assert_true(is_idle(cpu0));
}

/* Who waits for the end of a level-sensitive SPI hears of it once, and may inject there. */
static void end_is_heard(void **state)
{
	listen_to(41);
	take_level(cpu0, 41);
	assert_int_equal(eoi_count, 0);
	gic_flush(cpu0);
	guest_eoi(41);
	assert_true(guest_maintenance());
	gic_sync(cpu0);
	assert_int_equal(eoi_count, 0);		/* not with interrupts off */
	gic_tell_ends(cpu0);
	heard_once(41);
	gic_tell_ends(cpu0);
	assert_int_equal(eoi_count, 0);

	/* Not of others', nor of edges; and no exit is wasted on those. */
	gic_inject(vm, NULL, 42, true);
	irq_bit(ISENABLER, 42);
	assert_int_equal(take_one(cpu0), 42);
	gic_inject(vm, NULL, 42, false);
	gic_flush(cpu0);
	guest_eoi(42);
	assert_false(guest_maintenance());
	come_out(cpu0);
	irq_make_edge(41);
	gic_inject(vm, NULL, 41, true);
	assert_int_equal(take_one(cpu0), 41);
	end_one(cpu0, 41);
	irq_make_edge(43);
	gic_listen(vm, 41, false);
	assert_int_equal(eoi_count, 0);
	gic_listen(vm, 31, true);		/* no SPI */
	gic_listen(vm, 1020, true);
}

/* The end of one that had no list register, and was only counted, is heard too. */
static void counted_end_is_heard(void **state)
{
	u32 i;

	listen_to(42);
	for (i = 0; i < 7; i++) {
		irq_priority(40 + i, 0xa0 - 8 * i);
		take_level(cpu0, 40 + i);
		if (i != 2)
			gic_inject(vm, NULL, 40 + i, false);
	}
	gic_flush(cpu0);
	for (i = 6; i > 1; i--)
		guest_eoi(40 + i);
	assert_int_equal(fake.eoicount, 1);
	come_out(cpu0);
	assert_int_equal(eoi_count, 1);
	end_one(cpu0, 41);
	end_one(cpu0, 40);
	heard_once(42);
}

static void cpu0_comes_out(void)
{
	come_out(cpu0);
}

static void cpu0_comes_out_and_in(void)
{
	come_out(cpu0);
	gic_flush(cpu0);
}

/* Ended by name, by whichever vCPU, in or out of a list register: heard once. */
static void end_by_name_is_heard(void **state)
{
	static void (*const meanwhile[])(void) = { cpu0_comes_out, cpu0_comes_out_and_in };
	u32 i, by_dir;

	listen_to(41);
	for (by_dir = 0; by_dir < 2; by_dir++) {
		take_level(cpu0, 41);
		if (by_dir)
			gic_deactivate(cpu0, 41);
		else
			irq_bit(ICACTIVER, 41);
		cpu0->nr_running = 0;
		heard_once(41);

		take_level(cpu0, 41);
		if (by_dir)
			gic_deactivate(cpu1, 41);
		else
			wr(cpu1, DIST_BASE + ICACTIVER + 4, 4, 1U << 9);
		cpu0->nr_running = 0;
		heard_once(41);

		for (i = 0; i < ARRAY_SIZE(meanwhile); i++) {
			/* taken in this very stay: only the list register knows */
			gic_inject(vm, NULL, 41, true);
			gic_flush(cpu0);
			assert_int_equal(guest_ack(), 41);
			fake_on_relax = meanwhile[i];
			if (by_dir)
				gic_deactivate(cpu1, 41);
			else
				wr(cpu1, DIST_BASE + ICACTIVER + 4, 4, 1U << 9);
			if (i) {
				assert_true(cpu0->base.requests);
				come_out(cpu0);
			}
			cpu0->nr_running = 0;
			heard_once(41);
		}
	}
}

/* An end by name of what is not active is none: the handler that comes then is left alone. */
static void end_of_nothing(void **state)
{
	listen_to(41);
	irq_bit(ISENABLER, 41);
	gic_inject(vm, NULL, 41, true);
	load(cpu0);
	gic_flush(cpu0);
	fake_on_relax = cpu0_comes_out_and_in;
	gic_deactivate(cpu1, 41);
	assert_int_equal(guest_ack(), 41);
	come_out(cpu0);
	assert_true(irq_bit_is_set(ISACTIVER, 41));
	assert_int_equal(eoi_count, 0);
	end_one(cpu0, 41);
	heard_once(41);
}

/* What a VMM writes back is no end. */
static void restored_is_no_end(void **state)
{
	u32 bits = 1U << 9;

	listen_to(41);
	take_level(cpu0, 41);
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, ICACTIVER + 4, &bits), 0);
	assert_false(irq_bit_is_set(ISACTIVER, 41));
	assert_int_equal(eoi_count, 0);
}

/* More interrupts than list registers: all come, in the order of their priorities. */
static void more_than_fit(void **state)
{
	u32 i, intid, last = 0, n = 0;
	bool seen[64] = { false };

	for (i = 0; i < 20; i++) {
		irq_make_edge(40 + i);
		irq_priority(40 + i, (i * 7 % 20) << 3);
		irq_bit(ISENABLER, 40 + i);
		gic_inject(vm, NULL, 40 + i, true);
	}
	load(cpu0);
	while (n < 20) {
		gic_flush(cpu0);
		while ((intid = guest_ack()) != SPURIOUS) {
			assert_in_range(intid, 40, 59);
			assert_false(seen[intid - 40]);
			seen[intid - 40] = true;
			assert_true((intid - 40) * 7 % 20 >= last);
			last = (intid - 40) * 7 % 20;
			guest_eoi(intid);
			n++;
		}
		if (n < 20)
			assert_true(guest_maintenance());
		gic_sync(cpu0);
	}
	assert_true(is_idle(cpu0));
}

/*
 * Handlers that interrupt each other deeper than there are list registers: the
 * last one always gets in, and ends that were only counted end the right ones.
 */
static void active_more_than_fit(void **state)
{
	u32 i;

	for (i = 0; i < 10; i++) {
		irq_make_edge(40 + i);
		irq_priority(40 + i, 0xa0 - 8 * i);
		irq_bit(ISENABLER, 40 + i);
	}
	for (i = 0; i < 10; i++) {
		gic_inject(vm, NULL, 40 + i, true);
		assert_int_equal(take_one(cpu0), 40 + i);
	}
	for (i = 10; i-- > 0;) {
		gic_flush(cpu0);
		guest_eoi(40 + i);
		if (fake.eoicount)
			assert_true(guest_maintenance());
		gic_sync(cpu0);
	}
	for (i = 0; i < 10; i++)
		assert_false(irq_bit_is_set(ISACTIVER, 40 + i));
	assert_true(is_idle(cpu0));
}

/* Ends in one stay, the last of them of interrupts without list register: innermost first. */
static void counted_ends_are_innermost(void **state)
{
	u32 i;

	for (i = 0; i < 7; i++) {
		irq_make_edge(40 + i);
		irq_priority(40 + i, 0xa0 - 8 * i);
		irq_bit(ISENABLER, 40 + i);
		gic_inject(vm, NULL, 40 + i, true);
		assert_int_equal(take_one(cpu0), 40 + i);
	}
	gic_flush(cpu0);
	for (i = 6; i > 1; i--) {
		assert_false(guest_maintenance());
		guest_eoi(40 + i);
	}
	assert_int_equal(fake.eoicount, 5 - FAKE_LRS);
	assert_true(guest_maintenance());
	gic_sync(cpu0);
	for (i = 0; i < 7; i++)
		assert_int_equal(irq_bit_is_set(ISACTIVER, 40 + i), i < 2);
}

/* A full house of active interrupts does not bring the guest out again and again. */
static void no_maintenance_storm(void **state)
{
	u32 i;

	for (i = 0; i < 12; i++) {
		irq_make_edge(40 + i);
		irq_priority(40 + i, 0x80);
		irq_bit(ISENABLER, 40 + i);
		if (i < 6)
			irq_bit(ISACTIVER, 40 + i);
		gic_inject(vm, NULL, 40 + i, true);
	}
	load(cpu0);
	gic_flush(cpu0);
	assert_false(guest_maintenance());
	gic_sync(cpu0);
	for (i = 0; i < 6; i++)
		assert_true(irq_bit_is_set(ISACTIVER, 40 + i));
}

/* Two-step end: ICC_DIR traps, since it may name what is in no list register here. */
static void deactivation_by_name(void **state)
{
	u32 i;

	load(cpu0);
	look_in(cpu0);
	assert_false(fake.hcr & GIC_HCR_TDIR);
	fake.vmcr |= GIC_VMCR_EOIM;
	look_in(cpu0);
	assert_true(fake.hcr & GIC_HCR_TDIR);
	for (i = 0; i < 6; i++) {
		irq_priority(40 + i, 8 * i);
		irq_bit(ISACTIVER, 40 + i);
	}
	gic_flush(cpu0);
	assert_true(fake.hcr & GIC_HCR_TDIR);
	/* What is counted is a drop of the priority, or nothing: no end. */
	fake.eoicount = 2;
	come_out(cpu0);
	for (i = 0; i < 6; i++)
		assert_true(irq_bit_is_set(ISACTIVER, 40 + i));
	gic_deactivate(cpu0, 40);
	gic_deactivate(cpu0, 45);
	gic_deactivate(cpu0, 1020);		/* nothing */
	assert_false(irq_bit_is_set(ISACTIVER, 40));
	assert_false(irq_bit_is_set(ISACTIVER, 45));
	assert_true(irq_bit_is_set(ISACTIVER, 41));
	fake.vmcr &= ~GIC_VMCR_EOIM;
	gic_flush(cpu0);
	assert_false(fake.hcr & GIC_HCR_TDIR);
	come_out(cpu0);
}

static u64 icc(enum gic_icc reg)
{
	u64 val = ~0ULL;

	assert_true(gic_icc_trap(cpu0, reg, false, &val));
	return val;
}

static void icc_set(enum gic_icc reg, u64 val)
{
	assert_true(gic_icc_trap(cpu0, reg, true, &val));
}

/* A CPU that cannot trap ICC_DIR alone traps others along with it: they work as untrapped. */
static void deactivation_traps_more(void **state)
{
	u64 val = 0;

	gic_hw.tdir = false;
	load(cpu0);
	fake.vmcr |= GIC_VMCR_EOIM;
	look_in(cpu0);
	assert_true(fake.hcr & GIC_HCR_TC);
	assert_false(fake.hcr & GIC_HCR_TDIR);

	assert_int_equal(icc(GIC_ICC_PMR), PMR_OPEN);
	icc_set(GIC_ICC_PMR, 0x1a8);
	assert_int_equal(fake.vmcr >> GIC_VMCR_PMR_SHIFT, 0xa8);
	assert_int_equal(icc(GIC_ICC_CTLR) & 3, 2);
	icc_set(GIC_ICC_CTLR, ~2ULL);			/* the rest cannot be written */
	assert_int_equal(icc(GIC_ICC_CTLR) & ~3U, 4 << 8 | 1 << 11 | 1 << 15);
	assert_false(fake.vmcr & GIC_VMCR_EOIM);
	assert_true(fake.vmcr & GIC_VMCR_CBPR);
	look_in(cpu0);
	assert_false(fake.hcr & GIC_HCR_TC);

	assert_int_equal(icc(GIC_ICC_RPR), 0xff);
	fake.apr[1][0] = 1U << 20;
	assert_int_equal(icc(GIC_ICC_RPR), 0xa0);
	fake.apr[0][0] = 1U << 31 | 1U << 3;
	assert_int_equal(icc(GIC_ICC_RPR), 0x18);
	gic_hw.nr_aprs = 4;
	fake.apr[0][0] = 0;
	fake.apr[1][0] = 0;
	fake.apr[1][2] = 1U << 16;
	assert_int_equal(icc(GIC_ICC_RPR), 0xa0);
	gic_hw.nr_aprs = 1;
	assert_false(gic_icc_trap(cpu0, GIC_ICC_RPR, true, &val));
	cpu1->gic.attached = false;
	assert_false(gic_icc_trap(cpu1, GIC_ICC_PMR, false, &val));
	gic_hw.tdir = true;
}

/* Affinity: pending moves at once, active stays until its end, to nobody waits for a route. */
static void affinity(void **state)
{
	irq_make_edge(50);
	irq_bit(ISENABLER, 50);
	gic_inject(vm, NULL, 50, true);
	irq_route(50, 1);
	assert_true(cpu1->base.requests);
	assert_int_equal(take_one(cpu0), SPURIOUS);
	assert_int_equal(take_one(cpu1), 50);
	irq_route(50, 2);
	gic_inject(vm, NULL, 50, true);		/* while active on vCPU 1 */
	assert_int_equal(take_one(vm->vcpus[2]), SPURIOUS);
	load(cpu1);
	end_one(cpu1, 50);
	assert_int_equal(take_one(vm->vcpus[2]), 50);
	end_one(vm->vcpus[2], 50);

	irq_route(50, 0x77);
	gic_inject(vm, NULL, 50, true);
	assert_int_equal(take_one(vm->vcpus[2]), SPURIOUS);
	assert_true(irq_bit_is_set(ISPENDR, 50));
	irq_route(50, 3);
	assert_int_equal(take_one(vm->vcpus[3]), 50);
	end_one(vm->vcpus[3], 50);
	assert_true(is_idle(cpu1) && is_idle(vm->vcpus[2]) && is_idle(vm->vcpus[3]));
}

/* A pending interrupt in a running vCPU's list register moves when that comes out. */
static void affinity_from_the_guest(void **state)
{
	irq_make_edge(50);
	irq_bit(ISENABLER, 50);
	gic_inject(vm, NULL, 50, true);
	load(cpu0);
	gic_flush(cpu0);
	cpu0->base.requests = 0;
	cpu1->base.requests = 0;
	ELSEWHERE(wr(cpu1, DIST_BASE + 0x6000 + 50 * 8, 8, 1));
	assert_true(cpu0->base.requests);
	gic_sync(cpu0);
	assert_true(cpu1->base.requests);
	assert_int_equal(take_one(cpu1), 50);
}

/* "Any vCPU" is one that is on. */
static void any_vcpu(void **state)
{
	irq_make_edge(50);
	irq_bit(ISENABLER, 50);
	irq_route(50, GIC_ROUTER_ANY | 2);
	cpu0->power.off = true;
	gic_power_changed(vm);
	gic_inject(vm, NULL, 50, true);
	assert_true(gic_pending(cpu1));
	cpu1->power.off = true;
	gic_power_changed(vm);
	assert_false(gic_pending(cpu1));
	assert_int_equal(take_one(vm->vcpus[2]), 50);
	assert_int_equal(rd(cpu0, DIST_BASE + 0x6000 + 50 * 8, 8), GIC_ROUTER_ANY | 2);
}

/* Changes to what sits in a running vCPU's list register are made when it comes out. */
static void edits_of_running(void **state)
{
	irq_make_edge(50);
	irq_bit(ISENABLER, 50);
	gic_inject(vm, NULL, 50, true);
	load(cpu0);
	gic_flush(cpu0);
	wr(cpu1, DIST_BASE + ICPENDR + 4, 4, 1U << 18);
	assert_true(cpu0->base.requests);
	gic_sync(cpu0);
	assert_int_equal(take_one(cpu0), SPURIOUS);

	/* clear, then pend again: one is left */
	gic_inject(vm, NULL, 50, true);
	gic_flush(cpu0);
	wr(cpu1, DIST_BASE + ICPENDR + 4, 4, 1U << 18);
	wr(cpu1, DIST_BASE + ISPENDR + 4, 4, 1U << 18);
	gic_sync(cpu0);
	assert_int_equal(take_one(cpu0), 50);

	gic_flush(cpu0);
	fake_on_relax = cpu0_comes_out;
	wr(cpu1, DIST_BASE + ICACTIVER + 4, 4, 1U << 18);
	assert_false(irq_bit_is_set(ISACTIVER, 50));
	assert_true(is_idle(cpu0));
}

/* A level that falls while it is pending in a running vCPU's list register is withdrawn. */
static void line_falls_in_the_guest(void **state)
{
	irq_bit(ISENABLER, 50);
	gic_inject(vm, NULL, 50, true);
	load(cpu0);
	gic_flush(cpu0);
	cpu0->base.requests = 0;
	ELSEWHERE(gic_inject(vm, NULL, 50, false));
	assert_true(cpu0->base.requests);
	come_out(cpu0);
	look_in(cpu0);
	assert_true(is_idle(cpu0));

	/* ... but nobody is called out of its handler. */
	gic_inject(vm, NULL, 50, true);
	assert_int_equal(take_one(cpu0), 50);
	gic_flush(cpu0);
	cpu0->base.requests = 0;
	gic_inject(vm, NULL, 50, false);
	assert_false(cpu0->base.requests);
	guest_eoi(50);
	come_out(cpu0);
	look_in(cpu0);
}

/* Clearing the active state of a pending interrupt of another vCPU's lets it come there. */
static void clear_active_kicks(void **state)
{
	irq_route(50, 1);
	irq_bit(ISENABLER, 50);
	irq_bit(ISACTIVER, 50);
	gic_inject(vm, NULL, 50, true);
	cpu1->base.requests = 0;
	irq_bit(ICACTIVER, 50);
	assert_true(cpu1->base.requests);
	assert_int_equal(take_one(cpu1), 50);
}

/* A disable that the running vCPU has not seen shows in RWP. */
static void disable_of_running(void **state)
{
	irq_make_edge(50);
	irq_bit(ISENABLER, 50);
	gic_inject(vm, NULL, 50, true);
	load(cpu0);
	gic_flush(cpu0);
	assert_false(rd(cpu1, DIST_BASE, 4) & BIT(31));
	wr(cpu1, DIST_BASE + ICENABLER + 4, 4, 1U << 18);
	assert_true(rd(cpu1, DIST_BASE, 4) & BIT(31));
	gic_sync(cpu0);
	assert_false(rd(cpu1, DIST_BASE, 4) & BIT(31));
	assert_int_equal(take_one(cpu0), SPURIOUS);
	irq_bit(ISENABLER, 50);
	assert_int_equal(take_one(cpu0), 50);
}

/* A read of active state waits for what a running vCPU has done. */
static void read_of_running(void **state)
{
	irq_make_edge(50);
	irq_bit(ISENABLER, 50);
	gic_inject(vm, NULL, 50, true);
	load(cpu0);
	gic_flush(cpu0);
	assert_int_equal(guest_ack(), 50);
	fake_on_relax = cpu0_comes_out;
	assert_true(rd(cpu1, DIST_BASE + ISACTIVER + 4, 4) & 1U << 18);
	assert_true(cpu0->base.requests);
}

static bool timer_line;

static bool timer_level(struct arm_vcpu *vcpu, u32 intid)
{
	assert_int_equal(intid, FAKE_PPI);
	return timer_line;
}

static void timer_fires(void)
{
	timer_line = true;
	fake.phys_active = true;	/* forwarded: the host only dropped its priority */
	gic_inject(vm, cpu0, FAKE_PPI, true);
}

/* A timer behind a physical interrupt: the guest's end is the physical one's. */
static void mapped_timer(void **state)
{
	assert_int_equal(gic_map_phys(cpu0, FAKE_PPI, 11, FAKE_HWINTID, timer_level), 0);
	assert_int_equal(gic_map_phys(cpu0, FAKE_PPI, 11, FAKE_HWINTID, timer_level), -EBUSY);
	assert_int_equal(gic_map_phys(cpu0, 15, 11, FAKE_HWINTID, timer_level), -EINVAL);
	assert_int_equal(gic_map_phys(cpu0, 32, 11, FAKE_HWINTID, timer_level), -EINVAL);
	wr(cpu0, SGI_BASE(cpu0) + ISENABLER, 4, 1U << FAKE_PPI);
	load(cpu0);

	timer_fires();
	gic_flush(cpu0);
	assert_true(fake.lr[0] & GIC_LR_HW);
	assert_int_equal((fake.lr[0] >> GIC_LR_PINTID_SHIFT) & 0x1fff, FAKE_HWINTID);
	assert_int_equal(guest_ack(), FAKE_PPI);
	gic_sync(cpu0);
	assert_true(fake.phys_active);
	timer_line = false;			/* the handler set it anew */
	end_one(cpu0, FAKE_PPI);
	assert_false(fake.phys_active);
	assert_true(is_idle(cpu0));

	/* The line falls before the guest took it: somebody must deactivate. */
	timer_fires();
	gic_flush(cpu0);
	timer_line = false;
	gic_sync(cpu0);
	assert_false(fake.phys_active);
	assert_int_equal(take_one(cpu0), SPURIOUS);

	timer_fires();
	timer_line = false;
	gic_reset_mapped(cpu0, FAKE_PPI);
	assert_false(fake.phys_active);
	assert_true(is_idle(cpu0));
}

static void map_timer(void)
{
	assert_int_equal(gic_map_phys(cpu0, FAKE_PPI, 11, FAKE_HWINTID, timer_level), 0);
	wr(cpu0, SGI_BASE(cpu0) + ISENABLER, 4, 1U << FAKE_PPI);
	timer_line = false;
	load(cpu0);
}

static bool timer_bit(struct arm_vcpu *by, u32 reg)
{
	return rd(by, SGI_BASE(cpu0) + reg, 4) & 1U << FAKE_PPI;
}

static void timer_is_quiet(void)
{
	assert_false(fake.phys_active);
	assert_false(timer_bit(cpu0, ISPENDR));
	look_in(cpu0);
	assert_true(is_idle(cpu0));
}

/* A timer's line that falls while the guest runs is seen when it comes out, deliverable or not. */
static void timer_falls_unseen(void **state)
{
	map_timer();
	/* disabled */
	wr(cpu0, SGI_BASE(cpu0) + ICENABLER, 4, 1U << FAKE_PPI);
	timer_fires();
	look_in(cpu0);
	assert_true(timer_bit(cpu0, ISPENDR));
	assert_true(fake.phys_active);
	timer_line = false;
	look_in(cpu0);
	timer_is_quiet();
	wr(cpu0, SGI_BASE(cpu0) + ISENABLER, 4, 1U << FAKE_PPI);
	timer_is_quiet();

	/* its group switched off */
	wr(cpu0, DIST_BASE, 4, 0);
	timer_fires();
	look_in(cpu0);
	timer_line = false;
	look_in(cpu0);
	timer_is_quiet();
	wr(cpu0, DIST_BASE, 4, 3);
	timer_is_quiet();

	/* it rises again, and works */
	timer_fires();
	assert_int_equal(take_one(cpu0), FAKE_PPI);
	timer_line = false;
	end_one(cpu0, FAKE_PPI);
	timer_is_quiet();
}

/* Another vCPU reads it: it asks who runs. And the VMM: it asks the timer. */
static void timer_falls_and_others_read(void **state)
{
	u32 levels = 0;

	map_timer();
	wr(cpu0, SGI_BASE(cpu0) + ICENABLER, 4, 1U << FAKE_PPI);
	timer_fires();
	gic_flush(cpu0);
	timer_line = false;
	fake_on_relax = cpu0_comes_out;
	assert_false(timer_bit(cpu1, ISPENDR));
	timer_is_quiet();

	timer_fires();
	look_in(cpu0);
	put(cpu0);
	timer_line = false;
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 0, &levels), 0);
	assert_false(levels & 1U << FAKE_PPI);
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 0, &levels), 0);
	assert_false(levels & 1U << FAKE_PPI);
}

/* Pending and active bits written change the physical interrupt, too, on its own CPU only. */
static void timer_written(void **state)
{
	u64 sgi = SGI_BASE(cpu0);
	u32 bit = 1U << FAKE_PPI;

	map_timer();
	wr(cpu0, sgi + ISPENDR, 4, bit);
	assert_true(fake.phys_active);
	wr(cpu0, sgi + ICPENDR, 4, bit);
	timer_is_quiet();
	wr(cpu0, sgi + ISACTIVER, 4, bit);
	assert_true(fake.phys_active);
	wr(cpu0, sgi + ICACTIVER, 4, bit);
	timer_is_quiet();

	/* By another vCPU, on another CPU, while the owner runs. */
	gic_flush(cpu0);
	fake_here = NULL;
	cpu0->base.requests = 0;
	wr(cpu1, sgi + ISACTIVER, 4, bit);
	assert_true(cpu0->base.requests);
	assert_false(fake.phys_active);
	fake_here = cpu0;
	come_out(cpu0);
	gic_flush(cpu0);
	assert_true(fake.phys_active);
	fake_here = NULL;
	cpu0->base.requests = 0;
	fake_on_relax = cpu0_comes_out;
	wr(cpu1, sgi + ICACTIVER, 4, bit);
	assert_true(cpu0->base.requests);
	fake_here = cpu0;
	look_in(cpu0);
	timer_is_quiet();

	/* The handler has quietened the timer, another vCPU ends its interrupt. */
	timer_fires();
	assert_int_equal(take_one(cpu0), FAKE_PPI);
	timer_line = false;
	gic_flush(cpu0);
	assert_true(fake.phys_active);
	fake_on_relax = cpu0_comes_out_and_in;	/* in the list register again */
	fake_here = NULL;
	wr(cpu1, sgi + ICACTIVER, 4, bit);
	fake_here = cpu0;
	come_out(cpu0);
	timer_is_quiet();
}

/* A thousand pending interrupts: neither an entry nor the end of a WFI looks at those it leaves. */
static void pending_are_not_walked(void **state)
{
	u32 i, n = vm->gic.nr_spis;

	for (i = 0; i < n; i++) {
		irq_priority(32 + i, i == n / 2 ? 0x40 : 0x80);
		irq_bit(ISENABLER, 32 + i);
		gic_inject(vm, NULL, 32 + i, true);
	}
	load(cpu0);
	for (i = 0; i < n; i++)
		if (i >= FAKE_LRS - 1 && i != n / 2)
			ASAN_POISON_MEMORY_REGION(&vm->gic.spis[i], sizeof(vm->gic.spis[i]));
	assert_true(gic_pending(cpu0));
	gic_flush(cpu0);
	assert_int_equal(guest_ack(), 32 + n / 2);
	ASAN_UNPOISON_MEMORY_REGION(vm->gic.spis, n * sizeof(vm->gic.spis[0]));
	assert_true(fake.hcr & GIC_HCR_NPIE);
	come_out(cpu0);
}

/* WFI ends for what could be delivered, not for what is masked. */
static void pending_respects_masks(void **state)
{
	u32 open = cpu0->gic.vmcr;

	irq_priority(50, 0x80);
	gic_inject(vm, NULL, 50, true);
	assert_false(gic_pending(cpu0));	/* disabled */
	irq_bit(ISENABLER, 50);
	assert_true(gic_pending(cpu0));
	cpu0->gic.vmcr = 0x80U << GIC_VMCR_PMR_SHIFT | GIC_VMCR_ENG1;
	assert_false(gic_pending(cpu0));
	cpu0->gic.vmcr = 0x88U << GIC_VMCR_PMR_SHIFT | GIC_VMCR_ENG0;
	assert_false(gic_pending(cpu0));
	cpu0->gic.vmcr = open;
	wr(cpu0, DIST_BASE, 4, 1);		/* group 0 only */
	assert_false(gic_pending(cpu0));
	assert_int_equal(take_one(cpu0), SPURIOUS);
	wr(cpu0, DIST_BASE, 4, 2);
	assert_true(gic_pending(cpu0));
	irq_bit(ISACTIVER, 50);
	assert_false(gic_pending(cpu0));
}

/* What does not exist is refused. */
static void bad_numbers(void **state)
{
	assert_int_equal(gic_inject(vm, NULL, 256, true), -EINVAL);
	assert_int_equal(gic_inject(vm, NULL, 1020, true), -EINVAL);
	assert_int_equal(gic_inject(vm, NULL, ~0U, true), -EINVAL);
	assert_int_equal(gic_inject(vm, NULL, 20, true), -EINVAL);
	assert_int_equal(gic_inject(vm, NULL, 255, true), 0);
	assert_false(gic_intid_is_valid_spi(vm, 31));
	assert_true(gic_intid_is_valid_spi(vm, 32));
	assert_true(gic_intid_is_valid_spi(vm, 255));
	assert_false(gic_intid_is_valid_spi(vm, 256));
	assert_false(gic_intid_is_valid_ppi(15));
	assert_true(gic_intid_is_valid_ppi(31));
	assert_false(gic_intid_is_valid_ppi(32));
}

#define READY(t)	cmocka_unit_test_setup_teardown(t, vm_make_ready, vm_unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		READY(idle_writes_nothing),
		READY(sgi_goes_where_it_says),
		READY(sgi_groups),
		READY(edges),
		READY(edge_while_in_guest), READY(nobody_kicks_himself), READY(once_more),
		READY(edge_behind_an_active_one),
		READY(levels),
		READY(pulses),
		READY(end_is_heard),
		READY(counted_end_is_heard),
		READY(end_by_name_is_heard),
		READY(end_of_nothing),
		READY(restored_is_no_end),
		READY(more_than_fit),
		READY(active_more_than_fit),
		READY(counted_ends_are_innermost),
		READY(no_maintenance_storm),
		READY(deactivation_by_name),
		READY(deactivation_traps_more),
		READY(affinity),
		READY(affinity_from_the_guest),
		READY(any_vcpu),
		READY(edits_of_running),
		READY(line_falls_in_the_guest),
		READY(clear_active_kicks),
		READY(disable_of_running),
		READY(read_of_running),
		READY(mapped_timer),
		READY(timer_falls_unseen),
		READY(timer_falls_and_others_read),
		READY(timer_written),
		READY(pending_are_not_walked),
		READY(pending_respects_masks),
		READY(bad_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
