/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PSTATE's masks (Arm ARM C5.2.3).
 */
#ifndef TEST_ASM_DAIFFLAGS_H
#define TEST_ASM_DAIFFLAGS_H

#define DAIF_MASK	0x3c0UL

#endif
