// SPDX-License-Identifier: GPL-2.0
/*
 * Nested AMD-V of a vCPU: its life, and its state as the VMM saves and restores it.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/processor-flags.h>

#include "../svm/pat.h"
#include "../vm.h"
#include "inner.h"

#define STATE_FLAGS	(KVM_STATE_NESTED_GUEST_MODE | KVM_STATE_NESTED_RUN_PENDING | \
			 KVM_STATE_NESTED_GIF_SET)
#define STATE_MAP_SIZE	(DECIDE_MSR_PAGES * PAGE_SIZE)

static void state_free(struct nested *n)
{
	spaces_free(&n->spaces);
	if (n->msr_map)
		free_pages_exact(n->msr_map, STATE_MAP_SIZE);
	free_page((unsigned long)n->copy);
	free_page((unsigned long)n->l2);
	kvfree(n);
}

int nested_enable(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct nested *n;
	u64 io, msr;

	if (svm->nested)
		return 0;
	n = kvzalloc(sizeof(*n), GFP_KERNEL_ACCOUNT);
	if (!n)
		return -ENOMEM;
	n->l1 = svm->vmcb;
	n->gif = true;
	spaces_init(&n->spaces);
	n->l2 = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	n->copy = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	n->msr_map = alloc_pages_exact(STATE_MAP_SIZE, GFP_KERNEL_ACCOUNT);
	if (!n->l2 || !n->copy || !n->msr_map) {
		state_free(n);
		return -ENOMEM;
	}
	/* what of ours is not in n->open is asked for at the exit */
	memset(n->msr_map, 0xff, STATE_MAP_SIZE);
	svm_permissions(NULL, &io, &msr);
	n->nr_open = min(nested_msr_open(__va(msr), n->open, NESTED_OPEN), NESTED_OPEN);
	svm->nested = n;
	return 0;
}

void nested_release(struct x86_vcpu *vcpu)
{
	struct nested *n = vcpu->svm.nested;
	unsigned int i;

	if (!n)
		return;
	for (i = 0; i < NESTED_VMCBS; i++)
		nested_page_drop(&n->vmcb[i]);
	for (i = 0; i < DECIDE_IO_PAGES; i++)
		nested_page_drop(&n->io[i]);
	for (i = 0; i < DECIDE_MSR_PAGES; i++)
		nested_page_drop(&n->msr[i]);
}

void nested_free(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct nested *n = svm->nested;

	if (!n)
		return;
	svm->vmcb = n->l1;
	svm->nested = NULL;
	state_free(n);
}

void nested_abort(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct nested *n = svm->nested;

	if (!n)
		return;
	n->gif = true;
	if (!n->in_l2)
		return;
	nested_switch(svm, false);
	nested_segments(&n->l1->save, &n->l2->save);
	svm_set_efer(svm, n->l1->save.efer);
	svm->inject.valid = false;
	svm->exception.valid = false;
	svm->nmi_iret = false;
}

long nested_state_size(void)
{
	return sizeof(struct kvm_nested_state) + KVM_STATE_NESTED_SVM_VMCB_SIZE;
}

/* VMCB12's controls as they stand, and L1's registers in the place of L2's, which KVM_GET_SREGS has. */
static int state_put_block(const struct nested *n, struct kvm_svm_nested_state_data __user *u)
{
	struct vmcb *block = kzalloc(KVM_STATE_NESTED_SVM_VMCB_SIZE, GFP_KERNEL_ACCOUNT);
	struct nested_ctl ctl = n->ctl;
	int ret;

	if (!block)
		return -ENOMEM;
	ctl.int_ctl = (ctl.int_ctl & ~(V_IRQ_MASK | V_TPR_MASK)) | (n->virq & V_IRQ_MASK) | n->tpr;
	ctl.int_state = n->l2->control.int_state & SVM_INTERRUPT_SHADOW_MASK;
	nested_ctl_to(&block->control, &ctl);
	nested_vmrun_state(&block->save, &n->l1->save, true);
	ret = copy_to_user(u->vmcb12, block, KVM_STATE_NESTED_SVM_VMCB_SIZE) ? -EFAULT : 0;
	kfree(block);
	return ret;
}

long nested_get_state(struct x86_vcpu *vcpu, struct kvm_nested_state __user *u)
{
	const struct svm *svm = &vcpu->svm;
	struct kvm_nested_state head = { .format = KVM_STATE_NESTED_FORMAT_SVM };
	u32 room;

	if (get_user(room, &u->size))
		return -EFAULT;
	head.size = sizeof(head);
	if (nested_gif(svm))
		head.flags |= KVM_STATE_NESTED_GIF_SET;
	if (nested_in_l2(svm)) {
		head.size += KVM_STATE_NESTED_SVM_VMCB_SIZE;
		head.hdr.svm.vmcb_pa = svm->nested->vmcb12;
		head.flags |= KVM_STATE_NESTED_GUEST_MODE;
		if (svm->nested->fresh)
			head.flags |= KVM_STATE_NESTED_RUN_PENDING;
	}
	if (room < head.size)
		return put_user(head.size, &u->size) ? -EFAULT : -E2BIG;
	if (copy_to_user(u, &head, sizeof(head)))
		return -EFAULT;
	return nested_in_l2(svm) ? state_put_block(svm->nested, u->data.svm) : 0;
}

/* L1 as it is behind its VMRUN: with paging, and what VMRUN would take of it. */
static bool state_l1_fits(const struct svm *svm, const struct vmcb_save_area *s)
{
	struct nested_limits l;
	struct nested_regs r;

	nested_limits(svm, &l);
	nested_regs_from(&r, s);
	return (s->cr0 & X86_CR0_PG) && (s->cr0 & X86_CR0_PE) && !(s->rflags & X86_EFLAGS_VM) &&
	       nested_regs_fit(&r, &l, false);
}

static bool state_ctl_fits(const struct svm *svm, const struct vmcb *block, struct nested_ctl *ctl)
{
	struct nested_limits l;

	nested_limits(svm, &l);
	l.paging = block->save.cr0 & X86_CR0_PG;
	nested_ctl_from(ctl, &block->control);
	return nested_ctl_fits(ctl, &l);
}

/* What the vCPU holds now are L2's registers. */
static int state_enter(struct x86_vcpu *vcpu, const struct kvm_nested_state *head,
		       const struct vmcb *block, const struct nested_ctl *ctl)
{
	struct svm *svm = &vcpu->svm;
	struct svm_event inject = svm->inject, exception = svm->exception;
	struct nested *n = svm->nested;
	int ret;

	n->copy->save = svm->vmcb->save;
	if (n->in_l2)
		nested_abort(vcpu);
	n->ctl = *ctl;
	n->vmcb12 = head->hdr.svm.vmcb_pa;
	nested_segments(&n->l1->save, &n->copy->save);
	nested_vmrun_state(&n->l1->save, &block->save, svm_pat_fits(block->save.g_pat));
	n->l1->save.efer |= EFER_SVME;
	nested_flush(vcpu, 0);
	svm->flush = true;
	ret = nested_enter(vcpu, &n->copy->save);
	if (ret)
		return ret;
	/* PAT as it was set before is L2's, whatever paging L1 gives it */
	n->l2->save.g_pat = n->copy->save.g_pat;
	svm->inject = inject;
	svm->exception = exception;
	n->fresh = head->flags & KVM_STATE_NESTED_RUN_PENDING;
	n->gif = head->flags & KVM_STATE_NESTED_GIF_SET;
	return 0;
}

static long state_set_guest(struct x86_vcpu *vcpu, const struct kvm_nested_state *head,
			    struct kvm_svm_nested_state_data __user *u)
{
	const struct vmcb_save_area *now = &vcpu->svm.vmcb->save;
	struct nested_ctl ctl;
	struct vmcb *block;
	long ret = -EINVAL;

	if (head->size < nested_state_size() || !nested_vmcb_fits(head->hdr.svm.vmcb_pa))
		return -EINVAL;
	block = memdup_user(u->vmcb12, KVM_STATE_NESTED_SVM_VMCB_SIZE);
	if (IS_ERR(block))
		return PTR_ERR(block);
	if (state_ctl_fits(&vcpu->svm, block, &ctl) && state_l1_fits(&vcpu->svm, &block->save) &&
	    !((now->cr0 & X86_CR0_NW) && !(now->cr0 & X86_CR0_CD)))
		ret = state_enter(vcpu, head, block, &ctl);
	kfree(block);
	return ret;
}

long nested_set_state(struct x86_vcpu *vcpu, struct kvm_nested_state __user *u)
{
	struct svm *svm = &vcpu->svm;
	struct kvm_nested_state head;

	if (copy_from_user(&head, u, sizeof(head)))
		return -EFAULT;
	if (head.size < sizeof(head) || head.format != KVM_STATE_NESTED_FORMAT_SVM ||
	    head.flags & ~STATE_FLAGS)
		return -EINVAL;
	if ((head.flags & KVM_STATE_NESTED_RUN_PENDING) && !(head.flags & KVM_STATE_NESTED_GUEST_MODE))
		return -EINVAL;
	if (!(svm->efer & EFER_SVME) || !svm->nested)
		return head.flags == KVM_STATE_NESTED_GIF_SET ? 0 : -EINVAL;
	if (head.flags & KVM_STATE_NESTED_GUEST_MODE)
		return state_set_guest(vcpu, &head, u->data.svm);
	nested_abort(vcpu);
	svm->nested->gif = head.flags & KVM_STATE_NESTED_GIF_SET;
	return 0;
}
