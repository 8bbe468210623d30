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
	 BIT(KVM_FEATURE_CLOCKSOURCE2) |				\
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

/* Another hypervisor's leaves may come first. */
static const struct kvm_cpuid_entry2 *announce_features(const struct svm *svm)
{
	const struct kvm_cpuid_entry2 *e;
	u32 leaf;

	for (leaf = KVM_CPUID_SIGNATURE; leaf < ANNOUNCE_LAST; leaf += ANNOUNCE_STEP) {
		u32 name[3];

		e = svm_cpuid_find(svm, leaf, 0);
		if (!e)
			continue;
		name[0] = e->ebx;
		name[1] = e->ecx;
		name[2] = e->edx;
		if (!memcmp(name, ANNOUNCE_NAME, sizeof(name)))
			return svm_cpuid_find(svm, leaf + (KVM_CPUID_FEATURES - KVM_CPUID_SIGNATURE), 0);
	}
	return NULL;
}

bool pv_allows(const struct x86_vcpu *vcpu, unsigned int feature)
{
	const struct kvm_cpuid_entry2 *e;

	if (!vcpu->pv_enforced)
		return true;
	e = announce_features(&vcpu->svm);
	return e && e->eax & BIT(feature);
}
