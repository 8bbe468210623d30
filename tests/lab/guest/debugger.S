/* SPDX-License-Identifier: GPL-2.0 */
/* What the VMM steps through and stops in: one instruction of each kind. X0: port to write, X19: memory to write. */
	.text
	.global	stepped, stepped_mmio, stepped_end, stopped, watched_store, stopped_end
stepped:
	mov	x6, #1
	add	x6, x6, #1
	mrs	x2, id_aa64pfr0_el1	// trapped, and answered with interrupts off
	mrs	x7, mdscr_el1		// trapped, and answered in the run loop
	mov	x4, x0
	ldr	w0, =0x84000000		// PSCI_VERSION
	hvc	#0
	mov	x0, x4
stepped_mmio:
	str	x6, [x0]
	ldr	x5, [x0]
	wfe
	nop
stepped_end:
	ret
	.ltorg

stopped:
	nop
watched_store:
	str	x1, [x19]
	nop
stopped_end:
	ret
