/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world switch between a VHE host at EL2 and a guest at EL1 and EL0:
 * general registers, SP_EL0, and the vectors that the guest's exceptions take.
 *
 * What EL2 itself executes while these vectors are in place is not interrupted
 * (DAIF is set) and cannot fault, but for three things that a guest's state decides:
 *   AT		walks the guest's tables, wherever they lie (cpu_translate_el1)
 *   a window	lets a pending SError in (cpu_serror_window)
 *   ERET	is illegal to a PSTATE that this CPU does not have (cpu_enter)
 * The vectors for EL2's own exceptions know these instructions by their addresses,
 * and the third by PSTATE.IL. Everything else is the host's to report.
 *
 * SP_EL0 is `current` and the base of the stack protector while C runs, so it
 * changes hands here, together with the general registers. X18 may be the
 * shadow call stack's.
 */
#include <linux/linkage.h>
#include <asm/assembler.h>
#include <asm/sysreg.h>

#include "offsets.h"

#define FRAME_SIZE	112	/* X29, X30, X19-X28, X18, SP_EL0 */

	.text

/* u64 cpu_enter(struct cpu_ctx *ctx): which vector brought the guest out */
SYM_FUNC_START(cpu_enter)
	stp	x29, x30, [sp, #-FRAME_SIZE]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mrs	x1, sp_el0
	stp	x18, x1, [sp, #96]
	stp	x0, xzr, [sp, #-16]!

	ldr	x1, [x0, #CPU_OFF_SP]
	ldp	x2, x3, [x0, #CPU_OFF_PC]
	msr	sp_el0, x1
	msr	elr_el2, x2
	msr	spsr_el2, x3

	ldp	x2, x3, [x0, #CPU_OFF_X(2)]
	ldp	x4, x5, [x0, #CPU_OFF_X(4)]
	ldp	x6, x7, [x0, #CPU_OFF_X(6)]
	ldp	x8, x9, [x0, #CPU_OFF_X(8)]
	ldp	x10, x11, [x0, #CPU_OFF_X(10)]
	ldp	x12, x13, [x0, #CPU_OFF_X(12)]
	ldp	x14, x15, [x0, #CPU_OFF_X(14)]
	ldp	x16, x17, [x0, #CPU_OFF_X(16)]
	ldp	x18, x19, [x0, #CPU_OFF_X(18)]
	ldp	x20, x21, [x0, #CPU_OFF_X(20)]
	ldp	x22, x23, [x0, #CPU_OFF_X(22)]
	ldp	x24, x25, [x0, #CPU_OFF_X(24)]
	ldp	x26, x27, [x0, #CPU_OFF_X(26)]
	ldp	x28, x29, [x0, #CPU_OFF_X(28)]
	ldr	x30, [x0, #CPU_OFF_X(30)]
	ldp	x0, x1, [x0]
	eret
	dsb	nsh		/* nothing is speculated past ERET */
	isb
SYM_FUNC_END(cpu_enter)

/*
 * u64 cpu_enter_keyed(struct cpu_ctx *ctx): the same, and key IA is the guest's meanwhile.
 * What C signs by it on the way in is authenticated on the way out, so no C runs between.
 */
SYM_FUNC_START(cpu_enter_keyed)
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	str	x0, [sp, #16]
	ldp	x1, x2, [x0, #CPU_OFF_KEYS]
	msr_s	SYS_APIAKEYLO_EL1, x1
	msr_s	SYS_APIAKEYHI_EL1, x2
	bl	cpu_enter
	ldr	x1, [sp, #16]
	mrs_s	x2, SYS_APIAKEYLO_EL1
	mrs_s	x3, SYS_APIAKEYHI_EL1
	stp	x2, x3, [x1, #CPU_OFF_KEYS]
	ldp	x2, x3, [x1, #CPU_OFF_HOST_KEYS]
	msr_s	SYS_APIAKEYLO_EL1, x2
	msr_s	SYS_APIAKEYHI_EL1, x3
	isb
	ldp	x29, x30, [sp], #32
	ret
SYM_FUNC_END(cpu_enter_keyed)

/* X0 holds the vector; the guest's X0 and X1 are on the stack, the context above them */
SYM_CODE_START_LOCAL(cpu_exit)
	ldr	x1, [sp, #16]
	stp	x2, x3, [x1, #CPU_OFF_X(2)]
	stp	x4, x5, [x1, #CPU_OFF_X(4)]
	stp	x6, x7, [x1, #CPU_OFF_X(6)]
	stp	x8, x9, [x1, #CPU_OFF_X(8)]
	stp	x10, x11, [x1, #CPU_OFF_X(10)]
	stp	x12, x13, [x1, #CPU_OFF_X(12)]
	stp	x14, x15, [x1, #CPU_OFF_X(14)]
	stp	x16, x17, [x1, #CPU_OFF_X(16)]
	stp	x18, x19, [x1, #CPU_OFF_X(18)]
	stp	x20, x21, [x1, #CPU_OFF_X(20)]
	stp	x22, x23, [x1, #CPU_OFF_X(22)]
	stp	x24, x25, [x1, #CPU_OFF_X(24)]
	stp	x26, x27, [x1, #CPU_OFF_X(26)]
	stp	x28, x29, [x1, #CPU_OFF_X(28)]
	str	x30, [x1, #CPU_OFF_X(30)]
	ldp	x2, x3, [sp], #32
	stp	x2, x3, [x1]
	mrs	x2, sp_el0
	mrs	x3, elr_el2
	mrs	x4, spsr_el2
	str	x2, [x1, #CPU_OFF_SP]
	stp	x3, x4, [x1, #CPU_OFF_PC]

	ldp	x18, x1, [sp, #96]
	msr	sp_el0, x1
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #FRAME_SIZE
	ret
SYM_CODE_END(cpu_exit)

/* The registers are the guest's still, but for X16. */
SYM_CODE_START_LOCAL(cpu_enter_illegal)
	stp	x0, x1, [sp, #-16]!
	mov	x0, #CPU_EXIT_ILLEGAL
	b	cpu_exit
SYM_CODE_END(cpu_enter_illegal)

/*
 * u64 cpu_translate_el1(u64 va): AT S1E1R, for PAR_EL1. Not 0: the walk did not end but in
 * an exception: a table in device memory, or in memory that is broken, TLB entries
 * that contradict each other.
 */
SYM_FUNC_START(cpu_translate_el1)
SYM_INNER_LABEL(cpu_translate_at, SYM_L_LOCAL)
	at	s1e1r, x0
	isb
	mov	x0, xzr
	ret
SYM_INNER_LABEL(cpu_translate_failed, SYM_L_LOCAL)
	mov	x0, #1
	ret
SYM_FUNC_END(cpu_translate_el1)

SYM_CODE_START_LOCAL(cpu_translate_fixup)
	adr_l	x16, cpu_translate_failed
	msr	elr_el1, x16
	eret
	dsb	nsh
	isb
SYM_CODE_END(cpu_translate_fixup)

/* u64 cpu_serror_window(void): takes an SError that is pending; its ESR_EL2, or 0 */
SYM_FUNC_START(cpu_serror_window)
	mov	x0, xzr
	msr	daifclr, #4
SYM_INNER_LABEL(cpu_serror_window_start, SYM_L_LOCAL)
	isb
SYM_INNER_LABEL(cpu_serror_window_end, SYM_L_LOCAL)
	msr	daifset, #4
	ret
SYM_FUNC_END(cpu_serror_window)

SYM_CODE_START_LOCAL(cpu_serror_fixup)
	mrs	x0, esr_el1
	adr_l	x16, cpu_serror_window_end
	msr	elr_el1, x16
	eret
	dsb	nsh
	isb
SYM_CODE_END(cpu_serror_fixup)

/* What a CPU owes its branch predictor when a guest comes out; spectre.c chooses. */
	.macro	mitigate_none
	.endm

	.macro	mitigate_loop count
	mov	x0, #\count
1:	b	2f
2:	subs	x0, x0, #1
	b.ne	1b
	dsb	nsh
	isb
	.endm

	.macro	mitigate_clrbhb
	hint	#22		/* CLRBHB */
	isb
	.endm

	.macro	mitigate_firmware
	stp	x2, x3, [sp, #-16]!
	movz	w0, #0x8000, lsl #16
	movk	w0, #0x3fff	/* SMCCC ARCH_WORKAROUND_3 */
	smc	#0
	ldp	x2, x3, [sp], #16
	.endm

	.macro	mitigate_firmware1
	stp	x2, x3, [sp, #-16]!
	movz	w0, #0x8000, lsl #16
	movk	w0, #0x8000	/* SMCCC ARCH_WORKAROUND_1 */
	smc	#0
	ldp	x2, x3, [sp], #16
	.endm

	.macro	mitigate_firmware1_loop count
	mitigate_firmware1
	mitigate_loop \count
	.endm

	/* From a lower exception level: the guest. */
	.macro	guest_vector code, mitigate:req, arg
	.align	7
	stp	x0, x1, [sp, #-16]!
	\mitigate \arg
	mov	x0, #\code
	b	cpu_exit
	.endm

	/*
	 * From EL2 itself, while these vectors are in place: a bug of ours, or a
	 * machine that fails. The host's vectors report it; X16 and X17 are lost.
	 */
	.macro	to_host offset
	adr_this_cpu x16, cpu_host_vbar, x17
	ldr	x16, [x16]
	msr	vbar_el1, x16
	isb
	add	x16, x16, #\offset
	br	x16
	.endm

	.macro	host_vector offset
	.align	7
	to_host	\offset
	.endm

	/* X16 and X17 belong to nobody across the call of a function, which AT is in. */
	.macro	own_sync_vector
	.align	7
	mrs	x16, spsr_el1		/* with E2H: SPSR_EL2, and so for the others */
	tbnz	x16, #20, cpu_enter_illegal
	mrs	x16, elr_el1
	adr_l	x17, cpu_translate_at
	cmp	x16, x17
	b.eq	cpu_translate_fixup
	to_host	0x200
	.endm

	.macro	own_serror_vector
	.align	7
	mrs	x16, elr_el1
	adr_l	x17, cpu_serror_window_start
	cmp	x16, x17
	b.lo	.Lhost\@
	adr_l	x17, cpu_serror_window_end
	cmp	x16, x17
	b.ls	cpu_serror_fixup
.Lhost\@:
	to_host	0x380
	.endm

	.macro	vectors name, mitigate:req, arg
	.align	11
SYM_CODE_START(\name)
	host_vector 0x000
	host_vector 0x080
	host_vector 0x100
	host_vector 0x180
	own_sync_vector
	host_vector 0x280
	host_vector 0x300
	own_serror_vector
	.rept	2		/* AArch64 and AArch32 alike */
	guest_vector CPU_EXIT_SYNC, \mitigate, \arg
	guest_vector CPU_EXIT_IRQ, \mitigate, \arg
	guest_vector CPU_EXIT_FIQ, \mitigate, \arg
	guest_vector CPU_EXIT_SERROR, \mitigate, \arg
	.endr
SYM_CODE_END(\name)
	.endm

	vectors	cpu_vectors, mitigate_none
	vectors	cpu_vectors_loop8, mitigate_loop, 8
	vectors	cpu_vectors_loop11, mitigate_loop, 11
	vectors	cpu_vectors_loop24, mitigate_loop, 24
	vectors	cpu_vectors_loop32, mitigate_loop, 32
	vectors	cpu_vectors_loop38, mitigate_loop, 38
	vectors	cpu_vectors_loop132, mitigate_loop, 132
	vectors	cpu_vectors_clrbhb, mitigate_clrbhb
	vectors	cpu_vectors_firmware1, mitigate_firmware1
	vectors	cpu_vectors_firmware1_loop132, mitigate_firmware1_loop, 132
	vectors	cpu_vectors_firmware3, mitigate_firmware
