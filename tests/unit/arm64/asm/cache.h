/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CTR_EL0 (Arm ARM D24.2.34).
 */
#ifndef TEST_ASM_CACHE_H
#define TEST_ASM_CACHE_H

#define CTR_EL0_IminLine_SHIFT		0
#define CTR_EL0_DminLine_SHIFT		16
#define CTR_EL0_IDC_SHIFT		28
#define CTR_EL0_DIC_SHIFT		29

#endif
