/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nested AMD-V: a guest (L1) runs guests of its own (L2). The vCPU has two control blocks, one for each;
 * struct svm.vmcb is the one it is in, so that all else works on L2's registers as on L1's.
 */
#ifndef TABULA_NESTED_H
#define TABULA_NESTED_H

#include <linux/types.h>

#include "../svm/svm.h"
#include "check.h"
#include "decide.h"
#include "page.h"
#include "space.h"

struct kvm_nested_state;

#define NESTED_ASIDS	64	/* that L1 is told of; names for what may be cached, no more */
#define NESTED_VMCBS	4	/* control blocks of L1's that are kept mapped: VMRUN's, VMLOAD's */
#define NESTED_OPEN	16	/* bytes of our own MSR map that let something through */

/* What nested_exit() answers beside VCPU_* and errnos. */
#define NESTED_OURS	3

/**
 * struct nested - a vCPU that may run guests of its own
 * @l1: L1's control block
 * @l2: L2's
 * @copy: VMCB12 as read, and what is to be written to it
 * @in_l2: L2 runs; else L1
 * @fresh: L2 has been entered by L1 and not yet by us
 * @hurry: L2 is to leave as soon as what is injected has been delivered
 * @gif: L1's global interrupt flag
 * @vmcb12: L1's address of the control block of its last VMRUN
 * @ctl: its controls
 * @tpr: L2's own task priority, where it has one (V_INTR_MASKING)
 * @virq: L1's virtual interrupt for L2: those bits of int_ctl, while L2 runs
 * @window: what stands there instead is ours
 * @other: identifier of the one that does not run
 * @other_flush: so, struct svm.flush
 * @spaces: address spaces of L2s
 * @vmcb: control blocks that are kept mapped
 * @io: L1's I/O map
 * @msr: L1's MSR map
 * @clock: counts uses of what is kept
 * @denied: L2's address that nested_gpa() was refused last
 * @denied_error: EXITINFO1 for it
 * @msr_map: ours and L1's MSR maps made one
 * @open: bytes of ours that let something through
 * @nr_open: how many
 */
struct nested {
	struct vmcb *l1;
	struct vmcb *l2;
	struct vmcb *copy;
	bool in_l2;
	bool fresh;
	bool hurry;
	bool gif;
	u64 vmcb12;
	struct nested_ctl ctl;
	u8 tpr;
	u32 virq;
	bool window;
	struct asid other;
	bool other_flush;
	struct spaces spaces;
	struct nested_page vmcb[NESTED_VMCBS];
	struct nested_page io[DECIDE_IO_PAGES];
	struct nested_page msr[DECIDE_MSR_PAGES];
	u64 clock;
	u64 denied;
	u64 denied_error;
	u8 *msr_map;
	u16 open[NESTED_OPEN];
	unsigned int nr_open;
};

/**
 * nested_in_l2() - is the vCPU in a guest of its guest?
 * @svm: the vCPU's
 *
 * Return: true if so.
 */
static inline bool nested_in_l2(const struct svm *svm)
{
	return svm->nested && svm->nested->in_l2;
}

/**
 * nested_gif() - global interrupt flag (AMD APM vol. 2, 15.17)
 * @svm: the vCPU's
 *
 * Return: false: L1 takes neither interrupts nor NMIs now.
 */
static inline bool nested_gif(const struct svm *svm)
{
	return !svm->nested || svm->nested->gif;
}

/**
 * nested_asks() - does L1 intercept something of the L2 that runs?
 * @svm: the vCPU's; in L2
 * @code: exit code
 *
 * Return: true if so.
 */
static inline bool nested_asks(const struct svm *svm, u32 code)
{
	return nested_intercepts(svm->nested->ctl.intercepts, code);
}

/* state.c */

/**
 * nested_enable() - L1 sets EFER.SVME
 * @vcpu: the current thread's, or its mutex is held
 *
 * Return: 0, also where it is enabled already; -ENOMEM.
 */
int nested_enable(struct x86_vcpu *vcpu);

/**
 * nested_release() - keep no page of guest memory any more, which is about to go
 * @vcpu: does not run any more. May sleep; from any process.
 */
void nested_release(struct x86_vcpu *vcpu);

/**
 * nested_free() - undo nested_enable()
 * @vcpu: its nested_release() was called, or it never ran; or never enabled
 */
void nested_free(struct x86_vcpu *vcpu);

/**
 * nested_abort() - L2 is gone without an exit: reset, or EFER.SVME is cleared
 * @vcpu: not in its guest. L1's registers are those of its VMRUN; GIF is 1.
 */
void nested_abort(struct x86_vcpu *vcpu);

/**
 * nested_forget() - nested page tables have lost something: so has all that was made of them
 * @vcpu: the current thread's, not in its guest; X86_REQ_FLUSH was cleared before. May sleep.
 */
void nested_forget(struct x86_vcpu *vcpu);

/**
 * nested_get_state() - KVM_GET_NESTED_STATE (KVM API 4.114)
 * @vcpu: its mutex is held
 * @u: where to
 *
 * Return: 0; -EFAULT; -E2BIG: its size was too small, and is now what is needed.
 */
long nested_get_state(struct x86_vcpu *vcpu, struct kvm_nested_state __user *u);

/**
 * nested_set_state() - KVM_SET_NESTED_STATE (KVM API 4.115)
 * @vcpu: its mutex is held
 * @u: where from; registers that were set before are L2's if it says so
 *
 * Return: 0; -EFAULT; -ENOMEM; -EINVAL: a state that cannot be; nothing has changed then.
 */
long nested_set_state(struct x86_vcpu *vcpu, struct kvm_nested_state __user *u);

/**
 * nested_state_size() - KVM_CAP_NESTED_STATE
 *
 * Return: bytes of the largest state.
 */
long nested_state_size(void);

/* insn.c */

/**
 * nested_insn() - VMRUN, VMLOAD, VMSAVE, STGI, CLGI, INVLPGA, SKINIT
 * @vcpu: the current thread's, at such an exit that is not L1's
 * @code: exit code
 *
 * Return: as svm_handle_exit().
 */
int nested_insn(struct x86_vcpu *vcpu, u32 code);

/* exit.c */

/**
 * nested_exit() - L2 has exited: is it for L1?
 * @vcpu: the current thread's; in L2
 * @code: exit code
 *
 * Return: NESTED_OURS: to be served as an exit of any guest; else it is done, as svm_handle_exit().
 */
int nested_exit(struct x86_vcpu *vcpu, u32 code);

/**
 * nested_shutdown() - a third fault: is it for L1?
 * @vcpu: the current thread's
 *
 * Return: true: L2 it was, and L1 has had its exit.
 */
bool nested_shutdown(struct x86_vcpu *vcpu);

/* npf.c */

/**
 * nested_gpa() - what is a guest physical address to us?
 * @vcpu: the current thread's, or its mutex is held; on the VMM's mm; may sleep
 * @gpa: L2's, made L1's where L1 has nested paging; else as it is
 * @access: SVM_WRITE: it is to be written; SVM_TABLE: it is one of L2's own tables
 *
 * Return: 0; -ENXIO: L1's tables do not map it so; or an errno of nested_walk().
 */
int nested_gpa(struct x86_vcpu *vcpu, u64 *gpa, unsigned int access);

/**
 * nested_denied() - an access that was made for L2 met what L1's tables deny: L1 hears of it
 * @vcpu: the current thread's; nested_gpa() said -ENXIO. In L1 on return
 */
void nested_denied(struct x86_vcpu *vcpu);

/* event.c */

/**
 * nested_events() - does something that is pending end L2's stay?
 * @vcpu: the current thread's; about to enter. If so it is in L1 on return
 * @interrupt: an interrupt is pending
 */
void nested_events(struct x86_vcpu *vcpu, bool interrupt);

/**
 * nested_hurries() - is the stay to end once what is injected has been delivered?
 * @svm: the vCPU's
 *
 * Return: true: an interrupt of the host's is to be pending at VMRUN.
 */
static inline bool nested_hurries(const struct svm *svm)
{
	return nested_in_l2(svm) && svm->nested->hurry;
}

/**
 * nested_init() - an INIT is pending: is it for L1 to hear of?
 * @vcpu: the current thread's
 *
 * Return: true: L2 it was, and L1 has had its exit; the INIT comes when L1 sets GIF.
 */
bool nested_init(struct x86_vcpu *vcpu);

/**
 * nested_interrupt_open() - does the flag that counts while L2 runs let interrupts through?
 * @svm: the vCPU's; in L2
 *
 * Return: IF of L1 as it was at VMRUN with V_INTR_MASKING, else L2's.
 */
bool nested_interrupt_open(const struct svm *svm);

/**
 * nested_window() - our virtual interrupt, by which we hear of a window, or L1's own
 * @svm: the vCPU's; in L2. Its control block holds neither
 * @on: ours is wanted
 *
 * Return: true if ours is to be put.
 */
bool nested_window(struct svm *svm, bool on);

/**
 * nested_tpr() - whose task priority does the guest that runs see?
 * @svm: the vCPU's
 *
 * Return: L2's own, or NULL: L1's, which is struct svm.cr8.
 */
static inline u8 *nested_tpr(struct svm *svm)
{
	struct nested *n = svm->nested;

	return n && n->in_l2 && (n->ctl.int_ctl & V_INTR_MASKING_MASK) ? &n->tpr : NULL;
}

#endif
