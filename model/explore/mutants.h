/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One-line errors in the checked files and in the model's vCPU. Included before
 * everything else where the model compiles the checked files; the module's own
 * build makes them all false (src/mutant.h).
 */
#ifndef EXPLORE_MUTANTS_H
#define EXPLORE_MUTANTS_H

/* name, what it leaves out */
#define MUTANTS(M)							\
	M(no_clean_at_map, "the clean at a first map is left out")	\
	M(clean_by_faulter, "clean at a map only if the faulting vCPU has its caches off") \
	M(no_clean_at_mmu_on, "no clean+invalidate when a guest turns its MMU on") \
	M(no_clean_at_unmap, "no clean+invalidate after an unmap")	\
	M(no_unmap_at_reset, "the unmap at a reset without FWB is skipped") \
	M(no_icache_at_reset, "the I-cache invalidation at a reset is skipped") \
	M(no_icache_at_map, "the I-cache invalidation at a first map is skipped") \
	M(no_tvm, "HCR_EL2.TVM is never armed")				\
	M(no_fgt_trap, "a warm vCPU's write of SCTLR_EL1 is not trapped, although FEAT_FGT could") \
	M(no_set_way, "set/way is trapped and nothing is done")		\
	M(tlbi_early, "the TLBI comes before the table store")		\
	M(no_tlbi_at_protect, "the TLBI is left out when permission shrinks") \
	M(no_tlbi_at_harvest, "the dirty log does not flush the TLBs")	\
	M(no_break, "a block becomes a table without break before make") \
	M(no_tlbi_at_rollover, "VMIDs are reused without invalidation")	\
	M(end_overflow, "the end of a range is computed with an overflow") \
	M(ignore_seq, "the fault handler ignores a raised sequence")	\
	M(ignore_epoch, "the fault handler ignores that all was paid meanwhile") \
	M(no_dsb_at_map, "the maintenance at a map is not completed")	\
	M(no_slices, "all that is mapped is maintained in one critical section") \
	M(no_wake, "the end of an invalidation wakes nobody")		\
	M(free_early, "a slot set is freed without waiting for its readers") \
	M(no_dsb_at_clean, "the maintenance of what is mapped is not completed") \
	M(no_clean_at_reset, "a reset does not clean what is mapped")	\
	M(no_drop_at_reset, "a reset keeps the cold tree")		\
	M(no_dc_flush, "HCR_EL2.DC changes without a TLBI")		\
	M(no_ttlb, "TLBIs of cold vCPUs do not trap")			\
	M(no_reset_flush, "the warm VMID is not flushed after a reset")	\
	M(drop_unpaid, "the cold tree is dropped without paying")	\
	M(drop_no_epoch, "a drop does not count for faults in flight")	\
	M(no_harvest, "a vCPU that is not the last cold one pays nothing") \
	M(cold_kept, "the notifier forgets the cold leaf")		\
	M(switch_early, "the vCPU switches trees before it pays")	\
	M(fast_unbounded, "the fast path pays without bound")		\
	M(destroy_unpaid, "destruction pays only cold pages although a vCPU owes everything") \
	M(dirty_unpaid, "the dirty log does not pay for cold pages")	\
	M(cold_first, "the notifier takes the cold leaf first, pays for both with the warm one, and nobody waits") \
	M(unmap_apart, "leaves go in one critical section and are paid for in the next") \
	M(harvest_alone, "so they are, and a drop at a reset does not keep a harvest away") \
	M(pay_early, "the maintenance comes before the TLBI")		\
	M(paid_at_init, "the debts of a reset are paid at KVM_ARM_VCPU_INIT") \
	M(no_take_exec, "a reset leaves execute permission where it is")	\
	M(fence_passes_exec, "a fence that moves down leaves execute permission below it")

/*
 * Errors that change nothing anybody could see, with the reason: not counted. They
 * are kept because the reason is a property of the code that may change.
 */
#define MUTANTS_EQUIVALENT(M)						\
	M(no_quiet, "sides change while an invalidation runs: a leaf is cleared and paid for in one critical section, and who changes sides takes that lock too")

enum mutant {
#define MUTANT_ENUM(name, what) MUTANT_##name,
	MUTANTS(MUTANT_ENUM)
#undef MUTANT_ENUM
	MUTANTS_NR,
#define MUTANT_ENUM(name, what) MUTANT_##name,
	MUTANTS_EQUIVALENT(MUTANT_ENUM)
#undef MUTANT_ENUM
	MUTANTS_ALL
};

/* Bit m: mutant m is on. */
extern unsigned long mutants_on;

/**
 * mutant_is_on() - is this error switched on, here and now?
 * @m: which
 *
 * Return: nonzero when it is.
 */
int mutant_is_on(enum mutant m);

#define MUTANT(name)	mutant_is_on(MUTANT_##name)

#endif
