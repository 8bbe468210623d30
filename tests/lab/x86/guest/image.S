/* SPDX-License-Identifier: GPL-2.0 */
/* The bare-metal guest inside the program that runs it. */
	.section .rodata
	.balign	8
	.globl	guest_image, guest_image_end
guest_image:
	.incbin	GUEST_IMAGE_FILE
guest_image_end:
	.section .note.GNU-stack, "", %progbits
