/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counter, which a test defines, and its timers' control register (Arm ARM D24.12.6).
 */
#ifndef TEST_ASM_ARCH_TIMER_H
#define TEST_ASM_ARCH_TIMER_H

#include <linux/types.h>

#define ARCH_TIMER_CTRL_ENABLE		(1 << 0)
#define ARCH_TIMER_CTRL_IT_MASK		(1 << 1)
#define ARCH_TIMER_CTRL_IT_STAT		(1 << 2)

u64 arch_timer_read_counter(void);
u32 arch_timer_get_cntfrq(void);

#endif
