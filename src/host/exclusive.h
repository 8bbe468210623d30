/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exclusive accesses of user.c, in a header of their own: a program elsewhere brings others.
 */
#ifndef TABULA_HOST_EXCLUSIVE_H
#define TABULA_HOST_EXCLUSIVE_H

#include <linux/errno.h>
#include <linux/uaccess.h>

#include <asm/asm-extable.h>

/* How often the exclusive store may fail before others get the CPU. */
#define HOST_USER_STORES	128

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

#endif
