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
#include "exclusive.h"

/* How often others get the CPU meanwhile. */
#define HOST_USER_TRIES		64

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
