/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every error path that a failed allocation takes.
 */
#ifndef TEST_EACH_ALLOC_H
#define TEST_EACH_ALLOC_H

#include "../../model/shim/unit.h"

/*
 * @call is tried with its first allocation failing, then with its second, and so on until none is left to fail. Each
 * time it must give @error and keep no memory; at the end, with all there is, 0. @call stands for the same thing each
 * time, so what failed must have changed nothing. Value: how many allocations it makes.
 */
#define each_alloc(call, error) ({					\
	unsigned int each_n, each_had = shim_allocs();			\
	long each_ret;							\
									\
	for (each_n = 1;; each_n++) {					\
		shim_fail_alloc(each_n);				\
		each_ret = (call);					\
		if (shim_alloc_left())					\
			break;						\
		if (each_ret != (error))				\
			fail_msg("allocation %u: %ld", each_n, each_ret); \
		if (shim_allocs() != each_had)				\
			fail_msg("allocation %u: %d are kept", each_n,	\
				 (int)(shim_allocs() - each_had));	\
	}								\
	shim_fail_alloc(0);						\
	if (each_ret)							\
		fail_msg("with all memory there is: %ld", each_ret);	\
	each_n - 1;							\
})

/* The same for a call that gives something, or NULL. Value: what it gave; *@n: how many allocations it made. */
#define each_alloc_ptr(call, n) ({					\
	__typeof__(call) each_p = NULL;					\
									\
	*(n) = each_alloc((each_p = (call)) ? 0 : -ENOMEM, -ENOMEM);	\
	each_p;								\
})

#endif
