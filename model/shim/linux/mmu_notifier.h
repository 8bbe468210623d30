/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Only the type: what host/ does with it, the test or scenario does in its place.
 */
#ifndef SHIM_LINUX_MMU_NOTIFIER_H
#define SHIM_LINUX_MMU_NOTIFIER_H

#include <linux/mm.h>
#include <linux/types.h>

struct mmu_notifier_ops;

struct mmu_notifier {
	struct mm_struct *mm;
	const struct mmu_notifier_ops *ops;
};

struct mmu_notifier_range {
	unsigned long start, end;
	bool blockable;
};

struct mmu_notifier_ops {
	void (*release)(struct mmu_notifier *mn, struct mm_struct *mm);
	int (*clear_flush_young)(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end);
	int (*clear_young)(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end);
	int (*test_young)(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long address);
	int (*invalidate_range_start)(struct mmu_notifier *mn, const struct mmu_notifier_range *range);
	void (*invalidate_range_end)(struct mmu_notifier *mn, const struct mmu_notifier_range *range);
};

#define mmu_notifier_range_blockable(range)	((range)->blockable)

/* For a test of who registers one. */
int mmu_notifier_register(struct mmu_notifier *mn, struct mm_struct *mm);
void mmu_notifier_unregister(struct mmu_notifier *mn, struct mm_struct *mm);

#endif
