// SPDX-License-Identifier: GPL-2.0
/*
 * Async page faults (X4): a guest's thread that touches swapped memory is put to sleep in the guest under a
 * token, and woken by it, while it is fetched, switched off, reset, and slots change.
 */
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <linux/slab.h>

#include "../../src/vm/run.h"
#include "../../src/x86/nested/nested.h"
#include "../../src/x86/vm.h"
#include "../machine/memory.h"
#include "../shim/host_private.h"
#include "../shim/threads.h"
#include "../shim/work.h"
#include "caches.h"

#define RECORD		GPA(0)
#define VECTOR		0xf3
#define WANTED		(RECORD | KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT)
#define TOKENS		6
#define ALL		(~0U)

/* What the guest knows of a token. */
struct token {
	u32 name;
	unsigned int page;
	bool ready;
	bool forgotten;		/* of before a reset */
};

static struct x86_vm *vm_x86 __attribute__((section("model_state")));
static struct x86_vcpu *cpu __attribute__((section("model_state")));
static struct token tokens[TOKENS] __attribute__((section("model_state")));
static unsigned int nr_tokens __attribute__((section("model_state")));
static u64 fault_at __attribute__((section("model_state")));
static bool interrupt __attribute__((section("model_state")));
static bool masked __attribute__((section("model_state")));	/* it waits for one exit more */

/* In place of the vCPU's registers and its local APIC. */
bool svm_interrupt_allowed(const struct svm *svm)
{
	return true;
}

void svm_queue_fault_at(struct x86_vcpu *vcpu, u64 va, u32 error)
{
	fault_at = va;
}

int lapic_accept(struct lapic *a, u8 vector, bool level)
{
	interrupt = true;
	return 1;
}

/* The guest's two words: why it faults, and what is ready. */
static u32 *word(unsigned int n)
{
	while (!host_fault_in(HVA(0), true))
		;
	return (u32 *)memory_kva(host_pa(HVA(0))) + n;
}

static void page_is_there(const struct token *t)
{
	if (!host_pte(HVA(t->page))->present)
		explore_violation("X4", "a token is told to be ready before its memory is there");
}

static void guest_ready(u32 name)
{
	struct token *t;
	unsigned int found = 0;

	trace_step("the guest is told that %s%#x is ready", name == ALL ? "all, " : "", name);
	for (t = tokens; t < tokens + nr_tokens; t++) {
		if (t->ready || (name != ALL && t->name != name))
			continue;
		if (name != ALL && t->forgotten)
			explore_violation("X4", "a token of before the reset is told of");
		if (name != ALL)
			page_is_there(t);
		t->ready = true;
		found++;
	}
	if (name != ALL && found != 1)
		explore_violation("X4", "the guest is told of a token that it does not wait for");
}

static void guest_interrupt(void)
{
	u32 name = *word(1);

	interrupt = false;
	guest_ready(name);
	*word(1) = 0;
	apf_acknowledge(cpu, 1);
}

/* Into the guest and out of it, by an exit of its own. */
static void runs(void)
{
	for (;;) {
		if (test_bit(X86_REQ_APF, &cpu->base.requests))
			apf_prepare(cpu);
		/* nobody asks for what is not done at once */
		shim_irqs_off();
		if (vcpu_say_inside(&cpu->base))
			break;
		vcpu_say_outside(&cpu->base);
		shim_irqs_on();
	}
	explore_point("in the guest");
	vcpu_say_outside(&cpu->base);
	shim_irqs_on();
	if (!masked)
		if (interrupt)
			guest_interrupt();
	masked = false;
}

static void guest_fault(unsigned int page)
{
	if (*word(0) != KVM_PV_REASON_PAGE_NOT_PRESENT)
		explore_violation("X4", "a page fault with a token is not told as one");
	if (nr_tokens == TOKENS)
		explore_unfinished("too many tokens");
	trace_step("the guest puts a thread to sleep: token %#llx", (unsigned long long)fault_at);
	*word(0) = 0;
	tokens[nr_tokens++] = (struct token){ .name = fault_at, .page = page };
}

/* One of the guest's threads: it touches a page, and sleeps if it is told to. */
static void touches(unsigned int page)
{
	runs();
	if (host_pte(HVA(page))->present)
		return;
	if (apf_put_off(cpu, GPA(page), true))
		guest_fault(page);
	else
		host_fault_in(HVA(page), true);
}

static bool all_awake(void)
{
	const struct token *t;

	for (t = tokens; t < tokens + nr_tokens; t++)
		if (!t->ready && !t->forgotten)
			return false;
	return true;
}

static bool is_asked(const void *unused)
{
	return cpu->base.requests;
}

/* The guest has nothing else to do. */
static void waits(void)
{
	runs();
	while (!all_awake()) {
		if (!is_asked(NULL) && !interrupt)
			explore_block(is_asked, NULL, "a token to be ready");
		runs();
	}
}

static bool is_asked_or_through(const void *unused)
{
	return cpu->base.requests || !cpu->apf.out;
}

/* Until nothing is fetched any more: of what was given up it hears nothing. */
static void runs_on(void)
{
	while (READ_ONCE(cpu->apf.out)) {
		if (!is_asked_or_through(NULL) && !interrupt)
			explore_block(is_asked_or_through, NULL, "the last to be fetched");
		runs();
	}
}

static void switches_on(void)
{
	if (!apf_set(cpu, WANTED))
		return;
	/* the slot is away for a moment */
	flag_wait(0);
	if (apf_set(cpu, WANTED))
		explore_violation("X4", "async page faults cannot be switched on");
}

static void guest(void *arg)
{
	unsigned int i;

	rcu_assign_pointer(cpu->base.pid, (struct pid *)current);
	switches_on();
	masked = explore_choose(2, "whether the first interrupt is masked");
	touches(1);
	touches(2);
	switch (explore_choose(3, "what comes meanwhile")) {
	case 0:
		break;
	case 1:
		trace_step("switches it off and on again");
		apf_set(cpu, 0);
		runs();
		switches_on();
		break;
	default:
		trace_step("is reset");
		apf_reset(cpu);
		interrupt = false;
		*word(1) = 0;
		for (i = 0; i < nr_tokens; i++)
			tokens[i].forgotten = true;
		switches_on();
	}
	waits();
	runs_on();
	work_end();
}

static void region(u64 pages)
{
	struct kvm_userspace_memory_region r = {
		.guest_phys_addr = GPA(0), .memory_size = pages * VM_PAGE, .userspace_addr = HVA(0),
	};

	if (gmem_set_region(&vm_x86->npt.gmem, &r))
		explore_unfinished("no slot");
	/* as x86/abi/vm.c */
	if (cpu && !MUTANT(apf_slots_untold))
		vcpu_request(&cpu->base, X86_REQ_APF);
}

static void replaces(void *arg)
{
	region(0);
	region(4);
	flag_set(0);
}

static void vm_make(void)
{
	unsigned int i;

	nr_tokens = 0;
	interrupt = false;
	masked = false;
	vm_x86 = kzalloc(sizeof(*vm_x86), GFP_KERNEL);
	cpu = kzalloc(sizeof(*cpu), GFP_KERNEL);
	cpu->svm.vmcb = kzalloc(sizeof(*cpu->svm.vmcb), GFP_KERNEL);
	cpu->svm.vmcb->save.cpl = 3;
	cpu->vm = vm_x86;
	cpu->base.vm = &vm_x86->base;
	cpu->intc.there = true;
	vm_x86->base.mm = host_mm_current();
	threads_quiet(&vm_x86->npt.gmem.stats, sizeof(vm_x86->npt.gmem.stats));
	if (apf_module_init() || gmem_init(&vm_x86->npt.gmem, &caches_client, 1UL << 24))
		explore_unfinished("no guest memory");
	region(4);
	apf_init(cpu);
	host_poke(HVA(0), 0);
	for (i = 1; i <= 2; i++) {
		host_poke(HVA(i), 0);
		host_swap_out(HVA(i));
	}
}

/* Nobody waits for the worker at a vCPU's end. */
static void vcpu_ends(void)
{
	if (!cpu)
		return;
	apf_destroy(cpu);
	kfree(cpu->svm.vmcb);
	kfree(cpu);
	cpu = NULL;
}

static void finish(void)
{
	work_end();
	vcpu_ends();
	apf_module_exit();
	gmem_destroy(&vm_x86->npt.gmem);
	kfree(vm_x86);
	vm_x86 = NULL;
}

static void setup_tokens(void)
{
	vm_make();
	explore_spawn("vCPU 0", 0, guest, NULL);
	explore_spawn("worker", 1, work_serve, NULL);
	explore_spawn("VMM", 2, replaces, NULL);
}

const struct scenario scenario_async_page_fault = {
	.name = "async-page-fault",
	.story = "A guest's threads sleep for swapped memory under tokens; it switches that off and on, or is reset, and the VMM replaces the slot: each is woken once.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_tokens,
	.finish = finish,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(apf_unasked), CATCHES(apf_told_on), CATCHES(apf_wake_none), CATCHES(apf_over),
		     CATCHES(apf_told_early), CATCHES(apf_slots_untold), CATCHES(apf_amid_all) },
};

/* The vCPU is gone while its memory is fetched. */
static void ends(void *arg)
{
	switches_on();
	touches(1);
	touches(2);
	trace_step("is destroyed");
	vcpu_ends();
	work_end();
}

static void setup_ends(void)
{
	vm_make();
	rcu_assign_pointer(cpu->base.pid, NULL);
	explore_spawn("vCPU 0", 0, ends, NULL);
	explore_spawn("worker", 1, work_serve, NULL);
	explore_spawn("another worker", 2, work_serve, NULL);
}

const struct scenario scenario_async_page_fault_end = {
	.name = "async-page-fault-end",
	.story = "A vCPU is destroyed while two workers fetch memory for it: they tell nobody, and nothing is left.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_ends,
	.finish = finish,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 200,
	.mutants = { CATCHES(apf_told_on), CATCHES(apf_done_lost), CATCHES(apf_orphan_lost) },
};
