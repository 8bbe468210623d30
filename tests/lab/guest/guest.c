// SPDX-License-Identifier: GPL-2.0
/*
 * The lab's bare-metal guests: entry, exceptions, the MMU, and the way to tell.
 */
#include "guest.h"

#define TRY_ARMED	1
#define TRY_FAULTED	2

extern char guest_first[];
uint64_t guest_execute(uint64_t code, uint64_t x0);

static volatile unsigned int try_state;
static struct guest_frame try_frame;
static uint32_t try_code[2] __attribute__((aligned(64)));
static uint64_t mmu_table[512] __attribute__((aligned(4096)));

void guest_expect_at(unsigned int line, uint64_t got, uint64_t want)
{
	if (got == want)
		return;
	guest_say(PORT_GOT, got);
	guest_say(PORT_WANT, want);
	guest_say(PORT_FAIL, line);
}

__attribute__((weak)) bool guest_sync(struct guest_frame *f)
{
	return false;
}

__attribute__((weak)) bool guest_irq(struct guest_frame *f)
{
	return false;
}

void guest_vector(struct guest_frame *f, unsigned int kind)
{
	unsigned int type = kind % 4;

	if (type == VECTOR_SYNC && guest_sync(f))
		return;
	if ((type == VECTOR_IRQ || type == VECTOR_FIQ) && guest_irq(f))
		return;
	if (type == VECTOR_SYNC && try_state == TRY_ARMED) {
		try_state = TRY_FAULTED;
		try_frame = *f;
		f->elr = EC(f->esr) == EC_IABT_CUR ? f->x[30] : f->elr + 4;
		return;
	}
	/* nobody expected it: where, what, and the end */
	guest_say(PORT_GOT, f->elr);
	guest_say(PORT_WANT, f->esr);
	guest_say(PORT_FAIL, 100000 + kind);
	guest_say(PORT_DONE, ~0UL);
	for (;;)
		;
}

bool guest_try(uint32_t insn, uint64_t *x0)
{
	volatile uint32_t *code = try_code;

	code[0] = insn;
	code[1] = 0xd65f03c0;		/* ret */
	asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" : : "r" (code) : "memory");
	try_state = TRY_ARMED;
	*x0 = guest_execute((uintptr_t)code, *x0);
	if (try_state == TRY_FAULTED)
		return false;
	try_state = 0;
	return true;
}

const struct guest_frame *guest_fault(void)
{
	return try_state == TRY_FAULTED ? &try_frame : NULL;
}

uint64_t guest_hvc(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	register uint64_t x0 asm("x0") = a0;
	register uint64_t x1 asm("x1") = a1;
	register uint64_t x2 asm("x2") = a2;
	register uint64_t x3 asm("x3") = a3;

	asm volatile("hvc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3) : : "memory");
	return x0;
}

uint64_t guest_smc(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	register uint64_t x0 asm("x0") = a0;
	register uint64_t x1 asm("x1") = a1;
	register uint64_t x2 asm("x2") = a2;
	register uint64_t x3 asm("x3") = a3;

	asm volatile("smc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3) : : "memory");
	return x0;
}

#define PTE_BLOCK	1UL
#define PTE_AF		(1UL << 10)
#define PTE_INNER	(3UL << 8)
#define PTE_ATTR(n)	((uint64_t)(n) << 2)
#define PTE_UXN		(1UL << 54)

/* Identity map of 512 GiB in blocks of 1 GiB: the first is Device-nGnRE, the rest RAM. */
static void mmu_on(void)
{
	unsigned int i;

	for (i = 0; i < 512; i++)
		mmu_table[i] = ((uint64_t)i << 30) | PTE_BLOCK | PTE_AF | PTE_INNER |
			       PTE_ATTR(i ? 0 : 1) | PTE_UXN;
	asm volatile("dsb sy");
	write_reg(0x04ffUL, mair_el1);
	/* 39 bits, 4 KiB, write-back, inner shareable; TTBR1 off */
	write_reg((25UL | 1UL << 8 | 1UL << 10 | 3UL << 12 | 1UL << 23 |
		   (read_reg(id_aa64mmfr0_el1) & 7) << 32), tcr_el1);
	write_reg((uintptr_t)mmu_table, ttbr0_el1);
	asm volatile("tlbi vmalle1is\n\tdsb ish\n\tic iallu\n\tdsb ish\n\tisb");
	write_reg(read_reg(sctlr_el1) | 1 | 1 << 2 | 1 << 12, sctlr_el1);
}

void guest_enter(uint64_t what, uint64_t arg, uint64_t sp)
{
	if (what & GUEST_MMU)
		mmu_on();
	guest_say(PORT_DONE, guest_main(what & ~(uint64_t)GUEST_MMU, arg, sp));
	for (;;)
		;
}

void *memset(void *p, int c, size_t n)
{
	volatile char *d = p;

	while (n--)
		*d++ = c;
	return p;
}

void *memcpy(void *to, const void *from, size_t n)
{
	volatile char *d = to;
	const char *s = from;

	while (n--)
		*d++ = *s++;
	return to;
}
