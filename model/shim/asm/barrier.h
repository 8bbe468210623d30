/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory barriers.
 */
#ifndef SHIM_ASM_BARRIER_H
#define SHIM_ASM_BARRIER_H

#include <linux/compiler.h>

#define smp_mb()			shim_barrier(SHIM_MB)
#define smp_rmb()			shim_barrier(SHIM_RMB)
#define smp_wmb()			shim_barrier(SHIM_WMB)
#define smp_mb__before_atomic()		shim_barrier(SHIM_MB)
#define smp_mb__after_atomic()		shim_barrier(SHIM_MB)
#define smp_store_release(p, v) do {					\
	shim_barrier(SHIM_RELEASE);					\
	WRITE_ONCE(*(p), v);						\
} while (0)
#define smp_load_acquire(p) ({						\
	__typeof__(*(p)) _v = READ_ONCE(*(p));				\
	shim_barrier(SHIM_ACQUIRE);					\
	_v;								\
})
/* Waits by looking again and again: whom it waits for is on another CPU. */
#define smp_cond_load_acquire(p, cond) ({				\
	__typeof__(*(p)) VAL;						\
	for (;;) {							\
		VAL = READ_ONCE(*(p));					\
		if (cond)						\
			break;						\
		shim_wait_change(p, sizeof(*(p)), (unsigned long)VAL);	\
	}								\
	shim_barrier(SHIM_ACQUIRE);					\
	VAL;								\
})

#endif
