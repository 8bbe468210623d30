/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What VMRUN refuses of a guest's control block (AMD APM vol. 2, 15.5.1, 15.20, 15.25.3). Numbers
 * only: runs in user space, too.
 */
#ifndef TABULA_NESTED_CHECK_H
#define TABULA_NESTED_CHECK_H

#include <linux/types.h>

#define NESTED_INTERCEPTS	6	/* words of intercepts */

/**
 * struct nested_ctl - controls of VMCB12, read once: what L1 writes later means nothing
 * @intercepts: bit by exit code
 * @iopm: L1's address of its I/O map
 * @msrpm: L1's address of its MSR map
 * @tsc_offset: added to L1's TSC
 * @asid: L1's identifier for what its TLB holds of L2
 * @tlb_ctl: TLB_CONTROL
 * @int_ctl: virtual interrupt, TPR, masking
 * @int_vector: of the virtual interrupt
 * @int_state: interrupt shadow
 * @nested_ctl: bit 0: nested paging
 * @event_inj: EVENTINJ
 * @event_inj_err: its error code
 * @ncr3: L1's address of its nested tables
 */
struct nested_ctl {
	u32 intercepts[NESTED_INTERCEPTS];
	u64 iopm;
	u64 msrpm;
	u64 tsc_offset;
	u32 asid;
	u8 tlb_ctl;
	u32 int_ctl;
	u32 int_vector;
	u32 int_state;
	u64 nested_ctl;
	u32 event_inj;
	u32 event_inj_err;
	u64 ncr3;
};

/**
 * struct nested_regs - registers of VMCB12 that VMRUN looks at
 * @efer: EFER
 * @cr0: CR0
 * @cr3: CR3
 * @cr4: CR4
 * @dr6: DR6
 * @dr7: DR7
 * @g_pat: PAT; counts with nested paging
 * @cs: attributes of CS as the control block has them
 */
struct nested_regs {
	u64 efer;
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 dr6;
	u64 dr7;
	u64 g_pat;
	u16 cs;
};

/**
 * struct nested_limits - what L1's CPU has
 * @efer: bits of EFER that may be set
 * @cr4: bits of CR4 that may be set
 * @phys_bits: of an address
 * @paging: L1 has paging on
 */
struct nested_limits {
	u64 efer;
	u64 cr4;
	unsigned int phys_bits;
	bool paging;
};

/**
 * nested_ctl_fits() - may these controls be used?
 * @c: the controls
 * @l: L1's CPU
 *
 * Return: false: VMEXIT_INVALID.
 */
bool nested_ctl_fits(const struct nested_ctl *c, const struct nested_limits *l);

/**
 * nested_regs_fit() - may a guest start with these registers?
 * @r: the registers
 * @l: L1's CPU
 * @paging: with nested paging
 *
 * Return: false: VMEXIT_INVALID.
 */
bool nested_regs_fit(const struct nested_regs *r, const struct nested_limits *l, bool paging);

#endif
