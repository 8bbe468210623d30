// SPDX-License-Identifier: GPL-2.0
/*
 * #VMEXIT from L2 to L1.
 */
#include <linux/string.h>
#include <asm/processor-flags.h>

#include "../vm.h"
#include "inner.h"

#define LEAVE_DR7	0x400ULL	/* no breakpoint */

/* What L2 was about to take is L1's to give it again. */
static void leave_event(struct svm *svm, struct vmcb_control_area *c)
{
	const struct svm_event *e = &svm->inject;

	if (!e->valid) {
		svm_deliver_payload(svm);
		e = &svm->exception;
	}
	c->exit_int_info = 0;
	c->exit_int_info_err = 0;
	if (!e->valid)
		return;
	c->exit_int_info = SVM_EXITINTINFO_VALID | e->type | e->vector |
			   (e->has_error ? SVM_EXITINTINFO_VALID_ERR : 0);
	c->exit_int_info_err = e->has_error ? e->error : 0;
}

static void leave_control(struct svm *svm, u64 code, u64 info1, u64 info2)
{
	struct nested *n = svm->nested;
	struct vmcb_control_area *c = &n->copy->control;

	memcpy((void *)c + offsetof(struct vmcb_control_area, exit_code), &code, sizeof(code));
	c->exit_info_1 = info1;
	c->exit_info_2 = info2;
	c->event_inj = 0;
	c->int_state = n->l2->control.int_state & SVM_INTERRUPT_SHADOW_MASK;
	c->int_ctl = (n->ctl.int_ctl & ~(V_IRQ_MASK | V_TPR_MASK)) | (n->virq & V_IRQ_MASK) |
		     (nested_tpr(svm) ? n->tpr : n->ctl.int_ctl & V_TPR_MASK);
	leave_event(svm, c);
}

void nested_leave(struct x86_vcpu *vcpu, u64 code, u64 info1, u64 info2)
{
	struct svm *svm = &vcpu->svm;
	struct nested *n = svm->nested;
	struct vmcb_save_area *l1 = &n->l1->save, *l2 = &n->l2->save;
	bool paging = n->ctl.nested_ctl & NESTED_PAGING;
	int ret;

	svm_hide_step(svm);
	leave_control(svm, code, info1, info2);
	nested_vmrun_state(&n->copy->save, l2, paging);
	svm->inject.valid = false;
	svm->exception.valid = false;
	nested_switch(svm, false);
	nested_segments(l1, l2);
	l1->cr2 = l2->cr2;
	l1->dr6 = l2->dr6;
	l1->dr7 = LEAVE_DR7;
	l1->cpl = 0;
	l1->rflags &= ~(u64)X86_EFLAGS_VM;
	svm_set_efer(svm, l1->efer);
	svm_debug_intercept(svm);
	n->gif = false;
	ret = nested_vmcb_write(vcpu, n->vmcb12, NESTED_PART_EXIT);
	/* without nested paging L2 has no PAT of its own, and what L1 wrote there stays */
	if (!ret && paging)
		ret = nested_vmcb_write(vcpu, n->vmcb12, NESTED_PART_PAT);
	/* no memory there any more: as a CPU that cannot save */
	if (ret)
		svm->shutdown = true;
}
