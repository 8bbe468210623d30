/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a lab test's x86-64 guest half has at hand: bare metal at CPL 0 in 64-bit mode, memory one to one.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

struct guest_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* A test's own. Returns PORT_DONE's value. */
uint64_t guest_main(uint64_t what, uint64_t arg);
/* A test may have it: true when served, and the frame is gone back to. The default serves nothing. */
bool guest_trap(struct guest_frame *f);

/* The VMM reads RAX as it stands at the exit: the port itself takes a byte of it. */
static inline void guest_say(unsigned int port, uint64_t val)
{
	asm volatile("outb %%al, %%dx" : : "a" (val), "d" (GUEST_PORT + port) : "memory");
}

static inline uint32_t guest_ask(unsigned int port)
{
	uint32_t val;

	asm volatile("inl %%dx, %%eax" : "=a" (val) : "d" (GUEST_PORT + port) : "memory");
	return val;
}

void guest_expect_at(unsigned int line, uint64_t got, uint64_t want);
#define guest_expect(got, want)	guest_expect_at(__LINE__, (uint64_t)(got), (uint64_t)(want))
#define guest_check(cond)	guest_expect_at(__LINE__, !!(cond), 1)

/*
 * One instruction that may fault, as asm() has it: true when it went through; else guest_fault() tells how.
 * R11 is not the instruction's.
 */
extern volatile uint64_t guest_try_to;
const struct guest_frame *guest_fault(void);
#define GUEST_TRY	"lea 771f(%%rip), %%r11\n\tmov %%r11, guest_try_to(%%rip)\n\t"
#define GUEST_TRIED	"\n771:\n\t"
bool guest_tried(void);

static inline bool guest_rdmsr(uint32_t msr, uint64_t *val)
{
	uint32_t lo = 0, hi = 0;

	asm volatile(GUEST_TRY "rdmsr" GUEST_TRIED : "+a" (lo), "+d" (hi) : "c" (msr) : "r11", "memory");
	*val = (uint64_t)hi << 32 | lo;
	return guest_tried();
}

static inline bool guest_wrmsr(uint32_t msr, uint64_t val)
{
	asm volatile(GUEST_TRY "wrmsr" GUEST_TRIED : :
		     "c" (msr), "a" ((uint32_t)val), "d" ((uint32_t)(val >> 32)) : "r11", "memory");
	return guest_tried();
}

static inline void guest_cpuid(uint32_t leaf, uint32_t index, uint32_t *r)
{
	asm volatile("cpuid" : "=a" (r[0]), "=b" (r[1]), "=c" (r[2]), "=d" (r[3]) : "a" (leaf), "c" (index) : "memory");
}

#define read_reg(r)	({ uint64_t v_; asm volatile("mov %%" #r ", %0" : "=r" (v_) : : "memory"); v_; })
#define write_reg(v, r)	asm volatile("mov %0, %%" #r : : "r" ((uint64_t)(v)) : "memory")

static inline uint64_t guest_flags(void)
{
	uint64_t v;

	asm volatile("pushf\n\tpop %0" : "=r" (v) : : "memory");
	return v;
}

#endif
