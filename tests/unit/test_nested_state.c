// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's nested state: memory for it, and what the VMM saves and restores (KVM API 4.114, 4.115).
 */
#include "test_nested_fake.h"

#include <linux/uaccess.h>

#define VMCB_SIZE	KVM_STATE_NESTED_SVM_VMCB_SIZE
#define SIZE		(sizeof(struct kvm_nested_state) + VMCB_SIZE)

static unsigned int spaces, drops, flushes;

void spaces_init(struct spaces *s)
{
	spaces++;
}

void spaces_free(struct spaces *s)
{
	spaces--;
}

void nested_page_drop(struct nested_page *p)
{
	drops++;
	p->kept = false;
}

void nested_flush(struct x86_vcpu *v, u32 asid)
{
	assert_int_equal(asid, 0);
	flushes++;
}

static union {
	struct kvm_nested_state head;
	unsigned char bytes[SIZE];
} saved;

static struct vmcb *saved_block(void)
{
	return (struct vmcb *)(saved.bytes + sizeof(saved.head));
}

static int setup_state(void **st)
{
	setup(st);
	spaces = drops = flushes = 0;
	memset(&saved, 0, sizeof(saved));
	svm->efer = l1.save.efer = EFER_SVME | EFER_LME | EFER_LMA;
	l1.save.cr4 = X86_CR4_PAE;
	l1.save.rflags = 2;
	return 0;
}

static long get(u32 room)
{
	saved.head.size = room;
	return nested_get_state(&vcpu, &saved.head);
}

static long set(void)
{
	return nested_set_state(&vcpu, &saved.head);
}

/* With EFER.SVME there is memory for guests of the guest's, once, all of it or none; it goes with the vCPU. */
static void life(void **st)
{
	unsigned int i, had = shim_allocs();
	struct nested *n;

	svm->nested = NULL;
	our_msrs[5] = 0x7f;
	our_msrs[PAGE_SIZE + 7] = 0;
	for (i = 1; i <= 4; i++) {
		shim_fail_alloc(i);
		assert_int_equal(nested_enable(&vcpu), -ENOMEM);
		assert_true(!svm->nested && !spaces && shim_allocs() == had);
	}
	shim_fail_alloc(0);
	assert_int_equal(nested_enable(&vcpu), 0);
	n = svm->nested;
	assert_true(n->l1 == &l1 && n->gif && !n->in_l2 && n->nr_open == 2 && n->open[0] == 5 && n->open[1] == PAGE_SIZE + 7 && spaces == 1);
	for (i = 0; i < 2 * PAGE_SIZE; i++)
		assert_int_equal(n->msr_map[i], 0xff);
	assert_true(!nested_enable(&vcpu) && svm->nested == n && shim_allocs() == had + 4);
	nested_release(&vcpu);
	assert_int_equal(drops, NESTED_VMCBS + 3 + 2);
	svm->vmcb = n->l2;
	nested_free(&vcpu);
	assert_true(!svm->nested && svm->vmcb == &l1 && !spaces && shim_allocs() == had);
	nested_free(&vcpu);
	nested_release(&vcpu);
	nested_abort(&vcpu);
	assert_int_equal(drops, NESTED_VMCBS + 3 + 2);
	/* more than there is room for are asked for at the exit */
	memset(our_msrs, 0, 100);
	assert_int_equal(nested_enable(&vcpu), 0);
	assert_int_equal(svm->nested->nr_open, NESTED_OPEN);
	nested_free(&vcpu);
	svm->nested = &nested;
}

/* Leaving without an exit: L1's registers, what hangs on segments from L2, and nothing on its way. */
static void aborts(void **st)
{
	static struct vmcb want;

	nested.gif = false;
	nested_abort(&vcpu);
	assert_true(nested.gif && svm->vmcb == &l1);
	enter();
	noise(&l2.save, 5);
	svm->inject.valid = svm->exception.valid = svm->nmi_iret = true;
	nested.gif = false;
	want = l1;
	copy_ranges(&want, &l2, vmsave);
	nested_abort(&vcpu);
	assert_true(nested.gif && !nested.in_l2 && svm->vmcb == &l1 && svm->efer == l1.save.efer);
	assert_true(!svm->inject.valid && !svm->exception.valid && !svm->nmi_iret);
	assert_memory_equal(&l1, &want, sizeof(want));
}

/* In L1 the state is a head with GIF; its size is told where there is no room. */
static void get_l1(void **st)
{
	assert_int_equal(nested_state_size(), SIZE);
	assert_int_equal(get(sizeof(saved.head) - 1), -E2BIG);
	assert_int_equal(saved.head.size, sizeof(saved.head));
	assert_int_equal(get(sizeof(saved.head)), 0);
	assert_true(saved.head.format == KVM_STATE_NESTED_FORMAT_SVM && saved.head.flags == KVM_STATE_NESTED_GIF_SET);
	assert_true(saved.head.size == sizeof(saved.head) && !saved.head.hdr.svm.vmcb_pa);
	nested.gif = false;
	assert_true(!get(sizeof(saved.head)) && !saved.head.flags);
	svm->nested = NULL;
	assert_true(!get(sizeof(saved.head)) && saved.head.flags == KVM_STATE_NESTED_GIF_SET);
	svm->nested = &nested;
}

/* In L2 it has the controls as they stand now, and L1's registers. */
static void get_l2(void **st)
{
	struct vmcb *b = saved_block();
	static struct vmcb want;

	noise(&l1.save, 6);
	l1.save.rax = VMCB12;
	l1.save.cr0 = X86_CR0_PE | X86_CR0_PG;
	enter();
	nested.virq = 0;
	nested.tpr = 3;
	l2.control.int_state = 3;
	assert_int_equal(get(SIZE - 1), -E2BIG);
	assert_int_equal(saved.head.size, SIZE);
	assert_int_equal(get(SIZE), 0);
	assert_int_equal(saved.head.flags, KVM_STATE_NESTED_GUEST_MODE | KVM_STATE_NESTED_RUN_PENDING | KVM_STATE_NESTED_GIF_SET);
	assert_true(saved.head.hdr.svm.vmcb_pa == VMCB12 && saved.head.size == SIZE);
	assert_true(b->control.asid == 7 && b->control.nested_cr3 == 0x30000 && b->control.int_state == 1);
	assert_int_equal(b->control.int_ctl, V_INTR_MASKING_MASK | 0x50000 | 3);
	memset(&want, 0, sizeof(want));
	copy_ranges(&want, &l1, state);
	copy_ranges(&want, &l1, pat);
	assert_memory_equal(&b->save, &want.save, VMCB_SIZE - 0x400);
	nested.fresh = nested.gif = false;
	assert_true(!get(SIZE) && saved.head.flags == KVM_STATE_NESTED_GUEST_MODE);
	shim_fail_alloc(1);
	assert_int_equal(get(SIZE), -ENOMEM);
	shim_fail_alloc(0);
}

/* What was saved in L2 is what it was when it is set again: L2's registers are those that the vCPU has now. */
static void round_trip(void **st)
{
	static struct vmcb was_l1, was_l2, want;
	struct nested_ctl was;

	noise(&l1.save, 7);
	l1.save.rax = VMCB12;
	l1.save.cr0 = X86_CR0_PE | X86_CR0_PG;
	l1.save.cr4 = X86_CR4_PAE;
	l1.save.efer = EFER_SVME | EFER_LME;
	l1.save.cr3 = 0x8000;
	l1.save.rflags = 0x202;
	l1.save.dr6 = 0xffff0ff0;
	l1.save.dr7 = 0x400;
	l1.save.g_pat = 0x0007040600070406ULL;
	l1.save.cs.attrib = 0x29b;
	enter();
	was_l1 = l1;
	was_l2 = l2;
	was = nested.ctl;
	assert_int_equal(get(SIZE), 0);
	/* another vCPU, to which KVM_SET_SREGS and the like have brought L2's registers */
	nested_abort(&vcpu);
	memset(&l1, 0, sizeof(l1));
	l1.save = was_l2.save;
	l1.save.g_pat = 0x0007040600070405ULL;
	l1.control.tsc_offset = was_l1.control.tsc_offset;
	memset(&l2, 0, sizeof(l2));
	memset(&nested.ctl, 0, sizeof(nested.ctl));
	nested.vmcb12 = 0;
	svm->efer = EFER_SVME;
	svm->flush = nested.gif = false;
	svm->inject = (struct svm_event){ .valid = true, .vector = 9 };
	svm->exception = (struct svm_event){ .valid = true, .vector = 14 };
	flushes = 0;
	want = l1;
	copy_ranges(&want, &was_l1, state);
	copy_ranges(&want, &was_l1, pat);
	assert_int_equal(set(), 0);
	assert_true(nested.in_l2 && nested.fresh && nested.gif && nested.vmcb12 == VMCB12 && svm->vmcb == &l2);
	/* events are KVM_SET_VCPU_EVENTS's, set before */
	assert_true(svm->inject.valid && svm->inject.vector == 9 && svm->exception.valid && svm->exception.vector == 14);
	__builtin_clear_padding(&nested.ctl);
	__builtin_clear_padding(&was);
	assert_true(!memcmp(&nested.ctl, &was, offsetof(struct nested_ctl, int_state)) && flushes == 1 && nested.other_flush);
	was_l2.save.g_pat = 0x0007040600070405ULL;
	assert_memory_equal(&l2.save, &was_l2.save, sizeof(l2.save));
	assert_memory_equal(&l1, &want, sizeof(want));
	/* and once more where it is in L2 already */
	saved.head.flags = KVM_STATE_NESTED_GUEST_MODE;
	assert_int_equal(set(), 0);
	assert_true(nested.in_l2 && !nested.fresh && !nested.gif);
	assert_memory_equal(&l2.save, &was_l2.save, sizeof(l2.save));
	/* back to L1 */
	saved.head.flags = KVM_STATE_NESTED_GIF_SET;
	assert_int_equal(set(), 0);
	assert_true(!nested.in_l2 && nested.gif);
	saved.head.flags = 0;
	assert_true(!set() && !nested.gif);
}

static void good_state(void)
{
	struct vmcb *b = saved_block();

	memcpy(b, good(), VMCB_SIZE);
	b->save = l1.save;
	b->save.dr7 = 0x400;
	b->save.rflags = 2;
	saved.head.format = KVM_STATE_NESTED_FORMAT_SVM;
	saved.head.flags = KVM_STATE_NESTED_GUEST_MODE;
	saved.head.size = SIZE;
	saved.head.hdr.svm.vmcb_pa = VMCB12;
}

#define REFUSES(what) do {					\
	good_state();						\
	what;							\
	assert_int_equal(set(), -EINVAL);			\
	assert_true(!nested.in_l2 && svm->vmcb == &l1);		\
} while (0)

/* What VMRUN would refuse, or no VMRUN leads to, is refused. */
static void refused(void **st)
{
	struct vmcb *b = saved_block();

	REFUSES(saved.head.size = sizeof(saved.head) - 1);
	REFUSES(saved.head.size = SIZE - 1);
	REFUSES(saved.head.format++);
	REFUSES(saved.head.flags |= 1 << 5);
	REFUSES(saved.head.flags = KVM_STATE_NESTED_RUN_PENDING);
	REFUSES(saved.head.hdr.svm.vmcb_pa++);
	REFUSES(saved.head.hdr.svm.vmcb_pa = 1ULL << 40);
	REFUSES(b->control.asid = 0);
	REFUSES(b->control.intercepts[4] = 0);
	REFUSES(b->save.cr0 &= ~X86_CR0_PG);
	REFUSES((b->save.cr0 &= ~X86_CR0_PG, b->control.nested_ctl = 0));
	REFUSES((b->save.cr0 &= ~X86_CR0_PE, b->save.efer &= ~(u64)EFER_LME));
	REFUSES(b->save.rflags |= X86_EFLAGS_VM);
	REFUSES(b->save.efer &= ~(u64)EFER_SVME);
	REFUSES(b->save.cr4 |= X86_CR4_PGE);
	REFUSES(l1.save.cr0 |= X86_CR0_NW);
	l1.save.cr0 |= X86_CR0_CD;
	good_state();
	shim_fail_alloc(1);
	assert_int_equal(set(), -ENOMEM);
	shim_fail_alloc(0);
	entered.ret = -ENOMEM;
	assert_int_equal(set(), -ENOMEM);
	entered.ret = 0;
	/* without AMD-V, or memory for it, there is nothing to be set */
	svm->efer = 0;
	assert_int_equal(set(), -EINVAL);
	saved.head.flags = 0;
	assert_int_equal(set(), -EINVAL);
	saved.head.flags = KVM_STATE_NESTED_GIF_SET;
	assert_int_equal(set(), 0);
	svm->efer = EFER_SVME;
	good_state();
	assert_int_equal(set(), 0);
	assert_true(nested.in_l2);
}

/* Memory that is not there is told of. */
static void faults(void **st)
{
	static unsigned char page[4096];

	shim_user_hole((unsigned long)page, sizeof(page));
	assert_true(nested_get_state(&vcpu, (void *)page) == -EFAULT && nested_set_state(&vcpu, (void *)page) == -EFAULT);
	shim_user_hole(0, 0);
}

#define STATE(f)	cmocka_unit_test_setup_teardown(f, setup_state, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE(life), STATE(aborts), STATE(get_l1), STATE(get_l2), STATE(round_trip), STATE(refused), STATE(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
