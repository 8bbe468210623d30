// SPDX-License-Identifier: GPL-2.0
/*
 * x86's part of KVM_RUN: what is served before the guest is entered, in which order and only where it is asked for,
 * and what the VMM reads in kvm_run afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <asm/processor-flags.h>

#ifndef KVM_RUN_X86_GUEST_MODE
#define KVM_RUN_X86_GUEST_MODE	(1 << 2)
#endif
#ifndef SVM_EXIT_INTR
#define SVM_EXIT_INTR	0x60
#endif

#include "../../model/shim/unit.h"
#include "../../src/x86/abi/run.c"

static struct x86_vm vm;
static struct x86_vcpu vcpu;
static struct vmcb vmcb;
static struct nested nested;
static struct kvm_run run;
static struct vm_arch arch;
static u64 word;
static struct fake_task task;
struct fake_task *fake_current = &task;

static char log[64];
static unsigned int n;
static char stops;		/* what does not let it go on */
static int stop_ret;
static bool allowed, vmm_may, steal_fails;
static u32 exits_with;

/* A letter for each thing that happens. */
static int note(char c)
{
	assert_true(n < sizeof(log) - 1);
	log[n++] = c;
	log[n] = 0;
	return c == stops ? stop_ret : VCPU_RESUME;
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	n = log[0] = 0;
}

int sync_take(struct x86_vcpu *v)
{
	return note('t') == VCPU_RESUME ? 0 : -EINVAL;
}

void sync_give(struct x86_vcpu *v)
{
	note('g');
}

int svm_io_finish(struct x86_vcpu *v)
{
	return note('f');
}

void kvmclock_check(struct x86_vm *v)
{
	assert_ptr_equal(v, &vm);
	note('k');
}

static unsigned int hides;

void svm_hide_step(struct svm *s)
{
	hides++;
}

int ending_take_back(struct x86_vcpu *v)
{
	v->ending.eoi.offered = false;
	return note('b') == VCPU_RESUME ? 0 : stop_ret;
}

void ending_offer(struct x86_vcpu *v)
{
	note('o');
}

u64 intc_cr8(const struct x86_vcpu *v)
{
	return 11;
}

u64 intc_base(const struct x86_vcpu *v)
{
	return 0xfee00900;
}

bool intc_vmm_may(const struct x86_vcpu *v)
{
	return vmm_may;
}

bool svm_interrupt_allowed(const struct svm *s)
{
	return allowed;
}

void svm_load(struct x86_vcpu *v)
{
	note('L');
}

void svm_put(struct x86_vcpu *v)
{
	note('P');
}

void nested_forget(struct x86_vcpu *v)
{
	note('N');
}

void filter_apply(struct x86_vcpu *v)
{
	note('M');
}

int kvmclock_prepare(struct x86_vcpu *v)
{
	return note('c');
}

int stolen_prepare(struct x86_vcpu *v)
{
	return note('s');
}

int host_user_add_versioned(unsigned long hva, u64 delta)
{
	assert_int_equal(hva, (unsigned long)&word);
	assert_int_equal(delta, 70);
	note('w');
	return steal_fails ? 2 : 3;
}

void apf_prepare(struct x86_vcpu *v)
{
	note('a');
}

void xen_prepare(struct x86_vcpu *v)
{
	note('x');
}

void intc_settle(struct x86_vcpu *v)
{
	note('i');
}

bool intc_tell(struct x86_vcpu *v)
{
	return note('e') != VCPU_RESUME;
}

int power_prepare(struct x86_vcpu *v)
{
	return note('p');
}

bool power_runnable(struct x86_vcpu *v)
{
	note('r');
	return true;
}

int svm_inject(struct x86_vcpu *v)
{
	return note('j');
}

void vapic_enter(struct x86_vcpu *v)
{
	note('v');
}

void vapic_leave(struct x86_vcpu *v)
{
	note('V');
}

void svm_run(struct x86_vcpu *v)
{
	note('*');
	vmcb.control.exit_code = exits_with;
}

int svm_handle_exit(struct x86_vcpu *v)
{
	return note('h');
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&run, 0, sizeof(run));
	memset(&nested, 0, sizeof(nested));
	vcpu.vm = &vm;
	vcpu.base.vm = &vm.base;
	vcpu.base.run = &run;
	vcpu.svm.vmcb = &vmcb;
	vcpu.intc.ended = -1;
	vcpu.intc.mp_state = KVM_MP_STATE_RUNNABLE;
	vcpu.xen.timers.polled = POLL_NONE;
	stops = 0;
	stop_ret = -EINTR;
	allowed = vmm_may = steal_fails = false;
	exits_with = 0x7b;
	run_fill(&arch);
	n = log[0] = 0;
	return 0;
}

/* Nothing asked: the guest is entered with no more than a look at its events. */
static void quiet(void **state)
{
	(void)state;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	expect("j");
	assert_int_equal(arch.first_run(&vcpu.base), 0);
	arch.load(&vcpu.base);
	arch.put(&vcpu.base);
	arch.run_begin(&vcpu.base);
	arch.run_end(&vcpu.base);
	arch.may_sleep(&vcpu.base);
	arch.block(&vcpu.base);
	arch.unblock(&vcpu.base);
	assert_true(arch.runnable(&vcpu.base));
	expect("LPkr");
}

static const char *prepared(unsigned long requests)
{
	static char was[64];

	vcpu.base.requests = requests;
	assert_int_equal(arch.prepare(&vcpu.base), VCPU_RESUME);
	strcpy(was, log);
	n = log[0] = 0;
	return was;
}

/* Each request is served by who it is for, and by nobody else. */
static void requests(void **state)
{
	(void)state;
	assert_string_equal(prepared(BIT(VCPU_REQ_IRQ)), "j");
	assert_int_equal(vcpu.base.requests, 0);
	assert_string_equal(prepared(BIT(X86_REQ_FLUSH)), "Nj");
	assert_int_equal(vcpu.base.requests, 0);
	assert_string_equal(prepared(BIT(X86_REQ_MSRS)), "Mj");
	assert_int_equal(vcpu.base.requests, 0);
	assert_string_equal(prepared(BIT(X86_REQ_CLOCK)), "cj");
	/* they take their own away themselves */
	assert_int_equal(vcpu.base.requests, BIT(X86_REQ_CLOCK));
	assert_string_equal(prepared(BIT(X86_REQ_STEAL)), "sj");
	assert_string_equal(prepared(BIT(X86_REQ_APF)), "aj");
	assert_string_equal(prepared(BIT(X86_REQ_XEN)), "xj");
	assert_string_equal(prepared(BIT(X86_REQ_TIMER)), "ij");
	assert_string_equal(prepared(~0UL), "NMcsaxij");
}

/* What stands for itself is looked after without a request, too. */
static void standing(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < KVMCLOCK_RECORDS; i++) {
		vcpu.clock.record[i].on = true;
		assert_string_equal(prepared(0), "cj");
		vcpu.clock.record[i].on = false;
	}
	vcpu.xen.on = true;
	assert_string_equal(prepared(0), "xj");
	vcpu.xen.on = false;
	vcpu.xen.timers.polled = 3;
	assert_string_equal(prepared(0), "xj");
	vcpu.xen.timers.polled = POLL_NONE;
	atomic_set(&vcpu.intc.nmis, 1);
	assert_string_equal(prepared(0), "ij");
	atomic_set(&vcpu.intc.nmis, 0);
	vcpu.intc.ended = 0;
	assert_string_equal(prepared(0), "ej");
	vcpu.intc.ended = -1;
	vcpu.intc.vapic.touched = true;
	assert_string_equal(prepared(0), "ej");
	vcpu.intc.vapic.touched = false;
	atomic_set(&vcpu.intc.events, 1);
	assert_string_equal(prepared(0), "pj");
	atomic_set(&vcpu.intc.events, 0);
	vcpu.intc.mp_state = KVM_MP_STATE_HALTED;
	assert_string_equal(prepared(0), "pj");
	vcpu.intc.mp_state = KVM_MP_STATE_RUNNABLE;
	vcpu.intc.vapic.there = true;
	assert_string_equal(prepared(0), "jv");
	vcpu.ending.eoi.mem = (void *)&word;
	assert_string_equal(prepared(0), "jvo");
	vcpu.ending.eoi.offered = true;
	assert_string_equal(prepared(0), "bjvo");
}

static void stopped(char where, int ret, int gives, const char *what)
{
	setup(NULL);
	vcpu.base.requests = ~0UL;
	vcpu.ending.eoi.offered = true;
	vcpu.ending.eoi.mem = (void *)&word;
	vcpu.intc.ended = 5;
	vcpu.intc.mp_state = KVM_MP_STATE_HALTED;
	vcpu.intc.vapic.there = true;
	stops = where;
	stop_ret = ret;
	assert_int_equal(arch.prepare(&vcpu.base), gives);
	expect(what);
}

/* Each of those that may say no ends it there, with what it said. */
static void stops_at_each(void **state)
{
	(void)state;
	stopped('b', -EFAULT, -EFAULT, "NMb");
	stopped('c', VCPU_AGAIN, VCPU_AGAIN, "NMbc");
	stopped('s', VCPU_AGAIN, VCPU_AGAIN, "NMbcs");
	stopped('e', VCPU_TO_USER, VCPU_TO_USER, "NMbcsaxie");
	stopped('p', VCPU_TO_USER, VCPU_TO_USER, "NMbcsaxiep");
	stopped('j', -EINTR, -EINTR, "NMbcsaxiepj");
	stopped('-', 0, VCPU_RESUME, "NMbcsaxiepjvo");
}

/* Stolen time is told at the last moment; where it cannot be the guest is not entered, as if an interrupt had come. */
static void steals(void **state)
{
	(void)state;
	vcpu.base.mode = VCPU_IN_GUEST;
	task.sched_info.run_delay = 100;
	vcpu.stolen.seen = 30;
	arch.enter(&vcpu.base);
	expect("*");
	assert_false(vcpu.stolen.at_rest);
	vcpu.stolen.steal.at = (unsigned long)&word;
	exits_with = SVM_EXIT_INTR;
	arch.enter(&vcpu.base);
	expect("w*");
	assert_true(vcpu.stolen.at_rest);
	assert_int_equal(vcpu.stolen.seen, 100);
	assert_int_equal(vcpu.stolen.delay, 70);
	exits_with = 0x7b;
	arch.enter(&vcpu.base);
	expect("*");
	assert_false(vcpu.stolen.at_rest);
	assert_int_equal(vcpu.base.requests, 0);
	vcpu.stolen.seen = 30;
	steal_fails = true;
	vmcb.control.exit_code = 0x400;
	arch.enter(&vcpu.base);
	expect("w");
	assert_int_equal(vcpu.base.requests, BIT(X86_REQ_STEAL));
	assert_int_equal(vmcb.control.exit_code, SVM_EXIT_INTR);
	assert_int_equal(vcpu.base.mode, VCPU_OUTSIDE);
}

/* After a stay what was offered is taken back and what was shown is read, before the exit is served. */
static void exits(void **state)
{
	(void)state;
	assert_int_equal(arch.handle_exit(&vcpu.base), VCPU_RESUME);
	expect("h");
	assert_true(vcpu.stolen.at_rest);
	vcpu.ending.eoi.offered = true;
	vcpu.intc.vapic.shown = true;
	stops = 'h';
	stop_ret = VCPU_TO_USER;
	assert_int_equal(arch.handle_exit(&vcpu.base), VCPU_TO_USER);
	expect("bVh");
	assert_false(vcpu.stolen.at_rest);
}

/* What the VMM says at KVM_RUN's beginning: registers where it has asked for them, CR8 where it has the local APIC. */
static void begins(void **state)
{
	(void)state;
	run.cr8 = 15;
	assert_int_equal(arch.finish_exit(&vcpu.base), VCPU_RESUME);
	assert_int_equal(vcpu.svm.cr8, 15);
	assert_true(vcpu.stolen.at_rest);
	expect("f");
	run.cr8 = 16;
	assert_int_equal(arch.finish_exit(&vcpu.base), -EINVAL);
	assert_int_equal(vcpu.svm.cr8, 15);
	expect("");
	vcpu.intc.there = true;
	assert_int_equal(arch.finish_exit(&vcpu.base), VCPU_RESUME);
	assert_int_equal(vcpu.svm.cr8, 15);
	expect("f");
	stops = 'f';
	stop_ret = VCPU_TO_USER;
	assert_int_equal(arch.finish_exit(&vcpu.base), VCPU_TO_USER);
	assert_false(vcpu.stolen.at_rest);
	expect("f");
	stops = 0;
	run.kvm_dirty_regs = 1;
	assert_int_equal(arch.finish_exit(&vcpu.base), VCPU_RESUME);
	expect("tf");
	run.kvm_dirty_regs = 0;
	run.kvm_valid_regs = 1;
	assert_int_equal(arch.finish_exit(&vcpu.base), VCPU_RESUME);
	expect("tf");
	stops = 't';
	assert_int_equal(arch.finish_exit(&vcpu.base), -EINVAL);
	expect("t");
}

/* What the VMM reads when KVM_RUN returns. */
static void reports(void **state)
{
	(void)state;
	run.if_flag = run.ready_for_interrupt_injection = 5;
	hides = 0;
	arch.run_report(&vcpu.base);
	assert_int_equal(hides, 1);
	expect("");
	assert_int_equal(run.cr8, 11);
	assert_int_equal(run.apic_base, 0xfee00900);
	assert_int_equal(run.flags, 0);
	assert_int_equal(run.if_flag, 0);
	assert_int_equal(run.ready_for_interrupt_injection, 0);
	vmcb.save.rflags = X86_EFLAGS_IF;
	vmm_may = true;
	arch.run_report(&vcpu.base);
	assert_int_equal(run.if_flag, 1);
	assert_int_equal(run.ready_for_interrupt_injection, 0);
	allowed = true;
	arch.run_report(&vcpu.base);
	assert_int_equal(run.ready_for_interrupt_injection, 1);
	vmm_may = false;
	arch.run_report(&vcpu.base);
	assert_int_equal(run.ready_for_interrupt_injection, 0);
	allowed = false;
	vm.irq.kind = IRQ_KERNEL;
	vmcb.save.rflags = ~(u64)X86_EFLAGS_IF;
	run.flags = 0x80;
	vcpu.svm.nested = &nested;
	arch.run_report(&vcpu.base);
	assert_int_equal(run.ready_for_interrupt_injection, 1);
	assert_int_equal(run.if_flag, 0);
	assert_int_equal(run.flags, 0x80);
	nested.in_l2 = true;
	arch.run_report(&vcpu.base);
	assert_int_equal(run.flags, 0x80 | KVM_RUN_X86_GUEST_MODE);
	vcpu.ending.eoi.offered = true;
	run.kvm_valid_regs = 2;
	arch.run_report(&vcpu.base);
	expect("bg");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(quiet), TEST(requests), TEST(standing), TEST(stops_at_each), TEST(steals), TEST(exits), TEST(begins),
		TEST(reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
