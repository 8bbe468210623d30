// SPDX-License-Identifier: GPL-2.0
/*
 * What the module refuses to run on, and what it claims of the machine.
 */
#define pr_fmt(fmt) "tabula: " fmt

#include <linux/kvm.h>
#include <linux/module.h>

#include "../../vm/arch.h"
#include "../irq/tick.h"
#include "../vm.h"
#include "abi.h"
#include "params.h"

const char *arch_check_host(void)
{
	return svm_check();
}

const char *arch_busy(void)
{
	return "the kernel's own KVM is loaded (rmmod kvm_amd kvm)";
}

static const struct vm_device_ops *const start_devices[] = { NULL };

static struct vm_arch start_arch = {
	.vm_size = sizeof(struct x86_vm),
	.vcpu_size = sizeof(struct x86_vcpu),
	.run_pages = KVM_COALESCED_MMIO_PAGE_OFFSET,
	.coalesced = true,
	.ring_plain = true,
	.devices = start_devices,
};

static int start_parts(void)
{
	int ret = apf_module_init();

	if (ret)
		return ret;
	ret = tick_module_init();
	if (ret)
		goto no_tick;
	ret = svm_start();
	if (!ret)
		return 0;
	tick_module_exit();
no_tick:
	apf_module_exit();
	return ret;
}

int arch_start(const struct vm_arch **arch)
{
	int ret = params_start();

	if (ret) {
		if (ret == -EBUSY)
			pr_err("not loaded: %s\n", arch_busy());
		return ret;
	}
	ret = start_parts();
	if (ret) {
		params_stop();
		return ret;
	}
	caps_fill(&start_arch);
	vm_fill(&start_arch);
	vcpu_fill(&start_arch);
	run_fill(&start_arch);
	*arch = &start_arch;
	return 0;
}

void arch_ready(void)
{
	pr_info("version %s, AMD-V, %u ASIDs, %u-bit guest addresses\n", THIS_MODULE->version,
		svm_hw.asids, svm_hw.phys_bits);
}

void arch_stop(void)
{
	svm_stop();
	tick_module_exit();
	apf_module_exit();
	params_stop();
}
