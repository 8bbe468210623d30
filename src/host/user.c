// SPDX-License-Identifier: GPL-2.0
/*
 * Atomic operations on user memory. Page faults are served inside: each instruction
 * that touches user memory has an entry in the exception table.
 */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "user.h"

static int host_user_check(unsigned long hva, unsigned int width)
{
	if (!is_power_of_2(width) || width > 8 || hva & (width - 1))
		return -EINVAL;
	return access_ok((void __user *)hva, width) ? 0 : -EFAULT;
}

int host_user_load(unsigned long hva, unsigned int width, u64 *val)
{
	int ret = host_user_check(hva, width);
	u32 v32;
	u16 v16;
	u8 v8;

	if (ret)
		return ret;
	switch (width) {
	case 1:
		ret = get_user(v8, (u8 __user *)hva);
		*val = v8;
		return ret;
	case 2:
		ret = get_user(v16, (u16 __user *)hva);
		*val = v16;
		return ret;
	case 4:
		ret = get_user(v32, (u32 __user *)hva);
		*val = v32;
		return ret;
	default:
		return get_user(*val, (u64 __user *)hva);
	}
}

int host_user_store(unsigned long hva, unsigned int width, u64 val)
{
	int ret = host_user_check(hva, width);

	if (ret)
		return ret;
	switch (width) {
	case 1:
		return put_user((u8)val, (u8 __user *)hva);
	case 2:
		return put_user((u16)val, (u16 __user *)hva);
	case 4:
		return put_user((u32)val, (u32 __user *)hva);
	default:
		return put_user(val, (u64 __user *)hva);
	}
}

#ifdef CONFIG_ARM64
#include <asm/asm-extable.h>

/* How often the exclusive store may fail before others get the CPU, and how often that is done. */
#define HOST_USER_STORES	128
#define HOST_USER_TRIES		64

/*
 * One attempt: returns 0 with what was there in @was, stored if that is @old; -EAGAIN:
 * the exclusive store failed again and again. A fault at the load or the store comes
 * back to the instruction once the page is there; the exception table wants the
 * result in a register it can name. @load and @store are the
 * instructions for @type.
 */
#define HOST_USER_CMPXCHG(type, load, store)				\
static noinline int host_user_try_##type(unsigned long hva, u64 old,	\
					 u64 new, u64 *was)		\
{									\
	type __user *p = uaccess_mask_ptr((type __user *)hva);		\
	unsigned int left = HOST_USER_STORES;				\
	unsigned int failed;						\
	u64 cur = 0;							\
	register int ret asm("w9") = 0;					\
									\
	uaccess_enable_privileged();					\
	asm volatile(							\
	"	prfm	pstl1strm, %[p]\n"				\
	"1:	" load ",	%[p]\n"					\
	"	cmp	%[cur], %[old]\n"				\
	"	b.ne	3f\n"						\
	"2:	" store ",	%[p]\n"					\
	"	cbz	%w[failed], 3f\n"				\
	"	sub	%w[left], %w[left], #1\n"			\
	"	cbnz	%w[left], 1b\n"					\
	"	mov	%w[ret], %w[again]\n"				\
	"3:	dmb	ish\n"						\
	_ASM_EXTABLE_UACCESS_ERR(1b, 3b, w9)				\
	_ASM_EXTABLE_UACCESS_ERR(2b, 3b, w9)				\
	: [ret] "+&r" (ret), [cur] "+&r" (cur), [p] "+Q" (*p),		\
	  [failed] "=&r" (failed), [left] "+&r" (left)			\
	: [old] "r" (old), [new] "r" (new), [again] "r" (-EAGAIN)	\
	: "memory", "cc");						\
	uaccess_disable_privileged();					\
	*was = cur;							\
	return ret;							\
}

HOST_USER_CMPXCHG(u8, "ldxrb %w[cur]", "stlxrb %w[failed], %w[new]")
HOST_USER_CMPXCHG(u16, "ldxrh %w[cur]", "stlxrh %w[failed], %w[new]")
HOST_USER_CMPXCHG(u32, "ldxr %w[cur]", "stlxr %w[failed], %w[new]")
HOST_USER_CMPXCHG(u64, "ldxr %x[cur]", "stlxr %w[failed], %x[new]")

static int host_user_try(unsigned long hva, unsigned int width, u64 old, u64 new,
			 u64 *was)
{
	switch (width) {
	case 1:
		return host_user_try_u8(hva, (u8)old, new, was);
	case 2:
		return host_user_try_u16(hva, (u16)old, new, was);
	case 4:
		return host_user_try_u32(hva, (u32)old, new, was);
	default:
		return host_user_try_u64(hva, old, new, was);
	}
}

int host_user_cmpxchg(unsigned long hva, unsigned int width, u64 *old, u64 new)
{
	int ret = host_user_check(hva, width);
	unsigned int tries;
	u64 was = 0;

	if (ret)
		return ret;
	for (tries = 0; tries < HOST_USER_TRIES; tries++) {
		ret = host_user_try(hva, width, *old, new, &was);
		if (ret != -EAGAIN)
			break;
		cond_resched();
	}
	if (!ret)
		*old = was;
	return ret;
}
#elif defined(CONFIG_X86_64)
/* One locked instruction; where another value stood @old is that. */
#define HOST_USER_CMPXCHG(type)						\
static int host_user_try_##type(unsigned long hva, u64 *old, u64 new)	\
{									\
	type was = *old;						\
	int ret = __try_cmpxchg_user((type __user *)hva, &was, (type)new, fault);	\
									\
	if (ret < 0)							\
		return ret;						\
	*old = was;							\
	return 0;							\
}

HOST_USER_CMPXCHG(u8)
HOST_USER_CMPXCHG(u16)
HOST_USER_CMPXCHG(u32)
HOST_USER_CMPXCHG(u64)

int host_user_cmpxchg(unsigned long hva, unsigned int width, u64 *old, u64 new)
{
	int ret = host_user_check(hva, width);

	if (ret)
		return ret;
	switch (width) {
	case 1:
		return host_user_try_u8(hva, old, new);
	case 2:
		return host_user_try_u16(hva, old, new);
	case 4:
		return host_user_try_u32(hva, old, new);
	default:
		return host_user_try_u64(hva, old, new);
	}
}
#else
int host_user_cmpxchg(unsigned long hva, unsigned int width, u64 *old, u64 new)
{
	int ret = host_user_check(hva, width);

	return ret ? ret : -EOPNOTSUPP;
}
#endif
