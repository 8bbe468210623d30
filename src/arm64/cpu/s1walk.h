/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a guest's virtual address means by its own stage-1 tables (EL1&0, VMSAv8-64),
 * read uncached from guest memory.
 */
#ifndef TABULA_S1WALK_H
#define TABULA_S1WALK_H

#include <linux/bits.h>
#include <linux/types.h>

struct gmem;

/**
 * struct s1_regs - registers that a walk depends on
 * @sctlr: SCTLR_EL1
 * @tcr: TCR_EL1
 * @ttbr0: TTBR0_EL1
 * @ttbr1: TTBR1_EL1
 * @pa_bits: physical address size the guest's ID registers give, bits, up to 48
 */
struct s1_regs {
	u64 sctlr;
	u64 tcr;
	u64 ttbr0;
	u64 ttbr1;
	u8 pa_bits;
};

/* What an address may be used for; flags in struct s1_result. */
#define S1_EL1_READ	BIT(0)
#define S1_EL1_WRITE	BIT(1)
#define S1_EL1_EXEC	BIT(2)
#define S1_EL0_READ	BIT(3)
#define S1_EL0_WRITE	BIT(4)
#define S1_EL0_EXEC	BIT(5)

/* How a walk ended. */
enum s1_fault {
	S1_FAULT_NONE,
	S1_FAULT_TRANSLATION,
	S1_FAULT_ACCESS,	/* access flag is clear */
	S1_FAULT_ADDRESS_SIZE,
	S1_FAULT_WALK,		/* a table is not in guest memory */
};

/* Most levels that a walk can have. */
#define S1_STEPS	4

/**
 * struct s1_step - a descriptor that was read
 * @level: of the lookup, 0 to 3
 * @ipa: where it is
 * @desc: what it says
 */
struct s1_step {
	u8 level;
	u64 ipa;
	u64 desc;
};

/**
 * struct s1_result - what a walk came to
 * @fault: how it ended
 * @level: of the lookup that ended it, 0 to 3
 * @ipa: intermediate physical address, bytes; for %S1_FAULT_WALK that of the
 *	descriptor
 * @shift: log2 of the bytes that the leaf maps
 * @perm: S1_EL*; without stage 1 all of them
 * @attr: AttrIndx of the leaf, for MAIR_EL1
 * @desc: the leaf, or the descriptor that faulted
 * @steps: how many descriptors were read
 * @step: these, in order
 */
struct s1_result {
	enum s1_fault fault;
	u8 level;
	u64 ipa;
	u8 shift;
	u32 perm;
	u8 attr;
	u64 desc;
	u8 steps;
	struct s1_step step[S1_STEPS];
};

/**
 * s1_walk() - translate an address of the guest
 * @gm: guest memory
 * @regs: the vCPU's registers
 * @va: virtual address, tagged as the guest's TCR_EL1 allows
 * @res: filled in
 *
 * A snapshot without any TLB: what the tables say now, not what the guest's last access
 * found. Nothing is written: neither access flag nor dirty state. 52-bit addresses
 * (TCR_EL1.DS, 64 KiB pages with IPS 6) are not known: %S1_FAULT_ADDRESS_SIZE.
 *
 * Source: Arm ARM D8.2 (address translation), D8.3 (descriptors), D8.4 (permissions).
 * Context: on the VMM's mm; may sleep.
 */
void s1_walk(struct gmem *gm, const struct s1_regs *regs, u64 va,
	     struct s1_result *res);

#endif
