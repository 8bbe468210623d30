// SPDX-License-Identifier: GPL-2.0
/*
 * The instruction that exited. Many CPUs do not tell where the next one is.
 */
#include <linux/string.h>

#include "../nested/nested.h"
#include "../vm.h"
#include "fetch.h"
#include "svm.h"

#define FETCH_NOWHERE	1UL	/* no page's address */

enum insn_mode fetch_mode(const struct svm *svm)
{
	switch (svm_code_bits(svm)) {
	case 64:
		return INSN_64;
	case 32:
		return INSN_32;
	default:
		return INSN_16;
	}
}

u64 fetch_rip(const struct svm *svm)
{
	const struct vmcb_save_area *s = &svm->vmcb->save;

	return fetch_mode(svm) == INSN_64 ? s->rip : (u32)(s->cs.base + s->rip);
}

/* Is that the page that it was, for all but the tables' contents? */
static bool fetch_is_of(const struct svm_fetched *f, const struct svm *svm, u64 page)
{
	const struct vmcb_save_area *s = &svm->vmcb->save;

	return f->va == page && f->cr3 == s->cr3 && f->cr0 == s->cr0 && f->cr4 == s->cr4 && f->efer == svm->efer;
}

/*
 * The guest changes its tables, and flushes its TLB, without an exit: what they said is not kept, but where they said
 * it, and they are asked again.
 */
static bool fetch_kept(struct x86_vcpu *vcpu, u64 linear, u8 *bytes)
{
	struct gmem *gm = &vcpu->vm->npt.gmem;
	const struct vmcb_save_area *s = &vcpu->svm.vmcb->save;
	unsigned int off = linear & (GMEM_PAGE_SIZE - 1);
	u64 page = linear - off;
	struct svm_fetched *f = &vcpu->svm.fetched[(linear >> GMEM_PAGE_SHIFT) % SVM_FETCHED];

	if (off > GMEM_PAGE_SIZE - INSN_MAX || nested_in_l2(&vcpu->svm))
		return false;
	if (fetch_is_of(f, &vcpu->svm, page) && trail_read(&f->trail, gm, off, bytes, INSN_MAX))
		return true;
	/* what was kept here is of nothing any more, also where there are no tables to follow */
	f->va = FETCH_NOWHERE;
	if (!svm_follow(vcpu, linear, &f->trail))
		return false;
	f->va = page;
	f->cr0 = s->cr0;
	f->cr3 = s->cr3;
	f->cr4 = s->cr4;
	f->efer = vcpu->svm.efer;
	return trail_read(&f->trail, gm, off, bytes, INSN_MAX);
}

unsigned int fetch_insn(struct x86_vcpu *vcpu, u8 *bytes)
{
	if (fetch_kept(vcpu, fetch_rip(&vcpu->svm), bytes))
		return INSN_MAX;
	return svm_read_linear(vcpu, fetch_rip(&vcpu->svm), SVM_ANY, bytes, INSN_MAX);
}

bool fetch_skip(struct x86_vcpu *vcpu, enum insn_name name)
{
	u8 bytes[INSN_MAX];
	int len = 0;

	if (!svm_hw.nrips) {
		len = insn_length(bytes, fetch_insn(vcpu, bytes), fetch_mode(&vcpu->svm), name);
		if (len < 0)
			return false;
	}
	svm_skip(vcpu, len);
	return true;
}

static u64 fetch_segment_base(const struct svm *svm, enum insn_segment segment)
{
	const struct vmcb_save_area *s = &svm->vmcb->save;

	if (fetch_mode(svm) == INSN_64 && segment < INSN_FS)
		return 0;
	switch (segment) {
	case INSN_ES:
		return s->es.base;
	case INSN_CS:
		return s->cs.base;
	case INSN_SS:
		return s->ss.base;
	case INSN_FS:
		return s->fs.base;
	case INSN_GS:
		return s->gs.base;
	default:
		return s->ds.base;
	}
}

u64 fetch_linear(const struct svm *svm, const struct insn_memory *m, unsigned int len)
{
	u64 gpr[SVM_GPRS] = { }, linear;

	/* the others are not looked at */
	if (m->base != INSN_NO_REG)
		gpr[m->base] = svm_get_gpr(svm, m->base);
	if (m->index != INSN_NO_REG)
		gpr[m->index] = svm_get_gpr(svm, m->index);
	linear = fetch_segment_base(svm, m->segment) +
		 insn_offset(m, gpr, svm->vmcb->save.rip + len);
	return fetch_mode(svm) == INSN_64 ? linear : (u32)linear;
}
