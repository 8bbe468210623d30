// SPDX-License-Identifier: GPL-2.0
/*
 * Arm's part of KVM_RUN: what is loaded, what is served before the guest is entered, and
 * one stay in it.
 */
#include <linux/kvm.h>
#include <linux/kvm_host.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/vtime.h>

#include "../../vm/arch.h"
#include "../../vm/run.h"
#include "../cpu/cpu.h"
#include "../cpu/serror.h"
#include "../cpu/sve.h"
#include "../firmware/psci.h"
#include "../pmu/live.h"
#include "../vm.h"
#include "abi.h"

static void run_on_cpu(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);

	mmu_vcpu_load(&vcpu->vm->mmu, base->idx);
	cpu_load(vcpu);
	gic_load(vcpu);
	vcpu_set_here(base);
	timer_load(vcpu);
	if (!pvtime_load(&vcpu->pvtime, current, current->sched_info.run_delay))
		set_bit(ARM_REQ_STEAL, &base->requests);
}

static void run_off_cpu(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);

	timer_put(vcpu);
	vcpu_set_here(NULL);
	gic_put(vcpu);
	cpu_put(vcpu);
}

static void run_may_sleep(struct vcpu *base)
{
	cpu_fp_save(to_arm_vcpu(base));
}

/* What ends a WFI. */
static bool run_has_event(struct arm_vcpu *vcpu)
{
	timer_update(vcpu);
	return (vcpu->ctx.flags & CPU_SERROR_PENDING) || gic_pending(vcpu);
}

static bool run_runnable(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);

	return !power_is_off(&vcpu->power) && run_has_event(vcpu);
}

static void run_block(struct vcpu *base)
{
	timer_block(to_arm_vcpu(base));
}

static void run_unblock(struct vcpu *base)
{
	timer_unblock(to_arm_vcpu(base));
}

static bool run_is_on(struct vcpu *base)
{
	return !power_is_off(&to_arm_vcpu(base)->power);
}

static bool run_is_not_suspended(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);

	return !power_is_suspended(&vcpu->power) || run_has_event(vcpu);
}

/* KVM_MP_STATE_SUSPENDED: as WFI, and the VMM hears what ended it and decides (KVM API 4.38). */
static int run_suspend(struct arm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->base.run;

	atomic64_inc(&vcpu->base.stats.halts);
	run_wait(&vcpu->base, run_is_not_suspended);
	if (!power_is_suspended(&vcpu->power) || !run_has_event(vcpu))
		return VCPU_AGAIN;
	memset(&run->system_event, 0, sizeof(run->system_event));
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	run->system_event.type = KVM_SYSTEM_EVENT_WAKEUP;
	return VCPU_TO_USER;
}

/* Not on, or on with a start state that is not in the registers yet. */
static int run_power(struct arm_vcpu *vcpu)
{
	cpu_fp_save(vcpu);
	if (power_is_off(&vcpu->power))
		run_wait(&vcpu->base, run_is_on);
	if (power_is_off(&vcpu->power))
		return -EINTR;
	run_put(&vcpu->base);
	psci_start(vcpu);
	run_load(&vcpu->base);
	return power_is_suspended(&vcpu->power) ? run_suspend(vcpu) : VCPU_RESUME;
}

/* The VMM has chosen the CPUs by their PMU, and let the thread run elsewhere. */
static int run_wrong_cpu(struct arm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->base.run;

	run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	run->fail_entry.hardware_entry_failure_reason = KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED;
	run->fail_entry.cpu = raw_smp_processor_id();
	return VCPU_TO_USER;
}

static int run_prepare(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);
	int ret;

	/* what comes after this look is seen by the last one, at entry */
	if (READ_ONCE(base->requests)) {
		clear_bit(VCPU_REQ_IRQ, &base->requests);
		clear_bit(ARM_REQ_POWER, &base->requests);
		smp_mb__after_atomic();	/* cleared before it is looked at */
	}
	if (!power_is_plain(&vcpu->power)) {
		ret = run_power(vcpu);
		if (ret != VCPU_RESUME)
			return ret;
	}
	if (test_bit(ARM_REQ_STEAL, &base->requests)) {
		cpu_fp_save(vcpu);
		pvtime_refresh(&vcpu->pvtime);
		/* once for each entry, also where it was lost again meanwhile */
		clear_bit(ARM_REQ_STEAL, &base->requests);
	}
	if (test_and_clear_bit(ARM_REQ_TIME, &base->requests)) {
		cpu_fp_save(vcpu);
		run_put(base);
		run_load(base);
	}
	if (vcpu->ctx.flags & CPU_SIDE_MOVED) {
		ret = cpu_side_sync(vcpu);
		if (ret)
			return ret;
	}
	if (pmu_must_tell(vcpu))
		return -EINTR;
	if (!pmu_may_run(vcpu))
		return run_wrong_cpu(vcpu);
	ret = mmu_vcpu_enter(&vcpu->vm->mmu, &vcpu->mmu);
	return ret ? ret : VCPU_RESUME;
}

/* One stay in the guest. The host's RCU is told of a quiescent state where @tell says so. */
static void run_stay(struct vcpu *base, bool tell)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);
	struct mmu *mmu = &vcpu->vm->mmu;
	u64 vttbr;

	gic_flush(vcpu);
	cpu_trap_tlbi(vcpu, mmu_vcpu_inside(mmu, &vcpu->mmu));
	vttbr = mmu_load(mmu, &vcpu->mmu);
	vtime_account_guest_enter();
	/* the host's RCU owes nothing to a CPU that runs a guest, with nohz_full or without */
	if (!context_tracking_guest_enter() && tell)
		rcu_virt_note_context_switch();
	pmu_enter(vcpu);
	cpu_run(vcpu, vttbr);
	pmu_leave(vcpu);
	/* a quiescent state of RCU's is told of at entry; a second one would only cost */
	context_tracking_guest_exit();
	cpu_serror_serve(vcpu);
	mmu_vcpu_outside(mmu, &vcpu->mmu);
	gic_sync(vcpu);
	/* who sees it outside sees what the guest left in the interrupt controller, too */
	vcpu_say_outside(base);
	cpu_exit_early(vcpu);
}

/*
 * Whether the guest may go on, and what it came out for is served: with preemption off, but
 * interrupts on. What run_prepare() and run_handle_exit() look at and no request tells of is looked at here.
 */
static bool run_goes_on(struct arm_vcpu *vcpu)
{
	if (vcpu->gic.nr_ended || (vcpu->ctx.flags & CPU_SIDE_MOVED) || mmu_vcpu_owes(&vcpu->mmu))
		return false;
	return cpu_exit_brief(vcpu);
}

/* Stay upon stay, for as long as no exit needs sleep and nobody wants anything of the thread. */
static void run_enter(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);
	bool tell = true, more;

	for (;;) {
		run_stay(base, tell);
		/* what has had no interrupt has not kept RCU waiting, either */
		tell = vcpu->ctx.exit_code == CPU_EXIT_IRQ;
		/* the interrupt that ended the stay is the guest's time, and is taken here */
		local_irq_enable();
		isb();
		more = run_goes_on(vcpu);
		local_irq_disable();
		if (!more || !vcpu_may_enter(base))
			return;
		vtime_account_guest_exit();
		atomic64_inc(&base->stats.exits);
		atomic64_inc(&base->stats.entries);
	}
}

static int run_handle_exit(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);

	/* ends of interrupts that somebody waits for */
	if (vcpu->gic.nr_ended) {
		cpu_fp_save(vcpu);
		gic_tell_ends(vcpu);
	}
	return cpu_handle_exit(vcpu);
}

static int run_first(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);
	struct arm_vm *vm = vcpu->vm;
	int ret;

	if (!sve_is_settled(vcpu))
		return -EPERM;
	ret = gic_first_run(vcpu);
	if (!ret)
		ret = timer_first_run(vcpu);
	if (!ret)
		ret = pmu_first_run(vcpu);
	if (ret)
		return ret;
	if (!base->vm->ran_once)
		cpu_idreg_settle(vm);
	/* the VMM may have chosen the policy since the vCPU was initialised */
	mmu_start(&vm->mmu);
	cpu_update_traps(vcpu);
	return 0;
}

static int run_finish_exit(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);

	cpu_mmio_finish(vcpu);
	if (vcpu->ctx.flags & CPU_ABORT_PENDING)
		cpu_inject_abort(vcpu, false, vcpu->ctx.exit_far);
	vcpu->ctx.flags &= ~(u32)CPU_ABORT_PENDING;
	return VCPU_RESUME;
}

static void run_begin(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);

	/* the VMM may have written SCTLR_EL1 */
	vcpu->ctx.flags |= CPU_SIDE_MOVED;
	pmu_begin(vcpu);
}

static void run_end(struct vcpu *base)
{
	struct arm_vcpu *vcpu = to_arm_vcpu(base);

	cpu_fp_save(vcpu);
	cpu_side_note(vcpu);
	pmu_tell(vcpu);
}

void run_fill(struct vm_arch *arch)
{
	arch->first_run = run_first;
	arch->finish_exit = run_finish_exit;
	arch->run_begin = run_begin;
	arch->run_end = run_end;
	arch->load = run_on_cpu;
	arch->put = run_off_cpu;
	arch->may_sleep = run_may_sleep;
	arch->prepare = run_prepare;
	arch->enter = run_enter;
	arch->handle_exit = run_handle_exit;
	arch->runnable = run_runnable;
	arch->block = run_block;
	arch->unblock = run_unblock;
}
