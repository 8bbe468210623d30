/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a VM did: binary statistics for VMMs, files under debugfs for people.
 */
#ifndef TABULA_STATS_H
#define TABULA_STATS_H

struct vcpu;
struct vm;

/**
 * stats_module_init() - make /sys/kernel/debug/tabula
 */
void stats_module_init(void);

/**
 * stats_module_exit() - remove it
 */
void stats_module_exit(void);

/**
 * stats_vm_add() - show a VM under debugfs: its policy, its counters, its trees
 * @vm: a new VM; vm->mm is the current one
 */
void stats_vm_add(struct vm *vm);

/**
 * stats_vcpu_add() - show a vCPU in its VM's directory
 * @vcpu: a new vCPU; there until stats_vm_remove() of its VM
 */
void stats_vcpu_add(struct vcpu *vcpu);

/**
 * stats_vm_remove() - and no more; nobody reads its files on return
 * @vm: the VM
 */
void stats_vm_remove(struct vm *vm);

/**
 * stats_vm_fd() - KVM_GET_STATS_FD on a VM descriptor (KVM API 4.133)
 * @vm: the VM, held by the new descriptor
 *
 * Return: a descriptor, or an errno.
 */
int stats_vm_fd(struct vm *vm);

/**
 * stats_vcpu_fd() - KVM_GET_STATS_FD on a vCPU descriptor
 * @vcpu: the vCPU; its VM is held by the new descriptor
 *
 * Return: a descriptor, or an errno.
 */
int stats_vcpu_fd(struct vcpu *vcpu);

#endif
