/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MSRs and bits of EFER (AMD APM vol. 2, appendix A, 3.1.7).
 */
#ifndef FAKE_ASM_MSR_INDEX_H
#define FAKE_ASM_MSR_INDEX_H

#include <linux/bits.h>

#define MSR_IA32_MCG_CAP	0x179
#define MSR_IA32_MCG_STATUS	0x17a
#define MSR_IA32_MCG_CTL	0x17b
#define MSR_IA32_MC0_CTL	0x400

#define EFER_SCE	BIT(0)
#define EFER_LME	BIT(8)
#define EFER_LMA	BIT(10)
#define EFER_NX		BIT(11)
#define EFER_SVME	BIT(12)
#define EFER_LMSLE	BIT(13)
#define EFER_FFXSR	BIT(14)

#endif
