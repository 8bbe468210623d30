/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counter, which a test defines.
 */
#ifndef TEST_ASM_ARCH_TIMER_H
#define TEST_ASM_ARCH_TIMER_H

#include <linux/types.h>

u64 arch_timer_read_counter(void);

#endif
