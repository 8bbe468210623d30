/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's loop of TLBIs by range and by page: a macro of an operation's name, later a
 * function of two functions.
 */
#ifndef TABULA_COMPAT_TLB_H
#define TABULA_COMPAT_TLB_H

#include <asm/tlbflush.h>

/* Of stage 2, by IPA, at every level, 4 KiB apart; without LPA2. */
#ifdef __flush_tlb_range_op
#define compat_flush_s2_range(ipa, pages)						\
	__flush_tlb_range_op(ipas2e1is, ipa, pages, PAGE_SIZE, 0, TLBI_TTL_UNKNOWN, false, false)
#else
#define compat_flush_s2_range(ipa, pages)						\
	__flush_tlb_range_op(ipas2e1is, ripas2e1is, ipa, pages, PAGE_SIZE, 0,		\
			     TLBI_TTL_UNKNOWN, false)
#endif

#endif
