/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hypercalls of a Xen guest that the VMM leaves to us (KVM_XEN_HVM_CONFIG_EVTCHN_SEND), and what its ports
 * lead to.
 */
#ifndef TABULA_XEN_CALL_H
#define TABULA_XEN_CALL_H

#include <linux/kvm.h>
#include <linux/types.h>

struct x86_vcpu;
struct x86_vm;

#define CALL_ARGUMENTS	6

/**
 * struct xen_call - a hypercall
 * @nr: its number
 * @arg: its parameters
 * @wide: of a 64-bit guest
 */
struct xen_call {
	u64 nr;
	u64 arg[CALL_ARGUMENTS];
	bool wide;
};

/**
 * call_serve() - serve a hypercall, if it is one of ours
 * @vcpu: the current thread's; may sleep
 * @c: the hypercall; the guest's kernel made it
 * @result: filled in
 *
 * Return: false: it is the VMM's.
 */
bool call_serve(struct x86_vcpu *vcpu, const struct xen_call *c, u64 *result);

/**
 * call_set_port() - KVM_XEN_ATTR_TYPE_EVTCHN: what a port that the guest sends on leads to
 * @vm: its lock is held; may sleep
 * @a: the attribute
 *
 * Return: 0; -EINVAL: what cannot be; -ENOENT: no such port to change or take away; -EEXIST: it is there;
 * -EBADF; -ENOMEM.
 */
int call_set_port(struct x86_vm *vm, const struct kvm_xen_hvm_attr *a);

/**
 * call_destroy() - no port leads anywhere
 * @vm: no vCPU runs. May sleep.
 */
void call_destroy(struct x86_vm *vm);

#endif
