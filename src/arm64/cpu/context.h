/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The architectural state of one vCPU, and what the world switch keeps of it.
 */
#ifndef TABULA_CPU_CONTEXT_H
#define TABULA_CPU_CONTEXT_H

#include <linux/types.h>
#include <asm/ptrace.h>

#include "../../compat/neon.h"
#include "../machine.h"
#include "offsets.h"
#include "sve.h"

struct arm_vcpu;
struct sysreg;

/*
 * EL1 and EL0 system registers of the guest that live in hardware while the
 * vCPU is loaded; cpu_sys_read() and cpu_sys_write() know where a value is.
 */
enum cpu_sys {
	CPU_SCTLR_EL1,
	CPU_CPACR_EL1,
	CPU_TTBR0_EL1,
	CPU_TTBR1_EL1,
	CPU_TCR_EL1,
	CPU_ESR_EL1,
	CPU_AFSR0_EL1,
	CPU_AFSR1_EL1,
	CPU_FAR_EL1,
	CPU_MAIR_EL1,
	CPU_VBAR_EL1,
	CPU_CONTEXTIDR_EL1,
	CPU_AMAIR_EL1,
	CPU_ELR_EL1,
	CPU_SPSR_EL1,
	CPU_CNTKCTL_EL1,
	CPU_SP_EL1,
	CPU_TPIDR_EL0,
	CPU_TPIDRRO_EL0,
	CPU_TPIDR_EL1,
	CPU_CSSELR_EL1,
	CPU_PAR_EL1,
	CPU_SYS_SWAPPED,		/* those above are swapped at load and put */

	CPU_MDSCR_EL1 = CPU_SYS_SWAPPED,	/* these at each entry, or kept in memory */
	CPU_ZCR_EL1,
	CPU_MDCCINT_EL1,
	CPU_OSLSR_EL1,
	CPU_DISR_EL1,
	CPU_DBGVCR32_EL2,		/* AArch32's: kept for the ABI only */
	CPU_DACR32_EL2,
	CPU_IFSR32_EL2,
	CPU_FPEXC32_EL2,
	CPU_TCR2_EL1,			/* of features that guests have not: likewise */
	CPU_PIRE0_EL1,
	CPU_PIR_EL1,
	CPU_SYS_COUNT,
};

/* ID registers that trap as a group: op0=3, op1=0, CRn=0, CRm 1 to 7, Op2 0 to 7 */
#define CPU_IDREGS	56

/**
 * struct cpu_idregs - what the guests of one VM see in the ID registers
 * @val: by (CRm - 1) * 8 + Op2; these and the rest changed under vm->lock and before a vCPU
 *	has run
 * @ctr: CTR_EL0
 * @clidr: CLIDR_EL1
 * @ccsidr: CCSIDR_EL1 by CSSELR_EL1
 * @trap_caches: the VMM has made one of these another than the machine's
 */
struct cpu_idregs {
	u64 val[CPU_IDREGS];
	u64 ctr;
	u64 clidr;
	u32 ccsidr[MACHINE_CACHES];
	bool trap_caches;
};

#define CPU_MAX_BRPS	16

/* Pointer authentication: IA, IB, DA, DB, GA, of each the low half and the high one. */
#define CPU_KEYS	10

#define CPU_FGTS	5	/* HFGRTR, HFGWTR, HFGITR, HDFGRTR, HDFGWTR */
#define CPU_FGT2S	5	/* the same again, with a 2 */

/**
 * struct cpu_fgts - fine-grained trap registers
 * @val: by register; the last five with FEAT_FGT2
 */
struct cpu_fgts {
	u64 val[CPU_FGTS + CPU_FGT2S];
};

/**
 * struct cpu_debug - breakpoint and watchpoint registers of one owner
 * @bcr: DBGBCR<n>_EL1
 * @bvr: DBGBVR<n>_EL1
 * @wcr: DBGWCR<n>_EL1
 * @wvr: DBGWVR<n>_EL1
 */
struct cpu_debug {
	u64 bcr[CPU_MAX_BRPS];
	u64 bvr[CPU_MAX_BRPS];
	u64 wcr[CPU_MAX_BRPS];
	u64 wvr[CPU_MAX_BRPS];
};

/**
 * struct cpu_debugger - how the VMM debugs the guest (KVM API 4.87)
 * @control: KVM_GUESTDBG_*; 0: it does not
 * @stepped: an instruction is done, or an exception taken, and its step exception has not come
 *	yet; of no meaning while the VMM does not step
 * @own_ss: the guest's PSTATE.SS while the VMM steps it
 * @regs: the VMM's breakpoints and watchpoints; there from its first KVM_GUESTDBG_USE_HW on,
 *	until the vCPU goes: few have any
 */
struct cpu_debugger {
	u32 control;
	bool stepped;
	u64 own_ss;
	struct cpu_debug *regs;
};

/**
 * struct cpu_host - what the world switch keeps of the host, per vCPU
 * @hcr: HCR_EL2
 * @vbar: VBAR_EL2
 * @cptr: CPTR_EL2
 * @mdcr: MDCR_EL2
 * @mdscr: MDSCR_EL1
 * @hcrx: HCRX_EL2, with FEAT_HCX
 * @pmuserenr: PMUSERENR_EL0, with a PMU
 * @zcr: ZCR_EL2, while the guest's vectors are in hardware
 * @debug_swapped: the guest's breakpoints and watchpoints are in hardware, or its debugger's; the
 *	host's are kept per CPU
 * @tpidr_el0: TPIDR_EL0; this and the next three from load to put, the rest from entry to exit
 * @tpidrro_el0: TPIDRRO_EL0
 * @csselr: CSSELR_EL1
 * @tpidr2_el0: TPIDR2_EL0, with FEAT_SME; from load to put, too
 */
struct cpu_host {
	u64 hcr;
	u64 vbar;
	u64 cptr;
	u64 mdcr;
	u64 mdscr;
	u64 hcrx;
	u64 pmuserenr;
	u64 zcr;
	bool debug_swapped;
	u64 tpidr_el0;
	u64 tpidrro_el0;
	u64 csselr;
	u64 tpidr2_el0;
};

/* struct cpu_ctx flags, changed by the vCPU's own thread only */
#define CPU_FP_LOADED		(1U << 0)	/* guest's FP state is in hardware */
#define CPU_LOADED		(1U << 1)	/* guest's EL1 state is in hardware */
#define CPU_SERROR_PENDING	(1U << 2)	/* a virtual SError waits */
#define CPU_MMIO_PENDING	(1U << 3)	/* the VMM owes an MMIO answer */
#define CPU_SIDE_MOVED		(1U << 4)	/* SCTLR_EL1 was seen not to fit the vCPU's side */
#define CPU_ABORT_PENDING	(1U << 5)	/* the VMM wants an external abort in place of its answer */
#define CPU_AT_DEVICE		(1U << 6)	/* its last abort was no memory's */
#define CPU_SVE_LOADED		(1U << 7)	/* FP state is in hardware from entry to exit, with its vectors */

/**
 * struct cpu_mmio - an MMIO access that the VMM completes
 * @len: bytes: 1, 2, 4, 8
 * @rt: register; 31 is XZR
 * @is_write: a store
 * @sign_extend: a load that extends the sign
 * @is_64: into 64 bits
 */
struct cpu_mmio {
	u8 len;
	u8 rt;
	bool is_write;
	bool sign_extend;
	bool is_64;
};

#define CPU_SET_WAY_LEVELS	8	/* that an operand can name */

/**
 * struct cpu_set_way - the last cache maintenance by set/way
 * @pc: where it was, or 0
 * @when: when it was served, ns
 * @exits: cpu_ctx.slow_exits then
 * @level: of each level of cache, the first operand of this burst; 0: none yet
 */
struct cpu_set_way {
	u64 pc;
	u64 when;
	u64 exits;
	u64 level[CPU_SET_WAY_LEVELS];
};

/**
 * struct cpu_ctx - state of one vCPU
 * @regs: X0-X30, SP_EL0, PC and PSTATE; the world switch's assembly finds these three first
 * @keys: of pointer authentication; those in hardware are newer, see switch.c
 * @host_keys: the host's, from load to put
 * @exit_esr: ESR_EL2 of the last exit, if it was synchronous or an SError
 * @exit_far: FAR_EL2 of the last abort
 * @exit_ipa: intermediate physical address of the last abort, page aligned
 * @hcr: HCR_EL2 for the guest
 * @hfgwtr: HFGWTR_EL2 for the guest, with FEAT_FGT
 * @mdcr: MDCR_EL2 for the guest, but for HPMN
 * @mpidr: VMPIDR_EL2
 * @flags: CPU_*
 * @exit_code: CPU_EXIT_*
 * @fp: FP/SIMD registers while they are not loaded; of a vCPU with SVE FPSR and FPCR alone
 * @neon: the kernel's room for them while they are, and the thread is preempted
 * @sve: vectors, of which V registers are the low ends
 * @sys: system registers while they are not loaded
 * @spsr32: SPSR_abt, _und, _irq, _fiq: kept for the ABI only
 * @debug: breakpoints and watchpoints
 * @debugger: the VMM's
 * @host: what the world switch keeps of the host
 * @mmio: the access that the VMM completes
 * @set_way: the last maintenance by set/way
 * @trapped: the last register that was looked for because it trapped, or NULL
 * @slow_exits: synchronous exits served in the run loop
 * @serror_esr: VSESR_EL2 for the pending virtual SError
 * @serror_seen: syndrome of a physical SError that the exit brought, or 0
 * @features: KVM_ARM_VCPU_* bits the VMM chose
 */
struct cpu_ctx {
	struct user_pt_regs regs;
	u64 keys[CPU_KEYS];
	u64 host_keys[CPU_KEYS];
	u64 exit_esr;
	u64 exit_far;
	u64 exit_ipa;
	u64 hcr;
	u64 hfgwtr;
	u64 mdcr;
	u64 mpidr;
	u32 flags;
	u32 exit_code;
	struct user_fpsimd_state fp;
	struct compat_neon neon;
	struct cpu_sve sve;
	u64 sys[CPU_SYS_COUNT];
	u64 spsr32[4];
	struct cpu_debug debug;
	struct cpu_debugger debugger;
	struct cpu_host host;
	struct cpu_mmio mmio;
	struct cpu_set_way set_way;
	const struct sysreg *trapped;
	u64 slow_exits;
	u64 serror_esr;
	u64 serror_seen;
	u64 features;
};

#endif
