/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine's CPU has all that is asked for.
 */
#ifndef SHIM_X86_ASM_CPUFEATURE_H
#define SHIM_X86_ASM_CPUFEATURE_H

#include <linux/types.h>

#define X86_FEATURE_RDTSCP	1
#define X86_FEATURE_RDPID	2
#define X86_FEATURE_IBPB	3
#define boot_cpu_has(feature)	((feature) > 0)

#endif
