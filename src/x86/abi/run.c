// SPDX-License-Identifier: GPL-2.0
/*
 * x86's part of KVM_RUN.
 */
#include <linux/kvm.h>

#include "../../vm/arch.h"
#include "../../vm/run.h"
#include "../irq/power.h"
#include "../svm/filter.h"
#include "../nested/nested.h"
#include "../vm.h"
#include "abi.h"
#include "sync.h"

static int run_first(struct vcpu *base)
{
	return 0;
}

/* The VMM reads and writes CR8 and the interrupt flag through kvm_run. */
static int run_finish_exit(struct vcpu *base)
{
	struct x86_vcpu *vcpu = to_x86_vcpu(base);
	u64 cr8 = READ_ONCE(base->run->cr8);
	int ret;

	if (sync_is_asked(base->run)) {
		ret = sync_take(vcpu);
		if (ret)
			return ret;
	}
	/* with a local APIC here it is the guest's own */
	if (!vcpu->intc.there) {
		if (cr8 > 15)
			return -EINVAL;
		vcpu->svm.cr8 = cr8;
	}
	ret = svm_io_finish(vcpu);
	vcpu->stolen.at_rest = ret == VCPU_RESUME;
	return ret;
}

static void run_begin(struct vcpu *base)
{
	/* a host that sleeps brings all threads out of KVM_RUN before */
	kvmclock_check(to_x86_vm(base->vm));
}

static void run_end(struct vcpu *base)
{
}

static void run_report(struct vcpu *base)
{
	struct x86_vcpu *vcpu = to_x86_vcpu(base);
	struct kvm_run *run = base->run;

	svm_hide_step(&vcpu->svm);
	/* one that was not entered with */
	if (vcpu->ending.eoi.offered)
		ending_take_back(vcpu);
	run->cr8 = intc_cr8(vcpu);
	run->apic_base = intc_base(vcpu);
	if (nested_in_l2(&vcpu->svm))
		run->flags |= KVM_RUN_X86_GUEST_MODE;
	run->if_flag = !!(vcpu->svm.vmcb->save.rflags & X86_EFLAGS_IF);
	run->ready_for_interrupt_injection = vcpu->vm->irq.kind == IRQ_KERNEL ||
					     (intc_vmm_may(vcpu) && svm_interrupt_allowed(&vcpu->svm));
	if (sync_is_asked(run))
		sync_give(vcpu);
}

static void run_on_cpu(struct vcpu *base)
{
	svm_load(to_x86_vcpu(base));
}

static void run_off_cpu(struct vcpu *base)
{
	svm_put(to_x86_vcpu(base));
}

/* The guest's FPU is in registers only while interrupts are off. */
static void run_may_sleep(struct vcpu *base)
{
}

static void run_take_requests(struct x86_vcpu *vcpu)
{
	clear_bit(VCPU_REQ_IRQ, &vcpu->base.requests);
	smp_mb__after_atomic();	/* cleared before it is looked at */
	if (test_and_clear_bit(X86_REQ_FLUSH, &vcpu->base.requests))
		nested_forget(vcpu);
	if (test_and_clear_bit(X86_REQ_MSRS, &vcpu->base.requests))
		filter_apply(vcpu);
}

/* Each where it has something to do: mostly none has. @asked: requests, as they were at first. */
static int run_prepare_pv(struct x86_vcpu *vcpu, unsigned long asked)
{
	int ret = VCPU_RESUME;

	if ((asked & BIT(X86_REQ_CLOCK)) || kvmclock_has_record(&vcpu->clock))
		ret = kvmclock_prepare(vcpu);
	if (ret == VCPU_RESUME && (asked & BIT(X86_REQ_STEAL)))
		ret = stolen_prepare(vcpu);
	if (ret != VCPU_RESUME)
		return ret;
	if (asked & BIT(X86_REQ_APF))
		apf_prepare(vcpu);
	if ((asked & BIT(X86_REQ_XEN)) || !xen_is_quiet(&vcpu->xen))
		xen_prepare(vcpu);
	return VCPU_RESUME;
}

/* The same for what its local APIC has for it. */
static int run_prepare_irq(struct x86_vcpu *vcpu, unsigned long asked)
{
	const struct intc *ic = &vcpu->intc;

	if ((asked & BIT(X86_REQ_TIMER)) || atomic_read(&ic->nmis))
		intc_settle(vcpu);
	if ((ic->ended >= 0 || ic->vapic.touched) && intc_tell(vcpu))
		return VCPU_TO_USER;
	if (atomic_read(&ic->events) || ic->mp_state != KVM_MP_STATE_RUNNABLE)
		return power_prepare(vcpu);
	return VCPU_RESUME;
}

static int run_prepare(struct vcpu *base)
{
	struct x86_vcpu *vcpu = to_x86_vcpu(base);
	/* what comes later is seen by vcpu_say_inside() */
	unsigned long asked = READ_ONCE(base->requests);
	int ret;

	if (asked)
		run_take_requests(vcpu);
	/* one that was offered and not entered with */
	if (vcpu->ending.eoi.offered) {
		ret = ending_take_back(vcpu);
		if (ret)
			return ret;
	}
	ret = run_prepare_pv(vcpu, asked);
	if (ret != VCPU_RESUME)
		return ret;
	ret = run_prepare_irq(vcpu, asked);
	if (ret == VCPU_RESUME)
		ret = svm_inject(vcpu);
	if (ret != VCPU_RESUME)
		return ret;
	if (vcpu->intc.vapic.there)
		vapic_enter(vcpu);
	if (vcpu->ending.eoi.mem)
		ending_offer(vcpu);
	return VCPU_RESUME;
}

static void run_enter(struct vcpu *base)
{
	struct x86_vcpu *vcpu = to_x86_vcpu(base);

	if (stolen_is_news(&vcpu->stolen) && !stolen_tell(&vcpu->stolen)) {
		set_bit(X86_REQ_STEAL, &base->requests);
		/* as if an interrupt had come first */
		vcpu->svm.vmcb->control.exit_code = SVM_EXIT_INTR;
		vcpu_say_outside(base);
		return;
	}
	svm_run(vcpu);
	vcpu->stolen.at_rest = vcpu->svm.vmcb->control.exit_code == SVM_EXIT_INTR;
}

static int run_handle_exit(struct vcpu *base)
{
	struct x86_vcpu *vcpu = to_x86_vcpu(base);
	int ret;

	/* a failure is met again, and told, before the next entry */
	if (vcpu->ending.eoi.offered)
		ending_take_back(vcpu);
	if (vcpu->intc.vapic.shown)
		vapic_leave(vcpu);
	ret = svm_handle_exit(vcpu);
	vcpu->stolen.at_rest = ret == VCPU_RESUME;
	return ret;
}

static bool run_runnable(struct vcpu *base)
{
	return power_runnable(to_x86_vcpu(base));
}

static void run_nothing(struct vcpu *base)
{
}

void run_fill(struct vm_arch *arch)
{
	arch->first_run = run_first;
	arch->finish_exit = run_finish_exit;
	arch->run_begin = run_begin;
	arch->run_end = run_end;
	arch->run_report = run_report;
	arch->load = run_on_cpu;
	arch->put = run_off_cpu;
	arch->may_sleep = run_may_sleep;
	arch->prepare = run_prepare;
	arch->enter = run_enter;
	arch->handle_exit = run_handle_exit;
	arch->runnable = run_runnable;
	arch->block = run_nothing;
	arch->unblock = run_nothing;
}
