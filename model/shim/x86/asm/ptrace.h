/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of the registers a machine check looks at.
 */
#ifndef SHIM_X86_ASM_PTRACE_H
#define SHIM_X86_ASM_PTRACE_H

struct pt_regs {
	unsigned long cs;
	unsigned long flags;
};

#endif
