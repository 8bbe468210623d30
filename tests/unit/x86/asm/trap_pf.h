/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Error code of #PF (AMD APM vol. 2, 8.4.2).
 */
#ifndef FAKE_ASM_TRAP_PF_H
#define FAKE_ASM_TRAP_PF_H

enum { X86_PF_PROT = 1 << 0, X86_PF_WRITE = 1 << 1, X86_PF_USER = 1 << 2, X86_PF_RSVD = 1 << 3, X86_PF_INSTR = 1 << 4 };

#endif
