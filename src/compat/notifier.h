/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an MMU notifier answers about age: int, later bool. The table of callbacks says which.
 */
#ifndef TABULA_COMPAT_NOTIFIER_H
#define TABULA_COMPAT_NOTIFIER_H

#include <linux/mmu_notifier.h>

typedef typeof(((struct mmu_notifier_ops *)NULL)->test_young(NULL, NULL, 0)) compat_young_t;

#endif
