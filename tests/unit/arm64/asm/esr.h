/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Syndromes (Arm ARM D24.2.40).
 */
#ifndef TEST_ASM_ESR_H
#define TEST_ASM_ESR_H

#define ESR_ELx_EC_SHIFT	26
#define ESR_ELx_EC_UNKNOWN	0x00UL
#define ESR_ELx_EC_WFx		0x01UL
#define ESR_ELx_EC_CP15_32	0x03UL
#define ESR_ELx_EC_CP15_64	0x04UL
#define ESR_ELx_EC_CP14_MR	0x05UL
#define ESR_ELx_EC_CP14_LS	0x06UL
#define ESR_ELx_EC_FP_ASIMD	0x07UL
#define ESR_ELx_EC_CP10_ID	0x08UL
#define ESR_ELx_EC_CP14_64	0x0cUL
#define ESR_ELx_EC_HVC64	0x16UL
#define ESR_ELx_EC_SMC64	0x17UL
#define ESR_ELx_EC_SYS64	0x18UL
#define ESR_ELx_EC_SVE		0x19UL
#define ESR_ELx_EC_BREAKPT_LOW	0x30UL
#define ESR_ELx_EC_BKPT32	0x38UL
#define ESR_ELx_EC_BRK64	0x3cUL
#define ESR_ELx_EC_IABT_LOW	0x20UL
#define ESR_ELx_EC_DABT_LOW	0x24UL
#define ESR_ELx_EC_SOFTSTP_LOW	0x32UL
#define ESR_ELx_EC_WATCHPT_LOW	0x34UL
#define ESR_ELx_WFx_ISS_WFE	(1UL << 0)
#define ESR_ELx_xVC_IMM_MASK	0xffffUL
#define ESR_ELx_FSC_TYPE	0x3cUL
#define ESR_ELx_FSC_FAULT	0x04UL
#define ESR_ELx_FSC_ACCESS	0x08UL
#define ESR_ELx_FSC_PERM	0x0cUL
#define ESR_ELx_S1PTW		(1UL << 7)
#define ESR_ELx_WNR		(1UL << 6)
#define ESR_ELx_CM		(1UL << 8)
#define ESR_ELx_SF		(1UL << 15)
#define ESR_ELx_SRT_SHIFT	16
#define ESR_ELx_SRT_MASK	(0x1fUL << 16)
#define ESR_ELx_SSE		(1UL << 21)
#define ESR_ELx_SAS_SHIFT	22
#define ESR_ELx_SAS		(3UL << 22)
#define ESR_ELx_ISV		(1UL << 24)
#define ESR_ELx_IL		(1UL << 25)
#define ESR_ELx_ISS_MASK	0x1ffffffUL
#define ESR_ELx_SYS64_ISS_DIR_READ	1UL
#define ESR_ELx_SYS64_ISS_RT(esr)	((esr) >> 5 & 0x1f)
#define ESR_ELx_SYS64_ISS_DIR_MASK	1UL
#define ESR_ELx_SYS64_ISS_CRM_SHIFT	1
#define ESR_ELx_SYS64_ISS_CRM_MASK	(0xfUL << 1)
#define ESR_ELx_EC_MASK			(0x3fUL << 26)
#define ESR_ELx_SYS64_ISS_CRN_SHIFT	10
#define ESR_ELx_SYS64_ISS_CRN_MASK	(0xfUL << 10)
#define ESR_ELx_SYS64_ISS_OP2_MASK	(7UL << 17)
#define ESR_ELx_SYS64_ISS_OP1_MASK	(7UL << 14)
#define ESR_ELx_SYS64_ISS_OP0_SHIFT	20
#define ESR_ELx_SYS64_ISS_OP0_MASK	(3UL << 20)
#define esr_sys64_to_sysreg(esr)	sys_reg((esr) >> 20 & 3, (esr) >> 14 & 7, (esr) >> 10 & 15, \
						(esr) >> 1 & 15, (esr) >> 17 & 7)
#define ESR_ELx_EC(esr)		(((esr) >> ESR_ELx_EC_SHIFT) & 0x3f)

#endif
