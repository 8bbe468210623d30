/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU whose features are the test's.
 */
#ifndef FAKE_SPEC_CPUFEATURE_H
#define FAKE_SPEC_CPUFEATURE_H

#include <linux/types.h>

enum {
	X86_FEATURE_IBPB, X86_FEATURE_AMD_IBPB, X86_FEATURE_AMD_IBRS, X86_FEATURE_AMD_STIBP,
	X86_FEATURE_AMD_STIBP_ALWAYS_ON, X86_FEATURE_AMD_SSBD, X86_FEATURE_AMD_SSB_NO, X86_FEATURE_AMD_PSFD,
	X86_FEATURE_BTC_NO, X86_FEATURE_RDTSCP, X86_FEATURE_RDPID,
};

bool boot_cpu_has(unsigned int feature);
u32 cpuid_edx(u32 leaf);

#endif
