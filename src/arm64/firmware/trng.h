/* SPDX-License-Identifier: GPL-2.0 */
/*
 * True random numbers (Arm DEN0098, TRNG firmware interface 1.0): a guest's pool needs a start.
 */
#ifndef TABULA_FIRMWARE_TRNG_H
#define TABULA_FIRMWARE_TRNG_H

#include <linux/types.h>

/**
 * trng_is_call() - is this a function of TRNG?
 * @function: SMCCC function id
 */
bool trng_is_call(u32 function);

/**
 * trng_call() - serve one
 * @function: for which trng_is_call() holds
 * @arg: X1, of which 32-bit calls have the lower half
 * @x: X0 to X3 of the result: all of them
 *
 * NO_ENTROPY while the host's own pool is not ready.
 */
void trng_call(u32 function, u64 arg, u64 x[4]);

#endif
