// SPDX-License-Identifier: GPL-2.0
/*
 * Control blocks of L1's: read once, and written by those fields that hardware writes.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "../vm.h"
#include "inner.h"

/* Exit codes are 64 bits wide, whatever the kernel's header makes of them. */
#define BLOCK_EXIT_CODE_SIZE	8

/**
 * struct block_field - a field that is written
 * @at: its offset
 * @len: bytes
 */
struct block_field {
	u16 at;
	u16 len;
};

#define CONTROL(field)	{ offsetof(struct vmcb, control.field), \
			  sizeof_field(struct vmcb_control_area, field) }
#define SAVE(field)	{ offsetof(struct vmcb, save.field), \
			  sizeof_field(struct vmcb_save_area, field) }
#define EXIT_CODE	{ offsetof(struct vmcb, control.exit_code), BLOCK_EXIT_CODE_SIZE }

/* All that is looked at: further controls belong to features that L1 is not told of. */
static const struct nested_span block_read[] = {
	{ 0, offsetofend(struct vmcb, control.nested_cr3) },
	{ offsetof(struct vmcb, save), offsetofend(struct vmcb_save_area, g_pat) },
	{ }
};

static const struct block_field block_exit[] = {
	EXIT_CODE, CONTROL(int_ctl), CONTROL(int_state), CONTROL(exit_info_1), CONTROL(exit_info_2),
	CONTROL(exit_int_info), CONTROL(exit_int_info_err), CONTROL(event_inj),
	SAVE(es), SAVE(cs), SAVE(ss), SAVE(ds), SAVE(gdtr), SAVE(idtr), SAVE(cpl), SAVE(efer),
	SAVE(cr4), SAVE(cr3), SAVE(cr0), SAVE(dr7), SAVE(dr6), SAVE(rflags), SAVE(rip), SAVE(rsp),
	SAVE(rax), SAVE(cr2), { }
};

static const struct block_field block_pat[] = { SAVE(g_pat), { } };

static const struct block_field block_invalid[] = {
	EXIT_CODE, CONTROL(exit_info_1), CONTROL(exit_info_2), CONTROL(exit_int_info), { }
};

static const struct block_field block_vmsave[] = {
	SAVE(fs), SAVE(gs), SAVE(tr), SAVE(ldtr), SAVE(kernel_gs_base), SAVE(star), SAVE(lstar),
	SAVE(cstar), SAVE(sfmask), SAVE(sysenter_cs), SAVE(sysenter_esp), SAVE(sysenter_eip), { }
};

static const struct block_field *const block_parts[] = {
	[NESTED_PART_EXIT] = block_exit,
	[NESTED_PART_PAT] = block_pat,
	[NESTED_PART_INVALID] = block_invalid,
	[NESTED_PART_VMSAVE] = block_vmsave,
};

bool nested_vmcb_fits(u64 gpa)
{
	return !(gpa & (GMEM_PAGE_SIZE - 1)) && !(gpa >> svm_hw.phys_bits);
}

int nested_vmcb_read(struct x86_vcpu *vcpu, u64 gpa)
{
	struct nested *n = vcpu->svm.nested;
	struct nested_page *p = nested_page_choose(n->vmcb, NESTED_VMCBS, gpa, &n->clock);

	return PTR_ERR_OR_ZERO(nested_page_copy(p, &vcpu->vm->npt.gmem, gpa, n->copy, block_read));
}

/* Past the mapping: page faults are served, and no signal comes between. */
static int block_write_slow(struct x86_vcpu *vcpu, u64 gpa, const struct block_field *f)
{
	const void *copy = vcpu->svm.nested->copy;
	int ret = 0;

	for (; f->len && !ret; f++)
		ret = gmem_write_all(&vcpu->vm->npt.gmem, gpa + f->at, copy + f->at, f->len);
	return ret ? -EFAULT : 0;
}

/* Most are a word or two. */
static void block_put(void *to, const void *from, unsigned int len)
{
	switch (len) {
	case 4:
		memcpy(to, from, 4);
		break;
	case 8:
		memcpy(to, from, 8);
		break;
	case 16:
		memcpy(to, from, 16);
		break;
	default:
		memcpy(to, from, len);
	}
}

int nested_vmcb_write(struct x86_vcpu *vcpu, u64 gpa, enum nested_part part)
{
	struct nested *n = vcpu->svm.nested;
	struct nested_page *p = nested_page_choose(n->vmcb, NESTED_VMCBS, gpa, &n->clock);
	void *block = nested_page_begin(p, &vcpu->vm->npt.gmem, gpa, true);
	const struct block_field *f = block_parts[part];

	if (IS_ERR(block))
		return block_write_slow(vcpu, gpa, f);
	for (; f->len; f++)
		block_put(block + f->at, (void *)n->copy + f->at, f->len);
	nested_page_end(p, true);
	return 0;
}

void nested_ctl_from(struct nested_ctl *ctl, const struct vmcb_control_area *c)
{
	BUILD_BUG_ON(sizeof(ctl->intercepts) != sizeof(c->intercepts));
	memcpy(ctl->intercepts, c->intercepts, sizeof(ctl->intercepts));
	ctl->iopm = c->iopm_base_pa;
	ctl->msrpm = c->msrpm_base_pa;
	ctl->tsc_offset = c->tsc_offset;
	ctl->asid = c->asid;
	ctl->tlb_ctl = c->tlb_ctl;
	ctl->int_ctl = c->int_ctl;
	ctl->int_vector = c->int_vector;
	ctl->int_state = c->int_state;
	ctl->nested_ctl = c->nested_ctl;
	ctl->event_inj = c->event_inj;
	ctl->event_inj_err = c->event_inj_err;
	ctl->ncr3 = c->nested_cr3;
}

void nested_ctl_to(struct vmcb_control_area *c, const struct nested_ctl *ctl)
{
	memcpy(c->intercepts, ctl->intercepts, sizeof(ctl->intercepts));
	c->iopm_base_pa = ctl->iopm;
	c->msrpm_base_pa = ctl->msrpm;
	c->tsc_offset = ctl->tsc_offset;
	c->asid = ctl->asid;
	c->tlb_ctl = ctl->tlb_ctl;
	c->int_ctl = ctl->int_ctl;
	c->int_vector = ctl->int_vector;
	c->int_state = ctl->int_state;
	c->nested_ctl = ctl->nested_ctl;
	c->event_inj = ctl->event_inj;
	c->event_inj_err = ctl->event_inj_err;
	c->nested_cr3 = ctl->ncr3;
}

void nested_segments(struct vmcb_save_area *to, const struct vmcb_save_area *from)
{
	to->fs = from->fs;
	to->gs = from->gs;
	to->tr = from->tr;
	to->ldtr = from->ldtr;
	to->kernel_gs_base = from->kernel_gs_base;
	to->star = from->star;
	to->lstar = from->lstar;
	to->cstar = from->cstar;
	to->sfmask = from->sfmask;
	to->sysenter_cs = from->sysenter_cs;
	to->sysenter_esp = from->sysenter_esp;
	to->sysenter_eip = from->sysenter_eip;
}

void nested_vmrun_state(struct vmcb_save_area *to, const struct vmcb_save_area *from, bool pat)
{
	to->es = from->es;
	to->cs = from->cs;
	to->ss = from->ss;
	to->ds = from->ds;
	to->gdtr = from->gdtr;
	to->idtr = from->idtr;
	to->cpl = from->cpl;
	to->efer = from->efer;
	to->cr4 = from->cr4;
	to->cr3 = from->cr3;
	to->cr0 = from->cr0;
	to->dr7 = from->dr7;
	to->dr6 = from->dr6;
	to->rflags = from->rflags;
	to->rip = from->rip;
	to->rsp = from->rsp;
	to->rax = from->rax;
	to->cr2 = from->cr2;
	if (pat)
		to->g_pat = from->g_pat;
}
