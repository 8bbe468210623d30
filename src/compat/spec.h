/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: what a host that speculates wants of whoever runs guests. Found out after 6.12, and carried back to it: where the
 * kernel has no name for a feature, it does not do its own part either.
 */
#ifndef TABULA_COMPAT_SPEC_H
#define TABULA_COMPAT_SPEC_H

#include <linux/percpu.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>

/**
 * compat_guest_ran() - this CPU's way to user space has to forget what guests' branches have taught it
 *
 * Preemption is off. The kernel does it once, at its next return to user space here (VMSCAPE).
 */
static inline void compat_guest_ran(void)
{
#ifdef X86_FEATURE_IBPB_EXIT_TO_USER
	if (boot_cpu_has(X86_FEATURE_IBPB_EXIT_TO_USER))
		this_cpu_write(x86_ibpb_exit_to_user, true);
#endif
}

/**
 * compat_wants_spec_reduced() - does the kernel count on BP_CFG.BpSpecReduce while guests run (SRSO)?
 *
 * Return: true where it has nothing else against that.
 */
static inline bool compat_wants_spec_reduced(void)
{
#ifdef X86_FEATURE_SRSO_BP_SPEC_REDUCE
	return boot_cpu_has(X86_FEATURE_SRSO_BP_SPEC_REDUCE);
#else
	return false;
#endif
}

/* As its number is known, and only where the feature is. */
#ifndef MSR_ZEN4_BP_CFG
#define MSR_ZEN4_BP_CFG				0xc001102e
#endif
#ifndef MSR_ZEN4_BP_CFG_BP_SPEC_REDUCE_BIT
#define MSR_ZEN4_BP_CFG_BP_SPEC_REDUCE_BIT	4
#endif

#endif
