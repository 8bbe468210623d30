// SPDX-License-Identifier: GPL-2.0
/*
 * One stay in the guest: what is switched around VMRUN.
 */
#include <linux/context_tracking.h>
#include <linux/kvm_host.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/thread_info.h>
#include <linux/vtime.h>
#include <asm/debugreg.h>
#include <asm/fpu/api.h>
#include <asm/fpu/xcr.h>
#include <asm/mce.h>
#include <asm/msr.h>
#include <asm/ptrace.h>
#include <asm/special_insns.h>
#include <asm/trapnr.h>

#include "../../mutant.h"
#include "../../vm/run.h"
#include "../nested/nested.h"
#include "../vm.h"
#include "bare.h"
#include "svm.h"

#define RUN_DR7_ACTIVE	0xff	/* any breakpoint enabled */

/* Seldom another than the host's. */
static void run_set_aux(u64 val)
{
	if (val == __this_cpu_read(svm_cpu.aux) || !svm_has_aux())
		return;
	__this_cpu_write(svm_cpu.aux, val);
	wrmsrl(MSR_TSC_AUX, val);
}

void svm_load(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;

	/* one guest's branches do not steer another's */
	spec_load(&svm->spec);
	run_set_aux(svm->tsc_aux);
	kvmclock_load(vcpu);
	if (vcpu->stolen.steal.mem && stolen_load(&vcpu->stolen))
		set_bit(X86_REQ_STEAL, &vcpu->base.requests);
	if (xen_is_there(&vcpu->vm->xen))
		xen_load(vcpu);
	vcpu_set_here(&vcpu->base);
}

void svm_put(struct x86_vcpu *vcpu)
{
	vcpu_set_here(NULL);
	kvmclock_put(vcpu);
	if (vcpu->stolen.at_rest && vcpu->stolen.steal.mem)
		stolen_put(vcpu);
	if (xen_is_there(&vcpu->vm->xen))
		xen_put(vcpu);
	if (!MUTANT(run_aux_kept))
		run_set_aux(__this_cpu_read(svm_cpu.host_aux));
}

int svm_set_tsc_aux(struct x86_vcpu *vcpu, u32 val)
{
	preempt_disable();
	vcpu->svm.tsc_aux = val;
	if (vcpu->base.cpu == smp_processor_id())
		run_set_aux(val);
	preempt_enable();
	return 0;
}

/* The guest's FPU in; the host's stays where the kernel's section keeps it. */
static void run_fpu_in(struct svm *svm)
{
	if (!MUTANT(run_fpu_kept))
		kernel_fpu_begin_mask(0);
	if (svm_hw.x87_stays)
		bare_x87_forget();
	/* XSAVES does not exit, and would tell the guest of states that are the host's alone */
	if (svm_hw.xss)
		wrmsrl(MSR_IA32_XSS, 0);
	if (!svm_hw.xcr0) {
		bare_fxrstor(svm->xsave);
		return;
	}
	bare_xrstor(svm->xsave, svm_hw.xcr0);
	svm->host_xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	if (svm->host_xcr0 != svm->xcr0)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, svm->xcr0);
}

static void run_fpu_out(struct svm *svm)
{
	if (!svm_hw.xcr0) {
		bare_fxsave(svm->xsave);
	} else {
		/* it may have been written past us where XSETBV does not exit */
		svm->xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
		if (MUTANT(run_xsave_early))
			bare_xsave(svm->xsave, svm_hw.xcr0);
		if (svm->xcr0 != svm->host_xcr0 && !MUTANT(run_xcr0_kept))
			xsetbv(XCR_XFEATURE_ENABLED_MASK, svm->host_xcr0);
		if (!MUTANT(run_xsave_early))
			bare_xsave(svm->xsave, svm_hw.xcr0);
	}
	if (svm_hw.xss)
		wrmsrl(MSR_IA32_XSS, svm_hw.xss);
	if (!MUTANT(run_fpu_kept))
		kernel_fpu_end();
}

/* Breakpoint addresses are in no control block. */
static void run_dr_swap(u64 *in, u64 *out)
{
	get_debugreg(out[0], 0);
	get_debugreg(out[1], 1);
	get_debugreg(out[2], 2);
	get_debugreg(out[3], 3);
	set_debugreg(in[0], 0);
	set_debugreg(in[1], 1);
	set_debugreg(in[2], 2);
	set_debugreg(in[3], 3);
}

/* TLB_CONTROL by what the identifiers say (AMD APM vol. 2, 15.16.2). */
static void run_asid(struct svm *svm)
{
	struct vmcb_control_area *c = &svm->vmcb->control;

	switch (asid_use(svm_asids(), &svm->asid, svm->flush)) {
	case ASID_KEEP:
		c->tlb_ctl = TLB_CONTROL_DO_NOTHING;
		break;
	case ASID_OWN:
		c->tlb_ctl = svm_hw.flush_asid ? TLB_CONTROL_FLUSH_ASID :
						 TLB_CONTROL_FLUSH_ALL_ASID;
		break;
	case ASID_ALL:
		c->tlb_ctl = TLB_CONTROL_FLUSH_ALL_ASID;
		break;
	}
	svm->flush = false;
	c->asid = svm->asid.id;
}

/*
 * A state that VMRUN refuses is refused before TLB_CONTROL is looked at (AMD APM vol. 3, VMRUN): what was to be
 * flushed is still there, of this guest and, where identifiers began anew, of others. So they begin anew.
 */
static void run_refused(const struct svm *svm)
{
	if ((u32)svm->vmcb->control.exit_code == (u32)SVM_EXIT_ERR)
		asid_pool_init(svm_asids(), svm_hw.asids);
}

/* It is nobody's but the host's: a trap that it asks for is none of the guest's (AMD APM vol. 2, 15.23.1). */
static u64 run_debugctl_in(void)
{
	u64 val = 0;

	if (svm_hw.bus_locks || test_thread_flag(TIF_BLOCKSTEP))
		rdmsrl(MSR_IA32_DEBUGCTLMSR, val);
	if (val)
		wrmsrl(MSR_IA32_DEBUGCTLMSR, 0);
	return val;
}

static void run_enter(struct svm *svm)
{
	struct spec_switch spec = spec_enter(svm);
	u64 host_pa = svm_host_pa();

	bare_clgi();
	if (!MUTANT(run_segments_old))
		bare_vmsave(host_pa);
	svm_enter(svm->gpr, svm->vmcb_pa, host_pa, spec.guest, spec.host);
	/* an interrupt that ended the stay is still pending, and comes when IF is set */
	if (!MUTANT(run_gif_off))
		bare_stgi();
}

/* A machine check that came in the guest is the host's: as one that came in user mode. */
static noinline void run_machine_check(void)
{
	struct pt_regs regs = { .cs = 3, .flags = X86_EFLAGS_IF };

	do_machine_check(&regs);
}

/* Priority of tasks: L2 may have one of its own, that L1 sees at its exit. */
static void run_tpr_in(struct svm *svm)
{
	struct vmcb_control_area *c = &svm->vmcb->control;
	const u8 *tpr = nested_tpr(svm);

	c->int_ctl = (c->int_ctl & ~V_TPR_MASK) | ((tpr ? *tpr : svm->cr8) & V_TPR_MASK);
}

static void run_tpr_out(struct svm *svm)
{
	u8 *tpr = nested_tpr(svm);

	if (tpr)
		*tpr = svm->vmcb->control.int_ctl & V_TPR_MASK;
	else
		svm->cr8 = svm->vmcb->control.int_ctl & V_TPR_MASK;
}

/*
 * LME means nothing while paging is off, and neither EFER nor CR0.PG is reached without an exit: the guest cannot tell that it
 * is kept out meanwhile. Where it is in, with CR4.PAE clear, QEMU's #VMEXIT leaves the host with the guest's CR0: it restores
 * CR0 while EFER and CR4 are still the guest's, and takes that for a bad way into long mode.
 */
static void run_efer(struct svm *svm)
{
	if (!(svm->efer & EFER_LMA))
		svm->vmcb->save.efer &= ~(u64)EFER_LME;
}

void svm_run(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	struct vmcb *vmcb = svm->vmcb;
	u64 *guest_dr = svm_debug_has(svm, KVM_GUESTDBG_USE_HW_BP) ? svm->debug.dr : svm->dr;
	u64 debugctl, guest_mce = vmcb->save.cr4 & X86_CR4_MCE;
	unsigned long host_dr7 = 0;
	u64 host_dr[4];
	bool dr;

	if (!svm_is_on()) {
		vmcb->control.exit_code = SVM_EXIT_INTR;
		vcpu_say_outside(&vcpu->base);
		return;
	}
	run_asid(svm);
	if (svm->debug.control)
		svm_debug_enter(svm);
	run_efer(svm);
	run_tpr_in(svm);
	/* the kernel's own, and those of whoever debugs the VMM */
	if (!MUTANT(run_dr7_unread) && hw_breakpoint_active())
		get_debugreg(host_dr7, 7);
	dr = (vmcb->save.dr7 | host_dr7) & RUN_DR7_ACTIVE;
	if (dr) {
		if (!MUTANT(run_dr7_on))
			set_debugreg(0UL, 7);
		run_dr_swap(guest_dr, host_dr);
	}
	/* pending at VMRUN, taken behind the delivery */
	if (nested_hurries(svm))
		arch_smp_send_reschedule(smp_processor_id());
	/* without it a machine check of the guest's time would be a shutdown of the guest's alone */
	vmcb->save.cr4 |= svm_hw.cr4_mce;
	debugctl = run_debugctl_in();
	run_fpu_in(svm);
	vtime_account_guest_enter();
	guest_context_enter_irqoff();
	run_enter(svm);
	/* RCU has been told at the entry: the next one, or the way out, tells it again */
	context_tracking_guest_exit();
	spec_leave();
	run_refused(svm);
	run_fpu_out(svm);
	if (debugctl)
		wrmsrl(MSR_IA32_DEBUGCTLMSR, debugctl);
	vmcb->save.cr4 = (vmcb->save.cr4 & ~(u64)X86_CR4_MCE) | guest_mce;
	if (vmcb->control.exit_code == SVM_EXIT_EXCP_BASE + X86_TRAP_MC)
		run_machine_check();
	if (dr && !MUTANT(run_dr_kept))
		run_dr_swap(host_dr, guest_dr);
	if (host_dr7 & RUN_DR7_ACTIVE && !MUTANT(run_dr7_off))
		set_debugreg(host_dr7, 7);
	if (svm->debug.control)
		svm_debug_leave(svm);
	run_tpr_out(svm);
	vmcb->save.efer = svm->efer | EFER_SVME;
	svm_take_back(vcpu);
	vcpu_say_outside(&vcpu->base);
	/* the interrupt that ended the stay is the guest's time, and is taken here */
	local_irq_enable();
	asm volatile("nop");
	local_irq_disable();
}
