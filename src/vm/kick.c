// SPDX-License-Identifier: GPL-2.0
/*
 * How others reach a vCPU.
 *
 * vcpu->mode and vcpu->requests follow one protocol: whoever wants something
 * sets a request (or changes what enter() looks at) and then kicks; the vCPU
 * says VCPU_IN_GUEST and then looks. Both sides have a full barrier between.
 */
#include <linux/bitops.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/rcuwait.h>
#include <linux/sched.h>
#include <asm/processor.h>

#include "../mutant.h"
#include "vm.h"

void vcpu_wake(struct vcpu *vcpu)
{
	rcuwait_wake_up(&vcpu->wait);
}

void vcpu_kick(struct vcpu *vcpu)
{
	struct task_struct *task;

	vcpu_wake(vcpu);
	smp_mb();	/* what the kick is for, before the mode; pairs with vcpu_say_inside() */
	if (cmpxchg(&vcpu->mode, VCPU_IN_GUEST, VCPU_EXITING) != VCPU_IN_GUEST)
		return;
	rcu_read_lock();
	task = pid_task(rcu_dereference(vcpu->pid), PIDTYPE_PID);
	if (task)
		kick_process(task);
	rcu_read_unlock();
}

void vcpu_request(struct vcpu *vcpu, unsigned int req)
{
	if (MUTANT(request_late))
		vcpu_kick(vcpu);
	set_bit(req, &vcpu->requests);
	if (!MUTANT(request_late))
		vcpu_kick(vcpu);
}

void vm_request_all(struct vm *vm, unsigned int req)
{
	struct vcpu *vcpu;
	unsigned int i;

	vm_for_each_vcpu(vm, i, vcpu)
		vcpu_request(vcpu, req);
	vm_for_each_vcpu(vm, i, vcpu)
		/* pairs with vcpu_say_outside() */
		while (smp_load_acquire(&vcpu->mode) != VCPU_OUTSIDE &&
		       test_bit(req, &vcpu->requests) && !MUTANT(request_unwaited))
			cpu_relax();
}
