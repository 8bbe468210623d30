/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The single instructions of which hw.c is made: no loop, no order, no decision. A test
 * puts functions that write down what they are in their place.
 */
#ifndef TABULA_MMU_INSN_H
#define TABULA_MMU_INSN_H

#include <linux/mm.h>
#include <linux/types.h>

#include <asm/barrier.h>
#include <asm/sysreg.h>
#include <asm/tlbflush.h>

/* DC, by virtual address: clean and invalidate to the PoC, clean to the PoC, clean to the PoU. */
#define insn_dc_civac(va)	asm volatile("dc civac, %0" : : "r" (va) : "memory")
#define insn_dc_cvac(va)	asm volatile("dc cvac, %0" : : "r" (va) : "memory")
#define insn_dc_cvau(va)	asm volatile("dc cvau, %0" : : "r" (va) : "memory")
#define insn_ic_ialluis()	asm volatile("ic ialluis" : : : "memory")

#define insn_dsb_ish()		dsb(ish)
#define insn_dsb_ishst()	dsb(ishst)
#define insn_dsb_nsh()		dsb(nsh)
#define insn_isb()		isb()

/* Of EL1&0 with HCR_EL2.TGE clear: the VMID in VTTBR_EL2. */
#define insn_tlbi_vmalle1()	__tlbi(vmalle1)
#define insn_tlbi_vmalle1is()	__tlbi(vmalle1is)
#define insn_tlbi_vmalls12e1is()	__tlbi(vmalls12e1is)
/* Of all VMIDs. */
#define insn_tlbi_alle1is()	__tlbi(alle1is)
/* Of EL2, last level, ASID 0, address 0. */
#define insn_tlbi_vale2is_0()	asm volatile("tlbi vale2is, xzr" : : : "memory")

/* A stage-2 entry by page number, with a hint of its level where there is FEAT_TTL. */
#define INSN_TTL_UNKNOWN	TLBI_TTL_UNKNOWN
#define insn_tlbi_ipas2e1is(page, level)	__tlbi_level(ipas2e1is, page, level)

/* As many as it takes, each of as many pages as it can: the kernel knows the encoding. */
#define INSN_TLBI_RANGE_MAX	MAX_TLBI_RANGE_PAGES
#define insn_tlbi_ipas2e1is_range(ipa, pages)				\
	__flush_tlb_range_op(ipas2e1is, ipa, pages, PAGE_SIZE, 0, TLBI_TTL_UNKNOWN, false, false)

#define insn_read_hcr()		read_sysreg(hcr_el2)
#define insn_write_hcr(val)	write_sysreg(val, hcr_el2)
#define insn_read_vttbr()	read_sysreg(vttbr_el2)
#define insn_write_vttbr(val)	write_sysreg(val, vttbr_el2)
#define insn_read_vtcr()	read_sysreg(vtcr_el2)
#define insn_write_vtcr(val)	write_sysreg(val, vtcr_el2)
/* The guest's. */
#define insn_read_tcr_el12()	read_sysreg_s(SYS_TCR_EL12)
#define insn_write_tcr_el12(val)	write_sysreg_s(val, SYS_TCR_EL12)
#define insn_read_sctlr_el12()	read_sysreg_s(SYS_SCTLR_EL12)
#define insn_write_sctlr_el12(val)	write_sysreg_s(val, SYS_SCTLR_EL12)

#endif
