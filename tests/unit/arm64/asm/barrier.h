/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Barriers that a program cannot see the sense of: sysreg_fake.h notes where they are.
 */
#ifndef TEST_ASM_BARRIER_H
#define TEST_ASM_BARRIER_H

#include_next <asm/barrier.h>

void test_isb(void);

#define isb()	test_isb()

#endif
