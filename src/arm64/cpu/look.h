/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A look at a vCPU's registers: by its own thread, or from outside while it runs.
 */
#ifndef TABULA_CPU_LOOK_H
#define TABULA_CPU_LOOK_H

#include <linux/types.h>

#include "s1walk.h"

struct arm_vcpu;

/**
 * struct cpu_look - what was seen of a vCPU
 * @s1: what its stage-1 walks depend on
 * @mair: MAIR_EL1
 * @pc: PC
 * @pstate: PSTATE
 */
struct cpu_look {
	struct s1_regs s1;
	u64 mair;
	u64 pc;
	u64 pstate;
};

/**
 * cpu_look_own() - look at the current thread's vCPU
 * @vcpu: the vCPU; the caller is its thread, outside of the guest
 * @look: filled in
 */
void cpu_look_own(struct arm_vcpu *vcpu, struct cpu_look *look);

/**
 * cpu_look() - look at a vCPU that another thread may run
 * @vcpu: the vCPU
 * @look: filled in: its registers at one moment between two exits of the guest
 *
 * Nothing is waited for but an interrupt of the CPU that runs it: it may be idle, off,
 * or in the guest for ever. While the VMM sets registers some may be seen before, some
 * after.
 *
 * Context: any process; may sleep, for milliseconds at most.
 * Return: 0; -ENOEXEC: not initialised; -EINTR: killed; -EAGAIN: it moved about
 * all the time.
 */
int cpu_look(struct arm_vcpu *vcpu, struct cpu_look *look);

#endif
