/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers, which a test defines.
 */
#ifndef TEST_LINUX_RANDOM_H
#define TEST_LINUX_RANDOM_H

#include <linux/types.h>

bool rng_is_initialized(void);
void get_random_bytes(void *to, size_t n);

#endif
