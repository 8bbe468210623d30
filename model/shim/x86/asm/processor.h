/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As the kernel's it brings MSRs, state components and operations on bits along.
 */
#ifndef SHIM_X86_ASM_PROCESSOR_H
#define SHIM_X86_ASM_PROCESSOR_H

#include <asm/fpu/xcr.h>
#include <asm/msr-index.h>
#include <linux/bitops.h>
#include_next <asm/processor.h>

#endif
