/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hardware for the tests of arm64/mmu: records every operation in order, and watches
 * the rules that hold for all of them. Brings in the files under test.
 *
 * Rules: what a guest waits for, a leaf that is new or allows more, is made visible to the
 * walkers before the operation ends; a live descriptor's memory, type or attributes change only by break (invalid),
 * TLBI, make; a table is freed, and memory is paid for, only when TLBs
 * have forgotten the entry that led to it.
 */
#ifndef TEST_MMU_FAKE_H
#define TEST_MMU_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

#include <linux/smp.h>
/* The test says which CPU it is on, and how many there are. */
#undef smp_processor_id
#undef nr_cpu_ids
#define smp_processor_id()	fake_cpu
#define nr_cpu_ids		fake_nr_cpus
static unsigned int fake_cpu;
static unsigned int fake_nr_cpus = 4;

#include "../../model/shim/unit.h"
#include "../../src/arm64/mmu/table.c"
#include "../../src/arm64/mmu/walk.c"
#include "../../src/arm64/mmu/split.c"
#include "../../src/arm64/mmu/unmap.c"
#include "../../src/arm64/mmu/fence.c"
#include "../../src/arm64/mmu/coherency.c"
#include "../../src/arm64/mmu/vmid.c"

#define SZ_2M_PAGES	512UL
#define MB(n)		((u64)(n) << 20)
#define GB(n)		((u64)(n) << 30)
#define LINES(bytes)	((bytes) / 64)

/* The kernel's linear map of the tests; physical addresses from FAKE_NO_RAM on are not in it. */
#define FAKE_KVA	0x1000000000000000UL
#define FAKE_NO_RAM	(1ULL << 46)

enum fake_kind {
	F_CLEAN_INVAL,	/* a: phys, b: bytes */
	F_CLEAN_POC,
	F_CLEAN_POU,
	F_ICACHE,
	F_DSB,
	F_BREAK,	/* a: old descriptor, b: new */
	F_MAKE,
	F_CHANGE,
	F_TLBI_IPA,	/* a: ipa, b: level */
	F_TLBI_RANGE,	/* a: ipa, b: bytes */
	F_TLBI_VMID,	/* a: tree */
	F_TLBI_LOCAL,	/* a: tree */
	F_TLBI_ALL,
	F_FREE,
};

struct fake_op {
	enum fake_kind kind;
	u64 a;
	u64 b;
};

#define FAKE_LOG	(1U << 20)
static struct fake_op fake_log[FAKE_LOG];
static unsigned int fake_nr;

/* Descriptors broken and not yet forgotten by TLBs. */
static const u64 *fake_broken[2048];
static unsigned int fake_nr_broken;

/* A descriptor was made valid, or more of one, and no barrier has come since. */
static bool fake_unseen;

/* Called before every operation: another vCPU's turn. */
static void (*fake_hook)(enum fake_kind kind);

struct hw_features hw_features;

static void fake_op(enum fake_kind kind, u64 a, u64 b)
{
	void (*hook)(enum fake_kind kind) = fake_hook;

	if (hook) {
		fake_hook = NULL;
		hook(kind);
		fake_hook = hook;
	}
	assert_true(fake_nr < FAKE_LOG);
	fake_log[fake_nr++] = (struct fake_op) { kind, a, b };
}

/* The next operation of a kind from @from on, or -1. */
static __maybe_unused int fake_find(unsigned int from, enum fake_kind kind)
{
	unsigned int i;

	for (i = from; i < fake_nr; i++) {
		if (fake_log[i].kind == kind)
			return i;
	}
	return -1;
}

static __maybe_unused unsigned int fake_count(enum fake_kind kind)
{
	unsigned int i, n = 0;

	for (i = 0; i < fake_nr; i++)
		n += fake_log[i].kind == kind;
	return n;
}

/* Bytes that operations of a kind worked on. */
static __maybe_unused u64 fake_bytes(enum fake_kind kind)
{
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < fake_nr; i++) {
		if (fake_log[i].kind == kind)
			n += fake_log[i].b;
	}
	return n;
}

/* The operations, but for barriers, are exactly these; order included. */
#define assert_ops(...) do {							\
	const enum fake_kind want[] = { __VA_ARGS__ };				\
	unsigned int w = 0, i;							\
										\
	for (i = 0; i < fake_nr; i++) {						\
		if (fake_log[i].kind == F_DSB)					\
			continue;						\
		assert_true(w < ARRAY_SIZE(want));				\
		assert_int_equal(fake_log[i].kind, want[w++]);			\
	}									\
	assert_int_equal(w, ARRAY_SIZE(want));					\
} while (0)

static u64 fake_dc(enum fake_kind kind, void *kva, size_t len)
{
	fake_op(kind, (u64)kva - FAKE_KVA, len);
	/* Memory is paid for after it can no longer be reached. */
	assert_int_equal(fake_nr_broken, 0);
	return LINES(len);
}

u64 hw_clean_inval_poc(void *kva, size_t len)
{
	return fake_dc(F_CLEAN_INVAL, kva, len);
}

u64 hw_clean_poc(void *kva, size_t len)
{
	return fake_dc(F_CLEAN_POC, kva, len);
}

u64 hw_clean_pou(void *kva, size_t len)
{
	return fake_dc(F_CLEAN_POU, kva, len);
}

void hw_icache_inval_all(void)
{
	fake_op(F_ICACHE, 0, 0);
}

void hw_dsb_ish(void)
{
	fake_unseen = false;
	fake_op(F_DSB, 0, 0);
}

void hw_dsb_ishst(void)
{
	fake_unseen = false;
}

void hw_isb(void)
{
}

void *hw_kva(u64 phys)
{
	return phys < FAKE_NO_RAM ? (void *)(FAKE_KVA + phys) : NULL;
}

void *hw_kva_normal(u64 phys)
{
	assert_non_null(hw_kva(phys));
	return hw_kva(phys);
}

/* So many allocations of tables fail from now on. */
static unsigned int fake_fail_tables;

u64 *hw_table_alloc(unsigned int pages, gfp_t gfp)
{
	if (fake_fail_tables) {
		fake_fail_tables--;
		return NULL;
	}
	return shim_alloc(pages * 4096UL, pages * 4096UL, true, gfp == GFP_KERNEL_ACCOUNT);
}

void hw_table_free(u64 *table, unsigned int pages)
{
	fake_op(F_FREE, (u64)table, pages);
	assert_int_equal(fake_nr_broken, 0);
	memset(table, 0x5a, pages * 4096UL);
	shim_free(table);
}

u64 hw_table_phys(const u64 *table)
{
	return (u64)table;
}

u64 *hw_table_at(u64 phys)
{
	return (u64 *)phys;
}

u64 hw_pte_read(const u64 *ptep)
{
	return *ptep;
}

/* The rules of break before make, for any change of a descriptor (Arm ARM D8.17.1). */
static void fake_store(u64 *ptep, u64 val)
{
	const u64 less = S2_PTE_R | S2_PTE_W | S2_PTE_AF;
	const u64 soft = S2_PTE_R | S2_PTE_W | S2_PTE_AF | S2_PTE_XN | S2_PTE_MAY_WRITE;
	u64 old = *ptep;
	unsigned int i;

	if (s2_is_valid(val))
		fake_unseen |= !s2_is_valid(old) || (val & ~old & less) || (old & ~val & S2_PTE_XN);
	if (s2_is_valid(old) && s2_is_valid(val)) {
		fake_op(F_CHANGE, old, val);
		assert_int_equal(old & ~soft, val & ~soft);
	} else if (s2_is_valid(old)) {
		fake_op(F_BREAK, old, val);
		/* no walker has come past the fence above since its VMID was flushed */
		if (s2_is_fenced(val))
			goto store;
		assert_true(fake_nr_broken < ARRAY_SIZE(fake_broken));
		fake_broken[fake_nr_broken++] = ptep;
	} else if (s2_is_valid(val)) {
		fake_op(F_MAKE, old, val);
		for (i = 0; i < fake_nr_broken; i++)
			assert_ptr_not_equal(fake_broken[i], ptep);
	}
store:
	*ptep = val;
}

void hw_pte_write(u64 *ptep, u64 val)
{
	fake_store(ptep, val);
}

void hw_pte_publish(u64 *ptep, u64 val)
{
	fake_store(ptep, val);
}

/* Set by a hook: what another CPU does right before the next exchange. */
static void (*fake_race)(u64 *ptep);

bool hw_pte_cmpxchg(u64 *ptep, u64 *old, u64 val)
{
	void (*race)(u64 *ptep) = fake_race;

	fake_race = NULL;
	if (race)
		race(ptep);
	if (*ptep != *old) {
		*old = *ptep;
		return false;
	}
	fake_store(ptep, val);
	return true;
}

void hw_tlbi_ipa(struct s2_tree *tree, u64 ipa, int level)
{
	fake_op(F_TLBI_IPA, ipa, level);
	fake_unseen = false;
	fake_nr_broken = 0;
}

void hw_tlbi_range(struct s2_tree *tree, u64 ipa, u64 len)
{
	fake_op(F_TLBI_RANGE, ipa, len);
	fake_unseen = false;
	fake_nr_broken = 0;
}

void hw_tlbi_vmid(struct s2_tree *tree)
{
	fake_op(F_TLBI_VMID, (u64)tree, 0);
	fake_unseen = false;
	fake_nr_broken = 0;
}

void hw_tlbi_local(struct s2_tree *tree)
{
	fake_op(F_TLBI_LOCAL, (u64)tree, 0);
}

void hw_tlbi_all_vmids(void)
{
	fake_op(F_TLBI_ALL, 0, 0);
	fake_nr_broken = 0;
}

static void fake_clear(void)
{
	fake_nr = 0;
}

/* A machine like a Neoverse N1, unless the test changes it. */
static void fake_reset(void)
{
	hw_features = (struct hw_features) {
		.idc = true,
		.range_tlbi = true,
		.vmid_bits = 16,
		.pa_bits = 48,
		.dcache_line = 64,
		.icache_line = 64,
	};
	fake_hook = NULL;
	fake_race = NULL;
	fake_fail_tables = 0;
	fake_nr_broken = 0;
	fake_unseen = false;
	fake_cpu = 0;
	fake_nr_cpus = 4;
	shim_fail_alloc(0);
	fake_clear();
}

/* What a table walker finds at an address: the leaf, or 0; its level. */
static __maybe_unused u64 fake_walk(const struct s2_tree *tree, u64 ipa, int *level)
{
	const u64 *table = tree->pgd;
	int l;

	for (l = tree->start_level; ; l++) {
		u64 index = l == tree->start_level ? ipa >> s2_shift(l) :
			    (ipa >> s2_shift(l)) % 512;
		u64 pte = table[index];

		if (!(pte & 1) || l == 3 || !(pte & 2)) {
			if (level)
				*level = l;
			return pte & 1 ? pte : 0;
		}
		table = (const u64 *)(pte & S2_PTE_OA);
	}
}

/* Where a walker gets to with an address: the physical address, or ~0. */
static __maybe_unused u64 fake_translate(const struct s2_tree *tree, u64 ipa)
{
	int level;
	u64 pte = fake_walk(tree, ipa, &level);

	return pte ? s2_output(pte, level) + (ipa & (s2_size(level) - 1)) : ~0ULL;
}

#endif
