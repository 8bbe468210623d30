// SPDX-License-Identifier: GPL-2.0
/*
 * The run loop of a vCPU, reduced to what stage 2 sees of it: load, enter, exit, the
 * aborts and traps a guest's accesses cause.
 */
#include "scenario.h"
#include "vm.h"

#include <linux/container_of.h>
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
#define FAULTS_ALONE	4	/* of these, without a turn for others */

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

/* As an interrupt to each PE: who is in comes out before he does anything more. */
static void vm_kick(struct mmu *mmu)
{
	struct vm *which = container_of(mmu, struct vm, mmu);
	unsigned int i;

	explore_point("kick");
	for (i = 0; i < VM_VCPUS; i++)
		which->vcpu[i].kicked |= which->vcpu[i].kickable;
	trace_step("kicks the vCPUs");
}

int vm_set_region(struct vm *which, u64 gpa, unsigned int pages, u32 flags)
{
	struct kvm_userspace_memory_region r = {
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = pages * VM_PAGE,
		.userspace_addr = HVA(which->first),
	};
	int ret;

	which->moved |= pages && which->base && gpa != which->base;
	if (pages)
		which->base = gpa;
	ret = gmem_set_region(&which->mmu.gmem, &r);
	trace_step("sets slot 0: %u pages at %s%s; returns %d", pages, trace_page("guest page", gpa - VM_GPA),
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

	if (!new || mmu_init(&new->mmu, scenario_ipa_bits())) {
		kfree(new);
		return NULL;
	}
	new->first = first;
	new->mmu.kick = vm_kick;
	threads_quiet(&new->mmu.stats, sizeof(new->mmu.stats));
	if (mmu_set_policy(&new->mmu, scenario_policy()))
		explore_unfinished("the policy is refused");
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

/* As the architecture leaves a CPU after reset: MMU and caches off. */
static void vcpu_start_state(struct vcpu *v)
{
	v->m = false;
	v->c = false;
	v->i = false;
}

void vcpu_init(struct vcpu *v)
{
	if (v->mmu.has_run)
		trace_step("KVM_ARM_VCPU_INIT of vCPU %u", v->idx);
	mmu_vcpu_reset(&v->vm->mmu, &v->mmu);
	vcpu_start_state(v);
}

static u64 vcpu_sctlr(const struct vcpu *v)
{
	return (v->m ? MMU_SCTLR_M : 0) | (v->c ? MMU_SCTLR_C : 0);
}

static void vcpu_stage1(struct vcpu *v)
{
	u32 traps = mmu_vcpu_traps(&v->vm->mmu, &v->mmu);
	struct attr_regime r = {
		.m = v->m, .c = v->c, .i = v->i, .vm = true,
		.fwb = traps & MMU_MAKE_FWB, .dc = traps & MMU_MAKE_CACHED,
	};

	machine.pe[pe()].stage1 = v->has_own ? v->own : v->vm->stage1;
	machine_set_stage1(pe(), &r, v->memory);
}

static void vcpu_exit(struct vcpu *v)
{
	v->kickable = false;
	v->kicked = false;
	if (!v->in_guest)
		return;
	machine_exit(pe());
	v->moved = v->mmu.side == MMU_WARM && mmu_side_of(vcpu_sctlr(v)) != MMU_WARM;
	v->in_guest = false;
	mmu_vcpu_outside(&v->vm->mmu, &v->mmu);
	shim_atomic_leave();
}

const bool *vcpu_waits(void)
{
	struct vcpu *v = vcpu_on[pe()];

	return v && v->in_guest ? &v->kicked : NULL;
}

void vcpu_interrupted(void)
{
	vcpu_exit(vcpu_on[pe()]);
}

static void vcpu_enter(struct vcpu *v)
{
	struct tlb_root root;

	if (v->kicked)
		vcpu_exit(v);
	if (v->in_guest)
		return;
	if (v->moved)
		mmu_vcpu_sctlr(&v->vm->mmu, &v->mmu, vcpu_sctlr(v), MMU_SEEN);
	v->moved = false;
	if (!v->loaded)
		trace_step("KVM_RUN");
	mmu_vcpu_enter(&v->vm->mmu, &v->mmu);
	shim_atomic_enter();
	if (!v->loaded)
		mmu_vcpu_load(&v->vm->mmu, v->idx);
	v->loaded = true;
	v->kickable = true;
	v->traps_tlbi = mmu_vcpu_inside(&v->vm->mmu, &v->mmu);
	root.vttbr = mmu_load(&v->vm->mmu, &v->mmu);
	root.vtcr = v->vm->mmu.vtcr;
	vcpu_on[pe()] = v;
	vcpu_stage1(v);
	explore_point("enter the guest");
	machine_enter(pe(), root);
	v->in_guest = true;
}

void vcpu_stop(struct vcpu *v)
{
	vcpu_exit(v);
	if (v->moved && !MUTANT(stray_unnoted))
		mmu_vcpu_strayed(&v->vm->mmu, &v->mmu);
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
	trace_step("stage-2 abort at %s (%s%s)", trace_page("guest page", gpa - VM_GPA),
		   access == MACHINE_WRITE ? "write" : access == MACHINE_FETCH ? "fetch" : "read",
		   missing > 0 ? ", permission" :
		   missing == MACHINE_NO_ACCESS ? ", access flag" : "");
	if (v->aborted) {
		v->aborted();
		v->aborted = NULL;
	}
	ret = mmu_fault(&v->vm->mmu, &v->mmu, &abort, &bad_hva);
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
		/* It waits for somebody who changes the entry. */
		if (i >= FAULTS_ALONE)
			explore_yield("faults again");
	}
	explore_violation("spinning", "one access faults %d times", FAULTS_MAX);
}

/* Where, for people: the name of a watched line, or the distance into guest memory. */
static const char *where(u64 pa, u64 gpa)
{
	const struct line *line = explore_recording() ? machine_line(pa) : NULL;

	return line ? line->name : trace_page("guest page", gpa - VM_GPA);
}

/* Values of a watched line; its youngest one. */
static const char *saw(u64 pa, line_values seen)
{
	return line_seen(explore_recording() ? machine_line(pa) : NULL, seen);
}

static const char *latest(u64 pa)
{
	const struct line *line = explore_recording() ? machine_line(pa) : NULL;

	return line_seen(line, line ? 1U << line->latest : 0);
}

static const char *how(const struct vcpu *v, struct attr a)
{
	static char buf[40];

	snprintf(buf, sizeof(buf), "%s%s", v->m ? "" : "MMU off, ", attr_name(a));
	return buf;
}

/* The VMM's address of a guest's, unless the slot has been elsewhere, too. */
static unsigned long vm_hva(const struct vm *which, u64 gpa)
{
	return which->moved || gpa < which->base ? 0 : HVA(which->first) + (gpa - which->base);
}

static u64 entry_pa(const struct vcpu *v, const struct tlb_entry *e, u64 gpa)
{
	u64 pa = e->pa + (gpa - e->ipa);

	host_check_guest(pa, gpa - VM_GPA, vm_hva(v->vm, gpa));
	return pa;
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
	u64 pa = entry_pa(v, &e, gpa);
	line_values seen = machine_guest_load(pe(), pa, a);

	trace_step("loads %s (%s)%s", where(pa, gpa), how(v, a), saw(pa, seen));
	check_values(pa, seen, rule);
	return seen;
}

static void store(struct vcpu *v, u64 gpa, struct attr desc)
{
	struct tlb_entry e = vcpu_translate(v, gpa, MACHINE_WRITE);
	struct attr a = machine_attr(pe(), &e, MACHINE_WRITE, desc);
	u64 pa = entry_pa(v, &e, gpa);

	machine_guest_store(pe(), pa, a, explore_current()->id);
	trace_step("stores %s (%s)%s", where(pa, gpa), how(v, a), latest(pa));
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
	u64 pa = entry_pa(v, &e, gpa);
	line_values seen = machine_guest_fetch(pe(), pa, a);

	trace_step("executes %s (%s)%s", where(pa, gpa), how(v, a), saw(pa, seen));
	check_values(pa, seen, rule);
	return seen;
}

/* As the run loop: at once if it is little, else with interrupts on. */
static void vcpu_sctlr_trapped(struct vcpu *v, u64 sctlr)
{
	struct mmu *mmu = &v->vm->mmu;
	int ret;

	shim_atomic_enter();
	threads_hurry(true);
	ret = mmu_vcpu_sctlr(mmu, &v->mmu, sctlr, MMU_NOWAIT);
	threads_hurry(false);
	shim_atomic_leave();
	if (ret)
		mmu_vcpu_sctlr(mmu, &v->mmu, sctlr, 0);
}

/* Is a write of SCTLR_EL1 seen? */
static bool vcpu_traps_sctlr(const struct vcpu *v)
{
	u32 traps = mmu_vcpu_traps(&v->vm->mmu, &v->mmu);

	if (machine.cfg.fgt && !MUTANT(no_fgt_trap) && (traps & MMU_TRAP_SCTLR))
		return true;
	return traps & MMU_TRAP_STAGE1;
}

void guest_sctlr(struct vcpu *v, bool m, bool c, bool i)
{
	bool traps;

	vcpu_enter(v);
	explore_point("SCTLR_EL1");
	traps = vcpu_traps_sctlr(v);
	trace_step("writes SCTLR_EL1: M=%d C=%d I=%d%s", m, c, i,
		   traps ? ", trapped" : "");
	if (traps) {
		vcpu_exit(v);
		v->moved = false;
		vcpu_sctlr_trapped(v, (m ? MMU_SCTLR_M : 0) | (c ? MMU_SCTLR_C : 0));
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

	machine_guest_dc(pe(), entry_pa(v, &e, gpa), a, op);
	trace_step("%s %s", name[op], where(entry_pa(v, &e, gpa), gpa));
	explore_point("guest DSB");
	machine_dsb(pe());
	trace_step("DSB");
}

void guest_zva(struct vcpu *v, u64 gpa)
{
	struct tlb_entry e = vcpu_translate(v, gpa, MACHINE_WRITE);
	struct attr a = machine_attr(pe(), &e, MACHINE_WRITE, v->memory);

	if (!machine_guest_zva(pe(), entry_pa(v, &e, gpa), a, explore_current()->id))
		explore_violation("scenario", "DC ZVA of Device memory");
	trace_step("DC ZVA %s%s", where(entry_pa(v, &e, gpa), gpa), latest(entry_pa(v, &e, gpa)));
}

void guest_cpu_on(struct vcpu *v, struct vcpu *target)
{
	vcpu_enter(v);
	explore_point("HVC");
	vcpu_exit(v);
	trace_step("PSCI CPU_ON of vCPU %u", target->idx);
	mmu_vcpu_start(&v->vm->mmu, &target->mmu);
	vcpu_start_state(target);
	target->on = true;
}

static bool vcpu_is_on(const void *arg)
{
	return ((const struct vcpu *)arg)->on;
}

void vcpu_wait_on(struct vcpu *v)
{
	while (!v->on)
		explore_block(vcpu_is_on, v, "PSCI CPU_ON");
}

void guest_wfi(struct vcpu *v)
{
	vcpu_enter(v);
	explore_point("WFI");
	vcpu_exit(v);
	trace_step("WFI");
}

static void map_va(struct vcpu *v, uint64_t *table, unsigned int va, u64 gpa)
{
	vcpu_enter(v);
	explore_point("stage-1 table");
	table[va] = gpa;
	machine_settle();
	trace_step("maps virtual page %u to %s", va, trace_page("guest page", gpa - VM_GPA));
}

void guest_map_va(struct vcpu *v, unsigned int va, u64 gpa)
{
	map_va(v, v->vm->stage1, va, gpa);
}

void guest_map_own(struct vcpu *v, unsigned int va, u64 gpa)
{
	if (!v->has_own && v->m)
		explore_violation("scenario", "a vCPU's own table is its first one");
	v->has_own = true;
	map_va(v, v->own, va, gpa);
	vcpu_stage1(v);
}

void guest_tlbi(struct vcpu *v)
{
	do {
		vcpu_enter(v);
		explore_point("guest TLBI");
	} while (v->kicked);
	if (v->traps_tlbi) {
		vcpu_exit(v);
		trace_step("TLBI VMALLE1IS, trapped");
		mmu_guest_tlbi(&v->vm->mmu);
		vcpu_enter(v);
	} else {
		machine_guest_tlbi(pe());
		trace_step("TLBI VMALLE1IS; DSB; ISB");
	}
}

void guest_load_va(struct vcpu *v, unsigned int va, u64 gpa, const char *rule)
{
	u64 ipa;

	vcpu_enter(v);
	explore_point("guest load");
	ipa = machine_stage1(pe(), va);
	trace_step("loads from virtual page %u, at %s", va, trace_page("guest page", ipa - VM_GPA));
	if (ipa != gpa)
		explore_violation(rule, "%s may use an old stage-1 translation of page %u: %#llx, not %#llx",
				  explore_current()->name, va, ipa - VM_GPA, gpa - VM_GPA);
	guest_load(v, ipa, NULL);
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
	if (!MUTANT(no_set_way))
		mmu_set_way(&v->vm->mmu);
	vcpu_enter(v);
}

void vm_loaded(unsigned int page, const char *name)
{
	host_watch_own(HVA(page), name);
	host_write(HVA(page));
	host_write_back(HVA(page));
}

void vm_mapped_warm(unsigned int pages)
{
	struct vcpu *v = &vm->vcpu[VM_VCPUS - 1];
	unsigned int i;

	guest_sctlr(v, true, true, true);
	for (i = 0; i < pages; i++)
		guest_load(v, GPA(i), NULL);
	vcpu_stop(v);
}

void vm_reset(void)
{
	vm = NULL;
	memset(vcpu_on, 0, sizeof(vcpu_on));
}
