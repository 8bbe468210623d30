// SPDX-License-Identifier: GPL-2.0
/*
 * What an exit is about (AMD APM vol. 2, appendix C), and who serves it.
 */
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "../../host/page.h"
#include "../irq/power.h"
#include "../nested/nested.h"
#include "../pv/hypercall.h"
#include "../vm.h"
#include "fetch.h"
#include "filter.h"
#include "svm.h"

/* EXITINFO1 of a nested page fault (AMD APM vol. 2, 15.25.6). */
#define EXIT_NPF_WRITE	BIT_ULL(1)
#define EXIT_NPF_FETCH	BIT_ULL(4)
#define EXIT_NPF_TABLE	BIT_ULL(33)	/* while the guest's own tables were walked */

#define EXIT_MSR_WRITE	1
#define EXIT_DR6_BS	BIT_ULL(14)

/* KVM API 7.34: with EFAULT, which guest memory it is that cannot be had. */
static int exit_memory_fault(struct x86_vcpu *vcpu, u64 gpa)
{
	struct kvm_run *run = vcpu->base.run;

	run->exit_reason = KVM_EXIT_MEMORY_FAULT;
	run->memory_fault.flags = 0;
	run->memory_fault.gpa = gpa & PAGE_MASK;
	run->memory_fault.size = PAGE_SIZE;
	return -EFAULT;
}

static int exit_memory_error(struct x86_vcpu *vcpu, int err, unsigned long hva, u64 gpa)
{
	if (err == -EFAULT)
		return exit_memory_fault(vcpu, gpa);
	if (err != -EHWPOISON)
		return err;
	send_sig_mceerr(BUS_MCEERR_AR, (void __user *)hva, host_poison_shift(hva), current);
	return VCPU_RESUME;
}

int svm_npf(struct x86_vcpu *vcpu, u64 gpa)
{
	const struct vmcb_control_area *c = &vcpu->svm.vmcb->control;
	unsigned int access = 0;
	unsigned long hva = 0;
	int ret;

	if (c->exit_info_1 & EXIT_NPF_WRITE)
		access |= NPT_ACCESS_WRITE;
	if (c->exit_info_1 & EXIT_NPF_FETCH)
		access |= NPT_ACCESS_EXEC;
	if (vcpu->apf.on && apf_put_off(vcpu, gpa, access & NPT_ACCESS_WRITE))
		return VCPU_RESUME;
	ret = npt_fault(&vcpu->vm->npt, gpa, access, &hva);
	if (ret == NPT_FAULT_DONE)
		return VCPU_RESUME;
	if (ret == NPT_FAULT_MMIO)
		return svm_mmio_exit(vcpu, gpa);
	return exit_memory_error(vcpu, ret, hva, gpa);
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

/* The other vendor's hypercall becomes this one's, for guests that are not particular. */
static int exit_invalid_opcode(struct x86_vcpu *vcpu)
{
	static const u8 vmcall[] = { 0x0f, 0x01, 0xc1 }, vmmcall[] = { 0x0f, 0x01, 0xd9 };
	u8 bytes[INSN_MAX];
	u64 linear;

	if (READ_ONCE(vcpu->vm->quirks_off) & KVM_X86_QUIRK_FIX_HYPERCALL_INSN ||
	    fetch_insn(vcpu, bytes) < sizeof(vmcall) || memcmp(bytes, vmcall, sizeof(vmcall))) {
		svm_queue_ud(vcpu);
		return VCPU_RESUME;
	}
	linear = fetch_rip(&vcpu->svm);
	if (svm_write_linear(vcpu, linear, 0, vmmcall, sizeof(vmmcall)) != sizeof(vmmcall))
		svm_queue_page_fault(vcpu, linear, SVM_WRITE);
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
			if (!svm_debug_has(&vcpu->svm, KVM_GUESTDBG_SINGLESTEP))
				return VCPU_RESUME;
		}
		if (svm_debug_has(&vcpu->svm, KVM_GUESTDBG_SINGLESTEP | KVM_GUESTDBG_USE_HW_BP))
			return svm_debug_exit(vcpu, vector, vcpu->svm.debug.dr6);
		svm_queue_exception(vcpu, vector, false, 0);
		return VCPU_RESUME;
	case X86_TRAP_BP:
		/* only while the VMM has breakpoints in the guest's code */
		return svm_debug_exit(vcpu, vector, 0);
	case X86_TRAP_UD:
		return exit_invalid_opcode(vcpu);
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
	if (nested_shutdown(vcpu))
		return VCPU_RESUME;
	/* what the control block holds after it is not defined */
	svm_reset(vcpu, false);
	vcpu->base.run->exit_reason = KVM_EXIT_SHUTDOWN;
	return VCPU_TO_USER;
}

static int exit_vmmcall(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct hypercall h = {
		.nr = svm->vmcb->save.rax,
		.arg = { svm->gpr[SVM_RBX], svm->gpr[SVM_RCX], svm->gpr[SVM_RDX], svm->gpr[SVM_RSI] },
	};
	unsigned int i;
	u64 ret;

	if (hv_calls(vcpu))
		return hv_hypercall(vcpu);
	if (!fetch_skip(vcpu, INSN_VMMCALL))
		return VCPU_RESUME;
	if (READ_ONCE(vcpu->vm->xen.msr))
		return xen_hypercall(vcpu);
	if (svm_code_bits(svm) != 64) {
		h.nr = (u32)h.nr;
		for (i = 0; i < ARRAY_SIZE(h.arg); i++)
			h.arg[i] = (u32)h.arg[i];
	}
	ret = svm->vmcb->save.cpl ? -KVM_EPERM : hypercall_serve(vcpu, &h);
	svm->vmcb->save.rax = svm_code_bits(svm) == 64 ? ret : (u32)ret;
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
		return svm_npf(vcpu, vcpu->svm.vmcb->control.exit_info_2);
	case SVM_EXIT_FERR_FREEZE:	/* the interrupt that ends it has come */
	case SVM_EXIT_INTR:
	case SVM_EXIT_NMI:
	case SVM_EXIT_SMI:
	case SVM_EXIT_INIT:
	case SVM_EXIT_VINTR:
		return VCPU_RESUME;
	case SVM_EXIT_IOIO:
		return svm_io_exit(vcpu);
	case SVM_EXIT_MSR:
		return filter_exit(vcpu, vcpu->svm.vmcb->control.exit_info_1 == EXIT_MSR_WRITE);
	case SVM_EXIT_CPUID:
		return exit_cpuid(vcpu);
	case SVM_EXIT_HLT:
		return exit_hlt(vcpu);
	case SVM_EXIT_CR0_SEL_WRITE:
	case SVM_EXIT_WRITE_CR4:
	case SVM_EXIT_WRITE_CR8:
	case SVM_EXIT_READ_DR0 ... SVM_EXIT_READ_DR7:
	case SVM_EXIT_WRITE_DR0 ... SVM_EXIT_WRITE_DR7:
	case SVM_EXIT_XSETBV:
		return svm_control_exit(vcpu, code);
	case SVM_EXIT_EXCP_BASE ... SVM_EXIT_LAST_EXCP:
		return exit_exception(vcpu, code - SVM_EXIT_EXCP_BASE);
	case SVM_EXIT_IRET:
		return exit_iret(vcpu);
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
	case SVM_EXIT_INVLPGA:
	case SVM_EXIT_VMRUN:
	case SVM_EXIT_VMLOAD ... SVM_EXIT_SKINIT:
		return nested_insn(vcpu, code);
	case SVM_EXIT_RSM:
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
	int ret = NESTED_OURS;

	if (nested_in_l2(&vcpu->svm))
		ret = nested_exit(vcpu, code);
	else if (code == (u32)SVM_EXIT_ERR)
		return exit_invalid(vcpu);
	if (ret == NESTED_OURS)
		ret = exit_by_code(vcpu, code);
	if (ret == VCPU_RESUME && vcpu->svm.shutdown) {
		vcpu->svm.shutdown = false;
		return exit_shutdown(vcpu);
	}
	return ret;
}
