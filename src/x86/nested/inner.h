/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of nested/ share.
 */
#ifndef TABULA_NESTED_INNER_H
#define TABULA_NESTED_INNER_H

#include "bits.h"
#include "nested.h"

/* block.c */

/**
 * nested_vmcb_fits() - can a control block be there?
 * @gpa: L1's address
 *
 * Return: false: #GP.
 */
bool nested_vmcb_fits(u64 gpa);

/**
 * nested_vmcb_read() - copy a control block of L1's, once
 * @vcpu: the current thread's; may sleep
 * @gpa: L1's address, fits
 *
 * What is used is n->copy, whatever L1 writes meanwhile. Return: 0, or an errno of
 * nested_page_begin().
 */
int nested_vmcb_read(struct x86_vcpu *vcpu, u64 gpa);

/* What is written to a control block of L1's. */
enum nested_part {
	NESTED_PART_EXIT,	/* of a #VMEXIT */
	NESTED_PART_PAT,	/* and PAT, which goes with nested paging */
	NESTED_PART_INVALID,	/* of a VMRUN that was refused */
	NESTED_PART_VMSAVE,
};

/**
 * nested_vmcb_write() - write fields that hardware would to a control block of L1's
 * @vcpu: the current thread's; may sleep
 * @gpa: L1's address, fits
 * @part: which fields, taken from n->copy
 *
 * Nothing else in the block changes; the dirty log hears of it. Return: 0; -EFAULT: there is no
 * memory.
 */
int nested_vmcb_write(struct x86_vcpu *vcpu, u64 gpa, enum nested_part part);

/**
 * nested_ctl_from() - controls out of a control block
 * @ctl: filled in
 * @c: a copy, ours
 */
void nested_ctl_from(struct nested_ctl *ctl, const struct vmcb_control_area *c);

/**
 * nested_ctl_to() - and back
 * @c: zeroed
 * @ctl: the controls
 */
void nested_ctl_to(struct vmcb_control_area *c, const struct nested_ctl *ctl);

/**
 * nested_segments() - what VMLOAD loads and VMSAVE saves
 * @to: where to
 * @from: where from
 */
void nested_segments(struct vmcb_save_area *to, const struct vmcb_save_area *from);

/**
 * nested_vmrun_state() - what VMRUN loads and #VMEXIT saves
 * @to: where to
 * @from: where from
 * @pat: PAT too
 */
void nested_vmrun_state(struct vmcb_save_area *to, const struct vmcb_save_area *from, bool pat);

/* insn.c */

/**
 * nested_rax() - the address that VMRUN, VMLOAD, VMSAVE and INVLPGA take
 * @svm: the vCPU's
 *
 * Return: rAX as the code segment's size cuts it.
 */
u64 nested_rax(const struct svm *svm);

/* enter.c */

/**
 * nested_vmrun() - VMRUN, allowed where it stands
 * @vcpu: the current thread's; in L1
 *
 * Return: as svm_handle_exit().
 */
int nested_vmrun(struct x86_vcpu *vcpu);

/**
 * nested_limits() - what L1's CPU has
 * @svm: the vCPU's; @svm->vmcb need not be L1's
 * @l: filled in
 */
void nested_limits(const struct svm *svm, struct nested_limits *l);

/**
 * nested_regs_from() - what VMRUN looks at
 * @r: filled in
 * @s: a copy, ours
 */
void nested_regs_from(struct nested_regs *r, const struct vmcb_save_area *s);

/**
 * nested_enter() - the vCPU is in L2 from now on
 * @vcpu: the current thread's, or its mutex is held; in L1. n->ctl is checked, n->l1 is as L1 stands
 *	behind its VMRUN
 * @save: L2's registers, checked; not those of VMLOAD, which stay L1's
 *
 * Return: 0 or -ENOMEM.
 */
int nested_enter(struct x86_vcpu *vcpu, const struct vmcb_save_area *save);

/**
 * nested_switch() - the other control block, and its identifier
 * @svm: the vCPU's
 * @in_l2: L2's
 */
void nested_switch(struct svm *svm, bool in_l2);

/* leave.c */

/**
 * nested_leave() - #VMEXIT from L2 to L1 (AMD APM vol. 2, 15.6)
 * @vcpu: the current thread's; in L2, and in L1 on return
 * @code: exit code
 * @info1: EXITINFO1
 * @info2: EXITINFO2
 *
 * What was in delivery, or pending, is told of in EXITINTINFO.
 */
void nested_leave(struct x86_vcpu *vcpu, u64 code, u64 info1, u64 info2);

/* npf.c */

/**
 * nested_npf() - L2 touched what its tables do not have
 * @vcpu: the current thread's; in L2, which has nested paging by L1
 *
 * Return: as svm_handle_exit().
 */
int nested_npf(struct x86_vcpu *vcpu);

/**
 * nested_flush() - L1 asks for a flush of L2's translations
 * @vcpu: the current thread's; may sleep
 * @asid: L1's identifier, or 0: of all
 */
void nested_flush(struct x86_vcpu *vcpu, u32 asid);

#endif
