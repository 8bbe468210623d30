/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which policy of cache maintenance a VM has: the module's parameters, and a VM's file.
 */
#ifndef TABULA_ARM64_POLICY_H
#define TABULA_ARM64_POLICY_H

struct arm_vm;

/**
 * policy_choose() - set a VM's policy of cache maintenance by its name
 * @vm: the VM
 * @name: mmu_policy_name() of it
 *
 * Return: 0, -EINVAL (no such policy here), -EPERM ("none" without the module's
 * second parameter), -ENODEV ("fwb" without FEAT_S2FWB), -EBUSY (a vCPU has run).
 */
int policy_choose(struct arm_vm *vm, const char *name);

/**
 * policy_vm_init() - a new VM has the module's policy
 * @vm: the VM
 *
 * Return: 0, or as policy_choose().
 */
int policy_vm_init(struct arm_vm *vm);

/**
 * policy_check() - does the module's parameter name a policy that can be had?
 *
 * Return: 0, or -EINVAL with the reason in the log.
 */
int policy_check(void);

#endif
