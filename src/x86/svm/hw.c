// SPDX-License-Identifier: GPL-2.0
/*
 * AMD-V on every CPU: found, switched on, switched off again, in time before a reboot too.
 */
#define pr_fmt(fmt) "tabula: " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/panic_notifier.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/syscore_ops.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/xcr.h>
#include <asm/io.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include "../vm.h"
#include "svm.h"

#define HW_IO_PAGES	3	/* one bit a port, and some beyond */
#define HW_MSR_PAGES	2	/* two bits an MSR */
/* What guests may have of XCR0: states that VMRUN leaves to us, and whose instructions CPUID shows them. */
#define HW_XCR0		(XFEATURE_MASK_FP | XFEATURE_MASK_SSE | XFEATURE_MASK_YMM)
#define HW_MXCSR	0xffffU
#define HW_MXCSR_MM	BIT(17)	/* misaligned operands */
#define HW_XSAVE_LEGACY	576	/* bytes of FP and SSE, and the header */

struct svm_hw svm_hw;

DEFINE_PER_CPU(struct svm_cpu, svm_cpu);
static int hw_cpuhp;
static u8 *hw_io_map, *hw_msr_map;
static u8 *hw_msr_all;		/* every MSR exits */
static bool hw_down;		/* the machine goes down: no CPU is switched on any more */

const char *svm_check(void)
{
	u64 vm_cr;

	if (boot_cpu_data.x86_vendor != X86_VENDOR_AMD && boot_cpu_data.x86_vendor != X86_VENDOR_HYGON)
		return "guests need AMD-V, which this CPU is not of";
	if (!boot_cpu_has(X86_FEATURE_SVM))
		return "this CPU has no AMD-V (SVM)";
	if (rdmsrl_safe(MSR_VM_CR, &vm_cr) || vm_cr & SVM_VM_CR_SVM_DIS_MASK)
		return "AMD-V is switched off by the firmware (VM_CR.SVMDIS)";
	if (!boot_cpu_has(X86_FEATURE_NPT))
		return "this CPU has no nested paging (NPT)";
	if (cc_platform_has(CC_ATTR_HOST_SEV_SNP))
		return "the host has SEV-SNP on, whose rules for control blocks are not kept";
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT) || cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT))
		return "the host's memory is encrypted (SME or SEV), which is not handled";
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return "a PREEMPT_RT kernel is not handled";
	return NULL;
}

/* On the CPU, interrupts off. */
static void hw_enable(void *unused)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);
	u64 efer;

	if (READ_ONCE(hw_down))
		return;
	rdmsrl(MSR_EFER, efer);
	wrmsrl(MSR_EFER, efer | EFER_SVME);
	wrmsrl(MSR_VM_HSAVE_PA, page_to_phys(cpu->host_area));
	/* its TLB may hold anything of an earlier time */
	asid_pool_init(&cpu->asids, svm_hw.asids);
	WRITE_ONCE(cpu->on, true);
}

static void hw_disable(void *unused)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);
	u64 efer;

	if (!READ_ONCE(cpu->on))
		return;
	WRITE_ONCE(cpu->on, false);
	spec_off();
	wrmsrl(MSR_VM_HSAVE_PA, 0);
	rdmsrl(MSR_EFER, efer);
	if (efer & EFER_SVME) {
		/* interrupts that hang on GIF would be lost without it */
		asm volatile("stgi");
		wrmsrl(MSR_EFER, efer & ~EFER_SVME);
	}
}

static void hw_free(unsigned int n)
{
	struct svm_cpu *cpu = per_cpu_ptr(&svm_cpu, n);

	if (cpu->host_area)
		__free_page(cpu->host_area);
	if (cpu->host_block)
		__free_page(cpu->host_block);
	cpu->host_area = NULL;
	cpu->host_block = NULL;
}

static int hw_online(unsigned int n)
{
	struct svm_cpu *cpu = per_cpu_ptr(&svm_cpu, n);

	cpu->host_area = alloc_page(GFP_KERNEL | __GFP_ZERO);
	cpu->host_block = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!cpu->host_area || !cpu->host_block) {
		hw_free(n);
		return -ENOMEM;
	}
	cpu->host_pa = page_to_phys(cpu->host_block);
	if (svm_has_aux())
		rdmsrl(MSR_TSC_AUX, cpu->host_aux);
	cpu->aux = cpu->host_aux;
	/* the callback runs on its CPU */
	local_irq_disable();
	hw_enable(NULL);
	local_irq_enable();
	return 0;
}

static int hw_offline(unsigned int n)
{
	local_irq_disable();
	hw_disable(NULL);
	local_irq_enable();
	hw_free(n);
	return 0;
}

static int hw_reboot(struct notifier_block *nb, unsigned long action, void *unused)
{
	WRITE_ONCE(hw_down, true);
	on_each_cpu(hw_disable, NULL, 1);
	return NOTIFY_DONE;
}

static struct notifier_block hw_reboot_nb = { .notifier_call = hw_reboot };

/* What the next kernel finds: this CPU's INIT is not held back. The others are stopped as they are. */
static int hw_panic(struct notifier_block *nb, unsigned long action, void *unused)
{
	WRITE_ONCE(hw_down, true);
	hw_disable(NULL);
	return NOTIFY_DONE;
}

static struct notifier_block hw_panic_nb = { .notifier_call = hw_panic };

/* Suspend: the other CPUs went offline, this one comes back without. */
static int hw_suspend(void *unused)
{
	hw_disable(NULL);
	return 0;
}

static void hw_resume(void *unused)
{
	hw_enable(NULL);
}

static const struct syscore_ops hw_syscore_ops = { .suspend = hw_suspend, .resume = hw_resume };
static struct syscore hw_syscore = { .ops = &hw_syscore_ops };

/* Not what leaf 0xd says of the host's own components. */
static u32 hw_xsave_size(void)
{
	u32 size, offset, ecx, edx;

	if (!(svm_hw.xcr0 & XFEATURE_MASK_YMM))
		return HW_XSAVE_LEGACY;
	cpuid_count(0xd, 2, &size, &offset, &ecx, &edx);
	return offset + size;
}

static void hw_find(void)
{
	u32 edx = cpuid_edx(SVM_CPUID_FUNC);

	svm_hw.asids = cpuid_ebx(SVM_CPUID_FUNC);
	svm_hw.nrips = edx & BIT(3);
	svm_hw.flush_asid = edx & BIT(6);
	svm_hw.phys_bits = boot_cpu_data.x86_phys_bits;
	spec_find();
	if (boot_cpu_has(X86_FEATURE_XSAVE)) {
		svm_hw.xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK) & HW_XCR0;
		svm_hw.xsave_size = hw_xsave_size();
	}
	svm_hw.mxcsr = HW_MXCSR | (boot_cpu_has(X86_FEATURE_MISALIGNSSE) ? HW_MXCSR_MM : 0);
	svm_hw.cr4_mce = native_read_cr4() & X86_CR4_MCE;
	svm_hw.bus_locks = boot_cpu_has(X86_FEATURE_BUS_LOCK_DETECT);
	if (boot_cpu_has(X86_FEATURE_XSAVES))
		rdmsrl(MSR_IA32_XSS, svm_hw.xss);
	svm_hw.x87_stays = boot_cpu_has_bug(X86_BUG_FXSAVE_LEAK);
}

/* MSRs that VMLOAD and VMRUN switch: the guest's accesses need no exit. */
static const u32 hw_msr_free[] = {
	MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_SYSCALL_MASK, MSR_FS_BASE, MSR_GS_BASE,
	MSR_KERNEL_GS_BASE, MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP,
};

/* AMD APM vol. 2, 15.11: two bits an MSR, read and write; three ranges of 8192. */
static unsigned int hw_msr_bit(u32 msr)
{
	unsigned int range = msr >= 0xc0010000 ? 2 : msr >= 0xc0000000 ? 1 : 0;

	return 2 * (range * 8192 + (msr & 8191));
}

static int hw_maps_make(void)
{
	unsigned int i, bit;

	hw_io_map = alloc_pages_exact(HW_IO_PAGES * PAGE_SIZE, GFP_KERNEL);
	hw_msr_map = alloc_pages_exact(HW_MSR_PAGES * PAGE_SIZE, GFP_KERNEL);
	hw_msr_all = alloc_pages_exact(HW_MSR_PAGES * PAGE_SIZE, GFP_KERNEL);
	if (!hw_io_map || !hw_msr_map || !hw_msr_all)
		return -ENOMEM;
	memset(hw_msr_all, 0xff, HW_MSR_PAGES * PAGE_SIZE);
	memset(hw_io_map, 0xff, HW_IO_PAGES * PAGE_SIZE);
	memset(hw_msr_map, 0xff, HW_MSR_PAGES * PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(hw_msr_free); i++) {
		bit = hw_msr_bit(hw_msr_free[i]);
		hw_msr_map[bit / 8] &= ~(3 << bit % 8);
	}
	return 0;
}

static void hw_maps_free(void)
{
	if (hw_io_map)
		free_pages_exact(hw_io_map, HW_IO_PAGES * PAGE_SIZE);
	if (hw_msr_map)
		free_pages_exact(hw_msr_map, HW_MSR_PAGES * PAGE_SIZE);
	if (hw_msr_all)
		free_pages_exact(hw_msr_all, HW_MSR_PAGES * PAGE_SIZE);
}

int svm_start(void)
{
	int ret;

	hw_find();
	if (svm_hw.asids < 2) {
		pr_err("not loaded: this CPU has no address space identifiers for guests\n");
		return -ENODEV;
	}
	ret = hw_maps_make();
	if (ret)
		goto maps;
	hw_cpuhp = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "tabula/svm:online", hw_online, hw_offline);
	if (hw_cpuhp < 0) {
		ret = hw_cpuhp;
		goto maps;
	}
	register_reboot_notifier(&hw_reboot_nb);
	atomic_notifier_chain_register(&panic_notifier_list, &hw_panic_nb);
	register_syscore(&hw_syscore);
	return 0;
maps:
	hw_maps_free();
	return ret;
}

void svm_stop(void)
{
	unregister_syscore(&hw_syscore);
	atomic_notifier_chain_unregister(&panic_notifier_list, &hw_panic_nb);
	unregister_reboot_notifier(&hw_reboot_nb);
	cpuhp_remove_state(hw_cpuhp);
	hw_maps_free();
}

void svm_permissions(const struct x86_vcpu *vcpu, u64 *io, u64 *msr)
{
	bool filtered = vcpu && rcu_access_pointer(vcpu->vm->msr_filter);

	*io = virt_to_phys(hw_io_map);
	*msr = virt_to_phys(filtered ? hw_msr_all : hw_msr_map);
}
