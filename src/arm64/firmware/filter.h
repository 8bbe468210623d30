/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which SMCCC calls the VMM serves itself, or denies (KVM API, devices/vm.rst 6).
 */
#ifndef TABULA_FIRMWARE_FILTER_H
#define TABULA_FIRMWARE_FILTER_H

#include <linux/maple_tree.h>
#include <linux/types.h>

struct kvm_smccc_filter;

/**
 * struct filter - what becomes of calls, by function id
 * @actions: KVM_SMCCC_FILTER_* of ranges of functions; changed before a vCPU runs only
 * @used: the VMM has said something
 */
struct filter {
	struct maple_tree actions;
	bool used;
};

/**
 * filter_init() - all calls are served here
 * @f: of a new VM; needs no memory yet
 */
void filter_init(struct filter *f);

/**
 * filter_destroy() - free what the VMM has said
 * @f: of a VM that is going away
 */
void filter_destroy(struct filter *f);

/**
 * filter_add() - KVM_ARM_VM_SMCCC_FILTER
 * @f: of a VM none of whose vCPUs has run; its lock is held
 * @args: of the VMM
 *
 * Return: 0; -EINVAL (no functions, or beyond the last; an unknown action; padding that is not
 * 0); -EEXIST: for some of these functions it was said before, or they are the Arm
 * Architecture Calls, which are served here always; -ENOMEM.
 */
int filter_add(struct filter *f, const struct kvm_smccc_filter *args);

/**
 * filter_action() - what becomes of a call?
 * @f: of a VM that runs
 * @function: SMCCC function id
 *
 * Return: KVM_SMCCC_FILTER_*.
 */
u8 filter_action(struct filter *f, u32 function);

#endif
