// SPDX-License-Identifier: GPL-2.0
/*
 * VMRUN's checks: each rule of the manual (AMD APM vol. 2, 15.5.1) is broken alone, from a block that is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <asm/processor-flags.h>
#include "../../src/x86/nested/bits.h"
#include "../../src/x86/nested/check.h"

#define PHYS		40
#define NX		BIT_ULL(11)
#define LMA		BIT_ULL(10)
#define CS_L		0x200
#define CS_D		0x400

static const struct nested_limits limits = {
	.efer = NESTED_EFER_LME | NESTED_EFER_SVME | NX | LMA,
	.cr4 = X86_CR4_PAE | X86_CR4_PGE, .phys_bits = PHYS, .paging = true,
};

static const struct nested_ctl good_ctl = {
	.intercepts = { [NESTED_EXIT_VMRUN / 32] = BIT(NESTED_EXIT_VMRUN % 32) },
	.iopm = BIT_ULL(PHYS) - 0x3000, .msrpm = BIT_ULL(PHYS) - 0x2000, .asid = 1,
	.nested_ctl = NESTED_PAGING, .ncr3 = BIT_ULL(PHYS) - 0x1000,
};

static const struct nested_regs good_regs = {
	.efer = NESTED_EFER_LME | NESTED_EFER_SVME | NX | LMA,
	.cr0 = X86_CR0_PE | X86_CR0_PG | X86_CR0_CD | X86_CR0_NW, .cr3 = BIT_ULL(PHYS) - 0x1000,
	.cr4 = X86_CR4_PAE, .dr6 = 0xffffffff, .dr7 = 0xffffffff, .g_pat = 0x0007040600070406ULL,
	.cs = CS_L,
};

#define CTL(field, value)	do { \
		struct nested_ctl c_ = good_ctl; \
		c_.field = (value); \
		assert_false(nested_ctl_fits(&c_, &limits)); \
	} while (0)
#define CTL_OK(field, value)	do { \
		struct nested_ctl c_ = good_ctl; \
		c_.field = (value); \
		assert_true(nested_ctl_fits(&c_, &limits)); \
	} while (0)
#define REGS(field, value)	do { \
		struct nested_regs r_ = good_regs; \
		r_.field = (value); \
		assert_false(nested_regs_fit(&r_, &limits, true)); \
	} while (0)
#define REGS_OK(field, value)	do { \
		struct nested_regs r_ = good_regs; \
		r_.field = (value); \
		assert_true(nested_regs_fit(&r_, &limits, true)); \
	} while (0)

/* Controls that the manual forbids are refused, those at the edge are not. */
static void controls(void **state)
{
	assert_true(nested_ctl_fits(&good_ctl, &limits));
	CTL(intercepts[NESTED_EXIT_VMRUN / 32], (u32)~BIT(NESTED_EXIT_VMRUN % 32));
	CTL(asid, 0);
	CTL_OK(asid, ~0U);
	CTL(iopm, BIT_ULL(PHYS) - 0x2000);
	CTL(iopm, ~0ULL);
	CTL_OK(iopm, BIT_ULL(PHYS) - 0x3000 + 0xfff);	/* its low bits do not count */
	CTL(msrpm, BIT_ULL(PHYS) - 0x1000);
	CTL(msrpm, BIT_ULL(PHYS));
	CTL(ncr3, BIT_ULL(PHYS));
	CTL(nested_ctl, NESTED_PAGING | 2);
	CTL(nested_ctl, 2);
}

/* Without nested paging its root means nothing; with it L1 has to have paging. */
static void paging(void **state)
{
	struct nested_limits l = limits;
	struct nested_ctl c = good_ctl;

	l.paging = false;
	assert_false(nested_ctl_fits(&c, &l));
	c.nested_ctl = 0;
	assert_true(nested_ctl_fits(&c, &l));
	c.ncr3 = ~0ULL;
	assert_true(nested_ctl_fits(&c, &l));
}

/* Of TLB_CONTROL's values there are four. */
static void flush(void **state)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		if (i == 0 || i == 1 || i == 3 || i == 7)
			CTL_OK(tlb_ctl, i);
		else
			CTL(tlb_ctl, i);
	}
}

/* EVENTINJ, all types and vectors: exceptions are 0 to 31 and not 2, and there are four types. */
static void events(void **state)
{
	unsigned int type, vector;

	for (type = 0; type < 8; type++)
		for (vector = 0; vector < 256; vector++) {
			u32 inj = type << 8 | vector;
			bool ok = type == 0 || type == 2 || type == 4 || (type == 3 && vector < 32 && vector != 2);

			CTL_OK(event_inj, inj);		/* not valid: means nothing */
			if (ok)
				CTL_OK(event_inj, inj | BIT(31));
			else
				CTL(event_inj, inj | BIT(31));
		}
}

/* Registers that the manual forbids are refused, those at the edge are not. */
static void registers(void **state)
{
	assert_true(nested_regs_fit(&good_regs, &limits, true));
	REGS(efer, good_regs.efer & ~NESTED_EFER_SVME);
	REGS(efer, good_regs.efer | BIT_ULL(14));
	REGS(cr0, good_regs.cr0 & ~(u64)X86_CR0_CD);
	REGS_OK(cr0, good_regs.cr0 & ~(u64)X86_CR0_NW);
	REGS(cr0, good_regs.cr0 | BIT_ULL(32));
	REGS(cr0, good_regs.cr0 & ~(u64)X86_CR0_PE);
	REGS_OK(cr0, X86_CR0_CD);
	REGS(cr3, BIT_ULL(PHYS));
	REGS(cr4, 0);
	REGS(cr4, X86_CR4_PAE | X86_CR4_LA57);
	REGS(dr6, BIT_ULL(32));
	REGS(dr7, BIT_ULL(63));
	REGS(cs, CS_L | CS_D);
	REGS_OK(cs, CS_D);
	REGS(g_pat, 2);
	REGS(g_pat, 3ULL << 56);
	REGS(g_pat, 8ULL << 24);
}

/* What goes with long mode does not count outside of it, nor PAT without nested paging. */
static void outside(void **state)
{
	struct nested_regs r = good_regs;

	r.efer = NESTED_EFER_SVME;
	r.cr3 = ~0ULL;
	r.cr4 = 0;
	r.cs = CS_L | CS_D;
	assert_true(nested_regs_fit(&r, &limits, true));
	r.g_pat = ~0ULL;
	assert_true(nested_regs_fit(&r, &limits, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls), cmocka_unit_test(paging), cmocka_unit_test(flush),
		cmocka_unit_test(events), cmocka_unit_test(registers), cmocka_unit_test(outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
