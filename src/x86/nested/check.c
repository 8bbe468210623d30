// SPDX-License-Identifier: GPL-2.0
/*
 * VMRUN's checks of a control block.
 */
#include <linux/bits.h>
#include <asm/processor-flags.h>

#include "../svm/pat.h"
#include "bits.h"
#include "check.h"
#include "decide.h"

#define CHECK_IOPM_SIZE		(3 * 4096ULL)
#define CHECK_MSRPM_SIZE	(2 * 4096ULL)
#define CHECK_PAGE		(~4095ULL)

#define CHECK_CS_L		BIT(9)
#define CHECK_CS_D		BIT(10)

/* EVENTINJ (APM, 15.20). */
#define CHECK_INJ_VALID		BIT(31)
#define CHECK_INJ_VECTOR	0xff
#define CHECK_NMI		2
#define CHECK_LAST_EXCEPTION	31
enum { CHECK_INJ_INTR = 0, CHECK_INJ_NMI = 2, CHECK_INJ_EXCEPTION = 3, CHECK_INJ_SOFT = 4 };

/* The low bits of a map's address count as 0 (APM, 15.10.1, 15.11). */
static bool check_range(u64 addr, u64 size, unsigned int phys_bits)
{
	u64 end = BIT_ULL(phys_bits);

	addr &= CHECK_PAGE;
	return addr < end && end - addr >= size;
}

static bool check_event(u32 inj)
{
	u32 vector = inj & CHECK_INJ_VECTOR;

	if (!(inj & CHECK_INJ_VALID))
		return true;
	switch (inj >> 8 & 7) {
	case CHECK_INJ_INTR:
	case CHECK_INJ_NMI:
	case CHECK_INJ_SOFT:
		return true;
	case CHECK_INJ_EXCEPTION:
		return vector <= CHECK_LAST_EXCEPTION && vector != CHECK_NMI;
	default:
		return false;
	}
}

static bool check_flush(u8 tlb_ctl)
{
	return tlb_ctl == NESTED_FLUSH_NONE || tlb_ctl == NESTED_FLUSH_ALL ||
	       tlb_ctl == NESTED_FLUSH_ASID || tlb_ctl == NESTED_FLUSH_LOCAL;
}

bool nested_ctl_fits(const struct nested_ctl *c, const struct nested_limits *l)
{
	if (!nested_intercepts(c->intercepts, NESTED_EXIT_VMRUN) || !c->asid)
		return false;
	if (!check_range(c->iopm, CHECK_IOPM_SIZE, l->phys_bits) ||
	    !check_range(c->msrpm, CHECK_MSRPM_SIZE, l->phys_bits))
		return false;
	/* of nested paging's word only what L1 is told of: encryption is not there */
	if (c->nested_ctl & ~NESTED_PAGING)
		return false;
	if ((c->nested_ctl & NESTED_PAGING) && (!l->paging || c->ncr3 >> l->phys_bits))
		return false;
	return check_flush(c->tlb_ctl) && check_event(c->event_inj);
}

static bool check_long(const struct nested_regs *r, const struct nested_limits *l)
{
	if (!(r->efer & NESTED_EFER_LME) || !(r->cr0 & X86_CR0_PG))
		return true;
	if (!(r->cr4 & X86_CR4_PAE) || !(r->cr0 & X86_CR0_PE) || r->cr3 >> l->phys_bits)
		return false;
	return !(r->cs & CHECK_CS_L) || !(r->cs & CHECK_CS_D);
}

bool nested_regs_fit(const struct nested_regs *r, const struct nested_limits *l, bool paging)
{
	if (!(r->efer & NESTED_EFER_SVME) || r->efer & ~l->efer || r->cr4 & ~l->cr4)
		return false;
	if (r->cr0 >> 32 || ((r->cr0 & X86_CR0_NW) && !(r->cr0 & X86_CR0_CD)))
		return false;
	if (r->dr6 >> 32 || r->dr7 >> 32)
		return false;
	if (paging && !svm_pat_fits(r->g_pat))
		return false;
	return check_long(r, l);
}
