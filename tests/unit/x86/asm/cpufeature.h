/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine's CPU.
 */
#ifndef FAKE_ASM_CPUFEATURE_H
#define FAKE_ASM_CPUFEATURE_H

#include <linux/kernel.h>
#include <linux/types.h>

struct cpuinfo_x86 {
	u8 x86;		/* family */
};

extern struct cpuinfo_x86 boot_cpu_data;

#define X86_FEATURE_RDTSCP	1
#define X86_FEATURE_RDPID	0

#include_next <asm/cpufeature.h>

#endif
