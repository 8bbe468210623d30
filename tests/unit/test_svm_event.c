// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions, NMIs and interrupts on their way into a guest, by AMD APM vol. 2: 8.2.9 what two of them become, 15.20
 * how one is put in, 15.21.4 how a window is waited for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kvm.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "../../src/x86/nested/nested.h"
#include "../../src/x86/vm.h"

struct svm_hw svm_hw;
static struct x86_vcpu vcpu;
static struct svm *const svm = &vcpu.svm;
static struct vmcb vmcb;
static struct kvm_run run;
static struct nested nested;
static int pending;			/* an interrupt's vector; 0: none, -1: one that is gone when it is taken */
static bool vmm_may, open_in_l2, window_in_l2, l2_window_asked;
static unsigned int nested_looks, debug_exits;
static bool told_interrupt;

bool intc_pending(struct x86_vcpu *v)
{
	return pending;
}

int intc_take(struct x86_vcpu *v)
{
	int taken = pending;

	pending = 0;
	return taken;
}

bool intc_vmm_may(const struct x86_vcpu *v)
{
	return vmm_may;
}

u64 intc_cr8(const struct x86_vcpu *v)
{
	return 7;
}

bool nested_interrupt_open(const struct svm *s)
{
	return open_in_l2;
}

bool nested_window(struct svm *s, bool on)
{
	l2_window_asked = on;
	return window_in_l2;
}

void nested_events(struct x86_vcpu *v, bool interrupt)
{
	nested_looks++;
	told_interrupt = interrupt;
}

bool nested_intercepts(const u32 *words, u32 code)
{
	return test_bit(code, (unsigned long *)words);
}

int svm_debug_exit(struct x86_vcpu *v, u8 vector, u64 dr6)
{
	debug_exits++;
	assert_true(vector == X86_TRAP_DB && dr6 == 0xffff4ff0);
	return VCPU_TO_USER;
}

static int setup(void **state)
{
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&run, 0, sizeof(run));
	memset(&nested, 0, sizeof(nested));
	svm->vmcb = &vmcb;
	vcpu.base.run = &run;
	vmcb.save.cr0 = X86_CR0_PE;
	vmcb.save.rflags = X86_EFLAGS_IF;
	vmcb.save.dr6 = 0xffff0ff0;
	vmcb.control.int_ctl = V_INTR_MASKING_MASK;
	pending = 0;
	vmm_may = true;
	open_in_l2 = window_in_l2 = false;
	debug_exits = nested_looks = 0;
	return 0;
}

static bool contributes(u8 v)
{
	return v == 0 || (v >= 10 && v <= 13);
}

/* Of each two exceptions: the second, a double fault, or the end. */
static void two(void **state)
{
	u8 a, b, in_delivery;

	for (in_delivery = 0; in_delivery < 2; in_delivery++) {
		for (a = 0; a < 20; a++) {
			for (b = 0; b < 20; b++) {
				bool twice = (contributes(a) && contributes(b)) || (a == 14 && (contributes(b) || b == 14));

				setup(state);
				svm_queue_exception(&vcpu, a, true, 5);
				assert_true(svm->exception.valid && svm->exception.vector == a && svm->exception.error == 5);
				if (in_delivery) {
					svm->inject = svm->exception;
					svm->exception.valid = false;
				}
				svm_queue_exception(&vcpu, b, b & 1, 6);
				assert_int_equal(svm->shutdown, a == 8);
				assert_false(svm->inject.valid);
				assert_int_equal(svm->exception.valid, a != 8);
				if (a == 8)
					continue;
				assert_int_equal(svm->exception.vector, twice ? 8 : b);
				assert_int_equal(svm->exception.has_error, twice || b & 1);
				assert_int_equal(svm->exception.error, twice ? 0 : 6);
				assert_int_equal(svm->exception.type, SVM_EVTINJ_TYPE_EXEPT);
			}
		}
	}
}

/* What is in delivery and is no exception makes nothing of one; real mode has no error codes. */
static void one(void **state)
{
	(void)state;
	svm->inject = (struct svm_event){ .valid = true, .type = SVM_EVTINJ_TYPE_INTR, .vector = 8 };
	svm_queue_gp(&vcpu);
	assert_true(svm->inject.valid && svm->exception.vector == 13 && svm->exception.has_error && !svm->exception.error && !svm->shutdown);
	setup(NULL);
	svm_queue_ud(&vcpu);
	assert_true(svm->exception.vector == 6 && !svm->exception.has_error);
	setup(NULL);
	vmcb.save.cr0 = 0;
	svm_queue_gp(&vcpu);
	assert_false(svm->exception.has_error);
	svm_queue_gp(&vcpu);
	assert_true(svm->exception.vector == 8 && !svm->exception.has_error);
}

/* An address goes to CR2 and a reason to DR6 when the exception is taken, once, and not with what became of it. */
static void payloads(void **state)
{
	(void)state;
	svm_deliver_payload(svm);
	svm_queue_fault_at(&vcpu, 0x1234, 6);
	assert_true(!vmcb.save.cr2 && svm->exception.has_error && svm->exception.error == 6 && svm->exception.vector == 14);
	assert_int_equal(svm_inject(&vcpu), VCPU_RESUME);
	assert_int_equal(vmcb.save.cr2, 0x1234);
	assert_int_equal(vmcb.control.event_inj, 1U << 31 | 1 << 11 | 3 << 8 | 14);
	assert_int_equal(vmcb.control.event_inj_err, 6);
	setup(NULL);
	vmcb.save.dr6 = 0xffff0ff0 | 3 | 1 << 15;
	svm_queue_debug(&vcpu, 1 << 14 | 4);
	svm_deliver_payload(svm);
	assert_int_equal(vmcb.save.dr6, 0xffff0ff0 | 1 << 15 | 1 << 14 | 4);
	vmcb.save.dr6 = 0;
	svm_deliver_payload(svm);
	assert_int_equal(vmcb.save.dr6, 0);
	setup(NULL);
	/* a bit that says so by being 0 */
	svm_queue_debug(&vcpu, 1 << 11);
	svm_deliver_payload(svm);
	assert_int_equal(vmcb.save.dr6, 0xffff07f0);
	setup(NULL);
	svm_queue_fault_at(&vcpu, 0x1234, 6);
	svm_queue_fault_at(&vcpu, 0x5678, 6);
	assert_true(svm->exception.vector == 8 && !svm->exception.has_payload);
	svm_queue_fault_at(&vcpu, 0x5678, 6);
	assert_true(svm->shutdown && !svm->exception.valid);
}

/* One NMI is in hand and one may wait. */
static void nmis(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		svm_queue_nmi(&vcpu);
	assert_int_equal(svm->nmi_pending, 2);
	assert_int_equal(svm_inject(&vcpu), VCPU_RESUME);
	assert_int_equal(vmcb.control.event_inj, 1U << 31 | 2 << 8 | 2);
	assert_true(svm->nmi_pending == 1 && svm->nmi_masked);
	assert_true(vmcb.control.intercepts[3] & 1 << 20);	/* IRET */
	svm->inject.valid = false;
	svm_queue_nmi(&vcpu);
	assert_int_equal(svm->nmi_pending, 1);
	assert_int_equal(svm_inject(&vcpu), VCPU_RESUME);
	assert_int_equal(vmcb.control.event_inj, 0);
	/* IRET is stepped over: not intercepted again, and the NMI is over when RIP is another */
	svm->nmi_iret = true;
	svm->nmi_iret_rip = vmcb.save.rip = 0x100;
	assert_int_equal(svm_inject(&vcpu), VCPU_RESUME);
	assert_true(svm->nmi_masked && svm->nmi_iret && !(vmcb.control.intercepts[3] & 1 << 20));
	/* who looks meanwhile sees nothing of it: it exits again, unless it has been executed */
	vmcb.save.rflags = 0x302;
	svm_hide_step(svm);
	assert_true(svm->nmi_masked && !svm->nmi_iret && vmcb.save.rflags == 0x202);
	assert_int_equal(svm_inject(&vcpu), VCPU_RESUME);
	assert_true(vmcb.control.intercepts[3] & 1 << 20);
	vmcb.save.rflags = 0x302;
	svm_hide_step(svm);
	assert_int_equal(vmcb.save.rflags, 0x302);
	svm->nmi_iret = svm->nmi_iret_tf = true;
	svm_hide_step(svm);
	assert_int_equal(vmcb.save.rflags, 0x302);
	svm->nmi_iret = true;
	svm->nmi_iret_tf = false;
	svm->nmi_iret_rip = 0xff;
	svm_hide_step(svm);
	assert_true(!svm->nmi_masked && vmcb.save.rflags == 0x302);	/* as IRET popped them */
	svm->nmi_masked = svm->nmi_iret = true;
	svm->nmi_iret_rip = 0x100;
	vmcb.save.rip = 0x200;
	assert_int_equal(svm_inject(&vcpu), VCPU_RESUME);
	assert_true(svm->nmi_masked && !svm->nmi_iret && !svm->nmi_pending && vmcb.control.event_inj);
}

/* Of what pushes RIP behind an instruction a CPU with NextRIP pushes that: where L1 or the VMM has moved it, or RIP. */
static void soft(void **state)
{
	static const struct { u32 type; u8 vector; bool soft; } t[] = {
		{ SVM_EVTINJ_TYPE_SOFT, 0x80, true }, { SVM_EVTINJ_TYPE_EXEPT, 3, true }, { SVM_EVTINJ_TYPE_EXEPT, 4, true },
		{ SVM_EVTINJ_TYPE_EXEPT, 13, false }, { SVM_EVTINJ_TYPE_INTR, 3, false },
	};
	unsigned int i, nrips;

	(void)state;
	for (nrips = 0; nrips < 2; nrips++) {
		for (i = 0; i < ARRAY_SIZE(t); i++) {
			svm_hw.nrips = nrips;
			vmcb.save.rip = 0x100;
			vmcb.control.next_rip = 0xdead;
			svm->inject = (struct svm_event) { .valid = true, .type = t[i].type, .vector = t[i].vector };
			assert_int_equal(svm_inject(&vcpu), VCPU_RESUME);
			assert_int_equal(vmcb.control.next_rip, nrips && t[i].soft ? 0x100 : 0xdead);
			svm->inject.next = 0x102;
			assert_int_equal(svm_inject(&vcpu), VCPU_RESUME);
			assert_int_equal(vmcb.control.next_rip, nrips && t[i].soft ? 0x102 : 0xdead);
		}
	}
	/* and so when it did not come through */
	svm->inject = (struct svm_event) { .valid = true, .type = SVM_EVTINJ_TYPE_SOFT, .vector = 0x80, .next = 0x102 };
	vmcb.control.exit_int_info = SVM_EXITINTINFO_VALID | SVM_EVTINJ_TYPE_SOFT | 0x80;
	svm_take_back(&vcpu);
	assert_true(!svm->inject.valid || svm->inject.next == 0x102);
	svm_hw.nrips = false;
}

static u32 injected(void)
{
	assert_int_equal(svm_inject(&vcpu), VCPU_RESUME);
	return vmcb.control.event_inj;
}

/* What keeps an interrupt from being taken, and what an NMI. */
static void blocked(void **state)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		setup(state);
		svm->nested = i == 4 ? &nested : NULL;
		if (i == 0)
			vmcb.save.rflags = 0;
		if (i == 1)
			vmcb.control.int_state = 1;
		if (i == 2)
			svm->debug.control = KVM_GUESTDBG_BLOCKIRQ;
		if (i == 3)
			svm->nmi_masked = true;
		pending = 0x55;
		assert_int_equal(svm_interrupt_allowed(svm), i == 3);
		assert_int_equal(svm_interrupt_flag(svm), i != 0 && i != 4);
		assert_int_equal(injected() & 0xff, i == 3 ? 0x55 : 0);
		svm->inject.valid = false;
		pending = 0;
		svm->nmi_pending = 1;
		assert_int_equal(injected() & 0xff, i ? 0 : 2);
	}
	/* with GIF nothing keeps it */
	nested.gif = true;
	svm->nmi_pending = 0;
	pending = 0x55;
	assert_int_equal(injected(), 1U << 31 | 0x55);
}

/* What is in delivery is first, then an exception, then an NMI, then an interrupt: one at a time. */
static void order(void **state)
{
	(void)state;
	pending = 0x55;
	svm->nmi_pending = 1;
	svm->exception = (struct svm_event){ .valid = true, .type = SVM_EVTINJ_TYPE_EXEPT, .vector = 6 };
	svm->inject = (struct svm_event){ .valid = true, .type = SVM_EVTINJ_TYPE_SOFT, .vector = 9 };
	assert_false(svm_interrupt_allowed(svm));
	assert_int_equal(injected(), 1U << 31 | 4 << 8 | 9);
	svm->inject.valid = false;
	assert_false(svm_interrupt_allowed(svm));
	assert_int_equal(injected(), 1U << 31 | 3 << 8 | 6);
	assert_false(svm->exception.valid);
	svm->inject.valid = false;
	assert_int_equal(injected(), 1U << 31 | 2 << 8 | 2);
	svm->inject.valid = false;
	assert_int_equal(injected(), 1U << 31 | 0x55);
	assert_true(!nested_looks && svm->cr8 == 7);
	svm->inject.valid = false;
	assert_int_equal(injected(), 0);
	pending = -1;
	assert_int_equal(injected(), 0);
	assert_false(svm->inject.valid);
}

/* A #DB that is taken clears DR7.GD. */
static void general_detect(void **state)
{
	(void)state;
	vmcb.save.dr7 = 0x2400;
	svm_queue_gp(&vcpu);
	injected();
	assert_int_equal(vmcb.save.dr7, 0x2400);
	svm->inject.valid = false;
	svm_queue_debug(&vcpu, 1 << 13);
	injected();
	assert_int_equal(vmcb.save.dr7, 0x400);
}

#define WINDOW	(1U << 8 | 0xf << 16 | 1 << 20)

static bool window_is_awaited(void)
{
	bool on = vmcb.control.intercepts[3] & 1 << 4;

	assert_int_equal(vmcb.control.int_ctl, V_INTR_MASKING_MASK | (on ? WINDOW : 0));
	return on;
}

/* An interrupt that cannot be taken yet has the guest exit when it can, and only then. */
static void windows(void **state)
{
	(void)state;
	injected();
	assert_false(window_is_awaited());
	pending = 0x55;
	vmcb.save.rflags = 0;
	vmcb.control.int_vector = 9;
	injected();
	assert_true(window_is_awaited() && !vmcb.control.int_vector);
	vmcb.save.rflags = X86_EFLAGS_IF;
	injected();
	assert_false(window_is_awaited());
	/* with GIF clear STGI exits */
	svm->inject.valid = false;
	svm->nested = &nested;
	pending = 0x55;
	injected();
	assert_false(window_is_awaited());
	nested.gif = nested.in_l2 = true;
	injected();
	assert_true(l2_window_asked && !window_is_awaited() && nested_looks == 1 && told_interrupt);
	pending = 0;
	injected();
	assert_true(nested_looks == 2 && !told_interrupt);
	pending = 0x55;
	window_in_l2 = true;
	injected();
	assert_true(window_is_awaited());
	open_in_l2 = true;
	assert_true(svm_interrupt_flag(svm));
	vmcb.save.rflags = 0;
	assert_true(svm_interrupt_flag(svm));
}

/* The VMM that waits for a window gets it when an interrupt would be taken, and the guest exits for it as for ours. */
static void vmm_waits(void **state)
{
	(void)state;
	assert_false(svm_window_opens(&vcpu));
	run.request_interrupt_window = 1;
	assert_true(svm_window_opens(&vcpu) && run.exit_reason == KVM_EXIT_IRQ_WINDOW_OPEN);
	run.exit_reason = 0;
	assert_int_equal(svm_inject(&vcpu), VCPU_TO_USER);
	assert_int_equal(run.exit_reason, KVM_EXIT_IRQ_WINDOW_OPEN);
	run.exit_reason = 0;
	vmcb.save.rflags = 0;
	assert_false(svm_window_opens(&vcpu));
	injected();
	assert_true(window_is_awaited() && !run.exit_reason);
	vmm_may = false;
	vmcb.save.rflags = X86_EFLAGS_IF;
	assert_false(svm_window_opens(&vcpu));
	injected();
	assert_true(!window_is_awaited() && !run.exit_reason);
}

/* Who intercepts L2's NMIs has nothing to do with its IRET; who intercepts IRET has it. */
static void iret_in_l2(void **state)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		setup(state);
		svm->nested = &nested;
		nested.in_l2 = nested.gif = true;
		svm->nmi_masked = i & 1;
		if (i & 2)
			__set_bit(SVM_EXIT_NMI, (unsigned long *)nested.ctl.intercepts);
		if (i & 4)
			__set_bit(SVM_EXIT_IRET, (unsigned long *)nested.ctl.intercepts);
		injected();
		assert_int_equal(!!(vmcb.control.intercepts[3] & 1 << 20), i & 4 || (i & 1 && !(i & 2)));
	}
}

/* A third fault is the VMM's to hear, once; a step is a #DB of the guest's or an exit of the VMM's. */
static void first(void **state)
{
	(void)state;
	svm->shutdown = true;
	assert_int_equal(svm_inject(&vcpu), VCPU_TO_USER);
	assert_int_equal(run.exit_reason, KVM_EXIT_SHUTDOWN);
	assert_int_equal(injected(), 0);
	svm->stepped = true;
	assert_int_equal(injected(), 1U << 31 | 3 << 8 | 1);
	assert_true(vmcb.save.dr6 == 0xffff4ff0 && !svm->stepped && !debug_exits);
	svm->inject.valid = false;
	svm->stepped = true;
	svm->debug.control = KVM_GUESTDBG_SINGLESTEP;
	assert_int_equal(svm_inject(&vcpu), VCPU_TO_USER);
	assert_true(debug_exits == 1 && !svm->stepped);
}

/* What an exit interrupted is delivered again, but an instruction's own, which runs again; L1's INT n is no such. */
static void taken_back(void **state)
{
	unsigned int type, vector, was;

	for (type = 0; type < 5; type++) {
		for (vector = 0; vector < 20; vector++) {
			for (was = 0; was < 4; was++) {
				bool soft = type == 4 || (type == 3 && (vector == 3 || vector == 4));

				setup(state);
				svm->inject.valid = was;
				svm->inject.type = (type ^ (was & 2)) << 8;
				svm->inject.vector = vector;
				vmcb.control.event_inj = 5;
				vmcb.control.exit_int_info = 1U << 31 | type << 8 | vector | (vector & 1) << 11;
				vmcb.control.exit_int_info_err = 77;
				svm_take_back(&vcpu);
				assert_true(!vmcb.control.event_inj && !vmcb.control.exit_int_info);
				assert_int_equal(svm->inject.valid, !soft || was == 1);
				if (!svm->inject.valid)
					continue;
				assert_true(svm->inject.type == type << 8 && svm->inject.vector == vector);
				assert_true(svm->inject.has_error == (vector & 1) && svm->inject.error == 77);
			}
		}
	}
	setup(state);
	svm->inject.valid = true;
	vmcb.control.exit_int_info = 0x30d;
	svm_take_back(&vcpu);
	assert_false(svm->inject.valid);
	/* another vector than what was put in */
	svm->inject = (struct svm_event){ .valid = true, .type = SVM_EVTINJ_TYPE_SOFT, .vector = 9 };
	vmcb.control.exit_int_info = 1U << 31 | 4 << 8 | 8;
	svm_take_back(&vcpu);
	assert_false(svm->inject.valid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(two, setup), cmocka_unit_test_setup(one, setup), cmocka_unit_test_setup(payloads, setup),
		cmocka_unit_test_setup(nmis, setup), cmocka_unit_test_setup(soft, setup),
		cmocka_unit_test_setup(blocked, setup), cmocka_unit_test_setup(order, setup),
		cmocka_unit_test_setup(general_detect, setup), cmocka_unit_test_setup(windows, setup),
		cmocka_unit_test_setup(vmm_waits, setup), cmocka_unit_test_setup(iret_in_l2, setup),
		cmocka_unit_test_setup(first, setup), cmocka_unit_test_setup(taken_back, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
