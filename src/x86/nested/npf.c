// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page faults of L2: L1's tables are walked, ours are asked for the page that they name, and the
 * two become one entry of the tables that L2 runs on.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <asm/processor-flags.h>

#include "../../mem/hva_cache.h"
#include "../../vm/arch.h"
#include "../vm.h"
#include "inner.h"
#include "tables.h"

/**
 * struct npf_walk - L1's tables, and where they are
 * @t: the tables
 * @gm: guest memory
 */
struct npf_walk {
	struct nested_tables t;
	struct gmem *gm;
};

static int npf_load(struct nested_tables *t, u64 addr, unsigned int size, u64 *pte)
{
	struct npf_walk *w = container_of(t, struct npf_walk, t);

	return gmem_read_elems(w->gm, addr, pte, size, 1) == 1 ? 0 : -EFAULT;
}

static int npf_mark(struct nested_tables *t, u64 addr, unsigned int size, u64 old, u64 new)
{
	struct npf_walk *w = container_of(t, struct npf_walk, t);
	struct hva_cache hc;
	u64 was = old;
	int ret = hva_cache_init(&hc, w->gm, addr, size);

	if (!ret)
		ret = hva_cache_cmpxchg(&hc, 0, size, &was, new);
	hva_cache_exit(&hc);
	/* in read-only memory they are what they are */
	if (ret == -EFAULT)
		return 0;
	return ret ?: was == old ? 0 : -EAGAIN;
}

/* The form of L1's tables follows its own mode, as that of its page tables does. */
static void npf_tables(struct x86_vcpu *vcpu, struct npf_walk *w)
{
	const struct nested *n = vcpu->svm.nested;
	const struct vmcb_save_area *s = &n->l1->save;

	*w = (struct npf_walk) {
		.t = {
			.root = n->ctl.ncr3,
			.levels = s->efer & EFER_LMA ? (s->cr4 & X86_CR4_LA57 ? 5 : 4) :
				  s->cr4 & X86_CR4_PAE ? 3 : 2,
			.nx = s->efer & EFER_NX,
			.pse = s->cr4 & X86_CR4_PSE,
			.phys_bits = svm_hw.phys_bits,
			.load = npf_load,
			.mark = npf_mark,
		},
		.gm = &vcpu->vm->npt.gmem,
	};
}

void nested_flush(struct x86_vcpu *vcpu, u32 asid)
{
	struct nested *n = vcpu->svm.nested;
	unsigned int i;

	for (i = 0; i < NESTED_SHADOWS; i++)
		if (!asid || n->shadow[i].asid == asid)
			shadow_empty(&n->shadow[i]);
	if (n->in_l2)
		vcpu->svm.flush = true;
	else
		n->other_flush = true;
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

static int npf_map(struct x86_vcpu *vcpu, u64 addr, const struct nested_leaf *leaf,
		   const struct npt_copy *ours)
{
	struct shadow *s = vcpu->svm.nested->current_shadow;
	struct shadow_page p = {
		.pfn = ours->pfn,
		.shift = min(leaf->shift, ours->shift),
		.write = leaf->write && ours->write,
		.exec = leaf->exec,
		.memory = leaf->memory | ours->memory,
	};
	int ret = shadow_map(s, addr, &p);

	if (ret == -ENOSPC) {
		shadow_empty(s);
		vcpu->svm.flush = true;
		ret = shadow_map(s, addr, &p);
	}
	if (ret > 0)
		vcpu->svm.flush = true;
	return ret < 0 ? ret : VCPU_RESUME;
}

int nested_npf(struct x86_vcpu *vcpu)
{
	const struct vmcb_control_area *c = &vcpu->svm.nested->l2->control;
	u64 info = c->exit_info_1, addr = c->exit_info_2, error;
	bool write = info & NESTED_NPF_WRITE;
	struct nested_leaf leaf;
	struct npt_copy ours;
	struct npf_walk w;
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
	return npf_map(vcpu, addr, &leaf, &ours);
}

int nested_gpa(struct x86_vcpu *vcpu, u64 *gpa, unsigned int access)
{
	struct nested *n = vcpu->svm.nested;
	struct nested_leaf leaf;
	struct npf_walk w;
	u64 error;
	int ret;

	if (!nested_in_l2(&vcpu->svm) || !n->current_shadow)
		return 0;
	npf_tables(vcpu, &w);
	ret = nested_walk(&w.t, *gpa, access & SVM_WRITE, false, &leaf, &error);
	if (ret == TABLES_FAULT) {
		n->denied = *gpa;
		n->denied_error = error | NESTED_NPF_FINAL;
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
