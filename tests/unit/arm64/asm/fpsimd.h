/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FP state: the ABI has its type.
 */
#ifndef TEST_ASM_FPSIMD_H
#define TEST_ASM_FPSIMD_H

#include <asm/ptrace.h>

#endif
