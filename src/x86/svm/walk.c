// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory by its linear address: the guest's own page tables, read as they stand.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <asm/processor-flags.h>
#include <asm/trap_pf.h>

#include "../nested/nested.h"
#include "../vm.h"
#include "svm.h"

#define WALK_PRESENT	BIT_ULL(0)
#define WALK_WRITE	BIT_ULL(1)
#define WALK_USER	BIT_ULL(2)
#define WALK_LARGE	BIT_ULL(7)
#define WALK_ADDR	GENMASK_ULL(51, 12)
#define WALK_NX		BIT_ULL(63)

/**
 * struct walk_mode - how the guest's tables are made
 * @levels: 2 to 5
 * @bits: index bits of a level
 * @size: bytes of an entry
 */
struct walk_mode {
	unsigned int levels;
	unsigned int bits;
	unsigned int size;
};

static struct walk_mode walk_mode(const struct svm *svm)
{
	u64 cr4 = svm->vmcb->save.cr4;

	if (svm->efer & EFER_LMA)
		return (struct walk_mode) { cr4 & X86_CR4_LA57 ? 5 : 4, 9, 8 };
	if (cr4 & X86_CR4_PAE)
		return (struct walk_mode) { 3, 9, 8 };
	return (struct walk_mode) { 2, 10, 4 };
}

/* A large page: at levels 2 and 3 of the long form, at level 2 of the short one with PSE. */
static bool walk_is_large(const struct svm *svm, const struct walk_mode *m, u64 pte,
			  unsigned int level)
{
	if (level == 1 || !(pte & WALK_LARGE))
		return level == 1;
	if (m->size == 4)
		return svm->vmcb->save.cr4 & X86_CR4_PSE;
	return level == 2 || (level == 3 && m->levels > 3);
}

/**
 * struct walk - where a walk got to
 * @pte: the last entry, which maps
 * @shift: bits of an address that it leaves alone
 * @allow: WALK_WRITE, WALK_USER: set in all entries
 * @deny: WALK_NX: set in any
 * @trail: where the entries are kept, or NULL
 */
struct walk {
	u64 pte;
	unsigned int shift;
	u64 allow;
	u64 deny;
	struct trail *trail;
};

static u64 walk_root(const struct svm *svm, const struct walk_mode *m)
{
	u64 cr3 = svm->vmcb->save.cr3;

	/* the four entries of PAE stand closer */
	if (m->levels == 3)
		return cr3 & GENMASK_ULL(31, 5);
	return cr3 & (m->size == 4 ? GENMASK_ULL(31, 12) : WALK_ADDR);
}

/* An entry; where L1 has nested paging the guest's own tables are at L2's addresses. */
static int walk_load(struct x86_vcpu *vcpu, struct walk *w, u64 addr, unsigned int size)
{
	struct gmem *gm = &vcpu->vm->npt.gmem;
	int ret;

	w->pte = 0;
	if (w->trail) {
		ret = trail_load(w->trail, gm, addr, &w->pte);
	} else {
		ret = nested_gpa(vcpu, &addr, SVM_TABLE);
		/* L1's to hear of, and no fault of the guest's */
		if (ret == -ENXIO)
			return ret;
		if (!ret && gmem_read_elems(gm, addr, &w->pte, size, 1) != 1)
			ret = -EFAULT;
	}
	return ret || !(w->pte & WALK_PRESENT) ? -EFAULT : 0;
}

static int walk_tables(struct x86_vcpu *vcpu, const struct walk_mode *m, u64 va, struct walk *w)
{
	u64 table = walk_root(&vcpu->svm, m);
	unsigned int level;
	int ret;

	w->allow = WALK_WRITE | WALK_USER;
	w->deny = 0;
	for (level = m->levels; level; level--) {
		u64 index;

		w->shift = 12 + m->bits * (level - 1);
		index = (va >> w->shift) & (BIT_ULL(m->bits) - 1);
		ret = walk_load(vcpu, w, table + index * m->size, m->size);
		if (ret)
			return ret;
		/* the top entries of PAE have no permissions */
		if (m->levels != 3 || level != 3) {
			w->allow &= w->pte;
			w->deny |= w->pte & WALK_NX;
		}
		if (walk_is_large(&vcpu->svm, m, w->pte, level))
			return 0;
		table = w->pte & WALK_ADDR;
	}
	return 0;
}

static bool walk_may(const struct svm *svm, const struct walk *w, unsigned int access)
{
	const struct vmcb_save_area *s = &svm->vmcb->save;
	bool user = s->cpl == 3 && !(access & SVM_SYSTEM), exec = access & SVM_EXEC;

	if (user && !(w->allow & WALK_USER))
		return false;
	if ((access & SVM_WRITE) && !(w->allow & WALK_WRITE) && (user || s->cr0 & X86_CR0_WP))
		return false;
	if (exec && (w->deny & WALK_NX) && (svm->efer & EFER_NX))
		return false;
	if (user || !(w->allow & WALK_USER))
		return true;
	/* the kernel at what is its programs': RFLAGS.AC lets it, if it does so itself */
	if (exec)
		return !(s->cr4 & X86_CR4_SMEP);
	return !(s->cr4 & X86_CR4_SMAP) || (s->rflags & X86_EFLAGS_AC && !(access & SVM_SYSTEM));
}

/* What the last entry says of an address. */
static u64 walk_gpa(const struct walk_mode *m, const struct walk *w, u64 va)
{
	u64 gpa = (w->pte & WALK_ADDR & ~(BIT_ULL(w->shift) - 1)) | (va & (BIT_ULL(w->shift) - 1));

	/* PSE-36: more of the address in bits that would be its low ones */
	if (m->size == 4 && w->shift > 12)
		gpa |= ((w->pte >> 13) & 0xff) << 32;
	return gpa;
}

int svm_translate(struct x86_vcpu *vcpu, u64 va, unsigned int access, u64 *gpa)
{
	const struct svm *svm = &vcpu->svm;
	struct walk_mode m = walk_mode(svm);
	struct walk w = { .trail = NULL };
	int ret;

	if (!(svm->vmcb->save.cr0 & X86_CR0_PG)) {
		*gpa = (u32)va;
		return nested_gpa(vcpu, gpa, access);
	}
	if (!(svm->efer & EFER_LMA))
		va = (u32)va;
	ret = walk_tables(vcpu, &m, va, &w);
	if (ret)
		return ret;
	if (!(access & SVM_ANY) && !walk_may(svm, &w, access))
		return -EACCES;
	*gpa = walk_gpa(&m, &w, va);
	return nested_gpa(vcpu, gpa, access);
}

bool svm_follow(struct x86_vcpu *vcpu, u64 va, struct trail *trail)
{
	const struct svm *svm = &vcpu->svm;
	struct gmem *gm = &vcpu->vm->npt.gmem;
	struct walk_mode m = walk_mode(svm);
	struct walk w = { .trail = trail };

	if (!(svm->vmcb->save.cr0 & X86_CR0_PG) || nested_in_l2(svm))
		return false;
	if (!(svm->efer & EFER_LMA))
		va = (u32)va;
	trail_begin(trail, gm, m.size);
	if (walk_tables(vcpu, &m, va, &w))
		return false;
	trail_end(trail, gm, walk_gpa(&m, &w, va));
	return true;
}

void svm_queue_page_fault(struct x86_vcpu *vcpu, u64 va, unsigned int access)
{
	const struct vmcb_save_area *s = &vcpu->svm.vmcb->save;
	u32 error = (access & SVM_WRITE ? X86_PF_WRITE : 0) | (access & SVM_EXEC ? X86_PF_INSTR : 0);
	u64 gpa;
	int ret = svm_translate(vcpu, va, access, &gpa);

	/* not its own tables */
	if (ret == -ENXIO) {
		nested_denied(vcpu);
		return;
	}
	if (ret == -EACCES)
		error |= X86_PF_PROT;
	if (s->cpl == 3 && !(access & SVM_SYSTEM))
		error |= X86_PF_USER;
	svm_queue_fault_at(vcpu, va, error);
}

/* Page by page: each has an address of its own. */
static unsigned int walk_copy(struct x86_vcpu *vcpu, u64 va, void *buf, unsigned int len,
			      unsigned int access)
{
	struct gmem *gm = &vcpu->vm->npt.gmem;
	unsigned int done = 0;

	while (done < len) {
		unsigned int n = min_t(unsigned int, len - done,
				       GMEM_PAGE_SIZE - ((va + done) & (GMEM_PAGE_SIZE - 1)));
		u64 gpa;

		if (svm_translate(vcpu, va + done, access, &gpa) ||
		    (access & SVM_WRITE ? gmem_write_all(gm, gpa, buf + done, n) :
			     gmem_read_all(gm, gpa, buf + done, n)))
			break;
		done += n;
	}
	return done;
}

unsigned int svm_read_linear(struct x86_vcpu *vcpu, u64 va, unsigned int access, void *buf,
			     unsigned int len)
{
	return walk_copy(vcpu, va, buf, len, access & ~SVM_WRITE);
}

unsigned int svm_write_linear(struct x86_vcpu *vcpu, u64 va, unsigned int access, const void *buf,
			      unsigned int len)
{
	return walk_copy(vcpu, va, (void *)buf, len, access | SVM_WRITE);
}
