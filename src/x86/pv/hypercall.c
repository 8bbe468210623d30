// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls: wake another vCPU, send IPIs to many, lend the CPU, read two clocks at once.
 */
#include <linux/kvm_para.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/timekeeping.h>
#include <asm/tsc.h>

#include "../../mem/gmem.h"
#include "../lapic/regs.h"
#include "../vm.h"
#include "announce.h"
#include "hypercall.h"

#define HYPERCALL_IPI_BITS	128
#define HYPERCALL_ICR_DEST	GENMASK_ULL(19, 18)	/* a shorthand has no place here */

static struct x86_vcpu *hypercall_target(struct x86_vcpu *vcpu, u64 apic_id)
{
	return apic_id > U32_MAX ? NULL : to_x86_vcpu(vm_vcpu_by_id(&vcpu->vm->base, apic_id));
}

/* It stays woken until it halts: who was about to halt does not. */
static u64 hypercall_kick(struct x86_vcpu *vcpu, u64 apic_id)
{
	struct x86_vcpu *target = hypercall_target(vcpu, apic_id);

	if (target) {
		WRITE_ONCE(target->unhalt, true);
		vcpu_request(&target->base, VCPU_REQ_IRQ);
	}
	return 0;
}

static u64 hypercall_send_ipi(struct x86_vcpu *vcpu, const struct hypercall *h)
{
	struct lapic_message m = {
		.vector = h->arg[3],
		.mode = h->arg[3] >> ICR_MODE_SHIFT & 7,
		.level = h->arg[3] & ICR_LEVEL,
		.wide = true,
	};
	unsigned int i;
	u64 sent = 0;

	if (!vcpu->intc.there || h->arg[3] & HYPERCALL_ICR_DEST || h->arg[2] > U32_MAX ||
	    (m.mode != LAPIC_FIXED && m.mode != LAPIC_NMI))
		return -KVM_EINVAL;
	for (i = 0; i < HYPERCALL_IPI_BITS; i++) {
		struct x86_vcpu *target;

		if (!(h->arg[i / 64] >> i % 64 & 1))
			continue;
		target = hypercall_target(vcpu, h->arg[2] + i);
		if (target && lapic_is_on(&target->intc.lapic) &&
		    lapic_deliver(&target->intc.lapic, &m) >= 0)
			sent++;
	}
	return sent;
}

static u64 hypercall_yield(struct x86_vcpu *vcpu, u64 apic_id)
{
	struct x86_vcpu *target = hypercall_target(vcpu, apic_id);
	struct task_struct *task = NULL;

	if (!target || target == vcpu)
		return 0;
	rcu_read_lock();
	if (rcu_access_pointer(target->base.pid))
		task = get_pid_task(rcu_dereference(target->base.pid), PIDTYPE_PID);
	rcu_read_unlock();
	if (!task)
		return 0;
	yield_to(task, true);
	put_task_struct(task);
	return 0;
}

/* The host's time of day and the guest's TSC at one moment. */
static u64 hypercall_pair(struct x86_vcpu *vcpu, u64 gpa, u64 type)
{
	struct kvm_clock_pairing p = { };
	struct timespec64 day;

	if (type != KVM_CLOCK_PAIRING_WALLCLOCK || check_tsc_unstable())
		return -KVM_EOPNOTSUPP;
	local_irq_disable();
	ktime_get_real_ts64(&day);
	p.tsc = kvmclock_tsc(vcpu);
	local_irq_enable();
	p.sec = day.tv_sec;
	p.nsec = day.tv_nsec;
	if (gmem_write(&vcpu->vm->npt.gmem, gpa, &p, sizeof(p)) != sizeof(p))
		return -KVM_EFAULT;
	return 0;
}

u64 hypercall_serve(struct x86_vcpu *vcpu, const struct hypercall *h)
{
	switch (h->nr) {
	case KVM_HC_VAPIC_POLL_IRQ:
		return 0;
	case KVM_HC_KICK_CPU:
		return pv_allows(vcpu, KVM_FEATURE_PV_UNHALT) ? hypercall_kick(vcpu, h->arg[1]) : -KVM_ENOSYS;
	case KVM_HC_SEND_IPI:
		return pv_allows(vcpu, KVM_FEATURE_PV_SEND_IPI) ? hypercall_send_ipi(vcpu, h) : -KVM_ENOSYS;
	case KVM_HC_SCHED_YIELD:
		return pv_allows(vcpu, KVM_FEATURE_PV_SCHED_YIELD) ? hypercall_yield(vcpu, h->arg[0]) :
								     -KVM_ENOSYS;
	case KVM_HC_CLOCK_PAIRING:
		return hypercall_pair(vcpu, h->arg[0], h->arg[1]);
	default:
		return -KVM_ENOSYS;
	}
}
