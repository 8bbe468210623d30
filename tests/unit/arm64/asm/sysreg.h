/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names and fields of registers (Arm ARM D24.2); those of ID registers are numbers of their own.
 */
#ifndef TEST_ASM_SYSREG_H
#define TEST_ASM_SYSREG_H

#include <linux/types.h>

enum {
	SYS_CTR_EL0,
	SYS_ID_AA64ISAR0_EL1,
	SYS_ID_AA64MMFR0_EL1,
	SYS_ID_AA64MMFR1_EL1,
	SYS_ID_AA64MMFR2_EL1,
	SYS_ID_AA64PFR1_EL1,
	SYS_ID_AA64PFR0_EL1,
	TEST_ID_REGISTERS
};

#define ID_AA64ISAR0_EL1_TLB_SHIFT		56
#define ID_AA64MMFR0_EL1_TGRAN4_SHIFT		28
#define ID_AA64MMFR0_EL1_TGRAN4_2_SHIFT		40
#define ID_AA64MMFR1_EL1_HAFDBS_SHIFT		0
#define ID_AA64MMFR1_EL1_VMIDBits_SHIFT		4
#define ID_AA64MMFR2_EL1_FWB_SHIFT		40
#define ID_AA64PFR0_EL1_RAS_MASK		(0xfUL << 28)
#define ID_AA64PFR1_EL1_SSBS_SHIFT		4
#define ID_AA64PFR1_EL1_SSBS_MASK		0xf0ULL

#define SYS_FIELD_GET(reg, field, val)		\
	(((val) & reg##_##field##_MASK) >> reg##_##field##_SHIFT)

/* As instructions name them, and by name alone: what stands behind each, sysreg_fake.h has. */
#define sys_reg(op0, op1, crn, crm, op2)	\
	((op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define SYS_CNTP_CTL_EL02			sys_reg(3, 5, 14, 2, 1)
#define SYS_CNTP_CVAL_EL02			sys_reg(3, 5, 14, 2, 2)
#define SYS_CNTV_CTL_EL02			sys_reg(3, 5, 14, 3, 1)
#define SYS_CNTV_CVAL_EL02			sys_reg(3, 5, 14, 3, 2)

#define SYS_APIAKEYLO_EL1			sys_reg(3, 0, 2, 1, 0)
#define SYS_APIAKEYHI_EL1			sys_reg(3, 0, 2, 1, 1)
#define SYS_APIBKEYLO_EL1			sys_reg(3, 0, 2, 1, 2)
#define SYS_APIBKEYHI_EL1			sys_reg(3, 0, 2, 1, 3)
#define SYS_APDAKEYLO_EL1			sys_reg(3, 0, 2, 2, 0)
#define SYS_APDAKEYHI_EL1			sys_reg(3, 0, 2, 2, 1)
#define SYS_APDBKEYLO_EL1			sys_reg(3, 0, 2, 2, 2)
#define SYS_APDBKEYHI_EL1			sys_reg(3, 0, 2, 2, 3)
#define SYS_APGAKEYLO_EL1			sys_reg(3, 0, 2, 3, 0)
#define SYS_APGAKEYHI_EL1			sys_reg(3, 0, 2, 3, 1)
#define SYS_HFGWTR_EL2				sys_reg(3, 4, 1, 1, 5)
#define SYS_DBGBVRn_EL1(n)			sys_reg(2, 0, 0, n, 4)
#define SYS_DBGBCRn_EL1(n)			sys_reg(2, 0, 0, n, 5)
#define SYS_DBGWVRn_EL1(n)			sys_reg(2, 0, 0, n, 6)
#define SYS_DBGWCRn_EL1(n)			sys_reg(2, 0, 0, n, 7)

/* Those whose encoding nothing else speaks of. */
enum {
	SYS_SCTLR_EL12 = 0x100,
	SYS_CPACR_EL12,
	SYS_TTBR0_EL12,
	SYS_TTBR1_EL12,
	SYS_TCR_EL12,
	SYS_ESR_EL12,
	SYS_AFSR0_EL12,
	SYS_AFSR1_EL12,
	SYS_FAR_EL12,
	SYS_MAIR_EL12,
	SYS_VBAR_EL12,
	SYS_CONTEXTIDR_EL12,
	SYS_AMAIR_EL12,
	SYS_ELR_EL12,
	SYS_SPSR_EL12,
	SYS_CNTKCTL_EL12,
	SYS_SP_EL1,
	SYS_TPIDR_EL0,
	SYS_TPIDRRO_EL0,
	SYS_TPIDR_EL1,
	SYS_CSSELR_EL1,
	SYS_PAR_EL1,
	SYS_TPIDR2_EL0,
	SYS_VDISR_EL2,
	SYS_VSESR_EL2,
	SYS_HCRX_EL2,
	SYS_PMBIDR_EL1,
	TEST_REG_cntkctl_el1,
	TEST_REG_cntvoff_el2,
	TEST_REG_cpacr_el1,
	TEST_REG_daif,
	TEST_REG_esr_el2,
	TEST_REG_far_el2,
	TEST_REG_hcr_el2,
	TEST_REG_hpfar_el2,
	TEST_REG_id_aa64dfr0_el1,
	TEST_REG_mdcr_el2,
	TEST_REG_mdscr_el1,
	TEST_REG_pmselr_el0,
	TEST_REG_pmuserenr_el0,
	TEST_REG_vbar_el1,
	TEST_REG_vmpidr_el2,
	TEST_REG_vpidr_el2,
	TEST_REG_vtcr_el2,
	TEST_REG_vttbr_el2,
	TEST_REG_par_el1 = SYS_PAR_EL1,
	TEST_REG_csselr_el1 = SYS_CSSELR_EL1,
	TEST_REG_tpidr_el0 = SYS_TPIDR_EL0,
	TEST_REG_tpidrro_el0 = SYS_TPIDRRO_EL0,
};

u64 test_sysreg_read(u32 reg);
void test_sysreg_write(u64 val, u32 reg);

#define read_sysreg_s(reg)			test_sysreg_read(reg)
#define write_sysreg_s(val, reg)		test_sysreg_write(val, reg)
#define read_sysreg(name)			test_sysreg_read(TEST_REG_##name)
#define write_sysreg(val, name)			test_sysreg_write(val, TEST_REG_##name)
#define read_sysreg_par()			read_sysreg(par_el1)
#define sysreg_clear_set(name, clear, set)	\
	write_sysreg((read_sysreg(name) & ~(u64)(clear)) | (set), name)

#define ID_AA64DFR0_EL1_PMSVer_SHIFT		32
#define ID_AA64DFR0_EL1_PMSVer_MASK		(0xfUL << 32)
#define CPACR_ELx_FPEN				(3UL << 20)
#define CPACR_ELx_ZEN				(3UL << 16)
#define CPACR_ELx_TTA				(1UL << 28)
#define HFGWTR_EL2_SCTLR_EL1_MASK		(1UL << 30)
#define HFGWTR_EL2_TCR_EL1_MASK			(1UL << 32)
#define SYS_PAR_EL1_F				1UL
#define SET_PSTATE_TCO(x)			""	/* between instructions of this machine's */

#define SCTLR_EL1_SPAN				(1UL << 23)
#define SCTLR_EL1_E0E				(1UL << 24)
#define SCTLR_ELx_EE				(1UL << 25)
#define SCTLR_ELx_DSSBS				(1UL << 44)

#endif
