/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an architecture does for vm/ and abi/. They call it through this table alone, so
 * that what is here knows no architecture.
 */
#ifndef TABULA_VM_ARCH_H
#define TABULA_VM_ARCH_H

#include <linux/types.h>

struct dentry;
struct kvm_enable_cap;
struct stats_desc;
struct vcpu;
struct vm;
struct vm_device_ops;

/* What prepare() and handle_exit() answer, when it is not an errno. */
#define VCPU_TO_USER	0	/* back to the VMM, kvm_run is filled in */
#define VCPU_RESUME	1	/* run the guest (again) */
#define VCPU_AGAIN	2	/* look again at all there is before the guest is entered */

/**
 * struct vm_arch - an architecture
 * @vm_size: bytes of the structure that embeds struct vm, first
 * @vcpu_size: bytes of the structure that embeds struct vcpu, first
 * @run_pages: pages that a vCPU shares with its VMM, kvm_run first
 * @coalesced: behind these a vCPU shows its VM's ring of coalesced writes
 * @ring_plain: KVM_CAP_DIRTY_LOG_RING is there, too: what another CPU stores is seen in order
 * @ring_bitmap: KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP is there
 * @vm_stats: counters of a VM, offsets from struct vm
 * @nr_vm_stats: how many
 * @devices: kinds of in-kernel devices; ends with NULL
 * @check_extension: KVM_CHECK_EXTENSION of what is its own; the VM may be NULL
 * @dev_ioctl: ioctls of /dev/kvm that are its own; -ENOTTY for what is not there; NULL: none
 * @enable_cap: KVM_ENABLE_CAP of what is its own; -EINVAL for what is not there
 * @vm_init: a new VM, zeroed but for what is generic; KVM_CREATE_VM's argument. Sets
 *	vm->gmem, and vm->irqchip where it has one. Undoes all on failure
 * @vm_release: the VM is going away: guest memory is given back; vCPUs are still there
 * @vm_destroy: vCPUs are gone, too
 * @vm_ioctl: what is not generic; -ENOTTY for what is not there
 * @vm_debugfs: files of a VM; NULL: none
 * @vcpu_init: a new vCPU, zeroed but for what is generic; vm->lock is held. Undoes all on
 *	failure. Nobody finds it yet
 * @vcpu_publish: it is in its VM: let it be found; vm->lock is held; needs no memory
 * @vcpu_destroy: undo @vcpu_init; published or not
 * @vcpu_settle: before any ioctl looks at it; its mutex is held
 * @vcpu_ioctl: what is not generic; its mutex is held; -ENOTTY for what is not there
 * @vcpu_debugfs: files of a vCPU; NULL: none
 * @first_run: before the first KVM_RUN; the vCPU's mutex and vm->lock are held; may fail
 * @finish_exit: take in what the VMM says to the exit before, at each KVM_RUN; VCPU_RESUME, or
 *	what ends KVM_RUN
 * @run_begin: KVM_RUN begins; not loaded
 * @run_end: KVM_RUN ends, still loaded; may sleep
 * @run_report: KVM_RUN returns, whether it got to @run_begin or not: write into kvm_run what the
 *	VMM reads there of the vCPU; not loaded; NULL: nothing
 * @load: onto this CPU; preemption off. Says so by vcpu_set_here()
 * @put: off this CPU; preemption off; by the scheduler, too
 * @may_sleep: nothing of it may stay in registers that a sleep loses
 * @prepare: serve requests; loaded; may sleep. VCPU_RESUME, VCPU_AGAIN, VCPU_TO_USER or an errno
 * @enter: one stay in the guest; interrupts off; vcpu->mode is IN_GUEST. It says
 *	vcpu_say_outside() when others may know, and returns with interrupts off
 * @handle_exit: serve the exit; may sleep. VCPU_RESUME, VCPU_TO_USER or an errno
 * @runnable: would it do anything if it ran? Not loaded, or the caller's thread runs it
 * @block: about to wait, not loaded: have it woken in time
 * @unblock: the wait is over
 */
struct vm_arch {
	size_t vm_size;
	size_t vcpu_size;
	unsigned int run_pages;
	bool coalesced;
	bool ring_plain;
	bool ring_bitmap;
	const struct stats_desc *vm_stats;
	unsigned int nr_vm_stats;
	const struct vm_device_ops *const *devices;
	long (*check_extension)(struct vm *vm, long cap);
	long (*dev_ioctl)(unsigned int cmd, unsigned long arg);
	int (*enable_cap)(struct vm *vm, const struct kvm_enable_cap *cap);
	int (*vm_init)(struct vm *vm, unsigned long type);
	void (*vm_release)(struct vm *vm);
	void (*vm_destroy)(struct vm *vm);
	long (*vm_ioctl)(struct vm *vm, unsigned int cmd, unsigned long arg);
	void (*vm_debugfs)(struct vm *vm, struct dentry *dir);
	int (*vcpu_init)(struct vcpu *vcpu);
	void (*vcpu_publish)(struct vcpu *vcpu);
	void (*vcpu_destroy)(struct vcpu *vcpu);
	void (*vcpu_settle)(struct vcpu *vcpu);
	long (*vcpu_ioctl)(struct vcpu *vcpu, unsigned int cmd, unsigned long arg);
	void (*vcpu_debugfs)(struct vcpu *vcpu, struct dentry *dir);
	int (*first_run)(struct vcpu *vcpu);
	int (*finish_exit)(struct vcpu *vcpu);
	void (*run_begin)(struct vcpu *vcpu);
	void (*run_end)(struct vcpu *vcpu);
	void (*run_report)(struct vcpu *vcpu);
	void (*load)(struct vcpu *vcpu);
	void (*put)(struct vcpu *vcpu);
	void (*may_sleep)(struct vcpu *vcpu);
	int (*prepare)(struct vcpu *vcpu);
	void (*enter)(struct vcpu *vcpu);
	int (*handle_exit)(struct vcpu *vcpu);
	bool (*runnable)(struct vcpu *vcpu);
	void (*block)(struct vcpu *vcpu);
	void (*unblock)(struct vcpu *vcpu);
};

/**
 * arch_start() - take the machine into use; the one architecture of the module defines it
 * @arch: what it is to be called through
 *
 * /dev/kvm is claimed already. Return: 0, or an errno with the reason in the log.
 */
int arch_start(const struct vm_arch **arch);

/**
 * arch_check_host() - can this machine and kernel run guests at all?
 *
 * Nothing is claimed yet, and nothing is left behind. Return: NULL, or why not.
 */
const char *arch_check_host(void);

/**
 * arch_busy() - why /dev/kvm may be taken
 *
 * Return: a text for the log: what to do about it.
 */
const char *arch_busy(void);

/**
 * arch_ready() - the module is loaded: say in the log what there is
 */
void arch_ready(void);

/**
 * arch_stop() - undo arch_start(); no VM is left
 */
void arch_stop(void);

#endif
