// SPDX-License-Identifier: GPL-2.0
/*
 * What a CPU that was without power while idle finds in the registers that guests use. The
 * emulated machine has no such idle state: here the registers are filled by hand, between the
 * kernel's own announcements of one. Loads only if all is well.
 */
#include <linux/atomic.h>
#include <linux/cpu_pm.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <asm/barrier.h>
#include <asm/sysreg.h>

#define LR_PENDING	(1ULL << 62)
#define LR_GROUP1	(1ULL << 60)

static atomic_t sleep_left;

static void sleep_here(void *unused)
{
	unsigned long left = 0, irq;

	local_irq_save(irq);
	cpu_pm_enter();
	write_sysreg_s(LR_PENDING | LR_GROUP1 | 27, SYS_ICH_LR0_EL2);
	write_sysreg_s(LR_PENDING | LR_GROUP1 | 30, SYS_ICH_LR3_EL2);
	write_sysreg_s(0xf0000003, SYS_ICH_VMCR_EL2);
	write_sysreg_s(1, SYS_ICH_AP1R0_EL2);
	write_sysreg_s(2, SYS_CNTV_CTL_EL02);
	write_sysreg_s(2, SYS_CNTP_CTL_EL02);
	isb();
	cpu_pm_exit();
	left |= read_sysreg_s(SYS_ICH_LR0_EL2) | read_sysreg_s(SYS_ICH_LR3_EL2);
	left |= read_sysreg_s(SYS_ICH_AP1R0_EL2) | read_sysreg_s(SYS_ICH_HCR_EL2);
	left |= (read_sysreg_s(SYS_ICH_VMCR_EL2) & 3) | read_sysreg_s(SYS_CNTV_CTL_EL02) |
		read_sysreg_s(SYS_CNTP_CTL_EL02);
	local_irq_restore(irq);
	if (left)
		atomic_inc(&sleep_left);
}

static int __init sleep_init(void)
{
	on_each_cpu(sleep_here, NULL, 1);
	if (!atomic_read(&sleep_left))
		return 0;
	pr_info("tabula_sleep: %d CPUs kept what they found\n", atomic_read(&sleep_left));
	return -EIO;
}

static void __exit sleep_exit(void)
{
}

module_init(sleep_init);
module_exit(sleep_exit);
MODULE_DESCRIPTION("Tests what tabula does after a CPU was without power");
MODULE_LICENSE("GPL");
