/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM and its vCPUs on Arm: what all of arm64/ above stage 2 shares.
 */
#ifndef TABULA_ARM64_VM_H
#define TABULA_ARM64_VM_H

#include "../vm/vm.h"
#include "cpu/context.h"
#include "firmware/firmware.h"
#include "firmware/power.h"
#include "firmware/pvtime.h"
#include "gic/gic.h"
#include "its/its.h"
#include "mmu/mmu.h"
#include "pmu/pmu.h"
#include "timer/timer.h"

/**
 * struct arm_vm - a virtual machine
 * @base: what is the same everywhere; first
 * @mmu: its memory
 * @gic: its interrupt controller
 * @its: its interrupt translation services
 * @timer: its time
 * @pmu: what counts for its performance monitors
 * @affinities: vCPUs by affinity, arm64/affinity.c; changed under @base.lock
 * @firmware: PSCI
 * @features: KVM_ARM_VCPU_* of all its vCPUs, once one is initialised; under @base.lock
 * @has_features: one is
 * @idregs: ID registers of its vCPUs
 * @nisv_to_user: KVM_CAP_ARM_NISV_TO_USER
 * @ipa_bits: size of guest physical addresses
 */
struct arm_vm {
	struct vm base;
	struct mmu mmu;
	struct gic gic;
	struct its_all its;
	struct timer_vm timer;
	struct pmu_vm pmu;
	struct xarray affinities;
	struct firmware_vm firmware;
	u64 features;
	bool has_features;
	struct cpu_idregs idregs;
	bool nisv_to_user;
	u64 ipa_bits;
};

/* Requests of Arm's; see VCPU_REQ_IRQ. */
#define ARM_REQ_POWER	(VCPU_REQ_ARCH + 0)	/* look at its power state: vcpu->power */
#define ARM_REQ_TIME	(VCPU_REQ_ARCH + 1)	/* the virtual counter was set: load timers anew */
#define ARM_REQ_STEAL	(VCPU_REQ_ARCH + 2)	/* stolen time could not be told: find its page again */

/**
 * struct arm_vcpu - a virtual CPU; MPIDR is made of its VMM's number
 * @base: what is the same everywhere; first
 * @vm: its VM
 * @ctx: architectural state
 * @mmu: its side of the caches
 * @gic: its interrupts
 * @timer: its timers
 * @pmu: its performance monitors
 * @power: on, off, or about to start; firmware/power.h
 * @pvtime: stolen time
 * @walk_va: guest address of which debugfs shows the walk, if @walk_given
 * @walk_given: somebody has asked for it; else the PC
 */
struct arm_vcpu {
	struct vcpu base;
	struct arm_vm *vm;
	struct cpu_ctx ctx;
	struct mmu_vcpu mmu;
	struct gic_cpu gic;
	struct timer_cpu timer;
	struct pmu_cpu pmu;
	struct power power;
	struct pvtime pvtime;
	u64 walk_va;
	bool walk_given;
};

/**
 * to_arm_vm() - the Arm VM that embeds a VM
 * @vm: the VM, or NULL
 *
 * Return: it, or NULL: what is embedded comes first.
 */
static inline struct arm_vm *to_arm_vm(struct vm *vm)
{
	BUILD_BUG_ON(offsetof(struct arm_vm, base));
	return container_of(vm, struct arm_vm, base);
}

/**
 * to_arm_vcpu() - the Arm vCPU that embeds a vCPU
 * @vcpu: the vCPU, or NULL
 *
 * Return: it, or NULL likewise.
 */
static inline struct arm_vcpu *to_arm_vcpu(struct vcpu *vcpu)
{
	BUILD_BUG_ON(offsetof(struct arm_vcpu, base));
	return container_of(vcpu, struct arm_vcpu, base);
}

/**
 * arm_request() - vcpu_request()
 * @vcpu: the vCPU
 * @req: VCPU_REQ_IRQ or ARM_REQ_*
 */
static inline void arm_request(struct arm_vcpu *vcpu, unsigned int req)
{
	vcpu_request(&vcpu->base, req);
}

/**
 * arm_vcpu_here() - vcpu_running_here()
 *
 * Preemption off. Return: the vCPU, or NULL.
 */
static inline struct arm_vcpu *arm_vcpu_here(void)
{
	return to_arm_vcpu(vcpu_running_here());
}

/**
 * arm_vcpu() - vm_vcpu()
 * @vm: the VM
 * @idx: index; checked
 *
 * Return: the vCPU, or NULL.
 */
static inline struct arm_vcpu *arm_vcpu(struct arm_vm *vm, unsigned int idx)
{
	return to_arm_vcpu(vm_vcpu(&vm->base, idx));
}

#define arm_for_each_vcpu(vm, i, vcpu)					\
	for ((i) = 0; (i) < READ_ONCE((vm)->base.nr_vcpus) &&		\
	     ((vcpu) = arm_vcpu((vm), (i))); (i)++)

#endif
