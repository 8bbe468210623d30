/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The CPU: four levels of paging.
 */
#ifndef SHIM_ASM_PROCESSOR_H
#define SHIM_ASM_PROCESSOR_H

#include <asm/processor-flags.h>
#include <linux/types.h>

#define cpu_relax()		shim_relax()
#define native_read_cr4()	0UL

#endif
