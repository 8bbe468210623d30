/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICC_* registers of a vCPU that does not run, for the VMM. Private to gic/.
 */
#ifndef TABULA_GIC_SYSREG_H
#define TABULA_GIC_SYSREG_H

#include "gic.h"

/**
 * gic_sysreg_get - read a CPU interface register
 * @cpu: not loaded
 * @instr: Op0, Op1, CRn, CRm, Op2 as in KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS
 * @val: where the value goes
 *
 * Return: 0, or -ENXIO for a register that is not there.
 */
int gic_sysreg_get(const struct gic_cpu *cpu, u32 instr, u64 *val);

/**
 * gic_sysreg_set - write a CPU interface register
 * @cpu: not loaded
 * @instr: as above
 * @val: new value
 *
 * Return: 0; -ENXIO for a register that is not there; -EINVAL for a value that
 * asks for what this machine has not.
 */
int gic_sysreg_set(struct gic_cpu *cpu, u32 instr, u64 val);

#endif
