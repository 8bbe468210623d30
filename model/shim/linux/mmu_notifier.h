/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Only the type: what host/ does with it, the test or scenario does in its place.
 */
#ifndef SHIM_LINUX_MMU_NOTIFIER_H
#define SHIM_LINUX_MMU_NOTIFIER_H

#include <linux/types.h>

struct mmu_notifier {
	struct mm_struct *mm;
};

#endif
