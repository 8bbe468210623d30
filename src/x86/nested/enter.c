// SPDX-License-Identifier: GPL-2.0
/*
 * VMRUN by L1 (AMD APM vol. 2, 15.5).
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/processor-flags.h>

#include "../../vm/arch.h"
#include "../svm/fetch.h"
#include "../vm.h"
#include "inner.h"

void nested_limits(const struct svm *svm, struct nested_limits *l)
{
	*l = (struct nested_limits) {
		.efer = svm_efer_allowed(svm),
		.cr4 = svm_cr4_allowed(svm),
		.phys_bits = svm_hw.phys_bits,
		.paging = svm->nested->l1->save.cr0 & X86_CR0_PG,
	};
}

void nested_regs_from(struct nested_regs *r, const struct vmcb_save_area *s)
{
	*r = (struct nested_regs) {
		.efer = s->efer, .cr0 = s->cr0, .cr3 = s->cr3, .cr4 = s->cr4,
		.dr6 = s->dr6, .dr7 = s->dr7, .g_pat = s->g_pat, .cs = s->cs.attrib,
	};
}

static bool enter_fits(struct x86_vcpu *vcpu, const struct vmcb_save_area *save)
{
	struct nested *n = vcpu->svm.nested;
	struct nested_limits l;
	struct nested_regs r;

	nested_limits(&vcpu->svm, &l);
	nested_regs_from(&r, save);
	return nested_ctl_fits(&n->ctl, &l) &&
	       nested_regs_fit(&r, &l, n->ctl.nested_ctl & NESTED_PAGING);
}

/* One page of both MSR maps: where ours lets nothing through L1 is asked at the exit. */
static void enter_msr_page(struct x86_vcpu *vcpu, unsigned int page)
{
	struct nested *n = vcpu->svm.nested;
	bool asked = nested_intercepts(n->ctl.intercepts, SVM_EXIT_MSR);
	const u8 *theirs = NULL, *ours;
	u64 io, msr;
	unsigned int i;

	svm_permissions(vcpu, &io, &msr);
	ours = __va(msr);
	if (asked)
		theirs = nested_page_begin(&n->msr[page], &vcpu->vm->npt.gmem,
					   (n->ctl.msrpm & PAGE_MASK) + page * PAGE_SIZE, false);
	for (i = 0; i < n->nr_open; i++) {
		u16 at = n->open[i];

		if (at / PAGE_SIZE != page)
			continue;
		n->msr_map[at] = ours[at];
		if (asked)
			n->msr_map[at] |= IS_ERR(theirs) ? 0xff : theirs[at % PAGE_SIZE];
	}
	if (asked && !IS_ERR(theirs))
		nested_page_end(&n->msr[page], false);
}

static void enter_set(u32 *words, unsigned int bit, bool on)
{
	words[bit / 32] &= ~BIT(bit % 32);
	if (on)
		words[bit / 32] |= BIT(bit % 32);
}

/* What we intercept of any guest, and what L1 does. */
static void enter_intercepts(struct nested *n)
{
	u32 *words = n->l2->control.intercepts;
	unsigned int i;

	memcpy(words, n->l1->control.intercepts, sizeof(n->ctl.intercepts));
	enter_set(words, INTERCEPT_VINTR, false);
	enter_set(words, INTERCEPT_IRET, false);
	/* #UD for a guest whose host did not ask for it */
	enter_set(words, INTERCEPT_VMMCALL, false);
	/* a priority of L2's own is none of ours */
	if (n->ctl.int_ctl & V_INTR_MASKING_MASK)
		enter_set(words, INTERCEPT_CR8_WRITE, false);
	for (i = 0; i < NESTED_INTERCEPTS; i++)
		words[i] |= n->ctl.intercepts[i];
}

static void enter_control(struct x86_vcpu *vcpu)
{
	struct nested *n = vcpu->svm.nested;
	struct vmcb_control_area *c = &n->l2->control;
	u64 io, msr;

	memset(c, 0, sizeof(*c));
	enter_intercepts(n);
	svm_permissions(vcpu, &io, &msr);
	c->iopm_base_pa = io;
	c->msrpm_base_pa = __pa(n->msr_map);
	c->tsc_offset = n->l1->control.tsc_offset + n->ctl.tsc_offset;
	n->virq = n->ctl.int_ctl & V_IRQ_INJECTION_BITS_MASK;
	n->window = false;
	n->tpr = n->ctl.int_ctl & V_TPR_MASK;
	c->int_ctl = V_INTR_MASKING_MASK | n->virq;
	c->int_vector = n->ctl.int_vector & 0xff;
	c->int_state = n->ctl.int_state & SVM_INTERRUPT_SHADOW_MASK;
	c->nested_ctl = SVM_NESTED_CTL_NP_ENABLE;
	c->nested_cr3 = n->spaces.now ? shadow_root(n->spaces.now) : npt_root(&vcpu->vm->npt);
}

static void enter_event(struct svm *svm)
{
	const struct nested_ctl *ctl = &svm->nested->ctl;

	if (!(ctl->event_inj & SVM_EVTINJ_VALID))
		return;
	svm->inject = (struct svm_event) {
		.valid = true,
		.type = ctl->event_inj & SVM_EVTINJ_TYPE_MASK,
		.vector = ctl->event_inj & SVM_EVTINJ_VEC_MASK,
		.has_error = ctl->event_inj & SVM_EVTINJ_VALID_ERR,
		.error = ctl->event_inj_err,
		/* L1 is told of no NextRIP: it has moved RIP itself */
		.next = svm->vmcb->save.rip,
	};
}

static int enter_space(struct x86_vcpu *vcpu)
{
	struct nested *n = vcpu->svm.nested;
	u64 ncr3 = n->ctl.nested_ctl & NESTED_PAGING ? n->ctl.ncr3 : SPACE_NO_NCR3;

	return space_enter(&n->spaces, n->ctl.asid, ncr3, n->ctl.tlb_ctl, vcpu->vm->npt.levels,
			   &n->other_flush);
}

void nested_switch(struct svm *svm, bool in_l2)
{
	struct nested *n = svm->nested;
	bool flush = svm->flush;

	svm->vmcb = in_l2 ? n->l2 : n->l1;
	svm->vmcb_pa = __pa(svm->vmcb);
	swap(svm->asid, n->other);
	svm->flush = n->other_flush;
	n->other_flush = flush;
	n->in_l2 = in_l2;
}

int nested_enter(struct x86_vcpu *vcpu, const struct vmcb_save_area *save)
{
	struct svm *svm = &vcpu->svm;
	struct nested *n = svm->nested;
	struct vmcb_save_area *s = &n->l2->save;
	unsigned int i;
	int ret = enter_space(vcpu);

	if (ret)
		return ret;
	for (i = 0; i < DECIDE_MSR_PAGES; i++)
		enter_msr_page(vcpu, i);
	enter_control(vcpu);
	memset(s, 0, sizeof(*s));
	s->g_pat = n->l1->save.g_pat;
	nested_vmrun_state(s, save, n->ctl.nested_ctl & NESTED_PAGING);
	nested_segments(s, &n->l1->save);
	s->rflags |= X86_EFLAGS_FIXED;
	nested_switch(svm, true);
	/* long mode is on where it is enabled and paging is */
	svm_set_efer(svm, (s->efer & ~(u64)EFER_LMA) |
			  ((s->efer & EFER_LME) && (s->cr0 & X86_CR0_PG) ? EFER_LMA : 0));
	n->fresh = true;
	n->gif = true;
	return 0;
}

/* VMEXIT_INVALID: L1 goes on behind its VMRUN. */
static void enter_refuse(struct x86_vcpu *vcpu)
{
	struct nested *n = vcpu->svm.nested;
	struct vmcb_control_area *c = &n->copy->control;
	u64 code = (u64)SVM_EXIT_ERR;

	memcpy((void *)c + offsetof(struct vmcb_control_area, exit_code), &code, sizeof(code));
	c->exit_info_1 = 0;
	c->exit_info_2 = 0;
	c->exit_int_info = 0;
	nested_vmcb_write(vcpu, n->vmcb12, NESTED_PART_INVALID);
	n->gif = false;
}

int nested_vmrun(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct nested *n = svm->nested;
	u64 gpa = nested_rax(svm), rip;
	bool stepped;
	int ret;

	if (!nested_vmcb_fits(gpa) || !svm->hsave) {
		svm_queue_gp(vcpu);
		return VCPU_RESUME;
	}
	ret = nested_vmcb_read(vcpu, gpa);
	if (ret == -EINTR)
		return VCPU_RESUME;
	if (ret) {
		svm_queue_gp(vcpu);
		return VCPU_RESUME;
	}
	rip = svm->vmcb->save.rip;
	stepped = svm->stepped;
	/* another vCPU has written something else there */
	if (!fetch_skip(vcpu, INSN_VMRUN))
		return VCPU_RESUME;
	n->vmcb12 = gpa;
	nested_ctl_from(&n->ctl, &n->copy->control);
	if (!enter_fits(vcpu, &n->copy->save)) {
		enter_refuse(vcpu);
		return VCPU_RESUME;
	}
	ret = nested_enter(vcpu, &n->copy->save);
	if (ret) {
		/* L1's once more, and so is the instruction, when there is memory */
		svm->vmcb->save.rip = rip;
		svm->stepped = stepped;
		return ret;
	}
	enter_event(svm);
	return VCPU_RESUME;
}
