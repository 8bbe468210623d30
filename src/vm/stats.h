/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a VM did: its counters, and its files under debugfs for people.
 */
#ifndef TABULA_VM_STATS_H
#define TABULA_VM_STATS_H

#include <linux/kvm.h>
#include <linux/types.h>

struct vcpu;
struct vm;

#define STATS_COUNT	(KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_NONE | KVM_STATS_BASE_POW10)
#define STATS_NOW	(KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_NONE | KVM_STATS_BASE_POW10)

/**
 * struct stats_desc - one counter
 * @name: as in the binary statistics and in the stats file
 * @offset: of its atomic64_t, from struct vm or struct vcpu
 * @flags: KVM_STATS_TYPE_* and so on
 */
struct stats_desc {
	const char *name;
	size_t offset;
	u32 flags;
};

extern const struct stats_desc stats_vcpu[];	/* of each vCPU */
extern const unsigned int stats_nr_vcpu;	/* how many */

/**
 * stats_module_init() - make /sys/kernel/debug/tabula
 */
void stats_module_init(void);

/**
 * stats_module_exit() - remove it
 */
void stats_module_exit(void);

/**
 * stats_value() - read a counter
 * @d: which
 * @base: struct vm or struct vcpu that it is in
 *
 * Return: its value.
 */
u64 stats_value(const struct stats_desc *d, const void *base);

/**
 * stats_vm_add() - show a VM under debugfs: its counters, and what its architecture has
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

#endif
