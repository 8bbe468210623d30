/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's sections in which it has the FPU's registers for itself.
 */
#ifndef SHIM_X86_ASM_FPU_API_H
#define SHIM_X86_ASM_FPU_API_H

#include "../../cpu.h"

#define kernel_fpu_begin_mask(mask)	cpu_fpu_begin()
#define kernel_fpu_end()		cpu_fpu_end()

#endif
