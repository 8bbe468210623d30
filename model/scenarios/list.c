// SPDX-License-Identifier: GPL-2.0
/*
 * All scenarios, in the order of the table.
 */
#include "scenario.h"

#include <stddef.h>

/* Their names, with underscores: scenario_NAME, wherever it is defined. */
#define SCENARIOS(S)									\
	S(problem1_matching) S(problem1_nsh_under_ish) S(problem1_nsh_under_nsh)		\
	S(problem2_reset) S(reset_then_write) S(problem2_relocated_kernel)			\
	S(reset_against_fault) S(icache_after_reset) S(icache_after_reset_no_idc)		\
	S(icache_after_reset_dic) S(icache_after_reset_fwb) S(icache_after_reset_fwb_dic)	\
	S(icache_kept_mapping_no_idc) S(icache_fault_across_reset) S(icache_first_map)		\
	S(attr_change_wb_wt) S(attr_change_wb_wt_maintained) S(attr_change_wb_nc)		\
	S(attr_change_wb_nc_maintained) S(attr_change_wt_nc) S(attr_change_wt_nc_maintained)	\
	S(attr_change_wt_wb) S(attr_change_wt_wb_maintained) S(nc_alias_mmu_on)			\
	S(first_map_other_owner) S(mmu_on) S(mmu_on_two_vcpus)					\
	S(mmu_off_write_on_without_exit) S(mmu_off_write_on_fgt) S(mmu_off_write_on_abiding)	\
	S(unmap_nc_written) S(secondary_cold) S(setway_clean) S(zva_nc_alias)			\
	S(zva_nc_alias_cleaned) S(mmu_on_much_memory) S(migrate) S(swap) S(ksm) S(munmap)	\
	S(mprotect) S(thp_split) S(thp_collapse) S(slot_delete) S(slot_move) S(dirty_log)	\
	S(dirty_log_manual) S(dirty_log_cold_writer) S(dirty_log_cold_writer_manual)		\
	S(dirty_log_uncached_writer) S(dirty_log_caches_go_off)					\
	S(dirty_log_mmu_off_seen_late) S(dirty_log_nc_writer) S(block_split)			\
	S(aged_then_written) S(aged_then_taken) S(aged_then_taken_cold) S(aged_block_split)	\
	S(aged_then_logged) S(mmu_on_many_cold_pages) S(mmu_on_another_stays_cold)		\
	S(reset_while_cold) S(migrate_cold_page) S(migrate_page_of_both_trees)			\
	S(harvest_against_drop) S(unmap_cold_writer) S(move_against_cold_fault) S(reset_then_write_another_cold)		\
	S(reset_of_two) S(two_cold_vcpus_one_page) S(ksm_cold_page) S(destroy_after_mmu_off)	\
	S(reboot_reuses_asid) S(two_vcpus_on_one_cpu) S(cpu_on_reuses_asid)			\
	S(reset_of_uncached) S(mmu_on_caches_off) S(slot_delete_cold_page)			\
	S(owes_all_against_notifier) S(destroy_nc_written) S(cold_vcpu_broadcasts_tlbi)		\
	S(cold_vcpu_goes_in_beside_warm_up) S(cold_tlbi_then_warm) S(dc_toggled)		\
	S(vmid_rollover) S(vmid_rollover_parallel) S(allocation_failure)			\
	S(dirty_ring) S(dirty_ring_cold_writer) S(dirty_ring_mmu_off_seen_late)		\
	S(dirty_log_clear_part) S(dirty_log_uncached_manual) S(dirty_log_caches_off_manual)	\
	S(dirty_log_mmu_off_late_manual) S(dirty_log_cpu_on) S(page_each_line)			\
	S(dirty_page_each_line) S(block_each_part) S(block_split_each_part)			\
	S(munmap_last_page) S(tree_of_32_bits) S(tree_of_40_bits) S(tree_of_48_bits)		\
	S(vcpu_changes_cpu) S(two_vcpus_trade_cpus) S(two_vcpus_warm_up_on_one_cpu)		\
	S(setway_two_vcpus) S(cpu_on_then_mmu_on) S(vmid_rollover_twice) S(readonly_slot)	\
	S(aged_with_and_without_flush) S(invalidations_without_memory)				\
	S(invalidations_of_one_page) S(destroy_against_notifier) S(fault_together)		\
	S(fault_and_memory_elsewhere) S(fault_between_invalidations) S(fault_beside_drop)	\
	S(near_migrate) S(near_discard) S(near_other_owner) S(near_ksm) S(near_logged)		\
	S(near_together) S(near_against_reset) S(dirty_log_ksm)					\
	S(pfn_cache_refresh) S(pfn_cache_atomic) S(pfn_cache_discard) S(pfn_cache_ranges)	\
	S(pfn_cache_invalidates_itself) S(pfn_cache_failure) S(pfn_cache_deactivate)		\
	S(pfn_cache_teardown) S(pfn_cache_exit) S(pfn_cache_user_address) S(pfn_cache_guest)	\
	S(pfn_cache_guests) S(pfn_cache_guest_overlap) S(pfn_cache_guest_deactivate)		\
	S(pfn_cache_reap) S(pfn_cache_slot_replace) S(pfn_cache_slot_delete)			\
	S(pfn_cache_slot_elsewhere) S(pfn_cache_slot_move) S(hva_cache_slots)			\
	S(hva_cache_exchange) S(guest_map_held) S(guest_map_slot_delete)			\
	S(pfn_cache_slot_log) S(pfn_cache_beside_stage2)						\
	S(npt_unmap_against_entry) S(npt_unmap_kicks) S(npt_unmap_store_buffer)			\
	S(npt_unmap_two_vcpus)									\
	S(npt_discard_against_fault) S(npt_dirty_log) S(npt_slot_delete)			\
	S(npt_block_over_table) S(npt_unmap_behind_log) S(asid_rollover) S(asid_another_cpu)			\
	S(nested_tables_are_a_tlb) S(nested_spaces_by_turns) S(nested_unmap_against_entry)	\
	S(nested_dirty_log)									\
	S(nested_marks_by_exchange) S(vmcb12_slot_delete) S(msr_map_of_two)			\
	S(controls_read_once) S(kvmclock_against_reader) S(kvmclock_goes_on)			\
	S(steal_preempted_flush) S(steal_slot_delete) S(eoi_in_memory)			\
	S(async_page_fault) S(async_page_fault_end)						\
	S(ways_are_logged) S(ways_write_protected) S(ways_missing) S(steal_log_on)		\
	S(host_state_after_exit) S(host_state_of_two)		\
	S(trail_tables) S(trail_slots)

#define DECLARE(s) extern const struct scenario scenario_##s;
SCENARIOS(DECLARE)
#undef DECLARE

#define POINT(s) &scenario_##s,
const struct scenario * const scenarios[] = { SCENARIOS(POINT) NULL };
#undef POINT

#define NAME(s) #s,
const char * const scenario_names[] = { SCENARIOS(NAME) NULL };
#undef NAME
