/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names and fields of registers (Arm ARM D24.2); those of ID registers are numbers of their own.
 */
#ifndef TEST_ASM_SYSREG_H
#define TEST_ASM_SYSREG_H

enum {
	SYS_CTR_EL0,
	SYS_ID_AA64ISAR0_EL1,
	SYS_ID_AA64MMFR0_EL1,
	SYS_ID_AA64MMFR1_EL1,
	SYS_ID_AA64MMFR2_EL1,
	SYS_ID_AA64PFR1_EL1,
	TEST_ID_REGISTERS
};

#define ID_AA64ISAR0_EL1_TLB_SHIFT		56
#define ID_AA64MMFR0_EL1_TGRAN4_SHIFT		28
#define ID_AA64MMFR0_EL1_TGRAN4_2_SHIFT		40
#define ID_AA64MMFR1_EL1_HAFDBS_SHIFT		0
#define ID_AA64MMFR1_EL1_VMIDBits_SHIFT		4
#define ID_AA64MMFR2_EL1_FWB_SHIFT		40
#define ID_AA64PFR1_EL1_SSBS_SHIFT		4
#define ID_AA64PFR1_EL1_SSBS_MASK		0xf0ULL

#define SYS_FIELD_GET(reg, field, val)		\
	(((val) & reg##_##field##_MASK) >> reg##_##field##_SHIFT)

#define SCTLR_EL1_SPAN				(1UL << 23)
#define SCTLR_ELx_EE				(1UL << 25)
#define SCTLR_ELx_DSSBS				(1UL << 44)

#endif
