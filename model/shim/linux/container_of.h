/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a member to what it is in.
 */
#ifndef SHIM_LINUX_CONTAINER_OF_H
#define SHIM_LINUX_CONTAINER_OF_H

#include <linux/build_bug.h>
#include <stddef.h>

#define container_of(ptr, type, member) ({				\
	const __typeof__(((type *)0)->member) *_m = (ptr);		\
	(type *)((char *)_m - offsetof(type, member));			\
})
#define container_of_const(p, type, member)	((const type *)container_of((__typeof__(((type *)0)->member) *)(p), type, member))

#endif
