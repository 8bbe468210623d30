// SPDX-License-Identifier: GPL-2.0
/*
 * What the module refuses to run on, and what it claims of the machine.
 */
#define pr_fmt(fmt) "tabula: " fmt

#include <linux/acpi.h>
#include <linux/module.h>
#include <linux/of.h>
#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

#include "../../vm/arch.h"
#include "../cpu/cpu.h"
#include "../gic/gic.h"
#include "../machine.h"
#include "../mmu/mmu.h"
#include "../pmu/host.h"
#include "../timer/timer.h"
#include "../vm.h"
#include "abi.h"
#include "policy.h"
#include "walk.h"

const char *arch_check_host(void)
{
	const struct machine_host host = {
		.pfr0 = read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1),
		.ctr = read_cpuid_cachetype(),
		.hyp = is_kernel_in_hyp_mode(),
		.pages_4k = IS_ENABLED(CONFIG_ARM64_4K_PAGES),
		.pmr_masking = system_uses_irq_prio_masking(),
		.rt = IS_ENABLED(CONFIG_PREEMPT_RT),
	};

	return machine_refuses_host(&host);
}

const char *arch_busy(void)
{
	return "the kernel's own KVM is active (boot with kvm-arm.mode=none)";
}

static int start_refuse(const char *why)
{
	pr_err("not loaded: %s\n", why);
	return -ENODEV;
}

static int start_claim_gic(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "arm,gic-v3");
	int ret;

	if (!node && acpi_disabled)
		return start_refuse("the device tree has no arm,gic-v3");
	ret = gic_hw_init(node);
	of_node_put(node);
	return ret;
}

static int start_claim_timer(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "arm,armv8-timer");
	int ret;

	if (!node && acpi_disabled)
		return start_refuse("the device tree has no arm,armv8-timer");
	ret = timer_hw_init(node);
	of_node_put(node);
	return ret;
}

static int start_claim_hw(void)
{
	int ret;

	ret = cpu_hw_init();
	if (ret)
		return ret;
	ret = mmu_hw_init();
	if (ret)
		goto cpu;
	ret = start_claim_gic();
	if (ret)
		goto mmu;
	ret = start_claim_timer();
	if (ret)
		goto gic;
	ret = policy_check();
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

static const struct vm_device_ops *const start_devices[] = {
	&gic_device_ops,
	&its_device_ops,
	NULL,
};

static struct vm_arch start_arch = {
	.vm_size = sizeof(struct arm_vm),
	.vcpu_size = sizeof(struct arm_vcpu),
	.run_pages = 1,
	.coalesced = true,
	.ring_bitmap = true,
	.devices = start_devices,
};

int arch_start(const struct vm_arch **arch)
{
	int ret = start_claim_hw();

	if (ret)
		return ret;
	pmu_host_init();
	walk_module_init();
	caps_fill(&start_arch);
	stats_fill(&start_arch);
	vm_fill(&start_arch);
	vcpu_fill(&start_arch);
	run_fill(&start_arch);
	*arch = &start_arch;
	return 0;
}

void arch_ready(void)
{
	pr_info("version %s, %u-bit guest addresses\n", THIS_MODULE->version, mmu_max_ipa_bits());
}

void arch_stop(void)
{
	/* first: a walk that nobody waits for any more may be the last to hold its VM */
	walk_module_exit();
	timer_hw_exit();
	gic_hw_exit();
	mmu_hw_exit();
	cpu_hw_exit();
}
