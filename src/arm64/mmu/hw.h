/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hardware as stage 2 sees it. All that mem/ and arm64/mmu/ do to caches,
 * TLBs and page-table memory goes through these operations: the kernel's
 * implementation is hw.c, the checker brings its own.
 */
#ifndef TABULA_MMU_HW_H
#define TABULA_MMU_HW_H

#include <linux/types.h>

struct s2_tree;

/**
 * struct hw_features - what the machine is, read once by hw_init()
 * @fwb: FEAT_S2FWB
 * @idc: effective IDC: no clean to the PoU is needed for I-cache coherence
 * @dic: no I-cache invalidation is needed for I-cache coherence
 * @range_tlbi: FEAT_TLBIRANGE
 * @hafdbs: hardware access flag at stage 2
 * @vmid_bits: 8 or 16
 * @pa_bits: physical address size, 32..48
 * @dcache_line: bytes, smallest data cache line of all CPUs
 * @icache_line: bytes, smallest instruction cache line of all CPUs
 * @repeat_tlbi: a broadcast TLBI is complete with the DSB after one more; see docs/errata.md
 * @hcr_barriers: HCR_EL2 is written between barriers
 */
struct hw_features {
	bool fwb;
	bool idc;
	bool dic;
	bool range_tlbi;
	bool hafdbs;
	u8 vmid_bits;
	u8 pa_bits;
	u32 dcache_line;
	u32 icache_line;
	bool repeat_tlbi;
	bool hcr_barriers;
};

extern struct hw_features hw_features;

/**
 * hw_init() - fill in hw_features
 *
 * Without those that the module parameter hide= names.
 *
 * Source: Arm ARM, CTR_EL0 and ID_AA64MMFR{0,1,2}_EL1, ID_AA64ISAR0_EL1.
 *
 * Return: 0, or, with a line in the log, -ENODEV on a machine that stage 2
 * cannot be run on, -EINVAL for a name in hide= that is none.
 */
int hw_init(void);

/**
 * hw_clean_inval_poc() - clean and invalidate data cache lines to the PoC (DC CIVAC)
 * @kva: kernel address, cacheable; any alignment
 * @len: bytes; every line that [kva, kva + len) touches is maintained
 *
 * Not complete on return: hw_dsb_ish() completes any number of them.
 *
 * Return: number of lines maintained.
 */
u64 hw_clean_inval_poc(void *kva, size_t len);

/**
 * hw_clean_poc() - clean data cache lines to the PoC (DC CVAC)
 * @kva: kernel address, cacheable; any alignment
 * @len: bytes
 *
 * As hw_clean_inval_poc(), but the lines may stay in the caches.
 *
 * Return: number of lines maintained.
 */
u64 hw_clean_poc(void *kva, size_t len);

/**
 * hw_clean_pou() - clean data cache lines to the PoU (DC CVAU)
 * @kva: kernel address, cacheable; any alignment
 * @len: bytes
 *
 * What an instruction fetch needs where hw_features.idc is false; completed by
 * hw_dsb_ish().
 *
 * Return: number of lines maintained.
 */
u64 hw_clean_pou(void *kva, size_t len);

/**
 * hw_icache_inval_all() - invalidate all instruction caches (IC IALLUIS)
 *
 * Not complete on return: hw_dsb_ish() completes it. The guest's CPUs get
 * their context synchronisation from the exception return.
 */
void hw_icache_inval_all(void);

/**
 * hw_dsb_ish() - DSB ISH: maintenance and stores before are complete
 */
void hw_dsb_ish(void);

/**
 * hw_dsb_ishst() - DSB ISHST: stores before are visible to table walkers
 */
void hw_dsb_ishst(void);

/**
 * hw_isb() - ISB
 */
void hw_isb(void);

/**
 * hw_kva() - cacheable kernel address of a physical page
 * @phys: physical address
 *
 * Return: the address in the kernel's linear map, or NULL where there is none
 * (what is not the kernel's memory cannot be maintained by VA).
 */
void *hw_kva(u64 phys);

/**
 * hw_kva_normal() - hw_kva() of what a leaf maps as Normal cacheable memory
 * @phys: physical address in it
 *
 * Only what has an address in the kernel's linear map is mapped so (fault_memory()), and it keeps
 * it while it is mapped: nothing is looked up.
 *
 * Return: the address.
 */
void *hw_kva_normal(u64 phys);

/**
 * hw_table_alloc() - zeroed memory for translation tables
 * @pages: number of 4 KiB pages, a power of two up to 16
 * @gfp: how to allocate
 *
 * Counted as SecPageTables in /proc/meminfo and in the memory cgroup.
 *
 * Return: kernel address, aligned to its size, or NULL.
 */
u64 *hw_table_alloc(unsigned int pages, gfp_t gfp);

/**
 * hw_table_free() - give back what hw_table_alloc() gave
 * @table: the memory; no hardware walker may still reach it
 * @pages: as allocated
 */
void hw_table_free(u64 *table, unsigned int pages);

/**
 * hw_table_phys() - physical address of a table
 * @table: kernel address
 *
 * Return: the address for a table descriptor or VTTBR_EL2.
 */
u64 hw_table_phys(const u64 *table);

/**
 * hw_table_at() - kernel address of a table
 * @phys: physical address, from a table descriptor
 *
 * Return: the address hw_table_alloc() returned for it.
 */
u64 *hw_table_at(u64 phys);

/**
 * hw_pte_read() - read a descriptor, single-copy atomic
 * @ptep: where it is
 *
 * Return: its value.
 */
u64 hw_pte_read(const u64 *ptep);

/**
 * hw_pte_write() - write a descriptor, single-copy atomic
 * @ptep: where it is
 * @val: new value
 */
void hw_pte_write(u64 *ptep, u64 val);

/**
 * hw_pte_publish() - write a descriptor after all stores before it
 * @ptep: where it is
 * @val: new value; who reads it also sees what it points to
 */
void hw_pte_publish(u64 *ptep, u64 val);

/**
 * hw_pte_cmpxchg() - replace a descriptor unless it has changed
 * @ptep: where it is
 * @old: value expected; on failure, the value found
 * @val: new value
 *
 * Fully ordered where it succeeds.
 *
 * Return: true where it was replaced.
 */
bool hw_pte_cmpxchg(u64 *ptep, u64 *old, u64 val);

/* The level hint for hw_tlbi_ipa() where the entry's level is not known. */
#define HW_LEVEL_UNKNOWN	(-1)

/**
 * hw_tlbi_ipa() - forget one stage-2 entry and what was combined with it
 * @tree: whose VMID; nothing happens when it never had one
 * @ipa: an address the entry translates
 * @level: level of the leaf that was changed (1..3) or HW_LEVEL_UNKNOWN
 *
 * All CPUs; stores before are visible to walkers first, and it is complete on
 * return. Any context in which interrupts may be masked.
 *
 * Source: Arm ARM D8.17, TLBI IPAS2E1IS, TLBI VMALLE1IS.
 */
void hw_tlbi_ipa(struct s2_tree *tree, u64 ipa, int level);

/**
 * hw_tlbi_range() - forget all entries of any level for a range
 * @tree: whose VMID
 * @ipa: first address, page aligned
 * @len: bytes, page aligned
 *
 * As hw_tlbi_ipa(); tables that were removed may have been cached too.
 */
void hw_tlbi_range(struct s2_tree *tree, u64 ipa, u64 len);

/**
 * hw_tlbi_vmid() - forget everything of a VMID on all CPUs
 * @tree: whose VMID
 *
 * As hw_tlbi_ipa(), with TLBI VMALLS12E1IS.
 */
void hw_tlbi_vmid(struct s2_tree *tree);

/**
 * hw_tlbi_local() - forget everything of a VMID on this CPU only
 * @tree: whose VMID
 *
 * Preemption off. TLBI VMALLE1, complete on return.
 */
void hw_tlbi_local(struct s2_tree *tree);

/**
 * hw_tlbi_all_vmids() - forget everything of all VMIDs on all CPUs
 *
 * TLBI ALLE1IS, complete on return.
 */
void hw_tlbi_all_vmids(void);

#endif
