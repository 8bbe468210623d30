/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The architectural state of one vCPU, and what the world switch keeps of it.
 */
#ifndef TABULA_CPU_CONTEXT_H
#define TABULA_CPU_CONTEXT_H

#include <linux/types.h>
#include <asm/ptrace.h>

#include "offsets.h"

struct vcpu;

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
	CPU_MDCCINT_EL1,
	CPU_OSLSR_EL1,
	CPU_DISR_EL1,
	CPU_SYS_COUNT,
};

#define CPU_MAX_BRPS	16

/**
 * struct cpu_debug - breakpoint and watchpoint registers of one owner
 */
struct cpu_debug {
	u64 bcr[CPU_MAX_BRPS];
	u64 bvr[CPU_MAX_BRPS];
	u64 wcr[CPU_MAX_BRPS];
	u64 wvr[CPU_MAX_BRPS];
};

/**
 * struct cpu_host - what the world switch keeps of the host, per vCPU
 * @sys: host's values of registers that have no EL12 alias
 */
struct cpu_host {
	u64 hcr;
	u64 vbar;
	u64 cptr;
	u64 mdcr;
	u64 mdscr;
	u64 hcrx;
	u64 hfgrtr;
	u64 hfgwtr;
	u64 hfgitr;
	u64 pmuserenr;
	u64 tpidr_el0;
	u64 tpidrro_el0;
	u64 csselr;
	struct cpu_debug debug;
};

/* struct cpu_ctx flags, changed by the vCPU's own thread only */
#define CPU_FP_LOADED		(1U << 0)	/* guest's FP state is in hardware */
#define CPU_DEBUG_LIVE		(1U << 1)	/* guest's debug registers go in at each entry */
#define CPU_LOADED		(1U << 2)	/* guest's EL1 state is in hardware */
#define CPU_SERROR_PENDING	(1U << 3)	/* a virtual SError waits */
#define CPU_MMIO_PENDING	(1U << 4)	/* the VMM owes an MMIO answer */
#define CPU_SIDE_MOVED		(1U << 5)	/* SCTLR_EL1 was seen not to fit the vCPU's side */

/**
 * struct cpu_mmio - an MMIO access that the VMM completes
 */
struct cpu_mmio {
	u8 len;			/* bytes: 1, 2, 4, 8 */
	u8 rt;			/* register for a load; 31 is XZR */
	bool is_write;
	bool sign_extend;
	bool is_64;
};

/**
 * struct cpu_set_way - the last cache maintenance by set/way
 * @pc: where it was, or 0
 * @when: when it was served, ns
 * @exits: cpu_ctx.slow_exits then
 */
struct cpu_set_way {
	u64 pc;
	u64 when;
	u64 exits;
};

/**
 * struct cpu_ctx - state of one vCPU
 * @regs: X0-X30, SP_EL0, PC and PSTATE; asm offsets below depend on it being first
 * @exit_*: syndrome registers, as read right after the last exit
 * @hcr: HCR_EL2 for the guest
 * @hfgwtr: HFGWTR_EL2 for the guest, with FEAT_FGT
 * @vbar: exception vectors for this physical CPU while the guest runs
 * @mpidr: VMPIDR_EL2
 * @features: KVM_ARM_VCPU_* bits the VMM chose
 */
struct cpu_ctx {
	struct user_pt_regs regs;
	u64 exit_esr;
	u64 exit_far;
	u64 exit_hpfar;
	u64 exit_ipa;
	u64 hcr;
	u64 hfgwtr;
	u64 mdcr;
	u64 mpidr;
	u32 flags;
	u32 exit_code;
	struct user_fpsimd_state fp;
	u64 sys[CPU_SYS_COUNT];
	u64 spsr32[4];			/* SPSR_abt, _und, _irq, _fiq: kept for the ABI only */
	struct cpu_debug debug;
	struct cpu_host host;
	struct cpu_mmio mmio;
	struct cpu_set_way set_way;
	u64 slow_exits;			/* synchronous exits served in the run loop */
	u64 serror_esr;
	u64 features;
};

#endif
