// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's FP/SIMD registers, inside a kernel-mode NEON section of the
 * vCPU's thread: the host then keeps them over preemption and softirqs. They
 * go in at the guest's first use (CPTR_EL2.FPEN traps it) and come back before
 * the thread does anything that may sleep or use NEON itself.
 *
 * Of vectors (SVE) that section keeps the low 128 bits alone, and nothing of P and FFR. A
 * vCPU that has them finds its registers in memory at each entry, and leaves them there at
 * each exit that the fast path leaves over, with interrupts off between. The section is what
 * saves those of the host's own thread, and has them loaded again, with the length of its
 * vectors, before it is back in user space.
 */
#include <linux/irqflags.h>
#include <linux/kconfig.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "../../compat/sysreg.h"
#include "../vm.h"
#include "cpu.h"
#include "sve.h"

#define FP_FOR_EACH_PAIR(X) \
	X(0, 1) X(2, 3) X(4, 5) X(6, 7) X(8, 9) X(10, 11) X(12, 13) X(14, 15) \
	X(16, 17) X(18, 19) X(20, 21) X(22, 23) X(24, 25) X(26, 27) X(28, 29) X(30, 31)

#define FP_LDP(a, b) "ldp q" #a ", q" #b ", [%[v], #16 * " #a "]\n"
#define FP_STP(a, b) "stp q" #a ", q" #b ", [%[v], #16 * " #a "]\n"

#define FP_FOR_EACH_Z(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) \
	X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)
#define FP_FOR_EACH_P(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

/* Offsets are in registers' lengths, which are those that ZCR_EL2 says. */
#define FP_LDZ(n) "ldr z" #n ", [%[z], #" #n ", mul vl]\n"
#define FP_STZ(n) "str z" #n ", [%[z], #" #n ", mul vl]\n"
#define FP_LDP1(n) "ldr p" #n ", [%[p], #" #n ", mul vl]\n"
#define FP_STP1(n) "str p" #n ", [%[p], #" #n ", mul vl]\n"

#define FP_ZCR_LEN	GENMASK_ULL(3, 0)

void cpu_fp_load(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;

	if (ctx->flags & CPU_FP_LOADED)
		return;
	compat_neon_begin(&ctx->neon);
	if (ctx->sve.state) {
		ctx->flags |= CPU_FP_LOADED | CPU_SVE_LOADED;
		return;
	}
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
	if (!(ctx->flags & CPU_SVE_LOADED)) {
		asm volatile(".arch_extension fp\n.arch_extension simd\n"
			     FP_FOR_EACH_PAIR(FP_STP)
			     : "=m" (ctx->fp) : [v] "r" (ctx->fp.vregs));
		ctx->fp.fpsr = read_sysreg(fpsr);
		ctx->fp.fpcr = read_sysreg(fpcr);
	}
	ctx->flags &= ~(CPU_FP_LOADED | CPU_SVE_LOADED);
	compat_neon_end(&ctx->neon);
}

/* A read of ZCR_EL2 by an instruction follows its write without a barrier (Arm ARM D19.2.159). */
noinstr void cpu_fp_enter(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	const void *z = ctx->sve.state, *p = z + SVE_P_AT(ctx->sve.quads);

	ctx->host.zcr = read_sysreg_s(SYS_ZCR_EL2);
	write_sysreg_s(ctx->sve.quads - 1, SYS_ZCR_EL2);
	write_sysreg_s(ctx->sys[CPU_ZCR_EL1] & FP_ZCR_LEN, SYS_ZCR_EL12);
	asm volatile(".arch_extension sve\n"
		     "ldr p0, [%[p], #16, mul vl]\n"
		     "wrffr p0.b\n"
		     FP_FOR_EACH_P(FP_LDP1)
		     FP_FOR_EACH_Z(FP_LDZ)
		     : : [z] "r" (z), [p] "r" (p) : "memory");
	write_sysreg(ctx->fp.fpsr, fpsr);
	write_sysreg(ctx->fp.fpcr, fpcr);
}

noinstr void cpu_fp_leave(struct arm_vcpu *vcpu)
{
	struct cpu_ctx *ctx = &vcpu->ctx;
	void *z = ctx->sve.state, *p = z + SVE_P_AT(ctx->sve.quads);

	asm volatile(".arch_extension sve\n"
		     FP_FOR_EACH_Z(FP_STZ)
		     FP_FOR_EACH_P(FP_STP1)
		     "rdffr p0.b\n"
		     "str p0, [%[p], #16, mul vl]\n"
		     : : [z] "r" (z), [p] "r" (p) : "memory");
	ctx->fp.fpsr = read_sysreg(fpsr);
	ctx->fp.fpcr = read_sysreg(fpcr);
	ctx->sys[CPU_ZCR_EL1] = read_sysreg_s(SYS_ZCR_EL12);
	write_sysreg_s(ctx->host.zcr, SYS_ZCR_EL2);
}

static u16 fp_try_lengths(void)
{
	u64 zcr = read_sysreg_s(SYS_ZCR_EL2), bytes;
	unsigned int quads;
	u16 lengths = 0;

	for (quads = 1; quads <= SVE_MAX_QUADS; quads++) {
		write_sysreg_s(quads - 1, SYS_ZCR_EL2);
		asm volatile(".arch_extension sve\nrdvl %0, #1" : "=r" (bytes));
		if (bytes == SVE_Z_BYTES(quads))
			lengths |= BIT(quads - 1);
	}
	write_sysreg_s(zcr, SYS_ZCR_EL2);
	return lengths;
}

/* A shorter length may lose what longer vectors have above it: a thread's that are still there, too. */
u16 cpu_fp_lengths(void)
{
	struct compat_neon neon;
	u64 cptr, pfr0 = read_sysreg_s(SYS_ID_AA64PFR0_EL1);
	unsigned long irq;
	u16 lengths;

	/* the kernel's word counts, too: it may be told to do without */
	pfr0 &= read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1);
	if (!IS_ENABLED(CONFIG_ARM64_SVE) || !(pfr0 & ID_AA64PFR0_EL1_SVE_MASK))
		return 0;
	compat_neon_begin(&neon);
	local_irq_save(irq);
	cptr = read_sysreg(cpacr_el1);
	write_sysreg(cptr | COMPAT_CPACR_FPEN | COMPAT_CPACR_ZEN, cpacr_el1);
	isb();
	lengths = fp_try_lengths();
	write_sysreg(cptr, cpacr_el1);
	isb();
	local_irq_restore(irq);
	compat_neon_end(&neon);
	return lengths;
}
