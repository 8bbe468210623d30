// SPDX-License-Identifier: GPL-2.0
/*
 * Events that are pending while L2 runs (AMD APM vol. 2, 15.12, 15.13, 15.21).
 */
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "../vm.h"
#include "inner.h"

bool nested_interrupt_open(const struct svm *svm)
{
	const struct nested *n = svm->nested;
	const struct vmcb *whose = n->ctl.int_ctl & V_INTR_MASKING_MASK ? n->l1 : n->l2;

	return whose->save.rflags & X86_EFLAGS_IF;
}

/* An exception that we raised, or took back, and that L1 intercepts. */
static bool event_exception(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct svm_event e = svm->exception;

	if (!e.valid || !nested_asks(svm, SVM_EXIT_EXCP_BASE + e.vector))
		return false;
	/* CR2 stays as it was: the address is in EXITINFO2 */
	if (e.vector == X86_TRAP_DB)
		svm_deliver_payload(svm);
	svm->exception.valid = false;
	nested_leave(vcpu, SVM_EXIT_EXCP_BASE + e.vector, e.has_error ? e.error : 0,
		     e.vector != X86_TRAP_PF ? 0 : e.has_payload ? e.payload : svm->vmcb->save.cr2);
	return true;
}

/* An NMI or interrupt that L1 intercepts. 0: none that may come now. */
static u32 event_code(const struct svm *svm, bool interrupt)
{
	if (svm->nmi_pending && !svm->nmi_masked && nested_asks(svm, SVM_EXIT_NMI))
		return SVM_EXIT_NMI;
	if (interrupt && nested_interrupt_open(svm) && nested_asks(svm, SVM_EXIT_INTR))
		return SVM_EXIT_INTR;
	return 0;
}

void nested_events(struct x86_vcpu *vcpu, bool interrupt)
{
	struct svm *svm = &vcpu->svm;
	u32 code;

	if (!nested_in_l2(svm))
		return;
	svm->nested->hurry = false;
	if (!svm->inject.valid && event_exception(vcpu))
		return;
	code = event_code(svm, interrupt);
	/*
	 * What is on its way into L2 gets there first: L1 counts on that of what it injects, and asks
	 * for an interrupt to have L2 leave right behind it.
	 */
	if (svm->inject.valid || svm->exception.valid)
		svm->nested->hurry = code;
	else if (code)
		nested_leave(vcpu, code, 0, 0);
}

bool nested_init(struct x86_vcpu *vcpu)
{
	if (!nested_in_l2(&vcpu->svm) || !nested_asks(&vcpu->svm, SVM_EXIT_INIT))
		return false;
	nested_leave(vcpu, SVM_EXIT_INIT, 0, 0);
	return true;
}

/* The one virtual interrupt there is: L1's waits while we need it. */
bool nested_window(struct svm *svm, bool on)
{
	struct nested *n = svm->nested;
	struct vmcb_control_area *c = &n->l2->control;

	/* with a flag of L1's own nothing opens before L2 has exited */
	if (n->ctl.int_ctl & V_INTR_MASKING_MASK)
		on = false;
	n->window = on;
	if (on)
		return true;
	c->int_ctl |= n->virq;
	c->int_vector = n->ctl.int_vector & 0xff;
	c->intercepts[INTERCEPT_VINTR / 32] |= n->ctl.intercepts[INTERCEPT_VINTR / 32] &
					       BIT(INTERCEPT_VINTR % 32);
	return false;
}
