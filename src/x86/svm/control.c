// SPDX-License-Identifier: GPL-2.0
/*
 * Moves to and from control and debug registers, and XCR0 (AMD APM vol. 2, 3.1, 11.5, 13.1).
 */
#include <linux/kvm.h>
#include <linux/string.h>
#include <asm/fpu/xcr.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "../vm.h"
#include "fetch.h"
#include "svm.h"

#define CONTROL_CR0	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | X86_CR0_ET | X86_CR0_NE | \
			 X86_CR0_WP | X86_CR0_AM | X86_CR0_NW | X86_CR0_CD | X86_CR0_PG)
#define CONTROL_CS_LONG	BIT(9)	/* of a code segment's attributes */

/* State components that depend on each other come together (AMD APM vol. 2, 11.5.2). */
static bool control_xcr0_fits(const struct svm *svm, u64 xcr0)
{
	const struct kvm_cpuid_entry2 *e = svm_cpuid_find(svm, 0xd, 0);
	u64 shown = e ? e->eax | (u64)e->edx << 32 : 0;

	if (!(xcr0 & XFEATURE_MASK_FP) || xcr0 & ~(shown | XFEATURE_MASK_FP) || xcr0 & ~svm_hw.xcr0)
		return false;
	if ((xcr0 & XFEATURE_MASK_YMM) && !(xcr0 & XFEATURE_MASK_SSE))
		return false;
	return !(xcr0 & XFEATURE_MASK_AVX512) ||
	       (xcr0 & (XFEATURE_MASK_AVX512 | XFEATURE_MASK_YMM)) ==
	       (XFEATURE_MASK_AVX512 | XFEATURE_MASK_YMM);
}

int svm_set_xcr0(struct svm *svm, u64 xcr0)
{
	if (!control_xcr0_fits(svm, xcr0))
		return -EINVAL;
	svm->xcr0 = xcr0;
	return 0;
}

static int control_xsetbv(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	u64 val = (u32)svm->vmcb->save.rax | svm->gpr[SVM_RDX] << 32;

	if (svm->vmcb->save.cpl || (u32)svm->gpr[SVM_RCX] || svm_set_xcr0(svm, val))
		svm_queue_gp(vcpu);
	else
		fetch_skip(vcpu, INSN_XSETBV);
	return VCPU_RESUME;
}

/* There is no decode assist that could be relied on: the bytes say which register. */
static bool control_decode(struct x86_vcpu *vcpu, struct insn_control *c)
{
	u8 bytes[INSN_MAX];

	return !insn_control(bytes, fetch_insn(vcpu, bytes), fetch_mode(&vcpu->svm), c);
}

/* What CR0 may not be, or not become (AMD APM vol. 2, 3.1.1, 14.6.2). */
static bool control_cr0_fits(const struct svm *svm, u64 val)
{
	const struct vmcb_save_area *s = &svm->vmcb->save;
	bool pg = val & X86_CR0_PG;

	if (val >> 32 || (pg && !(val & X86_CR0_PE)) || (val & X86_CR0_NW && !(val & X86_CR0_CD)))
		return false;
	if (pg == !!(s->cr0 & X86_CR0_PG))
		return true;
	if (!pg)
		return svm_code_bits(svm) != 64 && !(s->cr4 & X86_CR4_PCIDE);
	return !(svm->efer & EFER_LME) || (s->cr4 & X86_CR4_PAE && !(s->cs.attrib & CONTROL_CS_LONG));
}

static void control_set_cr0(struct svm *svm, u64 val)
{
	struct vmcb_save_area *s = &svm->vmcb->save;
	u64 moved = val ^ s->cr0;

	s->cr0 = (val & CONTROL_CR0) | X86_CR0_ET;
	if (svm->efer & EFER_LME)
		svm_set_efer(svm, val & X86_CR0_PG ? svm->efer | EFER_LMA : svm->efer & ~(u64)EFER_LMA);
	/* AMD APM vol. 2, 15.16 */
	if (moved & (X86_CR0_PG | X86_CR0_PE | X86_CR0_WP | X86_CR0_CD | X86_CR0_NW))
		svm->flush = true;
}

/* LMSW writes four bits, and cannot clear PE: none of that is forbidden. False: it is not LMSW. */
static bool control_lmsw(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	u64 cr0 = svm->vmcb->save.cr0, linear;
	u8 bytes[INSN_MAX];
	struct insn in;
	u16 val;

	if (insn_lmsw(bytes, fetch_insn(vcpu, bytes), fetch_mode(svm), &in))
		return false;
	if (insn_is_register(&in)) {
		val = svm_get_gpr(svm, insn_rm(&in));
	} else {
		linear = fetch_linear(svm, &in.memory, in.pos);
		if (svm_read_linear(vcpu, linear, 0, &val, sizeof(val)) != sizeof(val)) {
			svm_queue_page_fault(vcpu, linear, 0);
			return true;
		}
	}
	val &= X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS;
	control_set_cr0(svm, (cr0 & ~(u64)(X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)) | val);
	svm_skip(vcpu, in.pos);
	return true;
}

static int control_cr0(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct insn_control c;
	u64 val;

	if (!control_decode(vcpu, &c)) {
		control_lmsw(vcpu);
		return VCPU_RESUME;
	}
	if (c.number || !c.write || c.debug)
		return VCPU_RESUME;
	val = svm_get_gpr(svm, c.gpr);
	if (c.size == 4)
		val = (u32)val;
	if (!control_cr0_fits(svm, val)) {
		svm_queue_gp(vcpu);
		return VCPU_RESUME;
	}
	control_set_cr0(svm, val);
	svm_skip(vcpu, c.len);
	return VCPU_RESUME;
}

static int control_cr4(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct vmcb_save_area *s = &svm->vmcb->save;
	struct insn_control c;
	u64 val, moved;

	if (!control_decode(vcpu, &c) || c.number != 4 || !c.write || c.debug)
		return VCPU_RESUME;
	val = svm_get_gpr(svm, c.gpr);
	if (c.size == 4)
		val = (u32)val;
	moved = val ^ s->cr4;
	if (val & ~svm_cr4_allowed(svm) ||
	    ((svm->efer & EFER_LMA) && (!(val & X86_CR4_PAE) || moved & X86_CR4_LA57))) {
		svm_queue_gp(vcpu);
		return VCPU_RESUME;
	}
	s->cr4 = val;
	/* what the guest's tables mean is another thing now */
	if (moved & (X86_CR4_PSE | X86_CR4_PAE | X86_CR4_PGE | X86_CR4_PCIDE | X86_CR4_SMEP | X86_CR4_LA57))
		svm->flush = true;
	svm_skip(vcpu, c.len);
	return VCPU_RESUME;
}

/* Without an APIC here the VMM has to hear of a lower threshold: what it holds back may come now. */
static int control_cr8(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct insn_control c;
	u64 val, old = intc_cr8(vcpu);

	if (!control_decode(vcpu, &c) || c.number != 8 || !c.write || c.debug)
		return VCPU_RESUME;
	val = svm_get_gpr(svm, c.gpr);
	if (c.size == 4)
		val = (u32)val;
	if (val > 15) {
		svm_queue_gp(vcpu);
		return VCPU_RESUME;
	}
	intc_set_cr8(vcpu, val);
	svm_skip(vcpu, c.len);
	if (val >= old || vcpu->intc.there)
		return VCPU_RESUME;
	vcpu->base.run->exit_reason = KVM_EXIT_SET_TPR;
	return VCPU_TO_USER;
}

static u64 *control_dr(struct svm *svm, unsigned int n)
{
	if (n < 4)
		return &svm->dr[n];
	return n & 1 ? &svm->vmcb->save.dr7 : &svm->vmcb->save.dr6;
}

#define CONTROL_DR7_GD	BIT(13)
#define CONTROL_DR6_BD	BIT(13)
#define CONTROL_DR6_FIXED	0xffff0ff0ULL
#define CONTROL_DR6_ANY	0x0000e00fULL
#define CONTROL_DR7_FIXED	0x400ULL
#define CONTROL_DR7_ANY	0xffff2bffULL

static int control_mov_dr(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct vmcb_save_area *s = &svm->vmcb->save;
	struct insn_control c;
	u64 val;

	if (!control_decode(vcpu, &c) || !c.debug)
		return VCPU_RESUME;
	if (svm_debug_has(svm, KVM_GUESTDBG_USE_HW_BP) && svm->debug.dr7 & CONTROL_DR7_GD)
		return svm_debug_exit(vcpu, X86_TRAP_DB, CONTROL_DR6_FIXED | CONTROL_DR6_BD);
	if (s->dr7 & CONTROL_DR7_GD) {
		svm_queue_debug(vcpu, CONTROL_DR6_BD);
		return VCPU_RESUME;
	}
	if (c.number > 7 || ((c.number == 4 || c.number == 5) && (s->cr4 & X86_CR4_DE))) {
		svm_queue_ud(vcpu);
		return VCPU_RESUME;
	}
	if (!c.write) {
		svm_set_gpr(svm, c.gpr, *control_dr(svm, c.number));
		svm_skip(vcpu, c.len);
		return VCPU_RESUME;
	}
	val = svm_get_gpr(svm, c.gpr);
	if (c.size == 4)
		val = (u32)val;
	if (c.number >= 4 && val >> 32) {
		svm_queue_gp(vcpu);
		return VCPU_RESUME;
	}
	if (c.number >= 4)
		val = c.number & 1 ? (val & CONTROL_DR7_ANY) | CONTROL_DR7_FIXED :
				     (val & CONTROL_DR6_ANY) | CONTROL_DR6_FIXED;
	*control_dr(svm, c.number) = val;
	svm_skip(vcpu, c.len);
	return VCPU_RESUME;
}

int svm_control_exit(struct x86_vcpu *vcpu, u32 code)
{
	switch (code) {
	case SVM_EXIT_CR0_SEL_WRITE:
		return control_cr0(vcpu);
	case SVM_EXIT_WRITE_CR4:
		return control_cr4(vcpu);
	case SVM_EXIT_WRITE_CR8:
		return control_cr8(vcpu);
	case SVM_EXIT_XSETBV:
		return control_xsetbv(vcpu);
	default:
		return control_mov_dr(vcpu);
	}
}
