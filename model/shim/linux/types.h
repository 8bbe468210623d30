/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's names of types.
 */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/compiler.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef u64 phys_addr_t;
typedef unsigned int gfp_t;

typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;
typedef struct { long counter; } atomic_long_t;

#define sizeof_field(type, field)	sizeof(((type *)0)->field)
#define offsetofend(type, field)	(offsetof(type, field) + sizeof_field(type, field))
#define DECLARE_BITMAP(name, bits)	unsigned long name[((bits) + 63) / 64]

struct list_head {
	struct list_head *next, *prev;
};

#endif
