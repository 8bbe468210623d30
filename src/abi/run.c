// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_RUN: load, enter, serve, wait, leave; and how others reach a vCPU.
 *
 * vcpu->mode and vcpu->requests follow one protocol: whoever wants something
 * sets a request (or changes what gic_flush() looks at) and then kicks; the vCPU
 * says VCPU_IN_GUEST and then looks. Both sides have a full barrier between.
 */
#include <linux/entry-kvm.h>
#include <linux/kvm.h>
#include <linux/kvm_host.h>
#include <linux/rcuwait.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vtime.h>

#include "../arm64/cpu/cpu.h"
#include "../arm64/cpu/serror.h"
#include "../arm64/firmware/psci.h"
#include "../arm64/vm.h"
#include "abi.h"
#include "run.h"

/* Beside CPU_RESUME and CPU_TO_USER: look again at all there is before the guest is entered. */
#define RUN_AGAIN	2

static DEFINE_PER_CPU(struct vcpu *, vcpu_here);

/*
 * Where the kernel's helper writes that a signal came: it was made for its own
 * KVM. Nobody reads it.
 */
static struct kvm_run *run_helper_page;
static struct kvm_vcpu *run_helper_vcpu;

struct vcpu *vcpu_running_here(void)
{
	lockdep_assert_preemption_disabled();
	return this_cpu_read(vcpu_here);
}

static void run_load_here(struct vcpu *vcpu)
{
	vcpu->cpu = smp_processor_id();
	mmu_vcpu_load(&vcpu->vm->mmu, vcpu->idx);
	cpu_load(vcpu);
	gic_load(vcpu);
	__this_cpu_write(vcpu_here, vcpu);
	timer_load(vcpu);
	if (!pvtime_load(&vcpu->pvtime, current, current->sched_info.run_delay))
		set_bit(VCPU_REQ_STEAL, &vcpu->requests);
}

static void run_put_here(struct vcpu *vcpu)
{
	timer_put(vcpu);
	__this_cpu_write(vcpu_here, NULL);
	gic_put(vcpu);
	cpu_put(vcpu);
	vcpu->cpu = -1;
}

static void run_sched_in(struct preempt_notifier *pn, int cpu)
{
	run_load_here(container_of(pn, struct vcpu, preempt));
}

static void run_sched_out(struct preempt_notifier *pn, struct task_struct *next)
{
	run_put_here(container_of(pn, struct vcpu, preempt));
}

static struct preempt_ops run_preempt_ops = {
	.sched_in = run_sched_in,
	.sched_out = run_sched_out,
};

void run_init(struct vcpu *vcpu)
{
	rcuwait_init(&vcpu->wait);
	vcpu->cpu = -1;
	preempt_notifier_init(&vcpu->preempt, &run_preempt_ops);
}

int run_module_init(void)
{
	run_helper_page = kzalloc(sizeof(*run_helper_page), GFP_KERNEL);
	run_helper_vcpu = kvzalloc(sizeof(*run_helper_vcpu), GFP_KERNEL);
	if (!run_helper_page || !run_helper_vcpu) {
		kfree(run_helper_page);
		kvfree(run_helper_vcpu);
		return -ENOMEM;
	}
	run_helper_vcpu->run = run_helper_page;
	preempt_notifier_inc();
	return 0;
}

void run_module_exit(void)
{
	preempt_notifier_dec();
	kvfree(run_helper_vcpu);
	kfree(run_helper_page);
}

static void run_load(struct vcpu *vcpu)
{
	preempt_disable();
	preempt_notifier_register(&vcpu->preempt);
	run_load_here(vcpu);
	preempt_enable();
}

static void run_put(struct vcpu *vcpu)
{
	preempt_disable();
	run_put_here(vcpu);
	preempt_notifier_unregister(&vcpu->preempt);
	preempt_enable();
}

void vcpu_wake(struct vcpu *vcpu)
{
	rcuwait_wake_up(&vcpu->wait);
}

void vcpu_kick(struct vcpu *vcpu)
{
	struct task_struct *task;

	vcpu_wake(vcpu);
	smp_mb();	/* what the kick is for, before the mode; pairs with run_may_enter() */
	if (cmpxchg(&vcpu->mode, VCPU_IN_GUEST, VCPU_EXITING) != VCPU_IN_GUEST)
		return;
	rcu_read_lock();
	task = pid_task(rcu_dereference(vcpu->pid), PIDTYPE_PID);
	if (task)
		kick_process(task);
	rcu_read_unlock();
}

void vcpu_request(struct vcpu *vcpu, enum vcpu_request req)
{
	set_bit(req, &vcpu->requests);
	vcpu_kick(vcpu);
}

/* What ends a WFI. */
static bool run_has_event(struct vcpu *vcpu)
{
	timer_update(vcpu);
	return (vcpu->ctx.flags & CPU_SERROR_PENDING) || gic_pending(vcpu);
}

bool vcpu_is_runnable(struct vcpu *vcpu)
{
	if (READ_ONCE(vcpu->requests))
		return true;
	return !power_is_off(&vcpu->power) && run_has_event(vcpu);
}

/* Wait until @done says so or a signal comes; not loaded meanwhile. */
static void run_wait(struct vcpu *vcpu, bool (*done)(struct vcpu *vcpu))
{
	run_put(vcpu);
	timer_block(vcpu);
	prepare_to_rcuwait(&vcpu->wait);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (done(vcpu) || signal_pending(current))
			break;
		schedule();
	}
	finish_rcuwait(&vcpu->wait);
	timer_unblock(vcpu);
	run_load(vcpu);
}

void vcpu_block(struct vcpu *vcpu)
{
	atomic64_inc(&vcpu->stats.halts);
	run_wait(vcpu, vcpu_is_runnable);
}

static bool run_is_on(struct vcpu *vcpu)
{
	return !power_is_off(&vcpu->power);
}

static bool run_is_not_suspended(struct vcpu *vcpu)
{
	return !power_is_suspended(&vcpu->power) || run_has_event(vcpu);
}

/* KVM_MP_STATE_SUSPENDED: as WFI, and the VMM hears what ended it and decides (KVM API 4.38). */
static int run_suspend(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	atomic64_inc(&vcpu->stats.halts);
	run_wait(vcpu, run_is_not_suspended);
	if (!power_is_suspended(&vcpu->power) || !run_has_event(vcpu))
		return RUN_AGAIN;
	memset(&run->system_event, 0, sizeof(run->system_event));
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	run->system_event.type = KVM_SYSTEM_EVENT_WAKEUP;
	return CPU_TO_USER;
}

/* Not on, or on with a start state that is not in the registers yet. */
static int run_power(struct vcpu *vcpu)
{
	cpu_fp_save(vcpu);
	if (power_is_off(&vcpu->power))
		run_wait(vcpu, run_is_on);
	if (power_is_off(&vcpu->power))
		return -EINTR;
	run_put(vcpu);
	psci_start(vcpu);
	run_load(vcpu);
	return power_is_suspended(&vcpu->power) ? run_suspend(vcpu) : CPU_RESUME;
}

/*
 * Serve what others asked. CPU_RESUME: into the guest; RUN_AGAIN: not yet; CPU_TO_USER,
 * or an errno: -EINTR when a signal ended a wait.
 */
static int run_requests(struct vcpu *vcpu)
{
	int ret;

	clear_bit(VCPU_REQ_IRQ, &vcpu->requests);
	clear_bit(VCPU_REQ_POWER, &vcpu->requests);
	smp_mb__after_atomic();	/* cleared before it is looked at */
	if (!power_is_plain(&vcpu->power)) {
		ret = run_power(vcpu);
		if (ret != CPU_RESUME)
			return ret;
	}
	if (test_bit(VCPU_REQ_STEAL, &vcpu->requests)) {
		cpu_fp_save(vcpu);
		pvtime_refresh(&vcpu->pvtime);
		/* once for each entry, also where it was lost again meanwhile */
		clear_bit(VCPU_REQ_STEAL, &vcpu->requests);
	}
	if (test_and_clear_bit(VCPU_REQ_TIME, &vcpu->requests)) {
		cpu_fp_save(vcpu);
		run_put(vcpu);
		run_load(vcpu);
	}
	if (vcpu->ctx.flags & CPU_SIDE_MOVED) {
		ret = cpu_side_sync(vcpu);
		if (ret)
			return ret;
	}
	ret = mmu_vcpu_enter(&vcpu->vm->mmu, &vcpu->mmu);
	return ret ? ret : CPU_RESUME;
}

/* What a return to user space would do, short of that. -EINTR: only that will do. */
static int run_kernel_work(void)
{
	return xfer_to_guest_mode_handle_work(run_helper_vcpu);
}

/* Interrupts are off. Say that we go in, then look once more. */
static bool run_may_enter(struct vcpu *vcpu)
{
	WRITE_ONCE(vcpu->mode, VCPU_IN_GUEST);
	smp_mb();	/* pairs with vcpu_kick() */
	if (!READ_ONCE(vcpu->requests) && !xfer_to_guest_mode_work_pending())
		return true;
	WRITE_ONCE(vcpu->mode, VCPU_OUTSIDE);
	return false;
}

/* One stay in the guest. False: something came up before. */
static bool run_once(struct vcpu *vcpu)
{
	u64 vttbr;

	preempt_disable();
	local_irq_disable();
	if (!run_may_enter(vcpu)) {
		local_irq_enable();
		preempt_enable();
		return false;
	}
	atomic64_inc(&vcpu->stats.entries);
	gic_flush(vcpu);
	cpu_trap_tlbi(vcpu, mmu_vcpu_inside(&vcpu->vm->mmu, &vcpu->mmu));
	vttbr = mmu_load(&vcpu->vm->mmu, &vcpu->mmu);
	vtime_account_guest_enter();
	/* the host's RCU owes nothing to a CPU that runs a guest, with nohz_full or without */
	guest_context_enter_irqoff();
	cpu_run(vcpu, vttbr);
	guest_context_exit_irqoff();
	cpu_serror_serve(vcpu);
	mmu_vcpu_outside(&vcpu->vm->mmu, &vcpu->mmu);
	gic_sync(vcpu);
	/* who sees it outside sees what the guest left in the interrupt controller, too */
	smp_store_release(&vcpu->mode, VCPU_OUTSIDE);
	cpu_exit_early(vcpu);
	/* the interrupt that ended the stay is the guest's time, and is taken here */
	local_irq_enable();
	isb();
	local_irq_disable();
	vtime_account_guest_exit();
	local_irq_enable();
	preempt_enable();
	return true;
}

/* Ends of interrupts that somebody waits for. */
static void run_tell_ends(struct vcpu *vcpu)
{
	if (!vcpu->gic.nr_ended)
		return;
	cpu_fp_save(vcpu);
	gic_tell_ends(vcpu);
}

static int run_loop(struct vcpu *vcpu)
{
	int ret = CPU_RESUME;

	while (ret == CPU_RESUME) {
		if (__xfer_to_guest_mode_work_pending()) {
			cpu_fp_save(vcpu);
			ret = run_kernel_work();
			if (ret)
				return ret;
		}
		ret = run_requests(vcpu);
		if (ret == RUN_AGAIN) {
			ret = CPU_RESUME;
		} else if (ret == CPU_RESUME && run_once(vcpu)) {
			atomic64_inc(&vcpu->stats.exits);
			run_tell_ends(vcpu);
			ret = cpu_handle_exit(vcpu);
		}
	}
	return ret;
}

/* Who to kick. */
static void run_set_pid(struct vcpu *vcpu)
{
	struct pid *old = rcu_access_pointer(vcpu->pid);
	struct pid *mine = task_pid(current);

	if (old == mine)
		return;
	rcu_assign_pointer(vcpu->pid, get_pid(mine));
	if (old) {
		synchronize_rcu();
		put_pid(old);
	}
}

static int run_first(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	int ret;

	if (vcpu->has_run)
		return 0;
	mutex_lock(&vm->lock);	/* what the VM was given does not change meanwhile, or later */
	ret = gic_first_run(vcpu);
	if (!ret)
		ret = timer_first_run(vcpu);
	if (!ret) {
		if (!vm->ran_once)
			cpu_idreg_settle(vm);
		vcpu->has_run = true;
		WRITE_ONCE(vm->ran_once, true);
	}
	mutex_unlock(&vm->lock);
	if (ret)
		return ret;
	/* the VMM may have chosen the policy since the vCPU was initialised */
	mmu_start(&vm->mmu);
	cpu_update_traps(vcpu);
	return 0;
}

static void run_sigmask(struct vcpu *vcpu)
{
	if (vcpu->sigset_active)
		sigprocmask(SIG_SETMASK, &vcpu->sigset, &current->real_blocked);
}

static void run_sigmask_restore(struct vcpu *vcpu)
{
	if (!vcpu->sigset_active)
		return;
	sigprocmask(SIG_SETMASK, &current->real_blocked, NULL);
	sigemptyset(&current->real_blocked);
}

/* Take in what the VMM says to the exit before: also where that is all it wants of KVM_RUN. */
static void run_finish_exit(struct vcpu *vcpu)
{
	cpu_mmio_finish(vcpu);
	if (vcpu->ctx.flags & CPU_ABORT_PENDING)
		cpu_inject_abort(vcpu, false, vcpu->ctx.exit_far);
	vcpu->ctx.flags &= ~(u32)CPU_ABORT_PENDING;
}

int vcpu_run(struct vcpu *vcpu)
{
	int ret;

	lockdep_assert_held(&vcpu->mutex);
	if (!vcpu->initialised)
		return -ENOEXEC;
	run_set_pid(vcpu);
	ret = run_first(vcpu);
	if (ret)
		return ret;
	run_finish_exit(vcpu);
	if (READ_ONCE(vcpu->run->immediate_exit__unsafe))
		return -EINTR;

	run_sigmask(vcpu);
	vcpu->run->exit_reason = KVM_EXIT_UNKNOWN;
	vcpu->run->flags = 0;
	/* the VMM may have written SCTLR_EL1 */
	vcpu->ctx.flags |= CPU_SIDE_MOVED;
	run_load(vcpu);
	ret = run_loop(vcpu);
	if (ret == -EINTR)
		vcpu->run->exit_reason = KVM_EXIT_INTR;
	cpu_fp_save(vcpu);
	cpu_side_note(vcpu);
	run_put(vcpu);
	run_sigmask_restore(vcpu);
	atomic64_inc(&vcpu->stats.exits_user);
	return ret;
}
