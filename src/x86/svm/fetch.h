/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instruction that exited: its bytes out of guest memory, and steps over it.
 */
#ifndef TABULA_SVM_FETCH_H
#define TABULA_SVM_FETCH_H

#include "insn.h"

struct svm;
struct x86_vcpu;

/**
 * fetch_mode() - how instructions are decoded now
 * @svm: the vCPU's
 *
 * Return: enum insn_mode.
 */
enum insn_mode fetch_mode(const struct svm *svm);

/**
 * fetch_rip() - the linear address of the instruction at RIP
 * @svm: the vCPU's
 *
 * Return: it, cut to 32 bits outside of 64-bit mode.
 */
u64 fetch_rip(const struct svm *svm);

/**
 * fetch_insn() - bytes of the instruction at RIP
 * @vcpu: the current thread's; on the VMM's mm; may sleep
 * @bytes: room for INSN_MAX
 *
 * Return: how many could be read.
 */
unsigned int fetch_insn(struct x86_vcpu *vcpu, u8 *bytes);

/**
 * fetch_skip() - go on behind the instruction that exited
 * @vcpu: as fetch_insn()
 * @name: what it is
 *
 * Return: true; false: something else stands there by now: the guest runs that.
 */
bool fetch_skip(struct x86_vcpu *vcpu, enum insn_name name);

/**
 * fetch_linear() - the linear address of an operand
 * @svm: the vCPU's, at the instruction
 * @m: how it is addressed
 * @len: bytes of the instruction
 *
 * The segment's limit and rights are not looked at. Return: the address, cut to 32 bits
 * outside of 64-bit mode.
 */
u64 fetch_linear(const struct svm *svm, const struct insn_memory *m, unsigned int len);

#endif
