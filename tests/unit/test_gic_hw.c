// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's virtual CPU interface: which registers are written, with what and in which order, by each thing that is
 * asked of it; which interrupt is its maintenance; and that a start that fails leaves nothing behind.
 */
#include <linux/kernel.h>

#include <stdlib.h>

#include "gmem_env.h"

#include <linux/bits.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/sysreg.h>

/* vm.h, as far as hw.c looks at it. */
#define TABULA_ARM64_VM_H
#define __this_cpu_read(name)		this_cpu_read(name)
#define __this_cpu_write(name, val)	this_cpu_write(name, val)

enum {
	SYS_ICC_SRE_EL2 = 0x200, SYS_ICH_HCR_EL2, SYS_ICH_VTR_EL2, SYS_ICH_VMCR_EL2,
	SYS_ICH_AP0R0_EL2 = 0x210, SYS_ICH_AP0R1_EL2, SYS_ICH_AP0R2_EL2, SYS_ICH_AP0R3_EL2,
	SYS_ICH_AP1R0_EL2 = 0x220, SYS_ICH_AP1R1_EL2, SYS_ICH_AP1R2_EL2, SYS_ICH_AP1R3_EL2,
	SYS_ICH_LR0_EL2 = 0x230, SYS_ICH_LR1_EL2, SYS_ICH_LR2_EL2, SYS_ICH_LR3_EL2, SYS_ICH_LR4_EL2, SYS_ICH_LR5_EL2,
	SYS_ICH_LR6_EL2, SYS_ICH_LR7_EL2, SYS_ICH_LR8_EL2, SYS_ICH_LR9_EL2, SYS_ICH_LR10_EL2, SYS_ICH_LR11_EL2,
	SYS_ICH_LR12_EL2, SYS_ICH_LR13_EL2, SYS_ICH_LR14_EL2, SYS_ICH_LR15_EL2, NR_REGS,
	ISB = NR_REGS
};

#include "../../src/arm64/gic/gic.h"

struct arm_vcpu {
	struct gic_cpu gic;
};

static struct arm_vcpu *here;

static struct arm_vcpu *arm_vcpu_here(void)
{
	assert_true(shim_is_atomic());
	return here;
}

#include "../../src/arm64/gic/hw.c"

#define NODE	((struct device_node *)1)

/* What was written, in this order, and what is there. */
static struct { u32 reg; u64 val; } writes[128];
static unsigned int nr, at;
static u64 regs[NR_REGS], pfr0;

/* The kernel's part. */
static unsigned int of_irq, requested, enabled, disabled, frees, removes;
static irq_handler_t handler;
static int request_ret, cpuhp_ret, pm_ret;
static int (*online)(unsigned int cpu), (*offline)(unsigned int cpu);
static struct notifier_block *pm;
static bool mapped_active;
static struct { unsigned int irq, calls; int which; bool val; } irqchip;

u64 test_sysreg_read(u32 reg)
{
	assert_true(reg < NR_REGS);
	return regs[reg];
}

void test_sysreg_write(u64 val, u32 reg)
{
	assert_true(reg < NR_REGS && nr < ARRAY_SIZE(writes));
	writes[nr].reg = reg;
	writes[nr++].val = val;
	regs[reg] = val;
}

void test_isb(void)
{
	assert_true(nr < ARRAY_SIZE(writes));
	writes[nr++].reg = ISB;
}

u64 read_sanitised_ftr_reg(u32 id)
{
	assert_int_equal(id, SYS_ID_AA64PFR0_EL1);
	return pfr0;
}

unsigned int irq_of_parse_and_map(struct device_node *node, int index)
{
	assert_ptr_equal(node, NODE);
	assert_int_equal(index, 0);
	return of_irq;
}

int request_percpu_irq(unsigned int irq, irq_handler_t h, const char *name, void *cookie)
{
	assert_ptr_equal(cookie, &gic_maint_id);
	if (request_ret)
		return request_ret;
	assert_false(requested);
	requested = irq;
	handler = h;
	return 0;
}

void free_percpu_irq(unsigned int irq, void *cookie)
{
	assert_ptr_equal(cookie, &gic_maint_id);
	assert_true(requested && irq == requested);
	assert_null(online);
	requested = 0;
	frees++;
}

void enable_percpu_irq(unsigned int irq, unsigned int type)
{
	assert_int_equal(type, IRQ_TYPE_NONE);
	assert_true(nr && writes[nr - 1].reg == ISB);	/* of registers that nobody has emptied it may come at once */
	enabled = irq;
}

void disable_percpu_irq(unsigned int irq)
{
	assert_true(nr && writes[nr - 1].reg == ISB);
	disabled = irq;
}

int irq_set_irqchip_state(unsigned int irq, enum irqchip_irq_state which, bool val)
{
	assert_true(shim_is_atomic());
	irqchip.irq = irq;
	irqchip.which = which;
	irqchip.val = val;
	irqchip.calls++;
	return 0;
}

bool gic_map_is_active(struct arm_vcpu *vcpu, u32 vintid)
{
	assert_ptr_equal(vcpu, here);
	return mapped_active && vintid == 27;
}

int cpuhp_setup_state(int state, const char *name, int (*on)(unsigned int cpu), int (*off)(unsigned int cpu))
{
	assert_int_equal(state, CPUHP_AP_ONLINE_DYN);
	if (cpuhp_ret < 0)
		return cpuhp_ret;
	online = on;
	offline = off;
	return cpuhp_ret;
}

void cpuhp_remove_state(int state)
{
	assert_int_equal(state, cpuhp_ret);
	assert_non_null(online);
	assert_null(pm);
	online = offline = NULL;
	removes++;
}

int cpu_pm_register_notifier(struct notifier_block *nb)
{
	if (!pm_ret)
		pm = nb;
	return pm_ret;
}

void cpu_pm_unregister_notifier(struct notifier_block *nb)
{
	assert_ptr_equal(nb, pm);
	pm = NULL;
}

/* --- ACPI */

static union {
	struct acpi_table_madt madt;
	u8 bytes[256];
} acpi;
static struct acpi_table_header *table_copy;	/* not a byte longer than it says */
static unsigned int acpi_ret, tables;
static int gsi_ret;
static struct { u32 gsi; int trigger, polarity; unsigned int calls; } gsi;

bool acpi_disabled;

unsigned int acpi_get_table(const char *signature, u32 instance, struct acpi_table_header **out)
{
	assert_string_equal(signature, "APIC");
	assert_int_equal(instance, 0);
	if (acpi_ret)
		return acpi_ret;
	assert_int_equal(tables++, 0);
	table_copy = malloc(acpi.madt.header.length);
	memcpy(table_copy, &acpi, acpi.madt.header.length);
	*out = table_copy;
	return 0;
}

void acpi_put_table(struct acpi_table_header *table)
{
	assert_ptr_equal(table, table_copy);
	free(table_copy);
	tables--;
}

int acpi_register_gsi(void *dev, u32 number, int trigger, int polarity)
{
	assert_true(tables);
	assert_null(dev);
	gsi.gsi = number;
	gsi.trigger = trigger;
	gsi.polarity = polarity;
	gsi.calls++;
	return gsi_ret;
}

/* One more entry, of @length bytes whatever it says of itself, behind those that are there. */
static struct acpi_madt_generic_interrupt *entry(u8 type, u8 says, unsigned int length, u32 flags, u32 irq)
{
	struct acpi_madt_generic_interrupt *e = (void *)&acpi.bytes[acpi.madt.header.length];

	assert_true(acpi.madt.header.length + sizeof(*e) <= sizeof(acpi));
	e->header.type = type;
	e->header.length = says;
	e->flags = flags;
	e->vgic_interrupt = irq;
	acpi.madt.header.length += length;
	return e;
}

#define GICC		ACPI_MADT_TYPE_GENERIC_INTERRUPT
#define OLD_GICC	12	/* ends behind vgic_interrupt */

static void table_empty(void)
{
	memset(&acpi, 0, sizeof(acpi));
	acpi.madt.header.length = sizeof(acpi.madt);
	memset(&gsi, 0, sizeof(gsi));
}

/* --- what was written */

static void is(u32 reg, u64 val)
{
	assert_true(at < nr);
	assert_int_equal(writes[at].reg, reg);
	if (reg != ISB)
		assert_int_equal(writes[at].val, val);
	at++;
}

static void no_more(void)
{
	assert_int_equal(at, nr);
	at = nr = 0;
}

static int setup(void **state)
{
	memset(regs, 0, sizeof(regs));
	memset(&gic_hw, 0, sizeof(gic_hw));
	memset(gic_dirty_lrs, 0, sizeof(gic_dirty_lrs));
	memset(&irqchip, 0, sizeof(irqchip));
	nr = at = 0;
	of_irq = 25;
	requested = enabled = disabled = frees = removes = 0;
	request_ret = pm_ret = 0;
	cpuhp_ret = 130;
	online = offline = NULL;
	pm = NULL;
	here = NULL;
	acpi_disabled = false;
	acpi_ret = 0;
	gsi_ret = 33;
	table_empty();
	pfr0 = 1ULL << 24;
	regs[SYS_ICC_SRE_EL2] = 0xf;
	return 0;
}

static int teardown(void **state)
{
	gic_hw_exit();
	assert_int_equal(requested, 0);
	assert_null(online);
	assert_null(pm);
	assert_int_equal(tables, 0);
	shim_check_quiet();
	return 0;
}

/* --- the vCPU's part */

static struct gic_cpu cpu_of_pattern(void)
{
	struct gic_cpu cpu = { .attached = true, .vmcr = 0xf00d, .hcr = 0x77 };
	unsigned int g, i;

	for (g = 0; g < 2; g++)
		for (i = 0; i < GIC_MAX_APRS; i++)
			cpu.apr[g][i] = 0x100 * g + i + 1;
	return cpu;
}

static void aprs_are(unsigned int n, u32 group0, u32 group1)
{
	unsigned int seen[2][4] = {}, i, g;

	for (i = 0; i < 2 * n; i++, at++) {
		assert_true(at < nr);
		g = writes[at].reg >= SYS_ICH_AP1R0_EL2;
		seen[g][writes[at].reg & 3]++;
		assert_int_equal(writes[at].val, g ? group1 + (group1 ? writes[at].reg & 3 : 0) :
						     group0 + (group0 ? writes[at].reg & 3 : 0));
	}
	for (g = 0; g < 2; g++)
		for (i = 0; i < 4; i++)
			assert_int_equal(seen[g][i], i < n);
}

/*
 * A vCPU that is loaded brings its mask and all the active priorities that there are, and nothing is forwarded yet;
 * ICC_SRE_EL1 traps.
 */
static void load(void **state)
{
	static const u8 n[] = { 1, 2, 4 };
	struct gic_cpu cpu;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(n); i++) {
		cpu = cpu_of_pattern();
		regs[SYS_ICC_SRE_EL2] = 0xf;
		gic_hw.nr_aprs = n[i];
		gic_hw_load(&cpu);
		is(SYS_ICC_SRE_EL2, 7);
		is(SYS_ICH_VMCR_EL2, 0xf00d);
		aprs_are(n[i], 1, 0x101);
		is(SYS_ICH_HCR_EL2, 0);
		no_more();
		assert_int_equal(cpu.hcr, 0);
	}
}

/* One without a virtual GIC has every access of its CPU interface trapped, and no register of it is touched. */
static void load_without(void **state)
{
	struct gic_cpu cpu = cpu_of_pattern();

	cpu.attached = false;
	gic_hw.nr_aprs = 4;
	gic_hw_load(&cpu);
	is(SYS_ICC_SRE_EL2, 7);
	is(SYS_ICH_HCR_EL2, 7U << 10);
	no_more();
	assert_int_equal(cpu.hcr, 7U << 10);
	gic_hw_put(&cpu);
	is(SYS_ICH_HCR_EL2, 0);
	is(SYS_ICC_SRE_EL2, 0xf);
	no_more();
	assert_int_equal(cpu.vmcr, 0xf00d);
	assert_int_equal(cpu.apr[1][3], 0x104);
	assert_int_equal(cpu.hcr, 0);
}

/* What the guest left in each register is what its vCPU has, and the host's ICC_SRE_EL1 does not trap any more. */
static void put(void **state)
{
	static const u8 n[] = { 1, 2, 4 };
	struct gic_cpu cpu;
	unsigned int i, k, g;

	for (i = 0; i < ARRAY_SIZE(n); i++) {
		cpu = cpu_of_pattern();
		gic_hw.nr_aprs = n[i];
		regs[SYS_ICC_SRE_EL2] = 7;
		regs[SYS_ICH_VMCR_EL2] = 0xbeef;
		for (k = 0; k < 4; k++) {
			regs[SYS_ICH_AP0R0_EL2 + k] = 0x1000 + k;
			regs[SYS_ICH_AP1R0_EL2 + k] = 0x2000 + k;
		}
		gic_hw_put(&cpu);
		is(SYS_ICH_HCR_EL2, 0);
		is(SYS_ICC_SRE_EL2, 0xf);
		no_more();
		assert_int_equal(cpu.vmcr, 0xbeef);
		assert_int_equal(cpu.hcr, 0);
		for (g = 0; g < 2; g++)
			for (k = 0; k < 4; k++)
				assert_int_equal(cpu.apr[g][k], k < n[i] ? 0x1000 * (g + 1) + k :
							       0x100 * g + k + 1);
	}
}

/* ICH_HCR_EL2 is written when it changes, and the vCPU knows what is there. */
static void hcr(void **state)
{
	struct gic_cpu cpu = { .hcr = 5 };

	gic_hw_write_hcr(&cpu, 5);
	no_more();
	gic_hw_write_hcr(&cpu, 9);
	is(SYS_ICH_HCR_EL2, 9);
	no_more();
	assert_int_equal(cpu.hcr, 9);
	gic_hw_write_hcr(&cpu, 9);
	no_more();
	regs[SYS_ICH_VMCR_EL2] = 0x12345678;
	assert_int_equal(gic_hw_vmcr(), 0x12345678);
}

/* The count of ends is five bits, whatever stands around it. */
static void eoicount(void **state)
{
	regs[SYS_ICH_HCR_EL2] = ~0ULL;
	assert_int_equal(gic_hw_eoicount(), 31);
	regs[SYS_ICH_HCR_EL2] = 0x15ULL << 27;
	assert_int_equal(gic_hw_eoicount(), 0x15);
	regs[SYS_ICH_HCR_EL2] = ~(0x1fULL << 27);
	assert_int_equal(gic_hw_eoicount(), 0);
}

/* Each list register has its own name; those that held something and are not given anything are emptied, once. */
static void list_registers(void **state)
{
	u64 lr[16], back[16] = {};
	unsigned int i;

	for (i = 0; i < 16; i++)
		lr[i] = 0x1000 + i;
	gic_hw_write_lrs(lr, 16);
	for (i = 0; i < 16; i++)
		is(SYS_ICH_LR0_EL2 + i, 0x1000 + i);
	no_more();
	gic_hw_read_lrs(back, 15);
	assert_memory_equal(back, lr, 15 * sizeof(*lr));
	assert_int_equal(back[15], 0);
	gic_hw_read_lrs(back, 16);
	assert_memory_equal(back, lr, sizeof(lr));

	gic_hw_write_lrs(lr, 3);
	for (i = 0; i < 16; i++)
		is(SYS_ICH_LR0_EL2 + i, i < 3 ? 0x1000 + i : 0);
	no_more();
	gic_hw_write_lrs(lr, 0);
	for (i = 0; i < 3; i++)
		is(SYS_ICH_LR0_EL2 + i, 0);
	no_more();
	gic_hw_write_lrs(lr, 0);
	no_more();
	gic_hw_write_lrs(lr, 1);
	is(SYS_ICH_LR0_EL2, 0x1000);
	no_more();
	gic_hw_write_lrs(lr, 2);
	is(SYS_ICH_LR0_EL2, 0x1000);
	is(SYS_ICH_LR1_EL2, 0x1001);
	no_more();
}

/* The physical interrupt of a vCPU that is loaded here is active when the virtual one is; of any other nothing is changed. */
static void follow(void **state)
{
	struct arm_vcpu vcpu = {}, other = {};
	struct gic_pool pool = { .vcpu = &vcpu };
	struct gic_irq irq = { .pool = &pool, .intid = 27, .host_irq = 44 };

	preempt_disable();
	gic_phys_settle();
	gic_phys_follow(&irq);
	here = &other;
	gic_phys_follow(&irq);
	assert_int_equal(irqchip.calls, 0);
	/* what is nobody's here may not be active: what is made so may, until it is settled */
	assert_false(gic_phys_settle());
	here = &vcpu;
	mapped_active = true;
	gic_phys_follow(&irq);
	assert_true(gic_phys_settle());
	assert_false(gic_phys_settle());
	gic_phys_taken();
	assert_true(gic_phys_settle());
	preempt_enable();
	assert_int_equal(irqchip.calls, 1);
	assert_int_equal(irqchip.irq, 44);
	assert_int_equal(irqchip.which, IRQCHIP_STATE_ACTIVE);
	assert_true(irqchip.val);
	mapped_active = false;
	gic_phys_follow(&irq);
	assert_int_equal(irqchip.calls, 2);
	assert_false(irqchip.val);
	pool.vcpu = NULL;
	here = NULL;
	gic_phys_follow(&irq);
	assert_int_equal(irqchip.calls, 2);
}

/* --- CPUs */

/* Every register that there is gets emptied, off first, and is there before anybody relies on it. */
static void was_reset(unsigned int lrs, unsigned int aprs)
{
	unsigned int i;

	is(SYS_ICH_HCR_EL2, 0);
	for (i = 0; i < lrs; i++)
		is(SYS_ICH_LR0_EL2 + i, 0);
	is(SYS_ICH_VMCR_EL2, 0);
	aprs_are(aprs, 0, 0);
	is(ISB, 0);
	no_more();
	/* whether interrupts are active there is not known either */
	preempt_disable();
	assert_true(gic_phys_settle());
	preempt_enable();
}

static u64 vtr(unsigned int lrs, unsigned int pre, unsigned int pri, unsigned int id, u32 bits)
{
	return (lrs - 1) | (u64)(pri - 1) << 29 | (pre - 1) << 26 | id << 23 | bits;
}

/* A CPU that comes, or that has been without power, begins with empty registers; one that goes leaves nothing on. */
static void cpus(void **state)
{
	u64 lr[4] = { 1, 2, 3, 4 };

	regs[SYS_ICH_VTR_EL2] = vtr(4, 6, 6, 0, 0);
	assert_int_equal(gic_hw_init(NODE), 0);
	no_more();
	assert_int_equal(online(1), 0);
	was_reset(4, 2);
	assert_int_equal(enabled, 25);

	gic_hw_write_lrs(lr, 4);
	nr = 0;
	assert_int_equal(pm->notifier_call(pm, CPU_PM_ENTER, NULL), NOTIFY_OK);
	assert_int_equal(pm->notifier_call(pm, CPU_PM_ENTER_FAILED, NULL), NOTIFY_OK);
	no_more();
	assert_int_equal(pm->notifier_call(pm, CPU_PM_EXIT, NULL), NOTIFY_OK);
	was_reset(4, 2);
	/* what they held is gone, and none of them has to be emptied again */
	gic_hw_write_lrs(lr, 0);
	no_more();

	assert_int_equal(disabled, 0);
	assert_int_equal(offline(1), 0);
	is(SYS_ICH_HCR_EL2, 0);
	is(ISB, 0);
	no_more();
	assert_int_equal(disabled, 25);
	assert_int_equal(handler(25, NULL), IRQ_HANDLED);
}

/* --- the start */

/* Numbers that the machine tells of itself, each from its own field (IHI 0069, 12.4.9). */
static void features(void **state)
{
	static const struct { unsigned int pre, aprs; } t[] = { { 5, 1 }, { 6, 2 }, { 7, 4 }, { 8, 4 } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		regs[SYS_ICH_VTR_EL2] = vtr(4, t[i].pre, 5, 1, 0);
		assert_int_equal(gic_hw_init(NODE), 0);
		assert_true(gic_hw.present);
		assert_int_equal(gic_hw.nr_lrs, 4);
		assert_int_equal(gic_hw.nr_aprs, t[i].aprs);
		assert_int_equal(gic_hw.pri_bits, 5);
		assert_int_equal(gic_hw.id_bits, 1);
		assert_false(gic_hw.seis || gic_hw.a3v || gic_hw.tdir);
		gic_hw_exit();
	}
	for (i = 0; i < 3; i++) {
		regs[SYS_ICH_VTR_EL2] = vtr(i == 1 ? 17 : i == 2 ? 16 : 1, 8, 8, 0, i == 0 ? BIT(22) : i == 1 ? BIT(21) : BIT(19));
		assert_int_equal(gic_hw_init(NODE), 0);
		assert_int_equal(gic_hw.nr_lrs, i ? 16 : 1);
		assert_int_equal(gic_hw.pri_bits, 8);
		assert_int_equal(gic_hw.id_bits, 0);
		assert_int_equal(gic_hw.seis, i == 0);
		assert_int_equal(gic_hw.a3v, i == 1);
		assert_int_equal(gic_hw.tdir, i == 2);
		gic_hw_exit();
	}
}

/* Without a GICv3, or where its registers are not in use, or no interrupt is named, there is none. */
static void absent(void **state)
{
	pfr0 = ~(0xfULL << 24);
	assert_int_equal(gic_hw_init(NODE), -ENODEV);
	pfr0 = 3ULL << 24;
	regs[SYS_ICC_SRE_EL2] = 0xe;
	assert_int_equal(gic_hw_init(NODE), -ENODEV);
	regs[SYS_ICC_SRE_EL2] = 1;
	of_irq = 0;
	assert_int_equal(gic_hw_init(NODE), -ENODEV);
	assert_false(gic_hw.present);
	of_irq = 25;
	assert_int_equal(gic_hw_init(NODE), 0);
	assert_int_equal(requested, 25);
}

/* Each step's error is the start's, and what was got before it is given back; so is all at the end, once. */
static void steps(void **state)
{
	request_ret = -EBUSY;
	assert_int_equal(gic_hw_init(NODE), -EBUSY);
	request_ret = 0;
	cpuhp_ret = -ENOSPC;
	assert_int_equal(gic_hw_init(NODE), -ENOSPC);
	assert_int_equal(frees, 1);
	assert_int_equal(requested, 0);
	cpuhp_ret = 130;
	pm_ret = -ENOMEM;
	assert_int_equal(gic_hw_init(NODE), -ENOMEM);
	assert_int_equal(frees, 2);
	assert_int_equal(removes, 1);
	assert_null(online);
	assert_false(gic_hw.present);
	gic_hw_exit();
	assert_int_equal(frees, 2);
	pm_ret = 0;
	assert_int_equal(gic_hw_init(NODE), 0);
	assert_int_equal(removes, 1);
	gic_hw_exit();
	gic_hw_exit();
	assert_int_equal(frees, 3);
	assert_int_equal(removes, 2);
	assert_false(gic_hw.present);
}

static void finds(int irq, u32 number, int trigger)
{
	assert_int_equal(gic_hw_init(NULL), irq ? 0 : -ENODEV);
	assert_int_equal(tables, 0);
	assert_int_equal(gsi.calls, irq != 0);
	if (irq) {
		assert_int_equal(requested, irq);
		assert_int_equal(gsi.gsi, number);
		assert_int_equal(gsi.trigger, trigger);
		assert_int_equal(gsi.polarity, ACPI_ACTIVE_HIGH);
	}
	gic_hw_exit();
	table_empty();
}

/* ACPI names it in the first entry of a CPU that is enabled and has one, and says there how it is wired. */
static void acpi_entries(void **state)
{
	entry(GICC, 16, 16, ACPI_MADT_ENABLED, 25);
	finds(33, 25, ACPI_LEVEL_SENSITIVE);
	entry(GICC, 16, 16, ACPI_MADT_ENABLED | ACPI_MADT_VGIC_IRQ_MODE, 26);
	entry(GICC, 16, 16, ACPI_MADT_ENABLED, 27);
	finds(33, 26, ACPI_EDGE_SENSITIVE);
	entry(GICC, 16, 16, ACPI_MADT_VGIC_IRQ_MODE, 26);
	entry(GICC, 16, 16, ACPI_MADT_ENABLED, 0);
	entry(ACPI_MADT_TYPE_GENERIC_DISTRIBUTOR, 16, 16, ACPI_MADT_ENABLED, 28);
	entry(GICC, OLD_GICC - 1, OLD_GICC - 1, ACPI_MADT_ENABLED, 29);
	entry(GICC, OLD_GICC, OLD_GICC, ACPI_MADT_ENABLED, 30);
	finds(33, 30, ACPI_LEVEL_SENSITIVE);
	/* a header alone, of another kind */
	entry(ACPI_MADT_TYPE_GENERIC_DISTRIBUTOR, 2, 2, 0, 0);
	entry(GICC, 16, 16, ACPI_MADT_ENABLED, 31);
	gsi_ret = 1;
	finds(1, 31, ACPI_LEVEL_SENSITIVE);
}

/* Of a table that is broken nothing behind the break is looked at, and a table without such an entry has none. */
static void acpi_broken(void **state)
{
	finds(0, 0, 0);
	entry(GICC, 0, 16, ACPI_MADT_ENABLED, 25);
	finds(0, 0, 0);
	entry(ACPI_MADT_TYPE_GENERIC_DISTRIBUTOR, 1, 1, 0, 0);
	entry(GICC, 16, 16, ACPI_MADT_ENABLED, 25);
	finds(0, 0, 0);
	entry(GICC, 16, 15, ACPI_MADT_ENABLED, 25);
	finds(0, 0, 0);
	entry(GICC, 16, 1, ACPI_MADT_ENABLED, 25);
	finds(0, 0, 0);
	entry(GICC, 16, 16, ACPI_MADT_ENABLED, 25);
	acpi_ret = 1;
	finds(0, 0, 0);
	acpi_ret = 0;
	acpi_disabled = true;
	entry(GICC, 16, 16, ACPI_MADT_ENABLED, 25);
	finds(0, 0, 0);
}

/* What cannot be had is no interrupt. */
static void acpi_refused(void **state)
{
	static const int ret[] = { 0, -EINVAL };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ret); i++) {
		table_empty();
		entry(GICC, 16, 16, ACPI_MADT_ENABLED, 25);
		gsi_ret = ret[i];
		assert_int_equal(gic_hw_init(NULL), -ENODEV);
		assert_int_equal(gsi.calls, 1);
		assert_int_equal(tables, 0);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(load), T(load_without), T(put), T(hcr), T(eoicount), T(list_registers), T(follow),
		T(cpus), T(features), T(absent), T(steps), T(acpi_entries), T(acpi_broken), T(acpi_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
