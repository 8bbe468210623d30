/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the hypervisor tells guests of itself in CPUID (KVM's cpuid.rst).
 */
#ifndef TABULA_PV_ANNOUNCE_H
#define TABULA_PV_ANNOUNCE_H

#include <linux/types.h>

struct kvm_cpuid_entry2;
struct x86_vcpu;

/**
 * pv_announce() - the hypervisor's leaves of KVM_GET_SUPPORTED_CPUID
 * @i: which, from 0
 * @e: filled in
 *
 * Return: false: there are no more.
 */
bool pv_announce(unsigned int i, struct kvm_cpuid_entry2 *e);

/**
 * pv_amend() - take from a guest's CPUID what its VM's settings leave without sense
 * @vcpu: its mutex is held
 * @e: what the VMM gives
 * @nr: entries
 *
 * A guest that halts without an exit is not to be woken by a hypercall.
 */
void pv_amend(const struct x86_vcpu *vcpu, struct kvm_cpuid_entry2 *e, unsigned int nr);

/**
 * pv_allows() - may the guest use a feature?
 * @vcpu: its mutex is held
 * @feature: KVM_FEATURE_*
 *
 * Return: true, unless the VMM wants CPUID enforced (KVM_CAP_ENFORCE_PV_FEATURE_CPUID) and the
 * guest's does not show it.
 */
bool pv_allows(const struct x86_vcpu *vcpu, unsigned int feature);

#endif
