// SPDX-License-Identifier: GPL-2.0
/*
 * What is pending in a vCPU, as the VMM reads and writes it (KVM API 4.31, 4.32).
 */
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/trapnr.h>

#include "../vm.h"
#include "events.h"

#define EVENTS_FLAGS	(KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW)

static void events_get_exception(struct x86_vcpu *vcpu, struct kvm_vcpu_events *ev)
{
	struct svm *svm = &vcpu->svm;
	const struct svm_event *e = &svm->exception;
	bool payloads = vcpu->vm->payload;

	if (!payloads)
		svm_deliver_payload(svm);
	if (!e->valid)
		e = &svm->inject;
	if (!e->valid || e->type != SVM_EVTINJ_TYPE_EXEPT)
		return;
	ev->exception.pending = e == &svm->exception && payloads;
	ev->exception.injected = !ev->exception.pending;
	ev->exception.nr = e->vector;
	ev->exception.has_error_code = e->has_error;
	ev->exception.error_code = e->error;
	ev->exception_has_payload = e->has_payload;
	ev->exception_payload = e->payload;
}

void events_get(struct x86_vcpu *vcpu, struct kvm_vcpu_events *ev)
{
	const struct svm *svm = &vcpu->svm;
	bool in_delivery = svm->inject.valid;

	memset(ev, 0, sizeof(*ev));
	events_get_exception(vcpu, ev);
	ev->interrupt.soft = in_delivery && svm->inject.type == SVM_EVTINJ_TYPE_SOFT;
	ev->interrupt.injected = ev->interrupt.soft || (in_delivery && svm->inject.type == SVM_EVTINJ_TYPE_INTR);
	ev->interrupt.nr = svm->inject.vector;
	ev->interrupt.shadow = svm->vmcb->control.int_state & SVM_INTERRUPT_SHADOW_MASK ?
			       KVM_X86_SHADOW_INT_MOV_SS | KVM_X86_SHADOW_INT_STI : 0;
	ev->nmi.injected = in_delivery && svm->inject.type == SVM_EVTINJ_TYPE_NMI;
	ev->nmi.pending = svm->nmi_pending;
	ev->nmi.masked = svm->nmi_masked;
	ev->flags = EVENTS_FLAGS;
	if (vcpu->vm->payload)
		ev->flags |= KVM_VCPUEVENT_VALID_PAYLOAD;
	if (vcpu->vm->triple_fault) {
		ev->triple_fault.pending = svm->shutdown;
		ev->flags |= KVM_VCPUEVENT_VALID_TRIPLE_FAULT;
	}
}

static bool events_fit(const struct x86_vcpu *vcpu, const struct kvm_vcpu_events *ev)
{
	u32 flags = EVENTS_FLAGS | KVM_VCPUEVENT_VALID_SMM | KVM_VCPUEVENT_VALID_SIPI_VECTOR;
	bool pending = (ev->flags & KVM_VCPUEVENT_VALID_PAYLOAD) && ev->exception.pending;

	if (vcpu->vm->payload)
		flags |= KVM_VCPUEVENT_VALID_PAYLOAD;
	if (vcpu->vm->triple_fault)
		flags |= KVM_VCPUEVENT_VALID_TRIPLE_FAULT;
	if (ev->flags & ~flags)
		return false;
	/* there is no system management mode to be in */
	if ((ev->flags & KVM_VCPUEVENT_VALID_SMM) && (ev->smi.smm || ev->smi.pending))
		return false;
	return !(ev->exception.injected || pending) ||
	       (ev->exception.nr <= 31 && ev->exception.nr != X86_TRAP_NMI);
}

static void events_set_exception(struct svm *svm, const struct kvm_vcpu_events *ev)
{
	bool pending = (ev->flags & KVM_VCPUEVENT_VALID_PAYLOAD) && ev->exception.pending;
	struct svm_event e = {
		.valid = true, .type = SVM_EVTINJ_TYPE_EXEPT, .vector = ev->exception.nr,
		.has_error = ev->exception.has_error_code, .error = ev->exception.error_code,
	};

	if (pending) {
		e.has_payload = ev->exception_has_payload;
		e.payload = e.has_payload ? ev->exception_payload : 0;
		svm->exception = e;
	} else if (ev->exception.injected) {
		svm->inject = e;
	}
}

int events_set(struct x86_vcpu *vcpu, const struct kvm_vcpu_events *ev)
{
	struct svm *svm = &vcpu->svm;

	if (!events_fit(vcpu, ev))
		return -EINVAL;
	svm->inject.valid = false;
	svm->exception.valid = false;
	if (ev->interrupt.injected)
		svm->inject = (struct svm_event) {
			.valid = true, .vector = ev->interrupt.nr,
			.type = ev->interrupt.soft ? SVM_EVTINJ_TYPE_SOFT : SVM_EVTINJ_TYPE_INTR,
		};
	else if (ev->nmi.injected)
		svm->inject = (struct svm_event) {
			.valid = true, .type = SVM_EVTINJ_TYPE_NMI, .vector = X86_TRAP_NMI,
		};
	/* one is in delivery at a time, and an exception comes first */
	events_set_exception(svm, ev);
	if (ev->flags & KVM_VCPUEVENT_VALID_SHADOW) {
		svm->vmcb->control.int_state &= ~SVM_INTERRUPT_SHADOW_MASK;
		if (ev->interrupt.shadow)
			svm->vmcb->control.int_state |= SVM_INTERRUPT_SHADOW_MASK;
	}
	if (ev->flags & KVM_VCPUEVENT_VALID_NMI_PENDING)
		svm->nmi_pending = min_t(u8, ev->nmi.pending, 2);
	if (ev->flags & KVM_VCPUEVENT_VALID_SIPI_VECTOR)
		vcpu->intc.sipi = ev->sipi_vector;
	svm->nmi_masked = ev->nmi.masked;
	svm->nmi_iret = false;
	if (ev->flags & KVM_VCPUEVENT_VALID_TRIPLE_FAULT)
		svm->shutdown = ev->triple_fault.pending;
	return 0;
}
