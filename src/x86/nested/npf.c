// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page faults of L2: L1's tables are walked, ours are asked for the page that they name, and the
 * two become one entry of the tables that L2 runs on.
 */
#include <linux/errno.h>
#include <asm/processor-flags.h>

#include "../../vm/arch.h"
#include "../vm.h"
#include "inner.h"
#include "reach.h"

/* The form of L1's tables follows its own mode, as that of its page tables does. */
static void npf_tables(struct x86_vcpu *vcpu, struct reach *w)
{
	const struct nested *n = vcpu->svm.nested;
	const struct vmcb_save_area *s = &n->l1->save;

	w->t = (struct nested_tables) {
		.root = n->ctl.ncr3,
		.levels = s->efer & EFER_LMA ? (s->cr4 & X86_CR4_LA57 ? 5 : 4) :
			  s->cr4 & X86_CR4_PAE ? 3 : 2,
		.nx = s->efer & EFER_NX,
		.pse = s->cr4 & X86_CR4_PSE,
		.phys_bits = svm_hw.phys_bits,
	};
	reach_init(w, &vcpu->vm->npt.gmem);
}

void nested_flush(struct x86_vcpu *vcpu, u32 asid)
{
	struct nested *n = vcpu->svm.nested;

	space_flush(&n->spaces, asid, n->in_l2 ? &vcpu->svm.flush : &n->other_flush);
}

void nested_forget(struct x86_vcpu *vcpu)
{
	struct nested *n = vcpu->svm.nested;

	vcpu->svm.flush = true;
	if (!n)
		return;
	nested_flush(vcpu, 0);
	n->other_flush = true;
}

int nested_npf(struct x86_vcpu *vcpu)
{
	const struct vmcb_control_area *c = &vcpu->svm.nested->l2->control;
	u64 info = c->exit_info_1, addr = c->exit_info_2, error;
	bool write = info & NESTED_NPF_WRITE;
	struct nested_leaf leaf;
	struct npt_copy ours;
	struct reach w;
	int ret;

	npf_tables(vcpu, &w);
	ret = nested_walk(&w.t, addr, write, info & NESTED_NPF_FETCH, &leaf, &error);
	if (ret == TABLES_FAULT) {
		nested_leave(vcpu, SVM_EXIT_NPF,
			     error | (info & (NESTED_NPF_FINAL | NESTED_NPF_TABLE)), addr);
		return VCPU_RESUME;
	}
	if (ret)
		return ret == -EAGAIN ? VCPU_RESUME : ret;
	if (!npt_copy(&vcpu->vm->npt, leaf.addr, write, &ours)) {
		ret = svm_npf(vcpu, leaf.addr);
		if (ret != VCPU_RESUME || !npt_copy(&vcpu->vm->npt, leaf.addr, write, &ours))
			return ret;
	}
	ret = space_map(&vcpu->svm.nested->spaces, addr, &leaf, &ours, &vcpu->svm.flush);
	return ret ?: VCPU_RESUME;
}

int nested_gpa(struct x86_vcpu *vcpu, u64 *gpa, unsigned int access)
{
	struct nested *n = vcpu->svm.nested;
	struct nested_leaf leaf;
	struct reach w;
	u64 error;
	int ret;

	if (!nested_in_l2(&vcpu->svm) || !n->spaces.now)
		return 0;
	npf_tables(vcpu, &w);
	ret = nested_walk(&w.t, *gpa, access & SVM_WRITE, false, &leaf, &error);
	if (ret == TABLES_FAULT) {
		n->denied = *gpa;
		n->denied_error = error | (access & SVM_TABLE ? NESTED_NPF_TABLE : NESTED_NPF_FINAL);
		/* L2 got here by what its tables said before: an instruction is to meet it itself */
		nested_flush(vcpu, 0);
		return -ENXIO;
	}
	if (!ret)
		*gpa = leaf.addr;
	return ret;
}

void nested_denied(struct x86_vcpu *vcpu)
{
	const struct nested *n = vcpu->svm.nested;

	nested_leave(vcpu, SVM_EXIT_NPF, n->denied_error, n->denied);
}
