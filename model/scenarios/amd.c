// SPDX-License-Identifier: GPL-2.0
/*
 * VMs on AMD-V: the run loop of a vCPU, and what guests do.
 */
#include "amd.h"

#include <linux/bitops.h>
#include <linux/container_of.h>
#include <linux/kvm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <string.h>

#include "../../src/vm/run.h"
#include "../../src/x86/nested/reach.h"
#include "../machine/amd.h"
#include "../machine/memory.h"
#include "../shim/host_private.h"
#include "../shim/threads.h"

#define FAULTS_MAX	64	/* of one access, in a row */
#define FAULTS_ALONE	4	/* of these, without a turn for others */

struct amd_vm *amd_vm __attribute__((section("model_state")));
static struct asid_pool pool[MACHINE_PES] __attribute__((section("model_state")));

static unsigned int pe(void)
{
	return explore_current()->pe;
}

void amd_asids(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < MACHINE_PES; i++)
		asid_pool_init(&pool[i], n);
}

void amd_vm_reset(void)
{
	amd_vm = NULL;
	memset(pool, 0, sizeof(pool));
	amd_asids(AMD_ASIDS);
}

/* As vm/vm.c, with vCPUs that are there from the beginning. */
struct vcpu *vm_vcpu(struct vm *vm, unsigned int idx)
{
	return idx < vm->nr_vcpus ? &container_of(vm, struct amd_vm, base)->vcpu[idx].base : NULL;
}

/* As x86/abi/vm.c. */
static void amd_kick(struct npt *npt)
{
	trace_step("asks all vCPUs to flush");
	vm_request_all(&container_of(npt, struct amd_vm, npt)->base, AMD_REQ_FLUSH);
	trace_step("all are outside, or have flushed");
}

static void amd_slots(struct npt *npt)
{
	trace_step("asks all vCPUs to find their records again");
	vm_request_all(&container_of(npt, struct amd_vm, npt)->base, AMD_REQ_STEAL);
}

static void on_store(const void *p)
{
	amd_store(memory_pa(p));
}

static void on_free(const void *p)
{
	amd_check_free(memory_pa(p));
}

void amd_slot(struct amd_vm *vm, unsigned int pages, u32 flags)
{
	struct kvm_userspace_memory_region r = {
		.flags = flags,
		.guest_phys_addr = GPA(0),
		.memory_size = pages * VM_PAGE,
		.userspace_addr = HVA(vm->first),
	};
	int ret = gmem_set_region(&vm->npt.gmem, &r);

	trace_step("sets slot 0: %u pages%s; returns %d", pages,
		   flags & KVM_MEM_LOG_DIRTY_PAGES ? ", logged" : "", ret);
}

struct amd_vm *amd_create(unsigned int first, unsigned int pages, u32 flags)
{
	struct amd_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	unsigned int i;

	threads_watch(on_store, on_free);
	vm->first = first;
	vm->npt.kick = amd_kick;
	vm->npt.slots = amd_slots;
	threads_quiet(&vm->npt.stats, sizeof(vm->npt.stats));
	if (npt_init(&vm->npt, VM_IPA_BITS))
		explore_unfinished("no nested page tables");
	threads_quiet(&vm->npt.gmem.stats, sizeof(vm->npt.gmem.stats));
	vm->base.gmem = &vm->npt.gmem;
	vm->base.nr_vcpus = AMD_VCPUS;
	for (i = 0; i < AMD_VCPUS; i++) {
		vm->vcpu[i] = (struct amd_vcpu){ .base = { .vm = &vm->base, .idx = i }, .vm = vm };
		spaces_init(&vm->vcpu[i].spaces);
	}
	if (!amd_vm)
		amd_vm = vm;
	amd_slot(vm, pages, flags);
	return vm;
}

void amd_destroy(struct amd_vm *vm)
{
	unsigned int i;

	trace_step("destroys the VM");
	npt_destroy(&vm->npt);
	for (i = 0; i < AMD_VCPUS; i++)
		spaces_free(&vm->vcpu[i].spaces);
	if (vm == amd_vm)
		amd_vm = NULL;
	kfree(vm);
}

void amd_finish(void)
{
	if (amd_vm)
		amd_destroy(amd_vm);
}

void amd_finish_written(void)
{
	if (host_peek(HVA(0)) != 2)
		explore_violation("lost write", "what was written last is not in the page");
	amd_finish();
}

void amd_migrates(void *unused)
{
	host_migrate(HVA(0));
}

void amd_leave(struct amd_vcpu *v)
{
	if (!v->in_guest)
		return;
	amd_exit(pe());
	v->in_guest = false;
	vcpu_say_outside(&v->base);
	threads_kicked(true);
	trace_step("#VMEXIT");
	shim_irqs_on();
}

/* TLB_CONTROL, as x86/svm/run.c has it. */
static void amd_go(struct amd_vcpu *v)
{
	static const enum amd_flush flush[] = {
		[ASID_KEEP] = AMD_FLUSH_NONE, [ASID_OWN] = AMD_FLUSH_ASID, [ASID_ALL] = AMD_FLUSH_ALL,
	};
	enum asid_flush what = asid_use(&pool[pe()], &v->asid, v->flush);

	v->flush = false;
	amd_vmrun(pe(), v->asid.id, v->l2 ? shadow_root(v->spaces.now) : npt_root(&v->vm->npt), flush[what]);
	v->in_guest = true;
	trace_step("VMRUN%s, ASID %u%s", v->l2 ? " of L2" : "", v->asid.id,
		   what == ASID_KEEP ? "" : what == ASID_OWN ? ", flushes it" : ", flushes all");
}

/* As nested_forget(): what was made of our tables goes with them. */
static void amd_forget(struct amd_vcpu *v)
{
	v->flush = true;
	space_flush(&v->spaces, 0, v->l2 ? &v->flush : &v->other_flush);
	v->other_flush = true;
}

/* In the guest, with interrupts off, and no interrupt pending. */
static void amd_enter(struct amd_vcpu *v)
{
	rcu_assign_pointer(v->base.pid, (struct pid *)current);
	for (;;) {
		if (v->in_guest && !threads_kicked(false))
			return;
		amd_leave(v);
		if (test_and_clear_bit(AMD_REQ_FLUSH, &v->base.requests))
			amd_forget(v);
		if (test_and_clear_bit(AMD_REQ_STEAL, &v->base.requests) && v->record)
			v->steal.at = hva_cache_plain(v->record, 0, PV_STEAL_SIZE);
		shim_irqs_off();
		if (vcpu_say_inside(&v->base)) {
			if (v->steal.at)
				pv_steal_tell(&v->steal, 1);
			amd_go(v);
			continue;
		}
		vcpu_say_outside(&v->base);
		threads_kicked(true);
		shim_irqs_on();
	}
}

static void amd_fault(struct amd_vcpu *v, u64 gpa, bool write)
{
	unsigned long bad_hva = 0;
	int ret;

	amd_leave(v);
	trace_step("nested page fault at %s (%s)", trace_page("guest page", gpa - VM_GPA),
		   write ? "write" : "read");
	ret = npt_fault(&v->vm->npt, gpa, write ? NPT_ACCESS_WRITE : 0, &bad_hva);
	if (ret && v->may_die) {
		trace_step("leaves for the VMM: %d", ret);
		explore_exit();
	}
	if (ret)
		explore_violation("fault", "npt_fault() says %d", ret);
}

/* As nested_npf(). */
static void amd_l2_fault(struct amd_vcpu *v, u64 addr, bool write)
{
	struct reach r = { .t = { .root = v->ncr3, .levels = 2, .phys_bits = VM_IPA_BITS } };
	struct nested_leaf leaf;
	struct npt_copy ours;
	u64 error;
	int ret;

	amd_leave(v);
	trace_step("nested page fault of L2 at %#llx (%s)", (unsigned long long)addr, write ? "write" : "read");
	reach_init(&r, &v->vm->npt.gmem);
	ret = nested_walk(&r.t, addr, write, false, &leaf, &error);
	if (ret == -EAGAIN)
		return;
	if (ret)
		explore_violation("fault", "nested_walk() says %d", ret);
	if (!npt_copy(&v->vm->npt, leaf.addr, write, &ours)) {
		amd_fault(v, leaf.addr, write);
		if (!npt_copy(&v->vm->npt, leaf.addr, write, &ours))
			return;
	}
	if (space_map(&v->spaces, addr, &leaf, &ours, &v->flush))
		explore_violation("fault", "space_map() fails");
}

/* Where an address of the guest that runs is meant to be, or 0. */
static unsigned long amd_hva(const struct amd_vcpu *v, u64 gpa)
{
	return v->l2 ? 0 : HVA(v->vm->first) + (gpa - GPA(0));
}

/* Translate; faults are served on the way. In the guest on return, and nobody came between. */
static void *amd_at(struct amd_vcpu *v, u64 gpa, bool write)
{
	unsigned int i;
	uint64_t pa;

	for (i = 0; i < FAULTS_MAX; i++) {
		do {
			amd_enter(v);
			explore_point("guest access");
		} while (threads_kicked(false));
		if (amd_translate(pe(), gpa, write, &pa)) {
			host_check_guest(pa, gpa - VM_GPA, amd_hva(v, gpa));
			return memory_kva(pa);
		}
		if (v->l2)
			amd_l2_fault(v, gpa, write);
		else
			amd_fault(v, gpa, write);
		if (i >= FAULTS_ALONE)
			explore_yield("faults again");
	}
	explore_violation("spinning", "one access faults %d times", FAULTS_MAX);
}

void amd_store_at(struct amd_vcpu *v, u64 gpa, u64 val)
{
	memcpy(amd_at(v, gpa, true), &val, sizeof(val));
	trace_step("stores %llu at %s", (unsigned long long)val, trace_page("guest page", gpa - VM_GPA));
}

u64 amd_load_at(struct amd_vcpu *v, u64 gpa)
{
	u64 val;

	memcpy(&val, amd_at(v, gpa, false), sizeof(val));
	trace_step("loads %llu from %s", (unsigned long long)val, trace_page("guest page", gpa - VM_GPA));
	return val;
}

/* The other identifier, and what it owes: as nested_switch(). */
static void amd_switch(struct amd_vcpu *v)
{
	struct asid asid = v->asid;
	bool flush = v->flush;

	v->asid = v->other;
	v->other = asid;
	v->flush = v->other_flush;
	v->other_flush = flush;
	v->l2 = !v->l2;
}

void amd_l2_enter(struct amd_vcpu *v, u32 asid, u64 ncr3, u8 tlb_ctl)
{
	amd_enter(v);
	explore_point("VMRUN by L1");
	amd_leave(v);
	trace_step("L1's VMRUN: identifier %u, table at %s, TLB_CONTROL %u", asid,
		   trace_page("guest page", ncr3 - VM_GPA), tlb_ctl);
	v->ncr3 = ncr3;
	if (space_enter(&v->spaces, asid, ncr3, tlb_ctl, v->vm->npt.levels, &v->other_flush))
		explore_violation("fault", "space_enter() fails");
	amd_switch(v);
}

void amd_l2_leave(struct amd_vcpu *v)
{
	amd_leave(v);
	trace_step("#VMEXIT to L1");
	amd_switch(v);
}

void amd_l2_store(struct amd_vcpu *v, u64 addr, u64 val)
{
	memcpy(amd_at(v, addr, true), &val, sizeof(val));
	trace_step("L2 stores %llu at %#llx", (unsigned long long)val, (unsigned long long)addr);
}

u64 amd_l2_load(struct amd_vcpu *v, u64 addr)
{
	u64 val;

	memcpy(&val, amd_at(v, addr, false), sizeof(val));
	trace_step("L2 loads %llu from %#llx", (unsigned long long)val, (unsigned long long)addr);
	return val;
}

struct stay {
	const bool *over;
	const struct task_struct *thread;
};

static bool stay_ends(const void *arg)
{
	const struct stay *s = arg;

	return *s->over || threads_are_kicked(s->thread);
}

void amd_stay(struct amd_vcpu *v, const bool *over)
{
	struct stay s = { over, current };

	amd_enter(v);
	trace_step("runs on");
	while (!stay_ends(&s))
		explore_block(stay_ends, &s, "an interrupt");
	amd_leave(v);
}
