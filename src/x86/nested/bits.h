/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers of AMD-V (AMD APM vol. 2, appendices B and C) that what runs in user space, too, needs.
 */
#ifndef TABULA_NESTED_BITS_H
#define TABULA_NESTED_BITS_H

#include <linux/bits.h>

#define NESTED_EFER_LME		BIT_ULL(8)
#define NESTED_EFER_SVME	BIT_ULL(12)

/* Exit codes. Those below NESTED_EXIT_BITS are the numbers of their intercepts, too. */
#define NESTED_EXIT_VMRUN	0x80
#define NESTED_EXIT_BITS	0xc0

#define NESTED_PAGING		BIT_ULL(0)	/* of the control block's nested_ctl */

/* TLB_CONTROL. */
#define NESTED_FLUSH_NONE	0
#define NESTED_FLUSH_ALL	1
#define NESTED_FLUSH_ASID	3
#define NESTED_FLUSH_LOCAL	7	/* what is not global */

/* EXITINFO1 of a nested page fault (15.25.6). */
#define NESTED_NPF_PRESENT	BIT_ULL(0)
#define NESTED_NPF_WRITE	BIT_ULL(1)
#define NESTED_NPF_USER		BIT_ULL(2)
#define NESTED_NPF_RESERVED	BIT_ULL(3)
#define NESTED_NPF_FETCH	BIT_ULL(4)
#define NESTED_NPF_FINAL	BIT_ULL(32)	/* of the guest's final address */
#define NESTED_NPF_TABLE	BIT_ULL(33)	/* while the guest's own tables were walked */

#endif
