/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Physical SErrors around a stay in the guest: whose they are.
 */
#ifndef TABULA_CPU_SERROR_H
#define TABULA_CPU_SERROR_H

#include <linux/types.h>

struct cpu_ctx;
struct arm_vcpu;

/* world.S */

/**
 * cpu_serror_window() - take an SError that is pending, if there is one
 *
 * Interrupts are masked and the guest's vectors in place.
 *
 * Return: its ESR_EL2, or 0.
 */
u64 cpu_serror_window(void);

/**
 * cpu_serror_before() - the host takes its own before a guest can be blamed for it
 *
 * SErrors are not masked.
 */
void cpu_serror_before(void);

/**
 * cpu_serror_after() - note what is pending now that the guest has come out
 * @ctx: the guest's; its exit is in @ctx->exit_code
 *
 * Interrupts are masked and the guest's vectors in place. After the last thing that was
 * done on the guest's behalf there: what comes later is taken for the host's own.
 */
void cpu_serror_after(struct cpu_ctx *ctx);

/**
 * cpu_serror_serve() - the guest takes what was noted, or nobody has to
 * @vcpu: right after cpu_run(); the host's context is in place
 *
 * Does not return if the error is not contained: the host may be wrong by now, too.
 */
void cpu_serror_serve(struct arm_vcpu *vcpu);

#endif
