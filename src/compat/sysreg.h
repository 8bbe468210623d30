/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of Arm's system registers' fields, and of the kernel's capabilities, that came or went.
 * Ours are those of newer kernels.
 */
#ifndef TABULA_COMPAT_SYSREG_H
#define TABULA_COMPAT_SYSREG_H

#include <linux/version.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

/* CPACR_EL1 and CPTR_EL2 of VHE share fields, which had names of their own. */
#ifdef CPACR_ELx_TTA
#define COMPAT_CPACR_TTA	CPACR_ELx_TTA
#define COMPAT_CPACR_FPEN	CPACR_ELx_FPEN
#define COMPAT_CPACR_ZEN	CPACR_ELx_ZEN
#else
#define COMPAT_CPACR_TTA	CPACR_EL1_TTA
#define COMPAT_CPACR_FPEN	CPACR_EL1_FPEN
#define COMPAT_CPACR_ZEN	CPACR_EL1_ZEN
#endif

/* One name for the fields of HFGRTR_EL2 and HFGWTR_EL2. */
#ifdef HFGxTR_EL2_SCTLR_EL1_MASK
#define HFGWTR_EL2_SCTLR_EL1_MASK	HFGxTR_EL2_SCTLR_EL1_MASK
#define HFGWTR_EL2_TCR_EL1_MASK		HFGxTR_EL2_TCR_EL1_MASK
#endif

/* Until 6.13 the kernel's KVM lists TCR2_EL1, PIR_EL1 and PIRE0_EL1 on CPUs that have none, too. */
#define COMPAT_LISTS_ABSENT	(LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0))

#ifndef ARM64_WORKAROUND_REPEAT_TLBI_SYNC
#define ARM64_WORKAROUND_REPEAT_TLBI_SYNC	ARM64_WORKAROUND_REPEAT_TLBI
#endif

#endif
