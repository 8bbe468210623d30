/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sorting, by any means.
 */
#ifndef SHIM_LINUX_SORT_H
#define SHIM_LINUX_SORT_H

#include <stdlib.h>

#define sort(base, n, size, compare, swap)	((void)(swap), qsort(base, n, size, compare))

#endif
