// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's virtual CPU interface: ICH_* registers, the maintenance
 * interrupt, CPUs that come and go. IHI 0069, chapters 6 and 12.4.
 */
#define pr_fmt(fmt) "tabula: " fmt

#include <linux/acpi.h>
#include <linux/bitfield.h>
#include <linux/cpu_pm.h>
#include <linux/cpuhotplug.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/of_irq.h>
#include <linux/percpu.h>

#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "../vm.h"
#include "hw.h"
#include "irq.h"

#define GIC_SRE_EL2_ENABLE	BIT(3)
#define GIC_SRE_SRE		BIT(0)

#define GIC_VTR_LISTREGS	GENMASK(4, 0)
#define GIC_VTR_TDS		BIT(19)
#define GIC_VTR_A3V		BIT(21)
#define GIC_VTR_SEIS		BIT(22)
#define GIC_VTR_IDBITS		GENMASK(25, 23)
#define GIC_VTR_PREBITS		GENMASK(28, 26)
#define GIC_VTR_PRIBITS		GENMASK(31, 29)

struct gic_hw gic_hw;

static unsigned int gic_maint_irq;
static int gic_cpuhp_state;

/* dev_id of the maintenance interrupt: only its address counts */
static DEFINE_PER_CPU(int, gic_maint_id);
/* list registers of this CPU that may hold something */
static DEFINE_PER_CPU(unsigned int, gic_dirty_lrs);
/* a physical interrupt of a guest's may be active on this CPU: to ask the interrupt controller costs far more */
static DEFINE_PER_CPU(bool, gic_taken);

/* Registers beyond those implemented are UNDEFINED: count first. */
/* A register's name is part of the instruction: one case for each. */
#define GIC_FOR_EACH_LR(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

#define GIC_WRITE_LR(n)	case n: write_sysreg_s(val, SYS_ICH_LR##n##_EL2); break;
#define GIC_READ_LR(n)	case n: return read_sysreg_s(SYS_ICH_LR##n##_EL2);

static void gic_write_lr(unsigned int n, u64 val)
{
	switch (n) { GIC_FOR_EACH_LR(GIC_WRITE_LR) }
}

static u64 gic_read_lr(unsigned int n)
{
	switch (n) { GIC_FOR_EACH_LR(GIC_READ_LR) }
	return 0;
}

static void gic_write_aprs(u32 apr[2][GIC_MAX_APRS])
{
	switch (gic_hw.nr_aprs) {
	case 4:
		write_sysreg_s(apr[0][3], SYS_ICH_AP0R3_EL2);
		write_sysreg_s(apr[1][3], SYS_ICH_AP1R3_EL2);
		write_sysreg_s(apr[0][2], SYS_ICH_AP0R2_EL2);
		write_sysreg_s(apr[1][2], SYS_ICH_AP1R2_EL2);
		fallthrough;
	case 2:
		write_sysreg_s(apr[0][1], SYS_ICH_AP0R1_EL2);
		write_sysreg_s(apr[1][1], SYS_ICH_AP1R1_EL2);
		fallthrough;
	default:
		write_sysreg_s(apr[0][0], SYS_ICH_AP0R0_EL2);
		write_sysreg_s(apr[1][0], SYS_ICH_AP1R0_EL2);
	}
}

static void gic_read_aprs(u32 apr[2][GIC_MAX_APRS])
{
	switch (gic_hw.nr_aprs) {
	case 4:
		apr[0][3] = read_sysreg_s(SYS_ICH_AP0R3_EL2);
		apr[1][3] = read_sysreg_s(SYS_ICH_AP1R3_EL2);
		apr[0][2] = read_sysreg_s(SYS_ICH_AP0R2_EL2);
		apr[1][2] = read_sysreg_s(SYS_ICH_AP1R2_EL2);
		fallthrough;
	case 2:
		apr[0][1] = read_sysreg_s(SYS_ICH_AP0R1_EL2);
		apr[1][1] = read_sysreg_s(SYS_ICH_AP1R1_EL2);
		fallthrough;
	default:
		apr[0][0] = read_sysreg_s(SYS_ICH_AP0R0_EL2);
		apr[1][0] = read_sysreg_s(SYS_ICH_AP1R0_EL2);
	}
}

void gic_hw_load(struct gic_cpu *cpu)
{
	u64 sre = read_sysreg_s(SYS_ICC_SRE_EL2);

	write_sysreg_s(sre & ~GIC_SRE_EL2_ENABLE, SYS_ICC_SRE_EL2);
	if (cpu->attached) {
		write_sysreg_s(cpu->vmcr, SYS_ICH_VMCR_EL2);
		gic_write_aprs(cpu->apr);
		/*
		 * Off until gic_flush(): a list register that was ended in an earlier
		 * stay would ask for maintenance here, where nobody empties it.
		 */
		cpu->hcr = 0;
	} else {
		cpu->hcr = GIC_HCR_TC | GIC_HCR_TALL0 | GIC_HCR_TALL1;
	}
	write_sysreg_s(cpu->hcr, SYS_ICH_HCR_EL2);
}

void gic_hw_put(struct gic_cpu *cpu)
{
	u64 sre = read_sysreg_s(SYS_ICC_SRE_EL2);

	if (cpu->attached) {
		cpu->vmcr = read_sysreg_s(SYS_ICH_VMCR_EL2);
		gic_read_aprs(cpu->apr);
	}
	cpu->hcr = 0;
	write_sysreg_s(0, SYS_ICH_HCR_EL2);
	write_sysreg_s(sre | GIC_SRE_EL2_ENABLE, SYS_ICC_SRE_EL2);
}

u32 gic_hw_vmcr(void)
{
	return read_sysreg_s(SYS_ICH_VMCR_EL2);
}

void gic_hw_write_hcr(struct gic_cpu *cpu, u32 hcr)
{
	if (cpu->hcr == hcr)
		return;
	cpu->hcr = hcr;
	write_sysreg_s(hcr, SYS_ICH_HCR_EL2);
}

unsigned int gic_hw_eoicount(void)
{
	return (read_sysreg_s(SYS_ICH_HCR_EL2) >> GIC_HCR_EOICOUNT_SHIFT) & 0x1f;
}

static noinline void gic_write_lrs(const u64 *lr, unsigned int n, unsigned int dirty)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		gic_write_lr(i, lr[i]);
	for (; i < dirty; i++)
		gic_write_lr(i, 0);
	if (n != dirty)
		__this_cpu_write(gic_dirty_lrs, n);
}

void gic_hw_write_lrs(const u64 *lr, unsigned int n)
{
	unsigned int dirty = __this_cpu_read(gic_dirty_lrs);

	/* mostly there is nothing, and then nothing is paid for what would write it */
	if (n | dirty)
		gic_write_lrs(lr, n, dirty);
}

void gic_hw_read_lrs(u64 *lr, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		lr[i] = gic_read_lr(i);
}

void gic_phys_taken(void)
{
	__this_cpu_write(gic_taken, true);
}

bool gic_phys_settle(void)
{
	if (!__this_cpu_read(gic_taken))
		return false;
	__this_cpu_write(gic_taken, false);
	return true;
}

void gic_phys_follow(struct gic_irq *irq)
{
	struct arm_vcpu *vcpu = READ_ONCE(irq->pool)->vcpu;	/* a PPI's never changes */

	preempt_disable();
	if (vcpu && arm_vcpu_here() == vcpu) {
		gic_phys_taken();
		irq_set_irqchip_state(irq->host_irq, IRQCHIP_STATE_ACTIVE,
				      gic_map_is_active(vcpu, irq->intid));
	}
	preempt_enable();
}

/*
 * It only has to end the stay in the guest: by the time interrupts are on again
 * gic_sync() has dealt with its cause and switched it off.
 */
static irqreturn_t gic_maintenance(int irq, void *id)
{
	return IRQ_HANDLED;
}

/* Nothing is known of the registers after reset: empty them. No vCPU is loaded here. */
static void gic_reset_here(void)
{
	static u32 zero[2][GIC_MAX_APRS];
	unsigned int i;

	write_sysreg_s(0, SYS_ICH_HCR_EL2);
	for (i = 0; i < gic_hw.nr_lrs; i++)
		gic_write_lr(i, 0);
	write_sysreg_s(0, SYS_ICH_VMCR_EL2);
	gic_write_aprs(zero);
	__this_cpu_write(gic_dirty_lrs, 0);
	gic_phys_taken();	/* nor is it known of them */
	isb();
}

/*
 * An idle CPU may have been without power: what list registers hold then is anything, and only those
 * that a vCPU was seen to use would be written before they are live again. Interrupts are off.
 */
static int gic_cpu_pm(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == CPU_PM_EXIT)
		gic_reset_here();
	return NOTIFY_OK;
}

static struct notifier_block gic_pm_notifier = {
	.notifier_call = gic_cpu_pm,
};

static int gic_cpu_online(unsigned int cpu)
{
	gic_reset_here();
	enable_percpu_irq(gic_maint_irq, IRQ_TYPE_NONE);
	return 0;
}

static int gic_cpu_offline(unsigned int cpu)
{
	write_sysreg_s(0, SYS_ICH_HCR_EL2);
	isb();
	disable_percpu_irq(gic_maint_irq);
	return 0;
}

#ifdef CONFIG_ACPI
/* The maintenance interrupt from the MADT: ACPI 6.5, 5.2.12.14 (GICC). */
static unsigned int gic_maint_from_acpi(void)
{
	struct acpi_madt_generic_interrupt *gicc;
	struct acpi_subtable_header *sub;
	struct acpi_table_header *table;
	unsigned long at, end;
	int irq = 0, trigger;

	if (acpi_disabled || ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 0, &table)))
		return 0;
	at = (unsigned long)table + sizeof(struct acpi_table_madt);
	end = (unsigned long)table + table->length;
	for (; at + sizeof(*sub) <= end; at += sub->length) {
		sub = (struct acpi_subtable_header *)at;
		if (sub->length < sizeof(*sub) || at + sub->length > end)
			break;
		if (sub->type != ACPI_MADT_TYPE_GENERIC_INTERRUPT ||
		    sub->length < offsetofend(struct acpi_madt_generic_interrupt, vgic_interrupt))
			continue;
		gicc = (struct acpi_madt_generic_interrupt *)sub;
		if (!(gicc->flags & ACPI_MADT_ENABLED) || !gicc->vgic_interrupt)
			continue;
		trigger = gicc->flags & ACPI_MADT_VGIC_IRQ_MODE ? ACPI_EDGE_SENSITIVE :
								  ACPI_LEVEL_SENSITIVE;
		irq = acpi_register_gsi(NULL, gicc->vgic_interrupt, trigger, ACPI_ACTIVE_HIGH);
		break;
	}
	acpi_put_table(table);
	return irq > 0 ? irq : 0;
}
#else
static unsigned int gic_maint_from_acpi(void)
{
	return 0;
}
#endif

static bool gic_has_sysregs(void)
{
	u64 pfr0 = read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1);

	if (!((pfr0 >> 24) & 0xf))
		return false;
	return read_sysreg_s(SYS_ICC_SRE_EL2) & GIC_SRE_SRE;
}

static void gic_read_vtr(void)
{
	u32 vtr = read_sysreg_s(SYS_ICH_VTR_EL2);
	unsigned int pre = FIELD_GET(GIC_VTR_PREBITS, vtr) + 1;

	gic_hw.nr_lrs = min_t(unsigned int, FIELD_GET(GIC_VTR_LISTREGS, vtr) + 1, GIC_MAX_LRS);
	gic_hw.nr_aprs = pre >= 7 ? 4 : pre == 6 ? 2 : 1;
	gic_hw.pri_bits = FIELD_GET(GIC_VTR_PRIBITS, vtr) + 1;
	gic_hw.id_bits = FIELD_GET(GIC_VTR_IDBITS, vtr);
	gic_hw.seis = vtr & GIC_VTR_SEIS;
	gic_hw.a3v = vtr & GIC_VTR_A3V;
	gic_hw.tdir = vtr & GIC_VTR_TDS;
}

int gic_hw_init(struct device_node *gic_node)
{
	int ret;

	if (!gic_has_sysregs()) {
		pr_err("no GICv3 with a system register interface in use on this machine\n");
		return -ENODEV;
	}
	gic_maint_irq = gic_node ? irq_of_parse_and_map(gic_node, 0) : gic_maint_from_acpi();
	if (!gic_maint_irq) {
		pr_err("firmware describes no GIC maintenance interrupt\n");
		return -ENODEV;
	}
	gic_read_vtr();

	ret = request_percpu_irq(gic_maint_irq, gic_maintenance, "tabula-gic", &gic_maint_id);
	if (ret) {
		pr_err("GIC maintenance interrupt %u: error %d\n", gic_maint_irq, ret);
		return ret;
	}
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "tabula/gic:online",
				gic_cpu_online, gic_cpu_offline);
	if (ret < 0) {
		free_percpu_irq(gic_maint_irq, &gic_maint_id);
		return ret;
	}
	gic_cpuhp_state = ret;
	ret = cpu_pm_register_notifier(&gic_pm_notifier);
	if (ret) {
		cpuhp_remove_state(gic_cpuhp_state);
		free_percpu_irq(gic_maint_irq, &gic_maint_id);
		return ret;
	}
	gic_hw.present = true;
	return 0;
}

void gic_hw_exit(void)
{
	if (!gic_hw.present)
		return;
	gic_hw.present = false;
	cpu_pm_unregister_notifier(&gic_pm_notifier);
	cpuhp_remove_state(gic_cpuhp_state);
	free_percpu_irq(gic_maint_irq, &gic_maint_id);
}
