// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs: where each is kept, and what may be written to it. One that is not in the table does
 * not exist.
 */
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/msr.h>

#include "../nested/nested.h"
#include "../pv/msr.h"
#include "../vm.h"
#include "pat.h"
#include "svm.h"

/* A register that is only kept: what is written is read. */
struct msr_kept {
	u32 index;
	u64 writable;	/* bits that may be other than at reset */
	u64 reset;
	bool listed;
};

/* Caches and TLBs are not the guest's to slow down: written, and not kept. */
#define MSR_HWCR_IGNORED	(BIT_ULL(3) | BIT_ULL(6) | BIT_ULL(8))
#define MSR_UCODE_REV		0x01000065ULL	/* of AMD: in the lower half */
#define MSR_DE_CFG_LFENCE	BIT_ULL(1)	/* LFENCE waits for what is before it */
#define MSR_MISC_FAST_STRING	BIT_ULL(0)
#define MSR_APIC_BASE_RESET	0xfee00000ULL
#define MSR_VM_CR_LOCK		BIT_ULL(3)
#define MSR_VM_CR_BITS		0x1fULL
#define MSR_MTRR_CAP		0x508ULL	/* 8 variable ranges, fixed ones, write-combining */

static const struct msr_kept msr_kept[] = {
	{ MSR_IA32_MISC_ENABLE, ~0ULL, MSR_MISC_FAST_STRING, true },
	{ MSR_MTRRdefType, 0xcff, 0, true },
	{ 0x200, ~0ULL, 0, true }, { 0x201, ~0ULL, 0, true }, { 0x202, ~0ULL, 0, true },
	{ 0x203, ~0ULL, 0, true }, { 0x204, ~0ULL, 0, true }, { 0x205, ~0ULL, 0, true },
	{ 0x206, ~0ULL, 0, true }, { 0x207, ~0ULL, 0, true }, { 0x208, ~0ULL, 0, true },
	{ 0x209, ~0ULL, 0, true }, { 0x20a, ~0ULL, 0, true }, { 0x20b, ~0ULL, 0, true },
	{ 0x20c, ~0ULL, 0, true }, { 0x20d, ~0ULL, 0, true }, { 0x20e, ~0ULL, 0, true },
	{ 0x20f, ~0ULL, 0, true },
	{ MSR_MTRRfix64K_00000, ~0ULL, 0, true }, { MSR_MTRRfix16K_80000, ~0ULL, 0, true },
	{ MSR_MTRRfix16K_A0000, ~0ULL, 0, true }, { MSR_MTRRfix4K_C0000, ~0ULL, 0, true },
	{ MSR_MTRRfix4K_C8000, ~0ULL, 0, true }, { MSR_MTRRfix4K_D0000, ~0ULL, 0, true },
	{ MSR_MTRRfix4K_D8000, ~0ULL, 0, true }, { MSR_MTRRfix4K_E0000, ~0ULL, 0, true },
	{ MSR_MTRRfix4K_E8000, ~0ULL, 0, true }, { MSR_MTRRfix4K_F0000, ~0ULL, 0, true },
	{ MSR_MTRRfix4K_F8000, ~0ULL, 0, true },
	{ MSR_IA32_UCODE_REV, ~0ULL, MSR_UCODE_REV, true },
	{ MSR_AMD64_PATCH_LOADER, 0, 0, false },
	{ MSR_K7_HWCR, BIT_ULL(24) | BIT_ULL(18), 0, true },
	{ MSR_AMD64_TSC_RATIO, 0, 0, false },
	{ MSR_PLATFORM_INFO, ~0ULL, 0, true }, { MSR_IA32_POWER_CTL, ~0ULL, 0, true },
	{ MSR_K7_EVNTSEL0, 0, 0, false }, { MSR_K7_EVNTSEL1, 0, 0, false },
	{ MSR_K7_EVNTSEL2, 0, 0, false }, { MSR_K7_EVNTSEL3, 0, 0, false },
	{ MSR_K7_PERFCTR0, 0, 0, false }, { MSR_K7_PERFCTR1, 0, 0, false },
	{ MSR_K7_PERFCTR2, 0, 0, false }, { MSR_K7_PERFCTR3, 0, 0, false },
	{ MSR_AMD64_SYSCFG, 0, 0, false }, { MSR_K8_INT_PENDING_MSG, 0, 0, false },
	{ MSR_AMD64_NB_CFG, 0, 0, false }, { MSR_FAM10H_MMIO_CONF_BASE, 0, 0, false },
	{ MSR_IA32_DEBUGCTLMSR, 0, 0, false }, { MSR_AMD64_DC_CFG, 0, 0, false },
	{ MSR_MISC_FEATURES_ENABLES, 0, 0, true },
	/* what some guests read without asking CPUID first, as the kernel's KVM answers */
	{ MSR_AMD64_BU_CFG2, 0, 0, false }, { MSR_AMD64_TW_CFG, 0, 0, false },
	{ MSR_F15H_EX_CFG, 0, 0, false }, { MSR_IA32_BBL_CR_CTL3, 0, 0xbe702111, false },
	{ MSR_K8_TSEG_ADDR, 0, 0, false }, { MSR_K8_TSEG_MASK, 0, 0, false },
	{ MSR_K7_CLK_CTL, 0, 0x20000000, false }, { MSR_FSB_FREQ, 0, 3, false },
	{ MSR_IA32_PLATFORM_ID, 0, 0, false }, { MSR_IA32_EBL_CR_POWERON, 0, 0, false },
	{ MSR_IA32_LASTBRANCHFROMIP, 0, 0, false }, { MSR_IA32_LASTBRANCHTOIP, 0, 0, false },
	{ MSR_IA32_LASTINTFROMIP, 0, 0, false }, { MSR_IA32_LASTINTTOIP, 0, 0, false },
	{ MSR_IA32_PERF_STATUS, 0, 1000 | 4ULL << 40, false }, { MSR_IA32_PERF_CTL, 0, 0, false },
	{ MSR_RAPL_POWER_UNIT, 0, 0, false }, { MSR_PP0_ENERGY_STATUS, 0, 0, false },
	{ MSR_PP1_ENERGY_STATUS, 0, 0, false }, { MSR_PKG_ENERGY_STATUS, 0, 0, false },
	{ MSR_DRAM_ENERGY_STATUS, 0, 0, false },
};

static const u32 msr_listed[] = {
	MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP, MSR_STAR, MSR_LSTAR,
	MSR_CSTAR, MSR_SYSCALL_MASK, MSR_KERNEL_GS_BASE, MSR_IA32_TSC, MSR_IA32_CR_PAT,
	MSR_TSC_AUX, MSR_IA32_TSC_ADJUST, MSR_IA32_TSC_DEADLINE, MSR_VM_HSAVE_PA,
	MSR_KVM_STEAL_TIME, MSR_KVM_PV_EOI_EN, MSR_KVM_POLL_CONTROL, MSR_KVM_ASYNC_PF_EN,
	MSR_KVM_ASYNC_PF_INT, MSR_KVM_ASYNC_PF_ACK,
	MSR_KVM_WALL_CLOCK, MSR_KVM_SYSTEM_TIME, MSR_KVM_WALL_CLOCK_NEW, MSR_KVM_SYSTEM_TIME_NEW,
	MSR_IA32_MCG_STATUS, MSR_IA32_MCG_CTL,
	HV_MSR_OS_ID, HV_MSR_HYPERCALL,	/* in this order: no page is made for nobody */
	/* those of msr_kept that are listed */
	MSR_IA32_MISC_ENABLE, MSR_MTRRdefType, MSR_PLATFORM_INFO, MSR_IA32_POWER_CTL,
	MSR_K7_HWCR, MSR_IA32_UCODE_REV, MSR_MISC_FEATURES_ENABLES,
	0x200, 0x201, 0x202, 0x203, 0x204, 0x205, 0x206, 0x207, 0x208, 0x209, 0x20a, 0x20b,
	0x20c, 0x20d, 0x20e, 0x20f,
	MSR_MTRRfix64K_00000, MSR_MTRRfix16K_80000, MSR_MTRRfix16K_A0000, MSR_MTRRfix4K_C0000,
	MSR_MTRRfix4K_C8000, MSR_MTRRfix4K_D0000, MSR_MTRRfix4K_D8000, MSR_MTRRfix4K_E0000,
	MSR_MTRRfix4K_E8000, MSR_MTRRfix4K_F0000, MSR_MTRRfix4K_F8000,
	/* where the CPU has them: last, see spec_unlisted() */
	MSR_IA32_SPEC_CTRL, MSR_AMD64_VIRT_SPEC_CTRL,
};

static const u32 msr_features[] = { MSR_IA32_UCODE_REV, MSR_AMD64_DE_CFG };

const u32 *svm_msr_features(unsigned int *n)
{
	*n = ARRAY_SIZE(msr_features);
	return msr_features;
}

int svm_msr_feature(u32 index, u64 *val)
{
	switch (index) {
	case MSR_IA32_UCODE_REV:
		/* the machine's own */
		if (rdmsrl_safe(MSR_IA32_UCODE_REV, val))
			*val = MSR_UCODE_REV;
		return 0;
	case MSR_AMD64_DE_CFG:
		*val = boot_cpu_has(X86_FEATURE_LFENCE_RDTSC) ? MSR_DE_CFG_LFENCE : 0;
		return 0;
	default:
		return -ENOENT;
	}
}

const u32 *svm_msr_list(unsigned int *n)
{
	*n = ARRAY_SIZE(msr_listed) - spec_unlisted();
	return msr_listed;
}

unsigned int svm_msr_count(void)
{
	return ARRAY_SIZE(msr_kept);
}

void svm_msr_reset(struct svm *svm)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msr_kept); i++)
		svm->msr[i] = msr_kept[i].reset;
	bank_reset(&svm->bank);
	spec_reset(svm);
	svm->apic_base = MSR_APIC_BASE_RESET;
	svm->tsc_adjust = 0;
}

static const struct msr_kept *msr_find(u32 index)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msr_kept); i++)
		if (msr_kept[i].index == index)
			return &msr_kept[i];
	return NULL;
}

/* Those that are fields of the control block. */
static u64 *msr_field(struct svm *svm, u32 index)
{
	struct vmcb_save_area *s = &svm->vmcb->save;

	switch (index) {
	case MSR_STAR:
		return &s->star;
	case MSR_LSTAR:
		return &s->lstar;
	case MSR_CSTAR:
		return &s->cstar;
	case MSR_SYSCALL_MASK:
		return &s->sfmask;
	case MSR_KERNEL_GS_BASE:
		return &s->kernel_gs_base;
	case MSR_FS_BASE:
		return &s->fs.base;
	case MSR_GS_BASE:
		return &s->gs.base;
	case MSR_IA32_SYSENTER_CS:
		return &s->sysenter_cs;
	case MSR_IA32_SYSENTER_ESP:
		return &s->sysenter_esp;
	case MSR_IA32_SYSENTER_EIP:
		return &s->sysenter_eip;
	case MSR_IA32_CR_PAT:
		return &s->g_pat;
	default:
		return NULL;
	}
}

/* What the guest reads, or a guest of its own. */
static u64 msr_tsc(const struct x86_vcpu *vcpu)
{
	return rdtsc_ordered() + vcpu->svm.vmcb->control.tsc_offset;
}

int svm_msr_get(struct x86_vcpu *vcpu, u32 index, u64 *val, bool host)
{
	struct svm *svm = &vcpu->svm;
	const struct msr_kept *k;
	u64 *field = msr_field(svm, index);

	if (field) {
		*val = *field;
		return 0;
	}
	switch (index) {
	case MSR_EFER:
		*val = svm->efer;
		return 0;
	case MSR_IA32_TSC:
		*val = host ? kvmclock_tsc(vcpu) : msr_tsc(vcpu);
		return 0;
	case MSR_IA32_TSC_ADJUST:
		*val = svm->tsc_adjust;
		return 0;
	case MSR_TSC_AUX:
		*val = svm->tsc_aux;
		return 0;
	case MSR_IA32_APICBASE:
		*val = intc_base(vcpu);
		return 0;
	case MSR_MTRRcap:
		*val = MSR_MTRR_CAP;
		return 0;
	case MSR_VM_CR:
		*val = svm->vm_cr;
		return 0;
	case MSR_VM_HSAVE_PA:
		*val = svm->hsave;
		return 0;
	}
	if (intc_msr(index))
		return intc_get_msr(vcpu, index, val);
	if (index == MSR_AMD64_DE_CFG)
		return svm_msr_feature(index, val);
	if (index == MSR_PLATFORM_INFO && !host && READ_ONCE(vcpu->vm->no_platform_info))
		return -ENOENT;
	if (bank_has_msr(index))
		return bank_get_msr(vcpu, index, val, host);
	if (spec_has_msr(index))
		return spec_get_msr(svm, index, val, host);
	if (hv_has_msr(index))
		return hv_get_msr(vcpu, index, val, host);
	k = msr_find(index);
	if (!k)
		return pv_msr_get(vcpu, index, val);
	*val = svm->msr[k - msr_kept];
	return 0;
}

/* Guests of the guest's own come and go with EFER.SVME. */
static int msr_set_svme(struct x86_vcpu *vcpu, bool on, bool host)
{
	struct svm *svm = &vcpu->svm;

	if (on)
		return svm->vm_cr & SVM_VM_CR_SVM_DIS_MASK && !host ? -EINVAL : nested_enable(vcpu);
	/* undefined for L2, whose host would go under it */
	if (!host && nested_in_l2(svm))
		return -EINVAL;
	nested_abort(vcpu);
	return 0;
}

static int msr_set_efer(struct x86_vcpu *vcpu, u64 val, bool host)
{
	struct svm *svm = &vcpu->svm;
	u64 allowed = svm_efer_allowed(svm);
	u64 moved = val ^ svm->efer;
	int ret;

	if (!host && val & ~allowed)
		return -EINVAL;
	if (host && val & ~(allowed | EFER_LME | EFER_NX | EFER_FFXSR))
		return -EINVAL;
	if (!host) {
		/* LMA follows LME and paging, and LME does not move while paging is on */
		if ((moved & EFER_LME) && (svm->vmcb->save.cr0 & X86_CR0_PG))
			return -EINVAL;
		val = (val & ~(u64)EFER_LMA) | (svm->vmcb->save.efer & EFER_LMA);
	}
	if (moved & EFER_SVME) {
		ret = msr_set_svme(vcpu, val & EFER_SVME, host);
		if (ret)
			return ret;
	}
	svm_set_efer(svm, val);
	if (moved & EFER_NX)
		svm->flush = true;
	return 0;
}

/* The adjustment moves along, unless a VMM restores both. */
static int msr_set_tsc(struct x86_vcpu *vcpu, u64 val, bool host)
{
	u64 by = val - msr_tsc(vcpu);

	if (host) {
		kvmclock_sync_tsc(vcpu, val);
		return 0;
	}
	vcpu->svm.tsc_adjust += by;
	kvmclock_move_tsc(vcpu, vcpu->clock.tsc_offset + by);
	return 0;
}

static int msr_set_tsc_adjust(struct x86_vcpu *vcpu, u64 val, bool host)
{
	u64 by = val - vcpu->svm.tsc_adjust;

	vcpu->svm.tsc_adjust = val;
	if (!host)
		kvmclock_move_tsc(vcpu, vcpu->clock.tsc_offset + by);
	return 0;
}

/* Locked, SVMDIS and the lock stay; without AMD-V there is none to disable (AMD APM vol. 2, 15.30.1). */
static int msr_set_vm_cr(struct svm *svm, u64 val)
{
	u64 kept = svm->vm_cr & MSR_VM_CR_LOCK ? MSR_VM_CR_LOCK | SVM_VM_CR_SVM_DIS_MASK : 0;

	if (val & ~MSR_VM_CR_BITS ||
	    ((val & SVM_VM_CR_SVM_DIS_MASK) && (svm->efer & EFER_SVME)))
		return -EINVAL;
	svm->vm_cr = (val & ~kept) | (svm->vm_cr & kept);
	return 0;
}

/* Where the host's state is kept is ours to choose; L1 reads what it wrote. */
static int msr_set_hsave(struct svm *svm, u64 val)
{
	if (val & (PAGE_SIZE - 1) || val >> svm_hw.phys_bits)
		return -EINVAL;
	svm->hsave = val;
	return 0;
}

static bool msr_is_address(u32 index)
{
	return index == MSR_LSTAR || index == MSR_CSTAR || index == MSR_KERNEL_GS_BASE ||
	       index == MSR_FS_BASE || index == MSR_GS_BASE || index == MSR_IA32_SYSENTER_ESP ||
	       index == MSR_IA32_SYSENTER_EIP;
}

static bool msr_is_canonical(u64 val)
{
	return (u64)((s64)(val << 16) >> 16) == val;
}

/* What guests write to be on the safe side; it is not kept. */
static bool msr_is_dropped(u32 index)
{
	switch (index) {
	case MSR_IA32_UCODE_REV:
	case MSR_AMD64_PATCH_LOADER:
	case MSR_AMD64_BU_CFG2:
	case MSR_AMD64_DC_CFG:
	case MSR_AMD64_TW_CFG:
	case MSR_F15H_EX_CFG:
	case MSR_IA32_BBL_CR_CTL3:
		return true;
	default:
		return false;
	}
}

static int msr_set_kept(struct svm *svm, u32 index, u64 val, bool host)
{
	const struct msr_kept *k = msr_find(index);

	if (!k)
		return -ENOENT;
	if (msr_is_dropped(index) && !host)
		return 0;
	/* a VMM restores what it has read */
	if ((val ^ k->reset) & ~k->writable && !(host && val == svm->msr[k - msr_kept]))
		return -EINVAL;
	svm->msr[k - msr_kept] = val;
	return 0;
}

/* What the machine has is set, and stays so. */
static int msr_set_feature(u32 index, u64 val)
{
	u64 have;

	svm_msr_feature(index, &have);
	return val & ~have ? -EINVAL : 0;
}

int svm_msr_set(struct x86_vcpu *vcpu, u32 index, u64 val, bool host)
{
	struct svm *svm = &vcpu->svm;
	u64 *field = msr_field(svm, index);
	int ret;
	u32 xen = READ_ONCE(vcpu->vm->xen.msr);

	if (xen && index == xen && !host)
		return xen_write_msr(vcpu, val);
	if (field) {
		if ((msr_is_address(index) && !msr_is_canonical(val)) ||
		    (index == MSR_IA32_CR_PAT && !svm_pat_fits(val)))
			return -EINVAL;
		*field = val;
		return 0;
	}
	switch (index) {
	case MSR_EFER:
		return msr_set_efer(vcpu, val, host);
	case MSR_AMD64_DE_CFG:
		return msr_set_feature(index, val);
	case MSR_PLATFORM_INFO:
		return host ? msr_set_kept(svm, index, val, host) : -EINVAL;
	case MSR_K7_HWCR:
		return msr_set_kept(svm, index, val & ~MSR_HWCR_IGNORED, host);
	case MSR_VM_CR:
		return msr_set_vm_cr(svm, val);
	case MSR_VM_HSAVE_PA:
		return msr_set_hsave(svm, val);
	case MSR_IA32_TSC:
		return msr_set_tsc(vcpu, val, host);
	case MSR_IA32_TSC_ADJUST:
		return msr_set_tsc_adjust(vcpu, val, host);
	case MSR_TSC_AUX:
		if (val >> 32)
			return -EINVAL;
		return svm_set_tsc_aux(vcpu, val);
	case MSR_IA32_APICBASE:
		return intc_set_base(vcpu, val, host);
	}
	if (intc_msr(index))
		return intc_set_msr(vcpu, index, val);
	if (bank_has_msr(index))
		return bank_set_msr(vcpu, index, val, host);
	if (spec_has_msr(index))
		return spec_set_msr(svm, index, val, host);
	if (hv_has_msr(index))
		return hv_set_msr(vcpu, index, val, host);
	ret = msr_set_kept(svm, index, val, host);
	return ret == -ENOENT ? pv_msr_set(vcpu, index, val) : ret;
}
