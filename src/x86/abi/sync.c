// SPDX-License-Identifier: GPL-2.0
/*
 * Registers that KVM_RUN takes and gives by itself (KVM API 6.28).
 */
#include <linux/kvm.h>
#include <linux/string.h>

#include "../vm.h"
#include "events.h"
#include "regs.h"
#include "sync.h"

/* Out of a page that is the VMM's, too. */
#define SYNC_COPY(to, from)	memcpy(&(to), &(from), sizeof(to))

static void sync_taken(struct kvm_run *run, u64 bit)
{
	WRITE_ONCE(run->kvm_dirty_regs, READ_ONCE(run->kvm_dirty_regs) & ~bit);
}

static int sync_take_sregs(struct x86_vcpu *vcpu)
{
	struct kvm_sregs s;

	SYNC_COPY(s, vcpu->base.run->s.regs.sregs);
	barrier();	/* what is checked is what was copied */
	return regs_set_sregs(vcpu, &s);
}

static int sync_take_events(struct x86_vcpu *vcpu)
{
	struct kvm_vcpu_events ev;

	SYNC_COPY(ev, vcpu->base.run->s.regs.events);
	barrier();
	return events_set(vcpu, &ev);
}

static void sync_take_regs(struct x86_vcpu *vcpu)
{
	struct kvm_regs r;

	SYNC_COPY(r, vcpu->base.run->s.regs.regs);
	barrier();
	regs_set(vcpu, &r);
}

int sync_take(struct x86_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->base.run;
	u64 dirty = READ_ONCE(run->kvm_dirty_regs);

	if ((dirty | READ_ONCE(run->kvm_valid_regs)) & ~(u64)KVM_SYNC_X86_VALID_FIELDS)
		return -EINVAL;
	if (dirty & KVM_SYNC_X86_REGS) {
		sync_take_regs(vcpu);
		sync_taken(run, KVM_SYNC_X86_REGS);
	}
	if (dirty & KVM_SYNC_X86_SREGS) {
		if (sync_take_sregs(vcpu))
			return -EINVAL;
		sync_taken(run, KVM_SYNC_X86_SREGS);
	}
	if (dirty & KVM_SYNC_X86_EVENTS) {
		if (sync_take_events(vcpu))
			return -EINVAL;
		sync_taken(run, KVM_SYNC_X86_EVENTS);
	}
	return 0;
}

void sync_give(struct x86_vcpu *vcpu)
{
	struct kvm_sync_regs *s = &vcpu->base.run->s.regs;
	u64 valid = READ_ONCE(vcpu->base.run->kvm_valid_regs);

	if (valid & KVM_SYNC_X86_REGS)
		regs_get(vcpu, &s->regs);
	if (valid & KVM_SYNC_X86_SREGS)
		regs_get_sregs(vcpu, &s->sregs);
	if (valid & KVM_SYNC_X86_EVENTS)
		events_get(vcpu, &s->events);
}
