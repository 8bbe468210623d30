// SPDX-License-Identifier: GPL-2.0
/*
 * The hypervisor's leaves: a name, and features that work.
 */
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <linux/string.h>

#include "../vm.h"
#include "announce.h"

#define ANNOUNCE_NAME	"KVMKVMKVM\0\0"
#define ANNOUNCE_LAST	0x40010000	/* where hypervisors' leaves end */
#define ANNOUNCE_STEP	0x100

#define ANNOUNCE_FEATURES						\
	(BIT(KVM_FEATURE_CLOCKSOURCE) | BIT(KVM_FEATURE_NOP_IO_DELAY) |	\
	 BIT(KVM_FEATURE_CLOCKSOURCE2) | BIT(KVM_FEATURE_STEAL_TIME) |	\
	 BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT) |	\
	 BIT(KVM_FEATURE_PV_EOI) | BIT(KVM_FEATURE_PV_UNHALT) |		\
	 BIT(KVM_FEATURE_PV_TLB_FLUSH) | BIT(KVM_FEATURE_PV_SEND_IPI) |	\
	 BIT(KVM_FEATURE_POLL_CONTROL) | BIT(KVM_FEATURE_PV_SCHED_YIELD) |	\
	 BIT(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT))

bool pv_announce(unsigned int i, struct kvm_cpuid_entry2 *e)
{
	const u32 *name = (const u32 *)ANNOUNCE_NAME;

	memset(e, 0, sizeof(*e));
	switch (i) {
	case 0:
		e->function = KVM_CPUID_SIGNATURE;
		e->eax = KVM_CPUID_FEATURES;
		e->ebx = name[0];
		e->ecx = name[1];
		e->edx = name[2];
		return true;
	case 1:
		e->function = KVM_CPUID_FEATURES;
		e->eax = ANNOUNCE_FEATURES;
		return true;
	default:
		return false;
	}
}

static struct kvm_cpuid_entry2 *announce_find(struct kvm_cpuid_entry2 *e, unsigned int nr, u32 leaf)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (e[i].function == leaf)
			return &e[i];
	return NULL;
}

/* Another hypervisor's leaves may come first. */
static struct kvm_cpuid_entry2 *announce_features(struct kvm_cpuid_entry2 *cpuid, unsigned int nr)
{
	const struct kvm_cpuid_entry2 *e;
	u32 leaf;

	for (leaf = KVM_CPUID_SIGNATURE; leaf < ANNOUNCE_LAST; leaf += ANNOUNCE_STEP) {
		u32 name[3];

		e = announce_find(cpuid, nr, leaf);
		if (!e)
			continue;
		name[0] = e->ebx;
		name[1] = e->ecx;
		name[2] = e->edx;
		if (!memcmp(name, ANNOUNCE_NAME, sizeof(name)))
			return announce_find(cpuid, nr, leaf + (KVM_CPUID_FEATURES - KVM_CPUID_SIGNATURE));
	}
	return NULL;
}

void pv_amend(const struct x86_vcpu *vcpu, struct kvm_cpuid_entry2 *e, unsigned int nr)
{
	struct kvm_cpuid_entry2 *f = announce_features(e, nr);

	if (f && READ_ONCE(vcpu->vm->hlt_runs))
		f->eax &= ~BIT(KVM_FEATURE_PV_UNHALT);
}

bool pv_allows(const struct x86_vcpu *vcpu, unsigned int feature)
{
	const struct kvm_cpuid_entry2 *e;

	if (!vcpu->pv_enforced)
		return true;
	e = announce_features(vcpu->svm.cpuid, vcpu->svm.nr_cpuid);
	return e && e->eax & BIT(feature);
}
