/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PV EOI of a vCPU: its byte's place, and when it is offered and taken back.
 */
#ifndef TABULA_PV_ENDING_H
#define TABULA_PV_ENDING_H

#include <linux/types.h>

#include "eoi.h"
#include "range.h"

struct x86_vcpu;

/**
 * struct ending - PV EOI of a vCPU
 * @eoi: the offer
 * @range: where the byte is; while @eoi.mem
 * @msr: MSR_KVM_PV_EOI_EN
 */
struct ending {
	struct pv_eoi eoi;
	struct pv_range range;
	u64 msr;
};

/**
 * ending_set() - MSR_KVM_PV_EOI_EN
 * @vcpu: the current thread's, or its mutex is held; may sleep
 * @val: new value
 *
 * Return: 0; -EINVAL: reserved bits, or there is no local APIC here.
 */
int ending_set(struct x86_vcpu *vcpu, u64 val);

/**
 * ending_reset() - as after power-up or INIT; also undoes all at the vCPU's end
 * @vcpu: the current thread's, or its mutex is held; may sleep
 */
void ending_reset(struct x86_vcpu *vcpu);

/**
 * ending_offer() - all that is to be delivered at this entry is in service: may the guest end it?
 * @vcpu: the current thread's, about to enter; may sleep
 */
void ending_offer(struct x86_vcpu *vcpu);

/**
 * ending_take_back() - right after an exit, and before anything else looks at the local APIC
 * @vcpu: the current thread's; may sleep
 *
 * Return: 0; -EFAULT: the byte's memory has gone, and it is not known what the guest did: call
 * again before it runs.
 */
int ending_take_back(struct x86_vcpu *vcpu);

#endif
