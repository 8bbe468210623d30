/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM and its vCPUs: what everything above stage 2 shares. The order of all locks is in
 * docs/locking.md.
 */
#ifndef TABULA_VM_H
#define TABULA_VM_H

#include <linux/kvm.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rbtree.h>
#include <linux/rcuwait.h>
#include <linux/refcount.h>
#include <linux/xarray.h>

#include "cpu/context.h"
#include "firmware/firmware.h"
#include "firmware/power.h"
#include "firmware/pvtime.h"
#include "gic/gic.h"
#include "mmu/mmu.h"
#include "timer/timer.h"

#define VM_MAX_VCPUS	512

struct vm_device;

/**
 * struct vm_device_ops - a kind of in-kernel device (KVM API 4.79)
 * @name: for the log and the descriptor's name
 * @type: KVM_DEV_TYPE_*
 * @create: make it; called with vm->lock held
 * @release: the VM is going away
 * @set_attr: KVM_SET_DEVICE_ATTR; an errno of the API
 * @get_attr: KVM_GET_DEVICE_ATTR, likewise
 * @has_attr: KVM_HAS_DEVICE_ATTR, likewise
 */
struct vm_device_ops {
	const char *name;
	u32 type;
	int (*create)(struct vm_device *dev);
	void (*release)(struct vm_device *dev);
	int (*set_attr)(struct vm_device *dev, const struct kvm_device_attr *attr);
	int (*get_attr)(struct vm_device *dev, const struct kvm_device_attr *attr);
	int (*has_attr)(struct vm_device *dev, const struct kvm_device_attr *attr);
};

/**
 * struct vm_device - an in-kernel device of a VM
 * @vm: its VM
 * @ops: its kind
 * @link: in vm->devices
 * @private: the kind's own
 */
struct vm_device {
	struct vm *vm;
	const struct vm_device_ops *ops;
	struct list_head link;
	void *private;
};

struct vm_routing;	/* interrupt routing table, abi/routing.c */
struct ioeventfd_table;	/* abi/ioeventfd.c */

/**
 * struct vm - a virtual machine
 * @refs: descriptors (VM, vCPUs, devices, statistics) that hold it
 * @mm: address space of the VMM; ioctls from another one get -EIO
 * @lock: creation of vCPUs and devices
 * @mmu: its memory
 * @gic: its interrupt controller
 * @timer: its time
 * @vcpus: by creation index; never shrinks before the VM dies
 * @nr_vcpus: how many are in @vcpus, published after the entry is complete
 * @affinities: vCPUs by affinity, abi/affinity.c; changed under @lock
 * @devices: in-kernel devices
 * @irq_lock: changes of irqfds, ioeventfds and routing
 * @irq_srcu: readers of these
 * @routing: GSIs and where they lead
 * @irqfds: eventfds that are interrupts, by eventfd; under @irq_lock
 * @irqfd_resamplers: irqfds that ask again at end of interrupt, by GSI
 * @ioeventfds: addresses that are eventfds; NULL: none
 * @firmware: PSCI
 * @features: KVM_ARM_VCPU_* of all its vCPUs, once one is initialised; under @lock
 * @has_features: one is
 * @idregs: ID registers of its vCPUs
 * @ran_once: some vCPU has entered the guest
 * @nisv_to_user: KVM_CAP_ARM_NISV_TO_USER
 * @ipa_bits: size of guest physical addresses
 * @debugfs: its directory
 */
struct vm {
	refcount_t refs;
	struct mm_struct *mm;
	struct mutex lock;
	struct mmu mmu;
	struct gic gic;
	struct timer_vm timer;
	struct xarray vcpus;
	unsigned int nr_vcpus;
	struct xarray affinities;
	struct list_head devices;
	struct mutex irq_lock;
	struct srcu_struct irq_srcu;
	struct vm_routing __rcu *routing;
	struct rb_root irqfds;
	struct xarray irqfd_resamplers;
	struct ioeventfd_table __rcu *ioeventfds;
	struct firmware_vm firmware;
	u64 features;
	bool has_features;
	struct cpu_idregs idregs;
	bool ran_once;
	bool nisv_to_user;
	u64 ipa_bits;
	struct dentry *debugfs;
};

/*
 * Requests to a vCPU, bits of vcpu->requests, served before it enters the guest. None
 * carries state: what is asked for stands elsewhere, before the bit is set, and is looked
 * at after the bit was cleared.
 */
enum vcpu_request {
	VCPU_REQ_IRQ,		/* look at interrupts again (only ends a wait or leaves the guest) */
	VCPU_REQ_POWER,		/* look at its power state: vcpu->power */
	VCPU_REQ_TIME,		/* the virtual counter was set: load timers anew */
	VCPU_REQ_STEAL,		/* stolen time could not be told: find its page again */
};

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
 * @id: the VMM's number (KVM_CREATE_VCPU's argument): MPIDR is made of it
 * @mutex: held over every ioctl on its descriptor
 * @run: page shared with the VMM (hostile: read each field once)
 * @ctx: architectural state
 * @mmu: its side of the caches
 * @gic: its interrupts
 * @timer: its timers
 * @power: on, off, or about to start; firmware/power.h
 * @pvtime: stolen time
 * @preempt: hears of its thread being scheduled in and out
 * @wait: who waits for its wake-up
 * @pid: the thread that runs it, for kicks
 * @cpu: physical CPU it is loaded on, or -1
 * @mode: enum vcpu_mode
 * @requests: bits of enum vcpu_request
 * @has_run: it has entered the guest at least once
 * @initialised: KVM_ARM_VCPU_INIT done
 * @stats: counters
 * @sigset: KVM_SET_SIGNAL_MASK
 * @sigset_active: @sigset is in force during KVM_RUN
 * @walk_va: guest address of which debugfs shows the walk, if @walk_given
 * @walk_given: somebody has asked for it; else the PC
 */
struct vcpu {
	struct vm *vm;
	unsigned int idx;
	unsigned int id;
	struct mutex mutex;
	struct kvm_run *run;
	struct cpu_ctx ctx;
	struct mmu_vcpu mmu;
	struct gic_cpu gic;
	struct timer_cpu timer;
	struct power power;
	struct pvtime pvtime;

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
	u64 walk_va;
	bool walk_given;
};

/* abi/run.c */

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
 * @req: what it does before it enters the guest again
 */
void vcpu_request(struct vcpu *vcpu, enum vcpu_request req);

/**
 * vcpu_running_here() - the vCPU that is loaded on this CPU
 *
 * Preemption off. Return: it, or NULL.
 */
struct vcpu *vcpu_running_here(void);

/**
 * vcpu_block() - wait until there is something to do (WFI)
 * @vcpu: the current thread's vCPU, loaded; may sleep. A signal ends the wait, too.
 */
void vcpu_block(struct vcpu *vcpu);

/**
 * vcpu_is_runnable() - would the vCPU do anything if it ran?
 * @vcpu: not loaded
 *
 * Return: true with an interrupt or SError pending, or a request.
 */
bool vcpu_is_runnable(struct vcpu *vcpu);

/* abi/vcpu.c */

/**
 * vm_vcpu() - a vCPU by its creation index
 * @vm: the VM
 * @idx: index; checked
 *
 * Return: the vCPU, or NULL.
 */
struct vcpu *vm_vcpu(struct vm *vm, unsigned int idx);

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

/* abi/affinity.c */

/**
 * vm_vcpu_by_mpidr() - a vCPU by its affinity
 * @vm: the VM
 * @mpidr: of which the affinity fields count; any context
 *
 * Return: the vCPU, the first created one of several, or NULL.
 */
struct vcpu *vm_vcpu_by_mpidr(struct vm *vm, u64 mpidr);

/**
 * vcpu_mpidr() - MPIDR_EL1 of a vCPU
 * @vcpu: the vCPU
 *
 * Return: the register's value.
 */
u64 vcpu_mpidr(const struct vcpu *vcpu);

/**
 * vcpu_set_mpidr() - give a vCPU another MPIDR_EL1
 * @vcpu: its mutex is held; takes vm->lock
 * @mpidr: value that MPIDR_EL1 can have
 *
 * Return: 0; -EBUSY for another value once a vCPU of the VM has run; -ENOMEM.
 */
int vcpu_set_mpidr(struct vcpu *vcpu, u64 mpidr);

/* abi/bus.c */

/**
 * vm_mmio() - serve an access to an address that is no memory, in the kernel
 * @vcpu: who accesses; its thread, may sleep
 * @ipa: where
 * @len: bytes: 1, 2, 4, 8
 * @is_write: a store
 * @data: stored, or to be loaded
 *
 * Return: false: it is the VMM's.
 */
bool vm_mmio(struct vcpu *vcpu, u64 ipa, unsigned int len, bool is_write, u64 *data);

#define vm_for_each_vcpu(vm, i, vcpu)					\
	for ((i) = 0; (i) < READ_ONCE((vm)->nr_vcpus) &&		\
	     ((vcpu) = vm_vcpu((vm), (i))); (i)++)

#endif
