/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Time and waiting of a Xen guest's vCPU: its one-shot timer, and SCHEDOP_poll (Xen's public headers vcpu.h,
 * sched.h).
 */
#ifndef TABULA_XEN_POLL_H
#define TABULA_XEN_POLL_H

#include <linux/hrtimer.h>
#include <linux/types.h>

struct x86_vcpu;

#define POLL_PORTS	128	/* at a time */
#define POLL_ANY	(~0U)	/* no port has these numbers */
#define POLL_NONE	(~1U)

/**
 * struct xen_timers - of a vCPU
 * @timer: its one-shot timer
 * @port: the event that it is; 0: there is none
 * @expires: when, ns of the VM's clock; 0: it is not set
 * @poll: ends a poll
 * @polled: the port that the vCPU waits for, or POLL_NONE, POLL_ANY
 */
struct xen_timers {
	struct hrtimer timer;
	u32 port;
	u64 expires;
	struct hrtimer poll;
	u32 polled;
};

/**
 * poll_init() - nothing is set
 * @vcpu: zeroed
 */
void poll_init(struct x86_vcpu *vcpu);

/**
 * poll_destroy() - nothing will go off any more
 * @vcpu: nobody runs it. May sleep.
 */
void poll_destroy(struct x86_vcpu *vcpu);

/**
 * poll_set_timer() - set the one-shot timer
 * @vcpu: its mutex is held; may sleep
 * @expires: when, ns of the VM's clock; past is at once; 0: never
 */
void poll_set_timer(struct x86_vcpu *vcpu, u64 expires);

/**
 * poll_begin() - wait for one of some ports, or the time, or an interrupt
 * @vcpu: the current thread's; its local APIC is in the kernel; may sleep
 * @ports: numbers
 * @n: how many, up to POLL_PORTS
 * @timeout: ns of the VM's clock; 0: none
 *
 * Does not wait itself: the vCPU is halted, or runs on where a port has something already.
 * Return: 0; -EINVAL: a port that is none.
 */
int poll_begin(struct x86_vcpu *vcpu, const u32 *ports, unsigned int n, u64 timeout);

/**
 * poll_end() - the vCPU runs, and polls nothing
 * @vcpu: the current thread's
 */
void poll_end(struct x86_vcpu *vcpu);

/**
 * poll_wake() - a port has something
 * @vcpu: whose it is; any context
 * @port: which
 * @any: whoever polls wakes, whatever for
 */
void poll_wake(struct x86_vcpu *vcpu, u32 port, bool any);

#endif
