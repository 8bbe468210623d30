// SPDX-License-Identifier: GPL-2.0
/*
 * What an exit is about (AMD APM vol. 2, appendix C), and who serves it.
 */
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <asm/fpu/xcr.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "../irq/power.h"
#include "../vm.h"
#include "fetch.h"
#include "svm.h"

/* EXITINFO1 of a nested page fault (AMD APM vol. 2, 15.25.6). */
#define EXIT_NPF_WRITE	BIT_ULL(1)
#define EXIT_NPF_FETCH	BIT_ULL(4)
#define EXIT_NPF_TABLE	BIT_ULL(33)	/* while the guest's own tables were walked */

#define EXIT_MSR_WRITE	1
#define EXIT_DR6_BS	BIT_ULL(14)

static int exit_memory_error(struct x86_vcpu *vcpu, int err, unsigned long hva)
{
	if (err != -EHWPOISON)
		return err;
	send_sig_mceerr(BUS_MCEERR_AR, (void __user *)hva, PAGE_SHIFT, current);
	return VCPU_RESUME;
}

static int exit_npf(struct x86_vcpu *vcpu)
{
	const struct vmcb_control_area *c = &vcpu->svm.vmcb->control;
	u64 gpa = c->exit_info_2;
	unsigned int access = 0;
	unsigned long hva = 0;
	int ret;

	if (c->exit_info_1 & EXIT_NPF_WRITE)
		access |= NPT_ACCESS_WRITE;
	if (c->exit_info_1 & EXIT_NPF_FETCH)
		access |= NPT_ACCESS_EXEC;
	ret = npt_fault(&vcpu->vm->npt, gpa, access, &hva);
	if (ret == NPT_FAULT_DONE)
		return VCPU_RESUME;
	if (ret == NPT_FAULT_MMIO)
		return svm_mmio_exit(vcpu, gpa);
	return exit_memory_error(vcpu, ret, hva);
}

static int exit_cpuid(struct x86_vcpu *vcpu)
{
	if (fetch_skip(vcpu, INSN_CPUID))
		svm_cpuid(vcpu);
	return VCPU_RESUME;
}

static int exit_hlt(struct x86_vcpu *vcpu)
{
	if (!fetch_skip(vcpu, INSN_HLT))
		return VCPU_RESUME;
	if (vcpu->intc.there) {
		power_halt(vcpu);
		return VCPU_RESUME;
	}
	/* without an interrupt controller here the VMM knows what wakes it */
	vcpu->base.run->exit_reason = KVM_EXIT_HLT;
	atomic64_inc(&vcpu->base.stats.halts);
	return VCPU_TO_USER;
}

static int exit_rdmsr(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	u64 val = 0;

	if (svm_msr_get(vcpu, svm->gpr[SVM_RCX], &val, false)) {
		svm_queue_gp(vcpu);
	} else if (fetch_skip(vcpu, INSN_RDMSR)) {
		svm->vmcb->save.rax = (u32)val;
		svm->gpr[SVM_RDX] = val >> 32;
	}
	return VCPU_RESUME;
}

static int exit_wrmsr(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	u64 val = (u32)svm->vmcb->save.rax | svm->gpr[SVM_RDX] << 32;

	if (svm_msr_set(vcpu, svm->gpr[SVM_RCX], val, false))
		svm_queue_gp(vcpu);
	else
		fetch_skip(vcpu, INSN_WRMSR);
	return VCPU_RESUME;
}

static int exit_msr(struct x86_vcpu *vcpu)
{
	return vcpu->svm.vmcb->control.exit_info_1 == EXIT_MSR_WRITE ? exit_wrmsr(vcpu) :
								      exit_rdmsr(vcpu);
}

/* State components that depend on each other come together (AMD APM vol. 2, 11.5.2). */
static bool exit_xcr0_fits(u64 xcr0)
{
	if (!(xcr0 & XFEATURE_MASK_FP) || xcr0 & ~svm_hw.xcr0)
		return false;
	if ((xcr0 & XFEATURE_MASK_YMM) && !(xcr0 & XFEATURE_MASK_SSE))
		return false;
	return !(xcr0 & XFEATURE_MASK_AVX512) ||
	       (xcr0 & (XFEATURE_MASK_AVX512 | XFEATURE_MASK_YMM)) ==
	       (XFEATURE_MASK_AVX512 | XFEATURE_MASK_YMM);
}

int svm_set_xcr0(struct svm *svm, u64 xcr0)
{
	if (!exit_xcr0_fits(xcr0))
		return -EINVAL;
	svm->xcr0 = xcr0;
	return 0;
}

static int exit_xsetbv(struct x86_vcpu *vcpu)
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
static bool exit_control(struct x86_vcpu *vcpu, struct insn_control *c)
{
	u8 bytes[INSN_MAX];

	return !insn_control(bytes, fetch_insn(vcpu, bytes), fetch_mode(&vcpu->svm), c);
}

static int exit_cr4(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct vmcb_save_area *s = &svm->vmcb->save;
	struct insn_control c;
	u64 val, moved;

	if (!exit_control(vcpu, &c) || c.number != 4 || !c.write || c.debug)
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
static int exit_cr8(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct insn_control c;
	u64 val, old = intc_cr8(vcpu);

	if (!exit_control(vcpu, &c) || c.number != 8 || !c.write || c.debug)
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

static u64 *exit_dr(struct svm *svm, unsigned int n)
{
	if (n < 4)
		return &svm->dr[n];
	return n & 1 ? &svm->vmcb->save.dr7 : &svm->vmcb->save.dr6;
}

#define EXIT_DR7_GD	BIT(13)
#define EXIT_DR6_BD	BIT(13)
#define EXIT_DR6_FIXED	0xffff0ff0ULL
#define EXIT_DR6_ANY	0x0000e00fULL
#define EXIT_DR7_FIXED	0x400ULL
#define EXIT_DR7_ANY	0xffff2bffULL

static int exit_mov_dr(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct vmcb_save_area *s = &svm->vmcb->save;
	struct insn_control c;
	u64 val;

	if (!exit_control(vcpu, &c) || !c.debug)
		return VCPU_RESUME;
	if (s->dr7 & EXIT_DR7_GD) {
		s->dr6 |= EXIT_DR6_BD;
		svm_queue_exception(vcpu, X86_TRAP_DB, false, 0);
		return VCPU_RESUME;
	}
	if (c.number > 7 || ((c.number == 4 || c.number == 5) && (s->cr4 & X86_CR4_DE))) {
		svm_queue_ud(vcpu);
		return VCPU_RESUME;
	}
	if (!c.write) {
		svm_set_gpr(svm, c.gpr, *exit_dr(svm, c.number));
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
		val = c.number & 1 ? (val & EXIT_DR7_ANY) | EXIT_DR7_FIXED :
				     (val & EXIT_DR6_ANY) | EXIT_DR6_FIXED;
	*exit_dr(svm, c.number) = val;
	svm_skip(vcpu, c.len);
	return VCPU_RESUME;
}

static int exit_exception(struct x86_vcpu *vcpu, u8 vector)
{
	const struct vmcb_control_area *c = &vcpu->svm.vmcb->control;

	switch (vector) {
	case X86_TRAP_MC:
		/* the host has had it, right after the exit */
		return VCPU_RESUME;
	case X86_TRAP_DB:
		/* our own step over the IRET that ends an NMI; the guest's flags are its own again */
		if (vcpu->svm.nmi_iret && !vcpu->svm.nmi_iret_tf) {
			vcpu->svm.vmcb->save.dr6 &= ~EXIT_DR6_BS;
			return VCPU_RESUME;
		}
		svm_queue_exception(vcpu, vector, false, 0);
		return VCPU_RESUME;
	case X86_TRAP_AC:
		svm_queue_exception(vcpu, vector, true, c->exit_info_1);
		return VCPU_RESUME;
	default:
		svm_queue_exception(vcpu, vector, false, 0);
		return VCPU_RESUME;
	}
}

static int exit_shutdown(struct x86_vcpu *vcpu)
{
	/* what the control block holds after it is not defined */
	svm_reset(vcpu, false);
	vcpu->base.run->exit_reason = KVM_EXIT_SHUTDOWN;
	return VCPU_TO_USER;
}

static int exit_vmmcall(struct x86_vcpu *vcpu)
{
	/* no hypercall is announced */
	if (fetch_skip(vcpu, INSN_VMMCALL))
		vcpu->svm.vmcb->save.rax = -KVM_ENOSYS;
	return VCPU_RESUME;
}

static int exit_iret(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;

	svm->nmi_iret = true;
	svm->nmi_iret_rip = svm->vmcb->save.rip;
	/* step over it, so that what waits comes right behind it: it pops flags of its own */
	svm->nmi_iret_tf = svm->vmcb->save.rflags & X86_EFLAGS_TF;
	svm->vmcb->save.rflags |= X86_EFLAGS_TF;
	return VCPU_RESUME;
}

static int exit_unknown(struct x86_vcpu *vcpu, u32 code)
{
	struct kvm_run *run = vcpu->base.run;

	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->internal.suberror = KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON;
	run->internal.ndata = 2;
	run->internal.data[0] = code;
	run->internal.data[1] = raw_smp_processor_id();
	return VCPU_TO_USER;
}

static int exit_invalid(struct x86_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->base.run;

	run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	run->fail_entry.hardware_entry_failure_reason = vcpu->svm.vmcb->control.exit_code;
	run->fail_entry.cpu = raw_smp_processor_id();
	return VCPU_TO_USER;
}

/* Instructions that guests are not told of. */
static int exit_undefined(struct x86_vcpu *vcpu)
{
	svm_queue_ud(vcpu);
	return VCPU_RESUME;
}

static int exit_by_code(struct x86_vcpu *vcpu, u32 code)
{
	switch (code) {
	case SVM_EXIT_NPF:
		return exit_npf(vcpu);
	case SVM_EXIT_INTR:
	case SVM_EXIT_NMI:
	case SVM_EXIT_SMI:
	case SVM_EXIT_INIT:
	case SVM_EXIT_VINTR:
		return VCPU_RESUME;
	case SVM_EXIT_IOIO:
		return svm_io_exit(vcpu);
	case SVM_EXIT_MSR:
		return exit_msr(vcpu);
	case SVM_EXIT_CPUID:
		return exit_cpuid(vcpu);
	case SVM_EXIT_HLT:
		return exit_hlt(vcpu);
	case SVM_EXIT_WRITE_CR4:
		return exit_cr4(vcpu);
	case SVM_EXIT_WRITE_CR8:
		return exit_cr8(vcpu);
	case SVM_EXIT_READ_DR0 ... SVM_EXIT_READ_DR7:
	case SVM_EXIT_WRITE_DR0 ... SVM_EXIT_WRITE_DR7:
		return exit_mov_dr(vcpu);
	case SVM_EXIT_EXCP_BASE ... SVM_EXIT_LAST_EXCP:
		return exit_exception(vcpu, code - SVM_EXIT_EXCP_BASE);
	case SVM_EXIT_IRET:
		return exit_iret(vcpu);
	case SVM_EXIT_XSETBV:
		return exit_xsetbv(vcpu);
	case SVM_EXIT_WBINVD:
		/* devices that write past the caches are not given to guests */
		fetch_skip(vcpu, INSN_WBINVD);
		return VCPU_RESUME;
	case SVM_EXIT_INVD:
		fetch_skip(vcpu, INSN_INVD);
		return VCPU_RESUME;
	case SVM_EXIT_VMMCALL:
		return exit_vmmcall(vcpu);
	case SVM_EXIT_SHUTDOWN:
		return exit_shutdown(vcpu);
	case SVM_EXIT_RDPMC:
		svm_queue_gp(vcpu);
		return VCPU_RESUME;
	case SVM_EXIT_RSM:
	case SVM_EXIT_INVLPGA:
	case SVM_EXIT_VMRUN:
	case SVM_EXIT_VMLOAD ... SVM_EXIT_SKINIT:
	case SVM_EXIT_MONITOR ... SVM_EXIT_MWAIT_COND:
	case SVM_EXIT_RDPRU:
		return exit_undefined(vcpu);
	default:
		return exit_unknown(vcpu, code);
	}
}

int svm_handle_exit(struct x86_vcpu *vcpu)
{
	u32 code = vcpu->svm.vmcb->control.exit_code;
	int ret;

	if (code == (u32)SVM_EXIT_ERR)
		return exit_invalid(vcpu);
	ret = exit_by_code(vcpu, code);
	if (ret == VCPU_RESUME && vcpu->svm.shutdown) {
		vcpu->svm.shutdown = false;
		return exit_shutdown(vcpu);
	}
	return ret;
}
