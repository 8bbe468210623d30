/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MSRs of the hypervisor's own (KVM's msr.rst).
 */
#ifndef TABULA_PV_MSR_H
#define TABULA_PV_MSR_H

#include <linux/types.h>

struct x86_vcpu;

/**
 * pv_msr_get() - read one
 * @vcpu: the current thread's, or its mutex is held
 * @index: any
 * @val: its value
 *
 * Return: 0; -ENOENT: there is none of that number, or the guest's CPUID denies it.
 */
int pv_msr_get(struct x86_vcpu *vcpu, u32 index, u64 *val);

/**
 * pv_msr_set() - write one
 * @vcpu: as pv_msr_get(); on the VMM's mm; may sleep
 * @index: any
 * @val: new value
 *
 * Return: 0; -ENOENT; -EINVAL: a value that it cannot have.
 */
int pv_msr_set(struct x86_vcpu *vcpu, u32 index, u64 val);

#endif
