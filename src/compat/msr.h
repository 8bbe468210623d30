/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: model-specific registers of 64 bits, rdmsrl() until 6.15, rdmsrq() since; and CPUID,
 * which has a header of its own in newer kernels.
 */
#ifndef TABULA_COMPAT_MSR_H
#define TABULA_COMPAT_MSR_H

#include <asm/msr.h>
#ifdef __has_include	/* sparse has it not, and meets the older kernel */
#if __has_include(<asm/cpuid/api.h>)
#define COMPAT_CPUID_API
#endif
#endif

#ifdef COMPAT_CPUID_API
#include <asm/cpuid/api.h>
#else
#include <asm/processor.h>
#endif

#ifndef rdmsrl
#define rdmsrl		rdmsrq
#define rdmsrl_safe	rdmsrq_safe
#define wrmsrl		wrmsrq
#define wrmsrl_safe	wrmsrq_safe
#endif

#endif
