/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel has the control register's bits here.
 */
#ifndef TEST_CLOCKSOURCE_ARM_ARCH_TIMER_H
#define TEST_CLOCKSOURCE_ARM_ARCH_TIMER_H

#include <asm/arch_timer.h>

#endif
