/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every file may take for granted.
 */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include "align.h"
#include "bits.h"
#include "compiler.h"
#include "container_of.h"
#include "limits.h"
#include "math.h"
#include "minmax.h"
#include "printk.h"
#include "types.h"

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define might_sleep()		shim_may_sleep()
#define BUILD_BUG_ON(c)		_Static_assert(!(c), #c)
#define static_assert		_Static_assert
#define upper_32_bits(n)	((u32)((n) >> 32))
#define lower_32_bits(n)	((u32)(n))

#endif
