// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory that is mapped before the guest asks for it (KVM API 4.143). There is one set of
 * nested tables for all vCPUs, so whichever asks, all have it.
 */
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "../nested/nested.h"
#include "../npt/npt.h"
#include "../vm.h"
#include "prefault.h"

/* One leaf, whatever its size: 0 with it mapped; an invalidation may make it take several looks. */
static int prefault_leaf(struct npt *npt, u64 gpa, struct npt_copy *copy)
{
	unsigned long hva;
	int ret;

	while (!npt_copy(npt, gpa, false, copy)) {
		if (signal_pending(current))
			return -EINTR;
		ret = npt_fault(npt, gpa, 0, &hva);
		if (ret == NPT_FAULT_MMIO)
			return -ENOENT;
		if (ret != NPT_FAULT_DONE)
			return ret;
		cond_resched();
	}
	return 0;
}

/* Takes off @range what is mapped. */
static int prefault_range(struct x86_vcpu *vcpu, struct kvm_pre_fault_memory *range)
{
	struct npt_copy copy;
	u64 n;
	int ret;

	do {
		if (signal_pending(current))
			return -EINTR;
		ret = prefault_leaf(&vcpu->vm->npt, range->gpa, &copy);
		if (ret)
			return ret;
		n = BIT_ULL(copy.shift) - (range->gpa & (BIT_ULL(copy.shift) - 1));
		n = min(n, range->size);
		range->gpa += n;
		range->size -= n;
		cond_resched();
	} while (range->size);
	return 0;
}

static int prefault_check(struct x86_vcpu *vcpu, const struct kvm_pre_fault_memory *range)
{
	if (range->flags || !PAGE_ALIGNED(range->gpa) || !PAGE_ALIGNED(range->size) ||
	    range->gpa + range->size <= range->gpa)
		return -EINVAL;
	return nested_in_l2(&vcpu->svm) ? -EOPNOTSUPP : 0;
}

long prefault_ioctl(struct x86_vcpu *vcpu, void __user *arg)
{
	struct kvm_pre_fault_memory range;
	u64 size;
	int ret;

	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	size = range.size;
	ret = prefault_check(vcpu, &range);
	if (!ret)
		ret = prefault_range(vcpu, &range);
	if (copy_to_user(arg, &range, sizeof(range)))
		return -EFAULT;
	return range.size != size ? 0 : ret;
}
