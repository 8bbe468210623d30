// SPDX-License-Identifier: GPL-2.0
/*
 * Every instruction that the kernel's implementation of hw.h issues, in order, to the last
 * line and page: insn.h is replaced by functions that write down what they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/preempt.h>
#include <linux/types.h>

#include "../../model/shim/unit.h"

#define LOG	4096

struct insn {
	const char *name;
	u64 arg;
	int level;
};

static struct insn insns[LOG];
static unsigned int nr;

static void insn(const char *name, u64 arg, int level)
{
	assert_true(nr < LOG);
	insns[nr++] = (struct insn) { name, arg, level };
}

/* --- in place of insn.h */

#define TABULA_MMU_INSN_H

#define insn_dc_civac(va)	insn("dc civac", va, 0)
#define insn_dc_cvac(va)	insn("dc cvac", va, 0)
#define insn_dc_cvau(va)	insn("dc cvau", va, 0)
#define insn_ic_ialluis()	insn("ic ialluis", 0, 0)
#define insn_dsb_ish()		insn("dsb ish", 0, 0)
#define insn_dsb_ishst()	insn("dsb ishst", 0, 0)
#define insn_dsb_nsh()		insn("dsb nsh", 0, 0)
#define insn_isb()		insn("isb", 0, 0)
#define insn_tlbi_vmalle1()	insn("tlbi vmalle1", 0, 0)
#define insn_tlbi_vmalle1is()	insn("tlbi vmalle1is", 0, 0)
#define insn_tlbi_vmalls12e1is()	insn("tlbi vmalls12e1is", 0, 0)
#define insn_tlbi_alle1is()	insn("tlbi alle1is", 0, 0)
#define insn_tlbi_vale2is_0()	insn("tlbi vale2is", 0, 0)
#define INSN_TTL_UNKNOWN	INT_MAX
#define insn_tlbi_ipas2e1is(page, level)	insn("tlbi ipas2e1is", page, level)
#define INSN_TLBI_RANGE_MAX	(32U << 16)
#define insn_tlbi_ipas2e1is_range(ipa, pages)	insn("tlbi ripas2e1is", ipa, pages)

enum reg { HCR, VTTBR, VTCR, TCR, SCTLR, REGS };
static u64 reg[REGS];
static const char * const written[REGS] = { "hcr", "vttbr", "vtcr", "tcr", "sctlr" };

static void write_reg(enum reg r, u64 val)
{
	/* Nobody may come between who finds another's registers. */
	assert_true(shim_irqs_are_off());
	reg[r] = val;
	insn(written[r], val, 0);
}

static u64 read_reg(enum reg r)
{
	assert_true(shim_irqs_are_off());
	return reg[r];
}

#define insn_read_hcr()			read_reg(HCR)
#define insn_write_hcr(val)		write_reg(HCR, val)
#define insn_read_vttbr()		read_reg(VTTBR)
#define insn_write_vttbr(val)		write_reg(VTTBR, val)
#define insn_read_vtcr()		read_reg(VTCR)
#define insn_write_vtcr(val)		write_reg(VTCR, val)
#define insn_read_tcr_el12()		read_reg(TCR)
#define insn_write_tcr_el12(val)	write_reg(TCR, val)
#define insn_read_sctlr_el12()		read_reg(SCTLR)
#define insn_write_sctlr_el12(val)	write_reg(SCTLR, val)

static u64 ram_end;
#define pfn_is_map_memory(pfn)		((pfn) < ram_end >> 12)

#include "../../src/arm64/mmu/hw.c"

struct hw_features hw_features;

static u16 vmid;

u16 vmid_of(struct s2_tree *tree)
{
	insn("vmid", vmid, 0);
	return vmid;
}

static int table_pages;

void mod_lruvec_page_state(const void *page, enum node_stat_item item, int n)
{
	assert_int_equal(item, NR_SECONDARY_PAGETABLE);
	table_pages += n;
}

/* --- frame */

#define HCR_HOST	0x0000000488000000ULL	/* with TGE, E2H and more */
#define TGE		(1ULL << 27)
#define EPDS		(1ULL << 7 | 1ULL << 23)

static const u64 host[REGS] = { HCR_HOST, 0x1111, 0x2222, 0x3330, 0x4440 };
static struct s2_tree tree = { .pgd_phys = 0x123456000, .vtcr = 0x80023558 };

static int setup(void **state)
{
	hw_features = (struct hw_features) {
		.range_tlbi = true, .pa_bits = 48, .dcache_line = 64, .icache_line = 64,
	};
	memcpy(reg, host, sizeof(reg));
	vmid = 7;
	nr = 0;
	table_pages = 0;
	shim_fail_alloc(0);
	return 0;
}

static int teardown(void **state)
{
	assert_memory_equal(reg, host, sizeof(reg));
	assert_int_equal(table_pages, 0);
	assert_int_equal(shim_allocs(), 0);
	shim_check_quiet();
	return 0;
}

static unsigned int at;		/* how far the log has been compared */

static void is(const char *name, u64 arg, int level)
{
	assert_true(at < nr);
	assert_string_equal(insns[at].name, name);
	assert_int_equal(insns[at].arg, arg);
	assert_int_equal(insns[at].level, level);
	at++;
}

static void hcr_is(u64 val)
{
	if (hw_features.hcr_barriers)
		is("dsb nsh", 0, 0);
	is("hcr", val, 0);
	is("isb", 0, 0);
}

/* Stores are visible before the VMID is read; no stage-1 walk succeeds before it is there. */
static void entered(void)
{
	at = 0;
	is("dsb ish", 0, 0);
	is("vmid", 7, 0);
	is("tcr", host[TCR] | EPDS, 0);
	is("isb", 0, 0);
	is("sctlr", host[SCTLR] | 1, 0);
	is("isb", 0, 0);
	is("vtcr", tree.vtcr, 0);
	is("vttbr", tree.pgd_phys | 7ULL << 48, 0);
	is("isb", 0, 0);
	hcr_is(HCR_HOST & ~TGE);
}

static void completed(void)
{
	is("dsb ish", 0, 0);
	if (hw_features.repeat_tlbi) {
		is("tlbi vale2is", 0, 0);
		is("dsb ish", 0, 0);
	}
	is("isb", 0, 0);
}

/* The host's HCR_EL2 is back, and in force, before anything else is. */
static void left(void)
{
	hcr_is(HCR_HOST);
	is("vttbr", host[VTTBR], 0);
	is("vtcr", host[VTCR], 0);
	is("isb", 0, 0);
	is("sctlr", host[SCTLR], 0);
	is("tcr", host[TCR], 0);
	is("isb", 0, 0);
	assert_int_equal(at, nr);
}

/* What of both stages was combined goes by VMID, after what it was made from has gone. */
static void combined(void)
{
	is("dsb ish", 0, 0);
	is("tlbi vmalle1is", 0, 0);
	completed();
}

/* Each test of a TLBI runs without and with the workarounds of errata. */
static void with_errata(void (*test)(void))
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		hw_features.repeat_tlbi = i & 1;
		hw_features.hcr_barriers = i & 2;
		test();
	}
}

/* --- caches */

struct dc {
	u64 (*fn)(void *kva, size_t len);
	const char *name;
};

static const struct dc dcs[] = {
	{ hw_clean_inval_poc, "dc civac" },
	{ hw_clean_poc, "dc cvac" },
	{ hw_clean_pou, "dc cvau" },
};

static void check_dc(const struct dc *dc, u64 va, size_t len, u64 line)
{
	u64 first = va & ~(line - 1), lines = 0, l;

	nr = 0;
	at = 0;
	l = dc->fn((void *)va, len);
	for (; first + lines * line < va + len; lines++)
		is(dc->name, first + lines * line, 0);
	assert_int_equal(at, nr);
	assert_int_equal(l, lines);
}

/* Each line that the range touches is maintained once, from the first to the last, and no other, whatever the line's size, and nothing waits. */
static void every_line(void **state)
{
	static const u64 line[] = { 16, 32, 64, 128, 2048 };
	unsigned int i, d, n, off;

	for (i = 0; i < ARRAY_SIZE(line); i++) {
		hw_features.dcache_line = line[i];
		/* the instruction caches' line has no say */
		hw_features.icache_line = 4;
		for (d = 0; d < ARRAY_SIZE(dcs); d++) {
			for (n = 0; n < 10; n++) {
				for (off = 0; off < 3; off++) {
					u64 va = 0x7f0000 + (off == 2 ? line[i] - 1 : off);

					check_dc(&dcs[d], va, n * line[i], line[i]);
					check_dc(&dcs[d], va, n * line[i] + 1, line[i]);
					check_dc(&dcs[d], va, n * line[i] + line[i] - 1, line[i]);
				}
			}
			check_dc(&dcs[d], 0x7f0000, 4096, line[i]);
		}
	}
}

/* One page of 64-byte lines is 64 operations; the last is of its last line. */
static void a_page(void **state)
{
	assert_int_equal(hw_clean_inval_poc((void *)0x5000, 4096), 64);
	assert_int_equal(nr, 64);
	assert_int_equal(insns[0].arg, 0x5000);
	assert_int_equal(insns[63].arg, 0x5fc0);
}

/* Each barrier is what it is called, and the instruction caches are invalidated on all CPUs. */
static void singles(void **state)
{
	hw_icache_inval_all();
	hw_dsb_ish();
	hw_dsb_ishst();
	hw_isb();
	at = 0;
	is("ic ialluis", 0, 0);
	is("dsb ish", 0, 0);
	is("dsb ishst", 0, 0);
	is("isb", 0, 0);
	assert_int_equal(at, nr);
}

/* --- TLBs */

static void ipa_at_levels(void)
{
	static const struct {
		int level, hint;
	} t[] = {
		{ 1, 1 }, { 2, 2 }, { 3, 3 }, { 0, INT_MAX }, { 4, INT_MAX },
		{ HW_LEVEL_UNKNOWN, INT_MAX },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		nr = 0;
		hw_tlbi_ipa(&tree, 0xffffffffe000ULL, t[i].level);
		entered();
		is("tlbi ipas2e1is", 0xffffffffeULL, t[i].hint);
		combined();
		left();
	}
}

/* One entry goes by its page number, with the hint of its level if it has one, then what was combined. */
static void tlbi_ipa(void **state)
{
	with_errata(ipa_at_levels);
}

static void range_of(u64 pages, bool by_vmid)
{
	nr = 0;
	hw_tlbi_range(&tree, 0x40000000, pages << 12);
	entered();
	if (by_vmid) {
		is("tlbi vmalls12e1is", 0, 0);
		completed();
	} else {
		is("tlbi ripas2e1is", 0x40000000, pages);
		combined();
	}
	left();
}

static void ranges(void)
{
	hw_features.range_tlbi = true;
	range_of(1, false);
	range_of(512, false);
	range_of(INSN_TLBI_RANGE_MAX, false);
	range_of(INSN_TLBI_RANGE_MAX + 1ULL, true);
	/* of more pages than fit into 32 bits */
	range_of(1ULL << 33, true);
	hw_features.range_tlbi = false;
	range_of(1, false);
	range_of(16, false);
	range_of(17, true);
}

/* A range goes by range up to what one can name, or page by page up to 16; a longer one takes the VMID. */
static void tlbi_range(void **state)
{
	with_errata(ranges);
}

static void whole_vmid(void)
{
	nr = 0;
	hw_tlbi_vmid(&tree);
	entered();
	is("tlbi vmalls12e1is", 0, 0);
	completed();
	left();
}

/* All of a VMID goes, of both stages, on all CPUs. */
static void tlbi_vmid(void **state)
{
	with_errata(whole_vmid);
}

static void here(void)
{
	nr = 0;
	preempt_disable();
	hw_tlbi_local(&tree);
	preempt_enable();
	entered();
	is("tlbi vmalle1", 0, 0);
	is("dsb nsh", 0, 0);
	is("isb", 0, 0);
	left();
}

/* On this CPU alone nothing is broadcast, and so nothing is repeated. */
static void tlbi_local(void **state)
{
	with_errata(here);
}

static void everything(void)
{
	nr = 0;
	at = 0;
	hw_tlbi_all_vmids();
	is("dsb ish", 0, 0);
	is("tlbi alle1is", 0, 0);
	completed();
	assert_int_equal(at, nr);
}

/* All VMIDs go without one being borrowed. */
static void tlbi_all(void **state)
{
	with_errata(everything);
}

/* A tree that never had a VMID has nothing to forget: what it is asked for changes no register. */
static void no_vmid(void **state)
{
	vmid = 0;
	hw_tlbi_ipa(&tree, 0, 3);
	hw_tlbi_range(&tree, 0, 4096);
	hw_tlbi_range(&tree, 0, 1ULL << 47);
	hw_tlbi_vmid(&tree);
	preempt_disable();
	hw_tlbi_local(&tree);
	preempt_enable();
	assert_int_equal(nr, 10);
	for (at = 0; at < nr;) {
		is("dsb ish", 0, 0);
		is("vmid", 0, 0);
	}
}

/* --- memory of tables, and descriptors */

/* Tables are zero, aligned to their size, counted as page tables while they last. */
static void tables(void **state)
{
	unsigned int pages, i;

	for (pages = 1; pages <= 16; pages *= 2) {
		u64 *table = hw_table_alloc(pages, GFP_KERNEL_ACCOUNT);

		assert_int_equal((u64)table % (pages * 4096), 0);
		for (i = 0; i < pages * 512; i++)
			assert_int_equal(table[i], 0);
		assert_int_equal(table_pages, pages);
		assert_ptr_equal(hw_table_at(hw_table_phys(table)), table);
		hw_table_free(table, pages);
		assert_int_equal(table_pages, 0);
	}
	hw_table_free(NULL, 1);
	shim_fail_alloc(1);
	assert_null(hw_table_alloc(1, GFP_KERNEL_ACCOUNT));
}

/* Memory above what a descriptor can name is given back, and is not counted. */
static void table_too_high(void **state)
{
	hw_features.pa_bits = 32;
	assert_null(hw_table_alloc(2, GFP_KERNEL_ACCOUNT));
	assert_int_equal(table_pages, 0);
}

/* An exchange that fails says what it has found; one that does not has stored; what is published comes after what was stored before. */
static void descriptors(void **state)
{
	unsigned long released = shim_barriers[SHIM_RELEASE];
	u64 pte = 5, old = 4;

	assert_false(hw_pte_cmpxchg(&pte, &old, 9));
	assert_int_equal(old, 5);
	assert_int_equal(hw_pte_read(&pte), 5);
	assert_true(hw_pte_cmpxchg(&pte, &old, 9));
	assert_int_equal(hw_pte_read(&pte), 9);
	hw_pte_write(&pte, 10);
	assert_int_equal(hw_pte_read(&pte), 10);
	assert_int_equal(shim_barriers[SHIM_RELEASE], released);
	hw_pte_publish(&pte, 11);
	assert_int_equal(hw_pte_read(&pte), 11);
	assert_int_equal(shim_barriers[SHIM_RELEASE], released + 1);
}

/* Only memory has a kernel address, up to its last page. */
static void kernel_address(void **state)
{
	ram_end = 0x80000000;
	assert_ptr_equal(hw_kva(0x7ffff000), __va(0x7ffff000));
	assert_null(hw_kva(0x80000000));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_line), T(a_page), T(singles), T(tlbi_ipa), T(tlbi_range), T(tlbi_vmid),
		T(tlbi_local), T(tlbi_all), T(no_vmid), T(tables), T(table_too_high),
		T(descriptors), T(kernel_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
