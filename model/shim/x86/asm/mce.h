/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine check that came in a guest.
 */
#ifndef SHIM_X86_ASM_MCE_H
#define SHIM_X86_ASM_MCE_H

#include_next <asm/mce.h>
#include <asm/ptrace.h>

void do_machine_check(struct pt_regs *regs);

#endif
