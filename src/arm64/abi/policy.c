// SPDX-License-Identifier: GPL-2.0
/*
 * Which policy of cache maintenance a VM has.
 */
#include <linux/errno.h>
#include <linux/module.h>

#include "../vm.h"
#include "policy.h"

static char *policy = "";	/* once the module is loaded: the one in force */
module_param(policy, charp, 0444);
MODULE_PARM_DESC(policy, "cache maintenance of new VMs: unmap, clean, two-tree, fwb, none; empty: as suits the CPU");

static bool allow_none;
module_param(allow_none, bool, 0444);
MODULE_PARM_DESC(allow_none, "allow the policy none, under which guests read stale memory");

/* enum mmu_policy, or an errno as policy_choose(). */
static int policy_allowed(const char *name)
{
	int which = mmu_policy_by_name(name);

	if (which == MMU_DC)	/* not proven; the checker has it */
		return -EINVAL;
	if (which == MMU_NONE && !allow_none)
		return -EPERM;
	return which;
}

int policy_choose(struct arm_vm *vm, const char *name)
{
	int which = policy_allowed(name);

	return which < 0 ? which : mmu_set_policy(&vm->mmu, which);
}

int policy_vm_init(struct arm_vm *vm)
{
	return *policy ? policy_choose(vm, policy) : 0;
}

int policy_check(void)
{
	int which = *policy ? policy_allowed(policy) : 0;
	int ret = -EINVAL;

	if (which == -EPERM)
		pr_err("tabula: policy=none needs allow_none=1: guests would read stale memory\n");
	else if (which < 0)
		pr_err("tabula: policy=%s: unmap, clean, two-tree, fwb or none\n", policy);
	else if (*policy && which == MMU_FWB && mmu_policy_default() != MMU_FWB)
		pr_err("tabula: policy=fwb needs FEAT_S2FWB, which this CPU does not have\n");
	else
		ret = 0;
	if (!ret && !*policy)
		policy = (char *)mmu_policy_name(mmu_policy_default());
	return ret;
}
