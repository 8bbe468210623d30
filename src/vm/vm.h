/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM and its vCPUs, whatever the architecture: life, kicks, requests and waits. An
 * architecture embeds both structures, first, and is called through vm/arch.h. The order
 * of all locks is in docs/locking.md.
 */
#ifndef TABULA_VM_H
#define TABULA_VM_H

#include <linux/kvm.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rbtree.h>
#include <linux/rcuwait.h>
#include <linux/refcount.h>
#include <linux/signal_types.h>
#include <linux/srcu.h>
#include <linux/xarray.h>

#define VM_MAX_VCPUS	512

struct coalesced;	/* vm/coalesced.c */
struct gmem;
struct gmem_ring;	/* mem/ring.h */
struct ioeventfd_table;	/* vm/ioeventfd.c */
struct irqchip_ops;	/* vm/irqchip.h */
struct vm_arch;		/* vm/arch.h */
struct vm_routing;	/* vm/routing.c */

/**
 * struct vm - a virtual machine
 * @arch: what the architecture does for it
 * @refs: descriptors (VM, vCPUs, devices, statistics) that hold it
 * @mm: address space of the VMM; ioctls from another one get -EIO
 * @lock: creation of vCPUs and devices
 * @gmem: its memory; the architecture's
 * @vcpus: by creation index; never shrinks before the VM dies
 * @nr_vcpus: how many are in @vcpus, published after the entry is complete
 * @devices: in-kernel devices
 * @irqchip: the interrupt controller in the kernel that GSIs lead to; the architecture's
 * @irq_lock: changes of irqfds, ioeventfds and routing
 * @irq_srcu: readers of these
 * @routing: GSIs and where they lead
 * @irqfds: eventfds that are interrupts, by eventfd; under @irq_lock
 * @irqfd_resamplers: irqfds that ask again at end of interrupt, by GSI
 * @ioeventfds: addresses that are eventfds; NULL: none
 * @coalesced: writes that wait for the VMM; NULL: the architecture has none
 * @ring_bytes: of each vCPU's dirty ring; 0: it gets none. Set before the first vCPU
 * @ran_once: some vCPU has entered the guest
 * @debugfs: its directory
 */
struct vm {
	const struct vm_arch *arch;
	refcount_t refs;
	struct mm_struct *mm;
	struct mutex lock;
	struct gmem *gmem;
	struct xarray vcpus;
	unsigned int nr_vcpus;
	struct list_head devices;
	const struct irqchip_ops *irqchip;
	struct mutex irq_lock;
	struct srcu_struct irq_srcu;
	struct vm_routing __rcu *routing;
	struct rb_root irqfds;
	struct xarray irqfd_resamplers;
	struct ioeventfd_table __rcu *ioeventfds;
	struct coalesced *coalesced;
	u32 ring_bytes;
	bool ran_once;
	struct dentry *debugfs;
};

/*
 * Requests to a vCPU, bits of vcpu->requests, served before it enters the guest. None
 * carries state: what is asked for stands elsewhere, before the bit is set, and is looked
 * at after the bit was cleared. An architecture's own are VCPU_REQ_ARCH and up.
 */
#define VCPU_REQ_IRQ	0	/* look at interrupts again (only ends a wait or leaves the guest) */
#define VCPU_REQ_ARCH	1

/* Where a vCPU is; vcpu->mode. */
enum vcpu_mode {
	VCPU_OUTSIDE,
	VCPU_IN_GUEST,
	VCPU_EXITING,
};

/**
 * struct vcpu_stats - what a vCPU did; written by its thread
 * @entries: into the guest
 * @exits: that the fast path left over
 * @exits_user: returns to the VMM
 * @halts: waits for an interrupt
 */
struct vcpu_stats {
	atomic64_t entries;
	atomic64_t exits;
	atomic64_t exits_user;
	atomic64_t halts;
};

/**
 * struct vcpu - a virtual CPU
 * @vm: its VM
 * @idx: creation index in vm->vcpus
 * @id: the VMM's number (KVM_CREATE_VCPU's argument)
 * @mutex: held over every ioctl on its descriptor
 * @run: page shared with the VMM (hostile: read each field once)
 * @ring: what it has written, where that is logged in rings; or NULL
 * @preempt: hears of its thread being scheduled in and out
 * @wait: who waits for its wake-up
 * @pid: the thread that runs it, for kicks
 * @cpu: physical CPU it is loaded on, or -1
 * @mode: enum vcpu_mode
 * @requests: bits VCPU_REQ_*
 * @has_run: it has entered the guest at least once
 * @initialised: it may run; KVM_RUN gets -ENOEXEC before
 * @stats: counters
 * @sigset: KVM_SET_SIGNAL_MASK
 * @sigset_active: @sigset is in force during KVM_RUN
 */
struct vcpu {
	struct vm *vm;
	unsigned int idx;
	unsigned int id;
	struct mutex mutex;
	struct kvm_run *run;
	struct gmem_ring *ring;
	struct preempt_notifier preempt;
	struct rcuwait wait;
	struct pid __rcu *pid;
	int cpu;
	int mode;
	unsigned long requests;
	bool has_run;
	bool initialised;
	struct vcpu_stats stats;
	sigset_t sigset;
	bool sigset_active;
};

/**
 * vm_new() - a VM without vCPUs
 * @arch: its architecture
 * @type: KVM_CREATE_VM's argument
 *
 * Return: the VM, held once; or -EINVAL, -ENOMEM.
 */
struct vm *vm_new(const struct vm_arch *arch, unsigned long type);

/**
 * vm_get() - hold a VM
 * @vm: a VM that the caller knows to be alive
 */
void vm_get(struct vm *vm);

/**
 * vm_put() - let go of a VM; the last one destroys it
 * @vm: the VM; may sleep
 */
void vm_put(struct vm *vm);

/**
 * vm_vcpu() - a vCPU by its creation index
 * @vm: the VM
 * @idx: index; checked
 *
 * Return: the vCPU, or NULL.
 */
struct vcpu *vm_vcpu(struct vm *vm, unsigned int idx);

/**
 * vm_vcpu_by_id() - a vCPU by the VMM's number
 * @vm: the VM
 * @id: any number
 *
 * At once where the VMM numbers them in the order in which it makes them, else by
 * looking at them all. Return: the vCPU, or NULL.
 */
struct vcpu *vm_vcpu_by_id(struct vm *vm, unsigned int id);

/**
 * vm_kick_all() - vcpu_kick() for each vCPU
 * @vm: the VM
 */
void vm_kick_all(struct vm *vm);

/**
 * vm_lock_all_vcpus() - keep all vCPUs from running
 * @vm: the VM; vm->lock is held
 *
 * Return: false where one of them is running or in an ioctl; nothing is held then.
 */
bool vm_lock_all_vcpus(struct vm *vm);

/**
 * vm_unlock_all_vcpus() - undo vm_lock_all_vcpus()
 * @vm: the VM
 */
void vm_unlock_all_vcpus(struct vm *vm);

/**
 * vcpu_new() - a vCPU that is not yet in its VM
 * @vm: the VM; vm->lock is held
 * @id: the VMM's number
 *
 * Return: the vCPU, or -EEXIST (the number is taken), -ENOMEM, or an errno of the
 * architecture's.
 */
struct vcpu *vcpu_new(struct vm *vm, unsigned int id);

/**
 * vcpu_store() - put a new vCPU where vcpu_publish() will show it
 * @vcpu: of vcpu_new(); vm->lock is held
 *
 * Return: 0 or -ENOMEM.
 */
int vcpu_store(struct vcpu *vcpu);

/**
 * vcpu_unstore() - undo vcpu_store()
 * @vcpu: the vCPU; vm->lock is held
 */
void vcpu_unstore(struct vcpu *vcpu);

/**
 * vcpu_publish() - a vCPU is there for all from now on
 * @vcpu: stored; vm->lock is held. Needs no memory.
 */
void vcpu_publish(struct vcpu *vcpu);

/**
 * vcpu_destroy() - free a vCPU
 * @vcpu: not published, or its VM is going away; nobody runs it
 */
void vcpu_destroy(struct vcpu *vcpu);

/* vm/kick.c */

/**
 * vcpu_wake() - end a vCPU's wait, if it waits
 * @vcpu: the vCPU; any context
 */
void vcpu_wake(struct vcpu *vcpu);

/**
 * vcpu_kick() - make a vCPU look again at what was changed before the call
 * @vcpu: the vCPU; any context but under a run queue's lock
 *
 * Ends its wait, or brings it out of the guest.
 */
void vcpu_kick(struct vcpu *vcpu);

/**
 * vcpu_request() - ask something of a vCPU, and kick it
 * @vcpu: the vCPU
 * @req: VCPU_REQ_*: what it does before it enters the guest again
 */
void vcpu_request(struct vcpu *vcpu, unsigned int req);

/**
 * vm_request_all() - ask something of every vCPU, and see that none which has not heard of it
 *	is in its guest
 * @vm: the VM; the caller is no vCPU's thread in its guest
 * @req: VCPU_REQ_*
 *
 * A vCPU comes out by the kick's interrupt, and takes nothing before it says that it is out. Does
 * not sleep; spins for as long as an exit takes.
 */
void vm_request_all(struct vm *vm, unsigned int req);

/* vm/run.c */

/**
 * vcpu_running_here() - the vCPU that is loaded on this CPU
 *
 * Preemption off. Return: it, or NULL.
 */
struct vcpu *vcpu_running_here(void);

/**
 * vcpu_block() - wait until there is something to do (WFI, HLT)
 * @vcpu: the current thread's vCPU, loaded; may sleep. A signal ends the wait, too.
 */
void vcpu_block(struct vcpu *vcpu);

#define vm_for_each_vcpu(vm, i, vcpu)					\
	for ((i) = 0; (i) < READ_ONCE((vm)->nr_vcpus) &&		\
	     ((vcpu) = vm_vcpu((vm), (i))); (i)++)

#endif
