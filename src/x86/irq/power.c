// SPDX-License-Identifier: GPL-2.0
/*
 * Whether a vCPU runs, sleeps, or waits to be started.
 */
#include <linux/kvm.h>
#include <asm/processor-flags.h>

#include "../../vm/arch.h"
#include "../nested/nested.h"
#include "../vm.h"
#include "power.h"

/* Where a SIPI has a CPU begin: its vector is a page (AMD APM vol. 2, 16.5). */
static void power_begin(struct x86_vcpu *vcpu, u8 page)
{
	struct vmcb_save_area *s = &vcpu->svm.vmcb->save;

	s->cs.selector = page << 8;
	s->cs.base = page << 12;
	s->rip = 0;
	vcpu->intc.mp_state = KVM_MP_STATE_RUNNABLE;
}

/* A SIPI is for who waits for one. */
static void power_events(struct x86_vcpu *vcpu)
{
	struct intc *ic = &vcpu->intc;
	int events;

	/* held back until STGI; L1 may want to hear of it first */
	if (!atomic_read(&ic->events) || nested_init(vcpu) || !nested_gif(&vcpu->svm))
		return;
	events = atomic_xchg(&ic->events, 0);
	if (events & INTC_INIT) {
		svm_reset(vcpu, true);
		lapic_init(&ic->lapic);
		ic->mp_state = ic->lapic.config.bsp ? KVM_MP_STATE_RUNNABLE : KVM_MP_STATE_INIT_RECEIVED;
	}
	if ((events & INTC_SIPI) && ic->mp_state == KVM_MP_STATE_INIT_RECEIVED)
		power_begin(vcpu, events >> 8);
}

static bool power_wakes(struct x86_vcpu *vcpu)
{
	const struct svm *svm = &vcpu->svm;

	return READ_ONCE(vcpu->unhalt) || svm->inject.valid || svm->exception.valid || svm->stepped ||
	       svm->shutdown || (svm->nmi_pending && !svm->nmi_masked && nested_gif(svm)) ||
	       (svm_interrupt_flag(svm) && intc_pending(vcpu));
}

bool power_runnable(struct x86_vcpu *vcpu)
{
	const struct intc *ic = &vcpu->intc;

	if ((atomic_read(&ic->events) && nested_gif(&vcpu->svm)) || atomic_read(&ic->nmis))
		return true;
	return ic->mp_state == KVM_MP_STATE_RUNNABLE ||
	       (ic->mp_state == KVM_MP_STATE_HALTED && power_wakes(vcpu));
}

int power_prepare(struct x86_vcpu *vcpu)
{
	struct intc *ic = &vcpu->intc;

	if (!ic->there)
		return VCPU_RESUME;
	power_events(vcpu);
	if (ic->mp_state == KVM_MP_STATE_RUNNABLE)
		return VCPU_RESUME;
	/* the VMM that stepped over HLT hears of it; the guest sleeps on */
	if (vcpu->svm.stepped && svm_debug_has(&vcpu->svm, KVM_GUESTDBG_SINGLESTEP))
		return VCPU_RESUME;
	if (ic->mp_state == KVM_MP_STATE_HALTED && power_wakes(vcpu)) {
		ic->mp_state = KVM_MP_STATE_RUNNABLE;
		WRITE_ONCE(vcpu->unhalt, false);
		return VCPU_RESUME;
	}
	/* HLT behind STI: nobody else would tell the VMM, whose PIC has what ends it */
	if (ic->mp_state == KVM_MP_STATE_HALTED && svm_window_opens(vcpu))
		return VCPU_TO_USER;
	vcpu_block(&vcpu->base);
	return VCPU_AGAIN;
}

void power_halt(struct x86_vcpu *vcpu)
{
	vcpu->intc.mp_state = KVM_MP_STATE_HALTED;
}

u32 power_get(struct x86_vcpu *vcpu)
{
	const struct intc *ic = &vcpu->intc;

	if (!ic->there)
		return ic->mp_state;
	power_events(vcpu);
	/* neither a wake-up nor what is polled is saved: awake, the guest looks for itself */
	if (ic->mp_state == KVM_MP_STATE_HALTED &&
	    (READ_ONCE(vcpu->unhalt) || READ_ONCE(vcpu->xen.timers.polled) != POLL_NONE))
		return KVM_MP_STATE_RUNNABLE;
	return ic->mp_state;
}

int power_set(struct x86_vcpu *vcpu, u32 state)
{
	struct intc *ic = &vcpu->intc;

	switch (state) {
	case KVM_MP_STATE_RUNNABLE:
		break;
	case KVM_MP_STATE_UNINITIALIZED:
	case KVM_MP_STATE_INIT_RECEIVED:
	case KVM_MP_STATE_HALTED:
	case KVM_MP_STATE_SIPI_RECEIVED:
		if (ic->there)
			break;
		fallthrough;
	default:
		return -EINVAL;
	}
	/* its vector is KVM_SET_VCPU_EVENTS's to say */
	if (state == KVM_MP_STATE_SIPI_RECEIVED) {
		ic->mp_state = KVM_MP_STATE_INIT_RECEIVED;
		intc_event(vcpu, INTC_SIPI | ic->sipi << 8);
	} else {
		ic->mp_state = state;
	}
	return 0;
}
