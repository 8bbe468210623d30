/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Debug exceptions (Arm ARM D2).
 */
#ifndef TEST_ASM_DEBUG_MONITORS_H
#define TEST_ASM_DEBUG_MONITORS_H

#define DBG_SPSR_SS	(1UL << 21)

#endif
