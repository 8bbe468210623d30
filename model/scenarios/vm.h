/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM for scenarios: vCPUs that run small guest programs on the machine and
 * call the hypervisor's own stage 2 where a real one would.
 */
#ifndef SCENARIOS_VM_H
#define SCENARIOS_VM_H

#include <linux/types.h>

#include "base.h"

#define VM_VCPUS	3

struct vm;

/**
 * struct vcpu - a vCPU and the guest on it
 * @vm: its VM
 * @idx: its number; it runs on the PE of the thread that plays it
 * @m: @c: @i: SCTLR_EL1
 * @memory: stage-1 attributes of all its memory, while its MMU is on
 * @mmu: what stage 2 knows of it
 * @moved: it was seen to have turned its MMU or caches off
 * @in_guest: between an entry and an exit
 * @traps_tlbi: since the last entry
 * @kickable: on its way in, or in
 * @kicked: an interrupt has come that brings it out
 * @loaded: since the last vCPU load
 * @on: PSCI says so; see guest_cpu_on()
 * @own: where its virtual pages lead, if they are not the VM's; see guest_map_own()
 * @aborted: called once, at its next stage-2 abort, before that is served; or NULL
 * @may_die: memory it uses may go for good: then its thread ends
 */
struct vcpu {
	struct vm *vm;
	unsigned int idx;
	bool m, c, i;
	struct attr memory;
	struct mmu_vcpu mmu;
	bool moved;
	bool in_guest;
	bool traps_tlbi;
	bool kickable;
	bool kicked;
	bool loaded;
	void (*aborted)(void);
	bool may_die;
	bool on;
	uint64_t own[MACHINE_STAGE1];
	bool has_own;
};

/**
 * struct vm - the VM
 * @mmu: its stage 2
 * @first: HVA(@first) backs the first page of slot 0
 * @base: where slot 0 is
 * @moved: and it has been elsewhere
 * @stage1: where the guest's virtual pages lead
 * @vcpu: its vCPUs
 */
struct vm {
	struct mmu mmu;
	unsigned int first;
	u64 base;
	bool moved;
	uint64_t stage1[MACHINE_STAGE1];
	struct vcpu vcpu[VM_VCPUS];
};

extern struct vm *vm;	/* the one most scenarios have */

/**
 * vm_create() - a VM with guest memory from GPA(0) on
 * @pages: how long, backed by HVA(0) on
 * @flags: KVM_MEM_*
 *
 * Sets @vm where it is the first.
 *
 * Return: the VM.
 */
struct vm *vm_create(unsigned int pages, u32 flags);

/**
 * vm_create_at() - as vm_create(), elsewhere in the VMM's memory
 * @first: HVA(@first) backs GPA(0)
 * @pages: how long
 * @flags: KVM_MEM_*
 *
 * Return: the VM, or NULL where an allocation failed.
 */
struct vm *vm_create_at(unsigned int first, unsigned int pages, u32 flags);

/**
 * vm_destroy() - the end of a VM
 * @vm: which
 */
void vm_destroy(struct vm *vm);

/**
 * vm_set_region() - change slot 0
 * @vm: which
 * @gpa: guest address
 * @pages: length; 0 deletes
 * @flags: KVM_MEM_*
 *
 * Return: what gmem_set_region() says.
 */
int vm_set_region(struct vm *vm, u64 gpa, unsigned int pages, u32 flags);

/**
 * vcpu_init() - KVM_ARM_VCPU_INIT, MMU off
 * @v: a vCPU that does not run
 */
void vcpu_init(struct vcpu *v);

/**
 * vcpu_waits() - the guest on this thread's PE waits for something, and takes interrupts
 *
 * Return: what becomes true when one has come, or NULL: no guest is in.
 */
const bool *vcpu_waits(void);

/**
 * vcpu_interrupted() - it has come: out of the guest
 */
void vcpu_interrupted(void);

/**
 * vcpu_stop() - leave the guest, and the PE: back to the VMM
 * @v: the vCPU of this thread
 */
void vcpu_stop(struct vcpu *v);

/* What guests do. Addresses are guest-physical: stage 1 maps one to one. */

/**
 * guest_load() - load
 * @v: who
 * @gpa: where
 * @rule: it must see the youngest value, or this rule is broken; NULL: any
 *
 * Whatever else, bytes of another owner break C5.
 *
 * Return: what it may see.
 */
line_values guest_load(struct vcpu *v, u64 gpa, const char *rule);

/**
 * guest_load_as() - load through an alias with attributes of its own
 * @v: who, MMU on
 * @gpa: where
 * @a: stage-1 attributes
 * @rule: as guest_load()
 *
 * Return: what it may see.
 */
line_values guest_load_as(struct vcpu *v, u64 gpa, struct attr a, const char *rule);

/**
 * guest_store() - store
 * @v: who
 * @gpa: where
 */
void guest_store(struct vcpu *v, u64 gpa);

/**
 * guest_store_as() - store through an alias
 * @v: who, MMU on
 * @gpa: where
 * @a: stage-1 attributes
 */
void guest_store_as(struct vcpu *v, u64 gpa, struct attr a);

/**
 * guest_fetch() - execute
 * @v: who
 * @gpa: where
 * @rule: as guest_load()
 *
 * Return: what it may see.
 */
line_values guest_fetch(struct vcpu *v, u64 gpa, const char *rule);

/**
 * guest_sctlr() - write SCTLR_EL1
 * @v: who
 * @m: @c: @i: its bits
 */
void guest_sctlr(struct vcpu *v, bool m, bool c, bool i);

/**
 * guest_memory() - change the attributes of all memory in the guest's stage 1, by
 *	the guest's own break before make
 * @v: who
 * @a: attributes
 */
void guest_memory(struct vcpu *v, struct attr a);

/**
 * guest_dc() - DC by VA, with its DSB
 * @v: who
 * @gpa: where
 * @op: which
 */
void guest_dc(struct vcpu *v, u64 gpa, enum machine_dc op);

/**
 * guest_ic() - IC IALLUIS, DSB, ISB
 * @v: who
 */
void guest_ic(struct vcpu *v);

/**
 * guest_set_way() - DC CISW over all sets and ways; the hypervisor traps it
 * @v: who
 */
void guest_set_way(struct vcpu *v);

/**
 * guest_zva() - DC ZVA
 * @v: who, MMU on
 * @gpa: where
 */
void guest_zva(struct vcpu *v, u64 gpa);

/**
 * guest_cpu_on() - HVC: PSCI CPU_ON
 * @v: who
 * @target: a vCPU that waits in vcpu_wait_on(), or will; it starts with its MMU off
 */
void guest_cpu_on(struct vcpu *v, struct vcpu *target);

/**
 * vcpu_wait_on() - a secondary waits until it is started
 * @v: it
 */
void vcpu_wait_on(struct vcpu *v);

/**
 * vm_loaded() - a page that the VMM has had before and has filled, clean in the caches
 * @page: which of guest memory
 * @name: what traces call it
 */
void vm_loaded(unsigned int page, const char *name);

/**
 * vm_mapped_warm() - let the last vCPU, warm, map the first pages
 * @pages: how many
 *
 * Else the clean at a first warm map would hide what was not paid for.
 */
void vm_mapped_warm(unsigned int pages);

/**
 * guest_wfi() - WFI: out of the guest, and in again at the next access
 * @v: who
 */
void guest_wfi(struct vcpu *v);

/**
 * guest_map_va() - write the guest's own translation table
 * @v: who
 * @va: virtual page number
 * @gpa: where it is to lead
 *
 * No TLBI. The table itself is no line of memory here: all see the change at once.
 */
void guest_map_va(struct vcpu *v, unsigned int va, u64 gpa);

/**
 * guest_map_own() - as guest_map_va(), in a table that is this vCPU's alone, with an ASID
 *	that others use for other things
 * @v: who
 * @va: virtual page number
 * @gpa: where it is to lead
 */
void guest_map_own(struct vcpu *v, unsigned int va, u64 gpa);

/**
 * guest_tlbi() - TLBI VMALLE1IS, DSB, ISB; trapped where the hypervisor wants it
 * @v: who
 */
void guest_tlbi(struct vcpu *v);

/**
 * guest_load_va() - load from a virtual page, MMU on
 * @v: who
 * @va: virtual page number
 * @gpa: where it must lead
 * @rule: broken where it may lead elsewhere
 */
void guest_load_va(struct vcpu *v, unsigned int va, u64 gpa, const char *rule);

extern const struct attr wb_ish, wb_nsh, wt_ish, normal_nc;

/* Is the vCPU of this thread running with its caches on? For a mutant. */
bool vcpu_is_cached_here(void);

#endif
