/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM and its vCPUs on x86: what all of x86/ above nested paging shares.
 */
#ifndef TABULA_X86_VM_H
#define TABULA_X86_VM_H

#include "../vm/vm.h"
#include "hv/hv.h"
#include "irq/irq.h"
#include "irq/intc.h"
#include "npt/npt.h"
#include "pv/apf.h"
#include "pv/ending.h"
#include "pv/kvmclock.h"
#include "pv/stolen.h"
#include "svm/svm.h"
#include "xen/xen.h"

/**
 * struct x86_vm - a virtual machine
 * @base: what is the same everywhere; first
 * @npt: its memory
 * @gpa_bits: size of guest physical addresses
 * @irq: its interrupt controllers
 * @payload: the VMM tells pending exceptions from those in delivery (KVM_CAP_EXCEPTION_PAYLOAD)
 * @triple_fault: the VMM saves and restores a triple fault (KVM_CAP_X86_TRIPLE_FAULT_EVENT)
 * @exit_on_failure: the VMM wants every instruction that is not understood (KVM_CAP_EXIT_ON_EMULATION_FAILURE)
 * @clock: its time
 * @xen: its Xen guests
 * @hv: its guests made for Hyper-V
 * @quirks_off: KVM_X86_QUIRK_*: what is not put right for guests (KVM_CAP_DISABLE_QUIRKS2)
 * @hlt_runs: HLT does not exit (KVM_CAP_X86_DISABLE_EXITS)
 * @no_platform_info: reading MSR_PLATFORM_INFO is #GP (KVM_CAP_MSR_PLATFORM_INFO)
 * @nr_mmu_pages: what KVM_SET_NR_MMU_PAGES said: read back, and of no effect
 * @max_vcpu_id: vCPUs have numbers below it; 0: not said (KVM_CAP_MAX_VCPU_ID); @base.lock
 * @msr_exits: KVM_MSR_EXIT_REASON_*: accesses that the VMM serves (KVM_CAP_X86_USER_SPACE_MSR)
 * @msr_filter: MSRs that guests may not touch (KVM_X86_SET_MSR_FILTER); written under @base.lock
 */
struct x86_vm {
	struct vm base;
	struct npt npt;
	unsigned int gpa_bits;
	struct x86_irq irq;
	bool payload;
	bool triple_fault;
	bool exit_on_failure;
	struct kvmclock_vm clock;
	struct xen_vm xen;
	struct hv_vm hv;
	u64 quirks_off;
	bool hlt_runs;
	bool no_platform_info;
	unsigned long nr_mmu_pages;
	unsigned int max_vcpu_id;
	u32 msr_exits;
	struct msr_filter __rcu *msr_filter;
};

/* Requests of x86's; see VCPU_REQ_IRQ. */
#define X86_REQ_FLUSH	(VCPU_REQ_ARCH + 0)	/* nested page tables have lost something */
#define X86_REQ_TIMER	(VCPU_REQ_ARCH + 1)	/* the local APIC's timer is due */
#define X86_REQ_CLOCK	(VCPU_REQ_ARCH + 2)	/* write records of the time, take over the TSC's offset */
#define X86_REQ_MSRS	(VCPU_REQ_ARCH + 3)	/* what MSRs exit has changed */
#define X86_REQ_STEAL	(VCPU_REQ_ARCH + 4)	/* the thread was away: tell stolen time */
#define X86_REQ_APF	(VCPU_REQ_ARCH + 5)	/* memory was fetched */
#define X86_REQ_XEN	(VCPU_REQ_ARCH + 6)	/* the thread was away, or an event came that could not be stored */

/**
 * struct x86_vcpu - a virtual CPU
 * @base: what is the same everywhere; first
 * @vm: its VM
 * @svm: its registers, and what AMD-V keeps of them
 * @intc: its local APIC
 * @clock: its TSC, and where the guest reads the time
 * @stolen: its steal time
 * @ending: its PV EOI
 * @apf: its async page faults
 * @xen: Xen's pages
 * @poll: MSR_KVM_POLL_CONTROL
 * @unhalt: another vCPU has woken it; the next halt ends at once
 * @pv_enforced: paravirtual features are those that its CPUID shows
 */
struct x86_vcpu {
	struct vcpu base;
	struct x86_vm *vm;
	struct svm svm;
	struct intc intc;
	struct kvmclock clock;
	struct stolen stolen;
	struct ending ending;
	struct apf apf;
	struct xen_vcpu xen;
	u64 poll;
	bool unhalt;
	bool pv_enforced;
};

/**
 * to_x86_vm() - the x86 VM that embeds a VM
 * @vm: the VM, or NULL
 *
 * Return: it, or NULL: what is embedded comes first.
 */
static inline struct x86_vm *to_x86_vm(struct vm *vm)
{
	BUILD_BUG_ON(offsetof(struct x86_vm, base));
	return container_of(vm, struct x86_vm, base);
}

/**
 * to_x86_vcpu() - the x86 vCPU that embeds a vCPU
 * @vcpu: the vCPU, or NULL
 *
 * Return: it, or NULL likewise.
 */
static inline struct x86_vcpu *to_x86_vcpu(struct vcpu *vcpu)
{
	BUILD_BUG_ON(offsetof(struct x86_vcpu, base));
	return container_of(vcpu, struct x86_vcpu, base);
}

#endif
