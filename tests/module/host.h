/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What /dev/tabula-host and the programs that use it agree upon: the registers that the host relies on, of the CPU
 * that the caller is on, and what firmware may leave in those of a CPU that comes online.
 */
#ifndef TESTS_MODULE_HOST_H
#define TESTS_MODULE_HOST_H

#include <linux/types.h>

/* Name, encoding (op0, op1, CRn, CRm, op2), and what the CPU must have for it. */
#define HOST_FOR_EACH_REG(X)					\
	X(HCR_EL2,		3, 4, 1, 1, 0, ALWAYS)		\
	X(VBAR_EL2,		3, 0, 12, 0, 0, ALWAYS)		\
	X(CPTR_EL2,		3, 0, 1, 0, 2, ALWAYS)		\
	X(SCTLR_EL2,		3, 0, 1, 0, 0, ALWAYS)		\
	X(TCR_EL2,		3, 0, 2, 0, 2, ALWAYS)		\
	X(MAIR_EL2,		3, 0, 10, 2, 0, ALWAYS)		\
	X(TTBR1_EL2,		3, 0, 2, 0, 1, ALWAYS)		\
	X(MDCR_EL2,		3, 4, 1, 1, 1, ALWAYS)		\
	X(MDSCR_EL1,		2, 0, 0, 2, 2, ALWAYS)		\
	X(HSTR_EL2,		3, 4, 1, 1, 3, ALWAYS)		\
	X(CNTHCTL_EL2,		3, 0, 14, 1, 0, ALWAYS)		\
	X(CNTVOFF_EL2,		3, 4, 14, 0, 3, ALWAYS)		\
	X(CNTV_CTL_EL02,	3, 5, 14, 3, 1, ALWAYS)		\
	X(CNTP_CTL_EL02,	3, 5, 14, 2, 1, ALWAYS)		\
	X(ICC_SRE_EL2,		3, 4, 12, 9, 5, ALWAYS)		\
	X(ICC_PMR_EL1,		3, 0, 4, 6, 0, ALWAYS)		\
	X(ICC_IGRPEN1_EL1,	3, 0, 12, 12, 7, ALWAYS)	\
	X(ICH_HCR_EL2,		3, 4, 12, 11, 0, ALWAYS)	\
	X(TPIDR_EL0,		3, 3, 13, 0, 2, ALWAYS)		\
	X(TPIDRRO_EL0,		3, 3, 13, 0, 3, ALWAYS)		\
	X(TPIDR2_EL0,		3, 3, 13, 0, 5, SME)		\
	X(TPIDR_EL2,		3, 4, 13, 0, 2, ALWAYS)		\
	X(CSSELR_EL1,		3, 2, 0, 0, 0, ALWAYS)		\
	X(PAN,			3, 0, 4, 2, 3, PAN)		\
	X(UAO,			3, 0, 4, 2, 4, UAO)		\
	X(DIT,			3, 3, 4, 2, 5, DIT)		\
	X(SSBS,			3, 3, 4, 2, 6, SSBS)		\
	X(DAIF,			3, 3, 4, 2, 1, ALWAYS)		\
	X(PMUSERENR_EL0,	3, 3, 9, 14, 0, PMU)		\
	X(PMCNTENSET_EL0,	3, 3, 9, 12, 1, PMU)		\
	X(PMINTENSET_EL1,	3, 0, 9, 14, 1, PMU)		\
	X(HCRX_EL2,		3, 4, 1, 2, 2, HCX)		\
	X(HFGRTR_EL2,		3, 4, 1, 1, 4, FGT)		\
	X(HFGWTR_EL2,		3, 4, 1, 1, 5, FGT)		\
	X(HFGITR_EL2,		3, 4, 1, 1, 6, FGT)		\
	X(DBGBCR0,		2, 0, 0, 0, 5, ALWAYS)		\
	X(DBGBVR0,		2, 0, 0, 0, 4, ALWAYS)		\
	X(DBGWCR0,		2, 0, 0, 0, 7, ALWAYS)		\
	X(DBGWVR0,		2, 0, 0, 0, 6, ALWAYS)		\
	X(DBGBCR1,		2, 0, 0, 1, 5, ALWAYS)		\
	X(DBGWCR1,		2, 0, 0, 1, 7, ALWAYS)		\
	X(APIAKEYLO_EL1,		3, 0, 2, 1, 0, PAUTH)		\
	X(APIAKEYHI_EL1,		3, 0, 2, 1, 1, PAUTH)		\
	X(APIBKEYLO_EL1,		3, 0, 2, 1, 2, PAUTH)		\
	X(APIBKEYHI_EL1,		3, 0, 2, 1, 3, PAUTH)		\
	X(APDAKEYLO_EL1,		3, 0, 2, 2, 0, PAUTH)		\
	X(APDAKEYHI_EL1,		3, 0, 2, 2, 1, PAUTH)		\
	X(APDBKEYLO_EL1,		3, 0, 2, 2, 2, PAUTH)		\
	X(APDBKEYHI_EL1,		3, 0, 2, 2, 3, PAUTH)		\
	X(APGAKEYLO_EL1,		3, 0, 2, 3, 0, PAUTH)		\
	X(APGAKEYHI_EL1,		3, 0, 2, 3, 1, PAUTH)		\
	X(OSLSR_EL1,		2, 0, 1, 1, 4, ALWAYS)

#define HOST_REG_INDEX(name, ...) HOST_##name,
enum { HOST_FOR_EACH_REG(HOST_REG_INDEX) HOST_REGS };

struct host_regs {
	__u64 val[HOST_REGS];
	__u64 has[HOST_REGS];
};

#define HOST_LRS 4	/* list registers that any CPU of the lab has */

/* The virtual CPU interface of the caller's CPU. */
struct host_list {
	__u64 hcr, vmcr;
	__u64 apr[2];		/* ICH_AP0R0_EL2, ICH_AP1R0_EL2 */
	__u64 lr[HOST_LRS];
};

/* Of a page of the caller's: how those that hear of its address space are asked whether it was used. */
enum { HOST_AGE_TEST, HOST_AGE_CLEAR, HOST_AGE_CLEAR_FLUSH };

struct host_age {
	__u64 address;
	__u64 how;
};

/*
 * HOST_AGE: the answer to a struct host_age, 0 or 1. HOST_LITTER: whether a CPU that comes online has pending interrupts in its list registers before any module that was
 * loaded later sees it; the answer: how many came so. Low numbers are the VFS's own.
 */
enum { HOST_READ = 0x7601, HOST_LIST, HOST_LITTER, HOST_AGE };

#endif
