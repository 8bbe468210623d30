/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A word in guest memory that stands for TPR: a VMM patches guests to use it that would
 * otherwise exit at each access (KVM_SET_VAPIC_ADDR, KVM_TPR_ACCESS_REPORTING).
 */
#ifndef TABULA_X86_VAPIC_H
#define TABULA_X86_VAPIC_H

#include <linux/types.h>

#include "../../mem/hva_cache.h"

struct x86_vcpu;

/**
 * struct vapic - a vCPU's
 * @there: @word is in use
 * @shown: the guest has run with @last
 * @report: accesses of TPR are told to the VMM
 * @touched: one was, at @rip, a write if @wrote
 * @wrote: see @touched
 * @last: what the word held
 * @rip: see @touched
 * @word: where: TPR, then the highest in service, 0, and the highest that waits
 */
struct vapic {
	bool there;
	bool shown;
	bool report;
	bool touched;
	bool wrote;
	u32 last;
	u64 rip;
	struct hva_cache word;
};

/**
 * vapic_set() - where the word is
 * @vcpu: its mutex is held; it has a local APIC
 * @gpa: guest physical address; 0: there is none
 *
 * Return: 0; -EINVAL: no address of a word; -ENOMEM.
 */
int vapic_set(struct x86_vcpu *vcpu, u64 gpa);

/**
 * vapic_destroy() - free what vapic_set() took
 * @vcpu: nobody runs it
 */
void vapic_destroy(struct x86_vcpu *vcpu);

/**
 * vapic_enter() - show TPR, and what waits, before the guest runs
 * @vcpu: the current thread's; may sleep
 *
 * Where there is no memory the guest has no such word.
 */
void vapic_enter(struct x86_vcpu *vcpu);

/**
 * vapic_leave() - take over what the guest made of TPR
 * @vcpu: the current thread's, after an exit; may sleep
 */
void vapic_leave(struct x86_vcpu *vcpu);

/**
 * vapic_touch() - the guest has accessed a register of its xAPIC
 * @vcpu: the current thread's; RIP is at the instruction
 * @offset: which
 * @write: it was a write
 */
void vapic_touch(struct x86_vcpu *vcpu, u32 offset, bool write);

/**
 * vapic_tell() - is the VMM to hear of an access?
 * @vcpu: the current thread's
 *
 * Return: true, with kvm_run filled in: KVM_EXIT_TPR_ACCESS.
 */
bool vapic_tell(struct x86_vcpu *vcpu);

#endif
