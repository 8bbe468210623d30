/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MSRs are the test's.
 */
#ifndef FAKE_SPEC_MSR_H
#define FAKE_SPEC_MSR_H

#include <linux/types.h>

/* as older kernels call it */
#define rdmsrl
void wrmsrl(u32 msr, u64 val);
int rdmsrl_safe(u32 msr, u64 *val);
int wrmsrl_safe(u32 msr, u64 val);

#endif
