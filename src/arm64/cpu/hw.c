// SPDX-License-Identifier: GPL-2.0
/*
 * What this machine's CPUs have; refuses those that a guest cannot run on.
 */
#include <linux/cpuhotplug.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "cpu.h"
#include "hw.h"

struct cpu_hw cpu_hw;
static int cpu_hp_state;

static bool hw_has(u32 reg, u64 mask)
{
	u64 field = (read_sanitised_ftr_reg(reg) & mask) >> __ffs(mask);

	return field && field != 0xf;
}

static void hw_read(void)
{
	u64 dfr0 = read_sanitised_ftr_reg(SYS_ID_AA64DFR0_EL1);

	cpu_hw.has_hcx = hw_has(SYS_ID_AA64MMFR1_EL1, ID_AA64MMFR1_EL1_HCX_MASK);
	cpu_hw.has_fgt = hw_has(SYS_ID_AA64MMFR0_EL1, ID_AA64MMFR0_EL1_FGT_MASK);
	cpu_hw.has_ras = hw_has(SYS_ID_AA64PFR0_EL1, ID_AA64PFR0_EL1_RAS_MASK);
	cpu_hw.has_dit = hw_has(SYS_ID_AA64PFR0_EL1, ID_AA64PFR0_EL1_DIT_MASK);
	cpu_hw.has_mte = SYS_FIELD_GET(ID_AA64PFR1_EL1, MTE,
				read_sanitised_ftr_reg(SYS_ID_AA64PFR1_EL1)) >= 2;
	/* the sanitised PMU field hides what the host does not use: ask the CPU */
	dfr0 = read_sysreg(id_aa64dfr0_el1);
	cpu_hw.has_pmu = SYS_FIELD_GET(ID_AA64DFR0_EL1, PMUVer, dfr0) &&
			 SYS_FIELD_GET(ID_AA64DFR0_EL1, PMUVer, dfr0) != 0xf;
	dfr0 = read_sanitised_ftr_reg(SYS_ID_AA64DFR0_EL1);
	cpu_hw.brps = SYS_FIELD_GET(ID_AA64DFR0_EL1, BRPs, dfr0) + 1;
	cpu_hw.wrps = SYS_FIELD_GET(ID_AA64DFR0_EL1, WRPs, dfr0) + 1;
}

int cpu_hw_init(void)
{
	int ret;

	hw_read();
	cpu_idreg_init();
	ret = cpu_sysreg_init();
	if (ret)
		return ret;
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "tabula:cpu",
				cpu_spectre_online, NULL);
	if (ret < 0)
		return ret;
	cpu_hp_state = ret;
	return 0;
}

void cpu_hw_exit(void)
{
	cpuhp_remove_state(cpu_hp_state);
}
