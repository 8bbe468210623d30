/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The single instructions of which run.c is made: no order, no decision. The checker puts
 * functions of a machine in their place.
 */
#ifndef TABULA_SVM_BARE_H
#define TABULA_SVM_BARE_H

#include <linux/compiler.h>
#include <linux/types.h>

/**
 * bare_clgi() - hold back interrupts, NMIs, machine checks of this CPU (GIF = 0)
 */
static __always_inline void bare_clgi(void)
{
	asm volatile("clgi" : : : "memory");
}

/**
 * bare_stgi() - and let them come
 */
static __always_inline void bare_stgi(void)
{
	asm volatile("stgi" : : : "memory");
}

/**
 * bare_vmsave() - store what hangs on segments: FS, GS, TR, LDTR, and the MSRs of system calls
 * @pa: physical address of a control block
 */
static __always_inline void bare_vmsave(u64 pa)
{
	asm volatile("vmsave %0" : : "a" (pa) : "memory");
}

/**
 * bare_xsave() - store the FPU's state, and what belongs to it
 * @area: where
 * @mask: which components, of those that XCR0 has
 */
static __always_inline void bare_xsave(void *area, u64 mask)
{
	asm volatile("xsave64 (%0)" : : "r" (area), "a" ((u32)mask), "d" ((u32)(mask >> 32)) : "memory");
}

/**
 * bare_xrstor() - load it
 * @area: from where
 * @mask: which components, of those that XCR0 has
 */
static __always_inline void bare_xrstor(const void *area, u64 mask)
{
	asm volatile("xrstor64 (%0)" : : "r" (area), "a" ((u32)mask), "d" ((u32)(mask >> 32)) : "memory");
}

/**
 * bare_x87_forget() - what the last x87 instruction and operand were, in favour of our own
 *
 * For CPUs whose loads of x87 state leave it where no exception is pending.
 */
static __always_inline void bare_x87_forget(void)
{
	static const u32 zero;

	asm volatile("fnclex\n\temms\n\tfildl %0" : : "m" (zero));
}

/**
 * bare_fxsave() - as bare_xsave(), on a CPU without XSAVE
 * @area: where
 */
static __always_inline void bare_fxsave(void *area)
{
	asm volatile("fxsave64 (%0)" : : "r" (area) : "memory");
}

/**
 * bare_fxrstor() - as bare_xrstor(), on a CPU without XSAVE
 * @area: from where
 */
static __always_inline void bare_fxrstor(const void *area)
{
	asm volatile("fxrstor64 (%0)" : : "r" (area) : "memory");
}

#endif
