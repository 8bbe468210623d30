// SPDX-License-Identifier: GPL-2.0
/*
 * tabula.ko: what it refuses to run on, what it claims, and /dev/kvm.
 */
#define pr_fmt(fmt) "tabula: " fmt

#include <linux/acpi.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/of.h>
#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

#include "abi/abi.h"
#include "abi/irqfd.h"
#include "abi/run.h"
#include "abi/stats.h"
#include "arm64/cpu/cpu.h"
#include "arm64/gic/gic.h"
#include "arm64/machine.h"
#include "arm64/mmu/mmu.h"
#include "arm64/timer/timer.h"

#define TABULA_VERSION "0.1"

/* /dev/kvm is claimed first and opens last. */
static bool main_ready;

static int main_open(struct inode *inode, struct file *file)
{
	return READ_ONCE(main_ready) ? 0 : -ENODEV;
}

static long main_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case KVM_GET_API_VERSION:
		return arg ? -EINVAL : KVM_API_VERSION;
	case KVM_CREATE_VM:
		return vm_create(arg);
	case KVM_CHECK_EXTENSION:
		return vm_check_extension(NULL, arg);
	case KVM_GET_VCPU_MMAP_SIZE:
		return arg ? -EINVAL : PAGE_SIZE;
	default:
		return -ENOTTY;
	}
}

static const struct file_operations main_fops = {
	.owner = THIS_MODULE,
	.open = main_open,
	.unlocked_ioctl = main_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice main_device = {
	.minor = KVM_MINOR,
	.name = "kvm",
	.fops = &main_fops,
	.mode = 0660,
};

static int main_refuse(const char *why)
{
	pr_err("not loaded: %s\n", why);
	return -ENODEV;
}

static int main_check_host(void)
{
	const struct machine_host host = {
		.pfr0 = read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1),
		.ctr = read_cpuid_cachetype(),
		.hyp = is_kernel_in_hyp_mode(),
		.pages_4k = IS_ENABLED(CONFIG_ARM64_4K_PAGES),
		.pmr_masking = system_uses_irq_prio_masking(),
		.rt = IS_ENABLED(CONFIG_PREEMPT_RT),
	};
	const char *why = machine_refuses_host(&host);

	return why ? main_refuse(why) : 0;
}

static int main_claim_gic(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "arm,gic-v3");
	int ret;

	if (!node && acpi_disabled)
		return main_refuse("the device tree has no arm,gic-v3");
	ret = gic_hw_init(node);
	of_node_put(node);
	return ret;
}

static int main_claim_timer(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "arm,armv8-timer");
	int ret;

	if (!node && acpi_disabled)
		return main_refuse("the device tree has no arm,armv8-timer");
	ret = timer_hw_init(node);
	of_node_put(node);
	return ret;
}

static int main_claim_hw(void)
{
	int ret;

	ret = cpu_hw_init();
	if (ret)
		return ret;
	ret = mmu_hw_init();
	if (ret)
		goto cpu;
	ret = main_claim_gic();
	if (ret)
		goto mmu;
	ret = main_claim_timer();
	if (ret)
		goto gic;
	ret = vm_check_policy();
	if (!ret)
		ret = irqfd_module_init();
	if (!ret)
		return 0;
	timer_hw_exit();
gic:
	gic_hw_exit();
mmu:
	mmu_hw_exit();
cpu:
	cpu_hw_exit();
	return ret;
}

static int __init main_init(void)
{
	int ret;

	ret = main_check_host();
	if (ret)
		return ret;
	ret = misc_register(&main_device);
	if (ret == -EBUSY)
		return main_refuse("the kernel's own KVM is active (boot with kvm-arm.mode=none)");
	if (ret)
		return ret;
	ret = run_module_init();
	if (ret)
		goto device;
	ret = main_claim_hw();
	if (ret)
		goto run;
	stats_module_init();
	WRITE_ONCE(main_ready, true);
	pr_info("version %s, %u-bit guest addresses\n", TABULA_VERSION, mmu_max_ipa_bits());
	return 0;

run:
	run_module_exit();
device:
	misc_deregister(&main_device);
	return ret;
}

static void __exit main_exit(void)
{
	misc_deregister(&main_device);
	stats_module_exit();
	irqfd_module_exit();
	timer_hw_exit();
	gic_hw_exit();
	mmu_hw_exit();
	cpu_hw_exit();
	run_module_exit();
}

module_init(main_init);
module_exit(main_exit);
MODULE_DESCRIPTION("Tabula: a loadable KVM-compatible hypervisor for arm64");
MODULE_LICENSE("GPL");
MODULE_VERSION(TABULA_VERSION);
