/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ID registers and the kernel's list of workarounds: the test says what they are.
 */
#ifndef TEST_ASM_CPUFEATURE_H
#define TEST_ASM_CPUFEATURE_H

#include <asm/cputype.h>

#include <linux/types.h>

#define ARM64_WORKAROUND_REPEAT_TLBI	1

/* The switch's last word on PSTATE. */
void set_pstate_pan(int on);
void set_pstate_dit(int on);

u64 read_sanitised_ftr_reg(u32 id);
bool cpus_have_final_cap(int cap);

#endif
