/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages.
 */
#ifndef SHIM_LINUX_GFP_H
#define SHIM_LINUX_GFP_H

#include <linux/mm.h>
#include <linux/types.h>

#define GFP_KERNEL		1U
#define GFP_ATOMIC		2U
#define GFP_NOWAIT		2U
#define __GFP_ZERO		4U
#define __GFP_ACCOUNT		8U
#define __GFP_NOWARN		16U
#define __GFP_NOMEMALLOC	32U
#define GFP_KERNEL_ACCOUNT	(GFP_KERNEL | __GFP_ACCOUNT)

static inline void *shim_gfp_alloc(size_t n, size_t align, gfp_t gfp)
{
	return shim_alloc(n, align, gfp & __GFP_ZERO, gfp & GFP_KERNEL);
}

#define __get_free_pages(gfp, order)					\
	((unsigned long)shim_gfp_alloc(PAGE_SIZE << (order),		\
				       PAGE_SIZE << (order), gfp))
#define __get_free_page(gfp)	__get_free_pages(gfp, 0)
#define get_zeroed_page(gfp)	__get_free_pages((gfp) | __GFP_ZERO, 0)
#define free_pages(p, order)	((void)(order), shim_free((void *)(p)))
#define free_page(p)		shim_free((void *)(p))

#define alloc_pages_exact(n, gfp)	shim_gfp_alloc(n, PAGE_SIZE, gfp)
#define free_pages_exact(p, n)	((void)(n), shim_free(p))

static inline int get_order(unsigned long size)
{
	int order = 0;

	while ((PAGE_SIZE << order) < size)
		order++;
	return order;
}

#endif
