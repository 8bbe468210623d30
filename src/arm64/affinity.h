/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vCPUs by their affinity, and what a new vCPU does to be found.
 */
#ifndef TABULA_AFFINITY_H
#define TABULA_AFFINITY_H

#include <linux/types.h>

struct arm_vcpu;
struct arm_vm;

/**
 * affinity_vcpu() - a vCPU by its affinity
 * @vm: the VM
 * @mpidr: of which the affinity fields count; any context
 *
 * Return: the vCPU, the first created one of several, or NULL.
 */
struct arm_vcpu *affinity_vcpu(struct arm_vm *vm, u64 mpidr);

/**
 * affinity_mpidr() - MPIDR_EL1 of a vCPU
 * @vcpu: the vCPU
 *
 * Return: the register's value.
 */
u64 affinity_mpidr(const struct arm_vcpu *vcpu);

/**
 * affinity_set() - give a vCPU another MPIDR_EL1
 * @vcpu: its mutex is held; takes vm->lock
 * @mpidr: value that MPIDR_EL1 can have
 *
 * Return: 0; -EBUSY for another value once a vCPU of the VM has run; -ENOMEM.
 */
int affinity_set(struct arm_vcpu *vcpu, u64 mpidr);

/**
 * affinity_reserve() - have the memory that affinity_add() needs
 * @vcpu: not yet in its VM
 *
 * Return: 0 or -ENOMEM.
 */
int affinity_reserve(struct arm_vcpu *vcpu);

/**
 * affinity_release() - undo affinity_reserve()
 * @vcpu: is not in its VM, or its VM is going away: then it does nothing
 */
void affinity_release(struct arm_vcpu *vcpu);

/**
 * affinity_add() - a vCPU can be found by its affinity from now on
 * @vcpu: published; after affinity_reserve(); vm->lock is held
 */
void affinity_add(struct arm_vcpu *vcpu);

#endif
