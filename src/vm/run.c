// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_RUN: load, enter, serve, wait, leave. How others reach a vCPU is in kick.c.
 */
#include <linux/kvm.h>
#include <linux/kvm_host.h>
#include <linux/rcuwait.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vtime.h>

#include "../compat/entry.h"
#include "arch.h"
#include "dirtyring.h"
#include "run.h"
#include "vm.h"

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

void vcpu_set_here(struct vcpu *vcpu)
{
	__this_cpu_write(vcpu_here, vcpu);
}

static void run_load_here(struct vcpu *vcpu)
{
	vcpu->cpu = smp_processor_id();
	vcpu->vm->arch->load(vcpu);
}

static void run_put_here(struct vcpu *vcpu)
{
	vcpu->vm->arch->put(vcpu);
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

void run_load(struct vcpu *vcpu)
{
	preempt_disable();
	preempt_notifier_register(&vcpu->preempt);
	run_load_here(vcpu);
	preempt_enable();
}

void run_put(struct vcpu *vcpu)
{
	preempt_disable();
	run_put_here(vcpu);
	preempt_notifier_unregister(&vcpu->preempt);
	preempt_enable();
}

void run_wait(struct vcpu *vcpu, bool (*done)(struct vcpu *vcpu))
{
	const struct vm_arch *arch = vcpu->vm->arch;

	run_put(vcpu);
	arch->block(vcpu);
	prepare_to_rcuwait(&vcpu->wait);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (done(vcpu) || signal_pending(current))
			break;
		schedule();
	}
	finish_rcuwait(&vcpu->wait);
	arch->unblock(vcpu);
	run_load(vcpu);
}

/* Would the vCPU do anything if it ran? */
static bool run_is_runnable(struct vcpu *vcpu)
{
	/* which may find that it has to ask for something */
	return vcpu->vm->arch->runnable(vcpu) || READ_ONCE(vcpu->requests);
}

void vcpu_block(struct vcpu *vcpu)
{
	atomic64_inc(&vcpu->stats.halts);
	run_wait(vcpu, run_is_runnable);
}

/* What a return to user space would do, short of that. -EINTR: only that will do. */
static int run_kernel_work(void)
{
	return compat_handle_work(run_helper_vcpu);
}

bool vcpu_may_enter(struct vcpu *vcpu)
{
	if (vcpu_say_inside(vcpu) && !xfer_to_guest_mode_work_pending())
		return true;
	WRITE_ONCE(vcpu->mode, VCPU_OUTSIDE);
	return false;
}

/* One stay in the guest. False: something came up before. */
static bool run_once(struct vcpu *vcpu, const struct vm_arch *arch)
{
	preempt_disable();
	local_irq_disable();
	if (!vcpu_may_enter(vcpu)) {
		local_irq_enable();
		preempt_enable();
		return false;
	}
	atomic64_inc(&vcpu->stats.entries);
	arch->enter(vcpu);
	vtime_account_guest_exit();
	local_irq_enable();
	preempt_enable();
	return true;
}

static int run_loop(struct vcpu *vcpu)
{
	const struct vm_arch *arch = vcpu->vm->arch;
	int ret = VCPU_RESUME;

	while (ret == VCPU_RESUME) {
		if (__xfer_to_guest_mode_work_pending()) {
			arch->may_sleep(vcpu);
			ret = run_kernel_work();
			if (ret)
				return ret;
		}
		if (dirtyring_stops(vcpu))
			return VCPU_TO_USER;
		ret = arch->prepare(vcpu);
		if (ret == VCPU_AGAIN) {
			ret = VCPU_RESUME;
		} else if (ret == VCPU_RESUME && run_once(vcpu, arch)) {
			atomic64_inc(&vcpu->stats.exits);
			ret = arch->handle_exit(vcpu);
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
	ret = vm->arch->first_run(vcpu);
	if (!ret) {
		vcpu->has_run = true;
		WRITE_ONCE(vm->ran_once, true);
	}
	mutex_unlock(&vm->lock);
	return ret;
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

/* Into the guest, if the VMM wants that. */
static int run_guest(struct vcpu *vcpu, const struct vm_arch *arch)
{
	int ret;

	/* also where that is all the VMM wants of KVM_RUN */
	ret = arch->finish_exit(vcpu);
	if (ret != VCPU_RESUME)
		return ret;
	if (READ_ONCE(vcpu->run->immediate_exit__unsafe))
		return -EINTR;

	run_sigmask(vcpu);
	vcpu->run->exit_reason = KVM_EXIT_UNKNOWN;
	vcpu->run->flags = 0;
	arch->run_begin(vcpu);
	run_load(vcpu);
	ret = run_loop(vcpu);
	if (ret == -EINTR)
		vcpu->run->exit_reason = KVM_EXIT_INTR;
	arch->run_end(vcpu);
	run_put(vcpu);
	run_sigmask_restore(vcpu);
	atomic64_inc(&vcpu->stats.exits_user);
	return ret;
}

int vcpu_run(struct vcpu *vcpu)
{
	const struct vm_arch *arch = vcpu->vm->arch;
	int ret;

	lockdep_assert_held(&vcpu->mutex);
	if (!vcpu->initialised)
		return -ENOEXEC;
	run_set_pid(vcpu);
	ret = run_first(vcpu);
	if (ret)
		return ret;
	ret = run_guest(vcpu, arch);
	compat_to_user();
	if (arch->run_report)
		arch->run_report(vcpu);
	return ret;
}
