// SPDX-License-Identifier: GPL-2.0
/*
 * Speculation: SPEC_CTRL by value, barriers by PRED_CMD, and VIRT_SPEC_CTRL, which names one bit of
 * the former for guests that move between CPUs. All exit: guests seldom write them, and what a
 * guest must not have set is never in force.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/processor.h>

#include "../../compat/spec.h"
#include "../vm.h"
#include "spec.h"
#include "svm.h"

/* Of CPUID Fn8000_0008_EBX, and of Fn8000_000A_EDX. */
#define SPEC_LEAF		0x80000008
#define SPEC_HAS_IBPB		12
#define SPEC_HAS_IBRS		14
#define SPEC_HAS_STIBP		15
#define SPEC_HAS_SSBD		24
#define SPEC_HAS_VIRT_SSBD	25
#define SPEC_HAS_PSFD		28
#define SPEC_BY_VMRUN		20

/* Of SPEC_CTRL. */
#define SPEC_IBRS		BIT_ULL(0)
#define SPEC_STIBP		BIT_ULL(1)
#define SPEC_SSBD		BIT_ULL(2)
#define SPEC_PSFD		BIT_ULL(7)

/* A feature of the machine's: where guests see it, and what of SPEC_CTRL it is. */
static const struct spec_feature {
	u16 feature;
	u8 bit;
	u8 ctrl;
} spec_features[] = {
	{ X86_FEATURE_AMD_IBPB, SPEC_HAS_IBPB, 0 },
	{ X86_FEATURE_AMD_IBRS, SPEC_HAS_IBRS, SPEC_IBRS },
	{ X86_FEATURE_AMD_STIBP, SPEC_HAS_STIBP, SPEC_STIBP },
	{ X86_FEATURE_AMD_STIBP_ALWAYS_ON, 17, 0 },
	{ X86_FEATURE_AMD_SSBD, SPEC_HAS_SSBD, SPEC_SSBD },
	{ X86_FEATURE_AMD_SSB_NO, 26, 0 },
	{ X86_FEATURE_AMD_PSFD, SPEC_HAS_PSFD, SPEC_PSFD },
	{ X86_FEATURE_BTC_NO, 29, 0 },
};

static struct {
	u32 leaf;
	u64 ctrl;
	bool by_vmrun;
} spec_hw;

static atomic64_t spec_names = ATOMIC64_INIT(0);
static DEFINE_PER_CPU(u64, spec_last);
static DEFINE_PER_CPU(bool, spec_reduced);

void spec_find(void)
{
	unsigned int i;

	spec_hw.leaf = 0;
	spec_hw.ctrl = 0;
	for (i = 0; i < ARRAY_SIZE(spec_features); i++) {
		if (!boot_cpu_has(spec_features[i].feature))
			continue;
		spec_hw.leaf |= BIT(spec_features[i].bit);
		spec_hw.ctrl |= spec_features[i].ctrl;
	}
	if (spec_hw.ctrl & SPEC_SSBD)
		spec_hw.leaf |= BIT(SPEC_HAS_VIRT_SSBD);
	spec_hw.by_vmrun = spec_hw.ctrl && cpuid_edx(SVM_CPUID_FUNC) & BIT(SPEC_BY_VMRUN);
}

u32 spec_leaf(void)
{
	return spec_hw.leaf;
}

unsigned int spec_unlisted(void)
{
	return !spec_hw.ctrl ? 2 : !(spec_hw.ctrl & SPEC_SSBD);
}

bool spec_has_msr(u32 index)
{
	return index == MSR_IA32_SPEC_CTRL || index == MSR_IA32_PRED_CMD || index == MSR_AMD64_VIRT_SPEC_CTRL;
}

/* Does the vCPU's CPUID have it, or, for the VMM, the machine? */
static bool spec_shows(const struct svm *svm, unsigned int bit, bool host)
{
	return spec_hw.leaf & BIT(bit) && (host || svm_has(svm, SPEC_LEAF, 1, bit));
}

/* Bits of an MSR that may be set; none: there is no such MSR. */
static u64 spec_bits(const struct svm *svm, u32 index, bool host)
{
	u64 bits = 0;
	unsigned int i;

	switch (index) {
	case MSR_IA32_SPEC_CTRL:
		for (i = 0; i < ARRAY_SIZE(spec_features); i++)
			if (spec_features[i].ctrl && spec_shows(svm, spec_features[i].bit, host))
				bits |= spec_features[i].ctrl;
		return bits;
	case MSR_IA32_PRED_CMD:
		return spec_shows(svm, SPEC_HAS_IBPB, host) ? PRED_CMD_IBPB : 0;
	default:
		return spec_shows(svm, SPEC_HAS_VIRT_SSBD, host) ? SPEC_SSBD : 0;
	}
}

int spec_get_msr(const struct svm *svm, u32 index, u64 *val, bool host)
{
	if (!spec_bits(svm, index, host) || index == MSR_IA32_PRED_CMD)
		return -ENOENT;
	*val = index == MSR_IA32_SPEC_CTRL ? svm->spec.ctrl : svm->spec.virt;
	return 0;
}

/* On this CPU now; on others where it ran when it comes there. */
static void spec_bar(struct svm *svm)
{
	preempt_disable();
	wrmsrl(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
	svm->spec.barred = true;
	preempt_enable();
}

int spec_set_msr(struct svm *svm, u32 index, u64 val, bool host)
{
	u64 bits = spec_bits(svm, index, host);

	if (!bits)
		return -ENOENT;
	if (val & ~bits)
		return -EINVAL;
	if (index == MSR_IA32_SPEC_CTRL)
		svm->spec.ctrl = val;
	else if (index == MSR_AMD64_VIRT_SPEC_CTRL)
		svm->spec.virt = val;
	else if (val && !host)
		spec_bar(svm);
	return 0;
}

void spec_reset(struct svm *svm)
{
	svm->spec.ctrl = 0;
	svm->spec.virt = 0;
}

void spec_init(struct spec *spec)
{
	spec->name = atomic64_inc_return(&spec_names);
}

/* BP_CFG.BpSpecReduce of this CPU. Where it is not there after all, whoever shows it knows why. */
static void spec_reduce(bool on)
{
	u64 cfg;

	if (rdmsrl_safe(MSR_ZEN4_BP_CFG, &cfg))
		return;
	cfg &= ~BIT_ULL(MSR_ZEN4_BP_CFG_BP_SPEC_REDUCE_BIT);
	wrmsrl_safe(MSR_ZEN4_BP_CFG, cfg | (u64)on << MSR_ZEN4_BP_CFG_BP_SPEC_REDUCE_BIT);
	this_cpu_write(spec_reduced, on);
}

void spec_off(void)
{
	if (this_cpu_read(spec_reduced))
		spec_reduce(false);
}

/* By name: memory of a vCPU that has gone may be another's. */
void spec_load(struct spec *spec)
{
	bool stranger = this_cpu_read(spec_last) != spec->name, moved = spec->cpu != smp_processor_id();

	if (compat_wants_spec_reduced() && !this_cpu_read(spec_reduced))
		spec_reduce(true);
	spec->cpu = smp_processor_id();
	if (!stranger && !(moved && spec->barred))
		return;
	this_cpu_write(spec_last, spec->name);
	if (boot_cpu_has(X86_FEATURE_IBPB))
		wrmsrl(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
}

struct spec_switch spec_enter(struct svm *svm)
{
	u32 guest = svm->spec.ctrl | svm->spec.virt, host;

	/* what the host has divided last */
	amd_clear_divider();
	if (!spec_hw.ctrl)
		return (struct spec_switch){ };
	if (spec_hw.by_vmrun) {
		svm->vmcb->save.spec_ctrl = guest;
		return (struct spec_switch){ };
	}
	host = this_cpu_read(x86_spec_ctrl_current);
	return (struct spec_switch){ .guest = host | guest, .host = host };
}

void spec_leave(void)
{
	compat_guest_ran();
}
