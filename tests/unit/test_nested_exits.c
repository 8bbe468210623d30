// SPDX-License-Identifier: GPL-2.0
/*
 * Whose an exit of a guest's guest is, and what becomes of events that come while it runs (AMD APM vol. 2, 15.7, 15.9
 * to 15.13, 15.21).
 */
#include "test_nested_fake.h"

static void ask(u32 code)
{
	nested.ctl.intercepts[code / 32] |= 1U << code % 32;
}

static u64 exit_code(void)
{
	return *(u64 *)((char *)block() + 0x70);
}

/* Whether that exit of L2 goes to L1. */
static bool goes(u32 code, bool asked)
{
	int ret;

	good();
	memset(nested.ctl.intercepts, 0, sizeof(nested.ctl.intercepts));
	memset(&nested.io, 0, sizeof(nested.io));
	if (!nested.in_l2)
		enter();
	memset(nested.ctl.intercepts, 0, sizeof(nested.ctl.intercepts));
	if (asked)
		ask(code);
	l2.control.exit_info_2 = 99;
	ret = nested_exit(&vcpu, code);
	assert_false(nested.fresh);
	if (ret == NESTED_OURS) {
		assert_true(nested.in_l2);
		return false;
	}
	assert_true(ret == VCPU_RESUME && !nested.in_l2 && block()->control.exit_info_2 == 99);
	assert_true(exit_code() == (code == 0xffffffff ? ~0ULL : code));
	return true;
}

/* An exit is L1's if it asks for it, but for what is the host's or ours; what the CPU refused is L1's. */
static void exits_of_l2(void **st)
{
	u32 code;

	for (code = 0; code < 0xc0; code++) {
		bool hosts = code >= 0x60 && code <= 0x63;

		if (code == 0x7b || code == 0x7c)	/* ports and MSRs: by maps */
			continue;
		assert_int_equal(goes(code, true), !hosts && code != 0x40 + X86_TRAP_MC);
		assert_false(goes(code, false));
	}
	assert_true(goes(0xffffffff, false));
	assert_true(goes(0x7f, true));
}

/* A window of ours, our step and the VMM's debugging are not L1's. */
static void exits_of_ours(void **st)
{
	enter();
	nested.window = true;
	assert_false(goes(SVM_EXIT_VINTR, true));
	nested.window = false;
	svm->nmi_iret = true;
	assert_false(goes(0x40 + X86_TRAP_DB, true));
	svm->nmi_iret_tf = true;
	assert_true(goes(0x40 + X86_TRAP_DB, true));
	svm->nmi_iret = false;
	svm->debug.control = KVM_GUESTDBG_USE_HW_BP;
	assert_false(goes(0x40 + X86_TRAP_DB, true));
	assert_true(goes(0x40 + X86_TRAP_BP, true));
	svm->debug.control = KVM_GUESTDBG_SINGLESTEP;
	assert_false(goes(0x40 + X86_TRAP_DB, true));
	svm->debug.control = KVM_GUESTDBG_USE_SW_BP;
	assert_true(goes(0x40 + X86_TRAP_DB, true));
	assert_false(goes(0x40 + X86_TRAP_BP, true));
}

/* A port is L1's by its bit, of each byte of the access, over a page's end, too; where the map is not there it is. */
static void ports(void **st)
{
	enter();
	l2.control.exit_info_1 = 0x7fffULL << 16 | 2 << 4;	/* two bytes: the second one's bit is in the next page */
	assert_false(goes(SVM_EXIT_IOIO, true));
	mem[IOPM >> PAGE_SHIFT][0xfff] = 0x7f;
	assert_false(goes(SVM_EXIT_IOIO, true));
	mem[IOPM >> PAGE_SHIFT][0xfff] = 0x80;
	assert_true(goes(SVM_EXIT_IOIO, true));
	mem[IOPM >> PAGE_SHIFT][0xfff] = 0;
	mem[(IOPM >> PAGE_SHIFT) + 1][0] = 1;
	enter();
	l2.control.exit_info_1 = 0x7fffULL << 16 | 2 << 4;
	assert_false(goes(SVM_EXIT_IOIO, false));
	assert_true(goes(SVM_EXIT_IOIO, true));
	enter();
	l2.control.exit_info_1 = 0x7fffULL << 16 | 1 << 4;
	assert_false(goes(SVM_EXIT_IOIO, true));
	/* a page that the access does not come to */
	away[(IOPM >> PAGE_SHIFT) + 1] = true;
	assert_false(goes(SVM_EXIT_IOIO, true));
	away[IOPM >> PAGE_SHIFT] = true;
	assert_true(goes(SVM_EXIT_IOIO, true));
	memset(away, 0, sizeof(away));
	/* over the last port's end: the third page */
	enter();
	l2.control.exit_info_1 = 0xffffULL << 16 | 4 << 4;
	mem[(IOPM >> PAGE_SHIFT) + 2][0] = 4;
	assert_true(goes(SVM_EXIT_IOIO, true));
}

/* So is an MSR, for reads and writes; one of none of the ranges is. */
static void msrs(void **st)
{
	enter();
	svm->gpr[SVM_RCX] = 0xc0000081;	/* two bits each: reads, writes; the second range */
	assert_false(goes(SVM_EXIT_MSR, true));
	mem[MSRPM >> PAGE_SHIFT][0x800 + 0x81 / 4] = 1 << (2 * (0x81 % 4) + 1);
	assert_false(goes(SVM_EXIT_MSR, true));
	l2.control.exit_info_1 = 1;
	assert_false(goes(SVM_EXIT_MSR, false));
	assert_true(goes(SVM_EXIT_MSR, true));
	enter();
	l2.control.exit_info_1 = 0;
	svm->gpr[SVM_RCX] = 0xc0010015;
	assert_false(goes(SVM_EXIT_MSR, true));
	mem[(MSRPM >> PAGE_SHIFT) + 1][0x15 / 4] = 1 << 2 * (0x15 % 4);
	assert_true(goes(SVM_EXIT_MSR, true));
	enter();
	svm->gpr[SVM_RCX] = 0x4b564d00;
	assert_true(goes(SVM_EXIT_MSR, true));
	enter();
	svm->gpr[SVM_RCX] = 0x10;
	away[MSRPM >> PAGE_SHIFT] = true;
	assert_true(goes(SVM_EXIT_MSR, true));
}

/* A nested fault is one of L1's tables only where it has some; what was injected has been. */
static void faults(void **st)
{
	enter();
	nested.ctl.event_inj = 5;
	nested.fresh = true;
	l2.control.int_ctl = V_INTR_MASKING_MASK | 0x30000;
	assert_int_equal(nested_exit(&vcpu, SVM_EXIT_NPF), VCPU_RESUME);
	assert_true(npfs == 1 && !nested.ctl.event_inj && !nested.fresh && nested.virq == 0x30000);
	nested.spaces.now = NULL;
	nested.window = true;
	l2.control.int_ctl = V_IRQ_MASK;
	assert_int_equal(nested_exit(&vcpu, SVM_EXIT_NPF), NESTED_OURS);
	assert_true(npfs == 1 && nested.virq == 0x30000);
}

/* A shutdown and an INIT are L1's if it asks. */
static void ends(void **st)
{
	assert_true(!nested_shutdown(&vcpu) && !nested_init(&vcpu));
	enter();
	assert_true(!nested_shutdown(&vcpu) && !nested_init(&vcpu) && nested.in_l2);
	ask(SVM_EXIT_SHUTDOWN);
	assert_true(nested_shutdown(&vcpu) && exit_code() == SVM_EXIT_SHUTDOWN && !nested.in_l2);
	enter();
	ask(SVM_EXIT_INIT);
	assert_true(nested_init(&vcpu) && exit_code() == SVM_EXIT_INIT && !nested.in_l2);
}

static void except(u8 vector, bool has_payload)
{
	svm->exception = (struct svm_event){
		.valid = true, .type = 0x300, .vector = vector, .has_error = vector == 14, .error = 6,
		.has_payload = has_payload, .payload = 0x4444,
	};
}

/* An exception that L1 intercepts is its exit, with what it carries, and not in CR2. */
static void exceptions(void **st)
{
	nested_events(&vcpu, true);
	enter();
	except(14, true);
	nested_events(&vcpu, false);
	assert_true(nested.in_l2 && svm->exception.valid);
	ask(0x40 + 14);
	nested_events(&vcpu, false);
	assert_true(exit_code() == 0x4e && block()->control.exit_info_1 == 6 && block()->control.exit_info_2 == 0x4444);
	assert_true(!block()->control.exit_int_info && !payloads && !nested.in_l2 && !svm->exception.valid);
	enter();
	l2.save.cr2 = 0x5555;
	ask(0x40 + 14);
	except(14, false);
	nested_events(&vcpu, false);
	assert_int_equal(block()->control.exit_info_2, 0x5555);
	enter();
	ask(0x40 + 1);
	except(1, true);
	payloads = 0;
	nested_events(&vcpu, false);
	assert_true(exit_code() == 0x41 && !block()->control.exit_info_1 && !block()->control.exit_info_2 && payloads);
	/* what is on its way goes first */
	enter();
	ask(0x40 + 6);
	except(6, false);
	svm->inject.valid = true;
	nested_events(&vcpu, false);
	assert_true(nested.in_l2 && svm->exception.valid && !nested.hurry);
}

/* An NMI or interrupt that L1 intercepts ends L2's stay when it may come, behind what is on its way. */
static void interrupts(void **st)
{
	enter();
	nested.ctl.int_ctl = V_INTR_MASKING_MASK;
	l1.save.rflags = X86_EFLAGS_IF;
	l2.save.rflags = 0;
	nested_events(&vcpu, true);
	assert_true(nested.in_l2);
	ask(SVM_EXIT_INTR);
	nested_events(&vcpu, false);
	assert_true(nested.in_l2);
	svm->inject.valid = true;
	nested_events(&vcpu, true);
	assert_true(nested.in_l2 && nested.hurry && nested_hurries(svm));
	svm->inject.valid = false;
	except(6, false);
	nested_events(&vcpu, true);
	assert_true(nested.in_l2 && nested.hurry);
	svm->exception.valid = false;
	nested_events(&vcpu, true);
	assert_true(!nested.in_l2 && exit_code() == SVM_EXIT_INTR && !nested.hurry);
	/* the flag that counts is L2's where L1 has not kept it */
	enter();
	ask(SVM_EXIT_INTR);
	nested.ctl.int_ctl = 0;
	l1.save.rflags = X86_EFLAGS_IF;
	l2.save.rflags = 0;
	nested_events(&vcpu, true);
	assert_true(nested.in_l2 && !nested_interrupt_open(svm));
	ask(SVM_EXIT_NMI);
	nested_events(&vcpu, false);
	assert_true(nested.in_l2);
	svm->nmi_pending = 1;
	svm->nmi_masked = true;
	nested_events(&vcpu, true);
	assert_true(nested.in_l2);
	svm->nmi_masked = false;
	l2.save.rflags = X86_EFLAGS_IF;
	nested_events(&vcpu, true);
	assert_true(!nested.in_l2 && exit_code() == SVM_EXIT_NMI);
	enter();
	nested.ctl.intercepts[3] = 0;
	nested_events(&vcpu, true);
	assert_true(nested.in_l2);
}

/* L1's virtual interrupt waits while we need its place, and comes back into it. */
static void window(void **st)
{
	enter();
	nested.ctl.int_ctl = 0;
	nested.virq = V_IRQ_MASK;
	nested.ctl.int_vector = 0x1166;
	l2.control.int_ctl = V_INTR_MASKING_MASK;
	assert_true(nested_window(svm, true) && nested.window && !(l2.control.int_ctl & V_IRQ_MASK));
	assert_false(nested_window(svm, false));
	assert_true(!nested.window && l2.control.int_ctl == (V_INTR_MASKING_MASK | V_IRQ_MASK) && l2.control.int_vector == 0x66);
	assert_false(l2.control.intercepts[3] & 1 << 4);
	nested.ctl.intercepts[3] = ~0U;
	assert_false(nested_window(svm, false));
	assert_true((l2.control.intercepts[3] & 1 << 4) && !(l2.control.intercepts[3] & 1 << 5));
	nested.ctl.int_ctl = V_INTR_MASKING_MASK;
	assert_true(!nested_window(svm, true) && !nested.window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exits_of_l2), TEST(exits_of_ours), TEST(ports), TEST(msrs), TEST(faults), TEST(ends),
		TEST(exceptions), TEST(interrupts), TEST(window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
