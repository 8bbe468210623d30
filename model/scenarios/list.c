// SPDX-License-Identifier: GPL-2.0
/*
 * All scenarios, in the order of the table.
 */
#include "scenario.h"

#include <stddef.h>

#define SCENARIOS_CACHES(S)						\
	S(cache_refresh) S(cache_atomic) S(cache_discard) S(cache_ranges) S(cache_self) \
	S(cache_failure) S(cache_deactivate) S(cache_teardown) S(cache_exit)	\
	S(cache_hva) S(cache_guest) S(cache_guests) S(cache_guest_overlap)	\
	S(cache_guest_deactivate) S(cache_reap)	S(cache_slot_replace)		\
	S(cache_slot_delete) S(cache_slot_elsewhere) S(cache_slot_move) \
	S(cache_slot_log) S(hva_slots) S(hva_exchange) S(guest_map_held) S(guest_map_slot_delete) \
	S(cache_beside_stage2)

/* The list: identifiers, wherever they are defined. */
#define SCENARIOS(S)							\
	S(problem1_matching) S(problem1_nsh_under_ish) S(problem1_nsh_under_nsh) \
	S(problem2_reset) S(reset_then_write) S(problem2_relocated) S(reset_against_fault)	\
	S(icache_n1) S(icache_a72) S(icache_dic) S(icache_fwb) S(icache_fwb_dic) S(icache_kept) S(icache_late) S(icache_first_map) \
	S(attr_wb_wt) S(attr_wb_wt_maintained) S(attr_wb_nc) S(attr_wb_nc_maintained) \
	S(attr_wt_nc) S(attr_wt_nc_maintained) S(attr_wt_wb) S(attr_wt_wb_maintained) \
	S(nc_alias_mmu_on) S(first_map_other_owner) S(mmu_on) S(mmu_on_two)	\
	S(off_on_sloppy) S(off_on_fgt) S(off_on_abiding) S(unmap_nc_written) S(secondary_cold) \
	S(setway_clean) S(zva) S(zva_clean) S(mmu_on_much) S(migrate) S(swap) S(ksm) S(munmap_running) \
	S(mprotect_running) S(thp_split) S(thp_collapse) S(slot_delete) S(slot_move) S(dirty_log) \
	S(dirty_log_manual) S(dirty_log_cold) S(dirty_log_cold_manual) S(dirty_log_uncached) S(dirty_log_turns_off) S(dirty_log_strays) S(dirty_log_nc) S(block_split) S(aged_written) S(aged_taken) S(aged_taken_cold) S(aged_split) S(aged_logged) S(warm_many) S(warm_one_stays) S(reset_while_cold) S(migrate_cold) S(migrate_both) S(harvest_against_drop) S(unmap_cold_writer) S(reset_then_write_two) S(reset_of_two) S(two_write_one_page) S(ksm_cold) S(destroy_owing) S(reboot_asid) S(one_cpu) S(cpu_on_asid) S(reset_owing) S(m1_c0) S(slot_delete_cold) S(owing_returns) S(destroy_nc) S(cold_tlbi) S(cold_goes_in) S(cold_tlbi_returns) S(dc_toggled) S(vmid_rollover) S(vmid_parallel) S(alloc_failure) \
	S(dirty_log_part) S(dirty_log_uncached_manual) S(dirty_log_turns_off_manual)	\
	S(dirty_log_strays_manual) S(dirty_log_cpu_on) S(whole_page) S(whole_logged)	\
	S(whole_block) S(whole_split) S(unmap_last) S(tree_32) S(tree_40) S(tree_48)	\
	S(changes_cpu) S(trade_cpus) S(same_cpu) S(setway_two) S(cpu_on_writes)	\
	S(vmid_twice) S(readonly_slot) S(aged_told) S(inval_full) S(inval_equal)	\
	S(destroy_against_notifier) \
	S(fault_together) S(fault_elsewhere) S(fault_between) S(fault_beside_drop)

#define DECLARE(s) extern const struct scenario s;
SCENARIOS(DECLARE)
SCENARIOS_CACHES(DECLARE)
#undef DECLARE

#define POINT(s) &s,
const struct scenario * const scenarios[] = { SCENARIOS(POINT) SCENARIOS_CACHES(POINT) NULL };
#undef POINT
