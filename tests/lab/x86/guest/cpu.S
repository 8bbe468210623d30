/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Code that the VMM puts at GUEST_LOW: real mode, 32-bit mode, 64-bit mode and back, with the VMM's descriptors and
 * page tables, saying in each that it is there.
 */
#include "protocol.h"

#define EFER		0xc0000080
#define TEST		(GUEST_PORT + PORT_TEST)

/* Where something stands once it is at GUEST_LOW. */
#define LOW(label)	(GUEST_LOW + label - guest_blob)

	.text
	.globl	guest_blob, guest_blob_size
	.balign	16
guest_blob:
	.code16
	xor	%eax, %eax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0x1616, %ax
	mov	$TEST, %dx
	out	%al, %dx
	lgdtl	LOW(gdt)
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$SEL_CODE32, $LOW(in32)

	.code32
in32:
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %ss
	mov	$0x3232, %eax
	mov	$TEST, %edx
	out	%al, %dx
	mov	$GUEST_TABLES, %eax
	mov	%eax, %cr3
	mov	%cr4, %eax
	or	$0x20, %eax
	mov	%eax, %cr4
	mov	$EFER, %ecx
	rdmsr
	or	$0x100, %eax
	wrmsr
	mov	%cr0, %eax
	or	$0x80000000, %eax
	mov	%eax, %cr0
	ljmp	$SEL_CODE64, $LOW(in64)

	.code64
in64:
	mov	$0x6464646464646464, %rax
	mov	$TEST, %edx
	out	%al, %dx
	/* back: compatibility mode, paging off, 16-bit segments, real mode */
	ljmpl	*LOW(to32)

	.code32
back32:
	mov	%cr0, %eax
	and	$0x7fffffff, %eax
	mov	%eax, %cr0
	mov	$EFER, %ecx
	rdmsr
	and	$~0x100, %eax
	wrmsr
	ljmp	$SEL_CODE16, $LOW(back16)

	.code16
back16:
	mov	$SEL_DATA16, %eax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	%cr0, %eax
	and	$~1, %al
	mov	%eax, %cr0
	ljmp	$0, $LOW(real)
real:
	xor	%eax, %eax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0x1616, %ax
	mov	$TEST, %dx
	out	%al, %dx
	hlt

	.balign	8
to32:
	.long	LOW(back32)
	.word	SEL_CODE32
	.balign	8
gdt:
	.word	GDT_ENTRIES * 8 - 1
	.long	GUEST_GDT
blob_end:
	.set	guest_blob_size, blob_end - guest_blob
	.section .note.GNU-stack, "", %progbits
