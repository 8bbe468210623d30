/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the kernel runs: the test says it.
 */
#ifndef TEST_ASM_VIRT_H
#define TEST_ASM_VIRT_H

#include <linux/types.h>

bool is_kernel_in_hyp_mode(void);

#endif
