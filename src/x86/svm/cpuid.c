// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID: what guests can be given here, and what one was given. A list of what is allowed:
 * a feature that nobody has looked at stays hidden.
 */
#include <linux/kvm.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/fpu/xcr.h>
#include <asm/processor-flags.h>

#include "../nested/nested.h"
#include "../pv/announce.h"
#include "../vm.h"
#include "svm.h"

#define CPUID_VENDOR_END	0xd	/* highest plain leaf that is answered */
#define CPUID_EXTENDED_END	0x8000001f
#define CPUID_HYPERVISOR	BIT(31)
#define CPUID_OSXSAVE		BIT(27)
#define CPUID_APIC		BIT(9)	/* of EDX */
#define CPUID_X2APIC		BIT(21)
/* Of 8000000a.EDX. */
#define CPUID_NPT		BIT(0)
#define CPUID_FLUSH_ASID	BIT(6)
#define CPUID_SVM_ADDRESS	BIT(28)	/* #GP for a bad address in rAX */

/**
 * struct cpuid_leaf - what guests may have of one leaf
 * @leaf: EAX
 * @sub: ECX
 * @indexed: ECX counts
 * @mask: bits of EAX, EBX, ECX, EDX that are passed on
 * @set: bits that are there in any case
 */
struct cpuid_leaf {
	u32 leaf;
	u32 sub;
	bool indexed;
	u32 mask[4];
	u32 set[4];
};

#define ALL	0xffffffff

/*
 * 1.ECX: SSE3, PCLMUL, SSSE3, FMA, CX16, SSE4.1, 4.2, MOVBE, POPCNT, AES, XSAVE, AVX, F16C,
 * RDRAND. 1.EDX: without what needs a PMU, thermal or debug store. 7: what works in user
 * registers alone, AVX2 and RDPID included, SMEP, SMAP, FSGSBASE, UMIP. 80000001: without what needs
 * MSRs. 80000008.EBX: CLZERO, XSAVE that always stores pointers, WBNOINVD, and spec_leaf(). 8000000a: what
 * nested/ does by itself, whatever the CPU has of it.
 */
static const struct cpuid_leaf cpuid_leaves[] = {
	{ .leaf = 0, .mask = { ALL, ALL, ALL, ALL } },
	{ .leaf = 1, .mask = { ALL, 0x00ffff00, 0x76d83203, 0x078bfbff },
	  .set = { 0, 0, CPUID_HYPERVISOR | CPUID_X2APIC, 0 } },
	{ .leaf = 7, .sub = 0, .indexed = true, .mask = { 0, 0x219c07a9, 0x00400704, 0x00000010 } },
	{ .leaf = 0xd, .sub = 0, .indexed = true, .mask = { 0, ALL, ALL, 0 } },
	{ .leaf = 0xd, .sub = 1, .indexed = true, .mask = { 1, 0, 0, 0 } },
	{ .leaf = 0xd, .sub = 2, .indexed = true, .mask = { ALL, ALL, 0, 0 } },
	{ .leaf = 0x80000000, .mask = { ALL, ALL, ALL, ALL } },
	{ .leaf = 0x80000001, .mask = { ALL, ALL, 0x000001f5 & ~0x00000008, 0x2fd3fbff } },
	{ .leaf = 0x80000002, .mask = { ALL, ALL, ALL, ALL } },
	{ .leaf = 0x80000003, .mask = { ALL, ALL, ALL, ALL } },
	{ .leaf = 0x80000004, .mask = { ALL, ALL, ALL, ALL } },
	{ .leaf = 0x80000005, .mask = { ALL, ALL, ALL, ALL } },
	{ .leaf = 0x80000006, .mask = { ALL, ALL, ALL, ALL } },
	{ .leaf = 0x80000007, .mask = { 0, 0, 0, 0x00000100 } },
	{ .leaf = 0x80000008, .mask = { 0xffff, 0x00000205, 0, 0 } },
	{ .leaf = SVM_CPUID_FUNC, .mask = { 0xff, 0, 0, CPUID_NPT },
	  .set = { 0, NESTED_ASIDS, 0, CPUID_FLUSH_ASID | CPUID_SVM_ADDRESS } },
};

static void cpuid_fill(const struct cpuid_leaf *l, struct kvm_cpuid_entry2 *e)
{
	memset(e, 0, sizeof(*e));
	e->function = l->leaf;
	e->index = l->sub;
	if (l->indexed)
		e->flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
	cpuid_count(l->leaf, l->sub, &e->eax, &e->ebx, &e->ecx, &e->edx);
	e->eax = (e->eax & l->mask[0]) | l->set[0];
	e->ebx = (e->ebx & l->mask[1]) | l->set[1];
	e->ecx = (e->ecx & l->mask[2]) | l->set[2];
	e->edx = (e->edx & l->mask[3]) | l->set[3];
}

/* Numbers that follow from what was left out. */
static void cpuid_adjust(struct kvm_cpuid_entry2 *e)
{
	switch (e->function) {
	case 0:
		e->eax = min_t(u32, e->eax, CPUID_VENDOR_END);
		break;
	case 7:
		e->eax = 0;
		break;
	case 0xd:
		if (e->index == 0) {
			e->eax = svm_hw.xcr0;
			e->ebx = svm_hw.xsave_size;
			e->ecx = svm_hw.xsave_size;
		}
		break;
	case 0x80000000:
		e->eax = min_t(u32, e->eax, CPUID_EXTENDED_END);
		break;
	case 0x80000008:
		e->ebx |= spec_leaf();
		break;
	}
}

int svm_cpuid_supported(struct kvm_cpuid_entry2 *out, unsigned int *nr)
{
	unsigned int n = 0, room = *nr, i;
	u32 plain = cpuid_eax(0), extended = cpuid_eax(0x80000000);
	struct kvm_cpuid_entry2 e;

	for (i = 0; i < ARRAY_SIZE(cpuid_leaves); i++) {
		const struct cpuid_leaf *l = &cpuid_leaves[i];

		if (l->leaf > (l->leaf & BIT(31) ? extended : plain))
			continue;
		if (l->leaf == 0xd && (!svm_hw.xcr0 || (l->sub == 2 && !(svm_hw.xcr0 & XFEATURE_MASK_YMM))))
			continue;
		if (n < room) {
			cpuid_fill(l, &out[n]);
			cpuid_adjust(&out[n]);
		}
		n++;
	}
	for (i = 0; pv_announce(i, &e); i++, n++)
		if (n < room)
			out[n] = e;
	*nr = n;
	return n > room ? -E2BIG : 0;
}

const struct kvm_cpuid_entry2 *svm_cpuid_find(const struct svm *svm, u32 leaf, u32 sub)
{
	unsigned int i;

	for (i = 0; i < svm->nr_cpuid; i++) {
		const struct kvm_cpuid_entry2 *e = &svm->cpuid[i];

		if (e->function == leaf &&
		    (!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) || e->index == sub))
			return e;
	}
	return NULL;
}

void svm_cpuid_now(struct x86_vcpu *vcpu, struct kvm_cpuid_entry2 *e)
{
	const struct svm *svm = &vcpu->svm;

	if (e->function == 1) {
		e->ecx &= ~(u32)CPUID_OSXSAVE;
		if (svm->vmcb->save.cr4 & X86_CR4_OSXSAVE)
			e->ecx |= CPUID_OSXSAVE;
		if (vcpu->intc.there && !lapic_is_on(&vcpu->intc.lapic))
			e->edx &= ~(u32)CPUID_APIC;
	}
	if (e->function == 0xd && !e->index)
		e->ebx = svm->xcr0 & XFEATURE_MASK_YMM ? svm_hw.xsave_size : 576;
}

/* Beyond the highest leaf AMD's CPUs answer 0. */
void svm_cpuid(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	const struct kvm_cpuid_entry2 *found = svm_cpuid_find(svm, svm->vmcb->save.rax, svm->gpr[SVM_RCX]);
	struct kvm_cpuid_entry2 e = { };

	if (found) {
		e = *found;
		svm_cpuid_now(vcpu, &e);
	}
	svm->vmcb->save.rax = e.eax;
	svm->gpr[SVM_RBX] = e.ebx;
	svm->gpr[SVM_RCX] = e.ecx;
	svm->gpr[SVM_RDX] = e.edx;
}

bool svm_has(const struct svm *svm, u32 leaf, unsigned int reg, unsigned int bit)
{
	const struct kvm_cpuid_entry2 *e = svm_cpuid_find(svm, leaf, 0);

	if (!e)
		return false;
	return (reg == 0 ? e->eax : reg == 1 ? e->ebx : reg == 2 ? e->ecx : e->edx) & BIT(bit);
}

/* Without any CPUID what the machine's guests can be shown. */
static bool cpuid_may(const struct svm *svm, u32 leaf, unsigned int reg, unsigned int bit)
{
	unsigned int i;

	if (svm->nr_cpuid)
		return svm_has(svm, leaf, reg, bit);
	for (i = 0; i < ARRAY_SIZE(cpuid_leaves); i++) {
		const struct cpuid_leaf *l = &cpuid_leaves[i];
		struct kvm_cpuid_entry2 e;

		if (l->leaf != leaf || l->sub || leaf > cpuid_eax(0))
			continue;
		cpuid_fill(l, &e);
		return (reg == 1 ? e.ebx : e.ecx) & BIT(bit);
	}
	return false;
}

static u64 cpuid_cr4(const struct svm *svm)
{
	static const struct { u64 cr4; u32 leaf; u8 reg, bit; } bits[] = {
		{ X86_CR4_OSXSAVE, 1, 2, 26 }, { X86_CR4_FSGSBASE, 7, 1, 0 },
		{ X86_CR4_SMEP, 7, 1, 7 }, { X86_CR4_SMAP, 7, 1, 20 }, { X86_CR4_UMIP, 7, 2, 2 },
		{ X86_CR4_PCIDE, 1, 2, 17 }, { X86_CR4_LA57, 7, 2, 16 },
	};
	u64 allowed = X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE | X86_CR4_PSE |
		      X86_CR4_PAE | X86_CR4_MCE | X86_CR4_PGE | X86_CR4_PCE | X86_CR4_OSFXSR |
		      X86_CR4_OSXMMEXCPT;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++)
		if (cpuid_may(svm, bits[i].leaf, bits[i].reg, bits[i].bit))
			allowed |= bits[i].cr4;
	return allowed;
}

static u64 cpuid_efer(const struct svm *svm)
{
	u64 allowed = EFER_SCE | EFER_LMA;

	if (svm_has(svm, 0x80000001, 3, 29))
		allowed |= EFER_LME;
	if (svm_has(svm, 0x80000001, 3, 20))
		allowed |= EFER_NX;
	if (svm_has(svm, 0x80000001, 3, 25))
		allowed |= EFER_FFXSR;
	if (svm_has(svm, 0x80000001, 2, 2))
		allowed |= EFER_SVME;
	return allowed;
}

void svm_cpuid_settle(struct svm *svm)
{
	svm->may_efer = cpuid_efer(svm);
	svm->may_cr4 = cpuid_cr4(svm);
}
