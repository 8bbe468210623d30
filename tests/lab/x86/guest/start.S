/* SPDX-License-Identifier: GPL-2.0 */
/*
 * First instructions and exception entries of the lab's x86-64 guests. The VMM enters in 64-bit mode at the image's
 * first byte with RDI = what to do, RSI = its argument, RSP = top of the stack.
 */
	.section .text.start, "ax"
	.globl	guest_first
guest_first:
	jmp	guest_start
	.balign	8
	.quad	guest_image_size
	.quad	guest_blob
	.quad	guest_blob_size

guest_start:
	xor	%ebp, %ebp
	call	guest_enter
1:	hlt
	jmp	1b

	.text
/* One entry of 16 bytes for each vector: error code, or zero in its place, then the vector. */
	.globl	guest_entries
	.balign	16
guest_entries:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	vector != 8 && !(vector >= 10 && vector <= 14) && vector != 17 && vector != 21 && vector != 29 && vector != 30
	push	$0
	.endif
	push	$vector
	jmp	guest_entry
	.set	vector, vector + 1
	.endr

guest_entry:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rdi
	mov	%rsp, %rbp
	and	$-16, %rsp
	cld
	call	guest_vector
	mov	%rbp, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	iretq
	.section .note.GNU-stack, "", %progbits
