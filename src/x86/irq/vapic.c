// SPDX-License-Identifier: GPL-2.0
/*
 * A word in guest memory that stands for TPR.
 */
#include <linux/kvm.h>
#include <linux/minmax.h>

#include "../vm.h"
#include "vapic.h"

#define VAPIC_TPR	0x80	/* the register, in the page */

int vapic_set(struct x86_vcpu *vcpu, u64 gpa)
{
	struct vapic *v = &vcpu->intc.vapic;

	if (gpa & 3 || gpa >> vcpu->vm->gpa_bits)
		return -EINVAL;
	vapic_destroy(vcpu);
	/* memory may come later */
	if (gpa && hva_cache_init(&v->word, vcpu->base.vm->gmem, gpa, sizeof(u32)) == -ENOMEM) {
		hva_cache_exit(&v->word);
		return -ENOMEM;
	}
	v->there = gpa;
	v->shown = false;
	return 0;
}

void vapic_destroy(struct x86_vcpu *vcpu)
{
	if (vcpu->intc.vapic.there)
		hva_cache_exit(&vcpu->intc.vapic.word);
	vcpu->intc.vapic.there = false;
}

static bool vapic_counts(const struct x86_vcpu *vcpu)
{
	return vcpu->intc.vapic.there && lapic_is_on(&vcpu->intc.lapic) && !lapic_is_x2(&vcpu->intc.lapic);
}

static u32 vapic_word(const struct lapic *a)
{
	int service = max(lapic_in_service(a), 0), waiting = max(lapic_waiting(a), 0);

	return lapic_tpr(a) | (service & 0xf0) << 8 | (u32)waiting << 24;
}

void vapic_enter(struct x86_vcpu *vcpu)
{
	struct vapic *v = &vcpu->intc.vapic;
	u32 word;

	if (!vapic_counts(vcpu))
		return;
	word = vapic_word(&vcpu->intc.lapic);
	if (v->shown && word == v->last)
		return;
	v->shown = !hva_cache_store(&v->word, 0, sizeof(word), word);
	v->last = word;
}

void vapic_leave(struct x86_vcpu *vcpu)
{
	struct vapic *v = &vcpu->intc.vapic;
	u64 word;

	if (!v->shown || !vapic_counts(vcpu) || hva_cache_load(&v->word, 0, sizeof(u32), &word))
		return;
	if ((word ^ v->last) & 0xff)
		lapic_set_tpr(&vcpu->intc.lapic, word);
	v->last = word;
}

void vapic_touch(struct x86_vcpu *vcpu, u32 offset, bool write)
{
	struct vapic *v = &vcpu->intc.vapic;

	if (!v->report || offset != VAPIC_TPR)
		return;
	v->touched = true;
	v->wrote = write;
	v->rip = vcpu->svm.vmcb->save.rip;
}

bool vapic_tell(struct x86_vcpu *vcpu)
{
	struct vapic *v = &vcpu->intc.vapic;
	struct kvm_run *run = vcpu->base.run;

	if (!v->touched)
		return false;
	v->touched = false;
	run->exit_reason = KVM_EXIT_TPR_ACCESS;
	run->tpr_access.rip = v->rip;
	run->tpr_access.is_write = v->wrote;
	run->tpr_access.pad = 0;
	return true;
}
