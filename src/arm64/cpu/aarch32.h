/* SPDX-License-Identifier: GPL-2.0 */
/*
 * AArch32 at EL0 of a guest whose EL1 is AArch64: its condition codes and IT blocks, and
 * what it reaches of coprocessors 14 and 15. All else of such an exit is as in AArch64.
 */
#ifndef TABULA_CPU_AARCH32_H
#define TABULA_CPU_AARCH32_H

#include <linux/types.h>

struct arm_vcpu;

/**
 * aarch32_is_off() - does the trapped instruction do nothing, by its condition?
 * @esr: ESR_EL2 of the exit
 * @pstate: the guest's PSTATE, as SPSR_EL2 has it
 *
 * A CPU may trap a conditional instruction though its condition does not hold.
 *
 * Return: true for WFI, WFE and accesses to coprocessors in AArch32 whose condition code
 * check fails; false for every other exit, AArch64's included.
 *
 * Source: Arm ARM D19.2.40, CV and COND; F1.3.1 (A32 and T32 condition codes).
 */
bool aarch32_is_off(u64 esr, u64 pstate);

/**
 * aarch32_step_it() - PSTATE behind an instruction of an IT block
 * @pstate: PSTATE at the instruction
 *
 * Return: PSTATE with IT as the next instruction has it; unchanged outside of a block.
 *
 * Source: Arm ARM, ITAdvance().
 */
u64 aarch32_step_it(u64 pstate);

/**
 * aarch32_trap() - serve an access to coprocessor 14 or 15
 * @vcpu: the vCPU, in its own task
 *
 * EL0 gets by its own traps of EL1 to the debug identification registers, the debug
 * communications channel (nothing is behind it), the physical timer and the performance
 * monitors. Everything else
 * is undefined to it.
 *
 * Return: VCPU_RESUME.
 */
int aarch32_trap(struct arm_vcpu *vcpu);

#endif
