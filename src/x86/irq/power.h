/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a vCPU runs, sleeps, or waits to be started: MP states (KVM API 4.38), HLT, INIT, SIPI.
 */
#ifndef TABULA_X86_POWER_H
#define TABULA_X86_POWER_H

#include <linux/types.h>

struct x86_vcpu;

/**
 * power_prepare() - wait until the vCPU has something to run
 * @vcpu: the current thread's, loaded; may sleep
 *
 * Return: VCPU_RESUME: it runs; VCPU_AGAIN: look again, something came up; VCPU_TO_USER: the
 * VMM waited for a window, and it is open in HLT.
 */
int power_prepare(struct x86_vcpu *vcpu);

/**
 * power_runnable() - would power_prepare() let it run?
 * @vcpu: the current thread's
 *
 * Return: true if so.
 */
bool power_runnable(struct x86_vcpu *vcpu);

/**
 * power_halt() - the vCPU has executed HLT
 * @vcpu: the current thread's; its local APIC is in the kernel
 */
void power_halt(struct x86_vcpu *vcpu);

/**
 * power_get() - KVM_GET_MP_STATE
 * @vcpu: its mutex is held
 *
 * INIT and SIPI that wait are served first. Return: KVM_MP_STATE_*.
 */
u32 power_get(struct x86_vcpu *vcpu);

/**
 * power_set() - KVM_SET_MP_STATE
 * @vcpu: its mutex is held
 * @state: KVM_MP_STATE_*
 *
 * Return: 0; -EINVAL: no state of x86's, or another than RUNNABLE without local APICs in the
 * kernel.
 */
int power_set(struct x86_vcpu *vcpu, u32 state);

#endif
