/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Debug registers, of the machine's.
 */
#ifndef SHIM_X86_ASM_DEBUGREG_H
#define SHIM_X86_ASM_DEBUGREG_H

#include "../cpu.h"

#define get_debugreg(var, n)	((var) = cpu_get_dr(n))
#define set_debugreg(val, n)	cpu_set_dr(n, val)
#define hw_breakpoint_active()	cpu_has_breakpoints()

#endif
