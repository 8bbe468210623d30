/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hypercalls of the hypervisor's own (KVM's hypercalls.rst).
 */
#ifndef TABULA_PV_HYPERCALL_H
#define TABULA_PV_HYPERCALL_H

#include <linux/types.h>

struct x86_vcpu;

/**
 * struct hypercall - what a guest asks
 * @nr: KVM_HC_*
 * @arg: its arguments
 */
struct hypercall {
	u64 nr;
	u64 arg[4];
};

/**
 * hypercall_serve() - do it
 * @vcpu: the current thread's; may sleep
 * @h: what; from CPL 0
 *
 * Return: what RAX is to be: 0 or more, or a negated KVM_E*.
 */
u64 hypercall_serve(struct x86_vcpu *vcpu, const struct hypercall *h);

#endif
