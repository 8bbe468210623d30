/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_ASM_NEON_H
#define SHIM_ASM_NEON_H

void kernel_neon_begin(void);
void kernel_neon_end(void);

#endif
