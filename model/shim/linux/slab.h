/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heap memory.
 */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/string.h>

static inline void *shim_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (check_mul_overflow(n, size, &bytes))
		return NULL;
	return shim_gfp_alloc(bytes, 0, gfp);
}

#define kmalloc(n, gfp)			shim_gfp_alloc(n, 0, gfp)
#define kzalloc(n, gfp)			shim_gfp_alloc(n, 0, (gfp) | __GFP_ZERO)
#define kvmalloc(n, gfp)		kmalloc(n, gfp)
#define kvzalloc(n, gfp)		kzalloc(n, gfp)
#define kmalloc_array(n, size, gfp)	shim_array(n, size, gfp)
#define kvmalloc_array(n, size, gfp)	shim_array(n, size, gfp)
#define kcalloc(n, size, gfp)		shim_array(n, size, (gfp) | __GFP_ZERO)
#define kvcalloc(n, size, gfp)		kcalloc(n, size, gfp)
#define kmemdup(p, n, gfp) ({						\
	void *_new = kmalloc(n, gfp);					\
	_new ? memcpy(_new, p, n) : NULL;				\
})
#define kfree(p)			shim_free(p)
#define kvfree(p)			shim_free(p)

#endif
