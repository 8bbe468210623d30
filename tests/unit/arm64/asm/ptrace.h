/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers, as the ABI has them.
 */
#ifndef TEST_ASM_PTRACE_H
#define TEST_ASM_PTRACE_H

#include "/usr/aarch64-linux-gnu/include/asm/ptrace.h"

#define PSR_AA32_E_BIT	0x200

#endif
