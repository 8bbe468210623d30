// SPDX-License-Identifier: GPL-2.0
/*
 * The run loop of a vCPU, reduced to what stage 2 sees of it: load, enter, exit, the
 * aborts and traps a guest's accesses cause.
 */
#include "vm.h"

#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include <stdio.h>
#include <string.h>

#include "../../src/arm64/mmu/hw.h"
#include "../explore/explore.h"
#include "../explore/mutants.h"
#include "../explore/trace.h"
#include "../shim/host_private.h"
#include "../shim/threads.h"

#define FAULTS_MAX	64	/* of one access, in a row */

const struct attr wb_ish = { ATTR_WB, ATTR_ISH }, wb_nsh = { ATTR_WB, ATTR_NSH };
const struct attr wt_ish = { ATTR_WT, ATTR_ISH }, normal_nc = { ATTR_NC, ATTR_ISH };

struct vm *vm __attribute__((section("model_state")));

/* The vCPU each PE runs, for vcpu_is_cached_here(). */
static struct vcpu *vcpu_on[MACHINE_PES] __attribute__((section("model_state")));

bool vcpu_is_cached_here(void)
{
	struct vcpu *v = vcpu_on[explore_current()->pe];

	return v && v->m && v->c;
}

static unsigned int pe(void)
{
	return explore_current()->pe;
}

int vm_set_region(struct vm *which, u64 gpa, unsigned int pages, u32 flags)
{
	struct kvm_userspace_memory_region r = {
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = pages * VM_PAGE,
		.userspace_addr = HVA(which->first),
	};
	int ret = gmem_set_region(&which->mmu.gmem, &r);

	trace_step("sets slot 0: %u pages at %#llx%s: %d", pages, gpa,
		   flags & KVM_MEM_LOG_DIRTY_PAGES ? ", logged" : "", ret);
	return ret;
}

struct vm *vm_create(unsigned int pages, u32 flags)
{
	return vm_create_at(0, pages, flags);
}

struct vm *vm_create_at(unsigned int first, unsigned int pages, u32 flags)
{
	struct vm *new = kzalloc(sizeof(*new), GFP_KERNEL);
	unsigned int i;

	if (!new || mmu_init(&new->mmu, 32)) {
		kfree(new);
		return NULL;
	}
	new->first = first;
	threads_quiet(&new->mmu.stats, sizeof(new->mmu.stats));
	for (i = 0; i < VM_VCPUS; i++) {
		new->vcpu[i].vm = new;
		new->vcpu[i].idx = i;
		new->vcpu[i].memory = wb_ish;
		vcpu_init(&new->vcpu[i]);
	}
	if (!vm)
		vm = new;
	if (pages && vm_set_region(new, VM_GPA, pages, flags)) {
		vm_destroy(new);
		return NULL;
	}
	return new;
}

void vm_destroy(struct vm *which)
{
	trace_step("destroys the VM");
	mmu_destroy(&which->mmu);
	kfree(which);
	if (which == vm)
		vm = NULL;
}

void vcpu_init(struct vcpu *v)
{
	if (v->has_run) {
		trace_step("KVM_ARM_VCPU_INIT of vCPU %u", v->idx);
		mmu_vcpu_reset(&v->vm->mmu);
	}
	v->m = false;
	v->c = false;
	v->i = false;
	v->tvm = !hw_features.fwb && !MUTANT(no_tvm);
}

static void vcpu_stage1(struct vcpu *v)
{
	struct attr_regime r = {
		.m = v->m, .c = v->c, .i = v->i, .vm = true, .fwb = hw_features.fwb,
	};

	machine_set_stage1(pe(), &r, v->memory);
}

static void vcpu_enter(struct vcpu *v)
{
	struct tlb_root root;

	if (v->in_guest)
		return;
	shim_atomic_enter();
	if (!v->loaded)
		mmu_vcpu_load(&v->vm->mmu, v->idx);
	v->loaded = true;
	v->has_run = true;
	root.vttbr = mmu_load(&v->vm->mmu);
	root.vtcr = v->vm->mmu.vtcr;
	vcpu_on[pe()] = v;
	vcpu_stage1(v);
	explore_point("enter the guest");
	machine_enter(pe(), root);
	v->in_guest = true;
}

static void vcpu_exit(struct vcpu *v)
{
	if (!v->in_guest)
		return;
	machine_exit(pe());
	v->in_guest = false;
	shim_atomic_leave();
}

void vcpu_stop(struct vcpu *v)
{
	vcpu_exit(v);
	v->loaded = false;
	machine.pe[pe()].aliases = 0;
	explore_point("stopped");
}

static void vcpu_abort(struct vcpu *v, u64 gpa, enum machine_access access, int missing)
{
	struct mmu_abort abort = { .ipa = gpa };
	u64 bad_hva = 0;
	int ret;

	if (access == MACHINE_WRITE)
		abort.flags |= MMU_ABORT_WRITE;
	if (access == MACHINE_FETCH)
		abort.flags |= MMU_ABORT_EXEC;
	if (missing > 0)
		abort.flags |= MMU_ABORT_PERM;
	if (missing == MACHINE_NO_ACCESS)
		abort.flags |= MMU_ABORT_ACCESS;
	vcpu_exit(v);
	trace_step("stage-2 abort at %#llx (%s%s)", gpa - VM_GPA,
		   access == MACHINE_WRITE ? "write" : access == MACHINE_FETCH ? "fetch" : "read",
		   missing > 0 ? ", permission" :
		   missing == MACHINE_NO_ACCESS ? ", access flag" : "");
	ret = mmu_fault(&v->vm->mmu, &abort, &bad_hva);
	if (ret == -ENOMEM)
		trace_step("no memory; again");
	if (ret && ret != -ENOMEM && v->may_die) {
		trace_step("leaves for the VMM: %d", ret);
		v->loaded = false;
		explore_exit();
	}
	if (ret && ret != -ENOMEM)
		explore_violation("fault", "mmu_fault() at %#llx says %d", gpa - VM_GPA, ret);
}

/* Translate; aborts are served on the way. In the guest on return. */
static struct tlb_entry vcpu_translate(struct vcpu *v, u64 gpa, enum machine_access access)
{
	struct tlb_entry e;
	unsigned int i;
	int missing;

	for (i = 0; i < FAULTS_MAX; i++) {
		vcpu_enter(v);
		explore_point("guest access");
		missing = machine_translate(pe(), gpa, access, &e);
		if (!missing)
			return e;
		vcpu_abort(v, gpa, access, missing);
	}
	explore_violation("spinning", "one access faults %d times", FAULTS_MAX);
}

/* Where, for people: the name of a watched line, or the distance into guest memory. */
static const char *where(u64 pa, u64 gpa)
{
	static char buf[24];
	const struct line *line = explore_recording() ? machine_line(pa) : NULL;

	if (line)
		return line->name;
	snprintf(buf, sizeof(buf), "%#llx", gpa - VM_GPA);
	return buf;
}

static const char *how(const struct vcpu *v, struct attr a)
{
	static char buf[40];

	snprintf(buf, sizeof(buf), "%s%s", v->m ? "" : "MMU off, ", attr_name(a));
	return buf;
}

static u64 entry_pa(const struct tlb_entry *e, u64 gpa)
{
	return e->pa + (gpa - e->ipa);
}

static void check_values(u64 pa, line_values seen, const char *rule)
{
	const struct line *line = machine_line(pa);
	unsigned int i;

	if (!line)
		return;
	for (i = 0; i < LINE_VERSIONS; i++)
		if (seen & 1U << i && line->version[i].foreign)
			explore_violation("C5", "%s may see bytes that another owner left in \"%s\"",
					  explore_current()->name, line->name);
	host_check_latest(line, seen, rule, explore_current()->name);
}

static line_values load(struct vcpu *v, u64 gpa, struct attr desc, const char *rule)
{
	struct tlb_entry e = vcpu_translate(v, gpa, MACHINE_READ);
	struct attr a = machine_attr(pe(), &e, MACHINE_READ, desc);
	u64 pa = entry_pa(&e, gpa);
	line_values seen = machine_guest_load(pe(), pa, a);

	trace_step("loads %s (%s)", where(pa, gpa), how(v, a));
	check_values(pa, seen, rule);
	return seen;
}

static void store(struct vcpu *v, u64 gpa, struct attr desc)
{
	struct tlb_entry e = vcpu_translate(v, gpa, MACHINE_WRITE);
	struct attr a = machine_attr(pe(), &e, MACHINE_WRITE, desc);
	u64 pa = entry_pa(&e, gpa);

	machine_guest_store(pe(), pa, a, explore_current()->id);
	trace_step("stores %s (%s)", where(pa, gpa), how(v, a));
}

line_values guest_load(struct vcpu *v, u64 gpa, const char *rule)
{
	return load(v, gpa, v->memory, rule);
}

static void alias(struct vcpu *v, u64 gpa, struct attr a)
{
	vcpu_enter(v);
	machine_alias(pe(), gpa, a);
}

line_values guest_load_as(struct vcpu *v, u64 gpa, struct attr a, const char *rule)
{
	alias(v, gpa, a);
	return load(v, gpa, a, rule);
}

void guest_store(struct vcpu *v, u64 gpa)
{
	store(v, gpa, v->memory);
}

void guest_store_as(struct vcpu *v, u64 gpa, struct attr a)
{
	alias(v, gpa, a);
	store(v, gpa, a);
}

line_values guest_fetch(struct vcpu *v, u64 gpa, const char *rule)
{
	struct tlb_entry e = vcpu_translate(v, gpa, MACHINE_FETCH);
	struct attr a = machine_attr(pe(), &e, MACHINE_FETCH, v->memory);
	u64 pa = entry_pa(&e, gpa);
	line_values seen = machine_guest_fetch(pe(), pa, a);

	trace_step("executes %s (%s)", where(pa, gpa), how(v, a));
	check_values(pa, seen, rule);
	return seen;
}

void guest_sctlr(struct vcpu *v, bool m, bool c, bool i)
{
	bool turns_on = m && c;

	vcpu_enter(v);
	explore_point("SCTLR_EL1");
	if (v->tvm) {
		vcpu_exit(v);
		trace_step("writes SCTLR_EL1: M=%d C=%d I=%d, trapped", m, c, i);
		if (turns_on) {
			mmu_caches_toggled(&v->vm->mmu, true);
			v->tvm = false;
		}
	} else {
		trace_step("writes SCTLR_EL1: M=%d C=%d I=%d", m, c, i);
	}
	v->m = m;
	v->c = c;
	v->i = i;
	if (v->in_guest)
		vcpu_stage1(v);
	else
		vcpu_enter(v);
}

void guest_memory(struct vcpu *v, struct attr a)
{
	vcpu_enter(v);
	explore_point("stage-1 change");
	v->memory = a;
	vcpu_stage1(v);
	trace_step("maps its memory %s", attr_name(a));
}

void guest_dc(struct vcpu *v, u64 gpa, enum machine_dc op)
{
	static const char * const name[] = { "DC CVAC", "DC CVAU", "DC IVAC", "DC CIVAC" };
	struct tlb_entry e = vcpu_translate(v, gpa, MACHINE_READ);
	struct attr a = machine_attr(pe(), &e, MACHINE_READ, v->memory);

	machine_guest_dc(pe(), entry_pa(&e, gpa), a, op);
	trace_step("%s %s", name[op], where(entry_pa(&e, gpa), gpa));
	explore_point("guest DSB");
	machine_dsb(pe());
	trace_step("DSB");
}

void guest_ic(struct vcpu *v)
{
	vcpu_enter(v);
	explore_point("guest IC");
	machine_ic_iallu(pe(), true);
	machine_dsb(pe());
	trace_step("IC IALLUIS; DSB; ISB");
}

void guest_set_way(struct vcpu *v)
{
	vcpu_enter(v);
	explore_point("set/way");
	vcpu_exit(v);
	trace_step("DC CISW over all sets and ways, trapped");
	if (!v->tvm && !MUTANT(no_set_way)) {
		mmu_set_way(&v->vm->mmu);
		v->tvm = !MUTANT(no_tvm);
	}
	vcpu_enter(v);
}

void vm_reset(void)
{
	vm = NULL;
	memset(vcpu_on, 0, sizeof(vcpu_on));
}
