/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One instruction at a time: the VMM writes a struct step into the guest's memory, the guest runs it with the
 * registers, the exception level and the byte order that stand there, and writes down what it came to.
 */
#ifndef TESTS_LAB_STEP_H
#define TESTS_LAB_STEP_H

#include "vmm.h"

#define STEP_AT		(GUEST_RAM + 0x200000)
#define STEP_WORDS	12

#define STEP_BIG	(1 << 0)	/* data is big-endian at its exception level */
#define STEP_EL0	(1 << 1)

/**
 * struct step - an instruction, what is in the registers before it, and after
 * @insn: the instruction
 * @flags: STEP_*
 * @x: X0 to X30 before; at EL1 and big-endian, X28 and X29 are not the caller's
 * @out: X0 to X30 after
 * @esr: 0: it went through; else ESR_EL1 of the exception that it took
 * @far: FAR_EL1 then
 * @code: where it stands
 */
struct step {
	uint32_t insn;
	uint32_t flags;
	uint64_t x[31];
	uint64_t out[31];
	uint64_t esr;
	uint64_t far;
	uint64_t code;
};

#define STEP_OFF_X	8
#define STEP_SVC	1

#ifdef GUEST

/* Runs code with X0 to X30 of the step, by ERET; comes back where the exception handler says. */
void step_enter(struct step *s, uint64_t code, uint64_t spsr);
void step_back(void);

asm(".pushsection .text\n"
    "step_enter:\n"
    "stp x29, x30, [sp, #-96]!\n"
    "stp x19, x20, [sp, #16]\nstp x21, x22, [sp, #32]\nstp x23, x24, [sp, #48]\n"
    "stp x25, x26, [sp, #64]\nstp x27, x28, [sp, #80]\n"
    "msr elr_el1, x1\nmsr spsr_el1, x2\n"
    "add x0, x0, #8\n"
    "ldp x2, x3, [x0, #16]\nldp x4, x5, [x0, #32]\nldp x6, x7, [x0, #48]\nldp x8, x9, [x0, #64]\n"
    "ldp x10, x11, [x0, #80]\nldp x12, x13, [x0, #96]\nldp x14, x15, [x0, #112]\nldp x16, x17, [x0, #128]\n"
    "ldp x18, x19, [x0, #144]\nldp x20, x21, [x0, #160]\nldp x22, x23, [x0, #176]\nldp x24, x25, [x0, #192]\n"
    "ldp x26, x27, [x0, #208]\nldp x28, x29, [x0, #224]\nldr x30, [x0, #240]\n"
    "ldp x0, x1, [x0]\n"
    "eret\n"
    "step_back:\n"
    "ldp x19, x20, [sp, #16]\nldp x21, x22, [sp, #32]\nldp x23, x24, [sp, #48]\n"
    "ldp x25, x26, [sp, #64]\nldp x27, x28, [sp, #80]\n"
    "ldp x29, x30, [sp], #96\nret\n"
    ".popsection\n");

#define STEP_SCTLR_EE	(1UL << 25)
#define STEP_SCTLR_E0E	(1UL << 24)

static struct step *step_now;

/* The step's SVC, or what its instruction ran into: both end it. */
static bool step_sync(struct guest_frame *f)
{
	struct step *s = step_now;
	unsigned int i;

	if (!s)
		return false;
	for (i = 0; i < 31; i++)
		s->out[i] = f->x[i];
	if (EC(f->esr) != EC_SVC64 || (f->esr & 0xffff) != STEP_SVC) {
		s->esr = f->esr;
		s->far = f->far;
	}
	step_now = NULL;
	f->elr = (uintptr_t)step_back;
	f->spsr = 0x3c5;
	return true;
}

/* MSR SCTLR_EL1, Xn and ISB around the instruction where EL1's byte order changes. */
static void step_run(struct step *s)
{
	static uint32_t code[STEP_WORDS] __attribute__((aligned(64)));
	volatile uint32_t *c = code;
	uint64_t sctlr = read_reg(sctlr_el1);
	bool el0 = s->flags & STEP_EL0, big = s->flags & STEP_BIG;
	unsigned int n = 0;

	if (big && !el0) {
		s->x[28] = sctlr | STEP_SCTLR_EE;
		s->x[29] = sctlr;
		c[n++] = 0xd518101c;	/* msr sctlr_el1, x28 */
		c[n++] = 0xd5033fdf;	/* isb */
	} else if (big) {
		write_reg(sctlr | STEP_SCTLR_E0E, sctlr_el1);
	}
	s->code = (uintptr_t)&code[n];
	c[n++] = s->insn;
	if (big && !el0) {
		c[n++] = 0xd518101d;	/* msr sctlr_el1, x29 */
		c[n++] = 0xd5033fdf;
	}
	c[n++] = 0xd4000001 | STEP_SVC << 5;
	for (n = 0; n < STEP_WORDS; n += 8)
		asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0" : : "r" (&code[n]) : "memory");
	asm volatile("dsb ish\n\tisb");
	s->esr = 0;
	s->far = 0;
	step_now = s;
	step_enter(s, (uintptr_t)code, el0 ? 0x3c0 : 0x3c5);
	write_reg(sctlr, sctlr_el1);
}

#else

/* The step as the VMM sees it. */
static inline struct step *step_of(struct vmm *v)
{
	return (void *)(v->ram + STEP_AT - GUEST_RAM);
}

/* A new step: every register has a value that says which it is. */
static inline struct step *step_new(struct vmm *v, uint32_t insn, uint32_t flags)
{
	struct step *s = step_of(v);
	unsigned int i;

	memset(s, 0, sizeof(*s));
	s->insn = insn;
	s->flags = flags;
	for (i = 0; i < 31; i++)
		s->x[i] = 0x1111111100000000UL + i;
	return s;
}

#endif
#endif
