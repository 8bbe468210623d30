/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Arm machine that the hypervisor's files are run on: processing elements
 * with TLBs and instruction caches, lines of memory, and the accesses of guests
 * and host. Deterministic: what may happen is in the sets, not in time.
 */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "line.h"
#include "tlb.h"

#define MACHINE_LINES	12
#define MACHINE_ALIASES	8
#define MACHINE_LINE_BYTES	2048U	/* coarse: two lines a page show what forgets an end */

/**
 * struct machine_config - which machine
 * @caches: see line.h
 * @fwb: FEAT_S2FWB
 * @fgt: FEAT_FGT: a write of SCTLR_EL1 alone can be trapped
 * @vmid_bits: how many bits a VMID has
 */
struct machine_config {
	struct line_config caches;
	bool fwb;
	bool fgt;
	uint8_t vmid_bits;
};

/**
 * struct machine_alias - a stage-1 mapping a guest has, besides the ordinary one
 * @ipa: page it leads to
 * @attr: its attributes
 */
struct machine_alias {
	uint64_t ipa;
	struct attr attr;
};

#define MACHINE_STAGE1	4	/* virtual pages a guest may map anywhere */
#define MACHINE_S1_TLB	24

/**
 * struct machine_s1 - a guest's own translation that a TLB may hold
 * @vmid: whose
 * @va: virtual page number, 0..%MACHINE_STAGE1-1
 * @ipa: the page it leads to
 */
struct machine_s1 {
	uint16_t vmid;
	uint8_t va;
	uint64_t ipa;
};

/**
 * struct machine_pe - a processing element
 * @in_guest: it runs a guest: its walker walks @root and it may speculate there
 * @root: VTTBR_EL2 and VTCR_EL2 loaded
 * @regime: SCTLR_EL1 and HCR_EL2 bits that decide about attributes
 * @memory: stage-1 attributes of all memory while stage 1 is on
 * @alias: further stage-1 mappings
 * @aliases: how many
 * @stage1: the guest's table: where each virtual page leads, 0 for nowhere; or NULL
 * @s1: what the TLB may hold of such tables
 * @s1s: how many
 * @icache_pending: IC IALLUIS issued and not completed
 * @tlb: what its TLB may hold
 */
struct machine_pe {
	bool in_guest;
	struct tlb_root root;
	struct attr_regime regime;
	struct attr memory;
	struct machine_alias alias[MACHINE_ALIASES];
	unsigned int aliases;
	const uint64_t *stage1;
	struct machine_s1 s1[MACHINE_S1_TLB];
	unsigned int s1s;
	bool icache_pending;
	struct tlb tlb;
};

/**
 * struct machine - all of it
 */
struct machine {
	struct machine_config cfg;
	struct machine_pe pe[MACHINE_PES];
	struct line line[MACHINE_LINES];
	unsigned int lines;
	uint8_t executes;	/* PEs whose guests have fetched, for people */
};

extern struct machine machine;

/* What an access by a guest is. */
enum machine_access {
	MACHINE_READ,
	MACHINE_WRITE,
	MACHINE_FETCH,
};

/* Cache maintenance by VA. */
enum machine_dc {
	MACHINE_DC_CVAC,
	MACHINE_DC_CVAU,
	MACHINE_DC_IVAC,
	MACHINE_DC_CIVAC,
};

/**
 * machine_report() - a rule of the machine is broken
 * @rule: its name
 * @fmt: what happened
 *
 * Not defined here: the explorer ends the run, a unit test counts.
 */
void machine_report(const char *rule, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * machine_choose() - one of several things may happen
 * @n: how many
 * @what: for people
 *
 * Not defined here: the explorer tries them all.
 *
 * Return: 0..n-1.
 */
unsigned int machine_choose(unsigned int n, const char *what);

/**
 * machine_reset() - power on
 * @cfg: which machine
 */
void machine_reset(const struct machine_config *cfg);

/**
 * machine_watch() - keep account of a line
 * @pa: any address in it
 * @name: for people
 * @foreign: what it holds belongs to another owner
 *
 * Return: the line.
 */
struct line *machine_watch(uint64_t pa, const char *name, bool foreign);

/**
 * machine_line() - the line of an address
 * @pa: physical address
 *
 * Return: it, or NULL where nobody watches.
 */
struct line *machine_line(uint64_t pa);

/**
 * machine_watches_page() - is a line of this page watched?
 * @pa: any address in it
 *
 * Return: true where one is.
 */
bool machine_watches_page(uint64_t pa);

/**
 * machine_settle() - let happen what may: walks, fills, prefetches
 *
 * After anything that changes tables, what a PE runs, or its stage 1.
 */
void machine_settle(void);

/**
 * machine_enter() - a PE starts to run a guest
 * @pe: which
 * @root: VTTBR_EL2 and VTCR_EL2
 */
void machine_enter(unsigned int pe, struct tlb_root root);

/**
 * machine_exit() - a PE is back in the host
 * @pe: which
 */
void machine_exit(unsigned int pe);

/**
 * machine_set_stage1() - the guest on a PE changes its stage 1
 * @pe: which
 * @regime: SCTLR_EL1 and HCR_EL2 bits
 * @memory: attributes of its ordinary mapping
 *
 * A context synchronisation event is included.
 */
void machine_set_stage1(unsigned int pe, const struct attr_regime *regime,
			struct attr memory);

/**
 * machine_alias() - the guest on a PE maps a page a second time
 * @pe: which
 * @ipa: the page
 * @attr: attributes
 */
void machine_alias(unsigned int pe, uint64_t ipa, struct attr attr);

/**
 * machine_stage1() - stage 1 for an access, in a guest whose MMU is on
 * @pe: who
 * @va: virtual page number
 *
 * Where the TLB may hold several answers, machine_choose() decides.
 *
 * Return: the page, or 0: nowhere.
 */
uint64_t machine_stage1(unsigned int pe, unsigned int va);

/**
 * machine_guest_tlbi() - TLBI VMALLE1IS by a guest, untrapped: its VMID, all PEs
 * @pe: who
 */
void machine_guest_tlbi(unsigned int pe);

/**
 * machine_translate() - stage 2 for an access
 * @pe: who
 * @ipa: where
 * @access: what
 * @out: the translation used
 *
 * Where the TLB may hold several that differ for this access, or none must be held
 * any more, machine_choose() decides.
 *
 * Return: 0, the TLB_* permission that was missing, %MACHINE_NO_LEAF for a
 * translation fault or %MACHINE_NO_ACCESS for an access flag fault.
 */
#define MACHINE_NO_LEAF		(-1)
#define MACHINE_NO_ACCESS	(-2)
int machine_translate(unsigned int pe, uint64_t ipa, enum machine_access access,
		      struct tlb_entry *out);

/**
 * machine_attr() - attributes of a guest's access
 * @pe: who
 * @e: translation
 * @access: what
 * @desc: stage-1 attributes used
 *
 * Return: attributes.
 */
struct attr machine_attr(unsigned int pe, const struct tlb_entry *e,
			 enum machine_access access, struct attr desc);

/**
 * machine_guest_load() - a guest loads
 * @pe: who
 * @pa: where
 * @a: attributes
 *
 * Return: values it may see; 0 where nobody watches.
 */
line_values machine_guest_load(unsigned int pe, uint64_t pa, struct attr a);

/**
 * machine_guest_store() - a guest stores
 * @pe: who
 * @pa: where
 * @a: attributes
 * @writer: for the trace
 */
void machine_guest_store(unsigned int pe, uint64_t pa, struct attr a, int writer);

/**
 * machine_guest_zva() - DC ZVA: a store of a whole line
 * @pe: who
 * @pa: where
 * @a: attributes
 * @writer: for the trace
 *
 * Return: false: an alignment fault, for it is Device memory (D7.5.9.5).
 */
bool machine_guest_zva(unsigned int pe, uint64_t pa, struct attr a, int writer);

/**
 * machine_guest_fetch() - a guest executes
 * @pe: who
 * @pa: where
 * @a: attributes
 *
 * Return: values it may see; 0 where nobody watches.
 */
line_values machine_guest_fetch(unsigned int pe, uint64_t pa, struct attr a);

/**
 * machine_guest_dc() - cache maintenance by VA in a guest; IVAC cleans too (HCR_EL2.VM)
 * @pe: who
 * @pa: where
 * @a: attributes of the VA: Non-shareable reaches the own PE only
 * @op: what
 */
void machine_guest_dc(unsigned int pe, uint64_t pa, struct attr a, enum machine_dc op);

/**
 * machine_guest_set_way() - set/way, untrapped: all lines, own PE
 * @pe: who
 * @inval: clean and invalidate rather than clean
 */
void machine_guest_set_way(unsigned int pe, bool inval);

/**
 * machine_host_load() - the host reads through its linear map
 * @pe: who
 * @pa: where
 *
 * Return: values it may see; 0 where nobody watches.
 */
line_values machine_host_load(unsigned int pe, uint64_t pa);

/**
 * machine_host_store() - the host writes through its linear map
 * @pe: who
 * @pa: where
 * @writer: for the trace
 */
void machine_host_store(unsigned int pe, uint64_t pa, int writer);

/**
 * machine_host_dc() - DC by VA at EL2 over a range of the linear map
 * @pe: who
 * @pa: first byte
 * @len: bytes
 * @op: what
 *
 * Return: lines of the range.
 */
uint64_t machine_host_dc(unsigned int pe, uint64_t pa, uint64_t len, enum machine_dc op);

/**
 * machine_ic_iallu() - invalidate instruction caches
 * @pe: who
 * @all: of all PEs (IC IALLUIS), complete after machine_dsb(); else the own, at once
 */
void machine_ic_iallu(unsigned int pe, bool all);

/**
 * machine_ic_ivau() - IC IVAU: one line, in all instruction caches, at once
 * @pa: where
 */
void machine_ic_ivau(uint64_t pa);

/**
 * machine_dsb() - DSB: maintenance this PE has issued is complete
 * @pe: who
 */
void machine_dsb(unsigned int pe);

/**
 * machine_tlbi() - stage-2 invalidation on all PEs, complete on return
 * @vmid: whose
 * @ipa: first address
 * @len: bytes
 * @level: see tlb_forget()
 */
void machine_tlbi(uint16_t vmid, uint64_t ipa, uint64_t len, int level);

/**
 * machine_tlbi_vmid() - all of a VMID
 * @pe: on this PE only, or -1 for all
 * @vmid: whose
 */
void machine_tlbi_vmid(int pe, uint16_t vmid);

/**
 * machine_tlbi_all() - everything, on all PEs
 */
void machine_tlbi_all(void);

/**
 * machine_table_is_live() - may a walker read this table now?
 * @pa: any address in it
 *
 * Return: true where a PE in a guest may.
 */
bool machine_table_is_live(uint64_t pa);

/**
 * machine_check_unreachable() - no guest may get at this memory any more
 * @pa: first byte
 * @len: bytes
 * @perms: TLB_* that must be gone
 * @why: what it would mean, for the report
 *
 * Reports a violation where a TLB may hold a translation to it.
 */
void machine_check_unreachable(uint64_t pa, uint64_t len, uint8_t perms, const char *why);

/**
 * machine_check_table_free() - a table is given back: may a walker still read it?
 * @pa: the table
 *
 * Reports a violation where a PE may.
 */
void machine_check_table_free(uint64_t pa);

#endif
