// SPDX-License-Identifier: GPL-2.0
/*
 * Turns Linux's MMU notifier callbacks into the listener's: ranges that begin
 * and end, the question of age, and the end of the address space.
 */
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/sched.h>

#include "../compat/notifier.h"
#include "notifier.h"

static struct host_notifier *host_notifier_of(struct mmu_notifier *mn)
{
	return container_of(mn, struct host_notifier, mn);
}

static int host_mn_range_start(struct mmu_notifier *mn,
			       const struct mmu_notifier_range *range)
{
	struct host_notifier *hn = host_notifier_of(mn);
	unsigned int flags = 0;

	if (mmu_notifier_range_blockable(range))
		flags |= HOST_INVAL_MAY_SLEEP;
	hn->ops->range_start(hn, range->start, range->end, flags);
	return 0;
}

static void host_mn_range_end(struct mmu_notifier *mn,
			      const struct mmu_notifier_range *range)
{
	struct host_notifier *hn = host_notifier_of(mn);

	hn->ops->range_end(hn, range->start, range->end);
}

static compat_young_t host_mn_clear_flush_young(struct mmu_notifier *mn, struct mm_struct *mm,
						unsigned long start, unsigned long end)
{
	struct host_notifier *hn = host_notifier_of(mn);

	return hn->ops->age(hn, start, end, HOST_AGE_CLEAR_FLUSH);
}

static compat_young_t host_mn_clear_young(struct mmu_notifier *mn, struct mm_struct *mm,
					  unsigned long start, unsigned long end)
{
	struct host_notifier *hn = host_notifier_of(mn);

	return hn->ops->age(hn, start, end, HOST_AGE_CLEAR);
}

static compat_young_t host_mn_test_young(struct mmu_notifier *mn, struct mm_struct *mm,
					 unsigned long address)
{
	struct host_notifier *hn = host_notifier_of(mn);
	unsigned long start = address & PAGE_MASK;

	return hn->ops->age(hn, start, start + PAGE_SIZE, HOST_AGE_TEST);
}

static void host_mn_release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	struct host_notifier *hn = host_notifier_of(mn);

	hn->ops->release(hn);
}

static const struct mmu_notifier_ops host_mn_ops = {
	.invalidate_range_start	= host_mn_range_start,
	.invalidate_range_end	= host_mn_range_end,
	.clear_flush_young	= host_mn_clear_flush_young,
	.clear_young		= host_mn_clear_young,
	.test_young		= host_mn_test_young,
	.release		= host_mn_release,
};

int host_notifier_register(struct host_notifier *hn,
			   const struct host_notifier_ops *ops)
{
	if (!current->mm)
		return -EINVAL;
	hn->ops = ops;
	hn->mn.ops = &host_mn_ops;
	return mmu_notifier_register(&hn->mn, current->mm);
}

void host_notifier_unregister(struct host_notifier *hn)
{
	mmu_notifier_unregister(&hn->mn, hn->mn.mm);
}
