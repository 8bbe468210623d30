// SPDX-License-Identifier: GPL-2.0
/*
 * VMIDs: more trees than the hardware has numbers share them by generation.
 * All TLB entries of a generation are gone before the next one begins.
 *
 * A tree's word is its VMID with the generation above bit 16; 0 means none, and
 * VMID 0 is nobody's. vmid_active[] says which word each CPU has
 * in VTTBR_EL2, from a load until the next load, vCPU running or not. A rollover
 * takes all of them away (0): each CPU meets the lock at its next load. The words it took are
 * kept in vmid_kept[]: their numbers stay with their trees, so a vCPU
 * in the guest just runs on, on another CPU of the same tree too.
 *
 * The algorithm is Linux's own for ASIDs, numbers by generation with an active and a
 * reserved one for each CPU (arch/arm/mm/context.c, arch/arm64/mm/context.c: Copyright (C)
 * 2002-2003 Deep Blue Solutions Ltd, 2012 ARM Ltd), which the kernel's KVM took for VMIDs, too.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "../../mutant.h"
#include "table.h"

#define VMID_GENERATION_SHIFT	16
#define VMID_GENERATION_ONE	BIT_ULL(VMID_GENERATION_SHIFT)
#define VMID_MASK		(VMID_GENERATION_ONE - 1)

static DEFINE_SPINLOCK(vmid_lock);	/* vmid_map, vmid_kept, vmid_next; innermost */
static atomic64_t vmid_generation;	/* written under vmid_lock */
static atomic64_t *vmid_active;		/* by CPU */
static u64 *vmid_kept;			/* by CPU */
static unsigned long *vmid_map;		/* numbers in use in this generation */
static unsigned long vmid_next;		/* where to look for a free one; never 0 */

static unsigned long vmid_count(void)
{
	return 1UL << hw_features.vmid_bits;
}

int vmid_init(void)
{
	/* A rollover must find a number that no CPU has. */
	if (vmid_count() <= nr_cpu_ids + 1UL) {
		pr_err("tabula: %u CPUs are too many for %u-bit VMIDs\n",
		       nr_cpu_ids, hw_features.vmid_bits);
		return -ENODEV;
	}
	vmid_active = kcalloc(nr_cpu_ids, sizeof(*vmid_active), GFP_KERNEL);
	vmid_kept = kcalloc(nr_cpu_ids, sizeof(*vmid_kept), GFP_KERNEL);
	vmid_map = bitmap_zalloc(vmid_count(), GFP_KERNEL);
	if (!vmid_active || !vmid_kept || !vmid_map) {
		vmid_exit();
		return -ENOMEM;
	}
	vmid_next = 1;
	atomic64_set(&vmid_generation, VMID_GENERATION_ONE);
	/* Whoever used VMIDs before us may have left entries. */
	hw_tlbi_all_vmids();
	return 0;
}

void vmid_exit(void)
{
	kfree(vmid_active);
	kfree(vmid_kept);
	bitmap_free(vmid_map);
	vmid_active = NULL;
	vmid_kept = NULL;
	vmid_map = NULL;
}

u16 vmid_of(struct s2_tree *tree)
{
	return atomic64_read(&tree->vmid) & VMID_MASK;
}

static bool vmid_is_current(u64 word)
{
	return !((word ^ (u64)atomic64_read(&vmid_generation)) >> VMID_GENERATION_SHIFT);
}

/* Begin a new generation: only the numbers that CPUs have loaded are taken. */
static void vmid_rollover(void)
{
	unsigned int cpu;

	lockdep_assert_held(&vmid_lock);
	atomic64_add(VMID_GENERATION_ONE, &vmid_generation);
	bitmap_zero(vmid_map, vmid_count());
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		u64 word = atomic64_xchg(&vmid_active[cpu], 0);

		/* 0: not loaded again since the last rollover, it still has that word's VMID. */
		if (word || MUTANT(kept_once))
			vmid_kept[cpu] = word;
		if (vmid_kept[cpu])
			__set_bit(vmid_kept[cpu] & VMID_MASK, vmid_map);
	}
	/*
	 * Instruction caches are physically tagged (VPIPT machines are refused), so
	 * only TLBs know VMIDs. Entries that kept VMIDs make from here on are their own.
	 */
	if (!MUTANT(no_tlbi_at_rollover))
		hw_tlbi_all_vmids();
	vmid_next = 1;
}

/* The tree had this word when a rollover came, on some CPU: then its number is still its own. */
static bool vmid_is_kept(u64 word, u64 renewed)
{
	bool kept = false;
	unsigned int cpu;

	lockdep_assert_held(&vmid_lock);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (vmid_kept[cpu] == word) {
			vmid_kept[cpu] = renewed;
			kept = true;
		}
	}
	return kept;
}

/* A word of the current generation for a tree whose word is not; vmid_lock is held. */
static u64 vmid_new_word(u64 word)
{
	u64 generation = atomic64_read(&vmid_generation);
	unsigned long vmid = word & VMID_MASK;

	lockdep_assert_held(&vmid_lock);
	if (vmid) {
		u64 renewed = generation | vmid;

		if (vmid_is_kept(word, renewed) || !__test_and_set_bit(vmid, vmid_map))
			return renewed;
	}

	vmid = find_next_zero_bit(vmid_map, vmid_count(), vmid_next);
	if (vmid >= vmid_count()) {
		vmid_rollover();
		generation = atomic64_read(&vmid_generation);
		vmid = find_next_zero_bit(vmid_map, vmid_count(), vmid_next);
	}
	__set_bit(vmid, vmid_map);
	vmid_next = vmid + 1;
	return generation | vmid;
}

static u64 vmid_load_slow(struct s2_tree *tree, unsigned int cpu)
{
	unsigned long flags;
	u64 word;

	spin_lock_irqsave(&vmid_lock, flags);
	word = atomic64_read(&tree->vmid);
	if (!vmid_is_current(word)) {
		word = vmid_new_word(word);
		atomic64_set(&tree->vmid, word);
	}
	atomic64_set(&vmid_active[cpu], word);
	spin_unlock_irqrestore(&vmid_lock, flags);
	/*
	 * A TLBI that read the old word came after its descriptor stores and a
	 * barrier: walks behind this one see those stores. They are ordered by no DMB.
	 */
	hw_dsb_ish();
	return word;
}

u16 vmid_load(struct s2_tree *tree)
{
	unsigned int cpu = smp_processor_id();
	u64 word = atomic64_read(&tree->vmid);
	s64 was = atomic64_read(&vmid_active[cpu]);

	lockdep_assert_preemption_disabled();
	/*
	 * A rollover that takes the word from us after this has seen it, and keeps
	 * it for the tree; a word it took before is not there any more.
	 */
	if (was == (s64)word && word)
		return word & VMID_MASK;
	if (!was || !vmid_is_current(word) ||
	    !atomic64_try_cmpxchg(&vmid_active[cpu], &was, word))
		word = vmid_load_slow(tree, cpu);
	return word & VMID_MASK;
}
