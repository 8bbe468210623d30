/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sections of kernel-mode NEON: nothing to save here.
 */
#ifndef TEST_ASM_NEON_H
#define TEST_ASM_NEON_H

static inline void kernel_neon_begin(void)
{
}

static inline void kernel_neon_end(void)
{
}

#endif
