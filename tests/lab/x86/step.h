/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One instruction at a time: the VMM puts it, and a HLT behind it, where a vCPU in any mode goes next.
 */
#ifndef TESTS_LAB_X86_STEP_H
#define TESTS_LAB_X86_STEP_H

#include "vmm.h"

#ifndef GUEST

#define INSN_MAX	15

/* An instruction as it is put together. */
struct insn {
	uint8_t bytes[INSN_MAX];
	unsigned int len;
};

void insn_byte(struct insn *i, uint8_t byte);
/* len bytes of val, the low ones first */
void insn_value(struct insn *i, uint64_t val, unsigned int len);
/* "8b 07" */
const char *insn_text(const struct insn *i);

/* Where the code of a mode stands: real mode reaches 64 KiB. */
uint64_t step_at(enum vmm_mode mode);
/* Registers that say which they are; RIP and RSP are those of a step in that mode. */
struct kvm_regs step_regs(enum vmm_mode mode);
/* Code, and a HLT, at step_at(); the vCPU in that mode with these registers. */
void step_code(struct vmm *v, enum vmm_mode mode, const void *code, unsigned int len, const struct kvm_regs *r);
/* To that HLT: the registers there, RIP behind it. */
struct kvm_regs step_end(struct vmm *v, enum vmm_mode mode, unsigned int len);
/* The number of an register as instructions encode it: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8… */
__u64 *step_reg(struct kvm_regs *r, unsigned int n);
/* Every register that differs is a failure; those of mask (bits as in step_reg()) are not looked at. */
void step_compare(const char *what, const struct kvm_regs *got, const struct kvm_regs *want, uint32_t mask);

#endif
#endif
