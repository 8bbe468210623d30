/* SPDX-License-Identifier: GPL-2.0 */
/*
 * First instructions and exception vectors of the lab's bare-metal guests.
 *
 * The VMM enters at the image's first byte with X0 = what to do, X1 = its
 * argument, X2 = top of the stack. What else there is to enter at stands in the
 * table behind the first instruction; see enum guest_entry.
 */
#include "protocol.h"

	.section .text.start, "ax"
	.globl	guest_first
guest_first:
	b	guest_start
	.balign	8
	.quad	guest_dump
	.quad	guest_secondary
	.quad	guest_image_size

guest_start:
	mov	x3, sp
	mov	sp, x2
	stp	x0, x1, [sp, #-16]!
	adrp	x2, guest_vectors
	add	x2, x2, :lo12:guest_vectors
	msr	vbar_el1, x2
	isb
	ldp	x0, x1, [sp], #16
	mov	x2, x3
	bl	guest_enter
	b	.

/* PSCI starts a CPU here with X0 = address of { what, argument, stack }. */
guest_secondary:
	ldr	x2, [x0, #16]
	ldp	x0, x1, [x0]
	b	guest_start

/*
 * SP_EL1 is all that the VMM has set: everything that a guest finds in its
 * registers goes to where it points, and then on as guest_start() would.
 */
guest_dump:
	stp	x0, x1, [sp, #DUMP_X]
	stp	x2, x3, [sp, #DUMP_X + 16]
	stp	x4, x5, [sp, #DUMP_X + 32]
	stp	x6, x7, [sp, #DUMP_X + 48]
	stp	x8, x9, [sp, #DUMP_X + 64]
	stp	x10, x11, [sp, #DUMP_X + 80]
	stp	x12, x13, [sp, #DUMP_X + 96]
	stp	x14, x15, [sp, #DUMP_X + 112]
	stp	x16, x17, [sp, #DUMP_X + 128]
	stp	x18, x19, [sp, #DUMP_X + 144]
	stp	x20, x21, [sp, #DUMP_X + 160]
	stp	x22, x23, [sp, #DUMP_X + 176]
	stp	x24, x25, [sp, #DUMP_X + 192]
	stp	x26, x27, [sp, #DUMP_X + 208]
	stp	x28, x29, [sp, #DUMP_X + 224]
	str	x30, [sp, #DUMP_X + 240]
	.set	at, DUMP_SYS
	.macro	dump reg
	mrs	x0, \reg
	str	x0, [sp, #at]
	.set	at, at + 8
	.endm
	dump	nzcv
	dump	daif
	dump	currentel
	dump	spsel
	dump	sp_el0
	dump	elr_el1
	dump	spsr_el1
	dump	esr_el1
	dump	far_el1
	dump	vbar_el1
	dump	par_el1
	dump	tpidr_el0
	dump	tpidrro_el0
	dump	tpidr_el1
	dump	sctlr_el1
	dump	cpacr_el1
	dump	ttbr0_el1
	dump	ttbr1_el1
	dump	tcr_el1
	dump	mair_el1
	dump	amair_el1
	dump	contextidr_el1
	dump	afsr0_el1
	dump	afsr1_el1
	dump	csselr_el1
	dump	cntkctl_el1
	dump	mdscr_el1
	dump	cntv_ctl_el0
	dump	cntv_cval_el0
	dump	cntp_ctl_el0
	dump	cntp_cval_el0
	mov	x0, #3 << 20
	msr	cpacr_el1, x0
	isb
	.arch_extension fp
	.arch_extension simd
	add	x0, sp, #DUMP_V
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	str	q\n, [x0], #16
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str	q\n, [x0], #16
	.endr
	mrs	x1, fpcr
	mrs	x2, fpsr
	stp	x1, x2, [x0]
	mov	x2, sp
	mov	x1, sp
	mov	x0, #0
	add	x2, x2, #DUMP_STACK
	b	guest_start

	.text
	.macro	vector kind
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	mov	x0, #\kind
	b	guest_save
	.endm

	.balign	2048
guest_vectors:
	.irp	kind, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\kind
	.endr

guest_save:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x1, elr_el1
	stp	x30, x1, [sp, #240]
	mrs	x1, spsr_el1
	mrs	x2, esr_el1
	stp	x1, x2, [sp, #256]
	mrs	x1, far_el1
	str	x1, [sp, #272]
	mov	x1, x0
	mov	x0, sp
	bl	guest_vector
	ldp	x30, x1, [sp, #240]
	ldr	x2, [sp, #256]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret

/* u64 guest_execute(u32 insn address, u64 x0): X0 after one instruction and a RET */
	.globl	guest_execute
guest_execute:
	mov	x9, x0
	mov	x0, x1
	br	x9
