/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMM's memory.
 */
#ifndef SHIM_LINUX_UACCESS_H
#define SHIM_LINUX_UACCESS_H

#include <linux/errno.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/types.h>

/* Ignores a tag, as where the hardware does. */
#define access_ok(addr, n)	shim_user_ok(untagged_addr((unsigned long)(addr)), n)

/* Nothing is counted: what is touched then says so itself. */
#define pagefault_disable()	shim_atomic_enter()
#define pagefault_enable()	shim_atomic_leave()

static inline unsigned long copy_from_user(void *to, const void __user *from,
					   unsigned long n)
{
	return shim_user_read(to, (unsigned long)from, n);
}

static inline unsigned long copy_to_user(void __user *to, const void *from,
					 unsigned long n)
{
	return shim_user_write((unsigned long)to, from, n);
}

static inline unsigned long clear_user(void __user *to, unsigned long n)
{
	return shim_user_clear((unsigned long)to, n);
}

#ifndef u64_to_user_ptr
#define u64_to_user_ptr(x)	((void __user *)(uintptr_t)(x))
#endif

/* @n things of @size, in memory of the kernel's own; or an errno. */
static inline void *vmemdup_array_user(const void __user *from, size_t n, size_t size)
{
	void *p = kvmalloc_array(n, size, GFP_KERNEL);

	if (!p)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_user(p, from, n * size))
		return p;
	kvfree(p);
	return ERR_PTR(-EFAULT);
}

#define memdup_user(from, n)	vmemdup_array_user(from, 1, n)

/* Of 1, 2, 4 or 8 bytes, in one access. */
#define get_user(x, p) ({						\
	__typeof__(*(p)) _v = 0;					\
	int _ret = shim_user_read(&_v, (unsigned long)(p), sizeof(_v)) ? -EFAULT : 0; \
	(x) = _v;							\
	_ret;								\
})
#define put_user(x, p) ({						\
	__typeof__(*(p)) _v = (x);					\
	shim_user_write((unsigned long)(p), &_v, sizeof(_v)) ? -EFAULT : 0; \
})

/* Between __uaccess_begin_nospec() and __uaccess_end(). */
#define unsafe_get_user(x, p, label) do {				\
	if (get_user(x, p))						\
		goto label;						\
} while (0)
#define unsafe_put_user(x, p, label) do {				\
	if (put_user(x, p))						\
		goto label;						\
} while (0)

#endif
