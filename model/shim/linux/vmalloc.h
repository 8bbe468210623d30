/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that is contiguous for the kernel alone: here it is the heap's.
 */
#ifndef SHIM_LINUX_VMALLOC_H
#define SHIM_LINUX_VMALLOC_H

#include <linux/gfp.h>

#define __vmalloc(n, gfp)	shim_gfp_alloc(n, 0, gfp)
#define vfree(p)		shim_free(p)
#define vmalloc_to_page(p)	((struct page *)(p))

#endif
