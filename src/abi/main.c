// SPDX-License-Identifier: GPL-2.0
/*
 * tabula.ko: /dev/kvm, and the order in which the module comes and goes.
 */
#define pr_fmt(fmt) "tabula: " fmt

#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "../vm/arch.h"
#include "../vm/irqfd.h"
#include "../vm/run.h"
#include "../vm/stats.h"
#include "abi.h"

/* /dev/kvm is claimed first and opens last. */
static bool main_ready;
static const struct vm_arch *main_arch;

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
		return vm_create(main_arch, arg);
	case KVM_CHECK_EXTENSION:
		return caps_check(main_arch, NULL, arg);
	case KVM_GET_VCPU_MMAP_SIZE:
		return arg ? -EINVAL : PAGE_SIZE * vcpu_pages(main_arch);
	default:
		return main_arch->dev_ioctl ? main_arch->dev_ioctl(cmd, arg) : -ENOTTY;
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

static int main_start(void)
{
	int ret;

	ret = run_module_init();
	if (ret)
		return ret;
	ret = irqfd_module_init();
	if (ret)
		goto run;
	stats_module_init();
	ret = arch_start(&main_arch);
	if (!ret)
		return 0;
	stats_module_exit();
	irqfd_module_exit();
run:
	run_module_exit();
	return ret;
}

static int __init main_init(void)
{
	const char *why = arch_check_host();
	int ret;

	if (why)
		return main_refuse(why);
	ret = misc_register(&main_device);
	if (ret == -EBUSY)
		return main_refuse(arch_busy());
	if (ret)
		return ret;
	ret = main_start();
	if (ret) {
		misc_deregister(&main_device);
		return ret;
	}
	WRITE_ONCE(main_ready, true);
	arch_ready();
	return 0;
}

static void __exit main_exit(void)
{
	misc_deregister(&main_device);
	arch_stop();
	stats_module_exit();
	irqfd_module_exit();
	run_module_exit();
}

module_init(main_init);
module_exit(main_exit);
MODULE_DESCRIPTION("Tabula: a loadable KVM-compatible hypervisor");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
