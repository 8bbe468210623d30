// SPDX-License-Identifier: GPL-2.0
/*
 * Exits of L2: for L1, or served here as those of any guest.
 */
#include <linux/err.h>
#include <linux/kvm.h>
#include <asm/trapnr.h>

#include "../../vm/arch.h"
#include "../vm.h"
#include "inner.h"

#define EXIT_MSR_WRITE	1

/* As a CPU: what the map says when the access is made. Where there is no memory it says all. */
static bool exit_io_asked(struct x86_vcpu *vcpu)
{
	struct nested *n = vcpu->svm.nested;
	u32 mask, bits = 0;
	unsigned int byte = nested_io_bits(n->l2->control.exit_info_1, &mask), i;

	for (i = 0; i < 2; i++, byte++) {
		unsigned int page = byte / PAGE_SIZE;
		const u8 *map;

		if (!(mask >> 8 * i & 0xff))
			continue;
		map = nested_page_begin(&n->io[page], &vcpu->vm->npt.gmem,
					(n->ctl.iopm & PAGE_MASK) + page * PAGE_SIZE, false);
		if (IS_ERR(map))
			return true;
		bits |= map[byte % PAGE_SIZE] << 8 * i;
		nested_page_end(&n->io[page], false);
	}
	return bits & mask;
}

static bool exit_msr_asked(struct x86_vcpu *vcpu)
{
	struct nested *n = vcpu->svm.nested;
	bool write = n->l2->control.exit_info_1 == EXIT_MSR_WRITE, asked;
	int bit = nested_msr_bit(vcpu->svm.gpr[SVM_RCX], write);
	unsigned int page;
	const u8 *map;

	if (bit < 0)
		return true;
	page = bit / 8 / PAGE_SIZE;
	map = nested_page_begin(&n->msr[page], &vcpu->vm->npt.gmem,
				(n->ctl.msrpm & PAGE_MASK) + page * PAGE_SIZE, false);
	if (IS_ERR(map))
		return true;
	asked = map[bit / 8 % PAGE_SIZE] & BIT(bit % 8);
	nested_page_end(&n->msr[page], false);
	return asked;
}

static bool exit_is_l1s(struct x86_vcpu *vcpu, u32 code)
{
	struct svm *svm = &vcpu->svm;

	switch (code) {
	/* the host's own, which came while L2 ran */
	case SVM_EXIT_INTR:
	case SVM_EXIT_NMI:
	case SVM_EXIT_SMI:
	case SVM_EXIT_INIT:
	case SVM_EXIT_EXCP_BASE + X86_TRAP_MC:
		return false;
	case SVM_EXIT_VINTR:
		return !svm->nested->window && nested_asks(svm, code);
	case SVM_EXIT_EXCP_BASE + X86_TRAP_DB:
		/* our own step over an IRET, or the VMM's */
		return !(svm->nmi_iret && !svm->nmi_iret_tf) && nested_asks(svm, code) &&
		       !svm_debug_has(svm, KVM_GUESTDBG_SINGLESTEP | KVM_GUESTDBG_USE_HW_BP);
	case SVM_EXIT_EXCP_BASE + X86_TRAP_BP:
		return nested_asks(svm, code) && !svm_debug_has(svm, KVM_GUESTDBG_USE_SW_BP);
	case SVM_EXIT_IOIO:
		return nested_asks(svm, code) && exit_io_asked(vcpu);
	case SVM_EXIT_MSR:
		return nested_asks(svm, code) && exit_msr_asked(vcpu);
	case (u32)SVM_EXIT_ERR:
		/* a state that we took for possible, and the CPU does not: it is L1's */
		return true;
	default:
		return nested_asks(svm, code);
	}
}

int nested_exit(struct x86_vcpu *vcpu, u32 code)
{
	struct svm *svm = &vcpu->svm;
	struct nested *n = svm->nested;
	struct vmcb_control_area *c = &n->l2->control;

	n->fresh = false;
	n->ctl.event_inj = 0;
	/* the CPU clears it when it is taken */
	if (!n->window)
		n->virq = c->int_ctl & V_IRQ_INJECTION_BITS_MASK;
	if (code == SVM_EXIT_NPF)
		return n->spaces.now ? nested_npf(vcpu) : NESTED_OURS;
	if (!exit_is_l1s(vcpu, code))
		return NESTED_OURS;
	nested_leave(vcpu, code == (u32)SVM_EXIT_ERR ? (u64)SVM_EXIT_ERR : code,
		     c->exit_info_1, c->exit_info_2);
	return VCPU_RESUME;
}

bool nested_shutdown(struct x86_vcpu *vcpu)
{
	if (!nested_in_l2(&vcpu->svm) || !nested_asks(&vcpu->svm, SVM_EXIT_SHUTDOWN))
		return false;
	nested_leave(vcpu, SVM_EXIT_SHUTDOWN, 0, 0);
	return true;
}
