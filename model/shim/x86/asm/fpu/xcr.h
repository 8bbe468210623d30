/* SPDX-License-Identifier: GPL-2.0 */
/*
 * XCR0, of the machine's.
 */
#ifndef SHIM_X86_ASM_FPU_XCR_H
#define SHIM_X86_ASM_FPU_XCR_H

#include_next <asm/fpu/xcr.h>

#include "../../cpu.h"

#define XCR_XFEATURE_ENABLED_MASK	0
#define xgetbv(n)		cpu_get_xcr0()
#define xsetbv(n, val)		cpu_set_xcr0(val)

#endif
