/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The single instructions of which hw.c is made: no loop, no order, no decision. A test
 * puts functions that write down what they are in their place.
 */
#ifndef TABULA_MMU_INSN_H
#define TABULA_MMU_INSN_H

#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/types.h>

#include <asm/barrier.h>
#include <asm/sysreg.h>

#include "../../compat/tlb.h"

/**
 * insn_dc_civac() - clean and invalidate a data cache line to the PoC
 * @va: any address in it
 */
static __always_inline void insn_dc_civac(u64 va)
{
	asm volatile("dc civac, %0" : : "r" (va) : "memory");
}

/**
 * insn_dc_cvac() - clean a data cache line to the PoC
 * @va: any address in it
 */
static __always_inline void insn_dc_cvac(u64 va)
{
	asm volatile("dc cvac, %0" : : "r" (va) : "memory");
}

/**
 * insn_dc_cvau() - clean a data cache line to the PoU
 * @va: any address in it
 */
static __always_inline void insn_dc_cvau(u64 va)
{
	asm volatile("dc cvau, %0" : : "r" (va) : "memory");
}

/**
 * insn_ic_ialluis() - invalidate all instruction caches
 */
static __always_inline void insn_ic_ialluis(void)
{
	asm volatile("ic ialluis" : : : "memory");
}

/**
 * insn_tlbi_vale2is_0() - forget EL2's translation of address 0, ASID 0, last level
 */
static __always_inline void insn_tlbi_vale2is_0(void)
{
	asm volatile("tlbi vale2is, xzr" : : : "memory");
}

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
/* A stage-2 entry by page number, with a hint of its level where there is FEAT_TTL. */
#define INSN_TTL_UNKNOWN	TLBI_TTL_UNKNOWN
#define insn_tlbi_ipas2e1is(page, level)	__tlbi_level(ipas2e1is, page, level)

/* As many as it takes, each of as many pages as it can: the kernel knows the encoding. */
#define INSN_TLBI_RANGE_MAX	MAX_TLBI_RANGE_PAGES
#define insn_tlbi_ipas2e1is_range(ipa, pages)				\
	compat_flush_s2_range(ipa, pages)

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
