// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions, NMIs and interrupts on their way into the guest (AMD APM vol. 2, 15.20, 15.21).
 *
 * Pending: it will be taken. In delivery: it stands in EVENTINJ, or an exit came while it was
 * delivered and EXITINTINFO gave it back; it goes on at the next entry before anything else.
 */
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "../nested/nested.h"
#include "../vm.h"
#include "svm.h"

#define EVENT_DR7_GD	BIT(13)	/* #DB clears it: a debugger may use the registers */
#define EVENT_DR6_LOW	0xffff0ff0ULL	/* bits of DR6 that are 1 where nothing has happened */
#define EVENT_DR6_HIGH	0x0000e00fULL	/* and those that are 0 */

/* Those that turn a second one into a double fault (AMD APM vol. 2, table 8-3). */
static bool event_contributes(u8 vector)
{
	return vector == X86_TRAP_DE || (vector >= X86_TRAP_TS && vector <= X86_TRAP_GP);
}

static bool event_doubles(u8 first, u8 second)
{
	if (event_contributes(first))
		return event_contributes(second);
	return first == X86_TRAP_PF && (event_contributes(second) || second == X86_TRAP_PF);
}

static void event_set(struct svm_event *e, u8 vector, bool has_error, u32 error)
{
	*e = (struct svm_event) {
		.valid = true, .type = SVM_EVTINJ_TYPE_EXEPT, .vector = vector,
		.has_error = has_error, .error = error,
	};
}

void svm_queue_exception(struct x86_vcpu *vcpu, u8 vector, bool has_error, u32 error)
{
	struct svm *svm = &vcpu->svm;
	const struct svm_event *first = svm->exception.valid ? &svm->exception : &svm->inject;

	/* real mode pushes none */
	if (!(svm->vmcb->save.cr0 & X86_CR0_PE))
		has_error = false;
	if (!first->valid || first->type != SVM_EVTINJ_TYPE_EXEPT) {
		event_set(&svm->exception, vector, has_error, error);
		return;
	}
	if (first->vector == X86_TRAP_DF) {
		svm->inject.valid = false;
		svm->exception.valid = false;
		svm->shutdown = true;
	} else if (event_doubles(first->vector, vector)) {
		svm->inject.valid = false;
		event_set(&svm->exception, X86_TRAP_DF, svm->vmcb->save.cr0 & X86_CR0_PE, 0);
	} else {
		/* the first is taken again when its instruction is */
		svm->inject.valid = false;
		event_set(&svm->exception, vector, has_error, error);
	}
}

/* Not what has become a double fault. */
static void event_payload(struct svm *svm, u8 vector, u64 payload)
{
	if (!svm->exception.valid || svm->exception.vector != vector)
		return;
	svm->exception.has_payload = true;
	svm->exception.payload = payload;
}

void svm_queue_gp(struct x86_vcpu *vcpu)
{
	svm_queue_exception(vcpu, X86_TRAP_GP, true, 0);
}

void svm_queue_ud(struct x86_vcpu *vcpu)
{
	svm_queue_exception(vcpu, X86_TRAP_UD, false, 0);
}

void svm_queue_fault_at(struct x86_vcpu *vcpu, u64 va, u32 error)
{
	svm_queue_exception(vcpu, X86_TRAP_PF, true, error);
	event_payload(&vcpu->svm, X86_TRAP_PF, va);
}

void svm_queue_debug(struct x86_vcpu *vcpu, u64 reason)
{
	svm_queue_exception(vcpu, X86_TRAP_DB, false, 0);
	event_payload(&vcpu->svm, X86_TRAP_DB, reason);
}

void svm_deliver_payload(struct svm *svm)
{
	struct vmcb_save_area *s = &svm->vmcb->save;
	struct svm_event *e = &svm->exception;

	if (!e->valid || !e->has_payload)
		return;
	e->has_payload = false;
	if (e->vector == X86_TRAP_PF)
		s->cr2 = e->payload;
	else if (e->vector == X86_TRAP_DB)
		/* bits that are 0 for a reason are told of inverted */
		s->dr6 = (((s->dr6 & ~(u64)DR_TRAP_BITS) | EVENT_DR6_LOW) ^ (e->payload & EVENT_DR6_LOW)) |
			 (e->payload & EVENT_DR6_HIGH);
}

void svm_queue_nmi(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;

	svm->nmi_pending = min(svm->nmi_pending + 1, svm->nmi_masked ? 1U : 2U);
}

/* INT n, INT3 and INTO. */
static bool event_is_soft(u32 type, u8 vector)
{
	return type == SVM_EVTINJ_TYPE_SOFT ||
	       (type == SVM_EVTINJ_TYPE_EXEPT && (vector == X86_TRAP_BP || vector == X86_TRAP_OF));
}

/*
 * They are executed again: RIP is still before them. But not one that was injected: L1
 * gives its guest such, with RIP behind.
 */
static bool event_again(const struct svm_event *injected, u32 type, u8 vector)
{
	if (injected->valid && injected->type == type && injected->vector == vector)
		return false;
	return event_is_soft(type, vector);
}

void svm_take_back(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct vmcb_control_area *c = &svm->vmcb->control;
	struct svm_event injected = svm->inject;
	u32 info = c->exit_int_info;

	svm->inject.valid = false;
	c->event_inj = 0;
	c->exit_int_info = 0;
	if (!(info & SVM_EXITINTINFO_VALID) ||
	    event_again(&injected, info & SVM_EXITINTINFO_TYPE_MASK, info & SVM_EXITINTINFO_VEC_MASK))
		return;
	svm->inject = (struct svm_event) {
		.valid = true,
		.type = info & SVM_EXITINTINFO_TYPE_MASK,
		.vector = info & SVM_EXITINTINFO_VEC_MASK,
		.has_error = info & SVM_EXITINTINFO_VALID_ERR,
		.error = c->exit_int_info_err,
		/* of the soft ones only such come here as were injected */
		.next = injected.next,
	};
}

bool svm_interrupt_flag(const struct svm *svm)
{
	if (!nested_gif(svm))
		return false;
	return nested_in_l2(svm) ? nested_interrupt_open(svm) : svm->vmcb->save.rflags & X86_EFLAGS_IF;
}

bool svm_interrupt_allowed(const struct svm *svm)
{
	return svm_interrupt_flag(svm) && !svm->inject.valid && !svm->exception.valid &&
	       !svm_debug_has(svm, KVM_GUESTDBG_BLOCKIRQ) &&
	       !(svm->vmcb->control.int_state & SVM_INTERRUPT_SHADOW_MASK);
}

static bool event_nmi_allowed(const struct svm *svm)
{
	return !svm->nmi_masked && nested_gif(svm) && !svm->inject.valid && !svm->exception.valid &&
	       !svm_debug_has(svm, KVM_GUESTDBG_BLOCKIRQ) &&
	       !(svm->vmcb->control.int_state & SVM_INTERRUPT_SHADOW_MASK);
}

/* A virtual interrupt that is never taken: it exits as soon as it could be. */
static void event_window(struct svm *svm, bool on)
{
	struct vmcb_control_area *c = &svm->vmcb->control;

	c->int_ctl &= ~(V_IRQ_MASK | V_INTR_PRIO_MASK | V_IGN_TPR_MASK);
	c->intercepts[INTERCEPT_VINTR / 32] &= ~BIT(INTERCEPT_VINTR % 32);
	/* with GIF clear nothing opens before STGI, which exits */
	on = on && nested_gif(svm);
	if (nested_in_l2(svm))
		on = nested_window(svm, on);
	if (!on)
		return;
	c->int_vector = 0;
	c->int_ctl |= V_IRQ_MASK | V_IGN_TPR_MASK | (0xf << V_INTR_PRIO_SHIFT);
	c->intercepts[INTERCEPT_VINTR / 32] |= BIT(INTERCEPT_VINTR % 32);
}

static void event_iret(struct svm *svm, bool on)
{
	u32 *word = &svm->vmcb->control.intercepts[INTERCEPT_IRET / 32];

	*word &= ~BIT(INTERCEPT_IRET % 32);
	/* who intercepts NMIs of L2 has nothing to do with its IRET */
	if (nested_in_l2(svm))
		on = nested_asks(svm, SVM_EXIT_IRET) || (on && !nested_asks(svm, SVM_EXIT_NMI));
	if (on)
		*word |= BIT(INTERCEPT_IRET % 32);
}

/* Choose one, if something is pending and may be taken. Return: an interrupt is pending (still). */
static bool event_choose(struct x86_vcpu *vcpu, bool pending)
{
	struct svm *svm = &vcpu->svm;

	if (svm->inject.valid)
		return pending;
	if (svm->exception.valid) {
		svm_deliver_payload(svm);
		svm->inject = svm->exception;
		svm->exception.valid = false;
	} else if (svm->nmi_pending && event_nmi_allowed(svm)) {
		svm->nmi_pending--;
		svm->nmi_masked = true;
		svm->inject = (struct svm_event) {
			.valid = true, .type = SVM_EVTINJ_TYPE_NMI, .vector = X86_TRAP_NMI,
		};
	} else if (pending && svm_interrupt_allowed(svm)) {
		/* who else writes Xen's flag may have taken it back */
		int vector = intc_take(vcpu);

		svm->inject = (struct svm_event) {
			.valid = vector >= 0, .type = SVM_EVTINJ_TYPE_INTR, .vector = vector,
		};
		return intc_pending(vcpu);
	}
	return pending;
}

static void event_write(struct svm *svm)
{
	struct vmcb_control_area *c = &svm->vmcb->control;
	const struct svm_event *e = &svm->inject;

	c->event_inj = 0;
	if (!e->valid)
		return;
	c->event_inj = SVM_EVTINJ_VALID | e->type | e->vector |
		       (e->has_error ? SVM_EVTINJ_VALID_ERR : 0);
	c->event_inj_err = e->error;
	/* a CPU that tells NextRIP pushes it (AMD APM vol. 2, 15.20) */
	if (svm_hw.nrips && event_is_soft(e->type, e->vector))
		c->next_rip = e->next ?: svm->vmcb->save.rip;
	if (e->type == SVM_EVTINJ_TYPE_EXEPT && e->vector == X86_TRAP_DB)
		svm->vmcb->save.dr7 &= ~(u64)EVENT_DR7_GD;
}

/* What comes before anything else: VCPU_RESUME, or VCPU_TO_USER. */
static int event_first(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;

	if (svm->shutdown) {
		svm->shutdown = false;
		vcpu->base.run->exit_reason = KVM_EXIT_SHUTDOWN;
		return VCPU_TO_USER;
	}
	if (!svm->stepped)
		return VCPU_RESUME;
	svm->stepped = false;
	if (svm_debug_has(svm, KVM_GUESTDBG_SINGLESTEP))
		return svm_debug_exit(vcpu, X86_TRAP_DB, EVENT_DR6_LOW | DR_STEP);
	svm_queue_debug(vcpu, DR_STEP);
	return VCPU_RESUME;
}

static bool event_vmm_waits(const struct x86_vcpu *vcpu)
{
	return READ_ONCE(vcpu->base.run->request_interrupt_window) && intc_vmm_may(vcpu);
}

bool svm_window_opens(struct x86_vcpu *vcpu)
{
	if (!event_vmm_waits(vcpu) || !svm_interrupt_allowed(&vcpu->svm))
		return false;
	vcpu->base.run->exit_reason = KVM_EXIT_IRQ_WINDOW_OPEN;
	return true;
}

void svm_hide_step(struct svm *svm)
{
	if (!svm->nmi_iret)
		return;
	svm->nmi_iret = false;
	/* executed: the flags are those that it popped */
	if (svm->vmcb->save.rip != svm->nmi_iret_rip)
		svm->nmi_masked = false;
	else if (!svm->nmi_iret_tf)
		svm->vmcb->save.rflags &= ~(u64)X86_EFLAGS_TF;
}

int svm_inject(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	bool vmm_waits = event_vmm_waits(vcpu), pending;

	if (event_first(vcpu) != VCPU_RESUME)
		return VCPU_TO_USER;
	/* the IRET that ended an NMI has been executed */
	if (svm->nmi_iret && svm->vmcb->save.rip != svm->nmi_iret_rip) {
		svm->nmi_iret = false;
		svm->nmi_masked = false;
	}
	/* one that comes later has us look again before the guest runs */
	pending = intc_pending(vcpu);
	if (nested_in_l2(svm))
		nested_events(vcpu, pending);
	pending = event_choose(vcpu, pending);
	if (vmm_waits && svm_interrupt_allowed(svm)) {
		vcpu->base.run->exit_reason = KVM_EXIT_IRQ_WINDOW_OPEN;
		return VCPU_TO_USER;
	}
	event_write(svm);
	event_window(svm, vmm_waits || pending);
	event_iret(svm, svm->nmi_masked && !svm->nmi_iret);
	svm->cr8 = intc_cr8(vcpu);
	return VCPU_RESUME;
}
