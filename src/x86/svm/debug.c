// SPDX-License-Identifier: GPL-2.0
/*
 * The VMM debugs its guest: steps, breakpoints of its own (KVM API 4.87). During a stay in
 * the guest the debug registers are the VMM's; outside the control block holds the guest's.
 */
#include <linux/kvm.h>
#include <linux/string.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "../nested/nested.h"
#include "../vm.h"
#include "svm.h"

#define DEBUG_OWN	(KVM_GUESTDBG_SINGLESTEP | KVM_GUESTDBG_USE_HW_BP)	/* these want #DB */
#define DEBUG_DR6	0xffff0ff0ULL
#define DEBUG_DR7	0x400ULL
#define DEBUG_DR7_ANY	0xffff03ffULL	/* kinds and enables; not general detect */

static int debug_inject(struct x86_vcpu *vcpu, u32 control)
{
	if (!(control & (KVM_GUESTDBG_INJECT_DB | KVM_GUESTDBG_INJECT_BP)))
		return 0;
	if (vcpu->svm.exception.valid)
		return -EBUSY;
	svm_queue_exception(vcpu, control & KVM_GUESTDBG_INJECT_DB ? X86_TRAP_DB : X86_TRAP_BP, false, 0);
	return 0;
}

int svm_debug_set(struct x86_vcpu *vcpu, const struct kvm_guest_debug *d)
{
	struct svm_debug *own = &vcpu->svm.debug;
	int ret;

	if (d->control & ~(u32)SVM_DEBUG_FLAGS)
		return -EINVAL;
	ret = debug_inject(vcpu, d->control);
	if (ret)
		return ret;
	own->control = d->control & KVM_GUESTDBG_ENABLE ? d->control : 0;
	memcpy(own->dr, d->arch.debugreg, sizeof(own->dr));
	own->dr7 = d->arch.debugreg[7];
	svm_debug_intercept(&vcpu->svm);
	return 0;
}

void svm_debug_intercept(struct svm *svm)
{
	u32 *word = &svm->vmcb->control.intercepts[INTERCEPT_EXCEPTION];

	*word &= ~BIT(X86_TRAP_BP);
	if (svm_debug_has(svm, KVM_GUESTDBG_USE_SW_BP) ||
	    (nested_in_l2(svm) && nested_asks(svm, SVM_EXIT_EXCP_BASE + X86_TRAP_BP)))
		*word |= BIT(X86_TRAP_BP);
}

void svm_debug_enter(struct svm *svm)
{
	struct vmcb_save_area *s = &svm->vmcb->save;
	struct svm_debug *d = &svm->debug;

	if (!(d->control & DEBUG_OWN))
		return;
	d->guest_dr6 = s->dr6;
	d->guest_dr7 = s->dr7;
	d->guest_tf = s->rflags & X86_EFLAGS_TF;
	s->dr6 = DEBUG_DR6;
	if (d->control & KVM_GUESTDBG_USE_HW_BP)
		s->dr7 = (d->dr7 & DEBUG_DR7_ANY) | DEBUG_DR7;
	if (d->control & KVM_GUESTDBG_SINGLESTEP)
		s->rflags |= X86_EFLAGS_TF;
}

void svm_debug_leave(struct svm *svm)
{
	struct vmcb_save_area *s = &svm->vmcb->save;
	struct svm_debug *d = &svm->debug;

	if (!(d->control & DEBUG_OWN))
		return;
	d->dr6 = s->dr6;
	s->dr6 = d->guest_dr6;
	s->dr7 = d->guest_dr7;
	if ((d->control & KVM_GUESTDBG_SINGLESTEP) && !d->guest_tf)
		s->rflags &= ~(u64)X86_EFLAGS_TF;
}

int svm_debug_exit(struct x86_vcpu *vcpu, u8 vector, u64 dr6)
{
	const struct vmcb_save_area *s = &vcpu->svm.vmcb->save;
	const struct svm_debug *d = &vcpu->svm.debug;
	struct kvm_run *run = vcpu->base.run;

	run->exit_reason = KVM_EXIT_DEBUG;
	run->debug.arch = (struct kvm_debug_exit_arch) {
		.exception = vector,
		.pc = s->cs.base + s->rip,
		.dr6 = dr6,
		.dr7 = d->control & KVM_GUESTDBG_USE_HW_BP ? d->dr7 : s->dr7,
	};
	return VCPU_TO_USER;
}
