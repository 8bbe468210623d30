/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Controls of EL2 (Arm ARM D24.2).
 */
#ifndef TEST_ASM_KVM_ARM_H
#define TEST_ASM_KVM_ARM_H

#define HCR_VM	(1UL << 0)
#define HCR_SWIO	(1UL << 1)
#define HCR_FMO	(1UL << 3)
#define HCR_IMO	(1UL << 4)
#define HCR_AMO	(1UL << 5)
#define HCR_VSE	(1UL << 8)
#define HCR_FB	(1UL << 9)
#define HCR_BSU_IS	(1UL << 10)
#define HCR_DC	(1UL << 12)
#define HCR_TWI	(1UL << 13)
#define HCR_TWE	(1UL << 14)
#define HCR_TID1	(1UL << 16)
#define HCR_TID2	(1UL << 17)
#define HCR_TID3	(1UL << 18)
#define HCR_TSC	(1UL << 19)
#define HCR_TIDCP	(1UL << 20)
#define HCR_TACR	(1UL << 21)
#define HCR_TSW	(1UL << 22)
#define HCR_TTLB	(1UL << 25)
#define HCR_TVM	(1UL << 26)
#define HCR_RW	(1UL << 31)
#define HCR_E2H	(1UL << 34)
#define HCR_TLOR	(1UL << 35)
#define HCR_TERR	(1UL << 36)
#define HCR_TEA	(1UL << 37)
#define HCR_APK	(1UL << 40)
#define HCR_API	(1UL << 41)
#define HCR_FWB	(1UL << 46)
#define HCR_TID5	(1UL << 58)

#define MDCR_EL2_HPMN_MASK	0x1fUL
#define MDCR_EL2_TPMCR		(1UL << 5)
#define MDCR_EL2_TPM		(1UL << 6)
#define MDCR_EL2_TDE		(1UL << 8)
#define MDCR_EL2_TDA		(1UL << 9)
#define MDCR_EL2_TDOSA		(1UL << 10)
#define MDCR_EL2_TDRA		(1UL << 11)
#define MDCR_EL2_TPMS		(1UL << 14)
#define MDCR_EL2_TTRF		(1UL << 19)

#define CPTR_EL2_TAM		(1UL << 30)

#endif
