// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's implementation of hw.h: cache maintenance, table memory,
 * descriptors and guest TLB invalidation on a VHE host. What it reads of the machine
 * is in features.c, each single instruction in insn.h.
 */
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/smp.h>
#include <linux/vmstat.h>

#include "hw.h"
#include "insn.h"
#include "table.h"

/* Register bits that have no name outside the kernel's own hypervisor. */
#define HW_HCR_TGE		BIT_ULL(27)
#define HW_TCR_EPD0		BIT_ULL(7)
#define HW_TCR_EPD1		BIT_ULL(23)
#define HW_SCTLR_M		BIT_ULL(0)

/* Without range TLBI, a longer range costs more than a guest that fills its TLB again. */
#define HW_TLBI_SINGLES		16

#define hw_dc_4(op, va, line)							\
	do {									\
		op(va);	(va) += (line);						\
		op(va);	(va) += (line);						\
		op(va);	(va) += (line);						\
		op(va);	(va) += (line);						\
	} while (0)

/* Issue one DC operation per line. Sixteen at a time: else the loop costs more than what it does. */
#define hw_dc_lines(op, kva, len)						\
({										\
	u64 __line = hw_features.dcache_line;					\
	u64 __va = (u64)(kva) & ~(__line - 1);					\
	u64 __lines = ((u64)(kva) + (len) - __va + __line - 1) / __line;	\
	u64 __left;								\
										\
	for (__left = __lines; __left >= 16; __left -= 16) {			\
		hw_dc_4(op, __va, __line);					\
		hw_dc_4(op, __va, __line);					\
		hw_dc_4(op, __va, __line);					\
		hw_dc_4(op, __va, __line);					\
	}									\
	for (; __left; __left--, __va += __line)				\
		op(__va);							\
	__lines;								\
})

u64 hw_clean_inval_poc(void *kva, size_t len)
{
	return hw_dc_lines(insn_dc_civac, kva, len);
}

u64 hw_clean_poc(void *kva, size_t len)
{
	return hw_dc_lines(insn_dc_cvac, kva, len);
}

u64 hw_clean_pou(void *kva, size_t len)
{
	return hw_dc_lines(insn_dc_cvau, kva, len);
}

void hw_icache_inval_all(void)
{
	insn_ic_ialluis();
}

void hw_dsb_ish(void)
{
	insn_dsb_ish();
}

void hw_dsb_ishst(void)
{
	insn_dsb_ishst();
}

void hw_isb(void)
{
	insn_isb();
}

void *hw_kva(u64 phys)
{
	return pfn_is_map_memory(PHYS_PFN(phys)) ? __va(phys) : NULL;
}

void *hw_kva_normal(u64 phys)
{
	return __va(phys);
}

u64 *hw_table_alloc(unsigned int pages, gfp_t gfp)
{
	u64 *table = (u64 *)__get_free_pages(gfp | __GFP_ZERO, get_order(pages * PAGE_SIZE));

	/* a table descriptor has no room for a higher address */
	if (table && virt_to_phys(table) >> hw_features.pa_bits) {
		free_pages((unsigned long)table, get_order(pages * PAGE_SIZE));
		return NULL;
	}
	if (table)
		mod_lruvec_page_state(virt_to_page(table), NR_SECONDARY_PAGETABLE, pages);
	return table;
}

void hw_table_free(u64 *table, unsigned int pages)
{
	if (!table)
		return;
	mod_lruvec_page_state(virt_to_page(table), NR_SECONDARY_PAGETABLE, -(int)pages);
	free_pages((unsigned long)table, get_order(pages * PAGE_SIZE));
}

u64 hw_table_phys(const u64 *table)
{
	return virt_to_phys((void *)table);
}

u64 *hw_table_at(u64 phys)
{
	return phys_to_virt(phys);
}

u64 hw_pte_read(const u64 *ptep)
{
	return READ_ONCE(*ptep);
}

void hw_pte_write(u64 *ptep, u64 val)
{
	WRITE_ONCE(*ptep, val);
}

void hw_pte_publish(u64 *ptep, u64 val)
{
	/* what a new table holds is seen by whoever follows the descriptor to it */
	smp_store_release(ptep, val);
}

bool hw_pte_cmpxchg(u64 *ptep, u64 *old, u64 val)
{
	return try_cmpxchg(ptep, old, val);
}

/* What a TLB invalidation for a guest changes on this CPU for a moment. */
struct hw_guest_tlb {
	unsigned long irq;
	u64 hcr;
	u64 vttbr;
	u64 vtcr;
	u64 tcr;
	u64 sctlr;
};

static void hw_write_hcr(u64 hcr)
{
	if (hw_features.hcr_barriers)
		insn_dsb_nsh();
	insn_write_hcr(hcr);
	insn_isb();
}

/*
 * What broadcast TLBIs before were for is complete on return. Many cores may still have
 * accesses by the old translation under way at the first DSB, but not at one after
 * another TLBI, of whatever: no mapping of the host's has ASID 0 and address 0 at EL2.
 */
static void hw_tlbi_complete(void)
{
	insn_dsb_ish();
	if (hw_features.repeat_tlbi) {
		insn_tlbi_vale2is_0();
		insn_dsb_ish();
	}
	insn_isb();
}

/*
 * With HCR_EL2.TGE set, TLBI VMALLE1 and its kin mean the host's own regime: TGE must be
 * clear, and VTTBR_EL2 (with VTCR_EL2.VS) names the VMID. The EL1 registers may
 * at this time be those of any vCPU, or half of one. Nothing that a CPU walks
 * speculatively through them may be cached under this VMID (Cortex-A76 erratum
 * 1165522 and others do walk out of context): with TCR_EL1.EPDx and SCTLR_EL1.M set no
 * stage-1 walk can succeed. That costs four register accesses, so
 * all CPUs do it and there is no list of those that need it.
 *
 * Return: false where the tree never had a VMID, so there is nothing to forget.
 */
static bool hw_guest_tlb_enter(struct hw_guest_tlb *g, struct s2_tree *tree)
{
	u16 vmid;

	/*
	 * The descriptors written before must be visible to walkers before the VMID is
	 * read: whoever is given a new one after that reads them.
	 */
	insn_dsb_ish();
	vmid = vmid_of(tree);
	if (!vmid)
		return false;

	local_irq_save(g->irq);
	g->hcr = insn_read_hcr();
	g->vttbr = insn_read_vttbr();
	g->vtcr = insn_read_vtcr();
	g->tcr = insn_read_tcr_el12();
	g->sctlr = insn_read_sctlr_el12();

	insn_write_tcr_el12(g->tcr | HW_TCR_EPD0 | HW_TCR_EPD1);
	insn_isb();
	insn_write_sctlr_el12(g->sctlr | HW_SCTLR_M);
	insn_isb();
	insn_write_vtcr(tree->vtcr);
	insn_write_vttbr(s2_vttbr(tree, vmid));
	insn_isb();
	hw_write_hcr(g->hcr & ~HW_HCR_TGE);
	return true;
}

static void hw_guest_tlb_exit(const struct hw_guest_tlb *g)
{
	hw_write_hcr(g->hcr);
	insn_write_vttbr(g->vttbr);
	insn_write_vtcr(g->vtcr);
	insn_isb();
	insn_write_sctlr_el12(g->sctlr);
	insn_write_tcr_el12(g->tcr);
	insn_isb();
	local_irq_restore(g->irq);
}

/*
 * Invalidation by IPA reaches entries that hold stage-2 information only. CPUs
 * may cache both stages combined: those are found by VMID alone.
 */
static void hw_tlbi_combined(void)
{
	insn_dsb_ish();
	insn_tlbi_vmalle1is();
	hw_tlbi_complete();
}

void hw_tlbi_ipa(struct s2_tree *tree, u64 ipa, int level)
{
	int hint = level >= 1 && level <= 3 ? level : INSN_TTL_UNKNOWN;
	struct hw_guest_tlb g;

	if (!hw_guest_tlb_enter(&g, tree))
		return;
	insn_tlbi_ipas2e1is(ipa >> S2_PAGE_SHIFT, hint);
	hw_tlbi_combined();
	hw_guest_tlb_exit(&g);
}

void hw_tlbi_range(struct s2_tree *tree, u64 ipa, u64 len)
{
	u64 pages = len >> S2_PAGE_SHIFT;
	struct hw_guest_tlb g;

	if (pages > (hw_features.range_tlbi ? INSN_TLBI_RANGE_MAX : HW_TLBI_SINGLES)) {
		hw_tlbi_vmid(tree);
		return;
	}
	if (!hw_guest_tlb_enter(&g, tree))
		return;
	insn_tlbi_ipas2e1is_range(ipa, pages);
	hw_tlbi_combined();
	hw_guest_tlb_exit(&g);
}

void hw_tlbi_vmid(struct s2_tree *tree)
{
	struct hw_guest_tlb g;

	if (!hw_guest_tlb_enter(&g, tree))
		return;
	insn_tlbi_vmalls12e1is();
	hw_tlbi_complete();
	hw_guest_tlb_exit(&g);
}

void hw_tlbi_local(struct s2_tree *tree)
{
	struct hw_guest_tlb g;

	lockdep_assert_preemption_disabled();
	if (!hw_guest_tlb_enter(&g, tree))
		return;
	insn_tlbi_vmalle1();
	insn_dsb_nsh();
	insn_isb();
	hw_guest_tlb_exit(&g);
}

void hw_tlbi_all_vmids(void)
{
	/* Of all the VMIDs of EL1&0, whatever TGE says. */
	insn_dsb_ish();
	insn_tlbi_alle1is();
	hw_tlbi_complete();
}
