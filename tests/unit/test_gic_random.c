// SPDX-License-Identifier: GPL-2.0
/*
 * Random devices, guests and VMMs against the rules of IHI 0069, 4.1: nothing is
 * acknowledged that is not pending, nothing pending is forgotten, each end that
 * somebody waits for is told once, and a saved GIC goes on elsewhere as if nothing
 * had been.
 */
#include "test_gic_fake.h"

#define FIRST	40
#define N	24

static u64 seed;

static u32 roll(u32 n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

/* What the architecture says of each interrupt. */
static struct {
	bool edge, line, latch, active, listened;
	unsigned int ends, heard;
	u64 target;
} oracle[N];

static bool two_steps;		/* EOImode: ends by name, by whichever vCPU */

static void hear(struct arm_vm *v, u32 intid)
{
	assert_in_range(intid, FIRST, FIRST + N - 1);
	oracle[intid - FIRST].heard++;
}

static void ends(u32 i)
{
	assert_true(oracle[i].active);
	oracle[i].active = false;
	if (oracle[i].edge || !oracle[i].listened)
		return;
	oracle[i].ends++;
	oracle[i].line = false;
}

static bool oracle_pending(u32 i)
{
	return oracle[i].latch || (!oracle[i].edge && oracle[i].line);
}

static void listen(void)
{
	u32 i;

	gic_set_eoi_listener(vm, hear);
	for (i = 0; i < N; i++)
		gic_listen(vm, FIRST + i, oracle[i].listened);
}

static void setup(void)
{
	u32 i;

	memset(oracle, 0, sizeof(oracle));
	for (i = 0; i < N; i++) {
		oracle[i].edge = roll(2);
		if (oracle[i].edge)
			irq_make_edge(FIRST + i);
		irq_priority(FIRST + i, roll(16) << 3);
		irq_bit(ISENABLER, FIRST + i);
		oracle[i].target = roll(FAKE_VCPUS);
		irq_route(FIRST + i, oracle[i].target);
		oracle[i].listened = roll(2);
	}
	listen();
	for (i = 0; two_steps && i < FAKE_VCPUS; i++)
		vm->vcpus[i]->gic.vmcr |= GIC_VMCR_EOIM;
}

static void device_acts(void)
{
	u32 i = roll(N);
	bool level = oracle[i].edge || !oracle[i].line;

	gic_inject(vm, NULL, FIRST + i, level);
	oracle[i].line = level;
	if (oracle[i].edge && level)
		oracle[i].latch = true;
}

static void guest_takes(u32 intid)
{
	u32 i = intid - FIRST;

	assert_in_range(intid, FIRST, FIRST + N - 1);
	assert_false(oracle[i].active);
	if (!oracle_pending(i) && oracle[i].edge)
		fail_msg("seed %llu: INTID %u is not pending", (unsigned long long)seed, intid);
	oracle[i].latch = false;
	oracle[i].active = true;
}

/* The vCPUs' handlers, innermost last. */
static u32 stack[8][64];

static void guest_ends(struct arm_vcpu *vcpu)
{
	u32 intid = stack[vcpu->base.idx][vcpu->nr_running - 1];

	guest_eoi(intid);
	if (!two_steps)
		ends(intid - FIRST);
}

/* Something active, wherever it was taken, is ended by name; it traps, so the guest is left. */
static void ends_by_name(struct arm_vcpu *vcpu, bool by_dir)
{
	u32 first = roll(N), i, n;

	for (n = 0; n < N; n++) {
		i = (first + n) % N;
		if (!oracle[i].active)
			continue;
		assert_true(fake.hcr & GIC_HCR_TDIR);
		come_out(vcpu);
		ends(i);
		if (by_dir)
			gic_deactivate(vcpu, FIRST + i);
		else
			wr(vcpu, DIST_BASE + ICACTIVER + (FIRST + i) / 32 * 4, 4, 1U << (FIRST + i) % 32);
		gic_flush(vcpu);
		return;
	}
}

static void all_is_told(void)
{
	u32 i;

	for (i = 0; i < N; i++)
		if (oracle[i].ends != oracle[i].heard)
			fail_msg("seed %llu: INTID %u ended %u times, told %u", (unsigned long long)seed,
				 FIRST + i, oracle[i].ends, oracle[i].heard);
}

/* A stay in the guest, with others acting meanwhile. */
static void stay(struct arm_vcpu *vcpu)
{
	u32 steps = roll(6), intid;

	if (fake_here && fake_here != vcpu)
		put(fake_here);
	if (fake_here != vcpu)
		load(vcpu);
	vcpu->base.requests = 0;
	gic_flush(vcpu);
	while (steps-- && !guest_maintenance() && !vcpu->base.requests) {
		switch (roll(5)) {
		case 0:
			ELSEWHERE(device_acts());
			break;
		case 4:
			if (two_steps)
				ends_by_name(vcpu, roll(2));
			break;
		case 1:
			if (vcpu->nr_running)
				guest_ends(vcpu);
			break;
		default:
			intid = guest_ack();
			if (intid == SPURIOUS)
				break;
			stack[vcpu->base.idx][vcpu->nr_running - 1] = intid;
			guest_takes(intid);
		}
	}
	come_out(vcpu);
	all_is_told();
}

/* All quiet: what is left pending is taken, and then nothing is left. */
static void drain(void)
{
	unsigned int round, c;
	struct arm_vcpu *vcpu;
	u32 i, intid;

	for (i = 0; i < N; i++) {
		if (!oracle[i].edge) {
			gic_inject(vm, NULL, FIRST + i, false);
			oracle[i].line = false;
		}
	}
	for (round = 0; round < 200; round++) {
		for (c = 0; c < FAKE_VCPUS; c++) {
			vcpu = vm->vcpus[c];
			if (fake_here && fake_here != vcpu)
				put(fake_here);
			if (fake_here != vcpu)
				load(vcpu);
			gic_flush(vcpu);
			if (vcpu->nr_running)
				guest_ends(vcpu);
			if (two_steps)
				ends_by_name(vcpu, true);
			intid = guest_ack();
			if (intid != SPURIOUS) {
				stack[c][vcpu->nr_running - 1] = intid;
				guest_takes(intid);
			}
			come_out(vcpu);
		}
	}
	all_is_told();
	for (i = 0; i < N; i++) {
		if (oracle[i].latch || oracle[i].active)
			fail_msg("INTID %u is stuck", FIRST + i);
	}
	for (c = 0; c < FAKE_VCPUS; c++)
		assert_true(gic_pool_is_empty(&vm->vcpus[c]->gic.pool));
	assert_int_equal(atomic_read(&vm->gic.rwp), 0);
}

static void mover_acts(void)
{
	u32 i = roll(N);

	oracle[i].target = roll(FAKE_VCPUS);
	irq_route(FIRST + i, oracle[i].target);
}

static void nothing_is_lost(void **state)
{
	u32 run, step;

	for (run = 0; run < 400; run++) {
		seed = run + 1;
		two_steps = run % 2;
		vm_make_ready(state);
		setup();
		for (step = 0; step < 300; step++) {
			switch (roll(8)) {
			case 0:
				mover_acts();
				break;
			case 1:
			case 2:
				device_acts();
				break;
			default:
				stay(vm->vcpus[roll(FAKE_VCPUS)]);
			}
		}
		drain();
		vm_unmake(state);
	}
}

#define WORDS	4000

/* Every register a VMM saves, in the order it restores them. */
static u32 dump(u32 *to, bool restore)
{
	static const struct { u32 from, to; } dist[] = {
		{ 0x80, 0xa0 }, { 0x100, 0x120 }, { 0xc00, 0xc40 }, { 0x400, 0x500 },
		{ 0x6100, 0x6800 }, { 0x300, 0x320 }, { 0x200, 0x220 }, { 0, 4 },
	};
	static const u32 redist[] = { 0x14, 0x10080, 0x10100, 0x10400, 0x10410, 0x10c04,
				      0x10300, 0x10200 };
	static const u32 sysreg[] = { 3 << 14 | 4 << 7 | 6 << 3, 3 << 14 | 12 << 7 | 12 << 3 | 7,
				      3 << 14 | 12 << 7 | 9 << 3 };
	u32 n = 0, i, off, c, val;
	u64 wide;
	int ret;

	for (i = 0; i < ARRAY_SIZE(dist); i++) {
		for (off = dist[i].from; off < dist[i].to; off += 4) {
			val = to[n];
			ret = restore ?
				attr_set(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, off, &val) :
				attr_get(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, off, &val);
			assert_int_equal(ret, 0);
			to[n++] = val;
		}
	}
	for (off = 0; off < 256; off += 32) {
		ret = restore ? attr_set(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, off, &to[n]) :
				attr_get(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, off, &to[n]);
		assert_int_equal(ret, 0);
		n++;
	}
	for (c = 0; c < FAKE_VCPUS; c++) {
		for (i = 0; i < ARRAY_SIZE(redist); i++) {
			ret = restore ?
				attr_set(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, (u64)c << 32 | redist[i], &to[n]) :
				attr_get(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, (u64)c << 32 | redist[i], &to[n]);
			assert_int_equal(ret, 0);
			n++;
		}
		for (i = 0; i < ARRAY_SIZE(sysreg); i++) {
			wide = to[n];
			ret = restore ?
				attr_set(KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, (u64)c << 32 | sysreg[i], &wide) :
				attr_get(KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, (u64)c << 32 | sysreg[i], &wide);
			assert_int_equal(ret, 0);
			to[n++] = wide;
		}
	}
	assert_true(n < WORDS);
	return n;
}

/* Save at any moment, restore into a new VM: the registers are the same, and it goes on. */
static void saved_and_restored(void **state)
{
	static u32 saved[WORDS], again[WORDS];
	u32 run, step, n, running[8][64], nr[8], c;

	two_steps = false;
	for (run = 0; run < 50; run++) {
		seed = 1000 + run;
		vm_make_ready(state);
		setup();
		for (step = 0; step < 60; step++)
			stay(vm->vcpus[roll(FAKE_VCPUS)]);
		if (fake_here)
			put(fake_here);
		n = dump(saved, false);
		for (c = 0; c < FAKE_VCPUS; c++) {
			nr[c] = vm->vcpus[c]->nr_running;
			memcpy(running[c], vm->vcpus[c]->running, sizeof(running[c]));
		}
		vm_unmake(state);

		vm_make_ready(state);
		listen();
		dump(saved, true);
		dump(again, false);
		assert_memory_equal(saved, again, n * 4);
		for (c = 0; c < FAKE_VCPUS; c++) {
			vm->vcpus[c]->nr_running = nr[c];
			memcpy(vm->vcpus[c]->running, running[c], sizeof(running[c]));
		}
		drain();
		vm_unmake(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(saved_and_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
