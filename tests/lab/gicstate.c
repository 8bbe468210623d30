// SPDX-License-Identifier: GPL-2.0
/*
 * The GIC's state as the VMM saves and restores it: what it writes, it reads, the guest reads,
 * and no other vCPU has; and a VM that is moved with interrupts active and pending goes on.
 * Documentation/virt/kvm/devices/arm-vgic-v3.rst; IHI 0069, chapter 12.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_SERVE, WHAT_MOVED, WHAT_SPIN };

/* To a guest that serves: what it shall read, an address or a system register's number. */
#define PORT_ASK	(PORT_TEST + 0)
#define PORT_VALUE	(PORT_TEST + 1)
#define PORT_MOVE	(PORT_TEST + 2)

#define ENC_OF(crn, crm, op2)	(3 << 14 | (crn) << 7 | (crm) << 3 | (op2))
#define ICC_PMR		ENC_OF(4, 6, 0)
#define ICC_BPR0	ENC_OF(12, 8, 3)
#define ICC_AP0R0	ENC_OF(12, 8, 4)
#define ICC_AP1R0	ENC_OF(12, 9, 0)
#define ICC_BPR1	ENC_OF(12, 12, 3)
#define ICC_CTLR	ENC_OF(12, 12, 4)
#define ICC_SRE		ENC_OF(12, 12, 5)
#define ICC_IGRPEN0	ENC_OF(12, 12, 6)
#define ICC_IGRPEN1	ENC_OF(12, 12, 7)

#define FIRST		40	/* of the interrupts that are under way when the VM moves */
#define LEVEL		48
#define PPI_VIRT	27
#define PPI_PHYS	30

#ifdef GUEST

static void serve(void)
{
	uint64_t ask, val;

	while ((ask = guest_ask(PORT_ASK))) {
		val = 0;
		if (ask >= 1 << 16)
			val = read32(ask);
		else if (!guest_try(INSN_MRS(ask), &val))
			guest_expect(ask, 0);
		guest_say(PORT_VALUE, val);
	}
}

static uint64_t ack(void)
{
	uint64_t n = read_reg(s3_0_c12_c12_0) & 0xffffff;

	asm volatile("dsb sy\n\tisb");
	return n;
}

static void end(unsigned int intid)
{
	write_reg(intid, s3_0_c12_c12_1);
}

static void raise_it(unsigned int intid)
{
	write32(GUEST_DIST + 0x200 + intid / 32 * 4, 1U << intid % 32);
}

/* Two active, one on the other, one pending, one active and pending, a level, and both timers. */
static void moved(void)
{
	uint64_t hz = read_reg(cntfrq_el0), at, i;

	gic_start();
	write_reg(0xe0, s3_0_c4_c6_0);
	gic_enable(3, 0xc0, true);
	for (i = 0; i < 3; i++)
		gic_enable(FIRST + i, 0xa0 - 0x20 * i, true);
	gic_enable(LEVEL, 0xb0, false);
	gic_enable(PPI_VIRT, 0xd0, false);
	gic_enable(PPI_PHYS, 0xd8, false);
	raise_it(FIRST);
	guest_expect(ack(), FIRST);
	raise_it(FIRST);		/* again, while it is active */
	raise_it(FIRST + 1);
	guest_expect(ack(), FIRST + 1);
	write_reg(3 << 24 | 1, s3_0_c12_c11_5);
	at = read_reg(cntvct_el0) + hz / 10;
	write_reg(at, cntv_cval_el0);
	write_reg(1, cntv_ctl_el0);
	write_reg(1, cntp_cval_el0);
	write_reg(1, cntp_ctl_el0);
	guest_say(PORT_MOVE, 0);
	guest_expect(read_reg(s3_0_c12_c11_3), 0x80);
	guest_expect(read_reg(s3_0_c4_c6_0), 0xe0);
	guest_expect(read_reg(cntv_cval_el0), at);
	guest_check(read_reg(cntvct_el0) < at + 100 * hz && read_reg(cntvct_el0) + hz > at);
	guest_expect(ack(), 1023);
	raise_it(FIRST + 2);
	guest_expect(ack(), FIRST + 2);
	end(FIRST + 2);
	end(FIRST + 1);
	guest_expect(ack(), 1023);
	end(FIRST);
	guest_expect(ack(), FIRST);
	end(FIRST);
	guest_expect(ack(), LEVEL);
	guest_say(PORT_MOVE, 1);	/* the level falls */
	end(LEVEL);
	guest_expect(ack(), 3);
	end(3);
	while (read_reg(cntvct_el0) < at)
		;
	for (i = 0; i < 1000000 && read_reg(s3_0_c12_c12_2) != PPI_VIRT; i++)
		;
	guest_expect(ack(), PPI_VIRT);
	write_reg(0, cntv_ctl_el0);
	end(PPI_VIRT);
	guest_expect(ack(), PPI_PHYS);
	write_reg(0, cntp_ctl_el0);
	end(PPI_PHYS);
	guest_expect(ack(), 1023);
	guest_expect(read32(GUEST_DIST + 0x304), 0);
	guest_expect(read32(GUEST_DIST + 0x204), 0);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	switch (what) {
	case WHAT_SERVE:
		serve();
		break;
	case WHAT_MOVED:
		moved();
		break;
	case WHAT_SPIN:
		*(volatile uint64_t *)arg = 1;
		while (*(volatile uint64_t *)arg == 1)
			;
		break;
	}
	return 0;
}

#else

static uint64_t attr_of(unsigned int cpu, uint32_t what)
{
	return (uint64_t)cpu << KVM_DEV_ARM_VGIC_V3_MPIDR_SHIFT | what;
}

static uint64_t get(struct vmm *v, uint32_t group, uint64_t attr)
{
	uint64_t val = 0;
	int ret = vmm_attr(v->gic, KVM_GET_DEVICE_ATTR, group, attr, &val);

	if (ret)
		fail("attribute %u %#lx does not read: %s", group, (long)attr, result_name(ret));
	return val;
}

static void put(struct vmm *v, uint32_t group, uint64_t attr, uint64_t val)
{
	int ret = vmm_attr(v->gic, KVM_SET_DEVICE_ATTR, group, attr, &val);

	if (ret)
		fail("attribute %u %#lx does not take %#lx: %s", group, (long)attr, (long)val, result_name(ret));
}

/* What a guest reads. */
static uint64_t guest_reads(struct vmm *v, unsigned int cpu, uint64_t what)
{
	uint64_t val = what;

	if (vmm_event(v, cpu, &val) != PORT_ASK || vmm_event(v, cpu, &val) != PORT_VALUE)
		die("vCPU %u does not serve", cpu);
	return val;
}

/* Words of a frame: from where, how many, and which bits of them are kept. */
static const struct words {
	const char *name;
	uint32_t first, n, mask;
} dist_words[] = {
	{ "IGROUPR", 0x84, 3, ~0U },
	{ "ISENABLER", 0x104, 3, ~0U },
	{ "ISPENDR", 0x204, 3, ~0U },
	{ "ISACTIVER", 0x304, 3, ~0U },
	{ "IPRIORITYR", 0x420, 24, 0xf8f8f8f8 },
	{ "ICFGR", 0xc08, 6, 0xaaaaaaaa },
}, redist_words[] = {
	{ "IGROUPR0", 0x10080, 1, ~0U },
	{ "ISENABLER0", 0x10100, 1, ~0U },
	/* not the timers', which follow their lines */
	{ "ISPENDR0", 0x10200, 1, ~(1U << PPI_VIRT | 1U << PPI_PHYS) },
	{ "ISACTIVER0", 0x10300, 1, ~(1U << PPI_VIRT | 1U << PPI_PHYS) },
	{ "IPRIORITYR", 0x10400, 8, 0xf8f8f8f8 },
};

#define N_OF(a)	(sizeof(a) / sizeof((a)[0]))

/* Each word's own. */
static uint32_t word_of(const struct words *w, uint32_t i, uint32_t salt)
{
	return ((w->first + 4 * i + salt * 0x1003) * 0x9e3779b1U) & w->mask;
}

static void write_words(struct vmm *v, uint32_t group, unsigned int cpu, const struct words *w, unsigned int n)
{
	uint32_t i;

	for (; n--; w++)
		for (i = 0; i < w->n; i++)
			put(v, group, attr_of(cpu, w->first + 4 * i), word_of(w, i, group + cpu));
}

static void expect_words(struct vmm *v, uint32_t group, unsigned int cpu, const struct words *w, unsigned int n, uint64_t base)
{
	uint32_t i, want, got;

	for (; n--; w++)
		for (i = 0; i < w->n; i++) {
			want = word_of(w, i, group + cpu);
			got = get(v, group, attr_of(cpu, w->first + 4 * i)) & w->mask;
			expect(got == want, "%s+%u of vCPU %u: %#x, not %#x", w->name, i, cpu, got, want);
			got = guest_reads(v, 1 - cpu, base + w->first + 4 * i) & w->mask;
			expect(got == want, "%s+%u of vCPU %u: the other reads %#x, not %#x", w->name, i, cpu, got, want);
		}
}

/* The kernel's own KVM drops Aff3. */
static uint64_t route_of(uint64_t i)
{
	return i << 8 | i << 16 | (is_kernels_kvm() ? 0 : i << 32);
}

static void check_registers(void)
{
	struct vmm v;
	unsigned int i;
	uint64_t got;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	write_words(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0, dist_words, N_OF(dist_words));
	for (i = 0; i < 2; i++) {
		/* SGIs are enabled from the start */
		put(&v, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, attr_of(i, 0x10180), ~0U);
		write_words(&v, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, i, redist_words, N_OF(redist_words));
	}
	/* in halves, and to nobody: 64 bits of it are kept, but for those that say nothing */
	for (i = 32; i < 128; i++) {
		put(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x6000 + 8 * i, route_of(i));
		put(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x6004 + 8 * i, route_of(i) >> 32);
	}
	put(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0, 2);
	for (i = 0; i < 2; i++)
		vmm_start(&v, i, WHAT_SERVE, 0);
	expect_words(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0, dist_words, N_OF(dist_words), GUEST_DIST);
	for (i = 0; i < 2; i++)
		expect_words(&v, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, i, redist_words, N_OF(redist_words), GUEST_REDIST + 0x20000 * i);
	for (i = 32; i < 128; i++) {
		got = get(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x6000 + 8 * i) |
		      get(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x6004 + 8 * i) << 32;
		expect(got == route_of(i), "IROUTER%u is %#lx", i, (long)got);
		got = guest_reads(&v, 0, GUEST_DIST + 0x6000 + 8 * i) | guest_reads(&v, 0, GUEST_DIST + 0x6004 + 8 * i) << 32;
		expect(got == route_of(i), "IROUTER%u: the guest reads %#lx", i, (long)got);
	}
	/* the VMM says what is pending by the one of the two registers, and the other does nothing */
	got = get(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x204);
	put(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x284, ~0U);
	expect(get(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x204) == got, "ICPENDR1 clears");
	put(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x204, 0x5555);
	expect(get(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x204) == 0x5555, "ISPENDR1 does not clear");
	/* the other way to read them, and what is what it is */
	expect(get(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x184) == get(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x104), "ICENABLER1");
	expect(get(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x384) == get(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x304), "ICACTIVER1");
	expect((get(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0) & 0x52) == 0x52, "GICD_CTLR");
	got = guest_reads(&v, 1, GUEST_DIST + 4);
	expect((got & 0x1f) == 3 && (got >> 19 & 0x1f) == 9 && got == get(&v, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 4),
	       "GICD_TYPER is %#lx", (long)got);
	for (i = 0; i < 2; i++) {
		expect(guest_reads(&v, 1 - i, GUEST_REDIST + 0x20000 * i + 12) == i, "GICR_TYPER's affinity");
		expect(guest_reads(&v, 1 - i, GUEST_REDIST + 0x20000 * i + 8) == (i << 8 | i << 4), "GICR_TYPER's number, and Last");
		expect(guest_reads(&v, i, GUEST_REDIST + 0x20000 * i + 0xffe8) >> 4 == 3, "GICR_PIDR2");
	}
	vmm_close(&v);
}

/* CPU interface: which registers, and two values of each. */
static const struct {
	const char *name;
	uint32_t enc;
	uint64_t val[2], kept;
} sysregs[] = {
	{ "ICC_PMR_EL1", ICC_PMR, { 0xa8, 0x50 }, 0xff },
	{ "ICC_BPR0_EL1", ICC_BPR0, { 4, 6 }, 7 },
	{ "ICC_BPR1_EL1", ICC_BPR1, { 7, 5 }, 7 },
	{ "ICC_IGRPEN0_EL1", ICC_IGRPEN0, { 1, 0 }, ~0UL },
	{ "ICC_IGRPEN1_EL1", ICC_IGRPEN1, { 0, 1 }, ~0UL },
	{ "ICC_AP0R0_EL1", ICC_AP0R0, { 0x11000100, 0x00200020 }, ~0UL },
	{ "ICC_AP1R0_EL1", ICC_AP1R0, { 0x00042000, 0x40000400 }, ~0UL },
};

static void check_sysregs(void)
{
	uint64_t ctlr, got;
	unsigned int i, cpu, round;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	ctlr = get(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(0, ICC_CTLR)) & ~3UL;
	for (round = 0; round < 2; round++) {
		for (cpu = 0; cpu < 2; cpu++) {
			for (i = 0; i < N_OF(sysregs); i++)
				put(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(cpu, sysregs[i].enc), sysregs[i].val[cpu ^ round]);
			put(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(cpu, ICC_CTLR), ctlr | 2 * (cpu ^ round));
			put(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(cpu, ICC_SRE), 7);
		}
		for (cpu = 0; cpu < 2; cpu++) {
			vmm_start(&v, cpu, WHAT_SERVE, 0);
			for (i = 0; i < N_OF(sysregs); i++) {
				got = get(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(cpu, sysregs[i].enc));
				expect(got == sysregs[i].val[cpu ^ round], "%s of vCPU %u: %#lx", sysregs[i].name, cpu, (long)got);
				got = guest_reads(&v, cpu, sysregs[i].enc);
				expect(got == sysregs[i].val[cpu ^ round], "%s of vCPU %u: it reads %#lx", sysregs[i].name, cpu, (long)got);
				got = get(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(cpu, sysregs[i].enc));
				expect(got == sysregs[i].val[cpu ^ round], "%s of vCPU %u, run: %#lx", sysregs[i].name, cpu, (long)got);
			}
			got = guest_reads(&v, cpu, ICC_CTLR);
			expect((got & 3) == 2 * (cpu ^ round), "ICC_CTLR_EL1 of vCPU %u: it reads %#lx", cpu, (long)got);
			/* the priority of what is active is the highest of both groups */
			got = guest_reads(&v, cpu, ENC_OF(12, 11, 3));
			expect(got == (cpu ^ round ? 0x28 : 0x40), "ICC_RPR_EL1 of vCPU %u: it reads %#lx", cpu, (long)got);
			got = get(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(cpu, ICC_CTLR));
			expect(got == (ctlr | 2 * (cpu ^ round)), "ICC_CTLR_EL1 of vCPU %u: %#lx", cpu, (long)got);
			expect(get(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(cpu, ICC_SRE)) == 7, "ICC_SRE_EL1");
		}
	}
	/* one binary point for both: group 1's is group 0's and one more */
	for (i = 0; i < 8; i += 7) {
		put(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(1, ICC_BPR0), i ?: 4);
		put(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(1, ICC_CTLR), ctlr | 1);
		got = get(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(1, ICC_BPR1));
		expect(got == (i ?: 5), "ICC_BPR1_EL1 by ICC_BPR0_EL1: %#lx", (long)got);
	}
	/* a vCPU that is initialised again begins anew */
	vmm_init_cpu(&v, 1, 0);
	for (i = 0; i < N_OF(sysregs) && !is_kernels_kvm(); i++) {
		got = get(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(1, sysregs[i].enc));
		expect(!got, "%s after KVM_ARM_VCPU_INIT: %#lx", sysregs[i].name, (long)got);
		got = get(&v, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, attr_of(0, sysregs[i].enc));
		expect(got == sysregs[i].val[1], "%s of the other: %#lx", sysregs[i].name, (long)got);
	}
	vmm_close(&v);
}

/* All of a GIC, in the order that restores it. */
static void copy_gic(struct vmm *from, struct vmm *to)
{
	static const uint32_t icc[] = { ICC_SRE, ICC_CTLR, ICC_IGRPEN0, ICC_IGRPEN1, ICC_PMR, ICC_BPR0, ICC_BPR1, ICC_AP0R0, ICC_AP1R0 };
	static const uint32_t redist[] = { 0x14, 0x10080, 0x10100, 0x10c04, 0x10300, 0x10200 };
	const uint64_t level = (uint64_t)VGIC_LEVEL_INFO_LINE_LEVEL << KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_SHIFT;
	unsigned int i;

#define COPY(group, attr) put(to, KVM_DEV_ARM_VGIC_GRP_##group, attr, get(from, KVM_DEV_ARM_VGIC_GRP_##group, attr))
	COPY(DIST_REGS, 0);
	for (i = 0; i < 96; i++) {
		COPY(DIST_REGS, 0x6100 + 8 * i);
		COPY(DIST_REGS, 0x6104 + 8 * i);
	}
	for (i = 0; i < 24; i++)
		COPY(DIST_REGS, 0x420 + 4 * i);
	for (i = 0; i < 6; i++)
		COPY(DIST_REGS, 0xc08 + 4 * i);
	for (i = 0; i < 3; i++) {
		COPY(DIST_REGS, 0x84 + 4 * i);
		COPY(DIST_REGS, 0x104 + 4 * i);
		COPY(LEVEL_INFO, level | (32 + 32 * i));
		COPY(DIST_REGS, 0x204 + 4 * i);
		COPY(DIST_REGS, 0x304 + 4 * i);
	}
	for (i = 0; i < 8; i++)
		COPY(REDIST_REGS, 0x10400 + 4 * i);
	for (i = 0; i < N_OF(redist); i++)
		COPY(REDIST_REGS, redist[i]);
	COPY(LEVEL_INFO, level);
	for (i = 0; i < N_OF(icc); i++)
		COPY(CPU_SYSREGS, icc[i]);
}

static void copy_cpu(struct vmm *from, struct vmm *to)
{
	struct kvm_reg_list head = { .n = 0 }, *list;
	uint64_t val[2];
	unsigned int i;
	int ret;

	ioctl(from->cpu[0], KVM_GET_REG_LIST, &head);
	list = malloc(sizeof(*list) + head.n * sizeof(list->reg[0]));
	list->n = head.n;
	expect_result(ioctl(from->cpu[0], KVM_GET_REG_LIST, list), 0);
	for (i = 0; i < list->n; i++) {
		ret = vmm_get(from, 0, list->reg[i], val);
		if (!ret)
			ret = vmm_set(to, 0, list->reg[i], val);
		expect(!ret, "%#llx: %s", list->reg[i], result_name(ret));
	}
	free(list);
}

static void check_move(void)
{
	const uint64_t level = (uint64_t)VGIC_LEVEL_INFO_LINE_LEVEL << KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_SHIFT | 32;
	struct vmm from, to;
	uint64_t val;

	vmm_open(&from, NULL);
	vmm_open(&to, NULL);
	vmm_start(&from, 0, WHAT_MOVED, 0);
	vmm_irq(&from, KVM_ARM_IRQ_TYPE_SPI, 0, LEVEL, 1);
	expect(vmm_event(&from, 0, &val) == PORT_MOVE && val == 0, "nothing to move");
	/* the kernel's own KVM says that there is none, and keeps it all the same */
	expect(is_kernels_kvm() || get(&from, KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, level) == 1 << (LEVEL - 32), "no line is high");
	/* the store that told has been done when the vCPU was entered again */
	from.run[0]->immediate_exit = 1;
	expect(ioctl(from.cpu[0], KVM_RUN, 0) < 0 && errno == EINTR, "immediate_exit");
	memcpy(to.ram, from.ram, from.ram_size);
	copy_cpu(&from, &to);
	copy_gic(&from, &to);
	vmm_close(&from);
	expect(is_kernels_kvm() || get(&to, KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, level) == 1 << (LEVEL - 32), "lines are lost");
	expect(vmm_event(&to, 0, &val) == PORT_MOVE && val == 1, "it does not go on");
	vmm_irq(&to, KVM_ARM_IRQ_TYPE_SPI, 0, LEVEL, 0);
	expect(vmm_event(&to, 0, &val) == PORT_DONE, "no end");
	vmm_close(&to);
}

static void check_errors(void)
{
	static const struct { uint32_t group; uint64_t attr; int get, set; } bad[] = {
		{ 99, 0, -ENXIO, -ENXIO },
		{ KVM_DEV_ARM_VGIC_GRP_CTRL, 99, -ENXIO, -ENXIO },
		{ KVM_DEV_ARM_VGIC_GRP_ADDR, 99, -ENXIO, -ENXIO },
		{ KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x20000, -ENXIO, -ENXIO },
		{ KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 5UL << 32, -EINVAL, -EINVAL },
		{ KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, 5UL << 32 | ICC_PMR, -EINVAL, -EINVAL },
		{ KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ENC_OF(12, 12, 1), -ENXIO, -ENXIO },
		{ KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 7, -EINVAL, -EINVAL },
		{ KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 1 << 10, -EINVAL, -EINVAL },
	};
	volatile uint64_t *flag;
	uint64_t val = 0;
	uint32_t nr = 128;
	unsigned int i;
	pthread_t t;
	struct vmm v;
	int ret;

	vmm_open(&v, NULL);
	for (i = 0; i < N_OF(bad); i++) {
		/* the kernel's own KVM has registers there, and says ENOENT */
		if (is_kernels_kvm() && (bad[i].attr == 0x20000 || bad[i].attr == ENC_OF(12, 12, 1)))
			continue;
		val = 0;
		ret = vmm_attr(v.gic, KVM_GET_DEVICE_ATTR, bad[i].group, bad[i].attr, &val);
		expect(ret == bad[i].get, "get %u %#lx: %s", bad[i].group, (long)bad[i].attr, result_name(ret));
		ret = vmm_attr(v.gic, KVM_SET_DEVICE_ATTR, bad[i].group, bad[i].attr, &val);
		expect(ret == bad[i].set, "set %u %#lx: %s", bad[i].group, (long)bad[i].attr, result_name(ret));
	}
	expect(vmm_attr(v.gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr) == -EBUSY, "NR_IRQS again");
	expect(vmm_attr(v.gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, (void *)8) == -EFAULT, "NR_IRQS at 8");
	expect(vmm_attr(v.gic, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 4, (void *)8) == -EFAULT, "read to 8");
	expect(vmm_attr(v.gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0, (void *)8) == -EFAULT, "written from 8");
	expect(vmm_attr(v.gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &val) == -EEXIST,
	       "another place for the distributor");
	/* not while a vCPU runs */
	flag = (void *)(v.ram + 0x200000);
	vmm_start(&v, 0, WHAT_SPIN, GUEST_RAM + 0x200000);
	t = vmm_thread(&v, 0);
	while (*flag != 1)
		usleep(1000);
	expect(vmm_attr(v.gic, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 4, &val) == -EBUSY, "read while it runs");
	expect(vmm_attr(v.gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_PMR, &val) == -EBUSY, "written while it runs");
	*flag = 2;
	pthread_join(t, NULL);
	expect(!vmm_attr(v.gic, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 4, &val), "read when it has run");
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "registers", check_registers },
	{ "sysregs", check_sysregs },
	{ "move", check_move },
	{ "errors", check_errors },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
