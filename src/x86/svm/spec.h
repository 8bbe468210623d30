/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What guests may ask of a CPU that speculates (AMD APM vol. 2, 3.2.9; vol. 3, Fn8000_0008_EBX).
 */
#ifndef TABULA_SVM_SPEC_H
#define TABULA_SVM_SPEC_H

#include <linux/types.h>

struct svm;
struct x86_vcpu;

/**
 * struct spec - a vCPU's speculation controls
 * @ctrl: SPEC_CTRL
 * @virt: VIRT_SPEC_CTRL
 * @barred: it has asked for a barrier of its own
 * @cpu: where it was loaded last
 * @name: no other vCPU has it, nor ever had
 */
struct spec {
	u64 ctrl;
	u64 virt;
	bool barred;
	unsigned int cpu;
	u64 name;
};

/**
 * struct spec_switch - SPEC_CTRL in the guest and in the host, where the two differ
 * @guest: what the guest runs with
 * @host: what the host goes on with; the same: nothing is written
 */
struct spec_switch {
	u32 guest;
	u32 host;
};

/**
 * spec_find() - what this machine has; before guests are told of anything
 */
void spec_find(void);

/**
 * spec_leaf() - CPUID Fn8000_0008_EBX for guests
 *
 * Return: what of speculation is in it.
 */
u32 spec_leaf(void);

/**
 * spec_unlisted() - how many of these MSRs the machine lacks
 *
 * Return: of SPEC_CTRL, VIRT_SPEC_CTRL, in this order, how many of the last.
 */
unsigned int spec_unlisted(void);

/**
 * spec_has_msr() - is an MSR one of these?
 * @index: the MSR
 *
 * Return: true if so.
 */
bool spec_has_msr(u32 index);

/**
 * spec_get_msr() - read one
 * @svm: the vCPU's
 * @index: the MSR, one of these
 * @val: its value
 * @host: the VMM reads it: of what the machine has it may all, whatever CPUID shows
 *
 * Return: 0; -ENOENT: it is not there, or cannot be read.
 */
int spec_get_msr(const struct svm *svm, u32 index, u64 *val, bool host);

/**
 * spec_set_msr() - write one
 * @svm: the vCPU's, of the current thread or not running
 * @index: the MSR, one of these
 * @val: its value
 * @host: likewise, and its barriers are nobody's
 *
 * Return: 0; -ENOENT: it is not there; -EINVAL: reserved bits.
 */
int spec_set_msr(struct svm *svm, u32 index, u64 val, bool host);

/**
 * spec_reset() - as out of reset
 * @svm: the vCPU's
 */
void spec_reset(struct svm *svm);

/**
 * spec_init() - a vCPU that no CPU knows
 * @spec: the vCPU's, zeroed
 */
void spec_init(struct spec *spec);

/**
 * spec_load() - put a vCPU on this CPU
 * @spec: the vCPU's
 *
 * Preemption is off. Where another ran here last, or where this one has since had a barrier on
 * another CPU, what the predictor of branches has learnt here is forgotten. A CPU whose kernel
 * wants it to predict less beside guests does so from now on.
 */
void spec_load(struct spec *spec);

/**
 * spec_off() - no guest runs on this CPU any more
 *
 * On the CPU, preemption off. It predicts as before the first one.
 */
void spec_off(void);

/**
 * spec_enter() - what SPEC_CTRL has to be, right before an entry
 * @svm: the vCPU's; its control block gets the value where VMRUN switches it
 *
 * Interrupts off. A guest adds to what the host runs with, as VMRUN has it (AMD APM vol. 2, 15.20),
 * and takes nothing away. What a CPU's divider has left of the host's is gone. Return: what svm_enter() writes.
 */
struct spec_switch spec_enter(struct svm *svm);

/**
 * spec_leave() - right after a stay
 *
 * Interrupts off, on the CPU. The VMM's branches are not steered by its guest's.
 */
void spec_leave(void);

#endif
