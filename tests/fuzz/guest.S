/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What vCPUs of the fuzzer run: programs of 256 bytes each, without an end, without a
 * stack, at home wherever they are. X20 drives their choices.
 */
	.arch	armv8.2-a
	.section .rodata
	.globl	guest_programs, guest_programs_end
	.balign	256
guest_programs:

/* 0: reads and writes 64 MiB from the RAM's begin on, page by page */
	mov	x0, #0x40000000
	mov	x3, #0x44000000
1:	mov	x1, x0
2:	add	x1, x1, #8, lsl #12
	str	x1, [x1, #64]
	ldr	x2, [x1, #8]
	add	x2, x2, x1
	cmp	x1, x3
	b.lo	2b
	b	1b

	.balign	256
/* 1: the VMM's registers, in every width; then one without syndrome */
	mov	x0, #0x0a000000
1:	ldr	w1, [x0]
	str	x1, [x0, #8]
	ldrb	w2, [x0, #3]
	ldrsh	x3, [x0, #18]
	strh	w3, [x0, #32]
	add	x4, x4, #1
	tst	x4, #7
	b.ne	1b
	ldp	x5, x6, [x0, #64]
	b	1b

	.balign	256
/* 2: waits for its timers */
	mov	x1, #1
1:	mov	x0, #2000
	msr	cntv_tval_el0, x0
	msr	cntv_ctl_el0, x1
	wfi
	msr	cntp_tval_el0, x0
	msr	cntp_ctl_el0, x1
	wfi
	msr	cntv_ctl_el0, xzr
	msr	cntp_ctl_el0, xzr
	b	1b

	.balign	256
/* 3: MMU on and off, with maintenance of every kind */
	mov	x0, #0x40000000
	add	x1, x0, #8, lsl #12
	msr	ttbr0_el1, x1
	mov	x2, #0xff
	msr	mair_el1, x2
	mov	x2, #0x3519		/* 39 bits, write-back, inner shareable */
	orr	x2, x2, #0x800000
	msr	tcr_el1, x2
	isb
1:	mrs	x3, sctlr_el1
	mov	x4, #0x1005
	eor	x3, x3, x4
	msr	sctlr_el1, x3
	isb
	add	x5, x0, #0x100, lsl #12
	str	x5, [x5]
	dc	civac, x5
	dc	zva, x5
	ic	ivau, x5
	dc	isw, x6
	dc	cisw, x6
	add	x6, x6, #64
	tlbi	vmalle1is
	dsb	ish
	ic	iallu
	isb
	b	1b

	.balign	256
/* 4: interrupts of the GIC, sent, taken by asking, ended */
	mov	x0, #0x08000000
	mov	w1, #0x12
	str	w1, [x0]
	ldr	w2, [x0, #4]
	mov	x3, #0x080b0000
	mov	w4, #-1
	str	w4, [x3, #0x80]
	str	w4, [x3, #0x100]
	str	w4, [x0, #0x104]
	mov	x5, #0xff
	msr	s3_0_c4_c6_0, x5	/* ICC_PMR_EL1 */
	mov	x5, #1
	msr	s3_0_c12_c12_7, x5	/* ICC_IGRPEN1_EL1 */
1:	mov	x6, #1 << 40
	add	x7, x7, #0x800, lsl #12
	and	x7, x7, #0xf000000
	orr	x6, x6, x7
	msr	s3_0_c12_c11_5, x6	/* ICC_SGI1R_EL1 */
	mov	w8, #1 << 7
	str	w8, [x3, #0x200]
	str	w4, [x0, #0x204]
	isb
	mrs	x9, s3_0_c12_c12_0	/* ICC_IAR1_EL1 */
	msr	s3_0_c12_c12_1, x9	/* ICC_EOIR1_EL1 */
	wfi
	b	1b

	.balign	256
/* 5: PSCI on its fellows and itself */
	mov	x20, x0
1:	eor	x20, x20, x20, lsl #13
	eor	x20, x20, x20, lsr #7
	eor	x20, x20, x20, lsl #17
	add	x20, x20, #1
	and	x1, x20, #3
	mov	x2, #0x40000000
	and	x3, x20, #0x700
	add	x2, x2, x3
	mov	x0, #0xc4000000
	ubfx	x4, x20, #8, #4
	add	x0, x0, x4
	cmp	x4, #8			/* SYSTEM_OFF, SYSTEM_RESET: seldom */
	b.lo	2f
	tst	x20, #0xff0000
	b.ne	1b
2:	hvc	#0
	b	1b

	.balign	256
/* 6: hypercalls of any number */
	mov	x20, x0
1:	eor	x20, x20, x20, lsl #13
	eor	x20, x20, x20, lsr #7
	eor	x20, x20, x20, lsl #17
	add	x20, x20, #1
	mov	x0, x20
	ubfx	x1, x20, #20, #7
	tst	x20, #1
	b.eq	2f
	mov	w0, #0x80000000
	orr	x0, x0, x1
	ubfx	x2, x20, #40, #3
	orr	x0, x0, x2, lsl #24
2:	hvc	#0
	smc	#0
	b	1b

	.balign	256
/* 7: vector registers, exclusives, stolen time */
	mov	x1, #3 << 20
	msr	cpacr_el1, x1
	isb
	mov	x2, #0x40000000
	add	x2, x2, #0x200, lsl #12
1:	movi	v0.16b, #7
	str	q0, [x2]
	fadd	d1, d0, d1
	ldxr	x3, [x2]
	add	x3, x3, #1
	stxr	w4, x3, [x2]
	mov	w0, #0x0020
	movk	w0, #0xc500, lsl #16
	mov	x1, x0
	hvc	#0
	mov	w0, #0x0021
	movk	w0, #0xc500, lsl #16
	hvc	#0
	b	1b

	.balign	256
/* 8: what was drawn */
	mov	x0, #0x40000000
	add	x1, x0, #6, lsl #12
	msr	vbar_el1, x1
	isb
	add	x0, x0, #4, lsl #12
	br	x0

	.balign	256
/* 9: reading memory at EL0 */
	mov	x0, #0x40000000
	add	x1, x0, #6, lsl #12
	msr	vbar_el1, x1
	msr	elr_el1, x0
	msr	spsr_el1, xzr
	eret

	.balign	256
/* 10: keys of pointer authentication, signing and authenticating, with exits between */
	mov	x0, #0x40000000
	add	x1, x0, #6, lsl #12
	msr	vbar_el1, x1
	mrs	x2, sctlr_el1
	mov	x3, #0x2000		/* EnDB, EnDA, EnIB, EnIA */
	movk	x3, #0xc800, lsl #16
	orr	x2, x2, x3
	msr	sctlr_el1, x2
	isb
	mov	x4, #0x0a000000
1:	add	x5, x5, #77
	msr	s3_0_c2_c1_0, x5	/* APIAKEYLO_EL1 */
	msr	s3_0_c2_c1_2, x5	/* APIBKEYLO_EL1 */
	msr	s3_0_c2_c3_1, x5	/* APGAKEYHI_EL1 */
	isb
	mov	x6, x0
	.inst	0xdac123e6		/* PACIZA X6 */
	.inst	0xdac127e6		/* PACIZB X6 */
	.inst	0x9ac630c7		/* PACGA X7, X6, X6 */
	str	x7, [x4, #16]
	.inst	0xdac137e6		/* AUTIZB X6 */
	.inst	0xdac133e6		/* AUTIZA X6 */
	mrs	x8, s3_0_c2_c1_0
	b	1b

	.balign	256
guest_programs_end:
