/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the world switch's assembly finds things in struct cpu_ctx;
 * switch.c asserts that the C structure agrees.
 */
#ifndef TABULA_CPU_OFFSETS_H
#define TABULA_CPU_OFFSETS_H

#define CPU_OFF_X(n)	(8 * (n))
#define CPU_OFF_SP	248
#define CPU_OFF_PC	256
#define CPU_OFF_PSTATE	264
#define CPU_OFF_KEYS	272	/* the guest's key IA, low and high */
#define CPU_OFF_HOST_KEYS 352	/* the host's */

/* Which vector brought the guest out; struct cpu_ctx.exit_code. */
#define CPU_EXIT_SYNC	0
#define CPU_EXIT_IRQ	1
#define CPU_EXIT_FIQ	2
#define CPU_EXIT_SERROR	3
#define CPU_EXIT_USER	5	/* served, and what is left of it is the VMM's: none of the vectors' */
#define CPU_EXIT_ILLEGAL 4	/* it never got in: no exception return to that PSTATE */

#endif
