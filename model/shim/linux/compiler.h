/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Annotations that sparse reads, and accesses that the compiler must make in one piece.
 */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

#include "../shim.h"

#define __user
#define __rcu
#define __iomem
#define __force
#define __percpu
#define __acquires(x)
#define __releases(x)
#define __acquire(x)		((void)0)
#define __release(x)		((void)0)
#define __must_hold(x)
#define __must_check		__attribute__((warn_unused_result))
#define __always_unused		__attribute__((unused))
#define __maybe_unused		__attribute__((unused))
#define __read_mostly
#define __ro_after_init
#define __init
#define __exit
#define noinline		__attribute__((noinline))
#define noinstr
#ifndef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#endif
#ifndef __aligned
#define __aligned(n)		__attribute__((aligned(n)))
#endif
#ifndef __packed
#define __packed		__attribute__((packed))
#endif
#undef __counted_by		/* of newer user-space headers */
#define __counted_by(n)
#define fallthrough		__attribute__((fallthrough))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		__asm__ volatile("" ::: "memory")

#define READ_ONCE(x) ({						\
	shim_access(&(x), sizeof(x), SHIM_LOAD);		\
	*(const volatile __typeof__(x) *)&(x);			\
})
/* A race that is meant: here it is a load as any other. */
#define data_race(x)		(x)
#define WRITE_ONCE(x, val) do {					\
	__typeof__(x) _once = (val);				\
	shim_access(&(x), sizeof(x), SHIM_STORE);		\
	if (!shim_delays(&(x), sizeof(x), &_once))		\
		*(volatile __typeof__(x) *)&(x) = _once;	\
} while (0)

#endif
