// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's registers: life, reset, and small things about them that many ask.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/processor-flags.h>

#include "../nested/nested.h"
#include "../vm.h"
#include "svm.h"

/* Segment attributes in the control block: type, S, DPL, P; AVL, L, DB, G above. */
#define STATE_CODE	0x9b
#define STATE_DATA	0x93
#define STATE_LDT	0x82
#define STATE_TSS	0x8b	/* busy, 32 bits */

#define STATE_PAT	0x0007040600070406ULL
#define STATE_DR6	0xffff0ff0ULL
#define STATE_DR7	0x400ULL
#define STATE_FCW	0x37f
#define STATE_MXCSR	0x1f80

static void state_intercept(struct vmcb *vmcb, unsigned int bit)
{
	vmcb->control.intercepts[bit / 32] |= BIT(bit % 32);
}

/* All that is not a guest's own business, and what must not run for ever without an exit. */
static void state_intercepts(struct vmcb *vmcb)
{
	static const u8 bits[] = {
		INTERCEPT_CR4_WRITE, INTERCEPT_CR8_WRITE, INTERCEPT_SELECTIVE_CR0,
		INTERCEPT_INTR, INTERCEPT_NMI, INTERCEPT_SMI, INTERCEPT_INIT,
		INTERCEPT_RDPMC, INTERCEPT_CPUID, INTERCEPT_RSM, INTERCEPT_INVD, INTERCEPT_HLT,
		INTERCEPT_INVLPGA, INTERCEPT_IOIO_PROT, INTERCEPT_MSR_PROT,
		INTERCEPT_FERR_FREEZE, INTERCEPT_SHUTDOWN, INTERCEPT_VMRUN, INTERCEPT_VMMCALL,
		INTERCEPT_VMLOAD, INTERCEPT_VMSAVE, INTERCEPT_STGI, INTERCEPT_CLGI,
		INTERCEPT_SKINIT, INTERCEPT_WBINVD, INTERCEPT_MONITOR, INTERCEPT_MWAIT,
		INTERCEPT_XSETBV, INTERCEPT_RDPRU, INTERCEPT_INVLPGB, INTERCEPT_INVLPGB_ILLEGAL,
		INTERCEPT_MCOMMIT, INTERCEPT_TLBSYNC,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++)
		state_intercept(vmcb, bits[i]);
	vmcb->control.intercepts[INTERCEPT_DR] = ~0U;
	/* #DB and #AC can follow each other for ever; #MC is the host's */
	vmcb->control.intercepts[INTERCEPT_EXCEPTION] = BIT(1) | BIT(17) | BIT(18);
	/* #UD may be a hypercall in another vendor's words */
	vmcb->control.intercepts[INTERCEPT_EXCEPTION] |= BIT(6);
}

static void state_control(struct x86_vcpu *vcpu)
{
	struct vmcb_control_area *c = &vcpu->svm.vmcb->control;

	u64 offset = c->tsc_offset;

	memset(c, 0, sizeof(*c));
	c->tsc_offset = offset;	/* no reset stops that clock */
	state_intercepts(vcpu->svm.vmcb);
	if (vcpu->vm->hlt_runs)
		c->intercepts[INTERCEPT_HLT / 32] &= ~BIT(INTERCEPT_HLT % 32);
	svm_debug_intercept(&vcpu->svm);
	svm_permissions(vcpu, &c->iopm_base_pa, &c->msrpm_base_pa);
	c->int_ctl = V_INTR_MASKING_MASK;
	c->nested_ctl = SVM_NESTED_CTL_NP_ENABLE;
	c->nested_cr3 = npt_root(&vcpu->vm->npt);
}

int svm_vcpu_init(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;

	svm->vmcb = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	svm->xsave = (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, 0);
	svm->msr = kcalloc(svm_msr_count(), sizeof(*svm->msr), GFP_KERNEL_ACCOUNT);
	if (!svm->vmcb || !svm->xsave || !svm->msr) {
		svm_vcpu_destroy(vcpu);
		return -ENOMEM;
	}
	BUILD_BUG_ON(SVM_XSAVE_SIZE > PAGE_SIZE);
	svm->vmcb_pa = __pa(svm->vmcb);
	spec_init(&svm->spec);
	svm_reset(vcpu, false);
	svm_cpuid_settle(svm);
	return 0;
}

void svm_vcpu_destroy(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;

	nested_free(vcpu);
	kvfree(svm->cpuid);
	kfree(svm->msr);
	free_page((unsigned long)svm->xsave);
	free_page((unsigned long)svm->vmcb);
}

static void state_segment(struct vmcb_seg *seg, u16 selector, u64 base, u16 attrib)
{
	*seg = (struct vmcb_seg) {
		.selector = selector, .attrib = attrib, .limit = 0xffff, .base = base,
	};
}

static void state_segments(struct vmcb_save_area *s)
{
	state_segment(&s->cs, 0xf000, 0xffff0000, STATE_CODE);
	state_segment(&s->ds, 0, 0, STATE_DATA);
	state_segment(&s->es, 0, 0, STATE_DATA);
	state_segment(&s->fs, 0, 0, STATE_DATA);
	state_segment(&s->gs, 0, 0, STATE_DATA);
	state_segment(&s->ss, 0, 0, STATE_DATA);
	state_segment(&s->ldtr, 0, 0, STATE_LDT);
	state_segment(&s->tr, 0, 0, STATE_TSS);
	state_segment(&s->gdtr, 0, 0, 0);
	state_segment(&s->idtr, 0, 0, 0);
}

static void state_fpu(struct svm *svm)
{
	u16 *fcw = svm->xsave;
	u32 *mxcsr = svm->xsave + 24;

	memset(svm->xsave, 0, SVM_XSAVE_SIZE);
	*fcw = STATE_FCW;
	*mxcsr = STATE_MXCSR;
	svm->xcr0 = XFEATURE_MASK_FP;
}

void svm_reset(struct x86_vcpu *vcpu, bool init)
{
	struct svm *svm = &vcpu->svm;
	struct vmcb_save_area *s;
	u64 cr0 = X86_CR0_CD | X86_CR0_NW;

	/* to L1's registers */
	nested_abort(vcpu);
	/* nothing is cached that paging of before said, neither its own nor L1's */
	nested_forget(vcpu);
	s = &svm->vmcb->save;
	if (init)
		cr0 &= s->cr0;
	if (!init) {
		memset(s, 0, sizeof(*s));
		svm->vm_cr = 0;
		svm->hsave = 0;
		svm_msr_reset(svm);
		state_fpu(svm);
		s->g_pat = STATE_PAT;
		svm_set_tsc_aux(vcpu, 0);
	}
	kvmclock_reset(vcpu);
	ending_reset(vcpu);
	apf_reset(vcpu);
	state_control(vcpu);
	state_segments(s);
	memset(svm->gpr, 0, sizeof(svm->gpr));
	memset(svm->dr, 0, sizeof(svm->dr));
	svm->gpr[SVM_RDX] = boot_cpu_data.x86 << 8;	/* family, of the machine's own */
	s->cpl = 0;
	s->rax = 0;
	s->rsp = 0;
	s->rip = 0xfff0;
	s->rflags = X86_EFLAGS_FIXED;
	s->cr0 = cr0 | X86_CR0_ET;
	s->cr2 = 0;
	s->cr3 = 0;
	s->cr4 = 0;
	s->dr6 = STATE_DR6;
	s->dr7 = STATE_DR7;
	svm->cr8 = 0;
	svm_set_efer(svm, 0);
	svm->inject.valid = false;
	svm->exception.valid = false;
	svm->interrupt = -1;
	svm->nmi_pending = 0;
	svm->nmi_masked = false;
	svm->nmi_iret = false;
	svm->shutdown = false;
	svm->stepped = false;
	svm->io.kind = SVM_IO_NONE;
}

void svm_set_gpr(struct svm *svm, unsigned int n, u64 val)
{
	if (n == SVM_RAX)
		svm->vmcb->save.rax = val;
	else if (n == SVM_RSP)
		svm->vmcb->save.rsp = val;
	else
		svm->gpr[n & (SVM_GPRS - 1)] = val;
}

void svm_set_efer(struct svm *svm, u64 efer)
{
	svm->efer = efer;
	/* VMRUN wants it set, whatever the guest is told */
	svm->vmcb->save.efer = efer | EFER_SVME;
}

u64 svm_rip(const struct svm *svm, u64 rip)
{
	return svm_code_bits(svm) == 64 ? rip : (u32)rip;
}

void svm_retire(struct x86_vcpu *vcpu, u64 rip)
{
	struct svm *svm = &vcpu->svm;
	struct vmcb *vmcb = svm->vmcb;

	vmcb->save.rip = rip;
	vmcb->control.int_state &= ~SVM_INTERRUPT_SHADOW_MASK;
	if (vmcb->save.rflags & X86_EFLAGS_TF || svm_debug_has(svm, KVM_GUESTDBG_SINGLESTEP))
		svm->stepped = true;
}

void svm_skip(struct x86_vcpu *vcpu, unsigned int len)
{
	struct svm *svm = &vcpu->svm;
	const struct vmcb *vmcb = svm->vmcb;

	if (svm_hw.nrips && vmcb->control.next_rip)
		svm_retire(vcpu, vmcb->control.next_rip);
	else
		svm_retire(vcpu, svm_rip(svm, vmcb->save.rip + len));
}
