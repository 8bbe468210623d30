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
	M(no_clean_at_mmu_off, "with one tree, no clean+invalidate when a guest turns MMU or caches off, trapped") \
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
	M(ring_unflushed, "a reset of the dirty rings does not flush the TLBs") \
	M(ring_writable, "a reset of the dirty rings does not take write permission") \
	M(ring_unsettled, "a reset of the dirty rings does not pay for what was written past the caches") \
	M(ring_uncounted, "a reset of the dirty rings counts entries without their lock") \
	M(ring_late_lost, "what found no room in the dirty rings is not told later") \
	M(relax_untold, "the TLBI is left out when permission grows")	\
	M(relax_old, "so it is where the leaf has lost its access flag")	\
	M(protect_old, "the TLBI is left out when a leaf without access flag loses permission") \
	M(unmap_old, "the TLBI is left out when a leaf without access flag goes") \
	M(split_old, "a block without access flag becomes a table without break before make") \
	M(reap_untold, "a table that is empty is freed without a TLBI")	\
	M(no_local_flush, "a vCPU finds what another one of its VM left in a CPU's TLB") \
	M(no_break, "a block becomes a table without break before make") \
	M(no_tlbi_at_rollover, "VMIDs are reused without invalidation")	\
	M(end_overflow, "the end of a range is computed with an overflow") \
	M(ignore_seq, "the fault handler ignores a raised sequence")	\
	M(look_untold, "an invalidation does not tell the look-ups in flight") \
	M(look_any, "any invalidation makes every look-up in flight start again") \
	M(inval_union, "of the invalidations that run only the union is known") \
	M(exec_unpaid, "a fault grants the execute permission that it found when it claimed, though it has been taken since") \
	M(claim_all, "every fault cleans what it maps, whoever else is at it") \
	M(claim_no_wake, "who has cleaned and installed wakes nobody")	\
	M(near_unlooked, "of the pages that a fault maps along with its own nobody asks whether an invalidation has touched them") \
	M(near_unpaid, "nor are they paid for")				\
	M(near_writable, "they are writable, whatever the host says")	\
	M(near_logged, "they are mapped along, writable, in a slot that is logged") \
	M(allow_any, "a write to a page that is mapped read-only is let through whatever the host says of the page") \
	M(allow_unlogged, "it is not logged")				\
	M(ignore_epoch, "the fault handler ignores that all was paid meanwhile") \
	M(no_dsb_at_map, "the maintenance at a map is not completed")	\
	M(no_slices, "all that is mapped is maintained in one critical section") \
	M(no_wake, "the end of an invalidation wakes nobody")		\
	M(free_early, "a slot that goes is freed, and the set it was in changed, without waiting for readers") \
	M(no_dsb_at_clean, "the maintenance of what is mapped is not completed") \
	M(no_clean_at_reset, "a reset does not clean what is mapped")	\
	M(no_drop_at_reset, "a reset keeps the cold tree")		\
	M(no_dc_flush, "HCR_EL2.DC changes without a TLBI")		\
	M(dc_forgives, "with HCR_EL2.DC a reset forgets what a vCPU has written past the caches") \
	M(start_unlooked, "CPU_ON of a vCPU that is taken for cold does not pay the flush of a reset") \
	M(no_ttlb, "TLBIs of cold vCPUs do not trap")			\
	M(inside_late, "a cold vCPU looks whether anybody is warm before it says that it is inside") \
	M(arm_unwaited, "the first vCPU to warm up does not wait for those whose TLBIs do not trap") \
	M(arm_unflushed, "nor does it flush what these did not reach")	\
	M(no_reset_flush, "the warm VMID is not flushed after a reset")	\
	M(drop_unpaid, "the cold tree is dropped without paying")	\
	M(drop_no_epoch, "a drop does not count for faults in flight")	\
	M(drop_for_all, "a drop makes faults on the warm tree start again, too") \
	M(no_harvest, "a vCPU that is not the last cold one pays nothing") \
	M(hurry_no_harvest, "nor does it where there is little to pay")	\
	M(cold_kept, "the notifier forgets the cold leaf")		\
	M(cold_asked_early, "whether anybody is cold is asked before the lock is taken")	\
	M(switch_early, "the vCPU switches trees before it pays")	\
	M(fast_unbounded, "the fast path pays without bound")		\
	M(destroy_unpaid, "destruction pays only cold pages although a vCPU owes everything") \
	M(dirty_unpaid, "the dirty log does not pay for pages written past the caches") \
	M(owed_early, "whether anybody writes past the caches is asked before the dirty log's flush") \
	M(log_on_unpaid, "switching the dirty log on does not pay for what was written past the caches") \
	M(stray_unlogged, "a vCPU seen to have turned its MMU off dirties nothing") \
	M(stray_unnoted, "so it does where it is seen when the VMM gets control") \
	M(cold_first, "the notifier takes the cold leaf first, pays for both with the warm one, and nobody waits") \
	M(unmap_apart, "leaves go in one critical section and are paid for in the next") \
	M(harvest_alone, "so they are, and a drop at a reset does not keep a harvest away") \
	M(pay_early, "the maintenance comes before the TLBI")		\
	M(paid_at_init, "the debts of a reset are paid at KVM_ARM_VCPU_INIT") \
	M(drop_once, "of the vCPUs that were re-initialised together only the first to run drops the cold tree") \
	M(no_take_exec, "a reset leaves execute permission where it is")	\
	M(fence_passes_exec, "a fence that moves down leaves execute permission below it") \
	M(short_map, "what is mapped is cleaned but for its last line")	\
	M(short_gone, "what goes is cleaned but for its last line")	\
	M(short_piece, "a block that stays is cleaned but for its last page") \
	M(short_settle, "a page that the dirty log reports is cleaned but for its last line") \
	M(split_last, "the last page of a block that is split leads to its first one") \
	M(last_page, "an unmap of several pages leaves out the last one") \
	M(root_wraps, "the root is taken for a single table")		\
	M(readonly_writable, "a page of a read-only slot is mapped writable") \
	M(harvest_writable, "the dirty log does not take write permission") \
	M(clear_all, "KVM_CLEAR_DIRTY_LOG clears what the VMM did not name") \
	M(peek_takes, "KVM_GET_DIRTY_LOG of a manual log takes what it reports") \
	M(age_untold, "aging with a flush does not flush")		\
	M(release_late, "at the end of a VM leaves go when the host is not listened to any more") \
	M(last_anywhere, "which vCPU ran last is known for the VM and not for each CPU") \
	M(setway_late, "a set/way walk stands for who asked while it ran") \
	M(kept_once, "a VMID in use is kept over one rollover, not over two") \
	M(overflow_narrow, "of invalidations for which there is no memory only the last is known") \
	M(overflow_kept, "such invalidations are never over")		\
	M(equal_once, "the end of one of two equal invalidations is taken for both")

/* Of what keeps translations: src/mem/pfn_cache.h and hva_cache.h. */
#define MUTANTS_CACHES(M)						\
	M(cache_no_recheck, "a refresh does not look whether an invalidation came meanwhile") \
	M(cache_recheck_apart, "a refresh looks for that in one critical section and says valid in the next") \
	M(cache_valid_first, "a refresh says valid before it looks for that") \
	M(cache_mark_late, "a refresh forgets invalidations up to the end of its wait") \
	M(cache_no_wait, "a refresh does not wait for a running invalidation") \
	M(cache_wait_any, "a refresh waits for any running invalidation, not for those of its page") \
	M(cache_relock, "a refresh starts again from the top, with its lock held") \
	M(cache_map_anew, "a refresh maps the page again that is mapped already") \
	M(cache_half, "a refresh notes the page before it has a mapping of it") \
	M(cache_half_active, "an activate that fails leaves the cache active") \
	M(cache_watch_stays, "a cache that goes to other memory listens where it was") \
	M(cache_end_unlocked, "a deactivate does not wait for a refresh")	\
	M(cache_generation, "the kernel's user does not compare the generation") \
	M(cache_unlocked, "an invalidation does not wait for the kernel's users") \
	M(cache_lazy, "an invalidation leaves the page to be dropped by the next refresh") \
	M(cache_no_kick, "an invalidation kicks nobody out of the guest")	\
	M(cache_kick_only, "an invalidation does not wait for who it has kicked") \
	M(cache_inside_late, "a vCPU says that it is inside after the section in which it looked") \
	M(cache_sleeps, "an invalidation takes the mutex of the refresh")	\
	M(cache_dirty_early, "a page is marked dirty before it is written")	\
	M(tell_late, "caches are told of an invalidation at its end")	\
	M(reap_sleeps, "a range_start that may not sleep is taken for one that may") \
	M(exit_untold, "caches are not told that all memory goes")	\
	M(slot_untold, "caches are not told that a slot goes")		\
	M(hva_use_first, "the generation is compared after the use")	\
	M(hva_two_steps, "an exchange is a load and a store")		\
	M(trail_generation, "a trail is gone by user addresses of slots that were")	\
	M(trail_kept, "a trail over which slots have changed counts for those of its end") \
	M(trail_blind, "what a trail's elements hold is not compared")	\
	M(trail_last_alone, "of a trail's elements the last one alone is compared") \
	M(trail_bytes_first, "a trail's frame is read before its elements") \
	M(hva_generation, "a kept range does not compare the generation")	\
	M(access_unlogged, "a copy into guest memory is not logged")	\
	M(access_dirty_early, "a page is marked dirty before it is copied to") \
	M(elems_unlogged, "elements stored into guest memory are not logged") \
	M(hva_unlogged, "a copy into a kept range is not logged")	\
	M(hva_dirty_early, "a page is marked dirty before a kept range is copied to") \
	M(hva_value_unlogged, "a value stored into a kept range is not logged") \
	M(plain_logged, "a range is written by its address though its slot is logged") \
	M(cache_unlogged, "what is written in a kept page is not logged") \
	M(cache_reads, "a page that is kept for writing is looked up as if to be read")

/* Of x86: how vCPUs are reached (src/vm/kick.c), nested page tables, identifiers (src/x86). */
#define MUTANTS_X86(M)							\
	M(look_then_say, "a vCPU looks at requests before it says that it is in the guest") \
	M(inside_unordered, "no barrier stands between the two")		\
	M(request_late, "a vCPU is kicked before it is asked")		\
	M(request_unwaited, "who asks all vCPUs does not wait until they are outside") \
	M(npt_unflushed, "what goes from nested page tables stays in TLBs") \
	M(npt_taken_unseen, "an invalidation does not ask whether what it misses is still in TLBs") \
	M(npt_log_unflushed, "the dirty log does not flush the TLBs")	\
	M(npt_look_kept, "a nested fault installs what it found, though an invalidation came") \
	M(slots_untold, "vCPUs do not hear that slots have changed")	\
	M(npt_read_writable, "a read gets a logged page writable")	\
	M(npt_unlogged, "a nested fault that lets a write through does not log it") \
	M(npt_table_unflushed, "a nested table is freed though a walk may go on in it") \
	M(asid_anywhere, "an identifier of one CPU counts on another")	\
	M(asid_old, "an identifier counts after identifiers ran out")	\
	M(asid_unflushed, "a flush that is owed is left out")		\
	M(asid_reused, "identifiers are given again without a flush")	\
	M(space_kept, "a flush leaves the tables that L2 runs on")	\
	M(space_unflushed, "a flush that L1 asks for leaves what the CPU's TLB has of L2") \
	M(space_any_asid, "tables of another identifier of L1's are taken for those of this one") \
	M(space_untold, "L2's identifier stands for another address space without a flush") \
	M(space_writable, "L2 may write wherever L1 lets it")		\
	M(mark_blind, "A and D are stored to L1's entry whatever has become of it") \
	M(block_any, "a page of L1's that is kept is taken for the one that is asked for") \
	M(block_shared, "L1's control block is used, and not a copy of it") \
	M(clock_unbegun, "the version of a record of the time is not odd while it is written") \
	M(clock_early, "it is even again before the record is written")	\
	M(clock_back, "another line of time begins where the host's clock is, though that is behind") \
	M(steal_two_steps, "the byte that says preempted is loaded and then stored") \
	M(steal_unflushed, "a flush that was asked for in it is forgotten") \
	M(eoi_unsure, "an offer that cannot be looked at is taken for not used") \
	M(eoi_twice, "an offer is taken back at the next exit once more") \
	M(run_fpu_kept, "the guest's FPU state is loaded over that of the host's thread") \
	M(run_xcr0_kept, "the guest's XCR0 stays")			\
	M(run_xsave_early, "the guest's FPU state is saved while its own XCR0 counts") \
	M(run_segments_old, "the host's segments are not saved before the guest's come") \
	M(run_gif_off, "the global interrupt flag stays 0")		\
	M(run_aux_kept, "the guest's TSC_AUX stays when its thread leaves the CPU") \
	M(run_dr7_on, "breakpoints of the host are on while their addresses change") \
	M(run_dr7_off, "breakpoints of the host stay off")		\
	M(run_dr7_unread, "nobody looks whether the host has breakpoints") \
	M(run_dr_kept, "the guest's breakpoint addresses stay")		\
	M(apf_unasked, "who has fetched memory does not ask the vCPU to tell its guest") \
	M(apf_told_on, "a worker tells of what it has fetched though the vCPU has given its tokens up") \
	M(apf_done_lost, "who gives tokens up forgets those that were fetched") \
	M(apf_orphan_lost, "a worker forgets what nobody is to be told of") \
	M(apf_wake_none, "a guest that switches tokens on is not told that those of before are ready") \
	M(apf_amid_all, "tokens go out while the guest is yet to be told that all are ready") \
	M(apf_over, "a token is told of where the one before was not read") \
	M(apf_told_early, "a token is told of before its memory was fetched") \
	M(apf_slots_untold, "who could not tell of a token because no slot was there is not asked again")

/*
 * Errors that change nothing anybody could see, with the reason: not counted. They
 * are kept because the reason is a property of the code that may change.
 */
#define MUTANTS_EQUIVALENT(M)						\
	M(fence_untold, "a reset takes execute permission without a TLBI: the flush that it owes before its vCPU's stage 1 counts takes the same entries") \
	M(no_quiet, "sides change while an invalidation runs: a leaf is cleared and paid for in one critical section, and who changes sides takes that lock too")

enum mutant {
#define MUTANT_ENUM(name, what) MUTANT_##name,
	MUTANTS(MUTANT_ENUM)
	MUTANTS_CACHES(MUTANT_ENUM)
	MUTANTS_X86(MUTANT_ENUM)
#undef MUTANT_ENUM
	MUTANTS_NR,
#define MUTANT_ENUM(name, what) MUTANT_##name,
	MUTANTS_EQUIVALENT(MUTANT_ENUM)
#undef MUTANT_ENUM
	MUTANTS_ALL
};

_Static_assert(MUTANTS_ALL < 0xff, "a claim has eight bits for its mutant");

/**
 * mutant_is_on() - is this error switched on, here and now?
 * @m: which
 *
 * Return: nonzero when it is.
 */
int mutant_is_on(enum mutant m);

#define MUTANT(name)	mutant_is_on(MUTANT_##name)

#endif
