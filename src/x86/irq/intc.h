/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A vCPU and its local APIC: what is delivered to it, by whom, when. Where the VM has no
 * local APICs in the kernel, what the VMM says stands for them.
 */
#ifndef TABULA_X86_INTC_H
#define TABULA_X86_INTC_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/types.h>

#include "../lapic/lapic.h"
#include "vapic.h"

struct x86_vcpu;

/**
 * struct intc - a vCPU's local APIC, and what waits beside interrupts with a vector
 * @there: the VM's local APICs are in the kernel; never changes
 * @lapic: it, if @there
 * @timer: the host's timer for @lapic's
 * @events: INIT and SIPI that wait; see intc.c
 * @nmis: that were sent and not looked at yet
 * @mp_state: KVM_MP_STATE_*; the vCPU's thread's, or its mutex is held
 * @sipi: vector of the SIPI that KVM_SET_MP_STATE may say is received
 * @ended: a level-triggered vector that has ended, and the VMM is to hear of; -1: none
 * @vapic: a word in guest memory that stands for its TPR
 */
struct intc {
	bool there;
	struct lapic lapic;
	struct hrtimer timer;
	atomic_t events;
	atomic_t nmis;
	u32 mp_state;
	u8 sipi;
	int ended;
	struct vapic vapic;
};

/**
 * intc_init() - a new vCPU's local APIC, as after power-up
 * @vcpu: its VM's interrupt controllers are decided; svm_vcpu_init() is done
 */
void intc_init(struct x86_vcpu *vcpu);

/**
 * intc_destroy() - undo intc_init()
 * @vcpu: nobody runs it, or sends to it
 */
void intc_destroy(struct x86_vcpu *vcpu);

/**
 * intc_configure() - take over what the VMM chose: CPUID, the VM's capabilities
 * @vcpu: its mutex is held, or nobody finds it yet
 */
void intc_configure(struct x86_vcpu *vcpu);

/**
 * intc_set_x2apic() - take over what KVM_CAP_X2APIC_API says of a VM whose vCPUs are there
 * @vcpu: it may run; vm->lock is held
 */
void intc_set_x2apic(struct x86_vcpu *vcpu);

/**
 * intc_settle() - take what came from other threads: NMIs, the timer
 * @vcpu: the current thread's, or its mutex is held
 */
void intc_settle(struct x86_vcpu *vcpu);

/**
 * intc_pending() - is there an interrupt that the CPU would take, if IF and shadows let it?
 * @vcpu: the current thread's
 *
 * Return: true if so.
 */
bool intc_pending(struct x86_vcpu *vcpu);

/**
 * intc_take() - the CPU takes an interrupt
 * @vcpu: the current thread's, which could take one now
 *
 * Return: its vector; -1: there is none.
 */
int intc_take(struct x86_vcpu *vcpu);

/**
 * intc_tell() - is the VMM to hear of something that the guest did to its local APIC?
 * @vcpu: the current thread's
 *
 * Return: true, with kvm_run filled in: KVM_EXIT_IOAPIC_EOI, an end that the VMM's I/O APIC
 * waits for, or KVM_EXIT_TPR_ACCESS.
 */
bool intc_tell(struct x86_vcpu *vcpu);

/**
 * intc_vmm_may() - could the VMM's KVM_INTERRUPT be taken, if IF and shadows let it?
 * @vcpu: the current thread's
 *
 * Return: true if none waits, and the PIC is the VMM's and LINT0 wired to it.
 */
bool intc_vmm_may(const struct x86_vcpu *vcpu);

/**
 * intc_extint() - the VMM's PIC has an interrupt: KVM_INTERRUPT (KVM API 4.16)
 * @vcpu: its mutex is held
 * @vector: 0 to 255
 *
 * Return: 0; -EEXIST: one waits already; -ENXIO: the PIC is in the kernel.
 */
int intc_extint(struct x86_vcpu *vcpu, u8 vector);

/**
 * intc_base() - IA32_APIC_BASE
 * @vcpu: its mutex is held
 *
 * Return: its value.
 */
u64 intc_base(const struct x86_vcpu *vcpu);

/**
 * intc_set_base() - set it
 * @vcpu: its mutex is held
 * @val: new value
 * @host: the VMM writes
 *
 * Return: 0; -EINVAL: #GP.
 */
int intc_set_base(struct x86_vcpu *vcpu, u64 val, bool host);

/**
 * intc_cr8() - CR8
 * @vcpu: its mutex is held
 *
 * Return: 0 to 15.
 */
u64 intc_cr8(const struct x86_vcpu *vcpu);

/**
 * intc_set_cr8() - set it
 * @vcpu: its mutex is held
 * @val: 0 to 15
 */
void intc_set_cr8(struct x86_vcpu *vcpu, u64 val);

/**
 * intc_msr() - is this MSR a local APIC's?
 * @index: which
 *
 * Return: true for x2APIC's and the TSC deadline.
 */
bool intc_msr(u32 index);

/**
 * intc_get_msr() - read such an MSR
 * @vcpu: its mutex is held
 * @index: which
 * @val: its value
 *
 * Return: 0; -ENOENT: it is not there (now).
 */
int intc_get_msr(struct x86_vcpu *vcpu, u32 index, u64 *val);

/**
 * intc_set_msr() - write such an MSR
 * @vcpu: its mutex is held
 * @index: which
 * @val: new value
 *
 * Return: 0; -ENOENT; -EINVAL: a value that it cannot have.
 */
int intc_set_msr(struct x86_vcpu *vcpu, u32 index, u64 val);

/**
 * intc_tsc_changed() - the guest's TSC says another time: so may the timer
 * @vcpu: its mutex is held
 */
void intc_tsc_changed(struct x86_vcpu *vcpu);

/**
 * intc_mmio() - serve an access to the registers of an interrupt controller in the kernel
 * @vcpu: the current thread's
 * @gpa: where
 * @len: 1 to 8 bytes
 * @data: what is written, or what is read: little-endian
 * @write: it is a write
 *
 * Return: false: they are not there.
 */
bool intc_mmio(struct x86_vcpu *vcpu, u64 gpa, unsigned int len, u64 *data, bool write);

/* Bits of struct intc.events. */
#define INTC_INIT	BIT(0)
#define INTC_SIPI	BIT(1)	/* its vector is in bits 15 to 8 */

/**
 * intc_event() - have INIT or SIPI wait, from wherever
 * @vcpu: whose; any context
 * @bits: INTC_INIT, or INTC_SIPI with its vector
 *
 * INIT takes the place of what waits, SIPI waits behind it.
 */
void intc_event(struct x86_vcpu *vcpu, int bits);

/**
 * intc_nmi() - send an NMI
 * @vcpu: whose; any context
 */
void intc_nmi(struct x86_vcpu *vcpu);

#endif
