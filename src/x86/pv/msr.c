// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs of the hypervisor's own: who each belongs to.
 */
#include <linux/errno.h>
#include <linux/kvm_para.h>

#include "../vm.h"
#include "announce.h"
#include "msr.h"

/* Return: the feature that shows an MSR, or -1. */
static int msr_feature(u32 index)
{
	switch (index) {
	case MSR_KVM_WALL_CLOCK:
	case MSR_KVM_SYSTEM_TIME:
		return KVM_FEATURE_CLOCKSOURCE;
	case MSR_KVM_WALL_CLOCK_NEW:
	case MSR_KVM_SYSTEM_TIME_NEW:
		return KVM_FEATURE_CLOCKSOURCE2;
	case MSR_KVM_STEAL_TIME:
		return KVM_FEATURE_STEAL_TIME;
	case MSR_KVM_PV_EOI_EN:
		return KVM_FEATURE_PV_EOI;
	case MSR_KVM_POLL_CONTROL:
		return KVM_FEATURE_POLL_CONTROL;
	case MSR_KVM_ASYNC_PF_EN:
		return KVM_FEATURE_ASYNC_PF;
	case MSR_KVM_ASYNC_PF_INT:
	case MSR_KVM_ASYNC_PF_ACK:
		return KVM_FEATURE_ASYNC_PF_INT;
	default:
		return -1;
	}
}

static bool msr_is_there(const struct x86_vcpu *vcpu, u32 index)
{
	int feature = msr_feature(index);

	return feature >= 0 && pv_allows(vcpu, feature);
}

int pv_msr_get(struct x86_vcpu *vcpu, u32 index, u64 *val)
{
	if (!msr_is_there(vcpu, index))
		return -ENOENT;
	switch (index) {
	case MSR_KVM_WALL_CLOCK:
	case MSR_KVM_WALL_CLOCK_NEW:
		*val = READ_ONCE(vcpu->vm->clock.wall);
		return 0;
	case MSR_KVM_SYSTEM_TIME:
	case MSR_KVM_SYSTEM_TIME_NEW:
		*val = vcpu->clock.msr;
		return 0;
	case MSR_KVM_STEAL_TIME:
		*val = vcpu->stolen.msr;
		return 0;
	case MSR_KVM_PV_EOI_EN:
		*val = vcpu->ending.msr;
		return 0;
	case MSR_KVM_POLL_CONTROL:
		*val = vcpu->poll;
		return 0;
	case MSR_KVM_ASYNC_PF_EN:
		*val = vcpu->apf.msr;
		return 0;
	case MSR_KVM_ASYNC_PF_INT:
		*val = vcpu->apf.vector;
		return 0;
	case MSR_KVM_ASYNC_PF_ACK:
		*val = 0;
		return 0;
	default:
		return -ENOENT;
	}
}

/* Guests that know only the old one know nothing of a clock that is the same everywhere. */
static int msr_set_time(struct x86_vcpu *vcpu, u32 index, u64 val)
{
	u8 flags = PV_CLOCK_PAUSED;

	if (index == MSR_KVM_SYSTEM_TIME_NEW)
		flags |= PV_CLOCK_STABLE;
	vcpu->clock.msr = val;
	kvmclock_give(vcpu, KVMCLOCK_OWN, val & KVM_MSR_ENABLED, val & ~(u64)KVM_MSR_ENABLED, flags);
	return 0;
}

int pv_msr_set(struct x86_vcpu *vcpu, u32 index, u64 val)
{
	if (!msr_is_there(vcpu, index))
		return -ENOENT;
	switch (index) {
	case MSR_KVM_WALL_CLOCK:
	case MSR_KVM_WALL_CLOCK_NEW:
		WRITE_ONCE(vcpu->vm->clock.wall, val);
		kvmclock_write_wall(vcpu->vm, val);
		return 0;
	case MSR_KVM_SYSTEM_TIME:
	case MSR_KVM_SYSTEM_TIME_NEW:
		return msr_set_time(vcpu, index, val);
	case MSR_KVM_STEAL_TIME:
		return stolen_set(vcpu, val);
	case MSR_KVM_PV_EOI_EN:
		return ending_set(vcpu, val);
	case MSR_KVM_POLL_CONTROL:
		if (val & ~1ULL)
			return -EINVAL;
		/* nobody polls here before it sleeps, so that a guest which polls itself has its wish */
		vcpu->poll = val;
		return 0;
	case MSR_KVM_ASYNC_PF_EN:
		return apf_set(vcpu, val);
	case MSR_KVM_ASYNC_PF_INT:
		if (val >> 8)
			return -EINVAL;
		vcpu->apf.vector = val;
		return 0;
	case MSR_KVM_ASYNC_PF_ACK:
		apf_acknowledge(vcpu, val);
		return 0;
	default:
		return -ENOENT;
	}
}
