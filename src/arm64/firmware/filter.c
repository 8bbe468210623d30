// SPDX-License-Identifier: GPL-2.0
/*
 * The VMM's filter of SMCCC calls; see filter.h.
 */
#include <linux/arm-smccc.h>
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "filter.h"

/* Arm Architecture Calls: fast calls of owner 0, by 32 and by 64 bits (DEN0028, table 6-2). */
static const u32 filter_reserved[] = {
	ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32, ARM_SMCCC_OWNER_ARCH, 0),
	ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_64, ARM_SMCCC_OWNER_ARCH, 0),
};

void filter_init(struct filter *f)
{
	mt_init(&f->actions);
	f->used = false;
}

void filter_destroy(struct filter *f)
{
	mtree_destroy(&f->actions);
}

static bool filter_meets_reserved(u32 first, u32 last)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(filter_reserved); i++)
		if (first <= filter_reserved[i] + U16_MAX && last >= filter_reserved[i])
			return true;
	return false;
}

int filter_add(struct filter *f, const struct kvm_smccc_filter *args)
{
	u32 last = args->base + args->nr_functions - 1;
	int ret;

	if (memchr_inv(args->pad, 0, sizeof(args->pad)) || !args->nr_functions ||
	    last < args->base || args->action > KVM_SMCCC_FILTER_FWD_TO_USER)
		return -EINVAL;
	if (filter_meets_reserved(args->base, last))
		return -EEXIST;
	ret = mtree_insert_range(&f->actions, args->base, last, xa_mk_value(args->action),
				 GFP_KERNEL_ACCOUNT);
	if (!ret)
		f->used = true;
	return ret;
}

u8 filter_action(struct filter *f, u32 function)
{
	void *entry;

	if (!f->used)
		return KVM_SMCCC_FILTER_HANDLE;
	entry = mtree_load(&f->actions, function);
	return entry ? xa_to_value(entry) : KVM_SMCCC_FILTER_HANDLE;
}
