/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event type registers by number, and fields of ID registers (Arm ARM D19.5, D24.2).
 */
#ifndef TEST_PMU_ASM_SYSREG_H
#define TEST_PMU_ASM_SYSREG_H

#include <linux/types.h>

#define sys_reg(op0, op1, crn, crm, op2)	((u32)(crn) << 12 | (u32)(crm) << 8 | (u32)(op2))
#define SYS_PMEVTYPERn_EL0(n)			(n)
#define TEST_REG_pmccfiltr_el0			31U
#define SYS_ID_AA64DFR0_EL1			1U
#define SYS_ID_AA64PFR0_EL1			2U
#define ID_AA64DFR0_EL1_PMUVer_SHIFT		8
#define ID_AA64DFR0_EL1_PMUVer_MASK		0xf00UL
#define ID_AA64PFR0_EL1_EL0_SHIFT		0
#define ID_AA64PFR0_EL1_EL0_MASK		0xfUL
#define ID_AA64PFR0_EL1_EL3_MASK		0xf000UL
#define SYS_FIELD_GET(reg, field, val)		(((val) & reg##_##field##_MASK) >> reg##_##field##_SHIFT)

u64 test_type_read(u32 n);
void test_type_write(u64 val, u32 n);

#define read_sysreg_s(reg)			test_type_read(reg)
#define write_sysreg_s(val, reg)		test_type_write(val, reg)
#define read_sysreg(name)			test_type_read(TEST_REG_##name)
#define write_sysreg(val, name)			test_type_write(val, TEST_REG_##name)

#endif
