// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the registers that a VHE host relies on, on the caller's CPU, by an ioctl on /dev/tabula-host. Leaves
 * interrupts in list registers of a CPU that comes online, as firmware may. Asks whether a page was used, as reclaim does.
 */
#include <linux/cpuhotplug.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "host.h"

static bool host_has_field(u32 reg, unsigned int shift)
{
	u64 field = read_sanitised_ftr_reg(reg) >> shift & 0xf;

	return field && field != 0xf;
}

static bool has_ALWAYS(void)
{
	return true;
}

static bool has_PAN(void)
{
	return host_has_field(SYS_ID_AA64MMFR1_EL1, ID_AA64MMFR1_EL1_PAN_SHIFT);
}

static bool has_UAO(void)
{
	return host_has_field(SYS_ID_AA64MMFR2_EL1, ID_AA64MMFR2_EL1_UAO_SHIFT);
}

static bool has_DIT(void)
{
	return host_has_field(SYS_ID_AA64PFR0_EL1, ID_AA64PFR0_EL1_DIT_SHIFT);
}

static bool has_SSBS(void)
{
	return (read_sanitised_ftr_reg(SYS_ID_AA64PFR1_EL1) >> ID_AA64PFR1_EL1_SSBS_SHIFT & 0xf) >= 2;
}

static bool has_PMU(void)
{
	u64 ver = read_sysreg(id_aa64dfr0_el1) >> ID_AA64DFR0_EL1_PMUVer_SHIFT & 0xf;

	return ver && ver != 0xf;
}

static bool has_SME(void)
{
	return read_sysreg_s(SYS_ID_AA64PFR1_EL1) >> ID_AA64PFR1_EL1_SME_SHIFT & 0xf;
}

static bool has_HCX(void)
{
	return host_has_field(SYS_ID_AA64MMFR1_EL1, ID_AA64MMFR1_EL1_HCX_SHIFT);
}

static bool has_FGT(void)
{
	return host_has_field(SYS_ID_AA64MMFR0_EL1, ID_AA64MMFR0_EL1_FGT_SHIFT);
}

/* The host's kernel has given each thread keys of its own, then: HWCAP_PACA and HWCAP_PACG. */
static bool has_PAUTH(void)
{
	return host_has_field(SYS_ID_AA64ISAR1_EL1, ID_AA64ISAR1_EL1_APA_SHIFT) ||
	       host_has_field(SYS_ID_AA64ISAR1_EL1, ID_AA64ISAR1_EL1_API_SHIFT) ||
	       host_has_field(SYS_ID_AA64ISAR2_EL1, ID_AA64ISAR2_EL1_APA3_SHIFT);
}

#define HOST_HAS(name, op0, op1, crn, crm, op2, feature) \
	[HOST_##name] = has_##feature(),
#define HOST_VALUE(name, op0, op1, crn, crm, op2, feature) \
	[HOST_##name] = has_##feature() ? read_sysreg_s(sys_reg(op0, op1, crn, crm, op2)) : 0,

static void host_read(struct host_regs *r)
{
	preempt_disable();
	*r = (struct host_regs) {
		.has = { HOST_FOR_EACH_REG(HOST_HAS) },
		.val = { HOST_FOR_EACH_REG(HOST_VALUE) },
	};
	preempt_enable();
}

static void host_read_list(struct host_list *l)
{
	preempt_disable();
	*l = (struct host_list) {
		.hcr = read_sysreg_s(SYS_ICH_HCR_EL2),
		.vmcr = read_sysreg_s(SYS_ICH_VMCR_EL2),
		.apr = { read_sysreg_s(SYS_ICH_AP0R0_EL2), read_sysreg_s(SYS_ICH_AP1R0_EL2) },
		.lr = { read_sysreg_s(SYS_ICH_LR0_EL2), read_sysreg_s(SYS_ICH_LR1_EL2),
			read_sysreg_s(SYS_ICH_LR2_EL2), read_sysreg_s(SYS_ICH_LR3_EL2) },
	};
	preempt_enable();
}

static bool litter;
static atomic_t littered = ATOMIC_INIT(0);

/* Pending, of group 1 and the highest priority: SPIs 60 to 63. IHI 0069, 12.4.8 */
static int host_cpu_online(unsigned int cpu)
{
	u64 lr = 1ULL << 62 | 1ULL << 60 | 60;

	if (!litter)
		return 0;
	write_sysreg_s(lr, SYS_ICH_LR0_EL2);
	write_sysreg_s(lr + 1, SYS_ICH_LR1_EL2);
	write_sysreg_s(lr + 2, SYS_ICH_LR2_EL2);
	write_sysreg_s(lr + 3, SYS_ICH_LR3_EL2);
	write_sysreg_s(1, SYS_ICH_AP1R0_EL2);
	write_sysreg_s(0xf8000003, SYS_ICH_VMCR_EL2);
	isb();
	atomic_inc(&littered);
	return 0;
}

/* The list is what the kernel's own structure begins with; who is in it has a VM, whose descriptor the caller has. */
static long host_age(const struct host_age *a)
{
	const struct hlist_head *list = (void *)READ_ONCE(current->mm->notifier_subscriptions);
	unsigned long start = a->address & PAGE_MASK;
	struct mmu_notifier *mn;
	bool young = false;

	if (!list)
		return 0;
	hlist_for_each_entry(mn, list, hlist) {
		if (a->how == HOST_AGE_TEST && mn->ops->test_young)
			young |= mn->ops->test_young(mn, current->mm, start);
		if (a->how == HOST_AGE_CLEAR && mn->ops->clear_young)
			young |= mn->ops->clear_young(mn, current->mm, start, start + PAGE_SIZE);
		if (a->how == HOST_AGE_CLEAR_FLUSH && mn->ops->clear_flush_young)
			young |= mn->ops->clear_flush_young(mn, current->mm, start, start + PAGE_SIZE);
	}
	return young;
}

static long host_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct host_list l = { };
	struct host_regs r = { };
	struct host_age a;

	switch (cmd) {
	case HOST_READ:
		host_read(&r);
		return copy_to_user((void __user *)arg, &r, sizeof(r)) ? -EFAULT : 0;
	case HOST_LIST:
		host_read_list(&l);
		return copy_to_user((void __user *)arg, &l, sizeof(l)) ? -EFAULT : 0;
	case HOST_LITTER:
		WRITE_ONCE(litter, arg);
		return atomic_read(&littered);
	case HOST_AGE:
		return copy_from_user(&a, (void __user *)arg, sizeof(a)) ? -EFAULT : host_age(&a);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations host_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = host_ioctl,
};

static struct miscdevice host_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tabula-host",
	.fops = &host_fops,
	.mode = 0600,
};

static int host_hp_state;

static int __init host_init(void)
{
	int ret;

	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "tabula-host:online", host_cpu_online, NULL);
	if (ret < 0)
		return ret;
	host_hp_state = ret;
	ret = misc_register(&host_device);
	if (ret)
		cpuhp_remove_state(host_hp_state);
	return ret;
}

static void __exit host_exit(void)
{
	misc_deregister(&host_device);
	cpuhp_remove_state(host_hp_state);
}

module_init(host_init);
module_exit(host_exit);
MODULE_DESCRIPTION("Shows a test what the host's registers are");
MODULE_LICENSE("GPL");
