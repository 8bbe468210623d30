/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A section of kernel-mode NEON. Newer kernels want room for its registers from the caller,
 * for when the section is preempted; older ones keep them in the thread.
 */
#ifndef TABULA_COMPAT_NEON_H
#define TABULA_COMPAT_NEON_H

#include <asm/fpsimd.h>
#include <asm/neon.h>

typedef void (*compat_neon_plain)(void);
typedef void (*compat_neon_roomy)(struct user_fpsimd_state *room);

/* No bytes at all where the kernel wants none. */
struct compat_neon {
	u8 room[_Generic(&kernel_neon_begin, compat_neon_plain: 0,
			 compat_neon_roomy: sizeof(struct user_fpsimd_state))] __aligned(16);
};

/**
 * compat_neon_call_plain() - call a function that wants no room
 * @function: kernel_neon_begin() or kernel_neon_end()
 * @neon: not used
 */
static __always_inline void compat_neon_call_plain(void *function, struct compat_neon *neon)
{
	((compat_neon_plain)function)();
}

/**
 * compat_neon_call_roomy() - call one that does
 * @function: kernel_neon_begin() or kernel_neon_end()
 * @neon: the room
 */
static __always_inline void compat_neon_call_roomy(void *function, struct compat_neon *neon)
{
	((compat_neon_roomy)function)((struct user_fpsimd_state *)neon->room);
}

/* The function's type says how it is called. */
#define COMPAT_NEON_CALL(function, neon)					\
	_Generic(&(function), compat_neon_plain: compat_neon_call_plain,	\
		 compat_neon_roomy: compat_neon_call_roomy)(function, neon)

/**
 * compat_neon_begin() - FP/SIMD registers are the caller's; its own thread's are saved
 * @neon: in use up to compat_neon_end()
 *
 * Context: as kernel_neon_begin().
 */
static inline void compat_neon_begin(struct compat_neon *neon)
{
	COMPAT_NEON_CALL(kernel_neon_begin, neon);
}

/**
 * compat_neon_end() - and no longer
 * @neon: of compat_neon_begin()
 */
static inline void compat_neon_end(struct compat_neon *neon)
{
	COMPAT_NEON_CALL(kernel_neon_end, neon);
}

#endif
