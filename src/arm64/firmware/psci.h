/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TABULA_PSCI_H
#define TABULA_PSCI_H

#include <linux/types.h>

struct arm_vcpu;

/**
 * psci_call() - serve a PSCI call
 * @vcpu: the current thread's vCPU
 * @function: PSCI function id
 *
 * Return: as cpu_handle_exit().
 */
int psci_call(struct arm_vcpu *vcpu, u32 function);

/**
 * psci_power_off() - a vCPU runs no more until it is started again
 * @vcpu: any vCPU; takes firmware_vm.lock
 */
void psci_power_off(struct arm_vcpu *vcpu);

/**
 * psci_start() - put the start state that CPU_ON left, if it did, into the registers
 * @vcpu: not loaded; its mutex is held
 *
 * Before its registers are read or written, or it runs.
 */
void psci_start(struct arm_vcpu *vcpu);

#endif
