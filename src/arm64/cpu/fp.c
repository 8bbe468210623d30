// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's FP/SIMD registers, inside a kernel-mode NEON section of the
 * vCPU's thread: the host then keeps them over preemption and softirqs. They
 * go in at the guest's first use (CPTR_EL2.FPEN traps it) and come back before
 * the thread does anything that may sleep or use NEON itself.
 */
#include <asm/sysreg.h>

#include "../vm.h"
#include "cpu.h"

#define FP_FOR_EACH_PAIR(X) \
	X(0, 1) X(2, 3) X(4, 5) X(6, 7) X(8, 9) X(10, 11) X(12, 13) X(14, 15) \
	X(16, 17) X(18, 19) X(20, 21) X(22, 23) X(24, 25) X(26, 27) X(28, 29) X(30, 31)

#define FP_LDP(a, b) "ldp q" #a ", q" #b ", [%[v], #16 * " #a "]\n"
#define FP_STP(a, b) "stp q" #a ", q" #b ", [%[v], #16 * " #a "]\n"

void cpu_fp_load(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	if (ctx->flags & CPU_FP_LOADED)
		return;
	compat_neon_begin(&ctx->neon);
	asm volatile(".arch_extension fp\n.arch_extension simd\n"
		     FP_FOR_EACH_PAIR(FP_LDP)
		     : : [v] "r" (ctx->fp.vregs), "m" (ctx->fp));
	write_sysreg(ctx->fp.fpsr, fpsr);
	write_sysreg(ctx->fp.fpcr, fpcr);
	ctx->flags |= CPU_FP_LOADED;
}

void cpu_fp_save(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	if (!(ctx->flags & CPU_FP_LOADED))
		return;
	asm volatile(".arch_extension fp\n.arch_extension simd\n"
		     FP_FOR_EACH_PAIR(FP_STP)
		     : "=m" (ctx->fp) : [v] "r" (ctx->fp.vregs));
	ctx->fp.fpsr = read_sysreg(fpsr);
	ctx->fp.fpcr = read_sysreg(fpcr);
	ctx->flags &= ~CPU_FP_LOADED;
	compat_neon_end(&ctx->neon);
}
