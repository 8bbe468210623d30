// SPDX-License-Identifier: GPL-2.0
/*
 * Registers as the VMM reads and writes them (KVM API 4.11 to 4.14, 4.31, 4.42, 4.44).
 */
#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/processor-flags.h>

#include "../nested/nested.h"
#include "../vm.h"
#include "events.h"
#include "regs.h"

/* By the numbers that instructions have. */
static u64 *regs_slot(const struct kvm_regs *r, unsigned int n)
{
	u64 *const slots[SVM_GPRS] = {
		(u64 *)&r->rax, (u64 *)&r->rcx, (u64 *)&r->rdx, (u64 *)&r->rbx,
		(u64 *)&r->rsp, (u64 *)&r->rbp, (u64 *)&r->rsi, (u64 *)&r->rdi,
		(u64 *)&r->r8, (u64 *)&r->r9, (u64 *)&r->r10, (u64 *)&r->r11,
		(u64 *)&r->r12, (u64 *)&r->r13, (u64 *)&r->r14, (u64 *)&r->r15,
	};

	return slots[n];
}

void regs_get(struct x86_vcpu *vcpu, struct kvm_regs *r)
{
	unsigned int n;

	for (n = 0; n < SVM_GPRS; n++)
		*regs_slot(r, n) = svm_get_gpr(&vcpu->svm, n);
	r->rip = vcpu->svm.vmcb->save.rip;
	r->rflags = vcpu->svm.vmcb->save.rflags;
}

int regs_set(struct x86_vcpu *vcpu, const struct kvm_regs *r)
{
	unsigned int n;

	for (n = 0; n < SVM_GPRS; n++)
		svm_set_gpr(&vcpu->svm, n, *regs_slot(r, n));
	vcpu->svm.vmcb->save.rip = r->rip;
	vcpu->svm.vmcb->save.rflags = r->rflags | X86_EFLAGS_FIXED;
	vcpu->svm.exception.valid = false;
	vcpu->svm.stepped = false;
	return 0;
}

static struct kvm_segment regs_segment(const struct vmcb_seg *s)
{
	return (struct kvm_segment) {
		.base = s->base, .limit = s->limit, .selector = s->selector,
		.type = s->attrib & 15, .s = s->attrib >> 4 & 1, .dpl = s->attrib >> 5 & 3,
		.present = s->attrib >> 7 & 1, .avl = s->attrib >> 8 & 1,
		.l = s->attrib >> 9 & 1, .db = s->attrib >> 10 & 1, .g = s->attrib >> 11 & 1,
		.unusable = !(s->attrib >> 7 & 1),
	};
}

static struct vmcb_seg regs_vmcb_seg(const struct kvm_segment *k)
{
	u16 attrib = (k->type & 15) | (k->s & 1) << 4 | (k->dpl & 3) << 5 |
		     (k->present && !k->unusable ? 1 : 0) << 7 | (k->avl & 1) << 8 |
		     (k->l & 1) << 9 | (k->db & 1) << 10 | (k->g & 1) << 11;

	return (struct vmcb_seg) {
		.base = k->base, .limit = k->limit, .selector = k->selector, .attrib = attrib,
	};
}

void regs_get_sregs(struct x86_vcpu *vcpu, struct kvm_sregs *r)
{
	const struct vmcb_save_area *s = &vcpu->svm.vmcb->save;

	/* a VMM that knows no payloads finds them where they go */
	if (!vcpu->vm->payload)
		svm_deliver_payload(&vcpu->svm);
	memset(r, 0, sizeof(*r));
	r->cs = regs_segment(&s->cs);
	r->ds = regs_segment(&s->ds);
	r->es = regs_segment(&s->es);
	r->fs = regs_segment(&s->fs);
	r->gs = regs_segment(&s->gs);
	r->ss = regs_segment(&s->ss);
	/* SYSRET leaves the descriptor's; who sets the registers finds CPL in it */
	r->ss.dpl = s->cpl;
	r->tr = regs_segment(&s->tr);
	r->ldt = regs_segment(&s->ldtr);
	r->idt.base = s->idtr.base;
	r->idt.limit = s->idtr.limit;
	r->gdt.base = s->gdtr.base;
	r->gdt.limit = s->gdtr.limit;
	r->cr0 = s->cr0;
	r->cr2 = s->cr2;
	r->cr3 = s->cr3;
	r->cr4 = s->cr4;
	r->cr8 = intc_cr8(vcpu);
	r->efer = vcpu->svm.efer;
	r->apic_base = intc_base(vcpu);
	if (vcpu->svm.interrupt >= 0)
		__set_bit(vcpu->svm.interrupt, (unsigned long *)r->interrupt_bitmap);
}

/* What VMRUN would refuse, or what the guest's CPUID denies (AMD APM vol. 2, 15.5.1). */
static bool regs_sregs_fit(const struct svm *svm, const struct kvm_sregs *r)
{
	bool lme = r->efer & EFER_LME, pg = r->cr0 & X86_CR0_PG;

	if (r->cr4 & ~svm_cr4_allowed(svm) || r->cr0 >> 32 || r->cr8 > 15)
		return false;
	if ((pg && !(r->cr0 & X86_CR0_PE)) ||
	    ((r->cr0 & X86_CR0_NW) && !(r->cr0 & X86_CR0_CD)))
		return false;
	if (r->efer & ~(svm_efer_allowed(svm) | EFER_LME | EFER_NX | EFER_FFXSR))
		return false;
	if (!!(r->efer & EFER_LMA) != (lme && pg))
		return false;
	if (lme && pg && (!(r->cr4 & X86_CR4_PAE) || r->cr3 >> svm_hw.phys_bits))
		return false;
	return !(lme && pg && r->cs.l && r->cs.db);
}

/* All but the interrupt, which the newer structure leaves alone. */
static int regs_set_system(struct x86_vcpu *vcpu, const struct kvm_sregs *r)
{
	struct vmcb_save_area *s;

	if (!regs_sregs_fit(&vcpu->svm, r) || intc_set_base(vcpu, r->apic_base, true))
		return -EINVAL;
	if (!(r->efer & EFER_SVME))
		nested_abort(vcpu);
	else if (nested_enable(vcpu))
		return -ENOMEM;
	/* L2's while it runs */
	s = &vcpu->svm.vmcb->save;
	s->cs = regs_vmcb_seg(&r->cs);
	s->ds = regs_vmcb_seg(&r->ds);
	s->es = regs_vmcb_seg(&r->es);
	s->fs = regs_vmcb_seg(&r->fs);
	s->gs = regs_vmcb_seg(&r->gs);
	s->ss = regs_vmcb_seg(&r->ss);
	s->tr = regs_vmcb_seg(&r->tr);
	s->ldtr = regs_vmcb_seg(&r->ldt);
	s->idtr.base = r->idt.base;
	s->idtr.limit = r->idt.limit;
	s->gdtr.base = r->gdt.base;
	s->gdtr.limit = r->gdt.limit;
	s->cpl = r->ss.dpl & 3;
	s->cr0 = r->cr0 | X86_CR0_ET;
	s->cr2 = r->cr2;
	s->cr3 = r->cr3;
	s->cr4 = r->cr4;
	intc_set_cr8(vcpu, r->cr8);
	svm_set_efer(&vcpu->svm, r->efer);
	vcpu->svm.flush = true;
	return 0;
}

int regs_set_sregs(struct x86_vcpu *vcpu, const struct kvm_sregs *r)
{
	int ret = regs_set_system(vcpu, r);
	unsigned int i;

	if (ret)
		return ret;
	vcpu->svm.interrupt = -1;
	for (i = 0; i < 256; i++)
		if (r->interrupt_bitmap[i / 64] & BIT_ULL(i % 64))
			vcpu->svm.interrupt = i;
	return 0;
}

/* Up to the flags both structures are alike. */
#define REGS_SREGS_SAME	offsetof(struct kvm_sregs2, flags)

static void regs_get_sregs2(struct x86_vcpu *vcpu, struct kvm_sregs2 *r)
{
	struct kvm_sregs s;

	BUILD_BUG_ON(offsetof(struct kvm_sregs, interrupt_bitmap) != REGS_SREGS_SAME);
	regs_get_sregs(vcpu, &s);
	memset(r, 0, sizeof(*r));
	/* the top entries of PAE's tables are read where they stand: there is none to tell of */
	memcpy(r, &s, REGS_SREGS_SAME);
}

static int regs_set_sregs2(struct x86_vcpu *vcpu, const struct kvm_sregs2 *r)
{
	bool pae = (r->cr0 & X86_CR0_PG) && (r->cr4 & X86_CR4_PAE) && !(r->efer & EFER_LMA);
	struct kvm_sregs s = { };

	if (r->flags & ~(u64)KVM_SREGS2_FLAGS_PDPTRS_VALID)
		return -EINVAL;
	if ((r->flags & KVM_SREGS2_FLAGS_PDPTRS_VALID) && !pae)
		return -EINVAL;
	memcpy(&s, r, REGS_SREGS_SAME);
	return regs_set_system(vcpu, &s);
}

static int regs_set_xcrs(struct x86_vcpu *vcpu, const struct kvm_xcrs *x)
{
	unsigned int i;

	if (!svm_hw.xcr0 || x->nr_xcrs > KVM_MAX_XCRS || x->flags)
		return -EINVAL;
	for (i = 0; i < x->nr_xcrs; i++)
		if (!x->xcrs[i].xcr)
			return svm_set_xcr0(&vcpu->svm, x->xcrs[i].value);
	return 0;
}

/* Header of the standard format: only components that are there, and nothing reserved. */
static int regs_set_xsave(struct x86_vcpu *vcpu, const struct kvm_xsave *x)
{
	const u64 *header = (const void *)x + 512;
	const u32 *mxcsr = (const void *)x + 24;
	unsigned int i;

	if (*mxcsr & ~svm_hw.mxcsr)
		return -EINVAL;
	if (svm_hw.xcr0) {
		if (header[0] & ~svm_hw.xcr0)
			return -EINVAL;
		for (i = 1; i < 8; i++)
			if (header[i])
				return -EINVAL;
	}
	memcpy(vcpu->svm.xsave, x, SVM_XSAVE_SIZE);
	return 0;
}

static void regs_get_debug(struct x86_vcpu *vcpu, struct kvm_debugregs *d)
{
	if (!vcpu->vm->payload)
		svm_deliver_payload(&vcpu->svm);
	memset(d, 0, sizeof(*d));
	memcpy(d->db, vcpu->svm.dr, sizeof(d->db));
	d->dr6 = vcpu->svm.vmcb->save.dr6;
	d->dr7 = vcpu->svm.vmcb->save.dr7;
}

static int regs_set_debug(struct x86_vcpu *vcpu, const struct kvm_debugregs *d)
{
	if (d->flags || d->dr6 >> 32 || d->dr7 >> 32)
		return -EINVAL;
	memcpy(vcpu->svm.dr, d->db, sizeof(d->db));
	vcpu->svm.vmcb->save.dr6 = d->dr6;
	vcpu->svm.vmcb->save.dr7 = d->dr7;
	return 0;
}

/* One structure in, or out, whatever is done with it. */
#define REGS_GET(type, fill) ({						\
	type r_;							\
	fill(vcpu, &r_);						\
	copy_to_user(arg, &r_, sizeof(r_)) ? -EFAULT : 0;		\
})
#define REGS_SET(type, take) ({						\
	type r_;							\
	copy_from_user(&r_, arg, sizeof(r_)) ? -EFAULT : take(vcpu, &r_);	\
})

static void regs_get_xcrs(struct x86_vcpu *vcpu, struct kvm_xcrs *x)
{
	memset(x, 0, sizeof(*x));
	x->nr_xcrs = svm_hw.xcr0 ? 1 : 0;
	x->xcrs[0].value = vcpu->svm.xcr0;
}

static long regs_xsave(struct x86_vcpu *vcpu, void __user *arg, bool set)
{
	struct kvm_xsave *x;
	long ret;

	if (!set)
		return copy_to_user(arg, vcpu->svm.xsave, SVM_XSAVE_SIZE) ? -EFAULT : 0;
	x = memdup_user(arg, SVM_XSAVE_SIZE);
	if (IS_ERR(x))
		return PTR_ERR(x);
	ret = regs_set_xsave(vcpu, x);
	kfree(x);
	return ret;
}

/* struct kvm_fpu is FXSAVE's image in another order. */
static void regs_get_fpu(struct x86_vcpu *vcpu, struct kvm_fpu *f)
{
	const u8 *x = vcpu->svm.xsave;

	memset(f, 0, sizeof(*f));
	memcpy(&f->fcw, x, 2);
	memcpy(&f->fsw, x + 2, 2);
	f->ftwx = x[4];
	memcpy(&f->last_opcode, x + 6, 2);
	memcpy(&f->last_ip, x + 8, 8);
	memcpy(&f->last_dp, x + 16, 8);
	memcpy(f->fpr, x + 32, sizeof(f->fpr));
	memcpy(f->xmm, x + 160, sizeof(f->xmm));
	memcpy(&f->mxcsr, x + 24, 4);
}

static int regs_set_fpu(struct x86_vcpu *vcpu, const struct kvm_fpu *f)
{
	u8 *x = vcpu->svm.xsave;

	if (f->mxcsr & ~svm_hw.mxcsr)
		return -EINVAL;
	memcpy(x, &f->fcw, 2);
	memcpy(x + 2, &f->fsw, 2);
	x[4] = f->ftwx;
	memcpy(x + 6, &f->last_opcode, 2);
	memcpy(x + 8, &f->last_ip, 8);
	memcpy(x + 16, &f->last_dp, 8);
	memcpy(x + 24, &f->mxcsr, 4);
	memcpy(x + 32, f->fpr, sizeof(f->fpr));
	memcpy(x + 160, f->xmm, sizeof(f->xmm));
	/* both components hold something now */
	if (svm_hw.xcr0)
		x[512] |= XFEATURE_MASK_FPSSE;
	return 0;
}

long regs_ioctl(struct x86_vcpu *vcpu, unsigned int cmd, void __user *arg)
{
	switch (cmd) {
	case KVM_GET_REGS:
		return REGS_GET(struct kvm_regs, regs_get);
	case KVM_SET_REGS:
		return REGS_SET(struct kvm_regs, regs_set);
	case KVM_GET_SREGS:
		return REGS_GET(struct kvm_sregs, regs_get_sregs);
	case KVM_SET_SREGS:
		return REGS_SET(struct kvm_sregs, regs_set_sregs);
	case KVM_GET_SREGS2:
		return REGS_GET(struct kvm_sregs2, regs_get_sregs2);
	case KVM_SET_SREGS2:
		return REGS_SET(struct kvm_sregs2, regs_set_sregs2);
	case KVM_GET_FPU:
		return REGS_GET(struct kvm_fpu, regs_get_fpu);
	case KVM_SET_FPU:
		return REGS_SET(struct kvm_fpu, regs_set_fpu);
	case KVM_GET_XSAVE:
	case KVM_GET_XSAVE2:
	case KVM_SET_XSAVE:
		return regs_xsave(vcpu, arg, cmd == KVM_SET_XSAVE);
	case KVM_GET_XCRS:
		return REGS_GET(struct kvm_xcrs, regs_get_xcrs);
	case KVM_SET_XCRS:
		return REGS_SET(struct kvm_xcrs, regs_set_xcrs);
	case KVM_GET_DEBUGREGS:
		return REGS_GET(struct kvm_debugregs, regs_get_debug);
	case KVM_SET_DEBUGREGS:
		return REGS_SET(struct kvm_debugregs, regs_set_debug);
	case KVM_GET_VCPU_EVENTS:
		return REGS_GET(struct kvm_vcpu_events, events_get);
	case KVM_SET_VCPU_EVENTS:
		return REGS_SET(struct kvm_vcpu_events, events_set);
	default:
		return -EINVAL;
	}
}
