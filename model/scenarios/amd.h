/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMs on AMD-V for scenarios: the module's own nested page tables, identifiers and kicks, and the
 * run loop of a vCPU reduced to what these see of it (src/x86/abi/run.c, src/x86/svm/run.c).
 */
#ifndef SCENARIOS_AMD_H
#define SCENARIOS_AMD_H

#include <linux/types.h>

#include "../../src/vm/vm.h"
#include "../../src/x86/nested/space.h"
#include "../../src/mem/hva_cache.h"
#include "../../src/x86/npt/npt.h"
#include "../../src/x86/pv/steal.h"
#include "../../src/x86/svm/asid.h"
#include "base.h"

#define AMD_VCPUS	2
#define AMD_ASIDS	16	/* identifiers of a CPU, as in the lab */

/* Nothing here depends on the policy of Arm's stage 2. */
#define EXPECT_AMD							\
	{ [MMU_NONE] = SKIP, [MMU_UNMAP] = HOLDS, [MMU_CLEAN] = SKIP,	\
	  [MMU_TWO_TREE] = SKIP, [MMU_DC] = SKIP, [MMU_FWB] = SKIP }
#define ANY_AMD	"any: what it does to its memory is seen by all at once"

#define AMD_REQ_FLUSH	VCPU_REQ_ARCH
#define AMD_REQ_STEAL	(VCPU_REQ_ARCH + 1)

/**
 * struct amd_vcpu - a vCPU
 * @base: mode, requests
 * @vm: its VM
 * @asid: its identifier
 * @flush: its translations may not be used any more
 * @in_guest: between VMRUN and #VMEXIT
 * @l2: L2 runs; else L1
 * @other: identifier of the one that does not run
 * @other_flush: so, @flush
 * @spaces: tables that L2s run on
 * @ncr3: L1's nested CR3
 * @record: where it tells stolen time; NULL: nowhere
 * @steal: that time, some of it at each entry
 * @may_die: memory it uses may go for good: then its thread ends
 */
struct amd_vcpu {
	struct vcpu base;
	struct amd_vm *vm;
	struct asid asid;
	bool flush;
	bool in_guest;
	bool l2;
	struct asid other;
	bool other_flush;
	struct spaces spaces;
	u64 ncr3;
	struct hva_cache *record;
	struct pv_steal steal;
	bool may_die;
};

/**
 * struct amd_vm - a VM
 * @base: its vCPUs; first
 * @npt: its memory: slot 0 from GPA(0) on
 * @first: HVA(@first) backs GPA(0)
 * @vcpu: its vCPUs
 */
struct amd_vm {
	struct vm base;
	struct npt npt;
	unsigned int first;
	struct amd_vcpu vcpu[AMD_VCPUS];
};

extern struct amd_vm *amd_vm;	/* the one most scenarios have */

/**
 * amd_asids() - how many identifiers CPUs have from now on, the host's included
 * @n: how many; nobody has run yet
 */
void amd_asids(unsigned int n);

/**
 * amd_create() - a VM; sets @amd_vm where it is the first
 * @first: HVA(@first) backs GPA(0)
 * @pages: how long slot 0 is
 * @flags: KVM_MEM_*
 *
 * Return: the VM.
 */
struct amd_vm *amd_create(unsigned int first, unsigned int pages, u32 flags);

/**
 * amd_destroy() - the end of a VM
 * @vm: which
 */
void amd_destroy(struct amd_vm *vm);

/**
 * amd_finish() - the end of @amd_vm, for finish()
 */
void amd_finish(void);

/**
 * amd_finish_written() - amd_finish(), and the page at HVA(0) has to hold the second of two writes
 */
void amd_finish_written(void);

/**
 * amd_migrates() - the memory manager moves the page at HVA(0) once, for explore_spawn()
 * @unused: nothing
 */
void amd_migrates(void *unused);

/**
 * amd_slot() - change slot 0
 * @vm: of which VM
 * @pages: its length; 0: delete it
 * @flags: KVM_MEM_*
 */
void amd_slot(struct amd_vm *vm, unsigned int pages, u32 flags);

/**
 * amd_store_at() - a guest stores a number
 * @v: who
 * @gpa: where: a multiple of 8 in the first 64 bytes of a page
 * @val: the number
 */
void amd_store_at(struct amd_vcpu *v, u64 gpa, u64 val);

/**
 * amd_load_at() - a guest loads a number
 * @v: who
 * @gpa: as amd_store_at()
 *
 * Return: it.
 */
u64 amd_load_at(struct amd_vcpu *v, u64 gpa);

/**
 * amd_l2_enter() - VMRUN by L1
 * @v: who; in L1
 * @asid: L1's identifier for L2
 * @ncr3: L1's nested CR3: two levels, of 4-byte entries
 * @tlb_ctl: NESTED_FLUSH_*
 */
void amd_l2_enter(struct amd_vcpu *v, u32 asid, u64 ncr3, u8 tlb_ctl);

/**
 * amd_l2_leave() - #VMEXIT to L1
 * @v: who; in L2
 */
void amd_l2_leave(struct amd_vcpu *v);

/**
 * amd_l2_store() - L2 stores a number
 * @v: who; in L2
 * @addr: L2's address, as amd_store_at()
 * @val: the number
 */
void amd_l2_store(struct amd_vcpu *v, u64 addr, u64 val);

/**
 * amd_l2_load() - L2 loads a number
 * @v: who; in L2
 * @addr: L2's address, as amd_store_at()
 *
 * Return: it.
 */
u64 amd_l2_load(struct amd_vcpu *v, u64 addr);

/**
 * amd_stay() - a guest runs on, with no exit of its own, until an interrupt ends its stay
 * @v: who
 * @over: or until this is so
 */
void amd_stay(struct amd_vcpu *v, const bool *over);

/**
 * amd_leave() - #VMEXIT, if the vCPU is in its guest
 * @v: who
 */
void amd_leave(struct amd_vcpu *v);

#endif
