// SPDX-License-Identifier: GPL-2.0
/*
 * Stolen time: told in atomic context, while the scheduler puts the vCPU's thread on
 * a CPU, through a kept page; the page is found again before the guest is entered.
 */
#include <linux/arm-smccc.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/preempt.h>
#include <linux/uaccess.h>
#include <asm/byteorder.h>
#include <asm/pvclock-abi.h>

#include "pvtime.h"

#define PVTIME_SIZE	sizeof(struct pvclock_vcpu_stolen_time)

void pvtime_init(struct pvtime *pv, struct gmem *gm)
{
	*pv = (struct pvtime) { .base = PVTIME_NONE };
	pfn_cache_init(&pv->pc, gm, PFN_CACHE_WRITE);
}

void pvtime_destroy(struct pvtime *pv)
{
	pfn_cache_deactivate(&pv->pc);
}

/*
 * The guest's own value is what grows: after a migration it is the only one that
 * knows of the time before. One store, so the guest never reads half of it.
 */
static bool pvtime_tell(struct pvtime *pv)
{
	struct pfn_use use;
	__le64 *stolen;
	void *st;

	st = pfn_cache_begin(&pv->pc, &use);
	if (!st)
		return false;
	stolen = st + offsetof(struct pvclock_vcpu_stolen_time, stolen_time);
	WRITE_ONCE(*stolen, cpu_to_le64(le64_to_cpu(READ_ONCE(*stolen)) + pv->owed));
	pv->owed = 0;
	pfn_cache_end(&pv->pc, &use, PFN_CACHE_DIRTY);
	return true;
}

/* Another thread's waiting before it came to run this vCPU is not the vCPU's. */
static void pvtime_account(struct pvtime *pv, const void *task, u64 waited)
{
	if (pv->task == task && waited > pv->seen)
		pv->owed += waited - pv->seen;
	pv->task = task;
	pv->seen = waited;
}

bool pvtime_load(struct pvtime *pv, const void *task, u64 waited)
{
	if (pv->base == PVTIME_NONE)
		return true;
	pvtime_account(pv, task, waited);
	return !pv->owed || pvtime_tell(pv);
}

void pvtime_refresh(struct pvtime *pv)
{
	int ret;

	if (pv->base == PVTIME_NONE)
		return;
	ret = pfn_cache_refresh(&pv->pc);
	if (ret == -EINVAL)	/* not active yet, or it failed to become so */
		ret = pfn_cache_activate(&pv->pc, pv->base, PVTIME_SIZE);
	if (ret)
		return;
	preempt_disable();	/* or a load comes in between */
	pvtime_tell(pv);
	preempt_enable();
}

s64 pvtime_start(struct pvtime *pv)
{
	if (pv->base == PVTIME_NONE)
		return SMCCC_RET_NOT_SUPPORTED;
	if (gmem_zero(pv->pc.gm, pv->base, PVTIME_SIZE) != PVTIME_SIZE)
		return SMCCC_RET_NOT_SUPPORTED;
	preempt_disable();
	pv->owed = 0;
	preempt_enable();
	return pv->base;
}

s64 pvtime_features(const struct pvtime *pv, u32 function)
{
	if (pv->base == PVTIME_NONE)
		return SMCCC_RET_NOT_SUPPORTED;
	switch (function) {
	case ARM_SMCCC_HV_PV_TIME_FEATURES:
	case ARM_SMCCC_HV_PV_TIME_ST:
		return SMCCC_RET_SUCCESS;
	default:
		return SMCCC_RET_NOT_SUPPORTED;
	}
}

int pvtime_has_attr(const struct kvm_device_attr *attr)
{
	return attr->attr == KVM_ARM_VCPU_PVTIME_IPA ? 0 : -ENXIO;
}

int pvtime_get_attr(struct pvtime *pv, const struct kvm_device_attr *attr)
{
	if (attr->attr != KVM_ARM_VCPU_PVTIME_IPA)
		return -ENXIO;
	return put_user(pv->base, (u64 __user *)(unsigned long)attr->addr);
}

static bool pvtime_has_slot(struct gmem *gm, u64 gpa)
{
	int idx = gmem_read_lock(gm);
	bool there = gmem_find_slot(gm, gpa >> GMEM_PAGE_SHIFT);

	gmem_read_unlock(gm, idx);
	return there;
}

int pvtime_set_attr(struct pvtime *pv, const struct kvm_device_attr *attr)
{
	u64 base;

	if (attr->attr != KVM_ARM_VCPU_PVTIME_IPA)
		return -ENXIO;
	if (get_user(base, (u64 __user *)(unsigned long)attr->addr))
		return -EFAULT;
	if (base & (PVTIME_SIZE - 1))
		return -EINVAL;
	if (pv->base != PVTIME_NONE)
		return -EEXIST;
	if (!pvtime_has_slot(pv->pc.gm, base))
		return -EINVAL;
	pv->base = base;
	return 0;
}
