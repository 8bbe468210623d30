// SPDX-License-Identifier: GPL-2.0
/*
 * Performance monitors, as a guest and its VMM see them: registers, counters, overflow, and
 * what the attributes take. The emulated CPU counts cycles and software increments.
 * Arm ARM D13; Documentation/virt/kvm/devices/vcpu.rst, section 1.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum {
	WHAT_REGISTERS, WHAT_CYCLES, WHAT_LEVELS, WHAT_SOFTWARE, WHAT_INTERRUPT, WHAT_RIGHTS, WHAT_ABSENT,
	WHAT_AROUND, WHAT_START, WHAT_READ, WHAT_RAISE, WHAT_COUNTS_NOT, WHAT_CEID,
};

#define PORT_OUT	(PORT_TEST + 0)	/* the guest is out for as long as the VMM likes */

#define PPI_PMU		23
#define CYCLES		31
#define PMCR_E		1UL
#define PMCR_P		2UL
#define PMCR_C		4UL
#define PMCR_LC		0x40UL
#define NOT_EL1		(1UL << 31)
#define NOT_EL0		(1UL << 30)
/* As MRS, MSR and the ids of one-reg carry them */
#define PM(op0, op1, crn, crm, op2) \
	((op0) * 1UL << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define ENC_INTENSET	PM(3, 0, 9, 14, 1)
#define ENC_INTENCLR	PM(3, 0, 9, 14, 2)
#define ENC_PMCR	PM(3, 3, 9, 12, 0)
#define ENC_CNTENSET	PM(3, 3, 9, 12, 1)
#define ENC_OVSCLR	PM(3, 3, 9, 12, 3)
#define ENC_SWINC	PM(3, 3, 9, 12, 4)
#define ENC_SELR	PM(3, 3, 9, 12, 5)
#define ENC_CEID0	PM(3, 3, 9, 12, 6)
#define ENC_CCNTR	PM(3, 3, 9, 13, 0)
#define ENC_XEVTYPER	PM(3, 3, 9, 13, 1)
#define ENC_XEVCNTR	PM(3, 3, 9, 13, 2)
#define ENC_USERENR	PM(3, 3, 9, 14, 0)
#define ENC_OVSSET	PM(3, 3, 9, 14, 3)
#define ENC_CNTR(n)	PM(3, 3, 14, 8 + (n) / 8, (n) % 8)
#define ENC_TYPE(n)	PM(3, 3, 14, 12 + (n) / 8, (n) % 8)

#ifdef GUEST

static volatile uint64_t interrupts, level_seen;

/* At EL0, without a stack: one made-up instruction, with X0 in and out, then SVC. */
static uint32_t user_code[2] __attribute__((aligned(64)));
static volatile uint64_t user_state, user_x0;

bool guest_irq(struct guest_frame *f)
{
	uint64_t intid = read_reg(s3_0_c12_c12_0) & 0xffffff;

	if (intid >= 1020)
		return true;
	guest_expect(intid, PPI_PMU);
	level_seen |= read_reg(pmovsset_el0);
	write_reg(read_reg(pmovsclr_el0), pmovsclr_el0);
	interrupts++;
	write_reg(intid, s3_0_c12_c12_1);
	return true;
}

bool guest_sync(struct guest_frame *f)
{
	if (user_state != 1)
		return false;
	user_state = EC(f->esr) == EC_SVC64 ? 2 : 3;
	user_x0 = f->x[0];
	/* back to where at_el0() left, at EL1 */
	f->elr = f->x[30];
	f->spsr = 0x3c5;
	return true;
}

/* Is the instruction defined at EL0? */
static bool at_el0(uint32_t insn, uint64_t *x0)
{
	register uint64_t r0 asm("x0") = *x0;

	user_code[0] = insn;
	user_code[1] = 0xd4000001;	/* svc #0 */
	asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" : : "r" (user_code) : "memory");
	user_state = 1;
	asm volatile("msr elr_el1, %1\n\tmov x9, #0x3c0\n\tmsr spsr_el1, x9\n\tadr x30, 1f\n\teret\n1:"
		     : "+r" (r0) : "r" (user_code) : "x9", "x30", "memory");
	*x0 = user_x0;
	return user_state == 2;
}

static bool read_el0(uint32_t enc)
{
	uint64_t x0 = 0;

	return at_el0(INSN_MRS(enc), &x0);
}

static bool write_el0(uint32_t enc, uint64_t val)
{
	return at_el0(INSN_MSR(enc), &val);
}

static bool try_read(uint32_t enc, uint64_t *val)
{
	return guest_try(INSN_MRS(enc), val);
}

static bool try_write(uint32_t enc, uint64_t val)
{
	return guest_try(INSN_MSR(enc), &val);
}

static uint64_t counters(void)
{
	return read_reg(pmcr_el0) >> 11 & 31;
}

static void spin(unsigned int n)
{
	while (n--)
		asm volatile("" : : : "memory");
}

/* Some 100 us. */
static void work(void)
{
	uint64_t end = read_reg(cntvct_el0) + read_reg(cntfrq_el0) / 10000;

	while (read_reg(cntvct_el0) < end)
		spin(100);
}

static uint64_t cycles(void)
{
	asm volatile("isb");
	return read_reg(pmccntr_el0);
}

static void count_cycles(uint64_t filter)
{
	write_reg(filter, pmccfiltr_el0);
	write_reg(1UL << CYCLES, pmcntenset_el0);
	write_reg(PMCR_E | PMCR_LC | PMCR_C, pmcr_el0);
}

static void check_pair(uint64_t valid, uint64_t set, uint64_t clear)
{
	uint64_t val;

	guest_check(try_write(clear, ~0UL) && try_read(set, &val));
	guest_expect(val, 0);
	guest_check(try_write(set, ~0UL) && try_read(clear, &val));
	guest_expect(val, valid);
	guest_check(try_write(clear, 1UL << CYCLES) && try_read(set, &val));
	guest_expect(val, valid & ~(1UL << CYCLES));
	guest_check(try_write(clear, ~0UL));
}

static void registers(uint64_t n)
{
	uint64_t valid = 1UL << CYCLES | ((1UL << n) - 1), val, i;

	guest_expect(counters(), n);
	check_pair(valid, ENC_INTENSET, ENC_INTENCLR);
	check_pair(valid, ENC_CNTENSET, PM(3, 3, 9, 12, 2));
	check_pair(valid, ENC_OVSSET, ENC_OVSCLR);
	for (i = 0; i < CYCLES; i++) {
		guest_expect(try_write(ENC_CNTR(i), 0x1234 + i), i < n);
		guest_expect(try_write(ENC_TYPE(i), 0xc0000000 | i), i < n);
		write_reg(i, pmselr_el0);
		guest_expect(read_reg(pmselr_el0), i);
		guest_expect(try_read(ENC_XEVCNTR, &val), i < n);
		if (i < n)
			guest_expect(val, 0x1234 + i);
		guest_expect(try_read(ENC_XEVTYPER, &val), i < n);
		if (i < n)
			guest_expect(val, 0xc0000000 | i);
	}
	write_reg(PMCR_P, pmcr_el0);
	for (i = 0; i < n; i++)
		guest_check(try_read(ENC_CNTR(i), &val) && !val);
	guest_check(!try_write(ENC_CEID0, 0));
	guest_check(!try_read(ENC_SWINC, &val));
	/* C and P are not kept, N is not to be written */
	write_reg(PMCR_P | PMCR_C, pmcr_el0);
	guest_expect(read_reg(pmcr_el0) & (PMCR_E | PMCR_P | PMCR_C), 0);
	guest_expect(counters(), n);
}

static void check_cycles(void)
{
	uint64_t a, b;

	count_cycles(0);
	a = cycles();
	work();
	b = cycles();
	guest_check(b > a);
	write_reg(PMCR_LC, pmcr_el0);
	a = cycles();
	work();
	guest_expect(cycles(), a);
	write_reg(PMCR_LC | PMCR_E, pmcr_el0);
	work();
	guest_check(cycles() > a);
	write_reg(1UL << CYCLES, pmcntenclr_el0);
	a = cycles();
	work();
	guest_expect(cycles(), a);
	write_reg(1UL << 40, pmccntr_el0);
	guest_expect(cycles(), 1UL << 40);
	write_reg(1UL << CYCLES, pmcntenset_el0);
	work();
	a = cycles();
	guest_check(a > 1UL << 40 && a < 1UL << 41);
}

/* Which exception levels a counter counts: none, by both filters; EL0, as often as it was there; EL1. */
static void levels(void)
{
	uint64_t a, b, i, x;

	count_cycles(NOT_EL1 | NOT_EL0);
	work();
	for (i = 0; i < 10; i++)
		at_el0(0xd503201f, &x);
	guest_expect(cycles(), 0);
	count_cycles(NOT_EL1);
	work();
	guest_expect(cycles(), 0);
	for (i = 0; i < 10; i++)
		at_el0(0xd503201f, &x);
	a = cycles();
	guest_check(a);
	/* another filter is no other event: what was counted stays */
	write_reg(NOT_EL0, pmccfiltr_el0);
	work();
	b = cycles();
	guest_check(b > a);
}

static void software(void)
{
	uint64_t val;

	guest_check(counters() >= 4);
	write_reg(0, pmevtyper0_el0);		/* SW_INCR */
	write_reg(0x1e, pmevtyper1_el0);	/* CHAIN */
	write_reg(0, pmevtyper2_el0);
	write_reg(0x1e, pmevtyper3_el0);
	write_reg(0xffffffff, pmevcntr0_el0);
	write_reg(0xffffffff, pmevcntr1_el0);
	write_reg(0xffffffff, pmevcntr2_el0);
	write_reg(7, pmevcntr3_el0);
	write_reg(~0UL, pmovsclr_el0);
	write_reg(1, pmswinc_el0);
	guest_expect(read_reg(pmevcntr0_el0), 0xffffffff);
	write_reg(7, pmcntenset_el0);
	write_reg(PMCR_E | PMCR_LC, pmcr_el0);
	write_reg(~0UL, pmswinc_el0);
	guest_expect(read_reg(pmevcntr0_el0) & 0xffffffff, 0);
	guest_expect(read_reg(pmevcntr1_el0) & 0xffffffff, 0);
	guest_expect(read_reg(pmevcntr2_el0) & 0xffffffff, 0);
	/* it is not enabled */
	guest_expect(read_reg(pmevcntr3_el0), 7);
	guest_check(try_read(ENC_OVSSET, &val));
	guest_expect(val, 7);
	write_reg(3, pmswinc_el0);
	guest_expect(read_reg(pmevcntr0_el0) & 0xffffffff, 1);
	guest_expect(read_reg(pmevcntr1_el0) & 0xffffffff, 0);
}

static void interrupt(void)
{
	uint64_t end;

	gic_start();
	gic_enable(PPI_PMU, 0xa0, false);
	write_reg(~0UL, pmovsclr_el0);
	write_reg(-100000UL, pmccntr_el0);
	write_reg(1UL << CYCLES, pmintenset_el1);
	irqs_on();
	write_reg(0, pmccfiltr_el0);
	write_reg(1UL << CYCLES, pmcntenset_el0);
	write_reg(PMCR_E | PMCR_LC, pmcr_el0);
	end = read_reg(cntvct_el0) + 20 * read_reg(cntfrq_el0);
	while (!interrupts && read_reg(cntvct_el0) < end)
		spin(100);
	guest_expect(interrupts, 1);
	guest_expect(level_seen, 1UL << CYCLES);
	guest_check(cycles() < 1UL << 60);
	/* by software, and while it is masked no interrupt */
	write_reg(1UL << CYCLES, pmcntenclr_el0);
	write_reg(1UL << CYCLES, pmintenclr_el1);
	write_reg(1UL << CYCLES, pmovsset_el0);
	work();
	guest_expect(interrupts, 1);
	write_reg(1UL << CYCLES, pmintenset_el1);
	end = read_reg(cntvct_el0) + 20 * read_reg(cntfrq_el0);
	while (interrupts < 2 && read_reg(cntvct_el0) < end)
		spin(100);
	guest_expect(interrupts, 2);
	irqs_off();
}

static const struct {
	uint32_t enc;
	uint8_t read, write;	/* by which bits of PMUSERENR_EL0: EN 1, SW 2, CR 4, ER 8; 0x10: by none */
} rights[] = {
	{ ENC_PMCR, 1, 1 }, { ENC_CNTENSET, 1, 1 }, { ENC_OVSCLR, 1, 1 }, { ENC_OVSSET, 1, 1 },
	{ ENC_SWINC, 0x10, 1 | 2 }, { ENC_SELR, 1 | 8, 1 | 8 }, { ENC_CEID0, 1, 0x10 },
	{ ENC_CCNTR, 1 | 4, 1 }, { ENC_CNTR(0), 1 | 8, 1 }, { ENC_TYPE(0), 1, 1 },
	{ ENC_XEVCNTR, 1 | 8, 1 }, { ENC_XEVTYPER, 1, 1 }, { ENC_TYPE(31), 1, 1 },
	{ ENC_INTENSET, 0x10, 0x10 }, { ENC_INTENCLR, 0x10, 0x10 },
};

static void el0_rights(void)
{
	uint64_t user, i, where;

	for (user = 0; user < 16; user++) {
		write_reg(user, pmuserenr_el0);
		guest_check(read_el0(ENC_USERENR) && !write_el0(ENC_USERENR, 15));
		for (i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
			write_reg(0, pmselr_el0);
			where = i << 8 | user << 16;
			guest_expect(read_el0(rights[i].enc) + where, !!(rights[i].read & user) + where);
			guest_expect(write_el0(rights[i].enc, 0) + where,
				     !!(rights[i].write & user) + where);
		}
	}
}

static void absent(void)
{
	static const uint32_t all[] = {
		ENC_PMCR, ENC_CNTENSET, ENC_OVSCLR, ENC_OVSSET, ENC_SELR, ENC_CEID0, ENC_CCNTR, ENC_CNTR(0),
		ENC_CNTR(30), ENC_TYPE(0), ENC_TYPE(31), ENC_XEVCNTR, ENC_XEVTYPER, ENC_INTENSET, ENC_USERENR,
	};
	uint64_t val, i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		guest_check(!try_read(all[i], &val) && !try_write(all[i], 0));
	guest_check(!try_write(ENC_SWINC, 1));
}

/* What the VMM's thread does meanwhile is not counted. */
static void around(void)
{
	uint64_t a, b, t;

	count_cycles(0);
	a = cycles();
	t = read_reg(cntvct_el0);
	work();
	b = cycles();
	t = (read_reg(cntvct_el0) - t) * 20;
	guest_check(b - a);
	a = cycles();
	guest_say(PORT_OUT, 0);
	b = cycles();
	/* twenty times as long as that took is far less than the VMM was busy */
	guest_check(read_reg(cntvct_el0) > t);
	guest_say(PORT_OUT, b - a);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t val = 0;

	switch (what) {
	case WHAT_REGISTERS:
		registers(arg);
		break;
	case WHAT_CYCLES:
		check_cycles();
		break;
	case WHAT_LEVELS:
		levels();
		break;
	case WHAT_SOFTWARE:
		software();
		break;
	case WHAT_INTERRUPT:
		interrupt();
		break;
	case WHAT_RIGHTS:
		el0_rights();
		break;
	case WHAT_ABSENT:
		absent();
		break;
	case WHAT_AROUND:
		around();
		break;
	case WHAT_START:
		count_cycles(0);
		/* fallthrough */
	case WHAT_READ:
		work();
		return cycles();
	case WHAT_COUNTS_NOT:
		count_cycles(0);
		work();
		guest_expect(cycles(), 0);
		break;
	case WHAT_CEID:
		try_read(ENC_CEID0, &val);
		return val;
	case WHAT_RAISE:
		/* unknown at reset */
		write_reg(~0UL, pmintenclr_el1);
		write_reg(~0UL, pmovsclr_el0);
		write_reg(1, pmintenset_el1);
		write_reg(PMCR_E | PMCR_LC, pmcr_el0);
		write_reg(!arg, pmovsset_el0);
		break;
	}
	return 0;
}

#else

#define PMU_BIT		(1u << KVM_ARM_VCPU_PMU_V3)
#define PMU(enc)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM64_SYSREG | (enc))
#define ID_DFR0		VMM_SYS(3, 0, 0, 5, 0)

static int pmu_attr(struct vmm *v, unsigned int cpu, unsigned long request, uint64_t attr, void *data)
{
	return result(vmm_attr(v->cpu[cpu], request, KVM_ARM_VCPU_PMU_V3_CTRL, attr, data));
}

static int pmu_irq(struct vmm *v, unsigned int cpu, int irq)
{
	return pmu_attr(v, cpu, KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, &irq);
}

static int pmu_init(struct vmm *v, unsigned int cpu)
{
	return pmu_attr(v, cpu, KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_INIT, NULL);
}

static int pmu_filter(struct vmm *v, uint16_t base, uint16_t n, uint8_t action)
{
	struct kvm_pmu_event_filter f = { .base_event = base, .nevents = n, .action = action };

	return pmu_attr(v, 0, KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_FILTER, &f);
}

/* vCPUs with performance monitors that are not initialised yet. */
static void open_raw(struct vmm *v, unsigned int cpus, bool no_gic)
{
	struct vmm_config c = { .cpus = cpus, .no_init = true, .no_gic = no_gic };
	unsigned int i;

	vmm_open(v, &c);
	for (i = 0; i < cpus; i++)
		vmm_init_cpu(v, i, PMU_BIT);
	if (!no_gic)
		vmm_gic_init(v);
}

static void open_pmu(struct vmm *v, unsigned int cpus)
{
	unsigned int i;

	open_raw(v, cpus, false);
	for (i = 0; i < cpus; i++) {
		expect_result(pmu_irq(v, i, PPI_PMU), 0);
		expect_result(pmu_init(v, i), 0);
	}
}

static void go(uint64_t what)
{
	struct vmm v;

	open_pmu(&v, 1);
	vmm_go(&v, 0, what, 0);
	vmm_close(&v);
}

static void check_registers(void)
{
	struct vmm v;
	uint64_t n;

	open_pmu(&v, 1);
	n = vmm_reg(&v, 0, PMU(ENC_PMCR)) >> 11 & 31;
	vmm_go(&v, 0, WHAT_REGISTERS, n);
	vmm_close(&v);
	/* fewer, by the VMM */
	open_pmu(&v, 1);
	vmm_set_reg(&v, 0, PMU(ENC_PMCR), 2 << 11);
	vmm_set_reg(&v, 0, PMU(ENC_PMCR), 31 << 11);
	vmm_go(&v, 0, WHAT_REGISTERS, 2);
	vmm_set_reg(&v, 0, PMU(ENC_PMCR), n << 11);
	expect((vmm_reg(&v, 0, PMU(ENC_PMCR)) >> 11 & 31) == 2, "after a run there are others");
	vmm_close(&v);
}

static void check_cycles(void)
{
	go(WHAT_CYCLES);
}

static void check_levels(void)
{
	go(WHAT_LEVELS);
}

static void check_software(void)
{
	go(WHAT_SOFTWARE);
}

static void check_interrupt(void)
{
	go(WHAT_INTERRUPT);
}

static void check_rights(void)
{
	go(WHAT_RIGHTS);
}

static void check_absent(void)
{
	struct vmm_config c = { .cpus = 1 };
	struct vmm v;
	uint64_t val;

	vmm_open(&v, &c);
	expect(!(vmm_reg(&v, 0, ID_DFR0) >> 8 & 0xf), "the ID register shows a PMU");
	expect_result(vmm_get(&v, 0, PMU(ENC_PMCR), &val), -ENOENT);
	expect_result(vmm_get(&v, 0, PMU(ENC_CNTR(3)), &val), -ENOENT);
	expect_result(pmu_irq(&v, 0, PPI_PMU), -ENODEV);
	expect_result(pmu_init(&v, 0), -ENODEV);
	expect_result(pmu_attr(&v, 0, KVM_HAS_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, NULL), -ENXIO);
	expect_result(pmu_attr(&v, 0, KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, &val), -ENODEV);
	vmm_go(&v, 0, WHAT_ABSENT, 0);
	vmm_close(&v);
}

static void busy(unsigned int ms)
{
	long end = vmm_now(CLOCK_MONOTONIC) + ms * 1000000L;

	while (vmm_now(CLOCK_MONOTONIC) < end)
		;
}

static void check_around(void)
{
	uint64_t val = 0;
	struct vmm v;

	open_pmu(&v, 1);
	vmm_start(&v, 0, WHAT_AROUND, 0);
	expect(vmm_event(&v, 0, &val) == PORT_OUT, "no exit");
	busy(500);
	expect(vmm_event(&v, 0, &val) == PORT_OUT, "no second exit");
	/* the emulated counter runs at 1 GHz */
	expect(val < 250000000, "%ld cycles while the VMM was busy for 500 ms", (long)val);
	vmm_close(&v);
}

static void *run_read(void *arg)
{
	uint64_t *out = arg;

	out[0] = vmm_go((struct vmm *)out[1], 0, WHAT_READ, 0);
	return NULL;
}

/* A counter that one thread has started goes on when another runs the vCPU. */
static void check_threads(void)
{
	uint64_t first, out[2];
	pthread_t t;
	struct vmm v;

	open_pmu(&v, 1);
	first = vmm_go(&v, 0, WHAT_START, 0);
	out[1] = (uint64_t)&v;
	pthread_create(&t, NULL, run_read, out);
	pthread_join(t, NULL);
	expect(out[0] > first, "it stands still: %#lx, %#lx", (long)first, (long)out[0]);
	first = vmm_go(&v, 0, WHAT_READ, 0);
	expect(first > out[0], "it stands still: %#lx, %#lx", (long)out[0], (long)first);
	vmm_close(&v);
}

static const uint64_t travels[] = {
	ENC_PMCR, ENC_CNTENSET, ENC_INTENSET, ENC_OVSSET, ENC_SELR, ENC_CCNTR, ENC_USERENR, ENC_CNTR(0), ENC_CNTR(1),
	ENC_TYPE(0), ENC_TYPE(1), ENC_TYPE(31),
};

#define TRAVELS (sizeof(travels) / sizeof(travels[0]))

/* State moves by registers, in the order of the list, to a vCPU that counts on from there. */
static void check_travels(void)
{
	uint64_t val[TRAVELS], first;
	struct vmm a, b;
	unsigned int i;

	open_pmu(&a, 1);
	first = vmm_go(&a, 0, WHAT_START, 0);
	for (i = 0; i < TRAVELS; i++) {
		if (travels[i] == ENC_CNTR(0) || travels[i] == ENC_SELR || travels[i] == ENC_TYPE(1))
			vmm_set_reg(&a, 0, PMU(travels[i]), 0x13);
		val[i] = vmm_reg(&a, 0, PMU(travels[i]));
	}
	open_pmu(&b, 1);
	for (i = 0; i < TRAVELS; i++)
		vmm_set_reg(&b, 0, PMU(travels[i]), val[i]);
	for (i = 0; i < TRAVELS; i++)
		expect(vmm_reg(&b, 0, PMU(travels[i])) == val[i], "%#lx: %#lx became %#lx", (long)travels[i],
		       (long)val[i], (long)vmm_reg(&b, 0, PMU(travels[i])));
	expect(vmm_go(&b, 0, WHAT_READ, 0) > first, "it does not count on");
	vmm_close(&a);
	vmm_close(&b);
}

/* Both registers of a pair are one state: writing either with its own value changes nothing. */
static void check_pairs(void)
{
	struct vmm v;

	open_pmu(&v, 1);
	vmm_set_reg(&v, 0, PMU(ENC_CNTENSET), 5);
	vmm_set_reg(&v, 0, PMU(PM(3, 3, 9, 12, 2)), 5);
	expect(vmm_reg(&v, 0, PMU(ENC_CNTENSET)) == 5, "counters: %#lx",
	       (long)vmm_reg(&v, 0, PMU(ENC_CNTENSET)));
	vmm_set_reg(&v, 0, PMU(ENC_INTENSET), ~0UL);
	vmm_set_reg(&v, 0, PMU(ENC_INTENCLR), 1);
	expect(vmm_reg(&v, 0, PMU(ENC_INTENSET)) == 1, "interrupts: %#lx",
	       (long)vmm_reg(&v, 0, PMU(ENC_INTENSET)));
	vmm_close(&v);
}

static void check_reset(void)
{
	struct vmm v;

	open_pmu(&v, 1);
	vmm_go(&v, 0, WHAT_START, 0);
	vmm_init_cpu(&v, 0, PMU_BIT);
	expect(!(vmm_reg(&v, 0, PMU(ENC_PMCR)) & PMCR_E), "PMCR_EL0.E is set");
	expect_result(pmu_init(&v, 0), -EBUSY);
	/* and it runs without being initialised again */
	vmm_go(&v, 0, WHAT_REGISTERS, vmm_reg(&v, 0, PMU(ENC_PMCR)) >> 11 & 31);
	vmm_close(&v);
}

static void check_filter(void)
{
	uint64_t all;
	struct vmm v;

	open_pmu(&v, 1);
	all = vmm_go(&v, 0, WHAT_CEID, 0);
	vmm_close(&v);
	expect(all & 1 << 0x11, "there are no cycles to count");

	open_raw(&v, 1, false);
	expect_result(pmu_filter(&v, 0x11, 1, 2), -EINVAL);
	expect_result(pmu_filter(&v, 0xffff, 2, KVM_PMU_EVENT_DENY), -EINVAL);
	expect_result(pmu_filter(&v, 0x11, 1, KVM_PMU_EVENT_DENY), 0);
	expect_result(pmu_irq(&v, 0, PPI_PMU), 0);
	expect_result(pmu_init(&v, 0), 0);
	expect_result(pmu_filter(&v, 0x11, 1, KVM_PMU_EVENT_ALLOW), -EBUSY);
	vmm_go(&v, 0, WHAT_COUNTS_NOT, 0);
	expect(vmm_go(&v, 0, WHAT_CEID, 0) == (all & ~(1UL << 0x11)), "PMCEID0_EL0 shows it");
	vmm_close(&v);

	/* what is allowed first is all there is */
	open_raw(&v, 1, false);
	expect_result(pmu_filter(&v, 0x10, 2, KVM_PMU_EVENT_ALLOW), 0);
	expect_result(pmu_filter(&v, 0x10, 1, KVM_PMU_EVENT_DENY), 0);
	expect_result(pmu_irq(&v, 0, PPI_PMU), 0);
	expect_result(pmu_init(&v, 0), 0);
	vmm_go(&v, 0, WHAT_CYCLES, 0);
	expect(vmm_go(&v, 0, WHAT_CEID, 0) == (all & 1UL << 0x11), "PMCEID0_EL0 shows more");
	vmm_close(&v);
}

static void check_attributes(void)
{
	int irq = 0, type = -1;
	struct vmm v;

	open_raw(&v, 2, true);
	expect_result(pmu_irq(&v, 0, PPI_PMU), -EINVAL);
	expect_result(pmu_attr(&v, 0, KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, &irq), -EINVAL);
	vmm_close(&v);

	open_raw(&v, 2, false);
	expect_result(pmu_init(&v, 0), -ENXIO);
	expect_result(pmu_attr(&v, 0, KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, &irq), -ENXIO);
	expect_result(pmu_attr(&v, 0, KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, NULL), -EFAULT);
	expect_result(pmu_irq(&v, 0, 15), -EINVAL);
	expect_result(pmu_irq(&v, 0, 1020), -EINVAL);
	expect_result(pmu_irq(&v, 0, -1), -EINVAL);
	expect_result(pmu_irq(&v, 0, PPI_PMU), 0);
	expect_result(pmu_irq(&v, 0, PPI_PMU), -EBUSY);
	expect_result(pmu_irq(&v, 1, PPI_PMU + 1), -EINVAL);
	expect_result(pmu_irq(&v, 1, PPI_PMU), 0);
	expect_result(pmu_attr(&v, 1, KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, &irq), 0);
	expect(irq == PPI_PMU, "the interrupt is %d", irq);
	expect_result(pmu_attr(&v, 0, KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_SET_PMU, NULL), -EFAULT);
	expect_result(pmu_attr(&v, 0, KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_SET_PMU, &type), -ENXIO);
	expect_result(pmu_attr(&v, 0, KVM_HAS_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_SET_PMU, NULL), 0);
	expect_result(pmu_attr(&v, 0, KVM_HAS_DEVICE_ATTR, 99, NULL), -ENXIO);
	expect_result(pmu_attr(&v, 0, KVM_SET_DEVICE_ATTR, 99, NULL), -ENXIO);
	vmm_start(&v, 0, WHAT_CEID, 0);
	expect_result(vmm_run(&v, 0), -EINVAL);
	expect_result(pmu_init(&v, 0), 0);
	expect_result(pmu_init(&v, 0), -EBUSY);
	vmm_go(&v, 0, WHAT_CEID, 0);
	vmm_close(&v);

	/* an SPI each */
	open_raw(&v, 2, false);
	expect_result(pmu_irq(&v, 0, 40), 0);
	expect_result(pmu_irq(&v, 1, 40), -EINVAL);
	expect_result(pmu_irq(&v, 1, 41), 0);
	expect_result(pmu_init(&v, 0), 0);
	vmm_close(&v);

	/* the virtual timer's */
	open_raw(&v, 1, false);
	expect_result(pmu_irq(&v, 0, 27), 0);
	expect_result(pmu_init(&v, 0), 0);
	vmm_start(&v, 0, WHAT_CEID, 0);
	expect_result(vmm_run(&v, 0), -EINVAL);
	vmm_close(&v);
}

/* The PMU by its number in sysfs. */
static void check_host(void)
{
	char name[128] = "";
	int type = -1;
	struct vmm v;
	FILE *f;

	f = popen("cat /sys/bus/event_source/devices/armv8*/type", "r");
	if (!f || !fgets(name, sizeof(name), f))
		die("no PMU in sysfs");
	pclose(f);
	type = atoi(name);
	open_raw(&v, 1, false);
	expect_result(pmu_filter(&v, 0, 1, KVM_PMU_EVENT_DENY), 0);
	expect_result(pmu_attr(&v, 0, KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_SET_PMU, &type), 0);
	expect_result(pmu_irq(&v, 0, PPI_PMU), 0);
	expect_result(pmu_init(&v, 0), 0);
	vmm_go(&v, 0, WHAT_CYCLES, 0);
	vmm_close(&v);
}

static void check_no_gic(void)
{
	struct vmm v;

	open_raw(&v, 1, true);
	expect_result(pmu_init(&v, 0), 0);
	vmm_go(&v, 0, WHAT_RAISE, 0);
	expect(v.run[0]->s.regs.device_irq_level & KVM_ARM_DEV_PMU, "the level is low");
	vmm_go(&v, 0, WHAT_RAISE, 1);
	expect(!(v.run[0]->s.regs.device_irq_level & KVM_ARM_DEV_PMU), "the level is high");
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "registers", check_registers },
	{ "cycles", check_cycles },
	{ "levels", check_levels },
	{ "software", check_software },
	{ "interrupt", check_interrupt },
	{ "rights", check_rights },
	{ "absent", check_absent },
	{ "around", check_around },
	{ "threads", check_threads },
	{ "travels", check_travels },
	{ "pairs", check_pairs },
	{ "reset", check_reset },
	{ "filter", check_filter },
	{ "attributes", check_attributes },
	{ "host", check_host },
	{ "no-gic", check_no_gic },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
