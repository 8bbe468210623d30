// SPDX-License-Identifier: GPL-2.0
/*
 * What this machine's CPUs have; refuses those that a guest cannot run on.
 */
#define pr_fmt(fmt) "tabula: " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/irqflags.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>

#include "../machine.h"
#include "cpu.h"
#include "hw.h"

struct cpu_hw cpu_hw;
static int cpu_hp_state;
/* All CPUs that were there at load are known: guests are promised things from here on. */
static bool hw_promised;

/* CLIDR_EL1.Ctype of the cache that CSSELR_EL1 names: 1 I, 2 D, 3 both, 4 unified. */
static bool hw_has_cache(u64 clidr, unsigned int csselr)
{
	unsigned int type = clidr >> (csselr >> 1) * 3 & 7;

	return csselr & 1 ? type == 1 || type == 3 : type >= 2 && type <= 4;
}

static void hw_read_caches(struct machine_cpu *cpu)
{
	unsigned long irq;
	unsigned int i;
	u64 saved;

	local_irq_save(irq);
	saved = read_sysreg(csselr_el1);
	for (i = 0; i < MACHINE_CACHES; i++) {
		if (!hw_has_cache(cpu->clidr, i))
			continue;
		write_sysreg(i, csselr_el1);
		isb();
		cpu->ccsidr[i] = read_sysreg(ccsidr_el1);
	}
	write_sysreg(saved, csselr_el1);
	isb();
	local_irq_restore(irq);
}

/* The sanitised fields hide what the host does not use: ask the CPU. */
static bool hw_sme_here(void)
{
	return SYS_FIELD_GET(ID_AA64PFR1_EL1, SME, read_sysreg_s(SYS_ID_AA64PFR1_EL1));
}

static bool hw_pmu_here(void)
{
	u64 ver = SYS_FIELD_GET(ID_AA64DFR0_EL1, PMUVer, read_sysreg(id_aa64dfr0_el1));

	return ver && ver != 0xf;
}

/* This CPU's own registers, not those that the kernel made of all CPUs'. */
static void hw_read_cpu(struct machine_cpu *cpu)
{
	*cpu = (struct machine_cpu) {
		.midr = read_cpuid_id(),
		.revidr = read_sysreg(revidr_el1),
		.aidr = read_sysreg(aidr_el1),
		.mpidr = read_sysreg(mpidr_el1),
		.ctr = read_cpuid_cachetype(),
		.clidr = read_sysreg(clidr_el1),
		.isar0 = read_sysreg_s(SYS_ID_AA64ISAR0_EL1),
		.mmfr0 = read_sysreg_s(SYS_ID_AA64MMFR0_EL1),
		.mmfr1 = read_sysreg_s(SYS_ID_AA64MMFR1_EL1),
		.mmfr2 = read_sysreg_s(SYS_ID_AA64MMFR2_EL1),
		.vtr = read_sysreg_s(SYS_ICH_VTR_EL2),
		.sme = hw_sme_here(),
		.pmu = hw_pmu_here(),
		.sve_lengths = cpu_fp_lengths(),
	};
	hw_read_caches(cpu);
}

/* On each CPU at load, one after the other; later, before a CPU may run guests. */
static int hw_cpu_online(unsigned int id)
{
	struct machine_cpu cpu;
	const char *why;

	hw_read_cpu(&cpu);
	if (!hw_promised)
		machine_add(&machine, &cpu);
	why = hw_promised ? machine_refuses_cpu(&machine, &cpu) : NULL;
	if (!why && hw_promised && !cpu_idreg_serves())
		why = "it lacks a feature that guests see in their ID registers";
	if (!why)
		why = cpu_spectre_online(!hw_promised);
	if (!why)
		return 0;
	pr_err("CPU %u stays away while this module is loaded: %s\n", id, why);
	return -EINVAL;
}

static int hw_check(void)
{
	if (machine.refused) {
		pr_err("not loaded: %s\n", machine.refused);
		return -ENODEV;
	}
	if (machine.mixed_models)
		pr_info("CPUs of several models: a vCPU sees the one it runs on, and should be kept to one model\n");
	if (machine_needs(&machine, ERRATA_GUEST_HANGS))
		pr_warn("a guest without the workaround for erratum 1508412 can stop this machine: run only those that are trusted\n");
	return 0;
}

static bool hw_has(u32 reg, u64 mask)
{
	u64 field = (read_sanitised_ftr_reg(reg) & mask) >> __ffs(mask);

	return field && field != 0xf;
}

static void hw_read(void)
{
	u64 dfr0 = read_sanitised_ftr_reg(SYS_ID_AA64DFR0_EL1);

	cpu_hw.has_hcx = hw_has(SYS_ID_AA64MMFR1_EL1, ID_AA64MMFR1_EL1_HCX_MASK);
	cpu_hw.has_aarch32 = SYS_FIELD_GET(ID_AA64PFR0_EL1, EL0,
				read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1)) >= 2;
	cpu_hw.has_fgt = hw_has(SYS_ID_AA64MMFR0_EL1, ID_AA64MMFR0_EL1_FGT_MASK);
	cpu_hw.has_fgt2 = SYS_FIELD_GET(ID_AA64MMFR0_EL1, FGT,
				read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1)) >= 2;
	cpu_hw.has_ras = hw_has(SYS_ID_AA64PFR0_EL1, ID_AA64PFR0_EL1_RAS_MASK);
	cpu_hw.has_dit = hw_has(SYS_ID_AA64PFR0_EL1, ID_AA64PFR0_EL1_DIT_MASK);
	cpu_hw.has_mte = SYS_FIELD_GET(ID_AA64PFR1_EL1, MTE,
				read_sanitised_ftr_reg(SYS_ID_AA64PFR1_EL1)) >= 2;
	cpu_hw.has_pauth = (hw_has(SYS_ID_AA64ISAR1_EL1, ID_AA64ISAR1_EL1_APA_MASK) ||
			    hw_has(SYS_ID_AA64ISAR1_EL1, ID_AA64ISAR1_EL1_API_MASK) ||
			    hw_has(SYS_ID_AA64ISAR2_EL1, ID_AA64ISAR2_EL1_APA3_MASK)) &&
			   (hw_has(SYS_ID_AA64ISAR1_EL1, ID_AA64ISAR1_EL1_GPA_MASK) ||
			    hw_has(SYS_ID_AA64ISAR1_EL1, ID_AA64ISAR1_EL1_GPI_MASK) ||
			    hw_has(SYS_ID_AA64ISAR2_EL1, ID_AA64ISAR2_EL1_GPA3_MASK));
	/* all CPUs have said the same */
	cpu_hw.has_sme = hw_sme_here();
	cpu_hw.has_pmu = hw_pmu_here();
	cpu_hw.brps = SYS_FIELD_GET(ID_AA64DFR0_EL1, BRPs, dfr0) + 1;
	cpu_hw.no_hafdbs = machine_needs(&machine, ERRATA_NO_S2_AF);
	cpu_hw.hcr_barriers = machine_needs(&machine, ERRATA_HCR_BARRIERS);
	cpu_hw.wrps = SYS_FIELD_GET(ID_AA64DFR0_EL1, WRPs, dfr0) + 1;
	cpu_hw.sve_lengths = machine_sve_lengths(&machine);
}

int cpu_hw_init(void)
{
	int ret;

	ret = cpu_sysreg_init();
	if (ret)
		return ret;
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "tabula:cpu", hw_cpu_online, NULL);
	if (ret < 0)
		return ret;
	cpu_hp_state = ret;
	cpus_read_lock();	/* no CPU comes between what is read and what is promised */
	hw_read();
	cpu_idreg_init();
	hw_promised = true;
	cpus_read_unlock();
	ret = hw_check();
	if (ret)
		cpu_hw_exit();
	return ret;
}

void cpu_hw_exit(void)
{
	cpuhp_remove_state(cpu_hp_state);
}
