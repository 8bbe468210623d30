/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a lab test's guest half has at hand: bare metal at EL1, one image at
 * GUEST_RAM, MMU off unless asked for.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

struct guest_frame {
	uint64_t x[31];
	uint64_t elr, spsr, esr, far;
};

/* A test's own. what: without GUEST_*; sp: SP_EL1 as found. Returns PORT_DONE's value. */
uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp);
/* A test may have them: true when served. The default serves nothing. */
bool guest_sync(struct guest_frame *f);
bool guest_irq(struct guest_frame *f);

static inline void guest_say(unsigned int port, uint64_t val)
{
	asm volatile("dsb sy\n\tstr %0, [%1]\n\tdsb sy" : :
		     "r" (val), "r" (GUEST_IO + 8UL * port) : "memory");
}

static inline uint64_t guest_ask(unsigned int port)
{
	uint64_t val;

	asm volatile("ldr %0, [%1]" : "=r" (val) : "r" (GUEST_IO + 8UL * port) : "memory");
	return val;
}

void guest_expect_at(unsigned int line, uint64_t got, uint64_t want);
#define guest_expect(got, want)	guest_expect_at(__LINE__, (uint64_t)(got), (uint64_t)(want))
#define guest_check(cond)	guest_expect_at(__LINE__, !!(cond), 1)

/*
 * One instruction, made up at run time, with X0 in and out. Returns false when
 * it was undefined, or aborted; guest_fault() then tells how.
 */
bool guest_try(uint32_t insn, uint64_t *x0);
const struct guest_frame *guest_fault(void);

/* sys_reg-like encodings, as MRS and MSR carry them */
#define ENC(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define INSN_MRS(enc)	(0xd5200000 | (enc) << 5)
#define INSN_MSR(enc)	(0xd5000000 | (enc) << 5)

#define read_reg(r)	read_reg_(r)
#define write_reg(v, r)	write_reg_(v, r)
#define read_reg_(r) ({ uint64_t v_; asm volatile("mrs %0, " #r : "=r" (v_) : : "memory"); v_; })
#define write_reg_(v, r) asm volatile("msr " #r ", %0\n\tisb" : : "r" ((uint64_t)(v)) : "memory")

static inline uint32_t read32(uint64_t a)
{
	uint32_t v;

	asm volatile("ldr %w0, [%1]" : "=r" (v) : "r" (a) : "memory");
	return v;
}

static inline void write32(uint64_t a, uint32_t v)
{
	asm volatile("str %w0, [%1]" : : "r" (v), "r" (a) : "memory");
}

static inline uint64_t read64(uint64_t a)
{
	uint64_t v;

	asm volatile("ldr %0, [%1]" : "=r" (v) : "r" (a) : "memory");
	return v;
}

static inline void write64(uint64_t a, uint64_t v)
{
	asm volatile("str %0, [%1]" : : "r" (v), "r" (a) : "memory");
}

/* SMCCC call: X0-X3 in, X0 out */
uint64_t guest_hvc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
uint64_t guest_smc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);

/* gic.c: this vCPU's redistributor and CPU interface; irqs on */
void gic_start(void);
void gic_enable(unsigned int intid, unsigned int priority, bool edge);
void gic_disable(unsigned int intid);
uint64_t gic_redist(void);

#define irqs_on()	asm volatile("msr daifclr, #2" : : : "memory")
#define irqs_off()	asm volatile("msr daifset, #2" : : : "memory")
#define guest_wfi()	asm volatile("dsb sy\n\twfi" : : : "memory")

#endif
