/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's own MSRs, which a test has.
 */
#ifndef FAKE_ASM_MSR_H
#define FAKE_ASM_MSR_H

#include <linux/types.h>

u64 rdtsc(void);
u64 rdtsc_ordered(void);

#endif
