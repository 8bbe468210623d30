/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the guest's firmware would answer: PSCI (DEN0022) and SMCCC (DEN0028),
 * by HVC or SMC.
 */
#ifndef TABULA_FIRMWARE_H
#define TABULA_FIRMWARE_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "filter.h"
#include "service.h"

struct arm_vcpu;
struct arm_vm;
struct kvm_smccc_filter;

/* PSCI versions, as PSCI_VERSION and KVM_REG_ARM_PSCI_VERSION have them. */
#define FIRMWARE_PSCI_0_1	0x00001
#define FIRMWARE_PSCI_0_2	0x00002
#define FIRMWARE_PSCI_1_0	0x10000
#define FIRMWARE_PSCI_1_1	0x10001
#define FIRMWARE_PSCI_1_3	0x10003

/**
 * struct firmware_vm - firmware state of a VM
 * @lock: power states of all vCPUs; nothing nests inside
 * @psci_version: what PSCI_VERSION answers; KVM_REG_ARM_PSCI_VERSION. Not for vCPUs
 *	without KVM_ARM_VCPU_PSCI_0_2: they have 0.1.
 * @system_suspend: KVM_CAP_ARM_SYSTEM_SUSPEND
 * @services: which services guests have; fixed once a vCPU has run
 * @filter: which calls the VMM serves or denies; fixed once a vCPU has run
 */
struct firmware_vm {
	spinlock_t lock;
	u32 psci_version;
	bool system_suspend;
	struct service_maps services;
	struct filter filter;
};

/**
 * firmware_vm_init() - power-on state of a VM's firmware
 * @vm: the VM
 */
void firmware_vm_init(struct arm_vm *vm);

/**
 * firmware_vm_destroy() - free what the VMM has said of the firmware
 * @vm: the VM; its vCPUs are gone
 */
void firmware_vm_destroy(struct arm_vm *vm);

/**
 * firmware_set_filter() - KVM_ARM_VM_SMCCC_FILTER; takes the VM's lock
 * @vm: the VM
 * @args: of the VMM
 *
 * Return: as filter_add(); -EBUSY: a vCPU has run.
 */
int firmware_set_filter(struct arm_vm *vm, const struct kvm_smccc_filter *args);

/**
 * firmware_call() - serve a call
 * @vcpu: the current thread's vCPU; its PC is already behind the instruction. May sleep.
 * @is_smc: it was an SMC, else an HVC
 *
 * Return: as cpu_handle_exit().
 */
int firmware_call(struct arm_vcpu *vcpu, bool is_smc);

/**
 * firmware_call_fast() - serve an HVC that needs nothing but registers
 * @vcpu: right after the exit, interrupts off
 *
 * Return: false when firmware_call() has to.
 */
bool firmware_call_fast(struct arm_vcpu *vcpu);

/**
 * firmware_call_brief() - serve an HVC that neither sleeps nor asks the VMM
 * @vcpu: the current thread's vCPU; its PC is already behind the instruction
 *
 * Return: false when firmware_call() has to.
 */
bool firmware_call_brief(struct arm_vcpu *vcpu);

/**
 * firmware_psci_version() - the PSCI version of a vCPU
 * @vcpu: initialised
 *
 * Return: FIRMWARE_PSCI_*.
 */
u32 firmware_psci_version(const struct arm_vcpu *vcpu);

/**
 * firmware_get_reg() - read a firmware register (KVM API, "ARM firmware pseudo-registers")
 * @vcpu: any vCPU of the VM
 * @id: KVM_REG_ARM_*
 * @val: its value
 *
 * Return: 0, or -ENOENT for a register that is not there.
 */
int firmware_get_reg(struct arm_vcpu *vcpu, u64 id, u64 *val);

/**
 * firmware_set_reg() - set a firmware register
 * @vcpu: any vCPU of the VM
 * @id: KVM_REG_ARM_*
 * @val: new value
 *
 * Return: 0, -ENOENT, -EINVAL for a value that is not supported, or -EBUSY: a vCPU has run
 * and has seen another one.
 */
int firmware_set_reg(struct arm_vcpu *vcpu, u64 id, u64 val);

/**
 * firmware_list_regs() - ids of the firmware registers
 * @out: array for them, or NULL to count
 *
 * Return: how many.
 */
unsigned long firmware_list_regs(u64 *out);

#endif
