/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's TSC.
 */
#ifndef FAKE_ASM_TSC_H
#define FAKE_ASM_TSC_H

#include <asm/msr.h>
#include <linux/limits.h>

extern unsigned int tsc_khz;

int check_tsc_unstable(void);

#endif
