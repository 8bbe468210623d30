/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM and its vCPUs: what everything above stage 2 shares.
 *
 * Lock order (outermost first):
 *   vm.lock -> vcpu.mutex (ascending index) -> gmem's order (mem/gmem.h);
 *   the GIC's and the timers' spinlocks nest inside all of these.
 */
#ifndef TABULA_VM_H
#define TABULA_VM_H

#include <linux/kvm.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcuwait.h>
#include <linux/refcount.h>
#include <linux/xarray.h>

#include "cpu/context.h"
#include "firmware/firmware.h"
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
 * @set_attr: @get_attr: @has_attr: KVM_{SET,GET,HAS}_DEVICE_ATTR; errno of the API
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
 */
struct vm_device {
	struct vm *vm;
	const struct vm_device_ops *ops;
	struct list_head link;
	void *private;
};

struct vm_routing;	/* interrupt routing table, abi/routing.c */

/**
 * struct vm - a virtual machine
 * @refs: descriptors (VM, vCPUs, devices) that hold it
 * @mm: address space of the VMM; ioctls from another one get -EIO
 * @lock: creation of vCPUs and devices, PSCI's view of all vCPUs
 * @vcpus: by creation index; never shrinks before the VM dies
 * @nr_vcpus: how many are in @vcpus, published after the entry is complete
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
	unsigned int created_vcpus;
	struct list_head devices;
	struct mutex irq_lock;			/* irqfds, routing */
	struct srcu_struct irq_srcu;
	struct vm_routing __rcu *routing;
	struct list_head irqfds;
	struct list_head irqfd_resamplers;
	struct list_head ioeventfds;
	struct firmware_vm firmware;
	bool ran_once;				/* some vCPU has entered the guest */
	bool nisv_to_user;			/* KVM_CAP_ARM_NISV_TO_USER */
	bool dead;				/* a bug or a lost mm: no vCPU runs any more */
	u64 ipa_bits;
	struct dentry *debugfs;
};

/* Requests to a vCPU, bits of vcpu->requests, served before it enters the guest. */
enum vcpu_request {
	VCPU_REQ_IRQ,		/* look at interrupts again (only ends a wait or leaves the guest) */
	VCPU_REQ_SLEEP,		/* PSCI or the VMM paused it */
	VCPU_REQ_RESET,		/* PSCI CPU_ON left a start state */
	VCPU_REQ_STEAL,		/* stolen time could not be told: find its page again */
	VCPU_REQ_EXIT,		/* leave the run loop to the VMM (system event) */
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
	struct firmware_cpu firmware;
	struct pvtime pvtime;

	struct preempt_notifier preempt;
	struct rcuwait wait;
	struct pid __rcu *pid;
	int cpu;				/* physical CPU it is loaded on, or -1 */
	int mode;				/* enum vcpu_mode */
	unsigned long requests;
	bool has_run;				/* it has entered the guest at least once */
	bool initialised;			/* KVM_ARM_VCPU_INIT done */
	bool power_off;				/* PSCI says off; under firmware.lock */
	struct vcpu_stats stats;
	sigset_t sigset;
	bool sigset_active;
};

/* abi/vcpu.c */
void vcpu_kick(struct vcpu *vcpu);
void vcpu_wake(struct vcpu *vcpu);
void vcpu_request(struct vcpu *vcpu, enum vcpu_request req);
struct vcpu *vcpu_running_here(void);
struct vcpu *vm_vcpu(struct vm *vm, unsigned int idx);
struct vcpu *vm_vcpu_by_mpidr(struct vm *vm, u64 mpidr);
u64 vcpu_mpidr(const struct vcpu *vcpu);
bool vm_lock_all_vcpus(struct vm *vm);
void vm_unlock_all_vcpus(struct vm *vm);

/* abi/bus.c: serve an access in the kernel; false: the VMM's */
bool vm_mmio(struct vcpu *vcpu, u64 ipa, unsigned int len, bool is_write, u64 *data);
/* abi/vcpu.c: WFI */
void vcpu_block(struct vcpu *vcpu);
bool vcpu_is_runnable(struct vcpu *vcpu);

#define vm_for_each_vcpu(vm, i, vcpu)					\
	for ((i) = 0; (i) < READ_ONCE((vm)->nr_vcpus) &&		\
	     ((vcpu) = vm_vcpu((vm), (i))); (i)++)

#endif
