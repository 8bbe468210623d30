/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fields of ID registers that guests may see, and of each the largest value that is
 * understood here. All else reads as zero. Pure functions of register values.
 */
#ifndef TABULA_CPU_IDFIELD_H
#define TABULA_CPU_IDFIELD_H

#include <linux/types.h>

/* An ID register by its number among those of op0=3, op1=0, CRn=0: CRm 1 to 7, Op2 0 to 7. */
#define IDFIELD_REG(crm, op2)	(((crm) - 1) * 8 + (op2))
#define IDFIELD_REGS		56

/**
 * idfield_guest() - an ID register for guests
 * @reg: IDFIELD_REG()
 * @host: what all CPUs of the machine have
 * @errata: ERRATA_* in force: what is broken is hidden
 *
 * Return: each field that is listed, at most as large as is understood; 0 elsewhere.
 */
u64 idfield_guest(unsigned int reg, u64 host, u32 errata);

/**
 * idfield_hidden() - fields of features that a vCPU has not
 * @reg: IDFIELD_REG()
 * @features: its KVM_ARM_VCPU_* bits
 *
 * Return: a mask of them.
 */
u64 idfield_hidden(unsigned int reg, u64 features);

/**
 * idfield_exact() - which fields no VMM may lower
 * @reg: IDFIELD_REG()
 *
 * Return: their bits.
 */
u64 idfield_exact(unsigned int reg);

/**
 * idfield_may_be() - may a VMM show a VM's guests this value?
 * @reg: IDFIELD_REG()
 * @promised: what guests see that nobody has asked to see less
 * @val: what they are to see
 *
 * Return: false where a field says more than is promised, or other than an exact one.
 */
bool idfield_may_be(unsigned int reg, u64 promised, u64 val);

/**
 * idfield_serves() - does a CPU have what guests were promised?
 * @reg: IDFIELD_REG()
 * @promised: what guests see
 * @cpu: the CPU's own register
 *
 * Return: false where a field of the CPU's says less, or other than an exact one.
 */
bool idfield_serves(unsigned int reg, u64 promised, u64 cpu);

#endif
