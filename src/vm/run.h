/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM_RUN's frame, and what an architecture's part of it calls.
 */
#ifndef TABULA_VM_RUN_H
#define TABULA_VM_RUN_H

#include <linux/types.h>

#include "../mutant.h"
#include "vm.h"

/**
 * run_init() - make a new vCPU ready to be run, kicked and waited for
 * @vcpu: zeroed otherwise
 */
void run_init(struct vcpu *vcpu);

/**
 * run_module_init() - preempt notifiers are wanted from now on
 *
 * Return: 0, or -ENOMEM.
 */
int run_module_init(void);

/**
 * run_module_exit() - undo run_module_init(); no vCPU is left
 */
void run_module_exit(void);

/**
 * vcpu_run() - KVM_RUN (KVM API 4.10)
 * @vcpu: its mutex is held
 *
 * Return: 0 with kvm_run filled in, -EINTR, -ENOEXEC (not initialised), or what
 * the exit's handler failed with.
 */
int vcpu_run(struct vcpu *vcpu);

/**
 * run_load() - put the current thread's vCPU on its CPU
 * @vcpu: not loaded; may sleep after
 */
void run_load(struct vcpu *vcpu);

/**
 * run_put() - and off it
 * @vcpu: loaded
 */
void run_put(struct vcpu *vcpu);

/**
 * vcpu_may_enter() - into the guest, or is there something to do before?
 * @vcpu: the current thread's, outside; interrupts off
 *
 * Return: true: it has said that it is inside, see vcpu_say_inside(). False: it is outside.
 */
bool vcpu_may_enter(struct vcpu *vcpu);

/**
 * run_wait() - wait until @done says so or a signal comes
 * @vcpu: the current thread's, loaded before and after, and not meanwhile; may sleep
 * @done: asked of the vCPU not loaded, between wake-ups; may not sleep
 */
void run_wait(struct vcpu *vcpu, bool (*done)(struct vcpu *vcpu));

/**
 * vcpu_set_here() - what vcpu_running_here() says from now on
 * @vcpu: loaded on this CPU, or NULL; preemption off
 */
void vcpu_set_here(struct vcpu *vcpu);

/**
 * vcpu_say_inside() - the vCPU is about to go into the guest: the last look at requests
 * @vcpu: the current thread's; interrupts off until it is out again
 *
 * From here a kick sends an interrupt. Return: false: something is asked of it; it has to say
 * that it is outside, and to serve that first.
 */
static inline bool vcpu_say_inside(struct vcpu *vcpu)
{
	bool asked = MUTANT(look_then_say) && READ_ONCE(vcpu->requests);

	WRITE_ONCE(vcpu->mode, VCPU_IN_GUEST);
	if (!MUTANT(inside_unordered))
		smp_mb();	/* pairs with vcpu_kick() */
	return !(MUTANT(look_then_say) ? asked : READ_ONCE(vcpu->requests));
}

/**
 * vcpu_say_outside() - the vCPU has left the guest
 * @vcpu: the current thread's; interrupts off
 *
 * Who sees it outside sees all that was done before.
 */
static inline void vcpu_say_outside(struct vcpu *vcpu)
{
	/* pairs with who reads the mode to wait for it */
	smp_store_release(&vcpu->mode, VCPU_OUTSIDE);
}

#endif
