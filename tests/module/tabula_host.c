// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the registers that a VHE host relies on, on the caller's CPU, by an ioctl on /dev/tabula-host.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
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

static long host_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct host_regs r = { };

	if (cmd != HOST_READ)
		return -ENOTTY;
	host_read(&r);
	return copy_to_user((void __user *)arg, &r, sizeof(r)) ? -EFAULT : 0;
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

module_misc_device(host_device);
MODULE_DESCRIPTION("Shows a test what the host's registers are");
MODULE_LICENSE("GPL");
