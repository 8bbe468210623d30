// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions of AMD-V that a guest executes (AMD APM vol. 3, system instructions).
 */
#include <linux/errno.h>
#include <asm/processor-flags.h>

#include "../../vm/arch.h"
#include "../svm/fetch.h"
#include "../vm.h"
#include "inner.h"

u64 nested_rax(const struct svm *svm)
{
	u64 rax = svm->vmcb->save.rax;

	return svm_code_bits(svm) == 64 ? rax : (u32)rax;
}

static int insn_gp(struct x86_vcpu *vcpu)
{
	svm_queue_gp(vcpu);
	return VCPU_RESUME;
}

/* Where a signal came first the instruction is executed again. */
static int insn_failed(struct x86_vcpu *vcpu, int err)
{
	return err == -EINTR ? VCPU_RESUME : insn_gp(vcpu);
}

static int insn_vmload(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	u64 gpa = nested_rax(svm);
	int ret;

	if (!nested_vmcb_fits(gpa))
		return insn_gp(vcpu);
	ret = nested_vmcb_read(vcpu, gpa);
	if (ret)
		return insn_failed(vcpu, ret);
	if (fetch_skip(vcpu, INSN_VMLOAD))
		nested_segments(&svm->vmcb->save, &svm->nested->copy->save);
	return VCPU_RESUME;
}

static int insn_vmsave(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	u64 gpa = nested_rax(svm);
	u64 rip = svm->vmcb->save.rip;
	int ret;

	if (!nested_vmcb_fits(gpa))
		return insn_gp(vcpu);
	if (!fetch_skip(vcpu, INSN_VMSAVE))
		return VCPU_RESUME;
	nested_segments(&svm->nested->copy->save, &svm->vmcb->save);
	ret = nested_vmcb_write(vcpu, gpa, NESTED_PART_VMSAVE);
	if (!ret)
		return VCPU_RESUME;
	svm->vmcb->save.rip = rip;
	return insn_failed(vcpu, ret);
}

/* A translation of one address is one of many that are made of the same tables: all go. */
static int insn_invlpga(struct x86_vcpu *vcpu)
{
	u32 asid = vcpu->svm.gpr[SVM_RCX];

	if (!fetch_skip(vcpu, INSN_INVLPGA))
		return VCPU_RESUME;
	if (asid)
		nested_flush(vcpu, asid);
	else if (nested_in_l2(&vcpu->svm))
		vcpu->svm.nested->other_flush = true;
	else
		vcpu->svm.flush = true;
	return VCPU_RESUME;
}

static int insn_gif(struct x86_vcpu *vcpu, enum insn_name name)
{
	if (fetch_skip(vcpu, name))
		vcpu->svm.nested->gif = name == INSN_STGI;
	return VCPU_RESUME;
}

static bool insn_exists(const struct svm *svm, u32 code)
{
	return (svm->efer & EFER_SVME) && (svm->vmcb->save.cr0 & X86_CR0_PE) &&
	       !(svm->vmcb->save.rflags & X86_EFLAGS_VM) && code != SVM_EXIT_SKINIT;
}

int nested_insn(struct x86_vcpu *vcpu, u32 code)
{
	struct svm *svm = &vcpu->svm;

	if (!svm->nested || !insn_exists(svm, code)) {
		svm_queue_ud(vcpu);
		return VCPU_RESUME;
	}
	if (svm->vmcb->save.cpl)
		return insn_gp(vcpu);
	switch (code) {
	case SVM_EXIT_VMRUN:
		return nested_vmrun(vcpu);
	case SVM_EXIT_VMLOAD:
		return insn_vmload(vcpu);
	case SVM_EXIT_VMSAVE:
		return insn_vmsave(vcpu);
	case SVM_EXIT_STGI:
		return insn_gif(vcpu, INSN_STGI);
	case SVM_EXIT_CLGI:
		return insn_gif(vcpu, INSN_CLGI);
	default:
		return insn_invlpga(vcpu);
	}
}
