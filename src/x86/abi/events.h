/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is pending in a vCPU, as the VMM reads and writes it.
 */
#ifndef TABULA_X86_EVENTS_H
#define TABULA_X86_EVENTS_H

struct kvm_vcpu_events;
struct x86_vcpu;

/**
 * events_get() - KVM_GET_VCPU_EVENTS (KVM API 4.31)
 * @vcpu: its mutex is held, it does not run
 * @ev: all of it is written
 *
 * Without KVM_CAP_EXCEPTION_PAYLOAD what is pending is reported as being in delivery; its
 * payload goes to CR2 or DR6 at once, since the VMM has no other way to carry it.
 */
void events_get(struct x86_vcpu *vcpu, struct kvm_vcpu_events *ev);

/**
 * events_set() - KVM_SET_VCPU_EVENTS (KVM API 4.32)
 * @vcpu: as events_get()
 * @ev: the VMM's, copied
 *
 * Return: 0, or -EINVAL with nothing changed: flags that are not there or not enabled, a
 * vector that no exception has, system management mode.
 */
int events_set(struct x86_vcpu *vcpu, const struct kvm_vcpu_events *ev);

#endif
