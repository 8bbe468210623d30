// SPDX-License-Identifier: GPL-2.0
/*
 * Steal time of a vCPU. The record is reached by the VMM's own mapping: exchanged with page faults
 * served before the guest is entered, and without them when the scheduler takes the CPU away.
 */
#include <linux/errno.h>
#include <linux/kvm_para.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "../../vm/arch.h"
#include "../nested/nested.h"
#include "../vm.h"
#include "stolen.h"

int stolen_set(struct x86_vcpu *vcpu, u64 val)
{
	struct stolen *s = &vcpu->stolen;

	if (val & KVM_STEAL_RESERVED_MASK)
		return -EINVAL;
	/* a switch of threads looks at it */
	preempt_disable();
	s->msr = val;
	pv_steal_set(&s->steal, NULL, s->delay);
	preempt_enable();
	pv_range_exit(&s->range);
	if (!(val & KVM_MSR_ENABLED))
		return 0;
	/* where there is no memory now there may be when it is written */
	pv_range_init(&s->range, &vcpu->vm->npt.gmem, val & KVM_STEAL_VALID_BITS, PV_STEAL_SIZE);
	preempt_disable();
	s->task = NULL;
	pv_steal_set(&s->steal, &s->range.mem, s->delay);
	preempt_enable();
	set_bit(X86_REQ_STEAL, &vcpu->base.requests);
	return 0;
}

void stolen_destroy(struct x86_vcpu *vcpu)
{
	pv_range_exit(&vcpu->stolen.range);
}

/* Another thread's waiting before it came to run this vCPU is not the vCPU's. */
static void stolen_account(struct stolen *s)
{
	u64 waited = current->sched_info.run_delay;

	if (s->task == current && waited > s->seen)
		s->delay += waited - s->seen;
	s->task = current;
	s->seen = waited;
}

/*
 * The record is inside one page, so that looking its slot up again needs no memory. A page that is
 * not there stays so: the vCPU seems to run, and others interrupt it, which is slow and not wrong.
 */
void stolen_put(struct x86_vcpu *vcpu)
{
	if (!vcpu->stolen.steal.mem || !vcpu->stolen.at_rest)
		return;
	pagefault_disable();
	pv_steal_leave(&vcpu->stolen.steal);
	pagefault_enable();
}

/* A switch of threads in between asks again; what it marked is taken back then. */
int stolen_prepare(struct x86_vcpu *vcpu)
{
	struct pv_steal *s = &vcpu->stolen.steal;
	unsigned long hva;
	int ret;

	if (!test_and_clear_bit(X86_REQ_STEAL, &vcpu->base.requests) || !s->mem)
		return VCPU_RESUME;
	stolen_account(&vcpu->stolen);
	/* slots that change from here on ask again */
	hva = hva_cache_plain(&vcpu->stolen.range.hc, 0, PV_STEAL_SIZE);
	ret = pv_steal_enter(s, vcpu->stolen.delay);
	preempt_disable();	/* a switch of threads may add one, or mark the record */
	/* of L1's translations: while L2 runs they are those of the other identifier */
	if (pv_steal_take_flush(s)) {
		vcpu->svm.flush = true;
		if (nested_in_l2(&vcpu->svm))
			vcpu->svm.nested->other_flush = true;
	}
	pv_steal_found(s, ret ? 0 : hva);
	preempt_enable();
	if (!ret)
		return VCPU_RESUME;
	if (ret == -EAGAIN) {
		set_bit(X86_REQ_STEAL, &vcpu->base.requests);
		return VCPU_AGAIN;
	}
	if (!s->marked && !s->torn)
		return VCPU_RESUME;
	set_bit(X86_REQ_STEAL, &vcpu->base.requests);
	return ret;
}
