// SPDX-License-Identifier: GPL-2.0
/*
 * VMRUN by a guest and #VMEXIT back to it: what goes where (AMD APM vol. 2, 15.5, 15.6).
 */
#include "test_nested_fake.h"

/* Each list of fields is copied whole, and nothing else. */
static void fields(void **st)
{
	struct vmcb from, to, was;
	struct nested_ctl ctl;

	noise(&from, 1);
	noise(&was, 2);
	to = was;
	nested_segments(&to.save, &from.save);
	copied(&to, &was, &from, vmsave, NULL);
	to = was;
	nested_vmrun_state(&to.save, &from.save, false);
	copied(&to, &was, &from, state, NULL);
	to = was;
	nested_vmrun_state(&to.save, &from.save, true);
	copied(&to, &was, &from, state, pat);
	to = was;
	nested_ctl_from(&ctl, &from.control);
	nested_ctl_to(&to.control, &ctl);
	copied(&to, &was, &from, control, NULL);
	assert_true(ctl.iopm == from.control.iopm_base_pa && ctl.msrpm == from.control.msrpm_base_pa && ctl.ncr3 == from.control.nested_cr3);
	assert_true(ctl.tsc_offset == from.control.tsc_offset && ctl.asid == from.control.asid && ctl.tlb_ctl == from.control.tlb_ctl);
	assert_true(ctl.int_ctl == from.control.int_ctl && ctl.int_vector == from.control.int_vector && ctl.int_state == from.control.int_state);
	assert_true(ctl.event_inj == from.control.event_inj && ctl.event_inj_err == from.control.event_inj_err);
	assert_true(ctl.nested_ctl == from.control.nested_ctl && !memcmp(ctl.intercepts, &from, 24));
}

/* So is each part of a block that is written to L1's memory, whether it is mapped or not. */
static void parts(void **st)
{
	static const struct {
		enum nested_part part;
		const struct range *a, *b;
	} parts[] = {
		{ NESTED_PART_EXIT, exits, state }, { NESTED_PART_PAT, pat, NULL }, { NESTED_PART_INVALID, invalid, NULL }, { NESTED_PART_VMSAVE, vmsave, NULL },
	};
	static unsigned char was[PAGE_SIZE];
	unsigned int i, slow;

	for (i = 0; i < 4; i++) {
		for (slow = 0; slow < 2; slow++) {
			setup(st);
			away[1] = slow;
			noise(&copy, 1);
			noise(&was, 2);
			memcpy(block(), was, PAGE_SIZE);
			assert_int_equal(nested_vmcb_write(&vcpu, VMCB12, parts[i].part), 0);
			copied(block(), was, &copy, parts[i].a, parts[i].b);
			assert_int_equal(dirty[1], !slow);
			slow_fails = true;
			assert_int_equal(nested_vmcb_write(&vcpu, VMCB12, parts[i].part), slow ? -EFAULT : 0);
		}
	}
	assert_true(nested_vmcb_fits(0) && nested_vmcb_fits((1ULL << 40) - PAGE_SIZE));
	assert_true(!nested_vmcb_fits(8) && !nested_vmcb_fits(1ULL << 40));
}

/* VMRUN enters L2 with what the block says, what it intercepts and what we do. */
static void vmrun(void **st)
{
	static struct vmcb want;
	struct vmcb *b = good();

	l1.control.intercepts[3] = 1U << 4 | 1 << 20 | 1 << 30;	/* VINTR and IRET are what we wait for in L1 */
	l1.control.intercepts[4] = 3;
	l1.control.intercepts[0] = 1 << 24;
	noise(&l1.save, 4);
	l1.save.cr0 = X86_CR0_PG | X86_CR0_PE;
	l1.save.rax = VMCB12;
	b->control.intercepts[2] = 1 << 14;
	b->control.int_state = 3;
	b->control.tsc_offset = 234;
	svm->flush = true;
	svm->asid.id = 11;
	nested.other.id = 22;
	nested.gif = true;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(nested.in_l2 && nested.fresh && nested.gif && svm->vmcb == &l2 && svm->vmcb_pa == __pa(&l2));
	assert_true(svm->asid.id == 22 && nested.other.id == 11 && svm->flush && nested.other_flush);
	assert_true(nested.vmcb12 == VMCB12 && entered.asid == 7 && entered.ncr3 == 0x30000 && entered.tlb_ctl == TLB_CONTROL_FLUSH_ASID);
	/* with a priority of its own L2's CR8 is none of ours, nor the hypercall that L1 did not ask for */
	assert_true(l2.control.intercepts[0] == 0 && l2.control.intercepts[2] == 1 << 14 && l2.control.intercepts[3] == 1 << 30);
	assert_int_equal(l2.control.intercepts[4], 1);
	assert_true(l2.control.tsc_offset == 1234 && l2.control.iopm_base_pa == 0x77000 && l2.control.msrpm_base_pa == __pa(both_msrs));
	assert_int_equal(l2.control.int_ctl, V_INTR_MASKING_MASK | V_IRQ_MASK | 0x50000);
	assert_true(nested.virq == (V_IRQ_MASK | 0x50000) && nested.tpr == 9 && l2.control.int_vector == 0x55);
	assert_true(l2.control.int_state == 1 && l2.control.nested_ctl == 1 && l2.control.nested_cr3 == 0x5000 && !l2.control.event_inj);
	memset(&want, 0, sizeof(want));
	copy_ranges(&want, &l1, vmsave);
	copy_ranges(&want, b, state);
	copy_ranges(&want, b, pat);
	want.save.rflags |= 2;
	assert_memory_equal(&l2.save, &want.save, sizeof(want.save));
	assert_int_equal(svm->efer, EFER_SVME | EFER_LME | EFER_LMA);
	assert_false(svm->inject.valid);
	/* again, with nothing of the kind */
	teardown(st);
	setup(st);
	b = good();
	b->control.nested_ctl = 0;
	b->control.int_ctl = 0;
	b->control.tlb_ctl = 0;
	b->save.efer = EFER_SVME | EFER_LMA;
	b->save.cr0 = X86_CR0_PE | X86_CR0_PG;
	l1.control.intercepts[0] = 1 << 24;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(entered.ncr3 == SPACE_NO_NCR3 && l2.control.nested_cr3 == 0x6000 && l2.control.intercepts[0] == 1 << 24);
	assert_true(l2.save.g_pat == l1.save.g_pat && svm->efer == EFER_SVME && !nested.tpr && !nested.virq);
	assert_true(svm->flush);
	/* no paging, no long mode */
	teardown(st);
	setup(st);
	b = good();
	b->save.cr0 = X86_CR0_PE;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_int_equal(svm->efer, EFER_SVME | EFER_LME);
	/* no memory for tables */
	teardown(st);
	setup(st);
	good();
	entered.ret = -ENOMEM;
	l1.save.rip = 0x77;
	moves_rip = true;
	assert_int_equal(nested_vmrun(&vcpu), -ENOMEM);
	/* it is executed when there is */
	moves_rip = false;
	assert_true(l1.save.rip == 0x77 && !svm->stepped);
	assert_false(nested.in_l2);
}

/* What L1 injects goes to L2 first. */
static void injects(void **st)
{
	struct vmcb *b = good();

	b->control.event_inj = 0x80000b0d;
	b->control.event_inj_err = 0x99;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(svm->inject.valid && svm->inject.type == 0x300 && svm->inject.vector == 13 && svm->inject.has_error && svm->inject.error == 0x99);
	teardown(st);
	setup(st);
	b = good();
	b->control.event_inj = 0x80000020;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(svm->inject.valid && !svm->inject.type && svm->inject.vector == 0x20 && !svm->inject.has_error);
}

static bool stays_in_l1(void)
{
	return !nested.in_l2 && svm->vmcb == &l1 && !svm->inject.valid;
}

/* A block where none can be, or that is not there, is #GP; a signal lets the instruction run again; a bad one is VMEXIT_INVALID. */
static void refused(void **st)
{
	static struct vmcb was;
	struct vmcb *b = good();

	l1.save.rax = VMCB12 + 8;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(gps == 1 && stays_in_l1());
	l1.save.rax = 1ULL << 40;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_int_equal(gps, 2);
	l1.save.rax = VMCB12;
	svm->hsave = 0;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(gps == 3 && stays_in_l1());
	svm->hsave = 0x9000;
	away[1] = true;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_int_equal(gps, 4);
	away_why = -EINTR;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(gps == 4 && stays_in_l1());
	away[1] = false;
	skips = false;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(gps == 4 && stays_in_l1() && nested.gif);
	skips = true;
	b->control.intercepts[4] = 0;
	b->control.exit_int_info = 5;
	was = *b;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(gps == 4 && stays_in_l1() && !nested.gif);
	assert_true(*(u64 *)((char *)b + 0x70) == ~0ULL && !b->control.exit_info_1 && !b->control.exit_info_2 && !b->control.exit_int_info);
	copied(b, &was, b, invalid, NULL);
	/* of the registers, too; what L1 may have is its own limit */
	*b = *good();
	b->save.efer = EFER_LME;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(stays_in_l1() && *(u64 *)((char *)b + 0x70) == ~0ULL);
	good()->save.cr4 |= X86_CR4_PGE;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(stays_in_l1() && *(u64 *)((char *)b + 0x70) == ~0ULL);
	good();
	svm->may_cr4 |= X86_CR4_PGE;
	l1.save.cr0 = X86_CR0_PE;	/* nested paging wants paging of L1 */
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(stays_in_l1() && *(u64 *)((char *)b + 0x70) == ~0ULL);
	good()->save.g_pat = 2;
	l1.save.cr0 |= X86_CR0_PG;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(stays_in_l1() && *(u64 *)((char *)b + 0x70) == ~0ULL);
	good();
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(nested.in_l2);
}

/* Both MSR maps: where ours lets something through, and L1's does not, L2 exits; where L1's is not there, too. */
static void msr_maps(void **st)
{
	struct vmcb *b = good();

	nested.open[0] = 5;
	nested.open[1] = PAGE_SIZE + 6;
	nested.nr_open = 2;
	our_msrs[5] = 0x0f;
	our_msrs[PAGE_SIZE + 6] = 0x3f;
	our_msrs[7] = 0;	/* not in the list: nothing is to be done about it */
	mem[MSRPM >> PAGE_SHIFT][5] = 0x30;
	mem[(MSRPM >> PAGE_SHIFT) + 1][6] = 0x80;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	/* L1 does not intercept MSRs */
	assert_true(both_msrs[5] == 0x0f && both_msrs[PAGE_SIZE + 6] == 0x3f && both_msrs[7] == 0xff);
	nested_switch(svm, false);
	b->control.intercepts[3] = 1 << 28;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(both_msrs[5] == 0x3f && both_msrs[PAGE_SIZE + 6] == 0xbf && both_msrs[7] == 0xff);
	nested_switch(svm, false);
	away[(MSRPM >> PAGE_SHIFT) + 1] = true;
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(both_msrs[5] == 0x3f && both_msrs[PAGE_SIZE + 6] == 0xff);
}

/* #VMEXIT: L2's state is in the block, L1's is what it was but for what hangs on segments, GIF is clear. */
static void leaves(void **st)
{
	static struct vmcb host;
	struct vmcb *b = block();

	noise(&l1.save, 7);
	l1.save.cr0 = X86_CR0_PE | X86_CR0_PG;
	l1.save.rax = VMCB12;
	l1.save.efer = EFER_SVME | EFER_NX;
	l1.save.rflags = 0x20202;
	host = l1;
	enter();
	noise(&l2.save, 8);
	l2.control.int_state = 3;
	nested.virq = V_IRQ_MASK;
	nested.tpr = 4;
	svm->inject = (struct svm_event){ .valid = true, .type = 0x300, .vector = 14, .has_error = true, .error = 6 };
	svm->exception.valid = true;
	nested_leave(&vcpu, 0x123456789aULL, 111, 222);
	assert_true(*(u64 *)((char *)b + 0x70) == 0x123456789aULL && b->control.exit_info_1 == 111 && b->control.exit_info_2 == 222);
	assert_true(b->control.exit_int_info == 0x80000b0e && b->control.exit_int_info_err == 6 && !b->control.event_inj);
	assert_true(b->control.int_state == 1 && b->control.int_ctl == (V_INTR_MASKING_MASK | V_IRQ_MASK | 0x50000 | 4));
	assert_true(!nested.in_l2 && !nested.gif && svm->vmcb == &l1 && svm->flush && !nested.other_flush);
	assert_true(!svm->inject.valid && !svm->exception.valid && svm->efer == host.save.efer && intercepts_again == 1 && !svm->shutdown);
	copy_ranges(&host, &l2, vmsave);
	host.save.cr2 = l2.save.cr2;
	host.save.dr6 = l2.save.dr6;
	host.save.dr7 = 0x400;
	host.save.cpl = 0;
	host.save.rflags = 0x202;
	assert_memory_equal(&l1.save, &host.save, sizeof(host.save));
	assert_int_equal(dirty[1], 2);
}

/* The registers of L2 in the block are those of the list, and PAT where L2 has one. */
static void leaves_state(void **st)
{
	static struct vmcb want;
	unsigned int paging;

	for (paging = 0; paging < 2; paging++) {
		setup(st);
		enter();
		nested.ctl.nested_ctl = paging;
		want = *block();
		noise(&l2, 9);
		nested_leave(&vcpu, 0x400, 1, 2);
		copy_ranges(&want, block(), exits);	/* have a test of their own */
		copy_ranges(&want, &l2, state);
		if (paging)
			copy_ranges(&want, &l2, pat);
		assert_memory_equal(block(), &want, sizeof(want));
		teardown(st);
	}
}

/* Without an event there is none to tell of; a pending exception is one; the priority is L1's where it has one. */
static void leaves_little(void **st)
{
	struct vmcb *b = block();

	enter();
	nested.ctl.int_ctl = V_IRQ_MASK | 9;
	nested.virq = 0;
	nested.tpr = 4;
	nested.ctl.nested_ctl = 0;
	nested.copy->save.g_pat = 77;
	nested_leave(&vcpu, 0x60, 0, 0);
	assert_true(!b->control.exit_int_info && !b->control.exit_int_info_err && b->control.int_ctl == 9);
	assert_true(b->save.g_pat != 77 && dirty[1] == 1);
	enter();
	svm->exception = (struct svm_event){ .valid = true, .type = 0x300, .vector = 6, .error = 5 };
	payloads = 0;
	nested_leave(&vcpu, 0x60, 0, 0);
	assert_true(b->control.exit_int_info == 0x80000306 && !b->control.exit_int_info_err && payloads == 1);
	/* our own step over L2's IRET is none of L1's business */
	enter();
	hides = 0;
	nested_leave(&vcpu, 0x60, 0, 0);
	assert_int_equal(hides, 1);
	/* where the block went away it is as on a CPU that cannot save */
	enter();
	away[1] = slow_fails = true;
	nested_leave(&vcpu, 0x60, 0, 0);
	assert_true(svm->shutdown && !nested.in_l2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields), TEST(parts), TEST(vmrun), TEST(injects), TEST(refused), TEST(msr_maps),
		TEST(leaves), TEST(leaves_state), TEST(leaves_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
