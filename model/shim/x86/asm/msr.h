/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MSRs, of the machine's.
 */
#ifndef SHIM_X86_ASM_MSR_H
#define SHIM_X86_ASM_MSR_H

#include <asm/msr-index.h>

#include "../cpu.h"

#define MSR_TSC_AUX		0xc0000103
#define MSR_IA32_XSS		0xda0

#define rdmsrl(msr, val)	((val) = 0)	/* nobody does */
#define wrmsrl(msr, val)	cpu_wrmsr(msr, val)

#endif
