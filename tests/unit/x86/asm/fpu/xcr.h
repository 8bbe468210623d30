/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State components (AMD APM vol. 2, 11.5.2).
 */
#ifndef FAKE_ASM_FPU_XCR_H
#define FAKE_ASM_FPU_XCR_H

#include <linux/bits.h>

#define XFEATURE_MASK_FP	BIT(0)
#define XFEATURE_MASK_SSE	BIT(1)
#define XFEATURE_MASK_YMM	BIT(2)
#define XFEATURE_MASK_FPSSE	(XFEATURE_MASK_FP | XFEATURE_MASK_SSE)
#define XFEATURE_MASK_AVX512	(7 << 5)

#endif
