// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's implementation of hw.h: cache maintenance, table memory,
 * descriptors and guest TLB invalidation on a VHE host.
 */
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include <asm/barrier.h>
#include <asm/cache.h>
#include <asm/cpufeature.h>
#include <asm/memory.h>
#include <asm/sysreg.h>
#include <asm/tlbflush.h>

#include "../machine.h"
#include "hw.h"
#include "table.h"

struct hw_features hw_features;

/* A broadcast TLBI is complete with the DSB after one more; see docs/errata.md. */
static bool hw_repeat_tlbi;
/* HCR_EL2 is written between barriers. */
static bool hw_hcr_barriers;

/* Register bits that have no name outside the kernel's own hypervisor. */
#define HW_HCR_TGE		BIT_ULL(27)
#define HW_TCR_EPD0		BIT_ULL(7)
#define HW_TCR_EPD1		BIT_ULL(23)
#define HW_SCTLR_M		BIT_ULL(0)

/* Without range TLBI, a longer range costs more than a guest that fills its TLB again. */
#define HW_TLBI_SINGLES		16

static u8 hw_pa_bits(u64 mmfr0)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48 };
	unsigned int range = mmfr0 & 0xf;	/* PARange */

	/* 52 bits and more need FEAT_LPA2 with 4 KiB pages: not used. */
	return range < ARRAY_SIZE(bits) ? bits[range] : 48;
}

/* TGran4_2: 0 says as TGran4 says (0xf: not there), 1 not there, 2 and above there. */
static bool hw_has_4k_stage2(u64 mmfr0)
{
	unsigned int tgran4_2 = (mmfr0 >> ID_AA64MMFR0_EL1_TGRAN4_2_SHIFT) & 0xf;
	unsigned int tgran4 = (mmfr0 >> ID_AA64MMFR0_EL1_TGRAN4_SHIFT) & 0xf;

	return tgran4_2 ? tgran4_2 >= 2 : tgran4 != 0xf;
}

static char *hide;
module_param(hide, charp, 0444);
MODULE_PARM_DESC(hide,
		 "features of the CPU to do without, comma-separated: fwb, idc, dic, range-tlbi");

/* Without a feature there is more to do, never less. */
static int hw_hide(const char *names)
{
	const struct {
		const char *name;
		bool *feature;
	} all[] = {
		{ "fwb", &hw_features.fwb },
		{ "idc", &hw_features.idc },
		{ "dic", &hw_features.dic },
		{ "range-tlbi", &hw_features.range_tlbi },
	};
	unsigned int i;

	while (names && *names) {
		size_t len = strcspn(names, ",");

		for (i = 0; i < ARRAY_SIZE(all); i++) {
			if (strlen(all[i].name) == len && !strncmp(all[i].name, names, len))
				break;
		}
		if (i == ARRAY_SIZE(all)) {
			pr_err("tabula: hide= knows fwb, idc, dic and range-tlbi, not \"%.*s\"\n",
			       (int)len, names);
			return -EINVAL;
		}
		*all[i].feature = false;
		names += len;
		names += *names == ',';
	}
	return 0;
}

int hw_init(void)
{
	/* The kernel's copy of CTR_EL0 holds the effective IDC of all CPUs. */
	u64 ctr = read_sanitised_ftr_reg(SYS_CTR_EL0);
	u64 isar0 = read_sanitised_ftr_reg(SYS_ID_AA64ISAR0_EL1);
	u64 mmfr0 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1);
	u64 mmfr1 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR1_EL1);
	u64 mmfr2 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR2_EL1);

	if (!hw_has_4k_stage2(mmfr0)) {
		pr_err("tabula: this CPU has no 4 KiB granule at stage 2\n");
		return -ENODEV;
	}

	hw_features = (struct hw_features) {
		.fwb = (mmfr2 >> ID_AA64MMFR2_EL1_FWB_SHIFT) & 0xf,
		.idc = ctr & BIT(CTR_EL0_IDC_SHIFT),
		.dic = (ctr & BIT(CTR_EL0_DIC_SHIFT)) &&
		       !machine_needs(&machine, ERRATA_STALE_FETCH),
		.range_tlbi = ((isar0 >> ID_AA64ISAR0_EL1_TLB_SHIFT) & 0xf) >= 2,
		.hafdbs = ((mmfr1 >> ID_AA64MMFR1_EL1_HAFDBS_SHIFT) & 0xf) &&
			  !machine_needs(&machine, ERRATA_NO_S2_AF),
		.vmid_bits = ((mmfr1 >> ID_AA64MMFR1_EL1_VMIDBits_SHIFT) & 0xf) == 2 ? 16 : 8,
		.pa_bits = hw_pa_bits(mmfr0),
		.dcache_line = 4U << ((ctr >> CTR_EL0_DminLine_SHIFT) & 0xf),
		.icache_line = 4U << ((ctr >> CTR_EL0_IminLine_SHIFT) & 0xf),
	};
	/* the kernel's list may be younger than ours */
	hw_repeat_tlbi = machine_needs(&machine, ERRATA_REPEAT_TLBI) ||
			 cpus_have_final_cap(ARM64_WORKAROUND_REPEAT_TLBI);
	hw_hcr_barriers = machine_needs(&machine, ERRATA_HCR_BARRIERS);
	return hw_hide(hide);
}

/* Issue one DC operation per line and count them. */
#define hw_dc_lines(op, kva, len)						\
({										\
	u64 __line = hw_features.dcache_line;					\
	u64 __end = (u64)(kva) + (len);						\
	u64 __va = (u64)(kva) & ~(__line - 1);					\
	u64 __lines = 0;							\
										\
	/* four at a time: else the loop costs more than what it does */	\
	for (; __va + 3 * __line < __end; __va += 4 * __line, __lines += 4)	\
		asm volatile("dc " op ", %0\n\tdc " op ", %1\n\t"		\
			     "dc " op ", %2\n\tdc " op ", %3"			\
			     : : "r" (__va), "r" (__va + __line),		\
			     "r" (__va + 2 * __line), "r" (__va + 3 * __line)	\
			     : "memory");					\
	for (; __va < __end; __va += __line, __lines++)				\
		asm volatile("dc " op ", %0" : : "r" (__va) : "memory");	\
	__lines;								\
})

u64 hw_clean_inval_poc(void *kva, size_t len)
{
	return hw_dc_lines("civac", kva, len);
}

u64 hw_clean_poc(void *kva, size_t len)
{
	return hw_dc_lines("cvac", kva, len);
}

u64 hw_clean_pou(void *kva, size_t len)
{
	return hw_dc_lines("cvau", kva, len);
}

void hw_icache_inval_all(void)
{
	asm volatile("ic ialluis" : : : "memory");
}

void hw_dsb_ish(void)
{
	dsb(ish);
}

void hw_dsb_ishst(void)
{
	dsb(ishst);
}

void hw_isb(void)
{
	isb();
}

void *hw_kva(u64 phys)
{
	return pfn_is_map_memory(PHYS_PFN(phys)) ? __va(phys) : NULL;
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
	if (hw_hcr_barriers)
		dsb(nsh);
	write_sysreg(hcr, hcr_el2);
	isb();
}

/*
 * What broadcast TLBIs before were for is complete on return. Many cores may still have
 * accesses by the old translation under way at the first DSB, but not at one after
 * another TLBI, of whatever: no mapping of the host's has ASID 0 and address 0 at EL2.
 */
static void hw_tlbi_complete(void)
{
	dsb(ish);
	if (hw_repeat_tlbi) {
		asm volatile("tlbi vale2is, xzr" : : : "memory");
		dsb(ish);
	}
	isb();
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
	dsb(ish);
	vmid = vmid_of(tree);
	if (!vmid)
		return false;

	local_irq_save(g->irq);
	g->hcr = read_sysreg(hcr_el2);
	g->vttbr = read_sysreg(vttbr_el2);
	g->vtcr = read_sysreg(vtcr_el2);
	g->tcr = read_sysreg_s(SYS_TCR_EL12);
	g->sctlr = read_sysreg_s(SYS_SCTLR_EL12);

	write_sysreg_s(g->tcr | HW_TCR_EPD0 | HW_TCR_EPD1, SYS_TCR_EL12);
	isb();
	write_sysreg_s(g->sctlr | HW_SCTLR_M, SYS_SCTLR_EL12);
	isb();
	write_sysreg(tree->vtcr, vtcr_el2);
	write_sysreg(s2_vttbr(tree, vmid), vttbr_el2);
	isb();
	hw_write_hcr(g->hcr & ~HW_HCR_TGE);
	return true;
}

static void hw_guest_tlb_exit(const struct hw_guest_tlb *g)
{
	hw_write_hcr(g->hcr);
	write_sysreg(g->vttbr, vttbr_el2);
	write_sysreg(g->vtcr, vtcr_el2);
	isb();
	write_sysreg_s(g->sctlr, SYS_SCTLR_EL12);
	write_sysreg_s(g->tcr, SYS_TCR_EL12);
	isb();
	local_irq_restore(g->irq);
}

/*
 * Invalidation by IPA reaches entries that hold stage-2 information only. CPUs
 * may cache both stages combined: those are found by VMID alone.
 */
static void hw_tlbi_combined(void)
{
	dsb(ish);
	__tlbi(vmalle1is);
	hw_tlbi_complete();
}

void hw_tlbi_ipa(struct s2_tree *tree, u64 ipa, int level)
{
	int hint = level >= 1 && level <= 3 ? level : TLBI_TTL_UNKNOWN;
	struct hw_guest_tlb g;

	if (!hw_guest_tlb_enter(&g, tree))
		return;
	__tlbi_level(ipas2e1is, ipa >> S2_PAGE_SHIFT, hint);
	hw_tlbi_combined();
	hw_guest_tlb_exit(&g);
}

void hw_tlbi_range(struct s2_tree *tree, u64 ipa, u64 len)
{
	u64 pages = len >> S2_PAGE_SHIFT;
	struct hw_guest_tlb g;

	if (pages > (hw_features.range_tlbi ? MAX_TLBI_RANGE_PAGES : HW_TLBI_SINGLES)) {
		hw_tlbi_vmid(tree);
		return;
	}
	if (!hw_guest_tlb_enter(&g, tree))
		return;
	__flush_tlb_range_op(ipas2e1is, ipa, pages, S2_PAGE_SIZE, 0,
			     TLBI_TTL_UNKNOWN, false, false);
	hw_tlbi_combined();
	hw_guest_tlb_exit(&g);
}

void hw_tlbi_vmid(struct s2_tree *tree)
{
	struct hw_guest_tlb g;

	if (!hw_guest_tlb_enter(&g, tree))
		return;
	__tlbi(vmalls12e1is);
	hw_tlbi_complete();
	hw_guest_tlb_exit(&g);
}

void hw_tlbi_local(struct s2_tree *tree)
{
	struct hw_guest_tlb g;

	lockdep_assert_preemption_disabled();
	if (!hw_guest_tlb_enter(&g, tree))
		return;
	__tlbi(vmalle1);
	dsb(nsh);
	isb();
	hw_guest_tlb_exit(&g);
}

void hw_tlbi_all_vmids(void)
{
	/* Of all the VMIDs of EL1&0, whatever TGE says. */
	dsb(ish);
	__tlbi(alle1is);
	hw_tlbi_complete();
}
