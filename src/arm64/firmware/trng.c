// SPDX-License-Identifier: GPL-2.0
/*
 * TRNG from the host's pool of random numbers; see trng.h.
 */
#include <linux/arm-smccc.h>
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/string.h>

#include "trng.h"

#define TRNG_VERSION_1_0	0x10000ULL
#define TRNG_INVALID		((u64)-2)	/* INVALID_PARAMETERS */
#define TRNG_NO_ENTROPY		((u64)-3)

/* A source of its own kind: a random number, of version 4. */
static const u32 trng_uuid[4] = { 0x6f6b9b0e, 0x4d514be5, 0xb4a5c9a1, 0x05c7d38b };

bool trng_is_call(u32 function)
{
	switch (function) {
	case ARM_SMCCC_TRNG_VERSION:
	case ARM_SMCCC_TRNG_FEATURES:
	case ARM_SMCCC_TRNG_GET_UUID:
	case ARM_SMCCC_TRNG_RND32:
	case ARM_SMCCC_TRNG_RND64:
		return true;
	default:
		return false;
	}
}

/* X3 has the lowest bits, X1 the highest; what was not asked for is 0. */
static void trng_random(u64 bits, unsigned int width, u64 x[4])
{
	unsigned int i;

	if (!bits || bits > 3 * width) {
		x[0] = TRNG_INVALID;
		return;
	}
	/* the guest asks again */
	if (!rng_is_initialized()) {
		x[0] = TRNG_NO_ENTROPY;
		return;
	}
	for (i = 3; i && bits; i--) {
		unsigned int n = min_t(u64, bits, width);

		get_random_bytes(&x[i], sizeof(x[i]));
		x[i] &= GENMASK_ULL(n - 1, 0);
		bits -= n;
	}
}

void trng_call(u32 function, u64 arg, u64 x[4])
{
	unsigned int i;

	memset(x, 0, 4 * sizeof(*x));
	switch (function) {
	case ARM_SMCCC_TRNG_VERSION:
		x[0] = TRNG_VERSION_1_0;
		break;
	case ARM_SMCCC_TRNG_FEATURES:
		x[0] = trng_is_call(arg) ? SMCCC_RET_SUCCESS : (u64)SMCCC_RET_NOT_SUPPORTED;
		break;
	case ARM_SMCCC_TRNG_GET_UUID:
		for (i = 0; i < ARRAY_SIZE(trng_uuid); i++)
			x[i] = trng_uuid[i];
		break;
	case ARM_SMCCC_TRNG_RND32:
		trng_random((u32)arg, 32, x);
		break;
	default:
		trng_random(arg, 64, x);
		break;
	}
}
