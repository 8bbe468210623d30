/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of system registers that trap, or that the VMM sees, or both.
 */
#ifndef TABULA_CPU_SYSREG_H
#define TABULA_CPU_SYSREG_H

#include <linux/types.h>

#include "../vm.h"

/**
 * struct sysreg_access - one trapped MRS or MSR
 * @enc: sys_reg() encoding
 * @rt: general register, 31 is XZR
 * @is_write: MSR
 * @is_fast: interrupts are off and the guest's context is in place
 */
struct sysreg_access {
	u32 enc;
	u8 rt;
	bool is_write;
	bool is_fast;
};

/**
 * sysreg_access_get() - what an MSR writes
 * @vcpu: the vCPU
 * @a: the access
 *
 * Return: its register's value.
 */
static __always_inline u64 sysreg_access_get(struct arm_vcpu *vcpu, const struct sysreg_access *a)
{
	return a->rt == 31 ? 0 : vcpu->ctx.regs.regs[a->rt];
}

/**
 * sysreg_access_set() - what an MRS reads
 * @vcpu: the vCPU
 * @a: the access
 * @val: goes to its register
 */
static __always_inline void sysreg_access_set(struct arm_vcpu *vcpu,
					      const struct sysreg_access *a, u64 val)
{
	if (a->rt != 31)
		vcpu->ctx.regs.regs[a->rt] = val;
}

/* What serving an access came to. */
enum sysreg_trap {
	SYSREG_DONE,	/* served: skip the instruction */
	SYSREG_UNDEF,	/* undefined for this guest */
	SYSREG_SLOW,	/* not with interrupts off */
	SYSREG_AGAIN,	/* a signal came first: leave, and do it again */
};

/* struct sysreg flags */
#define SYSREG_LISTED	(1U << 0)	/* in KVM_GET_REG_LIST */
#define SYSREG_FAST	(1U << 1)	/* its trap may be served with interrupts off */
#define SYSREG_BRIEF	(1U << 3)	/* it neither sleeps nor waits */
#define SYSREG_FIXED	(1U << 2)	/* KVM_SET_ONE_REG accepts only the value it has */

/**
 * struct sysreg - one system register
 * @enc: sys_reg() encoding; the table is sorted by it
 * @flags: SYSREG_*
 * @idx: enum cpu_sys where it is kept, if @get and @set are NULL; else theirs
 * @feature: KVM_ARM_VCPU_*: the VMM sees it of vCPUs with that only; 0: of all
 * @reset: value after KVM_ARM_VCPU_INIT
 * @trap: serve a guest's access; NULL: the guest's accesses never trap
 * @get: value for the VMM; NULL: vcpu->ctx.sys[@idx]
 * @set: set by the VMM; NULL likewise
 */
struct sysreg {
	u32 enc;
	u8 flags;
	u8 idx;
	u8 feature;
	u64 reset;
	enum sysreg_trap (*trap)(struct arm_vcpu *vcpu, const struct sysreg *r,
				 const struct sysreg_access *a);
	u64 (*get)(struct arm_vcpu *vcpu, const struct sysreg *r);
	int (*set)(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val);
};

extern const struct sysreg sysreg_table[];
extern const unsigned int sysreg_count;

/**
 * sysreg_find() - look a register up
 * @enc: sys_reg() encoding
 *
 * Return: its row, or NULL.
 */
const struct sysreg *sysreg_find(u32 enc);

/**
 * sysreg_is_listed() - is a register one of a vCPU's that the VMM may read and write?
 * @vcpu: initialised
 * @r: row of the table
 *
 * Return: it is in KVM_GET_REG_LIST.
 */
bool sysreg_is_listed(const struct arm_vcpu *vcpu, const struct sysreg *r);

/**
 * sysreg_get() - a register's value for the VMM
 * @vcpu: not loaded; its mutex is held
 * @r: row of the table
 *
 * Return: the value.
 */
u64 sysreg_get(struct arm_vcpu *vcpu, const struct sysreg *r);

/**
 * sysreg_set() - set a register for the VMM
 * @vcpu: not loaded; its mutex is held
 * @r: row of the table
 * @val: new value
 *
 * Return: 0, or -EINVAL for a value that an invariant register does not have.
 */
int sysreg_set(struct arm_vcpu *vcpu, const struct sysreg *r, u64 val);

/**
 * sysreg_side_changed() - the vCPU may be on another side of the caches from now on
 * @vcpu: the current thread's
 * @was: where it was before
 *
 * Its traps follow. Traced, so not between entry and exit.
 */
void sysreg_side_changed(struct arm_vcpu *vcpu, enum mmu_side was);

#endif
