/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Features of the CPU: blocks of 2 MiB and none larger.
 */
#ifndef SHIM_ASM_CPUFEATURE_H
#define SHIM_ASM_CPUFEATURE_H

#define X86_FEATURE_GBPAGES	0
#define boot_cpu_has(feature)	(feature)

#endif
