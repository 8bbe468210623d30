// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory by its linear address: the guest's own page tables, read as they stand.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <asm/processor-flags.h>

#include "../vm.h"
#include "svm.h"

#define WALK_PRESENT	BIT_ULL(0)
#define WALK_LARGE	BIT_ULL(7)
#define WALK_ADDR	GENMASK_ULL(51, 12)

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

int svm_translate(struct x86_vcpu *vcpu, u64 va, u64 *gpa)
{
	const struct svm *svm = &vcpu->svm;
	struct walk_mode m = walk_mode(svm);
	u64 table = svm->vmcb->save.cr3 & (m.size == 4 ? GENMASK_ULL(31, 12) : WALK_ADDR);
	unsigned int level, shift;
	u64 pte;

	if (!(svm->vmcb->save.cr0 & X86_CR0_PG)) {
		*gpa = (u32)va;
		return 0;
	}
	/* the four entries of PAE stand closer */
	if (m.levels == 3)
		table = svm->vmcb->save.cr3 & GENMASK_ULL(31, 5);
	if (!(svm->efer & EFER_LMA))
		va = (u32)va;
	for (level = m.levels; level; level--) {
		u64 index;

		shift = 12 + m.bits * (level - 1);
		index = (va >> shift) & (BIT_ULL(m.bits) - 1);
		pte = 0;
		if (gmem_read_elems(&vcpu->vm->npt.gmem, table + index * m.size, &pte, m.size, 1) != 1 ||
		    !(pte & WALK_PRESENT))
			return -EFAULT;
		if (walk_is_large(svm, &m, pte, level))
			break;
		table = pte & WALK_ADDR;
	}
	*gpa = (pte & WALK_ADDR & ~(BIT_ULL(shift) - 1)) | (va & (BIT_ULL(shift) - 1));
	/* PSE-36: more of the address in bits that would be its low ones */
	if (m.size == 4 && level == 2)
		*gpa |= ((pte >> 13) & 0xff) << 32;
	return 0;
}

/* Page by page: each has an address of its own. */
static unsigned int walk_copy(struct x86_vcpu *vcpu, u64 va, void *buf, unsigned int len, bool write)
{
	struct gmem *gm = &vcpu->vm->npt.gmem;
	unsigned int done = 0;

	while (done < len) {
		unsigned int n = min_t(unsigned int, len - done,
				       GMEM_PAGE_SIZE - ((va + done) & (GMEM_PAGE_SIZE - 1)));
		u64 gpa;

		if (svm_translate(vcpu, va + done, &gpa) ||
		    (write ? gmem_write_all(gm, gpa, buf + done, n) :
			     gmem_read_all(gm, gpa, buf + done, n)))
			break;
		done += n;
	}
	return done;
}

unsigned int svm_read_linear(struct x86_vcpu *vcpu, u64 va, void *buf, unsigned int len)
{
	return walk_copy(vcpu, va, buf, len, false);
}

unsigned int svm_write_linear(struct x86_vcpu *vcpu, u64 va, const void *buf, unsigned int len)
{
	return walk_copy(vcpu, va, (void *)buf, len, true);
}
