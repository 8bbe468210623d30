/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Async page faults (KVM's msr.rst): a guest that touches memory which the host has to fetch is
 * told by a page fault whose address is a token, runs something else, and is told by an
 * interrupt with that token when the memory is there.
 */
#ifndef TABULA_PV_APF_H
#define TABULA_PV_APF_H

#include <linux/list.h>
#include <linux/types.h>

#include "range.h"

struct x86_vcpu;

/**
 * struct apf - async page faults of a vCPU
 * @range: the guest's record; while @on
 * @on: the guest wants them
 * @msr: MSR_KVM_ASYNC_PF_EN
 * @vector: MSR_KVM_ASYNC_PF_INT
 * @count: of tokens so far
 * @out: how many are in @works; under apf_lock
 * @works: what is fetched, given up or not, or has been and is not told yet; under apf_lock
 * @wake_all: the guest is to be told that all tokens of before are ready, or has not acknowledged that: none goes out
 * @told: it was told of one and has not acknowledged it
 *
 * All else belongs to the vCPU's thread, or to who holds its mutex.
 */
struct apf {
	struct pv_range range;
	bool on;
	u64 msr;
	u64 vector;
	u32 count;
	unsigned int out;
	struct list_head works;
	bool wake_all;
	bool told;
};

/**
 * apf_module_init() - there can be async page faults from now on
 *
 * Return: 0 or -ENOMEM.
 */
int apf_module_init(void);

/**
 * apf_module_exit() - undo apf_module_init(); waits for what is still fetched
 */
void apf_module_exit(void);

/**
 * apf_init() - a new vCPU's
 * @vcpu: zeroed
 */
void apf_init(struct x86_vcpu *vcpu);

/**
 * apf_reset() - as after power-up or INIT: no token is told of any more
 * @vcpu: the current thread's, or its mutex is held
 *
 * Does not wait for what is being fetched, which counts as out until it is there.
 */
void apf_reset(struct x86_vcpu *vcpu);

/**
 * apf_destroy() - the same at the vCPU's end
 * @vcpu: nobody runs it, or will
 *
 * Nor does this wait.
 */
void apf_destroy(struct x86_vcpu *vcpu);

/**
 * apf_set() - MSR_KVM_ASYNC_PF_EN
 * @vcpu: the current thread's, or its mutex is held; may sleep
 * @val: new value
 *
 * Return: 0; -EINVAL: reserved bits, no local APIC here, or no memory there.
 */
int apf_set(struct x86_vcpu *vcpu, u64 val);

/**
 * apf_acknowledge() - MSR_KVM_ASYNC_PF_ACK
 * @vcpu: as apf_set()
 * @val: bit 0: the guest has read the token, and wants the next
 */
void apf_acknowledge(struct x86_vcpu *vcpu, u64 val);

/**
 * apf_put_off() - the guest has touched memory: can it do something else meanwhile?
 * @vcpu: the current thread's, right after the exit; may sleep, but not for the memory
 * @gpa: what it touched
 * @write: it is a write
 *
 * Return: true: it has to be fetched, and the guest will take a page fault that says so.
 */
bool apf_put_off(struct x86_vcpu *vcpu, u64 gpa, bool write);

/**
 * apf_prepare() - before the guest is entered: serve X86_REQ_APF, tell of one token
 * @vcpu: the current thread's; may sleep
 */
void apf_prepare(struct x86_vcpu *vcpu);

#endif
